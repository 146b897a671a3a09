package formats

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// The options of Fn.
const (
	optApp  = "app"
	optIdle = "idle-timeout"
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
	for key, v := range f.at("annotations").each() {
		if text, ok := v.value().(string); ok {
			if q.Annotations == nil {
				q.Annotations = map[string]string{}
			}
			q.Annotations[key] = text
			continue
		}
		native(&q, plan.Keyed("annotations", key), v.value())
	}
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

// writeFn writes a function of Fn's server as a func.yaml.
func writeFn(f *model.Function, o object, extra []object, w *writing) (string, []byte, error) {
	out := &fields{}
	out.set("schema_version", 20180708)
	out.set("name", o.text("name"))
	image := o.text("image")
	if version, ok := fnVersion(image, o.text("name")); ok {
		out.set("version", version)
	} else {
		out.set("image", image)
		w.note("the tool makes the image of registry, name and version, which " + quoted(image) + " is not: it stands under image, and a build names it anew")
	}
	for _, key := range []string{"memory", "timeout", "idle_timeout"} {
		if n, ok := o.number(key); ok && n > 0 {
			out.set(key, n)
		}
	}
	config := map[string]any{}
	for name, value := range o.pairs("config") {
		if secret(name, value) {
			w.note("the value of " + quoted(name) + " is not in the file: give it with `fn config function`")
			continue
		}
		config[name] = value
	}
	out.set("config", config)
	notes := map[string]any{}
	for key, v := range o.at("annotations") {
		if strings.HasPrefix(key, "fnproject.io/") { // the server's own
			continue
		}
		notes[key] = v
	}
	out.set("annotations", notes)
	var triggers []any
	for _, t := range extra {
		if t.text("source") == "" || t.text("fn_id") != o.text("id") {
			continue
		}
		one := &fields{}
		one.set("name", t.text("name"))
		one.set("type", t.text("type"))
		one.set("source", t.text("source"))
		triggers = append(triggers, one)
	}
	out.set("triggers", triggers)
	if out.keys == nil {
		return "", nil, fmt.Errorf("%s has no fields", f.Name())
	}
	return "func.yaml", out.yaml(), nil
}

// fnVersion is the tag of an image that the tool has named.
func fnVersion(image, name string) (string, bool) {
	if strings.Contains(image, "@") {
		return "", false
	}
	base, tag, ok := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return tag, ok && base == name
}
