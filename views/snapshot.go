package views

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/views/screen"
)

// maxSteps bounds how many messages a snapshot works through: commands may answer each other.
const maxSteps = 1000

// Snapshot draws one frame without a terminal. It waits until the board is complete and what the screen asked for has
// arrived, or until the context ends: then the frame shows how far things are. Without colour the frame is plain text.
func Snapshot(ctx context.Context, root *Root, width, height int, changed <-chan struct{}, colour bool) string {
	defer root.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &driver{ctx: ctx, root: root, results: make(chan tea.Msg)}
	root.clock.blurred = true // one moment: nothing ticks
	d.update(tea.WindowSizeMsg{Width: width, Height: height})
	d.start(root.Init())
	for !(root.settled() && d.running == 0 && root.options.Command == "") && d.steps < maxSteps {
		select {
		case <-ctx.Done():
			return d.frame(colour)
		case <-changed:
			d.board()
		case msg := <-d.results:
			d.running--
			d.take(msg)
		}
	}
	return d.frame(colour)
}

func (d *driver) board() { d.update(screen.BoardMsg{Version: d.root.env.Boards.Board().Version}) }

// frame draws the newest board.
func (d *driver) frame(colour bool) string {
	d.board()
	frame := d.root.View().Content
	if colour {
		return frame
	}
	lines := strings.Split(ansi.Strip(frame), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// driver runs the commands of a model and gives it their messages, as a program would. Ticks of the clock are left
// out: a snapshot is one moment.
type driver struct {
	ctx     context.Context
	root    *Root
	results chan tea.Msg
	running int
	steps   int
}

func (d *driver) update(msg tea.Msg) {
	d.steps++
	_, cmd := d.root.Update(msg)
	d.start(cmd)
}

func (d *driver) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.running++
	go func() {
		msg := cmd()
		select {
		case d.results <- msg:
		case <-d.ctx.Done():
		}
	}()
}

func (d *driver) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil, tickMsg, tea.QuitMsg:
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.start(cmd)
		}
	default:
		d.update(msg)
	}
}

// SettleTime is how long a snapshot should wait for the cluster.
const SettleTime = 30 * time.Second
