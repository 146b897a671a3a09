package match

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern, line string
		start, end    int
	}{
		{"beta", "alpha BETA", 6, 10}, {"Beta", "alpha BETA", -1, 0}, {"/b.t/", "alpha bet", 6, 9}, {"/B.t/", "alpha bet", -1, 0},
		{"ギフト", "a ギフト券", 2, 11}, {"é", "a É", 2, 4}, {"Éa", "Éa", 0, 3}, {"", "a", -1, 0}, {"/x*/", "aaa", -1, 0}, {"/", "a/b", 1, 2}, {"a b", "xa b", 1, 4}, {"/k/", "\u212a", 0, 3},
		{"/time(out|d out)/", "it TIMED out", 3, 12}, {"/(ab){2,}c/", "xababc", 1, 6}, {"/ask me/", "a\u017fk me", 0, 7},
	} {
		p, err := Compile(tc.pattern)
		require.NoError(t, err)
		start, end, ok := p.First([]byte(tc.line))
		assert.Equal(t, tc.start >= 0, ok, "%s in %s", tc.pattern, tc.line)
		if ok {
			assert.Equal(t, [2]int{tc.start, tc.end}, [2]int{start, end}, "%s in %s", tc.pattern, tc.line)
		}
	}
	_, err := Compile("/(/")
	assert.EqualError(t, err, "not a pattern: missing closing ): `(`")
}

func TestAnExclamationMarkHides(t *testing.T) {
	t.Parallel()
	p, err := CompileFilter("!health")
	require.NoError(t, err)
	assert.False(t, p.Keeps([]byte("GET /HEALTH")))
	assert.True(t, p.Keeps([]byte("GET /")))
	assert.Equal(t, "!health", p.Text())
	p, err = CompileFilter("!")
	require.NoError(t, err)
	assert.True(t, p.Keeps([]byte("a!")))
}

// What is found first must be what a regular expression finds, and so must which lines have a match, however the search is
// made quick.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"a", "Ab", "/a+b/", "/(?i)sk/", "/[a-c]x|y/", "", "/\u212a/", "/^a|b$/", `/\bsk\b/`, "/[^a]{3}é/", "/[é-ü]+x/", `/(?m)^b$/`,
		"/(a|b).{9}c/", "/(a|b).{14}c/", `/\B./`, "ギフト", "É", "/$a/", "/a*/", "/(|a)b/",
	} {
		f.Add(s, "some Text with aab and SK \u212a")
		f.Add(s, "ab\nb\u00c9x ギフト")
		f.Add(s, strings.Repeat("abxyz ü", 60))
	}
	f.Fuzz(func(t *testing.T, pattern, line string) {
		p, err := Compile(pattern)
		source, isRe := strings.CutPrefix(pattern, "/")
		if err != nil || !isRe || len(source) < 2 || !strings.HasSuffix(source, "/") {
			return
		}
		source = strings.TrimSuffix(source, "/")
		if !strings.ContainsFunc(pattern, unicode.IsUpper) {
			source = "(?i)" + source
		}
		re, err := regexp.Compile(source)
		if err != nil {
			return
		}
		line = strings.ToValidUTF8(line, "?")
		var lines [][]byte
		for i := range 11 {
			lines = append(lines, []byte(strings.ToValidUTF8(line[len(line)*i/11:], "")))
		}
		got := make([]bool, len(lines))
		p.Lines(len(lines), func(i int) []byte { return lines[i] }, func(i int) { got[i] = true })
		for i, line := range lines {
			_, _, ok := p.First(line)
			assert.Equal(t, ok, got[i], "%s in %q", pattern, line)
			assert.Equal(t, ok, p.Keeps(line), "%s in %q", pattern, line)
			want := slices.DeleteFunc(re.FindAllIndex(line, -1), func(at []int) bool { return at[0] == at[1] })
			assert.Equal(t, len(want) > 0, ok, "%s in %q", pattern, line)
			var in [][]int
			p.In(line, 0, len(line), func(start, end int) { in = append(in, []int{start, end}) })
			assert.Equal(t, len(want), len(in), "%s in %q", pattern, line)
		}
	})
}

// A part of a line is not where the line begins, nor are the matches behind the first.
func TestMatchesInAPart(t *testing.T) {
	t.Parallel()
	line := []byte("aab aab " + strings.Repeat("x", 2*reach) + " aab")
	for _, tc := range []struct {
		pattern  string
		from, to int
		want     [][2]int
	}{
		{"/^a/", 0, 8, [][2]int{{0, 1}}},
		{"/^|b/", 0, 8, [][2]int{{2, 3}, {6, 7}}},
		{`/\baa/`, 0, 8, [][2]int{{0, 2}, {4, 6}}},
		{"aa", 1, 8, [][2]int{{0, 2}, {4, 6}}},
		{"aa", 0, 4, [][2]int{{0, 2}}},
		{"/^x/", 300, 310, nil},
		{"/b$/", len(line) - 4, len(line), [][2]int{{len(line) - 1, len(line)}}},
	} {
		p, err := Compile(tc.pattern)
		require.NoError(t, err)
		var got [][2]int
		p.In(line, tc.from, tc.to, func(start, end int) { got = append(got, [2]int{start, end}) })
		assert.Equal(t, tc.want, got, tc.pattern)
	}
}

// An expression of more states than are kept is searched for, too.
func TestAnExpressionOfManyStates(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var lines [][]byte
	for range 2000 {
		line := make([]byte, 300)
		for i := range line {
			line[i] = "aeiou"[r.IntN(5)]
		}
		if r.IntN(50) == 0 {
			line[299] = 'Z'
		}
		lines = append(lines, line)
	}
	for _, pattern := range []string{"/(a|e).{5}Z/", "/(a|e).{9}Z/", "/(a|e).{15}Z/", "/^(a|e).{298}Z/"} {
		p, err := Compile(pattern)
		require.NoError(t, err)
		var want, got []int
		for i, line := range lines {
			if p.re.Match(line) {
				want = append(want, i)
			}
		}
		p.Lines(len(lines), func(i int) []byte { return lines[i] }, func(i int) { got = append(got, i) })
		slices.Sort(got)
		assert.Equal(t, want, got, pattern)
		assert.NotEmpty(t, got, pattern)
		filter, err := CompileFilter(pattern)
		require.NoError(t, err)
		for i, line := range lines {
			require.Equal(t, slices.Contains(want, i), filter.Keeps(line), pattern)
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("ab", "xABab")
	f.Add("Ab", "xABabAb")
	f.Fuzz(func(t *testing.T, pattern, data string) {
		p, err := Compile(pattern)
		if err != nil || p.literal == nil || p.re != nil || pattern == "" {
			return
		}
		texts, from := p.Texts([]byte(data)), 0
		for {
			wantStart, wantEnd, want := p.First([]byte(data)[from:])
			start, end, ok := texts.Next(from)
			require.Equal(t, want, ok)
			if !ok {
				return
			}
			require.Equal(t, [2]int{from + wantStart, from + wantEnd}, [2]int{start, end})
			from = start + 1
		}
	})
}
