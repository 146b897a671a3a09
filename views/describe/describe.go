// Package describe shows an object in the words of kubectl describe.
//
// Its one rule: it adds nothing of its own to what the describer says, but for the sentence that says why a function is not
// ready.
package describe

import (
	"context"
	"strings"

	"github.com/fn9s/fn9s/kube/readiness"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// sentenceWidth is how wide the sentence is: as narrow as the narrowest screen, so that all of it is seen.
const sentenceWidth = 76

// Screen describes one object.
type Screen struct {
	*reading.Text
	target screen.Target
}

// New makes the screen of an object. With the id of a function whose object it is, it says why that is not ready.
func New(env *screen.Env, target screen.Target, id model.FunctionID) *Screen {
	s := &Screen{target: target}
	s.Text = reading.New(env, "describe "+target.Kind+" "+target.Name, func(ctx context.Context) (string, error) {
		said, err := env.Objects.Describe(ctx, target)
		if err != nil {
			return "", err
		}
		if reason := why(ctx, env, target, id); reason != "" {
			said = strings.Join(text.Wrap(text.Clean(reason)+".", sentenceWidth), "\n") + "\n\n" + said
		}
		return said, nil
	})
	return s
}

// why is the sentence; empty where there is nothing to say. Without the right to read events it is shorter.
func why(ctx context.Context, env *screen.Env, target screen.Target, id model.FunctionID) string {
	row := env.Boards.Board().Row(id)
	if row == nil {
		return ""
	}
	if of, _ := screen.ObjectOf(row); of != target || row.Why == "" && row.Function.Reason == "" {
		return ""
	}
	events, _ := env.Objects.Events(ctx, screen.ObjectsOf(row))
	return readiness.Why(row.Function, func(ref model.Ref) model.Object {
		return env.Objects.Record(screen.Target{Context: id.Context, Ref: ref})
	}, events, env.Now())
}

// Target is the object that is described.
func (s *Screen) Target() screen.Target { return s.target }
