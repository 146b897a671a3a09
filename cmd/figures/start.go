package main

import (
	"context"
	"fmt"
	"time"
)

const starts = 7

// measureStart measures how long after its execution the console shows its first whole frame.
func measureStart(_ context.Context, b *bench) error {
	var bytes, frames []time.Duration
	for range starts {
		first, frame, err := b.firstFrame()
		if err != nil {
			return err
		}
		bytes, frames = append(bytes, first), append(frames, frame)
	}
	b.report.duration("first frame after exec, median of 7", percentile(frames, 50), 150*time.Millisecond)
	b.report.note("frames after %s; first bytes after %s", list(frames, short), list(bytes, short))
	return nil
}

func (b *bench) firstFrame() (first, frame time.Duration, err error) {
	t, err := b.open()
	if err != nil {
		return 0, 0, err
	}
	defer t.Close()
	s, err := t.WaitFor("first frame", limit, framed)
	if err != nil {
		return 0, 0, err
	}
	return t.FirstByte(), s.At.Sub(t.Started()), nil
}

const rounds = 3

// measureList compares the console's way to the complete list with what the API server needs to say the same.
func measureList(ctx context.Context, b *bench) error {
	kinds, err := b.kindsListed(ctx)
	if err != nil {
		return fmt.Errorf("find out what the console lists: %w", err)
	}
	b.report.note("listed by the console until its list was complete (seen by a proxy in a run of its own):")
	for _, k := range kinds {
		b.report.note("  %s", k)
	}
	var took, reads, starts []time.Duration
	var ratios, strict []float64
	for range rounds {
		mine, err := b.timeToList()
		if err != nil {
			return err
		}
		theirs, err := b.readAll(ctx, kinds)
		if err != nil {
			return err
		}
		program, err := b.kubectlStart(ctx, len(kinds))
		if err != nil {
			return err
		}
		took, reads, starts = append(took, mine), append(reads, theirs), append(starts, program)
		ratios = append(ratios, mine.Seconds()/theirs.Seconds())
		strict = append(strict, mine.Seconds()/(theirs-program).Seconds())
	}
	b.report.number("complete list, times kubectl get --raw", "%.2f ×", percentile(ratios, 50), 1.5)
	b.report.note("console %s; kubectl get --raw of these %d, one after the other, %s", list(took, short), len(kinds), list(reads, short))
	b.report.note("starting kubectl that often takes %s of it; without that the ratio is %.2f", list(starts, short), percentile(strict, 50))
	return nil
}

func (b *bench) timeToList() (time.Duration, error) {
	t, err := b.open()
	if err != nil {
		return 0, err
	}
	defer t.Close()
	return b.complete(t)
}

func (b *bench) readAll(ctx context.Context, paths []string) (time.Duration, error) {
	total := time.Duration(0)
	for _, p := range paths {
		d, err := b.raw(ctx, p)
		if err != nil {
			return 0, err
		}
		total += d
	}
	return total, nil
}

// kubectlStart is what n calls of kubectl cost that read next to nothing.
func (b *bench) kubectlStart(ctx context.Context, n int) (time.Duration, error) {
	total := time.Duration(0)
	for range n {
		d, err := b.raw(ctx, "/version")
		if err != nil {
			return 0, err
		}
		total += d
	}
	return total, nil
}
