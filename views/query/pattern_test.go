package query

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPatternsAgreeWithTheirLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"a(bcd|e)fg": "fg", "x?(abc)+": "abc", "(abc){2}": "abc", "(abc){0,2}x": "x", "a|b": "", "ABc.*d": "ABc", "^foo$": "foo", "[ab]*": "",
	} {
		p, err := compilePattern(text)
		require.NoError(t, err)
		require.Equal(t, want, p.must.text, text)
	}
	p, err := compilePattern("é+f")
	require.NoError(t, err)
	require.True(t, p.in("xÉF"))
	p, err = compilePattern("(?-i:a)B")
	require.NoError(t, err)
	require.False(t, p.in("AB"))
	require.True(t, p.in("aB"))
}
