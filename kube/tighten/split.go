package tighten

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
)

// splitSecret gives the function a Secret of its own with the values that it shares now, so that they can be rotated
// without the others. All references go to it, or nothing is done.
func (q *asked) splitSecret() plan.Answer {
	renamed := map[string]string{}
	var made []plan.Edit
	for _, ref := range q.sharedSecrets() {
		s, ok := q.r.Get(ref).(*model.Secret)
		name := strings.ReplaceAll(q.f.Key.Name, "/", "-") + "-" + ref.Name
		switch {
		case !ok || !s.Knows() || len(s.Names) == 0:
			return q.None("which keys Secret "+ref.Name+" has cannot be seen", check.FixReview)
		case len(s.Owners) > 0:
			return q.None("Secret "+ref.Name+" is made by "+s.Owners[0].Kind+" "+s.Owners[0].Name+": another one must come from there", check.FixReview)
		case len(name) > 253 || strings.ContainsAny(name, ":?"):
			return q.None("no object of Kubernetes can have its name", check.FixReview)
		case q.r.Get(model.Ref{Kind: "Secret", Namespace: ref.Namespace, Name: name}) != nil:
			return q.None("Secret "+name+" is there, and the function does not use it", check.FixReview)
		}
		renamed[ref.Name] = name
		made = append(made, q.copyOf(s, name))
	}
	if len(made) == 0 {
		return q.None("its platform puts what it shares into the pods of all functions alike", check.FixPlatformSetting)
	}
	q.ask("its values are the same until rotate-secret gives it others: those that were shared stay valid")
	wished := 0
	a := q.pods(func(e *podEdit) {
		e.repoint(renamed)
		wished += len(e.fields)
	})
	placed := 0
	for i := range a.Edits {
		placed += len(a.Edits[i].Fields)
	}
	if len(a.Edits) == 0 || a.Left != "" || placed < wished {
		return q.None("its framework has no field for the Secrets of its pods that fn9s can point elsewhere", check.FixRotateSecret)
	}
	a.Edits = append(made, a.Edits...)
	return a
}

// sharedSecrets are those that the function's own object names and others use too. What its platform puts into all pods
// alike is meant to be shared.
func (q *asked) sharedSecrets() []model.Ref {
	var all []model.Ref
	for _, r := range q.f.References {
		ref := model.Ref{Kind: "Secret", Namespace: q.f.Key.Namespace, Name: r.Name}
		if r.Kind != "Secret" || r.How != model.Env && r.How != model.File || r.Origin.Ref != q.f.Object || slices.Contains(all, ref) {
			continue
		}
		if slices.ContainsFunc(secrets.UsersOf.Get(q.r, ref), func(u secrets.User) bool { return u.Function != q.f.Key && !u.Pull }) {
			all = append(all, ref)
		}
	}
	return all
}

// copyOf makes a Secret with the values of another one, which nobody sees.
func (q *asked) copyOf(s *model.Secret, name string) plan.Edit {
	ref := model.Ref{Kind: "Secret", Namespace: s.Namespace, Name: name}
	kind := s.Type
	if kind == "" {
		kind = "Opaque"
	}
	e := plan.Edit{Verb: plan.Create, Object: ref, APIVersion: "v1", Why: q.Why, New: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": map[string]any{"name": name, "namespace": s.Namespace},
	}}
	for _, k := range s.Names {
		path := plan.Keyed("data", k)
		e.Needs = append(e.Needs, plan.Need{Path: path, From: plan.Literal{Object: s.Ref, Path: path}})
	}
	return e
}

// repoint has every reference of the template to one of these Secrets go to another one.
func (e *podEdit) repoint(renamed map[string]string) {
	for _, b := range e.boxes() {
		for i := range b.Env {
			v := &b.Env[i]
			if v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil && renamed[v.ValueFrom.SecretKeyRef.Name] != "" {
				e.set(b.at(plan.Named("env", v.Name))+".valueFrom.secretKeyRef.name", renamed[v.ValueFrom.SecretKeyRef.Name])
			}
		}
		for i := range b.EnvFrom {
			if from := b.EnvFrom[i].SecretRef; from != nil && renamed[from.Name] != "" {
				e.set(b.at("envFrom["+strconv.Itoa(i)+"].secretRef.name"), renamed[from.Name])
			}
		}
	}
	for i := range e.spec.Volumes {
		v := &e.spec.Volumes[i]
		at := plan.Named("spec.volumes", v.Name)
		if v.Secret != nil && renamed[v.Secret.SecretName] != "" {
			e.set(at+".secret.secretName", renamed[v.Secret.SecretName])
		}
		if v.Projected == nil {
			continue
		}
		for k := range v.Projected.Sources {
			if s := v.Projected.Sources[k].Secret; s != nil && renamed[s.Name] != "" {
				e.set(at+".projected.sources["+strconv.Itoa(k)+"].secret.name", renamed[s.Name])
			}
		}
	}
}
