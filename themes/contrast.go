package themes

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"
)

// legible is the least ratio of the lightness of text to that of what it stands on.
const legible = 4.5

// readable returns the colour, or the nearest on its way to black or white that can be read on the background.
func readable(text, background string) string {
	fg, err := parseHex(text)
	bg, err2 := parseHex(background)
	if err != nil || err2 != nil {
		return text
	}
	to := 255.0
	if luminance(bg) > 0.18 {
		to = 0
	}
	move := func(c uint8, part float64) uint8 { return uint8(math.Round(float64(c) + (to-float64(c))*part)) }
	for part := 0.0; part <= 1; part += 0.02 {
		c := color.RGBA{move(fg.R, part), move(fg.G, part), move(fg.B, part), 0xff}
		if contrast(c, bg) >= legible {
			return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
		}
	}
	return text
}

// contrast is the ratio of two colours' lightness as accessibility guidelines define it: 1 for the same, 21 for black
// on white.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func parseHex(s string) (color.RGBA, error) {
	if hex, ok := strings.CutPrefix(s, "#"); ok && len(hex) == 6 {
		if v, err := strconv.ParseUint(hex, 16, 32); err == nil {
			return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}, nil
		}
	}
	return color.RGBA{}, fmt.Errorf("colour %q: want #rrggbb", s)
}
