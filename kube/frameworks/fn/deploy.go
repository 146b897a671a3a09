package fn

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Keys of options.
const (
	optApp  = "app"
	optIdle = "idletimeout"
)

const version = "v2"

// Offer: a function is an image; the tool of Fn builds it where it runs, and nothing in a cluster can.
func (framework) Offer() plan.Offer {
	const none = "Fn starts its containers itself: nothing of Kubernetes reaches them"
	const built = "the tool of Fn builds it where it runs (`fn build`, `fn push`): give the image"
	return plan.Offer{
		Sources: []string{"image"}, Triggers: []string{"http"},
		Options: []plan.Option{
			{Key: frameworks.OptConnector, What: "connector that it is made through"},
			{Key: optApp, What: "app that it belongs to; made where there is none"},
			{Key: optIdle, What: "seconds that a container waits for the next call", Default: "30"},
		},
		Without: map[string]string{
			"code": built, "git": built, "runtime": built, "handler": built, "mounts": none, "pullSecrets": none, "serviceAccount": none, "command": none,
			"args": none, "port": none, "requests": none, "labels": "functions have annotations only", "annotations": "they are Fn's own to write",
			"min": "Fn goes to zero by itself", "max": "Fn has no such limit", "cron": "Fn has no clock", "queue": "Fn reads no queue", "event": "Fn has no events",
		},
	}
}

// Deploy makes what `fn create app`, `fn create function` and `fn create trigger` send.
func (f framework) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	b := frameworks.NewBlueprint(r, s, f.Offer())
	connector, _ := b.Connector(Name, frameworks.FnGroup)
	app, name, both := strings.Cut(r.Name, "/")
	if !both {
		app, name = b.Option(optApp), r.Name
	}
	for field, n := range map[string]string{optApp: app, "name": name} {
		if n == "" || len(n) > 255 || strings.ContainsAny(n, "/?#%\\ \t\r\n") {
			b.Problem(field, "%q: 255 characters at most, without / and spaces", n)
		}
	}
	record := func(kind, why string, spec, data map[string]any, path ...string) model.Ref {
		return b.Record(schema.GroupKind{Group: frameworks.FnGroup, Kind: kind}, version, why, spec, data, append([]string{connector}, path...)...)
	}
	if b.There(model.Ref{Group: frameworks.FnGroup, Kind: "App", Namespace: r.Namespace, Name: connector + "/" + app}) == nil {
		record("App", "the app of the function", map[string]any{}, nil, app)
	}
	there := b.There(model.Ref{Group: frameworks.FnGroup, Kind: "Fn", Namespace: r.Namespace, Name: strings.Join([]string{connector, app, name}, "/")}) != nil
	spec, data := settings(b, there)
	ref := record("Fn", "the function", spec, data, app, name)
	names := b.TriggerNames()
	for i := range r.Triggers {
		t := &r.Triggers[i]
		b.TriggerOptions(t)
		if t.Host != "" || len(t.Methods) > 0 {
			b.Problem("trigger", "Fn tells no hosts and methods apart: they are those of the Ingress before it")
		}
		source, called := t.Path, names[i]
		if source == "" {
			source = "/" + name
		}
		if t.Name == "" {
			called = strings.TrimPrefix(called, app+"/")
		}
		record("Trigger", "calls the function", map[string]any{"type": "http", "source": source, "fn": name}, nil, app, called)
		b.Note("everybody who reaches Fn may call /t/%s%s: Fn asks nobody who he is", app, source)
	}
	return b.Draft(ref)
}

// settings are the fields of the function, and its variables. Those of a function that is there stay unless others are
// asked for.
func settings(b *frameworks.Blueprint, there bool) (spec, data map[string]any) {
	r := b.Request
	image := r.Source.Image
	if image == "" {
		b.Problem("image", "a function is an image")
	}
	if host, rest, ok := strings.Cut(image, "/"); ok && strings.Contains(host, ":") && strings.Contains(rest, "@") && !strings.Contains(strings.SplitN(rest, "@", 2)[0], ":") {
		b.Problem("image", "Fn cuts a digest at the last colon when the registry has a port: write a tag before it, as in %s/…:1.0@sha256:…", host)
	}
	spec = map[string]any{"image": image}
	if !there {
		spec["memory"] = int64(128)
	}
	if !there || r.Options[optIdle] != "" {
		spec["idleTimeout"] = b.Number(optIdle, 1)
	}
	if n := b.Megabytes("limits", r.Limits["memory"]); n > 8192 {
		b.Problem("limits", "memory: Fn gives 8192 MB at most")
	} else if n > 0 {
		spec["memory"] = n
	}
	if r.Limits["cpu"] != "" {
		b.Problem("limits", "Fn has no limit of processor time")
	}
	if t := b.Seconds(30); t > 300 {
		b.Problem("timeout", "Fn waits 300 seconds at most")
	} else if !there || r.Timeout > 0 {
		spec["timeout"] = t
	}
	if n := b.Number(optIdle, 1); n > 3600 {
		b.Problem(optIdle, "3600 seconds at most")
	}
	b.Open("configuration")
	data = map[string]any{}
	for i := range r.Env {
		if r.Env[i].Value == "" {
			b.Problem("env", "%s: Fn takes an empty value as none", r.Env[i].Name)
		}
		data["config/"+r.Env[i].Name] = r.Env[i].Value
	}
	if len(r.Env) > 0 {
		b.Note("the values are kept as text, and read by everybody who reaches the API of Fn")
	}
	return spec, data
}
