package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Told is what a connector will tell of an object once it is written so, without values: the way back from what a Writer
// reads. before is what it tells now, nil for an object that is not there: what the server adds by itself stays.
func Told(ref model.Ref, o, before map[string]any) (map[string]any, error) {
	out := maps.Clone(before)
	if out == nil {
		out = map[string]any{}
	}
	name := parts(ref)
	out["name"] = name[len(name)-1]
	switch ref.Group {
	case frameworks.FnGroup:
		tellFn(ref, o, out)
	case frameworks.WhiskGroup:
		out["namespace"] = strings.Join(name[:len(name)-1], "/")
		if err := tellWhisk(ref, o, out); err != nil {
			return nil, fmt.Errorf("foresee %s: %w", ref, err)
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("foresee %s: %w", ref, err)
	}
	if ref.Group == frameworks.WhiskGroup {
		clean, ok := parseWhiskFull(raw)
		if !ok {
			return nil, fmt.Errorf("foresee %s: what it says is more than a connector reads", ref)
		}
		raw = clean.json
	}
	var told map[string]any
	if err := json.Unmarshal(raw, &told); err != nil {
		return nil, fmt.Errorf("foresee %s: %w", ref, err)
	}
	told["apiVersion"], told["kind"] = o["apiVersion"], ref.Kind
	told["metadata"] = map[string]any{"namespace": ref.Namespace, "name": ref.Name}
	return told, nil
}

// tellFn writes the fields of an app, a function or a trigger.
func tellFn(ref model.Ref, o, out map[string]any) {
	if ref.Kind == "App" {
		return
	}
	for field, value := range inside(o, "spec") {
		if field == "idleTimeout" {
			field = "idle_timeout"
		}
		if ref.Kind == "Fn" || field != "fn" { // a trigger is told with the id of its function
			out[field] = value
		}
	}
	config, annotations := map[string]any{}, map[string]any{}
	for k, v := range inside(out, "annotations") {
		if strings.HasPrefix(k, fnOwn) {
			annotations[k] = v
		}
	}
	for k, v := range inside(o, "data") {
		text, _ := v.(string)
		if name, ok := strings.CutPrefix(k, "annotations/"); ok {
			annotations[name] = json.RawMessage(text)
		} else {
			config[strings.TrimPrefix(k, "config/")] = text
		}
	}
	if ref.Kind == "Fn" {
		out["config"], out["annotations"] = config, annotations
	}
}

// tellWhisk writes the fields of an action, a package, a trigger or a rule.
func tellWhisk(ref model.Ref, o, out map[string]any) error {
	spec := inside(o, "spec")
	switch ref.Kind {
	case "Package":
		out["publish"] = spec["publish"]
	case "Rule":
		if out["status"] == nil {
			out["status"] = "active"
		}
		for _, end := range []string{"trigger", "action"} {
			full, _ := spec[end].(string)
			full = strings.TrimPrefix(full, "/")
			at := strings.LastIndexByte(full, '/')
			if at < 0 {
				return fmt.Errorf("%q is no full name", full)
			}
			out[end] = map[string]any{"path": full[:at], "name": full[at+1:]}
		}
	case "Action":
		exec := maps.Clone(inside(spec, "exec"))
		if was := inside(out, "exec"); exec["binary"] == nil && was["kind"] == exec["kind"] && was["binary"] != nil {
			exec["binary"] = was["binary"] // not read of code that is too large
		}
		out["exec"], out["limits"] = exec, spec["limits"]
		var annotations []pair
		all := annotationsOf(o)
		for _, key := range slices.Sorted(maps.Keys(all)) {
			p, err := newPair(key, all[key])
			if err != nil {
				return fmt.Errorf("annotation %s: %w", key, err)
			}
			annotations = append(annotations, p)
		}
		parameters, err := toldParameters(o, out)
		if err != nil {
			return err
		}
		out["annotations"], out["parameters"] = annotations, parameters
	}
	return nil
}

// toldParameters are the parameters with their values, in the order that they have. Of one that a server keeps encrypted
// that is told still.
func toldParameters(o, before map[string]any) ([]pair, error) {
	const prefix = "parameters/"
	data := inside(o, "data")
	had := map[string]map[string]any{}
	var names []string
	list, _ := before["parameters"].([]any)
	for _, e := range list {
		was, _ := e.(map[string]any)
		if name, _ := was["key"].(string); data[prefix+name] != nil {
			had[name], names = was, append(names, name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if name, ok := strings.CutPrefix(key, prefix); ok && had[name] == nil {
			names = append(names, name)
		}
	}
	all := make([]pair, len(names))
	for i, name := range names {
		text, _ := data[prefix+name].(string)
		p, err := newPair(name, json.RawMessage(text))
		if err != nil {
			return nil, fmt.Errorf("parameter %s: it is no JSON", name)
		}
		if encryption := had[name]["encryption"]; encryption != nil {
			if p["encryption"], err = json.Marshal(encryption); err != nil {
				return nil, fmt.Errorf("parameter %s: %w", name, err)
			}
		}
		all[i] = p
	}
	return all, nil
}
