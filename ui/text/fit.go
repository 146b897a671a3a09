package text

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Align says on which side of its field a text stands.
type Align uint8

// The alignments of a field.
const (
	Left Align = iota
	Right
	Center
)

// Ellipsis ends a text that was cut. It is one cell wide.
const Ellipsis = "…"

// IsASCII says whether s holds printable ASCII only, so that bytes, runes and cells are the same.
func IsASCII(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' {
			return false
		}
	}
	return true
}

// Width returns how many cells s takes on one line; styles in s take none.
func Width(s string) int {
	if IsASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Fit returns s in exactly w cells: padded with spaces, or cut and ended with an ellipsis. Text
// that is not clean is cleaned first, styles included; for styled text see FitStyled.
func Fit(s string, w int, a Align) string {
	if len(s) == w && IsASCII(s) {
		return s
	}
	return string(AppendFit(make([]byte, 0, max(len(s), w)+len(Ellipsis)), s, w, a))
}

// AppendFit appends Fit(s, w, a) to dst. It allocates nothing when dst has room and s is ASCII.
func AppendFit(dst []byte, s string, w int, a Align) []byte {
	if w <= 0 {
		return dst
	}
	if IsASCII(s) {
		if len(s) > w {
			dst = append(dst, s[:w-1]...)
			return append(dst, Ellipsis...)
		}
		return appendAligned(dst, s, len(s), w, a)
	}
	s = Clean(s)
	end, used, whole := prefix(s, w)
	if whole {
		return appendAligned(dst, s, used, w, a)
	}
	end, used, _ = prefix(s[:end], w-1)
	dst = append(dst, s[:end]...)
	dst = append(dst, Ellipsis...)
	return AppendSpaces(dst, w-1-used)
}

// FitStyled is Fit for text that holds styles, aligned left. It is slower.
func FitStyled(s string, w int) string {
	if w <= 0 {
		return ""
	}
	used := Width(s)
	if used > w {
		s = ansi.Truncate(s, w, Ellipsis)
		used = Width(s)
	}
	if used < w {
		s += Spaces(w - used)
	}
	return s
}

// Cut returns the cells from left up to, not including, right. Half of a wide character is
// drawn as a space; what ends before right is not padded. Styles are kept.
func Cut(s string, left, right int) string {
	left = max(left, 0)
	if right <= left {
		return ""
	}
	if IsASCII(s) {
		return s[min(left, len(s)):min(right, len(s))]
	}
	if strings.IndexByte(s, 0x1b) >= 0 {
		return ansi.Cut(s, left, right)
	}
	var b strings.Builder
	for x := 0; s != "" && x < right; {
		cluster, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		s = s[len(cluster):]
		switch {
		case x >= left && x+w <= right:
			b.WriteString(cluster)
		case x+w > left:
			b.WriteString(Spaces(min(x+w, right) - max(x, left)))
		}
		x += w
	}
	return b.String()
}

// Wrap breaks s into lines of at most w cells, at spaces where it can.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(s, w, ""), "\n")
}

// prefix returns the longest beginning of a clean s that fits into w cells: its length in bytes,
// its width, and whether it is all of s.
func prefix(s string, w int) (end, used int, whole bool) {
	for end < len(s) {
		if b := s[end]; b < utf8.RuneSelf && end+1 < len(s) && s[end+1] < utf8.RuneSelf {
			if used == w {
				return end, used, false
			}
			end++
			used++
			continue
		}
		cluster, cw := ansi.FirstGraphemeCluster(s[end:], ansi.GraphemeWidth)
		if used+cw > w {
			return end, used, false
		}
		end += len(cluster)
		used += cw
	}
	return end, used, true
}

func appendAligned(dst []byte, s string, used, w int, a Align) []byte {
	pad := w - used
	switch a {
	case Right:
		dst = AppendSpaces(dst, pad)
		return append(dst, s...)
	case Center:
		dst = AppendSpaces(dst, pad/2)
		dst = append(dst, s...)
		return AppendSpaces(dst, pad-pad/2)
	default:
		dst = append(dst, s...)
		return AppendSpaces(dst, pad)
	}
}

var blank = strings.Repeat(" ", 256)

// Spaces returns n spaces; none when n is negative.
func Spaces(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blank):
		return blank[:n]
	}
	return strings.Repeat(" ", n)
}

// AppendSpaces appends n spaces to dst.
func AppendSpaces(dst []byte, n int) []byte {
	for n > len(blank) {
		dst = append(dst, blank...)
		n -= len(blank)
	}
	return append(dst, Spaces(n)...)
}
