// Package tree shows items below each other with guides between them: proofs, lists of subjects, who talks to whom.
//
// Its one rule: what is long goes on in the next line below itself; nothing is cut off, and an item keeps its fold and
// the cursor by its id when the tree is set anew.
package tree

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
)

// Part is a piece of an item's text.
type Part struct {
	Role themes.Role
	Text string
}

// Item is one entry. What follows with a greater depth is below it.
type Item struct {
	ID    string
	Depth int // 0: a heading, without guides
	Parts []Part
	// Dashed draws the guide that leads here as one of which nobody is sure.
	Dashed bool
	// Folded hides what is below until it is unfolded.
	Folded bool
	// Fixed is drawn as it is, in one line, and cannot be selected: a drawing.
	Fixed bool
	// Gap leaves a line above free.
	Gap bool
	// Value is what the item stands for.
	Value any
}

// line is one line on screen.
type line struct {
	item int // -1: nothing
	text string
}

// Tree is the widget. It belongs to one goroutine.
type Tree struct {
	theme         themes.Theme
	width, height int
	items         []Item
	toggled       map[string]bool // ids whose fold is not the one they came with

	lines   []line
	first   []int // the first line of each item, -1 when it is folded away
	laid    bool
	cursor  int
	offset  int
	view    string
	current bool
}

// New makes an empty tree.
func New(theme themes.Theme) *Tree {
	return &Tree{theme: theme, toggled: map[string]bool{}}
}

// SetTheme changes the styles.
func (t *Tree) SetTheme(theme themes.Theme) { t.theme, t.laid = theme, false }

// SetSize sets the cells that the tree may use.
func (t *Tree) SetSize(width, height int) {
	if width != t.width || height != t.height {
		t.width, t.height, t.laid = width, height, false
	}
}

// Set replaces the items. The cursor stays on the item with the same id.
func (t *Tree) Set(items []Item) {
	id := ""
	if t.cursor < len(t.items) {
		id = t.items[t.cursor].ID
	}
	t.items, t.laid = items, false
	for i := range items {
		if items[i].ID == id && id != "" {
			t.cursor = i
			return
		}
	}
	t.cursor = max(min(t.cursor, len(items)-1), 0)
}

// Selected is the item under the cursor.
func (t *Tree) Selected() (Item, bool) {
	t.layout()
	if t.cursor >= len(t.items) || t.first[t.cursor] < 0 || t.items[t.cursor].Fixed {
		return Item{}, false
	}
	return t.items[t.cursor], true
}

// Len is the number of items, folded ones included.
func (t *Tree) Len() int { return len(t.items) }

func (t *Tree) folded(i int) bool {
	return t.items[i].Folded != t.toggled[t.items[i].ID]
}

// below is the end of what lies below an item.
func (t *Tree) below(i int) int {
	for j := i + 1; j < len(t.items); j++ {
		if t.items[j].Depth <= t.items[i].Depth {
			return j
		}
	}
	return len(t.items)
}

// Toggle folds or unfolds the item under the cursor and reports whether there is anything below it.
func (t *Tree) Toggle() bool {
	if t.cursor >= len(t.items) || t.below(t.cursor) == t.cursor+1 {
		return false
	}
	id := t.items[t.cursor].ID
	t.toggled[id] = !t.toggled[id]
	t.laid = false
	return true
}

// Fold folds what lies below the cursor, or goes to what it lies below when there is nothing to fold.
func (t *Tree) Fold() {
	if t.cursor >= len(t.items) {
		return
	}
	if t.below(t.cursor) > t.cursor+1 && !t.folded(t.cursor) && t.items[t.cursor].Depth > 0 {
		t.Toggle()
		return
	}
	for i := t.cursor - 1; i >= 0; i-- {
		if t.items[i].Depth < t.items[t.cursor].Depth && !t.items[i].Fixed {
			t.cursor, t.current = i, false
			t.reveal()
			return
		}
	}
}

// Unfold shows what lies below the cursor.
func (t *Tree) Unfold() {
	if t.cursor < len(t.items) && t.folded(t.cursor) {
		t.Toggle()
	}
}

// Do moves the cursor by one of the move actions.
func (t *Tree) Do(id action.ID) {
	t.layout()
	switch id {
	case action.MoveDown:
		t.step(1)
	case action.MoveUp:
		t.step(-1)
	case action.MoveTop:
		t.offset = 0
		t.nearest(0, 1)
	case action.MoveBottom:
		t.offset = t.most()
		t.nearest(len(t.lines)-1, -1)
	case action.HalfPageDown:
		t.Scroll(t.height / 2)
	case action.HalfPageUp:
		t.Scroll(-t.height / 2)
	case action.PageDown:
		t.Scroll(t.height - 1)
	case action.PageUp:
		t.Scroll(1 - t.height)
	case action.ScrollLeft:
		t.Fold()
	case action.ScrollRight:
		t.Unfold()
	}
	t.current = false
}

func (t *Tree) most() int { return max(len(t.lines)-t.height, 0) }

// step goes to the next item in sight; at the ends it scrolls to what cannot be selected.
func (t *Tree) step(by int) {
	for i := t.cursor + by; i >= 0 && i < len(t.items); i += by {
		if t.first[i] >= 0 && !t.items[i].Fixed {
			t.cursor = i
			t.reveal()
			return
		}
	}
	t.offset = max(min(t.offset+by, t.most()), 0)
}

// Scroll moves what is in sight, and takes the cursor along.
func (t *Tree) Scroll(by int) {
	t.layout()
	before := t.offset
	t.offset = max(min(t.offset+by, t.most()), 0)
	if t.cursor < len(t.first) {
		at := t.first[t.cursor] + t.offset - before
		switch {
		case t.offset-before != by && by > 0:
			at = len(t.lines) - 1
		case t.offset-before != by:
			at = 0
		}
		t.nearest(at, 1)
		if by < 0 {
			t.nearest(at, -1)
		}
	}
	t.current = false
}

// nearest puts the cursor on the item of a line, or the next one that can be selected in a direction, else the other.
func (t *Tree) nearest(at, by int) {
	for _, dir := range []int{by, -by} {
		for i := max(min(at, len(t.lines)-1), 0); i >= 0 && i < len(t.lines); i += dir {
			if n := t.lines[i].item; n >= 0 && !t.items[n].Fixed {
				t.cursor = n
				return
			}
		}
	}
}

// Click puts the cursor on the item of a line in sight and reports whether there is one.
func (t *Tree) Click(y int) bool {
	t.layout()
	at := t.offset + y
	if at < 0 || at >= len(t.lines) || t.lines[at].item < 0 || t.items[t.lines[at].item].Fixed {
		return false
	}
	t.cursor, t.current = t.lines[at].item, false
	return true
}

func (t *Tree) reveal() {
	if t.cursor >= len(t.first) || t.first[t.cursor] < 0 {
		return
	}
	first, last := t.first[t.cursor], t.first[t.cursor]
	for last+1 < len(t.lines) && t.lines[last+1].item == t.cursor {
		last++
	}
	margin := min(2, (t.height-1)/2)
	t.offset = min(max(t.offset, last-t.height+1+margin), max(first-margin, 0))
	t.offset = max(min(t.offset, t.most()), 0)
	t.current = false
}

// View draws the part that is in sight, in exactly the cells of the size.
func (t *Tree) View() string {
	t.layout()
	if t.current {
		return t.view
	}
	var b strings.Builder
	for y := range t.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		at := t.offset + y
		if at >= len(t.lines) {
			b.WriteString(text.Spaces(t.width))
			continue
		}
		sign := "  "
		if l := t.lines[at]; l.item == t.cursor && l.item >= 0 && !t.items[l.item].Fixed {
			sign = t.theme.Render(themes.Accent, "▌") + " "
		}
		b.WriteString(text.FitStyled(sign+t.lines[at].text, t.width))
	}
	t.view, t.current = b.String(), true
	return t.view
}

// Plain is all that is not folded away, as text.
func (t *Tree) Plain() string {
	t.layout()
	var b strings.Builder
	for _, l := range t.lines {
		b.WriteString(strings.TrimRight(text.Clean(l.text), " ") + "\n")
	}
	return b.String()
}

// Status says how much of it is in sight; empty when all is.
func (t *Tree) Status() string {
	t.layout()
	if len(t.lines) <= t.height {
		return ""
	}
	return "lines " + text.Count(t.offset+1) + "–" + text.Count(min(t.offset+t.height, len(t.lines))) + " of " + text.Count(len(t.lines))
}
