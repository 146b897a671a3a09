package frameworks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Drafting collects what an adapter makes of a request, and what is wrong with it. Problems never hold values of
// variables, code or addresses with passwords.
type Drafting struct {
	*plan.DeployRequest
	Around plan.Surroundings
	plan.Draft
}

// NewDrafting begins a draft, and checks that its name, image and repository are what they must be in every framework, and
// that what it is made of and called by is offered.
func NewDrafting(r *plan.DeployRequest, s plan.Surroundings, o plan.Offer) *Drafting {
	d := &Drafting{DeployRequest: r, Around: s}
	// It becomes the name of a Service, which is stricter than other names.
	if why := validation.IsDNS1035Label(r.Name); len(why) > 0 {
		d.Problem("name", "%q cannot be used: %s", Line(r.Name), why[0])
	}
	if r.Source.Image != "" {
		d.CheckImage("image", r.Source.Image)
	}
	if r.Source.Git != nil {
		d.CheckURL("git", r.Source.Git.URL, "https", "http", "ssh", "git")
	}
	for kind, given := range map[string]bool{"image": r.Source.Image != "", "code": r.Source.Code != nil, "git": r.Source.Git != nil} {
		if given && !slices.Contains(o.Sources, kind) {
			d.Problem(kind, "%s", orElse(o.Without[kind], "functions are made of "+strings.Join(o.Sources, " or ")))
		}
	}
	for _, t := range r.Triggers {
		if !slices.Contains(o.Triggers, t.Type) {
			d.Problem("trigger", "%s", orElse(o.Without[t.Type], "there is no trigger of that type, but "+strings.Join(o.Triggers, ", ")))
		}
	}
	return d
}

// Problem says what is wrong with a field, once.
func (d *Drafting) Problem(field, format string, args ...any) {
	p := plan.Problem{Field: field, Text: Line(fmt.Sprintf(format, args...))}
	if !slices.Contains(d.Problems, p) {
		d.Problems = append(d.Problems, p)
	}
}

// Note says what is different from what was asked for.
func (d *Drafting) Note(format string, args ...any) {
	if n := Line(fmt.Sprintf(format, args...)); !slices.Contains(d.Notes, n) {
		d.Notes = append(d.Notes, n)
	}
}

// RouteName is the name of the object of a kind that a route becomes: its own, that of the function for the first one, and
// with the host in it for others.
func (d *Drafting) RouteName(t plan.Trigger, kind schema.GroupKind) string {
	if t.Name != "" {
		return t.Name
	}
	if slices.ContainsFunc(d.Edits, func(e plan.Edit) bool { return e.Object.GroupKind() == kind && e.Object.Name == d.Name }) {
		return Kebab(d.Name, t.Host)
	}
	return d.Name
}

// Create adds an object to the draft. The first one declares the function.
func (d *Drafting) Create(object map[string]any) {
	ref, apiVersion := NameOf(object)
	if slices.ContainsFunc(d.Edits, func(e plan.Edit) bool { return e.Object == ref }) {
		d.Problem("trigger", "%s would be made twice: name its triggers", ref)
		return
	}
	if len(d.Edits) == 0 {
		d.Declares = ref
	}
	d.Edits = append(d.Edits, plan.Edit{
		Verb: plan.Create, Object: ref, APIVersion: apiVersion, New: object, Why: "deploy " + d.Name,
	})
}

// NameOf names an object by its JSON.
func NameOf(object map[string]any) (ref model.Ref, apiVersion string) {
	apiVersion, _ = object["apiVersion"].(string)
	if group, _, ok := strings.Cut(apiVersion, "/"); ok {
		ref.Group = group
	}
	ref.Kind, _ = object["kind"].(string)
	metadata, _ := object["metadata"].(map[string]any)
	ref.Name, _ = metadata["name"].(string)
	ref.Namespace, _ = metadata["namespace"].(string)
	return ref, apiVersion
}

// Enforces is the level of pod security that the namespace lets start; empty where it is not known.
func (d *Drafting) Enforces() string {
	if d.Around.Objects == nil {
		return ""
	}
	ns := d.Around.Get(model.Ref{Kind: Namespace.Kind, Name: d.Namespace})
	if ns == nil {
		return ""
	}
	return ns.Head().Labels.Get("pod-security.kubernetes.io/enforce")
}

// Finish makes the changes in the framework's own words, adds what comes along, and returns the draft. One with problems
// makes nothing.
func (d *Drafting) Finish() plan.Draft {
	if len(d.Problems) == 0 && len(d.Edits) > 0 {
		if err := plan.Apply(d.Edits[0].New, d.Native); err != nil {
			d.Problem("native", "%v", err)
		}
	}
	for _, o := range d.Extra {
		ref, apiVersion := NameOf(o)
		if ref.Kind == "" || ref.Name == "" || apiVersion == "" {
			d.Problem("extra", "an object that comes along has no apiVersion, kind or name")
			continue
		}
		if slices.ContainsFunc(d.Edits, func(e plan.Edit) bool { return e.Object == ref }) {
			d.Problem("extra", "%s is made already", ref)
			continue
		}
		d.Edits = append(d.Edits, plan.Edit{
			Verb: plan.Create, Object: ref, APIVersion: apiVersion, New: o, Why: "comes with " + d.Name,
		})
	}
	if len(d.Problems) > 0 {
		d.Edits = nil
	}
	return d.Draft
}

// Metadata is that of an object of the draft; empty maps are left out.
func (d *Drafting) Metadata(name string, labels, annotations map[string]string) map[string]any {
	m := map[string]any{"name": name, "namespace": d.Namespace}
	Put(m, "labels", Words(labels))
	Put(m, "annotations", Words(annotations))
	return m
}

// Put sets a field unless its value is empty.
func Put(to map[string]any, key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case map[string]any:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	to[key] = value
}

// Words are texts as JSON has them.
func Words(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// Joined are several maps in one, the last one counts.
func Joined(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// Values are texts as a JSON list.
func Values(all []string) []any {
	out := make([]any, 0, len(all))
	for _, s := range all {
		out = append(out, s)
	}
	return out
}

// EnvVars are the variables as a container has them.
func (d *Drafting) EnvVars() []any {
	var out []any
	for _, v := range d.Env {
		e := map[string]any{"name": v.Name}
		switch {
		case v.Secret != "":
			e["valueFrom"] = map[string]any{"secretKeyRef": map[string]any{"name": v.Secret, "key": v.Key}}
		case v.ConfigMap != "":
			e["valueFrom"] = map[string]any{"configMapKeyRef": map[string]any{"name": v.ConfigMap, "key": v.Key}}
		default:
			e["value"] = v.Value
		}
		out = append(out, e)
	}
	return out
}

// Resources are the requests and limits as a container has them.
func (d *Drafting) Resources() map[string]any {
	out := map[string]any{}
	Put(out, "requests", Words(d.Requests))
	Put(out, "limits", Words(d.Limits))
	return out
}

// TriggersOf lists the triggers of a type.
func (d *Drafting) TriggersOf(kind string) []plan.Trigger {
	var out []plan.Trigger
	for _, t := range d.Triggers {
		if t.Type == kind {
			out = append(out, t)
		}
	}
	return out
}

// Kebab makes a name of an object of words: lower case, dashes, at most 63 characters.
func Kebab(words ...string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.Join(words, "-")) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && s[len(s)-1] != '-' {
			b.WriteByte('-')
		}
	}
	s := b.String()
	return strings.Trim(s[:min(len(s), 63)], "-")
}
