package secrets

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatWasHarmlessIsFoundWhereItIsNot(t *testing.T) {
	t.Parallel()
	spots := func(annotations, labels map[string]string) (paths []string) {
		var f facts
		f.metadata("", annotations, labels)
		for _, s := range f.spots {
			paths = append(paths, s.Path+" "+s.Kind)
		}
		return paths
	}
	const token = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
	plain := map[string]string{"app.kubernetes.io/name": "take-order", "revision": "3"}
	for range 3 { // whatever is remembered from the time before
		assert.Empty(t, spots(plain, plain))
		assert.Len(t, spots(map[string]string{"revision": token}, nil), 1)
		assert.Len(t, spots(nil, map[string]string{"revision": token}), 1)
		assert.Len(t, spots(map[string]string{"password": "correct-horse-77"}, nil), 1, "the name says so")
		assert.Empty(t, spots(nil, map[string]string{"password": "correct-horse-77"}), "a label is judged by its value alone")
	}
}

func TestHarmlessPairsDoNotStandForOthers(t *testing.T) {
	t.Parallel()
	p := pairs{seed: harmless.seed}
	for i := range 20_000 {
		p.add(pair{name: "revision", value: strconv.Itoa(i)})
	}
	last := pair{name: "revision", value: "19999"}
	assert.True(t, p.has(last))
	for _, other := range []pair{{name: "revision", value: "20000"}, {name: "revisions", value: "19999"}, {label: true, name: "revision", value: "19999"}, {}} {
		assert.False(t, p.has(other), other)
	}
	long := pair{value: strings.Repeat("x", longest+1)}
	p.add(long)
	assert.False(t, p.has(long))
}
