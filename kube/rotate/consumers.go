package rotate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
)

// Taking is how a consumer comes to the new value.
type Taking string

// The ways. Kept says that it does not by itself: Why says what would do it.
const (
	Restarted Taking = "is restarted by this plan"
	Partly    Taking = "is restarted by this plan in part"
	Pointed   Taking = "is pointed to the new Secret, and restarts with that"
	Itself    Taking = "is restarted by its framework"
	Follows   Taking = "sees it within a minute or so"
	NextStart Taking = "takes it at its next start"
	Untouched Taking = "uses other keys only"
	Kept      Taking = "keeps the old value"
)

// Consumer is a function or a workload that uses a Secret.
type Consumer struct {
	// ID is that of the function; of other workloads it is what the plain framework would call them.
	ID       model.FunctionID
	Function bool
	Name     string
	Object   model.Ref // what declares the function; the workload
	Ways     []string  // env, file …
	Takes    Taking
	Why      string // of Takes, in words; mostly empty
	Steps    []model.Ref
}

// String is one line about the consumer, without its namespace: `function cart (env): is restarted by this plan`.
func (c *Consumer) String() string {
	text := c.Label()
	if len(c.Ways) > 0 {
		text += " (" + strings.Join(c.Ways, ", ") + ")"
	}
	text += ": " + string(c.Takes)
	if c.Why != "" {
		text += ": " + c.Why
	}
	return text
}

// consumers finds who uses the Secret, and what each needs to get the new value.
func (p *Planner) consumers(r *Rotation, i *secrets.Item, o Options) {
	if i == nil {
		r.Notes = append(r.Notes, "Secrets of the namespace may not be listed: who uses it is known from functions that may be read only")
		return
	}
	for k := range i.Usage {
		u := &i.Usage[k]
		c, f := p.consumer(u)
		uses := slices.DeleteFunc(slices.Clone(p.uses(i.Ref, u)), func(use secrets.Use) bool {
			return use.Key != "" && len(r.Keys) > 0 && !slices.Contains(r.Keys, use.Key)
		})
		for j := range uses {
			if way := uses[j].Way.String(); !slices.Contains(c.Ways, way) {
				c.Ways = append(c.Ways, way)
			}
		}
		c.Takes, c.Why = takes(f, i.Ref, uses)
		if c.Takes == Restarted || c.Takes == Follows && o.RestartAll {
			c.Takes, c.Why = Restarted, ""
			r.restart(p, c, f, o)
		}
		r.Consumers = append(r.Consumers, *c)
	}
}

// uses are the places where a user names a Secret.
func (p *Planner) uses(secret model.Ref, u *secrets.Usage) []secrets.Use {
	if u.Function.Name != "" {
		return u.At
	}
	return slices.DeleteFunc(secrets.WorkloadUses(p.Reader, u.Object), func(use secrets.Use) bool { return use.Secret != secret })
}

func (p *Planner) consumer(u *secrets.Usage) (*Consumer, *model.Function) {
	c := &Consumer{Name: u.Name, Object: u.Object, ID: model.FunctionID{Context: p.Context, FunctionKey: u.Function}}
	if u.Function.Name == "" {
		c.ID.FunctionKey = model.FunctionKey{
			Framework: "plain", Group: u.Object.Group, Kind: u.Object.Kind, Namespace: u.Object.Namespace, Name: u.Object.Name,
		}
		return c, nil
	}
	c.Function = true
	return c, p.Reader.Function(u.Function)
}

// takes says how the new value gets to a consumer: the way that takes most.
func takes(f *model.Function, secret model.Ref, uses []secrets.Use) (Taking, string) {
	if len(uses) == 0 {
		return Untouched, ""
	}
	if f != nil && f.Key.Framework == "fission" && declares(f, secret) {
		return Itself, "its executor watches the Secrets that a Function names"
	}
	var best Taking
	why := ""
	for i := range uses {
		take, reason := takesBy(f, &uses[i])
		if best == "" || rank(take) > rank(best) {
			best, why = take, reason
		}
	}
	return best, why
}

func rank(t Taking) int { return slices.Index([]Taking{NextStart, Follows, Restarted}, t) }

func takesBy(f *model.Function, u *secrets.Use) (Taking, string) {
	switch u.Way {
	case secrets.File:
		return Follows, "whether the process reads the file again is not known"
	case secrets.Pull:
		return NextStart, "with the next image that is pulled"
	case secrets.Trigger:
		return NextStart, "when what its trigger runs is made anew"
	case secrets.Build:
		return NextStart, "with its next build"
	case secrets.Handed:
		if f != nil && f.Key.Framework == "openfaas" && u.Container == "" {
			return Follows, "whether the process reads the file again is not known"
		}
	}
	return Restarted, ""
}

// declares reports whether the function's own object names the Secret.
func declares(f *model.Function, secret model.Ref) bool {
	return slices.ContainsFunc(f.References, func(ref model.Reference) bool {
		return ref.Origin.Ref == f.Object && refers(f, &ref, secret)
	})
}

func refers(f *model.Function, ref *model.Reference, secret model.Ref) bool {
	namespace := cmp.Or(ref.Namespace, ref.Origin.Namespace, f.Key.Namespace)
	return ref.Kind == secret.Kind && ref.Name == secret.Name && namespace == secret.Namespace
}

// restart adds what replaces the pods of a consumer, or says why nothing does.
func (r *Rotation) restart(p *Planner, c *Consumer, f *model.Function, o Options) {
	if o.NoRestart {
		c.Takes, c.Why = Kept, "until it is restarted"
		return
	}
	var a plan.Answer
	switch kind := c.Object.Kind; {
	case f != nil:
		a = p.Restart(f)
	case kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet":
		a.Effect = plan.Rollout
		a.Edits = []plan.Edit{frameworks.Mark(c.Object, "", "spec.template.metadata.annotations", frameworks.RestartedAt, o.At)}
	case kind == "CronJob":
		a.None = "a CronJob starts new pods by itself"
	default:
		c.Takes, c.Why = Kept, "until it is deleted and made again"
		return
	}
	if len(a.Edits) == 0 {
		c.Takes, c.Why = NextStart, a.None
		return
	}
	if c.Why = a.Lost; a.Left != "" {
		c.Takes, c.Why = Partly, a.Left
	}
	if slices.ContainsFunc(a.Edits, func(e plan.Edit) bool { return e.Verb == plan.Delete }) {
		c.Why = "its pods are deleted, and new ones made; after an undo it must be restarted again"
	}
	r.take(c, a)
}

// take adds the edits that bring the new value to a consumer.
func (r *Rotation) take(c *Consumer, a plan.Answer) {
	for _, e := range a.Edits {
		c.Steps = append(c.Steps, e.Object)
		r.Wishes = append(r.Wishes, change.Wish{Edit: e, Functions: []model.FunctionID{c.ID}, Effect: a.Effect})
	}
}

// Stale is a consumer that does not have the new value, although its Secret has.
type Stale struct {
	Secret   model.Ref
	Consumer Consumer
	Why      string
	Remedy   string // the command that brings the new value; empty: none does
}

// Inconsistent says which consumers were to get the new value with the change and did not.
func Inconsistent(result *change.Result, all []*Rotation) []Stale {
	outcome := map[model.Ref]*change.StepResult{}
	for i := range result.Steps {
		outcome[result.Steps[i].Step.Ref] = &result.Steps[i]
	}
	var stale []Stale
	for _, r := range all {
		if s := outcome[r.target()]; s == nil || !s.Outcome.May() {
			continue // it has the old value, as they do
		}
		for _, c := range r.Consumers {
			for _, ref := range c.Steps {
				if s := outcome[ref]; s != nil && s.Outcome != journal.Applied {
					one := Stale{Secret: r.Secret, Consumer: c, Why: cmp.Or(s.Reason, "its step was not begun")}
					if c.Takes != Pointed {
						one.Remedy = c.restarting()
					}
					stale = append(stale, one)
					break
				}
			}
		}
	}
	return stale
}
