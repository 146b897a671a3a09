package rotate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

const planID = "plan"

// most is how many lines a value takes while it is shown.
const most = 8

// build draws the choice or the form on the left, and who uses the Secrets on the right.
func (s *Screen) build(left, right *panes.Pane) {
	clear(s.rows)
	s.aging = false
	if c, ok := s.env.Boards.Board().Cluster(s.of.Context); ok {
		if note := screen.ConnectionNote(&c, s.env.Now()); note != "" {
			left.Note(themes.Stale, themes.Glyph(themes.Warning)+" "+note)
			s.aging = true
		}
		if s.loaded && !s.settled {
			left.Note(themes.Spinner, "The cluster is still being read: there may be more who use it.")
		}
	}
	switch {
	case s.env.Rotations == nil:
		left.Note(themes.Denied, themes.Glyph(themes.Denied)+" No Secret can be rotated here.")
	case s.failed != "":
		left.Note(themes.Error, themes.Glyph(themes.Error)+" Which Secrets there are cannot be told: "+s.failed)
		left.Note(themes.Muted, "ctrl-r tries again, esc goes back.")
	case !s.loaded:
		s.loading(left)
	case s.forms != nil:
		s.drawForm(left, right)
	default:
		s.choice(left, right)
	}
}

func (s *Screen) loading(p *panes.Pane) {
	c, ok := s.env.Boards.Board().Cluster(s.of.Context)
	if !ok || c.Complete {
		p.Note(themes.Spinner, "Reading which Secrets there are, and who uses them…")
		return
	}
	headline, lines := screen.Progress([]status.Cluster{c})
	p.Note(themes.Spinner, headline)
	for _, l := range lines {
		p.Note(themes.Muted, l)
	}
}

// choice lists the Secrets to choose from.
func (s *Screen) choice(left, right *panes.Pane) {
	if len(s.candidates) == 0 {
		left.Note(themes.Muted, s.none())
		left.Note(themes.Muted, "esc goes back. :secrets lists all Secrets, and R there rotates any of them.")
		return
	}
	left.Heading("Which Secret?", "enter opens its form; space marks several")
	names := make([]string, len(s.candidates))
	for i := range s.candidates {
		names[i] = titleOf(&s.candidates[i])
	}
	wide := panes.Widest(max(left.Width/2-10, 20), names...)
	for i := range s.candidates {
		c := &s.candidates[i]
		box := "[ ]"
		switch {
		case c.Refused != "":
			box = " – "
		case s.marked[c.Ref]:
			box = "[x]"
		}
		about, role := s.known(c.Item), themes.Value
		if c.Kept > 0 {
			about = keptAbout(c.Ref, c.Kept)
		}
		if c.Refused != "" {
			about, role = themes.Glyph(themes.Denied)+" "+c.Refused, themes.Denied
		}
		spot := s.spot("candidate "+c.Ref.String(), row{kind: candidateRow, candidate: c})
		left.Row(spot, panes.Cell{Text: box, Width: 3, Role: themes.Accent}, panes.Cell{Text: names[i], Width: wide, Role: themes.Text}, panes.Cell{Text: about, Role: role, Lines: 2})
	}
	s.scoped(right)
}

// none says why there is nothing to choose from.
func (s *Screen) none() string {
	switch n := len(s.of.Functions); {
	case s.of.Name != "":
		return "There is no Secret " + s.of.Name + " in scope."
	case n == 1:
		return "The function uses no Secret that can be seen, and keeps no value itself."
	case n > 1:
		return "The functions use no Secret that can be seen, and keep no values themselves."
	}
	return "There is no Secret to rotate."
}

// known is what is known of a Secret without reading it.
func (s *Screen) known(i *secrets.Item) string {
	if i == nil {
		return "Secrets of its namespace may not be listed"
	}
	if i.Status == secrets.Absent {
		return "named by " + counted(len(i.Usage), "user")
	}
	parts := []string{cmp.Or(strings.TrimPrefix(i.Type, "kubernetes.io/"), "Opaque"), counted(i.Keys, "key")}
	now := s.env.Now()
	switch w := i.Written; {
	case w.At.IsZero() || !w.Recorded:
	case w.Sure:
		parts = append(parts, "rotated "+text.Age(now.Sub(w.At))+" ago")
	default:
		parts = append(parts, "rotated "+text.Age(now.Sub(w.At))+" ago or longer")
	}
	switch n := len(i.Usage); n {
	case 0:
		parts = append(parts, string(i.Status))
	case 1:
		parts = append(parts, "used by "+i.Usage[0].Name)
	default:
		parts = append(parts, "used by "+strconv.Itoa(n))
	}
	if i.By != "" {
		parts = append(parts, "by "+i.By)
	}
	return strings.Join(parts, " · ")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// drawForm draws the form.
func (s *Screen) drawForm(left, right *panes.Pane) {
	if s.rotated != "" {
		left.Note(themes.OK, themes.Glyph(themes.OK)+" rotated by change "+s.rotated+": u takes it back. The new values were wiped here.")
	}
	if why := s.refusal(); why != "" {
		left.Note(themes.Denied, themes.Glyph(themes.Denied)+" "+why+": the plan can be looked at and exported, values are not asked for")
	}
	for _, f := range s.forms {
		s.secret(left, f)
	}
	if !s.possible() {
		left.Gap()
		left.Note(themes.Muted, "esc goes back.")
		return
	}
	s.how(left)
	left.Gap()
	s.planLine(left)
	for _, f := range s.forms {
		s.users(right, f)
	}
	s.scoped(right)
}

// possible reports whether something can be chosen, or may be once all is read.
func (s *Screen) possible() bool {
	return slices.ContainsFunc(s.forms, func(f *form) bool {
		return f.got != nil && (f.got.Rotation != nil || f.got.Unclear != "" || f.chosen || f.recipe != "")
	})
}

// how draws what goes for the whole change.
func (s *Screen) how(left *panes.Pane) {
	left.Heading("How", "")
	pair := func(id string, kind kind, label, value string) {
		left.Row(s.spot(id, row{kind: kind}), panes.Cell{Text: label, Width: 16, Role: themes.Label}, panes.Cell{Text: value, Role: themes.Value})
	}
	if s.pods() {
		pair("restart", restartRow, "Restart", restartWords[s.restart])
		rollout := "take the change back"
		if s.leaveFailed {
			rollout = "leave it"
		}
		pair("failed", failedRow, "Rollout fails", rollout)
	}
	pair("keep", keepRow, "Old values", "are kept for "+s.keep+" in a Secret beside it: u takes the change back")
	if n := len(s.expired); n > 0 {
		box := "[ ]"
		if s.removeExpired {
			box = "[x]"
		}
		pair("expired", expiredRow, "Clean up", box+" remove "+counted(n, "Secret")+" with old values of earlier changes, whose time is over")
	}
}

// planLine is where the form ends.
func (s *Screen) planLine(p *panes.Pane) {
	ready, why := s.standing()
	say, role := "every value is there", themes.OK
	switch {
	case s.ordering:
		say, role = "asking the cluster once more…", themes.Spinner
	case !ready:
		say, role = why, themes.Warning
	case why != "":
		say, role = "to look at: "+why, themes.Warning
	case !s.needsValues():
		say = "no value is asked for"
	}
	p.Row(s.spot(planID, row{kind: planRow}), panes.Cell{Text: "▸ Show the plan", Width: 16, Role: themes.Accent},
		panes.Cell{Text: strings.TrimSpace(themes.Glyph(role) + " " + say), Role: role})
}

func (s *Screen) needsValues() bool {
	for _, f := range s.forms {
		if r := f.rotation(); r != nil && r.Given {
			return true
		}
	}
	return false
}

// secret draws one Secret: what it is, what is in the way, and its keys.
func (s *Screen) secret(p *panes.Pane, f *form) {
	about := ""
	switch {
	case f.got == nil:
	case workshop.Keeps(f.ref):
		about = keptAbout(f.ref, len(f.got.Stored.Keys))
	default:
		about = s.known(f.got.Item)
	}
	p.Heading(holder(f.ref), "")
	if about != "" {
		p.Note(themes.Muted, about)
	}
	switch {
	case f.failed != "":
		p.Note(themes.Error, themes.Glyph(themes.Error)+" "+f.failed)
		p.Note(themes.Muted, "ctrl-r tries again.")
	case f.got == nil:
		p.Note(themes.Spinner, "Reading it, without its values…")
		return
	case f.got.Refused != "":
		p.Note(themes.Denied, themes.Glyph(themes.Denied)+" not rotated here: "+f.got.Refused)
	case f.got.Stored == nil:
		p.Note(themes.Denied, themes.Glyph(themes.Denied)+" not rotated by you: "+f.got.Denied)
	case f.got.Denied != "" && s.refusal() == "":
		p.Note(themes.Denied, themes.Glyph(themes.Denied)+" "+f.got.Denied+": the plan can be looked at, values are not asked for")
	}
	if f.from() {
		r := f.rotation()
		p.Note(themes.Info, "● "+r.Source.Kind+" "+r.Source.Name+" fetches it from a store outside: put the new value there first, then have it fetched again with the plan")
	}
	if f.got == nil || f.got.Stored == nil || f.rotation() == nil && f.got.Refused != "" && f.recipe == "" && !f.chosen {
		return
	}
	wide := panes.Widest(max(p.Width/3, 12), f.got.Stored.Keys...)
	for _, k := range f.got.Stored.Keys {
		s.keyLine(p, f, k, wide)
	}
}

// keyLine draws a key, and where its new value comes from.
func (s *Screen) keyLine(p *panes.Pane, f *form, key string, wide int) {
	box, state, role := "[ ]", "stays as it is", themes.Muted
	v := f.values[key]
	r := f.rotation()
	switch {
	case f.from():
		box, state = " – ", "comes from outside"
	case !f.gets(key):
	case v != nil:
		box, state, role = "[x]", "✓ "+v.how+sized(v), themes.OK
	case r != nil && !r.Given:
		box, state, role = "[x]", "✓ made when the plan is carried out: "+f.recipe, themes.OK
	case s.forbidden(f) != "":
		box, state = "[x]", "is not asked for"
	case f.asking:
		box, state, role = "[x]", "…", themes.Spinner
	case r != nil && r.Recipe.User != "":
		box, state, role = "[x]", "enter asks for the password of "+r.Recipe.User, themes.Warning
	default:
		box, state, role = "[x]", "enter says where its new value comes from", themes.Warning
	}
	spot := s.spot(keyID(f, key), row{kind: keyRow, form: f, key: key})
	p.Row(spot, panes.Cell{Text: box, Width: 3, Role: themes.Accent}, panes.Cell{Text: key, Width: wide, Role: themes.Text}, panes.Cell{Text: state, Role: role, Lines: 2})
	if v != nil && s.peeked == v {
		s.shown(p, v)
	}
}

// sized says how long a value is.
func sized(v *value) string {
	if !utf8.Valid(v.data) {
		return ", " + counted(len(v.data), "byte")
	}
	return ", " + counted(utf8.RuneCount(v.data), "character")
}

// shown draws a value, as long as the operator wants to see it.
func (s *Screen) shown(p *panes.Pane, v *value) {
	if !utf8.Valid(v.data) {
		p.Under("it is no text", themes.Muted, panes.Spot{})
		return
	}
	lines := strings.Split(strings.TrimSuffix(string(v.data), "\n"), "\n")
	for i, l := range lines {
		if i == most {
			p.Under("and "+counted(len(lines)-most, "line")+" more", themes.Muted, panes.Spot{})
			break
		}
		p.Row(panes.Spot{}, panes.Cell{Width: 3}, panes.Cell{Text: l, Role: themes.Match, Lines: most})
	}
	p.Row(panes.Spot{}, panes.Cell{Width: 3}, panes.Cell{Text: fmt.Sprintf("shown for %d s; P hides it", int(shownFor.Seconds())), Role: themes.Muted})
}

// users says who uses a Secret, and how each gets the new value.
func (s *Screen) users(p *panes.Pane, f *form) {
	r := f.rotation()
	if r == nil {
		return
	}
	title := "Who uses it, and how each gets the new value"
	if len(s.forms) > 1 {
		title = "Who uses " + text.Clean(short(f.ref)) + ", and how each gets the new value"
	}
	p.Heading(title, "")
	if len(r.Consumers) == 0 {
		p.Note(themes.Muted, "nobody that can be seen")
	}
	for i := range r.Consumers {
		c := &r.Consumers[i]
		role := themes.Value
		switch c.Takes {
		case rotate.Kept, rotate.Partly:
			role = themes.Warning
		case rotate.Untouched:
			role = themes.Muted
		}
		says := c.String()
		if c.ID.Namespace != f.ref.Namespace {
			says = c.ID.Namespace + ": " + says
		}
		p.Row(s.spot("user "+f.ref.String()+" "+strconv.Itoa(i), row{kind: userRow, form: f, user: c}), panes.Cell{Text: says, Role: role, Lines: 3})
	}
	for _, n := range r.Notes {
		p.Note(themes.Muted, "· "+n)
	}
}

// scoped says that only a part of the cluster is known.
func (s *Screen) scoped(p *panes.Pane) {
	c, ok := s.env.Boards.Board().Cluster(s.of.Context)
	if !ok || c.NamespacesListed {
		return
	}
	where := "the namespaces that you may see"
	if n := s.env.Scope.Namespaces; len(n) > 0 {
		where = strings.Join(n[:min(len(n), 3)], ", ")
	}
	p.Note(themes.Muted, "· only users in "+where+" are known")
}
