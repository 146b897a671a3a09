package plugin

import (
	"regexp"
	"slices"
	"strings"
)

// Input is what the operator is asked for before a plugin runs.
type Input struct {
	Name, Label string
	Type        InputType
	Required    bool
	Default     string
	Options     []string // of a dropdown
}

// InputType is what kind of value is asked for, in the words of k9s.
type InputType string

// The types of k9s.
const (
	TextInput   InputType = "string"
	NumberInput InputType = "number"
	YesInput    InputType = "bool"
	ChoiceInput InputType = "dropdown"
)

// inputPrefix begins the names of the variables that inputs become.
const inputPrefix = "INPUT_"

// Variable is the name under which the command has the value.
func (i *Input) Variable() string { return inputPrefix + strings.ToUpper(i.Name) }

// Choices are the values that there are; none where anything can be typed.
func (i *Input) Choices() []string {
	if i.Type == YesInput {
		return []string{"true", "false"}
	}
	return i.Options
}

var numeral = regexp.MustCompile(`^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)

// Wrong says what is wrong with a value; nothing when it is right.
func (i *Input) Wrong(value string) string {
	choices := i.Choices()
	switch {
	case value == "" && i.Required:
		return "a value is needed"
	case value == "":
		return ""
	case i.Type == NumberInput && !numeral.MatchString(value):
		return "this is no number"
	case len(choices) > 0 && !slices.Contains(choices, value):
		return "choose one of " + strings.Join(choices, ", ")
	}
	return unfit(value)
}
