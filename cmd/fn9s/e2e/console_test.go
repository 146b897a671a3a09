package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// patience is how long a test waits for what must come; the machine may be busy.
const patience = 60 * time.Second

// binary is the program under test: FN9S_BIN, or built from this work tree.
var binary = os.Getenv("FN9S_BIN")

func TestMain(m *testing.M) {
	if binary != "" {
		goleak.VerifyTestMain(m)
	}
	dir, err := os.MkdirTemp("", "fn9s-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "fn9s")
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build fn9s: %v\n%s", err, out)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// console is a running fn9s, and the operator in front of it.
type console struct {
	*terminal.Terminal
	t    *testing.T
	home string
}

// run starts fn9s as it is started by an operator whose home is empty.
func run(t *testing.T, o terminal.Options, args ...string) *console {
	t.Helper()
	o.Args = append([]string{binary}, args...)
	o.Dir = t.TempDir()
	o.Env = append(environment(o.Dir), o.Env...)
	if o.Cols == 0 {
		o.Cols, o.Rows = 140, 40
	}
	term, err := terminal.Start(o)
	require.NoError(t, err)
	t.Cleanup(term.Close)
	return &console{Terminal: term, t: t, home: o.Dir}
}

func environment(home string) []string {
	return []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CACHE_HOME=" + home, "LANG=C.UTF-8"}
}

// open starts fn9s on the cluster under test and waits until its list is whole.
func open(t *testing.T, args ...string) *console {
	t.Helper()
	cluster := kubetest.Need(t)
	args = append([]string{"--kubeconfig", cluster.Admin, "--config", filepath.Join(cluster.Dir, "connectors.yaml"), "-A"}, args...)
	c := run(t, terminal.Options{}, args...)
	c.live()
	return c
}

func (c *console) press(keys ...string) {
	c.t.Helper()
	require.NoError(c.t, c.Send(keys...))
}

// until waits for a frame.
func (c *console) until(what string, ok func(*terminal.Screen) bool) *terminal.Screen {
	c.t.Helper()
	s, err := c.WaitFor(what, patience, ok)
	require.NoError(c.t, err)
	return s
}

// see waits for texts.
func (c *console) see(texts ...string) *terminal.Screen {
	c.t.Helper()
	s, err := c.WaitText(patience, texts...)
	require.NoError(c.t, err)
	return s
}

// gone waits until a text has left the screen.
func (c *console) gone(text string) *terminal.Screen {
	c.t.Helper()
	return c.until("screen without "+text, func(s *terminal.Screen) bool { return !s.Contains(text) })
}

// live waits until the header says that all is there and up to date.
func (c *console) live() *terminal.Screen {
	c.t.Helper()
	return c.until("live console", func(s *terminal.Screen) bool { return isLive(s) && functions(s) > 0 })
}

func isLive(s *terminal.Screen) bool {
	return strings.Contains(s.Line(0), "● live") && !strings.Contains(s.Line(0), "listing")
}

var title = regexp.MustCompile(`functions\(([0-9,]+)\)`)

// functions is the number in the header, 0 when there is none.
func functions(s *terminal.Screen) int {
	m := title.FindStringSubmatch(s.Line(0))
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return n
}

func last(s *terminal.Screen) string { return s.Line(s.Rows - 1) }

// prompt opens a prompt, types into it, and runs it.
func (c *console) prompt(key, text string) {
	c.t.Helper()
	c.press(key)
	c.until("prompt "+key, func(s *terminal.Screen) bool { return strings.HasPrefix(last(s), key) })
	require.NoError(c.t, c.Type(text))
	c.until("typed "+text, func(s *terminal.Screen) bool { return strings.HasPrefix(last(s), key+text) })
	c.press("enter")
	c.until("prompt closed", func(s *terminal.Screen) bool { return !strings.HasPrefix(last(s), key) })
}

func (c *console) command(text string) { c.t.Helper(); c.prompt(":", text) }

// filter shows only what matches, and returns the rows of the table.
func (c *console) filter(text string) []string {
	c.t.Helper()
	c.prompt("/", text)
	return rows(c.until("filter "+text, func(s *terminal.Screen) bool { return strings.Contains(last(s), "filter: "+text) }))
}

// rows are those of the table. What is said to the operator in between begins in the first column, as no row does.
func rows(s *terminal.Screen) []string {
	var out []string
	for y := 2; y < s.Rows-1; y++ {
		if line := s.Line(y); strings.HasPrefix(line, " ") || strings.HasPrefix(line, "▌") {
			out = append(out, line)
		}
	}
	return out
}

// quit leaves the console from wherever it is, and checks that nothing keeps it.
func (c *console) quit() {
	c.t.Helper()
	pressed := time.Now()
	c.press("ctrl-c")
	exit, err := c.Wait(patience)
	require.NoError(c.t, err)
	require.Less(c.t, exit.At.Sub(pressed), time.Second, "from the key to the end of the process")
	require.False(c.t, c.Screen().Alt, "the terminal is left as it was found")
}
