package kubeless

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

const (
	port           = 8080
	defaultTimeout = 180 * time.Second
)

// drafting is one request on its way to objects.
type drafting struct {
	*frameworks.Drafting
	source content
	own    map[string]string // labels that Kubeless itself gives
}

// Deploy makes what `kubeless function deploy` makes, and `kubeless trigger … create`. Only a controller makes pods of it.
func (a adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drafting{
		Drafting: frameworks.NewDrafting(r, s, a.Offer()),
		own:      map[string]string{createdBy: "kubeless", functionLabel: r.Name},
	}
	d.checkRuntime()
	d.source = d.pack()
	d.checkHandler()
	d.checkEnv()
	d.Create(map[string]any{
		"apiVersion": group + "/v1beta1", "kind": functionKind.Kind,
		"metadata": d.Metadata(r.Name, d.labels(), r.Annotations), "spec": d.spec(),
	})
	d.autoscaler()
	d.triggers()
	if d.Enforces() == "restricted" {
		d.Problem("namespace", "%s lets restricted pods start only, and Kubeless knows no seccomp profile: nothing would start", r.Namespace)
	}
	if c := controllerOf(s); c == nil {
		d.Note("no controller of Kubeless is seen: nothing is made of the Function until one runs")
	} else if c.Ready == 0 {
		d.Note("the controller of Kubeless does not run: nothing is made of the Function until it does")
	}
	return d.Finish()
}

// labels are those of the Function, which all that is made of it gets.
func (d *drafting) labels() map[string]string {
	for k, v := range d.own {
		if own, ok := d.Labels[k]; ok && own != v {
			d.Problem("label", "%s is what Kubeless finds its own objects by: it must be %s", k, v)
		}
	}
	return frameworks.Joined(d.Labels, d.own)
}

func (d *drafting) spec() map[string]any {
	timeout := d.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	if timeout%time.Second != 0 {
		d.Problem("timeout", "Kubeless has whole seconds")
	}
	return map[string]any{
		"handler": d.Handler, "runtime": d.Runtime, "timeout": strconv.Itoa(int(timeout / time.Second)),
		"function": d.source.text, "function-content-type": d.source.kind, "checksum": d.source.checksum, "deps": d.source.deps,
		"deployment": d.deployment(), "service": d.service(),
	}
}

var runtimeText = regexp.MustCompile(`^([a-zA-Z_]+)([0-9]+(?:\.[0-9]+)*)$`)

// families are the languages that Kubeless ships images for.
var families = []string{
	"ballerina", "dotnetcore", "go", "java", "jvm", "nodejs", "nodejsCE", "nodejs_distroless", "php", "python", "ruby", "vertx",
}

func (d *drafting) checkRuntime() {
	custom := d.Source.Image != "" || d.Options[optRuntimeImage] != ""
	if d.Runtime == "" {
		if !custom {
			d.Problem("runtime", "a runtime is needed, as python3.8")
		}
		return
	}
	if c := settingsOf(d.Around); c != nil && len(c.runtimes) > 0 && !custom {
		if _, ok := c.runtimes[d.Runtime]; !ok {
			d.Problem("runtime", "%q is none of those in %s: %s", frameworks.Line(d.Runtime), settingsName, strings.Join(slices.Sorted(maps.Keys(c.runtimes)), ", "))
		}
		return
	}
	m := runtimeText.FindStringSubmatch(d.Runtime)
	switch {
	case m == nil:
		d.Problem("runtime", "%q is no language with a version, as python3.8", frameworks.Line(d.Runtime))
	case !slices.Contains(families, m[1]):
		d.Problem("runtime", "%q is none of the languages of Kubeless: %s", frameworks.Line(m[1]), strings.Join(families, ", "))
	}
}

var handlerText = regexp.MustCompile(`^[-\w]+\.[-\w$]+$`)

// checkHandler wants FILE.FUNCTION, and where the files are known, that file.
func (d *drafting) checkHandler() {
	switch {
	case d.Handler == "" && d.Runtime == "" && d.Source.Image != "":
		d.Handler = "" // the image does it all
	case d.Handler == "":
		d.Problem("handler", "a handler is needed, as MODULE.FUNCTION")
	case !handlerText.MatchString(d.Handler):
		d.Problem("handler", "%q is not of the form MODULE.FUNCTION, with one dot", frameworks.Line(d.Handler))
	case len(d.source.modules) > 0:
		if module, _, _ := strings.Cut(d.Handler, "."); !slices.Contains(d.source.modules, module) {
			d.Problem("handler", "there is no file %s in the code, but %s", module, strings.Join(d.source.modules, ", "))
		}
	}
}

// reserved are variables that the controller sets, after those of the function.
var reserved = []string{
	"FUNC_HANDLER", "MOD_NAME", "FUNC_TIMEOUT", "FUNC_RUNTIME", "FUNC_MEMORY_LIMIT", "FUNC_PORT", "KUBELESS_INSTALL_VOLUME",
}

func (d *drafting) checkEnv() {
	for _, v := range d.Env {
		if slices.Contains(reserved, v.Name) {
			d.Problem("env", "%s is set by Kubeless", v.Name)
		}
	}
}

func (d *drafting) port() int64 {
	if d.Port != 0 {
		return int64(d.Port)
	}
	return port
}

// service selects by Kubeless's own labels alone: others that the Function has may change, and those of running pods do not.
func (d *drafting) service() map[string]any {
	outer := d.port()
	if text := d.Options[optServicePort]; text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 1 || n > 65535 {
			d.Problem(optServicePort, "%q is no port", frameworks.Line(text))
		}
		outer = n
	}
	out := map[string]any{
		"type": "ClusterIP", "selector": frameworks.Words(d.own),
		"ports": []any{map[string]any{"name": "http-function-port", "port": outer, "targetPort": d.port(), "protocol": "TCP"}},
	}
	if d.Options[optHeadless] == "true" {
		out["clusterIP"] = "None"
	}
	return out
}

// deployment is what is merged into the Deployment that the controller makes.
func (d *drafting) deployment() map[string]any {
	policy := d.Options[optPullPolicy]
	if policy == "" {
		policy = "Always"
	}
	c := map[string]any{"imagePullPolicy": policy}
	frameworks.Put(c, "image", d.image())
	frameworks.Put(c, "env", d.EnvVars())
	frameworks.Put(c, "resources", d.resources())
	if len(d.Command)+len(d.Args) > 0 && d.image() == "" {
		d.Problem("command", "the runtime's image starts its own server: give an image to start something else")
	}
	frameworks.Put(c, "command", frameworks.Values(d.Command))
	frameworks.Put(c, "args", frameworks.Values(d.Args))
	pod := map[string]any{"containers": []any{c}}
	frameworks.Put(pod, "serviceAccountName", d.ServiceAccount)
	frameworks.Put(pod, "nodeSelector", d.nodes())
	d.mounts(pod, c)
	var pull []any
	for _, s := range d.PullSecrets {
		pull = append(pull, map[string]any{"name": s})
	}
	if len(pull) > 0 && d.image() != "" {
		d.Problem("pull-secret", "Kubeless replaces them where the function has an image of its own: name them in its ServiceAccount")
	}
	frameworks.Put(pod, "imagePullSecrets", pull)
	spec := map[string]any{"template": map[string]any{"spec": pod}}
	if n, ok := d.replicas(); ok {
		spec["replicas"] = n
	}
	return map[string]any{"spec": spec}
}

func (d *drafting) image() string {
	image := d.Options[optRuntimeImage]
	if image == "" {
		return d.Source.Image
	}
	if d.Source.Image != "" {
		d.Problem(optRuntimeImage, "the function has an image already")
	}
	d.CheckImage(optRuntimeImage, image)
	d.Note("with an image of its own nothing is copied into the pods: the image must hold the code")
	return image
}

// resources gives what is asked for as the limit too, and the other way round.
func (d *drafting) resources() map[string]any {
	requests, limits := frameworks.Joined(d.Limits, d.Requests), frameworks.Joined(d.Requests, d.Limits)
	out := map[string]any{}
	frameworks.Put(out, "requests", frameworks.Words(requests))
	frameworks.Put(out, "limits", frameworks.Words(limits))
	return out
}

func (d *drafting) nodes() map[string]any {
	out := map[string]any{}
	for pair := range strings.SplitSeq(d.Options[optNodes], ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok || len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(value)) > 0 {
			d.Problem(optNodes, "%q is no KEY=VALUE of a node", frameworks.Line(pair))
		}
		out[key] = value
	}
	return out
}

// mounts adds volumes: SECRET-vol at /SECRET, or where the request says.
func (d *drafting) mounts(pod, c map[string]any) {
	var volumes, mounts []any
	for _, m := range d.Mounts {
		kind, name := "secret", m.Secret
		source := map[string]any{"secretName": m.Secret}
		suffix := "vol"
		if m.ConfigMap != "" {
			kind, name, suffix = "configMap", m.ConfigMap, "config"
			source = map[string]any{"name": m.ConfigMap}
		}
		at := m.Path
		if at == "" {
			at = "/" + name
		}
		for _, folder := range []string{"/kubeless", "/src"} {
			if at == folder || strings.HasPrefix(at, folder+"/") {
				d.Problem("secret", "%s is where Kubeless puts the code", folder)
			}
		}
		volume := frameworks.Kebab(name, suffix) // names of volumes have no dots
		volumes = append(volumes, map[string]any{"name": volume, kind: source})
		mounts = append(mounts, map[string]any{"name": volume, "mountPath": at})
	}
	frameworks.Put(pod, "volumes", volumes)
	frameworks.Put(c, "volumeMounts", mounts)
}
