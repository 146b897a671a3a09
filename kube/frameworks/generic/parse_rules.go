package generic

import (
	"slices"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// joins reads all of `joins` but the paths: those can be registered only when the number of joins is known.
func (r *entryReader) joins(n *yaml.Node) {
	for _, e := range r.elements(n, "joins") {
		m := r.mapping(e, "a join")
		if m == nil {
			continue
		}
		j := join{name: r.matching(m.need("name"), "a join's name", nameText.MatchString, "small letters, digits, dashes")}
		if slices.Contains([]string{"function", "workload"}, j.name) ||
			slices.ContainsFunc(r.e.joins, func(o join) bool { return o.name == j.name }) {
			r.failf(e, "the join's name %s is taken", short(j.name))
		}
		j.GroupKind = r.groupKind(m, true)
		j.versions = r.versions(m, false)
		j.by = r.word(m.need("by"), "a join's by", byOwner, byName, byLabels, byBackref)
		m.known = append(m.known, "ref", "labels", "path")
		m.done()
		r.e.joins = append(r.e.joins, j)
	}
}

func (r *entryReader) joinPaths(n *yaml.Node) {
	if n == nil || len(r.e.joins) != len(n.Content) {
		return
	}
	r.keep = true
	defer func() { r.keep = false }()
	for i, e := range n.Content {
		m := r.mapping(e, "a join")
		j := &r.e.joins[i]
		for key, by := range map[string]string{"ref": byName, "labels": byLabels, "path": byBackref} {
			if m.has(key) && j.by != by && j.by != "" {
				r.failf(m.values[key], "a join's %s needs by: %s", key, by)
			}
		}
		r.place = atFunction
		j.ref = r.value(m.get("ref"), "a join's ref")
		j.labels = r.labelRules(m.get("labels"), "a join's labels")
		r.place, r.keep = atJoin+place(i), false // read at once, as a link to the function
		j.back = r.path(m.get("path"), "a join's path", r.place)
		r.place, r.keep = atFunction, true
		if j.by == byLabels && len(j.labels) == 0 {
			r.failf(e, "a join by labels needs the key \"labels\"")
		}
		if j.by == byBackref && j.back == nil {
			r.failf(e, "a join by backref needs the key \"path\"")
		}
	}
}

// labelRules reads a map from label keys to values. A text that is no path is the label's value itself.
func (r *entryReader) labelRules(n *yaml.Node, what string) []labelRule {
	if n == nil {
		return nil
	}
	m := r.mapping(n, what)
	if m == nil {
		return nil
	}
	var all []labelRule
	for _, k := range m.keys {
		all = append(all, labelRule{k.Value, r.value(m.values[k.Value], what+"."+k.Value)})
	}
	return all
}

func (r *entryReader) cells(m *mapping) {
	r.place = atFunction
	e := r.e
	e.title = r.value(m.get("title"), "title")
	e.image = r.value(m.get("image"), "image")
	e.runtime = r.value(m.get("runtime"), "runtime")
	e.handler = r.value(m.get("handler"), "handler")
	e.source = r.value(m.get("source"), "source")
	e.revision = r.value(m.get("revision"), "revision")
	e.account = r.value(m.get("serviceAccount"), "serviceAccount")
	e.container = r.value(m.get("container"), "container")
	e.sidecars = r.globs(m.get("sidecars"), "sidecars")
	if n := m.get("replicas"); n != nil {
		if c := r.mapping(n, "replicas"); c != nil {
			e.replicas.ready = r.value(c.get("ready"), "replicas.ready")
			e.replicas.desired = r.value(c.get("desired"), "replicas.desired")
			e.replicas.min = r.value(c.get("min"), "replicas.min")
			e.replicas.max = r.value(c.get("max"), "replicas.max")
			c.done()
		}
	}
	if n := m.get("podSpec"); n != nil {
		r.podSpec(n)
	}
}

func (r *entryReader) podSpec(n *yaml.Node) {
	m := r.mapping(n, "podSpec")
	if m == nil {
		return
	}
	p := &podSpecRule{}
	if at := r.at(m, atFunction); at != atFunction {
		r.failf(m.values["at"], "podSpec.at can only be function")
	}
	r.keep = false // kept as a pod spec, not as a value
	p.use = r.path(m.need("path"), "podSpec.path", atFunction)
	r.keep = true
	if c := m.get("container"); c != nil && c.Kind == yaml.ScalarNode && c.Value != "" && c.Value[0] != '.' {
		name := r.text(c, "podSpec.container")
		p.container = Value{[]term{{isText: true, literal: name, rule: "value: " + name}}}
	} else {
		p.container = r.value(c, "podSpec.container")
	}
	m.done()
	r.e.podSpec = p
}

// objects reads what belongs to the function: workloads and the kinds on the way to them.
func (r *entryReader) objects(m *mapping) {
	for _, n := range r.elements(m.get("through"), "through") {
		if t := r.mapping(n, "an element of through"); t != nil {
			r.e.through = append(r.e.through, r.groupKind(t, true))
			t.done()
		}
	}
	for _, n := range r.elements(m.get("workloads"), "workloads") {
		if w := r.mapping(n, "a workload"); w != nil {
			r.workload(w)
		}
	}
}

func (r *entryReader) workload(m *mapping) {
	w := workloadRule{role: model.Run, line: m.node.Line}
	w.by = r.word(m.need("by"), "a workload's by", bySelf, byOwner, byRef, byLabels)
	w.GroupKind = r.groupKind(m, w.by == byOwner || w.by == byLabels)
	if role := r.word(m.get("role"), "a workload's role", "run", "build", "proxy"); role != "" {
		w.role = model.Role(role)
	}
	r.place = atFunction
	for key, by := range map[string]string{"ref": byRef, "labels": byLabels} {
		if m.has(key) != (w.by == by) && w.by != "" {
			r.failf(m.node, "a workload's %s and by: %s need each other", key, by)
		}
	}
	if n := m.get("ref"); n != nil {
		if ref := r.mapping(n, "a workload's ref"); ref != nil {
			w.apiVersion = r.value(ref.get("apiVersion"), "ref.apiVersion")
			w.kind = r.value(ref.get("kind"), "ref.kind")
			w.named = r.value(ref.need("name"), "ref.name")
			ref.done()
		}
	}
	w.labels = r.labelRules(m.get("labels"), "a workload's labels")
	if m.has("labels") && len(w.labels) == 0 {
		r.failf(m.node, "a workload's labels are empty")
	}
	if w.by == bySelf {
		if w.Kind != "" && w.GroupKind != r.e.function.GroupKind {
			r.failf(m.node, "a workload by self is the function's own object: leave group and kind out")
		}
		w.GroupKind = r.e.function.GroupKind
		if w.Kind != "" && !runs(w.GroupKind) {
			r.failf(m.node, "by: self needs a workload: %s is none", w.GroupKind)
		}
	}
	m.done()
	r.e.workloads = append(r.e.workloads, w)
}

// runs reports whether objects of the kind run pods by themselves.
func runs(gk schema.GroupKind) bool {
	_, ok := resourceNames[gk]
	return ok && gk.Group != "" || gk == schema.GroupKind{Kind: "Pod"}
}

// rules reads the lists of rules that make states, triggers, URLs and references.
func (r *entryReader) rules(m *mapping) {
	for _, n := range r.elements(m.get("state"), "state") {
		if s := r.mapping(n, "a state"); s != nil {
			r.state(s)
		}
	}
	for _, n := range r.elements(m.get("triggers"), "triggers") {
		if t := r.mapping(n, "a trigger"); t != nil {
			r.trigger(t)
		}
	}
	for _, n := range r.elements(m.get("endpoints"), "endpoints") {
		if e := r.mapping(n, "an endpoint"); e != nil {
			r.endpoint(e)
		}
	}
	for _, n := range r.elements(m.get("references"), "references") {
		if c := r.mapping(n, "a reference"); c != nil {
			r.reference(c)
		}
	}
	r.place, r.keep = atFunction, false // the values are searched for credentials when the object is read
	for _, n := range r.elements(m.get("literals"), "literals") {
		if u := r.path(n, "literals", atFunction); u != nil {
			r.e.literals = append(r.e.literals, u)
		}
	}
	r.keep = true
}

func (r *entryReader) state(m *mapping) {
	s := stateRule{line: m.node.Line}
	s.state = model.State(r.word(m.need("state"), "state", "ready", "building", "deploying", "failed", "idle", "paused",
		"deleting", "unknown"))
	r.place = atFunction
	s.when = r.conditions(m.need("when"), "state.when")
	if n := m.values["when"]; n != nil && n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		r.failf(n, "state.when is empty: the rule would always hold")
	}
	s.reason = r.value(m.get("reason"), "state.reason")
	s.message = r.value(m.get("message"), "state.message")
	m.done()
	r.e.states = append(r.e.states, s)
}

// repeat reads the key `each`; the paths that are read until end are relative to its elements.
func (r *entryReader) repeat(m *mapping) (e *each, end func()) {
	n := m.get("each")
	if n == nil {
		return nil, func() {}
	}
	keep := r.keep
	r.keep = false // the elements' values are kept, not the elements
	u := r.path(n, m.what+".each", r.place)
	r.keep = keep
	if u == nil {
		return nil, func() {}
	}
	e = &each{path: u, place: r.place, index: len(r.e.eaches[r.place])}
	r.e.eaches[r.place] = append(r.e.eaches[r.place], e)
	r.element = e
	return e, func() { r.element = nil }
}

func (r *entryReader) trigger(m *mapping) {
	t := triggerRule{line: m.node.Line}
	r.place = r.at(m, atFunction)
	t.place = r.place
	var end func()
	t.each, end = r.repeat(m)
	defer end()
	t.kind = r.value(m.need("type"), "trigger.type")
	keys, values := r.textMap(m.get("map"), "trigger.map")
	t.words = make(map[string]model.TriggerType, len(keys))
	for _, k := range keys {
		t.words[k] = model.TriggerType(values[k])
		if !isTrigger(t.words[k]) {
			r.failf(m.values["map"], "trigger.map: %s is translated to %s, which is none of: %s", short(k), short(values[k]), triggerWords)
		}
	}
	for _, term := range t.kind.terms {
		if term.isText && !isTrigger(model.TriggerType(term.literal)) && len(t.words) == 0 {
			r.failf(m.values["type"], "trigger.type cannot be %s; it is one of: %s", short(term.literal), triggerWords)
		}
	}
	t.name = r.value(m.get("name"), "trigger.name")
	t.detail = r.value(m.get("detail"), "trigger.detail")
	t.auth = r.value(m.get("auth"), "trigger.auth")
	if n := m.get("enabled"); n != nil {
		if n.Kind == yaml.SequenceNode {
			t.enabled = r.conditions(n, "trigger.enabled")
		} else if c, ok := r.condition(n, "trigger.enabled"); ok {
			t.enabled = []condition{c}
		}
	}
	m.done()
	r.e.triggers = append(r.e.triggers, t)
}

const triggerWords = "http cron queue event metric"

func isTrigger(t model.TriggerType) bool {
	switch t {
	case model.HTTP, model.Cron, model.Queue, model.Event, model.Metric:
		return true
	}
	return false
}
