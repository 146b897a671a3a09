// Package themes turns named roles into terminal styles. The rule: no other package names a
// colour, and no status is ever told by colour alone.
package themes

import (
	"fmt"
	"image/color"
	"strconv"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Spec describes one style in a theme's table. Colours are "0" to "255" for the terminal's
// palette or "#rrggbb"; empty leaves the terminal's own colour.
type Spec struct {
	Fg, Bg    string
	Bold      bool
	Faint     bool
	Italic    bool
	Underline bool
	Reverse   bool
	Strike    bool
}

// Table is a theme as it is written down: the roles that differ from their fallback.
type Table map[Role]Spec

// Style is a Spec made ready to print: the sequence that switches it on and the one that
// switches it off. Both are empty for a style that changes nothing.
type Style struct {
	Prefix, Suffix string
}

// Render wraps s in the style. Text that itself holds styles ends this one early, so nest the
// other way round.
func (s Style) Render(text string) string {
	if s.Prefix == "" || text == "" {
		return text
	}
	return s.Prefix + text + s.Suffix
}

// Plain says whether the style changes nothing.
func (s Style) Plain() bool { return s.Prefix == "" }

// Theme gives every role a style. It is a small value: copy it freely, compare it with ==.
type Theme struct {
	data *themeData
}

type themeData struct {
	name   string
	styles [roleCount]Style
	specs  [roleCount]Spec
	color  bool
	// foreground and background are the terminal's colours while the theme is used; empty leaves them.
	foreground, background string
}

// New makes a theme from a table. Roles that the table leaves out take the style of the role
// they fall back to. A colour that cannot be read is an error.
func New(name string, table Table) (Theme, error) {
	d := &themeData{name: name}
	for r := range roleCount {
		spec := resolveSpec(table, r)
		style, err := spec.compile()
		if err != nil {
			return Theme{}, fmt.Errorf("theme %q, role %d: %w", name, r, err)
		}
		d.specs[r], d.styles[r] = spec, style
		d.color = d.color || spec.Fg != "" || spec.Bg != ""
	}
	return Theme{data: d}, nil
}

// Name returns the name the theme is chosen by; the zero Theme has none.
func (t Theme) Name() string {
	if t.data == nil {
		return ""
	}
	return t.data.name
}

// Colored says whether the theme uses any colour.
func (t Theme) Colored() bool { return t.data != nil && t.data.color }

// Colors are what the terminal's own text and background become; nil leaves them as they are.
func (t Theme) Colors() (foreground, background color.Color) {
	if t.data == nil || t.data.background == "" {
		return nil, nil
	}
	fg, err := parseHex(t.data.foreground)
	bg, err2 := parseHex(t.data.background)
	if err != nil || err2 != nil {
		return nil, nil
	}
	return fg, bg
}

// Style returns the style of a role. The zero Theme styles nothing.
func (t Theme) Style(r Role) Style {
	if t.data == nil || r >= roleCount {
		return Style{}
	}
	return t.data.styles[r]
}

// Render draws s in a role's style.
func (t Theme) Render(r Role, s string) string { return t.Style(r).Render(s) }

// Lipgloss returns a role as a Lip Gloss style, for boxes and borders. It is too slow for
// cells of a table or lines of a log: those use Style.
func (t Theme) Lipgloss(r Role) lipgloss.Style {
	style := lipgloss.NewStyle()
	if t.data == nil || r >= roleCount {
		return style
	}
	spec := t.data.specs[r]
	if spec.Fg != "" {
		style = style.Foreground(lipgloss.Color(spec.Fg))
	}
	if spec.Bg != "" {
		style = style.Background(lipgloss.Color(spec.Bg))
	}
	return style.Bold(spec.Bold).Faint(spec.Faint).Italic(spec.Italic).
		Underline(spec.Underline).Reverse(spec.Reverse).Strikethrough(spec.Strike)
}

func resolveSpec(table Table, r Role) Spec {
	for range roleCount {
		if spec, ok := table[r]; ok || r == Text {
			return spec
		}
		r = fallback[r]
	}
	return Spec{}
}

func (s Spec) compile() (Style, error) {
	var st ansi.Style
	if s.Bold {
		st = st.Bold()
	}
	if s.Faint {
		st = st.Faint()
	}
	if s.Italic {
		st = st.Italic(true)
	}
	if s.Underline {
		st = st.Underline(true)
	}
	if s.Reverse {
		st = st.Reverse(true)
	}
	if s.Strike {
		st = st.Strikethrough(true)
	}
	if s.Fg != "" {
		c, err := parseColor(s.Fg)
		if err != nil {
			return Style{}, err
		}
		st = st.ForegroundColor(c)
	}
	if s.Bg != "" {
		c, err := parseColor(s.Bg)
		if err != nil {
			return Style{}, err
		}
		st = st.BackgroundColor(c)
	}
	if len(st) == 0 {
		return Style{}, nil
	}
	return Style{Prefix: st.String(), Suffix: ansi.ResetStyle}, nil
}

func parseColor(s string) (color.Color, error) {
	if c, err := parseHex(s); err == nil {
		return c, nil
	}
	n, err := strconv.ParseUint(s, 10, 8)
	switch {
	case err != nil:
		return nil, fmt.Errorf("colour %q: want 0 to 255 or #rrggbb", s)
	case n < 16:
		return ansi.BasicColor(n), nil
	}
	return ansi.IndexedColor(n), nil
}
