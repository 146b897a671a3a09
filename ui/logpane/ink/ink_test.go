package ink

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/ui/text"
)

// draw writes a line as it would be drawn, so that a test can be read.
func draw(raw string) string {
	out, marks, _ := Append(nil, []byte(raw), 1<<16, nil)
	var b strings.Builder
	at := 0
	for _, m := range marks {
		b.Write(out[at:m.At])
		b.WriteString("‹" + strings.TrimPrefix(strings.TrimSuffix(m.Style.Sequence(true), "m"), "\x1b[") + "›")
		at = int(m.At)
	}
	b.Write(out[at:])
	return b.String()
}

func TestColoursStayAndNothingElse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"plain":                                      "plain",
		"\x1b[31mred\x1b[0m rest":                    "‹31›red‹› rest",
		"\x1b[31mred\x1b[m rest":                     "‹31›red‹› rest",
		"\x1b[1;91mbold\x1b[22m thin":                "‹1;91›bold‹91› thin",
		"\x1b[38;5;208mo\x1b[39mx":                   "‹38;5;208›o‹›x",
		"\x1b[38;2;1;2;3mrgb\x1b[48:5:4mback":        "‹38;2;1;2;3›rgb‹38;2;1;2;3;44›back",
		"\x1b[8mhidden":                              "hidden",
		"\x1b[5mblink":                               "blink",
		"\x1b[31m\x1b[32mgreen":                      "‹32›green",
		"\x1b[31m":                                   "",
		"a\x1b[2Jb\x1b[10;10Hc":                      "abc",
		"a\x1b]0;title\x07b":                         "ab",
		"a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b": "alinkb",
		"a\x1bPq#0\x1b\\b":                           "ab",
		"\x1b]0;unfinished \x1b[31mred":              "]0;unfinished ‹31›red",
		"a\tb\t\x1b[31mc":                            "a       b       ‹31›c",
		"日\tx":                                       "日      x",
		"\x1b[31":                                    "[31",
		"\x1b[31\x1b[32mx":                           "[31‹32›x",
		"pay\u202egnp\u200b\xff\xfe":                 "paygnp\ufffd",
		"one\r\ntwo":                                 "one two",
		"\x1b[38;5;999mx":                            "x",
		"\x1b[38mx":                                  "x",
	} {
		assert.Equal(t, want, draw(raw), "%q", raw)
	}
}

func TestAnOverlongLineIsCutAtACharacter(t *testing.T) {
	t.Parallel()
	out, _, cut := Append(nil, []byte(strings.Repeat("é", 100)), 51, nil)
	assert.Equal(t, strings.Repeat("é", 25), string(out))
	assert.Equal(t, 150, cut)
}

func TestHostileLinesTakeNoTime(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"\t", "日\t", "\x1b[31mé", "\x1b]", "\u009d", "\x1b[1", "\x1bP\u0090\t", "🇩\x1b[1m"} {
		start := time.Now()
		Append(nil, []byte(strings.Repeat(unit, 1<<20)), 1<<16, nil)
		assert.Less(t, time.Since(start), time.Second, "%q", unit)
	}
}

func TestEveryByteIsJudgedAlikeBySlices(t *testing.T) {
	t.Parallel()
	for at := range 20 {
		for b := range 256 {
			line := []byte(strings.Repeat("x", 20))
			line[at] = byte(b)
			assert.Equal(t, text.IsASCII(string(line)), IsASCII(line), "%d at %d", b, at)
		}
	}
}

func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "a\x1b[31mb\x1b[m", "\x1b[1;38;5;3mx", "🇩\x1b[31m🇪", "e\x1b[1m\u0301", "\x1b]0;x\x1b[31m\x07", "\t\u009b31m\x1b[", "\xff\x1b[31m\xfe", "\u1100\x1b[3m\u1161"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, marks, cut := Append([]byte("before"), raw, 4096, nil)
		s := string(out[len("before"):])
		require.True(t, utf8.ValidString(s))
		require.Equal(t, s, text.Clean(s), "nothing that a terminal obeys is left")
		require.LessOrEqual(t, len(marks), maxMarks)
		require.True(t, cut >= 0 && cut <= len(raw))
		at := -1
		for i, m := range marks {
			require.Greater(t, int(m.At), at)
			require.Less(t, int(m.At), len(s))
			require.True(t, utf8.RuneStart(s[m.At]))
			at = int(m.At)
			packed := AppendMark(nil, m)
			require.Equal(t, m, MarkAt(packed, 0))
			require.Equal(t, "", strings.Trim(m.Style.Sequence(true), "\x1b[0123456789;m"), "mark %d", i)
		}
	})
}
