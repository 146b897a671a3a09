package query

import (
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/labels"
)

// flag reports the flag of one or two hyphens at the cursor when it is one that the grammar knows.
func (p *parser) flag() (string, bool) {
	rest := p.in[p.pos:]
	for _, name := range []string{"--selector", "-l"} {
		if after, ok := strings.CutPrefix(rest, name); ok && (after == "" || after[0] == '=' || isSpace(after[0])) {
			return name, true
		}
	}
	return "", false
}

func (p *parser) selector(start int, flag string) error {
	p.pos += len(flag)
	if p.peek(0) == '=' {
		p.pos++
	}
	p.skipSpace()
	from := p.pos
	text, err := p.selectorText()
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return errorf(start, p.pos, "a label selector is missing: write -l app=web")
	}
	selector, parseErr := labels.Parse(text)
	if parseErr != nil {
		return errorf(from, p.pos, "not a label selector: %s", plain(parseErr.Error()))
	}
	p.terms = append(p.terms, Term{Kind: Selector, Text: text, Pos: start, End: p.pos, selector: selector})
	return nil
}

// selectorText reads up to the first space that does not belong to the selector: those in parentheses, behind a
// comma and around "in" and "notin" do.
func (p *parser) selectorText() (string, error) {
	if q := p.peek(0); q == '"' || q == '\'' {
		return p.quoted(q)
	}
	from := p.pos
	for p.pos < len(p.in) {
		switch c := p.in[p.pos]; {
		case c == '(':
			end := strings.IndexByte(p.in[p.pos:], ')')
			if end < 0 {
				return "", errorf(p.pos, len(p.in), "the ( of the label selector is not closed")
			}
			p.pos += end + 1
		case isSpace(c):
			next := p.pos
			for next < len(p.in) && isSpace(p.in[next]) {
				next++
			}
			if !p.selectorGoesOn(p.in[from:p.pos], p.in[next:]) {
				return p.in[from:p.pos], nil
			}
			p.pos = next
		default:
			p.pos++
		}
	}
	return p.in[from:p.pos], nil
}

func (p *parser) selectorGoesOn(before, after string) bool {
	if strings.HasSuffix(before, ",") || strings.HasPrefix(after, ",") {
		return true
	}
	for _, word := range []string{"in", "notin"} {
		if rest, ok := strings.CutPrefix(after, word); ok && strings.HasPrefix(strings.TrimLeft(rest, " \t"), "(") {
			return true
		}
		if strings.HasPrefix(after, "(") && (strings.HasSuffix(before, " "+word) || strings.HasSuffix(before, "\t"+word)) {
			return true
		}
	}
	return false
}

// plain makes a library's message short, free of its jargon and of anything that a terminal would obey.
func plain(msg string) string {
	msg = strings.NewReplacer("unable to parse requirement: ", "", "couldn't parse the selector string ", "",
		"<nil>: ", "", "error parsing regexp: ", "", "(?i)", "").Replace(msg)
	if msg = strings.TrimSpace(msg); len(msg) > 160 {
		msg = strings.ToValidUTF8(msg[:160], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, msg)
}

// phrase reads a "…" at the cursor; \" and \\ stand for themselves.
func (p *parser) phrase() (string, error) {
	start := p.pos
	s, err := p.quoted('"')
	if err == nil && s == "" {
		return "", errorf(start, p.pos, "the quotes are empty")
	}
	return s, err
}

func (p *parser) quoted(q byte) (string, error) {
	start := p.pos
	var b strings.Builder
	for i := p.pos + 1; i < len(p.in); i++ {
		switch c := p.in[i]; {
		case c == '\\' && i+1 < len(p.in) && (p.in[i+1] == q || p.in[i+1] == '\\'):
			i++
			b.WriteByte(p.in[i])
		case c == q:
			p.pos = i + 1
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", errorf(start, len(p.in), "the quote is not closed")
}

// regex reads /re/ up to a slash that ends a word. \/ is a slash.
func (p *parser) regex() (string, *pattern, error) {
	start := p.pos
	end := -1
	for i := p.pos + 1; i < len(p.in); i++ {
		if p.in[i] == '\\' {
			i++
		} else if p.in[i] == '/' && (i+1 == len(p.in) || isSpace(p.in[i+1])) {
			end = i
			break
		}
	}
	if end < 0 {
		return "", nil, errorf(start, len(p.in), "the /pattern/ is not closed; to look for a slash write it in quotes")
	}
	text := p.in[start+1 : end]
	if text == "" {
		return "", nil, errorf(start, end+1, "the pattern is empty")
	}
	p.pos = end + 1
	re, err := compilePattern(text)
	if err != nil {
		return "", nil, errorf(start, p.pos, "not a pattern: %s", plain(err.Error()))
	}
	return text, re, nil
}

// hasUpperLiteral is smart case for patterns: the class names \S, \W, \D and the like are no upper-case letters.
func hasUpperLiteral(re string) bool {
	escaped := false
	for _, r := range re {
		if !escaped && unicode.IsUpper(r) {
			return true
		}
		escaped = r == '\\' && !escaped
	}
	return false
}
