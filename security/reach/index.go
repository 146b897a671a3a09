package reach

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// nothing is the key of answers of which there is one per cluster.
type nothing struct{}

// admins are the policies that apply in all namespaces, in the order in which they are judged.
type admins struct {
	policies []*Policy
	missing  []snapshot.Missing
}

var adminOf = snapshot.NewQuery("cluster-wide network policies", func(r *snapshot.Reader, _ nothing) *admins {
	a := &admins{}
	for _, kind := range []schema.GroupKind{adminPolicies, baselines, clusterPolicies} {
		if m, hidden := r.Hidden(kind, ""); hidden {
			a.missing = append(a.missing, m)
		}
		for _, o := range r.List(kind, "") {
			if p, ok := snapshot.FactsOf[*Policy](o, reader); ok && (kind != baselines || p.Ref.Name == "default") {
				a.policies = append(a.policies, p)
			}
		}
	}
	slices.SortStableFunc(a.policies, func(x, y *Policy) int {
		return cmp.Or(cmp.Compare(x.tier, y.tier), cmp.Compare(x.priority, y.priority), x.Ref.Compare(y.Ref))
	})
	return a
}, func(a, b *admins) bool {
	return slices.Equal(a.policies, b.policies) && slices.Equal(a.missing, b.missing)
})

// local are the network policies of a namespace, found by a label that their pods must have.
type local struct {
	general []*Policy
	byLabel map[model.Label][]*Policy
	all     []*Policy
	missing []snapshot.Missing
}

var localOf = snapshot.NewQuery("network policies of a namespace", func(r *snapshot.Reader, ns string) *local {
	l := &local{byLabel: map[model.Label][]*Policy{}}
	if m, hidden := r.Hidden(NetworkPolicies, ns); hidden {
		l.missing = append(l.missing, m)
	}
	count := map[model.Label]int{}
	for _, o := range r.List(NetworkPolicies, ns) {
		p, ok := snapshot.FactsOf[*Policy](o, reader)
		if !ok {
			continue
		}
		l.all = append(l.all, p)
		p.pods.pair(func(label model.Label) int { count[label]++; return 0 })
	}
	for _, p := range l.all {
		if label, ok := p.pods.pair(func(label model.Label) int { return count[label] }); ok {
			l.byLabel[label] = append(l.byLabel[label], p)
		} else {
			l.general = append(l.general, p)
		}
	}
	return l
}, func(a, b *local) bool { return slices.Equal(a.all, b.all) && slices.Equal(a.missing, b.missing) })

// selecting lists the policies that select pods with these labels, in the order of their names.
func (l *local) selecting(labels model.Labels) []*Policy {
	var out []*Policy
	add := func(list []*Policy) {
		for _, p := range list {
			if p.pods.matches(labels) {
				out = append(out, p)
			}
		}
	}
	add(l.general)
	for _, label := range labels {
		add(l.byLabel[label])
	}
	slices.SortFunc(out, func(a, b *Policy) int { return a.Ref.Compare(b.Ref) })
	return out
}

// Policies lists the network policies of a namespace, in the order of their names.
func Policies(r *snapshot.Reader, ns string) []*Policy { return localOf.Get(r, ns).all }

// strangers are the policies of other kinds, by namespace; those of the whole cluster under "".
type strangers struct {
	policies []*foreign
	missing  []snapshot.Missing
}

var foreignIn = snapshot.NewQuery("foreign network policies", func(r *snapshot.Reader, ns string) *strangers {
	s := &strangers{}
	for i := range foreignKinds {
		k := &foreignKinds[i]
		if k.cluster != (ns == "") {
			continue
		}
		if m, hidden := r.Hidden(k.GroupKind, ns); hidden {
			s.missing = append(s.missing, m)
		}
		for _, o := range r.List(k.GroupKind, ns) {
			if f, ok := snapshot.FactsOf[*foreign](o, reader); ok {
				s.policies = append(s.policies, f)
			} else if o.Head().Problem != "" {
				s.policies = append(s.policies, unreadable(o.Head().Ref))
			}
		}
	}
	return s
}, func(a, b *strangers) bool {
	return slices.Equal(a.policies, b.policies) && slices.Equal(a.missing, b.missing)
})

// unreadable stands for a policy that could not be read: it may apply to anything.
func unreadable(ref model.Ref) *foreign {
	return &foreign{ref: ref, targets: []target{{directions: [2]bool{true, true}}}}
}

// class is what policies see of a pod: pods of one class are treated alike.
type class struct {
	namespace, labels string
	host, groups      bool
}

func (p *Pod) class() class {
	if p.HostNetwork {
		return class{namespace: p.Namespace, host: true}
	}
	return class{p.Namespace, labelText(p.Labels), false, p.Groups}
}

// labelText packs labels into a text that classText takes apart again.
func labelText(l model.Labels) string {
	size := 0
	for i := range l {
		size += len(l[i].Key) + len(l[i].Value) + 2
	}
	var b strings.Builder
	b.Grow(size)
	for i := range l {
		b.WriteString(l[i].Key)
		b.WriteByte('=')
		b.WriteString(l[i].Value)
		b.WriteByte('\n')
	}
	return b.String()
}

func labelsOf(text string) model.Labels {
	var l model.Labels
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		l = append(l, model.Label{Key: key, Value: value})
	}
	return l
}

// side is everything that decides about one direction of a class of pods.
type side struct {
	free     bool // hostNetwork: no policy applies
	entries  []entry
	isolated []*Policy // network policies
	foreign  []*foreign
	missing  []snapshot.Missing
	named    bool
}

// entry is one rule that may apply, in the order in which rules are judged. Entries of one group have one priority.
type entry struct {
	policy *Policy
	rule   *Rule
	group  int32
	// applies: whether the policy selects the pods.
	applies answer
}

var sidesOf = snapshot.NewQuery("policies of pods", func(r *snapshot.Reader, c class) *[2]side {
	var s [2]side
	if c.host {
		s[Ingress].free, s[Egress].free = true, true
		return &s
	}
	p := Pod{Namespace: c.namespace, Labels: labelsOf(c.labels), Groups: c.groups}
	n := namespaceOf.Get(r, c.namespace)
	admin, mine := adminOf.Get(r, nothing{}), localOf.Get(r, c.namespace)
	chosen := mine.selecting(p.Labels)
	wide, narrow := foreignIn.Get(r, ""), foreignIn.Get(r, c.namespace)
	for d := range Direction(2) {
		t := &s[d]
		t.missing = slices.Concat(admin.missing, mine.missing, wide.missing, narrow.missing)
		unsure := t.addAdmins(admin.policies, n, p.Labels, d)
		if unsure {
			t.missing = append(t.missing, n.why...)
		}
		t.addLocal(chosen, d)
		for _, f := range slices.Concat(wide.policies, narrow.policies) {
			if f.applies(n, &p, d) {
				t.foreign = append(t.foreign, f)
			}
		}
	}
	return &s
}, sameSides)

func (t *side) addAdmins(all []*Policy, n *namespace, l model.Labels, d Direction) (unsure bool) {
	group := int32(0)
	for i, p := range all {
		if i == 0 || p.tier != all[i-1].tier || p.priority != all[i-1].priority {
			group++
		}
		applies := p.selects(n, l)
		if applies == no {
			continue
		}
		unsure = unsure || applies == maybe
		for j := range p.Rules[d] {
			t.entries = append(t.entries, entry{p, &p.Rules[d][j], group, applies})
			t.named = t.named || p.Rules[d][j].named()
		}
	}
	return unsure
}

func (t *side) addLocal(chosen []*Policy, d Direction) {
	for _, p := range chosen {
		if !p.Isolates[d] {
			continue
		}
		t.isolated = append(t.isolated, p)
		for j := range p.Rules[d] {
			t.entries = append(t.entries, entry{p, &p.Rules[d][j], 0, yes})
			t.named = t.named || p.Rules[d][j].named()
		}
	}
}

func sameSides(a, b *[2]side) bool {
	for d := range a {
		if !a[d].same(&b[d]) {
			return false
		}
	}
	return true
}

func (t *side) same(o *side) bool {
	return t.free == o.free && slices.Equal(t.entries, o.entries) && slices.Equal(t.isolated, o.isolated) &&
		slices.Equal(t.foreign, o.foreign) && slices.Equal(t.missing, o.missing)
}
