package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
)

// page is a text of names and values, and of small tables.
type page struct{ b strings.Builder }

// field adds a name and its value. Without a value there is none.
func (p *page) field(name, value string) {
	if value = clean(value); value != "" {
		fmt.Fprintf(&p.b, "%-17s%s\n", name+":", value)
	}
}

// list adds a small table below a title; without lines only that there is nothing.
func (p *page) list(title, nothing string, lines [][]string) {
	if len(lines) == 0 {
		if nothing != "" {
			fmt.Fprintf(&p.b, "%-17s%s\n", title+":", nothing)
		}
		return
	}
	p.b.WriteString(title + ":\n")
	var widths []int
	for _, line := range lines {
		for i := range line {
			line[i] = clean(line[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], text.Width(line[i]))
		}
	}
	for _, line := range lines {
		s := " "
		for i, c := range line {
			s += " " + c + text.Spaces(widths[i]-text.Width(c)+1)
		}
		p.b.WriteString(strings.TrimRight(s, " ") + "\n")
	}
}

// describe prints one function for people.
func describe(r *board.Row, d functionDocument, now time.Time) string {
	f := r.Function
	p := &page{}
	p.field("Name", d.Name)
	p.field("Namespace", d.Namespace)
	p.field("Framework", d.Framework)
	p.field("Context", d.Context)
	state := d.State
	if d.Ready != nil && d.Desired != nil {
		state += fmt.Sprintf(", %d of %d ready", *d.Ready, *d.Desired)
	}
	p.field("State", state)
	p.field("Why", d.why)
	p.field("Reason", d.Reason)
	if d.Object == nil {
		p.field("Declared by", "no object of Kubernetes")
	} else {
		p.field("Declared by", d.Object.Kind+" "+d.Object.APIVersion)
	}
	p.field("Runtime", d.Runtime)
	p.field("Handler", d.Handler)
	p.field("Image", d.Image)
	if d.Code != nil {
		p.field("Code", strings.TrimSpace(d.Code.Kind+" "+d.Code.Detail))
	}
	p.field("ServiceAccount", d.ServiceAccount)
	p.field("Scaling", scalingText(d.Scaling))
	p.field("Revision", d.Revision)
	p.field("Created", agoText(f.Created, now))
	if d.Changed != nil {
		p.field("Changed", agoText(f.Changed.Time, now)+" by "+cmp.Or(d.Changed.By, "an unknown client"))
	}
	if d.Platform != nil {
		p.field("Platform", platformText(d.Platform))
	}
	p.list("Labels", "", labelLines(d.Labels))
	p.list("Traffic", "", trafficLines(d.Traffic))
	p.list("Workloads", "none", workloadLines(d.Workloads))
	p.list("Pods", "none", podLines(d.Pods, now))
	p.list("Triggers", "none", triggerLines(d.Triggers))
	p.list("URLs", "none", urlLines(d.Endpoints))
	p.list("References", "none", referenceLines(d.References))
	var notes [][]string
	for _, n := range d.Notes {
		notes = append(notes, []string{n})
	}
	p.list("Notes", "", notes)
	p.posture(d.Posture, r.Posture)
	return p.b.String()
}

func agoText(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return moment(t) + " (" + columns.Age(t, now) + " ago)"
}

func scalingText(s *scalingItem) string {
	if s == nil {
		return ""
	}
	var parts []string
	if s.Min != nil {
		parts = append(parts, "at least "+number(s.Min))
	}
	if s.Max != nil {
		parts = append(parts, "at most "+number(s.Max))
	}
	if s.Note != "" {
		parts = append(parts, s.Note)
	}
	if s.By != nil {
		parts = append(parts, "by "+s.By.Kind+" "+s.By.Name)
	}
	return strings.Join(parts, ", ")
}

func platformText(p *platformItem) string {
	s := strings.Join(strings.Fields(p.Release+" "+p.Version+" "+p.Shape), " ")
	if p.Namespace != "" {
		s += " in " + p.Namespace
	}
	return strings.TrimSpace(s)
}

func labelLines(labels map[string]string) [][]string {
	var lines [][]string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		lines = append(lines, []string{k + "=" + labels[k]})
	}
	return lines
}

func trafficLines(all []trafficItem) [][]string {
	var lines [][]string
	for _, t := range all {
		line := []string{cmp.Or(t.Revision, "latest"), strconv.Itoa(int(t.Percent)) + "%", t.Tag}
		lines = append(lines, line)
	}
	return lines
}

func workloadLines(all []workloadItem) [][]string {
	var lines [][]string
	for _, w := range all {
		note := "not read"
		if w.Ready != nil {
			note = number(w.Ready) + "/" + number(w.Desired) + " ready"
		}
		if w.Role != "run" {
			note += ", " + w.Role
		}
		if w.Shared {
			note += ", shared with other functions"
		}
		lines = append(lines, []string{w.Kind, w.Name, note})
	}
	return lines
}

func podLines(all []podItem, now time.Time) [][]string {
	var lines [][]string
	for _, p := range all {
		if p.Phase == "" {
			lines = append(lines, []string{p.Name, "not read"})
			continue
		}
		state := p.Phase
		if !p.Ready && p.Phase != "Succeeded" {
			state += ", not ready"
		}
		age := ""
		if t, err := time.Parse(time.RFC3339, p.Created); err == nil {
			age = columns.Age(t, now)
		}
		lines = append(lines, []string{p.Name, state, strconv.Itoa(int(p.Restarts)) + " restarts", age, p.Node, p.Reason})
	}
	return lines
}

func triggerLines(all []triggerItem) [][]string {
	var lines [][]string
	for _, t := range all {
		note := ""
		if t.Auth != "" {
			note = "authenticated by " + t.Auth
		}
		if t.Disabled {
			note = strings.TrimPrefix(note+", disabled", ", ")
		}
		lines = append(lines, []string{t.Type, t.Name, t.Detail, note})
	}
	return lines
}

func urlLines(all []endpointItem) [][]string {
	var lines [][]string
	for _, u := range all {
		where := "cluster"
		if u.External {
			where = "external"
		}
		lines = append(lines, []string{where, u.URL})
	}
	return lines
}

func referenceLines(all []referenceItem) [][]string {
	var lines [][]string
	for _, ref := range all {
		note := ref.How
		if ref.Key != "" {
			note += " key " + ref.Key
		}
		if ref.Optional {
			note += ", optional"
		}
		if ref.Missing {
			note += ", missing: there is no such " + ref.Kind
		}
		lines = append(lines, []string{ref.Kind, ref.Name, note})
	}
	return lines
}
