package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

const (
	cols, rows = 200, 50
	limit      = 2 * time.Minute
)

// open starts the console on the loaded cluster.
func (b *bench) open(args ...string) (*terminal.Terminal, error) {
	return terminal.Start(terminal.Options{
		Args: append([]string{b.fn9s, "--kubeconfig", b.kubeconfig, "--config", b.connectors, "-A"}, args...),
		Env:  environment(b.home), Dir: b.home, Cols: cols, Rows: rows,
	})
}

func environment(home string) []string {
	return []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "LANG=C.UTF-8"}
}

var title = regexp.MustCompile(`functions\(([0-9,]+)\)`)

// count returns the number of functions in the header, -1 when there is none.
func count(s *terminal.Screen) int {
	m := title.FindStringSubmatch(s.Line(0))
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		return -1
	}
	return n
}

// live reports whether the header says that everything on the screen is up to date and whole.
func live(s *terminal.Screen) bool {
	header := s.Line(0)
	return strings.Contains(header, "● live") && !strings.Contains(header, "listing")
}

// framed reports whether a whole frame of the functions table is on the screen, with or without rows.
func framed(s *terminal.Screen) bool {
	return s.Alt && strings.Contains(s.Line(0), "functions(") && strings.Contains(s.Line(s.Rows-1), "? help")
}

// usage is a cell that says what a function uses.
var usage = regexp.MustCompile(`^(–|[0-9]+m|[0-9.]+[KMG]i)$`)

// body is the table without the ages and what functions use, which change by themselves, without the widths of its columns,
// which depend on what was on the screen before, and without the line that says what is wrong with a cluster.
func body(s *terminal.Screen) string {
	var b strings.Builder
	measured := strings.Contains(s.Line(1), " CPU ")
	for y := 1; y < s.Rows-1; y++ {
		cells := strings.Fields(s.Line(y))
		if len(cells) == 0 || cells[0] == "▲" {
			continue
		}
		cells = cells[:len(cells)-1]
		for range 2 {
			if last := len(cells) - 1; measured && last > 0 && (usage.MatchString(cells[last]) || y == 1) {
				cells = cells[:last]
			}
		}
		b.WriteString(strings.Join(cells, " ") + "\n")
	}
	return b.String()
}

// settled is what a console shows once nothing changes any more.
type settled struct {
	rows int
	body string
}

// settle waits until two consoles, one after the other, show the same.
func (b *bench) settle(ctx context.Context) error {
	for range 20 {
		before := b.settled
		s, err := b.look(ctx)
		if err != nil {
			return err
		}
		b.settled = *s
		if before == *s {
			return nil
		}
	}
	return errors.New("the cluster does not come to rest: two consoles in a row never showed the same")
}

// look opens a console, waits until it is whole and still, and returns what it shows.
func (b *bench) look(ctx context.Context) (*settled, error) {
	t, err := b.open()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	s, err := t.WaitFor("whole list", limit, func(s *terminal.Screen) bool { return live(s) && count(s) >= b.functions })
	if err != nil {
		return nil, err
	}
	for {
		last := body(s)
		moved, err := t.WaitFor("change", 3*time.Second, func(s *terminal.Screen) bool { return body(s) != last })
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil { // nothing changed
			return &settled{rows: count(t.Screen()), body: last}, nil
		}
		s = moved
	}
}

// complete waits until a console shows the whole list: live, with every row, and the rows on screen as they stay.
func (b *bench) complete(t *terminal.Terminal) (time.Duration, error) {
	s, err := t.WaitFor(fmt.Sprintf("complete list of %d", b.settled.rows), limit, func(s *terminal.Screen) bool {
		return live(s) && count(s) == b.settled.rows && body(s) == b.settled.body
	})
	if err != nil {
		return 0, err
	}
	return s.At.Sub(t.Started()), nil
}

// whole opens a console and waits until it shows everything.
func (b *bench) whole(args ...string) (*terminal.Terminal, error) {
	t, err := b.open(args...)
	if err != nil {
		return nil, err
	}
	if _, err := b.complete(t); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// pause waits for a time that is measured over.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
