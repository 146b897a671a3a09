package entry

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// typedInto runs keys through a line.
func typedInto(keys string) (text string, done bool, err error) {
	l := &line{}
	for i := range len(keys) {
		if done, err = l.key(keys[i]); done || err != nil {
			break
		}
	}
	return string(l.text), done, err
}

func TestKeysOfALine(t *testing.T) {
	for keys, want := range map[string]string{
		"secret\r": "secret", "secret\n": "secret", "secrex\x7ft\r": "secret", "naïï\x08\x7fïve\r": "naïve", "wrong\x15right\r": "right",
		"a\x1b[Ab\x1bOAc\x1b[1;5Dd\r": "abcd", "a\x01b\r": "ab", "tab\there\r": "tab\there", "\x7f\x7fok\r": "ok", "x\x04y\r": "xy",
	} {
		text, done, err := typedInto(keys)
		require.NoError(t, err, "%q", keys)
		assert.True(t, done)
		assert.Equal(t, want, text, "%q", keys)
	}
	for _, keys := range []string{"abc\x03", "\x04"} {
		_, _, err := typedInto(keys)
		assert.ErrorIs(t, err, ErrStopped)
	}
	_, _, err := typedInto(strings.Repeat("x", most+1))
	assert.ErrorContains(t, err, "--from-file")
}

// answers types lines into a terminal, and returns what was shown.
func answers(t *testing.T, keys string) (value []byte, shown string, err error) {
	t.Helper()
	ours, theirs, err := pty.Open()
	require.NoError(t, err)
	defer func() { _ = ours.Close() }()
	var out bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = Hidden(theirs, &prompted{&out, ours, strings.SplitAfter(keys, "\r")}, "New value")
	}()
	<-done
	_ = theirs.Close()
	echoed := make([]byte, 4096)
	n, _ := ours.Read(echoed)
	return value, out.String() + string(echoed[:n]), err
}

// prompted types the next line when it is asked for.
type prompted struct {
	*bytes.Buffer
	keys  *os.File
	lines []string
}

func (p *prompted) Write(b []byte) (int, error) {
	if strings.HasSuffix(string(b), ": ") && len(p.lines) > 0 {
		_, _ = p.keys.WriteString(p.lines[0])
		p.lines = p.lines[1:]
	}
	return p.Buffer.Write(b)
}

func TestAValueIsTypedTwiceAndNeverShown(t *testing.T) {
	const canary = "cAnArY-typed-7731"
	value, shown, err := answers(t, canary+"\r"+canary+"\r")
	require.NoError(t, err)
	assert.Equal(t, canary, string(value))
	assert.Equal(t, "New value: \nOnce more: \n", shown)
	_, shown, err = answers(t, canary+"\r"+canary+"x\r")
	assert.ErrorContains(t, err, "different")
	assert.NotContains(t, shown+err.Error(), "cAnArY")
	_, _, err = answers(t, canary+"\x03")
	assert.ErrorIs(t, err, ErrStopped)
	_, _, err = answers(t, "\r")
	assert.ErrorContains(t, err, "empty")
}

// script is an editor.
func script(t *testing.T, text string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "editor")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+text+"\n"), 0o700)) // it is run
	return []string{file}
}

func TestAnEditorsFileIsGoneAfterwards(t *testing.T) {
	folder := t.TempDir()
	left := func() []string {
		all, err := filepath.Glob(filepath.Join(folder, "*"))
		require.NoError(t, err)
		return all
	}
	e := &Editor{Folder: folder, Command: script(t, `ls -l "$1" | cut -c1-10; printf 'one\ntwo\n' > "$1"; cp "$1" "$1~"`)}
	var out bytes.Buffer
	e.Out = &out
	value, err := e.Value(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "one\ntwo", string(value))
	assert.Equal(t, "-rw-------\n", out.String())
	assert.Empty(t, left())
	for text, says := range map[string]string{"exit 3": "exit status 3", `rm "$1"`: "left no file"} {
		e.Command = script(t, text)
		_, err = e.Value(t.Context())
		assert.ErrorContains(t, err, says)
		assert.Empty(t, left())
	}
}

func TestEditorsLeaveNoCopies(t *testing.T) {
	for _, name := range []string{"vim", "/usr/bin/nvim", "vi", "C:\\vim.exe"} {
		got := strings.Join(arguments([]string{strings.ReplaceAll(name, `C:\`, ""), "-u", "x"}, "f"), " ")
		assert.True(t, strings.HasPrefix(got, "-u x -n -i NONE -c "), got)
		assert.Contains(t, got, "noundofile")
		assert.True(t, strings.HasSuffix(got, " f"))
	}
	assert.Equal(t, []string{"--ignorercfiles", "f"}, arguments([]string{"nano"}, "f"))
	assert.Equal(t, []string{"--wait", "f"}, arguments([]string{"code", "--wait"}, "f"))
	env := map[string]string{"EDITOR": "nano -w"}
	words, err := CommandOf(func(k string) string { return env[k] })
	require.NoError(t, err)
	assert.Equal(t, []string{"nano", "-w"}, words)
	_, err = CommandOf(func(string) string { return "" })
	assert.ErrorContains(t, err, "$EDITOR")
}

func TestOneLineBreakGoes(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\n": "a", "a\r\n": "a", "a\n\n": "a\n", "\n": ""} {
		assert.Equal(t, want, string(OneLineLess([]byte(in))))
	}
}
