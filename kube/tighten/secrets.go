package tighten

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
)

// Keeper is a Source whose functions take Secrets as files only: it replaces variables by Secrets in its own way.
type Keeper interface {
	Keep(w *plan.Wish, secret string, variables []string) plan.Answer
}

// variable is the value of an element of a list that may refer to a Secret instead.
var variable = regexp.MustCompile(`^(.*[.\]]|)(env|variables)\[\d+\]\.value$`)

// keyName is what the API server takes for a key of a Secret.
var keyName = regexp.MustCompile(`^[-._a-zA-Z0-9]{1,253}$`)

// envToSecret moves credentials that stand as text into a Secret of the function, and has the variables refer to it.
func (q *asked) envToSecret() plan.Answer {
	secret := model.Ref{Kind: "Secret", Namespace: q.f.Key.Namespace, Name: q.f.Key.Name + "-env"}
	if strings.ContainsAny(secret.Name, "/:?") {
		return q.source.Fix(q.Wish)
	}
	fields := map[model.Ref][]plan.Field{}
	var objects []model.Ref
	var needs []plan.Need
	var kept, left []string
	all := secrets.Literals(q.r, q.f.Key)
	for _, l := range all {
		if !q.reported(l) || q.follows(l, all) {
			continue
		}
		path, ok := q.named(l)
		own, file := q.source.(Keeper)
		switch {
		case slices.Contains(kept, l.Name):
			continue
		case !keyName.MatchString(l.Name):
			left = append(left, l.Path)
			continue
		case file && l.Object == q.f.Object && own != nil && strings.HasPrefix(l.Path, "spec.environment"):
			kept = append(kept, l.Name)
		case ok:
			if fields[l.Object] == nil {
				objects = append(objects, l.Object)
				q.askShared(l.Object)
			}
			fields[l.Object] = append(fields[l.Object], plan.Field{Path: path + ".value", Remove: true, Secret: true}, plan.Field{
				Path: path + ".valueFrom", Value: map[string]any{"secretKeyRef": map[string]any{"name": secret.Name, "key": l.Name}},
			})
		default:
			left = append(left, l.Path)
			continue
		}
		needs = append(needs, plan.Need{Path: plan.Keyed("data", l.Name), From: plan.Literal{Object: l.Object, Path: l.Path}})
	}
	if len(needs) == 0 {
		return q.None("no field of the framework refers to a Secret there: "+strings.Join(left, ", "), check.FixRotateSecret)
	}
	q.ask("the old values were readable: they must be rotated too")
	edits := []plan.Edit{q.secretOf(secret, needs)}
	a := q.Done(plan.Rollout, edits...)
	if len(kept) > 0 {
		a = q.source.(Keeper).Keep(q.Wish, secret.Name, kept)
		a.Edits = append(edits, a.Edits...)
	}
	for _, o := range objects {
		a.Edits = append(a.Edits, q.Patch(o, q.versionOf(o), fields[o]...))
	}
	if len(left) > 0 {
		a.Left = "no field of the framework refers to a Secret there: " + strings.Join(left, ", ")
	}
	return a
}

// askShared asks where an object is not of the function alone.
func (q *asked) askShared(o model.Ref) {
	if o != q.f.Object && !slices.ContainsFunc(q.f.Workloads, func(w model.WorkloadRef) bool { return w.Ref == o && !w.Shared }) {
		q.ask("other functions that use " + o.Kind + " " + o.Name + " change too, and need the Secret in their namespace")
	}
}

// reported reports whether a finding of the wish is about the text.
func (q *asked) reported(l secrets.Literal) bool {
	return slices.ContainsFunc(q.findings, func(f check.Finding) bool { return f.Object() == l.Object && f.Path == l.Path })
}

// follows reports whether a controller makes the variable of a workload of one in the function's object, which changes too:
// under its own name, behind something of the framework's.
func (q *asked) follows(l secrets.Literal, all []secrets.Literal) bool {
	w, ok := q.r.Get(l.Object).(*model.Workload)
	if !ok || l.Object == q.f.Object || !slices.ContainsFunc(w.Owners, func(o model.Owner) bool {
		return o.Group == q.f.Object.Group && o.Kind == q.f.Object.Kind && o.Name == q.f.Object.Name
	}) {
		return false
	}
	return slices.ContainsFunc(all, func(o secrets.Literal) bool {
		_, moves := q.named(o)
		return o.Object == q.f.Object && moves && q.reported(o) && o.Name != "" && strings.HasSuffix(strings.ToUpper(l.Name), strings.ToUpper(o.Name))
	})
}

// named is the path of the variable that holds the text, by names where the object is a workload.
func (q *asked) named(l secrets.Literal) (string, bool) {
	m := variable.FindStringSubmatch(l.Path)
	if m == nil {
		return "", false
	}
	list := m[1] + m[2]
	for i := range q.f.Templates {
		t := &q.f.Templates[i]
		if t.Origin.Ref != l.Object || t.Spec == nil {
			continue
		}
		steps, err := plan.ParsePath(strings.TrimPrefix(list, t.Origin.Path+".spec."))
		if err == nil && len(steps) == 3 && steps[0].Key == "containers" && steps[1].Index < len(t.Spec.Containers) {
			list = plan.Named(t.Origin.Path+".spec.containers", t.Spec.Containers[steps[1].Index].Name) + "." + m[2]
		}
	}
	return plan.Named(list, l.Name), true
}

// secretOf makes the Secret, or adds keys to it.
func (q *asked) secretOf(ref model.Ref, needs []plan.Need) plan.Edit {
	e := plan.Edit{Object: ref, APIVersion: "v1", Needs: needs, Why: q.Why}
	if q.r.Get(ref) != nil {
		e.Verb = plan.Patch
		return e
	}
	e.Verb = plan.Create
	e.New = map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
	}
	return e
}

func (q *asked) versionOf(ref model.Ref) string {
	if o := q.r.Get(ref); o != nil {
		return o.Head().APIVersion()
	}
	return ""
}
