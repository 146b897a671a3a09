package formats

import (
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// The options of Fn.
const (
	optApp  = "app"
	optIdle = "idletimeout"
)

// registryVariable is where Fn's own tool looks for the registry.
const registryVariable = "FN_REGISTRY"

// readFn reads func.yaml of Fn, and app.yaml beside it.
func readFn(r *reader, s *surveyed) error {
	f, err := r.one(s, "fn")
	if err != nil {
		return err
	}
	q := plan.DeployRequest{Framework: "fn", Name: f.at("name").text(), Env: variables(f.at("config").pairs())}
	app, err := r.fnApp()
	if err != nil {
		return err
	}
	if app != "" {
		option(&q, optApp, app)
	}
	if q.Name == "" && f.at("path").ok() { // older files
		q.Name = strings.Trim(f.at("path").text(), "/")
	}
	if q.Name == "" {
		f.lacks("has no name")
	}
	r.fnImage(f, &q)
	if n := f.at("memory").count(); n != nil && *n > 0 {
		q.Limits = map[string]string{"memory": strconv.Itoa(*n) + "Mi"}
	}
	if n := f.at("timeout").count(); n != nil && *n < 1<<20 {
		q.Timeout = time.Duration(*n) * time.Second
	}
	if n := f.at("idle_timeout").count(); n != nil {
		option(&q, optIdle, strconv.Itoa(*n))
	}
	f.at("annotations").drop("are written by the server and its tool: a function is made without any")
	for t := range f.at("triggers").items() {
		if kind := t.at("type").text(); kind != "http" && kind != "" {
			t.at("type").problem("must be http: Fn has no other triggers")
		}
		q.Triggers = append(q.Triggers, plan.Trigger{Type: "http", Name: t.at("name").text(), Path: t.at("source").text()})
	}
	for _, key := range []string{"runtime", "build_image", "run_image", "entrypoint", "cmd", "build", "content_type", "cpus", "type", "format"} {
		f.at(key).drop(buildsOnly)
	}
	f.at("expects").drop("names variables that the tool asks for: the server asks for none")
	f.at("deploy").drop("is for Oracle's cloud")
	f.at("signing_details").drop("is for Oracle's cloud")
	f.at("schema_version").pass()
	r.request(f.place(), q)
	return nil
}

// fnImage is registry/name:version, as the tool has built it.
func (r *reader) fnImage(f field, q *plan.DeployRequest) {
	if image := f.at("image"); image.ok() {
		q.Source.Image = image.text()
		f.at("version").pass()
		return
	}
	name, version := q.Name, f.at("version").text()
	if version == "" {
		version = "latest"
	}
	if registry, ok := r.env(registryVariable); ok && registry != "" && name != "" && !strings.Contains(name, "/") {
		name = strings.TrimSuffix(registry, "/") + "/" + name
	} else if name != "" && !strings.Contains(name, "/") {
		f.note("no registry is known, which the tool takes from " + registryVariable + ": the image is named without one")
	}
	if name != "" {
		q.Source.Image = name + ":" + version
		f.at("name").note("the image is the one that `fn build` makes of registry, name and version: it must have been pushed")
	}
}

// fnApp is the name in an app.yaml beside the file.
func (r *reader) fnApp() (string, error) {
	for _, name := range []string{"app.yaml", "app.yml"} {
		if !r.files.isFile(name) {
			continue
		}
		src, err := r.files.source(name)
		if err != nil {
			return "", &Error{Place{File: name}, err.Error()}
		}
		docs, err := parse(name, src)
		if err != nil || len(docs) == 0 {
			return "", err
		}
		a := r.root(docs[0])
		for _, key := range []string{"config", "annotations", "syslog_url"} {
			a.at(key).drop("belongs to the app, which is made by itself")
		}
		return a.at("name").text(), nil
	}
	return "", nil
}

// writeFn writes a function of Fn's server as a func.yaml. Its configuration is named there, and has no values.
func writeFn(f *model.Function, o object, _ []object, w *writing) (string, []byte, error) {
	out, spec := &fields{}, o.at("spec")
	app, name, ok := strings.Cut(f.Key.Name, "/")
	if !ok {
		app, name = "", f.Key.Name
	}
	image := choice(spec.text("image"), f.Image)
	out.set("schema_version", 20180708)
	out.set("name", name)
	if version, ok := fnVersion(image, name); ok {
		out.set("version", version)
	} else {
		out.set("image", image)
		w.note("the tool makes the image of registry, name and version: " + quoted(image) + " is named otherwise, and stands under image")
	}
	for _, key := range [][2]string{{"memory", "memory"}, {"timeout", "timeout"}, {"idle_timeout", "idleTimeout"}} {
		if n, ok := spec.number(key[1]); ok && n > 0 {
			out.set(key[0], n)
		}
	}
	var names []any
	for _, key := range sortedKeys(o.at("data")) {
		if name, ok := strings.CutPrefix(key, "config/"); ok {
			names = append(names, map[string]any{"name": name, "required": true})
			w.note("the value of " + quoted(name) + " is not in the file: give it with `fn config function`")
		}
	}
	var triggers []any
	for _, t := range f.Triggers {
		if t.Origin.Kind != "Trigger" {
			continue
		}
		one := &fields{}
		one.set("name", t.Name)
		one.set("type", "http")
		one.set("source", "/"+strings.TrimPrefix(strings.TrimPrefix(t.Detail, "/t/"+app), "/"))
		triggers = append(triggers, one)
	}
	out.set("triggers", triggers)
	if names != nil {
		expects := &fields{}
		expects.set("config", names)
		out.set("expects", expects)
	}
	if app != "" {
		w.note("the function is in app " + quoted(app) + ": `fn deploy --app` says so")
	}
	return "func.yaml", out.yaml(), nil
}

func choice(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// fnVersion is the tag of an image that the tool has named.
func fnVersion(image, name string) (string, bool) {
	if strings.Contains(image, "@") {
		return "", false
	}
	base, tag, ok := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return tag, ok && base == name
}
