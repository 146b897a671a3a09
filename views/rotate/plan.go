package rotate

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// orderedMsg brings the order of a plan, or what speaks against it.
type orderedMsg struct {
	to    *Screen
	order *screen.Order
	letGo func()
	err   error
}

// standing says whether the plan can be shown, and why it could not be applied then. Without ready it cannot be shown.
func (s *Screen) standing() (ready bool, why string) {
	var missing, without []string
	several := len(s.forms) > 1
	for _, f := range s.forms {
		name := ""
		if several {
			name = " of " + short(f.ref)
		}
		switch {
		case f.asking:
			return false, "reading " + short(f.ref) + "…"
		case f.nothing():
			without = append(without, "no key"+name+" is chosen")
		case f.failed != "":
			without = append(without, f.failed)
		case f.rotation() == nil && f.got != nil && f.got.Unclear != "":
			without = append(without, "say which keys"+name+" get new values: space turns one on")
		case f.rotation() == nil:
			without = append(without, short(f.ref)+" is not rotated here")
		default:
			ready = true
			if why := s.forbidden(f); why != "" {
				missing = append(missing, why)
			} else if keys := f.missing(); len(keys) > 0 {
				missing = append(missing, "the new value of "+strings.Join(keys, ", ")+name+" is missing")
			}
		}
	}
	switch {
	case !ready && len(without) > 0:
		return false, text.Clean(without[0])
	case len(missing) > 0:
		return true, text.Clean(missing[0])
	}
	return ready, ""
}

// plan hands values and wishes over, and opens the plan. What the cluster says is asked for once more: it may have changed
// while the operator typed.
func (s *Screen) plan() tea.Cmd {
	ready, why := s.standing()
	switch {
	case s.ordering:
		return nil
	case !ready:
		return notice(status.Info, "there is no plan to show yet: "+why)
	}
	s.ordering = true
	s.Changed()
	o := &orders{rotations: s.env.Rotations, ctx: s.ctx, context: s.of.Context, missing: why, now: s.env.Now, takeBack: !s.leaveFailed}
	o.turn.Keep = secrets.ParseAge(s.keep)
	if s.removeExpired {
		o.turn.Expired = s.expired
	}
	at := s.env.Now()
	for _, f := range s.forms {
		if f.rotation() == nil {
			continue
		}
		one := wanted{form: f, options: s.options(f, at), values: map[string][]byte{}}
		for k, v := range f.values {
			one.values[k] = bytes.Clone(v.data)
		}
		o.wanted = append(o.wanted, one)
	}
	return func() tea.Msg {
		m := orderedMsg{to: s}
		m.order, m.letGo, m.err = o.order()
		return m
	}
}

// orders makes the order of a plan, away from the loop.
type orders struct {
	rotations screen.Rotations
	ctx       context.Context
	context   string
	missing   string
	now       func() time.Time
	takeBack  bool
	wanted    []wanted
	turn      workshop.Turn
}

// wanted is one Secret, with copies of its values.
type wanted struct {
	form    *form
	options rotate.Options
	values  map[string][]byte
}

func (o *orders) order() (*screen.Order, func(), error) {
	defer func() {
		for i := range o.wanted {
			for _, v := range o.wanted[i].values {
				clear(v)
			}
		}
	}()
	o.turn.Context, o.turn.Missing, o.turn.TakeBack = o.context, o.missing, o.takeBack
	for i := range o.wanted {
		w := &o.wanted[i]
		got, err := o.rotations.Outlook(o.ctx, o.context, w.form.ref, w.options)
		switch {
		case err != nil:
			return nil, nil, err
		case got.Rotation == nil:
			return nil, nil, fmt.Errorf("%s cannot be rotated any more as it was: %s%s", short(w.form.ref), got.Refused, got.Unclear)
		}
		o.turn.Secrets = append(o.turn.Secrets, got.Rotation)
	}
	if o.missing == "" {
		if err := o.fill(); err != nil {
			return nil, nil, err
		}
	}
	order, letGo := o.turn.Order()
	return order, letGo, nil
}

// fill hands the values over.
func (o *orders) fill() (err error) {
	values := rotate.NewValues(o.turn.Secrets, o.now)
	defer func() {
		if err != nil {
			values.Forget()
		}
	}()
	for i, r := range o.turn.Secrets {
		for _, key := range r.Keys {
			given := o.wanted[i].values[key]
			if !r.Given || given == nil {
				continue
			}
			own := bytes.Clone(given)
			if err := values.Give(r, key, own); err != nil {
				clear(own)
				return fmt.Errorf("the value of %s: %w", key, err)
			}
		}
	}
	if err := values.Check(); err != nil {
		return err
	}
	o.turn.Values = values
	return nil
}

// ordered opens the plan, unless the form was left meanwhile.
func (s *Screen) ordered(msg orderedMsg) tea.Cmd {
	s.ordering = false
	s.Changed()
	switch {
	case msg.err != nil:
		return tea.Batch(notice(status.Warning, msg.err.Error()), s.outlooks())
	case s.left || s.ctx.Err() != nil:
		msg.letGo()
		return nil
	}
	s.order = msg.order
	s.letGo = append(s.letGo, msg.letGo)
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PagePlan, Order: msg.order}})
}
