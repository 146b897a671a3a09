package logs

import (
	"strings"
	"time"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// phase is how far the reading is.
type phase uint8

const (
	opening phase = iota
	live
	over // nothing more comes
)

// state is what is known of the feed.
type state struct {
	phase    phase
	why      string // it failed
	broken   map[int]feeds.Notice
	denied   bool
	waiting  map[model.FunctionID]bool // functions without pods
	left     map[int]bool              // sources that ended
	received int
}

// take notes what happened.
func (s *state) take(d *delivery, now time.Time) {
	for _, n := range d.notices {
		switch n.Kind {
		case feeds.Broken:
			if s.broken == nil {
				s.broken = map[int]feeds.Notice{}
			}
			s.broken[n.Source] = n
		case feeds.Resumed:
			delete(s.broken, n.Source)
		case feeds.Waiting:
			if s.waiting == nil {
				s.waiting = map[model.FunctionID]bool{}
			}
			s.waiting[n.Function] = true
		case feeds.Denied:
			s.denied = true
		case feeds.Joined:
			delete(s.waiting, n.Function)
			delete(s.left, n.Source)
			delete(s.broken, n.Source)
		case feeds.Left:
			if s.left == nil {
				s.left = map[int]bool{}
			}
			s.left[n.Source] = true
			delete(s.broken, n.Source)
		}
	}
}

// rate counts lines by the second.
type rate struct {
	lines  int // since at
	at     time.Time
	second int // of the last second that is over
}

func (r *rate) add(lines int, now time.Time) {
	if r.at.IsZero() {
		r.at = now
		return // what was there before
	}
	r.lines += lines
}

func (r *rate) tick(now time.Time) {
	if d := now.Sub(r.at); d >= 900*time.Millisecond && !r.at.IsZero() {
		r.second = int(float64(r.lines) / d.Seconds())
		r.lines, r.at = 0, now
	}
}

// tick passes the time.
func (s *Screen) tick(now time.Time) {
	s.rate.tick(now)
	s.pane.Tick()
	s.barStale = true
}

// Aging reports whether something on screen changes with the time: a rate, ages, a retry.
func (s *Screen) Aging() bool {
	return s.rate.lines > 0 || s.rate.second > 0 || len(s.state.broken) > 0 || s.pane.Aging()
}

// View draws the line that says how the logs are, and the logs.
func (s *Screen) View() string {
	if s.height <= 0 {
		return ""
	}
	body := s.pane.View()
	if key := (barKey{s.width, body}); s.barStale || key != s.barKey {
		s.barKey, s.barStale = key, false
		s.bar = s.drawBar()
		if s.height > 1 {
			s.bar += "\n" + body
		}
	}
	return s.bar
}

// barKey is what the view depends on besides what makes it stale.
type barKey struct {
	width int
	body  string
}

// word is a part of the line that says how the logs are.
type word struct {
	text string
	role themes.Role
}

func (s *Screen) drawBar() string {
	left, right := s.words(), s.figures()
	widthOf := func(words []word) int {
		w := 0
		for _, p := range words {
			w += text.Width(p.text) + 3
		}
		return w
	}
	for len(right) > 0 && widthOf(left)+widthOf(right) > s.width {
		right = right[1:]
	}
	var b strings.Builder
	b.WriteByte(' ')
	draw := func(words []word) {
		for i, p := range words {
			if i > 0 {
				b.WriteString(s.env.Theme.Render(themes.Muted, " · "))
			}
			b.WriteString(s.env.Theme.Render(p.role, p.text))
		}
	}
	draw(left)
	if len(right) > 0 {
		b.WriteString(text.Spaces(s.width - widthOf(left) - widthOf(right) + 4))
		draw(right)
	}
	return text.FitStyled(b.String(), s.width)
}

// words say how the reading is, and what is shown.
func (s *Screen) words() []word {
	words := []word{s.condition()}
	add := func(role themes.Role, parts ...string) {
		words = append(words, word{text.Clean(strings.Join(parts, "")), role})
	}
	if n := s.count; n > 0 {
		switch shown := n - len(s.hidden); {
		case shown < n:
			add(themes.Accent, text.Count(shown), " of ", plural(n, "source"))
		default:
			add(themes.Text, plural(n, "source"))
		}
	}
	if s.of.Previous {
		add(themes.Accent, "previous containers")
	}
	add(themes.Muted, s.windowText())
	if l := s.pane.Level(); l != record.Unknown {
		add(themes.Accent, "level ", l.String(), "+")
	}
	if s.lines != "" {
		add(themes.Accent, "& ", s.lines)
	}
	if s.search != "" {
		add(themes.Accent, "/ ", s.search)
	}
	return words
}

func (s *Screen) windowText() string {
	switch w := windows[s.window]; {
	case w == forever:
		return "all lines"
	case w > 0:
		return "since " + span(w)
	}
	o := s.options()
	switch {
	case o.Since > 0 && o.Tail > 0:
		return "since " + span(o.Since) + ", last " + text.Count(o.Tail) + " lines"
	case o.Since > 0:
		return "since " + span(o.Since)
	case o.Tail > 0:
		return "last " + text.Count(o.Tail) + " lines"
	}
	return "all lines"
}

// span writes a duration as it is typed: 15m.
func span(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// condition is how the reading is, in a word.
func (s *Screen) condition() word {
	now := s.env.Now()
	switch {
	case s.state.phase == opening:
		return word{"… opening", themes.ConnConnecting}
	case s.state.why != "":
		return word{"✗ failed", themes.Error}
	case s.pane.Cut() > 0:
		return word{"‖ back in time: G goes to the live end", themes.Warning}
	case s.state.denied && s.pane.Lines() == 0:
		return word{"✗ denied", themes.Denied}
	case s.state.phase == over:
		return word{"■ ended", themes.Idle}
	case s.of.Previous:
		return word{"… reading", themes.ConnConnecting}
	case len(s.state.broken) > 0:
		return word{"▲ broken: " + retry(s.state.broken, now), themes.ConnStale}
	case len(s.state.waiting) > 0 && s.count == len(s.state.left):
		return word{"○ waiting for the next invocation", themes.Idle}
	case s.aside != nil:
		return word{"‖ paused, and no more is read: f goes on", themes.Warning}
	case !s.pane.Following():
		return word{"‖ paused", themes.Warning}
	}
	return word{"● live", themes.ConnLive}
}

// retry says when the first of the broken connections is tried again.
func retry(broken map[int]feeds.Notice, now time.Time) string {
	var at time.Time
	for _, n := range broken {
		if !n.Retry.IsZero() && (at.IsZero() || n.Retry.Before(at)) {
			at = n.Retry
		}
	}
	if at.IsZero() {
		return "trying again"
	}
	if d := at.Sub(now); d > 0 {
		return "trying again in " + text.Age(d+time.Second-1)
	}
	return "trying again"
}

// figures are what came and what is kept, the least important first.
func (s *Screen) figures() []word {
	var all []word
	if n := s.pane.Lines(); n > 0 {
		all = append(all, word{"ring " + percent(s.pane.Fill()) + " of " + s.pane.Limit(), themes.Muted})
		if s.rate.second > 0 {
			all = append(all, word{text.Count(s.rate.second) + "/s", themes.Muted})
		}
		all = append(all, word{plural(n, "line"), themes.Muted})
	}
	return all
}

func percent(n int) string { return text.Count(n) + "%" }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// Footer says where the operator is.
func (s *Screen) Footer() screen.Footer { return screen.Footer{Total: -1, Note: s.pane.Status()} }
