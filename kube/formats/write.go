package formats

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
)

// File is a live function as its framework's own file.
type File struct {
	Name string // as the framework's tool looks for it
	Data []byte
	// Notes say what the function has and the file has no place for, and which values are left out, a line each.
	Notes []string
}

// Write writes a live function as its framework's own file. Object is what declares it, as the API gives it; extra are
// the objects that belong to it: triggers, routes, packages. No value that looks like a credential is in the file: where
// the format knows variables, one stands in its place. Without a format of its own it is an errors.ErrUnsupported.
func Write(f *model.Function, live map[string]any, extra ...map[string]any) (*File, error) {
	w := &writing{}
	o, more := object(live), make([]object, len(extra))
	for i := range extra {
		more[i] = extra[i]
	}
	writer, ok := writers[f.Key.Framework]
	if !ok {
		return nil, fmt.Errorf("%s has no file of its own: %w", f.Key.Framework, errors.ErrUnsupported)
	}
	name, data, err := writer(f, o, more, w)
	if err != nil {
		return nil, err
	}
	return &File{Name: name, Data: data, Notes: w.notes}, nil
}

type writer func(f *model.Function, o object, extra []object, w *writing) (name string, data []byte, err error)

// writers are those of the frameworks, by name.
var writers = map[string]writer{
	"openfaas": func(f *model.Function, o object, _ []object, w *writing) (string, []byte, error) {
		q := ofFaaS(f, o, w)
		return "stack.yml", writeStack(&q, w), nil
	},
	"knative": writeKnative, "kubeless": writeServerless, "fission": writeFission, "nuclio": writeNuclio, "kyma": writeKyma,
	"openwhisk": writeWhisk, "fn": writeFn,
}

// Beside names the objects, besides those of its triggers, that a function's file needs: what it is made of and runs in.
func Beside(f *model.Function, live map[string]any) []model.Ref {
	if f.Key.Framework != "fission" {
		return nil
	}
	var all []model.Ref
	spec := object(live).at("spec")
	for kind, at := range map[string]object{"Environment": spec.at("environment"), "Package": spec.at("package", "packageref")} {
		if name := at.text("name"); name != "" {
			all = append(all, model.Ref{Group: "fission.io", Kind: kind, Namespace: choice(at.text("namespace"), f.Key.Namespace), Name: name})
		}
	}
	slices.SortFunc(all, model.Ref.Compare)
	return all
}

// documents are whole objects, one after the other.
func (w *writing) documents(all ...object) []byte {
	var b bytes.Buffer
	for i, o := range all {
		if i > 0 {
			b.WriteString("---\n")
		}
		b.Write(whole(w.cleaned(o)))
	}
	return b.Bytes()
}

// whole writes an object with its usual fields first.
func whole(o object) []byte {
	out := &fields{}
	for _, key := range []string{"apiVersion", "kind", "metadata"} {
		out.set(key, o[key])
	}
	for _, key := range sortedKeys(o) {
		if key != "apiVersion" && key != "kind" && key != "metadata" {
			out.set(key, o[key])
		}
	}
	return out.yaml()
}

// writing is a file on its way.
type writing struct{ notes []string }

func (w *writing) note(text string) {
	if !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}

// secret reports whether a value is one that must not be written: it looks like a credential, or was hidden before.
func secret(name, value string) bool {
	return strings.Contains(value, "<hidden") || strings.ContainsRune(value, opening) || detect.Value(name, value, nil) != ""
}

// The marks of a variable in what is written, until the file's own way of writing it takes their place.
const (
	opening = '\ue000'
	closing = '\ue001'
)

// value returns a value as it may be written: a mark for a variable where it is secret.
func (w *writing) value(name, value string) string {
	if !secret(name, value) {
		return value
	}
	w.note("the value of " + quoted(name) + " is not in the file: it is taken from the environment when the file is used")
	return string(opening) + variable(name) + string(closing)
}

// variable is a name of an environment variable.
func variable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
}

// plainEnv are the variables of a request as a map of texts.
func (w *writing) plainEnv(q *plan.DeployRequest) map[string]any {
	m := map[string]any{}
	for _, v := range q.Env {
		if v.Secret != "" || v.ConfigMap != "" {
			w.note(quoted(v.Name) + " comes from " + source(v) + ", for which the file has no word: it is left out")
			continue
		}
		m[v.Name] = w.value(v.Name, v.Value)
	}
	return m
}

func source(v plan.Variable) string {
	if v.Secret != "" {
		return "Secret " + quoted(v.Secret)
	}
	return "ConfigMap " + quoted(v.ConfigMap)
}

// env reads variables as Kubernetes has them.
func (w *writing) env(list []any) []plan.Variable {
	var all []plan.Variable
	for _, e := range objects(list) {
		v := plan.Variable{Name: e.text("name"), Value: e.text("value")}
		switch from := e.at("valueFrom"); {
		case from == nil:
		case from["secretKeyRef"] != nil:
			v.Secret, v.Key = from.text("secretKeyRef", "name"), from.text("secretKeyRef", "key")
		case from["configMapKeyRef"] != nil:
			v.ConfigMap, v.Key = from.text("configMapKeyRef", "name"), from.text("configMapKeyRef", "key")
		default:
			w.note(quoted(v.Name) + " is a field of the pod, for which the file has no word: it is left out")
			continue
		}
		all = append(all, v)
	}
	return all
}

// tidy has nothing empty that a file would not say either.
func tidy(q plan.DeployRequest) plan.DeployRequest {
	for _, m := range []*map[string]string{&q.Labels, &q.Annotations, &q.Requests, &q.Limits, &q.Options} {
		if len(*m) == 0 {
			*m = nil
		}
	}
	return q
}

// fields is a mapping in the order in which it is written.
type fields struct {
	keys   []string
	values []any
}

// set adds a field. What is empty is not written.
func (f *fields) set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case map[string]any:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case *fields:
		if len(v.keys) == 0 {
			return
		}
	case *int:
		if v == nil {
			return
		}
		value = *v
	}
	f.keys, f.values = append(f.keys, key), append(f.values, value)
}

func (f *fields) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i, key := range f.keys {
		n.Content = append(n.Content, encoded(key), encoded(f.values[i]))
	}
	return n
}

// encoded is any value of ours as the library has it.
func encoded(v any) *yaml.Node {
	switch v := v.(type) {
	case *fields:
		return v.node()
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, encoded(item))
		}
		return n
	case map[string]any:
		f := &fields{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			f.keys, f.values = append(f.keys, key), append(f.values, v[key])
		}
		return f.node()
	}
	if text, ok := v.(string); ok {
		return textOf(text)
	}
	n := &yaml.Node{}
	if err := n.Encode(v); err != nil { // numbers and switches only
		return textOf(fmt.Sprint(v))
	}
	return n
}

// words are texts that older readers take for something else.
var words = regexp.MustCompile(`(?i)^(?:y|n|yes|no|on|off|[-+]?[0-9][0-9_:.,]*)$`)

// textOf is a text in the plainest form in which all readers find it as it is.
func textOf(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.ToValidUTF8(text, "\ufffd")}
	odd := func(r rune) bool {
		return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff
	}
	switch {
	case words.MatchString(text) || strings.ContainsFunc(text, odd):
		n.Style = yaml.DoubleQuotedStyle
	case !strings.Contains(text, "\n"):
	case strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.Contains(text, " \n"):
		n.Style = yaml.DoubleQuotedStyle
	default:
		n.Style = yaml.LiteralStyle
	}
	return n
}

func (f *fields) yaml() []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if e.Encode(f.node()) != nil || e.Close() != nil {
		return nil // what is encoded is made of plain values
	}
	return b.Bytes()
}

// escaped writes variables as `${NAME}`, and everything else so that expandBraces leaves it as it is.
func (f *fields) escaped() []byte {
	text := strings.NewReplacer(`\`, `\\`, `$`, `$$`, string(opening), `${`, string(closing), `}`).Replace(string(f.yaml()))
	return []byte(text)
}

func anyMap(m map[string]string) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func anyList(l []string) []any {
	out := make([]any, len(l))
	for i := range l {
		out[i] = l[i]
	}
	return out
}

// object is a JSON object from the API. What is not there, or of another type, answers with nothing.
type object map[string]any

func (o object) at(keys ...string) object {
	for _, key := range keys {
		next, _ := o[key].(map[string]any)
		o = next
	}
	return o
}

func (o object) text(keys ...string) string {
	if len(keys) == 0 {
		return ""
	}
	s, _ := o.at(keys[:len(keys)-1]...)[keys[len(keys)-1]].(string)
	return s
}

func (o object) list(key string) []any {
	l, _ := o[key].([]any)
	return l
}

func (o object) pairs(keys ...string) map[string]string {
	var m map[string]string
	for k, v := range o.at(keys...) {
		if m == nil {
			m = map[string]string{}
		}
		switch v := v.(type) {
		case string:
			m[k] = v
		case nil, map[string]any, []any:
		default:
			m[k] = fmt.Sprint(v)
		}
	}
	return m
}

// number is a whole number, and whether it is one.
func (o object) number(key string) (int, bool) {
	switch n := o[key].(type) {
	case int64:
		return int(n), true
	case int:
		return n, true
	case float64:
		return int(n), n == float64(int(n))
	}
	return 0, false
}

func objects(l []any) []object {
	var all []object
	for _, e := range l {
		if m, ok := e.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}
