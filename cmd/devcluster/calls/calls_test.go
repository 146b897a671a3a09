package calls

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCountersOnlyGrowAndAtTheirRate(t *testing.T) {
	began := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for _, f := range Functions {
		before := f.Calls(began)
		for s := range 1200 {
			now := f.Calls(began.Add(time.Duration(s) * time.Second))
			require.GreaterOrEqual(t, now, before, f.Name)
			before = now
		}
		assert.InDelta(t, f.Rate, (f.Calls(began.Add(20*time.Minute))-f.Calls(began))/1200, f.Rate/100, f.Name)
	}
}

func TestThePageIsOneThatPrometheusReads(t *testing.T) {
	var b strings.Builder
	Write(&b, time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	line := regexp.MustCompile(`^(# TYPE [a-zA-Z_]+ (counter|histogram)|[a-zA-Z_]+\{([a-z_]+="[^"\\]*",?)+\} [0-9.]+)$`)
	seen := map[string]bool{}
	for _, l := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		require.Regexp(t, line, l)
		series := l[:strings.LastIndexByte(l, ' ')]
		assert.False(t, seen[series], "twice: %s", series)
		seen[series] = true
	}
	for _, f := range Functions {
		assert.Contains(t, b.String(), f.Name)
	}
}
