package framework

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// bearers are those who have a right: functions' accounts and groups that anybody is in, and others by name.
type bearers struct {
	broad, others []string
	missing       []snapshot.Missing
}

// functionAccounts are the ServiceAccounts that functions run as, in the namespaces of their pods.
var functionAccounts = snapshot.NewQuery("accounts of functions", func(r *snapshot.Reader, _ struct{}) map[rbac.Account]bool {
	all := map[rbac.Account]bool{}
	for _, namespace := range functionSpaces.Get(r, struct{}{}) {
		for _, i := range workload.Identities.Get(r, namespace) {
			all[rbac.Account(i)] = true
		}
	}
	return all
}, maps.Equal)

// bearersOf lists who has a right, those left out whose right it is: administrators of the cluster, the API server's own
// controllers, and the accounts of a control plane.
var bearersOf = snapshot.NewQuery("holders of a right", func(r *snapshot.Reader, a rbac.Attributes) bearers {
	able, missing := rbac.WhoCan(r, a)
	h := bearers{missing: missing}
	functions := functionAccounts.Get(r, struct{}{})
	for i := range able {
		holder := able[i].Holder
		account, isAccount := holder.Account()
		switch {
		case isBroad(holder), isAccount && functions[account]:
			h.broad = append(h.broad, holder.String())
		case isAccount && account.Namespace == "kube-system", !isAccount && strings.HasPrefix(holder.Name, "system:"):
		case administers(r, holder):
		default:
			h.others = append(h.others, holder.String())
		}
	}
	return h
}, nil)

// administers reports whether a subject may do everything in the cluster.
func administers(r *snapshot.Reader, h rbac.Holder) bool {
	all, _ := rbac.For(r, rbac.Subject{Kind: h.Kind, Namespace: h.Namespace, Name: h.Name}).
		Allows(rbac.Attributes{Verb: "*", Group: "*", Resource: "*"})
	return all
}

// isBroad reports whether a group or user is one that anybody may be.
func isBroad(h rbac.Holder) bool {
	switch {
	case h.Kind == "User":
		return h.Name == rbac.Anonymous
	case h.Kind != "Group":
		return false
	}
	return h.Name == rbac.Authenticated || h.Name == rbac.Unauthenticated || strings.HasPrefix(h.Name, rbac.AllAccounts)
}

// union joins the holders of several rights.
func union(all ...bearers) bearers {
	var u bearers
	for _, h := range all {
		u.broad = append(u.broad, h.broad...)
		u.others = append(u.others, h.others...)
		u.missing = append(u.missing, h.missing...)
	}
	slices.Sort(u.broad)
	slices.Sort(u.others)
	u.broad, u.others = slices.Compact(u.broad), slices.Compact(u.others)
	return u
}

// without leaves out the accounts of a control plane.
func (h bearers) without(accounts []model.Ref) bearers {
	own := func(name string) bool {
		return slices.ContainsFunc(accounts, func(a model.Ref) bool { return name == a.Kind+" "+a.Namespace+"/"+a.Name })
	}
	h.broad = slices.DeleteFunc(slices.Clone(h.broad), own)
	h.others = slices.DeleteFunc(slices.Clone(h.others), own)
	return h
}

// may says in words who has a right, with the broad ones first; empty when nobody is known to.
func (h bearers) may(what string) string {
	if all := slices.Concat(h.broad, h.others); len(all) > 0 {
		return what + ": " + few(all)
	}
	return ""
}

func objectIn(verb string, kind schema.GroupKind, namespace, name string) rbac.Attributes {
	return rbac.Attributes{Verb: verb, Group: kind.Group, Resource: resourceOf(kind), Namespace: namespace, Name: name}
}

// resourceOf returns the resource name of a kind.
func resourceOf(kind schema.GroupKind) string {
	if kind == whiskUserKind {
		return "whisksusers"
	}
	return snapshot.Plural(kind.Kind)
}

// enterers lists who may enter pods of a namespace.
func enterers(e *check.Eval, namespace string) bearers {
	return bearersOf.Get(e.Reader, rbac.Attributes{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: namespace})
}

// readersOf lists who may read an object. To patch it, or to delete a collection, in a dry run shows it too.
func readersOf(e *check.Eval, kind schema.GroupKind, namespace, name string) bearers {
	var all []bearers
	for _, verb := range []string{"get", "patch"} {
		all = append(all, bearersOf.Get(e.Reader, objectIn(verb, kind, namespace, name)))
	}
	for _, verb := range []string{"list", "watch", "deletecollection"} {
		all = append(all, bearersOf.Get(e.Reader, objectIn(verb, kind, namespace, "")))
	}
	return union(all...)
}

// writersOf lists who may change an object.
func writersOf(e *check.Eval, kind schema.GroupKind, namespace, name string) bearers {
	return union(
		bearersOf.Get(e.Reader, objectIn("update", kind, namespace, name)),
		bearersOf.Get(e.Reader, objectIn("patch", kind, namespace, name)))
}

// makersOf lists who may create objects of a kind.
func makersOf(e *check.Eval, kind schema.GroupKind, namespace string) bearers {
	return bearersOf.Get(e.Reader, objectIn("create", kind, namespace, ""))
}
