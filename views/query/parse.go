package query

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// parser reads terms, and scope flags where a scope is allowed, from in[pos:].
type parser struct {
	in      string
	pos     int
	columns Columns
	terms   []Term
	scope   *scopeReader // nil in a filter
}

func (p *parser) run() error {
	if len(p.in) > maxInput {
		return errorf(maxInput, len(p.in), "the input is longer than %d bytes", maxInput)
	}
	for p.skipSpace(); p.pos < len(p.in); p.skipSpace() {
		if len(p.terms) == maxTerms {
			return errorf(p.pos, len(p.in), "more than %d terms", maxTerms)
		}
		if err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

// next reads one term or one part of the scope.
func (p *parser) next() error {
	start := p.pos
	if p.scope != nil {
		if took, err := p.scope.take(p); took || err != nil {
			return err
		}
	}
	if name, ok := p.flag(); ok {
		return p.selector(start, name)
	}
	t := Term{Pos: start}
	if p.in[p.pos] == '!' && p.peek(1) != '=' {
		t.Not = true
		p.pos++
		if p.pos == len(p.in) || isSpace(p.in[p.pos]) {
			return errorf(start, p.pos, "nothing follows the !: write !word")
		}
	}
	if err := p.term(&t); err != nil {
		return err
	}
	t.End = p.pos
	p.terms = append(p.terms, t)
	return nil
}

func (p *parser) term(t *Term) (err error) {
	switch c := p.in[p.pos]; {
	case c == '"':
		t.Text, err = p.phrase()
		t.needle = newNeedle(t.Text)
		return err
	case c == '~':
		p.pos++
		t.Kind, t.Text = Fuzzy, p.until(isSpace)
		if t.Text == "" {
			return errorf(t.Pos, p.pos, "nothing follows the ~: write ~word")
		}
		t.needle = newNeedle(t.Text)
		return nil
	case c == '/':
		t.Kind = Regex
		t.Text, t.re, err = p.regex()
		return err
	}
	return p.wordOrCompare(t)
}

func (p *parser) wordOrCompare(t *Term) error {
	start := p.pos
	word := p.until(isSpace)
	name, _, ok := cutOperator(word)
	switch {
	case ok && name == "":
		return errorf(start, p.pos, "a column is missing before %s", quote(word))
	case ok && isKey(name):
		p.pos = start + len(name)
		return p.compare(t, name, start)
	case !ok && isKey(word) && p.operatorFollows(word):
		p.skipSpace()
		return p.compare(t, word, start)
	}
	t.Text, t.needle = word, newNeedle(word)
	return nil
}

// operatorFollows looks for an operator behind a word and spaces. A "~" that starts a fuzzy word is none.
func (p *parser) operatorFollows(word string) bool {
	rest := strings.TrimLeftFunc(p.in[p.pos:], isSpaceRune)
	if rest == "" || len(rest) == len(p.in[p.pos:]) {
		return false
	}
	if rest[0] == '~' {
		_, isColumn := p.columns.Find(word)
		return isColumn && (len(rest) == 1 || isSpace(rest[1]))
	}
	_, _, ok := cutOp(rest)
	return ok
}

// compare reads the operator and the value; the cursor is behind the column's name.
func (p *parser) compare(t *Term, name string, start int) error {
	op, width, _ := cutOp(p.in[p.pos:])
	opPos := p.pos
	p.pos += width
	p.skipSpace()
	t.Kind, t.Op = Compare, op
	valuePos := p.pos
	if err := p.value(t); err != nil {
		return err
	}
	i, ok := p.columns.Find(name)
	if !ok {
		return p.unknownColumn(name, t, start)
	}
	c := &p.columns[i]
	t.column, t.Column, t.typ = i, c.Name, c.Type
	if t.Text == "" && t.re == nil {
		return errorf(opPos, p.pos, "a value is missing: write %s%s%s", c.Name, op, example(c))
	}
	if op > NotEqual && c.Type == Members {
		return errorf(opPos, opPos+width, "%s takes = or !=; * stands for anything", c.Name)
	}
	if op == Contains {
		t.needle = newNeedle(t.Text)
		return nil
	}
	if op > Contains && !ordered(c) {
		return errorf(opPos, opPos+width, "%s has no order: use =, != or ~", c.Name)
	}
	return t.operands(c, valuePos, p.pos)
}

func (p *parser) unknownColumn(name string, t *Term, start int) error {
	op := t.Op
	if op == Contains {
		op = Equal
	}
	value := t.Text
	if r := []rune(value); len(r) > 40 {
		value = string(r[:40]) + "…"
	}
	return errorf(start, start+len(name), "unknown column %s: label? use -l %s%s%s", quote(name), name, op, strings.Trim(quote(value), `"`))
}

func (p *parser) value(t *Term) (err error) {
	switch {
	case p.peek(0) == '"':
		t.literal = true
		t.Text, err = p.quoted('"')
	case p.peek(0) == '/' && t.Op == Contains:
		t.Text, t.re, err = p.regex()
	case p.pos < len(p.in) && strings.IndexByte("=~<>!", p.in[p.pos]) >= 0:
		return errorf(p.pos, p.pos+1, "%q after %s: write such a value in quotes", p.in[p.pos], t.Op)
	default:
		t.Text = p.until(isSpace)
	}
	return err
}

// operands parses the alternatives of the value: "a,b" is a or b.
func (t *Term) operands(c *Column, pos, end int) error {
	parts := []string{t.Text}
	if !t.literal && t.Op <= NotEqual {
		parts = slices.DeleteFunc(strings.Split(t.Text, ","), func(s string) bool { return s == "" })
	}
	if len(parts) == 0 {
		return errorf(pos, end, "a value is missing: write %s%s%s", c.Name, t.Op, example(c))
	}
	for _, part := range parts {
		v, problem := parseValue(c, part)
		if problem == "" && t.Op > Contains && !v.hasNum {
			problem = quote(part) + " has no order: use = or !="
		}
		if problem != "" {
			return errorf(pos, end, "%s", problem)
		}
		if c.Type == Members {
			part = strings.ToLower(v.text)
		}
		o := operand{typed: v, needle: newNeedle(part)}
		if (c.Type == Text || c.Type == List || c.Type == Members) && !t.literal && strings.Contains(part, "*") {
			o.glob = strings.Split(part, "*")
		}
		t.values = append(t.values, o)
	}
	return nil
}

func ordered(c *Column) bool {
	return c.Type != Text && c.Type != List && c.Type != Members && c.Type != Bool && (c.Type != Enum || !c.Unordered)
}

func example(c *Column) string {
	if len(c.Values) > 0 {
		return c.Values[len(c.Values)-1]
	}
	return [...]string{Text: "name", List: "name", Members: "name", Number: "3", Quantity: "500m", Duration: "2h", Enum: "value",
		Ratio: "1/2", Bool: "yes"}[c.Type]
}

// cutOperator splits a word before its first operator.
func cutOperator(word string) (name, rest string, ok bool) {
	for i := range len(word) {
		if _, _, ok := cutOp(word[i:]); ok {
			return word[:i], word[i:], true
		}
	}
	return word, "", false
}

// cutOp reads the operator that s begins with. "==" and "=~" are read as = and ~.
func cutOp(s string) (op Op, width int, ok bool) {
	for _, o := range []struct {
		text string
		op   Op
	}{
		{"==", Equal}, {"=~", Contains}, {"=", Equal}, {"!=", NotEqual}, {"~", Contains},
		{">=", GreaterEqual}, {">", Greater}, {"<=", LessEqual}, {"<", Less},
	} {
		if strings.HasPrefix(s, o.text) {
			return o.op, len(o.text), true
		}
	}
	return 0, 0, false
}

// isKey reports whether s could be the name of a column or of a label.
func isKey(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && (i == 0 || strings.IndexByte("-_./", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}

func (p *parser) peek(n int) byte {
	if p.pos+n < len(p.in) {
		return p.in[p.pos+n]
	}
	return 0
}

func (p *parser) until(stop func(byte) bool) string {
	from := p.pos
	for p.pos < len(p.in) && !stop(p.in[p.pos]) {
		p.pos++
	}
	return p.in[from:p.pos]
}

func (p *parser) skipSpace() {
	for p.pos < len(p.in) && isSpace(p.in[p.pos]) {
		p.pos++
	}
}

func isSpace(b byte) bool { return b <= ' ' || b == 0x7f }

func isSpaceRune(r rune) bool { return r < utf8.RuneSelf && isSpace(byte(r)) }
