package kyma

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// most is how many bytes of code fit: it is handed to the container in one variable.
const most = 128<<10 - 1

// drafting is one request on its way to objects.
type drafting struct {
	*frameworks.Drafting
}

// Deploy makes the Function that `kyma function create` makes, and the APIRule, the Subscription and the autoscaler that go
// with it, which the CLI leaves to whoever writes them.
func (a adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drafting{frameworks.NewDrafting(r, s, a.Offer())}
	if r.Runtime == "" {
		d.Problem("runtime", "a runtime is needed: %s", strings.Join(a.Offer().Runtimes, ", "))
	}
	if r.Handler != "" && r.Handler != "main" && r.Handler != "handler.main" {
		d.Problem("handler", "Kyma calls the function main, of the one file: it cannot be %q", frameworks.Line(r.Handler))
	}
	if r.Runtime == "nodejs20" {
		d.Note("the runtime nodejs20 is deprecated")
	}
	d.Create(map[string]any{
		"apiVersion": group + "/v1alpha2", "kind": functionKind.Kind,
		"metadata": d.Metadata(r.Name, r.Labels, r.Annotations), "spec": d.spec(),
	})
	d.autoscaler()
	d.rules()
	d.subscriptions()
	return d.Finish()
}

func (d *drafting) spec() map[string]any {
	spec := map[string]any{"runtime": d.Runtime}
	frameworks.Put(spec, "source", d.source())
	if image := d.Options[optImage]; image != "" {
		d.CheckImage(optImage, image)
		spec["runtimeImageOverride"] = image
	}
	frameworks.Put(spec, "env", d.env())
	frameworks.Put(spec, "secretMounts", d.mounts())
	frameworks.Put(spec, "resourceConfiguration", d.sized())
	d.meta()
	frameworks.Put(spec, "labels", frameworks.Words(d.Labels))
	frameworks.Put(spec, "annotations", frameworks.Words(d.Annotations))
	spec["replicas"] = int64(1)
	if d.Min != nil {
		spec["replicas"] = int64(*d.Min)
		if *d.Min == 0 {
			d.Note("with no replicas the function is off: nothing wakes it")
		}
	}
	return spec
}

func (d *drafting) source() map[string]any {
	s := &d.Source
	switch {
	case s.Git != nil:
		return map[string]any{"gitRepository": d.git(s.Git)}
	case s.Code != nil:
		return map[string]any{"inline": d.inline(s.Code)}
	case s.Image == "":
		d.Problem("code", "code is needed, or a repository")
	}
	return nil
}

// needs is the file in which a runtime's language names its dependencies.
func (d *drafting) needs() string {
	if strings.HasPrefix(d.Runtime, "python") {
		return "requirements.txt"
	}
	return "package.json"
}

// inline is the code of one file, and what it depends on.
func (d *drafting) inline(c *plan.Code) map[string]any {
	files := maps.Clone(c.Files)
	deps, given := d.Options[optDependencies], d.needs()
	if text, ok := files[given]; ok && len(files) > 1 {
		if deps != "" {
			d.Problem(optDependencies, "%s is beside the code", given)
		}
		deps = string(text)
		delete(files, given)
	}
	if len(files) > 1 {
		d.Problem("code", "a Function holds one file and %s: give a repository for %s", given, strings.Join(slices.Sorted(maps.Keys(files)), ", "))
		return nil
	}
	out := map[string]any{}
	for name, text := range files {
		if path.Base(name) == given {
			d.Problem("code", "%s names dependencies, and there is no code beside it", given)
		}
		if !isText(text) {
			d.Problem("code", "%s is no text", frameworks.Line(name))
		}
		if len(text) > most {
			d.Problem("code", "it takes %d KiB, and a variable of a container holds 128: give a repository", len(text)>>10)
		}
		if strings.Contains(string(text), "\\") {
			d.Note("the code has backslashes: the shell of the image writes it to its file, and may read some of them as its own")
		}
		out["source"] = string(text)
	}
	if !isText([]byte(deps)) || len(deps) > most {
		d.Problem("code", "%s is no text, or takes more than 128 KiB", given)
	}
	frameworks.Put(out, "dependencies", deps)
	return out
}

func isText(data []byte) bool {
	return utf8.Valid(data) && !slices.Contains(data, 0)
}

func (d *drafting) git(g *plan.Git) map[string]any {
	if d.Options[optDependencies] != "" {
		d.Problem(optDependencies, "those of a repository are in its folder")
	}
	if g.Ref == "" {
		d.Problem("git", "a branch, a tag or a commit is needed")
	} else if len(g.Ref) != 40 || strings.Trim(g.Ref, "0123456789abcdef") != "" {
		d.Note("%s may move: what is pushed to it runs within minutes", frameworks.Line(g.Ref))
	}
	folder := g.Folder
	if folder == "" {
		folder = "/"
	}
	if d.Enforces() == "restricted" {
		d.Problem("git", "%s lets restricted pods start only, and what fetches a repository is none: give the code", d.Namespace)
	}
	out := map[string]any{"url": g.URL, "reference": g.Ref, "baseDir": folder}
	ssh := !strings.HasPrefix(g.URL, "http://") && !strings.HasPrefix(g.URL, "https://")
	if strings.HasPrefix(g.URL, "http://") {
		d.Note("the repository is read without TLS: whoever is on the way chooses the code")
	}
	kind := d.Options[optGitAuth]
	switch {
	case g.Secret == "" && kind != "":
		d.Problem(optGitAuth, "which Secret holds it is not said")
	case g.Secret == "":
	default:
		if kind == "" {
			kind = "basic"
			if ssh {
				kind = "key"
			}
		}
		if (kind == "key") != ssh {
			d.Problem(optGitAuth, "an address with ssh takes a key, and one with https a user")
		}
		out["auth"] = map[string]any{"type": kind, "secretName": g.Secret}
	}
	return out
}

// reserved are variables that a Function may not have.
var reserved = []string{
	"FUNC_RUNTIME", "FUNC_HANDLER", "FUNC_PORT", "FUNC_HANDLER_SOURCE", "FUNC_HANDLER_DEPENDENCIES", "MOD_NAME", "NODE_PATH", "PYTHONPATH",
}

// env keeps the order: the controller compares it.
func (d *drafting) env() []any {
	list, given := d.EnvVars(), false
	for _, v := range d.Env {
		if slices.Contains(reserved, v.Name) {
			d.Problem("env", "%s is set by Kyma", v.Name)
		}
		given = given || v.Name == "FUNC_TIMEOUT"
	}
	if d.Timeout > 0 && !given { // what the runtime's server reads
		if d.Timeout%time.Second != 0 {
			d.Problem("timeout", "Kyma has whole seconds")
		}
		list = append(list, map[string]any{"name": "FUNC_TIMEOUT", "value": strconv.Itoa(int(d.Timeout / time.Second))})
	}
	return list
}

func (d *drafting) mounts() []any {
	var out []any
	var names []string
	for _, m := range d.Mounts {
		if m.ConfigMap != "" {
			d.Problem("config", "a Function mounts Secrets only: give single keys of ConfigMap %s as variables", m.ConfigMap)
			continue
		}
		if slices.Contains(names, m.Secret) {
			d.Problem("secret", "Secret %s is mounted twice: a Function mounts each once", m.Secret)
		}
		names = append(names, m.Secret)
		at := m.Path
		if at == "" {
			at = "/etc/" + m.Secret
		}
		out = append(out, map[string]any{"secretName": m.Secret, "mountPath": at})
	}
	return out
}

// sized is a profile, or numbers; Kyma refuses less than it needs to start.
func (d *drafting) sized() map[string]any {
	numbers := d.Resources()
	profile := d.Options[optProfile]
	switch {
	case profile != "" && len(numbers) > 0:
		d.Problem(optProfile, "a profile and requests or limits exclude each other")
	case profile != "":
		return map[string]any{"function": map[string]any{"profile": profile}}
	case len(numbers) == 0:
		return nil
	}
	for name, least := range map[string]string{"cpu": "10m", "memory": "16Mi"} {
		q, err := quantity.ParseQuantity(d.Requests[name])
		if err == nil && q.Cmp(quantity.MustParse(least)) < 0 {
			d.Problem("requests", "Kyma refuses less %s than %s", name, least)
		}
	}
	return map[string]any{"function": map[string]any{"resources": numbers}}
}

// meta refuses labels and annotations that Kyma keeps for itself. They are of the pods; labels are of the Service too.
func (d *drafting) meta() {
	for _, k := range slices.Sorted(maps.Keys(d.Labels)) {
		if strings.HasPrefix(k, group+"/") {
			d.Problem("label", "those that begin with %s/ are Kyma's own", group)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(d.Annotations)) {
		if strings.HasPrefix(k, group+"/") || k == "proxy.istio.io/config" {
			d.Problem("annotation", "%s is Kyma's own", frameworks.Line(k))
		}
	}
}

// autoscaler scales the Function, not its Deployment: the controller would set that back.
func (d *drafting) autoscaler() {
	if d.Max == nil || d.Min != nil && *d.Max == *d.Min {
		return
	}
	low, percent := int64(1), int64(50)
	if d.Min != nil {
		low = int64(*d.Min)
	}
	if low == 0 {
		d.Problem("min", "an autoscaler keeps one replica at least")
	}
	if text := d.Options[optScaleCPU]; text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 1 {
			d.Problem(optScaleCPU, "%q is no percentage", frameworks.Line(text))
		}
		percent = n
	}
	d.Create(map[string]any{
		"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": d.Metadata(d.Name, nil, nil),
		"spec": map[string]any{
			"minReplicas": low, "maxReplicas": int64(*d.Max),
			"scaleTargetRef": map[string]any{"apiVersion": group + "/v1alpha2", "kind": functionKind.Kind, "name": d.Name},
			"metrics": []any{map[string]any{"type": "Resource", "resource": map[string]any{
				"name": "cpu", "target": map[string]any{"type": "Utilization", "averageUtilization": percent},
			}}},
		},
	})
	d.Note("its autoscaler is one of its own: Kyma makes none of a Function any more")
}
