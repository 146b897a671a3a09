package logs_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/kubelettest"
	"github.com/fn9s/fn9s/kube/stream/logs"
)

var everything = logs.Options{Tail: -1, Follow: true}

func TestNoLineIsLostOrRepeatedWhenServersRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const count = 3000
	start := time.Now()
	containers := map[string]kubelettest.Log{}
	for _, name := range []string{"a", "b", "c"} {
		containers[name] = &kubelettest.Steady{Start: start, Interval: time.Millisecond, Count: count, Pod: name}
	}
	w.pod("busy", containers)
	k := w.read("busy", everything)
	k.until("lines come", func() bool { return len(k.lines) > 300 })
	w.proxy.Refuse(true)
	w.proxy.Cut()
	k.until("the loss is told", func() bool { return k.has(logs.Broken) })
	w.proxy.Refuse(false)
	k.until("reading goes on", func() bool { return k.has(logs.Resumed) })
	before := len(k.lines)
	k.until("lines come again", func() bool { return len(k.lines) > before+100 })
	require.NoError(t, w.kubelet.Stop())
	require.NoError(t, w.kubelet.Start())
	k.until("all lines came", func() bool { return len(k.lines) >= 3*count })
	for pod, numbers := range k.numbers() {
		assert.Equal(t, counted(count), numbers, pod)
	}
	assert.False(t, k.has(logs.Lost), "%+v", k.notices)
	broken := 0
	for _, n := range k.notices {
		if n.Kind == logs.Broken && n.Source == -1 {
			broken++
		}
	}
	assert.Equal(t, 1, broken, "one loss of the API server is told once for all containers")
}

func TestAContainerThatStartsAgainIsReadOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := kubelettest.NewWritten()
	at := time.Now().Add(-time.Minute)
	l.Add(at, "first run")
	w.pod("crashing", map[string]kubelettest.Log{"main": l})
	k := w.read("crashing", everything)
	k.until("the first line", func() bool { return len(k.lines) == 1 })

	l.Add(at.Add(time.Second), "last words")
	l.Restart()
	l.Add(at.Add(2*time.Second), "second run")
	w.restarted("crashing", "main", 1)
	k.until("the second run", func() bool { return len(k.lines) == 3 })
	assert.Equal(t, []string{"first run", "last words", "second run"}, k.texts())

	// Cut off, it misses the end of one run, and another run as a whole.
	w.proxy.Refuse(true)
	w.proxy.Cut()
	k.until("the loss is told", func() bool { return k.has(logs.Broken) })
	l.Add(at.Add(3*time.Second), "unseen words")
	l.Restart()
	l.Add(at.Add(4*time.Second), "third run")
	w.restarted("crashing", "main", 2)
	w.proxy.Refuse(false)
	k.until("the third run", func() bool { return len(k.lines) == 5 })
	assert.Equal(t, []string{"unseen words", "third run"}, k.texts()[3:])
	assert.False(t, k.has(logs.Lost), "%+v", k.notices)
}

func TestRunsThatNobodyCanReadAnyMoreAreToldAsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := kubelettest.NewWritten()
	at := time.Now().Add(-time.Minute)
	l.Add(at, "one")
	w.pod("looping", map[string]kubelettest.Log{"main": l})
	k := w.read("looping", everything)
	k.until("the first line", func() bool { return len(k.lines) == 1 })
	w.proxy.Refuse(true)
	w.proxy.Cut()
	k.until("the loss is told", func() bool { return k.has(logs.Broken) })
	for i, text := range []string{"two", "three", "four"} {
		l.Restart()
		l.Add(at.Add(time.Duration(i+1)*time.Second), text)
	}
	w.restarted("looping", "main", 3)
	w.proxy.Refuse(false)
	k.until("the last run", func() bool { return len(k.lines) == 3 && k.has(logs.Lost) })
	assert.Equal(t, []string{"one", "three", "four"}, k.texts())
}

func TestLinesOfOneTimeAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := kubelettest.NewWritten()
	at := time.Now().Add(-time.Minute).Truncate(time.Second)
	l.Add(at, "same", "same", "other")
	w.pod("coarse", map[string]kubelettest.Log{"main": l})
	k := w.read("coarse", everything)
	k.until("three lines", func() bool { return len(k.lines) == 3 })
	w.proxy.Refuse(true)
	w.proxy.Cut()
	k.until("the loss is told", func() bool { return k.has(logs.Broken) })
	l.Add(at, "same", "new")
	l.Add(at.Add(time.Second), "later")
	w.proxy.Refuse(false)
	k.until("the new lines", func() bool { return len(k.lines) == 6 })
	assert.Equal(t, []string{"same", "same", "other", "same", "new", "later"}, k.texts())
}

func TestARotatedLogIsToldAsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := kubelettest.NewWritten()
	at := time.Now().Add(-time.Minute)
	l.Add(at, "old")
	w.pod("rotating", map[string]kubelettest.Log{"main": l})
	k := w.read("rotating", everything)
	k.until("a line", func() bool { return len(k.lines) == 1 })
	w.proxy.Refuse(true)
	w.proxy.Cut()
	k.until("the loss is told", func() bool { return k.has(logs.Broken) })
	l.Rotate()
	l.Add(at.Add(5*time.Second), "new")
	w.proxy.Refuse(false)
	k.until("it is told", func() bool { return k.has(logs.Lost) && len(k.lines) == 2 })
}

func TestTheBeginningIsReadOnDemand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const count = 5000
	steady := &kubelettest.Steady{Start: time.Now().Add(-time.Hour), Interval: time.Millisecond, Count: count, Pod: "a"}
	w.pod("old", map[string]kubelettest.Log{"main": steady})
	k := w.read("old", logs.Options{Tail: 10, Follow: true})
	k.until("the tail", func() bool { return len(k.lines) == 10 })
	numbers := k.numbers()["a"]
	assert.Equal(t, counted(count)[count-10:], numbers)
	for steps := 0; ; steps++ {
		require.Less(t, steps, 10, "the beginning never came")
		b, more, err := k.feed.Older(t.Context(), 1000)
		require.NoError(t, err)
		k.lines = append(b.Lines, k.lines...)
		if !more {
			break
		}
	}
	assert.Equal(t, counted(count), k.numbers()["a"])
}

func TestTimesAndNumbersBoundWhatIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := kubelettest.NewWritten()
	now := time.Now()
	l.Add(now.Add(-time.Hour), "an hour old")
	l.Add(now.Add(-time.Minute), "a minute old", "as well")
	l.Restart()
	l.Add(now.Add(-time.Second), "new")
	w.pod("main", map[string]kubelettest.Log{"main": l, "side": kubelettest.NewWritten()})
	for _, c := range []struct {
		name string
		o    logs.Options
		want []string
	}{
		{"all", logs.Options{Tail: -1}, []string{"new"}},
		{"previous", logs.Options{Tail: -1, Previous: true, Containers: "^main$"}, []string{"an hour old", "a minute old", "as well"}},
		{"since", logs.Options{Tail: -1, Previous: true, Since: 10 * time.Minute, Containers: "^main$"}, []string{"a minute old", "as well"}},
		{"since a time", logs.Options{Tail: -1, Previous: true, SinceTime: now.Add(-10 * time.Minute), Containers: "^main$"}, []string{"a minute old", "as well"}},
		{"tail", logs.Options{Tail: 1, Previous: true, Containers: "^main$"}, []string{"as well"}},
		{"none of it", logs.Options{Tail: -1, Excluded: "main"}, nil},
	} {
		k := w.read("main", c.o)
		k.end()
		assert.Equal(t, c.want, k.texts(), c.name)
	}
	_, err := w.opener.OpenPod(w.context, w.ref("main"), logs.Options{Containers: "("})
	assert.ErrorContains(t, err, "containers")
}

func TestHostileLinesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	huge := strings.Repeat("x", 10<<20)
	l := kubelettest.NewWritten()
	at := time.Now().Add(-time.Minute)
	l.Add(at, "before", huge, "", "\x1b[2J\x1b]0;owned\a", "bad \xff\xfe utf-8", "\u202eright to left\r")
	w.pod("hostile", map[string]kubelettest.Log{"main": l})
	k := w.read("hostile", everything)
	k.until("all lines", func() bool { return len(k.lines) == 6 })
	assert.Equal(t, 64<<10, len(k.lines[1].Text))
	assert.Equal(t, len(huge)-64<<10, k.lines[1].Cut)
	assert.Empty(t, bytes.Trim(k.lines[1].Text, "x"))
	for i, want := range map[int]string{0: "before", 2: "", 3: "\x1b[2J\x1b]0;owned\a", 4: "bad \xff\xfe utf-8", 5: "\u202eright to left\r"} {
		assert.Equal(t, want, string(k.lines[i].Text))
	}
}

func TestAReaderThatPausesHoldsBackAndLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const count = 150_000 // far more than what waits between the servers and the reader
	w.pod("fast", map[string]kubelettest.Log{"main": &kubelettest.Steady{
		Start: time.Now().Add(-time.Hour), Interval: time.Millisecond, Count: count, Pod: "a"}})
	k := w.read("fast", everything)
	k.until("a line", func() bool { return len(k.lines) > 0 })
	k.until("all lines", func() bool { return len(k.lines) >= count })
	assert.Equal(t, counted(count), k.numbers()["a"])
	assert.False(t, k.has(logs.Lost))
}

func TestPodsJoinAndLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.read("late", everything)
	k.until("it is waited for", func() bool { return k.has(logs.Waiting) })
	l := kubelettest.NewWritten()
	l.Add(time.Now(), "hello")
	w.pod("late", map[string]kubelettest.Log{"main": l})
	k.until("its first line", func() bool { return len(k.lines) == 1 && k.has(logs.Joined) })
	l.Add(time.Now(), "bye")
	l.End()
	k.until("its last line", func() bool { return len(k.lines) == 2 })
	_, err := w.api.Send(t.Context(), "DELETE", "/api/v1/namespaces/"+w.space+"/pods/late", "application/json", map[string]any{})
	require.NoError(t, err)
	k.until("it has left", func() bool { return k.has(logs.Left) })
	assert.False(t, k.has(logs.Lost), "%+v", k.notices)
}

func TestOnlySomeContainersAreReadAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := time.Now().Add(-time.Minute)
	containers := map[string]kubelettest.Log{}
	for _, name := range []string{"a", "b", "c"} {
		l := kubelettest.NewWritten()
		l.Add(at, name)
		containers[name] = l
	}
	w.pod("many", containers)
	o := everything
	o.Streams = 2
	k := w.read("many", o)
	k.until("it is told", func() bool { return k.has(logs.Failed) && len(k.lines) == 2 })
	o.Follow = false
	k = w.read("many", o)
	k.end()
	assert.ElementsMatch(t, []string{"a", "b", "c"}, k.texts(), "without following, they are read one after the other")
}

func TestSilentContainersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	containers := map[string]kubelettest.Log{}
	for n := range 60 { // more than requests may wait for an answer at once
		containers[fmt.Sprintf("silent-%d", n)] = kubelettest.NewWritten()
	}
	w.pod("silent", containers)
	k := w.read("silent", everything)
	k.until("all are read", func() bool { return len(k.sources) == 60 })
	w.until("the server answers others", func() bool { return w.client.Probe(t.Context()) == nil })
	containers["silent-59"].(*kubelettest.Written).Add(time.Now(), "at last")
	k.until("one speaks", func() bool { return len(k.lines) == 1 })
	assert.False(t, k.has(logs.Broken), "%+v", k.notices)
}
