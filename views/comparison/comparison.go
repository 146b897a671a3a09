// Package comparison shows an object as it is against what was last applied, else against its revision before.
//
// Its one rule: the two texts are compared away from the loop, and a sign says what is different, not colour alone.
package comparison

import (
	"context"
	"strings"

	"github.com/fn9s/fn9s/kube/compare"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/diff"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// around is how many lines that are the same are shown beside those that are not.
const around = 4

// Screen compares one object.
type Screen struct {
	*reading.Text
	target screen.Target
}

// New makes the screen of an object, which may be one of a function.
func New(env *screen.Env, target screen.Target, id model.FunctionID) *Screen {
	s := &Screen{target: target}
	s.Text = reading.New(env, "diff "+target.Kind+" "+target.Name, func(ctx context.Context) (string, error) {
		sides, err := env.Comparisons.Compare(ctx, target, id)
		if err != nil {
			return "", err
		}
		return written(sides), nil
	})
	s.SetSpans(paint)
	return s
}

// Target is the object that is compared.
func (s *Screen) Target() screen.Target { return s.target }

var signs = [...]string{diff.Same: "  ", diff.Deleted: "- ", diff.Added: "+ ", diff.Gap: "@ "}

// written is the comparison as one text.
func written(s *compare.Sides) string {
	var b strings.Builder
	b.WriteString("--- " + s.Left + "\n+++ " + s.Right + "\n")
	for _, n := range s.Notes {
		b.WriteString("# " + n + "\n")
	}
	lines := diff.Unified(s.Before, s.After, around)
	if len(lines) == 0 {
		b.WriteString("\n  Nothing is different.\n")
	}
	for _, l := range lines {
		b.WriteString(signs[l.Kind] + l.Text + "\n")
	}
	return b.String()
}

// paint gives a line the style of its sign.
func paint(n int, line string) []pager.Span {
	role := themes.Text
	switch {
	case n < 2:
		role = themes.Title
	case strings.HasPrefix(line, "# "):
		role = themes.Muted
	case strings.HasPrefix(line, "- "):
		role = themes.DiffDelete
	case strings.HasPrefix(line, "+ "):
		role = themes.DiffAdd
	case strings.HasPrefix(line, "@ "):
		role = themes.DiffHunk
	}
	return []pager.Span{{End: len(line), Role: role}}
}
