package reach

import (
	"encoding/binary"
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// field is what holds whatever is asked: the ends, and what policies say about each pod. Ends are the pods, the ranges,
// and the ingress controllers. It is shared by all questions, so it must not be changed.
type field struct {
	owners    []Endpoint
	of        [][]int // the pods of each owner
	pods      []Pod
	ranges    []Endpoint
	ends      []end
	signature []int32 // of the ports of each end
	sides     []*[2]side
	// alike numbers, by direction, the sides of pods that say the same of every end; kinds is how many there are.
	alike [2][]int32
	kinds [2]int
}

// owned are the pods of all namespaces by their owners.
var owned = snapshot.NewQuery("pods by owner", func(r *snapshot.Reader, _ nothing) []Owned {
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
}, nil)

// fieldOf is the field of all of them.
var fieldOf = snapshot.NewQuery("pods and their policies", func(r *snapshot.Reader, _ nothing) *field {
	return newField(r, owned.Get(r, nothing{}))
}, nil)

func newField(r *snapshot.Reader, workloads []Owned) *field {
	n := 0
	for i := range workloads {
		n += len(workloads[i].Pods)
	}
	f := &field{owners: make([]Endpoint, len(workloads)), of: make([][]int, len(workloads)), pods: make([]Pod, 0, n)}
	index := make([]int, n)
	spaces := map[string]*namespace{}
	for i := range workloads {
		f.owners[i].Workload = workloads[i].Owner
		first := len(f.pods)
		f.pods = append(f.pods, workloads[i].Pods...)
		for p := first; p < len(f.pods); p++ {
			index[p] = p
			if ns := f.pods[p].Namespace; spaces[ns] == nil {
				spaces[ns] = namespaceOf.Get(r, ns)
			}
		}
		f.of[i] = index[first:len(f.pods):len(f.pods)]
	}
	f.bound(r, spaces)
	f.compare(r)
	return f
}

// bound makes the ends.
func (f *field) bound(r *snapshot.Reader, spaces map[string]*namespace) {
	policies := slices.Clone(adminOf.Get(r, nothing{}).policies)
	for ns := range spaces {
		policies = append(policies, localOf.Get(r, ns).all...)
	}
	pieces := cut(policies)
	f.ends = make([]end, 0, len(f.pods)+len(pieces)+1)
	f.signature = make([]int32, 0, cap(f.ends))
	signs := map[string]int32{}
	for i := range f.pods {
		p := &f.pods[i]
		f.ends = append(f.ends, end{pod: p, ns: spaces[p.Namespace]})
		f.signature = append(f.signature, sign(signs, p.Ports))
	}
	for _, piece := range pieces {
		f.ranges = append(f.ranges, Endpoint{Range: piece})
		f.ends = append(f.ends, end{address: piece.First})
		f.signature = append(f.signature, -1)
	}
	f.ends = append(f.ends, end{pod: &Pod{}, ns: &namespace{known: true}})
	f.signature = append(f.signature, -1)
}

// compare finds the pods whose sides say the same.
func (f *field) compare(r *snapshot.Reader) {
	f.sides = make([]*[2]side, len(f.pods))
	policies := map[*Policy]uint32{}
	var known [2]map[string]int32
	for d := range known {
		known[d], f.alike[d] = map[string]int32{}, make([]int32, len(f.pods))
	}
	var text []byte
	for i := range f.pods {
		f.sides[i] = sidesOf.Get(r, f.pods[i].class())
		for d := range Direction(2) {
			text = f.identity(text[:0], policies, d, i)
			n, ok := known[d][string(text)]
			if !ok {
				n = int32(len(known[d]))
				known[d][string(text)] = n
			}
			f.alike[d][i] = n
		}
	}
	f.kinds = [2]int{len(known[0]), len(known[1])}
}

// identity is the same for sides that say the same of every end.
func (f *field) identity(b []byte, policies map[*Policy]uint32, d Direction, pod int) []byte {
	t := &f.sides[pod][d]
	if t.free {
		return append(b, 'f')
	}
	if t.named && d == Ingress {
		b = binary.BigEndian.AppendUint32(b, uint32(f.signature[pod]))
	}
	if len(t.missing) > 0 {
		b = append(b, 'm')
		b = append(b, t.missing[0].String()...)
	}
	for _, x := range t.foreign {
		b = append(append(b, 'x'), x.ref.String()...)
	}
	for _, p := range t.isolated {
		b = mention(append(b, 'i'), policies, p)
	}
	for i := range t.entries {
		if e := &t.entries[i]; i == 0 || t.entries[i-1].policy != e.policy {
			b = mention(append(b, 'a', byte(e.applies)), policies, e.policy)
		}
	}
	return b
}

// mention writes a number for a policy.
func mention(b []byte, policies map[*Policy]uint32, p *Policy) []byte {
	n, ok := policies[p]
	if !ok {
		n = uint32(len(policies))
		policies[p] = n
	}
	return binary.BigEndian.AppendUint32(b, n)
}

// sign numbers the ports that pods declare: only they resolve names.
func sign(signs map[string]int32, ports []Port) int32 {
	var b []byte
	for _, p := range ports {
		b = append(b, p.Name...)
		b = append(b, 0, byte(p.Protocol))
		b = binary.BigEndian.AppendUint32(b, uint32(p.Number))
	}
	n, ok := signs[string(b)]
	if !ok {
		n = int32(len(signs))
		signs[string(b)] = n
	}
	return n
}

// inFocus tells the owners that are asked about.
func (f *field) inFocus(focus func(model.Ref) bool) (wanted []bool, inside []int) {
	wanted = make([]bool, len(f.owners))
	for i := range f.owners {
		if wanted[i] = focus == nil || focus(f.owners[i].Workload); wanted[i] {
			inside = append(inside, i)
		}
	}
	return wanted, inside
}
