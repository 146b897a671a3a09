package openwhisk

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Keys of options.
const (
	optTenant      = "tenant"
	optPackage     = "package"
	optSequence    = "sequence"
	optLogs        = "logsize"
	optConcurrency = "concurrency"
)

// Offer: everything goes through the API of OpenWhisk, and nothing of it is an object of Kubernetes.
func (framework) Offer() plan.Offer {
	const none = "actions are no pods of their own: the platform's pod template has it, for all of them"
	return plan.Offer{
		Sources:  []string{"code", "image"},
		Runtimes: []string{"nodejs:20", "nodejs:18", "python:3.11", "python:3.10", "go:1.20", "java:8", "php:8.0", "ruby:2.5", "swift:5.4", "dotnet:2.2"}, OpenRuntimes: true,
		Triggers: []string{"http", "event"},
		Options: []plan.Option{
			{Key: frameworks.OptConnector, What: "connector that it is made through"},
			{Key: optTenant, What: "namespace of OpenWhisk that the connector's key is of"},
			{Key: optPackage, What: "package that it belongs to; made where there is none"},
			{Key: optSequence, What: "actions that are called one after the other, with commas between"},
			{Key: optLogs, What: "megabytes of log of a call", Default: "10"},
			{Key: optConcurrency, What: "calls at once in one container", Default: "1"},
		},
		Without: map[string]string{
			"git": "OpenWhisk clones nothing: give the files", "mounts": "actions have no volumes", "pullSecrets": none, "serviceAccount": none, "command": none,
			"args": none, "port": none, "requests": "memory is set by its limit, and processor time goes with memory", "labels": "actions have annotations only",
			"min": "OpenWhisk goes to zero by itself", "max": "how many containers an action gets is a limit of its tenant",
			"cron":  "its clock is a feed: give an event with feed=/whisk.system/alarms/alarm and param.cron, or a trigger that is there",
			"queue": "its queues are feeds: give an event with feed=/NAMESPACE/PACKAGE/ACTION and what that is told as param.NAME, or a trigger that is there",
		},
	}
}

func kindOf(kind string) schema.GroupKind {
	return schema.GroupKind{Group: frameworks.WhiskGroup, Kind: kind}
}

// name is what OpenWhisk takes as the name of an action, package, trigger or rule.
var name = regexp.MustCompile(`^[\w@.-]([\w@ .-]{0,254}[\w@.-])?$`)

// drawing is a request on its way to records.
type drawing struct {
	*frameworks.Blueprint
	r         *plan.DeployRequest
	connector string
	tenant    string
	path      []string // package and name, or the name
}

// Deploy makes what `wsk action create`, `wsk trigger create` and `wsk rule create` send.
func (w framework) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drawing{Blueprint: frameworks.NewBlueprint(r, s, w.Offer()), r: r}
	connector, told := d.Connector(Name, frameworks.WhiskGroup)
	d.connector, d.tenant = connector, d.Option(optTenant)
	if told != nil && d.tenant == "" {
		d.tenant = told.Tenant
	}
	if d.tenant == "" {
		d.Problem(optTenant, "the connector has not told it: say which")
	}
	d.path = []string{strings.TrimPrefix(r.Name, d.tenant+"/")}
	if pkg := d.Option(optPackage); pkg != "" && pkg != "default" {
		d.pack(pkg)
	}
	for _, n := range d.path {
		if !name.MatchString(n) {
			d.Problem("name", "%q: letters, digits and _ @ . - and spaces, 256 at most", n)
		}
	}
	ref := d.action()
	d.triggers()
	return d.Draft(ref)
}

func (d *drawing) record(kind, why string, spec, data map[string]any, path ...string) model.Ref {
	return d.Record(kindOf(kind), recordVersion, why, spec, data, append([]string{d.connector, d.tenant}, path...)...)
}

// pack puts the action into a package, which is made where there is none.
func (d *drawing) pack(pkg string) {
	d.path = []string{pkg, d.path[0]}
	ref := model.Ref{Group: frameworks.WhiskGroup, Kind: "Package", Namespace: d.r.Namespace, Name: strings.Join([]string{d.connector, d.tenant, pkg}, "/")}
	if d.There(ref) == nil {
		d.record("Package", "the package of the action", map[string]any{"publish": false}, nil, pkg)
	}
}

func (d *drawing) action() model.Ref {
	data := map[string]any{}
	annotations := map[string]any{}
	for k, v := range d.r.Annotations {
		annotations[k] = v
	}
	d.web(annotations)
	d.Open("parameters")
	var init []string
	for i := range d.r.Env {
		init = append(init, d.r.Env[i].Name)
		raw, err := json.Marshal(d.r.Env[i].Value)
		if err != nil {
			d.Problem("env", "%s is no text", d.r.Env[i].Name)
		}
		data["parameters/"+d.r.Env[i].Name] = string(raw)
	}
	if len(d.r.Env) > 0 {
		d.Note("the %d values are kept as text, and read by everybody who has the key of %s", len(d.r.Env), d.tenant)
	}
	spec := map[string]any{"exec": d.exec(data), "limits": d.limits()}
	if len(annotations) > 0 {
		spec["annotations"] = annotations
	}
	if slices.Sort(init); len(init) > 0 {
		spec["init"] = init
	}
	return d.record("Action", "the function", spec, data, d.path...)
}

// exec says what runs; the code is among the data, which are never shown.
func (d *drawing) exec(data map[string]any) map[string]any {
	s := &d.r.Source
	exec := map[string]any{}
	if d.r.Handler != "" {
		exec["main"] = d.r.Handler
	}
	sequence := d.Option(optSequence)
	if sequence != "" && (s.Code != nil || s.Image != "") {
		d.Problem(optSequence, "a sequence has no code of its own")
	}
	switch {
	case sequence != "":
		var all []any
		for _, c := range strings.Split(sequence, ",") {
			if c = strings.TrimPrefix(strings.TrimSpace(c), "/_/"); !strings.HasPrefix(c, "/") {
				c = "/" + d.tenant + "/" + c // as OpenWhisk tells it
			}
			all = append(all, c)
		}
		return map[string]any{"kind": "sequence", "components": all}
	case s.Image != "":
		exec["kind"], exec["image"] = "blackbox", s.Image
		if strings.Contains(s.Image, "@") {
			d.Problem("image", "OpenWhisk drops the digest and runs the tag latest: give a tag")
		}
		if d.r.Runtime != "" {
			d.Problem("runtime", "an image of its own has none")
		}
	case s.Code != nil:
		d.code(exec, data)
	default:
		d.Problem("code", "an action is made of code, an image, or other actions (%s)", optSequence)
	}
	return exec
}

func (d *drawing) code(exec, data map[string]any) {
	language, version, ok := strings.Cut(d.r.Runtime, ":")
	if !ok || language == "" || version == "" {
		d.Problem("runtime", "%q: LANGUAGE:VERSION, as in nodejs:20", d.r.Runtime)
	}
	exec["kind"] = d.r.Runtime
	name, content, single := frameworks.Single(d.r.Source.Code)
	switch {
	case !single:
		d.Problem("code", "give one file, or an archive of them")
		return
	case len(content) == 0:
		d.Problem("code", "it is empty")
	case frameworks.Archive(content):
		exec["binary"] = true
		data["code"] = base64.StdEncoding.EncodeToString(content)
		if language == "java" && d.r.Handler == "" {
			d.Problem("handler", "say which class of %s has the function", name)
		}
		return
	case !frameworks.Textual(content):
		d.Problem("code", "%s is a binary file, and no archive", name)
	case language == "java":
		d.Problem("code", "Java comes as an archive (.jar)")
	}
	exec["binary"] = false
	data["code"] = string(content)
}

// limits are in milliseconds and megabytes. Those of an action that is there stay unless others are asked for.
func (d *drawing) limits() map[string]any {
	limits := map[string]any{}
	there := d.There(model.Ref{
		Group: frameworks.WhiskGroup, Kind: "Action", Namespace: d.r.Namespace, Name: strings.Join(append([]string{d.connector, d.tenant}, d.path...), "/"),
	}) != nil
	if !there {
		limits["memory"], limits["timeout"] = int64(256), int64(60000)
	}
	if !there || d.r.Options[optLogs] != "" {
		limits["logs"] = d.Number(optLogs, 0)
	}
	if !there || d.r.Options[optConcurrency] != "" {
		limits["concurrency"] = d.Number(optConcurrency, 1)
	}
	if n := d.Megabytes("limits", d.r.Limits["memory"]); n > 0 {
		limits["memory"] = n
	}
	if d.r.Limits["cpu"] != "" {
		d.Problem("limits", "OpenWhisk has no limit of processor time")
	}
	if d.r.Timeout > 0 {
		limits["timeout"] = d.r.Timeout.Milliseconds()
	}
	return limits
}

// web says who may call it by its address.
func (d *drawing) web(annotations map[string]any) {
	for i := range d.r.Triggers {
		t := &d.r.Triggers[i]
		if t.Type != "http" {
			continue
		}
		d.TriggerOptions(t, "raw", "auth")
		if t.Host != "" || t.Path != "" || len(t.Methods) > 0 {
			d.Problem("trigger", "the address of a web action is made of its name: hosts, paths and methods are those of an API gateway (`wsk api create`)")
		}
		annotations["web-export"], annotations["final"], annotations["raw-http"] = true, true, t.Options["raw"] == "true"
		switch t.Options["auth"] {
		case "":
			d.Note("everybody who reaches OpenWhisk may call it: ask for a key with auth=tenants, or for a secret of its own with `fn9s tighten --intent route-auth`")
		case "tenants":
			annotations[guard] = true
		default:
			d.Problem("trigger", "auth %q is none of: tenants", t.Options["auth"])
		}
	}
}

// Options of triggers of the type event.
const (
	optFeed  = "feed"   // full name of the feed action that sends the events
	optParam = "param." // of that action
)

// triggers makes the triggers that are not there, and the rules that lead from them to the action.
func (d *drawing) triggers() {
	for i := range d.r.Triggers {
		t := &d.r.Triggers[i]
		if t.Type != "event" {
			continue
		}
		d.TriggerOptions(t, optFeed, optParam)
		if !name.MatchString(t.Topic) {
			d.Problem("trigger", "topic %q is no name of a trigger", t.Topic)
			continue
		}
		rule := t.Name
		if rule == "" {
			rule = t.Topic + "-" + d.path[len(d.path)-1]
		}
		d.event(t)
		d.record("Rule", "calls the function", map[string]any{
			"trigger": "/" + d.tenant + "/" + t.Topic, "action": "/" + d.tenant + "/" + strings.Join(d.path, "/"),
		}, nil, rule)
	}
}

// event makes a trigger that is not there. One with a feed is made by calling the action that it is.
func (d *drawing) event(t *plan.Trigger) {
	feed := t.Options[optFeed]
	if feed != "" && !strings.HasPrefix(feed, "/") {
		feed = "/" + d.tenant + "/" + feed
	}
	feed = strings.Replace(feed, "/_/", "/"+d.tenant+"/", 1)
	if d.There(model.Ref{Group: frameworks.WhiskGroup, Kind: "Trigger", Namespace: d.r.Namespace, Name: d.connector + "/" + d.tenant + "/" + t.Topic}) != nil {
		if feed != "" {
			d.Note("the trigger %s is there already, and its feed is left as it is", t.Topic)
		}
		return
	}
	sent := map[string]any{}
	for k, v := range t.Options {
		key, ok := strings.CutPrefix(k, optParam)
		switch {
		case !ok:
			continue
		case key == "lifecycleEvent" || key == "triggerName" || key == "authKey":
			d.Problem("trigger", "%s is told to every feed by itself", key)
		case !json.Valid([]byte(v)):
			raw, err := json.Marshal(v)
			if err != nil {
				d.Problem("trigger", "%s is no text", key)
			}
			v = string(raw)
		}
		sent[key] = v
	}
	if feed == "" {
		if len(sent) > 0 {
			d.Problem("trigger", "what a feed is told needs a feed")
		}
		d.record("Trigger", "what calls the function", map[string]any{}, nil, t.Topic)
		return
	}
	path := strings.Split(feed[1:], "/")
	if len(path) < 2 || len(path) > 3 || slices.ContainsFunc(path, func(n string) bool { return !name.MatchString(n) }) {
		d.Problem("trigger", "feed %q: /NAMESPACE/PACKAGE/ACTION", feed)
	}
	d.record("Trigger", "what calls the function, by the feed "+frameworks.Line(feed), map[string]any{"feed": feed}, nil, t.Topic)
	d.Sent(sent)
	d.Note("the feed %s is called with the key of %s, so that it can fire the trigger %s; when it refuses, the trigger is deleted again", feed, d.tenant, t.Topic)
}
