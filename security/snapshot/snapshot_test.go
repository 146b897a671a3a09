package snapshot_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var kind = schema.GroupKind{Kind: "Thing"}

// things is a source of objects whose uid is a number.
type things map[model.Ref]*model.Custom

func (s things) Get(ref model.Ref) model.Object {
	if o := s[ref]; o != nil {
		return o
	}
	return nil
}

func (s things) List(k schema.GroupKind, namespace string) []model.Object {
	var all []model.Object
	for ref, o := range s {
		if ref.Kind == k.Kind && (namespace == "" || ref.Namespace == namespace) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b model.Object) int { return a.Head().Compare(b.Head().Ref) })
	return all
}

func (s things) Coverage(schema.GroupKind, string) snapshot.Coverage { return snapshot.Seen }
func (s things) Function(model.FunctionKey) *model.Function          { return nil }
func (s things) Functions(string) []*model.Function                  { return nil }

func (s things) set(namespace, name string, value int) model.Ref {
	ref := model.Ref{Kind: "Thing", Namespace: namespace, Name: name}
	s[ref] = &model.Custom{Header: model.Header{Ref: ref, Links: make([]model.Ref, value)}}
	return ref
}

// Three layers: the number of an object, the sum of a namespace, and a root that compares two namespaces.
var (
	computed map[string]int
	number   = snapshot.NewQuery("number", func(r *snapshot.Reader, ref model.Ref) int {
		computed["number "+ref.Name]++
		if o := r.Get(ref); o != nil {
			return len(o.Head().Links)
		}
		return -1
	}, nil)
	odd = snapshot.NewQuery("odd", func(r *snapshot.Reader, ref model.Ref) bool {
		computed["odd "+ref.Name]++
		return number.Get(r, ref)%2 == 1
	}, nil)
	odds = snapshot.NewQuery("odds", func(r *snapshot.Reader, namespace string) int {
		computed["odds "+namespace]++
		n := 0
		for _, o := range r.List(kind, namespace) {
			if odd.Get(r, o.Head().Ref) {
				n++
			}
		}
		return n
	}, nil)
	verdict = snapshot.NewQuery("verdict", func(r *snapshot.Reader, pair [2]string) string {
		computed["verdict"]++
		if odds.Get(r, pair[0]) > odds.Get(r, pair[1]) {
			return "more"
		}
		return "not more"
	}, nil).Root()
)

// The same in eager layers, and one that is computed from an eager answer both at once and through another query.
var (
	eagerOdd = snapshot.NewQuery("eager odd", func(r *snapshot.Reader, ref model.Ref) bool {
		computed["eager odd "+ref.Name]++
		return number.Get(r, ref)%2 == 1
	}, nil).Eager()
	eagerOdds = snapshot.NewQuery("eager odds", func(r *snapshot.Reader, namespace string) int {
		computed["eager odds "+namespace]++
		n := 0
		for _, o := range r.List(kind, namespace) {
			if eagerOdd.Get(r, o.Head().Ref) {
				n++
			}
		}
		return n
	}, nil).Eager()
	twice = snapshot.NewQuery("twice", func(r *snapshot.Reader, namespace string) int { return 2 * eagerOdds.Get(r, namespace) }, nil)
	three = snapshot.NewQuery("three times", func(r *snapshot.Reader, namespace string) int {
		return twice.Get(r, namespace) + eagerOdds.Get(r, namespace)
	}, nil).Eager()
	some = snapshot.NewQuery("some are odd", func(r *snapshot.Reader, namespace string) bool {
		return eagerOdds.Get(r, namespace) > 0
	}, nil).Root()
	eagerVerdict = snapshot.NewQuery("eager verdict", func(r *snapshot.Reader, pair [2]string) string {
		computed["eager verdict"]++
		a, b := three.Get(r, pair[0]), three.Get(r, pair[1])
		switch {
		case a != 3*odds.Get(r, pair[0]) || b != 3*eagerOdds.Get(r, pair[1]):
			return "wrong"
		case a > b:
			return "more"
		}
		return "not more"
	}, nil).Root()
)

func begin(s things) *snapshot.Reader {
	computed = map[string]int{}
	return snapshot.NewReader(s, &snapshot.Options{})
}

func TestAnAnswerIsRemembered(t *testing.T) {
	s := things{}
	s.set("a", "x", 1)
	r := begin(s)
	assert.Equal(t, "more", verdict.Get(r, [2]string{"a", "b"}))
	assert.Equal(t, "more", verdict.Get(r, [2]string{"a", "b"}))
	assert.Equal(t, map[string]int{"verdict": 1, "odds a": 1, "odds b": 1, "odd x": 1, "number x": 1}, computed)
}

func TestAChangeThatAltersNothingStopsWhereItIsSeen(t *testing.T) {
	s := things{}
	x := s.set("a", "x", 1)
	r := begin(s)
	verdict.Get(r, [2]string{"a", "b"})
	s.set("a", "x", 3)
	r.Changed(snapshot.Changes{Objects: []model.Ref{x}})
	require.Equal(t, [][2]string{{"a", "b"}}, verdict.Doubtful(r))
	computed = map[string]int{}
	assert.Equal(t, "more", verdict.Get(r, [2]string{"a", "b"}))
	assert.Equal(t, map[string]int{"odds a": 1, "odd x": 1, "number x": 1}, computed, "the verdict rests on a number that is the same")
	assert.Empty(t, verdict.Doubtful(r))
}

func TestAnObjectThatWasAbsentIsADependencyToo(t *testing.T) {
	s := things{}
	r := begin(s)
	x := model.Ref{Kind: "Thing", Namespace: "a", Name: "x"}
	assert.Equal(t, -1, number.Get(r, x))
	s.set("a", "x", 2)
	r.Changed(snapshot.Changes{Objects: []model.Ref{x}})
	assert.Equal(t, 2, number.Get(r, x))
}

func TestAChangeElsewhereDoubtsNothing(t *testing.T) {
	s := things{}
	s.set("a", "x", 1)
	r := begin(s)
	verdict.Get(r, [2]string{"a", "b"})
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("c", "y", 1)}})
	assert.Empty(t, verdict.Doubtful(r))
}

// Whatever changes, in whatever order it is asked for, the answer is that of a reader that knows nothing.
func TestIncrementalEqualsFromScratch(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 9))
	s := things{}
	r := begin(s)
	namespaces := []string{"a", "b", "c"}
	for step := range 3000 {
		var changed []model.Ref
		for range random.IntN(4) {
			ns, name := namespaces[random.IntN(3)], fmt.Sprint("n", random.IntN(6))
			ref := model.Ref{Kind: "Thing", Namespace: ns, Name: name}
			if random.IntN(3) == 0 {
				delete(s, ref)
			} else {
				s.set(ns, name, random.IntN(3))
			}
			changed = append(changed, ref)
		}
		r.Changed(snapshot.Changes{Objects: changed})
		if random.IntN(3) == 0 {
			verdict.Doubtful(r)
		}
		if random.IntN(40) == 0 {
			verdict.Forget(r, [2]string{"a", "b"})
		}
		pair := [2]string{namespaces[random.IntN(3)], namespaces[random.IntN(3)]}
		fresh := snapshot.Once(s, &snapshot.Options{})
		require.Equal(t, verdict.Get(fresh, pair), verdict.Get(r, pair), "step %d", step)
		if random.IntN(2) == 0 {
			require.Equal(t, verdict.Get(fresh, pair), eagerVerdict.Get(r, pair), "step %d", step)
		}
	}
}

func TestAnEagerAnswerThatStaysLetsNothingBeDoubted(t *testing.T) {
	s := things{}
	s.set("a", "x", 1)
	r := begin(s)
	require.True(t, some.Get(r, "a"))
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "x", 3)}})
	assert.Empty(t, some.Doubtful(r), "the number is another one, and odd as before")
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "x", 2)}})
	assert.Equal(t, []string{"a"}, some.Doubtful(r))
	assert.False(t, some.Get(r, "a"))
}

func TestPluralsAreThoseOfKubernetes(t *testing.T) {
	for kind, plural := range map[string]string{
		"NetworkPolicy": "networkpolicies", "Ingress": "ingresses", "Gateway": "gateways", "RoleBinding": "rolebindings",
		"StorageClass": "storageclasses", "Endpoints": "endpoints", "APIRule": "apirules",
	} {
		assert.Equal(t, plural, snapshot.Plural(kind))
	}
}

func BenchmarkOneChangeAmong10k(b *testing.B) {
	s := things{}
	var refs []model.Ref
	for i := range 10_000 {
		refs = append(refs, s.set(fmt.Sprintf("ns%d", i/50), fmt.Sprint(i), 1))
	}
	r := begin(s)
	for i := range 200 {
		verdict.Get(r, [2]string{fmt.Sprintf("ns%d", i), "none"})
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Changed(snapshot.Changes{Objects: refs[:1]})
		for _, k := range verdict.Doubtful(r) {
			verdict.Get(r, k)
		}
	}
}

// Answers that are not kept, and one that panics.
var (
	size = snapshot.NewQuery("size", func(r *snapshot.Reader, ref model.Ref) int {
		computed["size "+ref.Name]++
		return 10 * number.Get(r, ref)
	}, nil).Passing()
	sizes = snapshot.NewQuery("sizes", func(r *snapshot.Reader, ref model.Ref) int {
		computed["sizes "+ref.Name]++
		return size.Get(r, ref) + size.Get(r, ref)
	}, nil).Root()
	fragile = snapshot.NewQuery("fragile", func(r *snapshot.Reader, ref model.Ref) int {
		if number.Get(r, ref) > 5 {
			panic("too large")
		}
		return 1
	}, nil)
	careful = snapshot.NewQuery("careful", func(r *snapshot.Reader, ref model.Ref) string {
		n := 0
		if cause := r.Guard(func() { n = fragile.Get(r, ref) }); cause != nil {
			return cause.(string)
		}
		return fmt.Sprint(n)
	}, nil).Root()
)

func TestAPassingAnswerCountsAsPartOfTheOneThatAsks(t *testing.T) {
	s := things{}
	ref := s.set("a", "x", 1)
	r := begin(s)
	assert.Equal(t, 20, sizes.Get(r, ref))
	assert.Equal(t, 1, computed["size x"], "it is asked twice and computed once")
	other := s.set("a", "y", 2)
	assert.Equal(t, 40, sizes.Get(r, other))
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "x", 3)}})
	assert.Equal(t, []model.Ref{ref}, sizes.Doubtful(r), "only what was computed from it")
	assert.Equal(t, 60, sizes.Get(r, ref))
	assert.Equal(t, 40, sizes.Get(r, other))
	assert.Equal(t, 1, computed["sizes y"])
	assert.Equal(t, 30, size.Get(r, ref), "it can be asked for by itself")
}

func TestAPanicLeavesNothingHalfDone(t *testing.T) {
	s := things{}
	ref := s.set("a", "x", 9)
	r := begin(s)
	assert.Equal(t, "too large", careful.Get(r, ref))
	assert.Equal(t, "too large", careful.Get(r, ref))
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "x", 2)}})
	assert.Equal(t, []model.Ref{ref}, careful.Doubtful(r), "what was read before it panicked counts as read")
	assert.Equal(t, "1", careful.Get(r, ref))
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "x", 8)}})
	assert.Equal(t, "too large", careful.Get(r, ref))
}

// Many answers rest on many others together; whichever changes, exactly those that rest on it are doubted.
func TestManyAnswersThatRestOnTheSame(t *testing.T) {
	wide := snapshot.NewQuery("wide", func(r *snapshot.Reader, ref model.Ref) int {
		computed["wide"]++
		n := number.Get(r, ref)
		spaces := 6
		if ref.Name > "x5" {
			spaces = 5
		}
		for i := range spaces {
			n += odds.Get(r, fmt.Sprint("space", i))
		}
		return n
	}, nil).Root()
	s := things{}
	var refs []model.Ref
	for i := range 6 {
		s.set(fmt.Sprint("space", i), "one", 1)
	}
	for i := range 10 {
		refs = append(refs, s.set("a", fmt.Sprint("x", i), 100*i))
	}
	r := begin(s)
	sum := func() (all []int) {
		for _, ref := range refs {
			all = append(all, wide.Get(r, ref))
		}
		return all
	}
	first := sum()
	assert.Equal(t, 10, computed["wide"])
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("space5", "two", 1)}})
	assert.Len(t, wide.Doubtful(r), 6)
	second := sum()
	assert.Equal(t, 16, computed["wide"])
	for i := range first {
		more := 1
		if i > 5 {
			more = 0
		}
		assert.Equal(t, first[i]+more, second[i])
	}
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("space0", "one", 3)}})
	assert.Len(t, wide.Doubtful(r), 10)
	assert.Equal(t, second, sum())
	assert.Equal(t, 16, computed["wide"], "three is odd as one is")
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("space0", "one", 2)}})
	wide.Forget(r, refs[0])
	refs = refs[1:]
	sum()
	assert.Equal(t, 25, computed["wide"])
}
