package formats

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// surveyed is a file or folder whose format is known.
type surveyed struct {
	format Format
	files  *folder
	file   string // in the folder; empty for a folder
	source string // of the file, before expansion
}

// survey looks at a path and tells what it is.
func survey(fsys fs.FS, name string) (*surveyed, error) {
	name = path.Clean(name)
	fail := func(err error) error { return &Error{Place{File: name}, err.Error()} }
	if !fs.ValidPath(name) {
		return nil, fail(errOutside)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fail(plain(err))
	}
	if info.IsDir() {
		s, err := surveyFolder(fsys, name)
		if err != nil {
			return nil, fail(err)
		}
		return s, nil
	}
	s := &surveyed{files: &folder{fsys: fsys, dir: path.Dir(name), name: name}, file: path.Base(name)}
	// The file itself is what the operator named: a link to it is his.
	data, err := readNamed(fsys, name, info)
	if err != nil {
		return nil, fail(err)
	}
	s.source = utf8Of(string(data))
	s.format = formatOf(s.file, s.source)
	return s, nil
}

func readNamed(fsys fs.FS, name string, info fs.FileInfo) ([]byte, error) {
	switch {
	case !info.Mode().IsRegular():
		return nil, errSpecial
	case info.Size() > maxFile:
		return nil, errLarge
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, plain(err)
	}
	return data, nil
}

// known are the names that make a folder one of their format.
var known = []string{
	"stack.yaml", "stack.yml", "serverless.yml", "serverless.yaml", "func.yaml", "func.yml", "function.yaml", "function.yml",
	"manifest.yaml", "manifest.yml", "config.yaml",
}

var kustomizations = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

func surveyFolder(fsys fs.FS, name string) (*surveyed, error) {
	s := &surveyed{files: &folder{fsys: fsys, dir: name, name: name}}
	if slices.ContainsFunc(kustomizations, s.files.isFile) {
		s.format = Kustomize
		return s, nil
	}
	if s.files.isDir("specs") && !s.files.isFile("func.yaml") {
		if specs := (&folder{fsys: fsys, dir: path.Join(name, "specs"), name: path.Join(name, "specs")}); hasSpecs(specs) {
			s.files, s.format = specs, FissionSpecs
			return s, nil
		}
	}
	if hasSpecs(s.files) {
		s.format = FissionSpecs
		return s, nil
	}
	for _, file := range known {
		if !s.files.isFile(file) {
			continue
		}
		source, err := s.files.source(file)
		if err != nil {
			return nil, err
		}
		switch f := formatOf(file, source); f {
		case Manifests, "":
		default:
			return &surveyed{format: f, files: &folder{fsys: fsys, dir: name, name: path.Join(name, file)}, file: file, source: source}, nil
		}
	}
	s.format = Manifests
	return s, nil
}

// hasSpecs reports whether a folder is one of `fission spec`.
func hasSpecs(d *folder) bool {
	for _, file := range d.manifests() {
		source, err := d.source(file)
		if err == nil && strings.Contains(source, "DeploymentConfig") && formatOf(file, source) == FissionSpecs {
			return true
		}
	}
	return false
}

// manifests are the files of a folder that may be manifests, sorted.
func (d *folder) manifests() []string {
	entries, err := fs.ReadDir(d.fsys, d.dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		switch strings.ToLower(path.Ext(e.Name())) {
		case ".yaml", ".yml", ".json":
			if e.Type().IsRegular() && len(all) < maxFiles {
				all = append(all, e.Name())
			}
		}
	}
	return all
}

// formatOf tells the format of a file by its first document's keys. What cannot be read as YAML yet, because variables
// stand where YAML has marks, is told by its name.
func formatOf(name, source string) Format {
	docs, err := parse(name, source)
	if len(docs) == 0 {
		var e *Error
		if errors.As(err, &e) {
			return named(name)
		}
		return ""
	}
	d := docs[0]
	if d.kind != mapping {
		return ""
	}
	text := func(keys ...string) string {
		at := d
		for _, key := range keys {
			if at = at.names[key]; at == nil {
				return ""
			}
		}
		return at.text
	}
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return d.names[key] != nil })
	}
	switch api := text("apiVersion"); {
	case slices.ContainsFunc(docs, local):
		return FissionSpecs
	case strings.HasPrefix(api, "nuclio.io/") && d.names["status"] == nil && (text("kind") == "" || strings.HasSuffix(text("kind"), "Function")):
		return Nuclio
	case api != "":
		return Manifests
	case has("provider") && (text("provider") != "" || d.names["provider"].kind == mapping):
		if p := text("provider", "name"); p == "openfaas" || p == "faas" || p == "" && text("provider") == "" && !has("service") {
			return OpenFaaS
		}
		return Kubeless
	case has("service") && has("functions"):
		return Kubeless
	case has("packages") || has("project", "package", "application") && !has("runtime"):
		return OpenWhisk
	}
	return formatOfFunction(name, d, has)
}

// formatOfFunction tells the formats apart that describe one function.
func formatOfFunction(name string, d *node, has func(...string) bool) Format {
	if fs := d.names["functions"]; fs != nil && fs.kind == list || has("images") && has("name") {
		return OpenFaaSStore
	}
	if src := d.names["source"]; src != nil && src.kind == mapping && src.names["sourceType"] != nil {
		return Kyma
	}
	nested := func(key string) bool { return d.names[key] != nil && d.names[key].kind == mapping }
	switch {
	case has("schema_version"):
		return FnProject
	case has("specVersion") || has("created") && has("runtime") || nested("run") || nested("deploy") && nested("build"):
		return KnativeFunc
	case has("run_image", "build_image", "entrypoint", "cmd", "memory", "idle_timeout", "triggers", "version", "content_type"):
		return FnProject
	case has("registry", "invoke", "deploy", "build", "envs") && has("runtime", "image", "registry"):
		return KnativeFunc
	case has("spec") && named(name) == Nuclio:
		return Nuclio
	case has("name") && strings.HasPrefix(name, "func."):
		return FnProject
	case has("functions"):
		return OpenFaaS
	}
	return ""
}

// local reports whether a document is of a kind that only `fission spec` knows.
func local(d *node) bool {
	if d.kind != mapping || d.names["apiVersion"] == nil || d.names["kind"] == nil || !strings.HasPrefix(d.names["apiVersion"].text, "fission.io/") {
		return false
	}
	k := d.names["kind"].text
	return k == "DeploymentConfig" || k == "ArchiveUploadSpec"
}

func named(name string) Format {
	switch strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml") {
	case "stack":
		return OpenFaaS
	case "serverless":
		return Kubeless
	case "function":
		return Nuclio
	}
	return ""
}
