package config

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/ui/text"
)

// Problem is one thing that is wrong in the configuration, and where.
type Problem struct {
	File         string
	Line, Column int  // from 1; 0: not known
	Off          bool // an entry does not work because of it; otherwise it is only a warning
	Message      string
}

// String prints the problem as compilers do: `file:line:column: message`. It holds no control sequences.
func (p Problem) String() string {
	s := ""
	if p.File != "" {
		s = text.Clean(p.File) + ":"
	}
	if p.Line > 0 {
		s += fmt.Sprintf("%d:%d:", p.Line, p.Column)
	}
	if s != "" {
		s += " "
	}
	s += text.Clean(p.Message)
	if p.Off {
		s += " (off)"
	}
	return s
}

func ofGeneric(problems []generic.Problem) []Problem {
	var all []Problem
	for _, p := range problems {
		message := p.Message
		if p.Entry != "" {
			message = fmt.Sprintf("framework %q: %s", p.Entry, p.Message)
		}
		all = append(all, Problem{File: p.File, Line: p.Line, Column: p.Column, Off: true, Message: message})
	}
	return all
}
