package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
)

func entriesOf(names ...int) []*entry {
	var all []*entry
	for _, n := range names {
		all = append(all, &entry{object: &model.Custom{Header: model.Header{Ref: model.Ref{Kind: "K", Name: fmt.Sprintf("%05d", n)}}}})
	}
	return all
}

func namesOf(entries []*entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.object.Head().Name)
	}
	return all
}

func TestEntriesThatAreAlmostInOrderAreSorted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		n := random.IntN(40)
		names := make([]int, n)
		for i := range names {
			names[i] = i
		}
		for range random.IntN(4) { // as when one goes, and the last takes its place, or one comes
			if n > 1 {
				i := random.IntN(n)
				names[i], names[n-1] = names[n-1], names[i]
			}
		}
		if round%5 == 0 {
			random.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		got := namesOf(ordered(entriesOf(names...)))
		assert.Len(t, got, n)
		assert.True(t, slices.IsSorted(got), "%v", names)
	}
}

func BenchmarkOrdered(b *testing.B) {
	names := make([]int, 10_000)
	for i := range names {
		names[i] = i
	}
	names[5000], names[9999] = names[9999], names[5000]
	entries := entriesOf(names...)
	for b.Loop() {
		ordered(entries)
	}
}
