package fission

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Logs says that the Package keeps what its builder wrote: builders serve all packages of their Environment, and go.
func (adapter) Logs(f *model.Function, x frameworks.Index) plan.LogTarget {
	p := gather(f.Key, x)
	if p.facts.code.IsZero() {
		return plan.LogTarget{}
	}
	return plan.LogTarget{Kept: &plan.KeptLog{Ref: p.facts.code, Name: "build", Lines: builderLines}}
}

// builderLines are the lines of a Package. Only the Package has a time, and one line has that of the others.
func builderLines(object map[string]any) []plan.KeptLine {
	at := frameworks.Moment(plan.Text(object, "status.lastUpdateTimestamp"))
	if at.IsZero() {
		at = frameworks.Moment(plan.Text(object, "metadata.creationTimestamp"))
	}
	var lines []plan.KeptLine
	for line := range strings.Lines(plan.Text(object, "status.buildlog")) {
		lines = append(lines, plan.KeptLine{Time: at, Text: strings.TrimRight(line, "\r\n")})
	}
	return lines
}
