package config

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views"
)

// contents is the part of the file that decodes by itself; the rest needs its lines.
type contents struct {
	Terminal struct {
		Mouse      *bool  `yaml:"mouse"`
		Background *bool  `yaml:"background"`
		Clipboard  string `yaml:"clipboard"`
	} `yaml:"terminal"`
	Shell struct {
		DebugImage string `yaml:"debugImage"`
	} `yaml:"shell"`
	MaxWatched int  `yaml:"maxWatchedNamespaces"`
	ReadOnly   bool `yaml:"readOnly"`
	Guardrails []struct {
		Context   string `yaml:"context"`
		Namespace string `yaml:"namespace"`
		Action    string `yaml:"action"`
		Then      string `yaml:"then"`
		Word      string `yaml:"word"`
		Max       int    `yaml:"max"`
		Reason    string `yaml:"reason"`
	} `yaml:"guardrails"`
	Posture struct {
		Target     string `yaml:"target"`
		Namespaces map[string]struct {
			Target string `yaml:"target"`
		} `yaml:"namespaces"`
		AllowedRegistries   []string      `yaml:"allowedRegistries"`
		RotationAge         time.Duration `yaml:"rotationAge"`
		ReadCertificates    bool          `yaml:"readCertificates"`
		CompareSecretValues bool          `yaml:"compareSecretValues"`
		Exceptions          string        `yaml:"exceptions"`
	} `yaml:"posture"`
}

// decoder turns what was checked into options.
type decoder struct {
	*checker
	config *Config
	folder string
}

func (d *decoder) decode(root *yaml.Node, f *contents) {
	c := d.config
	c.Console.Clipboard = f.Terminal.Clipboard
	c.Console.KeepBackground = f.Terminal.Background != nil && !*f.Terminal.Background
	d.theme(value(root, "theme"))
	c.Console.NoMouse = f.Terminal.Mouse != nil && !*f.Terminal.Mouse
	c.DebugImage = f.Shell.DebugImage
	c.Clusters.MaxWatched, c.Clusters.ReadOnly = f.MaxWatched, f.ReadOnly
	c.Posture.Target, c.Posture.AllowedRegistries = f.Posture.Target, f.Posture.AllowedRegistries
	c.Posture.RotationAge, c.Posture.ReadCertificates = f.Posture.RotationAge, f.Posture.ReadCertificates
	c.Posture.CompareSecretValues = f.Posture.CompareSecretValues
	for pattern, n := range f.Posture.Namespaces {
		if c.Posture.Namespaces == nil {
			c.Posture.Namespaces = map[string]string{}
		}
		c.Posture.Namespaces[pattern] = n.Target
	}
	for _, g := range f.Guardrails {
		rule := change.Guardrail{
			Context: g.Context, Namespace: g.Namespace, Action: g.Action, Deny: g.Then == "deny", Most: g.Max, Reason: g.Reason,
		}
		if g.Then == "confirm" {
			rule.Confirm = cmp.Or(g.Word, "apply")
		}
		c.Guardrails = append(c.Guardrails, rule)
	}
	if f.Posture.Exceptions != "" {
		c.Posture.Exceptions = d.file(f.Posture.Exceptions)
	}
	d.patterns(value(value(root, "posture"), "sensitiveNames"))
	d.logs(value(root, "logs"))
	d.keys(value(root, "keys"))
	d.columns(value(root, "columns"))
	d.aliases(value(root, "aliases"))
	d.plugins(value(root, "plugins"))
	d.hotkeys(value(root, "hotkeys"))
	c.k9s = texts(value(root, "k9s"))
	d.scopes(value(root, "scopes"))
	d.frameworks(root)
	d.connectors(value(root, "connectors"))
	d.prometheus(value(root, "prometheus"))
}

// file makes a path of the configuration relative to its folder.
func (d *decoder) file(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.folder, path)
}

// value returns the value of a key, nil when there is none.
func value(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// pairs calls f for every entry of a map, in the order of the file.
func pairs(n *yaml.Node, f func(k, v *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i], n.Content[i+1])
	}
}

func texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var all []string
	for _, e := range n.Content {
		all = append(all, e.Value)
	}
	return all
}

func (d *decoder) patterns(n *yaml.Node) {
	if n == nil {
		return
	}
	for _, e := range n.Content {
		re, err := regexp.Compile(e.Value)
		if err != nil {
			d.note(e, true, "posture.sensitiveNames: %s is no regular expression: %v", quote(e.Value), err)
			continue
		}
		d.config.Posture.SensitiveNames = append(d.config.Posture.SensitiveNames, re)
	}
}

// keys reads the preset and the bindings. What is bound twice shows only when all actions are known: see
// views.KeyWarnings.
func (d *decoder) keys(n *yaml.Node) {
	pairs(n, func(k, v *yaml.Node) {
		if k.Value == "preset" {
			if !slices.Contains(presets, v.Value) {
				d.note(v, true, "keys.preset: %s is none of %s", quote(v.Value), strings.Join(presets, ", "))
				return
			}
			d.config.Console.Preset = v.Value
			return
		}
		o := action.Override{ID: action.ID(k.Value)}
		for _, name := range texts(v) {
			key := action.Normalize(name)
			if why := action.CheckKey(key); why != "" {
				d.note(v, true, "keys.%s: %s", k.Value, why)
				return
			}
			o.Keys = append(o.Keys, key)
		}
		d.config.Console.Keys = append(d.config.Console.Keys, o)
	})
}

func (d *decoder) aliases(n *yaml.Node) {
	pairs(n, func(k, v *yaml.Node) {
		if d.config.Console.Aliases == nil {
			d.config.Console.Aliases = map[string]string{}
		}
		d.config.Console.Aliases[k.Value] = v.Value
	})
}

// scopes reads namespaces by context, and the favourites, whose keys are digits.
func (d *decoder) scopes(n *yaml.Node) {
	pairs(n, func(k, v *yaml.Node) {
		slot, err := strconv.Atoi(k.Value)
		digit := err == nil && slot >= 1 && slot <= 9
		switch {
		case v.Kind == yaml.MappingNode && !digit:
			d.note(k, true, "scopes.%s: favourites are named 1 to 9; a context has a list of namespaces", k.Value)
		case v.Kind == yaml.MappingNode:
			f := views.Favourite{Slot: slot, Namespaces: texts(value(v, "namespaces"))}
			if c := value(v, "context"); c != nil {
				f.Context = c.Value
			}
			d.config.Console.Favourites = append(d.config.Console.Favourites, f)
		case digit:
			d.config.Console.Favourites = append(d.config.Console.Favourites, views.Favourite{Slot: slot, Namespaces: texts(v)})
		default:
			if d.config.Clusters.Scopes == nil {
				d.config.Clusters.Scopes = map[string][]string{}
			}
			d.config.Clusters.Scopes[k.Value] = texts(v)
		}
	})
}

func (d *decoder) frameworks(root *yaml.Node) {
	entries, problems := generic.Parse(d.checker.file, value(root, "frameworks"))
	d.config.Frameworks.Generic = entries
	d.problems = append(d.problems, ofGeneric(problems)...)
	selectors, problems := plain.Parse(d.checker.file, value(root, "plain"))
	d.config.Frameworks.Plain = selectors
	d.problems = append(d.problems, ofGeneric(problems)...)
}

func (d *decoder) connectors(n *yaml.Node) {
	for _, framework := range []string{rest.Fn, rest.OpenWhisk} {
		entries := value(n, framework)
		if entries == nil {
			continue
		}
		for i, e := range entries.Content {
			c, err := d.connector(framework, e)
			twice := slices.ContainsFunc(d.config.Connectors, func(o Connector) bool {
				return o.Framework == framework && o.Name == c.Name && o.Context == c.Context
			})
			switch {
			case err != nil:
				d.note(e, true, "connectors.%s[%d]: %v", framework, i, err)
			case twice:
				d.note(e, true, "connectors.%s[%d]: context %s has a connector of the name %s already", framework, i, quote(c.Context), quote(c.Name))
			default:
				d.config.Connectors = append(d.config.Connectors, c)
			}
		}
	}
}

func (d *decoder) connector(framework string, n *yaml.Node) (Connector, error) {
	var f struct {
		Name, Context, URL string
		KubeNamespace      string `yaml:"kubeNamespace"`
		TokenSecret        string `yaml:"tokenSecret"`
		APIHost            string `yaml:"apiHost"`
		AuthSecret         string `yaml:"authSecret"`
		CAFile             string `yaml:"caFile"`
		Writes             bool   `yaml:"writes"`
	}
	if err := n.Decode(&f); err != nil {
		return Connector{}, err
	}
	c := Connector{Context: f.Context, Writes: f.Writes, Config: rest.Config{
		Framework: framework, Name: f.Name, Namespace: f.KubeNamespace, URL: f.URL + f.APIHost,
	}}
	var err error
	if secret := f.TokenSecret + f.AuthSecret; secret != "" {
		if c.Secret, err = rest.ParseSecretRef(secret); err != nil {
			return c, err
		}
	}
	if f.CAFile != "" {
		if c.CA, err = readFile(d.file(f.CAFile)); err != nil {
			return c, fmt.Errorf("caFile: %w", err)
		}
		if _, err := rest.NewTransport(c.CA); err != nil {
			return c, fmt.Errorf("caFile: %w", err)
		}
	}
	_, err = rest.New(c.Config, rest.Deps{Proxy: func(string, string) (*url.URL, http.RoundTripper) { return &url.URL{}, nil }})
	return c, err
}
