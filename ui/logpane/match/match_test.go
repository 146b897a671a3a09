package match

import (
	"regexp"
	"strings"
	"testing"

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
		{"ギフト", "a ギフト券", 2, 11}, {"", "a", -1, 0}, {"/x*/", "aaa", -1, 0}, {"/", "a/b", 1, 2}, {"a b", "xa b", 1, 4}, {"/k/", "\u212a", 0, 3},
		{"/time(out|d out)/", "it TIMED out", 3, 12}, {"/(ab){2,}c/", "xababc", 1, 6}, {"/ask me/", "a\u017fk me", 0, 7},
	} {
		p, err := Compile(tc.pattern)
		require.NoError(t, err)
		start, end, ok := p.Next([]byte(tc.line), 0)
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

// What is found first must be what a regular expression finds, however the search is made quick.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"a", "Ab", "/a+b/", "/(?i)sk/", "/[a-c]x|y/", "", "/\u212a/"} {
		f.Add(s, "some Text with aab and SK \u212a")
	}
	f.Fuzz(func(t *testing.T, pattern, line string) {
		p, err := Compile(pattern)
		if err != nil {
			return
		}
		source, isRe := strings.CutPrefix(pattern, "/")
		if isRe && len(source) > 1 && strings.HasSuffix(source, "/") {
			source = strings.TrimSuffix(source, "/")
		} else {
			return
		}
		if strings.ToLower(pattern) == pattern {
			source = "(?i)" + source
		}
		re, err := regexp.Compile(source)
		if err != nil {
			return
		}
		want := false
		for _, at := range re.FindAllStringIndex(line, -1) {
			want = want || at[1] > at[0]
		}
		_, _, ok := p.Next([]byte(line), 0)
		if want {
			require.True(t, ok, "%s in %s", pattern, line)
		}
	})
}
