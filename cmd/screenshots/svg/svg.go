// Package svg draws the screen of a terminal as a picture.
//
// Its one rule: the same screen gives the same bytes.
package svg

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/cmd/terminal"
)

// The size of a cell in pixels. DejaVu Sans Mono is 1233/2048 em wide.
const (
	fontSize = 14.0
	cellW    = fontSize * 1233 / 2048
	cellH    = 17.0
	baseline = 13.0
	margin   = 8.0
)

// Palette are the colours of a terminal.
type Palette struct {
	Foreground, Background string
	ANSI                   [16]string
}

// Dark is a palette with a dark background.
var Dark = Palette{"#d8dee9", "#1b1f27", [16]string{
	"#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#cdd3de",
	"#7f8796", "#ff7b86", "#b5e890", "#ffd68a", "#8ac6ff", "#e29bf5", "#7fdbe6", "#ffffff"}}

// Light is a palette with a light background.
var Light = Palette{"#2b303b", "#fbfbf8", [16]string{
	"#2b303b", "#b4232c", "#2f7d1f", "#8a6100", "#1a5fb4", "#8b3aa8", "#0b7285", "#6b7280",
	"#8b929e", "#d3343f", "#3b9a28", "#a87700", "#2b78d6", "#a44fc4", "#118a9f", "#111418"}}

// Draw returns the picture of a screen.
func Draw(s *terminal.Screen, p *Palette) []byte {
	var b bytes.Buffer
	w, h := float64(s.Cols)*cellW+2*margin, float64(s.Rows)*cellH+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" font-family="%s" font-size="%s">`+"\n",
		px(w), px(h), px(w), px(h), "'DejaVu Sans Mono', Menlo, Consolas, monospace", px(fontSize))
	fmt.Fprintf(&b, `<rect width="%s" height="%s" rx="6" fill="%s"/>`+"\n", px(w), px(h), p.Background)
	for y := range s.Rows {
		p.row(&b, s.Cells(y), y)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// style is how a cell is drawn.
type style struct {
	fg, bg            string
	bold, faint       bool
	italic            bool
	underline, struck bool
}

func (p *Palette) style(c *terminal.Cell) style {
	s := style{fg: p.hex(c.FG, p.Foreground), bg: p.hex(c.BG, p.Background), bold: c.Bold, faint: c.Faint, italic: c.Italic,
		underline: c.Underline, struck: c.Struck}
	if c.Reverse {
		s.fg, s.bg = s.bg, s.fg
	}
	return s
}

// hex returns a colour as SVG has it.
func (p *Palette) hex(c color.Color, own string) string {
	switch c := c.(type) {
	case nil:
		return own
	case ansi.BasicColor:
		if int(c) < len(p.ANSI) {
			return p.ANSI[c]
		}
	case ansi.IndexedColor:
		if int(c) < len(p.ANSI) {
			return p.ANSI[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// row draws the backgrounds of a row, then what stands on them.
func (p *Palette) row(b *bytes.Buffer, cells []terminal.Cell, y int) {
	top := margin + float64(y)*cellH
	p.grounds(b, cells, top)
	p.words(b, cells, top)
}

func (p *Palette) grounds(b *bytes.Buffer, cells []terminal.Cell, top float64) {
	for x := 0; x < len(cells); {
		s := p.style(&cells[x])
		end := x + 1
		for end < len(cells) && p.style(&cells[end]).bg == s.bg {
			end++
		}
		if s.bg != p.Background {
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", px(left(x)), px(top), px(float64(end-x)*cellW), px(cellH), s.bg)
		}
		x = end
	}
}

// words draws what stands on a row: where a font has another width, each word begins in its place.
func (p *Palette) words(b *bytes.Buffer, cells []terminal.Cell, top float64) {
	for x := 0; x < len(cells); {
		s := p.style(&cells[x])
		if blank(&cells[x]) && !s.underline && !s.struck {
			x++
			continue
		}
		end := x
		var drawn strings.Builder
		for end < len(cells) && p.style(&cells[end]) == s {
			d := outline(cells[end].Text, left(end), top)
			if d == "" {
				break
			}
			drawn.WriteString(d)
			end++
		}
		if drawn.Len() > 0 {
			fill(b, drawn.String(), s)
			x = end
			continue
		}
		end = x + 1
		for end < len(cells) && p.style(&cells[end]) == s && outline(cells[end].Text, 0, 0) == "" && (!blank(&cells[end]) || s.underline || s.struck) {
			end++
		}
		write(b, cells[x:end], s, x, top)
		x = end
	}
}

func left(x int) float64 { return margin + float64(x)*cellW }

func blank(c *terminal.Cell) bool { return strings.TrimSpace(c.Text) == "" }

// fill draws outlines.
func fill(b *bytes.Buffer, outlines string, s style) {
	fmt.Fprintf(b, `<path d="%s" fill="%s"`, outlines, s.fg)
	if s.faint {
		b.WriteString(` fill-opacity="0.6"`)
	}
	b.WriteString("/>\n")
}

// write draws cells of one style.
func write(b *bytes.Buffer, cells []terminal.Cell, s style, x int, top float64) {
	var word strings.Builder
	for i := range cells {
		word.WriteString(cells[i].Text)
	}
	width := float64(len(cells)) * cellW
	fmt.Fprintf(b, `<text x="%s" y="%s" textLength="%s" fill="%s"`, px(left(x)), px(top+baseline), px(width), s.fg)
	if s.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if s.faint {
		b.WriteString(` fill-opacity="0.6"`)
	}
	if s.italic {
		b.WriteString(` font-style="italic"`)
	}
	b.WriteString(` xml:space="preserve">`)
	_ = xml.EscapeText(b, []byte(word.String())) // a bytes.Buffer takes everything
	b.WriteString("</text>\n")
	for _, line := range []struct {
		on bool
		y  float64
	}{{s.underline, top + baseline + 2}, {s.struck, top + baseline - 4}} {
		if line.on {
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="1" fill="%s"/>`+"\n", px(left(x)), px(line.y), px(width), s.fg)
		}
	}
}

// px writes a length with at most two decimals.
func px(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
}
