package formats

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// writeServerless writes a function of Kubeless as a serverless.yml. Its code lies beside such a file, never in it.
func writeServerless(f *model.Function, o object, extra []object, w *writing) (string, []byte, error) {
	spec := o.at("spec")
	template := spec.at("deployment", "spec", "template", "spec")
	k := &kubelessFile{writing: w, pod: template}
	if all := objects(template.list("containers")); len(all) > 0 {
		k.container = all[0]
	}
	fn := &fields{}
	fn.set("handler", spec.text("handler"))
	fn.set("runtime", spec.text("runtime"))
	fn.set("namespace", o.text("metadata", "namespace"))
	fn.set("image", k.container.text("image"))
	if n, err := strconv.Atoi(spec.text("timeout")); err == nil {
		fn.set("timeout", n)
	}
	k.meta(fn, o)
	k.ports(fn, spec.at("service"))
	k.sizes(fn)
	fn.set("environment", k.environment())
	k.volumes(fn)
	for _, key := range []string{"affinity", "tolerations"} {
		fn.set(key, k.pod[key])
	}
	provider := &fields{}
	provider.set("name", "kubeless")
	fn.set("events", k.events(f.Key.Name, extra, provider))
	k.left(spec)
	if spec.text("function") != "" {
		w.note("the code is not in the file: it lies beside it, in the file that the handler names")
	}
	functions, all := &fields{}, &fields{}
	functions.set(o.text("metadata", "name"), fn)
	all.set("service", o.text("metadata", "name"))
	all.set("provider", provider)
	all.set("plugins", []any{"serverless-kubeless"})
	all.set("functions", functions)
	text := strings.NewReplacer(string(opening), "${env:", string(closing), "}").Replace(string(all.yaml()))
	return "serverless.yml", []byte(text), nil
}

// kubelessFile is a serverless.yml on its way.
type kubelessFile struct {
	*writing
	pod, container object
}

// plain is a text in which the framework sees no variable: it has no way to write such a text.
func (k *kubelessFile) plain(name, value string) (string, bool) {
	if strings.Contains(value, "${") {
		k.note("the value of " + quoted(name) + " has ${ in it, which the framework takes for a variable: it is left out")
		return "", false
	}
	return k.value(name, value), true
}

const describedBy = "kubeless.serverless.com/description"

func (k *kubelessFile) meta(fn *fields, o object) {
	labels, notes := o.pairs("metadata", "labels"), o.pairs("metadata", "annotations")
	delete(labels, "created-by")
	delete(labels, "function")
	delete(notes, "kubectl.kubernetes.io/last-applied-configuration")
	fn.set("description", notes[describedBy])
	delete(notes, describedBy)
	fn.set("labels", anyMap(labels))
	fn.set("annotations", anyMap(notes))
}

func (k *kubelessFile) ports(fn *fields, service object) {
	all := objects(service.list("ports"))
	if len(all) == 0 {
		return
	}
	outer, _ := all[0].number("port")
	inner, ok := all[0].number("targetPort")
	if !ok {
		inner = outer
	}
	if inner != 8080 && inner > 0 {
		fn.set("port", inner)
	}
	if outer != inner && outer > 0 {
		fn.set("servicePort", outer)
	}
}

// sizes: the file has one number each, for requests and limits alike.
func (k *kubelessFile) sizes(fn *fields) {
	requests, limits := k.container.pairs("resources", "requests"), k.container.pairs("resources", "limits")
	for _, key := range [][2]string{{"memory", "memorySize"}, {"cpu", "cpu"}} {
		if requests[key[0]] != limits[key[0]] {
			k.note("request and limit of " + key[0] + " are different, and the file has one number: it is the limit, or else the request")
		}
		fn.set(key[1], choice(limits[key[0]], requests[key[0]]))
	}
}

func (k *kubelessFile) environment() any {
	list := objects(k.container.list("env"))
	if !slices.ContainsFunc(list, func(e object) bool { return e["valueFrom"] != nil }) {
		m := map[string]any{}
		for _, e := range list {
			if v, ok := k.plain(e.text("name"), e.text("value")); ok {
				m[e.text("name")] = v
			}
		}
		return m
	}
	var all []any
	for _, e := range list {
		if e["valueFrom"] != nil {
			all = append(all, map[string]any{"name": e.text("name"), "valueFrom": e["valueFrom"]})
			continue
		}
		if v, ok := k.plain(e.text("name"), e.text("value")); ok {
			all = append(all, map[string]any{"name": e.text("name"), "value": v})
		}
	}
	return all
}

// volumes tells those that `secrets` makes from the others.
func (k *kubelessFile) volumes(fn *fields) {
	at := map[string]string{}
	for _, m := range objects(k.container.list("volumeMounts")) {
		at[m.text("name")] = m.text("mountPath")
	}
	var secrets, volumes, mounts []any
	usual := map[string]bool{}
	for _, v := range objects(k.pod.list("volumes")) {
		name := v.text("secret", "secretName")
		if name != "" && v.text("name") == name+"-vol" && at[v.text("name")] == "/"+name {
			secrets, usual[v.text("name")] = append(secrets, name), true
			continue
		}
		volumes = append(volumes, map[string]any(v))
	}
	for _, m := range objects(k.container.list("volumeMounts")) {
		if !usual[m.text("name")] {
			mounts = append(mounts, map[string]any(m))
		}
	}
	fn.set("secrets", secrets)
	fn.set("volumes", volumes)
	fn.set("volumeMounts", mounts)
}

// events are the triggers of the function.
func (k *kubelessFile) events(name string, extra []object, provider *fields) []any {
	var all []any
	add := func(kind string, v any) { all = append(all, map[string]any{kind: v}) }
	for _, t := range extra {
		spec := t.at("spec")
		of := choice(spec.text("function-name"), spec.text("functionSelector", "matchLabels", "function"))
		if of != name {
			continue
		}
		switch t.text("kind") {
		case "HTTPTrigger":
			route := &fields{}
			route.set("path", "/"+strings.TrimPrefix(spec.text("path"), "/"))
			route.set("hostname", spec.text("host-name"))
			add("http", route)
			k.ingress(spec, provider)
		case "CronJobTrigger":
			add("schedule", spec.text("schedule"))
			if spec["payload"] != nil {
				k.note("the payload of the schedule has no place in the file")
			}
		case "KafkaTrigger", "NATSTrigger":
			queue := strings.ToLower(strings.TrimSuffix(t.text("kind"), "Trigger"))
			add("trigger", map[string]any{"queue": queue, "topic": spec.text("topic")})
		default:
			k.note(t.text("kind") + " " + quoted(t.text("metadata", "name")) + " has no place in the file")
		}
	}
	return all
}

func (k *kubelessFile) ingress(spec object, provider *fields) {
	in := &fields{}
	if g := spec.text("gateway"); g != "" {
		in.set("class", g)
	}
	if b, _ := spec["tls"].(bool); b {
		in.set("enableTlsAcme", true)
	}
	in.set("tlsSecretName", spec.text("tls-secret"))
	in.set("basicAuthSecretName", spec.text("basic-auth-secret"))
	if b, _ := spec["cors-enable"].(bool); b {
		in.set("cors", true)
	}
	if !slices.Contains(provider.keys, "ingress") {
		provider.set("ingress", in)
	}
}

// left names what the file has no word for.
func (k *kubelessFile) left(spec object) {
	container, pod := maps.Clone(k.container), maps.Clone(k.pod)
	for _, key := range []string{"name", "image", "env", "resources", "volumeMounts"} {
		delete(container, key)
	}
	if container.text("imagePullPolicy") == "Always" {
		delete(container, "imagePullPolicy")
	}
	for _, key := range []string{"containers", "volumes", "affinity", "tolerations"} {
		delete(pod, key)
	}
	for _, part := range []struct {
		at string
		o  object
	}{{kubelessPod + ".containers[0]", container}, {kubelessPod, pod}} {
		for _, key := range sortedKeys(part.o) {
			if !emptyValue(part.o[key]) {
				k.note(plan.Keyed(part.at, key) + " has no place in the file: the plugin would take it away")
			}
		}
	}
	if !emptyValue(spec["horizontalPodAutoscaler"]) {
		k.note("spec.horizontalPodAutoscaler has no place in the file")
	}
}
