package views

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/views/screen"
)

// maxHistory is how many screens are kept open behind the one on top.
const maxHistory = 32

// page is an open screen and where it came from.
type page struct {
	place screen.Place
	scr   screen.Screen
	// top starts the crumbs anew: the screen was opened by a command.
	top bool
	// stale says that a message went by that only the screen on top gets.
	stale bool
}

// router holds the open screens in the order in which the operator went through them.
type router struct {
	pages []*page
	at    int
	last  *page // the page before this one, wherever it stands
}

func (r *router) current() *page { return r.pages[r.at] }

// push opens a page on top of the current one. What lay ahead of it in the history is closed.
func (r *router) push(p *page) tea.Cmd {
	if len(r.pages) == 0 {
		r.pages = append(r.pages, p)
		return show(p)
	}
	for _, ahead := range r.pages[r.at+1:] {
		r.drop(ahead)
	}
	r.pages = append(r.pages[:r.at+1], p)
	if len(r.pages) > maxHistory {
		r.drop(r.pages[1])
		r.pages = append(r.pages[:1], r.pages[2:]...)
		r.at--
	}
	return r.move(r.at + 1)
}

func (r *router) drop(p *page) {
	p.scr.Close()
	if r.last == p {
		r.last = nil
	}
}

// move goes to a page of the history.
func (r *router) move(to int) tea.Cmd {
	if to < 0 || to >= len(r.pages) || to == r.at {
		return nil
	}
	from := r.current()
	if s, ok := from.scr.(screen.Shown); ok {
		s.Hide()
	}
	for i := r.at; i > to; i-- {
		if s, ok := r.pages[i].scr.(screen.Left); ok {
			s.Leave()
		}
	}
	r.last, r.at = from, to
	return show(r.current())
}

// toLast goes to the page before this one, and back when asked again.
func (r *router) toLast() tea.Cmd {
	for i, p := range r.pages {
		if p == r.last {
			return r.move(i)
		}
	}
	return r.move(r.at - 1)
}

func show(p *page) tea.Cmd {
	if s, ok := p.scr.(screen.Shown); ok {
		return s.Show()
	}
	return nil
}

// crumbs are the titles that lead to the current page.
func (r *router) crumbs() []string {
	from := 0
	for i := r.at; i > 0; i-- {
		if r.pages[i].top {
			from = i
			break
		}
	}
	var titles []string
	for _, p := range r.pages[from : r.at+1] {
		titles = append(titles, p.scr.Title())
	}
	return slices.Compact(titles) // the same words twice would tell nothing more
}

func (r *router) close() {
	for _, p := range r.pages {
		p.scr.Close()
	}
}
