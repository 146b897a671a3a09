package viewtest

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// Live is what runs: the Calls, Forwards and Shells of a screen.
type Live struct {
	Refused string
	Answer  *invoke.Answer
	Err     error
	Asked   []invoke.Request
	Past    []*invoke.Exchange
	Open    []forward.Forward
	Inside  []screen.Room
	Entered []screen.Room
	NoDebug string        // why no debug container can be made
	Debugs  []screen.Room // those beside which one was made
	world   *World
}

// Live lets things run in the world.
func (w *World) Live() *Live {
	l := &Live{world: w}
	w.live = l
	return l
}

// calls, forwards and shells are its parts.
type (
	calls    struct{ *Live }
	forwards struct{ *Live }
	shells   struct{ *Live }
)

// Refusal is what the test says.
func (c calls) Refusal(model.FunctionID) string { return c.Refused }

// Plan asks the frameworks.
func (c calls) Plan(id model.FunctionID) plan.Call {
	if row := c.world.Board().Row(id); row != nil {
		return frameworks.CallOf(all.BuiltIn(), row.Function)
	}
	return plan.Call{None: "the function is not there any more"}
}

// Call answers what the test says.
func (c calls) Call(_ context.Context, _ model.FunctionID, r *invoke.Request) (*invoke.Answer, error) {
	c.Asked = append(c.Asked, *r)
	e := &invoke.Exchange{Request: *r, Answer: c.Answer}
	if c.Err != nil {
		e.Answer, e.Err = nil, c.Err.Error()
	}
	c.Past = append([]*invoke.Exchange{e}, c.Past...)
	return e.Answer, c.Err
}

// History is what was called.
func (c calls) History(model.FunctionID) []*invoke.Exchange { return c.Past }

// Refusal is what the test says.
func (f forwards) Refusal(string) string { return f.Refused }

// Open keeps the forward.
func (f forwards) Open(t forward.Target, address string, ports []forward.Port) (forward.Forward, error) {
	if f.Err != nil {
		return forward.Forward{}, f.Err
	}
	one := forward.Forward{ID: "9", Target: t, Address: address, Ports: ports, State: forward.Connecting, Since: Now}
	f.Live.Open = append(f.Live.Open, one)
	return one, nil
}

// List is what is open.
func (f forwards) List() []forward.Forward { return f.Live.Open }

// Stop ends a forward.
func (f forwards) Stop(id string) {
	var left []forward.Forward
	for _, one := range f.Live.Open {
		if one.ID != id {
			left = append(left, one)
		}
	}
	f.Live.Open = left
}

// Refusal is what the test says.
func (s shells) Refusal(string) string { return s.Refused }

// Rooms are those of the test.
func (s shells) Rooms(model.FunctionID, screen.Target) ([]screen.Room, error) {
	if len(s.Inside) == 0 {
		return nil, errors.New("no container of it runs")
	}
	return s.Inside, nil
}

// Open notes which one is entered.
func (s shells) Open(r screen.Room, _ bool) tea.ExecCommand {
	s.Entered = append(s.Entered, r)
	return nil
}

// MayDebug is what the test says.
func (s shells) MayDebug(context.Context, screen.Room) string { return s.NoDebug }

// Debug plans one.
func (s shells) Debug(_ context.Context, _ model.FunctionID, r screen.Room) (*screen.Debugging, error) {
	return &screen.Debugging{About: "A container of busybox:1.37 is put into the pod.", Asks: []string{"it cannot be undone"},
		Make: func(context.Context) (screen.Room, error) {
			if s.Err != nil {
				return screen.Room{}, s.Err
			}
			s.Debugs = append(s.Debugs, r)
			r.Container = "fn9s-debug-1"
			return r, nil
		}}, nil
}
