// Command screenshots draws pictures of the console: of the built-in samples, and of the functions of a devcluster. Of the
// latter it makes a recording, too.
//
// Its one rule: a picture is what the program drew on a terminal, and nothing is drawn by hand.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "screenshots: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s := &studio{}
	var only []string
	var kubeconfig string
	pflag.StringVar(&s.fn9s, "fn9s", "bin/fn9s", "the console")
	pflag.StringVar(&s.out, "out", "screenshots", "folder for the pictures")
	pflag.StringVar(&s.png, "png", "rsvg-convert", "program that makes PNG of SVG; empty: make none")
	pflag.StringVar(&kubeconfig, "kubeconfig", "", "the administrator's kubeconfig of a seeded devcluster, for the pictures that the samples cannot give; empty: only those of the samples")
	pflag.StringSliceVar(&only, "only", nil, "draw only scenes whose names begin so")
	pflag.Parse()
	var err error
	if s.fn9s, err = filepath.Abs(s.fn9s); err != nil {
		return fmt.Errorf("find the console: %w", err)
	}
	if err := s.draw(only, samples, func(p *picture) error { return s.renew(ctx, p) }); err != nil || kubeconfig == "" {
		return err
	}
	c, own := &seeded{dir: filepath.Dir(kubeconfig)}, *s
	own.out = filepath.Join(s.out, "cluster")
	err = own.draw(only, live, func(p *picture) error {
		drawing, err := own.take(ctx, c, p)
		if err != nil {
			return err
		}
		return own.save(ctx, p, drawing)
	})
	if err != nil || !chosen(only, tour.name) {
		return err
	}
	if err := own.record(c); err != nil {
		return fmt.Errorf("recording %s: %w", tour.name, err)
	}
	return nil
}

// draw draws scenes in the studio's folder.
func (s *studio) draw(only []string, scenes []scene, one func(*picture) error) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return fmt.Errorf("make the folder of pictures: %w", err)
	}
	for _, p := range pictures(scenes) {
		if !chosen(only, p.name) {
			continue
		}
		if err := one(&p); err != nil {
			return fmt.Errorf("picture %s: %w", p.file(), err)
		}
	}
	return nil
}

func chosen(only []string, name string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return strings.HasPrefix(name, o) })
}

// renew draws a scene of the samples.
func (s *studio) renew(ctx context.Context, p *picture) error {
	term, leave, err := s.demo(p)
	if err != nil {
		return err
	}
	defer leave()
	drawing, err := p.settled(term)
	if err != nil {
		return err
	}
	return s.save(ctx, p, drawing)
}
