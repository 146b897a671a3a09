package themes

import (
	"image/color"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryBuiltInThemeCompiles(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		th, err := ByName(name)
		require.NoError(t, err)
		assert.Equal(t, name, th.Name())
		for r := range roleCount {
			s := th.Style(r)
			assert.Equal(t, s.Prefix == "", s.Suffix == "", "theme %s role %d opens and closes", name, r)
		}
		assert.Empty(t, th.Style(Text).Prefix, "plain text needs no style")
		assert.Regexp(t, `[[;]7[;m]`, th.Style(Cursor).Prefix, "the cursor row is seen without colour")
	}
}

func TestFallbackChainsEnd(t *testing.T) {
	t.Parallel()
	for r := range roleCount {
		at := r
		for steps := 0; at > Bar; steps++ {
			require.Less(t, steps, 5, "role %d", r)
			at = fallback[at]
		}
	}
}

func TestOnlyTheDefaultPaletteIsUsed(t *testing.T) {
	t.Parallel()
	color := regexp.MustCompile(`(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|$)`)
	for _, name := range []string{"mono", "none"} {
		th, err := ByName(name)
		require.NoError(t, err)
		assert.False(t, th.Colored(), name)
		for r := range roleCount {
			params := strings.TrimSuffix(strings.TrimPrefix(th.Style(r).Prefix, "\x1b["), "m")
			assert.NotRegexp(t, color, params, "theme %s role %d has a colour", name, r)
		}
	}
	th := Default()
	assert.True(t, th.Colored())
	for r := range roleCount {
		assert.NotContains(t, th.Style(r).Prefix, "8;5;", "role %d leaves the 16 colours", r)
		assert.NotContains(t, th.Style(r).Prefix, "8;2;", "role %d leaves the 16 colours", r)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name string
		env  map[string]string
		want string
		err  string
	}{
		"nothing asked":                {want: "default"},
		"auto":                         {name: "auto", want: "default"},
		"by name":                      {name: "mono", want: "mono"},
		"NO_COLOR":                     {env: map[string]string{"NO_COLOR": "1"}, want: "none"},
		"empty NO_COLOR means nothing": {env: map[string]string{"NO_COLOR": ""}, want: "default"},
		"a name wins over NO_COLOR":    {name: "default", env: map[string]string{"NO_COLOR": "1"}, want: "default"},
		"CLICOLOR=0":                   {env: map[string]string{"CLICOLOR": "0"}, want: "none"},
		"CLICOLOR_FORCE":               {env: map[string]string{"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, want: "default"},
		"unknown":                      {name: "pink", want: "default", err: `theme "pink" does not exist: use one of default, mono, none, default-dark`},
		"unknown with NO_COLOR":        {name: "pink", env: map[string]string{"NO_COLOR": "1"}, want: "none", err: "does not exist"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			th, err := Resolve(tc.name, func(k string) string { return tc.env[k] })
			if tc.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tc.err)
			}
			assert.Equal(t, tc.want, th.Name())
		})
	}
}

func TestNewRefusesColoursItCannotRead(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"256", "-1", "red", "#12345", "#12345g", "#+12345"} {
		_, err := New("x", Table{OK: {Fg: c}})
		assert.ErrorContains(t, err, "colour", c)
	}
	th, err := New("x", Table{OK: {Fg: "#ff8000", Bg: "200"}, Error: {Fg: "9"}})
	require.NoError(t, err)
	assert.Equal(t, "\x1b[38;2;255;128;0;48;5;200mfine\x1b[m", th.Render(StateReady, "fine"))
	assert.Equal(t, "\x1b[91mbad\x1b[m", th.Render(Error, "bad"))
	assert.Equal(t, "\x1b[91mbad\x1b[m", th.Lipgloss(Error).Render("bad"))
}

func TestWordsHaveRolesAndGlyphs(t *testing.T) {
	t.Parallel()
	assert.Equal(t, StateIdle, State("idle"))
	assert.Equal(t, StateUnknown, State("whatever"))
	assert.Equal(t, GradeB, Grade("B?"))
	assert.Equal(t, Unknown, Grade(""))
	assert.Equal(t, ExposureOpen, Exposure("internet!"))
	assert.Equal(t, SeverityHigh, Severity("high"))
	assert.Equal(t, ConnAuth, Connection("auth-needed"))
	assert.Equal(t, "✗", Glyph(StateFailed))
	assert.Equal(t, "○", Glyph(State("idle")))
	assert.Equal(t, "?", Glyph(StateUnknown))
	assert.Empty(t, Glyph(Value))
	assert.Equal(t, Series1, Series(6))
	assert.Equal(t, Series6, Series(-1))
}

func TestZeroThemeDrawsPlainText(t *testing.T) {
	t.Parallel()
	var th Theme
	assert.Equal(t, "x", th.Render(Error, "x"))
	assert.Equal(t, "x", th.Lipgloss(Error).Render("x"))
	assert.True(t, th.Style(Cursor).Plain())
}

// ground is what text stands on in a theme whose colours are known.
func ground(t *testing.T, th Theme) (color.RGBA, bool) {
	t.Helper()
	if _, bg := th.Colors(); bg != nil {
		return bg.(color.RGBA), true
	}
	return color.RGBA{255, 255, 255, 255}, th.Name() == "default-light"
}

func TestTextCanBeReadInEveryRoleOfEveryTheme(t *testing.T) {
	t.Parallel()
	frames := []Role{Border, BorderFocus, DialogBorder} // no text
	for _, name := range Names() {
		th, err := ByName(name)
		require.NoError(t, err)
		own, known := ground(t, th)
		if !known {
			continue // the colours are the terminal's
		}
		fg, _ := th.Colors()
		if fg != nil {
			assert.GreaterOrEqual(t, contrast(fg.(color.RGBA), own), legible, "%s: plain text", name)
		}
		for r := range roleCount {
			spec := th.data.specs[r]
			if slices.Contains(frames, r) || spec.Fg == "" {
				continue
			}
			text, behind := rgb(t, spec.Fg), own
			if spec.Bg != "" {
				behind = rgb(t, spec.Bg)
			}
			assert.GreaterOrEqual(t, contrast(text, behind), legible, "%s: %s", name, roleNames[r])
			assert.False(t, fg != nil && spec.Faint, "%s: %s: faint is not the same everywhere", name, roleNames[r])
		}
	}
}

func rgb(t *testing.T, s string) color.RGBA {
	t.Helper()
	c, err := parseColor(s)
	require.NoError(t, err)
	return color.RGBAModel.Convert(c).(color.RGBA)
}

func TestThereAreADozenThemesWithColoursOfTheirOwn(t *testing.T) {
	t.Parallel()
	light, dark := 0, 0
	for _, name := range Names() {
		th, err := ByName(name)
		require.NoError(t, err)
		if _, bg := th.Colors(); bg != nil {
			if luminance(bg.(color.RGBA)) > 0.5 {
				light++
			} else {
				dark++
			}
		}
	}
	assert.GreaterOrEqual(t, light, 4)
	assert.GreaterOrEqual(t, dark, 8)
	assert.Equal(t, "default-dark", For(true).Name())
	assert.Equal(t, "default-light", For(false).Name())
}

func TestEveryRoleHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for r := range roleCount {
		name := roleNames[r]
		assert.Regexp(t, `^[a-z][a-z0-9-]*$`, name)
		assert.False(t, seen[name], name)
		seen[name] = true
		found, ok := RoleByName(name)
		assert.True(t, ok)
		assert.Equal(t, r, found)
	}
	_, ok := RoleByName("nothing")
	assert.False(t, ok)
}

func TestAPaletteOfNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	_, err := FromPalette("x", Palette{}, nil)
	require.ErrorContains(t, err, "want #rrggbb")
	p := palettes[0].Palette
	_, err = FromPalette("x", p, Table{OK: {Fg: "green"}})
	require.ErrorContains(t, err, "colour")
	th, err := FromPalette("x", p, Table{OK: {Fg: "#ffffff"}})
	require.NoError(t, err)
	assert.Equal(t, "\x1b[38;2;255;255;255mfine\x1b[m", th.Render(OK, "fine"))
}
