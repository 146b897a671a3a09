package formats

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// expandDollars fills in variables as wskdeploy does: `$NAME` where a text begins with it, and `${NAME}` in any text
// with as many opening braces as closing ones. One that is not set is empty; `$${NAME}` stands for `${NAME}`.
func expandDollars(text string, env Environment) string {
	whole := strings.HasPrefix(text, "$") && len(text) > 1
	if !whole && (!strings.Contains(text, "${") || strings.Count(text, "{") != strings.Count(text, "}")) {
		return text
	}
	names := strings.FieldsFunc(text, func(r rune) bool { return r == '$' || r == '{' || r == '}' })
	if len(names) > maxNested {
		names = names[:maxNested]
	}
	for _, name := range names {
		from, to := "", ""
		value, _ := env(name)
		switch {
		case strings.Contains(text, "$${"+name+"}"):
			from, to = "$${"+name+"}", "${"+name+"}"
		case strings.Contains(text, "$"+name):
			from, to = "$"+name, value
		case strings.Contains(text, "${"+name+"}"):
			from, to = "${"+name+"}", value
		default:
			continue
		}
		if len(text)+strings.Count(text, from)*len(to) > maxExpanded {
			return text
		}
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

// kinds of runtimes by the endings of files, as wskdeploy takes them.
var whiskKinds = map[string]string{
	".js": "nodejs:default", ".mjs": "nodejs:default", ".py": "python:default", ".swift": "swift:default", ".java": "java:default",
	".jar": "java:default", ".php": "php:default", ".rb": "ruby:default", ".go": "go:default", ".rs": "rust:default", ".bal": "ballerina:default",
}

func (w *whisk) source(name string, f field, q *plan.DeployRequest) {
	function, code := f.first("function", "location"), f.at("code")
	image := f.at("docker").text()
	if f.at("native").flag() && image == "" {
		image = "openwhisk/dockerskeleton"
	}
	switch {
	case function.ok():
		w.file(function, f, q)
		if image != "" && q.Source.Code != nil {
			native(q, "spec.exec.image", image)
			native(q, "spec.exec.kind", "blackbox")
		}
	case code.ok():
		if q.Runtime == "" {
			code.problem("inline code needs a runtime")
			return
		}
		file := name + cmp.Or(slices.Concat(endingsOf(q.Runtime), []string{""})[0], ".txt")
		q.Source.Code = &plan.Code{Name: file, Files: map[string][]byte{file: []byte(code.text())}}
	case image != "":
		q.Source.Image = image
	default:
		f.lacks("has no function, code or docker")
	}
}

// file reads the action's file, or its folder.
func (w *whisk) file(at, f field, q *plan.DeployRequest) {
	name := at.text()
	if strings.Contains(name, "://") || strings.HasPrefix(name, "github.com/") {
		at.problem("is fetched from the network by wskdeploy: put the file beside the manifest")
		return
	}
	if w.files.isDir(name) {
		files, links, err := w.files.tree(name, func(file string) bool { return taken(w.filter(f), file) })
		if err != nil {
			at.problem(quoted(name) + " " + err.Error())
			return
		}
		for _, l := range links {
			at.note(quoted(l) + " is no regular file: it is left out of the code")
		}
		if q.Runtime == "" {
			at.problem("a folder needs a runtime")
		}
		archive, err := zipped(files)
		if err != nil {
			at.problem(err.Error())
			return
		}
		file := path.Base(path.Clean(name)) + ".zip"
		q.Source.Code = &plan.Code{Name: file, Files: map[string][]byte{file: archive}}
		return
	}
	f.at("include").drop("is for actions that are folders")
	f.at("exclude").drop("is for actions that are folders")
	data, err := w.files.read(name, maxCode)
	if err != nil {
		at.problem(quoted(name) + " " + err.Error())
		return
	}
	if q.Runtime == "" {
		if q.Runtime = whiskKinds[path.Ext(name)]; q.Runtime == "" {
			at.problem("needs a runtime: its ending tells none")
		}
	}
	q.Source.Code = &plan.Code{Name: path.Base(name), Files: map[string][]byte{path.Base(name): data}}
}

// filter are the patterns of a folder: what is included comes from other places, which are left out.
func (w *whisk) filter(f field) []string {
	for pair := range f.at("include").items() {
		pair.drop("copies files from another place into the archive, which is not done: put them into the folder")
	}
	var patterns []string
	for _, e := range f.at("exclude").words() {
		patterns = append(patterns, "!"+strings.TrimSuffix(e, "/")+map[bool]string{true: "/**", false: ""}[strings.HasSuffix(e, "/")])
	}
	return patterns
}
