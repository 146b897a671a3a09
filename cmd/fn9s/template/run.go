package template

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template/parse"

	"github.com/fn9s/fn9s/ui/text"
)

var errLong = fmt.Errorf("it makes more than %d bytes", maxValue)

// run is one use of a template.
type run struct {
	t    *Template
	line *Line
	out  []byte
	vars []variable
	most int // how long out may become
}

type variable struct {
	name  string
	value any
}

// Append prints a line behind what is there. What values hold is cleaned of all that a terminal would obey, but of
// colours only where there are none; the text of the template stays as it is.
func (t *Template) Append(out []byte, line *Line) ([]byte, error) {
	r := run{t: t, line: line, out: out, vars: []variable{{"$", line}}, most: len(out) + maxValue}
	if err := r.list(t.tree.Root, line); err != nil {
		return out, err
	}
	return r.out, nil
}

func (r *run) list(l *parse.ListNode, dot any) error {
	if l == nil {
		return nil
	}
	mark := len(r.vars)
	defer func() { r.vars = r.vars[:mark] }()
	for _, n := range l.Nodes {
		if err := r.node(n, dot); err != nil {
			return err
		}
		if len(r.out) > r.most {
			return at(r.t.tree, n, errLong)
		}
	}
	return nil
}

func (r *run) node(n parse.Node, dot any) error {
	switch n := n.(type) {
	case *parse.TextNode:
		r.out = append(r.out, n.Text...)
	case *parse.ActionNode:
		value, err := r.pipe(n.Pipe, dot)
		if err != nil {
			return err
		}
		if len(n.Pipe.Decl) == 0 {
			r.out = append(r.out, r.t.clean(show(value))...)
		}
	case *parse.IfNode:
		return r.branch(&n.BranchNode, dot, false)
	case *parse.WithNode:
		return r.branch(&n.BranchNode, dot, true)
	}
	return nil
}

// branch runs the part that the value chooses; with says that the value is its dot.
func (r *run) branch(n *parse.BranchNode, dot any, with bool) error {
	mark := len(r.vars)
	defer func() { r.vars = r.vars[:mark] }()
	value, err := r.pipe(n.Pipe, dot)
	switch {
	case err != nil:
		return err
	case !truth(value):
		return r.list(n.ElseList, dot)
	case with:
		return r.list(n.List, value)
	}
	return r.list(n.List, dot)
}

func (r *run) pipe(p *parse.PipeNode, dot any) (value any, err error) {
	for i, cmd := range p.Cmds {
		var args []any
		for _, a := range cmd.Args[1:] {
			v, err := r.operand(a, dot)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		if i > 0 {
			args = append(args, value)
		}
		if name, ok := cmd.Args[0].(*parse.IdentifierNode); ok {
			value, err = r.call(name, args)
		} else {
			value, err = r.operand(cmd.Args[0], dot)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, d := range p.Decl {
		r.assign(d.Ident[0], value, p.IsAssign)
	}
	return value, nil
}

func (r *run) assign(name string, value any, old bool) {
	for i := len(r.vars) - 1; i >= 0 && old; i-- {
		if r.vars[i].name == name {
			r.vars[i].value = value
			return
		}
	}
	r.vars = append(r.vars, variable{name, value})
}

func (r *run) call(name *parse.IdentifierNode, args []any) (any, error) {
	value, err := functions[name.Ident].call(r, args)
	if s, ok := value.(string); ok && len(s) > maxValue {
		err = errLong
	}
	if err != nil {
		return nil, at(r.t.tree, name, err)
	}
	return value, nil
}

func (r *run) operand(n parse.Node, dot any) (any, error) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		return r.call(n, nil)
	case *parse.DotNode:
		return dot, nil
	case *parse.FieldNode:
		return r.walk(n, dot, n.Ident)
	case *parse.VariableNode:
		for i := len(r.vars) - 1; i >= 0; i-- {
			if r.vars[i].name == n.Ident[0] {
				return r.walk(n, r.vars[i].value, n.Ident[1:])
			}
		}
	case *parse.ChainNode:
		value, err := r.operand(n.Node, dot)
		if err != nil {
			return nil, err
		}
		return r.walk(n, value, n.Field)
	case *parse.PipeNode:
		return r.pipe(n, dot)
	case *parse.NumberNode:
		if n.IsInt {
			return n.Int64, nil
		}
		return n.Float64, nil
	case *parse.StringNode:
		return n.Text, nil
	case *parse.BoolNode:
		return n.True, nil
	}
	return nil, nil
}

// walk follows names into a value. What is not there has nothing below it.
func (r *run) walk(n parse.Node, value any, names []string) (any, error) {
	for _, name := range names {
		switch v := value.(type) {
		case nil:
		case *Line:
			f := fields[name]
			if f == nil {
				return nil, at(r.t.tree, n, errors.New("there is no field ."+name))
			}
			value = f(v)
		case map[string]any:
			value = v[name]
		default:
			return nil, at(r.t.tree, n, errors.New("the value has no field ."+name))
		}
	}
	return value, nil
}

var colours = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// reset ends all colours.
const reset = "\x1b[0m"

// clean takes out what a terminal would obey. Line breaks and tabs stay, and colours where there are any.
func (t *Template) clean(s string) string {
	found := colours.FindAllStringIndex(s, -1)
	if !t.colored || found == nil {
		return cleanLines(s)
	}
	var b strings.Builder
	from := 0
	for _, f := range found {
		b.WriteString(cleanLines(s[from:f[0]]))
		b.WriteString(s[f[0]:f[1]])
		from = f[1]
	}
	b.WriteString(cleanLines(s[from:]))
	if !strings.HasSuffix(s, reset) {
		b.WriteString(reset)
	}
	return b.String()
}

func cleanLines(s string) string {
	var b strings.Builder
	for {
		end := strings.IndexAny(s, "\n\t")
		if end < 0 {
			b.WriteString(text.Clean(s))
			return b.String()
		}
		b.WriteString(text.Clean(s[:end]))
		b.WriteByte(s[end])
		s = s[end+1:]
	}
}
