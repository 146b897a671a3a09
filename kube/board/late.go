package board

import (
	"slices"
	"time"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// patience is how long pods that come, go and start are not looked at: each tells several times how it fares, and what is
// true of their function shows when they have started.
const patience = 2 * time.Second

// late are changes of pods, and functions of which only the pods are others, that wait to be looked at together.
type late struct {
	pods      map[model.Ref]bool
	functions map[model.FunctionKey]*model.Function
	until     time.Time // zero: nothing waits
	wake      func()    // called when it is time
}

func newLate(wake func()) *late {
	return &late{pods: map[model.Ref]bool{}, functions: map[model.FunctionKey]*model.Function{}, wake: wake}
}

func (l *late) due() bool { return !l.until.IsZero() && !time.Now().Before(l.until) }

func (l *late) begin() {
	if l.until.IsZero() {
		l.until = time.Now().Add(patience)
		time.AfterFunc(patience, l.wake)
	}
}

// hold takes what concerns pods out of the changes.
func (l *late) hold(c *snapshot.Changes) {
	c.Objects = slices.DeleteFunc(c.Objects, func(ref model.Ref) bool {
		pod := ref.Group == "" && ref.Kind == "Pod"
		if pod {
			l.pods[ref] = true
			l.begin()
		}
		return pod
	})
}

// keep holds a function of which only the pods are others.
func (l *late) keep(key model.FunctionKey, f *model.Function) {
	l.functions[key] = f
	l.begin()
}

// drop forgets a function of which something newer is known.
func (l *late) drop(key model.FunctionKey) { delete(l.functions, key) }

// release adds everything that waits.
func (l *late) release(c *snapshot.Changes, functions map[model.FunctionKey]*model.Function) {
	for ref := range l.pods {
		c.Objects = append(c.Objects, ref)
	}
	for key, f := range l.functions {
		if _, newer := functions[key]; !newer {
			functions[key] = f
		}
	}
	clear(l.pods)
	clear(l.functions)
	l.until = time.Time{}
}
