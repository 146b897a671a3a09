package framework

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// sourceAdapters lists the Deployments that send events of Knative sources, by their source.
var sourceAdapters = snapshot.NewQuery("adapters of event sources", func(r *snapshot.Reader, namespace string) map[model.Ref]model.Ref {
	all := map[model.Ref]model.Ref{}
	for _, o := range r.List(deploymentKind, namespace) {
		h := o.Head()
		for _, w := range h.Owners {
			if w.Controller && w.Group == "sources.knative.dev" {
				all[model.Ref{Group: w.Group, Kind: w.Kind, Namespace: namespace, Name: w.Name}] = h.Ref
			}
		}
	}
	return all
}, maps.Equal).Eager()

// helpersOf lists the pods that a framework makes to call the judged function.
func helpersOf(e *check.Eval) []part {
	var found []part
	add := func(ref model.Ref) {
		w, ok := e.Get(ref).(*model.Workload)
		if !ok {
			e.Need(ref.GroupKind(), ref.Namespace)
			return
		}
		if w.Template.Spec == nil {
			return
		}
		path := "spec.template.spec"
		if ref.Kind == cronJobKind.Kind {
			path = "spec.jobTemplate.spec.template.spec"
		}
		found = append(found, part{Ref: ref, PodTemplate: w.Template, path: path})
	}
	switch e.F.Key.Framework {
	case nuclio, fission:
		for _, w := range e.F.Workloads {
			if w.Role == model.Proxy {
				add(w.Ref)
			}
		}
	case kubeless:
		add(model.Ref{Group: "batch", Kind: cronJobKind.Kind, Namespace: e.F.Key.Namespace, Name: "trigger-" + e.F.Key.Name})
	case knative:
		if len(e.F.Triggers) > 0 {
			e.Need(deploymentKind, e.F.Key.Namespace)
		}
		adapters := sourceAdapters.Get(e.Reader, e.F.Key.Namespace)
		for i := range e.F.Triggers {
			if ref, ok := adapters[e.F.Triggers[i].Origin.Ref]; ok && !slices.ContainsFunc(found, func(p part) bool { return p.Ref == ref }) {
				add(ref)
			}
		}
	}
	return found
}

// checkHelpers is FW-GE-10.
func checkHelpers(e *check.Eval) {
	all := helpersOf(e)
	if len(all) == 0 {
		e.NA("its framework makes no pods that call it")
		return
	}
	for i := range all {
		w := &all[i]
		if at, name := plaintext(w); name != "" {
			e.Failf(at, "variable %s of %s %s, which calls this function, holds a credential in plaintext", name, w.Kind, w.Name).As(check.High)
		}
		weak := weaknesses(e, w)
		if len(weak) == 0 {
			continue
		}
		also := ""
		if f := e.F.Key.Framework; f == kubeless || f == nuclio {
			also = "; its pods carry the function's labels, so the Service and the policies of the function take them for it"
		}
		e.Failf(check.At{Object: w.Ref, Path: w.path}, "%s %s, which calls this function, has %s%s", w.Kind, w.Name, strings.Join(weak, ", "), also)
	}
}

// weaknesses says in words what pods of a part lack.
func weaknesses(e *check.Eval, w *part) []string {
	var weak []string
	if accountOf(w.Spec) == "default" && mounted(e, w) {
		weak = append(weak, "the token of account default")
	}
	pod := w.Spec.SecurityContext
	bare := pod == nil || pod.RunAsNonRoot == nil && pod.RunAsUser == nil && pod.SeccompProfile == nil
	unlimited := false
	for i := range w.Spec.Containers {
		c := &w.Spec.Containers[i]
		bare = bare && (c.SecurityContext == nil || *c.SecurityContext == (corev1.SecurityContext{}))
		unlimited = unlimited || c.Resources.Limits.Memory().IsZero()
	}
	if bare {
		weak = append(weak, "no security context")
	}
	if unlimited && (w.Spec.Resources == nil || w.Spec.Resources.Limits.Memory().IsZero()) {
		weak = append(weak, "no limits")
	}
	return weak
}

// mounted reports whether pods of a part get the token of their account.
func mounted(e *check.Eval, w *part) bool {
	if set := w.Spec.AutomountServiceAccountToken; set != nil {
		return *set
	}
	o := e.Get(model.Ref{Kind: "ServiceAccount", Namespace: w.Namespace, Name: accountOf(w.Spec)})
	a := rbac.AccountFacts(o)
	return a == nil || a.Automount == nil || *a.Automount
}

// plaintext returns the first variable of a part that holds a credential.
func plaintext(w *part) (at check.At, name string) {
	for i := range w.Spec.Containers {
		c := &w.Spec.Containers[i]
		for j := range c.Env {
			if v := &c.Env[j]; v.ValueFrom == nil && detect.Literal(v.Name, v.Value, nil) != "" {
				return w.envAt(c, v.Name), v.Name
			}
		}
	}
	return at, ""
}
