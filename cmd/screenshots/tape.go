package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

const (
	reading = 2500 * time.Millisecond // how long whoever watches has for a screen
	typing  = 90 * time.Millisecond   // and for a letter
)

// tour is what the recording shows: from the list to the plan of a fix. Nothing is changed: the session is read-only.
var tour = scene{name: "tour", cols: 120, rows: 36, args: []string{"--read-only"}, steps: []step{
	{key: "/", text: "export-prices"}, {key: "enter", see: []string{"filter: export-prices"}},
	{key: "S", see: []string{"posture export-prices", "What lifts"}},
	{key: "b", see: []string{"How far it goes", "What is inside"}},
	{key: "q", see: []string{"What lifts"}}, {key: "q", see: []string{"filter: export-prices"}},
	{key: "m", see: []string{"metrics of export-prices", "Memory"}}, {key: "q", see: []string{"filter: export-prices"}},
	{key: "l", see: []string{"logs of export-prices", "request handled"}}, {key: "L", see: []string{"level"}},
	{key: "q", see: []string{"filter: export-prices"}},
	{key: "T", see: []string{"fixes on", "expected", "[x]"}},
	{key: "enter", see: []string{"overview", "expected"}}, {key: "tab", see: []string{"step 1 of"}}, {key: "tab", see: []string{"step 2 of"}},
}}

// record plays the tour on a cluster and writes it down.
func (s *studio) record(c *seeded) error {
	recording, p := &terminal.Recording{}, &picture{scene: &tour}
	term, leave, err := s.open(p, c.args("", nil), recording.Wrote)
	if err != nil {
		return err
	}
	defer leave()
	if _, err := term.WaitFor("live console", patience, listed); err != nil {
		return err
	}
	recording.Pause(reading)
	for i := range tour.steps {
		if err := tour.steps[i].show(term, recording); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	path := filepath.Join(s.out, "tour.cast")
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the recording: %w", err)
	}
	defer f.Close()
	if err := recording.Write(f, p.cols, p.rows, "fn9s"); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	fmt.Println(path)
	return nil
}

// show plays a step as a person would, letter by letter.
func (s *step) show(t *terminal.Terminal, r *terminal.Recording) error {
	typed := step{key: s.key, see: s.see}
	if s.text != "" {
		typed.see = nil
	}
	if err := typed.play(t); err != nil {
		return err
	}
	for i, letter := range s.text {
		r.Pause(typing)
		if err := t.Type(string(letter)); err != nil {
			return err
		}
		so := s.key + s.text[:i+len(string(letter))]
		if _, err := t.WaitFor("text "+so, patience, func(now *terminal.Screen) bool {
			return strings.HasPrefix(now.Line(now.Rows-1), so)
		}); err != nil {
			return err
		}
	}
	if len(s.see) > 0 {
		r.Pause(reading)
	}
	return nil
}
