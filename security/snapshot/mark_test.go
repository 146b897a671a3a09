package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	author = snapshot.NewQuery("author", func(r *snapshot.Reader, ref model.Ref) string {
		by, ok := writtenBy.Get(r, ref)
		if !ok {
			return "nobody"
		}
		return by[0]
	}, nil).Root()
	content = snapshot.NewQuery("content", func(r *snapshot.Reader, ref model.Ref) bool { return r.Get(ref) != nil }, nil).Root()
	steps   = map[string]int{}
	signed  = snapshot.NewQuery("number and author", func(r *snapshot.Reader, ref model.Ref) string {
		steps["computed"]++
		by, _ := writtenBy.Get(r, ref)
		return fmt.Sprint(number.Get(r, ref), by[0])
	}, nil).Root().Mended(func(r *snapshot.Reader, ref model.Ref, was string) string {
		steps["mended"]++
		by, _ := writtenBy.Get(r, ref)
		if by[0] == "breaks" {
			panic("broken off")
		}
		return was[:1] + by[0]
	})
	census = snapshot.NewQuery("census", func(r *snapshot.Reader, namespace string) int { return len(r.List(kind, namespace)) }, nil).Root()
)

func TestWhoReadsMarksIsToldOfThem(t *testing.T) {
	s := things{}
	r := snapshot.NewReader(s, &snapshot.Options{})
	ref := s.set("ns", "one", 1)
	read := func() string {
		content.Get(r, ref)
		census.Get(r, "ns")
		return author.Get(r, ref)
	}
	write := func(manager string) {
		o := *s[ref]
		o.Changed.Manager = manager
		s[ref] = &o
	}
	assert.Empty(t, read())

	write("kubectl")
	r.Changed(snapshot.Changes{Marks: []model.Ref{ref}})
	assert.Equal(t, []model.Ref{ref}, author.Doubtful(r))
	assert.Empty(t, content.Doubtful(r), "what an object is made of is no other")
	assert.Equal(t, []string{"ns"}, census.Doubtful(r), "a list shows marks")
	assert.Equal(t, "kubectl", read())

	r.Changed(snapshot.Changes{Tags: []model.Ref{ref}})
	assert.Empty(t, author.Doubtful(r), "tags are marks that nobody reads of one object")
	assert.Empty(t, content.Doubtful(r))
	assert.Equal(t, []string{"ns"}, census.Doubtful(r))

	delete(s, ref)
	r.Changed(snapshot.Changes{Objects: []model.Ref{ref}})
	assert.Equal(t, "nobody", read())
}

func TestAnAnswerIsMendedWhenNothingButMarksChanged(t *testing.T) {
	s := things{}
	r := snapshot.NewReader(s, &snapshot.Options{})
	computed, steps = map[string]int{}, map[string]int{}
	ref := s.set("ns", "one", 1)
	write := func(value int, manager string) {
		s.set("ns", "one", value)
		s[ref].Changed.Manager = manager
	}
	assert.Equal(t, "1", signed.Get(r, ref))

	for i, by := range []string{"kubectl", "helm", "kubectl"} {
		write(1, by)
		r.Changed(snapshot.Changes{Marks: []model.Ref{ref}})
		assert.Equal(t, []model.Ref{ref}, signed.Doubtful(r))
		assert.Equal(t, "1"+by, signed.Get(r, ref))
		assert.Equal(t, map[string]int{"computed": 1, "mended": i + 1}, steps)
	}

	write(2, "kubectl")
	r.Changed(snapshot.Changes{Objects: []model.Ref{ref}})
	assert.Equal(t, []model.Ref{ref}, signed.Doubtful(r), "what a mended answer was computed from before still counts")
	assert.Equal(t, "2kubectl", signed.Get(r, ref))
	assert.Equal(t, map[string]int{"computed": 2, "mended": 3}, steps)

	write(3, "helm")
	r.Changed(snapshot.Changes{Objects: []model.Ref{ref}, Marks: []model.Ref{ref}})
	assert.Equal(t, "3helm", signed.Get(r, ref), "more than marks changed")
	assert.Equal(t, map[string]int{"computed": 3, "mended": 3}, steps)
}

func TestAnAnswerThatBrokeOffWhileItWasMendedIsComputed(t *testing.T) {
	s := things{}
	r := snapshot.NewReader(s, &snapshot.Options{})
	computed, steps = map[string]int{}, map[string]int{}
	ref := s.set("ns", "one", 1)
	assert.Equal(t, "1", signed.Get(r, ref))

	s[ref].Changed.Manager = "breaks"
	r.Changed(snapshot.Changes{Marks: []model.Ref{ref}})
	assert.NotNil(t, r.Guard(func() { signed.Get(r, ref) }))

	s.set("ns", "one", 2)
	r.Changed(snapshot.Changes{Objects: []model.Ref{ref}})
	assert.Equal(t, "2", signed.Get(r, ref), "not the number from before")
}
