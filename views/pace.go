package views

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// pace makes the renderer fast while something happens and lets it rest otherwise: sixty wake-ups a second for nothing
// cost more of an idle console than everything else. Bubble Tea has no setting for that, so its ticker is taken from
// the program; where it is not found the renderer keeps the frame rate of fps.
type pace struct {
	ticker *time.Ticker

	mu      sync.Mutex
	lull    *time.Timer
	last    time.Time     // of the last message
	key     time.Time     // of the last key
	rate    time.Duration // between two ticks, while not resting
	resting bool
}

// The times between two frames. An answer to a key is painted at the first tick after it.
const (
	afterKey = time.Second / 120
	afterAny = time.Second / 40
	atRest   = 2 * time.Second
	// restless is how long the renderer stays fast: several of its ticks. What comes on the heels of a key does not slow it
	// down before the answer to the key is painted.
	restless = 150 * time.Millisecond
	heels    = 3 * afterKey
)

// watch finds the ticker of a program that runs. It must be called in the event loop.
func (p *pace) watch(program *tea.Program) {
	field := reflect.ValueOf(program).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return
	}
	p.ticker = *(**time.Ticker)(unsafe.Pointer(field.UnsafeAddr())) //#nosec G103 -- the type was checked
	if p.ticker != nil {
		p.lull = time.AfterFunc(restless, p.rest)
	}
}

// quicken is called for every message, before it is handled.
func (p *pace) quicken(msg tea.Msg) {
	if p.ticker == nil {
		return
	}
	rate := afterAny
	switch msg.(type) {
	case tea.KeyMsg, tea.MouseMsg, tea.PasteMsg, tea.WindowSizeMsg:
		rate = afterKey
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	switch {
	case rate == afterKey:
		p.key = p.last
	case p.last.Sub(p.key) < heels:
		rate = p.rate
	}
	if p.resting || rate != p.rate {
		p.ticker.Reset(rate)
		p.rate = rate
	}
	if p.resting {
		p.resting = false
		p.lull.Reset(restless)
	}
}

// rest slows the renderer down when the last message is long enough ago.
func (p *pace) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := restless - time.Since(p.last); left > 0 {
		p.lull.Reset(left)
		return
	}
	p.resting = true
	p.ticker.Reset(atRest)
}

// stop ends the timer of a program that has ended.
func (p *pace) stop() {
	if p.lull != nil {
		p.lull.Stop()
	}
}
