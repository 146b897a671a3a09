package mesh

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// PolicyKinds lists the kinds of policies of the meshes.
func PolicyKinds() []schema.GroupKind {
	return []schema.GroupKind{peerKind, policyKind, requestKind, serverKind, serverAuthKind, linkerdPolicyKind}
}

// Selecting lists the policies of the meshes that are meant for a function, in the order of their references. They count
// only where its pods are in the mesh: see Of.
func Selecting(r *snapshot.Reader, key model.FunctionKey) []model.Ref {
	m := Of.Get(r, key)
	if len(m.Labels) == 0 && m.At.Kind == "" {
		return nil
	}
	var found []model.Ref
	services := service.Of.Get(r, key)
	for _, namespace := range namespaces(m) {
		in := policiesIn.Get(r, namespace)
		for _, o := range in.peers.For(m.Labels) {
			found = append(found, o.Ref)
		}
		for _, o := range in.policies.For(m.Labels) {
			found = append(found, o.Ref)
		}
		for _, o := range in.requests.For(m.Labels) {
			found = append(found, o.Ref)
		}
		for _, t := range m.targets(namespace, services) {
			for _, o := range in.targeted[t] {
				found = append(found, o.Ref)
			}
			for _, o := range in.tokens[t] {
				found = append(found, o.Ref)
			}
		}
	}
	found = append(found, linkerdSelecting(r, m)...)
	slices.SortFunc(found, model.Ref.Compare)
	return slices.Compact(found)
}

// linkerdSelecting lists the Servers of the pods, and what authorizes calls to them or to the whole namespace.
func linkerdSelecting(r *snapshot.Reader, m *Member) []model.Ref {
	servers := serversIn.Get(r, m.Namespace).of(m.Labels)
	var found []model.Ref
	for i := range servers {
		found = append(found, servers[i].Ref)
	}
	for _, kind := range []schema.GroupKind{serverAuthKind, linkerdPolicyKind} {
		for _, o := range read[*authorization](r.List(kind, m.Namespace)) {
			a := o.value
			meant := a.target.kind == "Namespace" && a.target.name == m.Namespace
			for i := range servers {
				meant = meant || a.server == servers[i].Name ||
					a.selector != nil && a.selector.Matches(servers[i].head.Labels)
			}
			if meant {
				found = append(found, o.Ref)
			}
		}
	}
	return found
}

// Does says in a few words what a policy of a mesh is for.
func Does(o model.Object) string {
	switch kind := o.Head().GroupKind(); kind {
	case peerKind:
		p, _ := snapshot.FactsOf[*peer](o, reader)
		if p == nil || p.mode == unset {
			return "mutual TLS as inherited"
		}
		return "mutual TLS " + string(p.mode)
	case policyKind:
		p, _ := snapshot.FactsOf[*policy](o, reader)
		switch {
		case p == nil:
			return "cannot be read"
		case p.dryRun:
			return p.action + ", only tried out"
		case p.action == "ALLOW" && len(p.rules) == 0:
			return "denies all calls"
		}
		return p.action + " by " + count(len(p.rules), "rule")
	case requestKind:
		return "checks tokens that calls bring"
	case serverKind:
		s, _ := snapshot.FactsOf[*server](o, reader)
		if s == nil {
			return "cannot be read"
		}
		if s.access != "" && s.access != "deny" {
			return "port " + s.port + ", lets in " + s.access
		}
		return "port " + s.port + ", denies what nothing authorizes"
	}
	if a, ok := snapshot.FactsOf[*authorization](o, reader); ok && a.open != "" {
		return "lets everybody in: " + a.open
	}
	return "authorizes calls"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
