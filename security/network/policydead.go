package network

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

var namespaceKind = schema.GroupKind{Kind: "Namespace"}

// idle are the network policies of a namespace that ask for labels which no pod and no template has.
var idle = snapshot.NewQuery("network policies that select nothing", func(r *snapshot.Reader, ns string) []*reach.Policy {
	all := reach.Policies(r, ns)
	if len(all) == 0 {
		return nil
	}
	var out []*reach.Policy
	pods := reach.InNamespace.Get(r, ns)
	for _, p := range all {
		if !p.All() && !slices.ContainsFunc(pods, func(o reach.Owned) bool {
			return slices.ContainsFunc(o.Pods, func(x reach.Pod) bool { return p.Chooses(x.Labels) })
		}) {
			out = append(out, p)
		}
	}
	return out
}, slices.Equal[[]*reach.Policy])

// deadPolicies looks for policies that protect nothing although they look as if: those of the namespace that select no
// pod, while the function has none in that direction, and peers and port names of its own policies that mean nothing.
func deadPolicies(e *check.Eval) {
	s := subjectFor(e)
	if s == nil {
		return
	}
	if !e.Need(reach.NetworkPolicies, e.F.Key.Namespace) {
		return
	}
	seen, said := map[model.Ref]bool{}, map[reach.Peer]bool{}
	for i := range s.pods {
		p := &s.pods[i]
		for _, policy := range idle.Get(e.Reader, p.Namespace) {
			if !seen[policy.Ref] && unprotected(s.iso[i], policy) {
				seen[policy.Ref] = true
				if e.Options().Partial {
					e.Unknown(podsElsewhere(p.Namespace))
					continue
				}
				e.Fail(check.At{Object: policy.Ref, Path: "spec.podSelector"}, "the policy selects no pod and no template, and nothing else restricts this function in its place")
			}
		}
		for _, d := range []reach.Direction{reach.Ingress, reach.Egress} {
			for _, policy := range direction(s.iso[i], d).Policies {
				deadRules(e, p, policy, d, said)
			}
		}
	}
}

// unprotected reports whether no policy isolates the pods in a direction that the policy is about.
func unprotected(iso *reach.Isolated, p *reach.Policy) bool {
	return p.Isolates[reach.Ingress] && len(iso.Ingress.Policies) == 0 || p.Isolates[reach.Egress] && len(iso.Egress.Policies) == 0
}

// deadRules judges the rules of a policy for one kind of pods of the function; what was said of another is not repeated.
func deadRules(e *check.Eval, p *reach.Pod, policy *reach.Policy, d reach.Direction, said map[reach.Peer]bool) {
	for i := range policy.Rules[d] {
		rule := &policy.Rules[d][i]
		at := "spec." + d.String() + "[" + strconv.Itoa(i) + "]"
		word := "from"
		if d == reach.Egress {
			word = "to"
		}
		for j := range rule.Len() {
			q := reach.Peer{Policy: policy.Ref, Direction: d, Rule: i, Index: j}
			if !said[q] && deadPeer(e, q) {
				said[q] = true
				e.Fail(check.At{Object: policy.Ref, Path: at + "." + word + "[" + strconv.Itoa(j) + "]"}, "the peer selects no pod and no template: the rule lets nothing through").As(check.Low)
			}
		}
		if d != reach.Ingress {
			continue
		}
		for j, name := range rule.Names() {
			q := reach.Peer{Policy: policy.Ref, Direction: d, Rule: i, Index: -1 - j}
			if name != "" && !said[q] && !slices.ContainsFunc(p.Ports, func(q reach.Port) bool { return q.Name == name }) {
				said[q] = true
				e.Fail(check.At{Object: policy.Ref, Path: at + ".ports[" + strconv.Itoa(j) + "].port", Value: name},
					"no container of the function has a port named "+name+": the rule lets nothing through").As(check.Low)
			}
		}
	}
}

// deadPeer reports whether a peer means pods and there are none of these. Files need not hold the namespaces that a
// peer speaks about: what lies in one of which nothing is there is not missed.
func deadPeer(e *check.Eval, q reach.Peer) bool {
	if !q.Pods(e.Reader) {
		return false
	}
	c := reach.Chosen.Get(e.Reader, q)
	if e.Options().Partial || len(c.Pods) > 0 || c.Every || q.All(e.Reader) {
		return false
	}
	if !c.Known {
		e.Need(namespaceKind, "") // whose labels it asks for
		return false
	}
	if !e.Options().Manifests {
		return true
	}
	return len(c.Spaces) > 0 && !slices.ContainsFunc(c.Spaces, func(ns string) bool {
		return len(reach.InNamespace.Get(e.Reader, ns)) == 0
	})
}

// podsElsewhere is said of pods that are not part of these manifests, but may be in the cluster.
func podsElsewhere(namespace string) snapshot.Missing {
	return snapshot.Missing{Verb: "list", Resource: "pods", Namespace: namespace, Reason: "may be elsewhere"}
}
