package themes

import (
	"fmt"
	"slices"
	"strings"
)

// ColourNames are the colours that a theme of the operator's own may give.
func ColourNames() []string {
	var names []string
	for _, n := range (&Palette{}).named() {
		names = append(names, n.name)
	}
	return names
}

type namedColour struct {
	name string
	at   *string
}

func (p *Palette) named() []namedColour {
	return []namedColour{{"foreground", &p.Foreground}, {"background", &p.Background}, {"muted", &p.Muted}, {"accent", &p.Accent},
		{"selection", &p.Selection}, {"border", &p.Border}, {"red", &p.Red}, {"orange", &p.Orange}, {"yellow", &p.Yellow},
		{"green", &p.Green}, {"cyan", &p.Cyan}, {"blue", &p.Blue}, {"purple", &p.Purple}}
}

// Own makes a theme of the operator's: colours and styles that replace those of a theme that is built in. A base without
// colours of its own takes styles only; without a base all colours must be there.
func Own(name, base string, colours map[string]string, styles Table) (Theme, error) {
	var p Palette
	if i := slices.IndexFunc(builtin, func(b builtIn) bool { return b.name == base }); i >= 0 {
		if len(colours) > 0 {
			return Theme{}, fmt.Errorf("the theme %s has no colours that could be replaced: take %s as base, or none and give all", base, palettes[0].name)
		}
		return New(name, with(builtin[i].table, styles))
	}
	if base != "" {
		i := slices.IndexFunc(palettes, func(p known) bool { return p.name == base })
		if i < 0 {
			return Theme{}, fmt.Errorf("theme %q does not exist: use one of %s", base, strings.Join(Names(), ", "))
		}
		p = palettes[i].Palette
	}
	var missing []string
	for _, n := range p.named() {
		if c, ok := colours[n.name]; ok {
			*n.at = c
		}
		if *n.at == "" {
			missing = append(missing, n.name)
		}
	}
	if len(missing) > 0 {
		return Theme{}, fmt.Errorf("there is no base, and these colours are missing: %s", strings.Join(missing, ", "))
	}
	return FromPalette(name, p, styles)
}
