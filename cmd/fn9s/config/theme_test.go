package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
)

// loaded writes files into a folder and loads its config.yaml.
func loaded(t *testing.T, files map[string]string) *Config {
	t.Helper()
	folder := t.TempDir()
	for name, data := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	}
	c, err := Load(filepath.Join(folder, "config.yaml"))
	require.NoError(t, err)
	return c
}

func TestThemesOfTheOperatorsOwn(t *testing.T) {
	t.Parallel()
	c := loaded(t, map[string]string{
		"config.yaml":      "theme: {light: paper, dark: nord}",
		"themes/paper.yml": "base: solarized-light\ncolors: {red: \"#aa0000\"}\nroles: {grade-f: {fg: \"#aa0000\", bold: true, underline: true}}\n",
	})
	require.Empty(t, c.Problems)
	assert.Equal(t, "paper", c.Console.Light)
	assert.Equal(t, "nord", c.Console.Dark)
	paper, err := c.Console.ThemeByName("paper")
	require.NoError(t, err)
	assert.Equal(t, "\x1b[1;4;38;2;170;0;0mF\x1b[m", paper.Render(themes.GradeF, "F"))
	_, background := paper.Colors()
	assert.NotNil(t, background)
}

func TestAThemeFileThatIsWrongIsOffAndToldWithItsLine(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ data, want string }{
		"colour":     {"base: nord\ncolors:\n  red: reddish\n", `:3:8: colors.red: "reddish" is not a colour, #rrggbb (off)`},
		"role":       {"base: nord\nroles:\n  grade-g: {bold: true}\n", `:3:3: unknown key "roles.grade-g": did you mean "grade-a"? (off)`},
		"base":       {"base: pink\n", `:1:7: base: "pink" is none of`},
		"no base":    {"colors: {red: \"#ff0000\"}\n", "there is no base, and these colours are missing: foreground, background"},
		"no palette": {"base: mono\ncolors: {red: \"#ff0000\"}\n", "the theme mono has no colours that could be replaced"},
		"no YAML":    {"base: [", "this is no YAML"},
		"empty":      {"", "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := loaded(t, map[string]string{"config.yaml": "theme: mine\n", "themes/mine.yaml": tc.data})
			require.Len(t, c.Problems, 2, "%v", c.Warnings())
			assert.Contains(t, c.Warnings()[0], `config.yaml:1:8: theme: "mine" is none of auto, default`)
			assert.Contains(t, c.Warnings()[1], tc.want)
			assert.Empty(t, c.Console.Themes)
			assert.Empty(t, c.Console.Theme)
		})
	}
}
