package plan

import (
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// DeployRequest says in words that all frameworks share what function is wanted. What is zero is left to the framework,
// as its own tool leaves it.
type DeployRequest struct {
	Framework, Namespace, Name string
	Source                     Source
	Runtime, Handler           string
	Env                        []Variable
	Mounts                     []Mount
	PullSecrets                []string
	Labels, Annotations        map[string]string
	Command, Args              []string
	Port                       int
	Requests, Limits           map[string]string // cpu, memory: quantities
	Min, Max                   *int
	Timeout                    time.Duration
	Triggers                   []Trigger
	ServiceAccount             string
	// Options are what only this framework has, by the keys of its Offer.
	Options map[string]string
	// Native are changes of the object that declares the function, made after everything else: what the framework's own
	// file says and the words above do not.
	Native []Field
	// Extra are objects that come along, whole.
	Extra []map[string]any
}

// Source is what the function is made of. At most one of Image, Code and Git is set.
type Source struct {
	Image string
	Code  *Code
	Git   *Git
}

// Code is source text or an archive.
type Code struct {
	// Files have paths relative to the function's folder, with slashes; one file for inline code.
	Files map[string][]byte
	// Name is the file or folder that it came from, for messages and for formats that keep it.
	Name string
}

// Git is a repository; URL never holds a password.
type Git struct {
	URL, Ref, Folder string
	Secret           string // with what to log in
}

// Variable is one of the function's environment: Value, or a key of a Secret or ConfigMap of its namespace. Value may be
// secret: it is never shown.
type Variable struct {
	Name, Value            string
	Secret, ConfigMap, Key string
}

// Mount gives the function a Secret or ConfigMap: as files below Path, or with an empty Path in the framework's own way.
type Mount struct {
	Secret, ConfigMap string
	Path              string
}

// Trigger is what calls the function. Type is http, cron, queue or event.
type Trigger struct {
	Type       string
	Name       string // empty: made from the function's
	Host, Path string // http
	Methods    []string
	Schedule   string            // cron: five fields, or what the framework takes
	Topic      string            // queue, event: topic, subject or event type
	Broker     string            // queue, event: where from, in the framework's words
	Options    map[string]string // what only this kind of trigger has
}

// Draft is what a framework's own tool would make of a request.
type Draft struct {
	// Edits are Creates of whole objects, in the order in which they are made. For a REST connector they are its steps.
	Edits []Edit
	// Declares is the object that is the function.
	Declares model.Ref
	Problems []Problem
	// Notes say what is different from what was asked for, or happens outside the cluster, a line each.
	Notes []string
}

// Problem is what is wrong with one field of a request.
type Problem struct {
	Field string // as the flag and the form call it: image, runtime, env, trigger …
	Text  string // one line, without secret values
}

// Offer says what a framework takes, for forms and help.
type Offer struct {
	// Sources are image, code and git: what a function may be made of.
	Sources []string
	// Runtimes are known names; others are taken only where OpenRuntimes says so.
	Runtimes     []string
	OpenRuntimes bool
	// Triggers are the types that it has.
	Triggers []string
	Options  []Option
	// Without says of fields of a request (env, mounts, min …) why the framework has none.
	Without map[string]string
}

// Option is a field that one framework has.
type Option struct {
	Key, What, Default string
	Choices            []string // empty: any text
}

// Surroundings are what a draft may depend on.
type Surroundings struct {
	Objects
	// Served lists the versions in which the cluster has a kind, preferred first. Nothing: it has not.
	Served func(group, kind string) []string
}
