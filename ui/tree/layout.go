package tree

import (
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	gutter = 2
	// narrowest is how few cells a text gets before guides are left out.
	narrowest = 12
)

// layout makes the lines anew when something changed.
func (t *Tree) layout() {
	if t.laid {
		return
	}
	t.laid, t.current = true, false
	t.lines, t.first = t.lines[:0], make([]int, len(t.items))
	more := t.siblings()
	hidden := 0 // the depth below which all is folded away; 0: nothing
	open := make([]bool, 0, 8)
	for i := range t.items {
		it := &t.items[i]
		t.first[i] = -1
		if hidden > 0 && it.Depth >= hidden {
			continue
		}
		hidden = 0
		for len(open) <= it.Depth {
			open = append(open, false)
		}
		open[it.Depth] = more[i]
		if it.Gap && len(t.lines) > 0 {
			t.lines = append(t.lines, line{item: -1})
		}
		t.first[i] = len(t.lines)
		count := t.below(i) - i - 1
		if count > 0 && t.folded(i) {
			hidden = it.Depth + 1
		}
		t.lay(i, open, count, hidden > 0)
	}
	if t.cursor < len(t.first) && t.first[t.cursor] < 0 || t.cursor < len(t.items) && t.items[t.cursor].Fixed {
		t.settle()
	}
	t.reveal()
	t.offset = max(min(t.offset, t.most()), 0)
}

// settle takes the cursor to the nearest item above that can be selected, else below.
func (t *Tree) settle() {
	for _, by := range []int{-1, 1} {
		for i := t.cursor; i >= 0 && i < len(t.items); i += by {
			if t.first[i] >= 0 && !t.items[i].Fixed {
				t.cursor = i
				return
			}
		}
	}
}

// siblings says of each item whether another one of its depth follows below the same parent.
func (t *Tree) siblings() []bool {
	more := make([]bool, len(t.items))
	var follows []bool // by depth
	for i := len(t.items) - 1; i >= 0; i-- {
		d := t.items[i].Depth
		for len(follows) <= d {
			follows = append(follows, false)
		}
		more[i] = follows[d]
		follows[d] = true
		clear(follows[d+1:])
	}
	return more
}

// lay adds the lines of an item.
func (t *Tree) lay(i int, open []bool, below int, folded bool) {
	it := &t.items[i]
	if it.Fixed {
		t.lines = append(t.lines, line{i, t.paint(it.Parts)})
		return
	}
	var lead strings.Builder
	for d := 1; d < it.Depth; d++ {
		lead.WriteString(guide(open[d], "│  ", "   "))
	}
	first, rest := lead.String(), lead.String()
	if it.Depth > 0 {
		branch := guide(open[it.Depth], "├─ ", "└─ ")
		if it.Dashed {
			branch = guide(open[it.Depth], "├╌ ", "└╌ ")
		}
		first += branch
		rest += guide(open[it.Depth], "│  ", "   ")
	}
	hang := "  "
	if below > 0 && !folded && it.Depth > 0 {
		hang = "│ "
	}
	parts := it.Parts
	if folded {
		parts = append(append([]Part{{themes.Accent, "▸ "}}, parts...), Part{themes.Muted, " (+" + strconv.Itoa(below) + " →)"})
	}
	room := t.width - gutter - text.Width(first)
	if room < narrowest {
		first, rest, hang, room = "", "", "", max(t.width-gutter, 1)
	}
	for n, l := range t.wrap(parts, room, room-text.Width(hang)) {
		if n == 0 {
			t.lines = append(t.lines, line{i, t.theme.Render(themes.Border, first) + l})
			continue
		}
		t.lines = append(t.lines, line{i, t.theme.Render(themes.Border, rest+hang) + l})
	}
}

func guide(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func (t *Tree) paint(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(t.theme.Render(p.Role, text.Clean(p.Text)))
	}
	return b.String()
}

// wrap breaks parts into lines between words: the first of them has room for width cells, the others for rest.
func (t *Tree) wrap(parts []Part, width, rest int) []string {
	w := wrapper{tree: t, room: width, rest: max(rest, 1)}
	for _, p := range parts {
		clean := text.Clean(p.Text)
		for clean != "" {
			spaces := len(clean) - len(strings.TrimLeft(clean, " "))
			end := strings.IndexByte(clean[spaces:], ' ')
			word := clean[spaces:]
			if end >= 0 {
				word = word[:end]
			}
			w.word(p.Role, spaces, word)
			clean = clean[spaces+len(word):]
		}
	}
	w.flush()
	if len(w.lines) == 0 {
		return []string{""}
	}
	return w.lines
}

// wrapper collects words into lines. Words that touch stay together where a line has room for them.
type wrapper struct {
	tree       *Tree
	lines      []string
	line       strings.Builder
	run        strings.Builder // of one role, not painted yet
	role       themes.Role
	used       int
	room, rest int
}

func (w *wrapper) put(role themes.Role, s string) {
	if role != w.role {
		w.paint()
		w.role = role
	}
	w.run.WriteString(s)
	w.used += text.Width(s)
}

func (w *wrapper) paint() {
	if w.run.Len() > 0 {
		w.line.WriteString(w.tree.theme.Render(w.role, w.run.String()))
		w.run.Reset()
	}
}

func (w *wrapper) flush() {
	if w.used == 0 {
		return
	}
	w.paint()
	w.lines = append(w.lines, w.line.String())
	w.line.Reset()
	w.used, w.room = 0, w.rest
}

func (w *wrapper) word(role themes.Role, spaces int, word string) {
	size := text.Width(word)
	if w.used > 0 && w.used+spaces+size > w.room {
		w.flush()
	}
	if w.used > 0 || len(w.lines) == 0 {
		w.put(role, text.Spaces(min(spaces, w.room-w.used)))
	}
	for size > w.room-w.used && word != "" {
		if w.used > 0 && w.room-w.used == 0 {
			w.flush()
			continue
		}
		piece := text.Wrap(word, max(w.room-w.used, 1))[0]
		w.put(role, piece)
		if !strings.HasPrefix(word, piece) || piece == "" {
			return
		}
		word = word[len(piece):]
		size = text.Width(word)
		w.flush()
	}
	w.put(role, word)
}
