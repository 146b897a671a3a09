package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const limit = 20 * time.Second

// This binary is also the program that the tests run.
func TestMain(m *testing.M) {
	switch os.Getenv("TERMINAL_TEST_PROGRAM") {
	case "keys":
		if _, err := tea.NewProgram(&keys{}).Run(); err != nil {
			panic(err)
		}
		os.Exit(3)
	case "colours":
		fmt.Print("\x1b[1;31mred\x1b[0m \x1b[7mreverse\x1b[0m \x1b[4;2;3;9mmuch\x1b[0m \x1b[48;5;17mblue\x1b[0m 日本\x07")
	case "silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
	default:
		goleak.VerifyTestMain(m)
	}
}

// keys shows what it is sent.
type keys struct {
	pressed       []string
	width, height int
	dark          string
}

func (k *keys) Init() tea.Cmd { return tea.RequestBackgroundColor }

func (k *keys) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		k.width, k.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		k.dark = fmt.Sprint("dark:", msg.IsDark())
	case tea.KeyPressMsg:
		k.pressed = append(k.pressed, msg.String())
		if msg.String() == "q" {
			return k, tea.Quit
		}
	}
	return k, nil
}

func (k *keys) View() tea.View {
	v := tea.NewView(fmt.Sprintf("size %d×%d %s\nkeys %s\n%s", k.width, k.height, k.dark, strings.Join(k.pressed, " "),
		strings.Repeat("-", k.width)))
	v.AltScreen = true
	return v
}

func run(t *testing.T, program string, o Options) *Terminal {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	o.Args = []string{self}
	o.Env = append(o.Env, "TERMINAL_TEST_PROGRAM="+program)
	term, err := Start(o)
	require.NoError(t, err)
	t.Cleanup(term.Close)
	return term
}

func wait(t *testing.T, term *Terminal, texts ...string) *Screen {
	t.Helper()
	s, err := term.WaitText(limit, texts...)
	require.NoError(t, err)
	return s
}

func TestKeysArriveAndTheScreenIsRead(t *testing.T) {
	term := run(t, "keys", Options{Cols: 100, Rows: 10})
	s := wait(t, term, "size 100×10")
	assert.True(t, s.Alt)
	assert.Equal(t, 2, s.Find("-----"))
	assert.Positive(t, term.FirstByte())
	assert.True(t, s.At.After(term.Started()))

	require.NoError(t, term.Send("j", "enter", "ctrl-d", "up", "pgdown", "shift-tab", "alt-x", "f2", "space", "backspace"))
	wait(t, term, "keys j enter ctrl+d up pgdown shift+tab alt+x f2 space backspace")
	require.NoError(t, term.Send("esc"))
	wait(t, term, "backspace esc")
	require.NoError(t, term.Type("äb"))
	wait(t, term, "esc ä b")

	require.NoError(t, term.Send("q"))
	exit, err := term.Wait(limit)
	require.NoError(t, err)
	assert.Equal(t, 3, exit.Code)
	assert.False(t, term.Screen().Alt)
}

func TestTheProgramIsToldOfANewSize(t *testing.T) {
	term := run(t, "keys", Options{})
	wait(t, term, "size 80×24")
	require.NoError(t, term.Resize(132, 43))
	s := wait(t, term, "size 132×43", strings.Repeat("-", 132))
	assert.Equal(t, 132, s.Cols)
	assert.Equal(t, 43, s.Rows)
}

func TestQueriesAreAnswered(t *testing.T) {
	wait(t, run(t, "keys", Options{}), "dark:true")
	wait(t, run(t, "keys", Options{Light: true}), "dark:false")
}

// Bubble Tea asks whether the terminal knows synchronized updates: the frames are seen whole, and counted.
func TestFramesAreSynchronized(t *testing.T) {
	term := run(t, "keys", Options{})
	before := wait(t, term, "size 80×24", "dark:true")
	require.NoError(t, term.Send("j"))
	s, err := term.WaitFor("a frame", limit, func(s *Screen) bool { return s.Frames > before.Frames && s.Contains("keys j") })
	require.NoError(t, err)
	assert.True(t, s.At.After(before.At))
}

func TestTimeFromKeyToPaint(t *testing.T) {
	term := run(t, "keys", Options{})
	wait(t, term, "dark:true")
	took, err := term.Paint("j", limit, func(before, now *Screen) bool { return before.Line(1) != now.Line(1) })
	require.NoError(t, err)
	assert.Positive(t, took)
	assert.Less(t, took, limit)
}

func TestCellsHaveColoursAndAttributes(t *testing.T) {
	term := run(t, "colours", Options{Cols: 60, Rows: 3})
	exit, err := term.Wait(limit)
	require.NoError(t, err)
	assert.Equal(t, 0, exit.Code)
	s := term.Screen()
	assert.Equal(t, "red reverse much blue 日本", s.Line(0))
	cells := s.Cells(0)
	assert.Equal(t, Cell{Text: "r", Width: 1, FG: ansi.Red, Bold: true}, cells[0])
	assert.Equal(t, Cell{Text: " ", Width: 1}, cells[3])
	assert.True(t, cells[4].Reverse)
	assert.Equal(t, Cell{Text: "m", Width: 1, Underline: true, Faint: true, Italic: true, Struck: true}, cells[12])
	assert.Equal(t, ansi.IndexedColor(17), cells[17].BG)
	assert.Equal(t, 2, cells[22].Width)
	assert.Equal(t, Cell{}, cells[23], "the place behind a wide grapheme is empty")
	assert.Equal(t, 1, s.Bells)
	assert.Nil(t, s.Cells(3))
}

func TestWaitingEnds(t *testing.T) {
	term := run(t, "silent", Options{})
	_, err := term.WaitText(10*time.Millisecond, "never")
	require.ErrorContains(t, err, `no ["never"] within 10ms`)
	_, err = term.Wait(10 * time.Millisecond)
	require.ErrorContains(t, err, "still runs")
	term.Close()
	_, err = term.WaitText(limit, "never")
	require.ErrorContains(t, err, "ended with exit code -1")
	assert.Error(t, term.Send("j"))
	term.Close()
}

func TestAProgramThatDoesNotExist(t *testing.T) {
	_, err := Start(Options{Args: []string{"/does/not/exist"}})
	require.ErrorContains(t, err, "start /does/not/exist")
	_, err = Start(Options{})
	require.ErrorContains(t, err, "no program")
}

func TestNamesOfKeys(t *testing.T) {
	for key, want := range map[string]string{"enter": "\r", "ctrl-c": "\x03", "ctrl-]": "\x1d", "up": "\x1b[A", "x": "x", "alt-b": "\x1bb", "ctrl-": "ctrl-"} {
		assert.Equal(t, want, encode(key, false), key)
	}
	assert.Equal(t, "\x1bOA", encode("up", true))
}
