// Package rotate answers what it takes to give a Secret a new value: the edits of the Secret or of what makes it, and for
// everything that uses it, how the new value gets there.
//
// Its one rule: it never holds a value that is in a cluster. New ones are made, or handed over, when the plan is carried out.
package rotate

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Stored is what is known of a Secret in the cluster besides its values.
type Stored struct {
	Ref                 model.Ref
	Type                string
	Keys                []string // sorted
	Immutable           bool
	Labels, Annotations map[string]string
	Owners              []model.Ref       // in the namespace of the Secret
	Certificate         *x509.Certificate // in tls.crt; nil when there is none
}

// Cluster reads single objects. Secret never returns values.
type Cluster interface {
	// Secret returns nil where there is none.
	Secret(ctx context.Context, ref model.Ref) (*Stored, error)
	// Object returns an object other than a Secret as it is, nil where there is none.
	Object(ctx context.Context, ref model.Ref) (map[string]any, error)
}

// Planner plans rotations in one cluster.
type Planner struct {
	Reader  *snapshot.Reader
	Cluster Cluster
	Context string // of the cluster, for the ids of functions
	// Restart says how all pods of a function are replaced.
	Restart func(f *model.Function) plan.Answer
	// Point completes the edit by which a function's own object names another Secret. direct are the same edits of its
	// workloads, for frameworks whose object is not read any more. Nil: the edit is complete.
	Point func(f *model.Function, objects plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit
	// Settings are the values that a function itself keeps. Nil: none does.
	Settings func(f *model.Function, objects plan.Objects) plan.Settings
}

// Options are what the operator chose for one Secret.
type Options struct {
	// Keys are the keys that get new values; without them all with All, else the one that is a credential.
	Keys []string
	All  bool
	// Recipe makes the values; empty: they are given. See credential.Parse.
	Recipe string
	// NoRestart leaves the pods alone that read the value at their start only.
	NoRestart bool
	// RestartAll replaces pods too that see new files by themselves: not every process reads them again.
	RestartAll bool
	// Made says that whoever asks makes random values by itself, and hands them over like values that are given.
	Made bool
	At   time.Time
}

// Rotation is what it takes to rotate one Secret.
type Rotation struct {
	Secret model.Ref
	Keys   []string // that get new values
	Recipe credential.Recipe
	Given  bool // somebody has to give the values, or what they are made from
	Lines  bool // the values have several lines: they cannot be typed
	// Private and Public are the keys of the halves of a pair.
	Private, Public string
	Certificate     *x509.Certificate // that a new one is to be like
	Successor       model.Ref         // the Secret that takes the place of one that cannot be changed
	Source          model.Ref         // the object that gets the new values from outside
	Wishes          []change.Wish
	Consumers       []Consumer
	Notes           []string

	below string // what stands before a key in the data of what holds it
}

// RefusedError says why a Secret is not rotated here, and what does it instead.
type RefusedError struct {
	Secret model.Ref
	Why    string
}

func (e *RefusedError) Error() string {
	return holder(e.Secret) + " is not rotated: " + e.Why
}

const (
	// rotatedAt is the annotation that notes when a Secret got its values.
	rotatedAt   = "posture.fn9s.io/rotated-at"
	lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
)

// Secret plans the rotation of one Secret. Its steps are one unit: a Secret without its users, or the other way round,
// would leave some with the old value.
func (p *Planner) Secret(ctx context.Context, ref model.Ref, o Options) (*Rotation, error) {
	r, err := p.secret(ctx, ref, o)
	if err != nil {
		return nil, err
	}
	for i := range r.Wishes {
		r.Wishes[i].Unit = "rotate " + ref.String()
	}
	return r, nil
}

func (p *Planner) secret(ctx context.Context, ref model.Ref, o Options) (*Rotation, error) {
	item := p.Item(ref)
	s, err := p.Cluster.Secret(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read Secret %s/%s: %w", ref.Namespace, ref.Name, err)
	}
	if s == nil {
		return nil, p.absent(ref)
	}
	if why := refusal(s, item); why != "" {
		return nil, &RefusedError{ref, why}
	}
	r := &Rotation{Secret: ref, Lines: whole[s.Type] != nil && s.Type != "kubernetes.io/basic-auth" || strings.HasPrefix(s.Type, "kubernetes.io/dockerc")}
	if item != nil && item.Maker.Kind == "ExternalSecret" {
		return r, p.forceSync(ctx, r, item, o)
	}
	if item != nil && item.Deployed {
		r.Notes = append(r.Notes, item.By+" deploys it: the next deployment may bring the old value back")
	}
	if r.Recipe, err = recipeOf(o); err != nil {
		return nil, err
	}
	if err := r.choose(s, p.used(item), o); err != nil {
		return nil, err
	}
	if why := r.unsuited(s, o); why != "" {
		return nil, &RefusedError{ref, why}
	}
	r.giving(o)
	r.remark(s, item)
	if s.Immutable {
		return r, p.succeed(ctx, r, s, item, o)
	}
	p.consumers(r, item, o)
	r.Wishes = slices.Insert(r.Wishes, 0, change.Wish{
		Effect: plan.AtOnce, Functions: r.users(),
		Edit: plan.Edit{
			Verb: plan.Patch, Object: ref, APIVersion: "v1", Why: r.why(), Needs: r.needs(o.Recipe), Asks: r.asks(),
			Fields: []plan.Field{{Path: plan.Keyed("metadata.annotations", rotatedAt), Value: o.At.UTC().Format(time.RFC3339)}},
		},
	})
	return r, nil
}

func recipeOf(o Options) (credential.Recipe, error) {
	if o.Recipe == "" {
		return credential.Recipe{}, nil
	}
	return credential.Parse(o.Recipe)
}

// giving says whether somebody has to give the values.
func (r *Rotation) giving(o Options) {
	if r.Given = o.Recipe == "" || r.Recipe.Kind == credential.Htpasswd; !r.Given {
		r.Given = o.Made && r.Recipe.Random()
		r.Notes = append(r.Notes, "what checks the generated value must get it too")
	}
}

// Item is what is known of a Secret besides; nil where Secrets may not be listed. It must not be changed.
func (p *Planner) Item(ref model.Ref) *secrets.Item {
	all := secrets.InventoryOf.Get(p.Reader, ref.Namespace)
	for i := range all.Items {
		if all.Items[i].Ref == ref {
			return &all.Items[i]
		}
	}
	return nil
}

// absent says why there is nothing to rotate.
func (p *Planner) absent(ref model.Ref) error {
	for _, i := range secrets.InventoryOf.Get(p.Reader, ref.Namespace).Items {
		if i.Ref.Kind != ref.Kind && i.Ref.Name == ref.Name {
			return &RefusedError{ref, fromStore(i.Ref)}
		}
	}
	return &RefusedError{ref, "there is no such Secret"}
}

func (r *Rotation) why() string { return "new value for " + strings.Join(r.Keys, ", ") }

// asks is what must be agreed to: who trusts the issuer of a certificate does not trust one that signs itself.
func (r *Rotation) asks() string {
	c := r.Certificate
	if c == nil || bytes.Equal(c.RawIssuer, c.RawSubject) {
		return ""
	}
	return "the present certificate is signed by " + c.Issuer.String() + ", and the new one signs itself"
}

// remark notes what the operator should know of a Secret besides.
func (r *Rotation) remark(s *Stored, i *secrets.Item) {
	if r.Certificate != nil && slices.Contains(s.Keys, "ca.crt") {
		r.Notes = append(r.Notes, "ca.crt stays as it is")
	}
	switch {
	case i == nil:
	case i.Status == secrets.Named:
		r.Notes = append(r.Notes, "no workload uses it, but other objects name it, as an Ingress may: whether they take the new value is not known")
	case i.Status == secrets.Unused, i.Status == secrets.Doubtful:
		r.Notes = append(r.Notes, "nothing is known to use it")
	}
}

// needs are the values of the chosen keys.
func (r *Rotation) needs(recipe string) []plan.Need {
	if r.Given && r.Recipe.Random() {
		recipe = ""
	}
	var all []plan.Need
	for _, key := range r.Keys {
		all = append(all, plan.Need{Path: plan.Keyed("data", r.below+key), Generate: recipe})
	}
	return all
}

// users are the functions that the new value concerns: their steps follow that of the Secret.
func (r *Rotation) users() []model.FunctionID {
	var all []model.FunctionID
	for i := range r.Consumers {
		if c := &r.Consumers[i]; c.Takes != Untouched && !slices.Contains(all, c.ID) {
			all = append(all, c.ID)
		}
	}
	return all
}

// Request puts rotations into one request: all Secrets first, then all that restarts.
func Request(all []*Rotation) change.Request {
	q := change.Request{Action: "rotate", Title: "rotate " + Title(all)}
	for _, first := range []bool{true, false} {
		for _, r := range all {
			for i := range r.Wishes {
				if w := &r.Wishes[i]; (w.Object.Kind == "Secret" && w.Object.Group == "") == first {
					q.Wishes = append(q.Wishes, *w)
				}
			}
		}
	}
	return q
}

// Title names what is rotated.
func Title(all []*Rotation) string {
	if len(all) == 1 {
		return all[0].Holder()
	}
	return fmt.Sprintf("%d Secrets", len(all))
}
