package detect

import (
	"strings"
)

// Hit is a credential in a text.
type Hit struct {
	Line int // from 1
	Name string
	Kind string
}

const (
	maxText  = 1 << 20
	maxLine  = 4 << 10
	maxHits  = 32
	maxAsked = 64 // lines of one text that the library is asked about
)

// Text finds credentials in source code: tokens that give themselves away, and quoted literals under sensitive names.
func Text(text string) []Hit { return lines(text, false) }

// Config finds credentials in configuration files and scripts, where literals need no quotes.
func Config(text string) []Hit { return lines(text, true) }

func lines(text string, config bool) []Hit {
	text = text[:min(len(text), maxText)]
	var hits []Hit
	asked := 0
	for n := 1; text != "" && len(hits) < maxHits; n++ {
		line, rest, more := strings.Cut(text, "\n")
		if name, kind := judgeLine(line[:min(len(line), maxLine)], text, config, &asked); kind != "" {
			hits = append(hits, Hit{Line: n, Name: name, Kind: kind})
		}
		if text = rest; !more {
			break
		}
	}
	return hits
}

// judgeLine looks at one line; from is the text from that line on, for what spans lines.
func judgeLine(line, from string, config bool, asked *int) (name, kind string) {
	if strings.Contains(line, "-----BEGIN ") {
		if privateKey(from[:min(len(from), maxLine)]) {
			return "", "private key"
		}
		return "", ""
	}
	if kind = tokens(line); kind != "" {
		return assigned(line), kind
	}
	at := strings.IndexAny(line, "=:")
	for i := 0; at >= 0 && i < 8; i++ {
		if name, kind = assignment(line[:at], line[at+1:], config, asked); kind != "" {
			return name, kind
		}
		next := strings.IndexAny(line[at+1:], "=:")
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return "", ""
}

// tokens looks at every word of a line for values that give themselves away.
func tokens(line string) string {
	for _, f := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\"'`,;()[]{}<>\\|", r) }) {
		if len(f) < 8 {
			continue
		}
		if kind := format(f); kind != "" {
			return kind
		}
		if _, value, ok := strings.Cut(f, "="); ok && len(value) >= 8 {
			if kind := format(value); kind != "" {
				return kind
			}
		}
	}
	if i := strings.Index(line, "Bearer "); i >= 0 {
		value := line[i+len("Bearer "):]
		if end := strings.IndexAny(value, " \t\r\"'`)"); end >= 0 {
			value = value[:end]
		}
		if len(value) >= 20 && classes(value) >= 2 && entropy(value) >= 3.3 && !variable(value) && !placeholder(value) && dotsOnly(value) {
			return "bearer token"
		}
	}
	return ""
}

func dotsOnly(v string) bool {
	for i := 0; i < len(v); i++ {
		if !dots(v[i]) && strings.IndexByte("+/=~", v[i]) < 0 {
			return false
		}
	}
	return true
}

// assigned returns the name that a line assigns to, empty when it assigns nothing.
func assigned(line string) string {
	if at := strings.IndexAny(line, "=:"); at > 0 {
		return lastWord(line[:at])
	}
	return ""
}

func lastWord(s string) string {
	s = strings.TrimRight(s, " \t\"'`]:?")
	start := len(s)
	for start > 0 && (token(s[start-1]) || s[start-1] == '.') {
		start--
	}
	return s[start:]
}

// assignment judges `name = value` and `name: value`.
func assignment(left, right string, config bool, asked *int) (name, kind string) {
	name = lastWord(left)
	if name == "" {
		return "", ""
	}
	right = strings.TrimLeft(strings.TrimLeft(right, "="), " \t")
	value, quoted := literal(right)
	if !quoted {
		if !config {
			return "", ""
		}
		value = strings.TrimRight(right, " \t\r")
		if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimRight(value[:i], " \t")
		}
		if i := strings.IndexAny(value, " \t&;"); i >= 0 {
			value = value[:i]
		}
		if strings.ContainsAny(value, "(){}[]|<>") {
			return "", ""
		}
	}
	if len(value) < 3 || strings.ContainsAny(value, " \t") {
		return "", ""
	}
	if harmlessValue(value) {
		return "", ""
	}
	sensitive, neutral := classify(name)
	switch {
	case quoted && calledKey(name, value):
		return name, KindNamed
	case sensitive && reference(name, value), neutral:
		return "", ""
	case sensitive && !identifier(value, quoted):
		return name, KindNamed
	case sensitive:
		return "", ""
	}
	if suspicious(value) && *asked < maxAsked {
		*asked++
		return name, consult(name, value)
	}
	return "", ""
}

// calledKey reports whether a literal that is called just `key` says itself that it is a credential.
func calledKey(name, value string) bool {
	return strings.EqualFold(name, "key") && len(value) >= minLibrary && strings.ContainsAny(value, "0123456789") && mentions(value)
}

// mentions reports whether a word of the value is one that names credentials.
func mentions(value string) bool {
	var buffer [maxWords]string
	for _, w := range split(buffer[:0], value) {
		if secretWords[w] || w == "key" {
			return true
		}
	}
	return false
}

// identifier reports whether what stands under a sensitive name in code is another name and no literal: the name of a
// variable, a header or a field.
func identifier(value string, quoted bool) bool {
	if !quoted {
		return strings.Contains(value, ".") && !strings.ContainsAny(value, "!$%^&*") && classes(value) <= 2
	}
	sensitive, _ := classify(value)
	return sensitive && !strings.ContainsAny(value, "-0123456789")
}

// literal returns what stands in quotes at the beginning of s.
func literal(s string) (string, bool) {
	for _, prefix := range []string{"", "b", "r", "f", "u", "@"} {
		rest, ok := strings.CutPrefix(s, prefix)
		if !ok || rest == "" {
			continue
		}
		q := rest[0]
		if q != '"' && q != '\'' && q != '`' {
			continue
		}
		if end := strings.IndexByte(rest[1:], q); end >= 0 {
			return rest[1 : 1+end], true
		}
		return "", false
	}
	return "", false
}
