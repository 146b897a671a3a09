package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// minWidth and minHeight are the least that a frame makes sense in.
const (
	minWidth  = 20
	minHeight = 4
)

// View draws the console. The string is the same as before when nothing changed.
func (r *Root) View() tea.View {
	v := tea.NewView(r.content())
	v.AltScreen = true
	v.ReportFocus = true
	v.WindowTitle = "fn9s"
	if !r.options.KeepBackground {
		v.ForegroundColor, v.BackgroundColor = r.env.Theme.Colors()
	}
	if !r.options.NoMouse && !r.releasesMouse() {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// releasesMouse leaves the mouse to the terminal where text can be selected.
func (r *Root) releasesMouse() bool {
	t, ok := r.router.current().scr.(screen.TextView)
	return ok && t.ReleasesMouse()
}

func (r *Root) content() string {
	if r.width < minWidth || r.height < minHeight {
		return text.Fit("too small", r.width, text.Left)
	}
	body := r.router.current().scr.View()
	header, footer := r.header(), r.footer()
	d := &r.drawn
	if body != d.body || header != d.header || footer != d.footer {
		d.header, d.body, d.footer = header, body, footer
		d.content = strings.Join([]string{header, body, footer}, "\n")
	}
	switch r.mode() {
	case prompting:
		return r.underPrompt(d.content)
	case asking:
		return r.dialogs.View(d.content)
	}
	return d.content
}

// underPrompt draws the prompt over the last lines.
func (r *Root) underPrompt(content string) string {
	lines := strings.Split(content, "\n")
	keep := max(len(lines)-r.prompt.Height(), 0)
	return strings.Join(lines[:keep], "\n") + "\n" + r.prompt.View()
}

// headerKey is all that the header depends on.
type headerKey struct {
	board  *board.Board
	scope  string
	crumbs string
	jobs   int
	second int64
	width  int
	theme  themes.Theme
}

func (r *Root) header() string {
	crumbs := r.router.crumbs()
	b := r.env.Boards.Board()
	key := headerKey{board: b, scope: strings.Join(r.env.Scope.Namespaces, ","), crumbs: strings.Join(crumbs, "\x00"),
		jobs: r.running(), second: r.env.Now().Unix(), width: r.width, theme: r.env.Theme}
	if key != r.drawn.headerKey {
		h := header{clusters: b.Clusters, scope: r.env.Scope, crumbs: crumbs, jobs: key.jobs, now: r.env.Now(), theme: r.env.Theme}
		r.drawn.headerKey, r.drawn.headerLine = key, h.draw(r.width)
	}
	return r.drawn.headerLine
}

func (r *Root) footer() string {
	f := footer{toast: piece{r.toast.text, r.toast.role}, unseen: r.errors.unseen, theme: r.env.Theme, hints: r.hints(),
		screen: screen.Footer{Total: -1}}
	if s, ok := r.router.current().scr.(screen.Footed); ok {
		f.screen = s.Footer()
	}
	if r.mode() == typing {
		f.hints = nil // their keys are text now
	}
	key := footerKey{screen: f.screen, toast: f.toast, unseen: f.unseen, theme: f.theme, width: r.width, page: r.router.current(),
		hints: r.drawn.hintsAt}
	if key != r.drawn.footerKey {
		r.drawn.footerKey, r.drawn.footerLine = key, f.draw(r.width)
	}
	return r.drawn.footerLine
}

// footerKey is all that the footer depends on; the hints follow from the page.
type footerKey struct {
	screen screen.Footer
	toast  piece
	unseen int
	theme  themes.Theme
	width  int
	page   *page
	hints  uint64 // version of them
}

// hinted are the actions that the footer names, most useful first.
var hinted = []action.ID{action.Invoke, action.Apply, action.NextStep, action.ToggleStep, action.SideBySide, action.Export, action.StopChange, action.Undo, action.CancelPlan,
	action.ShowPlan, action.NextPane, action.Follow, action.Level, action.Pretty, action.Open, action.Posture, action.Blast, action.Network, action.AccessView, action.Filter, action.Search, action.Command, action.Describe, action.YAML,
	action.Namespaces, action.SearchNext, action.Fold, action.Faults, action.SortPicker, action.Back}

// hints names the keys of the actions that can run on this screen.
func (r *Root) hints() []hint {
	p := r.router.current()
	version, changing := uint64(0), false
	if v, ok := p.scr.(screen.Versioned); ok {
		version, changing = v.Version(), true
	}
	if r.drawn.hintsOf == p && r.drawn.hintsAt == version {
		return r.drawn.hints
	}
	r.drawn.hintsOf, r.drawn.hintsAt, r.drawn.hints = p, version, nil
	for _, a := range r.registry.For(p.scr.Keys(), p.scr) {
		keys := a.Bound(p.scr.Keys())
		if len(keys) == 0 || !slices.Contains(hinted, a.ID) || !changing && (a.ID == action.Undo || a.ID == action.StopChange) ||
			changing && r.registry.Reason(a, p.scr) != "" {
			continue
		}
		does := a.Title
		if a.ID == action.Invoke { // elsewhere it leads to the form
			if _, form := p.scr.(screen.Invoking); !form {
				continue
			}
			does = "call"
		}
		r.drawn.hints = append(r.drawn.hints, hint{action.Label(keys[0]), does, slices.Index(hinted, a.ID)})
	}
	slices.SortStableFunc(r.drawn.hints, func(a, b hint) int { return a.rank - b.rank })
	return r.drawn.hints
}

// settled reports whether nothing more is to be expected of the clusters, for a snapshot.
func (r *Root) settled() bool {
	clusters := r.env.Boards.Board().Clusters
	for i := range clusters {
		phase := clusters[i].Connection.Phase
		if !clusters[i].Complete && phase != status.Denied && phase != status.AuthNeeded {
			return false
		}
	}
	return len(clusters) > 0
}
