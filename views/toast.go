package views

import (
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// toastFor is how long a notice stays in the footer. It stays in the errors screen for good.
const toastFor = 8 * time.Second

// toast is the newest notice in the footer.
type toast struct {
	text  string
	role  themes.Role
	since time.Time
}

func (t *toast) fade(now time.Time) {
	if t.text != "" && now.Sub(t.since) >= toastFor {
		*t = toast{}
	}
}

var severityRoles = map[status.Severity]themes.Role{
	status.Error: themes.Error, status.Warning: themes.Warning, status.Info: themes.Info,
}

// notice shows a line in the footer and keeps it for the errors screen.
func (r *Root) notice(severity status.Severity, source, message string) {
	now := r.env.Now()
	message = text.Clean(message)
	r.notices.Add(now, severity, text.Clean(source), message)
	r.say(severity, message, now)
	r.lookForErrors()
}

func (r *Root) say(severity status.Severity, message string, now time.Time) {
	role := severityRoles[severity]
	r.toast = toast{text: strings.TrimSpace(themes.Glyph(role) + " " + text.Clean(message)), role: role, since: now}
}

// errorLog is what the root knows of the errors without asking again.
type errorLog struct {
	seen    time.Time // when the errors screen was last looked at
	toasted time.Time // first moment of the newest error that was in the footer
	unseen  int
}

// lookForErrors counts the errors that nobody saw, and shows the newest unless it was shown before.
func (r *Root) lookForErrors() {
	now := r.env.Now()
	if r.router.current().place.Page == screen.PageErrors {
		r.errors.seen = now
	}
	r.errors.unseen = 0
	for _, e := range r.notices.Entries() {
		if e.Severity == status.Error && e.Last.After(r.errors.seen) {
			r.errors.unseen++
		}
	}
	var newest *status.Entry
	for _, e := range r.env.Fleet.Errors() {
		if e.Severity != status.Error || !e.Last.After(r.errors.seen) {
			continue
		}
		r.errors.unseen++
		if newest == nil || e.First.After(newest.First) {
			newest = &e
		}
	}
	if newest == nil || !newest.First.After(r.errors.toasted) {
		return
	}
	r.errors.toasted = newest.First
	where := newest.Source
	if newest.Context != "" {
		where = newest.Context + ": " + where
	}
	r.say(newest.Severity, where+": "+newest.Message, now)
}
