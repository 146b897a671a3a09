package snapshot

import (
	"hash/maphash"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSubjectsOfOneHashAreApart puts subjects under one hash, which no seed of a test can be relied on to do.
func TestSubjectsOfOneHashAreApart(t *testing.T) {
	type subject struct{ name string }
	for _, gone := range []string{"first", "middle", "last"} {
		t.Run(gone, func(t *testing.T) {
			r := Once(nil, &Options{})
			s := slotsOf[subject](r, 0)
			h := maphash.Comparable(r.seed, subject{"last"})
			all := map[string]*slot[subject]{}
			for _, name := range []string{"last", "middle", "first"} {
				all[name] = &slot[subject]{key: subject{name}, first: &node{}, other: s.all[h]}
				s.all[h] = all[name]
			}
			for name, is := range all {
				require.Same(t, is, s.all[h].of(subject{name}))
			}
			assert.Same(t, all["last"], s.find(r, subject{"last"}))
			assert.Nil(t, s.all[h].of(subject{"unknown"}))

			s.cut(h, all[gone])
			for name, is := range all {
				if name != gone {
					assert.Same(t, is, s.all[h].of(subject{name}))
				}
			}
			assert.Nil(t, s.all[h].of(subject{gone}))
			for name, is := range all {
				if name != gone {
					s.cut(h, is)
				}
			}
			assert.Empty(t, s.all)
		})
	}
}

func TestAReaderMadeOnceKnowsWhatItKeeps(t *testing.T) {
	asked := 0
	length := NewQuery("length of a name", func(_ *Reader, name [1]string) int { asked++; return len(name[0]) }, nil)
	r := Once(nil, &Options{})
	for i := range 3 * longestRow {
		name := [1]string{string(make([]byte, i))}
		_, kept := length.Kept(r, name)
		require.False(t, kept)
		require.Equal(t, i, length.Get(r, name))
	}
	for i := range 3 * longestRow {
		n, kept := length.Kept(r, [1]string{string(make([]byte, i))})
		require.True(t, kept)
		require.Equal(t, i, n)
		require.Equal(t, i, length.Get(r, [1]string{string(make([]byte, i))}))
	}
	assert.Equal(t, 3*longestRow, asked, "each once")
	r.Forget("some")
	_, kept := length.Kept(r, [1]string{""})
	assert.False(t, kept)
	assert.Zero(t, length.Get(r, [1]string{""}))
}
