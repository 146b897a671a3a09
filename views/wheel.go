package views

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// wheelLines is how far one notch scrolls.
	wheelLines = 3
	// wheelPause is the least time between two scrolls: what a wheel sends in between is added up.
	wheelPause = 15 * time.Millisecond
)

// wheelMsg scrolls by lines, down if positive.
type wheelMsg int

// wheel joins the notches of a fast wheel into few messages, before they reach the loop. Motion is dropped.
type wheel struct {
	now     func() time.Time
	last    time.Time
	pending int
}

func (w *wheel) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg := msg.(type) {
	case tea.MouseMotionMsg, tea.MouseReleaseMsg:
		return nil
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			w.pending -= wheelLines
		case tea.MouseWheelDown:
			w.pending += wheelLines
		default:
			return nil
		}
		now := w.now()
		if now.Sub(w.last) < wheelPause || w.pending == 0 {
			return nil
		}
		w.last = now
		lines := w.pending
		w.pending = 0
		return wheelMsg(lines)
	}
	return msg
}
