package record

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRecognise(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct {
		shape Shape
		level Level
	}{
		`{"level":"info","msg":"x"}`:                       {JSON, Info},
		`  {"msg":"level: error","severity":"WARNING"}`:    {JSON, Warn},
		`{"level":50,"time":1}`:                            {JSON, Error},
		`{"a":{"level":"error"},"lvl":"dbg"}`:              {JSON, Debug},
		`{"msg":"cut off in the mid`:                       {JSON, Unknown},
		`{"@level":"fatal"`:                                {JSON, Fatal},
		`{}`:                                               {JSON, Unknown},
		`{not json}`:                                       {Plain, Unknown},
		`level=error msg="it failed" code=7`:               {Logfmt, Error},
		`ts=2026 caller=main.go:7 level=debug msg=x`:       {Logfmt, Debug},
		`level=info`:                                       {Logfmt, Info},
		`12:00 level=warn something`:                       {Plain, Warn},
		`a=b and nothing else`:                             {Plain, Unknown},
		"I0901 12:04:31.000001       1 main.go:7] started": {Klog, Info},
		"E0901 12:04:31.000001       1 main.go:7] failed":  {Klog, Error},
		"2026-09-01 12:04:31 ERROR [main] it failed":       {Plain, Error},
		"[warn] slow":                                      {Plain, Warn},
		"error: no such file":                              {Plain, Error},
		"Error: limit":                                     {Plain, Error},
		"there was no error in it":                         {Plain, Unknown},
		"INFORMATION-7 is no level":                        {Plain, Unknown},
		"Traceback (most recent call last):":               {Plain, Error},
		"panic: runtime error":                             {Plain, Fatal},
		"":                                                 {Plain, Unknown},
		strings.Repeat("x", 500) + " ERROR far away":       {Plain, Unknown},
	} {
		shape, level := Recognise([]byte(line))
		assert.Equal(t, want.shape, shape, line)
		assert.Equal(t, want.level.String(), level.String(), line)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	read := func(line string, shape Shape) (all []string) {
		for _, f := range Fields(nil, []byte(line), shape) {
			all = append(all, string(f.KeyIn([]byte(line)))+"="+string(f.ValueIn([]byte(line))))
		}
		return all
	}
	assert.Equal(t, []string{"a=x\\\"y", "n=-1.5e3", "o={\"b\":[1,\"}\"]}", "t=true", "z=null"},
		read(`{"a":"x\"y", "n":-1.5e3,"o":{"b":[1,"}"]} ,"t":true,"z":null} rest`, JSON))
	assert.Equal(t, []string{"a=b", "msg=x y=z", "e="}, read(`a=b word msg="x y=z" e= =no`, Logfmt))
	assert.Equal(t, []string{"a=cut of"}, read(`{"a":"cut of`, JSON))
}

func FuzzRecognise(f *testing.F) {
	for _, s := range []string{`{"level":"info","a":{"b":[1,2]}}`, `level=info msg="x`, "E0901 12:04:31.000001 1 x]", `{"a":"\\`, "[ERROR]", `a="`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := string(line)
		shape, level := Recognise(line)
		require.LessOrEqual(t, level, Fatal)
		for _, s := range []Shape{JSON, Logfmt, shape} {
			fields := Fields(nil, line, s)
			require.LessOrEqual(t, len(fields), maxFields)
			at := 0
			for _, x := range fields {
				require.True(t, at <= x.Key && x.Key <= x.KeyEnd && x.KeyEnd <= x.Value && x.Value <= x.ValueEnd && x.ValueEnd <= len(line), "%+v", x)
				at = x.ValueEnd
			}
		}
		require.Equal(t, before, string(line))
	})
}
