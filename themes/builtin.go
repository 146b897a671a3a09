package themes

import "maps"

// builtIn is a theme that is a table of styles.
type builtIn struct {
	name  string
	table Table
}

// builtin lists the themes that come with fn9s in the order in which they are offered. Adding
// one is adding a line here and its table.
var builtin = []builtIn{
	{"default", defaultTable},
	{"mono", monoTable},
	{"none", noneTable},
	{"default-dark", darkTable},
	{"default-light", lightTable},
}

// with is a table with some styles replaced.
func with(base, own Table) Table {
	table := maps.Clone(base)
	maps.Copy(table, own)
	return table
}

// darkTable is for terminals that say that their background is dark: many draw dark blue invisibly there.
var darkTable = with(defaultTable, Table{
	Info: {Fg: "12"}, Link: {Fg: "12", Underline: true}, Series1: {Fg: "12"}, Series6: {Fg: "13"},
})

// lightTable is for terminals that say that their background is light, on which their own yellow, green and cyan are
// hardly seen: it uses fixed colours of the palette of 256.
var lightTable = with(defaultTable, Table{
	Accent: {Fg: "24"}, Mark: {Fg: "90", Bold: true}, Match: {Fg: "94", Bold: true, Underline: true},
	OK: {Fg: "22"}, Info: {Fg: "19"}, Warning: {Fg: "94"}, Error: {Fg: "124"}, Critical: {Fg: "124", Bold: true, Reverse: true}, Idle: {Fg: "24"},
	CrumbActive: {Fg: "24", Bold: true}, ColumnSorted: {Fg: "24", Bold: true}, CursorMarked: {Fg: "90", Bold: true, Reverse: true},
	Badge: {Fg: "94", Bold: true}, ReadOnly: {Fg: "94", Bold: true}, GradeF: {Fg: "124", Bold: true}, ExposureOpen: {Fg: "124", Bold: true},
	BorderFocus: {Fg: "24"}, Danger: {Fg: "124", Bold: true}, Link: {Fg: "19", Underline: true}, SyntaxString: {Fg: "22"}, SyntaxNumber: {Fg: "90"},
	Series1: {Fg: "19"}, Series2: {Fg: "22"}, Series3: {Fg: "24"}, Series4: {Fg: "90"}, Series5: {Fg: "94"}, Series6: {Fg: "124"},
})

// defaultTable uses the 16 ANSI colours of the terminal's own palette and no background but
// reverse, so it is readable on light and on dark. Bright black is avoided: several palettes
// draw it invisible.
var defaultTable = Table{
	Muted:    {Faint: true},
	Accent:   {Fg: "6"},
	Title:    {Bold: true},
	Cursor:   {Reverse: true},
	Mark:     {Fg: "5", Bold: true},
	Match:    {Fg: "3", Bold: true, Underline: true},
	Border:   {Faint: true},
	OK:       {Fg: "2"},
	Info:     {Fg: "4"},
	Warning:  {Fg: "3"},
	Error:    {Fg: "1"},
	Critical: {Fg: "1", Bold: true, Reverse: true},
	Idle:     {Fg: "6"},
	Bar:      {},

	HeaderBar:    {Bold: true},
	CrumbActive:  {Fg: "6", Bold: true},
	ColumnSorted: {Fg: "6", Bold: true},
	CursorMarked: {Fg: "5", Bold: true, Reverse: true},
	Badge:        {Fg: "3", Bold: true},
	ReadOnly:     {Fg: "3", Bold: true},
	GradeF:       {Fg: "1", Bold: true},
	ExposureOpen: {Fg: "1", Bold: true},
	BorderFocus:  {Fg: "6"},
	Danger:       {Fg: "1", Bold: true},
	KeyDisabled:  {Faint: true, Strike: true},
	Link:         {Fg: "4", Underline: true},
	SyntaxString: {Fg: "2"},
	SyntaxNumber: {Fg: "5"},
	Series1:      {Fg: "4"},
	Series2:      {Fg: "2"},
	Series3:      {Fg: "6"},
	Series4:      {Fg: "5"},
	Series5:      {Fg: "3"},
	Series6:      {Fg: "12"},
}

// monoTable uses every attribute and no colour: for monochrome terminals and for readers who
// cannot tell colours apart.
var monoTable = Table{
	Muted:    {Faint: true},
	Accent:   {Bold: true},
	Title:    {Bold: true},
	Cursor:   {Reverse: true},
	Mark:     {Bold: true},
	Match:    {Bold: true, Underline: true},
	Border:   {Faint: true},
	Warning:  {Underline: true},
	Error:    {Bold: true},
	Critical: {Bold: true, Reverse: true},
	Idle:     {Faint: true},

	HeaderBar:    {Bold: true},
	ColumnSorted: {Bold: true, Underline: true},
	CursorMarked: {Bold: true, Reverse: true},
	Denied:       {Bold: true},
	KeyDisabled:  {Faint: true, Strike: true},
	Link:         {Underline: true},
	DiffAdd:      {Bold: true},
	DiffDelete:   {Faint: true, Strike: true},
	GradeF:       {Bold: true, Underline: true},
	ExposureOpen: {Bold: true, Underline: true},
}

// noneTable is for NO_COLOR and for terminals of which nothing is known: only what is needed to
// find the cursor and the titles.
var noneTable = Table{
	Cursor:       {Reverse: true},
	Title:        {Bold: true},
	Mark:         {Bold: true},
	Match:        {Bold: true},
	Critical:     {Bold: true},
	HeaderBar:    {Bold: true},
	CursorMarked: {Bold: true, Reverse: true},
	ColumnSorted: {Bold: true},
}
