package formats

import (
	"errors"
	"path"
	"regexp"
	"strings"
)

// Variables of the Serverless Framework: `${env:NAME, 'default'}`, `${self:custom.stage}`, `${opt:stage}`,
// `${file(./other.yml):key}`. What has no value leaves the field out when it is all of it, and is an error inside of a
// text, as it is there.

// The bounds of variables.
const (
	maxFills  = 50_000 // variables, and what is copied into their places
	maxRounds = 50     // in one text
	maxChain  = 100    // of variables that lead to variables
)

// slsVariable is one without another inside of it.
var slsVariable = regexp.MustCompile(`\$\{([^${}]*)\}`)

var slsFile = regexp.MustCompile(`^file\(([^)]*)\)(?::(.*))?$`)

type filling struct {
	*reader
	root  *node
	fills int
	chain int
	busy  map[*node]bool
	files map[string]*node
}

// fillVariables replaces the variables in a document.
func (r *reader) fillVariables(root *node) error {
	f := &filling{reader: r, root: root, busy: map[*node]bool{}, files: map[string]*node{}}
	return f.all(root)
}

func (f *filling) all(n *node) error {
	if n.kind == scalar {
		return f.fill(n)
	}
	for i := 0; i < len(n.below); i++ {
		if err := f.all(n.below[i]); err != nil {
			return err
		}
	}
	return nil
}

// fill replaces the variables of one text, the inner ones first.
func (f *filling) fill(n *node) error {
	if !strings.Contains(n.text, "${") || f.busy[n] {
		return nil
	}
	f.busy[n] = true
	defer delete(f.busy, n)
	for range maxRounds {
		at := slsVariable.FindStringSubmatchIndex(n.text)
		if at == nil {
			return nil
		}
		if f.fills++; f.fills > maxFills {
			return &Error{n.place(), "has too many variables"}
		}
		inside, whole := n.text[at[2]:at[3]], at[0] == 0 && at[1] == len(n.text)
		value, err := f.value(inside)
		switch {
		case err != nil:
			f.problem(n.place(), "the variable "+quoted(inside)+" "+err.Error())
			n.text = ""
			return nil
		case value == nil && whole:
			f.note(n.place(), "the variable "+quoted(inside)+" has no value: the field is left out")
			n.text, n.value = "", nullScalar
			return nil
		case value == nil:
			f.problem(n.place(), "the variable "+quoted(inside)+" has no value")
			n.text = ""
			return nil
		case whole:
			return f.become(n, value)
		case value.kind != scalar:
			f.problem(n.place(), "the variable "+quoted(inside)+" is no text")
			n.text = ""
			return nil
		}
		n.text = n.text[:at[0]] + value.text + n.text[at[1]:]
		if len(n.text) > maxFile {
			return &Error{n.place(), errExpanded.Error()}
		}
	}
	f.problem(n.place(), "has variables inside of variables without end")
	n.text = ""
	return nil
}

// become puts a value into the place of a variable that is all of a field.
func (f *filling) become(n, value *node) error {
	budget := maxFills - f.fills
	c := clone(value, &budget)
	f.fills = maxFills - budget
	if budget <= 0 {
		return &Error{n.place(), "has too many variables"}
	}
	n.kind, n.value, n.text, n.below, n.names = c.kind, c.value, c.text, c.below, c.names
	for _, b := range n.below {
		b.parent = n
	}
	return nil
}

// clone copies a node with all below it, as long as the budget lasts.
func clone(n *node, budget *int) *node {
	*budget--
	c := &node{kind: n.kind, value: n.value, text: n.text, key: n.key, index: n.index, line: n.line, file: n.file}
	if n.kind == mapping {
		c.names = map[string]*node{}
	}
	for _, b := range n.below {
		if *budget <= 0 {
			break
		}
		copied := clone(b, budget)
		copied.parent = c
		c.below = append(c.below, copied)
		if n.kind == mapping {
			c.names[b.key] = copied
		}
	}
	return c
}

// value finds what the sources say, in order; nil: nothing.
func (f *filling) value(inside string) (*node, error) {
	for _, source := range alternatives(inside) {
		value, err := f.source(strings.TrimSpace(source))
		if value != nil || err != nil {
			return value, err
		}
	}
	return nil, nil
}

// alternatives splits at commas outside of quotes and brackets.
func alternatives(s string) []string {
	var all []string
	quote, deep, from := rune(0), 0, 0
	for i, c := range s {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			deep++
		case c == ')':
			deep--
		case c == ',' && deep <= 0:
			all, from = append(all, s[from:i]), i+1
		}
	}
	return append(all, s[from:])
}

func (f *filling) source(s string) (*node, error) {
	kind, name, _ := strings.Cut(s, ":")
	switch {
	case len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0]:
		return textNode(s[1 : len(s)-1]), nil
	case kind == "env":
		if value, ok := f.env(name); ok {
			return textNode(value), nil
		}
		return nil, nil
	case kind == "opt":
		return nil, nil // no options are given
	case kind == "self":
		return f.self(f.root, name)
	case strings.HasPrefix(s, "file("):
		return f.file(s)
	case kind == "sls" && name == "stage":
		return f.self(f.root, "provider.stage")
	case s == "true" || s == "false" || s == "null" || s != "" && strings.Trim(s, "0123456789.") == "":
		return textNode(s), nil
	}
	return nil, errors.New("asks a service outside of the cluster, or is none that is known")
}

func (f *filling) self(root *node, name string) (*node, error) {
	at := root
	for key := range strings.SplitSeq(name, ".") {
		if key == "" && name == "" {
			break
		}
		switch at.kind {
		case mapping:
			at = at.names[key]
		case list:
			at = itemOf(at, key)
		default:
			at = nil
		}
		if at == nil {
			return nil, nil
		}
	}
	if f.busy[at] || f.holdsBusy(at) {
		return nil, errors.New("leads back to itself")
	}
	if f.chain++; f.chain > maxChain {
		return nil, errors.New("leads from variable to variable without end")
	}
	defer func() { f.chain-- }()
	at.all()
	if err := f.all(at); err != nil {
		return nil, err
	}
	if at.null() {
		return nil, nil
	}
	return at, nil
}

// holdsBusy reports whether a variable that is being filled in stands below a node.
func (f *filling) holdsBusy(n *node) bool {
	for b := range f.busy {
		for at := b; at != nil; at = at.parent {
			if at == n {
				return true
			}
		}
	}
	return false
}

func itemOf(n *node, key string) *node {
	for _, b := range n.below {
		if key == itoa(b.index) {
			return b
		}
	}
	return nil
}

func (f *filling) file(s string) (*node, error) {
	m := slsFile.FindStringSubmatch(s)
	if m == nil {
		return nil, errors.New("names no file")
	}
	name := strings.TrimSpace(m[1])
	root, ok := f.files[name]
	if !ok {
		src, err := f.reader.files.source(name)
		switch {
		case errors.Is(err, errMissing):
			return nil, nil
		case err != nil:
			return nil, err
		}
		switch strings.ToLower(path.Ext(name)) {
		case ".yml", ".yaml", ".json":
			docs, err := parse(name, src)
			if err != nil {
				return nil, err
			}
			if len(docs) == 0 {
				return nil, nil
			}
			root = docs[0]
		case ".js", ".ts", ".cjs", ".mjs":
			return nil, errors.New("is a program, which is not started")
		default:
			root = textNode(strings.TrimSpace(src))
		}
		f.files[name] = root
	}
	return f.self(root, m[2])
}
