package rotate

import (
	"maps"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// form is what is chosen for one Secret.
type form struct {
	ref    model.Ref
	got    *screen.Outlook // nil: not known yet
	asked  uint64          // generation of the newest question
	asking bool
	failed string
	on     map[string]bool // keys that the operator turned on; see chosen
	chosen bool            // the operator said which keys
	recipe string          // that makes the values; empty: they are given
	values map[string]*value
}

// value is a new value, as long as it is needed.
type value struct {
	data []byte
	how  string // where it comes from
}

// drop overwrites the values of these keys, of all without any.
func (f *form) drop(keys ...string) {
	for k, v := range f.values {
		if len(keys) == 0 || slices.Contains(keys, k) {
			clear(v.data)
			delete(f.values, k)
		}
	}
}

// restart is who gets new pods.
type restart uint8

const (
	starters restart = iota // those who read a value at their start only
	everyone
	nobody
	restarts // how many there are
)

var restartWords = [restarts]string{
	starters: "who reads the value at its start only", everyone: "everyone, also who sees new files by itself", nobody: "nobody: they keep the old value until they restart",
}

// options are what is asked for.
func (s *Screen) options(f *form, at time.Time) rotate.Options {
	o := rotate.Options{Recipe: f.recipe, NoRestart: s.restart == nobody, RestartAll: s.restart == everyone, At: at, Made: true}
	if f.chosen {
		o.Keys = slices.Sorted(maps.Keys(f.on))
	}
	return o
}

// nothing reports whether the operator turned every key off.
func (f *form) nothing() bool { return f.chosen && len(f.on) == 0 }

// rotation is what it takes; nil when something is in the way, or not known yet.
func (f *form) rotation() *rotate.Rotation {
	if f.got == nil || f.nothing() {
		return nil
	}
	return f.got.Rotation
}

// gets reports whether a key gets a new value.
func (f *form) gets(key string) bool {
	if r := f.rotation(); r != nil {
		return slices.Contains(r.Keys, key)
	}
	return f.on[key]
}

// missing are the keys whose values somebody still has to give.
func (f *form) missing() []string {
	r := f.rotation()
	if r == nil || !r.Given {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Keys), func(k string) bool { return f.values[k] != nil })
}

// outlooks asks for all Secrets what it would take.
func (s *Screen) outlooks() tea.Cmd {
	var all []tea.Cmd
	for _, f := range s.forms {
		all = append(all, s.outlook(f))
	}
	return tea.Batch(all...)
}

// outlook asks for one. An answer to an earlier question does not count any more.
func (s *Screen) outlook(f *form) tea.Cmd {
	s.Changed()
	f.asked++
	if f.nothing() {
		f.asking = false
		return nil
	}
	f.asking = true
	rotations, ctx, cluster, asked, o := s.env.Rotations, s.ctx, s.of.Context, f.asked, s.options(f, s.env.Now())
	return func() tea.Msg {
		got, err := rotations.Outlook(ctx, cluster, f.ref, o)
		return outlookMsg{to: f, asked: asked, got: got, err: err}
	}
}

// looked takes what it would take. Random values are made at once: the operator may want to see them.
func (s *Screen) looked(msg outlookMsg) {
	f := msg.to
	f.asking = false
	s.Changed()
	if msg.err != nil {
		f.failed = text.Clean(msg.err.Error())
		return
	}
	first := f.got == nil
	f.failed, f.got = "", msg.got
	if first && f == s.forms[0] {
		s.Go(spotOf(s.firstKey(f)))
	}
	r := f.rotation()
	if r == nil {
		return
	}
	var others []string
	for k := range f.values {
		if !slices.Contains(r.Keys, k) {
			others = append(others, k)
		}
	}
	if len(others) > 0 {
		f.drop(others...)
	}
	if s.forbidden(f) != "" || !r.Recipe.Random() {
		return
	}
	for _, k := range f.missing() {
		data, err := credential.Make(r.Recipe)
		if err != nil {
			f.failed = err.Error()
			return
		}
		f.values[k] = &value{data, "generated: " + f.recipe}
	}
}

// firstKey is the row that the operator begins with.
func (s *Screen) firstKey(f *form) string {
	if keys := f.missing(); len(keys) > 0 {
		return keyID(f, keys[0])
	}
	if f.got.Stored != nil && len(f.got.Stored.Keys) > 0 && !f.from() && f.rotation() == nil {
		return keyID(f, f.got.Stored.Keys[0])
	}
	return planID
}

// forbidden says why no value of a Secret is asked for; empty: they are.
func (s *Screen) forbidden(f *form) string {
	if why := s.refusal(); why != "" {
		return why
	}
	if f.got != nil {
		return text.Clean(f.got.Denied)
	}
	return ""
}

// kind is what a row is.
type kind uint8

const (
	noRow kind = iota
	candidateRow
	keyRow
	restartRow
	failedRow
	keepRow
	expiredRow
	planRow
	userRow
)

// row is a line that the cursor can be on.
type row struct {
	kind      kind
	form      *form
	key       string
	candidate *screen.Candidate
	user      *rotate.Consumer
}

// spot is what the panes know a row by.
func (s *Screen) spot(id string, r row) panes.Spot {
	s.rows[id] = r
	return spotOf(id)
}

func spotOf(id string) panes.Spot {
	return panes.Spot{Place: screen.Place{Page: screen.PageRotate, Path: id}}
}

func keyID(f *form, key string) string { return "key " + f.ref.String() + " " + key }

// selected is the row under the cursor.
func (s *Screen) selected() row {
	at, _ := s.Selected()
	return s.rows[at.Place.Path]
}

// Open goes on with what is under the cursor.
func (s *Screen) Open() tea.Cmd {
	switch r := s.selected(); r.kind {
	case candidateRow:
		return s.proceed(r.candidate)
	case keyRow:
		return s.pickSource(r.form, r.key)
	case restartRow, failedRow, expiredRow:
		return s.turn(r)
	case keepRow:
		return s.askKeep()
	case planRow:
		return s.plan()
	case userRow:
		place := screen.Place{Page: screen.PageDescribe, Target: screen.Target{Context: s.of.Context, Ref: r.user.Object}}
		if r.user.Function {
			place = screen.Place{Page: screen.PageFunction, Function: r.user.ID}
		}
		return screen.Send(screen.OpenMsg{Place: place})
	}
	return nil
}

// proceed opens the form of the Secrets that are marked, else of the one under the cursor.
func (s *Screen) proceed(c *screen.Candidate) tea.Cmd {
	var refs []model.Ref
	for i := range s.candidates {
		if s.marked[s.candidates[i].Ref] {
			refs = append(refs, s.candidates[i].Ref)
		}
	}
	if len(refs) == 0 {
		if c.Refused != "" {
			return notice(status.Info, short(c.Ref)+" is not rotated here: "+c.Refused)
		}
		refs = []model.Ref{c.Ref}
	}
	return s.begin(refs...)
}

// Mark marks a Secret, turns a key on or off, or takes the next of the answers.
func (s *Screen) Mark() tea.Cmd {
	at, _ := s.Selected()
	s.turned = at.Place.Path
	return s.turn(s.selected())
}

func (s *Screen) turn(r row) tea.Cmd {
	s.Changed()
	switch r.kind {
	case candidateRow:
		switch {
		case r.candidate.Refused != "":
			return notice(status.Info, short(r.candidate.Ref)+" is not rotated here: "+r.candidate.Refused)
		case s.marked[r.candidate.Ref]:
			delete(s.marked, r.candidate.Ref)
		default:
			s.marked[r.candidate.Ref] = true
		}
	case keyRow:
		return s.turnKey(r.form, r.key)
	case restartRow:
		s.restart = (s.restart + 1) % restarts
		return s.outlooks()
	case failedRow:
		s.leaveFailed = !s.leaveFailed
	case keepRow:
		s.keepLonger()
	case expiredRow:
		s.removeExpired = !s.removeExpired
	}
	return nil
}

// turnKey has a key get a new value, or keep the one it has.
func (s *Screen) turnKey(f *form, key string) tea.Cmd {
	if f.got == nil || f.got.Stored == nil || f.from() {
		return nil
	}
	was := f.gets(key)
	f.say()
	if was {
		delete(f.on, key)
		f.drop(key)
	} else {
		f.on[key] = true
	}
	return s.outlook(f)
}

// from reports whether the values come from outside.
func (f *form) from() bool { r := f.rotation(); return r != nil && r.Source.Name != "" }

// say takes over which keys were chosen for the operator.
func (f *form) say() {
	if f.chosen {
		return
	}
	f.chosen = true
	if f.got != nil && f.got.Rotation != nil {
		for _, k := range f.got.Rotation.Keys {
			f.on[k] = true
		}
	}
}

// MarkRange turns all from the row that was turned last to the cursor as that one is.
func (s *Screen) MarkRange() tea.Cmd {
	from := s.rows[s.turned]
	to := s.selected()
	if from.kind == candidateRow && to.kind == candidateRow {
		at := func(r row) int {
			return slices.IndexFunc(s.candidates, func(c screen.Candidate) bool { return c.Ref == r.candidate.Ref })
		}
		a, b := at(from), at(to)
		for i := min(a, b); i >= 0 && i <= max(a, b); i++ {
			s.mark(&s.candidates[i], s.marked[from.candidate.Ref])
		}
	}
	if from.kind == keyRow && to.kind == keyRow && from.form == to.form && from.form.got != nil && from.form.got.Stored != nil {
		f, keys := from.form, from.form.got.Stored.Keys
		a, b := slices.Index(keys, from.key), slices.Index(keys, to.key)
		on := f.gets(from.key)
		f.say()
		for i := min(a, b); i >= 0 && i <= max(a, b); i++ {
			if delete(f.on, keys[i]); on {
				f.on[keys[i]] = true
			}
		}
		return s.outlook(f)
	}
	return nil
}

func (s *Screen) mark(c *screen.Candidate, on bool) {
	if delete(s.marked, c.Ref); on && c.Refused == "" {
		s.marked[c.Ref] = true
	}
	s.Changed()
}

// MarkInvert marks what is not marked, and the other way round.
func (s *Screen) MarkInvert() tea.Cmd {
	if s.forms == nil {
		for i := range s.candidates {
			s.mark(&s.candidates[i], !s.marked[s.candidates[i].Ref])
		}
		return nil
	}
	f := s.selected().form
	if f == nil || f.got == nil || f.got.Stored == nil || f.from() {
		return nil
	}
	now := map[string]bool{}
	for _, k := range f.got.Stored.Keys {
		if !f.gets(k) {
			now[k] = true
		}
	}
	f.chosen, f.on = true, now
	return s.outlook(f)
}
