package themes

// Palette are the colours that a theme is made of, as "#rrggbb". The terminal's own text and background become
// Foreground and Background while the console runs.
type Palette struct {
	Foreground, Background string
	Muted                  string // text of second rank
	Accent                 string // what draws the eye
	Selection              string // background of the row under the cursor
	Border                 string
	Red, Orange, Yellow    string
	Green, Cyan, Blue      string
	Purple                 string
}

// Table makes the styles of the colours. A colour in which text could not be read on its background is moved towards
// black or white until it can be: some well-known palettes have comments that are too faint for a column of ages.
func (p Palette) Table() Table {
	on := func(c string) Spec { return Spec{Fg: readable(c, p.Background)} }
	bold := func(c string) Spec { return Spec{Fg: readable(c, p.Background), Bold: true} }
	line := func(c string) Spec { return Spec{Fg: readable(c, p.Background), Underline: true} }
	// Reversed, so that the row under the cursor is seen where colours are taken away.
	selected := func(c string, bold bool) Spec {
		return Spec{Fg: p.Selection, Bg: readable(c, p.Selection), Reverse: true, Bold: bold}
	}
	return Table{
		Muted: on(p.Muted), Accent: on(p.Accent), Title: bold(p.Foreground),
		Cursor: selected(p.Foreground, true), Mark: bold(p.Purple), Match: line(p.Yellow), Border: Spec{Fg: p.Border},
		OK: on(p.Green), Info: on(p.Blue), Warning: on(p.Yellow), Error: on(p.Red),
		Critical: {Fg: readable(p.Red, p.Background), Bg: p.Background, Bold: true, Reverse: true},
		Idle:     on(p.Cyan), Bar: {},

		HeaderBar: bold(p.Accent), CrumbActive: bold(p.Accent), ColumnHeader: bold(p.Muted), ColumnSorted: bold(p.Accent),
		CursorMarked: selected(p.Purple, true), BorderFocus: on(p.Accent), Panel: bold(p.Accent), Badge: bold(p.Orange), ReadOnly: bold(p.Orange),
		StateDeleting: on(p.Orange), StateNoWorkload: on(p.Orange), StateOrphaned: on(p.Orange),
		GradeB: on(p.Cyan), GradeC: on(p.Yellow), GradeD: on(p.Orange), GradeF: bold(p.Red), SeverityMedium: on(p.Yellow),
		ExposureInternet: on(p.Orange), ExposureOpen: bold(p.Red), Danger: bold(p.Red),
		KeyDisabled: {Fg: readable(p.Muted, p.Background), Strike: true}, Link: line(p.Blue),
		SyntaxKey: on(p.Accent), SyntaxString: on(p.Green), SyntaxNumber: on(p.Purple), SyntaxKeyword: on(p.Orange),
		Series1: on(p.Blue), Series2: on(p.Green), Series3: on(p.Purple), Series4: on(p.Orange), Series5: on(p.Cyan), Series6: on(p.Yellow),
	}
}

// FromPalette makes a theme of colours; styles of single roles replace those that the colours give.
func FromPalette(name string, p Palette, own Table) (Theme, error) {
	for _, c := range p.all() {
		if _, err := parseHex(c); err != nil {
			return Theme{}, err
		}
	}
	table := p.Table()
	for r, s := range own {
		table[r] = s
	}
	t, err := New(name, table)
	if err != nil {
		return Theme{}, err
	}
	t.data.foreground, t.data.background = p.Foreground, p.Background
	return t, nil
}

func (p *Palette) all() []string {
	return []string{p.Foreground, p.Background, p.Muted, p.Accent, p.Selection, p.Border, p.Red, p.Orange, p.Yellow, p.Green, p.Cyan, p.Blue, p.Purple}
}

// known is a theme that is made of colours.
type known struct {
	name string
	Palette
}

// palettes are the themes with colours of their own, by the names under which their colours are known.
var palettes = []known{
	{"dracula", Palette{"#f8f8f2", "#282a36", "#6272a4", "#8be9fd", "#44475a", "#6272a4", "#ff5555", "#ffb86c", "#f1fa8c", "#50fa7b", "#8be9fd", "#bd93f9", "#ff79c6"}},
	{"nord", Palette{"#d8dee9", "#2e3440", "#4c566a", "#88c0d0", "#434c5e", "#4c566a", "#bf616a", "#d08770", "#ebcb8b", "#a3be8c", "#8fbcbb", "#81a1c1", "#b48ead"}},
	{"solarized-dark", Palette{"#93a1a1", "#002b36", "#586e75", "#2aa198", "#073642", "#586e75", "#dc322f", "#cb4b16", "#b58900", "#859900", "#2aa198", "#268bd2", "#d33682"}},
	{"solarized-light", Palette{"#586e75", "#fdf6e3", "#93a1a1", "#268bd2", "#eee8d5", "#93a1a1", "#dc322f", "#cb4b16", "#b58900", "#859900", "#2aa198", "#268bd2", "#d33682"}},
	{"gruvbox-dark", Palette{"#ebdbb2", "#282828", "#928374", "#83a598", "#504945", "#665c54", "#fb4934", "#fe8019", "#fabd2f", "#b8bb26", "#8ec07c", "#83a598", "#d3869b"}},
	{"gruvbox-light", Palette{"#3c3836", "#fbf1c7", "#928374", "#076678", "#d5c4a1", "#bdae93", "#9d0006", "#af3a03", "#b57614", "#79740e", "#427b58", "#076678", "#8f3f71"}},
	{"catppuccin-mocha", Palette{"#cdd6f4", "#1e1e2e", "#7f849c", "#89dceb", "#45475a", "#585b70", "#f38ba8", "#fab387", "#f9e2af", "#a6e3a1", "#94e2d5", "#89b4fa", "#cba6f7"}},
	{"catppuccin-latte", Palette{"#4c4f69", "#eff1f5", "#8c8fa1", "#1e66f5", "#ccd0da", "#acb0be", "#d20f39", "#fe640b", "#df8e1d", "#40a02b", "#179299", "#1e66f5", "#8839ef"}},
	{"tokyonight", Palette{"#c0caf5", "#1a1b26", "#565f89", "#7dcfff", "#33467c", "#3b4261", "#f7768e", "#ff9e64", "#e0af68", "#9ece6a", "#73daca", "#7aa2f7", "#bb9af7"}},
	{"one-dark", Palette{"#abb2bf", "#282c34", "#5c6370", "#56b6c2", "#3e4451", "#5c6370", "#e06c75", "#d19a66", "#e5c07b", "#98c379", "#56b6c2", "#61afef", "#c678dd"}},
	{"rose-pine", Palette{"#e0def4", "#191724", "#6e6a86", "#9ccfd8", "#403d52", "#524f67", "#eb6f92", "#ebbcba", "#f6c177", "#56949f", "#9ccfd8", "#31748f", "#c4a7e7"}},
	{"monokai", Palette{"#f8f8f2", "#272822", "#75715e", "#66d9ef", "#49483e", "#75715e", "#f92672", "#fd971f", "#e6db74", "#a6e22e", "#66d9ef", "#66d9ef", "#ae81ff"}},
	{"high-contrast-dark", Palette{"#ffffff", "#000000", "#c8c8c8", "#00ffff", "#0050c8", "#ffffff", "#ff6060", "#ffa040", "#ffff00", "#00ff60", "#00ffff", "#80c0ff", "#ff90ff"}},
	{"high-contrast-light", Palette{"#000000", "#ffffff", "#3c3c3c", "#003c96", "#ffe08c", "#000000", "#a00000", "#8c3c00", "#6e5000", "#005a00", "#005a6e", "#003c96", "#780078"}},
}
