package secrets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// Detail tells all that is known of one Secret.
type Detail struct {
	*reading.Text
	target screen.Target
}

// NewDetail makes the screen of a Secret.
func NewDetail(env *screen.Env, target screen.Target) *Detail {
	d := &Detail{target: target}
	d.Text = reading.New(env, target.Kind+" "+target.Name, func(ctx context.Context) (string, error) {
		var out string
		err := env.Facts.Ask(ctx, target.Context, func(r *snapshot.Reader) { out = detail(r, target.Ref, env.Now()) })
		return out, err
	})
	return d
}

// Secrets is the Secret.
func (d *Detail) Secrets() ([]screen.Target, string) { return []screen.Target{d.target}, "" }

// Inspect is the Secret.
func (d *Detail) Inspect() (screen.Target, string) { return d.target, "" }

func detail(r *snapshot.Reader, ref model.Ref, now time.Time) string {
	v := secrets.InventoryOf.Get(r, ref.Namespace)
	at := slices.IndexFunc(v.Items, func(i secrets.Item) bool { return i.Ref == ref })
	if at < 0 {
		return ref.String() + "\n\nIt is not there any more, and nothing names it.\n"
	}
	i := &v.Items[at]
	var b strings.Builder
	facts(&b, i, now)
	users(&b, i)
	if i.Status != secrets.Absent && i.Type != "" {
		readers(&b, r, ref)
	}
	b.WriteString("\nValues are not read.\n")
	return b.String()
}

func facts(b *strings.Builder, i *secrets.Item, now time.Time) {
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "%-11s %s\n", name, value)
		}
	}
	field(i.Ref.Kind, i.Ref.Namespace+"/"+i.Ref.Name)
	state := string(i.Status)
	if i.Why != "" {
		state += ": " + i.Why
	}
	field("State", state)
	field("Type", i.Type)
	if i.Type != "" {
		field("Keys", strconv.Itoa(i.Keys))
	}
	provider := string(i.Provider)
	if i.By != "" {
		provider += ", by " + i.By
	}
	field("Provider", provider)
	if !i.Created.IsZero() {
		field("Created", i.Created.UTC().Format(time.DateTime)+" ("+text.Age(now.Sub(i.Created))+" ago)")
	}
	w := i.Written
	switch {
	case w.At.IsZero() || !w.Recorded:
		if i.Type != "" {
			field("Rotated", "not known: no write of its data is recorded")
		}
	case w.Sure:
		field("Rotated", text.Age(now.Sub(w.At))+" ago; the limit is "+text.Age(i.Limit))
	default:
		field("Rotated", text.Age(now.Sub(w.At))+" ago or longer; the limit is "+text.Age(i.Limit))
	}
}

func users(b *strings.Builder, i *secrets.Item) {
	fmt.Fprintf(b, "\nUsed by %d\n", len(i.Usage))
	if len(i.Usage) == 0 {
		b.WriteString("  nothing that can be seen\n")
	}
	for k := range i.Usage {
		u := &i.Usage[k]
		line := "  " + u.User.String()
		if u.Exposed {
			line += " (can be called from outside the cluster)"
		}
		b.WriteString(line + "\n")
		if len(u.At) == 0 && u.Pull {
			b.WriteString("    pull     to pull images\n")
		}
		for n := range u.At {
			use := &u.At[n]
			where := short(use.At.Object) + " " + use.At.Path
			if use.Key != "" {
				where = "key " + use.Key + ", " + where
			}
			fmt.Fprintf(b, "    %-8s %s\n", use.Way, where)
		}
	}
}

func readers(b *strings.Builder, r *snapshot.Reader, ref model.Ref) {
	able, missing := rbac.SecretReaders(r, ref.Namespace, ref.Name)
	fmt.Fprintf(b, "\nMay be read by %d, through get, list or watch\n", len(able))
	for i := range able {
		fmt.Fprintf(b, "  %s\n", able[i].Holder)
		for _, v := range able[i].Via {
			if v.Binding.Kind == "" {
				b.WriteString("    whatever the roles say\n")
				continue
			}
			fmt.Fprintf(b, "    %s, %s\n", short(v.Binding), short(v.Role))
		}
	}
	for _, m := range missing {
		fmt.Fprintf(b, "  ? there may be more: %s\n", m)
	}
	b.WriteString("\nWho may start or enter pods of the namespace gets at it too: `:who-can create pods`.\n")
}

// short names an object without its group.
func short(ref model.Ref) string {
	ref.Group = ""
	return ref.String()
}
