package deploy

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// maxTyped bounds what can be typed into one field.
const maxTyped = 4096

func newInput() textinput.Model {
	in := textinput.New()
	in.Prompt, in.CharLimit = "", maxTyped
	in.KeyMap = textinput.DefaultKeyMap()
	off := key.NewBinding(key.WithDisabled())
	in.KeyMap.Paste, in.KeyMap.AcceptSuggestion, in.KeyMap.NextSuggestion, in.KeyMap.PrevSuggestion = off, off, off, off
	in.SetVirtualCursor(false)
	return in
}

// Typing reports whether keys are text.
func (s *Screen) Typing() bool { return s.typing != "" }

// Type takes a key as text. Tab, enter and the arrows go on to another field, esc ends.
func (s *Screen) Type(msg tea.KeyPressMsg) tea.Cmd {
	s.changed()
	switch msg.String() {
	case "esc":
		s.endTyping()
		return nil
	case "enter", "tab", "down":
		return s.next(1)
	case "shift+tab", "up":
		return s.next(-1)
	}
	s.input, _ = s.input.Update(msg)
	return s.put(s.typing, s.input.Value())
}

// Paste puts pasted text at the cursor, as one clean line.
func (s *Screen) Paste(content string) tea.Cmd {
	if s.typing == "" {
		return nil
	}
	s.input, _ = s.input.Update(tea.PasteMsg{Content: text.Clean(strings.TrimSpace(content[:min(len(content), maxTyped)]))})
	return s.put(s.typing, s.input.Value())
}

// put is what stands in a field from now on.
func (s *Screen) put(id, value string) tea.Cmd {
	if s.form.values[id] == value {
		return nil
	}
	s.form.values[id] = value
	s.changed()
	return s.prospect()
}

// edit begins to type into a field.
func (s *Screen) edit(id string) tea.Cmd {
	s.Go(spotOf(id))
	s.typing, s.before, s.onSide = id, s.form.values[id], false
	s.input.Reset()
	s.input.SetValue(s.before)
	s.input.CursorEnd()
	s.input.Focus() // its command would make a cursor blink that is not drawn
	s.changed()
	return nil
}

func (s *Screen) endTyping() {
	if s.typing == "" {
		return
	}
	s.form.past[s.typing] = true
	s.typing = ""
	s.input.Blur()
	s.changed()
}

// next goes on to the field before or behind, and types there where it is a text.
func (s *Screen) next(by int) tea.Cmd {
	fields := s.form.fields()
	at := slices.IndexFunc(fields, func(d field) bool { return d.id == s.typing })
	s.endTyping()
	for at += by; at >= 0 && at < len(fields); at += by {
		if fields[at].refused != "" {
			continue
		}
		if fields[at].kind == typed {
			return s.edit(fields[at].id)
		}
		s.Go(spotOf(fields[at].id))
		return nil
	}
	if by > 0 {
		s.Go(spotOf(firstSwitch))
	}
	return nil
}

// rowKind is what a line stands for.
type rowKind uint8

const (
	noRow rowKind = iota
	makerRow
	fileRow
	foundRow
	allRow
	fieldRow
	switchRow
	planRow
)

// row is a line that the cursor can be on.
type row struct {
	kind   rowKind
	maker  screen.Maker
	index  int // of what was found
	field  field
	intent check.Intent
}

func spotOf(id string) panes.Spot {
	return panes.Spot{Place: screen.Place{Page: screen.PageDeploy, Path: id}}
}

// spot is what the pane knows a row by.
func (s *Screen) spot(id string, r row) panes.Spot {
	s.rows[id] = r
	return spotOf(id)
}

func (s *Screen) selected() row {
	at, _ := s.Selected()
	return s.rows[at.Place.Path]
}

// Open goes on with what is under the cursor.
func (s *Screen) Open() tea.Cmd {
	if s.onSide {
		return nil
	}
	switch r := s.selected(); r.kind {
	case makerRow:
		if r.maker.Refused != "" {
			return notice(status.Info, "not with "+r.maker.Framework+": "+r.maker.Refused)
		}
		return s.open(r.maker)
	case fileRow:
		return s.askFile()
	case foundRow:
		return s.openFound(&s.found.Requests[r.index])
	case allRow:
		return s.planFound()
	case fieldRow:
		return s.fillIn(&r.field)
	case switchRow:
		return s.turn(r.intent)
	case planRow:
		return s.ShowPlan()
	}
	return nil
}

// fillIn has a field filled in.
func (s *Screen) fillIn(d *field) tea.Cmd {
	switch {
	case d.refused != "":
		return notice(status.Info, s.form.maker.Framework+" has none: "+d.refused)
	case d.id == frameworkID:
		return s.pickMaker()
	case d.id == namespaceID:
		return s.pick(d, s.namespaces())
	case d.id == addEnvID:
		s.form.envs++
		return s.edit(nth(addEnvID, s.form.envs-1))
	case d.id == addMountID:
		s.form.mounts++
		return s.edit(nth(addMountID, s.form.mounts-1))
	case d.kind == read:
		return s.pickCode()
	case d.kind == chosen || d.id == addID:
		return s.pick(d, d.choices)
	}
	return s.edit(d.id)
}

// pick lets the operator choose what stands in a field.
func (s *Screen) pick(d *field, choices []string) tea.Cmd {
	pick := screen.PickMsg{Title: text.Clean(strings.TrimSpace(d.label)), AllowText: d.other, Empty: "None is known. Type one.", Chosen: func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return s.choose(d, ids[0])
	}}
	for _, c := range choices {
		pick.Items = append(pick.Items, screen.PickItem{ID: c, Text: c, Chosen: c == s.form.value(d)})
	}
	return screen.Send(pick)
}

// choose takes a choice.
func (s *Screen) choose(d *field, value string) tea.Cmd {
	f := s.form
	f.past[d.id] = true
	s.changed()
	switch {
	case d.id == addID:
		f.triggers = append(slices.Clip(f.triggers), value)
		first := map[string]string{"http": " host", "cron": " schedule"}[value]
		if first == "" {
			first = " topic"
		}
		return tea.Batch(s.edit(nth(addID, len(f.triggers)-1)+first), s.prospect())
	case strings.HasPrefix(d.id, addID+" "):
		for i := range f.triggers {
			if nth(addID, i) != d.id {
				continue
			}
			if value == none {
				f.drop(i)
			} else {
				f.triggers[i] = value
			}
			return s.prospect()
		}
		return nil
	case d.id == namespaceID:
		cmd := s.put(d.id, value)
		if f.values[nameID] == "" {
			return tea.Batch(cmd, s.edit(nameID))
		}
		return cmd
	}
	return s.put(d.id, value)
}

// namespaces are those of the cluster that may be read.
func (s *Screen) namespaces() []string {
	c, _ := s.env.Boards.Board().Cluster(s.of.Context)
	var names []string
	for _, n := range c.Namespaces {
		if n.Denied == "" {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}

// pickMaker lets the operator choose another framework. What was filled in stays, as far as that one has it.
func (s *Screen) pickMaker() tea.Cmd {
	pick := screen.PickMsg{Title: "Framework", Chosen: func(ids []string) tea.Cmd {
		i := slices.IndexFunc(s.makers, func(m screen.Maker) bool { return len(ids) == 1 && m.Framework == ids[0] })
		if i < 0 {
			return nil
		}
		s.form.maker = s.makers[i]
		if sources := s.makers[i].Offer.Sources; !slices.Contains(sources, s.form.values[sourceID]) {
			s.form.values[sourceID] = newForm(s.makers[i], "").values[sourceID]
		}
		s.changed()
		return s.prospect()
	}}
	for _, m := range s.makers {
		pick.Items = append(pick.Items, screen.PickItem{ID: m.Framework, Text: m.Framework, Disabled: m.Refused, Chosen: m.Framework == s.form.maker.Framework})
	}
	return screen.Send(pick)
}

// Mark turns a secure default on or off, or takes the next of the choices.
func (s *Screen) Mark() tea.Cmd {
	r := s.selected()
	switch {
	case s.onSide:
	case r.kind == switchRow:
		return s.turn(r.intent)
	case r.kind == fieldRow && r.field.kind == chosen && len(r.field.choices) > 0 && r.field.id != addID && !strings.HasPrefix(r.field.id, addID+" "):
		at := slices.Index(r.field.choices, s.form.value(&r.field))
		return s.choose(&r.field, r.field.choices[(at+1)%len(r.field.choices)])
	case r.kind == fieldRow:
		return s.fillIn(&r.field)
	}
	return nil
}

// MarkRange turns what is under the cursor, as Mark does: switches have no ranges.
func (s *Screen) MarkRange() tea.Cmd { return s.Mark() }

// MarkInvert turns all secure defaults on again.
func (s *Screen) MarkInvert() tea.Cmd {
	if s.form == nil || len(s.form.without) == 0 {
		return nil
	}
	clear(s.form.without)
	s.changed()
	return s.prospect()
}

func (s *Screen) turn(i check.Intent) tea.Cmd {
	if off := s.form.without[i]; off {
		delete(s.form.without, i)
	} else {
		s.form.without[i] = true
	}
	s.changed()
	return s.prospect()
}

// askFile asks what to import.
func (s *Screen) askFile() tea.Cmd {
	field := dialog.Field{Label: "Path", Hint: "./stack.yml, ./manifests", Wrong: func(v string) string {
		if v == "" {
			return "say which file or folder"
		}
		return ""
	}}
	about := "A file or a folder of any format that is known: stack.yml, serverless.yml, func.yaml, specs, function.yaml, manifests. Nothing is made before you have seen it."
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "deploy-file", "Functions from a file", about, nil, "read", []dialog.Field{field},
		func(values []string) tea.Cmd {
			s.of.File = values[0]
			return s.take(values[0])
		})})
}
