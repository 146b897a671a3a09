package frameworks

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fn9s/fn9s/kube/plan"
)

// Seconds is the timeout in whole seconds, or the standard.
func (b *Blueprint) Seconds(standard int64) int64 {
	t := b.Request.Timeout
	if t == 0 {
		return standard
	}
	s := int64(t.Seconds())
	if s < 1 || float64(s) != t.Seconds() {
		b.Problem("timeout", "%s is no whole number of seconds", t)
	}
	return s
}

var (
	cronField   = regexp.MustCompile(`^[0-9A-Za-z*/,?#-]+$`)
	httpMethods = []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect,
		http.MethodOptions, http.MethodTrace,
	}
)

func (b *Blueprint) checkTriggers() {
	if _, told := b.offer.Without["trigger"]; told {
		return
	}
	names := map[string]bool{}
	for i := range b.Request.Triggers {
		t := &b.Request.Triggers[i]
		if !slices.Contains(b.offer.Triggers, t.Type) {
			b.Problem("trigger", "%s", orElse(b.offer.Without[t.Type], fmt.Sprintf("%q is none of: %s", t.Type, strings.Join(b.offer.Triggers, " "))))
			continue
		}
		if t.Name != "" && names[t.Name] {
			b.Problem("trigger", "there are two of the name %s", t.Name)
		}
		names[t.Name] = true
		switch t.Type {
		case "http":
			b.checkRoute(t)
		case "cron":
			if !Schedule(t.Schedule) {
				b.Problem("trigger", "schedule %q: five fields such as \"0 6 * * 1\", or @hourly, @every 5m", t.Schedule)
			}
		case "queue":
			if t.Topic == "" {
				b.Problem("trigger", "a queue has a topic")
			}
			if t.Broker == "" {
				b.Problem("trigger", "topic %q: say from which broker", t.Topic)
			}
		}
	}
}

func (b *Blueprint) checkRoute(t *plan.Trigger) {
	if t.Path != "" && (!strings.HasPrefix(t.Path, "/") || strings.ContainsFunc(t.Path, unicode.IsSpace)) {
		b.Problem("trigger", "path %q: it begins with / and has no spaces", t.Path)
	}
	if t.Host != "" && t.Host != "*" {
		b.Object("trigger", strings.TrimPrefix(t.Host, "*."))
	}
	for _, m := range t.Methods {
		if !slices.Contains(httpMethods, m) {
			b.Problem("trigger", "%q is no method of HTTP", m)
		}
	}
}

// Schedule reports whether a text is a schedule: five fields, six with seconds, or a word such as @hourly.
func Schedule(text string) bool {
	if strings.HasPrefix(text, "@") {
		word, rest, _ := strings.Cut(text, " ")
		switch word {
		case "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly":
			return rest == ""
		}
		return word == "@every" && rest != ""
	}
	fields := strings.Fields(text)
	for _, f := range fields {
		if !cronField.MatchString(f) {
			return false
		}
	}
	return len(fields) == 5 || len(fields) == 6
}

// TriggerNames are the names of the triggers; those without one get the function's, with a number where that is taken.
func (b *Blueprint) TriggerNames() []string {
	all := make([]string, len(b.Request.Triggers))
	for i := range all {
		all[i] = b.Request.Triggers[i].Name
	}
	for i := range all {
		name := b.Request.Name
		for n := 2; all[i] == ""; n++ {
			if !slices.Contains(all, name) {
				all[i] = name
			}
			name = fmt.Sprintf("%s-%d", b.Request.Name, n)
		}
	}
	return all
}

// TriggerOptions reports options of a trigger that are none of these.
func (b *Blueprint) TriggerOptions(t *plan.Trigger, known ...string) {
	for _, k := range slices.Sorted(maps.Keys(t.Options)) {
		if !slices.ContainsFunc(known, func(o string) bool {
			return o == k || strings.HasSuffix(o, ".") && strings.HasPrefix(k, o) && len(k) > len(o)
		}) {
			b.Problem("trigger", "a trigger of type %s has no option %s; it has: %s", t.Type, k, strings.Join(known, " "))
		}
	}
}

// TriggerNumber is an option of a trigger as a number.
func (b *Blueprint) TriggerNumber(t *plan.Trigger, key string, standard int64) int64 {
	text, ok := t.Options[key]
	if !ok {
		return standard
	}
	return b.number("trigger", text, 0)
}

// Single is the only file of the code, when there is one.
func Single(c *plan.Code) (name string, text []byte, ok bool) {
	if c == nil || len(c.Files) != 1 {
		return "", nil, false
	}
	for name, text = range c.Files {
		ok = true
	}
	return name, text, ok
}

// Archive reports whether a file is a zip archive, as jar files are.
func Archive(content []byte) bool {
	return strings.HasPrefix(string(content[:min(len(content), 4)]), "PK\x03\x04")
}

// Textual reports whether a file is text, which inline code must be.
func Textual(content []byte) bool {
	return utf8.Valid(content) && !strings.ContainsRune(string(content), 0)
}

// Envs are variables as containers have them.
func Envs(all []plan.Variable) []any {
	out := make([]any, 0, len(all))
	for i := range all {
		v := &all[i]
		e := map[string]any{"name": v.Name}
		switch {
		case v.Secret != "":
			e["valueFrom"] = map[string]any{"secretKeyRef": map[string]any{"name": v.Secret, "key": v.Key}}
		case v.ConfigMap != "":
			e["valueFrom"] = map[string]any{"configMapKeyRef": map[string]any{"name": v.ConfigMap, "key": v.Key}}
		default:
			e["value"] = v.Value
		}
		out = append(out, e)
	}
	return out
}

// Resources are requests and limits as containers have them.
func Resources(r *plan.DeployRequest) map[string]any {
	out := map[string]any{}
	if len(r.Requests) > 0 {
		out["requests"] = TextMap(r.Requests)
	}
	if len(r.Limits) > 0 {
		out["limits"] = TextMap(r.Limits)
	}
	return out
}

// TextMap is a map of texts as JSON has it.
func TextMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// ListOf is a list of texts as JSON has it.
func ListOf(all []string) []any {
	out := make([]any, len(all))
	for i := range all {
		out[i] = all[i]
	}
	return out
}

// Metadata are labels and annotations as an object has them.
func Metadata(r *plan.DeployRequest) map[string]any {
	m := map[string]any{}
	if len(r.Labels) > 0 {
		m["labels"] = TextMap(r.Labels)
	}
	if len(r.Annotations) > 0 {
		m["annotations"] = TextMap(r.Annotations)
	}
	return m
}
