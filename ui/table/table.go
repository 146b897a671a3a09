// Package table is the windowed table of the console: tens of thousands of keyed rows, of which
// only the visible ones are ever measured or drawn. The rule: rows are immutable; a changed row
// is a new value handed to Apply, Sync or Replace, and View finds out by itself what to redraw.
//
// A Table is not safe for concurrent use: it belongs to the goroutine of the event loop. Only
// Run of a job may run elsewhere.
package table

import (
	"slices"
	"time"

	"github.com/fn9s/fn9s/themes"
)

// defaultScrollOff is how many rows stay visible above and below the cursor.
const defaultScrollOff = 3

// Config says what a table shows. Key, CompareKeys and Columns are required.
type Config[K, R comparable] struct {
	// Key returns a row's identity: cursor and marks stay with it.
	Key func(R) K
	// CompareKeys breaks ties between rows that the sorted column calls equal.
	CompareKeys func(a, b K) int
	Columns     []Column[R]
	// SortBy is the id of the first sorted column; empty means by key. Desc turns it round.
	SortBy string
	Desc   bool
	// Noun is the plural that messages use: "functions". Empty means "rows".
	Noun string
	// RowRole is the style of a row's ordinary text; nil means plain.
	RowRole func(R) themes.Role
	// ScrollOff is how many rows stay visible above and below the cursor; 0 means 3, negative none.
	ScrollOff int
}

// Table is a table over rows of type R, in practice a pointer to an immutable struct.
type Table[K, R comparable] struct {
	cfg     Config[K, R]
	columns []Column[R]
	theme   themes.Theme
	width   int
	height  int
	wide    bool
	dim     bool
	now     time.Time

	byKey map[K]*entry[K, R]
	all   index[K, R]
	// arrived holds all rows in no order that means anything: close together what came together.
	arrived []*entry[K, R]
	// matching holds the rows that pass the filter, in the order of all; unused without filter.
	matching index[K, R]
	filter   func(R) bool
	filterBy string
	sortBy   string
	desc     bool
	// compareRows orders two rows by the sorted column alone, direction included.
	compareRows func(a, b R) int
	// syncs numbers the calls of Sync, so that a row not seen in the last one is found.
	syncs uint64
	// edits, orders and filters number the changes of rows, of the order and of the filter, so that what a job
	// prepared before one of them is known.
	edits, orders, filters uint64

	cursor cursor[K, R]
	marks  map[K]*entry[K, R]
	anchor *entry[K, R]

	state   stateKind
	texts   [stateKinds][]string
	message string
	msgRole themes.Role
	match   []string

	measure measure
	layout  layout
	frame   frame[K, R]
}

// entry is a row with what the table knows about it.
type entry[K, R comparable] struct {
	key    K
	row    R
	pass   bool
	marked bool
	slot   int // where in arrived
	drawn  *drawn

	// The rest is only used while a batch is applied.
	next    R
	staged  bool
	fresh   bool
	gone    bool
	leaving bool
	seen    uint64
}

// New makes an empty table in the loading state.
func New[K, R comparable](cfg Config[K, R], theme themes.Theme) *Table[K, R] {
	switch {
	case cfg.ScrollOff == 0:
		cfg.ScrollOff = defaultScrollOff
	case cfg.ScrollOff < 0:
		cfg.ScrollOff = 0
	}
	if cfg.Noun == "" {
		cfg.Noun = "rows"
	}
	t := &Table[K, R]{
		cfg:   cfg,
		theme: theme,
		byKey: map[K]*entry[K, R]{},
		marks: map[K]*entry[K, R]{},
		state: stateLoading,
	}
	t.cursor.sticky = true
	t.sortBy, t.desc = cfg.SortBy, cfg.Desc
	t.SetColumns(cfg.Columns)
	return t
}

// SetSize sets the size that View fills, in cells.
func (t *Table[K, R]) SetSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if width != t.width {
		t.measure.reset()
	}
	t.width, t.height = width, height
}

// Size returns the size that View fills.
func (t *Table[K, R]) Size() (width, height int) { return t.width, t.height }

// SetTheme changes how the table is drawn.
func (t *Table[K, R]) SetTheme(theme themes.Theme) { t.theme = theme }

// SetNow sets the clock of the columns with Ages. View returns the same frame as before unless
// a visible age has changed.
func (t *Table[K, R]) SetNow(now time.Time) { t.now = now }

// SetDim draws the data as stale, or as live again.
func (t *Table[K, R]) SetDim(dim bool) { t.dim = dim }

// SetMatch picks out the first of these words in every cell, whatever its case.
func (t *Table[K, R]) SetMatch(words ...string) {
	if !slices.Equal(words, t.match) {
		t.match = slices.Clone(words)
		t.frame.matchVersion++
	}
}

// Total returns the number of rows, filtered out or not.
func (t *Table[K, R]) Total() int { return len(t.all.rows) }

// Visible returns the number of rows that pass the filter.
func (t *Table[K, R]) Visible() int { return len(t.rows()) }

// Rows returns the rows that pass the filter, in the order shown.
func (t *Table[K, R]) Rows() []R {
	out := make([]R, 0, len(t.rows()))
	for _, e := range t.rows() {
		out = append(out, e.row)
	}
	return out
}

// Get returns the row with a key, filtered out or not.
func (t *Table[K, R]) Get(key K) (row R, ok bool) {
	e, ok := t.byKey[key]
	if !ok {
		return row, false
	}
	return e.row, true
}

// rows returns the entries that are shown, in order.
func (t *Table[K, R]) rows() []*entry[K, R] {
	if t.filter == nil {
		return t.all.rows
	}
	return t.matching.rows
}

func (t *Table[K, R]) passes(r R) bool { return t.filter == nil || t.filter(r) }
