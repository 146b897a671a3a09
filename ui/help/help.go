// Package help is the searchable list of every key and command.
//
// It is generated from the action registry. Rule: nothing is written here about any one action, and what is disabled
// stays in the list with its reason.
package help

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
)

// maxKeys is how wide the column of keys may become; what is longer has a line of its own.
const maxKeys = 20

// Section is more to read below the keys: the commands, the filter grammar.
type Section struct {
	Title string
	Rows  []Row
}

// Row is one entry: what is typed, and what it does.
type Row struct{ Left, Right string }

// Help is a pager that shows the registry. Searching, filtering and moving are the pager's.
type Help struct {
	*pager.Pager
	width    int
	registry *action.Registry
	set      action.KeySet
	target   any
	sections []Section
	spans    [][]pager.Span
}

// New makes an empty help.
func New(theme themes.Theme) *Help {
	h := &Help{Pager: pager.New(theme)}
	h.SetPointer(false)
	h.SetSpans(func(line int, _ string) []pager.Span {
		if line >= len(h.spans) {
			return nil
		}
		return h.spans[line]
	})
	return h
}

// SetContent shows the actions of a key set that exist on a screen, then the sections.
func (h *Help) SetContent(registry *action.Registry, set action.KeySet, target any, sections ...Section) {
	h.registry, h.set, h.target, h.sections = registry, set, target, sections
	h.write()
}

// SetSize sets the size in cells that View fills; tooltips are wrapped to it.
func (h *Help) SetSize(width, height int) {
	h.Pager.SetSize(width, height)
	if width != h.width {
		h.width = width
		h.write()
	}
}

// writer collects lines and their styles.
type writer struct {
	lines []string
	spans [][]pager.Span
	left  int // width of the column of keys
	width int
}

func (h *Help) write() {
	if h.registry == nil || h.width == 0 {
		return
	}
	groups := h.groups()
	w := &writer{width: h.width - 1}
	for _, g := range groups {
		for _, r := range g.rows {
			if used := text.Width(r.left); used <= maxKeys {
				w.left = max(w.left, used)
			}
		}
	}
	w.left = min(w.left, max(8, w.width/3))
	for _, g := range groups {
		w.group(g)
	}
	h.spans = w.spans
	h.SetLines(w.lines)
}

type group struct {
	title string
	rows  []row
}

type row struct {
	left, title, right, reason string
	disabled                   bool
}

// groups collects the actions by group, in the order of the registry, and the sections.
func (h *Help) groups() []group {
	var groups []group
	index := map[string]int{}
	for _, a := range h.registry.For(h.set, h.target) {
		i, ok := index[a.Group]
		if !ok {
			i = len(groups)
			index[a.Group] = i
			groups = append(groups, group{title: text.Clean(a.Group)})
		}
		keys := action.Labels(a.Bound(h.set))
		if keys == "" {
			keys = "–"
		}
		reason := text.Clean(h.registry.Reason(a, h.target))
		groups[i].rows = append(groups[i].rows, row{
			left: text.Clean(keys), title: text.Clean(a.Title), right: text.Clean(a.Tooltip), reason: reason, disabled: reason != "",
		})
	}
	for _, s := range h.sections {
		g := group{title: text.Clean(s.Title)}
		for _, r := range s.Rows {
			g.rows = append(g.rows, row{left: text.Clean(r.Left), right: text.Clean(r.Right)})
		}
		groups = append(groups, g)
	}
	return groups
}

func (w *writer) group(g group) {
	if len(w.lines) > 0 {
		w.add("")
	}
	w.add(g.title, pager.Span{End: len(g.title), Role: themes.Panel})
	for _, r := range g.rows {
		w.row(r)
	}
}

// row writes keys, title and tooltip; what does not fit is wrapped below the title.
func (w *writer) row(r row) {
	pad := strings.Repeat(" ", w.left+4)
	head := "  " + r.left
	keyRole := themes.Key
	if r.disabled {
		keyRole = themes.KeyDisabled
	}
	keySpan := pager.Span{Start: 2, End: len(head), Role: keyRole}
	if text.Width(r.left) > w.left {
		w.add(head, keySpan)
		head, keySpan = pad, pager.Span{}
	} else {
		head += pad[:w.left+2-text.Width(r.left)]
	}
	body := r.right
	if r.title != "" {
		body = r.title + ": " + r.right
	}
	lines := text.Wrap(body, max(10, w.width-w.left-4))
	for i, line := range lines {
		spans := []pager.Span{}
		if i == 0 {
			spans = append(spans, keySpan)
		} else {
			head = pad
		}
		if titleEnd := len(r.title); i == 0 && titleEnd <= len(line) && !r.disabled {
			spans = append(spans, pager.Span{Start: len(head) + titleEnd, End: len(head) + len(line), Role: themes.KeyText})
		} else {
			spans = append(spans, pager.Span{Start: len(head), End: len(head) + len(line), Role: themes.KeyText})
		}
		w.add(head+line, spans...)
	}
	if r.disabled {
		for _, line := range text.Wrap("not now: "+r.reason, max(10, w.width-w.left-4)) {
			w.add(pad+line, pager.Span{Start: len(pad), End: len(pad) + len(line), Role: themes.Denied})
		}
	}
}

func (w *writer) add(line string, spans ...pager.Span) {
	w.lines = append(w.lines, line)
	w.spans = append(w.spans, spans)
}
