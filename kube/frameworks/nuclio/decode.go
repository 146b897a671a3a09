package nuclio

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// maxProblems bounds the malformed fields that are named.
const maxProblems = 8

// function is what is kept of a NuclioFunction. The server checks nothing of it, so every field is read by itself:
// one that is malformed is named in unreadable, and the others hold.
type function struct {
	handler, runtime, image string
	disabled                bool
	account                 string
	source                  model.Source
	scaling                 model.Scaling
	triggers                []model.Trigger
	references              []model.Reference
	volumes                 int      // their number
	sidecars, inits         []string // names of the containers that the function brings
	authentication          string   // of the http trigger, empty for none
	http                    string   // name of the http trigger
	ingresses               []string // names of its ingresses

	state, message, running string // of status; running is the image
	addresses               []string
	build                   string // last line of the build log
	unreadable              []string
	// pod is what a function that nothing runs yet will run as; nil for all others.
	pod *corev1.PodSpec
}

// gateway is what is kept of a NuclioAPIGateway.
type gateway struct {
	functions        []string
	host, path, mode string
	state, lastError string
}

func (adapter) Decode(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec, Status map[string]json.RawMessage
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	if raw.Header.GroupKind() == gatewayKind {
		return decodeGateway(o.Spec, o.Status)
	}
	r := &reader{fields: o.Spec, path: "spec"}
	f := &function{}
	r.text("handler", &f.handler)
	r.text("runtime", &f.runtime)
	r.text("image", &f.image)
	r.text("serviceAccount", &f.account)
	r.value("disable", &f.disabled)
	f.source = decodeSource(r)
	f.scaling = decodeScaling(r)
	f.decodeTriggers(r, raw.Header.Ref)
	f.references = decodeReferences(r, raw.Header.Ref)
	var volumes []json.RawMessage
	r.value("volumes", &volumes)
	f.volumes = len(volumes)
	f.sidecars, f.inits = names(r, "sidecars"), names(r, "initContainers")

	s := &reader{fields: o.Status, path: "status"}
	s.text("state", &f.state)
	s.text("message", &f.message)
	s.text("containerImage", &f.running)
	s.value("internalInvocationUrls", &f.addresses)
	f.addresses = frameworks.List(f.addresses)
	var logs []struct{ Message string }
	s.value("logs", &logs)
	if n := len(logs); n > 0 {
		f.build = frameworks.Line(logs[n-1].Message)
	}
	if frameworks.Fresh(raw.Header) && slices.Contains([]string{"", "imported", "waitingForResourceConfiguration"}, f.state) {
		f.pod = podOf(r)
	}
	f.unreadable = slices.Concat(r.problems, s.problems)
	f.unreadable = f.unreadable[:min(len(f.unreadable), maxProblems)]
	return f, nil
}

// names lists the containers of a field.
func names(r *reader, field string) []string {
	var containers []struct{ Name string }
	r.value(field, &containers)
	var all []string
	for _, c := range containers {
		all = append(all, frameworks.Line(c.Name))
	}
	return frameworks.List(all)
}

// reader reads fields one by one.
type reader struct {
	fields   map[string]json.RawMessage
	path     string
	problems []string
}

func (r *reader) value(name string, into any) {
	raw, ok := r.fields[name]
	if !ok {
		return
	}
	if err := json.Unmarshal(raw, into); err != nil {
		r.problems = append(r.problems, frameworks.Line(r.path+"."+name+" cannot be read: "+err.Error()))
	}
}

func (r *reader) text(name string, into *string) {
	r.value(name, into)
	*into = frameworks.Line(*into)
}

func (r *reader) number(name string) *int32 {
	var n *int64
	before := len(r.problems)
	r.value(name, &n)
	if n == nil || len(r.problems) > before { // a malformed number leaves a zero behind
		return nil
	}
	return model.Count(frameworks.Number(*n))
}

func decodeSource(r *reader) model.Source {
	var b struct {
		CodeEntryType, Path, FunctionSourceCode string
		CodeEntryAttributes                     struct{ Branch, Tag, Reference, S3Bucket, S3ItemKey string }
	}
	r.value("build", &b)
	a := b.CodeEntryAttributes
	switch kind := frameworks.Line(b.CodeEntryType); kind {
	case "git", "github":
		ref := frameworks.SafeURL(b.Path)
		for _, part := range []string{a.Reference, a.Tag, a.Branch} {
			if part != "" {
				ref += "@" + frameworks.Line(part)
				break
			}
		}
		return model.Source{Kind: "git", Detail: ref}
	case "archive":
		return model.Source{Kind: "archive", Detail: frameworks.SafeURL(b.Path)}
	case "s3":
		return model.Source{Kind: "archive", Detail: "s3 " + frameworks.Line(a.S3Bucket+"/"+a.S3ItemKey)}
	case "sourceCode":
		return model.Source{Kind: "inline"}
	case "image":
		return model.Source{Kind: "image"}
	case "":
		if b.FunctionSourceCode != "" {
			return model.Source{Kind: "inline"}
		}
		if b.Path != "" {
			return model.Source{Kind: "url", Detail: frameworks.SafeURL(b.Path)}
		}
		return model.Source{Kind: "image"}
	default:
		return model.Source{Kind: kind, Detail: frameworks.SafeURL(b.Path)}
	}
}

func decodeScaling(r *reader) model.Scaling {
	s := model.Scaling{Min: r.number("minReplicas"), Max: r.number("maxReplicas")}
	if n := r.number("replicas"); n != nil {
		s.Min, s.Max = n, n
	}
	cpu := r.number("targetCPU")
	var zero struct {
		ScaleResources []struct{ MetricName, WindowSize string }
	}
	r.value("scaleToZero", &zero)
	var notes []string
	if cpu != nil && *cpu > 0 {
		notes = append(notes, fmt.Sprintf("cpu %d%%", *cpu))
	}
	if len(zero.ScaleResources) > 0 {
		notes = append(notes, strings.TrimSpace("to zero after "+frameworks.Line(zero.ScaleResources[0].WindowSize)))
	}
	s.Note = strings.Join(notes, ", ")
	return s
}

// decodeReferences has the fields read as the pod that they become, and gives them their own paths again.
func decodeReferences(r *reader, at model.Ref) []model.Reference {
	var spec corev1.PodSpec
	own := corev1.Container{}
	r.value("env", &own.Env)
	r.value("envFrom", &own.EnvFrom)
	var sidecars []corev1.Container
	r.value("sidecars", &sidecars)
	r.value("initContainers", &spec.InitContainers)
	spec.Containers = append([]corev1.Container{own}, sidecars...)
	var volumes []struct{ Volume corev1.Volume }
	r.value("volumes", &volumes)
	for i := range volumes {
		spec.Volumes = append(spec.Volumes, volumes[i].Volume)
	}
	var pull string
	r.text("imagePullSecrets", &pull)
	if pull != "" {
		spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: pull}}
	}
	refs := frameworks.References(&spec, at)
	for i := range refs {
		refs[i].Origin.Path = ownPath(strings.TrimPrefix(refs[i].Origin.Path, frameworks.SpecPath(at.Kind)+"."))
	}
	return refs
}

func ownPath(path string) string {
	field, rest, _ := strings.Cut(path, "]")
	name, index, _ := strings.Cut(field, "[")
	switch {
	case name == "containers" && index == "0":
		return "spec" + rest
	case name == "containers":
		var n int
		_, _ = fmt.Sscanf(index, "%d", &n)
		return fmt.Sprintf("spec.sidecars[%d]%s", n-1, rest)
	case name == "volumes":
		return "spec.volumes[" + index + "].volume" + rest
	case name == "imagePullSecrets":
		return "spec.imagePullSecrets"
	}
	return "spec." + path
}
