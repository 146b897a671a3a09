package snapshot_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// measure is the trait of things with links: how many, up to three. More than nine are a fault.
var measure = snapshot.NewObjectTrait(func(o model.Object) (int, bool) {
	n := len(o.Head().Links)
	if n > 9 {
		panic("too many")
	}
	return min(n, 3), n > 0
}, func(a, b int) bool { return a == b })

var measures = snapshot.NewQuery("measures", func(r *snapshot.Reader, namespace string) int {
	computed["measures "+namespace]++
	n := 0
	for _, t := range measure.List(r, kind, namespace) {
		n = 4*n + t.Trait + len(t.Of.Name)
	}
	return n
}, nil)

var inhabited = snapshot.NewQuery("inhabited", func(r *snapshot.Reader, _ struct{}) int {
	computed["inhabited"]++
	return len(r.Spaces(kind))
}, nil)

func TestWhatAltersNoTraitLetsListsOfTraitsStand(t *testing.T) {
	s := things{}
	s.set("a", "x", 5)
	r := begin(s)
	before := measures.Get(r, "a")
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "x", 7), s.set("a", "y", 0)}})
	assert.Equal(t, before, measures.Get(r, "a"))
	assert.Equal(t, 1, computed["measures a"])
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "y", 1)}})
	assert.NotEqual(t, before, measures.Get(r, "a"))
	assert.Equal(t, 2, computed["measures a"])
}

func TestTraitsAfterAnyChangesAreThoseFromScratch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := things{}
	r := begin(s)
	for range 2000 {
		var changed []model.Ref
		for range 1 + random.IntN(4) {
			namespace, name := string(rune('a'+random.IntN(3))), string(rune('p'+random.IntN(5)))
			if random.IntN(3) == 0 {
				ref := model.Ref{Kind: "Thing", Namespace: namespace, Name: name}
				delete(s, ref)
				changed = append(changed, ref)
				continue
			}
			changed = append(changed, s.set(namespace, name, random.IntN(6)))
		}
		r.Changed(snapshot.Changes{Objects: changed})
		scratch := snapshot.Once(s, &snapshot.Options{})
		for _, namespace := range []string{"a", "b", "c", ""} {
			assert.Equal(t, measures.Get(scratch, namespace), measures.Get(r, namespace))
		}
		assert.Equal(t, inhabited.Get(scratch, struct{}{}), inhabited.Get(r, struct{}{}))
	}
}

func TestNamespacesThatStayLetAnswersStand(t *testing.T) {
	s := things{}
	s.set("a", "x", 5)
	r := begin(s)
	assert.Equal(t, 1, inhabited.Get(r, struct{}{}))
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "y", 1)}})
	assert.Equal(t, 1, inhabited.Get(r, struct{}{}))
	assert.Equal(t, 1, computed["inhabited"])
}

var told = snapshot.NewQuery("told", func(r *snapshot.Reader, namespace string) (n int) {
	if r.Guard(func() { n = measures.Get(r, namespace) }) != nil {
		return -1
	}
	return n
}, nil)

func TestAFaultInATraitIsToldToWhoeverReadsIt(t *testing.T) {
	s := things{}
	s.set("a", "x", 5)
	r := begin(s)
	before := told.Get(r, "a")
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "y", 10)}})
	assert.Equal(t, -1, told.Get(r, "a"))
	r.Changed(snapshot.Changes{Objects: []model.Ref{s.set("a", "y", 0)}})
	assert.Equal(t, before, told.Get(r, "a"), "and forgotten when it is gone")
}
