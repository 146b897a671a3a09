package reach

import (
	"encoding/binary"
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Endpoint is one end of a connection: a workload, a range of addresses, or the ingress controllers.
type Endpoint struct {
	Workload model.Ref
	Range    Range
	Entry    bool // the ingress controllers, wherever they run
}

// Connection is what one endpoint may say to another.
type Connection struct {
	Source, Destination *Endpoint
	Ports               Ports
	// Certain: by the definitions. Otherwise it is left open, and Reason says by what.
	Certain bool
	Reason  string
	// By are the policies that decide, when they were asked for; none when nothing restricts the connection.
	By []model.Ref
}

// Question says which connections are wanted.
type Question struct {
	Workloads []Owned
	// Focus limits the answer to connections with one of these workloads at either end; nil: all.
	Focus   func(model.Ref) bool
	Explain bool
}

// Connections calls yield for every allowed or undecided connection between the workloads, with ranges of addresses
// and from ingress controllers, in the order of the ends, until it returns false. What it does not name is denied.
func Connections(r *snapshot.Reader, q Question, yield func(Connection) bool) {
	m := newMatrix(r, q)
	for s := range m.owners {
		if !m.fromWorkload(s, yield) {
			return
		}
	}
	m.fromOutside(yield)
}

// Workloads lists the pods of all namespaces by their owners.
func Workloads(r *snapshot.Reader) []Owned {
	names := map[string]bool{}
	for _, kind := range append(slices.Clone(carriers), podKind) {
		for _, o := range r.List(kind, "") {
			names[o.Head().Namespace] = true
		}
	}
	for _, f := range r.Functions("") {
		names[f.Key.Namespace] = true
	}
	var out []Owned
	for name := range names {
		out = append(out, InNamespace.Get(r, name)...)
	}
	slices.SortFunc(out, func(a, b Owned) int { return a.Owner.Compare(b.Owner) })
	return out
}

// matrix holds what every side says about every end. Ends are the pods, the ranges, and the ingress controllers.
type matrix struct {
	r *snapshot.Reader
	Question

	owners    []Endpoint
	of        [][]int // the pods of each owner
	pods      []Pod
	ranges    []Endpoint
	entry     Endpoint
	ends      []end
	signature []int32 // of the ports of each end
	signs     map[string]int32

	// In focus are the owners that are asked about. Of pairs without one of them nothing is computed: near are their
	// pods, and slots the places of these among near, -1 for all other ends.
	wanted []bool
	inside []int // owners in focus
	near   []int
	slots  []int32
	spaces map[string]bool // the namespaces of near

	rules  map[*Rule][]answer
	beside map[*Rule][]answer // of near alone
	sides  map[string]*row
	rows   [2][]*row
	fates  []fate
	known  map[string]int32

	policies map[*Policy]uint32
	pairs    map[uint64]pairFate
	entries  []routed
}

// row is what one side says about every end, or about those of the pods in focus alone: numbers of fates.
type row struct {
	side  *side
	fates []int32
	slots []int32 // nil: every end
}

func (r *row) of(end int) int32 {
	if r.slots != nil {
		end = int(r.slots[end])
	}
	return r.fates[end]
}

// fate is what becomes of all ports at one side.
type fate struct {
	sure, possible Ports
	reason         string
	by             []model.Ref
}

type pairFate struct{ sure, open Ports }

func newMatrix(r *snapshot.Reader, q Question) *matrix {
	m := &matrix{
		r: r, Question: q, signs: map[string]int32{}, rules: map[*Rule][]answer{}, beside: map[*Rule][]answer{}, policies: map[*Policy]uint32{},
		spaces: map[string]bool{}, sides: map[string]*row{},
		known: map[string]int32{}, pairs: map[uint64]pairFate{}, entry: Endpoint{Entry: true},
	}
	spaces := map[string]bool{}
	for i, o := range q.Workloads {
		m.owners = append(m.owners, Endpoint{Workload: o.Owner})
		m.of = append(m.of, nil)
		m.wanted = append(m.wanted, q.Focus == nil || q.Focus(o.Owner))
		if m.wanted[i] {
			m.inside = append(m.inside, i)
		}
		for _, p := range o.Pods {
			m.of[i] = append(m.of[i], len(m.pods))
			if m.wanted[i] {
				m.near = append(m.near, len(m.pods))
				m.spaces[p.Namespace] = true
			}
			m.pods = append(m.pods, p)
			spaces[p.Namespace] = true
		}
	}
	for i := range m.pods {
		m.ends = append(m.ends, *endOf(r, &m.pods[i]))
		m.signature = append(m.signature, m.sign(m.pods[i].Ports))
	}
	all := slices.Clone(adminOf.Get(r, nothing{}).policies)
	for ns := range spaces {
		all = append(all, localOf.Get(r, ns).all...)
	}
	for _, piece := range cut(all) {
		m.ranges = append(m.ranges, Endpoint{Range: piece})
		m.ends = append(m.ends, end{address: piece.First, onNode: m.nodes(piece)})
		m.signature = append(m.signature, -1)
	}
	m.ends = append(m.ends, end{pod: &Pod{}, ns: &namespace{known: true}})
	m.signature = append(m.signature, -1)
	m.slots = slices.Repeat([]int32{-1}, len(m.ends))
	for slot, pod := range m.near {
		m.slots[pod] = int32(slot)
	}
	for i := range m.pods {
		s := sidesOf.Get(r, m.pods[i].class())
		for d := range Direction(2) {
			m.rows[d] = append(m.rows[d], m.row(d, &s[d], i))
		}
	}
	m.entries = m.behindRoutes()
	return m
}

// nodes says of a range whether it holds addresses of nodes that a selector selects, and nothing else.
func (m *matrix) nodes(piece Range) func(*selector) answer {
	return func(s *selector) answer {
		if _, hidden := m.r.Hidden(nodes, ""); hidden {
			return maybe
		}
		for _, n := range Nodes.Get(m.r, nothing{}) {
			for _, a := range n.Addresses {
				if a.Compare(piece.First) >= 0 && a.Compare(piece.Last) <= 0 && s.matches(n.Labels) {
					return maybe
				}
			}
		}
		return no
	}
}

// sign numbers the ports that pods declare: only they resolve names.
func (m *matrix) sign(ports []Port) int32 {
	var b []byte
	for _, p := range ports {
		b = append(b, p.Name...)
		b = append(b, 0, byte(p.Protocol))
		b = binary.BigEndian.AppendUint32(b, uint32(p.Number))
	}
	return number32(m.signs, string(b))
}

func number32(known map[string]int32, text string) int32 {
	n, ok := known[text]
	if !ok {
		n = int32(len(known))
		known[text] = n
	}
	return n
}

// row returns what the side of a pod says about every end, or about the pods in focus when it is not in focus itself.
// Pods with the same rules share it.
func (m *matrix) row(d Direction, t *side, pod int) *row {
	whole := m.slots[pod] >= 0
	key := m.identity(d, t, pod)
	if !whole {
		key += "\x00near"
	}
	if r := m.sides[key]; r != nil {
		return r
	}
	r := &row{side: t, fates: make([]int32, len(m.ends))}
	if !whole {
		r.fates, r.slots = make([]int32, len(m.near)), m.slots
	}
	m.sides[key] = r
	prefix := binary.BigEndian.AppendUint32(nil, uint32(len(m.sides)))
	answers := make([][]answer, len(t.entries))
	for i := range t.entries {
		answers[i] = m.answers(&t.entries[i], whole)
	}
	buffer := make([]byte, 0, len(t.entries)+8)
	for n := range r.fates {
		e := n
		if !whole {
			e = m.near[n]
		}
		buffer = append(buffer[:0], prefix...)
		for i := range answers {
			buffer = append(buffer, byte(answers[i][n]))
		}
		if d == Egress && t.named {
			buffer = binary.BigEndian.AppendUint32(buffer, uint32(m.signature[e]))
		}
		known, ok := m.known[string(buffer)]
		if !ok {
			known = int32(len(m.fates))
			m.known[string(buffer)] = known
			m.fates = append(m.fates, m.judge(d, t, pod, e))
		}
		r.fates[n] = known
	}
	return r
}

// identity is the same for sides that say the same of every end.
func (m *matrix) identity(d Direction, t *side, pod int) string {
	b := []byte{byte(d)}
	if t.free {
		return string(append(b, 'f'))
	}
	if t.named && d == Ingress {
		b = binary.BigEndian.AppendUint32(b, uint32(m.signature[pod]))
	}
	if len(t.missing) > 0 {
		b = append(b, 'm')
		b = append(b, t.missing[0].String()...)
	}
	for _, f := range t.foreign {
		b = append(append(b, 'x'), f.ref.String()...)
	}
	for _, p := range t.isolated {
		b = m.mention(append(b, 'i'), p)
	}
	for i := range t.entries {
		if e := &t.entries[i]; i == 0 || t.entries[i-1].policy != e.policy {
			b = m.mention(append(b, 'a', byte(e.applies)), e.policy)
		}
	}
	return string(b)
}

// mention writes a number for a policy.
func (m *matrix) mention(b []byte, p *Policy) []byte {
	n, ok := m.policies[p]
	if !ok {
		n = uint32(len(m.policies))
		m.policies[p] = n
	}
	return binary.BigEndian.AppendUint32(b, n)
}

// answers says of every end, or of the pods in focus alone, whether the rule means it.
func (m *matrix) answers(e *entry, whole bool) []answer {
	if !whole {
		some := m.beside[e.rule]
		if some == nil {
			some = make([]answer, len(m.near))
			for i, pod := range m.near {
				some[i] = m.ends[pod].matches(e.policy, e.rule)
			}
			m.beside[e.rule] = some
		}
		return some
	}
	all := m.rules[e.rule]
	if all == nil {
		all = make([]answer, len(m.ends))
		for i := range m.ends {
			all[i] = m.ends[i].matches(e.policy, e.rule)
		}
		m.rules[e.rule] = all
	}
	return all
}

func (m *matrix) judge(d Direction, t *side, pod, e int) fate {
	if !t.free && len(t.foreign) > 0 {
		f := fate{possible: everyPort, reason: t.foreign[0].ref.String() + " selects it, which only its own network understands"}
		for _, x := range t.foreign {
			f.by = append(f.by, x.ref)
		}
		return f
	}
	if !t.free && len(t.missing) > 0 {
		return fate{possible: everyPort, reason: t.missing[0].String()}
	}
	var destination []Port
	if d == Ingress {
		destination = m.pods[pod].Ports
	} else if e < len(m.pods) {
		destination = m.pods[e].Ports
	}
	v := t.viewOf(&m.ends[e], destination)
	o := t.judge(everyPort, v)
	f := fate{sure: o.sure(), possible: o.allowed}
	switch {
	case len(f.sure) == len(f.possible) && slices.Equal(f.sure, f.possible):
	case o.ambiguous:
		f.reason = "cluster-wide policies of one priority disagree"
	case m.ends[e].ns != nil && !m.ends[e].ns.known:
		f.reason = "the labels of a namespace are not known"
	case m.ends[e].pod == nil:
		f.reason = "a rule names hosts or nodes"
	default:
		f.reason = "whether blocks of addresses cover pods is left to the network"
	}
	if m.Explain && len(o.allowed) > 0 {
		f.by = t.deciders(o.allowed, v, true)
	}
	return f
}
