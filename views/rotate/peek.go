package rotate

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/text"
)

// shownFor is how long a value stays on the screen.
const shownFor = 5 * time.Second

// wipe overwrites all values. Those that a change under way needs are overwritten when it was applied.
func (s *Screen) wipe() {
	s.Conceal()
	if s.hidden != nil {
		s.hidden.Wipe()
		s.hidden = nil
	}
	for _, f := range s.forms {
		f.drop()
	}
	for _, letGo := range s.letGo {
		letGo()
	}
	s.letGo = nil
	s.Changed()
}

// Conceal takes values off the screen.
func (s *Screen) Conceal() {
	if s.hidden != nil {
		s.hidden.Conceal()
	}
	s.peeked, s.until = nil, time.Time{}
	s.Changed()
}

// Aging reports whether time changes what is shown: a value that is shown for a while, or the age of old data.
func (s *Screen) Aging() bool { return s.aging || !s.until.IsZero() }

// PeekRefusal says why there is no value to show.
func (s *Screen) PeekRefusal() string {
	r := s.selected()
	switch {
	case s.peekable() != nil:
		return ""
	case r.kind != keyRow:
		return "no key is under the cursor"
	}
	return "there is no new value of " + text.Clean(r.key) + " yet"
}

// peekable is the value under the cursor, elsewhere the only one; nil: there is none.
func (s *Screen) peekable() *value {
	if r := s.selected(); r.kind == keyRow {
		return r.form.values[r.key]
	}
	var only *value
	for _, f := range s.forms {
		for _, v := range f.values {
			if only != nil {
				return nil
			}
			only = v
		}
	}
	return only
}

// Peek shows a value for a few seconds.
func (s *Screen) Peek() tea.Cmd {
	v := s.peekable()
	if s.peeked == v {
		s.Conceal()
		return nil
	}
	s.peeked, s.until = v, s.env.Now().Add(shownFor)
	s.Changed()
	return nil
}
