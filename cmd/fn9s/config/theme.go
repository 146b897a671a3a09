package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/themes"
)

// maxThemes bounds the folder of themes.
const maxThemes = 64

var (
	colour     = matching("a colour, #rrggbb", `^#[0-9a-fA-F]{6}$`)
	anyColour  = matching("a colour: #rrggbb, or 0 to 255 of the terminal's palette", `^(#[0-9a-fA-F]{6}|[0-9]{1,3})$`)
	themeName  = matching("small letters, digits and dashes", `^[a-z0-9][-a-z0-9]{0,39}$`)
	roleStyle  = &shape{kind: record, about: "how the text of a role looks", whole: true, keys: styleKeys}
	styleFlags = []string{"bold", "faint", "italic", "underline", "reverse", "strike"}
	styleKeys  = append([]key{{"fg", false, anyColour}, {"bg", false, anyColour}}, flagKeys()...)
)

func flagKeys() []key {
	var keys []key
	for _, f := range styleFlags {
		keys = append(keys, key{f, false, yes("draw it " + f)})
	}
	return keys
}

// themeFile is a file of the folder themes. It is off as a whole when anything in it is wrong.
func themeFile() *shape {
	var colours, roles []key
	for _, c := range themes.ColourNames() {
		colours = append(colours, key{c, false, colour})
	}
	for _, r := range themes.RoleNames() {
		roles = append(roles, key{r, false, roleStyle})
	}
	return &shape{kind: record, about: "a theme", whole: true, keys: []key{
		{"base", false, words("the theme to begin with", themes.Names()...)},
		{"colors", false, &shape{kind: record, about: "colours that replace those of the base", whole: true, keys: colours}},
		{"roles", false, &shape{kind: record, about: "styles of single roles", whole: true, keys: roles}},
	}}
}

// readThemes reads the themes of a folder, which need not exist: each file is one, by its name.
func readThemes(folder string) ([]themes.Theme, []Problem) {
	listing, err := os.ReadDir(folder)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, []Problem{{File: folder, Off: true, Message: err.Error()}}
	}
	var all []themes.Theme
	var problems []Problem
	for _, e := range listing {
		ext := filepath.Ext(e.Name())
		if e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		file := filepath.Join(folder, e.Name())
		if len(all) == maxThemes {
			return all, append(problems, Problem{File: folder, Off: true, Message: "too many files: only the first 64 themes are read"})
		}
		data, err := readFile(file)
		if err != nil {
			problems = append(problems, Problem{File: file, Off: true, Message: err.Error()})
			continue
		}
		theme, wrong := parseTheme(file, strings.TrimSuffix(e.Name(), ext), data)
		if len(wrong) > 0 {
			problems = append(problems, wrong...)
			continue
		}
		all = append(all, theme)
	}
	return all, problems
}

func parseTheme(file, name string, data []byte) (themes.Theme, []Problem) {
	fail := func(n *yaml.Node, message string) (themes.Theme, []Problem) {
		p := Problem{File: file, Off: true, Message: message}
		if n != nil {
			p.Line, p.Column = n.Line, n.Column
		}
		return themes.Theme{}, []Problem{p}
	}
	if !themeName.pattern.MatchString(name) || name == "auto" {
		return fail(nil, "the name of a theme has small letters, digits and dashes, and is not auto")
	}
	node, problem := document(file, data)
	if problem != nil {
		return fail(nil, strings.TrimPrefix(problem.Message, "the defaults count: "))
	}
	if node == nil {
		return fail(nil, "the file is empty")
	}
	check := checker{file: file}
	if check.check(node, themeFile(), ""); len(check.problems) > 0 {
		return themes.Theme{}, check.problems
	}
	var f struct {
		Base   string                       `yaml:"base"`
		Colors map[string]string            `yaml:"colors"`
		Roles  map[string]map[string]string `yaml:"roles"`
	}
	if err := node.Decode(&f); err != nil {
		return fail(node, err.Error())
	}
	styles := themes.Table{}
	for role, s := range f.Roles {
		r, _ := themes.RoleByName(role)
		styles[r] = themes.Spec{Fg: s["fg"], Bg: s["bg"], Bold: s["bold"] == "true", Faint: s["faint"] == "true", Italic: s["italic"] == "true",
			Underline: s["underline"] == "true", Reverse: s["reverse"] == "true", Strike: s["strike"] == "true"}
	}
	theme, err := themes.Own(name, f.Base, f.Colors, styles)
	if err != nil {
		return fail(node, err.Error())
	}
	return theme, nil
}

// theme reads which theme is used: one, or one for each kind of background.
func (d *decoder) theme(n *yaml.Node) {
	c := &d.config.Console
	known := func(n *yaml.Node, where string) string {
		if n == nil {
			return ""
		}
		own := slices.ContainsFunc(c.Themes, func(t themes.Theme) bool { return t.Name() == n.Value })
		if own || n.Value == "auto" && where == "theme" || slices.Contains(themes.Names(), n.Value) {
			return n.Value
		}
		d.note(n, true, "%s: %s is none of %s", where, quote(n.Value), strings.Join(c.themeNames(), ", "))
		return ""
	}
	switch {
	case n == nil:
	case n.Kind == yaml.MappingNode:
		c.Light, c.Dark = known(value(n, "light"), "theme.light"), known(value(n, "dark"), "theme.dark")
	default:
		c.Theme = known(n, "theme")
	}
}

func (c *Console) themeNames() []string {
	names := []string{"auto"}
	for _, t := range c.Themes {
		names = append(names, t.Name())
	}
	return append(names, themes.Names()...)
}

// ThemeByName finds a theme; one of the operator's own wins over one that is built in.
func (c *Console) ThemeByName(name string) (themes.Theme, error) {
	for _, t := range c.Themes {
		if t.Name() == name {
			return t, nil
		}
	}
	return themes.ByName(name)
}
