// Package picker is the dialog that chooses from a list: namespaces, contexts, a column to sort by, an action.
//
// Rule: letters always narrow the list down; what an item is, is said by its ID, never by its place.
package picker

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

const maxQuery = 256

// Item is one line of the list.
type Item struct {
	ID     string
	Title  string
	Detail string // drawn behind the title
	Hint   string // drawn at the right: a key, a count
	// Disabled is the reason why the item cannot be chosen; it is drawn in place of the detail.
	Disabled string
}

// Config says what a picker asks.
type Config struct {
	ID    string
	Title string
	Items []Item
	// Multi lets several be marked; Marked are those that are from the start.
	Multi  bool
	Marked []string
	// Current is the ID that the cursor starts on.
	Current string
	// Empty is drawn when there is nothing to choose.
	Empty string
	// AllowText offers what was typed itself when no item has that title: a namespace that cannot be listed.
	AllowText bool
	// Ordered lets items be moved with shift and the arrows.
	Ordered bool
	// Choose makes the command of the answer: the marked IDs in the order of the list, or the one under the cursor.
	Choose func(ids []string) tea.Cmd
	// Cancel makes the command of leaving without an answer; it may be nil.
	Cancel func() tea.Cmd
}

// match is an item that the query leaves, with the bytes of its title that matched.
type match struct {
	item  int // index in items; -1 is the text itself
	bytes []int
}

// Picker is a list to choose from. It is a dialog.
type Picker struct {
	theme  themes.Theme
	c      Config
	items  []Item // cleaned
	marked map[string]bool
	query  string
	found  []match
	cursor int
	top    int
	width  int
	height int

	view    string
	isDrawn bool
}

// New makes a picker.
func New(theme themes.Theme, c Config) *Picker {
	p := &Picker{theme: theme, c: c, marked: map[string]bool{}}
	for _, id := range c.Marked {
		p.marked[id] = true
	}
	p.SetItems(c.Items)
	if i := slices.IndexFunc(p.found, func(m match) bool { return p.id(m) == c.Current }); i >= 0 {
		p.cursor = i
	}
	return p
}

// SetItems replaces the list; cursor, marks and what was typed stay.
func (p *Picker) SetItems(items []Item) {
	current := p.current()
	p.items = make([]Item, len(items))
	for i, it := range items {
		p.items[i] = Item{it.ID, text.Clean(it.Title), text.Clean(it.Detail), text.Clean(it.Hint), text.Clean(it.Disabled)}
	}
	p.find()
	if i := slices.IndexFunc(p.found, func(m match) bool { return p.id(m) == current }); current != "" && i >= 0 {
		p.cursor = i
	}
	p.changed()
}

// ID names the dialog.
func (p *Picker) ID() string { return p.c.ID }

// SetSize says how much room there is.
func (p *Picker) SetSize(width, height int) {
	p.width, p.height = width, height
	p.changed()
}

// SetTheme changes the styles.
func (p *Picker) SetTheme(theme themes.Theme) {
	p.theme = theme
	p.changed()
}

// HandlePaste puts pasted text behind what was typed.
func (p *Picker) HandlePaste(pasted string) {
	pasted = strings.ToValidUTF8(pasted[:min(len(pasted), maxQuery)], "")
	p.setQuery(p.query + text.Clean(strings.TrimSpace(pasted)))
}

// HandleKey moves, marks, narrows down or answers.
func (p *Picker) HandleKey(msg tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	switch msg.String() {
	case "esc":
		return p.escape()
	case "enter":
		return p.choose()
	case "up", "ctrl+p", "ctrl+k":
		p.move(-1)
	case "down", "ctrl+n", "ctrl+j":
		p.move(1)
	case "pgup", "ctrl+b":
		p.move(-p.rows())
	case "pgdown", "ctrl+f":
		p.move(p.rows())
	case "home":
		p.move(-len(p.found))
	case "end":
		p.move(len(p.found))
	case "shift+up", "alt+up":
		p.carry(-1)
	case "shift+down", "alt+down":
		p.carry(1)
	case "space", "tab":
		p.toggle()
	case "ctrl+a":
		p.toggleAll()
	case "backspace", "ctrl+h":
		if r := []rune(p.query); len(r) > 0 {
			p.setQuery(string(r[:len(r)-1]))
		}
	case "ctrl+u":
		p.setQuery("")
	default:
		p.setQuery(p.query + text.Clean(msg.Text))
	}
	return false, nil
}

func (p *Picker) escape() (bool, tea.Cmd) {
	if p.query != "" {
		p.setQuery("")
		return false, nil
	}
	if p.c.Cancel == nil {
		return true, nil
	}
	return true, p.c.Cancel()
}

func (p *Picker) choose() (bool, tea.Cmd) {
	ids := p.Marked()
	if len(ids) == 0 {
		if len(p.found) == 0 || p.disabled(p.found[p.cursor]) != "" {
			return false, nil
		}
		ids = []string{p.current()}
	}
	if p.c.Choose == nil {
		return true, nil
	}
	return true, p.c.Choose(ids)
}

// Marked returns the marked IDs in the order of the list.
func (p *Picker) Marked() []string {
	var ids []string
	for _, it := range p.items {
		if p.marked[it.ID] {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

func (p *Picker) toggle() {
	if !p.c.Multi {
		p.setQuery(p.query + " ")
		return
	}
	if len(p.found) == 0 || p.found[p.cursor].item < 0 || p.disabled(p.found[p.cursor]) != "" {
		return
	}
	id := p.current()
	p.marked[id] = !p.marked[id]
	p.move(1)
}

// toggleAll marks all that are found, or unmarks them when all are marked.
func (p *Picker) toggleAll() {
	if !p.c.Multi {
		return
	}
	all := true
	for _, m := range p.found {
		all = all && (m.item < 0 || p.disabled(m) != "" || p.marked[p.id(m)])
	}
	for _, m := range p.found {
		if m.item >= 0 && p.disabled(m) == "" {
			p.marked[p.id(m)] = !all
		}
	}
	p.changed()
}

func (p *Picker) setQuery(q string) {
	if q == " " || len(q) > maxQuery {
		return
	}
	if q == p.query {
		return
	}
	p.query = q
	p.cursor, p.top = 0, 0
	p.find()
	p.changed()
}

// find narrows the list down, best match first.
func (p *Picker) find() {
	p.found = p.found[:0]
	if p.query == "" {
		for i := range p.items {
			p.found = append(p.found, match{item: i})
		}
	} else {
		for _, m := range fuzzy.FindFrom(p.query, titles(p.items)) {
			p.found = append(p.found, match{item: m.Index, bytes: m.MatchedIndexes})
		}
	}
	if p.c.AllowText && p.query != "" && !slices.ContainsFunc(p.items, func(it Item) bool { return it.Title == p.query }) {
		p.found = append(p.found, match{item: -1})
	}
	p.cursor = min(p.cursor, max(0, len(p.found)-1))
}

type titles []Item

func (t titles) String(i int) string { return t[i].Title }

func (t titles) Len() int { return len(t) }

func (p *Picker) id(m match) string {
	if m.item < 0 {
		return p.query
	}
	return p.items[m.item].ID
}

func (p *Picker) disabled(m match) string {
	if m.item < 0 {
		return ""
	}
	return p.items[m.item].Disabled
}

func (p *Picker) current() string {
	if p.cursor >= len(p.found) {
		return ""
	}
	return p.id(p.found[p.cursor])
}

func (p *Picker) move(n int) {
	p.cursor = max(0, min(p.cursor+n, len(p.found)-1))
	p.changed()
}

// carry moves the item under the cursor among all of them.
func (p *Picker) carry(n int) {
	if !p.c.Ordered || p.query != "" || p.cursor+n < 0 || p.cursor+n >= len(p.items) {
		return
	}
	p.items[p.cursor], p.items[p.cursor+n] = p.items[p.cursor+n], p.items[p.cursor]
	p.find()
	p.move(n)
}

func (p *Picker) changed() { p.isDrawn = false }
