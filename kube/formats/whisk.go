package formats

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// The options of OpenWhisk.
const (
	optTenant   = "tenant"
	optPackage  = "package"
	optSequence = "sequence"
	optLogs     = "logsize"
	optCalls    = "concurrency"
	optRaw      = "raw" // of its route
)

// readWhisk reads manifest.yaml of wskdeploy.
func readWhisk(r *reader, s *surveyed) error {
	f, err := r.one(s, "wskdeploy")
	if err != nil {
		return err
	}
	expandNode(f.n, r.env)
	w := &whisk{reader: r}
	project := f.first("project", "application")
	w.project(project)
	namespace := project.at("namespace").text()
	found := false
	for _, packages := range []field{f.at("packages"), project.at("packages")} {
		for name, p := range packages.each() {
			found = true
			w.pack(expandDollars(name, r.env), namespace, p)
		}
	}
	if p := f.at("package"); p.ok() {
		found = true
		w.pack(p.at("name").text(), namespace, p)
	}
	if !found {
		f.lacks("has no packages")
	}
	return nil
}

// expandNode fills in the variables of everything but inline code.
func expandNode(n *node, env Environment) {
	if n.kind == scalar && n.key != "code" {
		n.text = expandDollars(n.text, env)
	}
	for _, b := range n.below {
		expandNode(b, env)
	}
}

// whisk is a manifest that is read.
type whisk struct{ *reader }

const credentialDropped = "is a credential: it is not copied, the connector has its own"

func (w *whisk) project(f field) {
	f.at("credential").drop(credentialDropped)
	f.at("apiHost").drop("is the address of the server, which the connector has")
	f.at("apihost").drop("is the address of the server, which the connector has")
	f.at("config").drop("is for wskdeploy itself")
	for _, key := range []string{"name", "version"} {
		f.at(key).pass()
	}
}

func (w *whisk) pack(name, namespace string, f field) {
	if !f.is(mapping, "a package") {
		return
	}
	if ns := f.at("namespace").text(); ns != "" {
		namespace = ns
	}
	if namespace == "_" {
		namespace = ""
	}
	for _, key := range []string{"version", "license", "repositories", "description", "name"} {
		f.at(key).pass()
	}
	f.at("credential").drop(credentialDropped)
	f.at("apiHost").drop("is the address of the server, which the connector has")
	f.at("annotations").drop("belong to the package, which is made by itself")
	f.at("dependencies").drop("are packages of others, which wskdeploy clones or binds")
	for _, feed := range f.at("feeds").members() {
		feed.drop("is a feed: the action that it is must be called with the key of the namespace, with lifecycleEvent CREATE, for each trigger: `wsk trigger create --feed` does that")
	}
	for _, api := range f.at("apis").members() {
		w.routes("", 0, api)
	}
	if f.at("public").flag() || f.at("publish").flag() {
		f.note("the package is shared with every tenant: make it so by itself")
	}
	inputs := f.at("inputs")
	if inputs.ok() {
		inputs.note("parameters of the package are given to each of its actions, where they mean the same")
	}
	first := len(w.out.Requests)
	for action, a := range f.at("actions").each() {
		w.action(name, action, namespace, a, inputs)
	}
	for sequence, s := range f.at("sequences").each() {
		w.sequence(name, sequence, namespace, s)
	}
	w.rules(name, f, w.out.Requests[first:])
}

// routes names each route of an API by itself: below its name are base paths, paths, and actions with their methods.
func (w *whisk) routes(path string, depth int, f field) {
	if depth < apiDepth && f.ok() && f.n.kind == mapping {
		for name, below := range f.each() {
			at := path
			if depth < apiDepth-1 { // what is above the action
				at += "/" + strings.Trim(name, "/")
			}
			w.routes(at, depth+1, below)
		}
		return
	}
	what := "is no route: an API has a base path, paths, actions and their methods"
	if depth == apiDepth {
		method := ""
		if f.ok() && f.n.kind == scalar {
			method = f.n.text
		} else if m := f.at("method"); m.ok() && m.n.kind == scalar {
			method = m.n.text
		}
		what = "the route " + quoted(strings.ToUpper(method)+" "+path) +
			" is of the API gateway, which the action /whisk.system/apimgmt makes with the key of the namespace: `wsk api create` does that"
	}
	f.drop(what)
}

// apiDepth is how deep below the name of an API its actions are.
const apiDepth = 3

// full is the name of an action in a package; those of the package `default` are in none.
func full(pack, action string) string {
	if pack == "" || pack == "default" {
		return action
	}
	return pack + "/" + action
}

// newAction is an action of a package. The namespace is that of OpenWhisk: which one of Kubernetes, the connector says.
func newAction(pack, name, namespace string) plan.DeployRequest {
	q := plan.DeployRequest{Framework: "openwhisk", Name: name}
	if pack != "" && pack != "default" {
		option(&q, optPackage, pack)
	}
	if namespace != "" {
		option(&q, optTenant, namespace)
	}
	return q
}

func (w *whisk) action(pack, name, namespace string, f, inputs field) {
	if !f.is(mapping, "an action") {
		return
	}
	q := newAction(pack, name, namespace)
	q.Runtime, q.Handler = f.at("runtime").text(), f.at("main").text()
	w.source(name, f, &q)
	w.parameters(inputs, &q)
	w.parameters(f.at("inputs"), &q)
	w.web(f, &q)
	w.limits(f.at("limits"), &q)
	w.annotations(f.at("annotations"), &q)
	if f.at("conductor").flag() {
		native(&q, "spec.annotations.conductor", true)
	}
	for _, key := range []string{"version", "namespace", "description", "name"} {
		f.at(key).pass()
	}
	f.at("outputs").drop("say what an action answers, which no server asks")
	f.at("credential").drop(credentialDropped)
	f.at("exposedUrl").drop("is for wskdeploy itself")
	f.at("env").drop("is for wskdeploy itself")
	w.request(f.place(), q)
}

// zero are the values of types, which stand for a value when nothing but a type is said.
var zero = map[string]any{"string": "", "integer": int64(0), "float": float64(0), "boolean": false, "json": map[string]any{}}

// parameter is the value of an input, in one line or several.
func parameter(f field) any {
	if !f.ok() {
		f.pass()
		return ""
	}
	if f.n.kind != mapping || f.n.names["value"] == nil && f.n.names["default"] == nil && f.n.names["type"] == nil {
		v := f.value()
		if text, ok := v.(string); ok {
			if z, isType := zero[text]; isType {
				return z
			}
		}
		return v
	}
	for _, key := range []string{"description", "required", "status", "schema"} {
		f.at(key).pass()
	}
	kind := f.at("type").text()
	v := choose(f.at("value"), f.at("default")).value()
	f.at("value").pass()
	f.at("default").pass()
	if v == nil {
		v = zero[kind]
	}
	if v == nil {
		v = ""
	}
	return v
}

// parameters are the environment of an action. What is no text is a value of its own.
func (w *whisk) parameters(f field, q *plan.DeployRequest) {
	for name, p := range f.each() {
		v := parameter(p)
		q.Env = slices.DeleteFunc(q.Env, func(v plan.Variable) bool { return v.Name == name })
		at := plan.Keyed("data", "parameters/"+name)
		q.Native = slices.DeleteFunc(q.Native, func(n plan.Field) bool { return n.Path == at })
		if text, ok := v.(string); ok {
			q.Env = append(q.Env, plan.Variable{Name: name, Value: text})
			continue
		}
		native(q, at, jsonText(v))
	}
}

func (w *whisk) web(f field, q *plan.DeployRequest) {
	at := f.first("web", "web-export")
	switch v := strings.ToLower(at.text()); v {
	case "", "no", "false":
	case "yes", "true":
		q.Triggers = append(q.Triggers, plan.Trigger{Type: "http"})
	case "raw":
		q.Triggers = append(q.Triggers, plan.Trigger{Type: "http", Options: map[string]string{optRaw: "true"}})
	default:
		at.problem("must be yes, no or raw")
	}
}

func (w *whisk) limits(f field, q *plan.DeployRequest) {
	if n := f.at("timeout").count(); n != nil {
		q.Timeout = time.Duration(min(*n, 1<<40)) * time.Millisecond
	}
	if n := f.first("memorySize", "memory").count(); n != nil {
		q.Limits = map[string]string{"memory": strconv.Itoa(*n) + "Mi"}
	}
	if n := f.first("logSize", "logs").count(); n != nil {
		option(q, optLogs, strconv.Itoa(*n))
	}
	if n := f.first("concurrency", "maxConcurrency").count(); n != nil {
		option(q, optCalls, strconv.Itoa(*n))
	}
	for _, key := range []string{"concurrentActivations", "userInvocationRate", "codeSize", "parameterSize"} {
		f.at(key).drop("is a limit of the server, which no action can change")
	}
}

func (w *whisk) annotations(f field, q *plan.DeployRequest) {
	for key, a := range f.each() {
		if text, ok := a.value().(string); ok {
			if q.Annotations == nil {
				q.Annotations = map[string]string{}
			}
			q.Annotations[key] = text
			continue
		}
		native(q, plan.Keyed("spec.annotations", key), a.value())
	}
}

func (w *whisk) sequence(pack, name, namespace string, f field) {
	if !f.is(mapping, "a sequence") {
		return
	}
	q := newAction(pack, name, namespace)
	var all []string
	for a := range strings.SplitSeq(f.at("actions").text(), ",") {
		if a = strings.TrimSpace(a); a == "" {
			continue
		}
		if !strings.Contains(a, "/") {
			a = full(pack, a)
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		f.lacks("names no actions")
	}
	option(&q, optSequence, strings.Join(all, ","))
	w.web(f, &q)
	w.annotations(f.at("annotations"), &q)
	w.request(f.place(), q)
}

// rules give actions the triggers that rules tie them to.
func (w *whisk) rules(pack string, f field, requests []plan.DeployRequest) {
	triggers := f.at("triggers")
	tied := map[string]bool{}
	for name, rule := range f.at("rules").each() {
		if !rule.is(mapping, "a rule") {
			continue
		}
		rule.at("rule").pass()
		trigger, action := rule.at("trigger").text(), rule.at("action").text()
		if !strings.Contains(action, "/") {
			action = full(pack, action)
		}
		at := slices.IndexFunc(requests, func(q plan.DeployRequest) bool {
			return full(q.Options[optPackage], q.Name) == strings.TrimPrefix(action, "/_/")
		})
		if at < 0 {
			rule.drop("ties an action that is not in this file")
			continue
		}
		requests[at].Triggers = append(requests[at].Triggers, plan.Trigger{Type: "event", Name: name, Topic: trigger})
		tied[trigger] = true
	}
	for name, t := range triggers.each() {
		switch feed := t.first("feed", "source").text(); {
		case tied[name] && feed != "":
			t.at("credential").drop(credentialDropped)
			w.fed(t, feed, name, requests)
		case tied[name] && t.at("inputs").ok():
			t.at("inputs").drop("are parameters of the trigger, which is made without them")
		case !tied[name]:
			t.drop("calls nothing: no rule ties it to an action of this file")
		}
	}
}

// fed gives triggers the feed that sends their events, and what that is told.
func (w *whisk) fed(t field, feed, name string, requests []plan.DeployRequest) {
	options := map[string]string{"feed": feed}
	for key, input := range t.at("inputs").each() {
		options["param."+key] = jsonText(parameter(input))
	}
	for i := range requests {
		for j := range requests[i].Triggers {
			if at := &requests[i].Triggers[j]; at.Type == "event" && at.Topic == name {
				at.Options = options
			}
		}
	}
}
