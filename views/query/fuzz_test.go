package query

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func addSeeds(f *testing.F) {
	for _, s := range []string{
		"fn", "fn pay* -l app in (a, b),!c grade>=D !\"x y\" ~fz /re\\/x/ cpu > 500m", "fn @prod -n a,b name=\"a,*\"",
		"who-can get pods/exec x", "ns a,b", "view save x", "-l a=b,c notin (d) e", "!=x", "a==b", "name=~/x y/", "\x1b[2J=\x00",
		"ready<50% age<2h30m", "exposed=internet! triggers=http,cron", "//", "\"\\\"", "fn -A \"-n\"", "!!a", "save \"a b\"",
	} {
		f.Add(s)
	}
}

func FuzzFilter(f *testing.F) {
	addSeeds(f)
	row := chargeCard()
	f.Fuzz(func(t *testing.T, s string) {
		filter, err := ParseFilter(s, testColumns)
		if err != nil {
			checkError(t, err, s)
			return
		}
		matched := filter.Match(row)
		printed := filter.String()
		again, err := ParseFilter(printed, testColumns)
		if len(printed) > maxInput {
			return
		}
		require.NoError(t, err, "%q printed as %q", s, printed)
		require.Equal(t, printed, again.String())
		require.Equal(t, matched, again.Match(row), "%q printed as %q", s, printed)
	})
}

func FuzzCommand(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		v := testVocabulary()
		for _, c := range Complete(s, len(s)/2, v) {
			require.True(t, c.Start >= 0 && c.Start <= c.End && c.End <= len(s))
		}
		c, err := ParseCommand(s, v)
		if err != nil {
			checkError(t, err, s)
			return
		}
		printed := c.String()
		if len(printed) > maxInput {
			return
		}
		again, err := ParseCommand(printed, v)
		require.NoError(t, err, "%q printed as %q", s, printed)
		require.Equal(t, printed, again.String(), "%q", s)
	})
}

func checkError(t *testing.T, err error, s string) {
	t.Helper()
	e, ok := err.(*Error)
	require.True(t, ok, "%T", err)
	require.True(t, e.Pos >= 0 && e.Pos <= e.End && e.End <= len(s), "%q: %d to %d", s, e.Pos, e.End)
	require.NotEmpty(t, e.Msg)
	if utf8.ValidString(s) {
		for _, r := range e.Msg {
			require.GreaterOrEqual(t, r, ' ', "%q", e.Msg)
		}
	}
}
