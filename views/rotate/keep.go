package rotate

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/views/screen"
)

// keeps are the ages that space goes through. The first is what goes without saying.
var keeps = []string{"7d", "30d", "90d", "1d"}

// keepLonger takes the next of the usual ages.
func (s *Screen) keepLonger() {
	s.keep = keeps[(slices.Index(keeps, s.keep)+1)%len(keeps)]
}

// askKeep asks for how long old values are kept.
func (s *Screen) askKeep() tea.Cmd {
	field := dialog.Field{Label: "Keep for", Value: s.keep, Hint: "7d or 12h", Wrong: func(v string) string {
		if secrets.ParseAge(v) <= 0 {
			return "write it as 7d or 12h"
		}
		return ""
	}}
	about := "The old values stay in a Secret of the same namespace until then, and u takes the change back. Afterwards they are offered for removal."
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "rotate-keep", "Old values", about, nil, "take", []dialog.Field{field},
		func(values []string) tea.Cmd {
			s.keep = strings.TrimSpace(values[0])
			s.Changed()
			return nil
		})})
}
