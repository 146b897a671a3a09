package workshop

import (
	"context"
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Settings are the values that a function keeps itself, because its framework hands it no Secrets.
type Settings = func(f *model.Function, objects plan.Objects) plan.Settings

func (s *Shop) settings(f *model.Function, objects plan.Objects) plan.Settings {
	return frameworks.Settings(s.o.Adapters, f, objects)
}

// Keeps reports whether what is rotated is no Secret, but a function that keeps values itself.
func Keeps(ref model.Ref) bool { return ref.Kind != "Secret" || ref.Group != "" }

// KeptOf asks a planner, of which Reader is filled in, what it would take to give new values to a function that keeps them
// itself. No value is read for it. It takes time.
func KeptOf(ctx context.Context, facts Asker, p rotate.Planner, ref model.Ref, o rotate.Options) (*Outlook, error) {
	var kept plan.Settings
	var r *rotate.Rotation
	var planned error
	err := facts.Ask(ctx, p.Context, func(reader *snapshot.Reader) {
		p.Reader = reader
		all := reader.Functions(ref.Namespace)
		i := slices.IndexFunc(all, func(f *model.Function) bool { return f.Record == ref })
		if i < 0 {
			planned = &rotate.RefusedError{Secret: ref, Why: "the function does not exist any more"}
			return
		}
		kept = p.Kept(all[i])
		r, planned = p.Function(all[i], o)
	})
	if err != nil {
		return nil, fmt.Errorf("ask %s about %s: %w", p.Context, ref, err)
	}
	names := slices.Compact(slices.Sorted(slices.Values(kept.Names)))
	return outlook(ref, &rotate.Stored{Ref: ref, Keys: names}, nil, r, planned)
}

// Unkept says why no value of a function can be given anew; empty: its Secrets, or what it keeps itself, may be looked for.
func (s *Shop) Unkept(f *model.Function) string {
	if slices.ContainsFunc(f.References, func(r model.Reference) bool { return r.Kind == "Secret" }) {
		return ""
	}
	return frameworks.NoSettings(s.o.Adapters, f)
}
