package query

import (
	"regexp"
	"regexp/syntax"

	"github.com/fn9s/fn9s/ui/prefilter"
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
		if literal, fold := prefilter.Required(parsed); fold {
			p.must = newNeedle(literal)
		} else {
			p.must = needle{text: literal}
		}
	}
	return p, nil
}

func (p *pattern) in(s string) bool { return p.must.in(s) && p.re.MatchString(s) }
