package formats

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Notes that several formats share.
const (
	buildsOnly  = "is used where the image is built, which is not in the cluster"
	toolOnly    = "is for the framework's own tool, and has no place in the cluster"
	noneOfThese = "names nothing in the cluster"
)

// readStack reads OpenFaaS stack.yml.
func readStack(r *reader, s *surveyed) error {
	src, line, err := expandBraces(s.source, r.env)
	if err != nil {
		return &Error{Place{File: r.files.name, Line: line}, err.Error()}
	}
	docs, err := parse(r.files.name, src)
	if err != nil {
		return err
	}
	if len(docs) == 0 {
		return &Error{Place{File: r.files.name}, "is empty"}
	}
	for _, extra := range docs[1:] {
		r.note(extra.place(), "is a second document: faas-cli reads the first")
	}
	f := r.root(docs[0])
	f.at("version").pass()
	provider := f.at("provider")
	if name := provider.at("name").text(); name != "openfaas" && name != "faas" {
		at := provider.at("name")
		if !at.ok() {
			at = f
		}
		at.problem("provider.name must be openfaas")
	}
	provider.at("gateway").drop("is the address that faas-cli talks to: fn9s uses the API server")
	provider.at("network").drop(noneOfThese)
	f.at("configuration", "templates").drop("templates are fetched where the image is built, which is not in the cluster")
	f.at("configuration", "copy").drop("is copied into the build, which is not in the cluster")
	for name, fn := range f.at("functions").each() {
		r.stackFunction(name, fn)
	}
	if !f.at("functions").ok() {
		f.problem("has no functions")
	}
	return nil
}

func (r *reader) stackFunction(name string, f field) {
	if !f.is(mapping, "a mapping") {
		return
	}
	q := plan.DeployRequest{
		Framework: "openfaas", Name: name, Namespace: f.at("namespace").text(), Handler: f.at("fprocess").text(),
		Source: plan.Source{Image: f.at("image").text()},
		Labels: f.at("labels").pairs(), Annotations: f.at("annotations").pairs(),
		Requests: r.faasResources(f.at("requests")), Limits: r.faasResources(f.at("limits")),
	}
	if q.Source.Image == "" {
		at := f.at("image")
		if at.n == nil {
			at = f
		}
		at.problem("names no image: OpenFaaS runs images, which faas-cli builds")
	}
	r.faasScale(&q)
	env := f.at("environment").pairs()
	for file := range f.at("environment_file").items() {
		more, err := r.environmentFile(file.text())
		if err != nil {
			file.problem("environment file " + quoted(file.text()) + " " + err.Error())
			continue
		}
		if env == nil {
			env = map[string]string{}
		}
		maps.Copy(env, more)
	}
	q.Env = variables(env)
	for _, secret := range f.at("secrets").words() {
		q.Mounts = append(q.Mounts, plan.Mount{Secret: secret})
	}
	if all := f.at("constraints").words(); len(all) > 0 {
		option(&q, optConstraints, strings.Join(all, ","))
	}
	if f.first("readonly_root_filesystem", "read_only_root_filesystem").flag() {
		option(&q, optReadOnly, "true")
	}
	for _, key := range []string{"lang", "handler", "skip_build", "build_args", "build_options", "build_secrets", "platforms", "publish", "copy"} {
		f.at(key).drop(buildsOnly)
	}
	f.at("registry_auth").drop("is a credential of faas-cli: name a pull secret in the cluster instead")
	r.request(f.place(), q)
}

// The options of OpenFaaS.
const (
	optConstraints = "constraints"
	optReadOnly    = "read-only-root"
)

// option sets one.
func option(q *plan.DeployRequest, key, value string) {
	if q.Options == nil {
		q.Options = map[string]string{}
	}
	q.Options[key] = value
}

// The labels that say how far OpenFaaS scales.
const (
	labelMin = "com.openfaas.scale.min"
	labelMax = "com.openfaas.scale.max"
)

// faasScale says in shared words what two labels say.
func (r *reader) faasScale(q *plan.DeployRequest) {
	q.Min, q.Max = takeCount(q.Labels, labelMin), takeCount(q.Labels, labelMax)
	if len(q.Labels) == 0 {
		q.Labels = nil
	}
}

// takeCount moves a number out of labels. What is written differently from how it would be written again stays.
func takeCount(labels map[string]string, key string) *int {
	n, err := strconv.Atoi(labels[key])
	if err != nil || n < 0 || strconv.Itoa(n) != labels[key] {
		return nil
	}
	delete(labels, key)
	return &n
}

// faasResources are cpu and memory; other resources a Function has no field for.
func (r *reader) faasResources(f field) map[string]string {
	var all map[string]string
	for key, value := range f.each() {
		if key != "cpu" && key != "memory" {
			value.drop("a function of OpenFaaS has no field for this resource: a Profile has")
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		all[key] = value.text()
	}
	return all
}

// environmentFile reads `environment: {NAME: value}` of another file. faas-cli fills in no variables there.
func (r *reader) environmentFile(name string) (map[string]string, error) {
	src, err := r.files.source(name)
	if err != nil {
		return nil, err
	}
	docs, err := parse(name, src)
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	f := r.root(docs[0])
	return f.at("environment").pairs(), nil
}

// variables are the entries of a map, sorted.
func variables(m map[string]string) []plan.Variable {
	var all []plan.Variable
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, plan.Variable{Name: name, Value: m[name]})
	}
	return all
}

// readStore reads entries of the function store: a list of them, or one.
func readStore(r *reader, s *surveyed) error {
	docs, err := parse(r.files.name, s.source)
	if err != nil {
		return err
	}
	f := r.root(docs[0])
	if !f.at("functions").ok() {
		r.storeFunction(f)
		return nil
	}
	f.at("version").pass()
	for entry := range f.at("functions").items() {
		r.storeFunction(entry)
	}
	return nil
}

func (r *reader) storeFunction(f field) {
	if !f.is(mapping, "an entry of the store") {
		return
	}
	q := plan.DeployRequest{
		Framework: "openfaas", Name: f.at("name").text(), Handler: f.at("fprocess").text(),
		Labels: f.at("labels").pairs(), Annotations: f.at("annotations").pairs(), Env: variables(f.at("environment").pairs()),
	}
	r.faasScale(&q)
	for _, key := range []string{"title", "description", "author", "icon", "repo_url"} {
		f.at(key).pass()
	}
	if q.Name == "" {
		f.problem("has no name")
		return
	}
	if images := f.at("images"); images.ok() && images.n.kind == scalar {
		q.Source.Image = images.text()
	} else {
		for arch, image := range images.each() {
			if arch == "x86_64" || q.Source.Image == "" && len(images.n.below) == 1 {
				q.Source.Image = image.text()
				continue
			}
			image.drop("is for nodes of another architecture: the one for x86_64 is taken")
		}
	}
	if q.Source.Image == "" {
		f.problem("has no image for x86_64")
	}
	if f.first("readOnlyRootFilesystem", "readonly_root_filesystem").flag() {
		option(&q, optReadOnly, "true")
	}
	r.request(f.place(), q)
}

// writeStack writes what is asked for as a stack.yml.
func writeStack(q *plan.DeployRequest, w *writing) []byte {
	fn := &fields{}
	fn.set("namespace", q.Namespace)
	fn.set("image", q.Source.Image)
	fn.set("skip_build", true)
	fn.set("fprocess", q.Handler)
	fn.set("environment", w.plainEnv(q))
	var secrets []any
	for _, m := range q.Mounts {
		if m.Secret == "" || m.Path != "" {
			w.note("OpenFaaS mounts whole Secrets at a path of its own: " + quoted(m.Secret+m.ConfigMap) + " is left out")
			continue
		}
		secrets = append(secrets, m.Secret)
	}
	fn.set("secrets", secrets)
	fn.set("labels", scaled(q))
	fn.set("annotations", anyMap(q.Annotations))
	fn.set("limits", anyMap(q.Limits))
	fn.set("requests", anyMap(q.Requests))
	if c := q.Options[optConstraints]; c != "" {
		fn.set("constraints", anyList(strings.Split(c, ",")))
	}
	if q.Options[optReadOnly] == "true" {
		fn.set("readonly_root_filesystem", true)
	}
	for _, f := range q.Native {
		w.note(f.Path + " has no place in a stack.yml")
	}
	functions, provider, all := &fields{}, &fields{}, &fields{}
	functions.set(q.Name, fn)
	provider.set("name", "openfaas")
	all.set("version", "1.0")
	all.set("provider", provider)
	all.set("functions", functions)
	return all.escaped()
}

func scaled(q *plan.DeployRequest) map[string]any {
	m := anyMap(q.Labels)
	if m == nil {
		m = map[string]any{}
	}
	if q.Min != nil {
		m[labelMin] = strconv.Itoa(*q.Min)
	}
	if q.Max != nil {
		m[labelMax] = strconv.Itoa(*q.Max)
	}
	return m
}

// ofFaaS reads a live function of OpenFaaS: a Function, or a Deployment of the Community Edition.
func ofFaaS(f *model.Function, o object, w *writing) plan.DeployRequest {
	if o.text("kind") == "Deployment" {
		return ofFaaSDeployment(f, o, w)
	}
	spec := o.at("spec")
	q := plan.DeployRequest{
		Framework: "openfaas", Namespace: o.text("metadata", "namespace"), Name: spec.text("name"), Handler: spec.text("handler"),
		Source: plan.Source{Image: spec.text("image")}, Env: variables(spec.pairs("environment")),
		Labels: spec.pairs("labels"), Annotations: spec.pairs("annotations"),
		Limits: spec.pairs("limits"), Requests: spec.pairs("requests"),
	}
	if q.Name == "" {
		q.Name = o.text("metadata", "name")
	}
	for _, s := range spec.list("secrets") {
		if name, ok := s.(string); ok {
			q.Mounts = append(q.Mounts, plan.Mount{Secret: name})
		}
	}
	var all []string
	for _, c := range spec.list("constraints") {
		if text, ok := c.(string); ok {
			all = append(all, text)
		}
	}
	if len(all) > 0 {
		option(&q, optConstraints, strings.Join(all, ","))
	}
	if b, _ := spec["readOnlyRootFilesystem"].(bool); b {
		option(&q, optReadOnly, "true")
	}
	q.Min, q.Max = takeCount(q.Labels, labelMin), takeCount(q.Labels, labelMax)
	return tidy(q)
}

// ofFaaSDeployment reads what the Community Edition made of a request.
func ofFaaSDeployment(f *model.Function, o object, w *writing) plan.DeployRequest {
	template := o.at("spec", "template")
	q := plan.DeployRequest{
		Framework: "openfaas", Namespace: o.text("metadata", "namespace"), Name: o.text("metadata", "name"),
		Labels: template.pairs("metadata", "labels"), Annotations: template.pairs("metadata", "annotations"),
	}
	for _, key := range []string{"faas_function", "uid"} {
		delete(q.Labels, key)
	}
	delete(q.Annotations, "prometheus.io.scrape")
	for _, c := range objects(template.at("spec").list("containers")) {
		if len(q.Source.Image) > 0 && c.text("name") != q.Name {
			continue
		}
		q.Source.Image = c.text("image")
		q.Limits, q.Requests = c.pairs("resources", "limits"), c.pairs("resources", "requests")
		if b, _ := c.at("securityContext")["readOnlyRootFilesystem"].(bool); b {
			option(&q, optReadOnly, "true")
		}
		q.Env = w.env(c.list("env"))
	}
	for i, v := range q.Env {
		if v.Name == "fprocess" {
			q.Handler, q.Env = v.Value, slices.Delete(q.Env, i, i+1)
			break
		}
	}
	for _, v := range objects(template.at("spec").list("volumes")) {
		for _, s := range objects(v.at("projected").list("sources")) {
			if name := s.text("secret", "name"); name != "" && strings.HasSuffix(v.text("name"), "-projected-secrets") {
				q.Mounts = append(q.Mounts, plan.Mount{Secret: name})
			}
		}
	}
	q.Min, q.Max = takeCount(q.Labels, labelMin), takeCount(q.Labels, labelMax)
	return tidy(q)
}
