package formats

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// Paths in a Knative Service; a Deployment has the same ones.
const (
	podPath       = "spec.template.spec"
	containerPath = podPath + ".containers[0]"
	podNotes      = "spec.template.metadata.annotations"
	autoscaling   = "autoscaling.knative.dev/"
)

// The options of Knative, and of its triggers.
const (
	optConcurrency = "concurrency-limit"
	filterOption   = "filter."
)

// What `func` marks its own with.
const (
	funcName    = "function.knative.dev/name"
	funcRuntime = "function.knative.dev/runtime"
	funcMark    = "boson.dev/function"
	funcDomain  = "func.domain"
)

// func has every function listen on all addresses.
const (
	addressName  = "ADDRESS"
	addressValue = "0.0.0.0"
)

// funcSecurity is what func writes into the container.
func funcSecurity() map[string]any {
	return map[string]any{
		"runAsNonRoot": true, "allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
		"seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
}

// one reads a file that is one document.
func (r *reader) one(s *surveyed, tool string) (field, error) {
	docs, err := parse(r.files.name, s.source)
	if err != nil {
		return field{}, err
	}
	if len(docs) == 0 || docs[0].kind != mapping {
		return field{}, &Error{Place{File: r.files.name, Line: 1}, "is no mapping"}
	}
	for _, extra := range docs[1:] {
		r.note(extra.place(), "is a second document: "+tool+" reads the first")
	}
	return r.root(docs[0]), nil
}

// native adds a change of the function's object.
func native(q *plan.DeployRequest, path string, value any) {
	q.Native = append(q.Native, plan.Field{Path: path, Value: value})
}

// readKnative reads func.yaml of Knative's `func`.
func readKnative(r *reader, s *surveyed) error {
	f, err := r.one(s, "func")
	if err != nil {
		return err
	}
	q := plan.DeployRequest{
		Framework: "knative", Name: f.at("name").text(),
		Namespace: f.at("deploy", "namespace").text(), Source: plan.Source{Image: f.at("deploy", "image").text()},
	}
	if ns := f.at("namespace"); q.Namespace == "" {
		q.Namespace = ns.text()
	} else {
		ns.pass()
	}
	r.funcImage(f, &q)
	deploy := f.at("deploy")
	r.funcDeployer(deploy.at("deployer"), &q)
	r.funcLabels(f, &q)
	q.Annotations = deploy.at("annotations").pairs()
	q.ServiceAccount = deploy.at("serviceAccountName").text()
	if secret := deploy.at("imagePullSecret").text(); secret != "" {
		q.PullSecrets = []string{secret}
	}
	r.funcEnv(f.first("run", "spec").first("envs"), &q)
	r.funcEnv(f.at("envs"), &q)
	if !slices.ContainsFunc(q.Env, func(v plan.Variable) bool { return v.Name == addressName }) {
		q.Env = append(q.Env, plan.Variable{Name: addressName, Value: addressValue})
	}
	native(&q, containerPath+".securityContext", funcSecurity())
	r.funcVolumes(f.at("run", "volumes"), &q)
	r.funcVolumes(f.at("volumes"), &q)
	r.funcOptions(deploy.at("options"), &q)
	r.funcOptions(f.at("options"), &q)
	r.funcHealth(deploy.at("healthEndpoints"), &q)
	r.funcHealth(f.at("healthEndpoints"), &q)
	r.funcSubscriptions(deploy.at("subscriptions"), &q)
	f.at("run", "startTimeout").drop("counts where func runs the function on a machine of its own")
	if sc := f.at("run", "podSecurityContext"); sc.ok() {
		native(&q, podPath+".securityContext", sc.value())
	}
	f.at("build").drop(buildsOnly)
	for _, key := range []string{"builder", "builders", "builderImages", "buildpacks", "buildEnvs", "git", "source", "template"} {
		f.at(key).drop(buildsOnly)
	}
	f.at("invoke").drop("is for `func invoke`, which sends a call of that kind")
	for _, key := range []string{"specVersion", "created"} {
		f.at(key).pass()
	}
	r.request(f.place(), q)
	return nil
}

// funcSubscriptions are Triggers of a broker. Attributes that they filter by, besides the type, are options of it.
func (r *reader) funcSubscriptions(f field, q *plan.DeployRequest) {
	i := 0
	for sub := range f.items() {
		t := plan.Trigger{Type: "event", Name: q.Name + "-function-trigger-" + strconv.Itoa(i), Broker: sub.at("source").text()}
		for key, v := range sub.at("filters").each() {
			if key == "type" {
				t.Topic = v.text()
				continue
			}
			setOption(&t, filterOption+key, v.text())
		}
		q.Triggers = append(q.Triggers, t)
		i++
	}
}

// funcImage finds the image: the deployed one, the named one, or the one that func would build.
func (r *reader) funcImage(f field, q *plan.DeployRequest) {
	image, registry := f.at("image"), f.at("registry")
	name := image.text()
	switch {
	case q.Source.Image != "":
		registry.pass()
	case name != "":
		q.Source.Image = name
		registry.pass()
	case registry.ok() && q.Name != "":
		q.Source.Image = strings.TrimSuffix(registry.text(), "/") + "/" + q.Name + ":latest"
		registry.note("no image is named: the one that `func build` makes of the registry and the name is taken")
	default:
		f.lacks("names no image: `func build` makes it, and writes it there")
	}
}

func (r *reader) funcDeployer(f field, q *plan.DeployRequest) {
	switch kind := f.text(); kind {
	case "", "knative":
	case "raw":
		q.Framework = "plain"
	case "keda":
		q.Framework = "plain"
		f.note("the scaler of KEDA is not made: the Deployment and the Service are")
	default:
		f.problem("must be knative, raw or keda")
	}
}

// funcLabels are those by which func knows its own, and those that are asked for.
func (r *reader) funcLabels(f field, q *plan.DeployRequest) {
	q.Labels = map[string]string{funcMark: "true", funcName: q.Name}
	if runtime := f.at("runtime").text(); runtime != "" {
		q.Labels[funcRuntime] = runtime
	}
	if d := f.at("domain").text(); d != "" {
		q.Labels[funcDomain] = d
	}
	for label := range f.at("deploy", "labels").items() {
		value, ok := r.local(label.at("value"))
		if key := label.at("key").text(); key != "" && ok {
			q.Labels[key] = value
		}
	}
}

// localVariable is `{{ env:NAME }}`: a variable of the developer's shell.
var localVariable = regexp.MustCompile(`^\{\{\s*env\s*:\s*(\w+)\s*\}\}$`)

// local fills in a variable of the environment. One that is not set is an error, as it is for func.
func (r *reader) local(f field) (string, bool) {
	text := f.text()
	m := localVariable.FindStringSubmatch(text)
	if m == nil {
		return text, true
	}
	value, ok := r.env(m[1])
	if !ok {
		f.problem("the variable " + m[1] + " is not set in the environment")
	}
	return value, ok
}

// fromObject is `{{ secret:NAME }}` or `{{ configMap:NAME:KEY }}`.
var fromObject = regexp.MustCompile(`^\{\{\s*(secret|configMap)\s*:\s*([^\s:]+)\s*(?::\s*([^\s:]+)\s*)?\}\}$`)

func (r *reader) funcEnv(f field, q *plan.DeployRequest) {
	var from []any
	for e := range f.items() {
		name, value := e.at("name").text(), e.at("value")
		m := fromObject.FindStringSubmatch(value.text())
		switch {
		case m == nil && name == "":
			e.problem("has no name")
		case m == nil && strings.HasPrefix(value.text(), "{{") && localVariable.FindStringSubmatch(value.text()) == nil:
			value.problem("is none of {{ env:NAME }}, {{ secret:NAME:KEY }} and {{ configMap:NAME:KEY }}")
		case m == nil:
			if text, ok := r.local(value); ok {
				q.Env = append(q.Env, plan.Variable{Name: name, Value: text})
			}
		case (name == "") != (m[3] == ""):
			value.problem("a variable with a name takes one key, one without takes all")
		case name == "":
			ref := map[string]string{"secret": "secretRef", "configMap": "configMapRef"}[m[1]]
			from = append(from, map[string]any{ref: map[string]any{"name": m[2]}})
		case m[1] == "secret":
			q.Env = append(q.Env, plan.Variable{Name: name, Secret: m[2], Key: m[3]})
		default:
			q.Env = append(q.Env, plan.Variable{Name: name, ConfigMap: m[2], Key: m[3]})
		}
	}
	if from != nil {
		native(q, containerPath+".envFrom", from)
	}
}

func (r *reader) funcVolumes(f field, q *plan.DeployRequest) {
	empty := 0
	for v := range f.items() {
		at := v.at("path").text()
		if at == "" {
			v.lacks("has no path")
		}
		if s := v.at("secret").text(); s != "" {
			q.Mounts = append(q.Mounts, plan.Mount{Secret: s, Path: at})
		}
		if c := v.at("configMap").text(); c != "" {
			q.Mounts = append(q.Mounts, plan.Mount{ConfigMap: c, Path: at})
		}
		if claim := v.at("persistentVolumeClaim"); claim.ok() {
			name := "pvc-" + claim.at("claimName").text()
			volume(q, name, "persistentVolumeClaim", claim.value(), at)
		}
		if dir := v.at("emptyDir"); dir.n != nil {
			o := dir.object()
			if o == nil {
				o = map[string]any{}
			}
			volume(q, "empty-dir-"+strconv.Itoa(empty), "emptyDir", o, at)
			empty++
		}
	}
}

// volume mounts something that requests have no word for.
func volume(q *plan.DeployRequest, name, kind string, what any, at string) {
	native(q, plan.Named(podPath+".volumes", name), map[string]any{kind: what})
	native(q, plan.Named(containerPath+".volumeMounts", name), map[string]any{"mountPath": at})
}

func (r *reader) funcOptions(f field, q *plan.DeployRequest) {
	scale := f.at("scale")
	if n := scale.at("min").count(); n != nil {
		q.Min = n
	}
	if n := scale.at("max").count(); n != nil {
		q.Max = n
	}
	for _, o := range [][2]string{{"metric", "metric"}, {"target", "target"}, {"utilization", "target-utilization-percentage"}} {
		if v := scale.at(o[0]); v.ok() {
			native(q, plan.Keyed(podNotes, autoscaling+o[1]), v.text())
		}
	}
	if v := scale.at("keda"); v.ok() {
		v.drop("the scaler of KEDA is not made")
	}
	resources := f.at("resources")
	if m := resources.at("requests").pairs(); m != nil {
		q.Requests = m
	}
	limits := resources.at("limits")
	if c := limits.at("concurrency"); c.ok() {
		if n, ok := c.number(); ok {
			r.funcConcurrency(c, n, q)
		}
	}
	for key, v := range limits.each() {
		if key == "concurrency" {
			continue
		}
		if q.Limits == nil {
			q.Limits = map[string]string{}
		}
		q.Limits[key] = v.text()
	}
}

func (r *reader) funcConcurrency(f field, n int, q *plan.DeployRequest) {
	if q.Framework != "knative" {
		f.note("only Knative bounds how many calls a replica has at once")
		return
	}
	option(q, optConcurrency, strconv.Itoa(n))
}

func (r *reader) funcHealth(f field, q *plan.DeployRequest) {
	for _, kind := range []string{"liveness", "readiness"} {
		if at := f.at(kind).text(); at != "" {
			native(q, containerPath+"."+kind+"Probe", map[string]any{"httpGet": map[string]any{"path": at, "port": int64(8080)}})
		}
	}
}
