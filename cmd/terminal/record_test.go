package terminal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARecordingIsWhatWasWritten(t *testing.T) {
	r, at := &Recording{}, time.Unix(1000, 0)
	r.Wrote([]byte("a\xe6\x97"), at)
	r.Wrote([]byte("\xa5\x1b[m"), at.Add(200*time.Millisecond))
	r.Pause(2 * time.Second)
	r.Wrote([]byte("\xe6\xff"), at.Add(time.Hour))
	r.Pause(time.Second)
	var out bytes.Buffer
	require.NoError(t, r.Write(&out, 80, 24, "a title"))
	assert.Equal(t, strings.Join([]string{
		`{"version":2,"width":80,"height":24,"title":"a title","env":{"TERM":"xterm-256color"}}`,
		`[0,"o","a"]`, `[0.2,"o","日\u001b[m"]`, `[3.2,"o","` + "\\ufffd\\ufffd" + `"]`, `[4.2,"o",""]`, ``,
	}, "\n"), out.String())
}

// Whoever plays the recording sees what was on the screen.
func TestARecordingShowsTheSame(t *testing.T) {
	r := &Recording{}
	term := run(t, "keys", Options{Cols: 60, Rows: 10, Wrote: r.Wrote})
	_, err := term.WaitText(limit, "size 60×10")
	require.NoError(t, err)
	require.NoError(t, term.Send("up", "日"))
	s, err := term.WaitText(limit, "keys up 日")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, r.Write(&out, 60, 10, ""))
	_, events, _ := strings.Cut(strings.TrimSpace(out.String()), "\n")
	player := vt.NewEmulator(60, 10)
	go func() { _, _ = bytes.NewBuffer(nil).ReadFrom(player) }() // what it answers
	for line := range strings.Lines(events) {
		var event [3]any
		require.NoError(t, json.Unmarshal([]byte(line), &event))
		_, err := player.WriteString(event[2].(string))
		require.NoError(t, err)
	}
	var shown strings.Builder
	for x := range 60 {
		shown.WriteString(cellOf(player.CellAt(x, 1)).Text)
	}
	assert.Equal(t, s.Line(1), strings.TrimRight(shown.String(), " "))
	require.NoError(t, player.InputPipe().(interface{ Close() error }).Close())
}
