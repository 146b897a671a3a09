package views

import (
	"io"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// probe quits at the first message and looks for the ticker then.
type probe struct {
	program **tea.Program
	pace    *pace
}

func (p probe) Init() tea.Cmd { return func() tea.Msg { return "go" } }

func (p probe) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if msg == "go" {
		p.pace.watch(*p.program)
		return p, tea.Quit
	}
	return p, nil
}

func (p probe) View() tea.View { return tea.NewView("x") }

// Fails when an update of Bubble Tea hides its ticker: the console would work and idle at sixty wake-ups a second.
func TestTheTickerOfTheRendererIsFound(t *testing.T) {
	var program *tea.Program
	var p pace
	program = tea.NewProgram(probe{&program, &p}, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler())
	_, err := program.Run()
	require.NoError(t, err)
	require.NotNil(t, p.ticker)
	p.stop()
}

func TestTheRendererRestsAfterALullAndHurriesForKeys(t *testing.T) {
	p := pace{ticker: time.NewTicker(time.Hour)}
	defer p.ticker.Stop()
	p.lull = time.AfterFunc(time.Hour, p.rest)
	defer p.stop()
	p.rest()
	require.True(t, p.resting)
	p.quicken("board")
	assert.Equal(t, afterAny, p.rate)
	assert.False(t, p.resting)
	p.quicken(tea.KeyPressMsg{Code: 'j'})
	assert.Equal(t, afterKey, p.rate)
	p.quicken("board")
	assert.Equal(t, afterKey, p.rate, "the answer to the key is not painted yet")
	p.key = p.key.Add(-heels)
	p.quicken("board")
	assert.Equal(t, afterAny, p.rate)
	p.rest()
	assert.False(t, p.resting, "the last message was just now")
	<-p.ticker.C // ticks, though it was set to an hour
}
