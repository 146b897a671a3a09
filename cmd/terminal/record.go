package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"
)

// longest is the longest that nothing happens in a recording, besides its pauses: nobody wants to watch a machine work.
const longest = time.Second

// Recording keeps what a program writes, and when. Its Wrote belongs into Options.
type Recording struct {
	mu    sync.Mutex
	last  time.Time
	at    time.Duration // of the last event
	extra time.Duration // pauses since then
	half  []byte        // the beginning of a letter whose end was not read yet
	out   bytes.Buffer
}

// Wrote takes what the program wrote.
func (r *Recording) Wrote(output []byte, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.last.IsZero() {
		r.at += min(max(at.Sub(r.last), 0), longest) + r.extra
	}
	r.last, r.extra = at, 0
	whole, half := letters(append(r.half, output...))
	r.half = bytes.Clone(half)
	if len(whole) > 0 {
		r.event(string(whole))
	}
}

// letters cuts off a letter that is not whole.
func letters(b []byte) (whole, half []byte) {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i], b[i:]
			}
			break
		}
	}
	return b, nil
}

func (r *Recording) event(output string) {
	line, err := json.Marshal([]any{float64(r.at.Microseconds()) / 1e6, "o", output})
	if err != nil {
		panic(fmt.Sprintf("a number and two texts are no JSON: %v", err)) // they always are
	}
	r.out.Write(append(line, '\n'))
}

// Pause has whoever watches wait before what the program writes next. It does not take the time itself.
func (r *Recording) Pause(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.extra += d
}

// Write writes the recording as asciinema has it, in the second version of its format. The pause at the end is kept.
func (r *Recording) Write(w io.Writer, cols, rows int, title string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.extra > 0 {
		r.at, r.extra = r.at+r.extra, 0
		r.event("")
	}
	head, err := json.Marshal(struct {
		Version int               `json:"version"`
		Width   int               `json:"width"`
		Height  int               `json:"height"`
		Title   string            `json:"title"`
		Env     map[string]string `json:"env"`
	}{2, cols, rows, title, map[string]string{"TERM": "xterm-256color"}})
	if err != nil {
		return fmt.Errorf("make the head of the recording: %w", err)
	}
	if _, err := w.Write(append(append(head, '\n'), r.out.Bytes()...)); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	return nil
}
