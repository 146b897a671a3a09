package prefilter

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatEveryMatchHolds(t *testing.T) {
	for source, want := range map[string]struct {
		text string
		fold bool
	}{
		`fail(ed|ure)`: {"fail", false}, `(?i)Time out`: {"time out", true}, `a+bcd?`: {"bc", false}, `(abc){2,}x`: {"abc", false},
		`a|b`: {"", false}, `(abc)*`: {"", false}, `[0-9]{7,}`: {"", false},
		`(?i)kiosk`: {"io", true}, `(?i)größe`: {"gr", true},
	} {
		re, err := syntax.Parse(source, syntax.Perl)
		require.NoError(t, err)
		text, fold := Required(re)
		assert.Equal(t, want.text, text, source)
		assert.Equal(t, want.fold, fold, source)
	}
}

func FuzzRequired(f *testing.F) {
	f.Add("(?i)kiosk", "\u212aio\u017f\u212a")
	f.Add("a(b|c)+d{2}", "abcdd")
	f.Fuzz(func(t *testing.T, source, s string) {
		re, err := regexp.Compile(source)
		parsed, bad := syntax.Parse(source, syntax.Perl)
		if err != nil || bad != nil {
			return
		}
		match := re.FindString(s)
		if match == "" {
			return
		}
		text, fold := Required(parsed)
		if fold {
			match = strings.ToLower(match)
		}
		if !strings.Contains(match, text) {
			t.Fatalf("%q matches %q, which does not hold %q", source, match, text)
		}
	})
}
