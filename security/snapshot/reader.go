package snapshot

import (
	"hash/maphash"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Reader reads a Source for queries. It is not safe for concurrent use: readers over one Source that does not change
// may run side by side, each with its own answers.
type Reader struct {
	source  Source
	options *Options
	tracked bool

	// What most answers rest on, such as a namespace, does not share a bin with what changes all the time: a new label of
	// one workload would have a thousand functions verified.
	standing  bins // objects without a namespace
	objects   bins
	marks     bins
	seed      maphash.Seed
	lists     map[list]*node
	coverages map[list]*node
	functions map[model.FunctionKey]*node
	residents map[string]*node // functions of a namespace
	accepted  map[struct{}]*node
	spaces    map[schema.GroupKind]*spaces

	traits         map[traitAt]any // *traits
	objectTraits   map[list][]trait[model.Ref]
	functionTraits map[string][]trait[model.FunctionKey]

	exceptions []Exception
	got        lately

	wanted map[model.Ref]model.Content
	pools  map[reflect.Type]any // of Share

	recent  []*recent // per query
	slots   []any     // *slots[K] per type of subjects
	bundles map[uint64][]*bundle

	frames       []frame
	spare        [][]*node
	stack        []*node
	pending      []*node
	awaited      []awaited
	unfolded     []*node           // roots whose answers' answers are still kept
	loose        []*node           // answers that nothing rests on any more
	asked        []*node           // answers to questions from outside, on which nothing rests
	reached      map[*node]int     // of fold
	forgotten    map[uint64]uint32 // marks of folded answers, and of which root they were
	clock        uint64            // counts changes and computations
	epoch        uint64            // counts changes
	computations uint64
	nodes        []*node  // by number
	vacant       []uint32 // numbers that no node has any more
}

type list struct {
	schema.GroupKind
	namespace string
}

// NewReader returns a reader that remembers what answers were computed from, for a source that changes.
func NewReader(s Source, o *Options) *Reader {
	r := Once(s, o)
	r.tracked = true
	return r
}

// Once returns a reader for a source that never changes.
func Once(s Source, o *Options) *Reader {
	return &Reader{
		source: s, options: o, exceptions: o.Exceptions, clock: 1, epoch: 1, accepted: map[struct{}]*node{},
		seed: maphash.MakeSeed(), lists: map[list]*node{}, coverages: map[list]*node{},
		functions: map[model.FunctionKey]*node{}, residents: map[string]*node{}, bundles: map[uint64][]*bundle{},
		spaces: map[schema.GroupKind]*spaces{}, traits: map[traitAt]any{}, objectTraits: map[list][]trait[model.Ref]{},
		functionTraits: map[string][]trait[model.FunctionKey]{}, pools: map[reflect.Type]any{},
	}
}

// maxShared bounds the values of one type that are remembered.
const maxShared = 1 << 15

// Shares reports whether Share makes equal values one.
func (r *Reader) Shares() bool { return r.tracked }

// Share returns one copy of a value that many answers hold, such as the words of a finding. It must not be changed any more.
// Where nothing is kept for long it returns the value itself.
func Share[T comparable](r *Reader, v *T) *T {
	if !r.tracked {
		return v
	}
	t := reflect.TypeFor[T]()
	pool, ok := r.pools[t].(map[uint64]*T)
	if !ok || len(pool) >= maxShared {
		pool = map[uint64]*T{}
		r.pools[t] = pool
	}
	h := maphash.Comparable(r.seed, *v)
	if have := pool[h]; have != nil && *have == *v {
		return have
	}
	pool[h] = v
	return v
}

// ShareCopy is Share for a value in a place that is used again: what it returns is another.
func ShareCopy[T comparable](r *Reader, v *T) *T {
	if r.tracked {
		if pool, ok := r.pools[reflect.TypeFor[T]()].(map[uint64]*T); ok {
			if have := pool[maphash.Comparable(r.seed, *v)]; have != nil && *have == *v {
				return have
			}
		}
	}
	c := new(T)
	*c = *v
	return Share(r, c)
}

// Options returns the operator's settings.
func (r *Reader) Options() *Options { return r.options }

// Exceptions returns the risks that the operator accepts. Unlike the other settings they may change: see Accept.
func (r *Reader) Exceptions() []Exception {
	input(r, r.accepted, struct{}{})
	return r.exceptions
}

// Accept replaces the risks that the operator accepts. Answers that depend on them are computed again when they are
// asked for.
func (r *Reader) Accept(exceptions []Exception) {
	r.exceptions = exceptions
	r.clock++
	r.epoch++
	r.touch(r.accepted[struct{}{}])
}

// input notes that the running computation read an input. Functions are in lists: a change of the function is one of
// the list.
func input[K comparable](r *Reader, inputs map[K]*node, key K) {
	if r.tracked && len(r.frames) > 0 {
		r.note(inputOf(r, inputs, key))
	}
}

func inputOf[K comparable](r *Reader, inputs map[K]*node, key K) *node {
	n := inputs[key]
	if n != nil {
		return n
	}
	n = r.enter(&node{state: clean, since: r.clock})
	inputs[key] = n
	if key, ok := any(key).(model.FunctionKey); ok {
		n.within = inputOf(r, r.residents, key.Namespace)
	} else {
		n.shared = true
	}
	return n
}

// objectOf returns where the node is that stands for an object, nil when nobody has asked for one like it.
func (r *Reader) objectOf(ref model.Ref) **node {
	if ref.Namespace == "" {
		return r.standing.at(maphash.Comparable(r.seed, ref), maxStanding)
	}
	return r.objects.at(maphash.Comparable(r.seed, ref), maxObjects)
}

// marksOf returns where the node is that stands for the marks of an object or a function: see Difference.
func marksOf[K comparable](r *Reader, of K) **node {
	return r.marks.at(maphash.Comparable(r.seed, of), maxObjects)
}

// bins hold one node for all that have one hash: each by itself would take more memory than all that is found out about
// it, and at worst an answer is verified in vain.
type bins []*node

func (b *bins) at(hash, size uint64) **node {
	if *b == nil {
		*b = make(bins, size)
	}
	return &(*b)[hash%size]
}

const (
	maxObjects  = 1 << 16
	maxStanding = 1 << 14
)

// read notes that the running computation read what a node stands for.
func (r *Reader) read(at **node, marks bool) {
	if *at == nil {
		*at = r.enter(&node{state: clean, since: r.clock, marks: marks})
	}
	r.note(*at)
}

// Get returns the object, or nil. Its marks must not be read: see Mark.
func (r *Reader) Get(ref model.Ref) model.Object {
	if r.tracked && len(r.frames) > 0 {
		r.read(r.objectOf(ref), false)
	}
	return r.got.get(r, ref)
}

// lately are the objects that were asked for last, nil for what is not there: one function's controls ask for the same few
// again and again.
type lately struct {
	refs    [12]model.Ref
	objects [12]model.Object
	known   int
	next    int
	epoch   uint64 // of the reader
}

func (l *lately) get(r *Reader, ref model.Ref) model.Object {
	if l.epoch != r.epoch {
		*l = lately{epoch: r.epoch}
	}
	for i := range l.known {
		if l.refs[i] == ref {
			return l.objects[i]
		}
	}
	o := r.source.Get(ref)
	l.refs[l.next], l.objects[l.next] = ref, o
	l.known = max(l.known, l.next+1)
	l.next = (l.next + 1) % len(l.refs)
	return o
}

// List returns the objects of a kind in a namespace; an empty namespace means everywhere. A change of any of them
// counts as a change of the list.
func (r *Reader) List(kind schema.GroupKind, namespace string) []model.Object {
	input(r, r.lists, list{kind, namespace})
	return r.source.List(kind, namespace)
}

// Coverage says whether List is all there is.
func (r *Reader) Coverage(kind schema.GroupKind, namespace string) Coverage {
	input(r, r.coverages, list{kind, namespace})
	return r.source.Coverage(kind, namespace)
}

// Function returns a function, or nil. Its marks must not be read: see FunctionMark. Workloads of control planes have keys
// too, made by model.ComponentKey: no list of functions has them, and this describes them as functions.
func (r *Reader) Function(key model.FunctionKey) *model.Function {
	if _, ok := key.Component(); ok {
		return component.Get(r, key)
	}
	input(r, r.functions, key)
	return r.source.Function(key)
}

// Functions returns the functions of a namespace; an empty namespace means all. Their marks must not be read.
func (r *Reader) Functions(namespace string) []*model.Function {
	input(r, r.residents, namespace)
	return r.source.Functions(namespace)
}

// Changes are the parts of a source that are others than before.
type Changes struct {
	Objects   []model.Ref
	Marks     []model.Ref // objects of which only the marks are others
	Tags      []model.Ref // and those of which only lists show it
	Coverage  []schema.GroupKind
	Functions []model.FunctionKey
	// FunctionMarks are functions of which only the marks are others.
	FunctionMarks []model.FunctionKey
}

// None reports whether nothing changed.
func (c *Changes) None() bool {
	return len(c.Objects)+len(c.Marks)+len(c.Tags)+len(c.Coverage)+len(c.Functions)+len(c.FunctionMarks) == 0
}

// Changed takes note of changes of the source: answers that depend on them are computed again when they are asked for.
func (r *Reader) Changed(c Changes) {
	r.loose = append(r.loose, r.asked...)
	clear(r.asked)
	r.asked = r.asked[:0]
	r.tidy()
	r.clock++
	r.epoch++
	for _, ref := range c.Objects {
		r.touch(*r.objectOf(ref))
		r.touch(*marksOf(r, ref))
		r.relist(ref)
		r.respace(ref)
	}
	for _, ref := range c.Marks {
		r.touch(*marksOf(r, ref))
		r.relist(ref)
	}
	for _, ref := range c.Tags {
		r.relist(ref)
	}
	for _, kind := range c.Coverage {
		for at, n := range r.coverages {
			if at.GroupKind == kind {
				r.touch(n)
			}
		}
	}
	for _, key := range c.FunctionMarks {
		r.touch(*marksOf(r, key))
	}
	for _, key := range c.Functions {
		r.touch(r.functions[key])
		r.touch(*marksOf(r, key))
		for _, namespace := range within(key.Namespace) {
			r.touch(r.residents[namespace])
			retrait(r, r.functionTraits, namespace, key)
		}
	}
}

// relist takes note that lists show an object in another way.
func (r *Reader) relist(ref model.Ref) {
	for _, namespace := range within(ref.Namespace) {
		at := list{ref.GroupKind(), namespace}
		r.touch(r.lists[at])
		retrait(r, r.objectTraits, at, ref)
	}
}

// within lists what stands for everything that is in a namespace, or in none.
func within(namespace string) []string {
	if namespace == "" {
		return []string{""}
	}
	return []string{namespace, ""}
}

func (r *Reader) touch(n *node) {
	if n == nil || n.since == r.clock {
		return
	}
	n.since = r.clock
	r.doubt(n)
}
