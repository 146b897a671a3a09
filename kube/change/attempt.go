package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
)

const (
	// oneRequest bounds one request: a server that does not answer is asked afterwards what it did.
	oneRequest = 30 * time.Second
	// rereads is how often a step goes on after a conflict that did not touch its paths: status writes are frequent.
	rereads = 5
	// patience is how long a server that did not answer is asked what became of a write.
	patience = 20 * time.Second
)

// step carries one step out and writes it down before and after.
func (r *run) step(ctx context.Context, s *Step) (journal.Outcome, string) {
	if err := r.fill(ctx, s); err != nil {
		return journal.Failed, err.Error()
	}
	entry, err := r.p.journalStep(s)
	if err != nil {
		return journal.Failed, err.Error()
	}
	if s.secret() && s.Lasting == "" {
		entry.Backup = backupName(r.p.ID)
	}
	if err := r.e.o.Journal.Intend(r.p.ID, entry); err != nil {
		r.halt("the journal cannot be written")
		return journal.Failed, "nothing was changed: " + err.Error()
	}
	r.e.between()
	outcome, reason := r.written(ctx, s)
	r.e.between()
	var after *journal.Step
	if outcome == journal.Applied {
		if after, err = r.p.journalStep(s); err == nil {
			after.Backup = entry.Backup
		}
	}
	if err := r.e.o.Journal.Result(r.p.ID, s.Number, after, outcome, r.p.veil.hideIn(s, reason)); err != nil {
		r.mu.Lock()
		r.result.Journal = errors.Join(r.result.Journal, err)
		r.mu.Unlock()
		r.halt("the journal cannot be written")
	}
	r.e.between()
	return outcome, reason
}

func (p *Plan) journalStep(s *Step) (*journal.Step, error) {
	out := &journal.Step{Along: s.group.along, Number: s.Number, Verb: string(s.Verb), Object: s.object(), UID: string(s.UID), Touches: []journal.Touch{}}
	for _, id := range s.Functions {
		out.Functions = append(out.Functions, id.String())
	}
	for i := range s.touches {
		t, err := p.veil.record(&s.touches[i])
		if err != nil {
			return nil, err
		}
		out.Touches = append(out.Touches, t)
	}
	return out, nil
}

// fill puts the values in that the plan left open.
func (r *run) fill(ctx context.Context, s *Step) error {
	if len(s.Needs) == 0 {
		return nil
	}
	values := map[string][]byte{}
	for _, n := range s.Needs {
		v, err := r.value(ctx, s, n)
		if err != nil {
			return fmt.Errorf("the value for %s: %w", n.Path, err)
		}
		values[n.Path] = v
	}
	fields, made, err := s.group.filled(values)
	if err != nil {
		return err
	}
	filled := *s.group
	filled.fields, filled.made, filled.needs = fields, made, nil
	s.group = &filled
	if s.Verb == plan.Create {
		err = s.create()
	} else {
		err = s.rebuild(s.live)
	}
	for i := range s.touches {
		for _, n := range s.Needs {
			if p, e := parsePath(n.Path); e == nil && p.String() == s.touches[i].path.String() {
				s.touches[i].secret = true
			}
		}
	}
	s.sign(r.p.veil)
	if err == nil {
		err = s.renewed()
	}
	return err
}

// renewed says which of the values that were to be new is the one that is there already.
func (s *Step) renewed() error {
	for _, n := range s.Needs {
		path, err := parsePath(n.Path)
		if err != nil || n.From.Path != "" {
			continue
		}
		if !slices.ContainsFunc(s.touches, func(t touch) bool { return t.path.String() == path.String() }) {
			return fmt.Errorf("the value for %s is the one that is there already", n.Path)
		}
	}
	return nil
}

// value makes one value, or reads the one that moves.
func (r *run) value(ctx context.Context, s *Step, n plan.Need) ([]byte, error) {
	switch {
	case n.From.Path != "":
		return r.e.literal(ctx, n.From)
	case n.Generate != "" && random(n.Generate):
		return Generate(n.Generate)
	case r.a.Values != nil:
		return r.a.Values(ctx, s, n)
	}
	return nil, errors.New("nobody gave it")
}

// rebuild makes the patch anew for the object as it is now.
func (s *Step) rebuild(live object) error {
	ed, err := s.group.edit(live, nil)
	if err != nil {
		return err
	}
	s.adopt(live, ed)
	return nil
}

// written sends the step until it is known what became of it.
func (r *run) written(ctx context.Context, s *Step) (journal.Outcome, string) {
	if _, err := r.backups.keep(ctx, s); err != nil {
		r.trouble(err)
		return journal.Failed, client.Reason(err)
	}
	r.e.between()
	doubt := false
	for reread := 0; ; reread++ {
		got, err := r.sent(ctx, s)
		switch kind := client.Classify(err); {
		case err == nil && s.Verb == plan.Create && !got.Created:
			s.take(got.Object)
			return journal.Conflict, "somebody else made it at the same moment"
		case err == nil:
			s.take(got.Object)
			return journal.Applied, ""
		case tested(s, err), s.Verb == plan.Delete && kind == client.KindNotFound:
			outcome, reason, again := r.compare(ctx, s, doubt, err)
			if !again || reread == rereads {
				return outcome, reason
			}
		case kind == client.KindUnreachable || kind == client.KindServer && statusOf(err) >= 500:
			doubt = true
			outcome, reason, again := r.compare(ctx, s, doubt, err)
			if !again || reread > 0 {
				if outcome != journal.Applied {
					r.trouble(err)
				}
				return outcome, reason
			}
		default:
			r.trouble(err)
			return journal.Failed, client.Reason(err)
		}
	}
}

// trouble ends the change when an error is about the cluster, not about one object.
func (r *run) trouble(err error) {
	switch client.Classify(err) {
	case client.KindAuth, client.KindUnreachable, client.KindReadOnly:
		r.halt(client.Reason(err))
	}
}

// sent sends the step; a server that is busy gets it again, because it did nothing.
func (r *run) sent(ctx context.Context, s *Step) (*client.Written, error) {
	for try := 0; ; try++ {
		rctx, cancel := context.WithTimeout(ctx, oneRequest)
		got, err := r.e.send(rctx, s, false)
		cancel()
		if client.Classify(err) != client.KindBusy || try == busyTries {
			return got, err
		}
		if err := pause(ctx, delay(err, try)); err != nil {
			return got, err
		}
	}
}

// take learns what the server made of the step. What was written is true even where the answer cannot be read.
func (s *Step) take(raw []byte) {
	if _, err := s.learn(raw); err != nil || s.Verb != plan.Create {
		return
	}
	s.live = s.desired
	s.uid()
}

// compare reads the object again after a write that did not succeed. Doubt says that a write may have been carried out
// without an answer. With again the step is ready to be sent once more: nothing that it touches has changed.
func (r *run) compare(ctx context.Context, s *Step, doubt bool, cause error) (o journal.Outcome, reason string, again bool) {
	live, err := r.reread(ctx, s)
	if err != nil {
		return journal.Unknown, fmt.Sprintf("%s; and it could not be read again: %s", client.Reason(cause), client.Reason(err)), false
	}
	was, is := r.standing(s, live)
	switch {
	case is && doubt:
		if live != nil {
			s.live = live
			s.uid()
		}
		return journal.Applied, "", false
	case is && s.group.along:
		return journal.Applied, "", false
	case is:
		return journal.Conflict, "somebody else made the same change meanwhile", false
	case was && s.Verb == plan.Patch:
		if text(live, "metadata", "resourceVersion") == text(s.live, "metadata", "resourceVersion") && !doubt {
			// Nothing changed at all: the server means the change itself.
			return journal.Failed, client.Reason(cause), false
		}
		touches := s.touches
		if err := s.rebuild(live); err != nil {
			return journal.Conflict, err.Error(), false
		}
		for i := range s.touches {
			if i < len(touches) {
				s.touches[i].secret = s.touches[i].secret || touches[i].secret
			}
		}
		s.sign(r.p.veil)
		return journal.Failed, client.Reason(cause), true
	case was:
		same := text(live, "metadata", "resourceVersion") == text(s.live, "metadata", "resourceVersion")
		s.live = live
		return journal.Failed, client.Reason(cause), doubt || s.Verb == plan.Delete && !same
	}
	return journal.Conflict, conflict(s, live), false
}

// reread reads the object; a server that does not answer is asked for a while.
func (r *run) reread(ctx context.Context, s *Step) (object, error) {
	deadline := time.Now().Add(r.e.patience)
	for try := 0; ; try++ {
		rctx, cancel := context.WithTimeout(ctx, oneRequest)
		live, err := r.e.get(rctx, s.Target())
		cancel()
		kind := client.Classify(err)
		if kind != client.KindUnreachable && kind != client.KindServer && kind != client.KindBusy || time.Now().After(deadline) {
			return live, err
		}
		if err := pause(ctx, delay(err, try)); err != nil {
			return nil, err
		}
	}
}

// standing compares the touched paths with what they were, and with what they are to be.
func (r *run) standing(s *Step, live object) (was, is bool) {
	switch {
	case s.Verb == plan.Create && live == nil:
		return true, false
	case s.Verb == plan.Delete && live == nil:
		return false, true
	case live == nil || s.UID != "" && text(live, "metadata", "uid") != string(s.UID):
		return false, false
	}
	was, is = s.Verb != plan.Create, s.Verb != plan.Delete
	for i := range s.touches {
		t := &s.touches[i]
		if s.follows(t) {
			continue
		}
		got, there := lookup(live, t.path)
		old, had := s.old(t)
		was = was && there == had && (!there || equal(got, old))
		is = is && there == t.hasNow && (!there || within(t.now, got))
	}
	return was, is
}

// old is what is at a touched path in the object that the step was made for. The touch itself may have met a parent from
// which other touches had already taken something.
func (s *Step) old(t *touch) (any, bool) {
	if s.live == nil {
		return t.old, t.hadOld
	}
	return lookup(s.live, t.path)
}

// follows reports a parent that goes because the other touches leave nothing in it. It says no more than they do, and
// stays when somebody else put something in.
func (s *Step) follows(t *touch) bool {
	old, had := s.old(t)
	return had && t.hadOld && !t.hasNow && isBare(t.path[len(t.path)-1], t.old) && !equal(t.old, old)
}

// conflict names who else wrote to the touched paths.
func conflict(s *Step, live object) string {
	if live == nil {
		return "somebody else deleted it meanwhile"
	}
	if s.UID != "" && text(live, "metadata", "uid") != string(s.UID) {
		return "somebody else deleted it and made it anew meanwhile"
	}
	who := "somebody else"
	if all := owners(live, s.touches); len(all) > 0 {
		who = all[len(all)-1].Manager
	}
	for i := range s.touches {
		t := &s.touches[i]
		got, there := lookup(live, t.path)
		if old, had := s.old(t); !s.follows(t) && (there != had || there && !equal(got, old)) {
			return who + " changed " + t.path.String() + " meanwhile"
		}
	}
	return who + " changed it meanwhile"
}
