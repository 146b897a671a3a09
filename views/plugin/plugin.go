// Package plugin runs programs of the operator's own on what is under the cursor, as k9s does.
//
// Its one rule: what comes from a cluster is never read as a command. Values are whole arguments, or, in the script of a
// shell, variables of its environment.
package plugin

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Plugin is one program and the key that runs it.
type Plugin struct {
	Name        string
	Key         string // as the registry of actions writes it
	Override    bool   // takes the key from what it does otherwise
	Description string
	Scopes      []string // kinds, their short names, or all
	Command     string
	Args        []string
	Pipes       []string // programs that the output goes through
	Confirm     bool
	Dangerous   bool // is off while nothing may be changed
	Background  bool
	// ShowOutput shows the last line that a program in the background wrote, instead of that it is done.
	ShowOutput bool
	Inputs     []Input // what is asked for before it runs
}

// In reports whether the plugin is for a kind with these words.
func (p *Plugin) In(words []string) bool {
	return slices.ContainsFunc(p.Scopes, func(s string) bool {
		return s == "all" || slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(s, w) })
	})
}

// Values are what is known of the selection, by the names of the variables: NAME, NAMESPACE, COL-STATUS.
type Values map[string]string

// Process is a program that is ready to run: each element of Steps is a program with its arguments, the output of one
// goes into the next. Env are variables besides those of this process.
type Process struct {
	Steps [][]string
	Env   []string
}

// String writes the program as it would be typed, for the operator to read.
func (p *Process) String() string {
	var steps []string
	for _, s := range p.Steps {
		words := make([]string, len(s))
		for i, w := range s {
			words[i] = w
			if w == "" || strings.ContainsAny(w, " \t\n'\"$`\\|&;<>()*?[]#~") {
				words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
		}
		steps = append(steps, strings.Join(words, " "))
	}
	return strings.Join(steps, " | ")
}

// maxValue bounds one value.
const maxValue = 32 << 10

// Process fills in the values.
func (p *Plugin) Process(v Values) (*Process, error) {
	out := &Process{}
	step, err := fill(append([]string{p.Command}, p.Args...), v, out)
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", p.Name, err)
	}
	out.Steps = append(out.Steps, step)
	for _, pipe := range p.Pipes {
		words := strings.Fields(pipe)
		if len(words) == 0 {
			continue
		}
		if step, err = fill(words, v, out); err != nil {
			return nil, fmt.Errorf("plugin %s: %w", p.Name, err)
		}
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}

// fill puts values into the words of one program.
func fill(words []string, v Values, out *Process) ([]string, error) {
	filled := []string{words[0]}
	script := scriptOf(words)
	for i := 1; i < len(words); i++ {
		if i == script {
			filled = append(filled, out.scripted(words[i], v))
			continue
		}
		word, err := substitute(words[i], v)
		if err != nil {
			return nil, err
		}
		filled = append(filled, word)
	}
	return filled, nil
}

var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"}

// scriptOf is which word of a program is the script of a shell; -1: none.
func scriptOf(words []string) int {
	if !slices.Contains(shells, strings.TrimSuffix(filepath.Base(words[0]), ".exe")) {
		return -1
	}
	for i := 1; i+1 < len(words); i++ {
		if w := words[i]; strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.HasSuffix(w, "c") {
			return i + 1
		}
	}
	return -1
}

// substitute replaces $NAME and the like in an argument.
func substitute(word string, v Values) (string, error) {
	var b strings.Builder
	for rest := word; rest != ""; {
		at := strings.IndexByte(rest, '$')
		if at < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:at])
		name, after := variable(rest[at+1:])
		if name == "" {
			b.WriteByte('$')
			rest = rest[at+1:]
			continue
		}
		not := name[0] == '!'
		value, ok := v[strings.ToUpper(strings.TrimPrefix(name, "!"))]
		switch {
		case !ok:
			return "", fmt.Errorf("nothing here is called $%s", name)
		case value == "" && !strings.HasPrefix(strings.ToUpper(name), inputPrefix): // an input may be left empty
			return "", fmt.Errorf("$%s has no value here", name)
		case not && value == "true":
			value = "false"
		case not && value == "false":
			value = "true"
		}
		if why := unfit(value); why != "" {
			return "", fmt.Errorf("$%s %s", name, why)
		}
		if at == 0 && b.Len() == 0 && strings.HasPrefix(value, "-") {
			return "", fmt.Errorf("$%s begins with -: the program would take it for an option", name)
		}
		b.WriteString(value)
		rest = after
	}
	return b.String(), nil
}

// variable cuts the name of a variable off.
func variable(s string) (name, rest string) {
	end := 0
	for end < len(s) {
		c := s[end]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !(c == '!' && end == 0) {
			break
		}
		end++
	}
	if s[:end] == "!" {
		return "", s
	}
	return s[:end], s[end:]
}

// unfit says why a value cannot be an argument.
func unfit(value string) string {
	if len(value) > maxValue {
		return "is too long"
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "holds control characters"
	}
	return ""
}

// scripted gives the values to the script of a shell as variables, so that the shell never reads them as commands. What
// a shell cannot have as a name, such as $COL-STATUS, is renamed. Names that are not known are the script's own.
func (p *Process) scripted(script string, v Values) string {
	var b strings.Builder
	for rest := script; rest != ""; {
		at := strings.IndexByte(rest, '$')
		if at < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:at])
		name, after := variable(rest[at+1:])
		known := ""
		for try := name; try != "" && known == ""; try = try[:max(strings.LastIndexByte(try, '-'), 0)] {
			if _, ok := v[strings.ToUpper(try)]; ok {
				known = try
			}
		}
		if known == "" {
			b.WriteByte('$')
			rest = rest[at+1:]
			continue
		}
		after = name[len(known):] + after
		safe := "FN9S_" + strings.Map(func(c rune) rune {
			if c == '-' {
				return '_'
			}
			return c
		}, strings.ToUpper(known))
		value := strings.Map(func(c rune) rune {
			if unicode.IsControl(c) {
				return -1
			}
			return c
		}, v[strings.ToUpper(known)])
		if entry := safe + "=" + value[:min(len(value), maxValue)]; !slices.Contains(p.Env, entry) {
			p.Env = append(p.Env, entry)
		}
		b.WriteString("${" + safe + "}")
		rest = after
	}
	return b.String()
}
