// Package match finds a text, or a pattern written /re/, in lines of bytes.
//
// Its one rule: what does not match costs next to nothing. A search begins at the rarest byte of what must be there.
package match

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"

	"github.com/fn9s/fn9s/ui/prefilter"
)

// Pattern is what is looked for. Without an upper-case letter it ignores case. It may be used by several goroutines.
type Pattern struct {
	text    string
	literal *literal // of a plain text, or what every match of re holds
	re      *regexp.Regexp
	not     bool
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
	if !isPattern && (!fold || prefilter.IsASCII(text)) {
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
	}
	return p, nil
}

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

// Plain reports whether every match is the same text, so that many lines may be searched as one; see NextPlain.
func (p *Pattern) Plain() bool { return p.re == nil && !p.not }

// Keeps reports whether a filter shows the line.
func (p *Pattern) Keeps(line []byte) bool {
	_, _, ok := p.Next(line, 0)
	return ok != p.not
}

// Next finds the first match at or behind from; a match is never empty.
func (p *Pattern) Next(line []byte, from int) (start, end int, ok bool) {
	if from > len(line) {
		return 0, 0, false
	}
	if p.re == nil {
		return p.NextPlain(line, from)
	}
	if p.literal != nil && p.literal.index(line, from) < 0 {
		return 0, 0, false
	}
	for from <= len(line) {
		at := p.re.FindIndex(line[from:])
		switch {
		case at == nil:
			return 0, 0, false
		case at[1] > at[0]:
			return from + at[0], from + at[1], true
		}
		from += at[1] + 1
	}
	return 0, 0, false
}

// NextPlain is Next for a Plain pattern.
func (p *Pattern) NextPlain(data []byte, from int) (start, end int, ok bool) {
	start = p.literal.index(data, from)
	return start, start + len(p.literal.text), start >= 0
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
	lo := indexByte(data, l.lower, from+l.at)
	up := len(data)
	if l.upper != l.lower {
		up = indexByte(data, l.upper, from+l.at)
	}
	for at := min(lo, up); at <= last; at = min(lo, up) {
		if equalFold(data[at-l.at:at-l.at+len(l.text)], l.text) {
			return at - l.at
		}
		if at == lo {
			lo = indexByte(data, l.lower, at+1)
		} else {
			up = indexByte(data, l.upper, at+1)
		}
	}
	return -1
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
