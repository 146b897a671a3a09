package query

import (
	"errors"
	"strings"
)

// Command is what a line behind ":" asks for: one of the types below. String prints it in canonical form.
type Command interface {
	String() string
}

// The commands.
type (
	// Open shows a kind as a table.
	Open struct {
		Kind   Kind
		Scope  Scope
		Filter Filter
	}
	// SwitchContext goes to a context; without a name it shows them all.
	SwitchContext struct{ Name string }
	// SwitchNamespaces changes the namespaces on screen; the zero value shows them all to choose from.
	SwitchNamespaces struct {
		Names []string
		All   bool
	}
	// Logs shows the logs of a function; without a name those of the selection.
	Logs struct {
		Name  string
		Scope Scope
	}
	// Metrics shows what a function uses; without a name that under the cursor.
	Metrics struct {
		Name  string
		Scope Scope
	}
	// WhoCan asks who may do something.
	WhoCan struct {
		Verb, Resource, Subresource, Name string
		Scope                             Scope
	}
	// CanI asks whether the operator may do something; without a verb for everything he may do.
	CanI struct {
		Verb, Resource, Subresource, Name string
		Scope                             Scope
	}
	// Tighten opens the fixes of a function; without a name those of all in scope.
	Tighten struct {
		Name  string
		Scope Scope
	}
	// Rotate opens the rotation of a Secret; without a name for the selection.
	Rotate struct {
		Secret string
		Scope  Scope
	}
	// New opens the deployment of a function from a framework's form or a file.
	New struct{ Source string }
	// ReadOnly turns the read-only gate on or off.
	ReadOnly struct{ On bool }
	// Set changes an option for this session.
	Set struct{ Option, Value string }
	// View saves, loads or exports a view.
	View struct {
		Op   ViewOp
		Name string
	}
	// Favourite goes to a favourite scope; 0 shows them all.
	Favourite struct{ Slot int }
	// Save writes the screen's table to a file.
	Save struct{ File string }
	// Help opens the help, at a topic if one is given.
	Help struct{ Topic string }
	// Quit ends the console.
	Quit struct{}
)

// ViewOp is what is done to a saved view.
type ViewOp string

// The operations on views.
const (
	ViewSave   ViewOp = "save"
	ViewLoad   ViewOp = "load"
	ViewExport ViewOp = "export"
)

// ParseCommand reads a line as typed behind ":", without the colon. Every error is an *Error.
func ParseCommand(line string, v Vocabulary) (Command, error) {
	if len(line) > maxInput {
		return nil, errorf(maxInput, len(line), "the line is longer than %d bytes", maxInput)
	}
	word, pos := firstWord(line)
	if word == "" {
		return nil, errorf(0, len(line), "a command is missing: try help")
	}
	expansion, isAlias := v.Aliases[word]
	if !isAlias {
		expansion = word
	}
	c, err := v.parse(line[:pos] + expansion + line[pos+len(word):])
	var e *Error
	if isAlias && errors.As(err, &e) {
		err = errorf(pos, pos+len(word), "alias %s (%s): %s", quote(word), plain(expansion), e.Msg)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// parse reads a line in which aliases are expanded.
func (v *Vocabulary) parse(line string) (Command, error) {
	if len(line) > maxInput {
		return nil, errorf(0, len(line), "the line is longer than %d bytes", maxInput)
	}
	word, pos := firstWord(line)
	if word == "" {
		return nil, errorf(0, len(line), "a command is missing: try help")
	}
	rest := pos + len(word)
	if verb := findVerb(word); verb != nil && v.hasVerb(verb.name) {
		return verb.parse(&args{line: line, word: word, pos: pos, rest: rest, vocabulary: v})
	}
	kind, err := v.kind(word, pos)
	if err != nil {
		return nil, err
	}
	scope, filter, err := v.scopeAndFilter(line, rest, kind.Columns)
	if err != nil {
		return nil, err
	}
	return Open{Kind: kind, Scope: scope, Filter: filter}, nil
}

// scopeAndFilter reads the rest of a line. Which words are namespaces depends on the "@context", wherever it stands,
// so a line that has one is read again with it.
func (v *Vocabulary) scopeAndFilter(line string, from int, columns Columns) (Scope, Filter, error) {
	context := ""
	for {
		reader := &scopeReader{vocabulary: v, context: context, first: true}
		p := parser{in: line, pos: from, columns: columns, scope: reader}
		if err := p.run(); err != nil {
			return Scope{}, Filter{}, err
		}
		if reader.scope.Context == context {
			return reader.scope, newFilter(p.terms), nil
		}
		context = reader.scope.Context
	}
}

func firstWord(line string) (string, int) {
	trimmed := strings.TrimLeftFunc(line, isSpaceRune)
	pos := len(line) - len(trimmed)
	if end := strings.IndexFunc(trimmed, isSpaceRune); end >= 0 {
		trimmed = trimmed[:end]
	}
	return trimmed, pos
}
