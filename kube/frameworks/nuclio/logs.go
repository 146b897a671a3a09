package nuclio

import (
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Logs says that the NuclioFunction keeps what the processor's builder wrote: the dashboard builds, for all functions.
func (adapter) Logs(f *model.Function, _ frameworks.Index) plan.LogTarget {
	if f.Object.IsZero() {
		return plan.LogTarget{}
	}
	return plan.LogTarget{Kept: &plan.KeptLog{Ref: f.Object, Name: "build", Lines: builderLines}}
}

// builderLines are the entries of status.logs, in the form of logfmt: their level is a word in front.
func builderLines(object map[string]any) []plan.KeptLine {
	v, _ := plan.Lookup(object, "status.logs")
	entries, _ := v.([]any)
	var lines []plan.KeptLine
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		message, _ := entry["message"].(string)
		if message == "" {
			continue
		}
		level, _ := entry["level"].(string)
		milli, _ := entry["time"].(float64)
		for i, line := range strings.Split(strings.TrimRight(message, "\r\n"), "\n") {
			if i == 0 && level != "" {
				line = strings.ToUpper(level) + " " + line
			}
			lines = append(lines, plan.KeptLine{Time: time.UnixMilli(int64(milli)), Text: strings.TrimRight(line, "\r")})
		}
	}
	return lines
}
