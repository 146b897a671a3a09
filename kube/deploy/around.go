package deploy

import (
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// around looks for what the request names and the cluster does not have.
func (d *draft) around(s *Setting, w plan.Surroundings) {
	r := d.Request
	if r.Namespace == "" || slices.Contains(restAPIs, r.Framework) {
		return
	}
	if s.sees("Namespace", "") && w.Get(model.Ref{Kind: "Namespace", Name: r.Namespace}) == nil && !brings(r.Extra, "Namespace", r.Namespace) {
		d.problem("namespace", fmt.Sprintf("there is no namespace %s", r.Namespace))
		return
	}
	missing := func(field, kind, name string) {
		if name == "" || !s.sees(kind, r.Namespace) || w.Get(model.Ref{Kind: kind, Namespace: r.Namespace, Name: name}) != nil || brings(r.Extra, kind, name) {
			return
		}
		d.problem(field, fmt.Sprintf("there is no %s %s in %s", kind, name, r.Namespace))
	}
	missing("service-account", "ServiceAccount", r.ServiceAccount)
	for _, v := range r.Env {
		missing("env", "Secret", v.Secret)
		missing("env", "ConfigMap", v.ConfigMap)
	}
	for _, m := range r.Mounts {
		missing("secret", "Secret", m.Secret)
		missing("config", "ConfigMap", m.ConfigMap)
	}
	for _, p := range r.PullSecrets {
		missing("pull-secret", "Secret", p)
	}
}

// sees reports whether all objects of a kind are known: only then is what is not found not there.
func (s *Setting) sees(kind, namespace string) bool {
	if len(s.Documents) == 0 {
		return false
	}
	return !slices.ContainsFunc(s.Unseen, func(u Unseen) bool {
		return u.Group == "" && u.Kind == kind && (u.Namespace == "" || u.Namespace == namespace)
	})
}

func brings(extra []map[string]any, kind, name string) bool {
	return slices.ContainsFunc(extra, func(o map[string]any) bool { return o["kind"] == kind && text(o, "metadata", "name") == name })
}
