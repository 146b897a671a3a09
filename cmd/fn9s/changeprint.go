package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/ui/text"
)

// cleanLines makes a text of several lines safe for the terminal.
func cleanLines(s string) string { return text.CleanMultiline(s) }

func objectName(o change.ObjectDocument) string {
	return journal.Object{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}.String()
}

// planText shows a plan to somebody who is asked whether to carry it out.
func planText(d *change.PlanDocument) string {
	var b strings.Builder
	if d.Title != "" {
		fmt.Fprintf(&b, "Plan: %s\n", d.Title)
	}
	for i := range d.Consumers {
		c := &d.Consumers[i]
		fmt.Fprintf(&b, "  %s: %s %s", c.Secret, c.Kind, c.Name)
		if len(c.Ways) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(c.Ways, ", "))
		}
		b.WriteString(" " + c.Takes)
		if c.Reason != "" {
			b.WriteString(": " + c.Reason)
		}
		b.WriteByte('\n')
	}
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for i := range d.Deployments {
		deploymentText(&b, &d.Deployments[i])
	}
	for i := range d.Connectivity {
		connectionsText(&b, &d.Connectivity[i])
	}
	for i := range d.Steps {
		stepText(&b, &d.Steps[i], len(d.Steps))
	}
	for _, a := range d.Already {
		fmt.Fprintf(&b, "already as wished: %s\n", a.Object)
	}
	if len(d.Steps) == 0 {
		b.WriteString("There is nothing to change.\n")
	}
	for _, c := range d.Confirmations {
		fmt.Fprintf(&b, "to confirm: %s\n", c.Text)
	}
	return cleanLines(b.String())
}

// deploymentText says how a new function will stand, and why.
func deploymentText(b *strings.Builder, d *change.DeploymentDocument) {
	name := strings.Trim(d.Namespace+"/"+d.Name, "/")
	switch {
	case d.Name == "":
		return
	case d.Grade == "":
		fmt.Fprintf(b, "  %s (%s): how secure it will be cannot be told before it is there\n", name, d.Framework)
	default:
		fmt.Fprintf(b, "  %s (%s): grade %s\n", name, d.Framework, d.Grade)
	}
	for _, p := range d.Pending {
		limit := ""
		if p.Limit != "none" {
			limit = ", limit: " + p.Limit
		}
		fmt.Fprintf(b, "    open     %s %s%s: %s\n", p.Control, p.Severity, limit, p.Message)
	}
	line := func(word, text string) {
		if text != "" {
			fmt.Fprintf(b, "    %-8s %s\n", word, text)
		}
	}
	line("secured", strings.Join(d.Secured, ", "))
	line("given up", strings.Join(d.GivenUp, ", "))
	for _, l := range d.Left {
		line("left out", l.Intent+": "+l.Why)
	}
	for _, n := range d.Notes {
		line("note", n)
	}
}

// connectionsText is a table of who reaches whom, before and after.
func connectionsText(b *strings.Builder, c *connectivity.Change) {
	for _, side := range []struct {
		title string
		lines []connectivity.Line
	}{{"who can reach it", c.In}, {"whom it reaches", c.Out}} {
		if !slices.ContainsFunc(side.lines, func(l connectivity.Line) bool { return l.Changed() }) {
			continue
		}
		fmt.Fprintf(b, "\n%s/%s: %s, before → after\n", c.Namespace, c.Function, side.title)
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, l := range side.lines {
			_, _ = fmt.Fprintf(w, "  %s\t%s\t→ %s\n", clean(l.Peer), l.Before, l.After)
		}
		_ = w.Flush() // a builder takes everything
	}
}

func stepText(b *strings.Builder, s *change.StepDocument, of int) {
	fmt.Fprintf(b, "\n[%d/%d] %s %s", s.Number, of, s.Verb, objectName(s.Object))
	if len(s.Why) > 0 {
		fmt.Fprintf(b, " (%s)", strings.Join(s.Why, ", "))
	}
	if s.Effect != "" {
		fmt.Fprintf(b, " · %s", s.Effect)
	}
	b.WriteByte('\n')
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %s: %s\n", what, text)
		}
	}
	line("cannot be applied", s.Blocked)
	if s.Check == string(change.NotChecked) {
		line("not checked by the server (403)", s.Reason)
	}
	for _, o := range s.Owners {
		if o.Applies {
			line("owned by "+o.Manager, strings.Join(o.Paths, ", "))
		}
	}
	for _, m := range s.Managed {
		line("note", m)
	}
	for _, w := range s.Warnings {
		line("warning", w)
	}
	for _, n := range s.Needs {
		how := n.Generate
		if n.From != nil {
			how = "taken from " + n.From.Kind + " " + n.From.Name
		}
		if how == "" {
			how = "to be given"
		}
		line("secret value "+n.Secret+" "+n.Key, how)
	}
	line("cannot be undone", s.Lasting)
	for l := range strings.Lines(s.Diff) {
		b.WriteString("  " + strings.TrimSuffix(l, "\n") + "\n")
	}
}

// resultText says how a change ended.
func resultText(d *change.ResultDocument) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, s := range d.Steps {
		fmt.Fprintf(&b, "%-9s %s %s", s.Outcome, s.Verb, objectName(s.Object))
		if s.Reason != "" {
			fmt.Fprintf(&b, ": %s", s.Reason)
		}
		b.WriteByte('\n')
	}
	for _, v := range d.Verdicts {
		fmt.Fprintf(&b, "%s: %s", v.Function, v.Verdict)
		if v.Reason != "" {
			fmt.Fprintf(&b, ": %s", v.Reason)
		}
		b.WriteByte('\n')
	}
	if back := d.TakenBack; back != nil {
		fmt.Fprintf(&b, "taken back: %s", back.Outcome)
		if back.Reason != "" {
			fmt.Fprintf(&b, ": %s", back.Reason)
		}
		b.WriteByte('\n')
		for _, s := range back.Steps {
			fmt.Fprintf(&b, "%-9s %s %s\n", s.Outcome, s.Verb, objectName(s.Object))
		}
	}
	if d.Undo != "" && (d.TakenBack == nil || d.TakenBack.Outcome != string(journal.Applied)) {
		fmt.Fprintf(&b, "Take it back with: %s\n", d.Undo)
	}
	return cleanLines(b.String())
}

// applied tells on stderr how far a change is.
type applied struct {
	out   io.Writer
	quiet bool
}

func (a *applied) event(e change.Event) {
	if a.quiet || e.Outcome == journal.Begun {
		return
	}
	_, _ = fmt.Fprintf(a.out, "%d/%d %s: %s\n", e.Done, e.Of, clean(e.Step.Ref.String()), e.Outcome)
}

func (a *applied) seen(s change.Seen) {
	if !a.quiet {
		_, _ = fmt.Fprintf(a.out, "%s: %s\n", clean(s.Function.String()), s.Verdict)
	}
}
