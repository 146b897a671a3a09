package secrets

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// openStores finds stores of the external secrets operator that every namespace may use.
func openStores(e *check.Eval) {
	stores := e.List(storeKind, "")
	if len(stores) == 0 {
		if e.Need(storeKind, "") {
			e.NA("there is no ClusterSecretStore")
		}
		return
	}
	for _, o := range stores {
		s, ok := snapshot.FactsOf[*store](o, reader)
		if !ok {
			e.Unknown(snapshot.Missing{Reason: o.Head().Ref.String() + " could not be read"})
			continue
		}
		at := check.At{Object: o.Head().Ref, Path: "spec.conditions"}
		if len(s.Spec.Conditions) == 0 {
			e.Fail(at, "ClusterSecretStore "+at.Object.Name+" has no conditions: whoever creates an ExternalSecret in any namespace gets what the store may read")
			continue
		}
		if label := loose(s); label != "" {
			if who := labellers(e); len(who) > 0 {
				e.Fail(at, "ClusterSecretStore "+at.Object.Name+" serves namespaces with the label "+label+", which others than administrators can set: "+list(who))
			}
		}
	}
}

// loose returns a label by which a store chooses namespaces, other than their names; empty when it uses none.
func loose(s *store) string {
	const own = "kubernetes.io/metadata.name"
	for _, c := range s.Spec.Conditions {
		if c.Selector == nil {
			continue
		}
		if len(c.Selector.Labels) == 0 && len(c.Selector.Expressions) == 0 {
			return "of any name"
		}
		for k := range c.Selector.Labels {
			if k != own {
				return k
			}
		}
		for _, x := range c.Selector.Expressions {
			if x.Key != own {
				return x.Key
			}
		}
	}
	return ""
}

// labellers lists who may change namespaces without being administrator of the cluster.
func labellers(e *check.Eval) []string {
	var who []string
	for _, verb := range []string{"update", "patch"} {
		able, missing := rbac.WhoCan(e.Reader, rbac.Attributes{Verb: verb, Resource: "namespaces"})
		e.Unknown(missing...)
		for i := range able {
			if h := able[i].Holder; !administrator(h) && !slices.Contains(who, h.String()) {
				who = append(who, h.String())
			}
		}
	}
	return who
}

// administrator reports whether a subject is one that clusters are run with.
func administrator(h rbac.Holder) bool {
	switch h.Kind {
	case "ServiceAccount":
		return h.Namespace == "kube-system"
	case "Group":
		return h.Name == rbac.Masters || h.Name == "system:nodes" || strings.HasPrefix(h.Name, "kubeadm:")
	}
	return strings.HasPrefix(h.Name, "system:kube-") || h.Name == "system:apiserver"
}
