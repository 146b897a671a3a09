// Package edit makes a change of what an operator writes into the text of an object.
//
// Its one rule: only what he made different is changed. What is hidden in the text stays in the cluster as it is.
package edit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Session is one object that is being edited.
type Session struct {
	Target  inspect.Target
	version string
	was     map[string]any // as the text was first
	text    []byte         // what was written last
	hidden  bool
}

// Refusal says at once why an object cannot be edited; empty: it can.
func Refusal(t inspect.Target) string {
	if t.GroupKind() == frameworks.Secret {
		return "values of Secrets are not edited but rotated: R"
	}
	return ""
}

// Begin reads the object.
func Begin(ctx context.Context, c *client.Client, apis *client.APIs, t inspect.Target) (*Session, error) {
	if why := Refusal(t); why != "" {
		return nil, errors.New(why)
	}
	api, ok := apis.Find(t.GroupKind(), nil)
	if !ok {
		return nil, fmt.Errorf("%s does not serve %s", t.Context, t.GroupKind())
	}
	raw, err := c.Get(ctx, client.Query{API: api, Namespace: t.Namespace}, t.Name)
	if err != nil {
		return nil, err
	}
	var o unstructured.Unstructured
	if err := o.UnmarshalJSON(raw); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.Ref, err)
	}
	o.SetManagedFields(nil)
	annotations := o.GetAnnotations()
	delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	o.SetAnnotations(annotations)
	s := &Session{Target: t, version: api.GVK().GroupVersion().String(), hidden: len(inspect.Hide(o.Object)) > 0}
	if s.text, err = yaml.Marshal(o.Object); err != nil {
		return nil, fmt.Errorf("print %s: %w", t.Ref, err)
	}
	s.was, err = parse(s.text)
	return s, err
}

// parse reads a text, and nothing that stands in it twice.
func parse(text []byte) (map[string]any, error) {
	var o map[string]any
	if err := yaml.UnmarshalStrict(text, &o); err != nil {
		return nil, err
	}
	if len(o) == 0 {
		return nil, errors.New("the text is empty")
	}
	return o, nil
}

// comment begins a line that is no part of the text.
const comment = "#"

// Text is what to edit: what is wrong with it, when something is, above what was written last.
func (s *Session) Text(wrong error) []byte {
	var b bytes.Buffer
	line := func(text string) {
		for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
			b.WriteString(comment + " " + l + "\n")
		}
	}
	if wrong != nil {
		line("This was not taken:")
		line(wrong.Error())
		line("Leave the text as it is to give up.")
	} else {
		line("Edit " + s.Target.Ref.String() + ". The plan is shown before anything is changed.")
		line("Lines that begin with # here are left out. An unchanged or empty text gives up.")
	}
	if s.hidden {
		line("What looks like a credential is hidden, and stays as it is.")
	}
	b.Write(s.text)
	return b.Bytes()
}

// body takes the comments at the beginning away.
func body(text []byte) []byte {
	for bytes.HasPrefix(text, []byte(comment)) {
		_, rest, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return nil
		}
		text = rest
	}
	return text
}

// ErrGivenUp says that nothing was changed.
var ErrGivenUp = errors.New("nothing was changed")

// Take reads what was written. Without a change since the last time it is ErrGivenUp; any other error says what is wrong.
func (s *Session) Take(text []byte) (*change.Request, error) {
	text = body(text)
	if len(bytes.TrimSpace(text)) == 0 || bytes.Equal(text, s.text) {
		return nil, ErrGivenUp
	}
	s.text = text
	now, err := parse(text)
	if err != nil {
		return nil, err
	}
	fields, err := s.differences(now)
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return nil, ErrGivenUp
	}
	e := plan.Edit{Verb: plan.Patch, Object: s.Target.Ref, APIVersion: s.version, Why: "edit", Fields: fields}
	return &change.Request{Action: "edit", Title: "edit " + s.Target.Ref.String(), Wishes: []change.Wish{{Edit: e}}}, nil
}

// editable are the parts of the metadata that can be changed.
var editable = []string{"labels", "annotations", "finalizers", "ownerReferences"}

// differences are the fields that are different now.
func (s *Session) differences(now map[string]any) ([]plan.Field, error) {
	var all []plan.Field
	for _, k := range keys(s.was, now) {
		if reflect.DeepEqual(s.was[k], now[k]) {
			continue
		}
		switch k {
		case "apiVersion", "kind":
			return nil, fmt.Errorf("%s: an edit does not make it another object", k)
		case "status":
			return nil, errors.New("status: it is what controllers report, and not edited")
		case "metadata":
			fields, err := metadata(s.was[k], now[k])
			if err != nil {
				return nil, err
			}
			all = append(all, fields...)
		default:
			all = append(all, plan.Differences(strings.TrimPrefix(plan.Keyed("", k), "."), s.was[k], now[k])...)
		}
	}
	for i := range all {
		if inspect.Hides(all[i].Value) {
			return nil, fmt.Errorf("%s: it holds a value that is hidden, which would overwrite the real one: change the fields around it, or rotate it", all[i].Path)
		}
	}
	return all, nil
}

func metadata(was, now any) ([]plan.Field, error) {
	w, _ := was.(map[string]any)
	n, ok := now.(map[string]any)
	if !ok {
		return nil, errors.New("metadata: it is missing")
	}
	var all []plan.Field
	for _, k := range keys(w, n) {
		if reflect.DeepEqual(w[k], n[k]) {
			continue
		}
		if !slices.Contains(editable, k) {
			return nil, fmt.Errorf("metadata.%s: it cannot be edited", k)
		}
		all = append(all, plan.Differences("metadata."+k, w[k], n[k])...)
	}
	return all, nil
}

func keys(a, b map[string]any) []string {
	all := slices.Collect(maps.Keys(a))
	for k := range b {
		if _, ok := a[k]; !ok {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}

// For says which functions the change is about.
func For(r *change.Request, ids []model.FunctionID) {
	for i := range r.Wishes {
		r.Wishes[i].Functions = ids
	}
}
