// Package diff compares two texts line by line, for one column or for two.
//
// Its one rule: it is pure. It returns lines; who draws them chooses their looks.
package diff

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Kind says what became of a line.
type Kind uint8

// The kinds. Gap stands for lines that are left out because they are the same.
const (
	Same Kind = iota
	Deleted
	Added
	Gap
)

// Line is one line of a comparison.
type Line struct {
	Kind Kind
	Text string
}

// Pair is what stands side by side; an empty side of a pair that is no Gap has no line there.
type Pair struct{ Left, Right Line }

// Unified compares two texts. Around is how many lines that are the same stay beside those that are not.
func Unified(before, after string, around int) []Line {
	hunks := hunksOf(before, after, around)
	var lines []Line
	for _, h := range hunks {
		if h.FromLine > 1 || h.ToLine > 1 || len(hunks) > 1 {
			lines = append(lines, gap(h))
		}
		for _, l := range h.Lines {
			lines = append(lines, lineOf(l))
		}
	}
	return lines
}

// SideBySide compares two texts in two columns: what was deleted on the left, what was added on the right.
func SideBySide(before, after string, around int) []Pair {
	hunks := hunksOf(before, after, around)
	var pairs []Pair
	for _, h := range hunks {
		if h.FromLine > 1 || h.ToLine > 1 || len(hunks) > 1 {
			pairs = append(pairs, Pair{Left: gap(h)})
		}
		var left, right []Line
		flush := func() {
			for i := range max(len(left), len(right)) {
				var p Pair
				if i < len(left) {
					p.Left = left[i]
				}
				if i < len(right) {
					p.Right = right[i]
				}
				pairs = append(pairs, p)
			}
			left, right = nil, nil
		}
		for _, l := range h.Lines {
			switch line := lineOf(l); line.Kind {
			case Deleted:
				left = append(left, line)
			case Added:
				right = append(right, line)
			default:
				flush()
				pairs = append(pairs, Pair{line, line})
			}
		}
		flush()
	}
	return pairs
}

func hunksOf(before, after string, around int) []*udiff.Hunk {
	u, err := udiff.ToUnifiedDiff("", "", before, udiff.Lines(before, after), around)
	if err != nil {
		return nil // edits that were made of the text fit it
	}
	return u.Hunks
}

func gap(h *udiff.Hunk) Line {
	return Line{Gap, fmt.Sprintf("line %d", max(h.FromLine, 1))}
}

func lineOf(l udiff.Line) Line {
	kind := Same
	switch l.Kind {
	case udiff.Delete:
		kind = Deleted
	case udiff.Insert:
		kind = Added
	}
	return Line{kind, strings.TrimSuffix(l.Content, "\n")}
}
