package config

import (
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/views/plugin"
)

const (
	maxInputs  = 20
	maxOptions = 100
	maxOption  = 256 // bytes of a default or an option
)

// inputsShape is what a plugin asks for, as k9s writes it.
var inputsShape = &shape{kind: listOf, about: "what is asked for before it runs", whole: true, of: &shape{kind: record, about: "a value that is asked for; the command has it as $INPUT_NAME", whole: true, keys: []key{
	{"name", true, matching("a name of letters, digits, dashes and underscores", `^[A-Za-z][-_A-Za-z0-9]{0,39}$`)},
	{"label", false, textOf("what stands in front of the value")},
	{"type", false, words("what kind of value it is", string(plugin.TextInput), string(plugin.NumberInput), string(plugin.YesInput), string(plugin.ChoiceInput))},
	{"required", false, yes("it cannot be left empty")},
	{"default", false, opaque("value to begin with")},
	{"options", false, list("values of a dropdown", opaque("value"))},
}}}

// inputs takes inputs whose shape was checked. One that is wrong makes the plugin wrong: its command would run without
// the value.
func (d *decoder) inputs(name string, n *yaml.Node) (all []plugin.Input, right bool) {
	if n == nil {
		return nil, true
	}
	if len(n.Content) > maxInputs {
		d.note(n, true, "plugin %s: more than %d inputs", name, maxInputs)
		return nil, false
	}
	for _, e := range n.Content {
		in, at, why := input(e)
		if why == "" && slices.ContainsFunc(all, func(o plugin.Input) bool { return o.Variable() == in.Variable() }) {
			at, why = e, "it is there twice"
		}
		if why != "" {
			d.note(at, true, "plugin %s, input %s: %s", name, in.Name, why)
			return nil, false
		}
		all = append(all, in)
	}
	return all, true
}

// input decodes one input, and says what is wrong with it and where.
func input(n *yaml.Node) (in plugin.Input, at *yaml.Node, why string) {
	in = plugin.Input{Name: value(n, "name").Value, Type: plugin.TextInput}
	if v := value(n, "label"); v != nil {
		in.Label = v.Value
	}
	if v := value(n, "type"); v != nil {
		in.Type = plugin.InputType(v.Value)
	}
	if v := value(n, "required"); v != nil {
		in.Required = v.Value == "true"
	}
	options := value(n, "options")
	switch {
	case options != nil && in.Type != plugin.ChoiceInput:
		return in, options, "only a dropdown has options"
	case in.Type == plugin.ChoiceInput && (options == nil || len(options.Content) == 0):
		return in, n, "a dropdown needs options"
	case options != nil && len(options.Content) > maxOptions:
		return in, options, "it has too many options"
	case options != nil:
		for _, o := range options.Content {
			if why := inputValue(o); why != "" || o.Value == "" {
				return in, o, "an option must be one value, in one line"
			}
			in.Options = append(in.Options, o.Value)
		}
	}
	if v := value(n, "default"); v != nil && !isNull(v) && v.Value != "" {
		if why := inputValue(v); why != "" {
			return in, v, why
		}
		in.Default = v.Value
		if why := in.Wrong(in.Default); why != "" {
			return in, v, "default " + quote(v.Value) + ": " + why
		}
	}
	if in.Type == plugin.YesInput && in.Default == "" {
		in.Default = "false"
	}
	return in, nil, ""
}

// inputValue says why a node is no value that could stand in a field.
func inputValue(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || len(n.Value) > maxOption || strings.ContainsFunc(n.Value, unicode.IsControl) {
		return "one short value, in one line, is expected here"
	}
	return ""
}
