package pager

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBlocksFoldByIndentation(t *testing.T) {
	t.Parallel()
	p := newPager(t, 60, 30, manifest)
	p.Goto(14) // an item of "secrets:"
	p.ToggleFold()
	assert.Equal(t, "▌  secrets: … 2 lines", plain(p)[13])
	p.MoveBy(1)
	assert.Equal(t, "▸  secrets: … 2 lines", plain(p)[13])
	assert.Equal(t, "▌  limits:", plain(p)[14])
	p.MoveBy(-1)
	p.ToggleFold()
	assert.Equal(t, "▌  secrets:", plain(p)[13])
	assert.Equal(t, "   - stripe-key", plain(p)[14])
	p.ToggleFoldAll()
	assert.Equal(t, []string{" apiVersion: openfaas.com/v1", " kind: Function", "▸metadata: … 5 lines", "▌spec: … 10 lines", "▸status: … 1 line"}, plain(p)[:5])
	p.ToggleFold()
	assert.Equal(t, "▸  environment: … 1 line", plain(p)[6], "the blocks inside stay folded")
	require.NoError(t, p.Search("memory"))
	n, _ := p.Line()
	assert.Equal(t, 18, n, "a search opens what hides its match")
	p.ToggleFoldAll()
	assert.Equal(t, 20, p.rowCount()-1)
}

func TestFoldingIsTheSameOneByOneAndAllAtOnce(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var lines []string
		for range 30 {
			body := []string{"key:", "- item", "value", "", "-", "- a:"}[rng.IntN(6)]
			lines = append(lines, strings.Repeat(" ", rng.IntN(4))+body)
		}
		p := newPager(t, 20, 10, strings.Join(lines, "\n"))
		all := p.allBlocks()
		for line := range p.lines {
			end, ok := all[int32(line)]
			want := p.blockEnd(line)
			require.Equal(t, want > line+1, ok, "line %d of %q", line, lines)
			if ok {
				require.Equal(t, want, int(end), "line %d of %q", line, lines)
			}
		}
	}
}
