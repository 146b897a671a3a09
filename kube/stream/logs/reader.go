package logs

import (
	"context"
	"errors"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fn9s/fn9s/kube/client"
)

// opens reads the log of a container.
type opens interface {
	Log(ctx context.Context, namespace, pod string, q client.LogQuery) (io.ReadCloser, error)
}

// reader follows one container through broken connections, restarts of servers and of the container itself.
type reader struct {
	feed *feed
	s    *source
	from opens
	// condition is asked again and again; changed waits until it may be another one.
	condition func() condition
	changed   func(ctx context.Context) error
	// joined: the container came while the feed was open, so all of its log is wanted.
	joined bool

	window   window
	opened   bool  // its log was read before
	restarts int32 // of the container when its log was read last
	lineRun  int32 // restarts at the last line
	clean    bool  // the last reading went to the end
	matched  bool  // the last reading began with lines that were taken before
	denied   bool
	delay    backoff
}

// run reads until nothing more can come.
func (r *reader) run(ctx context.Context) {
	defer r.feed.finish(r.s)
	if r.feed.o.Previous {
		r.readPrevious(ctx)
		return
	}
	for ctx.Err() == nil {
		c := r.condition()
		if c.gone || !c.started && (c.over || !r.feed.o.Follow) {
			r.leave(c.how)
			return
		}
		if !c.started {
			if r.changed(ctx) != nil {
				return
			}
			continue
		}
		if !r.opened {
			r.feed.say(Notice{Kind: Joined, Source: r.s.ID, Function: r.s.Function})
		}
		if r.opened && c.restarts > r.restarts {
			r.catchUp(ctx, int(c.restarts-r.restarts))
		}
		r.restarts = c.restarts
		began := time.Now()
		n, err := r.read(ctx, r.query(c))
		if n > 0 || time.Since(began) > calmAfter {
			r.delay.reset()
		}
		if ctx.Err() != nil || r.settled(ctx, c, err) {
			return
		}
	}
}

// calmAfter is how long a stream lives at least that counts as a good one.
const calmAfter = 10 * time.Second

// query is what is asked for now.
func (r *reader) query(c condition) client.LogQuery {
	o := r.feed.o
	q := client.LogQuery{Container: r.s.Container, Follow: o.Follow && c.running, Tail: -1}
	switch {
	case r.window.count > 0:
		q.SinceTime = time.Unix(0, r.window.last).Truncate(time.Second)
	case r.joined:
	default:
		q.Since, q.SinceTime, q.Tail = o.Since, o.SinceTime, o.Tail
	}
	return q
}

// settled does what the end of a reading asks for, and reports whether it was the last one.
func (r *reader) settled(ctx context.Context, before condition, err error) (over bool) {
	if err != nil {
		return r.failed(ctx, err)
	}
	r.feed.mended(r.s)
	if !r.feed.o.Follow {
		r.leave("")
		return true
	}
	now := r.condition()
	if now.gone || before.over {
		r.leave(now.how)
		return true
	}
	// All there is was read: the container must run again before there is more.
	for !before.running && !now.running && !now.gone && !now.over && now.restarts == before.restarts {
		if r.changed(ctx) != nil {
			return true
		}
		now = r.condition()
	}
	// The container ended, or somebody between it and here did: what the cluster tells next says which.
	return r.delay.wait(ctx, 0) != nil
}

// failed says what is wrong, as often as that is new, and waits. It reports whether trying again is useless.
func (r *reader) failed(ctx context.Context, err error) (over bool) {
	notice := Notice{Source: r.s.ID, Function: r.s.Function, Text: client.Reason(err)}
	var pace time.Duration
	switch client.Classify(err) {
	case client.KindNotFound:
		if r.changed(ctx) != nil {
			return true
		}
		if c := r.condition(); c.gone || !r.feed.o.Follow {
			r.leave("the pod is gone")
			return true
		}
	case client.KindForbidden, client.KindAuth, client.KindReadOnly:
		notice.Kind, pace = Denied, 30*time.Second
		if !r.denied {
			r.denied = true
			r.feed.say(notice)
		}
	case client.KindInvalid: // the container does not run yet, or not any more
		if !r.feed.o.Follow {
			notice.Kind = Failed
			r.feed.say(notice)
			return true
		}
	default:
		r.unreachable(notice, err)
	}
	if !r.feed.o.Follow && r.delay.tries >= triesOnce {
		return true
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil {
		pace = max(pace, time.Duration(status.Status().Details.RetryAfterSeconds)*time.Second)
	}
	return r.delay.wait(ctx, pace) != nil
}

// triesOnce is how often a log is tried that is not followed.
const triesOnce = 3

func (r *reader) unreachable(n Notice, err error) {
	n.Kind, n.Retry = Broken, time.Now().Add(r.delay.next())
	var status apierrors.APIStatus
	switch {
	case r.delay.tries == 0 && !client.Refused(err): // it is most often made again at once: that needs no words
	case !errors.As(err, &status):
		r.feed.cutOff(n)
	default:
		r.feed.broke(r.s, n)
	}
}

func (r *reader) leave(how string) {
	if !r.opened && how == "" {
		return
	}
	if r.opened && !r.clean {
		r.lose("the container ended before its log could be read to the end")
	}
	r.feed.say(Notice{Kind: Left, Source: r.s.ID, Function: r.s.Function, Text: how})
}

// catchUp reads the end of the log of the run before this one, of several since the last look.
func (r *reader) catchUp(ctx context.Context, runs int) {
	whole, empty := r.clean, r.window.count == 0
	for ctx.Err() == nil {
		matched, err := r.previous(ctx)
		switch {
		case err == nil && (matched || whole && runs <= 2 || empty && runs == 1):
		case err == nil:
			r.lose("the container started again meanwhile: only the logs of its last two runs are kept")
		case passing(err):
			r.unreachable(Notice{Source: r.s.ID, Function: r.s.Function, Text: client.Reason(err)}, err)
			if r.delay.wait(ctx, 0) != nil {
				return
			}
			continue
		case !whole:
			r.lose("the container started again while its log could not be read: " + client.Reason(err))
		}
		return
	}
}

// previous reads on in the log of the run before this one, and reports whether what was taken before is in it.
func (r *reader) previous(ctx context.Context) (matched bool, err error) {
	q := client.LogQuery{Container: r.s.Container, Previous: true, Tail: -1}
	if r.window.count > 0 {
		q.SinceTime = time.Unix(0, r.window.last).Truncate(time.Second)
	} else if !r.joined {
		q.Since, q.SinceTime, q.Tail = r.feed.o.Since, r.feed.o.SinceTime, r.feed.o.Tail
	}
	_, err = r.read(ctx, q)
	return r.matched, err
}

// fill closes a gap: what was read last is not in the log any more. Most often the container started again, and the cluster
// has not told yet.
func (r *reader) fill(ctx context.Context, whole bool) {
	matched, err := r.previous(ctx)
	switch {
	case ctx.Err() != nil, err == nil && (matched || whole):
	case err == nil:
		r.lose("the container started again meanwhile: only the logs of its last two runs are kept")
	case !whole || r.condition().restarts == 0:
		r.lose("the log was rotated while the connection was broken")
	}
}

func (r *reader) lose(why string) {
	r.feed.say(Notice{Kind: Lost, Source: r.s.ID, Function: r.s.Function, Text: why})
}

// passing reports whether trying again may help.
func passing(err error) bool {
	switch client.Classify(err) {
	case client.KindUnreachable, client.KindServer, client.KindBusy:
		return true
	}
	return false
}

func (r *reader) readPrevious(ctx context.Context) {
	o := r.feed.o
	q := client.LogQuery{Container: r.s.Container, Previous: true, Tail: o.Tail, Since: o.Since, SinceTime: o.SinceTime}
	r.feed.say(Notice{Kind: Joined, Source: r.s.ID, Function: r.s.Function})
	for {
		_, err := r.read(ctx, q)
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case !passing(err) || r.delay.tries >= triesOnce:
			n := Notice{Kind: Failed, Source: r.s.ID, Function: r.s.Function, Text: client.Reason(err)}
			if client.Classify(err) == client.KindForbidden {
				n.Kind = Denied
			}
			r.feed.say(n)
			return
		}
		if r.window.count > 0 {
			q.Tail, q.Since, q.SinceTime = -1, 0, time.Unix(0, r.window.last).Truncate(time.Second)
		}
		if r.delay.wait(ctx, 0) != nil {
			return
		}
	}
}
