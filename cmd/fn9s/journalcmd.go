package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
)

const aboutJournal = `Print what was changed from this machine, newest first; with an ID one change, step by step. It is read from the file
alone: no cluster is asked. What it says of secret values is a hash.

A change that is "begun" was interrupted: fn9s undo takes back what was done of it.

Exit codes: 0 done · 1 no such change · 2 wrong usage, or the journal cannot be read.`

// journalDocument is the document of `fn9s journal`.
type journalDocument struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Path       string        `json:"path"`
	Torn       int           `json:"tornLines"`
	Changes    []changeEntry `json:"changes"`
}

// changeEntry is one change.
type changeEntry struct {
	ID        string                 `json:"id"`
	Time      string                 `json:"time"`
	Action    string                 `json:"action"`
	Title     string                 `json:"title"`
	Outcome   string                 `json:"outcome"`
	Ended     bool                   `json:"ended"`
	Undoes    string                 `json:"undoes,omitempty"`
	UndoneBy  string                 `json:"undoneBy,omitempty"`
	Operator  string                 `json:"operator"`
	Cluster   change.ClusterDocument `json:"cluster"`
	Functions []string               `json:"functions"`
	Steps     []journalStepItem      `json:"steps"`
}

type journalStepItem struct {
	Number  int                    `json:"number"`
	Verb    string                 `json:"verb"`
	Object  change.ObjectDocument  `json:"object"`
	Outcome string                 `json:"outcome"`
	Reason  string                 `json:"reason,omitempty"`
	Backup  string                 `json:"backup,omitempty"`
	Changes []change.TouchDocument `json:"changes"`
}

func newJournal(a *app) *cobra.Command {
	output := ""
	c := &cobra.Command{
		Use: "journal [ID]", Short: "Print what was changed", Long: aboutJournal, Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkFormat(output, "json"); err != nil {
				return err
			}
			return printJournal(a, args, output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "output format: json")
	complete(c, "output", "json")
	c.AddCommand(newPrune(a))
	return c
}

func printJournal(a *app, args []string, output string) error {
	file := a.journal()
	book, err := file.Read()
	if err != nil {
		return withCode(exitUsage, err)
	}
	d := journalDocument{APIVersion: apiVersion, Kind: "Journal", Path: file.Path(), Torn: book.Torn, Changes: []changeEntry{}}
	entries := slices.Clone(book.Entries)
	slices.Reverse(entries)
	if len(args) > 0 {
		e, err := book.Find(args[0])
		if err != nil {
			return withCode(exitFindings, err)
		}
		entries = []*journal.Entry{e}
	}
	for _, e := range entries {
		d.Changes = append(d.Changes, entryItem(book, e))
	}
	if output == "json" {
		return printJSON(a.Out, d)
	}
	if book.Torn > 0 {
		_, _ = fmt.Fprintf(a.ErrOut, "warning: %s of the journal could not be read: a program ended while it wrote\n", count(book.Torn, "line"))
	}
	if len(args) > 0 {
		return write(a.Out, entryText(&d.Changes[0]))
	}
	if len(d.Changes) == 0 {
		_, _ = fmt.Fprintln(a.ErrOut, "Nothing was changed from this machine.")
		return nil
	}
	return printJournalTable(a, &d)
}

func entryItem(book *journal.Book, e *journal.Entry) changeEntry {
	item := changeEntry{
		ID: e.ID, Time: e.Time.UTC().Format(time.RFC3339), Action: e.Action, Title: e.Title, Outcome: string(e.Outcome), Ended: e.Ended,
		Undoes: e.Undoes, UndoneBy: book.Undone(e.ID), Operator: e.Operator, Cluster: change.ClusterDocument(e.Cluster),
		Functions: append([]string{}, e.Functions...), Steps: []journalStepItem{},
	}
	if e.Newer {
		item.Outcome = "written by a newer fn9s"
	}
	for i := range e.Steps {
		s := &e.Steps[i]
		step := journalStepItem{
			Number: s.Number, Verb: s.Verb, Outcome: string(s.Outcome), Reason: s.Reason, Backup: s.Backup, Changes: []change.TouchDocument{},
			Object: change.ObjectDocument{APIVersion: s.Object.APIVersion, Kind: s.Object.Kind, Namespace: s.Object.Namespace, Name: s.Object.Name, UID: s.UID},
		}
		for _, t := range s.Touches {
			step.Changes = append(step.Changes, change.TouchDocument{Path: t.Path, Old: recorded(t.Old), New: recorded(t.New), Secret: t.Secret})
		}
		item.Steps = append(item.Steps, step)
	}
	return item
}

func recorded(v *journal.Value) *change.ValueDocument {
	if v == nil {
		return nil
	}
	d := &change.ValueDocument{Hash: v.Hash}
	if len(v.JSON) > 0 {
		_ = json.Unmarshal(v.JSON, &d.Value) // a damaged value is shown as none
	}
	return d
}

func printJournalTable(a *app, d *journalDocument) error {
	rows := [][]cell{{{text: "ID"}, {text: "TIME"}, {text: "ACTION"}, {text: "OUTCOME"}, {text: "STEPS", right: true}, {text: "CONTEXT"}, {text: "WHAT"}}}
	for i := range d.Changes {
		c := &d.Changes[i]
		outcome := c.Outcome
		if c.UndoneBy != "" {
			outcome = "undone"
		}
		rows = append(rows, []cell{
			{text: clean(c.ID)}, {text: c.Time}, {text: clean(c.Action)}, {text: clean(outcome)}, {text: fmt.Sprint(len(c.Steps)), right: true},
			{text: clean(c.Cluster.Context)}, {text: clean(c.Title)},
		})
	}
	return printTable(a.Out, rows)
}

func entryText(c *changeEntry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s · %s · %s · %s\n", c.ID, c.Title, c.Time, c.Operator, c.Cluster.Context, c.Outcome)
	if c.UndoneBy != "" {
		fmt.Fprintf(&b, "undone by %s\n", c.UndoneBy)
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		fmt.Fprintf(&b, "\n[%d] %s %s: %s", s.Number, s.Verb, objectName(s.Object), s.Outcome)
		if s.Reason != "" {
			fmt.Fprintf(&b, ": %s", s.Reason)
		}
		b.WriteByte('\n')
		for _, t := range s.Changes {
			fmt.Fprintf(&b, "  %s: %s → %s\n", t.Path, valueText(t.Old), valueText(t.New))
		}
	}
	return cleanLines(b.String())
}

func valueText(v *change.ValueDocument) string {
	if v == nil {
		return "nothing"
	}
	if v.Hash != "" {
		return change.Hidden
	}
	raw, err := json.Marshal(v.Value)
	if err != nil {
		return "?"
	}
	return string(raw)
}

const aboutPrune = `Delete the Secrets that keep old secret values of changes, once their time is over. A change whose kept values are gone
cannot be undone any more. It looks at all namespaces, or those of -n.

Exit codes: 0 done · 1 some could not be deleted · 2 wrong usage · 4 no connection or not authenticated.`

func newPrune(a *app) *cobra.Command {
	o := &changeOptions{app: a, limit: time.Minute}
	c := &cobra.Command{
		Use: "prune", Short: "Delete kept secret values whose time is over", Long: aboutPrune, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.prune(cmd.Context()) },
	}
	c.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "only list them")
	return c
}

func (o *changeOptions) prune(ctx context.Context) error {
	scope, err := o.app.scope()
	if err != nil {
		return err
	}
	e, c, stop, err := o.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	kept, err := e.Kept(ctx, scope)
	if err != nil {
		return planError(fmt.Errorf("%s: %w", c.Context, err))
	}
	now, err := o.app.clock()
	if err != nil {
		return err
	}
	over := slices.DeleteFunc(kept, func(k change.KeptSecret) bool { return k.Expires.IsZero() || k.Expires.After(now()) })
	for _, k := range over {
		if err := write(o.app.Out, clean(fmt.Sprintf("%s/%s of change %s, expired %s", k.Namespace, k.Name, k.Change, k.Expires.UTC().Format(time.RFC3339)))+"\n"); err != nil {
			return err
		}
	}
	if len(over) == 0 || o.dryRun {
		_, _ = fmt.Fprintf(o.app.ErrOut, "%s with kept values: %d expired.\n", count(len(kept), "Secret"), len(over))
		return nil
	}
	if !o.yes && !o.terminal() {
		return usageError("nothing was deleted: there is no terminal to ask on; add --yes")
	}
	if !o.yes && !agreed(o.ask(fmt.Sprintf("Delete %s? [y/N] ", count(len(over), "Secret")))) {
		return withCode(exitFindings, errors.New("nothing was deleted"))
	}
	var failed []string
	for _, k := range over {
		if err := e.Forget(ctx, k); err != nil {
			failed = append(failed, fmt.Sprintf("%s/%s: %v", k.Namespace, k.Name, err))
		}
	}
	if len(failed) > 0 {
		return withCode(exitFindings, fmt.Errorf("not deleted: %s", listed(failed, 5)))
	}
	return nil
}
