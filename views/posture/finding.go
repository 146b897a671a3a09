package posture

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// Finding shows the evidence of one finding: of a function, or of a namespace, a platform or the cluster.
type Finding struct {
	*panes.Panes
	env     *screen.Env
	place   screen.Place
	of      panes.Watched
	key     screen.FindingKey
	posture *security.Posture
	last    *check.Finding // the newest, or the last that was seen of it
	open    bool           // it is found still
	aging   bool

	ctx    context.Context
	cancel context.CancelFunc
	asking bool
	again  bool
	failed string
}

// scopeMsg brings the posture of the subject.
type scopeMsg struct {
	to      *Finding
	posture *security.Posture
	err     error
}

// NewFinding makes the screen of a finding.
func NewFinding(env *screen.Env, place screen.Place) *Finding {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Finding{env: env, place: place, of: panes.Watched{ID: place.Function}, key: place.Finding, ctx: ctx, cancel: cancel}
	s.Panes = panes.New(env, s.build)
	if s.ofFunction() {
		s.take()
	}
	return s
}

func (s *Finding) ofFunction() bool { return s.place.Subject.Scope == check.ScopeFunction }

func (s *Finding) context() string {
	if s.ofFunction() {
		return s.of.ID.Context
	}
	return s.place.Context
}

// Title is the crumb: the control.
func (s *Finding) Title() string { return text.Clean(s.key.Control) }

// Keys is the key set of lists.
func (s *Finding) Keys() action.KeySet { return action.Lists }

// Close ends what the screen has running.
func (s *Finding) Close() { s.cancel() }

// Show asks for the posture of what is no function.
func (s *Finding) Show() tea.Cmd {
	if s.ofFunction() {
		return nil
	}
	return s.ask()
}

// Hide does nothing: an answer that comes late is still welcome.
func (s *Finding) Hide() {}

// Aging reports whether the screen draws an age: only that of old data.
func (s *Finding) Aging() bool { return s.aging }

// Subject is the function that the finding is about; other subjects are none.
func (s *Finding) Subject() (model.FunctionID, bool) { return s.of.ID, s.ofFunction() }

// Work is what would cure the finding: of a function, or of the functions in the namespace that it is about.
func (s *Finding) Work() (screen.Work, string) {
	if s.last == nil || s.last.Status != check.Fail {
		return screen.Work{}, "there is no failure to cure"
	}
	work := screen.Work{Intents: slices.DeleteFunc(slices.Clone(s.last.Intents()), func(i check.Intent) bool { return i == check.FixReview })}
	if len(work.Intents) == 0 {
		return work, "nothing that can be set cures it"
	}
	if s.ofFunction() {
		work.Functions = []model.FunctionID{s.of.ID}
		return work, ""
	}
	for _, r := range s.env.Boards.Board().Rows() {
		if r.ID.Context == s.place.Context && s.place.Subject.Scope == check.ScopeNamespace && r.ID.Namespace == s.place.Subject.Namespace {
			work.Functions = append(work.Functions, r.ID)
		}
	}
	if len(work.Functions) == 0 {
		return work, "it is about no function: what installed it must change it"
	}
	return work, ""
}

// Update takes boards and answers.
func (s *Finding) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		if !s.ofFunction() {
			return s.ask()
		}
		s.take()
	case screen.TickMsg, screen.ThemeMsg:
		s.Changed()
	case scopeMsg:
		if msg.to == s {
			return s.answered(msg)
		}
	}
	return nil
}

// take reads the newest row.
func (s *Finding) take() {
	changed := s.of.Take(s.env.Boards.Board())
	if s.of.Row != nil && s.of.Row.Posture != nil {
		s.settle(s.of.Row.Posture.Posture)
	}
	if c, ok := s.env.Boards.Board().Cluster(s.of.ID.Context); changed || s.aging || s.last == nil ||
		ok && screen.ConnectionNote(&c, s.env.Now()) != "" {
		s.Changed()
	}
}

// settle looks for the finding in a posture. When it is not there any more, the last of it stays.
func (s *Finding) settle(p *security.Posture) {
	if p == s.posture {
		return
	}
	s.posture = p
	f := s.key.Find(p.Findings)
	s.open = f != nil
	if f != nil {
		s.last, s.key = f, screen.KeyOf(f)
	}
	s.Changed()
}

// ask reads the posture of the subject. One question is under way at a time.
func (s *Finding) ask() tea.Cmd {
	if s.env.Facts == nil {
		s.failed = "posture is switched off"
		s.Changed()
		return nil
	}
	if s.asking {
		s.again = true
		return nil
	}
	s.asking = true
	facts, ctx, place := s.env.Facts, s.ctx, s.place
	return func() tea.Msg {
		m := scopeMsg{to: s}
		m.err = facts.Ask(ctx, place.Context, func(r *snapshot.Reader) { m.posture = security.Scope.Get(r, place.Subject) })
		return m
	}
}

func (s *Finding) answered(msg scopeMsg) tea.Cmd {
	s.asking = false
	switch {
	case msg.err != nil:
		s.failed = text.Clean(msg.err.Error())
		s.Changed()
	case msg.posture != nil:
		if s.failed != "" {
			s.failed = ""
			s.Changed()
		}
		s.settle(msg.posture)
	}
	if !s.again {
		return nil
	}
	s.again = false
	return s.ask()
}

// build draws the evidence, or why there is none.
func (s *Finding) build(left, right *panes.Pane) {
	now, b := s.env.Now(), s.env.Boards.Board()
	if s.ofFunction() {
		s.aging = left.State(b, &s.of, now)
	} else if c, ok := b.Cluster(s.place.Context); ok {
		note := screen.ConnectionNote(&c, now)
		if s.aging = note != ""; s.aging {
			left.Note(themes.Stale, themes.Glyph(themes.Warning)+" "+note)
		}
	}
	if s.failed != "" {
		left.Note(themes.Error, themes.Glyph(themes.Error)+" "+s.failed)
	}
	if s.last == nil {
		s.nothing(left)
		return
	}
	if !s.open && !s.of.Gone {
		left.Note(themes.OK, themes.Glyph(themes.OK)+" no longer found: this is the last that was seen of it")
	}
	e := evidence{place: s.place, row: s.of.Row, context: s.context(), f: s.last, posture: s.posture, places: s.env.Places, fixable: s.env.Changes != nil}
	e.draw(left, right)
}

func (s *Finding) nothing(p *panes.Pane) {
	switch {
	case s.posture != nil:
		p.Note(themes.Muted, "No finding of "+s.key.Control+" there any more. esc goes back.")
	case !s.ofFunction() && s.failed == "":
		p.Note(themes.Spinner, "Reading the evidence…")
	case s.of.Row != nil:
		p.Note(themes.Unknown, themes.Glyph(themes.Unknown)+" "+waiting(s.env, &s.of))
	}
}

// Open goes to what is under the cursor: the object at the field, or another finding.
func (s *Finding) Open() tea.Cmd { return s.Follow() }

// Inspect is the object of the finding under the cursor, else of the one on screen.
func (s *Finding) Inspect() (screen.Target, string) {
	t, _ := s.located()
	if t.IsZero() {
		return t, "the finding is about no single object"
	}
	return t, ""
}

// Field is the field of that object.
func (s *Finding) Field() string {
	_, field := s.located()
	return field
}

func (s *Finding) located() (screen.Target, string) {
	if at, ok := s.Selected(); ok && !at.Target.IsZero() {
		return at.Target, at.Path
	}
	if s.last == nil {
		return screen.Target{}, ""
	}
	return targetOf(s.context(), s.of.Row, s.last), s.last.Path
}

// CopyName copies the id of the control.
func (s *Finding) CopyName() tea.Cmd {
	return screen.Send(screen.CopyMsg{Text: s.Title(), What: "the id of the control"})
}

// CopyField lets the operator choose what to copy.
func (s *Finding) CopyField() tea.Cmd {
	if s.last == nil {
		return nil
	}
	return copyFinding(s.last)
}

// copyFinding lets the operator choose what to copy of a finding.
func copyFinding(f *check.Finding) tea.Cmd {
	values := map[string]string{"control": f.Control.ID, "message": f.Message, "field": f.Path, "value": f.Value}
	if !f.Object().IsZero() {
		values["object"] = f.Object().String()
	}
	pick := screen.PickMsg{Title: "Copy field"}
	for _, id := range []string{"control", "message", "object", "field", "value"} {
		if v := text.Clean(values[id]); v != "" {
			pick.Items = append(pick.Items, screen.PickItem{ID: id, Text: id, Note: v})
		}
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return screen.Send(screen.CopyMsg{Text: text.Clean(values[ids[0]]), What: "the " + ids[0]})
	}
	return screen.Send(pick)
}

// Plain is what the screen shows, as text.
func (s *Finding) Plain() string { return s.Text() }
