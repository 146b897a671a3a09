package platforms

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/asking"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type parts = listing.List[partKey, *part]

// One is one control plane: what it is, its own findings, and the functions behind it.
type One struct {
	*parts
	env    *screen.Env
	key    key
	asker  *asking.Asker[[]*plane]
	plane  *plane // nil: not known yet, or gone
	asked  bool
	wrong  string
	width  int
	height int
	drawn  struct{ table, view string }
}

// NewOne makes the screen of one control plane. It asks when it is shown.
func NewOne(env *screen.Env, context string, subject check.Subject) *One {
	o := &One{env: env, key: key{context, subject}, asker: asking.New(env, planes)}
	o.parts = listing.New(env, listing.Config[partKey, *part]{
		Config: table.Config[partKey, *part]{Key: func(p *part) partKey { return p.partKey }, CompareKeys: compareParts, SortBy: "rank", Desc: true,
			Noun: "findings and functions", Columns: partColumns()},
		Query: partQuery,
		Row:   func(p *part) query.Row { return p },
		Name:  (*part).name,
	})
	o.describeState()
	return o
}

// Show asks what is true now.
func (o *One) Show() tea.Cmd { return o.asker.Ask() }

// Hide does nothing.
func (o *One) Hide() {}

// Close ends what is under way.
func (o *One) Close() {
	o.asker.Close()
	o.parts.Close()
}

// Update asks again when the board is another one, and takes answers.
func (o *One) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		o.fill()
		return o.asker.Ask()
	case screen.ThemeMsg:
		o.Restyle()
		o.drawn.view = ""
		return nil
	default:
		all, cmd, ok := o.asker.Take(msg)
		if ok {
			o.take(all)
		} else {
			o.parts.Update(msg)
		}
		return cmd
	}
}

func (o *One) take(all map[string]asking.Answer[[]*plane]) {
	a := all[o.key.context]
	o.asked, o.wrong = true, ""
	if a.Err != nil {
		o.wrong = a.Err.Error()
		o.describeState()
		return
	}
	was := o.plane
	o.plane = nil
	for _, p := range a.Value {
		if p.key == o.key {
			o.plane = p
		}
	}
	if was != nil && o.plane != nil && was.same(o.plane) {
		o.plane = was
	}
	o.fill()
}

// fill makes the lines of the newest board.
func (o *One) fill() {
	var rows []*part
	add := func(p part) {
		if old, ok := o.Get(p.partKey); ok && *old == p {
			rows = append(rows, old)
			return
		}
		rows = append(rows, &p)
	}
	if o.plane != nil {
		for i := range o.plane.posture.Findings {
			add(part{partKey: partKey{finding: i + 1}, f: &o.plane.posture.Findings[i]})
		}
		b := o.env.Boards.Board()
		for _, k := range o.plane.served {
			id := model.FunctionID{Context: o.key.context, FunctionKey: k}
			add(part{partKey: partKey{function: id}, key: k, row: b.Row(id)})
		}
	}
	o.Sync(rows)
	o.describeState()
	o.drawn.view = ""
}

func (o *One) describeState() {
	switch {
	case o.env.Facts == nil:
		o.SetDenied("Posture is not judged here: control planes are not looked for")
	case o.wrong != "":
		o.SetDenied("The control plane could not be asked for", o.wrong)
	case !o.asked:
		o.SetLoading("Looking at the control plane…")
	case o.plane == nil:
		o.SetReady("This control plane is gone.")
	default:
		o.SetReady("It has no findings of its own, and no function names it.")
	}
}

// Title is the crumb.
func (o *One) Title() string { return "platform " + text.Clean(cmp.Or(o.key.Release, o.key.Framework)) }

// Aging reports that nothing here counts time.
func (o *One) Aging() bool { return false }

// SetSize sets the size of the screen: two lines are what the control plane is.
func (o *One) SetSize(width, height int) {
	o.width, o.height = width, height
	o.parts.SetSize(width, max(height-2, 0))
	o.drawn.view = ""
}

// View draws what it is, and the table.
func (o *One) View() string {
	t := o.parts.View()
	if o.drawn.view != "" && o.drawn.table == t {
		return o.drawn.view
	}
	lines := []string{o.headline(), text.Spaces(o.width)}
	for i := range lines {
		lines[i] = text.FitStyled(lines[i], o.width)
	}
	view := strings.Join(append(lines[:min(2, o.height)], t), "\n")
	if o.height <= 2 {
		view = strings.Join(lines[:min(2, o.height)], "\n")
	}
	o.drawn.table, o.drawn.view = t, view
	return view
}

func (o *One) headline() string {
	k := &o.key
	words := []string{k.Framework + " in " + k.Namespace}
	if k.Release != "" {
		words = append(words, "release "+k.Release)
	}
	grade := ""
	if p := o.plane; p != nil {
		words = append(words, "version "+cmp.Or(p.version, "unknown"))
		if p.shape != "" {
			words = append(words, p.shape)
		}
		words = append(words, text.Count(p.open())+" own findings", text.Count(len(p.served))+" functions behind it")
		grade = o.env.Theme.Render(themes.Grade(p.posture.Letter()), p.posture.Letter()) + " · "
	}
	return "  " + grade + text.Clean(strings.Join(words, " · "))
}

// Open shows the evidence of a finding, or the function.
func (o *One) Open() tea.Cmd {
	p, ok := o.Selected()
	switch {
	case !ok:
		return nil
	case p.f != nil:
		return screen.Send(screen.DialogMsg{Dialog: dialog.NewInfo(o.env.Theme, "finding", p.f.Control.ID+" "+p.f.Control.Title, evidence(p.f))})
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageFunction, Function: p.function}})
}

// Subject is the function under the cursor.
func (o *One) Subject() (model.FunctionID, bool) {
	if p, ok := o.Selected(); ok && p.f == nil {
		return p.function, true
	}
	return model.FunctionID{}, false
}

// Inspect is the object at fault, or that declares the function.
func (o *One) Inspect() (screen.Target, string) {
	p, ok := o.Selected()
	switch {
	case !ok:
		return screen.Target{}, "nothing is under the cursor"
	case p.f != nil && !p.f.Object().IsZero():
		return screen.Target{Context: o.key.context, Ref: p.f.Object()}, ""
	case p.row != nil:
		return screen.ObjectOf(p.row)
	}
	return screen.Target{}, "there is no object to look at"
}

// Click takes the lines above the table into account.
func (o *One) Click(x, y int) tea.Cmd { return o.parts.Click(x, y-2) }
