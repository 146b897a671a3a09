package rbac

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Role is what a role grants. It must not be changed.
type Role struct {
	model.Ref
	Rules []rbacv1.PolicyRule
	// Usual says of each rule that it gives no more than every account has anyway.
	Usual []bool
	// Found is false where there is no such role: a binding to it grants nothing. Missing says why that is not known.
	Found   bool
	Missing *snapshot.Missing
	// BuiltIn roles are those of the API server itself, on manifests that do not hold them. Whole ones are put together
	// from others: their rules cannot be edited there.
	BuiltIn, Whole bool

	powers []rulePowers // of the rules, in their order
	all    Powers       // of all rules together, named or not
}

// Extra reports whether the role gives anything that not every account has.
func (r *Role) Extra() bool { return slices.Contains(r.Usual, false) }

// RoleOf answers what a role grants.
var RoleOf = snapshot.NewQuery("rules of a role", func(r *snapshot.Reader, ref model.Ref) *Role {
	answer := &Role{Ref: ref}
	switch ref.Kind {
	case "Role":
		if o := r.Get(ref); o != nil {
			answer.keep(o)
		} else if m, hidden := r.Hidden(RoleKind, ref.Namespace); hidden {
			answer.miss(m, ref)
		}
	case "ClusterRole":
		answer.cluster(r)
	}
	if !answer.Found && answer.Missing == nil && ref.Kind != "" && r.Options().Partial {
		answer.miss(snapshot.Missing{Resource: snapshot.Plural(ref.Kind), Namespace: ref.Namespace, Reason: "may be elsewhere"}, ref)
	}
	answer.weigh()
	return answer
}, sameRole).Eager()

// weigh finds the powers of the rules.
func (r *Role) weigh() {
	r.powers = make([]rulePowers, len(r.Rules))
	r.Usual = make([]bool, len(r.Rules))
	for i := range r.Rules {
		r.Usual[i] = Usual(&r.Rules[i])
		r.powers[i] = powersOf(&r.Rules[i])
		all, named := r.powers[i].in("")
		r.all = r.all.Or(all).Or(named)
	}
}

func sameRole(a, b *Role) bool {
	return a.Found == b.Found && a.BuiltIn == b.BuiltIn && a.Whole == b.Whole && (a.Missing == nil) == (b.Missing == nil) &&
		(a.Missing == nil || *a.Missing == *b.Missing) && reflect.DeepEqual(a.Rules, b.Rules)
}

// keep takes the rules of an object. One that could not be read gives nothing that is known.
func (r *Role) keep(o model.Object) {
	kept, ok := snapshot.FactsOf[*role](o, reader)
	if !ok {
		r.Missing = &snapshot.Missing{Reason: "cannot read " + r.Ref.String()}
		return
	}
	r.Found, r.Rules, r.Whole = true, kept.rules, kept.aggregated
}

func (r *Role) miss(m snapshot.Missing, ref model.Ref) {
	m.Verb, m.Group, m.Resource = "get", ref.Group, m.Resource+"/"+ref.Name
	r.Missing = &m
}

// cluster finds a ClusterRole. In a cluster aggregated ones hold the rules they were given; on manifests nobody did it
// yet, and the API server's own roles are there without a file.
func (r *Role) cluster(reader *snapshot.Reader) {
	if reader.Options().Manifests {
		if p, ok := aggregate.Get(reader, struct{}{})[r.Name]; ok {
			r.Found, r.Rules, r.BuiltIn, r.Whole = true, p.rules, p.builtIn, p.whole
			return
		}
	}
	if o := reader.Get(r.Ref); o != nil {
		r.keep(o)
	} else if m, hidden := reader.Hidden(ClusterRoleKind, ""); hidden {
		r.miss(m, r.Ref)
	}
}

// named is a ClusterRole on its way to be aggregated.
type named struct {
	name    string
	role    *role
	labels  model.Labels
	builtIn bool
}

// together is a ClusterRole of manifests with its rules in force.
type together struct {
	rules          []rbacv1.PolicyRule
	builtIn, whole bool
}

// aggregate puts the ClusterRoles of manifests together as the controller would: until nothing changes any more. Only
// the built-in and the aggregated ones are in the answer.
var aggregate = snapshot.NewQuery("aggregated cluster roles", func(r *snapshot.Reader, _ struct{}) map[string]together {
	all := clusterRoles(r)
	// Each round brings rules one role further, so there are no more rounds than roles.
	for range all {
		changed := false
		for _, n := range all {
			if rules := union(n, all); len(rules) > 0 && !sameRules(rules, n.role.rules) {
				n.role.rules, changed = rules, true
			}
		}
		if !changed {
			break
		}
	}
	answer := map[string]together{}
	for _, n := range all {
		if n.builtIn || n.role.aggregated {
			answer[n.name] = together{rules: n.role.rules, builtIn: n.builtIn, whole: n.role.aggregated}
		}
	}
	return answer
}, nil).Eager()

// clusterRoles lists the ClusterRoles of manifests and the API server's own, by name.
func clusterRoles(r *snapshot.Reader) []*named {
	var all []*named
	files := map[string]bool{}
	for _, o := range r.List(ClusterRoleKind, "") {
		if kept, ok := snapshot.FactsOf[*role](o, reader); ok {
			copied := *kept
			all = append(all, &named{name: o.Head().Name, role: &copied, labels: o.Head().Labels})
		}
		files[o.Head().Name] = true
	}
	for name, b := range booted() {
		if !files[name] {
			copied := *b.role
			all = append(all, &named{name: name, role: &copied, labels: b.labels, builtIn: true})
		}
	}
	slices.SortFunc(all, func(a, b *named) int { return strings.Compare(a.name, b.name) })
	return all
}

// union lists the rules of the roles that an aggregated role chooses, each once.
func union(n *named, all []*named) []rbacv1.PolicyRule {
	if !n.role.aggregated {
		return nil
	}
	var rules []rbacv1.PolicyRule
	seen := map[string]bool{}
	for _, s := range n.role.selectors {
		for _, other := range all {
			if other == n || !s.Matches(other.labels) {
				continue
			}
			for i := range other.role.rules {
				if text := ruleText(&other.role.rules[i]); !seen[text] {
					seen[text] = true
					rules = append(rules, other.role.rules[i])
				}
			}
		}
	}
	return rules
}

func sameRules(a, b []rbacv1.PolicyRule) bool {
	return slices.EqualFunc(a, b, func(a, b rbacv1.PolicyRule) bool { return ruleText(&a) == ruleText(&b) })
}

// ruleText is a rule as a text that no other rule has.
func ruleText(r *rbacv1.PolicyRule) string {
	var b strings.Builder
	for _, list := range [][]string{r.Verbs, r.APIGroups, r.Resources, r.ResourceNames, r.NonResourceURLs} {
		for _, s := range list {
			b.WriteString(strconv.Itoa(len(s)))
			b.WriteByte(':')
			b.WriteString(s)
		}
		b.WriteByte(';')
	}
	return b.String()
}

// Powers are those of all rules together, limited to names or not, as if bound cluster-wide.
func (r *Role) Powers() Powers { return r.all }
