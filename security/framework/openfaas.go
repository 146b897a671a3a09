package framework

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

var faasFunctionKind = schema.GroupKind{Group: "openfaas.com", Kind: "Function"}

const takerLabel = "faas_function" // by which a function's Service finds its pods

var openfaasKinds = []snapshot.Kind{
	{GroupKind: faasFunctionKind, Versions: []string{"v1", "v1alpha2"}, Reader: reader, Decode: decodeFaasFunction, Settled: true},
	{GroupKind: faasRoleKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeFaasRole},
	{GroupKind: faasPolicyKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeFaasPolicy},
	{GroupKind: faasIssuerKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeFaasIssuer},
}

// faasFunction is what is kept of a Function of OpenFaaS. An empty label is one that is not set.
type faasFunction struct{ name, handler, label string }

func decodeFaasFunction(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Name, Handler string
			Labels        map[string]string
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return &faasFunction{
		name: short(cmp.Or(o.Spec.Name, raw.Header.Name)), handler: firstWord(o.Spec.Handler), label: short(o.Spec.Labels[takerLabel]),
	}, nil
}

// short cuts a name from the cluster to what names may have.
func short(s string) string { return strings.Clone(s[:min(len(s), 253)]) }

func firstWord(command string) string {
	words := strings.Fields(command[:min(len(command), 4096)])
	if len(words) == 0 {
		return ""
	}
	return short(path.Base(words[0]))
}

// runs reports whether the judged function is one of that framework; if not, the control does not apply.
func runs(e *check.Eval, framework, title string) bool {
	if e.F.Key.Framework != framework {
		e.NA(title)
		return false
	}
	return true
}

// planeOf returns the judged control plane when it is one of that framework; if not, the control does not apply.
func planeOf(e *check.Eval, framework, title string) (Platform, bool) {
	if e.Subject.Framework != framework {
		e.NA(title)
		return Platform{}, false
	}
	return PlatformOf.Get(e.Reader, e.Subject), true
}

const (
	noOpenFaaS  = "it is no OpenFaaS"
	noGateway   = "the gateway's Deployment is not among the objects"
	usesIAM     = "callers are checked by an identity provider, see FW-OF-08"
	noBasicAuth = "the gateway asks for no password, see FW-OF-01"
)

// gatewayParts returns the gateways of a control plane; none means that the control was told why.
func gatewayParts(e *check.Eval, p *Platform) []part {
	var found []part
	for _, w := range parts(e.Reader, p) {
		if container(w.Spec, "gateway") != nil && provider(w.Spec) != nil {
			found = append(found, w)
		}
	}
	if len(found) == 0 && e.Need(deploymentKind, p.Namespace) {
		e.NA(noGateway)
	}
	return found
}

// checkFaasPassword is FW-OF-01.
func checkFaasPassword(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	gateways := gatewayParts(e, &p)
	for i := range gateways {
		w := &gateways[i]
		if env(container(w.Spec, "gateway"), "auth_proxy_url").Set {
			e.NA(usesIAM)
			continue
		}
		for _, c := range []*corev1.Container{container(w.Spec, "gateway"), provider(w.Spec)} {
			checkFaasPasswordOf(e, &p, w, c)
		}
	}
}

func checkFaasPasswordOf(e *check.Eval, p *Platform, w *part, c *corev1.Container) {
	s := env(c, "basic_auth")
	switch {
	case s.Is("true"):
	case s.Hidden:
		e.Undecided(w.envAt(c, "basic_auth"), "whether container "+c.Name+" asks for a password is set by another object (basic_auth)")
	default:
		port := int32(gatewayPort)
		if c.Name != "gateway" {
			port = providerPort
		}
		way := entryTo(e.Reader, p, w, port)
		f := e.Failf(w.envAt(c, "basic_auth"), "container %s answers its management API on port %d without a password (basic_auth is not \"true\")%s: whoever reaches it deploys any image with any Secret of the function namespace",
			c.Name, port, way.words())
		if way.class < expose.Node {
			f.As(check.High)
		}
	}
}

// tools are commands that do what their caller says, or print what they can see.
var tools = []string{"env", "printenv", "sh", "bash", "ash", "xargs", "curl", "wget", "nc", "nmap", "hey", "dig"}

// toolImages are images of OpenFaaS's function store around such a tool.
var toolImages = []string{"env", "curl", "nmap", "hey", "alpine"}

// checkFaasCommand is FW-OF-07.
func checkFaasCommand(e *check.Eval) {
	if !runs(e, openFaaS, noOpenFaaS) {
		return
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	declared, isDeclared := snapshot.FactsOf[*faasFunction](e.Get(e.F.Object), reader)
	seen := false
	for i := range v.Specs {
		s := &v.Specs[i]
		for _, c := range s.Containers() {
			if !c.Own {
				continue
			}
			p := env(c.Container, "fprocess")
			switch {
			case p.Set && !p.Hidden:
				seen = true
				at := check.At{Object: s.Ref, Path: fmt.Sprintf("%s.env[%d].value", c.Path, p.Index), Fixed: c.Fixed + ".env[fprocess].value"}
				reportTool(e, at, firstWord(p.Value))
			case p.Hidden:
				seen = true
				e.Undecided(check.At{Object: s.Ref, Path: c.Path + ".env", Fixed: c.Fixed + ".env"}, "the command that the watchdog runs (fprocess) is set by another object")
			case !isDeclared || declared.handler == "":
				if tool := imageName(c.Image); slices.Contains(toolImages, tool) {
					e.Undecided(check.At{Object: s.Ref, Path: c.Path + ".image", Fixed: c.Fixed + ".image"}, "image "+tool+" may run a tool of that name on what callers send: no fprocess shows its command")
				}
			}
		}
	}
	if !seen && isDeclared {
		reportTool(e, check.At{Object: e.F.Object, Path: "spec.handler"}, declared.handler)
	}
}

func reportTool(e *check.Eval, at check.At, command string) {
	if !slices.Contains(tools, command) {
		return
	}
	at.Value = command
	f := e.Failf(at, "each call runs %s: callers read the environment or pick what it does", command)
	if !callable(e) {
		f.As(check.Medium)
	}
}

// imageName is the last part of an image's name, without tag and digest.
func imageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name, _, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return name
}

// checkFaasDebug is FW-OF-10.
func checkFaasDebug(e *check.Eval) {
	if !runs(e, openFaaS, noOpenFaaS) {
		return
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	for i := range v.Specs {
		s := &v.Specs[i]
		for _, c := range s.Containers() {
			if p := env(c.Container, "write_debug"); c.Own && p.Is("true") {
				e.Fail(check.At{
					Object: s.Ref, Path: fmt.Sprintf("%s.env[%d].value", c.Path, p.Index), Fixed: c.Fixed + ".env[write_debug].value", Value: "true",
				}, "the watchdog writes bodies and headers of calls to the log (write_debug)")
			}
		}
	}
}

// serviceName is the name of the function's Deployment and Service.
func serviceName(e *check.Eval) string {
	if d, ok := snapshot.FactsOf[*faasFunction](e.Get(e.F.Object), reader); ok {
		return d.name
	}
	for _, w := range e.F.Workloads {
		if w.Role == model.Run {
			return w.Name
		}
	}
	return e.F.Key.Name
}

// checkFaasTaker is FW-OF-04.
func checkFaasTaker(e *check.Eval) {
	if !runs(e, openFaaS, noOpenFaaS) {
		return
	}
	name, ns := serviceName(e), e.F.Key.Namespace
	if d, ok := snapshot.FactsOf[*faasFunction](e.Get(e.F.Object), reader); ok && d.label != "" && d.label != d.name {
		e.Failf(check.At{Object: e.F.Object, Path: "spec.labels[" + takerLabel + "]", Value: d.label},
			"the label %s puts the pods of %s behind the Service of function %s: they receive its calls, and none of their own", takerLabel, d.name, d.label)
	}
	for _, kind := range []schema.GroupKind{deploymentKind, podKind} {
		e.Need(kind, ns)
	}
	for _, t := range takers.Get(e.Reader, ns) {
		switch {
		case t.label == name && t.owner != name:
			e.Failf(check.At{Object: t.Ref, Path: t.path, Value: name},
				"%s carries the label %s=%s, so the Service of this function sends its calls there", t.Ref, takerLabel, name)
		case t.owner == name && t.label != name:
			e.Failf(check.At{Object: t.Ref, Path: t.path, Value: t.label},
				"pods of this function carry the label %s=%s and receive the calls of function %s", takerLabel, t.label, t.label)
		}
	}
}

// taker is what carries the label of a function that it does not belong to.
type taker struct {
	model.Ref
	label, owner, path string // owner: the Deployment it belongs to, empty for none
}

// takers lists them, by namespace. Pods that have the label of their template are not listed beside it.
var takers = snapshot.NewQuery("pods that take calls of OpenFaaS functions", func(r *snapshot.Reader, ns string) []taker {
	var all []taker
	templates := map[string]string{} // label by Deployment
	for _, kind := range workloadKinds {
		for _, w := range takes.List(r, kind, ns) {
			if kind == deploymentKind {
				templates[w.Trait.owner] = w.Trait.label
			}
			all = append(all, w.Trait)
		}
	}
	for _, p := range takes.List(r, podKind, ns) {
		if owner := p.Trait.owner; owner == "" || templates[owner] != p.Trait.label {
			all = append(all, p.Trait)
		}
	}
	return all
}, slices.Equal[[]taker]).Eager()

// takes is a workload or a pod with a label that is not the name of the Deployment it belongs to.
var takes = snapshot.NewObjectTrait(func(o model.Object) (t taker, ok bool) {
	h := o.Head()
	if w, is := o.(*model.Workload); is {
		t = taker{Ref: w.Ref, label: w.Template.Labels.Get(takerLabel), path: "spec.template.metadata.labels[" + takerLabel + "]"}
		if w.Kind == deploymentKind.Kind {
			t.owner = w.Name
		}
		return t, t.label != "" && t.label != t.owner
	}
	t = taker{Ref: h.Ref, label: h.Labels.Get(takerLabel), path: "metadata.labels[" + takerLabel + "]"}
	if t.label == "" {
		return t, false
	}
	for _, w := range h.Owners {
		switch w.Kind {
		case deploymentKind.Kind:
			t.owner = w.Name
		case statefulSetKind.Kind, daemonSetKind.Kind, jobKind.Kind:
			return t, false // its template was looked at
		}
	}
	return t, t.label != t.owner
}, func(a, b taker) bool { return a == b })

var (
	jobKind       = schema.GroupKind{Group: "batch", Kind: "Job"}
	cronJobKind   = schema.GroupKind{Group: "batch", Kind: "CronJob"}
	workloadKinds = []schema.GroupKind{deploymentKind, statefulSetKind, daemonSetKind, jobKind, cronJobKind}
)

// checkFaasDebugPlane is FW-OF-10 for the control plane.
func checkFaasDebugPlane(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	for _, w := range parts(e.Reader, &p) {
		for i := range w.Spec.Containers {
			c := &w.Spec.Containers[i]
			for _, name := range []string{"print_request_body", "print_response_body"} {
				if env(c, name).Is("true", "1") {
					e.Failf(w.envAt(c, name), "container %s writes the bodies of calls to the log (%s)", c.Name, name)
				}
			}
			if env(c, "pprof").Is("true", "1") {
				e.Failf(w.envAt(c, "pprof"), "container %s serves its profiler (pprof), which may answer without the login", c.Name)
			}
		}
	}
}
