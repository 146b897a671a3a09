package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// archive reads what an object keeps of a log: what its framework's builder wrote.
type archive struct {
	feed *feed
	s    *source
	from Cluster
	kept *plan.KeptLog
	told []plan.KeptLine
}

// unearth starts to read what an object keeps of the builds of a function.
func (f *follower) unearth(ctx context.Context, t *target, cluster Cluster, kept *plan.KeptLog) {
	if f.o.Previous || t.unearthed || !f.wants(kept.Name) {
		return
	}
	t.unearthed = true
	s := &source{Source: Source{Function: t.function, Namespace: kept.Ref.Namespace, Pod: kept.Ref.Name, Container: kept.Name,
		Role: model.Build, Kept: kept.Ref.Kind}}
	f.enter(s)
	f.mu.Lock()
	f.active++
	f.mu.Unlock()
	a := &archive{feed: f.feed, s: s, from: cluster, kept: kept}
	f.readers.Go(func() {
		defer f.leave()
		defer f.finish(s)
		a.run(ctx)
	})
}

func (a *archive) run(ctx context.Context) {
	a.feed.begin(a.s)
	failed := false
	for {
		lines, err := a.read(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failed = false
			if a.tell(ctx, lines) != nil {
				return
			}
		case client.Classify(err) == client.KindNotFound:
			return
		case !failed:
			failed = true
			kind := Failed
			if k := client.Classify(err); k == client.KindForbidden || k == client.KindAuth {
				kind = Denied
			}
			a.feed.say(Notice{Kind: kind, Source: a.s.ID, Function: a.s.Function, Text: client.Reason(err)})
		}
		wait := pollEvery
		if failed || err == nil && len(lines) > 0 && time.Since(lines[len(lines)-1].Time) > belated {
			wait = pollSlow // nobody writes to it now
		}
		if !a.feed.o.Follow || pause(ctx, wait) != nil {
			return
		}
	}
}

func (a *archive) read(ctx context.Context) ([]plan.KeptLine, error) {
	apis := a.from.APIs()
	if apis == nil {
		return nil, fmt.Errorf("%s cannot be read yet", a.kept.Ref)
	}
	api, ok := apis.Find(a.kept.Ref.GroupKind(), nil)
	if !ok {
		return nil, fmt.Errorf("%s is not served", a.kept.Ref.GroupKind())
	}
	raw, err := a.from.Client().Get(ctx, client.Query{API: api, Namespace: a.kept.Ref.Namespace}, a.kept.Ref.Name)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("read %s: %w", a.kept.Ref, err)
	}
	lines := a.kept.Lines(object)
	slices.SortStableFunc(lines, func(a, b plan.KeptLine) int { return a.Time.Compare(b.Time) })
	return lines, nil
}

// tell hands over what is new: what was added, or, where another build began, all of it.
func (a *archive) tell(ctx context.Context, all []plan.KeptLine) error {
	first, fresh := a.told == nil, all
	if n := len(a.told); n <= len(all) && slices.EqualFunc(a.told, all[:n], func(x, y plan.KeptLine) bool { return x.Text == y.Text }) {
		fresh = all[n:]
	}
	a.told = append([]plan.KeptLine{}, all...)
	since := a.since()
	var lines []Line
	for _, k := range fresh {
		if k.Time.Before(since) {
			continue
		}
		l := Line{Time: k.Time.UTC(), Source: a.s.ID, Text: []byte(k.Text)}
		if n := len(l.Text) - maxText; n > 0 {
			l.Text, l.Cut = l.Text[:maxText], n
		}
		lines = append(lines, l)
	}
	if tail := a.feed.o.Tail; first && tail >= 0 && len(lines) > tail {
		lines = lines[len(lines)-tail:]
	}
	if len(lines) == 0 {
		return nil
	}
	return a.feed.push(ctx, a.s, block{lines: lines})
}

func (a *archive) since() time.Time {
	switch o := a.feed.o; {
	case !o.SinceTime.IsZero():
		return o.SinceTime
	case o.Since > 0:
		return time.Now().Add(-o.Since)
	}
	return time.Time{}
}
