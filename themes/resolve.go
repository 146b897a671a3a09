package themes

import (
	"fmt"
	"strings"
)

// Names returns the names of the built-in themes in the order in which they are offered.
func Names() []string {
	var names []string
	for _, b := range builtin {
		names = append(names, b.name)
	}
	for _, p := range palettes {
		names = append(names, p.name)
	}
	return names
}

// ByName returns a built-in theme.
func ByName(name string) (Theme, error) {
	for _, b := range builtin {
		if b.name == name {
			return New(b.name, b.table)
		}
	}
	for _, p := range palettes {
		if p.name == name {
			return FromPalette(p.name, p.Palette, nil)
		}
	}
	return Theme{}, fmt.Errorf("theme %q does not exist: use one of %s", name, strings.Join(Names(), ", "))
}

// Default returns the theme that is used when nothing else is asked for.
func Default() Theme {
	t, err := ByName(builtin[0].name)
	if err != nil {
		panic(err) // the table is compiled in and covered by a test
	}
	return t
}

// For returns the theme for a terminal whose background is known.
func For(dark bool) Theme {
	name := "default-light"
	if dark {
		name = "default-dark"
	}
	t, err := ByName(name)
	if err != nil {
		panic(err) // compiled in, and covered by a test
	}
	return t
}

// Resolve picks the theme for a name, which may be empty or "auto", and an environment. A name
// the operator gave wins over NO_COLOR, as no-color.org asks; otherwise NO_COLOR and CLICOLOR=0
// give "none". An unknown name is an error, and the theme is then the one that no name gives.
func Resolve(name string, env func(string) string) (Theme, error) {
	if name != "" && name != "auto" {
		t, err := ByName(name)
		if err == nil {
			return t, nil
		}
		fallbackTheme, _ := Resolve("", env)
		return fallbackTheme, err
	}
	if env("NO_COLOR") != "" || (env("CLICOLOR") == "0" && env("CLICOLOR_FORCE") == "") {
		return ByName("none")
	}
	return Default(), nil
}
