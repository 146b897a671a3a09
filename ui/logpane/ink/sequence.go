package ink

import (
	"image/color"

	"github.com/charmbracelet/x/ansi"
)

// Sequence is what switches the style on; empty for a style that changes nothing. ansi.ResetStyle switches it off.
// Without colours it has the attributes only.
func (s Style) Sequence(colours bool) string {
	if !colours {
		s &= attributes
	}
	if s == 0 {
		return ""
	}
	var st ansi.Style
	if s&bold != 0 {
		st = st.Bold()
	}
	if s&faint != 0 {
		st = st.Faint()
	}
	if s&italic != 0 {
		st = st.Italic(true)
	}
	if s&underline != 0 {
		st = st.Underline(true)
	}
	if s&reverse != 0 {
		st = st.Reverse(true)
	}
	if s&strike != 0 {
		st = st.Strikethrough(true)
	}
	if c := s.colour(foreground); c != nil {
		st = st.ForegroundColor(c)
	}
	if c := s.colour(background); c != nil {
		st = st.BackgroundColor(c)
	}
	return st.String()
}

func (s Style) colour(shift int) color.Color {
	c := s >> shift & colourMask
	n := uint32(c & 0xffffff)
	switch c &^ 0xffffff {
	case palette:
		if n < 16 {
			return ansi.BasicColor(n)
		}
		return ansi.IndexedColor(n)
	case direct:
		return color.RGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 0xff}
	}
	return nil
}
