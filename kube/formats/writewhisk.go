package formats

import (
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// writeWhisk writes an action as a manifest of wskdeploy. Values of parameters are not in it: the environment has them.
func writeWhisk(f *model.Function, o object, _ []object, w *writing) (string, []byte, error) {
	namespace, rest, _ := strings.Cut(f.Key.Name, "/")
	pack, name, packaged := strings.Cut(rest, "/")
	if !packaged {
		pack, name = "default", rest
	}
	spec := o.at("spec")
	body, content := &fields{}, &fields{}
	notes := map[string]any{}
	for key, v := range spec.at("annotations") {
		notes[key] = v
	}
	web, raw := notes["web-export"] == true, notes["raw-http"] == true
	for _, key := range []string{"web-export", "raw-http", "exec", "provide-api-key"} {
		delete(notes, key)
	}
	if web && notes["final"] == true {
		delete(notes, "final") // what `web` makes
	}
	if f.Runtime == "sequence" || f.Source.Kind == "sequence" {
		body.set("actions", strings.TrimSuffix(f.Source.Detail, ", "))
	} else {
		whiskSource(f, body, w)
	}
	switch {
	case raw:
		body.set("web", "raw")
	case web:
		body.set("web", "yes")
	}
	body.set("limits", whiskLimits(spec.at("limits")))
	inputs := map[string]any{}
	for _, key := range sortedKeys(o.at("data")) {
		if p, ok := strings.CutPrefix(key, "parameters/"); ok {
			inputs[p] = w.value(p, "<hidden>")
		}
		if p, ok := strings.CutPrefix(key, "annotations/"); ok {
			notes[p] = w.value(p, "<hidden>")
		}
	}
	body.set("inputs", inputs)
	body.set("annotations", notes)
	actions, packages, all := &fields{}, &fields{}, &fields{}
	actions.set(name, body)
	part := "actions"
	if f.Source.Kind == "sequence" {
		part = "sequences"
	}
	content.set(part, actions)
	whiskTriggers(f, name, content, w)
	packages.set(pack, content)
	all.set("packages", packages)
	w.note("the namespace " + quoted(namespace) + " is that of the credentials: it is not in the file")
	text := strings.NewReplacer(string(opening), "${", string(closing), "}").Replace(string(all.yaml()))
	return "manifest.yaml", []byte(text), nil
}

func whiskSource(f *model.Function, body *fields, w *writing) {
	switch f.Source.Kind {
	case "image":
		body.set("docker", f.Image)
	default:
		body.set("runtime", f.Runtime)
		body.set("function", strings.ReplaceAll(f.Key.Name[strings.LastIndex(f.Key.Name, "/")+1:], " ", "-")+ending(f))
		w.note("the code is not in the file: get it with `wsk action get --save`, and put it beside the file")
	}
	if f.Handler != "main" {
		body.set("main", f.Handler)
	}
}

// ending is that of the file in which the code would lie.
func ending(f *model.Function) string {
	if f.Source.Kind == "archive" {
		return ".zip"
	}
	if all := endingsOf(f.Runtime); len(all) > 0 {
		return all[0]
	}
	return ".txt"
}

func whiskLimits(limits object) *fields {
	out := &fields{}
	for _, key := range [][2]string{{"timeout", "timeout"}, {"memory", "memorySize"}, {"logs", "logSize"}, {"concurrency", "concurrency"}} {
		if n, ok := limits.number(key[0]); ok && (key[0] != "concurrency" || n > 1) {
			out.set(key[1], n)
		}
	}
	return out
}

// whiskTriggers are those that rules tie to the action. What feeds are told is in no list, but for the schedule.
func whiskTriggers(f *model.Function, name string, content *fields, w *writing) {
	triggers, rules := &fields{}, &fields{}
	for _, t := range f.Triggers {
		if t.Origin.Kind != "Rule" {
			continue
		}
		_, short, _ := strings.Cut(t.Name, "/")
		rule := t.Origin.Name[strings.LastIndex(t.Origin.Name, "/")+1:]
		one := &fields{}
		switch t.Type {
		case model.Cron:
			one.set("feed", "/whisk.system/alarms/alarm")
			one.set("inputs", map[string]any{"cron": t.Detail})
		default:
			w.note("what the feed of trigger " + quoted(short) + " is told is not in the file")
			one.keys, one.values = append(one.keys, "inputs"), append(one.values, map[string]any{})
		}
		triggers.set(short, one)
		tie := &fields{}
		tie.set("trigger", short)
		tie.set("action", name)
		rules.set(rule, tie)
	}
	content.set("triggers", triggers)
	content.set("rules", rules)
}
