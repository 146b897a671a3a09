package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// Make creates an object that is not there: the API refuses one that is.
func (w *Writer) Make(ctx context.Context, ref model.Ref, made map[string]any) error {
	if !w.writes {
		return errors.New(w.Refusal())
	}
	return w.with(ctx, func(c *client) error {
		if w.connector.config.Framework == Fn {
			return makeFn(ctx, c, ref, made)
		}
		return makeWhisk(ctx, c, ref, made)
	})
}

// Remove deletes an object that was read.
func (w *Writer) Remove(ctx context.Context, ref model.Ref, live map[string]any) error {
	if !w.writes {
		return errors.New(w.Refusal())
	}
	return w.with(ctx, func(c *client) error {
		if feedOf(live) != "" {
			return removeFed(ctx, c, ref, live)
		}
		if w.connector.config.Framework != Fn {
			return c.send(ctx, http.MethodDelete, whiskPath(ref), nil, nil)
		}
		id, _ := inside(live, "metadata")["uid"].(string)
		if !usable(id) {
			return errors.New("the object has no id")
		}
		return c.send(ctx, http.MethodDelete, []string{"v2", fnPlurals[ref.Kind], id}, nil, nil)
	})
}

// The kinds of objects, with their plurals.
var (
	fnPlurals    = map[string]string{"App": "apps", "Fn": "fns", "Trigger": "triggers"}
	whiskPlurals = map[string]string{"Action": "actions", "Package": "packages", "Trigger": "triggers", "Rule": "rules"}
)

func whiskPath(ref model.Ref) []string {
	return append([]string{"api", "v1", "namespaces", "_", whiskPlurals[ref.Kind]}, parts(ref)[1:]...)
}

// readWhisk reads what is no action: what a package, trigger or rule was made with.
func readWhisk(ctx context.Context, c *client, ref model.Ref) (map[string]any, error) {
	var o struct {
		Version         string
		Updated         int64
		Publish         bool
		Trigger, Action json.RawMessage
		Annotations     []pair
	}
	if err := c.get(ctx, whiskPath(ref), nil, &o); err != nil {
		return nil, err
	}
	spec := map[string]any{}
	switch ref.Kind {
	case "Package":
		spec["publish"] = o.Publish
	case "Trigger":
		for _, p := range o.Annotations {
			var feed string
			if p.key() == "feed" && json.Unmarshal(p["value"], &feed) == nil && feed != "" {
				spec["feed"] = feed
			}
		}
	case "Rule":
		spec["trigger"], spec["action"] = qualified(o.Trigger), qualified(o.Action)
	}
	return shape(ref, "v1", "", fmt.Sprintf("%s/%d", o.Version, o.Updated), spec, nil), nil
}

// qualified is a full name, which servers write as a text or as path and name.
func qualified(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var o struct{ Path, Name string }
	if json.Unmarshal(raw, &o) != nil || o.Name == "" {
		return ""
	}
	return "/" + o.Path + "/" + o.Name
}

func makeWhisk(ctx context.Context, c *client, ref model.Ref, made map[string]any) error {
	name := parts(ref)
	body := map[string]any{"namespace": "_", "name": name[len(name)-1]}
	spec, data := inside(made, "spec"), inside(made, "data")
	switch {
	case ref.Kind == "Trigger" && feedOf(made) != "":
		return makeFed(ctx, c, ref, made)
	case ref.Kind != "Action":
		maps.Copy(body, spec)
		return c.send(ctx, http.MethodPut, whiskPath(ref), url.Values{"overwrite": {"false"}}, body)
	}
	body["exec"], body["limits"] = execOf(made), spec["limits"]
	annotations := annotationsOf(made)
	all := []pair{}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		p, err := newPair(key, annotations[key])
		if err != nil {
			return fmt.Errorf("write annotation %s: %w", key, err)
		}
		all = append(all, p)
	}
	parameters := []pair{}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		name, ok := strings.CutPrefix(key, "parameters/")
		text, _ := data[key].(string)
		if !ok {
			continue
		}
		p, err := newPair(name, json.RawMessage(text))
		if err != nil {
			return fmt.Errorf("write parameter %s: it is no JSON", name)
		}
		if slices.Contains(initOf(made), any(name)) {
			p["init"] = json.RawMessage("true")
		}
		parameters = append(parameters, p)
	}
	body["annotations"], body["parameters"] = all, parameters
	return c.send(ctx, http.MethodPut, whiskPath(ref), url.Values{"overwrite": {"false"}}, body)
}

// readFnObject reads an app or a trigger.
func readFnObject(ctx context.Context, c *client, ref model.Ref) (map[string]any, error) {
	name := parts(ref)
	app, err := findFn(ctx, c, "apps", name[0], nil)
	if err != nil {
		return nil, err
	}
	if ref.Kind == "App" {
		return shape(ref, "v2", app.ID, app.Updated, map[string]any{}, nil), nil
	}
	if len(name) != 2 {
		return nil, fmt.Errorf("%s is no trigger of an app", ref.Name)
	}
	t, err := findFn(ctx, c, "triggers", name[1], url.Values{"app_id": {app.ID}})
	if err != nil {
		return nil, err
	}
	var f fnFunction
	if usable(t.Fn) {
		if err := c.get(ctx, []string{"v2", "fns", t.Fn}, nil, &f); err != nil {
			return nil, err
		}
	}
	return shape(ref, "v2", t.ID, t.Updated, map[string]any{"type": t.Type, "source": t.Source, "fn": f.Name}, nil), nil
}

func makeFn(ctx context.Context, c *client, ref model.Ref, made map[string]any) error {
	name := parts(ref)
	if ref.Kind == "App" {
		return c.send(ctx, http.MethodPost, []string{"v2", "apps"}, nil, map[string]any{"name": name[0]})
	}
	if len(name) != 2 {
		return fmt.Errorf("%s is of no app", ref.Name)
	}
	app, err := findFn(ctx, c, "apps", name[0], nil)
	if err != nil {
		return err
	}
	spec := inside(made, "spec")
	body := map[string]any{"name": name[1], "app_id": app.ID}
	if ref.Kind == "Trigger" {
		of, _ := spec["fn"].(string)
		f, err := findFn(ctx, c, "fns", of, url.Values{"app_id": {app.ID}})
		if err != nil {
			return err
		}
		body["type"], body["source"], body["fn_id"] = spec["type"], spec["source"], f.ID
		return c.send(ctx, http.MethodPost, []string{"v2", "triggers"}, nil, body)
	}
	body["image"], body["memory"], body["timeout"], body["idle_timeout"] = spec["image"], spec["memory"], spec["timeout"], spec["idleTimeout"]
	config, annotations := map[string]any{}, map[string]any{}
	for k, v := range inside(made, "data") {
		text, _ := v.(string)
		if name, ok := strings.CutPrefix(k, "annotations/"); ok {
			annotations[name] = json.RawMessage(text)
		} else {
			config[strings.TrimPrefix(k, "config/")] = v
		}
	}
	body["config"] = config
	if len(annotations) > 0 {
		body["annotations"] = annotations
	}
	return c.send(ctx, http.MethodPost, []string{"v2", "fns"}, nil, body)
}
