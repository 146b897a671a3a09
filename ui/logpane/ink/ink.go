// Package ink makes text that is safe to draw of what a program wrote, and keeps the colours that it asked for.
//
// Its one rule: nothing that a terminal would obey leaves it. Colours are read, kept as values, and written anew.
package ink

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/ui/text"
)

// Style is what SGR sequences added up to: attributes and two colours.
type Style uint64

// The attributes of a style.
const (
	bold Style = 1 << iota
	faint
	italic
	underline
	reverse
	strike
	attributes Style = 1<<8 - 1
)

// A colour takes 26 bits: its kind and its value. Zero is the terminal's own.
const (
	colourBits       = 26
	foreground       = 8
	background       = foreground + colourBits
	colourMask Style = 1<<colourBits - 1
	palette    Style = 1 << 24
	direct     Style = 2 << 24
)

// Mark begins a style at a byte of a text.
type Mark struct {
	At    uint32
	Style Style
}

// MarkSize is how many bytes AppendMark appends.
const MarkSize = 12

// maxMarks bounds the changes of style of one line.
const maxMarks = 256

// AppendMark writes a mark, and MarkAt reads the nth of them.
func AppendMark(to []byte, m Mark) []byte {
	to = binary.LittleEndian.AppendUint32(to, m.At)
	return binary.LittleEndian.AppendUint64(to, uint64(m.Style))
}

// MarkAt reads the nth mark that AppendMark wrote.
func MarkAt(data []byte, n int) Mark {
	data = data[n*MarkSize:]
	return Mark{At: binary.LittleEndian.Uint32(data), Style: Style(binary.LittleEndian.Uint64(data[4:]))}
}

// IsASCII reports whether raw is printable ASCII only: every byte a cell, nothing to clean.
func IsASCII(raw []byte) bool {
	const low, high, del = 0x2020202020202020, 0x8080808080808080, 0x7f7f7f7f7f7f7f7f
	for len(raw) >= 8 {
		w := binary.LittleEndian.Uint64(raw)
		d := w ^ del
		// A byte below a space borrows from its high bit, and so does a DEL from what differs from it.
		if (w|(w-low)|(d-0x0101010101010101)&^d)&high != 0 {
			return simple(raw)
		}
		raw = raw[8:]
	}
	return simple(raw)
}

func simple(raw []byte) bool {
	for _, b := range raw {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}

// Append appends the text of a line to dst, at most about limit bytes of it, and its styles to marks. Cut is how many
// bytes of raw were left out at the end. Tabs go to the next multiple of eight.
func Append(dst, raw []byte, limit int, marks []Mark) (out []byte, styles []Mark, cut int) {
	if len(raw) > limit {
		keep := limit
		for keep > limit-utf8.UTFMax && !utf8.RuneStart(raw[keep]) {
			keep--
		}
		cut, raw = len(raw)-keep, raw[:keep]
	}
	if IsASCII(raw) {
		return append(dst, raw...), marks, cut
	}
	w := writer{dst: dst, start: len(dst), marks: marks}
	for len(raw) > 0 && len(w.dst)-w.start <= limit {
		at := bytes.IndexAny(raw, "\x1b\t")
		if at < 0 {
			at = len(raw)
		}
		if at > 0 {
			w.text(raw[:at])
			raw = raw[at:]
			continue
		}
		if raw[0] == '\t' {
			w.tab()
			raw = raw[1:]
			continue
		}
		if n, ok := w.sgr(raw); ok {
			raw = raw[n:]
			continue
		}
		// What the escape begins is for Clean: up to the next sequence that could be a colour, or tab.
		end := bytes.IndexAny(raw[1:], "\x1b\t") + 1
		if end == 0 {
			end = len(raw)
		} else if bytes.HasPrefix(raw[end:], []byte("\x1b\\")) {
			end += 2 // it ends a string
		}
		w.text(raw[:end])
		raw = raw[end:]
	}
	return w.dst, w.marks, cut + len(raw)
}

type writer struct {
	dst    []byte
	start  int
	column int
	marks  []Mark
	n      int // marks of this line
	style  Style
	marked Style
}

func (w *writer) text(raw []byte) {
	s := text.Clean(string(raw))
	if s == "" {
		return
	}
	w.column += text.Width(s)
	if len(w.dst) > w.start && joins(w.dst[w.start:], s) {
		w.dst = append(w.dst, s...) // a character goes on: no style may begin in it
		return
	}
	if w.style != w.marked && w.n < maxMarks {
		w.marks = append(w.marks, Mark{At: uint32(len(w.dst) - w.start), Style: w.style})
		w.marked = w.style
		w.n++
	}
	w.dst = append(w.dst, s...)
}

// joins reports whether the end of a text and the beginning of another are one character.
func joins(before []byte, s string) bool {
	last, size := utf8.DecodeLastRune(before)
	first, _ := utf8.DecodeRuneInString(s)
	if last < utf8.RuneSelf || first < utf8.RuneSelf {
		return false
	}
	pair := string(last) + string(first)
	cluster, _ := ansi.FirstGraphemeCluster(pair, ansi.GraphemeWidth)
	return len(cluster) > size
}

func (w *writer) tab() {
	n := 8 - w.column%8
	w.dst = text.AppendSpaces(w.dst, n)
	w.column += n
}

// sgr takes a sequence that sets colours and attributes. It is not ok for any other.
func (w *writer) sgr(raw []byte) (n int, ok bool) {
	if len(raw) < 3 || raw[1] != '[' {
		return 0, false
	}
	const most = 64
	for n = 2; n < len(raw) && n < most; n++ {
		c := raw[n]
		if c == 'm' {
			w.style = w.style.with(string(raw[2:n]))
			return n + 1, true
		}
		if (c < '0' || c > '9') && c != ';' && c != ':' {
			return 0, false
		}
	}
	return 0, false
}

// with is the style after the parameters of a sequence. What hides text or blinks does not count.
func (s Style) with(params string) Style {
	list := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(list) == 0 {
		return 0
	}
	for i := 0; i < len(list); i++ {
		switch n := number(list[i]); {
		case n == 0:
			s = 0
		case n == 38 || n == 48:
			colour, used := extended(list[i+1:])
			i += used
			if colour != 0 {
				s = s.coloured(n == 48, colour)
			}
		case n >= 30 && n <= 37:
			s = s.coloured(false, palette|Style(n-30))
		case n >= 90 && n <= 97:
			s = s.coloured(false, palette|Style(n-90+8))
		case n >= 40 && n <= 47:
			s = s.coloured(true, palette|Style(n-40))
		case n >= 100 && n <= 107:
			s = s.coloured(true, palette|Style(n-100+8))
		case n == 39 || n == 49:
			s = s.coloured(n == 49, 0)
		default:
			s = s.attributed(n)
		}
	}
	return s
}

func (s Style) attributed(n int) Style {
	switch n {
	case 1:
		s |= bold
	case 2:
		s |= faint
	case 3:
		s |= italic
	case 4:
		s |= underline
	case 7:
		s |= reverse
	case 9:
		s |= strike
	case 22:
		s &^= bold | faint
	case 23:
		s &^= italic
	case 24:
		s &^= underline
	case 27:
		s &^= reverse
	case 29:
		s &^= strike
	}
	return s
}

func (s Style) coloured(back bool, colour Style) Style {
	shift := foreground
	if back {
		shift = background
	}
	return s&^(colourMask<<shift) | colour<<shift
}

// extended reads 5;N or 2;R;G;B, and says how many parameters that were.
func extended(list []string) (colour Style, used int) {
	switch {
	case len(list) >= 2 && list[0] == "5":
		if n := number(list[1]); n >= 0 && n < 256 {
			return palette | Style(n), 2
		}
		return 0, 2
	case len(list) >= 4 && list[0] == "2":
		r, g, b := number(list[1]), number(list[2]), number(list[3])
		if min(r, g, b) < 0 || max(r, g, b) > 255 {
			return 0, 4
		}
		return direct | Style(r)<<16 | Style(g)<<8 | Style(b), 4
	}
	return 0, len(list)
}

// number reads a parameter; -1: it is none.
func number(s string) int {
	if s == "" || len(s) > 4 {
		return -1
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
