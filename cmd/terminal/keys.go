package terminal

import (
	"fmt"
	"strings"
)

var keyBytes = map[string]string{
	"enter": "\r", "tab": "\t", "esc": "\x1b", "space": " ", "backspace": "\x7f", "shift-tab": "\x1b[Z",
	"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "insert": "\x1b[2~", "delete": "\x1b[3~",
	"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
}

// cursorKeys depend on the mode that the program has set.
var cursorKeys = map[string]byte{"up": 'A', "down": 'B', "right": 'C', "left": 'D', "home": 'H', "end": 'F'}

// encode returns what a terminal sends for a key. What is no name of a key is text.
func encode(key string, application bool) string {
	if s, ok := keyBytes[key]; ok {
		return s
	}
	if c, ok := cursorKeys[key]; ok {
		if application {
			return "\x1bO" + string(c)
		}
		return "\x1b[" + string(c)
	}
	if c, ok := strings.CutPrefix(key, "ctrl-"); ok && len(c) == 1 && (c[0] >= 'a' && c[0] <= 'z' || c[0] == ']') {
		return string(rune(c[0] & 0x1f))
	}
	if c, ok := strings.CutPrefix(key, "alt-"); ok && len(c) == 1 {
		return "\x1b" + c
	}
	return key
}

// Send presses keys, by name ("enter", "ctrl-d", "pgup") or as text. A program tells "esc" from the beginning of
// another key by the pause behind it: wait for its effect before sending more.
func (t *Terminal) Send(keys ...string) error {
	t.mu.Lock()
	application := t.appKeys
	t.mu.Unlock()
	for _, k := range keys {
		if err := t.write(encode(k, application)); err != nil {
			return fmt.Errorf("send key %q: %w", k, err)
		}
	}
	return nil
}

// Type sends text as it is.
func (t *Terminal) Type(text string) error {
	if err := t.write(text); err != nil {
		return fmt.Errorf("type %q: %w", text, err)
	}
	return nil
}

func (t *Terminal) write(s string) error {
	_, err := t.pty.WriteString(s)
	return err
}
