package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/board"
	kubeplan "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// givenFlags are what the operator knows, and the cluster does not tell.
type givenFlags struct {
	log    string
	values []string
	given  tighten.Given
}

// aboutGiven explains the values, in the words of the package that takes them.
func aboutGiven() string {
	var b strings.Builder
	b.WriteString("What nothing in the cluster tells is given with --with KEY=VALUE, or asked for on a terminal where the intent is named:\n")
	for _, k := range tighten.ValueKeys() {
		fmt.Fprintf(&b, "  %-12s %s\n", k, tighten.About(k))
	}
	b.WriteString(`
--audit-log FILE is what the API server writes with --audit-log-path: lines of audit.k8s.io/v1 events, gzipped where the
name ends in .gz. minimal-role then makes a role of exactly the verbs, resources and names that the function's account was
seen to use, and asks before it narrows: it says over which span of time the log goes.`)
	return b.String()
}

func (g *givenFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&g.log, "audit-log", "", "audit log of the API server, for minimal-role: a `file`, or - for standard input")
	f.StringArrayVar(&g.values, "with", nil, "a value that an intent takes, as `key=value`; several times")
}

// read takes over the flags.
func (g *givenFlags) read(ctx context.Context, in io.Reader) error {
	for _, v := range g.values {
		key, value, ok := strings.Cut(v, "=")
		if !ok {
			return usageError("--with %q: write KEY=VALUE", v)
		}
		if err := g.given.Set(key, value); err != nil {
			return usageError("--with %w", err)
		}
	}
	if g.log == "" {
		return nil
	}
	return g.readLog(ctx, in)
}

// readLog reads the log that was named, from standard input for `-`.
func (g *givenFlags) readLog(ctx context.Context, in io.Reader) (err error) {
	var log *auditlog.Log
	if g.log == "-" {
		log, err = auditlog.Read(ctx, in)
	} else {
		log, err = auditlog.ReadFile(ctx, g.log)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return usageError("--audit-log %s: %w", g.log, err)
	}
	g.given.Log = log
	return nil
}

// checkInput refuses a log that would take the answers away.
func (t *tightenCommand) checkInput() error {
	if t.log == "-" && !t.list && !t.yes && !t.dryRun && t.export == "" {
		return usageError("--audit-log - leaves nothing to answer with: add --yes")
	}
	return nil
}

// tellLog says what the log covers.
func (t *tightenCommand) tellLog() {
	if l := t.given.Log; l != nil {
		const layout = "2006-01-02 15:04"
		_, _ = fmt.Fprintf(t.app.ErrOut, "audit log: %s from %s to %s UTC", count(l.Events, "event"), l.From.Format(layout), l.To.Format(layout))
		if l.Broken > 0 {
			_, _ = fmt.Fprintf(t.app.ErrOut, ", %s of it no events", count(l.Broken, "line"))
		}
		_, _ = fmt.Fprintln(t.app.ErrOut)
	}
}

// answer asks the function's framework, and on a terminal the operator for values that the answer wants.
func (t *tightenCommand) answer(ctx context.Context, r *snapshot.Reader, all *tighten.Translator, row *board.Row, intent check.Intent, posture *security.Posture) kubeplan.Answer {
	for {
		a := all.Answer(r, row.Function, intent, posture.Findings)
		if len(a.Wants) == 0 || len(t.intents) == 0 || t.yes || t.dryRun || !t.terminal() {
			return a
		}
		_, _ = fmt.Fprintf(t.app.ErrOut, "%s: %s: %s\n", clean(address(row, true)), intent, clean(reason(&a)))
		for _, v := range a.Wants {
			if err := t.askValue(ctx, v); err != nil {
				_, _ = fmt.Fprintf(t.app.ErrOut, "%s\n", clean(err.Error()))
				return a
			}
		}
	}
}

// askValue asks for one value; nothing is an answer too.
func (t *tightenCommand) askValue(ctx context.Context, v kubeplan.Value) error {
	text := t.ask(fmt.Sprintf("%s, %s\n%s: ", v.Key, v.What, v.Key))
	if text == "" {
		return errors.New("left out")
	}
	if v.Key == tighten.AuditLog {
		t.log = text
		if err := t.readLog(ctx, nil); err != nil {
			return err
		}
		t.tellLog()
		return nil
	}
	return t.given.Set(v.Key, text)
}

// reason says why there are no edits, and how what is missing can be given.
func reason(a *kubeplan.Answer) string {
	why, wanted := a.None, func(v kubeplan.Value) bool { return v.Key == tighten.AuditLog }
	if slices.ContainsFunc(a.Wants, wanted) {
		why += ": fn9s tighten --audit-log FILE"
	} else if len(a.Wants) > 0 {
		why += " (fn9s tighten --with)"
	}
	if a.Next != "" {
		why += "; next best: " + string(a.Next)
	}
	return why
}
