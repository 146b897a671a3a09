package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

const (
	patience = time.Minute
	// still is how long nothing changes on a screen that is drawn. Comparing needs no such guess.
	still  = time.Second
	maxPNG = 150 << 10
	moment = "2026-11-20T09:00:00Z" // the end of what is recorded of the samples
)

// studio is where pictures are taken.
type studio struct {
	fn9s string
	out  string
	png  string // rsvg-convert; empty: no PNG
}

// open starts the console where it can see nothing of this machine: neither settings nor language nor time zone. Wrote is
// told what it writes; nil: nobody is.
func (s *studio) open(p *picture, args []string, wrote func([]byte, time.Time)) (*terminal.Terminal, func(), error) {
	home, err := os.MkdirTemp("", "fn9s-screenshots-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a folder for the console: %w", err)
	}
	term, err := terminal.Start(terminal.Options{
		Args: append(append([]string{s.fn9s}, args...), p.args...), Cols: p.cols, Rows: p.rows, Light: p.light, Dir: home, Wrote: wrote,
		Env: append([]string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CACHE_HOME=" + home,
			"LANG=C.UTF-8", "TZ=UTC", "COLORTERM="}, p.env...),
	})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(home))
	}
	return term, func() { term.Close(); _ = os.RemoveAll(home) }, nil
}

// demo plays a scene on the samples and leaves the console at its end.
func (s *studio) demo(p *picture) (*terminal.Terminal, func(), error) {
	term, leave, err := s.open(p, []string{"--demo", "--now", moment}, nil)
	if err != nil {
		return nil, nil, err
	}
	_, err = term.WaitFor("the samples", patience, func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "■ demo") && s.Contains("▌")
	})
	if err == nil {
		err = p.play(term)
	}
	if err != nil {
		leave()
		return nil, nil, err
	}
	return term, leave, nil
}

// settled draws what is on a screen once nothing changes on it any more.
func (p *picture) settled(term *terminal.Terminal) ([]byte, error) {
	last, deadline := p.draw(term.Screen()), time.Now().Add(patience)
	for time.Now().Before(deadline) {
		now, err := term.WaitFor("a change", still, func(s *terminal.Screen) bool { return string(p.draw(s)) != string(last) })
		if err != nil {
			return last, nil
		}
		last = p.draw(now)
	}
	return nil, fmt.Errorf("what is on the screen goes on changing:\n%s", term.Screen())
}

// save writes a picture.
func (s *studio) save(ctx context.Context, p *picture, drawing []byte) error {
	path := filepath.Join(s.out, p.file()+".svg")
	if err := os.WriteFile(path, drawing, 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	fmt.Println(path)
	if !p.scene.png || s.png == "" {
		return nil
	}
	image := filepath.Join(s.out, p.file()+".png")
	if out, err := exec.CommandContext(ctx, s.png, "--output", image, path).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", s.png, path, err, strings.TrimSpace(string(out)))
	}
	if err := shrink(image, drawing); err != nil {
		return err
	}
	info, err := os.Stat(image)
	if err != nil {
		return fmt.Errorf("look at the picture: %w", err)
	}
	if info.Size() > maxPNG {
		return fmt.Errorf("%s has %d KiB, more than %d: show less of it", image, info.Size()>>10, maxPNG>>10)
	}
	fmt.Println(image)
	return nil
}
