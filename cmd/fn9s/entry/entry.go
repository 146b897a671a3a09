// Package entry takes secret values from the operator: typed unseen, or written in an editor on a file that never leaves
// memory.
//
// Its one rule: a value is on no screen, in no argument and on no disk.
package entry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
)

// ErrStopped says that the operator gave up.
var ErrStopped = errors.New("stopped")

// most is the longest value that can be typed, in bytes: longer ones come from files.
const most = 4096

// Hidden asks for a value on a terminal, twice, and shows nothing of it.
func Hidden(in *os.File, out io.Writer, question string) ([]byte, error) {
	first, err := typed(in, out, question+": ")
	if err != nil {
		return nil, err
	}
	if len(first) == 0 {
		return nil, errors.New("the value is empty")
	}
	second, err := typed(in, out, "Once more: ")
	defer clear(second)
	if err == nil && !bytes.Equal(first, second) {
		err = errors.New("the two values are different")
	}
	if err != nil {
		clear(first)
		return nil, err
	}
	return first, nil
}

// typed reads one line in raw mode: nothing is echoed, and an interrupt is a key that gives the terminal back.
func typed(in *os.File, out io.Writer, prompt string) ([]byte, error) {
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("read from the terminal: %w", err)
	}
	defer func() {
		_ = term.Restore(int(in.Fd()), state)
		_, _ = fmt.Fprintln(out)
	}()
	_, _ = fmt.Fprint(out, prompt)
	l := &line{text: make([]byte, 0, most)}
	one := make([]byte, 1)
	for {
		n, err := in.Read(one)
		if err != nil || n == 0 {
			clear(l.text)
			return nil, ErrStopped
		}
		switch done, err := l.key(one[0]); {
		case err != nil:
			clear(l.text)
			return nil, err
		case done:
			return l.text, nil
		}
	}
}

// line is what was typed so far.
type line struct {
	text   []byte
	escape int // how far into a sequence of a function key
}

// key takes one byte, and reports whether it ends the line.
func (l *line) key(b byte) (done bool, err error) {
	if l.escape > 0 {
		l.sequence(b)
		return false, nil
	}
	switch b {
	case '\r', '\n':
		return true, nil
	case 3: // ctrl-c
		return false, ErrStopped
	case 4: // ctrl-d ends nothing but an empty line
		if len(l.text) == 0 {
			return false, ErrStopped
		}
	case 8, 0x7f:
		_, n := utf8.DecodeLastRune(l.text)
		l.cut(len(l.text) - n)
	case 21: // ctrl-u
		l.cut(0)
	case 0x1b:
		l.escape = 1
	default:
		if b < ' ' && b != '\t' {
			return false, nil
		}
		if len(l.text) == most {
			return false, fmt.Errorf("it is longer than %d bytes: give it with --from-file", most)
		}
		l.text = append(l.text, b)
	}
	return false, nil
}

func (l *line) cut(n int) {
	clear(l.text[n:])
	l.text = l.text[:n]
}

// sequence swallows what function keys send.
func (l *line) sequence(b byte) {
	switch {
	case l.escape == 1 && (b == '[' || b == 'O'):
		l.escape = 2
	case l.escape == 2 && b >= '0' && b <= '?':
	default:
		l.escape = 0
	}
}
