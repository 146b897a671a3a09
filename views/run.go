package views

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/views/screen"
)

// fps is the frame rate of the renderer, where pace does not change it: at 30 a key would wait up to 33 ms for its
// paint.
const fps = 60

// Terminal is where the console runs. The zero value is the process's own terminal.
type Terminal struct {
	In      io.Reader
	Out     io.Writer
	Options []tea.ProgramOption
}

// Run shows the console until the operator quits or the context ends. Notify is called once, before the first frame,
// with the function by which the board's goroutine says that there is a newer board; that function never blocks.
func Run(ctx context.Context, root *Root, term Terminal, notify func(changed func(version uint64))) error {
	defer root.Close()
	w := wheel{now: time.Now}
	var program *tea.Program
	var renderer pace
	defer renderer.stop()
	filter := func(m tea.Model, msg tea.Msg) tea.Msg {
		if renderer.ticker == nil {
			renderer.watch(program)
		}
		renderer.quicken(msg)
		return w.filter(m, msg)
	}
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(fps), tea.WithFilter(filter)}
	if term.In != nil {
		options = append(options, tea.WithInput(term.In))
	}
	if term.Out != nil {
		options = append(options, tea.WithOutput(term.Out))
	}
	program = tea.NewProgram(root, append(options, term.Options...)...)

	ctx, cancel := context.WithCancel(ctx)
	b := &bell{ring: make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.forward(ctx, program.Send)
	}()
	if notify != nil {
		notify(b.changed)
	}
	_, err := program.Run()
	cancel()
	<-done
	if err != nil && !errors.Is(err, tea.ErrInterrupted) && !(errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil) {
		return fmt.Errorf("running the console: %w", err)
	}
	return nil
}

// bell carries the newest version of the board to the program. The program takes messages one at a time and may be
// busy; whoever rings never waits for it.
type bell struct {
	version atomic.Uint64
	ring    chan struct{}
}

func (b *bell) changed(version uint64) {
	b.version.Store(version)
	select {
	case b.ring <- struct{}{}:
	default: // it rings already and the version is new
	}
}

// forward is the one goroutine that calls Program.Send.
func (b *bell) forward(ctx context.Context, send func(tea.Msg)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.ring:
			send(screen.BoardMsg{Version: b.version.Load()})
		}
	}
}
