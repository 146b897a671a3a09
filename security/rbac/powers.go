package rbac

import (
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Power is something that can be done with rights, which matters for security. A rule gives some.
type Power uint8

// Powers is a set of Power.
type Powers [2]uint64

// Of makes a set.
func Of(all ...Power) (p Powers) {
	for _, one := range all {
		p[one/64] |= 1 << (one % 64)
	}
	return p
}

// Has reports whether the power is in the set.
func (p Powers) Has(one Power) bool { return p[one/64]&(1<<(one%64)) != 0 }

// Any reports whether the sets have a power in common.
func (p Powers) Any(o Powers) bool { return p[0]&o[0]|p[1]&o[1] != 0 }

// All reports whether every power of o is in p.
func (p Powers) All(o Powers) bool { return p[0]&o[0] == o[0] && p[1]&o[1] == o[1] }

// Empty reports whether the set is empty.
func (p Powers) Empty() bool { return p == Powers{} }

// Or is the union of both sets.
func (p Powers) Or(o Powers) Powers      { return Powers{p[0] | o[0], p[1] | o[1]} }
func (p Powers) without(o Powers) Powers { return Powers{p[0] &^ o[0], p[1] &^ o[1]} }

// rulePowers is what one rule gives: to all objects of the resource, and to those of its resource names. What counts
// only cluster-wide stands apart.
type rulePowers struct {
	any, named               Powers
	anyCluster, namedCluster Powers
}

// in returns the powers of a rule in a namespace (empty: cluster-wide).
func (p *rulePowers) in(namespace string) (all, named Powers) {
	if namespace == "" {
		return p.any.Or(p.anyCluster), p.named.Or(p.namedCluster)
	}
	return p.any, p.named
}

// ask is one right that gives a power.
type ask struct {
	power    Power
	verbs    []string
	group    string
	resource string // with its subresource; empty: any of the group
	cluster  bool   // only cluster-wide
}

// asked are the rights by group and resource, and all of them for rules with wildcards.
var asked = sync.OnceValues(func() (map[schema.GroupResource][]*ask, []*ask) {
	by := map[schema.GroupResource][]*ask{}
	var all []*ask
	for i := range table {
		row := &table[i]
		for _, group := range strings.Fields(row.group) {
			if group == "core" {
				group = ""
			}
			for _, resource := range strings.Fields(row.resources) {
				if resource == "ANY" {
					resource = ""
				}
				a := &ask{row.power, strings.Fields(row.verbs), group, resource, row.cluster}
				at := schema.GroupResource{Group: group, Resource: resource}
				by[at] = append(by[at], a)
				all = append(all, a)
			}
		}
	}
	return by, all
})

// powersOf finds the powers that a rule gives.
func powersOf(rule *rbacv1.PolicyRule) (p rulePowers) {
	by, all := asked()
	p.special(rule)
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			if group == "*" || strings.HasPrefix(resource, "*") {
				for _, a := range all {
					parent, sub, _ := strings.Cut(a.resource, "/")
					if (group == "*" || group == a.group) && (a.resource == "" || matches(resource, parent, sub)) {
						p.take(rule, a)
					}
				}
				continue
			}
			if resource, _, ok := strings.Cut(resource, "/"); ok && resource == "userextras" { // each key is a subresource
				p.takeAll(rule, by[schema.GroupResource{Group: group, Resource: resource}])
			}
			p.takeAll(rule, by[schema.GroupResource{Group: group, Resource: resource}])
			p.takeAll(rule, by[schema.GroupResource{Group: group}])
		}
	}
	return p
}

func (p *rulePowers) takeAll(rule *rbacv1.PolicyRule, asks []*ask) {
	for _, a := range asks {
		p.take(rule, a)
	}
}

func (p *rulePowers) take(rule *rbacv1.PolicyRule, a *ask) {
	for _, verb := range a.verbs {
		if !has(rule.Verbs, verb) {
			continue
		}
		one := Of(a.power)
		whole, some := len(rule.ResourceNames) == 0, false
		if !whole {
			nameless := verb == "deletecollection" || verb == "list" || verb == "watch" ||
				verb == "create" && !strings.Contains(a.resource, "/")
			whole = nameless && slices.Contains(rule.ResourceNames, "")
			// A list carries the name of its field selector; an apply creates by name, if it may also change.
			some = verb != "deletecollection" && (verb != "create" || !nameless || has(rule.Verbs, "patch") || has(rule.Verbs, "update"))
		}
		switch {
		case whole && a.cluster:
			p.anyCluster = p.anyCluster.Or(one)
		case whole:
			p.any = p.any.Or(one)
		case some && a.cluster:
			p.namedCluster = p.namedCluster.Or(one)
		case some:
			p.named = p.named.Or(one)
		}
	}
}

// special finds powers that are no list of rights.
func (p *rulePowers) special(rule *rbacv1.PolicyRule) {
	wild := func(list []string) bool { return slices.Contains(list, "*") }
	if len(rule.Verbs) == 0 {
		return
	}
	if len(rule.APIGroups) > 0 && len(rule.Resources) > 0 {
		verbs, groups, resources := wild(rule.Verbs), wild(rule.APIGroups), wild(rule.Resources)
		if verbs || groups || resources {
			p.any = p.any.Or(Of(Wildcard))
		}
		if verbs && groups && resources && len(rule.ResourceNames) == 0 {
			p.any = p.any.Or(Of(Everything))
		}
		if slices.ContainsFunc(rule.Verbs, func(v string) bool { return strings.HasPrefix(v, onPrefix) }) {
			p.any = p.any.Or(Of(ActConstrained))
		}
	}
	for _, u := range rule.NonResourceURLs {
		for _, open := range []string{"/debug/pprof/", "/logs/", "/metrics"} {
			if covers(u, open) || strings.HasPrefix(u, strings.TrimRight(open, "/")) {
				p.anyCluster = p.anyCluster.Or(Of(OpenURLs))
			}
		}
	}
}
