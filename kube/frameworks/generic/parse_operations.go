package generic

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/security/model"
)

func (r *entryReader) endpoint(m *mapping) {
	e := endpointRule{line: m.node.Line}
	r.place = r.at(m, atFunction)
	e.place = r.place
	if n := m.need("service"); n != nil {
		if s := r.mapping(n, "an endpoint's service"); s != nil {
			e.name = r.value(s.need("name"), "service.name")
			e.port = r.value(s.get("port"), "service.port")
			s.done()
		}
	}
	e.namespace = r.value(m.get("namespace"), "endpoint.namespace")
	e.host = r.value(m.get("host"), "endpoint.host")
	e.path = r.value(m.get("path"), "endpoint.path")
	e.through = r.value(m.get("through"), "endpoint.through")
	e.exposure = r.value(m.get("exposure"), "endpoint.exposure")
	e.tls = r.value(m.get("tls"), "endpoint.tls")
	e.authenticate = r.value(m.get("auth"), "endpoint.auth")
	r.fixedWords(e.through, m.values["through"], "endpoint.through", func(s string) bool {
		ns, name, ok := strings.Cut(s, "/")
		return ok && ns != "" && name != "" && !strings.Contains(name, "/")
	}, "a Service as namespace/name")
	r.fixedWords(e.exposure, m.values["exposure"], "endpoint.exposure", func(s string) bool {
		return slices.Contains(exposures, s)
	}, strings.Join(exposures, " "))
	m.done()
	r.e.endpoints = append(r.e.endpoints, e)
}

var exposures = []string{"none", "namespace", "cluster", "node", "private", "internet"}

// fixedWords checks the fixed texts of a value; those that are read of objects are checked when they are read.
func (r *entryReader) fixedWords(v Value, n *yaml.Node, what string, ok func(string) bool, looks string) {
	for _, t := range v.terms {
		if t.isText && !ok(t.literal) {
			r.failf(n, "%s cannot be %s: %s", what, short(t.literal), looks)
		}
	}
}

func (r *entryReader) reference(m *mapping) {
	c := referenceRule{line: m.node.Line}
	r.place = r.at(m, atFunction)
	c.place = r.place
	c.kind = r.matching(m.need("kind"), "reference.kind", kindText.MatchString, "a kind such as Secret")
	var end func()
	c.each, end = r.repeat(m)
	defer end()
	c.name = r.value(m.need("name"), "reference.name")
	c.key = r.value(m.get("key"), "reference.key")
	c.how = model.How(r.word(m.need("how"), "reference.how", "env", "file", "pull", "trigger", "build"))
	m.done()
	r.e.references = append(r.e.references, c)
}

// operations reads the keys that say how the function is operated and changed. Their values are not kept with the
// objects, but for those of calls: they are read when they are needed.
func (r *entryReader) operations(m *mapping) {
	r.place = atFunction
	if n := m.get("logs"); n != nil {
		if l := r.mapping(n, "logs"); l != nil {
			r.e.logs = r.texts(l.need("containers"), "logs.containers")
			l.done()
		}
	}
	if n := m.get("metrics"); n != nil {
		r.metricQueries(n)
	}
	if n := m.get("invoke"); n != nil {
		r.invocation(n)
	}
	if n := m.get("fixes"); n != nil {
		r.fixes(n)
	}
	r.e.restart = r.fixList(m.get("restart"), "restart")
	r.e.pause = r.fixList(m.get("pause"), "pause")
	r.e.resume = r.fixList(m.get("resume"), "resume")
	if n := m.get("delete"); n != nil {
		r.deletion(n)
	}
	if n := m.get("deploy"); n != nil {
		r.deploy(n)
	}
}

func (r *entryReader) metricQueries(n *yaml.Node) {
	keys, values := r.textMap(n, "metrics")
	for _, k := range keys {
		if !slices.Contains([]string{"invocations", "errors", "latency", "replicas"}, k) {
			r.failf(n, "metrics has no key %s; it has: errors invocations latency replicas", short(k))
		}
	}
	r.e.metrics = values
}

func (r *entryReader) invocation(n *yaml.Node) {
	m := r.mapping(n, "invoke")
	if m == nil {
		return
	}
	keep := r.keep
	r.keep = true
	defer func() { r.keep = keep }()
	i := &invokeRule{method: http.MethodPost, headers: map[string]Value{}, line: n.Line}
	i.service = r.value(m.get("service"), "invoke.service")
	i.port = r.value(m.get("port"), "invoke.port")
	i.path = r.value(m.get("path"), "invoke.path")
	if s := r.word(m.get("method"), "invoke.method", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"); s != "" {
		i.method = s
	}
	if h := m.get("headers"); h != nil {
		if headers := r.mapping(h, "invoke.headers"); headers != nil {
			for _, k := range headers.keys {
				if !headerText.MatchString(k.Value) {
					r.failf(k, "invoke.headers: %s is no header's name", short(k.Value))
				}
				i.headers[k.Value] = r.value(headers.values[k.Value], "invoke.headers."+k.Value)
			}
		}
	}
	if i.service.IsZero() && !i.port.IsZero() {
		r.failf(m.get("port"), "invoke.port needs the key service")
	}
	m.done()
	r.e.invoke = i
}

var headerText = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)

func (r *entryReader) fixes(n *yaml.Node) {
	m := r.mapping(n, "fixes")
	if m == nil {
		return
	}
	r.e.fixes = make(map[string][]Fix, len(m.keys))
	for _, k := range m.keys {
		if !isIntent(k.Value) {
			r.failf(k, "fixes: there is no intent %s", short(k.Value))
			continue
		}
		r.e.fixes[k.Value] = r.fixList(m.values[k.Value], k.Value)
	}
}

// fixList reads a fix, or a list of which the first that applies counts.
func (r *entryReader) fixList(n *yaml.Node, key string) []Fix {
	if n == nil {
		return nil
	}
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = r.elements(n, key)
		if len(nodes) == 0 {
			r.failf(n, "%s is an empty list", key)
		}
	}
	var all []Fix
	for _, f := range nodes {
		if m := r.mapping(f, key); m != nil {
			all = append(all, r.fix(m, key))
		}
	}
	return all
}

func (r *entryReader) fix(m *mapping, key string) Fix {
	f := Fix{File: r.file, Line: m.node.Line, Column: m.node.Column, merge: "set", survives: "yes"}
	if f.None = r.text(m.get("none"), key+".none"); m.has("none") {
		if len(m.keys) > 1 {
			r.failf(m.node, "%s: none stands alone", key)
		}
		return f
	}
	r.place = r.at(m, atFunction)
	f.at = r.place
	r.write = true
	if key == "min-max" {
		f.low = r.path(m.need("min"), key+".min", f.at)
		f.high = r.path(m.need("max"), key+".max", f.at)
	} else {
		f.path = r.path(m.need("path"), key+".path", f.at)
	}
	r.write = false
	for _, u := range []*use{f.path, f.low, f.high} {
		if u != nil && (!u.path.Single() || len(u.path.segments) == 0) {
			r.failf(m.node, "%s: %s: a fix writes one field: no [*]", key, u.path)
		}
	}
	if v := m.raw("value"); v != nil {
		f.hasValue = true
		f.value = r.plain(v, key+".value", 0)
	}
	r.choice(m, "merge", &f.merge, "set", "merge", "append")
	r.choice(m, "survives", &f.survives, "yes", "until-rollout", "no")
	r.choice(m, "effect", &f.effect, "none", "rollout", "new-revision", "next-run")
	f.requires = r.conditions(m.get("requires"), key+".requires")
	f.note = r.text(m.get("note"), key+".note")
	m.done()
	r.place = atFunction
	return f
}

// choice reads a word; without one the standard stays.
func (r *entryReader) choice(m *mapping, key string, to *string, words ...string) {
	if s := r.word(m.get(key), m.what+"."+key, words...); s != "" {
		*to = s
	}
}

func (r *entryReader) deletion(n *yaml.Node) {
	m := r.mapping(n, "delete")
	if m == nil {
		return
	}
	d := &deletion{none: r.text(m.get("none"), "delete.none"), note: r.text(m.get("note"), "delete.note")}
	for _, e := range r.elements(m.get("with"), "delete.with") {
		if k := r.matching(e, "delete.with", kindText.MatchString, "a kind such as Service"); k != "" {
			d.with = append(d.with, k)
		}
	}
	m.done()
	r.e.delete = d
}

const maxTemplateDepth = 32

// plain turns a node into maps, lists and scalars, as JSON has them.
func (r *entryReader) plain(n *yaml.Node, what string, depth int) any {
	if depth > maxTemplateDepth {
		r.failf(n, "%s is nested deeper than %d", what, maxTemplateDepth)
		return nil
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.failf(n, "%s cannot use explicit tags", what)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := r.mapping(n, what)
		out := make(map[string]any, len(m.keys))
		for _, k := range m.keys {
			out[k.Value] = r.plain(m.values[k.Value], what, depth+1)
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, e := range n.Content {
			out = append(out, r.plain(e, what, depth+1))
		}
		return out
	case yaml.ScalarNode:
		if n.ShortTag() == "!!timestamp" {
			return n.Value
		}
		var v any
		if err := n.Decode(&v); err != nil {
			r.failf(n, "%s: %v", what, err)
		}
		return v
	}
	r.failf(n, "%s cannot hold %s", what, describe(n))
	return nil
}

func (r *entryReader) deploy(n *yaml.Node) {
	m := r.mapping(n, "deploy")
	if m == nil {
		return
	}
	d := &deployment{}
	known := []string{"name", "namespace", "image", "serviceAccount", "env"}
	for _, e := range r.elements(m.get("fields"), "deploy.fields") {
		if f := r.mapping(e, "a field of deploy"); f != nil {
			field := deployField{
				name:     r.matching(f.need("name"), "a field's name", fieldText.MatchString, "letters and digits"),
				title:    r.text(f.get("title"), "a field's title"),
				standard: r.text(f.get("default"), "a field's default"),
				required: r.flag(f.get("required"), "a field's required"),
				kind:     "string",
			}
			r.choice(f, "type", &field.kind, "string", "integer", "boolean")
			f.done()
			known = append(known, field.name)
			d.fields = append(d.fields, field)
		}
	}
	t := m.need("template")
	m.done()
	if t == nil {
		return
	}
	nodes := []*yaml.Node{t}
	if t.Kind == yaml.SequenceNode {
		nodes = r.elements(t, "deploy.template")
	}
	for _, o := range nodes {
		r.templateObject(d, o, known)
	}
	r.e.deploy = d
}

var (
	fieldText = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,29}$`)
	variable  = regexp.MustCompile(`\$\{[^}]*\}?`)
)

func (r *entryReader) templateObject(d *deployment, n *yaml.Node, known []string) {
	o, ok := r.plain(n, "deploy.template", 0).(map[string]any)
	if !ok {
		r.failf(n, "deploy.template must be an object or a list of objects")
		return
	}
	for _, k := range []string{"apiVersion", "kind"} {
		if s, _ := o[k].(string); s == "" {
			r.failf(n, "deploy.template has no %s", k)
		}
	}
	r.variables(n, known)
	d.template = append(d.template, o)
}

// variables checks the placeholders of all scalars. Keys cannot have any: what a placeholder stands for must never
// change the structure of the object.
func (r *entryReader) variables(n *yaml.Node, known []string) {
	for i, c := range n.Content {
		isKey := n.Kind == yaml.MappingNode && i%2 == 0
		if c.Kind != yaml.ScalarNode {
			r.variables(c, known)
			continue
		}
		for _, v := range variable.FindAllString(c.Value, -1) {
			name := strings.TrimSuffix(strings.TrimPrefix(v, "${"), "}")
			switch {
			case isKey:
				r.failf(c, "deploy.template: %s stands in a key", v)
			case !slices.Contains(known, name):
				r.failf(c, "deploy.template: %s is none of: ${%s}", short(v), strings.Join(known, "} ${"))
			}
		}
	}
}
