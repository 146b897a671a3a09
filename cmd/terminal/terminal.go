// Package terminal runs a program in a pseudo-terminal and reads its screen through a terminal emulator: keys in, cells
// out. Tests, pictures and measurements of the console use it.
//
// Its one rule: it waits for what the program draws, never for a time to pass.
package terminal

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Options say what runs, and on which terminal.
type Options struct {
	Args  []string // program and arguments
	Env   []string // besides PATH, HOME and TERM=xterm-256color; later entries win
	Dir   string   // working folder; empty: that of this process
	Cols  int      // 0: 80
	Rows  int      // 0: 24
	Light bool     // tell the program that the background is light
	// Frame is told of every frame, as soon as it is whole. It must not call the Terminal. Nil: nobody is told.
	Frame func(*Screen)
	// Wrote is told of all that the program writes, before it is drawn. It must not call the Terminal, and copies what it
	// keeps. Nil: nobody is told.
	Wrote func(output []byte, at time.Time)
}

// Exit is how a program ended.
type Exit struct {
	Code int // -1: by a signal
	At   time.Time
}

// Terminal is a running program and its screen. Its methods may be called from several goroutines.
type Terminal struct {
	cmd     *exec.Cmd
	frame   func(*Screen)
	wrote   func([]byte, time.Time)
	pty     *os.File
	started time.Time
	running sync.WaitGroup
	closing sync.Once
	done    chan struct{} // closed when the program has ended and all that it wrote is on the screen
	exit    Exit          // readable once done is closed

	mu       sync.Mutex
	emulator *vt.Emulator
	changed  chan struct{} // closed and replaced when the screen changes
	read     time.Time     // when the bytes were read that the emulator works on
	painted  time.Time     // when the last bytes of the newest whole frame were read
	first    time.Time     // when the first bytes were read
	updating bool          // within a synchronized update: what is on the screen is half a frame
	frames   int
	alt      bool
	appKeys  bool // arrows are sent in application mode
	title    string
	bells    int
}

// Start runs a program. Close must be called in the end.
func Start(o Options) (*Terminal, error) {
	if len(o.Args) == 0 {
		return nil, errors.New("no program to run")
	}
	if o.Cols == 0 {
		o.Cols = 80
	}
	if o.Rows == 0 {
		o.Rows = 24
	}
	t := &Terminal{frame: o.Frame, wrote: o.Wrote, changed: make(chan struct{}), done: make(chan struct{}), emulator: vt.NewEmulator(o.Cols, o.Rows)}
	t.prepare(o.Light)
	t.cmd = exec.Command(o.Args[0], o.Args[1:]...)
	t.cmd.Dir = o.Dir
	t.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TERM=xterm-256color"}, o.Env...)
	t.started = time.Now()
	f, err := pty.StartWithSize(t.cmd, winsize(o.Cols, o.Rows))
	if err != nil {
		return nil, fmt.Errorf("start %s in a pseudo-terminal: %w", o.Args[0], err)
	}
	t.pty = f
	t.running.Go(t.answer)
	t.running.Go(t.display)
	return t, nil
}

func winsize(cols, rows int) *pty.Winsize {
	return &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}
}

// prepare makes the emulator a terminal of today: it knows synchronized updates and grapheme widths, and has the
// colours that it will be asked for.
func (t *Terminal) prepare(light bool) {
	if light {
		t.emulator.SetDefaultForegroundColor(color.Black)
		t.emulator.SetDefaultBackgroundColor(color.White)
	}
	_, _ = t.emulator.WriteString(ansi.ResetModeSynchronizedOutput + ansi.ResetModeUnicodeCore)
	t.emulator.SetCallbacks(vt.Callbacks{
		AltScreen:   func(on bool) { t.alt = on },
		Title:       func(s string) { t.title = s },
		Bell:        func() { t.bells++ },
		EnableMode:  func(m ansi.Mode) { t.setMode(m, true) },
		DisableMode: func(m ansi.Mode) { t.setMode(m, false) },
	})
}

func (t *Terminal) setMode(m ansi.Mode, on bool) {
	switch m {
	case ansi.ModeCursorKeys:
		t.appKeys = on
	case ansi.ModeSynchronizedOutput:
		if t.updating && !on {
			t.frames++
			t.painted = t.read
		}
		t.updating = on
	}
}

// answer gives the program what the emulator replies to its queries.
func (t *Terminal) answer() {
	_, _ = io.Copy(t.pty, t.emulator)
}

// display draws what the program writes until it ends.
func (t *Terminal) display() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := t.pty.Read(buffer)
		if n > 0 {
			t.draw(buffer[:n], time.Now())
		}
		if err != nil { // Linux says EIO when the program has ended
			break
		}
	}
	_ = t.cmd.Wait()
	t.exit = Exit{Code: t.cmd.ProcessState.ExitCode(), At: time.Now()}
	t.mu.Lock()
	t.updating = false
	t.mu.Unlock()
	close(t.done)
	t.endAnswers()
}

func (t *Terminal) draw(output []byte, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first.IsZero() {
		t.first = at
	}
	t.read = at
	if t.wrote != nil {
		t.wrote(output, at)
	}
	_, _ = t.emulator.Write(output)
	if !t.updating {
		t.painted = at
		close(t.changed)
		t.changed = make(chan struct{})
		if t.frame != nil {
			t.frame(t.copy())
		}
	}
}

// endAnswers closes the emulator's side of the replies. Its own Close is not safe beside a reader.
func (t *Terminal) endAnswers() {
	if w, ok := t.emulator.InputPipe().(io.Closer); ok {
		_ = w.Close()
	}
}

// FirstByte is how long after its start the program wrote anything; 0 while it has not.
func (t *Terminal) FirstByte() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first.IsZero() {
		return 0
	}
	return t.first.Sub(t.started)
}

// Started is when the program was executed.
func (t *Terminal) Started() time.Time { return t.started }

// Pid is the program's process.
func (t *Terminal) Pid() int { return t.cmd.Process.Pid }

// Resize changes the size of the terminal, and the program is told.
func (t *Terminal) Resize(cols, rows int) error {
	t.mu.Lock()
	t.emulator.Resize(cols, rows)
	t.mu.Unlock()
	if err := pty.Setsize(t.pty, winsize(cols, rows)); err != nil {
		return fmt.Errorf("resize the terminal to %d×%d: %w", cols, rows, err)
	}
	return nil
}

// Wait returns how the program ended.
func (t *Terminal) Wait(limit time.Duration) (Exit, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.done:
		return t.exit, nil
	case <-timer.C:
		return Exit{}, fmt.Errorf("the program still runs after %s; on its screen:\n%s", limit, t.Screen())
	}
}

// Close ends the program if it still runs, and waits until nothing of it is left. A child that it left behind may hold
// the terminal open: then the terminal is taken away.
func (t *Terminal) Close() {
	t.closing.Do(func() {
		select {
		case <-t.done:
		default:
			_ = t.cmd.Process.Kill()
		}
		t.endAnswers()
		timer := time.AfterFunc(2*time.Second, func() { _ = t.pty.Close() })
		<-t.done
		timer.Stop()
		_ = t.pty.Close()
		t.running.Wait()
	})
}
