// Package guards lists the policies of namespaces with the functions that they select and those that they miss: network
// policies of all kinds, pod security labels, and the policies of Istio and Linkerd.
//
// Its one rule: it says whom a policy is meant for, not what it achieves. That is for the controls to judge.
package guards

import (
	"cmp"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/pods"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Sort is what a policy is about.
type Sort string

// The sorts.
const (
	Network     Sort = "network"
	PodSecurity Sort = "pod security"
	Istio       Sort = "istio"
	Linkerd     Sort = "linkerd"
)

// Policy is one policy of a namespace, or of the whole cluster as it counts in a namespace. Without a name it stands for
// one that is not there.
type Policy struct {
	Ref       model.Ref
	Namespace string // whose functions it is about
	Sort      Sort
	Does      string // in a few words
	Weak      bool   // it is not there, or lets everything through
	// Selected and Missed are the functions of the namespace, Unsure those for which it cannot be told.
	Selected, Missed, Unsure []model.FunctionKey
	// Idle are those of Selected whose pods are not in the mesh, so that the policy does nothing for them.
	Idle []model.FunctionKey
}

// Guards are the policies of a namespace. They must not be changed.
type Guards struct {
	Policies []Policy
	Hidden   []snapshot.Missing
}

// Of answers which policies there are for a namespace.
var Of = snapshot.NewQuery("policies of a namespace", func(r *snapshot.Reader, namespace string) *Guards {
	g := &Guards{}
	functions := slices.DeleteFunc(slices.Clone(r.Functions(namespace)), func(f *model.Function) bool { return f.Opaque })
	g.network(r, namespace, functions)
	g.podSecurity(r, namespace, functions)
	g.mesh(r, namespace, functions)
	slices.SortStableFunc(g.Policies, func(a, b Policy) int {
		return cmp.Or(cmp.Compare(a.Sort, b.Sort), a.Ref.Compare(b.Ref))
	})
	return g
}, nil)

// network adds the network policies, and what stands for their absence.
func (g *Guards) network(r *snapshot.Reader, namespace string, functions []*model.Function) {
	all := map[model.Ref]*Policy{}
	var order []model.Ref
	for _, k := range reach.PolicyKinds() {
		in := namespace
		if k.Cluster {
			in = ""
		}
		if m, hidden := r.Hidden(k.GroupKind, in); hidden {
			g.Hidden = append(g.Hidden, m)
		}
		for _, o := range r.List(k.GroupKind, in) {
			ref := o.Head().Ref
			all[ref] = &Policy{Ref: ref, Namespace: namespace, Sort: Network, Does: doesOf(o)}
			order = append(order, ref)
		}
	}
	open := Policy{Namespace: namespace, Sort: Network, Weak: true, Does: "no policy selects them: every pod may call them, and they may call anything"}
	for _, f := range functions {
		own := reach.OfFunction.Get(r, f.Key)
		if len(own) == 0 {
			continue
		}
		chosen := map[model.Ref]bool{} // true: unsure
		for _, p := range own {
			for _, c := range reach.Selecting(r, p) {
				chosen[c.Ref] = c.Unsure
			}
		}
		if len(chosen) == 0 {
			open.Selected = append(open.Selected, f.Key)
		}
		for ref, p := range all {
			unsure, selected := chosen[ref]
			p.add(f.Key, selected, unsure)
		}
	}
	for _, ref := range order {
		if all[ref].Ref.Namespace != "" || len(all[ref].Selected)+len(all[ref].Unsure) > 0 {
			g.Policies = append(g.Policies, *all[ref])
		}
	}
	if len(open.Selected) > 0 && len(g.Hidden) == 0 {
		g.Policies = append(g.Policies, open)
	}
}

func (p *Policy) add(f model.FunctionKey, selected, unsure bool) {
	switch {
	case unsure:
		p.Unsure = append(p.Unsure, f)
	case selected:
		p.Selected = append(p.Selected, f)
	default:
		p.Missed = append(p.Missed, f)
	}
}

// doesOf says in which directions a network policy isolates.
func doesOf(o model.Object) string {
	isolates, rules, ok := reach.IsolatesOf(o)
	if !ok || o.Head().Kind != reach.NetworkPolicies.Kind || o.Head().Group != reach.NetworkPolicies.Group {
		return "rules of the cluster's network"
	}
	text := ""
	for d := range reach.Direction(2) {
		if !isolates[d] {
			continue
		}
		if text != "" {
			text += ", "
		}
		switch rules[d] {
		case 0:
			text += "denies all " + d.String()
		case 1:
			text += "limits " + d.String() + " to 1 rule"
		default:
			text += "limits " + d.String() + " to " + strconv.Itoa(rules[d]) + " rules"
		}
	}
	return cmp.Or(text, "limits nothing")
}

// podSecurity adds the labels of the namespace.
func (g *Guards) podSecurity(r *snapshot.Reader, namespace string, functions []*model.Function) {
	n := pods.NamespaceLevel.Get(r, namespace)
	ref := model.Ref{Kind: "Namespace", Name: namespace}
	if !n.Known {
		if m, hidden := r.Hidden(ref.GroupKind(), ""); hidden {
			g.Hidden = append(g.Hidden, m)
		}
		return
	}
	if len(functions) == 0 && n.Enforce.Label == "" {
		return
	}
	p := Policy{Ref: ref, Namespace: namespace, Sort: PodSecurity, Does: "enforces " + n.Enforce.Level, Weak: n.Enforce.Level == "privileged"}
	switch {
	case n.Enforce.Invalid:
		p.Does = "label " + n.Enforce.Label + " is no level: enforces " + n.Enforce.Level
	case n.Enforce.Label == "":
		p.Does = "no label: enforces nothing"
	case n.Enforce.Pinned:
		p.Does += " " + n.Enforce.Version
	}
	if n.Warn.Level != n.Enforce.Level {
		p.Does += ", warns of " + n.Warn.Level
	}
	for _, f := range functions {
		p.add(f.Key, n.Enforce.Label != "", false)
	}
	g.Policies = append(g.Policies, p)
}

// mesh adds the policies of Istio and Linkerd.
func (g *Guards) mesh(r *snapshot.Reader, namespace string, functions []*model.Function) {
	chosen, member := map[model.FunctionKey][]model.Ref{}, map[model.FunctionKey]mesh.Kind{}
	for _, f := range functions {
		chosen[f.Key], member[f.Key] = mesh.Selecting(r, f.Key), mesh.Of.Get(r, f.Key).Kind
	}
	root := mesh.Root(r)
	for _, kind := range mesh.PolicyKinds() {
		if m, hidden := r.Hidden(kind, namespace); hidden {
			g.Hidden = append(g.Hidden, m)
		}
		objects := r.List(kind, namespace)
		if kind.Group == istioGroup && root != namespace && len(functions) > 0 {
			objects = append(slices.Clone(objects), r.List(kind, root)...)
		}
		for _, o := range objects {
			p := Policy{Ref: o.Head().Ref, Namespace: namespace, Sort: sortOf(kind), Does: mesh.Does(o)}
			for _, f := range functions {
				selected := slices.Contains(chosen[f.Key], p.Ref)
				p.add(f.Key, selected, false)
				if selected && (member[f.Key] == mesh.Outside || (member[f.Key] == mesh.Linkerd) != (p.Sort == Linkerd)) {
					p.Idle = append(p.Idle, f.Key)
				}
			}
			if p.Ref.Namespace == namespace || len(p.Selected) > 0 {
				g.Policies = append(g.Policies, p)
			}
		}
	}
}

const istioGroup = "security.istio.io"

func sortOf(kind schema.GroupKind) Sort {
	if kind.Group == istioGroup {
		return Istio
	}
	return Linkerd
}
