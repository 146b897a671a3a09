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
	"github.com/fn9s/fn9s/views/screen"
)

// spec adds what the function is: at a glance, triggers, addresses and what it refers to.
func (p *pane) spec(r *board.Row, now time.Time) {
	f := r.Function
	p.glance(r, now)
	p.triggers(f)
	p.urls(f)
	p.references(r)
	if len(f.Notes) > 0 {
		p.heading("Notes", "")
		for _, n := range f.Notes {
			p.note(themes.Warning, "· "+n)
		}
	}
}

func (p *pane) glance(r *board.Row, now time.Time) {
	f := r.Function
	role := themes.State(string(f.State))
	state := strings.TrimSpace(themes.Glyph(role) + " " + string(f.State))
	if f.Ready != nil && f.Desired != nil {
		state += fmt.Sprintf(" · %d of %d ready", *f.Ready, *f.Desired)
	}
	p.heading(f.Name(), r.ID.Framework+" in "+cmp.Or(r.ID.Namespace, "no namespace"))
	p.field("State", state, role)
	p.field("Reason", f.Reason, role)
	if f.Object.Kind != "" && f.APIVersion != "" {
		p.targetField("Declared by", f.Object.String(), themes.Value, screen.Target{Context: r.ID.Context, Ref: f.Object})
	} else {
		p.field("Declared by", "no object in Kubernetes", themes.Muted)
	}
	p.field("Runtime", f.Runtime, themes.Value)
	p.field("Handler", f.Handler, themes.Value)
	p.field("Image", f.Image, themes.Value)
	p.field("Source", strings.TrimSpace(f.Source.Kind+" "+f.Source.Detail), themes.Value)
	if f.ServiceAccount != "" {
		account := model.Ref{Kind: "ServiceAccount", Namespace: r.ID.Namespace, Name: f.ServiceAccount}
		p.targetField("Service account", f.ServiceAccount, themes.Value, screen.Target{Context: r.ID.Context, Ref: account})
	}
	p.field("Scaling", scaling(&f.Scaling), themes.Value)
	p.field("Revision", f.Revision, themes.Value)
	p.field("Traffic", traffic(f.Traffic), themes.Value)
	p.field("Created", ago(f.Created, now), themes.Value)
	p.field("Changed", strings.TrimSpace(ago(f.Changed.Time, now)+" by "+cmp.Or(f.Changed.Manager, "an unknown client")), changedRole(f))
	p.field("Platform", platform(&f.Platform), themes.Value)
	p.field("Labels", labels(f.Labels), themes.Muted)
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

func (p *pane) triggers(f *model.Function) {
	p.heading("Triggers", count(len(f.Triggers)))
	if len(f.Triggers) == 0 {
		p.note(themes.Muted, "Nothing calls it, as far as can be seen.")
		return
	}
	names := make([]string, len(f.Triggers))
	for i, t := range f.Triggers {
		names[i] = t.Name
	}
	w := widest(28, names...)
	for _, t := range f.Triggers {
		detail, role := t.Detail, themes.Value
		if t.Auth != "" {
			detail += " · authenticated by " + t.Auth
		}
		if t.Disabled {
			detail, role = strings.TrimSpace(detail+" · disabled"), themes.Muted
		}
		p.row(screen.Target{}, cellText{string(t.Type), 6, themes.Accent}, cellText{t.Name, max(w, 1), role}, cellText{detail, 0, role})
	}
}

func (p *pane) urls(f *model.Function) {
	if len(f.URLs) == 0 {
		return
	}
	p.heading("URLs", count(len(f.URLs)))
	for _, u := range f.URLs {
		where := "cluster"
		if u.External {
			where = "external"
		}
		p.row(screen.Target{}, cellText{where, 8, themes.Muted}, cellText{u.URL, 0, themes.Link})
	}
}

func (p *pane) references(r *board.Row) {
	f := r.Function
	p.heading("References", count(len(f.References)))
	if len(f.References) == 0 {
		p.note(themes.Muted, "It uses no Secret and no ConfigMap.")
		return
	}
	names := make([]string, len(f.References))
	for i, ref := range f.References {
		names[i] = ref.Name
	}
	w := max(widest(36, names...), 1)
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
		p.row(target, cellText{ref.Kind, 9, themes.Muted}, cellText{ref.Name, w, role}, cellText{note, 0, role})
	}
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
