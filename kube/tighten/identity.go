package tighten

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/workload"
)

// account is the ServiceAccount that the function runs as; ok is false when it is not known.
func (q *asked) account() (rbac.Account, bool) {
	name := cmp.Or(workload.Of.Get(q.r, q.f.Key).Account, q.f.ServiceAccount)
	return rbac.Account{Namespace: q.f.Key.Namespace, Name: name}, name != ""
}

// rights says what the function's account may do that not every account may, in a few words; empty for nothing.
func (q *asked) rights() string {
	a, ok := q.account()
	if !ok {
		return ""
	}
	var by []string
	rbac.Grants.Get(q.r, a).All(func(g *rbac.Grant) bool {
		if text := g.Role.Kind + " " + g.Role.Name; g.Extra() && !slices.Contains(by, text) {
			by = append(by, text)
		}
		return len(by) < 4
	})
	return strings.Join(by, ", ")
}

func noToken(e *podEdit) {
	if on := e.spec.AutomountServiceAccountToken; on == nil || *on {
		e.set("spec.automountServiceAccountToken", false)
	}
	if rights := e.q.rights(); rights != "" {
		e.ask("it can no longer use the rights of its account (" + rights + "): nothing tells whether it does")
	}
}

// ownAccount makes an account for the function alone, with the rights in its namespace that it has now.
func (q *asked) ownAccount() plan.Answer {
	old, ok := q.account()
	if !ok {
		return q.None("nothing says as which account it runs", "")
	}
	name := q.accountName()
	if strings.ContainsAny(q.f.Key.Name, "/:?") { // no object of Kubernetes has such a name
		return q.None("its pods are made for all functions of the platform alike, and so is their account", check.FixNoToken)
	}
	if name == "" {
		return q.None("an account of its name belongs to another function", check.FixReview)
	}
	for i := range q.f.Templates {
		t := &q.f.Templates[i]
		if t.Role == model.Run && t.Spec != nil {
			q.Pods = append(q.Pods, plan.Pod{Origin: t.Origin, Main: t.Container, Fields: []plan.Field{{Path: "spec.serviceAccountName", Value: name}}})
		}
	}
	if len(q.Pods) == 0 && !q.f.Object.IsZero() { // nothing runs it yet: what declares it may say the account all the same
		q.Pods = []plan.Pod{{Origin: model.Origin{Ref: q.f.Object}, Fields: []plan.Field{{Path: "spec.serviceAccountName", Value: name}}}}
	}
	if len(q.Pods) == 0 || q.source == nil {
		return q.None("no pod template of the function is known", "")
	}
	made, lost := q.copyRights(old, name)
	if lost != "" {
		q.ask("the new account does not get " + lost)
	}
	a := q.source.Fix(q.Wish)
	if len(a.Edits) == 0 {
		return a
	}
	a.Edits = append(append(q.makeAccount(old, name, len(made) > 0), made...), a.Edits...)
	return a
}

// accountName is the function's own name, or that with a suffix where others run as such an account; empty when they
// run as that too.
func (q *asked) accountName() string {
	for _, name := range []string{q.f.Key.Name, q.f.Key.Name + "-function"} {
		taken := len(name) > 63 || strings.ContainsAny(name, "/:?")
		for _, o := range q.r.Functions(q.f.Key.Namespace) {
			taken = taken || o.Key != q.f.Key && o.ServiceAccount == name
		}
		if !taken {
			return name
		}
	}
	return ""
}

// makeAccount makes the account where it is not there, with the pull secrets of the old one. It has a token where there
// are rights to use.
func (q *asked) makeAccount(old rbac.Account, name string, token bool) []plan.Edit {
	ref := model.Ref{Kind: "ServiceAccount", Namespace: old.Namespace, Name: name}
	if q.r.Get(ref) != nil {
		return nil
	}
	o := map[string]any{
		"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": name, "namespace": old.Namespace},
	}
	if !token {
		o["automountServiceAccountToken"] = false
	}
	if facts := rbac.AccountFacts(q.r.Get(old.Ref())); facts != nil && len(facts.PullSecrets) > 0 {
		var pull []any
		for _, s := range facts.PullSecrets {
			pull = append(pull, map[string]any{"name": s})
		}
		o["imagePullSecrets"] = pull
	}
	return []plan.Edit{{Verb: plan.Create, Object: ref, APIVersion: "v1", New: o, Why: q.Why}}
}

// copyRights binds the new account to the roles that the old one has in its own namespace. What it has elsewhere, and
// what would make it administer its namespace, is lost: that is for a person to give.
func (q *asked) copyRights(old rbac.Account, name string) (edits []plan.Edit, lost string) {
	var left []string
	rbac.Grants.Get(q.r, old).All(func(g *rbac.Grant) bool {
		switch {
		case g.Group != "" || !g.Extra():
			return true
		case g.Namespace != old.Namespace || g.Role.Powers().All(rbac.EditLike) || g.Role.Name == "":
			left = append(left, g.Role.Kind+" "+g.Role.Name+" (by "+g.Binding.String()+")")
			return true
		}
		ref := model.Ref{Group: rbacv1.GroupName, Kind: "RoleBinding", Namespace: old.Namespace, Name: name + "-" + g.Role.Name}
		if len(ref.Name) > 253 || q.r.Get(ref) != nil || slices.ContainsFunc(edits, func(e plan.Edit) bool { return e.Object == ref }) {
			return true
		}
		edits = append(edits, plan.Edit{
			Verb: plan.Create, Object: ref, APIVersion: "rbac.authorization.k8s.io/v1", Why: "the rights that it has now, for its own account",
			New: map[string]any{
				"apiVersion": "rbac.authorization.k8s.io/v1", "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
				"roleRef":  map[string]any{"apiGroup": rbacv1.GroupName, "kind": g.Role.Kind, "name": g.Role.Name},
				"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": name, "namespace": old.Namespace}},
			},
		})
		return true
	})
	return edits, strings.Join(left, ", ")
}

// unbind takes the account out of the bindings that the findings blame.
func (q *asked) unbind() plan.Answer {
	a, ok := q.account()
	if !ok {
		return q.None("nothing says as which account it runs", "")
	}
	var edits []plan.Edit
	groups := ""
	seen := map[model.Ref]bool{}
	rbac.Grants.Get(q.r, a).All(func(g *rbac.Grant) bool {
		switch {
		case !g.Extra() || seen[g.Binding] || !q.blamed(g):
			return true
		case g.Group != "":
			groups = join(groups, g.Group+" (by "+g.Binding.String()+")")
			return true
		}
		seen[g.Binding] = true
		if e, ok := q.without(a, g); ok {
			edits = append(edits, e)
		}
		return true
	})
	if len(edits) == 0 {
		if groups != "" {
			return q.None("the rights come with membership in "+groups+": every account there has them", check.FixOwnAccount)
		}
		return q.None("the binding that gives the rights cannot be told", check.FixReview)
	}
	answer := q.Done(plan.AtOnce, edits...)
	if groups != "" {
		answer.Left = "what comes with membership in " + groups
	}
	return answer
}

// blamed reports whether a finding stands at the binding or its role.
func (q *asked) blamed(g *rbac.Grant) bool {
	return slices.ContainsFunc(q.findings, func(f check.Finding) bool {
		return f.Object() == g.Binding || f.Object() == g.Role.Ref || strings.Contains(f.Message, g.Binding.Name)
	})
}

// without is the edit that takes an account out of a binding, or the binding away when it names nobody else.
func (q *asked) without(a rbac.Account, g *rbac.Grant) (plan.Edit, bool) {
	subjects, ok := rbac.SubjectsOf(q.r.Get(g.Binding))
	if !ok {
		return plan.Edit{}, false
	}
	kept := make([]any, 0, len(subjects))
	for _, s := range subjects {
		if s.Kind == rbacv1.ServiceAccountKind && s.Name == a.Name && cmp.Or(s.Namespace, g.Binding.Namespace) == a.Namespace {
			continue
		}
		m := map[string]any{"kind": s.Kind, "name": s.Name}
		if s.APIGroup != "" {
			m["apiGroup"] = s.APIGroup
		}
		if s.Namespace != "" {
			m["namespace"] = s.Namespace
		}
		kept = append(kept, m)
	}
	if len(kept) == len(subjects) {
		return plan.Edit{}, false
	}
	alone := 0
	for _, s := range subjects {
		if s.Name == a.Name {
			alone++
		}
	}
	asks := a.String() + " loses " + g.Role.Kind + " " + g.Role.Name
	if others := q.sharing(a); others != "" {
		asks += ", which " + others + " have too"
	}
	e := plan.Edit{Verb: plan.Delete, Object: g.Binding, APIVersion: "rbac.authorization.k8s.io/v1", Why: q.Why, Asks: asks}
	if len(kept) > 0 {
		e.Verb, e.Fields = plan.Patch, []plan.Field{{Path: "subjects", Value: kept}}
		if alone == 1 { // several accounts may leave one binding at the same time
			e.Fields = []plan.Field{{Path: plan.Named("subjects", a.Name), Remove: true}}
		}
	}
	return e, true
}

// sharing names what else runs as the account.
func (q *asked) sharing(a rbac.Account) string {
	var names []string
	for _, u := range rbac.UsersOf(q.r, a) {
		if !slices.ContainsFunc(q.f.Workloads, func(w model.WorkloadRef) bool { return w.Ref == u.Ref }) {
			names = append(names, u.Ref.Kind+" "+u.Ref.Name)
		}
	}
	if n := len(names); n > 4 {
		names = append(names[:4], "others")
	}
	return strings.Join(names, ", ")
}

// dropTokenSecret deletes the Secrets that hold tokens of the account.
func (q *asked) dropTokenSecret() plan.Answer {
	var edits []plan.Edit
	for i := range q.findings {
		f := &q.findings[i]
		if f.Object().Kind != "Secret" || slices.ContainsFunc(edits, func(e plan.Edit) bool { return e.Object == f.Object() }) {
			continue
		}
		edits = append(edits, plan.Edit{
			Verb: plan.Delete, Object: f.Object(), APIVersion: "v1", Why: q.Why,
			Asks: "whoever holds the token of " + f.Object().String() + " loses access: nothing in the cluster tells who does",
		})
	}
	if len(edits) == 0 {
		return q.None("the Secret that holds the token cannot be told", check.FixReview)
	}
	return q.Done(plan.AtOnce, edits...)
}

// meshJoin asks for the sidecar.
func meshJoin(e *podEdit) {
	const label = "sidecar.istio.io/inject"
	e.none, e.next = "which mesh the namespace should join cannot be told", check.FixReview
	namespace := e.q.r.Get(model.Ref{Kind: "Namespace", Name: e.q.f.Key.Namespace})
	if !e.q.istio() || namespace == nil {
		return
	}
	e.set(plan.Keyed("metadata.labels", label), "true")
	e.ask("its pods get a sidecar: clients and servers that the mesh does not know are cut off where mTLS is strict")
}

// istio reports whether its control plane is there.
func (q *asked) istio() bool {
	for _, o := range q.r.List(kind("apps", "Deployment"), "istio-system") {
		if strings.HasPrefix(o.Head().Name, "istiod") {
			return true
		}
	}
	return false
}
