package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fn9s/fn9s/ui/prefilter"
)

// needle is a text to look for. It ignores case unless it has an upper-case letter ("smart case").
type needle struct {
	text         string
	fold         bool
	ascii        bool
	lower, upper byte // first byte in both cases, when ascii
}

func newNeedle(s string) needle {
	n := needle{text: s, fold: !hasUpper(s), ascii: prefilter.IsASCII(s)}
	if n.fold && n.ascii && s != "" {
		n.lower, n.upper = lowerByte(s[0]), upperByte(s[0])
	}
	return n
}

// in reports whether the needle occurs in s.
func (n *needle) in(s string) bool {
	switch {
	case !n.fold || len(n.text) == 0:
		return strings.Contains(s, n.text)
	case n.ascii:
		return n.inASCII(s)
	}
	for i := range s {
		if prefixFold(s[i:], n.text) {
			return true
		}
	}
	return false
}

// inASCII jumps from one possible first byte to the next: most rows are dismissed by two vectorised scans.
func (n *needle) inASCII(s string) bool {
	lo, up := 0, 0
	if lo = strings.IndexByte(s, n.lower); lo < 0 {
		lo = len(s)
	}
	up = len(s)
	if n.upper != n.lower {
		if up = strings.IndexByte(s, n.upper); up < 0 {
			up = len(s)
		}
	}
	last := len(s) - len(n.text)
	for at := min(lo, up); at <= last; at = min(lo, up) {
		if equalFoldASCII(s[at:at+len(n.text)], n.text) {
			return true
		}
		if at == lo {
			lo = nextByte(s, n.lower, at+1)
		} else {
			up = nextByte(s, n.upper, at+1)
		}
	}
	return false
}

// equal reports whether s is the needle as a whole.
func (n *needle) equal(s string) bool {
	if n.fold {
		return strings.EqualFold(s, n.text)
	}
	return s == n.text
}

func nextByte(s string, b byte, from int) int {
	if i := strings.IndexByte(s[from:], b); i >= 0 {
		return from + i
	}
	return len(s)
}

func equalFoldASCII(s, lower string) bool {
	for i := 1; i < len(lower); i++ {
		if s[i] != lower[i] && lowerByte(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func prefixFold(s, prefix string) bool {
	for prefix != "" {
		if s == "" {
			return false
		}
		a, n := utf8.DecodeRuneInString(s)
		b, m := utf8.DecodeRuneInString(prefix)
		if a != b && unicode.ToLower(a) != unicode.ToLower(b) {
			return false
		}
		s, prefix = s[n:], prefix[m:]
	}
	return true
}

// fuzzyIn reports whether the runes of the needle occur in this order within one white-space separated cell of s.
func (n *needle) fuzzyIn(s string) bool {
	if !n.ascii {
		return n.fuzzyRunes(s)
	}
	want := 0
	for i := range len(s) {
		c := s[i]
		if c <= ' ' {
			want = 0
			continue
		}
		if c == n.text[want] || (n.fold && lowerByte(c) == n.text[want]) {
			if want++; want == len(n.text) {
				return true
			}
		}
	}
	return false
}

func (n *needle) fuzzyRunes(s string) bool {
	rest := n.text
	for _, c := range s {
		if unicode.IsSpace(c) {
			rest = n.text
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		if c == r || (n.fold && unicode.ToLower(c) == unicode.ToLower(r)) {
			if rest = rest[size:]; rest == "" {
				return true
			}
		}
	}
	return false
}

func lowerByte(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func upperByte(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

func hasUpper(s string) bool {
	for _, r := range s {
		if unicode.IsUpper(r) {
			return true
		}
	}
	return false
}
