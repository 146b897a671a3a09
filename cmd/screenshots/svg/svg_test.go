package svg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
)

// screen shows what a shell command prints.
func screen(t *testing.T, output string) *terminal.Screen {
	t.Helper()
	term, err := terminal.Start(terminal.Options{Args: []string{"printf", "%b", output}, Cols: 30, Rows: 3})
	require.NoError(t, err)
	defer term.Close()
	_, err = term.Wait(20 * time.Second)
	require.NoError(t, err)
	return term.Screen()
}

func wellFormed(t *testing.T, picture []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func TestWhatCellsLookLike(t *testing.T) {
	for name, c := range map[string]struct {
		output string
		want   []string
		not    []string
	}{
		"plain text is in the terminal's colour": {output: "plain", want: []string{`fill="#d8dee9"`, ">plain</text>"}},
		"basic colours come from the palette":    {output: `\033[31mred`, want: []string{`fill="#e06c75"`, ">red</text>"}},
		"bright colours too":                     {output: `\033[92mgreen`, want: []string{`fill="#b5e890"`}},
		"true colour is itself":                  {output: `\033[38;2;1;2;3mx`, want: []string{`fill="#010203"`}},
		"a background is a rectangle":            {output: `\033[44mx\033[0m`, want: []string{`height="17" fill="#61afef"`}},
		"reverse swaps":                          {output: `\033[7mx\033[0m`, want: []string{`height="17" fill="#d8dee9"`, `fill="#1b1f27" xml:space`}},
		"bold, faint, italic":                    {output: `\033[1mb\033[0m \033[2mf\033[0m \033[3mi`, want: []string{`font-weight="bold"`, `fill-opacity="0.6"`, `font-style="italic"`}},
		"underlined spaces have a line":          {output: `\033[4ma b\033[0m`, want: []string{">a b</text>", `height="1"`}},
		"markup is text":                         {output: `<a&"b">`, want: []string{"&lt;a&amp;&#34;b&#34;&gt;"}, not: []string{"<a&"}},
		"words begin in their places":            {output: "one two", want: []string{`<text x="8" y="21"`, `<text x="41.71" y="21"`}},
		"dots have places of their own":          {output: "a⠁b", want: []string{`>a</text>`, `<path d="M`, `>b</text>`}, not: []string{"⠁"}},
		"empty places are not drawn":             {output: "", not: []string{"<text"}},
	} {
		t.Run(name, func(t *testing.T) {
			picture := Draw(screen(t, c.output), &Dark)
			wellFormed(t, picture)
			for _, w := range c.want {
				assert.Contains(t, string(picture), w)
			}
			for _, n := range c.not {
				assert.NotContains(t, string(picture), n)
			}
		})
	}
}

func TestTheSameScreenGivesTheSameBytes(t *testing.T) {
	s := screen(t, `\033[1;35mfn9s\033[0m ● live`)
	assert.Equal(t, Draw(s, &Dark), Draw(s, &Dark))
	assert.NotEqual(t, Draw(s, &Dark), Draw(s, &Light))
}

func TestThePaletteIsWhole(t *testing.T) {
	for _, p := range []*Palette{&Dark, &Light} {
		for _, c := range append(p.ANSI[:], p.Foreground, p.Background) {
			assert.Len(t, strings.TrimPrefix(c, "#"), 6)
		}
	}
}

func TestLinesJoin(t *testing.T) {
	for text, want := range map[string]string{
		"─": "M0 8h8.43v1h-8.43z", "│": "M3.71 0h1v17h-1z", "└": "M3.71 8h4.71v1h-4.71zM3.71 0h1v9h-1z",
		"▌": "M0 0h4.21v17h-4.21z", "▂": "M0 12.75h8.43v4.25h-8.43z", "█": "M0 0h8.43v17h-8.43z", "▀": "M0 0h8.43v8.5h-8.43z",
		"x": "", "": "", "⠀": "",
	} {
		assert.Equal(t, want, outline(text, 0, 0), text)
	}
	picture := string(Draw(screen(t, "a──b"), &Dark))
	assert.Contains(t, picture, ">a</text>")
	assert.Equal(t, 1, strings.Count(picture, "<path"), "neighbours are one path")
}
