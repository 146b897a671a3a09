package policies

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/guards"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// Detail tells all functions of one policy.
type Detail struct {
	*reading.Text
	target screen.Target
}

// NewDetail makes the screen of a policy, by the place that the list opens.
func NewDetail(env *screen.Env, place screen.Place) *Detail {
	d := &Detail{target: place.Target}
	title := strings.TrimSpace(place.Target.Kind + " " + place.Target.Name)
	d.Text = reading.New(env, cmp.Or(title, "no policy in "+place.Resource), func(ctx context.Context) (string, error) {
		var out string
		err := env.Facts.Ask(ctx, place.Context, func(r *snapshot.Reader) {
			out = detail(r, place.Resource, guards.Sort(place.Filter), place.Target.Ref)
		})
		return out, err
	})
	return d
}

// Inspect is the policy.
func (d *Detail) Inspect() (screen.Target, string) {
	if d.target.Name == "" {
		return d.target, "there is no policy to look at"
	}
	return d.target, ""
}

func detail(r *snapshot.Reader, namespace string, sort guards.Sort, ref model.Ref) string {
	g := guards.Of.Get(r, namespace)
	at := slices.IndexFunc(g.Policies, func(p guards.Policy) bool { return p.Ref == ref && p.Sort == sort })
	if at < 0 {
		return "It is not there any more.\n"
	}
	p := &g.Policies[at]
	var b strings.Builder
	if ref.Name != "" {
		fmt.Fprintf(&b, "%-10s %s\n", "Policy", ref)
	}
	fmt.Fprintf(&b, "%-10s %s\n%-10s %s\n%-10s %s\n", "About", p.Sort, "Namespace", p.Namespace, "Does", p.Does)
	part := func(title string, keys []model.FunctionKey) {
		if len(keys) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s (%d)\n", title, len(keys))
		for _, k := range keys {
			fmt.Fprintf(&b, "  %-12s %s\n", k.Framework, k.Name)
		}
	}
	if ref.Name == "" {
		part("Selected by no network policy", p.Selected)
		return b.String()
	}
	effective := slices.DeleteFunc(slices.Clone(p.Selected), func(k model.FunctionKey) bool { return slices.Contains(p.Idle, k) })
	part("Selects", effective)
	part("Selects, without effect: not in the mesh", p.Idle)
	part("May select, which cannot be told", p.Unsure)
	part("Misses", p.Missed)
	if len(p.Selected)+len(p.Missed)+len(p.Unsure) == 0 {
		b.WriteString("\nNo function with pods is in the namespace.\n")
	}
	return b.String()
}
