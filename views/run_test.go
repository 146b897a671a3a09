package views

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/viewtest"
)

// output collects what the program writes.
type output struct {
	sync.Mutex
	bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.Lock()
	defer o.Unlock()
	return o.Buffer.Write(p)
}

func (o *output) has(s string) bool {
	o.Lock()
	defer o.Unlock()
	return strings.Contains(o.String(), s)
}

func TestTheProgramRunsAndLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	w := viewtest.NewWorld(nil)
	root := New(w.Deps(), Options{Theme: themes.Default()})
	keys, typed := io.Pipe()
	out := &output{}
	changed := make(chan func(uint64), 1)
	done := make(chan error, 1)
	go func() {
		done <- Run(context.Background(), root, Terminal{In: keys, Out: out, Options: []tea.ProgramOption{
			tea.WithWindowSize(80, 24), tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignals()}},
			func(f func(uint64)) { changed <- f })
	}()
	say := <-changed
	require.Eventually(t, func() bool { return out.has("No functions here") }, 10*time.Second, 5*time.Millisecond)
	say(w.Set(viewtest.Rows(), viewtest.Cluster()).Version)
	require.Eventually(t, func() bool { return out.has("charge-card") }, 10*time.Second, 5*time.Millisecond)
	_, err := typed.Write([]byte("q"))
	require.NoError(t, err)
	require.NoError(t, <-done)
	assert.True(t, out.has("\x1b[?1049h") && out.has("\x1b[?1049l"), "it enters and leaves the alternate screen")
	say(7) // nobody listens any more, and nobody is blocked
	require.NoError(t, keys.Close())
}

func TestTheProgramEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	keys, _ := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, New(viewtest.NewWorld(nil).Deps(), Options{}), Terminal{In: keys, Out: io.Discard,
			Options: []tea.ProgramOption{tea.WithWindowSize(80, 24), tea.WithoutSignals()}}, nil)
	}()
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, keys.Close())
}

func TestASnapshotWaitsForTheCluster(t *testing.T) {
	t.Parallel()
	w := loading(nil)()
	changed := make(chan struct{})
	go func() {
		w.Set(viewtest.Rows(), viewtest.Cluster())
		changed <- struct{}{}
	}()
	root := New(w.Deps(), Options{Now: func() time.Time { return viewtest.Now }})
	frame := Snapshot(context.Background(), root, 80, 24, changed, false)
	assert.Contains(t, frame, "functions(30)")
	assert.Contains(t, frame, "charge-card")
	assert.NotContains(t, frame, "\x1b")
	assert.Equal(t, 23, strings.Count(frame, "\n"))
}

func TestASnapshotShowsWhatItHasWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	root := New(loading(nil)().Deps(), Options{Now: func() time.Time { return viewtest.Now }})
	frame := Snapshot(ctx, root, 80, 24, nil, true)
	assert.Contains(t, frame, "Listing functions: 1 of 3 kinds")
	assert.Contains(t, frame, "\x1b[", "colour was asked for")
}

func TestASnapshotOfACommandWaitsForItsAnswer(t *testing.T) {
	t.Parallel()
	root := New(viewtest.Detailed().Deps(), Options{Command: "po", Now: func() time.Time { return viewtest.Now }})
	assert.Contains(t, Snapshot(context.Background(), root, 120, 20, nil, false), "CrashLoopBackOff")
}
