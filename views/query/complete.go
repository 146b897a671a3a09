package query

import (
	"slices"
	"strings"
)

const maxCandidates = 200

// CandidateKind says what a completion is.
type CandidateKind string

// The kinds of completions.
const (
	CandidateCommand   CandidateKind = "command"
	CandidateAlias     CandidateKind = "alias"
	CandidateKindName  CandidateKind = "kind"
	CandidateNamespace CandidateKind = "namespace"
	CandidateContext   CandidateKind = "context"
	CandidateColumn    CandidateKind = "column"
	CandidateValue     CandidateKind = "value"
	CandidateName      CandidateKind = "name"
)

// Candidate is one completion: Text replaces the bytes Start to End of the line, and Suffix is put behind it.
type Candidate struct {
	Text        string
	Description string
	Kind        CandidateKind
	Start, End  int
	Suffix      string
}

// Complete lists what the word at the cursor (a byte offset) of a command line could become, best first.
func Complete(line string, cursor int, v Vocabulary) []Candidate {
	c, ok := newCompletion(line, cursor)
	if !ok {
		return nil
	}
	first, pos := firstWord(line)
	if c.start <= pos {
		return c.pick(v.commandCandidates())
	}
	if expansion, ok := v.Aliases[first]; ok {
		first, _ = firstWord(expansion)
	}
	if verb := findVerb(first); verb != nil && v.hasVerb(verb.name) {
		return c.verb(&v, verb, c.index-1)
	}
	kind, err := v.kind(first, pos)
	if err != nil {
		return nil
	}
	return c.scopeOrFilter(&v, kind.Columns, c.index == 1)
}

// CompleteFilter lists what the word at the cursor of a filter could become.
func CompleteFilter(text string, cursor int, columns Columns) []Candidate {
	c, ok := newCompletion(text, cursor)
	if !ok {
		return nil
	}
	return c.filter(columns)
}

// completion is the word under the cursor.
type completion struct {
	word       string // up to the cursor
	before     string // the word before it
	index      int    // how many words stand before it
	start, end int
}

func newCompletion(line string, cursor int) (completion, bool) {
	if len(line) > maxInput {
		return completion{}, false
	}
	cursor = min(max(cursor, 0), len(line))
	c := completion{start: cursor, end: cursor}
	for c.start > 0 && !isSpace(line[c.start-1]) {
		c.start--
	}
	for c.end < len(line) && !isSpace(line[c.end]) {
		c.end++
	}
	c.word = line[c.start:cursor]
	if fields := strings.FieldsFunc(line[:c.start], isSpaceRune); len(fields) > 0 {
		c.before, c.index = fields[len(fields)-1], len(fields)
	}
	return c, true
}

// pick keeps the candidates that begin with the word, then those that contain it.
func (c completion) pick(all []Candidate) []Candidate {
	n := newNeedle(strings.ToLower(c.word))
	var begins, contains []Candidate
	seen := map[string]bool{}
	for _, cand := range all {
		if seen[cand.Text] || cand.Text == "" {
			continue
		}
		lower := strings.ToLower(cand.Text)
		cand.Start, cand.End = c.start, c.end
		switch {
		case strings.HasPrefix(lower, n.text):
			begins = append(begins, cand)
		case n.in(lower):
			contains = append(contains, cand)
		default:
			continue
		}
		seen[cand.Text] = true
	}
	picked := append(begins, contains...)
	return picked[:min(len(picked), maxCandidates)]
}

// inside completes a part of the word only: what stands before the part stays.
func (c completion) inside(offset int) completion {
	c.start += offset
	c.word = c.word[offset:]
	return c
}

func (v *Vocabulary) commandCandidates() []Candidate {
	var all []Candidate
	for i := range v.Kinds {
		all = append(all, Candidate{Text: v.Kinds[i].Name, Description: v.Kinds[i].Title, Kind: CandidateKindName, Suffix: " "})
	}
	for _, u := range v.verbUsage() {
		suffix := ""
		if u.Syntax != u.Name {
			suffix = " "
		}
		all = append(all, Candidate{Text: u.Name, Description: u.Title, Kind: CandidateCommand, Suffix: suffix})
	}
	var aliases []string
	for name := range v.Aliases {
		aliases = append(aliases, name)
	}
	slices.Sort(aliases)
	for _, name := range aliases {
		all = append(all, Candidate{Text: name, Description: v.Aliases[name], Kind: CandidateAlias, Suffix: " "})
	}
	if v.ServedNames != nil {
		all = append(all, v.ServedNames()...)
	}
	return all
}

func (c completion) verb(v *Vocabulary, verb *verb, index int) []Candidate {
	if scoped, ok := c.scope(v); ok {
		return scoped
	}
	if verb.complete == nil && verb.name != "set" {
		return nil
	}
	switch verb.name {
	case "ns":
		return c.inside(strings.LastIndexByte(c.word, ',') + 1).pick(completeNamespaces(v, 0))
	case "set":
		return c.pick(c.options(v, index))
	case "ctx":
		c = c.inside(strings.LastIndexByte(c.word, ',') + 1)
	}
	return c.pick(verb.complete(v, index))
}

// scope completes -n and @context.
func (c completion) scope(v *Vocabulary) ([]Candidate, bool) {
	switch {
	case c.before == "-n" || c.before == "--namespace":
		return c.inside(strings.LastIndexByte(c.word, ',') + 1).pick(completeNamespaces(v, 0)), true
	case strings.HasPrefix(c.word, "@"):
		return c.inside(max(1, strings.LastIndexByte(c.word, ',')+1)).pick(completeContexts(v, 0)), true
	}
	return nil, false
}

func (c completion) scopeOrFilter(v *Vocabulary, columns Columns, first bool) []Candidate {
	if scoped, ok := c.scope(v); ok {
		return scoped
	}
	if c.before == "-l" || c.before == "--selector" {
		return nil
	}
	if _, _, compares := cutOperator(c.word); compares || !first {
		return c.filter(columns)
	}
	namespaces := c.inside(strings.LastIndexByte(c.word, ',') + 1).pick(completeNamespaces(v, 0))
	return append(namespaces, c.filter(columns)...)
}

func (c completion) filter(columns Columns) []Candidate {
	if c.word != "" && c.word[0] == '!' {
		c = c.inside(1)
	}
	if c.word != "" && strings.IndexByte(`~/"-`, c.word[0]) >= 0 {
		return nil
	}
	if name, rest, ok := cutOperator(c.word); ok {
		_, width, _ := cutOp(rest)
		return c.inside(len(name)+width+strings.LastIndexByte(rest[width:], ',')+1).values(columns, name)
	}
	if _, _, ok := cutOp(c.before); ok {
		return nil
	}
	var all []Candidate
	for i := range columns {
		all = append(all, Candidate{Text: columns[i].Name, Description: columns[i].Title, Kind: CandidateColumn})
	}
	return c.pick(all)
}

func (c completion) values(columns Columns, name string) []Candidate {
	i, ok := columns.Find(name)
	if !ok {
		return nil
	}
	values := columns[i].Values
	if columns[i].Type == Bool {
		values = []string{"yes", "no"}
	}
	var all []Candidate
	for _, v := range values {
		if isSimple(v) {
			all = append(all, Candidate{Text: v, Description: columns[i].about(v), Kind: CandidateValue, Suffix: " "})
		}
	}
	return c.pick(all)
}

func (c *Column) about(value string) string {
	if c.Describe == nil {
		return c.Title
	}
	return c.Describe(value)
}

// isSimple reports whether a value can be inserted without quotes.
func isSimple(s string) bool { return s != "" && !strings.ContainsAny(s, " ,*\"") }

func completeContexts(v *Vocabulary, index int) []Candidate {
	if v.Contexts == nil || index > 0 {
		return nil
	}
	return candidates(v.Contexts(), "context", CandidateContext)
}

func completeNamespaces(v *Vocabulary, _ int) []Candidate {
	if v.Namespaces == nil {
		return nil
	}
	return candidates(v.Namespaces(), "namespace", CandidateNamespace)
}

func completeNames(verb string) func(*Vocabulary, int) []Candidate {
	return func(v *Vocabulary, index int) []Candidate {
		if v.Names == nil || index > 0 {
			return nil
		}
		return candidates(v.Names(verb), "", CandidateName)
	}
}

func completeWords(words ...string) func(*Vocabulary, int) []Candidate {
	return func(_ *Vocabulary, index int) []Candidate {
		if index > 0 {
			return nil
		}
		return candidates(words, "", CandidateValue)
	}
}

func completeAccess(v *Vocabulary, index int) []Candidate {
	switch {
	case index == 0:
		return candidates([]string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection",
			"impersonate", "bind", "escalate", "*"}, "verb", CandidateValue)
	case index == 1 && v.ServedNames != nil:
		return v.ServedNames()
	}
	return nil
}

// options are the names of the options, then the values of the one that stands before the cursor.
func (c completion) options(v *Vocabulary, index int) []Candidate {
	if index > 1 || v.Options == nil {
		return nil
	}
	var all []Candidate
	for _, o := range v.Options() {
		name, value, _ := strings.Cut(o.Text, " ")
		switch {
		case index == 0:
			all = append(all, Candidate{Text: name, Description: "option", Kind: CandidateValue, Suffix: " "})
		case strings.EqualFold(name, c.before):
			all = append(all, Candidate{Text: value, Description: o.Description, Kind: CandidateValue, Suffix: " "})
		}
	}
	return all
}

func completeViews(v *Vocabulary, index int) []Candidate {
	switch {
	case index == 0:
		return candidates([]string{string(ViewSave), string(ViewLoad), string(ViewExport)}, "", CandidateValue)
	case index == 1 && v.Views != nil:
		return candidates(v.Views(), "saved view", CandidateName)
	}
	return nil
}

func candidates(texts []string, description string, kind CandidateKind) []Candidate {
	list := make([]Candidate, len(texts))
	for i, t := range texts {
		list[i] = Candidate{Text: t, Description: description, Kind: kind, Suffix: " "}
	}
	return list
}
