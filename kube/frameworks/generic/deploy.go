package generic

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Offer: what the entry's template has a place for.
func (a *adapter) Offer() plan.Offer {
	d := a.entry.deploy
	o := plan.Offer{Without: map[string]string{}}
	const none = "the template of this framework has no place for it"
	for _, field := range []string{"runtime", "handler", "mounts", "pullSecrets", "command", "args", "port", "timeout", "trigger", "code", "git"} {
		o.Without[field] = none
	}
	places := a.placeholders()
	for field, place := range map[string]string{"image": "image", "serviceAccount": "serviceAccount", "env": "env"} {
		if !places[place] {
			o.Without[field] = none
		}
	}
	if low, _ := a.bounds(); low == "" {
		o.Without["min"], o.Without["max"] = none, none
	}
	if a.amounts() == "" {
		o.Without["requests"], o.Without["limits"] = none, none
	}
	if d == nil {
		return o
	}
	if places["image"] {
		o.Sources = []string{"image"}
	}
	for _, f := range d.fields {
		option := plan.Option{Key: f.name, What: f.title, Default: f.standard}
		if f.kind == "boolean" {
			option.Choices = []string{"true", "false"}
		}
		o.Options = append(o.Options, option)
	}
	return o
}

// placeholders are the names that the template has places for.
func (a *adapter) placeholders() map[string]bool {
	found := map[string]bool{}
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, e := range v {
				look(e)
			}
		case []any:
			for _, e := range v {
				look(e)
			}
		case string:
			for _, p := range variable.FindAllString(v, -1) {
				found[strings.TrimSuffix(strings.TrimPrefix(p, "${"), "}")] = true
			}
		}
	}
	if a.entry.deploy != nil {
		for _, o := range a.entry.deploy.template {
			look(o)
		}
	}
	return found
}

// bounds are the paths of the numbers of replicas in the function's object, as the entry's change of them says.
func (a *adapter) bounds() (low, high string) {
	for i := range a.entry.fixes["min-max"] {
		if f := &a.entry.fixes["min-max"][i]; f.low != nil && f.at == atFunction && len(f.requires) == 0 {
			low, _ = planPath(f.low.path)
			high, _ = planPath(f.high.path)
			return low, high
		}
	}
	return "", ""
}

// amounts is the path of requests and limits in the function's object.
func (a *adapter) amounts() string {
	for i := range a.entry.fixes["limits"] {
		if f := &a.entry.fixes["limits"][i]; f.path != nil && f.at == atFunction && len(f.requires) == 0 {
			path, _ := planPath(f.path.path)
			return path
		}
	}
	return ""
}

// Deploy fills the entry's template. What stands for a placeholder is put into its scalar, and is never read as YAML.
func (a *adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := a.entry.deploy
	b := frameworks.NewBlueprint(r, s, a.Offer())
	b.Object("name", r.Name)
	if d == nil {
		b.Problem("framework", "the configuration of %s has no deploy.template: copy a function that is there", a.entry.Name)
		return b.Draft(model.Ref{})
	}
	f := &filling{Blueprint: b, values: a.values(b), declares: a.entry.function.GroupKind}
	for _, o := range d.template {
		f.object(a, o)
	}
	switch {
	case f.found == 0:
		b.Problem("framework", "the template of %s makes no %s", a.entry.Name, f.declares)
	case f.found > 1:
		b.Problem("framework", "the template of %s makes %d objects of %s", a.entry.Name, f.found, f.declares)
	}
	return b.Draft(f.ref)
}

// values are what stands for the placeholders.
func (a *adapter) values(b *frameworks.Blueprint) map[string]any {
	r := b.Request
	values := map[string]any{"name": r.Name, "namespace": r.Namespace, "image": r.Source.Image, "serviceAccount": r.ServiceAccount, "env": nil}
	if len(r.Env) > 0 {
		values["env"] = frameworks.Envs(r.Env)
	}
	if r.Source.Image == "" && a.placeholders()["image"] {
		b.Problem("image", "the function is made of an image")
	}
	for _, f := range a.entry.deploy.fields {
		text := b.Option(f.name)
		switch {
		case text == "" && f.required:
			b.Problem(f.name, "it is needed")
		case text == "" || f.kind == "string":
			values[f.name] = text
		case f.kind == "boolean":
			values[f.name] = b.Flag(f.name)
		default:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				b.Problem(f.name, "%q is no number", text)
			}
			values[f.name] = n
		}
	}
	return values
}

// filling is a template on its way to objects.
type filling struct {
	*frameworks.Blueprint
	values   map[string]any
	declares schema.GroupKind
	found    int
	ref      model.Ref
}

func (f *filling) object(a *adapter, template map[string]any) {
	o, _ := f.filled(template).(map[string]any)
	version, _ := o["apiVersion"].(string)
	kind, _ := o["kind"].(string)
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		f.Problem("framework", "template: %v", err)
		return
	}
	meta, _ := o["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if namespace, ok := meta["namespace"].(string); ok && namespace != f.Request.Namespace {
		f.Problem("framework", "the template makes an object of namespace %s", namespace)
	}
	if name == "" {
		name = f.Request.Name
	}
	f.Object("name", name)
	gk := schema.GroupKind{Group: gv.Group, Kind: kind}
	why := "comes along with the function"
	if gk == f.declares {
		f.found++
		why = "the function"
		f.described(a, o)
	}
	ref := f.Make(gk, gv.Version, name, why, o)
	if gk == f.declares {
		f.ref = ref
	}
}

// described writes into the function's object what its template has no placeholders for.
func (f *filling) described(a *adapter, o map[string]any) {
	r := f.Request
	var fields []plan.Field
	set := func(path string, value any) { fields = append(fields, plan.Field{Path: path, Value: value}) }
	for _, k := range slices.Sorted(maps.Keys(r.Labels)) {
		set(plan.Keyed("metadata.labels", k), r.Labels[k])
	}
	for _, k := range slices.Sorted(maps.Keys(r.Annotations)) {
		set(plan.Keyed("metadata.annotations", k), r.Annotations[k])
	}
	if low, high := a.bounds(); low != "" {
		if r.Min != nil {
			set(low, int64(*r.Min))
		}
		if r.Max != nil {
			set(high, int64(*r.Max))
		}
	}
	if path := a.amounts(); path != "" {
		for of, list := range frameworks.Resources(r) {
			set(path+"."+of, list)
		}
	}
	if err := plan.Apply(o, fields); err != nil {
		f.Problem("framework", "template: %v", err)
	}
}

// gone stands for a field whose placeholder has no value.
type gone struct{}

// filled puts values into the scalars. A field that is nothing but a placeholder without value is left out, and what is
// left empty by that too.
func (f *filling) filled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if e = f.filled(e); e != (gone{}) {
				out[k] = e
			}
		}
		if len(out) == 0 && len(v) > 0 {
			return gone{}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if e = f.filled(e); e != (gone{}) {
				out = append(out, e)
			}
		}
		if len(out) == 0 && len(v) > 0 {
			return gone{}
		}
		return out
	case int:
		return int64(v)
	case string:
		return f.scalar(v)
	}
	return v
}

func (f *filling) scalar(text string) any {
	name, whole := strings.CutPrefix(text, "${")
	if name, closed := strings.CutSuffix(name, "}"); whole && closed && !strings.ContainsAny(name, "${}") {
		value := f.values[name]
		if value == nil || value == "" {
			return gone{}
		}
		return value
	}
	return variable.ReplaceAllStringFunc(text, func(p string) string {
		switch v := f.values[strings.TrimSuffix(strings.TrimPrefix(p, "${"), "}")].(type) {
		case string:
			return v
		case int64:
			return strconv.FormatInt(v, 10)
		case bool:
			return strconv.FormatBool(v)
		}
		return ""
	})
}
