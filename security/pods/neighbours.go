package pods

import (
	"maps"
	"slices"
	"strconv"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Tenant is an account on a node, with the first pod there that runs as it.
type Tenant struct {
	Account rbac.Account
	Pod     model.Ref
}

// tenants are the accounts on each node, in their order, each once.
type tenants map[string][]Tenant

// tenantsIn answers which accounts the pods of a namespace have on which nodes. What changes of a pod otherwise lets the
// answer stand.
var tenantsIn = snapshot.NewQuery("accounts of a namespace by node", func(r *snapshot.Reader, namespace string) tenants {
	on := tenants{}
	for _, p := range placed.List(r, podKind, namespace) {
		a := rbac.Account{Namespace: namespace, Name: p.Trait.account}
		if node := p.Trait.node; !slices.ContainsFunc(on[node], func(t Tenant) bool { return t.Account == a }) {
			on[node] = append(on[node], Tenant{a, p.Of})
		}
	}
	return on
}, func(a, b tenants) bool { return maps.EqualFunc(a, b, slices.Equal[[]Tenant]) }).Eager()

// placed is the trait of pods that run on a node as an account.
var placed = snapshot.NewObjectTrait(func(o model.Object) (place placement, ok bool) {
	p, ok := o.(*model.Pod)
	if !ok || p.Node == "" || p.ServiceAccount == "" || p.Phase == "Succeeded" || p.Phase == "Failed" {
		return place, false
	}
	return placement{p.Node, p.ServiceAccount}, true
}, func(a, b placement) bool { return a == b })

type placement struct{ node, account string }

var tenantsOn = snapshot.NewQuery("accounts on a node", func(r *snapshot.Reader, node string) []Tenant {
	var all []Tenant
	for _, ns := range r.Spaces(podKind) {
		all = append(all, tenantsIn.Get(r, ns)[node]...)
	}
	return all
}, slices.Equal[[]Tenant]).Eager()

// Strong are the accounts on a node whose rights lead to the whole cluster.
type Strong struct {
	Tenants []Tenant
	// Missing is what could not be read, so that there may be more.
	Missing []snapshot.Missing
}

// StrongOn answers which accounts on a node lead to the whole cluster.
var StrongOn = snapshot.NewQuery("strong accounts on a node", func(r *snapshot.Reader, node string) Strong {
	var s Strong
	if m, hidden := r.Hidden(podKind, ""); hidden {
		s.Missing = append(s.Missing, m)
	}
	for _, t := range tenantsOn.Get(r, node) {
		e := rbac.Escalation(r, t.Account)
		if len(e.Cluster) > 0 {
			s.Tenants = append(s.Tenants, t)
		}
		for _, m := range e.Missing {
			if !slices.Contains(s.Missing, m) {
				s.Missing = append(s.Missing, m)
			}
		}
	}
	return s
}, func(a, b Strong) bool {
	return slices.Equal(a.Tenants, b.Tenants) && slices.Equal(a.Missing, b.Missing)
}).Eager()

// NodesOf lists the nodes that the pods of a function run on.
func NodesOf(r *snapshot.Reader, f *model.Function) []string {
	var names []string
	for _, ref := range f.Pods {
		if p, ok := r.Get(ref).(*model.Pod); ok && p.Node != "" && !slices.Contains(names, p.Node) {
			names = append(names, p.Node)
		}
	}
	return names
}

// maxNeighbours bounds how many accounts are named.
const maxNeighbours = 5

// neighbour is a strong account beside a function, and the nodes that they share.
type neighbour struct {
	Tenant
	nodes []string
}

// strongNeighbours is POD-26.
func strongNeighbours(e *check.Eval) {
	nodes := NodesOf(e.Reader, e.F)
	if len(nodes) == 0 {
		e.NA("no pod of it is on a node")
		return
	}
	var all []neighbour
	for _, node := range nodes {
		s := StrongOn.Get(e.Reader, node)
		e.Unknown(s.Missing...)
		for _, t := range s.Tenants {
			if ownAccount(e, t.Account) {
				continue
			}
			i := slices.IndexFunc(all, func(n neighbour) bool { return n.Account == t.Account })
			if i < 0 {
				i, all = len(all), append(all, neighbour{Tenant: t})
			}
			all[i].nodes = append(all[i].nodes, node)
		}
	}
	out := len(all) > 0 && escapes(e)
	for _, n := range all[:min(len(all), maxNeighbours)] {
		on := "node " + n.nodes[0]
		if more := len(n.nodes) - 1; more > 0 {
			on += " and " + strconv.Itoa(more) + " more of its nodes"
		}
		text := "on " + on + " a pod (" + n.Pod.Namespace + "/" + n.Pod.Name + ") runs as ServiceAccount " + n.Account.String() +
			", whose rights lead to the whole cluster"
		f := e.Fail(check.At{Object: n.Account.Ref()}, text)
		if out {
			f.As(check.High)
			f.Message += ", and the function can get out of its container"
		}
	}
}

// ownAccount reports whether a pod of the function itself runs as the account. What that may do is judged there.
func ownAccount(e *check.Eval, a rbac.Account) bool {
	return slices.ContainsFunc(e.F.Pods, func(ref model.Ref) bool {
		p, ok := e.Get(ref).(*model.Pod)
		return ok && p.Namespace == a.Namespace && p.ServiceAccount == a.Name
	})
}

// escapes reports whether the pods of the function have a way out of their containers, onto the node.
func escapes(e *check.Eval) bool {
	j := judgedOf.Get(e.Reader, e.F.Key)
	for _, it := range j.issues {
		switch it.row {
		case privileged, hostPath, hostNamespaces, socket, capabilities:
			if it.severity >= check.High {
				return true
			}
		}
	}
	for _, v := range j.verdicts {
		for _, mount := range v.volumes {
			if _, ok := folderOf(e, mount.claim); ok {
				return true
			}
		}
	}
	return false
}
