package workshop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
)

// Rotate is the action of a rotation.
const Rotate = "rotate"

// Turn is what was chosen for a rotation.
type Turn struct {
	Context string
	Secrets []*rotate.Rotation
	Values  *rotate.Values      // nil: they are not given; see Missing
	Missing string              // why they are not: the plan can be looked at, and exported
	Expired []change.KeptSecret // that are removed with it
	Keep    time.Duration       // of the old values; 0: a week
	// TakeBack has it undone when a rollout fails.
	TakeBack bool
}

// Order makes the order of a rotation. The values are overwritten once they were let go, and the change that uses them, if
// it was begun by then, has used them.
func (t *Turn) Order() (o *Order, letGo func()) {
	request := rotate.Request(t.Secrets)
	request.Forget, request.Keep = t.Expired, t.Keep
	o = &Order{Context: t.Context, Action: Rotate, Title: request.Title, Request: &request, Notes: t.notes(), TakeBack: t.TakeBack}
	if t.Values == nil {
		o.Values = func(context.Context, *change.Step, plan.Need) ([]byte, error) {
			return nil, errors.New(cmp.Or(t.Missing, "nobody gave it"))
		}
		o.Refusal = func() string { return t.Missing }
		o.After = t.after
		return o, func() {}
	}
	p := &purse{values: t.Values}
	letGo = p.hold()
	o.Values, o.Hold, o.Refusal, o.After = t.Values.Value, p.hold, p.refusal, t.after
	return o, letGo
}

// notes say of every user how the new value gets there, and what else is to be known.
func (t *Turn) notes() []Note {
	var all []Note
	for _, r := range t.Secrets {
		where := ""
		if len(t.Secrets) > 1 {
			where = r.Secret.Namespace + "/" + r.Secret.Name + ": "
		}
		for i := range r.Consumers {
			all = append(all, Note{What: Takes, Text: where + r.Consumers[i].String()})
		}
		for _, n := range r.Notes {
			all = append(all, Note{What: Known, Text: where + n})
		}
	}
	for _, k := range t.Expired {
		all = append(all, Note{What: Known, Text: fmt.Sprintf("Secret %s/%s, which keeps old values of change %s, is removed with it: its time was over on %s",
			k.Namespace, k.Name, k.Change, k.Expires.UTC().Format(time.DateOnly))})
	}
	return all
}

// after says who did not get the new value although the Secret has it, and what of a new pair is public.
func (t *Turn) after(result *change.Result) []string {
	var all []string
	for _, s := range rotate.Inconsistent(result, t.Secrets) {
		line := fmt.Sprintf("not consistent: %s of %s has the old value of Secret %s/%s: %s", s.Consumer.Label(), s.Consumer.ID.Namespace,
			s.Secret.Namespace, s.Secret.Name, s.Why)
		if s.Remedy != "" {
			line += "; new with: " + s.Remedy
		}
		all = append(all, line)
	}
	if t.Values != nil {
		for ref, public := range t.Values.Public() {
			all = append(all, fmt.Sprintf("the public key of %s/%s: %s", ref.Namespace, ref.Name, strings.TrimSpace(string(public))))
		}
	}
	return all
}

// purse keeps values as long as somebody holds it, and overwrites them then.
type purse struct {
	mu      sync.Mutex
	values  *rotate.Values
	holders int
	empty   bool
}

func (p *purse) hold() (letGo func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holders++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.holders--; p.holders == 0 {
			p.values.Forget()
			p.empty = true
		}
	})
}

func (p *purse) refusal() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.empty {
		return "the new values were wiped when their form was left: rotate anew"
	}
	return ""
}
