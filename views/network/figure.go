package network

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/answer"
)

const (
	// wideEnough is the width from which the graph is drawn.
	wideEnough = 110
	manyEdges  = 6
	widestName = 32
	shaft      = 4 // the least length of an arrow
)

// graph is what is drawn above the list: who leads to the function, and where it leads.
type graph struct {
	name    string
	in, out []edge
}

// edge is one arrow. Dashed: nobody is sure of it.
type edge struct {
	text   string
	role   themes.Role
	dashed bool
}

// figure draws the graph where the width allows.
func figure(p *answer.Page, width int) []tree.Item {
	g, ok := p.Extra.(*graph)
	if !ok || width < wideEnough {
		return nil
	}
	in, out := few(g.in), few(g.out)
	name := text.Fit(text.Clean(g.name), min(text.Width(text.Clean(g.name)), widestName), text.Left)
	box := text.Width(name)
	side := (width - 2 - box - 4) / 2
	rows := max(len(in), len(out), 1)
	line := strings.Repeat("─", box+2)
	items := []tree.Item{fixed(space(side), tree.Part{Role: themes.Border, Text: "┌" + line + "┐"})}
	for y := range rows {
		middle := tree.Part{Role: themes.Text, Text: text.Spaces(box)}
		if y == (rows-1)/2 {
			middle = tree.Part{Role: themes.Accent, Text: name}
		}
		parts := append(arrowIn(at(in, y), side), tree.Part{Role: themes.Border, Text: "│ "}, middle, tree.Part{Role: themes.Border, Text: " │"})
		items = append(items, fixed(append(parts, arrowOut(at(out, y), side)...)...))
	}
	return append(items, fixed(space(side), tree.Part{Role: themes.Border, Text: "└" + line + "┘"}))
}

func fixed(parts ...tree.Part) tree.Item { return tree.Item{Fixed: true, Parts: parts} }

func space(n int) tree.Part { return tree.Part{Role: themes.Text, Text: text.Spaces(n)} }

// few keeps the first edges, and says how many there are besides.
func few(all []edge) []edge {
	if len(all) <= manyEdges {
		return all
	}
	rest := edge{text: "and " + answer.Count(len(all)-manyEdges+1, "more", "more") + ", see below", role: themes.Muted}
	return append(append([]edge{}, all[:manyEdges-1]...), rest)
}

func at(all []edge, i int) *edge {
	if i < len(all) {
		return &all[i]
	}
	return nil
}

func rule(e *edge, n int) string {
	if e.dashed {
		return strings.Repeat("╌", n)
	}
	return strings.Repeat("─", n)
}

// arrowIn is a text and an arrow to the box, in width cells.
func arrowIn(e *edge, width int) []tree.Part {
	if e == nil {
		return []tree.Part{space(width)}
	}
	clean := text.Clean(e.text)
	w := min(text.Width(clean), width-shaft-2)
	return []tree.Part{{Role: e.role, Text: text.Fit(clean, w, text.Left) + " "}, {Role: themes.Border, Text: rule(e, width-w-2) + "▶"}}
}

// arrowOut is an arrow from the box and a text, in width cells at most.
func arrowOut(e *edge, width int) []tree.Part {
	if e == nil {
		return nil
	}
	clean := text.Clean(e.text)
	w := min(text.Width(clean), width-shaft-2)
	return []tree.Part{{Role: themes.Border, Text: rule(e, shaft) + "▶ "}, {Role: e.role, Text: text.Fit(clean, w, text.Left)}}
}
