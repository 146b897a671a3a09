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
	// Workloads are the ends; nil: those of all namespaces.
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

// Workloads lists the pods of all namespaces by their owners. The list is shared: it must not be changed.
func Workloads(r *snapshot.Reader) []Owned { return owned.Get(r, nothing{}) }

// matrix holds what every side says about every end.
type matrix struct {
	r *snapshot.Reader
	Question
	*field
	entry Endpoint
	ends  []end // those of the field, with the nodes of ranges

	// Wanted are the owners that are asked about. Of pairs without one of them nothing is computed: near are their
	// pods, and slots the places of these among near, -1 for all other ends.
	wanted []bool
	inside []int // owners in focus
	near   []int
	slots  []int32
	spaces map[string]bool // the namespaces of near

	rules  map[*Rule][]answer
	beside map[*Rule][]answer // of near alone
	sides  [2][2][]*row       // by direction, whether of near alone, and kind
	made   uint32
	fates  []fate
	known  map[string]int32

	pairs   map[uint64]pairFate
	entries []routed
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

type pairFate struct {
	sure, open Ports
	by         []model.Ref // unique, when they were asked for
}

func newMatrix(r *snapshot.Reader, q Question) *matrix {
	m := &matrix{r: r, Question: q, rules: map[*Rule][]answer{}, beside: map[*Rule][]answer{}, spaces: map[string]bool{},
		known: map[string]int32{}, pairs: map[uint64]pairFate{}, entry: Endpoint{Entry: true}}
	if q.Workloads == nil {
		m.field = fieldOf.Get(r, nothing{})
	} else {
		m.field = newField(r, q.Workloads)
	}
	m.ends = slices.Clone(m.field.ends)
	for i := range m.ranges {
		m.ends[len(m.pods)+i].onNode = m.nodes(m.ranges[i].Range)
	}
	m.wanted, m.inside = m.inFocus(q.Focus)
	m.slots = slices.Repeat([]int32{-1}, len(m.ends))
	for _, owner := range m.inside {
		for _, pod := range m.of[owner] {
			m.slots[pod] = int32(len(m.near))
			m.near = append(m.near, pod)
			m.spaces[m.pods[pod].Namespace] = true
		}
	}
	for d := range m.sides {
		m.sides[d] = [2][]*row{make([]*row, m.kinds[d]), make([]*row, m.kinds[d])}
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

// row returns what the side of a pod says about every end, or about the pods in focus when it is not in focus itself.
// Pods with the same rules share it.
func (m *matrix) row(d Direction, pod int) *row {
	whole, at := m.slots[pod] >= 0, 0
	if !whole {
		at = 1
	}
	slot := &m.sides[d][at][m.alike[d][pod]]
	if *slot != nil {
		return *slot
	}
	t := &m.field.sides[pod][d]
	r := &row{side: t, fates: make([]int32, len(m.ends))}
	if !whole {
		r.fates, r.slots = make([]int32, len(m.near)), m.slots
	}
	*slot = r
	m.made++
	prefix := binary.BigEndian.AppendUint32(nil, m.made)
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
