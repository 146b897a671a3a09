package function

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// spec adds what the function is: at a glance, triggers, addresses and what it refers to.
func (p pane) spec(r *board.Row, now time.Time, verdict panes.Cell, why string) {
	f := r.Function
	p.glance(r, now, verdict, why)
	p.triggers(f)
	p.urls(f)
	p.references(r)
	if len(f.Notes) > 0 {
		p.Heading("Notes", "")
		for _, n := range f.Notes {
			p.Note(themes.Warning, "· "+n)
		}
	}
}

func (p pane) glance(r *board.Row, now time.Time, verdict panes.Cell, why string) {
	f := r.Function
	role := themes.State(string(f.State))
	state := strings.TrimSpace(themes.Glyph(role) + " " + string(f.State))
	if f.Ready != nil && f.Desired != nil {
		state += fmt.Sprintf(" · %d of %d ready", *f.Ready, *f.Desired)
	}
	p.Heading(f.Name(), r.ID.Framework+" in "+cmp.Or(r.ID.Namespace, "no namespace"))
	p.Field("State", state, role)
	p.Field("Why", why, role)
	if !strings.Contains(why, strings.TrimSuffix(f.Reason, ".")) {
		p.Field("Reason", f.Reason, role)
	}
	p.SpotField("Posture", verdict.Text, verdict.Role, panes.Spot{Place: screen.Place{Page: screen.PagePosture, Function: r.ID}})
	if f.Object.Kind != "" && f.APIVersion != "" {
		p.SpotField("Declared by", f.Object.String(), themes.Value, panes.On(screen.Target{Context: r.ID.Context, Ref: f.Object}))
	} else {
		p.Field("Declared by", "no object in Kubernetes", themes.Muted)
	}
	p.Field("Runtime", f.Runtime, themes.Value)
	p.Field("Handler", f.Handler, themes.Value)
	p.Field("Image", f.Image, themes.Value)
	p.Field("Source", strings.TrimSpace(f.Source.Kind+" "+f.Source.Detail), themes.Value)
	if f.ServiceAccount != "" {
		account := model.Ref{Kind: "ServiceAccount", Namespace: r.ID.Namespace, Name: f.ServiceAccount}
		p.SpotField("Service account", f.ServiceAccount, themes.Value, panes.On(screen.Target{Context: r.ID.Context, Ref: account}))
	}
	p.Field("Scaling", scaling(&f.Scaling), themes.Value)
	p.Field("Revision", f.Revision, themes.Value)
	p.Field("Traffic", traffic(f.Traffic), themes.Value)
	p.Field("Created", ago(f.Created, now), themes.Value)
	p.Field("Changed", strings.TrimSpace(ago(f.Changed.Time, now)+" by "+cmp.Or(f.Changed.Manager, "an unknown client")), changedRole(f))
	p.Field("Platform", platform(&f.Platform), themes.Value)
	p.Field("Labels", labels(f.Labels), themes.Muted)
}

func changedRole(f *model.Function) themes.Role {
	if f.Changed.Time.IsZero() {
		return themes.Muted
	}
	return themes.Value
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return columns.Age(t, now) + " ago"
}

func scaling(s *model.Scaling) string {
	var parts []string
	switch {
	case s.Min != nil && s.Max != nil:
		parts = append(parts, fmt.Sprintf("%d to %d replicas", *s.Min, *s.Max))
	case s.Min != nil:
		parts = append(parts, fmt.Sprintf("at least %d replicas", *s.Min))
	case s.Max != nil:
		parts = append(parts, fmt.Sprintf("at most %d replicas", *s.Max))
	}
	if s.Note != "" {
		parts = append(parts, s.Note)
	}
	if !s.By.IsZero() {
		parts = append(parts, "by "+s.By.Kind+" "+s.By.Name)
	}
	return strings.Join(parts, ", ")
}

func traffic(all []model.Traffic) string {
	var parts []string
	for _, t := range all {
		s := cmp.Or(t.Revision, "latest") + " " + strconv.Itoa(int(t.Percent)) + "%"
		if t.Tag != "" {
			s += " (" + t.Tag + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func platform(p *model.Platform) string {
	var parts []string
	for _, s := range []string{p.Release, p.Version, p.Shape} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if p.Namespace != "" {
		parts = append(parts, "in "+p.Namespace)
	}
	return strings.Join(parts, " ")
}

// maxLabels bounds the labels at a glance; YAML has them all.
const maxLabels = 8

func labels(all model.Labels) string {
	var parts []string
	for i, l := range all {
		if i == maxLabels {
			parts = append(parts, "and "+strconv.Itoa(len(all)-maxLabels)+" more")
			break
		}
		parts = append(parts, l.Key+"="+l.Value)
	}
	return strings.Join(parts, ", ")
}

func (p pane) triggers(f *model.Function) {
	p.Heading("Triggers", count(len(f.Triggers)))
	if len(f.Triggers) == 0 {
		p.Note(themes.Muted, "Nothing calls it, as far as can be seen.")
		return
	}
	names := make([]string, len(f.Triggers))
	for i, t := range f.Triggers {
		names[i] = t.Name
	}
	w := panes.Widest(28, names...)
	for _, t := range f.Triggers {
		detail, role := t.Detail, themes.Value
		if t.Auth != "" {
			detail += " · authenticated by " + t.Auth
		}
		if t.Disabled {
			detail, role = strings.TrimSpace(detail+" · disabled"), themes.Muted
		}
		p.Row(panes.Spot{}, panes.Cell{Text: string(t.Type), Width: 6, Role: themes.Accent}, panes.Cell{Text: t.Name, Width: max(w, 1), Role: role}, panes.Cell{Text: detail, Role: role})
	}
}

func (p pane) urls(f *model.Function) {
	if len(f.URLs) == 0 {
		return
	}
	p.Heading("URLs", count(len(f.URLs)))
	for _, u := range f.URLs {
		where := "cluster"
		if u.External {
			where = "external"
		}
		p.Row(panes.Spot{}, panes.Cell{Text: where, Width: 8, Role: themes.Muted}, panes.Cell{Text: u.URL, Role: themes.Link})
	}
}

func (p pane) references(r *board.Row) {
	f := r.Function
	p.Heading("References", count(len(f.References)))
	if len(f.References) == 0 {
		p.Note(themes.Muted, "It uses no Secret and no ConfigMap.")
		return
	}
	names := make([]string, len(f.References))
	for i, ref := range f.References {
		names[i] = ref.Name
	}
	w := max(panes.Widest(36, names...), 1)
	for _, ref := range f.References {
		note, role := string(ref.How), themes.Value
		if ref.Key != "" {
			note += " key " + ref.Key
		}
		if ref.Optional {
			note += ", optional"
		}
		if ref.Missing {
			note, role = note+" ✗ missing: no such "+ref.Kind, themes.Error
		}
		target := screen.Target{Context: r.ID.Context, Ref: model.Ref{Kind: ref.Kind,
			Namespace: cmp.Or(ref.Namespace, ref.Origin.Namespace, r.ID.Namespace), Name: ref.Name}}
		if ref.Missing || (ref.Kind != "Secret" && ref.Kind != "ConfigMap") {
			target = screen.Target{}
		}
		p.Row(panes.On(target), panes.Cell{Text: ref.Kind, Width: 9, Role: themes.Muted}, panes.Cell{Text: ref.Name, Width: w, Role: role}, panes.Cell{Text: note, Role: role})
	}
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
