package secrets

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// shared finds Secrets that others use as well.
func shared(e *check.Eval) {
	for _, u := range secretsOf(e, reading) {
		if public(u.Secret) {
			continue
		}
		users := UsersOf.Get(e.Reader, u.Ref)
		var others []string
		open := exposed(e.F)
		for i := range users {
			o := &users[i]
			if o.Function == e.F.Key || o.Pull {
				continue
			}
			if name := o.String(); !slices.Contains(others, name) {
				others = append(others, name)
				open = open || o.Exposed
			}
		}
		if len(others) == 0 {
			continue
		}
		text := "Secret " + u.Name + " is used by " + count(len(others), "other", "others") + " as well: " + list(others)
		if open {
			text += "; at least one of them can be reached from outside the cluster"
		}
		f := e.Fail(u.at(), text)
		if open {
			f.As(check.Medium)
		}
		limited(e, f, u.uses[0])
	}
}

// copied finds Secrets of which something makes copies in other namespaces.
func copied(e *check.Eval) {
	for _, u := range secretsOf(e, anyUse) {
		if at, text := travels(e.Reader, u.Secret); text != "" {
			e.Fail(at, "Secret "+u.Name+" is copied to "+text+": readers there get it too")
		}
	}
}

// travels says where a Secret is copied to, and which field says so.
func travels(r *snapshot.Reader, s *model.Secret) (check.At, string) {
	at := func(annotation string) check.At {
		return check.At{Object: s.Ref, Path: "metadata.annotations['" + annotation + "']", Value: s.Annotations.Get(annotation)}
	}
	const reflector, replicator = "reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/"
	if s.Annotations.Get(reflector+"reflection-allowed") == "true" {
		return at(reflector + "reflection-allowed"), namespaces(s.Annotations.Get(reflector + "reflection-allowed-namespaces"))
	}
	for _, a := range []string{"replicate-to", "replicate-to-matching"} {
		if to, ok := s.Annotations.Lookup(replicator + a); ok {
			return at(replicator + a), namespaces(to)
		}
	}
	if s.Annotations.Get(replicator+"replication-allowed") == "true" {
		return at(replicator + "replication-allowed"), namespaces(s.Annotations.Get(replicator + "replication-allowed-namespaces"))
	}
	if to, ok := s.Annotations.Lookup("kubed.appscode.com/sync"); ok {
		return at("kubed.appscode.com/sync"), namespaces(to)
	}
	export := model.Ref{Group: exportKind.Group, Kind: exportKind.Kind, Namespace: s.Namespace, Name: s.Name}
	if found, ok := snapshot.FactsOf[*supplier](r.Get(export), reader); ok {
		to := found.Spec.All
		if found.Spec.To != "" {
			to = append(slices.Clip(to), found.Spec.To)
		}
		return check.At{Object: export, Path: "spec.toNamespaces"}, namespaces(strings.Join(to, ", "))
	}
	if by, ok := supplierOf(r, s.Ref); ok {
		if o := r.Get(by); o != nil {
			for _, w := range o.Head().Owners {
				if w.Kind == "ClusterExternalSecret" {
					return check.At{Object: model.Ref{Group: w.Group, Kind: w.Kind, Name: w.Name}, Path: "spec.namespaceSelectors"},
						"the namespaces that ClusterExternalSecret " + w.Name + " selects"
				}
			}
		}
	}
	return check.At{}, ""
}

func namespaces(to string) string {
	switch to {
	case "", "*", ".*":
		return "every namespace that asks for it"
	}
	return "namespaces " + to
}

// managed names what manages the Secrets of a function. It is no weakness: values are to be changed there.
func managed(e *check.Eval) {
	for _, u := range secretsOf(e, anyUse) {
		if by := managedBy.Get(e.Reader, u.Ref); by != nil {
			at := u.at()
			if !by.Object.IsZero() {
				at.Object = by.Object
			}
			e.Fact(at, "Secret "+u.Name+" is managed by "+by.Words+": change its value there; what is written into the Secret itself is overwritten")
		}
	}
}

// sealedWide finds sealed values that may be unsealed elsewhere than where they were sealed for.
func sealedWide(e *check.Eval) {
	for _, u := range secretsOf(e, anyUse) {
		ref := model.Ref{Group: sealedKind.Group, Kind: sealedKind.Kind, Namespace: u.Namespace, Name: u.Name}
		o := e.Get(ref)
		if o == nil {
			continue
		}
		for _, scope := range []struct{ mark, where string }{
			{"sealedsecrets.bitnami.com/cluster-wide", "in any namespace"}, {"sealedsecrets.bitnami.com/namespace-wide", "under any name in its namespace"},
		} {
			if o.Head().Annotations.Get(scope.mark) == "true" {
				e.Fail(check.At{Object: ref, Path: "metadata.annotations['" + scope.mark + "']", Value: "true"},
					"whoever copies SealedSecret "+ref.Name+" may have it unsealed "+scope.where)
				break
			}
		}
	}
}

// stopped finds Secrets whose source does not reach them any more.
func stopped(e *check.Eval) {
	for _, u := range secretsOf(e, anyUse) {
		ref, ok := supplierOf(e.Reader, u.Ref)
		if !ok {
			continue
		}
		s, ok := snapshot.FactsOf[*supplier](e.Get(ref), reader)
		if !ok {
			continue
		}
		what := ref.Kind + " " + ref.Name
		switch c, failing := s.failing(); {
		case failing:
			e.Fail(check.At{Object: ref, Path: "status.conditions"}, what+" no longer updates Secret "+u.Name+": "+c.Type+" is False ("+c.Reason+")")
		case ref.GroupKind() != externalKind:
		case s.Spec.Policy == "CreatedOnce":
			e.Fail(check.At{Object: ref, Path: "spec.refreshPolicy", Value: s.Spec.Policy}, what+" fills Secret "+u.Name+" once, and never updates it")
		case s.Spec.Policy != "OnChange" && zero(s.Spec.Interval):
			e.Fail(check.At{Object: ref, Path: "spec.refreshInterval", Value: s.Spec.Interval}, what+" fills Secret "+u.Name+" once: its refresh interval is zero")
		}
	}
}

func zero(interval string) bool {
	return interval == "0" || interval == "0s" || interval == "0m" || interval == "0h"
}
