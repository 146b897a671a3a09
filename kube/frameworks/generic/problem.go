package generic

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong in the configuration, and where. Values of the configuration are quoted in it,
// objects of a cluster are not.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0: not known
	Entry        string // the framework that it disables; empty: not known, or no single one
	Message      string
}

// Error prints the problem as compilers do: `file:line:column: framework "x": message`.
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", p.Line, p.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Entry != "" {
		fmt.Fprintf(&b, "framework %q: ", p.Entry)
	}
	b.WriteString(p.Message)
	return b.String()
}
