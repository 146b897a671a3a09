package deploy

import (
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	planID      = "plan"
	firstSwitch = "default 0"
	labelWidth  = 14 // at least
	labelMost   = 24
	mostObjects = 20 // of a file that are listed
)

// build draws what there is to choose from, or the form.
func (s *Screen) build(p *panes.Pane) {
	clear(s.rows)
	bad := func(role themes.Role, say string) { p.Note(role, themes.Glyph(role)+" "+say) }
	if c, ok := s.env.Boards.Board().Cluster(s.of.Context); ok {
		if note := screen.ConnectionNote(&c, s.env.Now()); note != "" {
			bad(themes.Warning, note)
		}
	}
	switch {
	case s.env.Deployments == nil:
		bad(themes.Denied, "No function can be made here.")
	case s.failed != "":
		bad(themes.Error, "It cannot be read: "+s.failed)
		p.Note(themes.Muted, "ctrl-r tries again, esc goes back.")
	case s.reading:
		p.Note(themes.Spinner, "Reading…")
	case s.form != nil:
		s.drawForm(p)
	case s.found != nil:
		s.drawFound(p)
	default:
		s.drawMakers(p)
	}
}

// drawMakers lists the frameworks to choose from.
func (s *Screen) drawMakers(p *panes.Pane) {
	if why := s.refused(); why != "" {
		p.Note(themes.Denied, themes.Glyph(themes.Denied)+" "+why)
	}
	p.Heading("In which framework?", "enter opens its form")
	if len(s.makers) == 0 {
		p.Note(themes.Muted, "No framework is known that functions can be made in here.")
	}
	for _, m := range s.makers {
		about, role := "of "+strings.Join(m.Offer.Sources, ", "), themes.Value
		if len(m.Offer.Triggers) > 0 {
			about += "; called by " + strings.Join(m.Offer.Triggers, ", ")
		}
		if m.Refused != "" {
			about, role = themes.Glyph(themes.Denied)+" "+m.Refused, themes.Denied
		}
		p.Row(s.spot("maker "+m.Framework, row{kind: makerRow, maker: m}), panes.Cell{Text: m.Framework, Width: labelWidth, Role: themes.Text},
			panes.Cell{Text: about, Role: role, Lines: 2})
	}
	p.Heading("Or from what you have", "")
	p.Row(s.spot("file", row{kind: fileRow}), panes.Cell{Text: "a file, folder", Width: labelWidth, Role: themes.Text},
		panes.Cell{Text: "stack.yml, serverless.yml, func.yaml, specs, function.yaml, manifests", Role: themes.Value, Lines: 2})
	p.Row(panes.Spot{}, panes.Cell{Text: "a copy", Width: labelWidth, Role: themes.Muted}, panes.Cell{Text: "N on a function makes one like it", Role: themes.Muted, Lines: 2})
}

// drawFound lists the functions of a file.
func (s *Screen) drawFound(p *panes.Pane) {
	f := s.found
	title := count(len(f.Requests), "function")
	if n := len(f.Objects); n > 0 {
		title = strings.TrimPrefix(title+", "+count(n, "object"), "0 functions, ")
	}
	p.Heading(title, "of "+f.From)
	if len(f.Requests)+len(f.Objects) == 0 {
		p.Note(themes.Muted, "It holds nothing that is understood.")
	}
	for i := range f.Requests {
		r := &f.Requests[i]
		where := r.Framework
		if r.Namespace != "" {
			where += " in " + r.Namespace
		}
		p.Row(s.spot(nth("found", i), row{kind: foundRow, index: i}), panes.Cell{Text: r.Name, Width: 28, Role: themes.Text}, panes.Cell{Text: where, Role: themes.Value, Lines: 1})
	}
	for i, o := range f.Objects {
		if i == mostObjects {
			p.Note(themes.Muted, "and "+count(len(f.Objects)-i, "object")+" more")
			break
		}
		kind, _ := o["kind"].(string)
		meta, _ := o["metadata"].(map[string]any)
		name, _ := meta["name"].(string)
		p.Row(panes.Spot{}, panes.Cell{Text: name, Width: 28, Role: themes.Text}, panes.Cell{Text: kind, Role: themes.Value, Lines: 1})
	}
	for _, w := range f.Problems {
		p.Note(themes.Error, themes.Glyph(themes.Error)+" "+w)
	}
	if len(f.Requests)+len(f.Objects) > 0 && len(f.Problems) == 0 {
		p.Gap()
		about := "each with the secure defaults; enter on a function opens its form"
		if s.ordering {
			about = "asking the cluster…"
		}
		p.Row(s.spot(planID, row{kind: allRow}), panes.Cell{Text: "▸ Show the plan of all", Width: 24, Role: themes.Accent}, panes.Cell{Text: about, Role: themes.Muted, Lines: 2})
	}
	s.drawNotes(p, "What it says, and what comes of it", f.Notes)
}

func (s *Screen) drawNotes(p *panes.Pane, title string, notes []string) {
	if len(notes) == 0 {
		return
	}
	p.Heading(title, "")
	for _, n := range notes {
		p.Note(themes.Muted, "· "+n)
	}
}

// drawForm draws the fields, the secure defaults, and where the form ends.
func (s *Screen) drawForm(p *panes.Pane) {
	if s.form.from != "" {
		p.Note(themes.Muted, "from "+s.form.from)
	}
	fields := s.form.fields()
	s.labels = labelWidth
	for i := range fields {
		s.labels = max(s.labels, min(text.Width(text.Clean(fields[i].label)), labelMost))
	}
	for i := range fields {
		d := &fields[i]
		if d.section != "" {
			p.Heading(d.section, "")
		}
		s.drawField(p, d)
	}
	s.drawDefaults(p)
	p.Gap()
	s.drawPlan(p)
	for _, o := range s.others() {
		p.Note(themes.Error, themes.Glyph(themes.Error)+" "+o)
	}
	if s.found != nil {
		s.drawNotes(p, "What it came from says, and what comes of it", s.found.Notes)
	}
}

// drawField draws a field, and what is wrong with it below.
func (s *Screen) drawField(p *panes.Pane, d *field) {
	theme := p.Theme
	spot := s.spot(d.id, row{kind: fieldRow, field: *d})
	label := theme.Render(themes.Label, text.Fit(text.Clean(d.label), s.labels, text.Left)) + "  "
	room := max(p.Width-s.labels-2, 8)
	value := s.form.value(d)
	wrong := s.wrong(d)
	line := ""
	switch {
	case s.typing == d.id:
		line = s.drawTyped(theme, d, room)
	case d.kind == grows:
		label, line = theme.Render(themes.Accent, text.Fit(text.Clean(d.label), s.labels, text.Left))+"  ", theme.Render(themes.Muted, cut(d.about, room))
	case d.refused != "":
		line = theme.Render(themes.Muted, cut("– none: "+text.Clean(d.refused), room))
	case value == "" && d.must:
		line = theme.Render(themes.Warning, "needed")
	case value == "":
		line = theme.Render(themes.Placeholder, cut(d.without, room))
	default:
		shown, hidden := d.secret(value)
		if value = text.Clean(value); hidden {
			value = shown + "•••••• (looks secret)"
		}
		if d.id == codeID && s.form.code != nil {
			value += "  " + sizeOf(s.form)
		}
		line = theme.Render(themes.Value, cut(value, room))
	}
	p.Lines = append(p.Lines, panes.Line{Text: label + line, Spot: spot})
	if wrong != "" && s.form.past[d.id] && s.typing != d.id || wrong != "" && s.typing == d.id && value != "" {
		p.Row(panes.Spot{}, panes.Cell{Width: s.labels}, panes.Cell{Text: themes.Glyph(themes.Error) + " " + wrong, Role: themes.Error, Lines: 3})
	}
}

func cut(s string, room int) string { return strings.TrimRight(text.Fit(s, room, text.Left), " ") }

func sizeOf(f *form) string {
	n := 0
	for _, data := range f.code.Files {
		n += len(data)
	}
	if len(f.code.Files) == 1 {
		return text.Count(n) + " bytes"
	}
	return text.Count(len(f.code.Files)) + " files, " + text.Count(n) + " bytes"
}

// drawTyped draws a field while it is typed: as much of it as there is room for, around the cursor.
func (s *Screen) drawTyped(theme themes.Theme, d *field, room int) string {
	all, at := []rune(s.input.Value()), s.input.Position()
	if shown, hidden := d.secret(string(all)); hidden {
		for i := len([]rune(shown)); i < len(all); i++ {
			all[i] = '•'
		}
	}
	from := 0
	for text.Width(string(all[from:at])) > room-2 {
		from++
	}
	under, rest := " ", ""
	if at < len(all) {
		under, rest = string(all[at]), string(all[at+1:])
	}
	before := text.Clean(string(all[from:at]))
	line := theme.Render(themes.Text, before) + theme.Render(themes.Cursor, text.Clean(under))
	left := max(room-text.Width(before)-text.Width(under), 0)
	if len(all) == 0 {
		return line + theme.Render(themes.Placeholder, cut(d.without, left))
	}
	return line + theme.Render(themes.Text, cut(text.Clean(rest), left))
}

// drawDefaults draws the secure defaults as switches, with what each gives and what it costs to give it up.
func (s *Screen) drawDefaults(p *panes.Pane) {
	p.Heading("Secure defaults", "space turns one off or on, * all on again")
	if s.got == nil {
		p.Note(themes.Muted, "computing…")
		return
	}
	if len(s.got.Defaults) == 0 {
		p.Note(themes.Muted, "They are known once what is needed is filled in.")
	}
	wide := 0
	for i := range s.got.Defaults {
		wide = max(wide, len(s.got.Defaults[i].Intent))
	}
	grade := ""
	if s.got.Posture != nil {
		grade = s.got.Posture.Letter()
	}
	for i := range s.got.Defaults {
		d := &s.got.Defaults[i]
		on := !s.form.without[d.Intent]
		box, about, role := "[x]", wishOf(d.Intent), themes.Value
		switch {
		case !on:
			box, about, role = "[ ]", "given up: "+wishOf(d.Intent), themes.Warning
			if d.Grade != "" && d.Grade != grade && !d.On {
				about += " (with it: " + d.Grade + ")"
			}
		case d.None != "":
			box, about, role = " – ", d.None, themes.Muted
		case d.On && d.Grade != "" && d.Grade != grade:
			about = "without: " + d.Grade + " · " + about
		}
		p.Row(s.spot(nth("default", i), row{kind: switchRow, intent: d.Intent}), panes.Cell{Text: box, Width: 3, Role: themes.Accent},
			panes.Cell{Text: string(d.Intent), Width: wide, Role: themes.Text}, panes.Cell{Text: about, Role: role, Lines: 2})
	}
}

func wishOf(i check.Intent) string { return i.Wish() }

// drawPlan is where the form ends.
func (s *Screen) drawPlan(p *panes.Pane) {
	ready, why := s.standing()
	say, role := "nothing is missing", themes.OK
	switch {
	case s.ordering:
		say, role = "asking the cluster…", themes.Spinner
	case !ready:
		say, role = why, themes.Warning
	case s.readOnly():
		say, role = "read-only: it can be looked at and exported", themes.Denied
	}
	p.Row(s.spot(planID, row{kind: planRow}), panes.Cell{Text: "▸ Show the plan", Width: 16, Role: themes.Accent},
		panes.Cell{Text: strings.TrimSpace(themes.Glyph(role) + " " + say), Role: role})
}
