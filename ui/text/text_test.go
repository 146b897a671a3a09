package text

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"plain":                       {"charge-card", "charge-card"},
		"wide runes stay":             {"支払い 🚀", "支払い 🚀"},
		"accents stay":                {"cafe\u0301", "cafe\u0301"},
		"colour":                      {"\x1b[31mred\x1b[0m", "red"},
		"eight-bit csi":               {"\u009b31mred", "red"},
		"title":                       {"a\x1b]0;owned\x07b", "ab"},
		"hyperlink":                   {"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
		"device control":              {"a\x1bPq#0\x1b\\b", "ab"},
		"unfinished title shows text": {"\x1b]0;hide me", "]0;hide me"},
		"unfinished csi shows text":   {"\x1b[31", "[31"},
		"lone escape at the end":      {"a\x1b", "a"},
		"charset and reset":           {"\x1b(B\x1bcx", "x"},
		"sequence inside a sequence":  {"\x1b[3\x1b[31m1mx", "[31mx"},
		"newlines and tabs":           {"a\r\nb\tc\nd\re", "a b c d e"},
		"line separators":             {"a\u2028b\u2029c\u0085d", "a b c d"},
		"bell, backspace, delete":     {"a\x07\x08\x7fb", "ab"},
		"bidi override":               {"a\u202egnp.exe\u202c", "agnp.exe"},
		"isolates and marks":          {"\u2066a\u2069\u200f\u200eb", "ab"},
		"zero width":                  {"pay\u200bment\u200d\u2060\ufeff", "payment"},
		"soft hyphen":                 {"pay\u00adment", "payment"},
		"tags":                        {"a\U000e0041\U000e007fb", "ab"},
		"hangul filler":               {"a\u3164\u115fb", "ab"},
		"variation selectors":         {"\u2764\ufe0f\U000e0100", "\u2764"},
		"skin tone":                   {"\U0001f44d\U0001f3fd", "\U0001f44d"},
		"emoji family falls apart":    {"\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"},
		"a mark with nothing below":   {"\u0301a", "a"},
		"a tower of marks":            {"a" + strings.Repeat("\u0301", 40) + "b", "a" + strings.Repeat("\u0301", 4) + "b"},
		"invalid bytes":               {"a\xff\xfe\x80b\xc3", "a\ufffdb\ufffd"},
		"empty":                       {"", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, Clean(tc.in))
			assert.Equal(t, tc.want, Clean(tc.want), "clean text stays as it is")
		})
	}
}

func TestCleanMultilineKeepsLinesAndAlignsTabs(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a\nb\n\nc", CleanMultiline("a\r\nb\n\u2028c"))
	assert.Equal(t, "a       b\n        c", CleanMultiline("a\tb\n\tc"))
	assert.Equal(t, "red\nx", CleanMultiline("\x1b[31mred\n\u0301x"))
}

func TestCleanAllocatesNothingWhenClean(t *testing.T) {
	s := strings.Repeat("支払い-charge", 20)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = Clean(s) }))
}

func TestCleanIsLinearOnHostileText(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"\x1b]", "\u009d", "\x1b[1", "\x1bP\u0090", "\x1b "} {
		out := Clean(strings.Repeat(unit, 200_000))
		assert.NotContains(t, out, "\x1b")
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in    string
		w     int
		align Align
		want  string
	}{
		"pads left":                  {"ab", 4, Left, "ab  "},
		"pads right":                 {"ab", 4, Right, "  ab"},
		"centers":                    {"ab", 5, Center, " ab  "},
		"exact":                      {"abcd", 4, Left, "abcd"},
		"cuts":                       {"abcdef", 4, Left, "abc…"},
		"cuts right-aligned text":    {"abcdef", 4, Right, "abc…"},
		"one cell":                   {"abcdef", 1, Left, "…"},
		"no cell":                    {"abcdef", 0, Left, ""},
		"negative":                   {"abcdef", -3, Left, ""},
		"wide rune exact":            {"支払", 4, Left, "支払"},
		"wide rune does not fit":     {"支払い", 4, Left, "支… "},
		"wide rune in one cell":      {"支払い", 1, Left, "…"},
		"wide rune right":            {"支", 4, Right, "  支"},
		"combining mark takes none":  {"cafe\u0301", 5, Left, "cafe\u0301 "},
		"cut keeps the mark":         {"e\u0301tudes", 3, Left, "e\u0301t…"},
		"not cut inside a character": {"abe\u0301f", 3, Left, "ab…"},
		"cleans what is not clean":   {"\x1b[31mred\x1b[m\n!", 6, Left, "red ! "},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Fit(tc.in, tc.w, tc.align)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, max(tc.w, 0), ansi.StringWidth(got))
		})
	}
}

func TestNoCharacterBreaksAField(t *testing.T) {
	t.Parallel()
	for r := rune(1); r < 0xe1000; r++ {
		if r == 0x20000 {
			r = 0xe0000 // in between are ideographs, all alike
		}
		for _, s := range []string{string(r), string(r) + "b"} {
			field := Fit(s, 4, Left)
			if Width("x"+field+"x") != 6 || Width(" "+Fit(s, 4, Right)+" ") != 6 {
				t.Errorf("%U in %q gives %q", r, s, field)
			}
		}
	}
}

func TestFitStyled(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "\x1b[1mab\x1b[m  ", FitStyled("\x1b[1mab\x1b[m", 4))
	for _, w := range []int{1, 2, 3, 5, 9} {
		assert.Equal(t, w, Width(FitStyled("\x1b[1m支払い\x1b[m-x", w)))
	}
	assert.Empty(t, FitStyled("abc", 0))
}

func TestCut(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "cde", Cut("abcdef", 2, 5))
	assert.Equal(t, "ef", Cut("abcdef", 4, 50))
	assert.Empty(t, Cut("abcdef", 9, 50))
	assert.Empty(t, Cut("abcdef", 3, 3))
	assert.Equal(t, "ab", Cut("abcdef", -4, 2))
	assert.Equal(t, " 払 ", Cut("支払い", 1, 5))
	assert.Equal(t, "\x1b[1mb\x1b[m", Cut("\x1b[1mabc\x1b[m", 1, 2))
}

func TestWrap(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"no functions", "here"}, Wrap("no functions here", 12))
	assert.Nil(t, Wrap("x", 0))
}

func TestAge(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 119 * time.Second: "119s", 2 * time.Minute: "2m",
		119 * time.Minute: "119m", 2 * time.Hour: "2h", 47 * time.Hour: "47h",
		2 * day: "2d", 729 * day: "729d", 800 * day: "2y",
	} {
		assert.Equal(t, want, Age(d), d)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1204: "1,204", 1234567: "1,234,567", -1204: "-1,204", -12: "-12"} {
		assert.Equal(t, want, Count(n))
	}
}

var seeds = []string{
	"", "charge-card", "\x1b[31mred\x1b[0m", "\x1b]0;t\x07x", "支払い🚀", "a\u0301\u0301\u0301\u0301\u0301", "\u202eevil",
	"\xff\xfe", "🇩🇪🇫", "👍🏽👨\u200d👩", "\u0600a", "\u0d4ea", "ｶﾞ", "\u1100\u1161\u11a8", "न\u093f", "\u009b1m", "\u2e3b", "1\u20e3", "\u0e33", "\u1ad0x",
}

func FuzzClean(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, clean := range []func(string) string{Clean, CleanMultiline} {
			out := clean(s)
			require.True(t, utf8.ValidString(out))
			require.Equal(t, out, clean(out), "idempotent")
			for _, r := range out {
				require.False(t, (r < ' ' && r != '\n') || (r >= 0x7f && r < 0xa0), "control %U", r)
				require.False(t, isHidden(r), "hidden %U", r)
			}
		}
		require.NotContains(t, Clean(s), "\n")
	})
}

func FuzzFit(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, i, uint8(i))
	}
	f.Fuzz(func(t *testing.T, s string, w int, a uint8) {
		w = ((w % 200) + 200) % 200
		got := Fit(s, w, Align(a%3))
		require.Equal(t, w, Width(got))
		require.Equal(t, w+4, Width("x "+got+" x"), "nothing joins its neighbours")
		require.NotContains(t, got, "\x1b")
		require.Equal(t, got, Clean(got))
		require.LessOrEqual(t, Width(Cut(Clean(s), 3, 3+w)), w)
	})
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{
		"ascii": "charge-card-for-the-checkout", "wide": "支払い-関数-チェックアウト", "dirty": "\x1b[31mcharge\x1b[0m-card\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = Clean(s)
			}
		})
	}
}

func BenchmarkAppendFit(b *testing.B) {
	buf := make([]byte, 0, 256)
	for name, s := range map[string]string{
		"ascii": "charge-card", "cut": strings.Repeat("charge-card", 5), "wide": "支払い-関数-チェックアウト",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = AppendFit(buf[:0], s, 20, Left)
			}
		})
	}
}
