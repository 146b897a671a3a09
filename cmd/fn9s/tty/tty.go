// Package tty lends the terminal to a program that runs elsewhere.
//
// Its one rule: whatever that program writes, and however it ends, the terminal is afterwards as it was before.
package tty

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/muesli/cancelreader"
	"golang.org/x/term"

	"github.com/fn9s/fn9s/kube/stream/shell"
)

// Reset puts a terminal right, whatever was written to it: it ends a sequence that was begun, and takes back modes,
// colours, character sets, margins, mouse reports, paste brackets and key protocols.
const Reset = "\x18\x1b\\" + // cancel what was begun
	"\x1b[!p" + // soft reset: cursor, wrap, insert, origin, margins, attributes
	"\x1b[?1l\x1b>\x1b(B\x0f\x1b[0m\x1b[4l\x1b[?7h\x1b[r\x1b[?6l\x1b[?5l" +
	"\x1b[?9l\x1b[?1000l\x1b[?1001l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l" +
	"\x1b[?2004l\x1b[?2026l\x1b[?2027l\x1b[?2031l\x1b[?2048l\x1b[>4;0m\x1b[=0;1u\x1b[<99u" +
	"\x1b[?1049l\x1b[?47l\x1b[?25h\x1b[0 q" +
	"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\\x1b]8;;\x1b\\\r"

// leave is the key that ends an attachment: ctrl-].
const leave = 0x1d

// Lend puts the terminal into raw mode and runs the program on it. With a way out, ctrl-] ends the program's context.
func Lend(ctx context.Context, in *os.File, out io.Writer, wayOut bool, run func(context.Context, shell.Streams) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return fmt.Errorf("take the terminal: %w", err)
	}
	reader, err := cancelreader.NewReader(in)
	if err != nil {
		return errors.Join(fmt.Errorf("read keys: %w", err), term.Restore(int(in.Fd()), state))
	}
	keys := &keys{reader: reader}
	defer func() {
		keys.stop()
		_, _ = io.WriteString(out, Reset)
		if e := term.Restore(int(in.Fd()), state); e != nil && err == nil {
			err = fmt.Errorf("give the terminal back: %w", e)
		}
	}()
	from := io.Reader(keys)
	if wayOut {
		from = &exit{Reader: keys, leave: cancel}
	}
	err = run(ctx, shell.Streams{In: from, Out: out, Sizes: sizes(ctx, out, in)})
	if wayOut && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// keys is what is typed, until it is stopped.
type keys struct {
	reader  cancelreader.CancelReader
	reading sync.Mutex
	stopped atomic.Bool
}

// Read reads keys. Those that come after the end are nobody's of ours.
func (k *keys) Read(p []byte) (int, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	if k.stopped.Load() {
		return 0, io.EOF
	}
	n, err := k.reader.Read(p)
	if k.stopped.Load() {
		return 0, io.EOF
	}
	return n, err
}

// stop ends the reading: else it would take the next key from whoever reads after us. A reader that is closed while
// somebody waits in it may never come back, so that its return is waited for.
func (k *keys) stop() {
	k.stopped.Store(true)
	if k.reader.Cancel() {
		k.reading.Lock()
		defer k.reading.Unlock()
	}
	_ = k.reader.Close()
}

// exit looks for the key that ends an attachment.
type exit struct {
	io.Reader
	leave func()
}

// Read reads up to the key.
func (e *exit) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if i := bytes.IndexByte(p[:n], leave); i >= 0 {
		e.leave()
		return i, io.EOF
	}
	return n, err
}

// sizes tells the size of the terminal, and whenever it changes.
func sizes(ctx context.Context, out io.Writer, in *os.File) <-chan shell.Size {
	of := in
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		of = f
	}
	told := make(chan shell.Size, 1)
	size := func() (shell.Size, bool) {
		w, h, err := term.GetSize(int(of.Fd()))
		if err != nil || w <= 0 || h <= 0 || w > 1<<15 || h > 1<<15 {
			return shell.Size{}, false
		}
		return shell.Size{Width: uint16(w), Height: uint16(h)}, true
	}
	go func() {
		last := shell.Size{}
		changed, stop := resized()
		defer stop()
		for {
			if s, ok := size(); ok && s != last {
				last = s
				select {
				case told <- s:
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return told
}
