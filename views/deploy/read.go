package deploy

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// reader reads texts of fields, and collects what cannot be read.
type reader struct {
	form     *form
	problems []plan.Problem
}

func (r *reader) wrong(id, text string) {
	r.problems = append(r.problems, plan.Problem{Field: id, Text: text})
}

func (r *reader) number(id string) *int {
	v := r.form.values[id]
	if v == "" {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		r.wrong(id, "write a number: 0, 1, 20")
		return nil
	}
	return &n
}

func (r *reader) port() int {
	n := r.number(portID)
	switch {
	case n == nil:
		return 0
	case *n < 1 || *n > 65535:
		r.wrong(portID, "a port is a number from 1 to 65535")
		return 0
	}
	return *n
}

func (r *reader) duration(id string) time.Duration {
	v := r.form.values[id]
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		r.wrong(id, "write a time with its unit: 30s, 5m")
		return 0
	}
	return d
}

// words are those of a command line; with a bracket at the beginning they are read as JSON.
func (r *reader) words(id string) []string {
	v := strings.TrimSpace(r.form.values[id])
	if !strings.HasPrefix(v, "[") {
		return strings.Fields(v)
	}
	var all []string
	if json.Unmarshal([]byte(v), &all) != nil {
		r.wrong(id, `write words, or a list as JSON: ["sh", "-c", "run it"]`)
	}
	return all
}

// words writes a command line so that reader.words reads it again.
func words(all []string) string {
	if !slices.ContainsFunc(all, func(w string) bool { return w == "" || strings.ContainsAny(w, " \t\n\"") || strings.HasPrefix(w, "[") }) {
		return strings.Join(all, " ")
	}
	text, err := json.Marshal(all)
	if err != nil {
		return ""
	}
	return string(text)
}

// pairs reads `NAME=VALUE,NAME=VALUE`. What was not touched stays as it came: values may have commas.
func (r *reader) pairs(id string, came map[string]string) map[string]string {
	if len(came) > 0 && pairs(came) == r.form.values[id] {
		return came
	}
	all := map[string]string{}
	for _, p := range list(r.form.values[id]) {
		k, v, ok := strings.Cut(p, "=")
		if k = strings.TrimSpace(k); !ok || k == "" {
			r.wrong(id, "write NAME=VALUE, several with commas between them")
			continue
		}
		all[k] = strings.TrimSpace(v)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func pairs(all map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		parts = append(parts, k+"="+all[k])
	}
	return strings.Join(parts, ",")
}

func list(s string) []string {
	var all []string
	for _, p := range strings.Split(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

func quantities(values map[string]string, suffix string) map[string]string {
	var all map[string]string
	for _, key := range []string{"cpu", "memory"} {
		if v := strings.TrimSpace(values[key+suffix]); v != "" {
			if all == nil {
				all = map[string]string{}
			}
			all[key] = v
		}
	}
	return all
}

// How values come from elsewhere.
const (
	fromSecret = "secret:"
	fromConfig = "config:"
)

// variable reads `NAME=VALUE`, `NAME=secret:SECRET/KEY` and `NAME=config:MAP/KEY`.
func (r *reader) variable(id string) []plan.Variable {
	text := r.form.values[id]
	if strings.TrimSpace(text) == "" {
		return nil
	}
	name, value, ok := strings.Cut(text, "=")
	v := plan.Variable{Name: strings.TrimSpace(name)}
	from, isSecret := strings.CutPrefix(value, fromSecret)
	if !isSecret {
		from, _ = strings.CutPrefix(value, fromConfig)
	}
	object, key, keyed := strings.Cut(from, "/")
	switch elsewhere := from != value; {
	case !ok || v.Name == "":
		r.wrong(id, "write NAME=value, NAME=secret:SECRET/KEY or NAME=config:MAP/KEY")
		return nil
	case !elsewhere:
		v.Value = value
	case !keyed || object == "" || key == "":
		r.wrong(id, "say which key of it: "+v.Name+"="+strings.TrimSuffix(value, from)+"NAME/KEY")
		return nil
	case isSecret:
		v.Secret, v.Key = object, key
	default:
		v.ConfigMap, v.Key = object, key
	}
	return []plan.Variable{v}
}

func variableText(v *plan.Variable) string {
	switch {
	case v.Secret != "":
		return v.Name + "=" + fromSecret + v.Secret + "/" + v.Key
	case v.ConfigMap != "":
		return v.Name + "=" + fromConfig + v.ConfigMap + "/" + v.Key
	}
	return v.Name + "=" + v.Value
}

// mount reads `SECRET`, `SECRET:/path` and `config:MAP:/path`.
func (r *reader) mount(id string) []plan.Mount {
	text := strings.TrimSpace(r.form.values[id])
	if text == "" {
		return nil
	}
	var m plan.Mount
	rest, isMap := strings.CutPrefix(text, fromConfig)
	rest = strings.TrimPrefix(rest, fromSecret)
	name, path, pathed := strings.Cut(rest, ":")
	if m.Path = path; isMap {
		m.ConfigMap = name
	} else {
		m.Secret = name
	}
	if name == "" || pathed && !strings.HasPrefix(path, "/") {
		r.wrong(id, "write SECRET, SECRET:/path or config:NAME:/path")
		return nil
	}
	return []plan.Mount{m}
}

func mountText(m *plan.Mount) string {
	text := m.Secret
	if m.ConfigMap != "" {
		text = fromConfig + m.ConfigMap
	}
	if m.Path != "" {
		text += ":" + m.Path
	}
	return text
}
