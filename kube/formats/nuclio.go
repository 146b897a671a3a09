package formats

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// The option of Nuclio that is a label in its file.
const (
	optProject   = "project"
	projectLabel = "nuclio.io/project-name"
)

// readNuclio reads function.yaml: the same spec as the object has.
func readNuclio(r *reader, s *surveyed) error {
	f, err := r.one(s, "nuctl")
	if err != nil {
		return err
	}
	f.at("apiVersion").pass()
	f.at("kind").pass()
	meta, spec := f.at("metadata"), f.at("spec")
	q := plan.DeployRequest{
		Framework: "nuclio", Name: meta.at("name").text(), Namespace: meta.at("namespace").text(),
		Labels: meta.at("labels").pairs(), Annotations: meta.at("annotations").pairs(),
		Runtime: spec.at("runtime").text(), Handler: spec.at("handler").text(), ServiceAccount: spec.at("serviceAccount").text(),
	}
	if project := q.Labels[projectLabel]; project != "" {
		delete(q.Labels, projectLabel)
		option(&q, optProject, project)
	}
	if len(q.Labels) == 0 {
		q.Labels = nil
	}
	if q.Name == "" {
		meta.lacks("metadata.name is missing")
	}
	if secret := spec.at("imagePullSecrets").text(); secret != "" {
		q.PullSecrets = []string{secret}
	}
	q.Min, q.Max = spec.at("minReplicas").count(), spec.at("maxReplicas").count()
	r.resources(spec.at("resources"), &q, "spec.resources")
	r.nuclioEnv(spec.at("env"), &q)
	r.nuclioSource(spec, &q)
	for key, v := range spec.each() {
		if nuclioShared[key] || v.n.used && v.n.kind == scalar {
			continue
		}
		if !v.ok() {
			continue
		}
		native(&q, plan.Keyed("spec", key), v.value())
	}
	f.at("status").drop("is what the controller says: it is made anew")
	r.request(f.place(), q)
	return nil
}

// nuclioShared are fields of the spec for which requests have words of their own.
var nuclioShared = map[string]bool{
	"runtime": true, "handler": true, "serviceAccount": true, "imagePullSecrets": true, "minReplicas": true, "maxReplicas": true,
	"resources": true, "env": true, "image": true, "build": true,
}

// resources takes cpu and memory over, and what else there is as it is.
func (r *reader) resources(f field, q *plan.DeployRequest, at string) {
	for _, part := range []string{"requests", "limits"} {
		for key, v := range f.at(part).each() {
			if key != "cpu" && key != "memory" {
				native(q, plan.Keyed(at+"."+part, key), v.value())
				continue
			}
			m := &q.Requests
			if part == "limits" {
				m = &q.Limits
			}
			if *m == nil {
				*m = map[string]string{}
			}
			(*m)[key] = v.text()
		}
	}
}

// kubeEnv reads variables as Kubernetes has them. Those from fields of the pod, which requests have no word for, go to
// others.
func (r *reader) kubeEnv(f field, q *plan.DeployRequest, others func(name string, value map[string]any)) {
	for e := range f.items() {
		v := plan.Variable{Name: e.at("name").text()}
		if v.Name == "" {
			e.lacks("has no name")
		}
		from := e.at("valueFrom")
		switch secret, config := from.at("secretKeyRef"), from.at("configMapKeyRef"); {
		case secret.ok() && !secret.at("optional").ok():
			v.Secret, v.Key = secret.at("name").text(), secret.at("key").text()
		case config.ok() && !config.at("optional").ok():
			v.ConfigMap, v.Key = config.at("name").text(), config.at("key").text()
		case from.ok():
			others(v.Name, map[string]any{"valueFrom": from.value()})
			continue
		default:
			v.Value = e.at("value").text()
		}
		q.Env = append(q.Env, v)
	}
}

func (r *reader) nuclioEnv(f field, q *plan.DeployRequest) {
	r.kubeEnv(f, q, func(name string, value map[string]any) { native(q, plan.Named("spec.env", name), value) })
}

// endings of source files, by the runtime's name before the colon.
var endings = map[string][]string{
	"python": {".py"}, "golang": {".go"}, "go": {".go"}, "nodejs": {".js"}, "shell": {".sh"}, "ruby": {".rb"}, "java": {".java", ".jar"},
	"dotnetcore": {".cs"}, "php": {".php"}, "ballerina": {".bal"},
}

func endingsOf(runtime string) []string {
	for name, all := range endings {
		if strings.HasPrefix(runtime, name) && strings.Trim(strings.TrimPrefix(runtime, name), "0123456789.:") == "" {
			return all
		}
	}
	return nil
}

// nuclioSource finds what the function is made of.
func (r *reader) nuclioSource(spec field, q *plan.DeployRequest) {
	build := spec.at("build")
	entry, image := build.at("codeEntryType").text(), spec.at("image").text()
	inline := build.at("functionSourceCode")
	switch {
	case image != "" && (entry == "" || entry == "image" || entry == "sourceCode") && (!inline.ok() || entry == "image"):
		q.Source.Image = image
	case inline.ok():
		code, err := base64.StdEncoding.DecodeString(inline.text())
		if err != nil {
			inline.problem("is no base64")
			return
		}
		name := r.entryFile(q)
		q.Source.Code = &plan.Code{Name: name, Files: map[string][]byte{name: code}}
		build.at("codeEntryType").pass()
		if image != "" {
			native(q, "spec.image", image)
		}
	case entry == "git":
		r.nuclioGit(build, q)
	case entry == "" || entry == "sourceCode":
		r.nuclioFile(build.at("path"), q)
	default:
		build.at("codeEntryType").note("only Nuclio's dashboard and nuctl fetch and build such a source")
	}
	rest := map[string]any{}
	for key, v := range build.each() {
		if key == "functionSourceCode" || key == "codeEntryType" && q.Source != (plan.Source{}) || key == "path" && (q.Source.Code != nil || q.Source.Git != nil) || !v.ok() {
			continue
		}
		if key == "codeEntryAttributes" {
			if kept := r.entryAttributes(v, q.Source.Git != nil); len(kept) > 0 {
				rest[key] = kept
			}
			continue
		}
		rest[key] = v.value()
	}
	for _, key := range sortedKeys(rest) {
		native(q, plan.Keyed("spec.build", key), rest[key])
	}
}

// entryAttributes leaves out credentials, and what the request says in words of its own.
func (r *reader) entryAttributes(f field, git bool) map[string]any {
	kept := map[string]any{}
	for key, v := range f.each() {
		lower := strings.ToLower(key)
		switch {
		case git && slices.Contains([]string{"branch", "tag", "reference", "workDir"}, key):
		case strings.Contains(lower, "password") || strings.Contains(lower, "secret") || strings.Contains(lower, "token") || lower == "headers":
			v.drop("is a credential for the build: it is not copied")
		default:
			kept[key] = v.value()
		}
	}
	return kept
}

func (r *reader) nuclioGit(build field, q *plan.DeployRequest) {
	attributes := build.at("codeEntryAttributes")
	q.Source.Git = r.git(build.at("path"))
	if q.Source.Git == nil {
		return
	}
	q.Source.Git.Folder = strings.TrimPrefix(attributes.at("workDir").text(), "/")
	for _, key := range []string{"branch", "tag", "reference"} {
		ref := attributes.at(key).text()
		if key == "tag" && ref != "" {
			ref = "refs/tags/" + ref
		}
		if ref != "" && q.Source.Git.Ref == "" {
			q.Source.Git.Ref = ref
		}
	}
}

// git takes an address over, without a password in it.
func (r *reader) git(f field) *plan.Git {
	address := f.text()
	if scheme, rest, ok := strings.Cut(address, "://"); ok {
		if at := strings.LastIndex(strings.SplitN(rest, "/", 2)[0], "@"); at >= 0 && strings.Contains(rest[:at], ":") {
			f.problem("has a password in it: name a Secret instead, and replace the password")
			return &plan.Git{URL: scheme + "://" + rest[at+1:]}
		}
	}
	if address == "" {
		f.lacks("names no repository")
		return nil
	}
	return &plan.Git{URL: address}
}

// entryFile is the file that the handler names.
func (r *reader) entryFile(q *plan.DeployRequest) string {
	name, _, _ := strings.Cut(q.Handler, ":")
	all := endingsOf(q.Runtime)
	switch {
	case path.Ext(name) != "" && (len(all) == 0 || slices.Contains(all, path.Ext(name))):
		return path.Base(name)
	case name == "":
		name = "main"
	}
	if len(all) > 0 {
		return path.Base(name) + all[0]
	}
	return path.Base(name)
}

// nuclioFile reads the code beside the file, or where it says.
func (r *reader) nuclioFile(at field, q *plan.DeployRequest) {
	where := at.text()
	if strings.Contains(where, "://") {
		at.note("only Nuclio's dashboard and nuctl fetch and build such a source")
		return
	}
	if where == "" {
		where = "."
	}
	name := path.Join(where, r.entryFile(q))
	if r.files.isFile(where) {
		name = where
	}
	data, err := r.files.read(name, maxCode)
	if err != nil {
		if at.ok() || err != errMissing {
			r.problem(at.place(), "the code "+quoted(name)+" "+err.Error())
			return
		}
		at.lacks("has no image, and no code beside it: " + quoted(name) + " " + err.Error())
		return
	}
	q.Source.Code = &plan.Code{Name: path.Base(name), Files: map[string][]byte{path.Base(name): data}}
}

// nuclioDefaults takes away what nuctl and the dashboard fill in.
func nuclioDefaults(spec, build object) {
	for _, key := range []string{"imageHash", "alias", "version", "platform"} {
		delete(spec, key)
	}
	if n, _ := spec.number("targetCPU"); n == 75 {
		delete(spec, "targetCPU")
	}
	if build.text("codeEntryType") == "image" && spec.text("image") != "" {
		delete(build, "codeEntryType")
	}
	for _, key := range sortedKeys(spec) {
		if b, isFlag := spec[key].(bool); emptyValue(spec[key]) || isFlag && !b {
			delete(spec, key)
		}
	}
}

// writeNuclio writes the object as the file that nuctl reads.
func writeNuclio(_ *model.Function, o object, _ []object, w *writing) (string, []byte, error) {
	live := w.cleaned(o)
	meta, spec := live.at("metadata"), live.at("spec")
	notes := meta.at("annotations")
	delete(notes, "nuclio.io/force-update")
	out, head, body := &fields{}, &fields{}, &fields{}
	head.set("name", meta["name"])
	head.set("namespace", meta["namespace"])
	head.set("labels", meta["labels"])
	head.set("annotations", meta["annotations"])
	build := spec.at("build")
	nuclioDefaults(spec, build)
	for key := range build.at("codeEntryAttributes") {
		lower := strings.ToLower(key)
		if strings.Contains(lower, "password") || strings.Contains(lower, "secret") || strings.Contains(lower, "token") || lower == "headers" {
			delete(build.at("codeEntryAttributes"), key)
			w.note("spec.build.codeEntryAttributes." + key + " is a credential: it is left out")
		}
	}
	for _, key := range sortedKeys(spec) {
		body.set(key, spec[key])
	}
	out.set("apiVersion", "nuclio.io/v1")
	out.set("kind", "NuclioFunction")
	out.set("metadata", head)
	out.set("spec", body)
	return "function.yaml", out.yaml(), nil
}
