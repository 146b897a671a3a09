// Command screenshots draws pictures of the console on the sample functions: SVG of every scene, PNG of some.
//
// Its one rule: a picture is what the program drew on a terminal, and nothing is drawn by hand.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/fn9s/fn9s/cmd/screenshots/svg"
	"github.com/fn9s/fn9s/cmd/terminal"
)

const (
	patience = time.Minute
	maxPNG   = 150 << 10
)

// studio is where pictures are taken.
type studio struct {
	fn9s    string
	cluster string // folder with the kubeconfigs of the seeded cluster
	out     string
	home    string
	png     string // rsvg-convert; empty: no PNG
}

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
	var kubeconfig string
	var only []string
	pflag.StringVar(&s.fn9s, "fn9s", "bin/fn9s", "the console")
	pflag.StringVar(&kubeconfig, "kubeconfig", "", "the administrator's kubeconfig of a seeded devcluster")
	pflag.StringVar(&s.out, "out", "screenshots", "folder for the pictures")
	pflag.StringVar(&s.png, "png", "rsvg-convert", "program that makes PNG of SVG; empty: make none")
	pflag.StringSliceVar(&only, "only", nil, "draw only these scenes")
	pflag.Parse()
	if kubeconfig == "" {
		return fmt.Errorf("--kubeconfig is missing: bin/devcluster kubeconfig prints it")
	}
	s.cluster = filepath.Dir(kubeconfig)
	var err error
	if s.fn9s, err = filepath.Abs(s.fn9s); err != nil {
		return fmt.Errorf("find the console: %w", err)
	}
	if s.home, err = os.MkdirTemp("", "fn9s-screenshots-"); err != nil {
		return fmt.Errorf("make a folder for the console: %w", err)
	}
	defer os.RemoveAll(s.home)
	for i := range scenes {
		if len(only) > 0 && !contains(only, scenes[i].name) {
			continue
		}
		if err := s.take(ctx, &scenes[i]); err != nil {
			return fmt.Errorf("scene %s: %w", scenes[i].name, err)
		}
	}
	return nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.HasPrefix(name, n) {
			return true
		}
	}
	return false
}

// take plays a scene and draws what is on the screen at its end.
func (s *studio) take(ctx context.Context, c *scene) error {
	args := append([]string{s.fn9s, "--kubeconfig", filepath.Join(s.cluster, c.operator()+".kubeconfig"),
		"--config", filepath.Join(s.cluster, "connectors.yaml"), "-A"}, c.args...)
	var cut func()
	if c.cut {
		through, err := s.through(ctx)
		if err != nil {
			return err
		}
		defer through.Close()
		args = append(args, "--server", "https://"+through.Address)
		cut = through.Close
	}
	term, err := terminal.Start(terminal.Options{
		Args: args, Cols: c.cols, Rows: c.rows, Light: c.light, Dir: s.home,
		Env: append([]string{"HOME=" + s.home, "XDG_CONFIG_HOME=" + s.home, "XDG_STATE_HOME=" + s.home, "COLORTERM="}, c.env...),
	})
	if err != nil {
		return err
	}
	defer term.Close()
	if _, err := term.WaitFor("live console", patience, func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "● live") && !strings.Contains(s.Line(0), "listing") && s.Contains("▌")
	}); err != nil {
		return err
	}
	if cut != nil {
		cut()
	}
	screen, err := c.play(term)
	if err != nil {
		return err
	}
	return s.save(ctx, c, screen)
}

func (s *studio) save(ctx context.Context, c *scene, screen *terminal.Screen) error {
	palette := &svg.Dark
	if c.light {
		palette = &svg.Light
	}
	path := filepath.Join(s.out, c.name+".svg")
	if err := os.WriteFile(path, svg.Draw(screen, palette), 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	fmt.Println(path)
	if !c.png || s.png == "" {
		return nil
	}
	image := filepath.Join(s.out, c.name+".png")
	if out, err := exec.CommandContext(ctx, s.png, "--output", image, path).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", s.png, path, err, strings.TrimSpace(string(out)))
	}
	if err := shrink(image); err != nil {
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
