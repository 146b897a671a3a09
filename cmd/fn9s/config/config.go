// Package config reads the configuration file, and makes of it the options of the packages that it is about.
//
// Its one rule: a mistake in the file never stops the program. What is wrong is off and told with its place; the rest
// works.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/adrg/xdg"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views"
	"github.com/fn9s/fn9s/views/plugin"
	"github.com/fn9s/fn9s/views/screen"
)

//go:generate go test -run ^TestSchemaIsCurrent$ -update .

// maxFile bounds a file of the configuration.
const maxFile = 1 << 20

// Console is what the configuration says about the console.
type Console struct {
	Theme string // empty: none is named
	// Light and Dark are the themes by the terminal's background; empty: the built-in ones.
	Light, Dark string
	Themes      []themes.Theme // the operator's own
	// KeepBackground leaves the terminal's background to themes that have one.
	KeepBackground bool
	NoMouse        bool
	Clipboard      string // auto, terminal or off
	Preset         string
	Keys           []action.Override
	Columns        map[string][]string   // by the name of the table
	Custom         []screen.CustomColumn // of the functions table
	Extras         inspect.Extras        // the operator's own, of plain tables
	Aliases        map[string]string
	Favourites     []views.Favourite
	Plugins        []plugin.Plugin
	Hotkeys        []views.Hotkey
	Logs           screen.LogOptions
}

// Clusters is what the configuration says about how clusters are opened.
type Clusters struct {
	Scopes     map[string][]string // namespaces by context
	MaxWatched int                 // 0: the default
	ReadOnly   bool
}

// Candidates returns the namespaces to try in a context.
func (c *Clusters) Candidates(context string) []cluster.Candidate {
	var all []cluster.Candidate
	for _, n := range c.Scopes[context] {
		all = append(all, cluster.Candidate{Name: n, Source: "config"})
	}
	return all
}

// Connector is one connector, and the context that it belongs to.
type Connector struct {
	rest.Config
	Context string
	CA      []byte // certificates in PEM that are trusted too
	Writes  bool
}

// Posture is how posture is judged.
type Posture struct {
	Target              string
	Namespaces          map[string]string // pattern of namespaces → target
	AllowedRegistries   []string
	RotationAge         time.Duration
	SensitiveNames      []*regexp.Regexp
	ReadCertificates    bool
	CompareSecretValues bool
	Exceptions          string // path; empty: none
}

// Config is the whole configuration.
type Config struct {
	File       string // empty: there is none
	Console    Console
	Clusters   Clusters
	Frameworks all.Options
	Connectors []Connector
	Posture    Posture
	Prometheus *Prometheus        // nil: none
	Guardrails []change.Guardrail // in the order of the file
	DebugImage string             // of containers that are put beside one without a shell; empty: the default
	Problems   []Problem

	k9s []string // what is also read from k9s's folder
}

// Off counts the entries that do not work.
func (c *Config) Off() int {
	n := 0
	for _, p := range c.Problems {
		if p.Off {
			n++
		}
	}
	return n
}

// Warnings are the problems as texts without control sequences.
func (c *Config) Warnings() []string {
	var all []string
	for _, p := range c.Problems {
		all = append(all, p.String())
	}
	return all
}

// Folder is where the configuration is looked for.
func Folder() string {
	if home := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, "fn9s")
	}
	return filepath.Join(xdg.ConfigHome, "fn9s")
}

// Load reads the configuration. Without a path it is config.yaml of Folder, which need not exist. The error is only
// about a file that was named and cannot be read; what is wrong in it is in Problems.
func Load(path string) (*Config, error) {
	named := path != ""
	if !named {
		path = filepath.Join(Folder(), "config.yaml")
	}
	own, wrong := readThemes(filepath.Join(filepath.Dir(path), "themes"))
	c, err := load(path, named, own)
	if err == nil {
		c.addK9s(K9sFolder())
		c.Problems = append(c.Problems, wrong...)
	}
	return c, err
}

func load(path string, named bool, own []themes.Theme) (*Config, error) {
	data, err := readFile(path)
	switch {
	case err == nil:
		c := parse(path, data, own)
		c.addFolder(filepath.Join(filepath.Dir(path), "frameworks.d"))
		return c, nil
	case named:
		return nil, fmt.Errorf("read configuration: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		c := parse("", nil, own)
		c.addFolder(filepath.Join(filepath.Dir(path), "frameworks.d"))
		return c, nil
	}
	c := parse("", nil, own)
	c.Problems = append(c.Problems, Problem{Off: true, Message: "the configuration cannot be read, the defaults count: " + err.Error()})
	c.forbid("the configuration cannot be read")
	return c, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	}
	return data, nil
}

// Parse reads a configuration. It never fails: what is wrong is in Problems.
func Parse(file string, data []byte) *Config { return parse(file, data, nil) }

func parse(file string, data []byte, own []themes.Theme) *Config {
	c := &Config{File: file, Console: Console{Themes: own}}
	node, problem := document(file, data)
	if problem != nil {
		c.Problems = append(c.Problems, *problem)
	}
	if node == nil {
		if problem != nil {
			c.forbid("the configuration " + file + " cannot be read")
		}
		c.defaults()
		return c
	}
	check := checker{file: file}
	rules := entries(node, "guardrails")
	check.check(node, root, "")
	if entries(node, "guardrails") != rules {
		// A rule that is off would let through what it was written against.
		defer c.forbid("a guardrail in " + file + " cannot be read")
	}
	var f contents
	if err := node.Decode(&f); err != nil {
		check.note(node, true, "the defaults count: %v", err)
		f = contents{}
		defer c.forbid("the configuration " + file + " cannot be read")
	}
	d := decoder{checker: &check, config: c, folder: filepath.Dir(file)}
	d.decode(node, &f)
	c.Problems = append(c.Problems, check.problems...)
	c.defaults()
	return c
}

// forbid refuses all changes where it is not known which of them are to be refused.
func (c *Config) forbid(reason string) {
	c.Guardrails = append([]change.Guardrail{{Deny: true, Reason: reason}}, c.Guardrails...)
}

// entries counts the elements of a list; -1: there is none, or it is something else.
func entries(n *yaml.Node, key string) int {
	v := value(n, key)
	switch {
	case v == nil:
		return -1
	case v.Kind == yaml.SequenceNode:
		return len(v.Content)
	}
	return -2
}

// document parses the YAML of one document.
func document(file string, data []byte) (*yaml.Node, *Problem) {
	bad := func(format string, args ...any) (*yaml.Node, *Problem) {
		return nil, &Problem{File: file, Off: true, Message: "the defaults count: " + fmt.Sprintf(format, args...)}
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var n yaml.Node
	switch err := d.Decode(&n); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return bad("this is no YAML: %v", err)
	}
	if len(n.Content) != 1 || isNull(n.Content[0]) {
		return nil, nil
	}
	if n.Content[0].Kind != yaml.MappingNode {
		return bad("the configuration must be a map, not %s", describe(n.Content[0]))
	}
	var more yaml.Node
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return n.Content[0], &Problem{File: file, Line: more.Line, Column: more.Column, Message: "only the first document is read"}
	}
	return n.Content[0], nil
}

func (c *Config) defaults() {
	if c.Posture.Target == "" {
		c.Posture.Target = "restricted"
	}
	if c.Posture.RotationAge == 0 {
		c.Posture.RotationAge = 2160 * time.Hour
	}
	if c.Console.Preset == "" {
		c.Console.Preset = action.PresetDefault
	}
	if c.Console.Clipboard == "" {
		c.Console.Clipboard = "auto"
	}
}
