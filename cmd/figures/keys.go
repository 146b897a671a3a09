package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

const interrupt = syscall.SIGINT

// moves lead through the table in a circle: each of them moves the cursor.
var moves = []string{"j", "j", "k", "ctrl-d", "j", "ctrl-f", "k", "ctrl-f", "ctrl-b", "down", "G", "k", "ctrl-u", "up", "g", "j", "k"}

const presses = 500

// measureKeys measures how long a key takes until the frame that it leads to is on the screen.
func measureKeys(ctx context.Context, b *bench) error {
	t, err := b.whole()
	if err != nil {
		return err
	}
	defer t.Close()
	if err := pause(ctx, calm); err != nil {
		return err
	}
	if err := b.press(t, "key press to paint, p95 of 500 keys"); err != nil {
		return err
	}
	stop, err := b.churn(ctx)
	if err != nil {
		return err
	}
	err = pause(ctx, 5*time.Second)
	if err == nil {
		err = b.press(t, fmt.Sprintf("key press to paint at %d updates/s, p95", rate))
	}
	b.report.note("%s", stop())
	if err != nil {
		return err
	}
	return b.settle(ctx)
}

func (b *bench) press(t *terminal.Terminal, name string) error {
	var took []time.Duration
	if _, err := t.WaitFor("cursor", limit, func(s *terminal.Screen) bool { return cursor(s) != "" }); err != nil {
		return err
	}
	for i := range presses {
		d, err := t.Paint(moves[i%len(moves)], 10*time.Second, func(before, now *terminal.Screen) bool {
			return cursor(now) != "" && cursor(now) != cursor(before)
		})
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	b.report.duration(name, percentile(took, 95), 30*time.Millisecond)
	b.report.note("median %s, p99 %s, longest %s, %d×%d", short(percentile(took, 50)), short(percentile(took, 99)), short(percentile(took, 100)), cols, rows)
	return nil
}

// cursor says where the cursor of the table is, and on whom: data that changes around it is none of its moves.
func cursor(s *terminal.Screen) string {
	for y := range s.Rows {
		if cells := s.Cells(y); len(cells) > 0 && cells[0].Text == "▌" {
			name := strings.Fields(strings.TrimPrefix(s.Line(y), "▌"))
			if len(name) > 0 {
				return fmt.Sprint(y, " ", name[0])
			}
		}
	}
	return ""
}
