// Package match finds a text, or a pattern written /re/, in lines of bytes.
//
// Its one rule: what does not match costs next to nothing. A search begins at the rarest byte of what must be there.
package match

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/fn9s/fn9s/ui/prefilter"
)

// Pattern is what is looked for. Without an upper-case letter it ignores case. It may be used by several goroutines.
type Pattern struct {
	text    string
	literal *literal // of a plain text, or what every match of re holds
	re      *regexp.Regexp
	not     bool

	prog *syntax.Prog // of re, where an automaton can do its work
	idle sync.Pool    // automata
	slow atomic.Bool  // an automaton was slower than re
}

// Compile reads a pattern: a text, or /re/.
func Compile(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	source, isPattern := strings.CutPrefix(text, "/")
	if isPattern && len(source) > 1 && strings.HasSuffix(source, "/") {
		source = strings.TrimSuffix(source, "/")
	} else {
		isPattern, source = false, regexp.QuoteMeta(text)
	}
	fold := !strings.ContainsFunc(text, unicode.IsUpper)
	if !isPattern && (!fold || !strings.ContainsFunc(text, hasCase)) {
		p.literal = newLiteral(text, fold)
		return p, nil
	}
	if fold {
		source = "(?i)" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("not a pattern: %s", strings.NewReplacer("error parsing regexp: ", "", "(?i)", "").Replace(err.Error()))
	}
	p.re = re
	if tree, err := syntax.Parse(source, syntax.Perl); err == nil {
		if text, fold := prefilter.Required(tree); len(text) > 1 && prefilter.IsASCII(text) {
			p.literal = newLiteral(text, fold)
		}
		if prog, err := syntax.Compile(tree.Simplify()); err == nil && !mayBeEmpty(tree) {
			p.prog = prog
		}
	}
	return p, nil
}

// hasCase reports whether a character has other forms that are not found byte by byte.
func hasCase(r rune) bool { return r >= utf8.RuneSelf && unicode.SimpleFold(r) != r }

// CompileFilter is Compile for what says which lines to show: one that begins with an exclamation mark hides them.
func CompileFilter(text string) (*Pattern, error) {
	rest, not := strings.CutPrefix(text, "!")
	if rest == "" {
		rest, not = text, false
	}
	p, err := Compile(rest)
	if err != nil {
		return nil, err
	}
	p.text, p.not = text, not
	return p, nil
}

// Text is the pattern as it was written.
func (p *Pattern) Text() string { return p.text }

// Inverted reports whether a filter shows what does not match.
func (p *Pattern) Inverted() bool { return p.not }

// Hold reports whether every match holds the same text, so that many lines may be searched as one; see Texts. With all
// it is nothing but that text.
func (p *Pattern) Hold() (text, all bool) { return p.literal != nil, p.re == nil }

// Keeps reports whether a filter shows the line.
func (p *Pattern) Keeps(line []byte) bool { return p.matches(line) != p.not }

func (p *Pattern) matches(line []byte) (found bool) {
	if p.literal != nil {
		if there := p.literal.index(line, 0) >= 0; !there || p.re == nil {
			return there
		}
	}
	if a := p.automaton(); a != nil {
		if found, ok := a.matches(line); ok {
			p.idle.Put(a)
			return found
		}
		p.slow.Store(true)
	}
	_, _, found = p.First(line)
	return found
}

// automaton is one that nobody uses; nil: the expression is quicker without.
func (p *Pattern) automaton() *automaton {
	if p.prog == nil || p.slow.Load() {
		return nil
	}
	if a, ok := p.idle.Get().(*automaton); ok {
		return a
	}
	return newAutomaton(p.prog)
}

// Lines tells which of n lines have a match, in any order.
func (p *Pattern) Lines(n int, line func(int) []byte, found func(int)) {
	f := feed{n: n, line: line, found: found}
	if a := p.automaton(); a != nil {
		busy, ok := a.run(&f)
		if ok {
			p.idle.Put(a)
			return
		}
		p.slow.Store(true)
		for _, l := range busy {
			if _, _, ok := p.First(l.line); ok && l.busy {
				found(l.i)
			}
		}
	}
	for ; f.next < n; f.next++ {
		if _, _, ok := p.First(line(f.next)); ok {
			found(f.next)
		}
	}
}

// mayBeEmpty reports whether an expression may match nothing, which is no match here.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return mayBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || mayBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !mayBeEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, mayBeEmpty)
	}
	return true
}

// First finds the first match; a match is never empty.
func (p *Pattern) First(line []byte) (start, end int, ok bool) {
	if p.literal != nil {
		start = p.literal.index(line, 0)
		if start < 0 || p.re == nil {
			return start, start + len(p.literal.text), start >= 0
		}
	}
	at := p.re.FindIndex(line)
	if at == nil {
		return 0, 0, false
	}
	if at[1] > at[0] {
		return at[0], at[1], true
	}
	for _, at := range p.re.FindAllIndex(line, -1) {
		if at[1] > at[0] {
			return at[0], at[1], true
		}
	}
	return 0, 0, false
}

// reach is how far before a part of a line a match may begin, and how far behind it end, to be found for sure.
const reach = 256

// In tells the matches that reach into a part of a line, in their order.
func (p *Pattern) In(line []byte, from, to int, found func(start, end int)) {
	first, last := max(0, from-reach), min(len(line), to+reach)
	if p.re == nil {
		for at := first; ; {
			start := p.literal.index(line[:last], at)
			if start < 0 || start >= to {
				return
			}
			at = start + len(p.literal.text)
			found(start, at)
		}
	}
	if p.literal != nil && p.literal.index(line, 0) < 0 {
		return
	}
	for _, at := range p.re.FindAllIndex(line[first:last], -1) {
		start, end := first+at[0], first+at[1]
		// What was cut off is not where a line begins or ends.
		if start < end && start < to && (start > first || first == 0) {
			found(start, end)
		}
	}
}

// Texts finds the text that every match holds, in data from its begin to its end.
type Texts struct {
	literal *literal
	data    []byte
	// Where the byte that is looked for is next, in both cases: that one of them is far away is found out once.
	lower, upper int
}

// Texts begins to look for the text that every match holds.
func (p *Pattern) Texts(data []byte) Texts {
	return Texts{literal: p.literal, data: data, lower: -1, upper: -1}
}

// Next finds the first at or behind from, which must not be before that of an earlier call.
func (t *Texts) Next(from int) (start, end int, ok bool) {
	start = t.literal.next(t.data, from, &t.lower, &t.upper)
	return start, start + len(t.literal.text), start >= 0
}

// literal is a text with the byte of it that is looked for first.
type literal struct {
	text  []byte
	fold  bool
	at    int // of that byte
	lower byte
	upper byte
}

func newLiteral(text string, fold bool) *literal {
	l := &literal{text: []byte(text), fold: fold}
	for i := range l.text {
		if commonness(l.text[i], fold) < commonness(l.text[l.at], fold) {
			l.at = i
		}
	}
	if len(text) > 0 {
		l.lower, l.upper = text[l.at], text[l.at]
		if fold {
			l.upper = byte(unicode.ToUpper(rune(l.lower)))
		}
	}
	return l
}

// byCommonness are the bytes that logs are full of, the most common first.
const byCommonness = ` e0t1a2oin"s:r3-,d54/l.876cp9mhu=gf_bv{}ykT[]w(x)IERASqNOLDzjFPMCGU`

func commonness(b byte, fold bool) int {
	i := strings.IndexByte(byCommonness, b)
	if i < 0 {
		return 0
	}
	n := len(byCommonness) - i
	if fold && b >= 'a' && b <= 'z' {
		n += 4 // both cases are looked for
	}
	return n
}

// index finds the text at or behind from; -1: it is not there.
func (l *literal) index(data []byte, from int) int {
	lower, upper := -1, -1
	return l.next(data, from, &lower, &upper)
}

// next is index, with what is known of where its byte is.
func (l *literal) next(data []byte, from int, lower, upper *int) int {
	if len(l.text) == 0 {
		return -1
	}
	if !l.fold {
		if i := bytes.Index(data[from:], l.text); i >= 0 {
			return from + i
		}
		return -1
	}
	last := len(data) - len(l.text) + l.at
	lo, up := *lower, *upper
	if lo < from+l.at {
		lo = indexByte(data, l.lower, from+l.at)
	}
	switch {
	case l.upper == l.lower:
		up = len(data)
	case up < from+l.at:
		up = indexByte(data, l.upper, from+l.at)
	}
	found := -1
	for at := min(lo, up); at <= last; at = min(lo, up) {
		if equalFold(data[at-l.at:at-l.at+len(l.text)], l.text) {
			found = at - l.at
			break
		}
		if at == lo {
			lo = indexByte(data, l.lower, at+1)
		} else {
			up = indexByte(data, l.upper, at+1)
		}
	}
	*lower, *upper = lo, up
	return found
}

func indexByte(data []byte, b byte, from int) int {
	if from >= len(data) {
		return len(data)
	}
	if i := bytes.IndexByte(data[from:], b); i >= 0 {
		return from + i
	}
	return len(data)
}

func equalFold(data, lower []byte) bool {
	for i, c := range data {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
