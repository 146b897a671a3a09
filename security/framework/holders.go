package framework

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// holders are the subjects that bindings allow something.
type holders struct {
	// risky are accounts of functions and groups that everybody or every account is in; others are the rest, without
	// those that bypass RBAC.
	risky, others []string
	missing       []snapshot.Missing
}

// whoMay answers who may do one of these things, the accounts left out that own says.
func whoMay(r *snapshot.Reader, own []model.Ref, asked ...rbac.Attributes) holders {
	var h holders
	seen := map[rbac.Holder]bool{}
	for _, a := range asked {
		able, missing := rbac.WhoCan(r, a)
		for _, m := range missing {
			if !slices.Contains(h.missing, m) {
				h.missing = append(h.missing, m)
			}
		}
		for i := range able {
			who := able[i].Holder
			if seen[who] || who.Name == rbac.Masters {
				continue
			}
			seen[who] = true
			account, isAccount := who.Account()
			switch {
			case isAccount && slices.Contains(own, account.Ref()):
			case isAccount && runsFunctions(r, account.Namespace, account.Name), broad(who):
				h.risky = append(h.risky, who.String())
			default:
				h.others = append(h.others, who.String())
			}
		}
	}
	slices.Sort(h.risky)
	slices.Sort(h.others)
	return h
}

// broad reports whether a group is one that everybody, every logged-in user or every account of somewhere is in.
func broad(h rbac.Holder) bool {
	return h.Kind == rbacv1.GroupKind && (h.Name == "system:authenticated" || h.Name == "system:unauthenticated" ||
		h.Name == "system:serviceaccounts" || strings.HasPrefix(h.Name, "system:serviceaccounts:"))
}

// readsSecret are the questions whether somebody may see the data of a Secret. To patch it, or to delete a collection,
// in a dry run shows it too.
func readsSecret(namespace, name string) []rbac.Attributes {
	var all []rbac.Attributes
	for _, verb := range []string{"get", "list", "watch", "patch", "deletecollection"} {
		a := rbac.Attributes{Verb: verb, Resource: "secrets", Namespace: namespace}
		if verb == "get" || verb == "patch" {
			a.Name = name
		}
		all = append(all, a)
	}
	return all
}

// changes are the questions whether somebody may change an object.
func changes(group, resource, namespace, name string) []rbac.Attributes {
	var all []rbac.Attributes
	for _, verb := range []string{"update", "patch"} {
		all = append(all, rbac.Attributes{Verb: verb, Group: group, Resource: resource, Namespace: namespace, Name: name})
	}
	return all
}

// checkKubelessSource is FW-KL-02.
func checkKubelessSource(e *check.Eval) {
	f, ok := kubelessFacts(e)
	if !ok {
		return
	}
	switch {
	case f.own:
		e.NA("its code lies in an image")
		return
	case f.url:
		e.NA("its code comes from a URL")
		return
	case f.checksum:
		return
	}
	ns, name := e.F.Key.Namespace, e.F.Key.Name
	var own []model.Ref
	if s, ok := check.Platform(e.F); ok {
		p := PlatformOf.Get(e.Reader, s)
		own = p.Accounts
	}
	h := whoMay(e.Reader, own, changes("", "configmaps", ns, name)...)
	who := "administrators only"
	if all := slices.Concat(h.risky, h.others); len(all) > 0 {
		who = few(all)
	}
	finding := e.Failf(check.At{Object: e.F.Object, Path: "spec.checksum"},
		"without a checksum the next start runs whatever ConfigMap %s says; it may be changed by %s", name, who)
	if len(h.risky) == 0 {
		finding.As(check.Medium)
	}
	if len(h.risky) == 0 {
		e.Unknown(h.missing...)
	}
}
