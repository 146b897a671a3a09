// Package compare holds an object against what was last applied, else against the revision before it.
//
// Its one rule: what looks like a credential is hidden on both sides, and of a Secret nothing is compared.
package compare

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/lifecycle"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Sides are two texts to hold against each other.
type Sides struct {
	Left, Right   string // what they are
	Before, After string // YAML
	Notes         []string
}

// Reader compares. It is safe for concurrent use.
type Reader struct {
	Adapters []frameworks.Framework
	// Source is where the objects of a context are read, or why they cannot be.
	Source func(context string) (lifecycle.Source, error)
	// Function finds a function, nil where there is none.
	Function func(id model.FunctionID) *model.Function
}

// Compare holds an object against what was last applied. Where that is not known it is the revision before the newest that it is
// held against: of the function, where the object is one of its own, else of the workload that it is. It takes time.
func (r *Reader) Compare(ctx context.Context, t inspect.Target, id model.FunctionID) (*Sides, error) {
	if t.GroupKind() == frameworks.Secret {
		return nil, fmt.Errorf("the values of %s are not read, so there is nothing to compare", t.Ref)
	}
	source, err := r.Source(t.Context)
	if err != nil {
		return nil, err
	}
	live := lifecycle.NewReader(ctx, source, nil)
	object := live.Object(t.Ref)
	if err := unread(live, t.Ref, object); err != nil {
		return nil, err
	}
	if text := plan.Text(object, plan.Keyed("metadata.annotations", lastApplied)); text != "" {
		return applied(text, object)
	}
	earlier, now := r.former(live, t.Ref, id)
	if live.Err() != nil {
		return nil, live.Err()
	}
	if earlier.Object == nil {
		why := "it was not applied by kubectl apply, and no revision before it is kept"
		if d := live.Denied(); len(d) > 0 {
			why += " that may be read: " + strings.Join(d, ", ") + " may not"
		}
		return nil, fmt.Errorf("there is nothing to compare %s with: %s", t.Ref, why)
	}
	s := &Sides{Left: earlier.Name, Right: now.Name, Notes: []string{"it was not applied by kubectl apply: this is what the last rollout changed"}}
	return s, s.fill(earlier.Object, now.Object)
}

func unread(live *lifecycle.Reader, ref model.Ref, object map[string]any) error {
	switch {
	case live.Err() != nil:
		return live.Err()
	case len(live.Denied()) > 0:
		return fmt.Errorf("%s may not be read", ref)
	case object == nil:
		return fmt.Errorf("%s is not there any more", ref)
	}
	return nil
}

// former finds the revision before the newest, and the newest.
func (r *Reader) former(live plan.Live, ref model.Ref, id model.FunctionID) (earlier, now frameworks.State) {
	if f := r.Function(id); f != nil && (f.Object == ref || isOf(f, ref)) {
		return frameworks.Former(r.Adapters, f, live)
	}
	switch ref.GroupKind() {
	case frameworks.Deployment, frameworks.StatefulSet, frameworks.DaemonSet:
		return frameworks.FormerOf(live, ref)
	}
	return frameworks.State{}, frameworks.State{}
}

func isOf(f *model.Function, ref model.Ref) bool {
	for _, w := range frameworks.RunWorkloads(f) {
		if w == ref {
			return true
		}
	}
	return false
}

// applied holds a live object against the text of its annotation.
func applied(text string, object map[string]any) (*Sides, error) {
	var before map[string]any
	if err := utiljson.Unmarshal([]byte(text), &before); err != nil {
		return nil, fmt.Errorf("read what was last applied: its annotation holds no JSON: %w", err)
	}
	before, _ = without(before).(map[string]any)
	delete(before, "status")
	after := reduced(before, object)
	// It was applied in the version that it names, and the server gives it in the one that it prefers.
	if before["apiVersion"] != nil && sameGroup(before["apiVersion"], after["apiVersion"]) {
		after["apiVersion"] = before["apiVersion"]
	}
	s := &Sides{Left: "last applied", Right: "live",
		Notes: []string{"what nobody wrote, as defaults and status, is left out"}}
	return s, s.fill(before, after)
}

func sameGroup(a, b any) bool {
	group := func(v any) string {
		text, _ := v.(string)
		gv, _ := schema.ParseGroupVersion(text)
		return gv.Group
	}
	return group(a) == group(b)
}

// fill writes both sides without what looks like a credential.
func (s *Sides) fill(before, after map[string]any) error {
	bare, _ := frameworks.Copied(before).(map[string]any)
	other, _ := frameworks.Copied(after).(map[string]any)
	inspect.Hide(bare)
	inspect.Hide(other)
	if n := covered(frameworks.Copied(before), frameworks.Copied(after), bare, other); n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d hidden %s different too", n, map[bool]string{true: "value is", false: "values are"}[n == 1]))
	}
	var err error
	if s.Before, err = printed(bare); err != nil {
		return err
	}
	s.After, err = printed(other)
	return err
}

func printed(o map[string]any) (string, error) {
	raw, err := yaml.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("print what is compared: %w", err)
	}
	return string(raw), nil
}

// covered counts the values that differ, and look the same once they are hidden.
func covered(a, b, hiddenA, hiddenB any) int {
	ma, ok := hiddenA.(map[string]any)
	if mb, both := hiddenB.(map[string]any); ok && both {
		ra, _ := a.(map[string]any)
		rb, _ := b.(map[string]any)
		n := 0
		for k := range ma {
			if _, ok := mb[k]; ok {
				n += covered(ra[k], rb[k], ma[k], mb[k])
			}
		}
		return n
	}
	la, ok := hiddenA.([]any)
	if lb, both := hiddenB.([]any); ok && both {
		ra, _ := a.([]any)
		rb, _ := b.([]any)
		n := 0
		for i := range min(len(la), len(lb), len(ra), len(rb)) {
			n += covered(ra[i], rb[i], la[i], lb[i])
		}
		return n
	}
	if reflect.DeepEqual(hiddenA, hiddenB) && !reflect.DeepEqual(a, b) && inspect.Hides(hiddenA) {
		return 1
	}
	return 0
}

// Title says in a few words what is held against what.
func (s *Sides) Title() string {
	return cmp.Or(s.Left, "before") + " against " + cmp.Or(s.Right, "after")
}
