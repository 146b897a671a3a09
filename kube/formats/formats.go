// Package formats reads the files in which people keep their functions, each framework's own, into the shared words of
// plan.DeployRequest, and writes live functions as such files.
//
// Its one rule: what a file says is either in the result or in its notes, with the line it stands in; nothing is
// dropped in silence, nothing is read but what the caller gives, and no value of a variable stands in a message.
package formats

import (
	"fmt"
	"io/fs"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	OpenFaaS      Format = "stack.yml"
	OpenFaaSStore Format = "OpenFaaS function store"
	Kubeless      Format = "serverless.yml"
	KnativeFunc   Format = "func.yaml of Knative"
	FnProject     Format = "func.yaml of Fn"
	FissionSpecs  Format = "Fission specs"
	Nuclio        Format = "function.yaml"
	Kyma          Format = "config.yaml of Kyma"
	OpenWhisk     Format = "manifest.yaml of wskdeploy"
	Manifests     Format = "manifests"
	Kustomize     Format = "kustomization"
)

// Import is what stands in a file or folder.
type Import struct {
	Format   Format
	Requests []plan.DeployRequest
	// Objects are whole objects of Kubernetes, taken as they are.
	Objects []Object
	// Notes say what the format has and Kubernetes, or fn9s, has not, and what its own tool does outside of the cluster.
	Notes []Note
	// Problems are what is wrong in the file; a function with a problem must not be deployed.
	Problems []Note
	// At says where Requests stand, one for one.
	At []Place
}

// Object is one object of a file.
type Object struct {
	Place
	Ref   model.Ref
	Value map[string]any
}

// Place is a field of a file.
type Place struct {
	File string
	Line int    // from 1; 0: unknown
	Path string // `functions.resize.image`; empty: the document
}

// Note is what is to be said of a place, in one line without secret values.
type Note struct {
	Place
	Text string
}

func (n Note) String() string {
	where := n.File
	if n.Line > 0 {
		where = fmt.Sprintf("%s:%d", n.File, n.Line)
	}
	if n.Path != "" {
		where += ": " + n.Path
	}
	return where + ": " + n.Text
}

// Error is a file of which nothing could be read.
type Error Note

func (e *Error) Error() string { return Note(*e).String() }

// Environment looks a variable up; ok is false when it is not set.
type Environment func(name string) (value string, ok bool)

// None is the environment without variables.
func None(string) (string, bool) { return "", false }

// Read reads a file or a folder of a file system. What the file names it reads too, below the file's folder and
// nowhere else. A file that cannot be read at all is an *Error.
func Read(fsys fs.FS, path string, env Environment) (*Import, error) {
	if env == nil {
		env = None
	}
	s, err := survey(fsys, path)
	if err != nil {
		return nil, err
	}
	r := &reader{files: s.files, env: env, out: &Import{Format: s.format}}
	read, ok := readers[s.format]
	if !ok {
		return nil, &Error{Place: Place{File: s.files.name}, Text: "is in no format that is known"}
	}
	if err := read(r, s); err != nil {
		return nil, err
	}
	r.finish()
	return r.out, nil
}

// Detect tells the format of a file or folder, empty when it is none of them.
func Detect(fsys fs.FS, path string) (Format, error) {
	s, err := survey(fsys, path)
	if err != nil {
		return "", err
	}
	return s.format, nil
}

// readers take the surveyed files apart.
var readers map[Format]func(*reader, *surveyed) error

func init() {
	readers = map[Format]func(*reader, *surveyed) error{
		OpenFaaS: readStack, OpenFaaSStore: readStore, KnativeFunc: readKnative, FnProject: readFn, Nuclio: readNuclio,
		FissionSpecs: readFission, Kubeless: readServerless, OpenWhisk: readWhisk, Kyma: readKyma,
		Manifests: readManifests, Kustomize: readKustomize,
	}
}

// reader collects what is read.
type reader struct {
	files *folder
	env   Environment
	out   *Import
	roots []*node // of which everything must be accounted for
	said  int     // notes and problems left out
}

// maxSaid bounds the notes, and the problems.
const maxSaid = 500

func (r *reader) note(at Place, text string)    { r.say(&r.out.Notes, at, text) }
func (r *reader) problem(at Place, text string) { r.say(&r.out.Problems, at, text) }

func (r *reader) say(list *[]Note, at Place, text string) {
	if len(*list) >= maxSaid {
		r.said++
		return
	}
	*list = append(*list, Note{at, text})
}

// request adds a function.
func (r *reader) request(at Place, q plan.DeployRequest) {
	r.out.Requests = append(r.out.Requests, q)
	r.out.At = append(r.out.At, at)
}

// finish lists what nobody asked for.
func (r *reader) finish() {
	for _, root := range r.roots {
		root.unused(func(n *node) { r.note(n.place(), "is not known for this format, and left out") })
	}
	if r.said > 0 {
		r.out.Notes = append(r.out.Notes, Note{Place{File: r.files.name}, fmt.Sprintf("%d more are not listed", r.said)})
	}
}
