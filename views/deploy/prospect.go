package deploy

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/yaml"
)

// prospect asks what it would come to. The question before is given up; what it brings does not count any more.
func (s *Screen) prospect() tea.Cmd {
	if s.form == nil || s.env.Deployments == nil {
		return nil
	}
	s.giveUp()
	s.asked++
	s.asking = true
	s.view.stale = true
	var d *screen.Deployment
	d, s.problems = s.form.deployment(s.of.Context)
	ctx, stop := context.WithCancel(s.ctx)
	s.stop = stop
	deployments, asked := s.env.Deployments, s.asked
	return func() tea.Msg {
		got, err := deployments.Prospect(ctx, d)
		m := prospectMsg{to: s, asked: asked, got: got, err: err}
		if err == nil {
			m.spans = yaml.Spans(got.Objects)
		}
		return m
	}
}

// giveUp ends the question under way.
func (s *Screen) giveUp() {
	if s.stop != nil {
		s.stop()
	}
	s.stop, s.asking = nil, false
	s.asked++
}

func (s *Screen) looked(msg prospectMsg) {
	s.giveUp()
	s.changed()
	if msg.err != nil {
		s.askErr = text.Clean(msg.err.Error())
		return
	}
	s.got, s.spans, s.gotAt, s.askErr = msg.got, msg.spans, s.env.Now(), ""
	s.fillSide()
}

// wrong is what is wrong with a field; empty: nothing, or it is not known yet.
func (s *Screen) wrong(d *field) string {
	for _, all := range [][]plan.Problem{s.problems, s.heard()} {
		for _, p := range all {
			if d.kind != grows && (p.Field == d.id || s.owner(p.Field) == d.id) {
				return text.Clean(p.Text)
			}
		}
	}
	return ""
}

// heard are the problems that the engine found.
func (s *Screen) heard() []plan.Problem {
	if s.got == nil {
		return nil
	}
	return s.got.Problems
}

// owner is the id of the field that a problem is about; empty: none that is asked for.
func (s *Screen) owner(name string) string {
	fields := s.form.fields()
	for i := range fields {
		if fields[i].id == name && fields[i].kind != grows {
			return name
		}
	}
	_, about, named := strings.Cut(name, " ")
	first := ""
	for i := range fields {
		d := &fields[i]
		if d.kind == grows || !d.isCalled(name) {
			continue
		}
		if named && strings.HasPrefix(s.form.value(d), about+"=") {
			return d.id
		}
		if first == "" {
			first = d.id
		}
	}
	return first
}

// others are the problems that no field is for.
func (s *Screen) others() []string {
	var all []string
	for _, p := range s.heard() {
		if s.owner(p.Field) == "" {
			all = append(all, strings.TrimPrefix(text.Clean(p.Field+": "+p.Text), ": "))
		}
	}
	return all
}

// standing says whether there is a plan to show, and why not.
func (s *Screen) standing() (ready bool, why string) {
	n := len(s.problems) + len(s.heard())
	switch {
	case s.refused() != "":
		return false, s.refused()
	case len(s.problems) > 0:
		return false, s.problems[0].Text
	case s.askErr != "":
		return false, s.askErr
	case s.got == nil:
		return false, "computing…"
	case n == 1:
		return false, strings.TrimPrefix(text.Clean(s.heard()[0].Field+": "+s.heard()[0].Text), ": ")
	case n > 1:
		return false, text.Count(n) + " things are missing or wrong"
	}
	return true, ""
}

// refused says why nothing can be planned on the cluster.
func (s *Screen) refused() string {
	if s.env.Changes == nil {
		return "nothing can be changed here"
	}
	return text.Clean(s.env.Changes.Refusal(s.of.Context))
}

// readOnly says that a plan can only be looked at and exported.
func (s *Screen) readOnly() bool { return s.env.Changes != nil && s.env.Changes.ReadOnly(s.of.Context) }

// ShowPlan has the order made of what was filled in, and opens its plan. Where something is wrong it goes there.
func (s *Screen) ShowPlan() tea.Cmd {
	switch {
	case s.form == nil && s.found != nil:
		return s.planFound()
	case s.form == nil:
		return notice(status.Info, "choose a framework first")
	}
	if ready, why := s.standing(); !ready {
		return s.goWrong(why)
	}
	d, _ := s.form.deployment(s.of.Context)
	return s.order([]screen.Deployment{*d})
}

// goWrong takes the cursor to the first field with something wrong, and shows all that is wrong from then on.
func (s *Screen) goWrong(why string) tea.Cmd {
	fields := s.form.fields()
	at := ""
	for i := range fields {
		s.form.past[fields[i].id] = true
		if at == "" && s.wrong(&fields[i]) != "" {
			at = fields[i].id
		}
	}
	if at != "" {
		s.Go(spotOf(at))
	}
	s.changed()
	return notice(status.Info, "there is no plan yet: "+why)
}

// planFound has the order made of all functions that were read.
func (s *Screen) planFound() tea.Cmd {
	if len(s.found.Problems) > 0 {
		return notice(status.Warning, "nothing is made of it: "+s.found.Problems[0])
	}
	namespace := ""
	if n := s.env.Scope.Namespaces; len(n) > 0 {
		namespace = n[0]
	}
	var all []screen.Deployment
	for i := range s.found.Requests {
		r := s.found.Requests[i]
		if r.Namespace == "" {
			r.Namespace = namespace
		}
		if r.Namespace == "" {
			return notice(status.Info, r.Name+" names no namespace: n chooses one")
		}
		all = append(all, screen.Deployment{Context: s.of.Context, Request: r})
	}
	if len(s.found.Objects) > 0 {
		all = append(all, screen.Deployment{Context: s.of.Context, Request: plan.DeployRequest{Namespace: namespace}, Objects: s.found.Objects})
	}
	return s.order(all)
}

// order asks for the order, away from the loop.
func (s *Screen) order(all []screen.Deployment) tea.Cmd {
	if s.ordering {
		return nil
	}
	s.ordering = true
	s.changed()
	deployments, ctx := s.env.Deployments, s.ctx
	return func() tea.Msg {
		o, err := deployments.Deploy(ctx, all)
		return orderedMsg{to: s, order: o, err: err}
	}
}

// ordered opens the plan.
func (s *Screen) ordered(msg orderedMsg) tea.Cmd {
	s.ordering = false
	s.changed()
	switch {
	case msg.err != nil:
		return tea.Batch(notice(status.Warning, msg.err.Error()), s.prospect())
	case s.ctx.Err() != nil:
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PagePlan, Order: msg.order}})
}

// ExportRefusal says why nothing can be written to files.
func (s *Screen) ExportRefusal() string {
	if s.form == nil {
		return "there is no function yet"
	}
	_, why := s.standing()
	return why
}

// Export asks for a folder, and writes what would be made there.
func (s *Screen) Export() tea.Cmd {
	d, _ := s.form.deployment(s.of.Context)
	field := dialog.Field{Label: "Folder", Value: "fn9s-" + d.Request.Name, Hint: "a folder that is new, or has none of these files", Wrong: func(v string) string {
		if v == "" {
			return "say where to"
		}
		return ""
	}}
	x := &exporting{changes: s.env.Changes, deployments: s.env.Deployments, ctx: s.ctx, deployment: *d}
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "deploy-export", "Export "+text.Clean(d.Request.Name),
		"What would be made is written as manifests and a kustomization, without secret values. The cluster is not changed.", nil, "write",
		[]dialog.Field{field}, func(values []string) tea.Cmd { return func() tea.Msg { return x.write(values[0]) } })})
}

// exporting writes a deployment to files, away from the loop.
type exporting struct {
	changes     screen.Changes
	deployments screen.Deployments
	ctx         context.Context
	deployment  screen.Deployment
}

func (x *exporting) write(folder string) tea.Msg {
	said := func(severity status.Severity, message string) tea.Msg {
		return screen.NoticeMsg{Severity: severity, Source: "export", Text: text.Clean(message)}
	}
	order, err := x.deployments.Deploy(x.ctx, []screen.Deployment{x.deployment})
	if err != nil {
		return said(status.Error, err.Error())
	}
	draft, err := x.changes.Plan(x.ctx, order)
	if err != nil {
		return said(status.Error, err.Error())
	}
	files, left, err := x.changes.Export(draft, folder)
	if err != nil {
		return said(status.Error, err.Error())
	}
	message := text.Count(files) + " files written to " + folder + "; the cluster was not changed"
	if len(left) > 0 {
		return said(status.Warning, message+". Not exported: "+strings.Join(left[:min(len(left), 3)], ", "))
	}
	return said(status.Info, message)
}

// besides says which controls fail although the framework is not in their way.
func besides(ids []string) string {
	const shown = 3
	switch {
	case len(ids) == 0:
		return ""
	case len(ids) > shown:
		return ", but for " + strings.Join(ids[:shown], ", ") + " and " + text.Count(len(ids)-shown) + " more"
	}
	return ", but for " + strings.Join(ids, ", ")
}
