// Package accept asks for the reason why a finding is accepted, and until when, and has it written.
//
// Its one rule: nothing is accepted silently. What will be accepted is named one by one before it is, and where it was
// written is said afterwards.
package accept

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Finding is what is to be accepted: all that a control found on a function.
type Finding struct {
	Function model.FunctionID
	Control  *check.Control
}

// usual is how long a risk is accepted when nothing else is said.
const usual = 90 * 24 * time.Hour

// Refusal says why nothing can be accepted here; empty where it can be tried.
func Refusal(env *screen.Env) string {
	if env.Exceptions == nil {
		return "nothing can be accepted here: there is no file to write it to"
	}
	return env.Exceptions.Refusal()
}

// Ask makes the command that lets the operator accept findings.
func Ask(env *screen.Env, findings []Finding) tea.Cmd {
	findings = distinct(findings)
	if len(findings) == 0 || Refusal(env) != "" {
		return nil
	}
	return func() tea.Msg {
		if err := env.Exceptions.Check(); err != nil {
			return notice(status.Warning, err.Error())
		}
		return screen.DialogMsg{Dialog: form(env, findings)}
	}
}

func notice(severity status.Severity, message string) screen.NoticeMsg {
	return screen.NoticeMsg{Severity: severity, Source: "accept", Text: text.Clean(message)}
}

// distinct sorts by control and function, each once.
func distinct(all []Finding) []Finding {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(check.Compare(a.Control, b.Control), a.Function.Compare(b.Function))
	})
	return slices.Compact(all)
}

func form(env *screen.Env, findings []Finding) *dialog.Form {
	targets := make([]string, len(findings))
	for i, f := range findings {
		targets[i] = fmt.Sprintf("%s  %s/%s  %s", f.Control.ID, f.Function.Namespace, f.Function.Name, f.Control.Title)
	}
	title := "Accept " + findings[0].Control.ID
	if len(findings) > 1 {
		title = fmt.Sprintf("Accept %d risks", len(findings))
	}
	fields := []dialog.Field{
		{Label: "Reason", Hint: "why this risk is acceptable", Wrong: func(v string) string {
			if v == "" {
				return "a risk is accepted for a reason: say which"
			}
			return ""
		}},
		{Label: "Owner", Hint: "who answers for it (may stay empty)"},
		{Label: "Until", Value: env.Now().Add(usual).Format(time.DateOnly), Hint: "2026-12-31", Wrong: func(v string) string {
			if _, err := security.ExceptionEnd(v, env.Now()); err != nil {
				return err.Error()
			}
			return ""
		}},
	}
	about := "It is written to the file of exceptions. Until that day the finding shows as accepted and does not count, whoever looks."
	return dialog.NewForm(env.Theme, "accept", title, about, targets, "accept", fields, func(values []string) tea.Cmd {
		return write(env, findings, values[0], values[1], values[2])
	})
}

// write adds one exception for each control.
func write(env *screen.Env, findings []Finding, reason, owner, date string) tea.Cmd {
	return func() tea.Msg {
		end, err := security.ExceptionEnd(date, env.Now())
		if err != nil {
			return notice(status.Error, "nothing was accepted: "+err.Error())
		}
		var risks []snapshot.Exception
		for _, f := range findings {
			if n := len(risks); n == 0 || risks[n-1].Control != f.Control.ID {
				risks = append(risks, snapshot.Exception{Control: f.Control.ID, Reason: reason, Owner: owner, Until: end})
			}
			last := &risks[len(risks)-1]
			if glob := security.ExceptionGlob(f.Function.FunctionKey); !slices.Contains(last.Functions, glob) {
				last.Functions = append(last.Functions, glob)
			}
		}
		if err := env.Exceptions.Accept(risks); err != nil {
			return notice(status.Error, "nothing was accepted: "+err.Error())
		}
		ids := make([]string, len(risks))
		for i := range risks {
			ids[i] = risks[i].Control
		}
		return notice(status.Info, fmt.Sprintf("accepted %s until %s: it is in the file of exceptions", strings.Join(ids, ", "), strings.TrimSpace(date)))
	}
}
