package identity

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// dangling is somebody whom a binding names and who is not there: an account, the accounts of a namespace, a node.
type dangling struct {
	who     rbac.Holder
	binding model.Ref
}

// home is the namespace in which he would have to be made, empty for a node.
func (d dangling) home() string {
	return cmp.Or(d.who.Namespace, strings.TrimPrefix(d.who.Name, membersOf))
}

const (
	membersOf = rbac.AllAccounts + ":" // the accounts of a namespace, as a group
	nodeUser  = "system:node:"
)

// danglingIn lists those accounts of a namespace, empty where accounts may not be listed.
func danglingIn(r *snapshot.Reader, namespace string) []dangling { return danglers.Get(r, namespace) }

var danglers = snapshot.NewQuery("accounts that are not there", func(r *snapshot.Reader, namespace string) []dangling {
	var all []dangling
	for _, a := range rbac.BoundAccounts(r, namespace) {
		if absent(r, a) {
			all = append(all, waiting(r, rbac.Holder{Kind: rbacv1.ServiceAccountKind, Namespace: a.Namespace, Name: a.Name}, nil)...)
		}
	}
	return all
}, slices.Equal[[]dangling]).Eager()

// absent reports whether it is certain that an account is not there. Every namespace has the account default.
func absent(r *snapshot.Reader, a rbac.Account) bool {
	if _, hidden := r.Hidden(rbac.AccountKind, a.Namespace); hidden || r.Options().Partial {
		return false
	}
	return r.Get(a.Ref()) == nil && (a.Name != "default" || gone(r, a.Namespace))
}

// waiting lists the bindings that give somebody rights, in a namespace (nil: anywhere; empty: ClusterRoleBindings).
func waiting(r *snapshot.Reader, who rbac.Holder, in *string) []dangling {
	var all []dangling
	grants := rbac.GrantsTo(r, who)
	for i := range grants {
		if g := &grants[i]; !g.BuiltIn && g.Role.Found && g.Extra() && (in == nil || g.Binding.Namespace == *in) {
			all = append(all, dangling{who, g.Binding})
		}
	}
	return all
}

// lived are kinds of which an object shows, on manifests, that its namespace is there.
var lived = []schema.GroupKind{
	rbac.AccountKind, rbac.RoleKind, rbac.RoleBindingKind, serviceKind, secretKind, podKind, {Kind: "ConfigMap"},
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"},
}

// gone reports whether it is certain that a namespace is not there.
func gone(r *snapshot.Reader, namespace string) bool {
	if _, hidden := r.Hidden(namespaceKind, ""); hidden || r.Options().Partial || r.Get(model.Ref{Kind: "Namespace", Name: namespace}) != nil {
		return false
	}
	if !r.Options().Manifests {
		return true
	}
	return len(r.Functions(namespace)) == 0 && !strings.HasPrefix(namespace, "kube-") && namespace != "default" &&
		!slices.ContainsFunc(lived, func(k schema.GroupKind) bool { return len(r.List(k, namespace)) > 0 })
}

// strangers lists whom the RoleBindings of a namespace (empty: ClusterRoleBindings) name besides its own accounts and
// who is not there. Accounts of a namespace with functions are told of there.
var strangers = snapshot.NewQuery("subjects from outside that are not there", func(r *snapshot.Reader, namespace string) []dangling {
	var all []dangling
	for _, h := range rbac.Strangers(r, namespace) {
		missing := false
		if a, ok := h.Account(); ok {
			missing = len(r.Functions(a.Namespace)) == 0 && absent(r, a)
		} else if home, ok := strings.CutPrefix(h.Name, membersOf); ok && h.Kind == rbacv1.GroupKind {
			missing = gone(r, home)
		} else if node, ok := strings.CutPrefix(h.Name, nodeUser); ok && h.Kind == rbacv1.UserKind {
			missing = len(r.List(nodeKind, "")) > 0 && r.Get(model.Ref{Kind: nodeKind.Kind, Name: node}) == nil && !r.Options().Partial
		}
		if missing {
			all = append(all, waiting(r, h, &namespace)...)
		}
	}
	return all
}, slices.Equal[[]dangling]).Eager()

func danglingBindings(e *check.Eval) {
	namespace := e.Subject.Namespace
	report(e, danglingIn(e.Reader, namespace))
	report(e, strangers.Get(e.Reader, namespace))
	withoutRole(e, rbac.RoleBindingKind, namespace)
	for _, kind := range []schema.GroupKind{rbac.AccountKind, rbac.RoleBindingKind} {
		e.Need(kind, namespace)
	}
	e.Need(rbac.ClusterRoleBindingKind, "")
}

// danglingEverywhere looks at what no namespace with functions tells of.
func danglingEverywhere(e *check.Eval) {
	report(e, strangers.Get(e.Reader, ""))
	withoutRole(e, rbac.ClusterRoleBindingKind, "")
	for _, kind := range []schema.GroupKind{rbac.AccountKind, namespaceKind, rbac.ClusterRoleBindingKind} {
		e.Need(kind, "")
	}
}

func report(e *check.Eval, all []dangling) {
	for _, d := range all {
		claimant, severity := claimants(e, d)
		text := object(d.binding) + " gives rights to " + d.String() + ", which is not there"
		if claimant != "" {
			text += "; " + claimant + " may create it"
		}
		e.Fail(check.At{Object: d.binding, Path: "subjects[" + d.who.Name + "]", Value: d.who.Name}, text).As(severity)
	}
}

func (d dangling) String() string {
	switch {
	case d.who.Namespace != "":
		return d.who.String()
	case d.who.Kind == rbacv1.UserKind:
		return "node " + strings.TrimPrefix(d.who.Name, nodeUser)
	}
	return "all accounts of namespace " + d.home()
}

// withoutRole reports bindings to roles that are not there.
func withoutRole(e *check.Eval, kind schema.GroupKind, namespace string) {
	for _, o := range e.List(kind, namespace) {
		role, ok := rbac.RoleRefOf(o)
		if !ok {
			continue
		}
		if found := rbac.RoleOf.Get(e.Reader, role); !found.Found && found.Missing == nil {
			e.Fact(check.At{Object: o.Head().Ref, Path: "roleRef", Value: role.Name},
				object(o.Head().Ref)+" names "+cmp.Or(role.Kind, "role")+" "+role.Name+", which is not there: it grants nothing")
		} else if found.Missing != nil {
			e.Unknown(*found.Missing)
		}
	}
}

// claimants finds somebody, no administrator of the cluster, who may make what is missing and get a token of it, and how
// bad what it then holds is.
func claimants(e *check.Eval, d dangling) (string, check.Severity) {
	if d.who.Kind == rbacv1.UserKind {
		return "", check.Medium
	}
	worst := check.Medium
	grants := rbac.GrantsTo(e.Reader, d.who)
	for i := range grants {
		worst = max(worst, strength(grants[i].Role))
	}
	home := d.home()
	able := others.Get(e.Reader, home)
	has := func(all []rbac.Able) {
		able = slices.DeleteFunc(slices.Clone(able), func(h rbac.Holder) bool {
			return !slices.ContainsFunc(all, func(a rbac.Able) bool { return a.Holder == h })
		})
	}
	if d.who.Namespace != "" && d.who.Name != "default" {
		has(rbac.Having(e.Reader, home, rbac.Of(rbac.CreateAccounts)))
	}
	if gone(e.Reader, home) {
		all, _ := rbac.WhoCan(e.Reader, rbac.Attributes{Verb: "create", Resource: "namespaces"})
		has(all)
	}
	if len(able) == 0 {
		return "", check.Medium
	}
	return able[0].String(), worst
}
