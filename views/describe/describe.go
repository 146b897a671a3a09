// Package describe shows an object in the words of kubectl describe.
//
// Its one rule: it adds nothing of its own to what the describer says.
package describe

import (
	"context"

	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen describes one object.
type Screen struct {
	*reading.Text
	target screen.Target
}

// New makes the screen of an object.
func New(env *screen.Env, target screen.Target) *Screen {
	s := &Screen{target: target}
	s.Text = reading.New(env, "describe "+target.Kind+" "+target.Name, func(ctx context.Context) (string, error) {
		return env.Objects.Describe(ctx, target)
	})
	return s
}

// Target is the object that is described.
func (s *Screen) Target() screen.Target { return s.target }
