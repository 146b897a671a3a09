package snapshot_test

import (
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
	census  = snapshot.NewQuery("census", func(r *snapshot.Reader, namespace string) int { return len(r.List(kind, namespace)) }, nil).Root()
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
