package config

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/adrg/xdg"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views"
	"github.com/fn9s/fn9s/views/plugin"
)

// maxPlugins bounds the plugins, and the files that they are read from.
const maxPlugins = 200

var ownName = regexp.MustCompile(`^[A-Za-z0-9][-_.A-Za-z0-9]{0,60}$`)

// pluginShape is a plugin as k9s writes it.
var pluginShape = &shape{kind: record, about: "a program of your own, on a key", whole: true, keys: []key{
	{"shortCut", true, textOf("key such as ctrl-l, shift-p or f5")},
	{"override", false, yes("take the key from what it does otherwise")},
	{"description", false, textOf("what it does, in a few words")},
	{"confirm", false, yes("show what will run, and ask; on where there are inputs, unless it is false")},
	{"dangerous", false, yes("off while nothing may be changed")},
	{"scopes", true, list("kinds for which it is, or all", textOf("kind, plural or short name"))},
	{"command", true, matching("a program", `^\S`)},
	{"background", false, yes("run it without the terminal")},
	{"overwriteOutput", false, yes("in the background: show the last line that it wrote")},
	{"args", false, list("arguments; $NAME, $NAMESPACE, $CONTEXT, $CLUSTER, $USER, $POD, $FILTER, $KUBECONFIG, $RESOURCE_GROUP, $RESOURCE_VERSION, $RESOURCE_NAME and $COL-TITLE stand for what is under the cursor, $INPUT_NAME for what was asked for", opaque("argument"))},
	{"pipes", false, list("programs that the output goes through", textOf("program with arguments"))},
	{"inputs", false, inputsShape},
}}

// hotkeyShape is a hotkey as k9s writes it.
var hotkeyShape = &shape{kind: record, about: "a command on a key", whole: true, keys: []key{
	{"shortCut", true, textOf("key such as shift-1 or f5")},
	{"override", false, yes("take the key from what it does otherwise")},
	{"description", false, textOf("what it shows, in a few words")},
	{"command", true, matching("a command without its colon", `^[^:\s].*$`)},
	{"keepHistory", false, yes("as in k9s; here the way back is always kept")},
}}

var (
	pluginsShape = &shape{kind: dict, about: "a name of letters, digits, dashes, dots and underscores", pattern: ownName, of: pluginShape}
	hotkeysShape = &shape{kind: dict, about: "a name of letters, digits, dashes, dots and underscores", pattern: ownName, of: hotkeyShape}
	k9sShape     = list("what is also read from the folder of k9s", words("a file of k9s", "plugins", "hotkeys", "aliases"))
)

// plugins takes plugins whose shape was checked.
func (d *decoder) plugins(n *yaml.Node) {
	pairs(n, func(k, v *yaml.Node) {
		text := func(name string) string {
			if e := value(v, name); e != nil {
				return e.Value
			}
			return ""
		}
		on := func(name string) bool { return text(name) == "true" }
		p := plugin.Plugin{Name: k.Value, Key: action.Normalize(text("shortCut")), Override: on("override"), Description: text("description"),
			Scopes: texts(value(v, "scopes")), Command: text("command"), Args: texts(value(v, "args")), Pipes: texts(value(v, "pipes")),
			Confirm: on("confirm"), Dangerous: on("dangerous"), Background: on("background"), ShowOutput: on("overwriteOutput")}
		inputs, right := d.inputs(p.Name, value(v, "inputs"))
		p.Inputs = inputs
		p.Confirm = p.Confirm || len(inputs) > 0 && value(v, "confirm") == nil // as in k9s
		all := &d.config.Console.Plugins
		switch why := action.CheckKey(p.Key); {
		case !right: // it was said
		case why != "":
			d.note(value(v, "shortCut"), true, "plugin %s: %s", k.Value, why)
		case slices.ContainsFunc(*all, func(o plugin.Plugin) bool { return o.Name == p.Name }):
			d.note(k, true, "plugin %s is there twice; the first counts", k.Value)
		case len(*all) >= maxPlugins:
			d.note(k, true, "plugin %s: more than %d plugins are not read", k.Value, maxPlugins)
		default:
			*all = append(*all, p)
		}
	})
}

// hotkeys takes hotkeys whose shape was checked.
func (d *decoder) hotkeys(n *yaml.Node) {
	pairs(n, func(k, v *yaml.Node) {
		text := func(name string) string {
			if e := value(v, name); e != nil {
				return e.Value
			}
			return ""
		}
		h := views.Hotkey{Name: k.Value, Key: action.Normalize(text("shortCut")), Description: text("description"),
			Command: text("command"), Override: text("override") == "true"}
		all := &d.config.Console.Hotkeys
		switch why := action.CheckKey(h.Key); {
		case why != "":
			d.note(value(v, "shortCut"), true, "hotkey %s: %s", k.Value, why)
		case slices.ContainsFunc(*all, func(o views.Hotkey) bool { return o.Name == h.Name }):
			d.note(k, true, "hotkey %s is there twice; the first counts", k.Value)
		case len(*all) >= maxPlugins:
			d.note(k, true, "hotkey %s: more than %d hotkeys are not read", k.Value, maxPlugins)
		default:
			*all = append(*all, h)
		}
	})
}

// K9sFolder is where k9s keeps its configuration.
func K9sFolder() string {
	if own := os.Getenv("K9S_CONFIG_DIR"); filepath.IsAbs(own) {
		return own
	}
	if home := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, "k9s")
	}
	return filepath.Join(xdg.ConfigHome, "k9s")
}

// addK9s reads what the configuration asks for from the folder of k9s. What is not there is no problem.
func (c *Config) addK9s(folder string) {
	for _, what := range c.k9s {
		files := []string{filepath.Join(folder, what+".yaml")}
		if what == "plugins" {
			more, _ := filepath.Glob(filepath.Join(folder, "plugins", "*.y*ml")) // the pattern is right
			slices.Sort(more)
			files = append(files, more[:min(len(more), maxPlugins)]...)
		}
		for _, file := range files {
			data, err := readFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				c.Problems = append(c.Problems, Problem{File: file, Off: true, Message: err.Error()})
				continue
			}
			c.addK9sFile(what, file, data)
		}
	}
}

func (c *Config) addK9sFile(what, file string, data []byte) {
	node, problem := document(file, data)
	if problem != nil {
		problem.Message = strings.TrimPrefix(problem.Message, "the defaults count: ")
		c.Problems = append(c.Problems, *problem)
	}
	if node == nil {
		return
	}
	check := checker{file: file}
	d := decoder{checker: &check, config: c, folder: filepath.Dir(file)}
	switch what {
	case "plugins":
		part := value(node, "plugins")
		if part == nil && value(node, "command") != nil { // one plugin a file, by the file's name
			part = &yaml.Node{Kind: yaml.MappingNode, Line: node.Line, Column: node.Column, Content: []*yaml.Node{
				{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), Line: node.Line, Column: node.Column}, node}}
		}
		part = cmp.Or(part, node)
		check.check(part, pluginsShape, "plugins")
		d.plugins(part)
	case "hotkeys":
		part := cmp.Or(value(node, "hotKeys"), value(node, "hotkeys"), node)
		check.check(part, hotkeysShape, "hotKeys")
		d.hotkeys(part)
	case "aliases":
		d.k9sAliases(cmp.Or(value(node, "aliases"), value(node, "alias"), node))
	}
	c.Problems = append(c.Problems, check.problems...)
}

// k9sAliases takes k9s's aliases: a kind as group/version/plural, and what may follow it. One's own win.
func (d *decoder) k9sAliases(n *yaml.Node) {
	pairs(n, func(k, v *yaml.Node) {
		if v.Kind != yaml.ScalarNode || !aliasName.MatchString(k.Value) || strings.TrimSpace(v.Value) == "" {
			d.note(k, true, "alias %s: a word of letters, digits and dashes, and a command, are expected here", quote(k.Value))
			return
		}
		kind, rest, _ := strings.Cut(strings.TrimSpace(v.Value), " ")
		switch parts := strings.Split(kind, "/"); len(parts) {
		case 2:
			kind = parts[1]
		case 3:
			kind = parts[2] + "." + parts[0]
		}
		if d.config.Console.Aliases == nil {
			d.config.Console.Aliases = map[string]string{}
		}
		if _, own := d.config.Console.Aliases[k.Value]; !own {
			d.config.Console.Aliases[k.Value] = strings.TrimSpace(kind + " " + rest)
		}
	})
}
