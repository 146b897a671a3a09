package query

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a regular expression with a text that every match contains: most rows are dismissed by looking for that
// text, which is some fifty times faster.
type pattern struct {
	re   *regexp.Regexp
	must needle
}

// compilePattern ignores case unless the pattern has an upper-case letter.
func compilePattern(text string) (*pattern, error) {
	source := text
	if !hasUpperLiteral(text) {
		source = "(?i)" + text
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	if parsed, err := syntax.Parse(source, syntax.Perl); err == nil {
		p.must = newNeedle("")
		if literal, fold := required(parsed); fold && isASCII(literal) {
			p.must = newNeedle(strings.ToLower(literal))
		} else if !fold {
			p.must = needle{text: literal}
		}
	}
	return p, nil
}

func (p *pattern) in(s string) bool { return p.must.in(s) && p.re.MatchString(s) }

// required is the longest text that must occur in a match, "" when there is none.
func required(re *syntax.Regexp) (text string, fold bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune), re.Flags&syntax.FoldCase != 0
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if t, f := required(sub); len(t) > len(text) {
				text, fold = t, f
			}
		}
	}
	return text, fold
}
