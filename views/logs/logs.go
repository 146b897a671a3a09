// Package logs shows the logs of functions while they are written.
//
// Its one rule: the loop never waits for lines. A pump reads the feed and makes the lines ready; the screen takes what
// there is, some twenty times a second at most, and reads no further while the operator would lose what he looks at.
package logs

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/logpane"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// defaultTail is how many lines of each container come first, where nothing else is said.
const defaultTail = 1000

// Screen shows the logs of what it was made for.
type Screen struct {
	env  *screen.Env
	of   screen.Logging
	pane *logpane.Pane

	ctx    context.Context
	cancel context.CancelFunc
	window int // of windows
	round  int // of the feed: what an earlier one brings is dropped

	pump    *pump
	stop    context.CancelFunc // of the pump
	known   *sources
	shown   bool
	asked   bool      // a delivery is waited for
	aside   *delivery // would push out what is being read
	state   state
	older   older
	hidden  map[int]bool
	search  string
	lines   string
	pending tea.Cmd // to be done after a key

	count    int // of sources that the pane knows
	rate     rate
	width    int
	height   int
	bar      string
	barKey   barKey
	barStale bool
}

// windows are how far back logs are shown, as { and } go through them; the first is a number of lines instead.
var windows = []time.Duration{0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, forever}

const forever = time.Duration(-1)

// New makes the screen of some logs.
func New(env *screen.Env, of screen.Logging) *Screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Screen{env: env, of: of, pane: logpane.New(env.Theme, env.Now), ctx: ctx, cancel: cancel, known: &sources{}}
	o := env.LogOptions
	if o.Ring > 0 {
		s.pane.SetLimit(o.Ring)
	}
	s.pane.SetWrap(o.Wrap)
	s.pane.SetStamps(o.Stamps)
	s.pane.SetNote(themes.Muted, "Opening the logs of "+text.Clean(of.Title)+"…")
	return s
}

// batchMsg brings what a pump delivered.
type batchMsg struct {
	to       *Screen
	round    int
	delivery delivery
}

// Title is the crumb.
func (s *Screen) Title() string {
	if s.of.Previous {
		return "previous logs of " + text.Clean(s.of.Title)
	}
	return "logs of " + text.Clean(s.of.Title)
}

// Keys is the key set of pagers.
func (s *Screen) Keys() action.KeySet { return action.Pagers }

// ReleasesMouse leaves the mouse to the terminal, whose own selection then works.
func (s *Screen) ReleasesMouse() bool { return true }

// Subject is the function, where there is one only.
func (s *Screen) Subject() (model.FunctionID, bool) {
	if len(s.of.Functions) != 1 {
		return model.FunctionID{}, false
	}
	return s.of.Functions[0], true
}

// Received is how many lines and notices the feed told so far.
func (s *Screen) Received() int { return s.state.received }

// SetSize sets the size of the screen: a line that says how the logs are, then the logs.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.pane.SetSize(width, max(height-1, 0))
	s.barStale = true
}

// Show begins to read, or goes on.
func (s *Screen) Show() tea.Cmd {
	s.shown = true
	if s.pump == nil && s.state.phase == opening {
		return s.open()
	}
	return s.wait()
}

// Hide reads no further than what waits already: nobody looks.
func (s *Screen) Hide() { s.shown = false }

// Close ends what the screen has running.
func (s *Screen) Close() { s.cancel() }

// options are what the feed is asked for.
func (s *Screen) options() feeds.Options {
	o := feeds.Options{Tail: s.env.LogOptions.Tail, Since: s.env.LogOptions.Since, Previous: s.of.Previous, Follow: !s.of.Previous,
		Builds: s.env.LogOptions.Builds}
	if s.env.LogOptions.Exclude != nil {
		o.Excluded = s.env.LogOptions.Exclude.String()
	}
	if o.Tail == 0 {
		o.Tail = defaultTail
	}
	if o.Since > 0 && s.env.LogOptions.Tail == 0 {
		o.Tail = -1
	}
	switch w := windows[s.window]; {
	case w == forever:
		o.Since, o.Tail = 0, -1
	case w > 0:
		o.Since, o.Tail = w, -1
	}
	return o
}

// feed opens what is read.
func (s *Screen) feed(o feeds.Options) (feeds.Feed, error) {
	if len(s.of.Functions) > 0 {
		return s.env.Logs.Open(s.of.Functions, o)
	}
	return s.env.Logs.OpenPod(s.of.Object.Context, s.of.Object.Ref, o)
}

// open begins anew with an empty pane.
func (s *Screen) open() tea.Cmd {
	if s.stop != nil {
		s.stop()
	}
	s.round++
	s.asked, s.aside = false, nil
	s.pump, s.known, s.count, s.hidden = nil, &sources{}, 0, nil
	s.state = state{}
	s.older = older{more: !s.of.Previous || windows[s.window] == 0}
	s.rate = rate{}
	s.pane.Clear()
	s.barStale = true
	unhide := s.pane.Hide(nil)
	feed, err := s.feed(s.options())
	if err != nil {
		s.fail(err)
		return unhide
	}
	var ctx context.Context
	ctx, s.stop = context.WithCancel(s.ctx)
	s.pump = newPump(feed, s.known)
	s.older.feed = feed
	s.state.phase = live
	s.pane.SetNote(themes.Muted, s.emptyNote())
	go s.pump.run(ctx)
	return tea.Batch(unhide, s.wait())
}

// wait asks for the next delivery, unless nobody looks. One that would push out what is being read is put aside until the
// operator reads on, and the feed is read no further.
func (s *Screen) wait() tea.Cmd {
	if d := s.aside; d != nil && !s.pane.Holds(d.block) && s.pane.Cut() == 0 {
		s.aside, s.barStale = nil, true
		return s.take(d)
	}
	if s.asked || !s.shown || s.pump == nil || s.state.phase == over || s.aside != nil || s.pane.Cut() > 0 {
		return nil
	}
	s.asked = true
	p, ctx, round := s.pump, s.ctx, s.round
	return func() tea.Msg {
		d, ok := p.take(ctx)
		if !ok {
			return nil
		}
		return batchMsg{to: s, round: round, delivery: d}
	}
}

// Update takes what is read and found.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case batchMsg:
		if msg.to == s && msg.round == s.round {
			return s.take(&msg.delivery)
		}
	case olderMsg:
		if msg.to == s && msg.round == s.round {
			return s.takeOlder(&msg)
		}
	case logpane.ScannedMsg:
		cmd := s.pane.Update(msg)
		s.barStale = true
		return cmd
	case screen.TickMsg:
		s.tick(msg.Now)
	case screen.ThemeMsg:
		s.pane.SetTheme(s.env.Theme)
		s.barStale = true
	}
	return nil
}

func (s *Screen) take(d *delivery) tea.Cmd {
	s.asked = false
	if s.pane.Holds(d.block) || s.pane.Cut() > 0 {
		s.aside, s.barStale = d, true
		return nil
	}
	s.learn(d.sources)
	s.state.received += d.block.Lines() + len(d.notices)
	s.state.take(d, s.env.Now())
	s.rate.add(d.block.Lines(), s.env.Now())
	cmd := s.pane.Append(d.block)
	s.pump.back(d.block)
	if d.end != nil {
		s.finish(d.end)
	}
	s.older.tell(s.pane)
	s.barStale = true
	return tea.Batch(cmd, s.wait())
}

// learn tells the pane of new sources.
func (s *Screen) learn(known int) {
	if known == s.count {
		return
	}
	s.count = known
	for id, source := range present(s.known.list()[:known]) {
		s.pane.SetSource(id, source)
	}
}

// finish is what happens when nothing more comes.
func (s *Screen) finish(err error) {
	if !ended(err) {
		s.fail(err)
		return
	}
	s.state.phase = over
	s.pane.SetNote(themes.Muted, s.emptyNote())
}

// fail says why there is nothing to read.
func (s *Screen) fail(err error) {
	s.state.phase, s.state.why = over, text.Clean(err.Error())
	s.pane.SetNote(themes.Error, themes.Glyph(themes.Error)+" The logs cannot be read: "+s.state.why+"\n\nctrl-r tries again, esc goes back.")
}

// emptyNote is drawn while there is no line.
func (s *Screen) emptyNote() string {
	note := "No line yet."
	if s.state.phase == over {
		note = "There are no lines."
	}
	if s.of.Previous {
		return note + " Only a container that was started again has a log before this one."
	}
	if w := windows[s.window]; w > 0 {
		note += " Only those of the last " + span(w) + " are shown: } shows more."
	}
	return note
}

// Reload reads all anew.
func (s *Screen) Reload() tea.Cmd { return s.open() }

// Plain is the text of PlainLater.
func (s *Screen) Plain() string { return s.PlainLater()() }

// PlainLater are the lines that are shown, as text without colours.
func (s *Screen) PlainLater() func() string { return s.pane.Plain() }
