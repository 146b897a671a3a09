// Package text holds the string work of a text console: cleaning, measuring, fitting and
// cutting by terminal cells. The rule: text that came from outside passes Clean before it is
// drawn, and whatever Fit returns is exactly as wide as it was asked to be.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks bounds the combining marks on one character: more of them is paint over the
// neighbouring lines, not writing.
const maxMarks = 4

// Clean makes s safe to draw on one line. Control sequences are removed as a whole, line breaks
// and tabs become spaces, other controls go, and so do characters that reorder or hide text:
// bidirectional overrides, zero-width characters, variation and skin-tone selectors, tags.
// Invalid UTF-8 becomes U+FFFD, one for a run of bytes. A clean string is returned as it is.
func Clean(s string) string { return clean(s, false) }

// CleanMultiline is Clean for text of several lines: line breaks stay, as "\n", and tabs
// become spaces up to the next multiple of eight.
func CleanMultiline(s string) string { return clean(s, true) }

func clean(s string, multiline bool) string {
	dirty := firstDirty(s, multiline)
	if dirty < 0 {
		return s
	}
	c := cleaner{src: s, multiline: multiline}
	c.out.Grow(len(s))
	c.out.WriteString(s[:dirty])
	for _, r := range s[:dirty] {
		c.count(r)
	}
	for c.at = dirty; c.at < len(s); {
		c.step()
	}
	return c.out.String()
}

// firstDirty returns the offset of the first byte that Clean would not keep, or -1.
func firstDirty(s string, multiline bool) int {
	marks := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if (b < ' ' || b == 0x7f) && !(multiline && b == '\n') {
				return i
			}
			marks = 0
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && n == 1) || r < 0xa0 || isLineBreak(r) || isHidden(r) {
			return i
		}
		if marks++; !joins(r) {
			marks = 0
		}
		if marks > maxMarks || (marks > 0 && startsLine(s[:i])) {
			return i
		}
		i += n
	}
	return -1
}

type cleaner struct {
	src       string
	at        int
	out       strings.Builder
	multiline bool
	column    int
	marks     int
	bad       bool // the last thing written stands for invalid bytes
}

func (c *cleaner) step() {
	b := c.src[c.at]
	if b < utf8.RuneSelf && b >= ' ' && b != 0x7f {
		c.write(rune(b))
		c.at++
		return
	}
	r, n := utf8.DecodeRuneInString(c.src[c.at:])
	switch {
	case r == utf8.RuneError && n == 1:
		if !c.bad {
			c.write(utf8.RuneError)
			c.bad = true
		}
		c.at++
	case r < ' ' || (r >= 0x7f && r < 0xa0):
		c.control(r, n)
	case isLineBreak(r):
		c.lineBreak()
		c.at += n
	case isHidden(r):
		c.at += n
	case joins(r) && (c.marks >= maxMarks || startsLine(c.out.String())):
		c.at += n
	default:
		c.write(r)
		c.at += n
	}
}

func (c *cleaner) write(r rune) {
	c.out.WriteRune(r)
	c.count(r)
}

func (c *cleaner) count(r rune) {
	c.bad = false
	switch {
	case r == '\n':
		c.column, c.marks = 0, 0
	case joins(r):
		c.marks++
	default:
		c.column++
		c.marks = 0
	}
}

func (c *cleaner) lineBreak() {
	if c.multiline {
		c.write('\n')
	} else {
		c.write(' ')
	}
}

// control consumes one control character, or the whole sequence that it starts.
func (c *cleaner) control(r rune, n int) {
	rest := c.src[c.at+n:]
	switch r {
	case '\n', '\v', '\f', 0x85:
		c.lineBreak()
	case '\r':
		if !strings.HasPrefix(rest, "\n") {
			c.lineBreak()
		}
	case '\t':
		c.write(' ')
		for c.multiline && c.column%8 != 0 {
			c.write(' ')
		}
	case 0x1b:
		n += escapeLen(rest)
	case 0x9b:
		n += csiLen(rest)
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f:
		n += stringLen(rest)
	}
	c.at += n
}

// escapeLen returns how many bytes after an ESC belong to its sequence. An unfinished sequence
// counts nothing, so that what follows the ESC is shown rather than swallowed.
func escapeLen(s string) int {
	if s == "" {
		return 0
	}
	body := 0
	switch s[0] {
	case '[':
		body = csiLen(s[1:])
	case ']', 'P', 'X', '^', '_':
		body = stringLen(s[1:])
	default:
		for i := range len(s) {
			switch b := s[i]; {
			case b >= 0x20 && b <= 0x2f:
			case b >= 0x30 && b <= 0x7e:
				return i + 1
			default:
				return 0
			}
		}
		return 0
	}
	if body == 0 {
		return 0
	}
	return body + 1
}

func csiLen(s string) int {
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 0x20 && b <= 0x3f:
		case b >= 0x40 && b <= 0x7e:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

// stringLen measures the body of an OSC, DCS, SOS, PM or APC up to its terminator. It gives up
// at any other control, which keeps the cleaning of hostile text linear.
func stringLen(s string) int {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == 0x07:
			return i + 1
		case b == 0x1b:
			if strings.HasPrefix(s[i+1:], `\`) {
				return i + 2
			}
			return 0
		case b < ' ' || b == 0x7f:
			return 0
		case b == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0:
			if s[i+1] == 0x9c {
				return i + 2
			}
			return 0
		}
	}
	return 0
}

func isLineBreak(r rune) bool { return r == 0x2028 || r == 0x2029 }

// startsLine says whether a mark written after s would have nothing to sit on and would join
// whatever is drawn before it.
func startsLine(s string) bool { return s == "" || s[len(s)-1] == '\n' }

// joins says whether r is drawn onto the character before it, whatever that is.
func joins(r rune) bool {
	return r >= 0x300 && (unicode.Is(unicode.M, r) || unicode.Is(joining, r))
}

// joining lists what joins besides the marks that this version of Go knows: a few letters, and
// the marks of newer versions of Unicode.
var joining = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0897, Hi: 0x0897, Stride: 1},
		{Lo: 0x0e33, Hi: 0x0e33, Stride: 1},
		{Lo: 0x0eb3, Hi: 0x0eb3, Stride: 1},
		{Lo: 0x1acf, Hi: 0x1add, Stride: 1},
		{Lo: 0x1ae0, Hi: 0x1aeb, Stride: 1},
		{Lo: 0xff9e, Hi: 0xff9f, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x10d69, Hi: 0x10d6d, Stride: 1},
		{Lo: 0x10efa, Hi: 0x10efc, Stride: 1},
		{Lo: 0x113b8, Hi: 0x113d2, Stride: 1},
		{Lo: 0x113e1, Hi: 0x113e2, Stride: 1},
		{Lo: 0x11b60, Hi: 0x11b67, Stride: 1},
		{Lo: 0x11f5a, Hi: 0x11f5a, Stride: 1},
		{Lo: 0x1611e, Hi: 0x1612f, Stride: 1},
		{Lo: 0x1e5ee, Hi: 0x1e5ef, Stride: 1},
		{Lo: 0x1e6e3, Hi: 0x1e6f5, Stride: 1},
	},
}

// isHidden says whether r shows nothing itself and changes how its neighbours are read, ordered
// or measured. Terminals disagree about the width of what variation and skin-tone selectors
// select, so they go too.
func isHidden(r rune) bool {
	if r < 0xad {
		return false
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(hidden, r)
}

// hidden lists what isHidden knows beyond the format characters (Cf): fillers, selectors, and
// the letters that Unicode joins to whatever follows them.
var hidden = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034f, Hi: 0x034f, Stride: 1},
		{Lo: 0x0d4e, Hi: 0x0d4e, Stride: 1},
		{Lo: 0x115f, Hi: 0x1160, Stride: 1},
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
		{Lo: 0x180b, Hi: 0x180f, Stride: 1},
		{Lo: 0x2060, Hi: 0x206f, Stride: 1},
		{Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
		{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
		{Lo: 0xfff0, Hi: 0xfffb, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x111c2, Hi: 0x111c3, Stride: 1},
		{Lo: 0x113d1, Hi: 0x113d1, Stride: 1},
		{Lo: 0x1193f, Hi: 0x1193f, Stride: 1},
		{Lo: 0x11941, Hi: 0x11941, Stride: 1},
		{Lo: 0x11a3a, Hi: 0x11a3a, Stride: 1},
		{Lo: 0x11a84, Hi: 0x11a89, Stride: 1},
		{Lo: 0x11d46, Hi: 0x11d46, Stride: 1},
		{Lo: 0x11f02, Hi: 0x11f02, Stride: 1},
		{Lo: 0x1f3fb, Hi: 0x1f3ff, Stride: 1},
		{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1},
	},
}
