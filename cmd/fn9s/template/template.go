// Package template prints lines of logs by a template in Go's syntax, as stern does.
//
// Its one rule: it knows a fixed set of fields and functions, and everything else is an error before the first line. The
// library's own evaluator calls what it finds by reflection, for which the linker would have to keep every method of
// every type of the program.
package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
	"time"
)

const (
	// maxText bounds a template.
	maxText = 64 << 10
	// maxDepth bounds how deep its parts are nested.
	maxDepth = 64
	// maxArgs bounds what a function is given.
	maxArgs = 64
	// maxValue bounds every value that it makes, and what it prints of one line.
	maxValue = 1 << 20
)

// Line is what a template is about.
type Line struct {
	Message, Namespace, Pod, Container string
	Context, Framework, Function       string // empty: of no function
	Time                               time.Time
	PodColor, ContainerColor           string // how a terminal begins these colours
}

// fields are the fields of a line, by the names that stern gives them.
var fields = map[string]func(l *Line) any{
	"Message":        func(l *Line) any { return l.Message },
	"Namespace":      func(l *Line) any { return l.Namespace },
	"PodName":        func(l *Line) any { return l.Pod },
	"ContainerName":  func(l *Line) any { return l.Container },
	"PodColor":       func(l *Line) any { return paint(l.PodColor) },
	"ContainerColor": func(l *Line) any { return paint(l.ContainerColor) },
	"Context":        func(l *Line) any { return l.Context },
	"Framework":      func(l *Line) any { return l.Framework },
	"Function":       func(l *Line) any { return l.Function },
	"Time":           func(l *Line) any { return l.Time },
}

// Fields lists the fields that a line has.
func Fields() []string { return slices.Sorted(maps.Keys(fields)) }

// Functions lists the functions that a template may call.
func Functions() []string { return slices.Sorted(maps.Keys(functions)) }

// Template is a template that was checked. It may be used by one goroutine at a time.
type Template struct {
	tree    *parse.Tree
	colored bool
}

// Parse reads a template; the name stands in messages. Without colours the functions of colours change nothing.
func Parse(name, text string, colored bool) (*Template, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%s: it is longer than %d bytes", name, maxText)
	}
	known := map[string]any{}
	for f := range functions {
		known[f] = f
	}
	trees := map[string]*parse.Tree{}
	tree, err := parse.New(name).Parse(text, "", "", trees, known)
	if err != nil {
		return nil, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "template: "))
	}
	c := checker{tree: tree}
	if len(trees) > 1 {
		return nil, fmt.Errorf("%s: define and block are not supported", name)
	}
	c.list(tree.Root, true, 0)
	if c.err != nil {
		return nil, c.err
	}
	return &Template{tree: tree, colored: colored}, nil
}

// checker finds what is not supported. It keeps the first error.
type checker struct {
	tree *parse.Tree
	err  error
}

func (c *checker) fail(n parse.Node, format string, args ...any) {
	if c.err == nil {
		c.err = at(c.tree, n, fmt.Errorf(format, args...))
	}
}

// at adds the place of a part to an error.
func at(tree *parse.Tree, n parse.Node, err error) error {
	place, part := tree.ErrorContext(n)
	return fmt.Errorf("%s: at <%s>: %w", place, part, err)
}

var unsupported = map[parse.NodeType]string{parse.NodeRange: "range", parse.NodeTemplate: "template", parse.NodeBreak: "break", parse.NodeContinue: "continue"}

// list checks parts; line says that the dot is the line.
func (c *checker) list(l *parse.ListNode, line bool, depth int) {
	if l == nil || c.err != nil {
		return
	}
	for _, n := range l.Nodes {
		if depth > maxDepth {
			c.fail(n, "it is nested more than %d times", maxDepth)
			return
		}
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			c.pipe(n.Pipe, line, depth)
		case *parse.IfNode:
			c.branch(&n.BranchNode, line, line, depth)
		case *parse.WithNode:
			c.branch(&n.BranchNode, line, false, depth)
		default:
			c.fail(n, "%s is not supported", unsupported[n.Type()])
		}
	}
}

// branch checks an if or a with; inside says whether the dot of its first part is the line.
func (c *checker) branch(n *parse.BranchNode, line, inside bool, depth int) {
	c.pipe(n.Pipe, line, depth)
	c.list(n.List, inside, depth+1)
	c.list(n.ElseList, line, depth+1)
}

func (c *checker) pipe(p *parse.PipeNode, line bool, depth int) {
	if depth > maxDepth {
		c.fail(p, "it is nested more than %d times", maxDepth)
		return
	}
	for i, cmd := range p.Cmds {
		given := len(cmd.Args) - 1
		if i > 0 {
			given++
		}
		if name, ok := cmd.Args[0].(*parse.IdentifierNode); ok {
			c.call(name, given)
		} else {
			if given > 0 {
				c.fail(cmd, "only a function takes values")
			}
			c.operand(cmd.Args[0], line, depth)
		}
		for _, a := range cmd.Args[1:] {
			c.operand(a, line, depth)
		}
	}
}

// call checks how many values a function is given.
func (c *checker) call(name *parse.IdentifierNode, given int) {
	f := functions[name.Ident]
	switch {
	case f.call == nil:
		c.fail(name, "there is no function %s", name.Ident)
	case given < f.least:
		c.fail(name, "%s needs %d values and has %d", name.Ident, f.least, given)
	case given > maxArgs:
		c.fail(name, "%s takes at most %d values", name.Ident, maxArgs)
	case f.most >= 0 && given > f.most:
		c.fail(name, "%s takes %d values and has %d", name.Ident, f.most, given)
	}
}

func (c *checker) operand(n parse.Node, line bool, depth int) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		c.call(n, 0)
	case *parse.FieldNode:
		if line {
			c.fields(n, n.Ident)
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			c.fields(n, n.Ident[1:])
		}
	case *parse.ChainNode:
		c.operand(n.Node, line, depth+1)
	case *parse.PipeNode:
		c.pipe(n, line, depth+1)
	case *parse.NumberNode:
		if !n.IsInt && !n.IsFloat {
			c.fail(n, "this number is not supported")
		}
	case *parse.DotNode, *parse.StringNode, *parse.BoolNode, *parse.NilNode:
	default:
		c.fail(n, "this is not supported")
	}
}

// fields checks the names behind a line.
func (c *checker) fields(n parse.Node, names []string) {
	switch {
	case fields[names[0]] == nil:
		c.fail(n, "there is no field .%s; there are .%s", names[0], strings.Join(Fields(), ", ."))
	case len(names) > 1:
		c.fail(n, ".%s has no fields", names[0])
	}
}
