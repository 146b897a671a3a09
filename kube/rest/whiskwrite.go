package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// pair is an annotation or parameter of OpenWhisk. What else a server keeps of it is sent back as it came.
type pair map[string]json.RawMessage

func (p pair) key() string {
	var key string
	_ = json.Unmarshal(p["key"], &key) // without one it has no name
	return key
}

func newPair(key string, value any) (pair, error) {
	k, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	v, err := json.Marshal(value)
	return pair{"key": k, "value": v}, err
}

// whiskFunction is what is read of an action to change it.
type whiskFunction struct {
	Version     string
	Updated     int64
	Annotations []pair
	Parameters  []pair
	Limits      map[string]any
	Exec        struct {
		Kind, Main, Image, Code string
		Binary                  bool
		Components              []string
	}
}

// guard is the annotation that says what callers of a web action must send.
const guard = "require-whisk-auth"

func actionPath(ref model.Ref) []string {
	return append([]string{"api", "v1", "namespaces", "_", "actions"}, parts(ref)[1:]...)
}

func fetchAction(ctx context.Context, c *client, ref model.Ref) (*whiskFunction, error) {
	var f whiskFunction
	return &f, c.get(ctx, actionPath(ref), url.Values{"code": {"false"}}, &f)
}

func readAction(ctx context.Context, c *client, ref model.Ref) (map[string]any, error) {
	var whole whiskFunction
	f := &whole
	err := c.get(ctx, actionPath(ref), nil, f)
	if errors.Is(err, errTooLarge) { // the code, which nothing here changes
		f, err = fetchAction(ctx, c, ref)
	}
	if err != nil {
		return nil, err
	}
	annotations, data := map[string]any{}, map[string]any{}
	for _, p := range f.Annotations {
		var value any
		if json.Unmarshal(p["value"], &value) != nil {
			continue
		}
		if _, open := value.(bool); p.key() == guard && !open {
			data["annotations/"+guard] = asText(p["value"], value)
			continue
		}
		annotations[p.key()] = value
	}
	var init []string
	for _, p := range f.Parameters {
		data["parameters/"+p.key()] = string(p["value"])
		if string(p["init"]) == "true" {
			init = append(init, p.key())
		}
	}
	if f.Exec.Code != "" {
		data["code"] = f.Exec.Code
	}
	state := f.Version + "/" + strconv.FormatInt(f.Updated, 10)
	spec := map[string]any{"annotations": annotations, "limits": f.Limits, "exec": f.runs()}
	if slices.Sort(init); len(init) > 0 {
		spec["init"] = init // the parameters that are variables of the action
	}
	return shape(ref, "v1", "", state, spec, data), nil
}

// runs says what runs, without the code.
func (f *whiskFunction) runs() map[string]any {
	exec := map[string]any{"kind": f.Exec.Kind}
	for key, value := range map[string]string{"main": f.Exec.Main, "image": f.Exec.Image} {
		if value != "" {
			exec[key] = value
		}
	}
	switch {
	case len(f.Exec.Components) > 0:
		exec["components"] = f.Exec.Components
	case f.Exec.Code != "":
		exec["binary"] = f.Exec.Binary
	}
	return exec
}

// asText is a text as it is, and anything else as JSON.
func asText(raw json.RawMessage, value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return string(raw)
}

// annotationsOf are all annotations of an object, the secret one too.
func annotationsOf(o map[string]any) map[string]any {
	all := maps.Clone(inside(o, "spec", "annotations"))
	if all == nil {
		all = map[string]any{}
	}
	if value, ok := inside(o, "data")["annotations/"+guard]; ok {
		all[guard] = value
	}
	return all
}

// writeAction updates an action: annotations and limits are merged by the server, parameters are sent whole, and what runs
// stays where it is left out, and is another one as a whole where it is not.
func writeAction(ctx context.Context, c *client, ref model.Ref, was, now map[string]any) error {
	body := map[string]any{}
	old, wanted := annotationsOf(was), annotationsOf(now)
	var set []pair
	var gone []string
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if before, ok := old[key]; ok && fmt.Sprint(before) == fmt.Sprint(wanted[key]) {
			continue
		}
		p, err := newPair(key, wanted[key])
		if err != nil {
			return fmt.Errorf("write annotation %s: %w", key, err)
		}
		set = append(set, p)
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, ok := wanted[key]; !ok {
			gone = append(gone, key)
		}
	}
	if len(set) > 0 {
		body["annotations"] = set
	}
	if len(gone) > 0 {
		body["delAnnotations"] = gone
	}
	if limits := differing(inside(was, "spec", "limits"), inside(now, "spec", "limits")); len(limits) > 0 {
		body["limits"] = limits
	}
	if before, exec := execOf(was), execOf(now); !reflect.DeepEqual(before, exec) {
		if kind := before["kind"]; before["code"] == nil && kind != "blackbox" && kind != "sequence" {
			return errors.New("the code that it has is too large to be kept: update it with `wsk action update`")
		}
		body["exec"] = exec
	}
	parameters, changed, err := parametersOf(ctx, c, ref, was, now)
	if err != nil {
		return err
	}
	if changed {
		body["parameters"] = parameters
	}
	return c.put(ctx, actionPath(ref), url.Values{"overwrite": {"true"}}, body)
}

// execOf is what runs, with the code.
func execOf(o map[string]any) map[string]any {
	exec := maps.Clone(inside(o, "spec", "exec"))
	if code, ok := inside(o, "data")["code"]; ok && exec != nil {
		exec["code"] = code
	}
	return exec
}

// parametersOf are the parameters as they are to be, in the order in which the server has them.
func parametersOf(ctx context.Context, c *client, ref model.Ref, before, after map[string]any) (all []pair, changed bool, err error) {
	const prefix = "parameters/"
	was, now := inside(before, "data"), inside(after, "data")
	changed = fmt.Sprint(initOf(before)) != fmt.Sprint(initOf(after))
	for _, set := range []map[string]any{was, now} {
		for k := range set {
			changed = changed || strings.HasPrefix(k, prefix) && was[k] != now[k]
		}
	}
	if !changed {
		return nil, false, nil
	}
	f, err := fetchAction(ctx, c, ref)
	if err != nil {
		return nil, false, err
	}
	all = []pair{}
	left := map[string]bool{}
	for k := range now {
		if name, ok := strings.CutPrefix(k, prefix); ok {
			left[name] = true
		}
	}
	take := func(p pair, name string) {
		text, _ := now[prefix+name].(string)
		if text != was[prefix+name] {
			p["value"] = json.RawMessage(text)
		}
		if slices.Contains(initOf(after), any(name)) {
			p["init"] = json.RawMessage("true")
		} else if string(p["init"]) == "true" {
			delete(p, "init")
		}
		all = append(all, p)
		delete(left, name)
	}
	for _, p := range f.Parameters {
		if left[p.key()] {
			take(p, p.key())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		p, err := newPair(name, nil)
		if err != nil {
			return nil, false, fmt.Errorf("write parameter %s: %w", name, err)
		}
		take(p, name)
	}
	return all, true, nil
}

// initOf names the parameters that are variables of the action, as with `wsk action create --env`.
func initOf(o map[string]any) []any {
	all, _ := inside(o, "spec")["init"].([]any)
	return all
}
