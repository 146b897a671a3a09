package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/cmd/fn9s/entry"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/edit"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// editing has objects of the console edited.
type editing struct {
	fleet *fleet.Fleet
	shop  *workshop.Shop
}

// Refusal says why an object cannot be edited.
func (e editing) Refusal(t screen.Target) string {
	if why := edit.Refusal(t); why != "" {
		return why
	}
	if why := (valueEditor{}).Refusal(); why != "" {
		return why
	}
	return e.shop.Refusal(t.Context)
}

// Begin reads the object and puts its text into a file.
func (e editing) Begin(ctx context.Context, t screen.Target) (screen.Edit, error) {
	c, ok := e.fleet.Cluster(t.Context)
	if !ok || c.APIs() == nil {
		return nil, fmt.Errorf("context %q is not open", t.Context)
	}
	s, err := edit.Begin(ctx, c.Client(), c.APIs(), t)
	if err != nil {
		return nil, err
	}
	command, err := entry.CommandOf(os.Getenv)
	if err != nil {
		return nil, err
	}
	d, err := entry.NewDocument(command, t.Kind+"-"+t.Name+".yaml", s.Text(nil))
	if err != nil {
		return nil, err
	}
	return &edited{session: s, document: d, shop: e.shop, functions: e.functions(t)}, nil
}

// functions are those that the object is of.
func (e editing) functions(t inspect.Target) []model.FunctionID {
	var all []model.FunctionID
	for _, r := range e.fleet.Board().Rows() {
		if r.ID.Context == t.Context && r.Function.Object == t.Ref {
			all = append(all, r.ID)
		}
	}
	return all
}

// Body has a text edited that is no object.
func (editing) Body(text []byte, extension string) (tea.ExecCommand, func() []byte) {
	b := &bodyEditor{text: text, extension: extension}
	return b, func() []byte { return b.text }
}

// bodyEditor is an editor on the body of a call.
type bodyEditor struct {
	document
	text      []byte
	extension string
}

// Run has the text written.
func (b *bodyEditor) Run() error {
	command, err := entry.CommandOf(os.Getenv)
	if err != nil {
		return err
	}
	d, err := entry.NewDocument(command, "body"+b.extension, b.text)
	if err != nil {
		return err
	}
	defer d.Remove()
	if err := b.edit(d); err != nil {
		return err
	}
	b.text, err = d.Text()
	b.text = entry.OneLineLess(b.text)
	return err
}

// document is an editor that takes the terminal.
type document struct {
	in       io.Reader
	out, err io.Writer
}

// SetStdin sets where the editor reads from.
func (d *document) SetStdin(in io.Reader) { d.in = in }

// SetStdout sets where the editor draws.
func (d *document) SetStdout(out io.Writer) { d.out = out }

// SetStderr sets where the editor complains.
func (d *document) SetStderr(out io.Writer) { d.err = out }

func (d *document) edit(on *entry.Document) error {
	on.In, on.Out, on.Err = d.in, d.out, d.err
	return on.Edit(context.Background())
}

// edited is one object that is being edited.
type edited struct {
	session   *edit.Session
	document  *entry.Document
	shop      *workshop.Shop
	functions []model.FunctionID
}

// writer is the editor on the text of an object.
type writer struct {
	document
	of *edited
}

// Run has the text written.
func (w *writer) Run() error { return w.edit(w.of.document) }

// Write is the editor.
func (e *edited) Write() tea.ExecCommand { return &writer{of: e} }

// Outcome reads what was written, and has the server try it. What it does not take is written above the text.
func (e *edited) Outcome(ctx context.Context) (*screen.Order, error) {
	text, err := e.document.Text()
	if err != nil {
		return nil, err
	}
	r, err := e.session.Take(text)
	if errors.Is(err, edit.ErrGivenUp) {
		return nil, nil
	}
	var order *screen.Order
	if err == nil {
		edit.For(r, e.functions)
		order = &screen.Order{Context: e.session.Target.Context, Action: r.Action, Title: r.Title, Request: r, After: e.after}
		err = e.try(ctx, order)
	}
	if err != nil {
		return nil, errors.Join(err, e.document.Put(e.session.Text(err)))
	}
	return order, nil
}

// try has the plan made: what the server refuses can still be corrected.
func (e *edited) try(ctx context.Context, order *screen.Order) error {
	d, err := e.shop.Plan(ctx, order)
	if err != nil {
		return err
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		switch {
		case s.Checked == change.Refused:
			return errors.New(s.Reason)
		case s.Blocked != "" && s.Allowed.Allowed && s.Checked == "":
			return errors.New(s.Blocked)
		}
	}
	return nil
}

// after takes the text away once it is in the cluster.
func (e *edited) after(r *change.Result) []string {
	if r.Outcome == journal.Applied {
		e.document.Remove()
		return nil
	}
	return []string{"what was written is kept in " + e.document.File}
}

// Close forgets the text, or says where it stays.
func (e *edited) Close(keep bool) string {
	if !keep {
		e.document.Remove()
	}
	return e.document.File
}
