package query

import (
	"strings"
)

// Scope is where a command looks. The zero Scope is the current one.
type Scope struct {
	Context    string   // "" is the current context
	Namespaces []string // names, or patterns with "*"
	All        bool     // every namespace
}

// Empty reports whether the scope is the current one.
func (s Scope) Empty() bool { return s.Context == "" && !s.All && len(s.Namespaces) == 0 }

func (s Scope) String() string {
	var parts []string
	if s.Context != "" {
		parts = append(parts, "@"+s.Context)
	}
	switch {
	case s.All:
		parts = append(parts, "-n *")
	case len(s.Namespaces) > 0:
		parts = append(parts, "-n "+strings.Join(s.Namespaces, ","))
	}
	return strings.Join(parts, " ")
}

// scopeReader takes the parts of a scope out of a command while its filter is parsed.
type scopeReader struct {
	vocabulary *Vocabulary
	context    string // in which bare words are looked up
	scope      Scope
	set        bool // a namespace was given
	first      bool // the next word is the first one behind the kind
}

// take reads a part of the scope at the cursor, if there is one.
func (s *scopeReader) take(p *parser) (bool, error) {
	start := p.pos
	if p.in[p.pos] == '@' {
		p.pos++
		name := p.until(isSpace)
		if name == "" {
			return false, errorf(start, p.pos, "a context is missing behind @")
		}
		if s.scope.Context != "" && s.scope.Context != name {
			return false, errorf(start, p.pos, "two contexts: %s and %s", quote(s.scope.Context), quote(name))
		}
		s.scope.Context = name
		return true, nil
	}
	if flag, ok := namespaceFlag(p.in[p.pos:]); ok {
		return true, s.takeFlag(p, flag)
	}
	if !s.first {
		return false, nil
	}
	s.first = false
	if s.set {
		return false, nil
	}
	word := p.until(isSpace)
	if s.isScopeWord(word) && !p.operatorFollows(word) {
		return true, s.add(word, start, p.pos)
	}
	p.pos = start
	return false, nil
}

func (s *scopeReader) takeFlag(p *parser, flag string) error {
	start := p.pos
	p.pos += len(flag)
	if flag == "-A" || flag == "--all-namespaces" {
		s.set = true
		s.scope.All = true
		return nil
	}
	if p.peek(0) == '=' {
		p.pos++
	}
	p.skipSpace()
	from := p.pos
	value := p.until(isSpace)
	if value == "" {
		return errorf(start, p.pos, "a namespace is missing: write -n payments or -n a,b")
	}
	return s.add(value, from, p.pos)
}

// isScopeWord reports whether a bare word names namespaces: each part exists or has a "*".
func (s *scopeReader) isScopeWord(word string) bool {
	for part := range strings.SplitSeq(word, ",") {
		if validNamespace(part) && (strings.Contains(part, "*") || s.vocabulary.isNamespace(s.context, part)) {
			continue
		}
		return false
	}
	return true
}

func (s *scopeReader) add(list string, pos, end int) error {
	s.set = true
	names, all, err := namespaceList(list, pos, end)
	s.scope.All = s.scope.All || all
	s.scope.Namespaces = append(s.scope.Namespaces, names...)
	if s.scope.All {
		s.scope.Namespaces = nil
	}
	return err
}

// namespaceList reads "a,b", "pay*" or "*".
func namespaceList(list string, pos, end int) (names []string, all bool, err error) {
	for name := range strings.SplitSeq(list, ",") {
		switch {
		case name == "":
		case name == "*":
			all = true
		case !validNamespace(name):
			return nil, false, errorf(pos, end, "%s is not a namespace name: small letters, digits and hyphens", quote(name))
		default:
			names = append(names, name)
		}
	}
	if all {
		return nil, true, nil
	}
	if len(names) == 0 {
		return nil, false, errorf(pos, end, "a namespace is missing: write -n payments or -n a,b")
	}
	return names, false, nil
}

func namespaceFlag(rest string) (string, bool) {
	for _, name := range []string{"--namespace", "-n", "--all-namespaces", "-A"} {
		if after, ok := strings.CutPrefix(rest, name); ok && (after == "" || after[0] == '=' || isSpace(after[0])) {
			return name, true
		}
	}
	return "", false
}

// validNamespace checks a DNS label, with "*" allowed anywhere.
func validNamespace(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !(s[i] >= 'a' && s[i] <= 'z') && !isDigit(s[i]) && s[i] != '-' && s[i] != '*' {
			return false
		}
	}
	return true
}
