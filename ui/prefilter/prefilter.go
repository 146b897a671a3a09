// Package prefilter says what every match of a regular expression holds, so that most texts are dismissed by looking for
// that, which is many times faster than matching.
//
// Its one rule: what it names is in every match. Where it cannot tell, it names nothing.
package prefilter

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Required returns the longest text that every match of a regular expression holds, "" when there is none. With fold its
// case does not count, and it is in lower case and ASCII.
func Required(re *syntax.Regexp) (text string, fold bool) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return folded(strings.ToLower(string(re.Rune))), true
		}
		return string(re.Rune), false
	case syntax.OpCapture, syntax.OpPlus:
		return Required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return Required(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if t, f := Required(sub); len(t) > len(text) {
				text, fold = t, f
			}
		}
	}
	return text, fold
}

// folded is the longest part of a text whose letters have two forms: ſ and the Kelvin sign fold to s and k.
func folded(text string) string {
	best := ""
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == 's' || r == 'k' || r >= utf8.RuneSelf }) {
		if len(part) > len(best) {
			best = part
		}
	}
	return best
}

// IsASCII reports whether a text may be compared byte by byte when its case does not count.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
