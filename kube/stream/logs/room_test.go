package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/fn9s/fn9s/kube/client"
)

// written is the log of a container: so many numbered lines, of different lengths.
type written struct {
	id, lines int
	next      int
	rest      string
}

func (w *written) Log(context.Context, string, string, client.LogQuery) (io.ReadCloser, error) {
	return io.NopCloser(w), nil
}

func (w *written) line(n int) string {
	return fmt.Sprintf("source %d line %d %s", w.id, n, strings.Repeat(string(rune('a'+w.id)), n*37%900))
}

func (w *written) Read(p []byte) (int, error) {
	if w.rest == "" && w.next == w.lines {
		return 0, io.EOF
	}
	if w.rest == "" {
		at := time.Unix(1_790_000_000, int64(w.next)*1000).UTC()
		w.rest = at.Format(time.RFC3339Nano) + " " + w.line(w.next) + "\n"
		w.next++
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

// TestRoomIsUsedAgainOnlyOnceItsLinesWereRead has readers write into what was released, while one batch is still read.
func TestRoomIsUsedAgainOnlyOnceItsLinesWereRead(t *testing.T) {
	t.Parallel()
	const sources, each = 4, 4000
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f := newFeed(Options{Tail: -1, Follow: true}, cancel)
	logs := make([]*written, sources)
	var readers errgroup.Group
	for i := range logs {
		logs[i] = &written{id: i, lines: each}
		s := &source{Source: Source{Pod: fmt.Sprint("pod-", i)}}
		f.enter(s)
		r := &reader{feed: f, s: s, from: logs[i], condition: func() condition { return condition{started: true, running: true} }}
		readers.Go(func() error {
			defer f.finish(s)
			_, err := r.read(ctx, client.LogQuery{Tail: -1})
			return err
		})
	}
	failed := make(chan error, 1)
	go func() {
		failed <- readers.Wait()
		f.end()
	}()
	seen := make([]int, sources)
	check := func(b *Batch, from []int) {
		for i := range b.Lines {
			l := &b.Lines[i]
			require.Equal(t, logs[l.Source].line(from[l.Source]), string(l.Text))
			from[l.Source]++
		}
	}
	var last Batch
	before := make([]int, sources)
	for ended := false; !ended; {
		b, err := f.Next(ctx)
		ended = errors.Is(err, ErrEnd)
		if !ended {
			require.NoError(t, err)
		}
		check(&last, before) // still as it was
		copy(before, seen)
		last.Release()
		check(&b, seen)
		last = b
	}
	require.NoError(t, <-failed)
	for i := range seen {
		assert.Equal(t, each, seen[i])
	}
}
