package pager

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/ui/action"
)

// TestEveryFrameIsExact throws random keys at random text: no frame may have another size, and the cursor stays on it.
func TestEveryFrameIsExact(t *testing.T) {
	t.Parallel()
	ids := []action.ID{
		action.MoveDown, action.MoveUp, action.MoveTop, action.MoveBottom, action.HalfPageDown, action.HalfPageUp, action.PageDown,
		action.PageUp, action.ScrollLeft, action.ScrollRight, action.SearchNext, action.SearchPrevious, action.Wrap, action.Fold, action.FoldAll,
	}
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 7))
		p := New(theme(t, "default"))
		p.SetSpans(paintYAML)
		p.SetPointer(seed%3 != 0)
		w, h := 20, 5
		for range 300 {
			switch rng.IntN(25) {
			case 0:
				w, h = 1+rng.IntN(40), 1+rng.IntN(12)
				p.SetSize(w, h)
			case 1:
				p.SetLines(randomLines(rng))
			case 2:
				require.NoError(t, p.Search([]string{"", "a", "e: ", "ギ", "/[a-c]+/"}[rng.IntN(5)]))
			case 3:
				require.NoError(t, p.Filter([]string{"", "a", ":", "zz"}[rng.IntN(4)], rng.IntN(3)))
			case 4:
				p.ScrollBy(rng.IntN(11) - 5)
			case 5:
				p.Goto(rng.IntN(50) - 5)
			default:
				p.Do(ids[rng.IntN(len(ids))])
			}
			p.SetSize(w, h)
			requireExact(t, p.View(), w, h)
			if p.pointer && p.rowCount() > 0 && w > 1 {
				require.Contains(t, p.View(), "▌")
			}
			before := p.View()
			require.Equal(t, before, p.View())
		}
	}
}

func randomLines(rng *rand.Rand) []string {
	lines := make([]string, rng.IntN(40))
	for i := range lines {
		lines[i] = strings.Repeat(" ", rng.IntN(5)) + []string{"key: ", "- a", "ギフト券 e\u0301: ", "", "x\x1b[31my"}[rng.IntN(5)] + strings.Repeat("abc ", rng.IntN(30))
	}
	return lines
}
