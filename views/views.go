// Package views is the console: the root model, the router of its screens, and what surrounds them on the terminal.
//
// Its one rule: the root is the only Bubble Tea model, and it only routes. What is on screen belongs to the screens of
// the packages below, which it opens by their place and knows by the abilities of views/screen.
package views

import (
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/prompt"
	"github.com/fn9s/fn9s/views/plugin"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// Favourite is a scope on one of the keys 1 to 9.
type Favourite struct {
	Slot       int
	Context    string // empty: whatever is open
	Namespaces []string
}

// Options is what the operator chose before the console starts.
type Options struct {
	Theme themes.Theme
	// Themes are the operator's own, besides those that are built in.
	Themes []themes.Theme
	// Light and Dark are the themes to go on with when the terminal says how dark its background is, if AsksBackground.
	AsksBackground bool
	Light, Dark    themes.Theme
	// KeepBackground leaves the terminal's own background to themes that have one.
	KeepBackground bool
	Now            func() time.Time // nil: the clock
	Command        string           // a command to run at the start, without the colon
	Filter         string           // the filter that the functions table begins with
	Namespaces     []string         // the scope to begin with; none: all
	Preset         string           // preset of keys
	Keys           []action.Override
	Aliases        map[string]string
	Favourites     []Favourite
	Plugins        []plugin.Plugin
	Hotkeys        []Hotkey
	Kubeconfig     string // the files, for plugins
	// Views keeps saved views; nil: none are kept. Restore is what to begin with; nil: the functions table.
	Views   screen.Views
	Restore *screen.View
	// Layouts are the columns of tables, by their name, in their order; Custom the operator's own of the functions table.
	Layouts map[string][]string
	Custom  []screen.CustomColumn
	// SaveDir is where ctrl-s writes; empty: the working directory.
	SaveDir string
	// Clipboard writes to the local clipboard; nil: only the terminal is asked to.
	Clipboard func(string) error
	// Warnings are what is wrong with the configuration.
	Warnings []string
	NoMouse  bool
	Logs     screen.LogOptions
}

// Root is the console's model. All of it belongs to the goroutine of the event loop.
type Root struct {
	env      screen.Env
	options  Options
	registry *action.Registry
	router   router
	notices  screen.Notices

	width, height int
	prompt        *prompt.Prompt
	before        string // the filter before the prompt was opened
	vocabulary    query.Vocabulary
	dialogs       *dialog.Overlay
	toast         toast
	clock         clock
	errors        errorLog
	quitting      quitting
	// leavingForwards says that the operator knows that quitting ends them.
	leavingForwards bool
	started         time.Time
	kinds           []query.Kind // fn9s's own, with the operator's columns
	background      int          // plugins that run without the terminal

	drawn frame
	done  chan struct{} // closed with the root
}

// frame is the last View and what it was made of.
type frame struct {
	header, body, footer string
	content              string
	headerKey            headerKey
	headerLine           string
	footerKey            footerKey
	footerLine           string
	hintsOf              *page
	hintsAt              uint64
	hints                []hint
}

// New makes the console with the functions table on top.
func New(deps screen.Deps, options Options) *Root {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Theme == (themes.Theme{}) {
		options.Theme = themes.Default()
	}
	r := &Root{options: options, done: make(chan struct{}), started: options.Now()}
	r.env = screen.Env{Deps: deps, Theme: options.Theme, Now: options.Now, Notices: &r.notices,
		Layouts: maps.Clone(options.Layouts), Custom: options.Custom, LogOptions: options.Logs,
		Scope: screen.Scope{Namespaces: options.Namespaces}}
	r.errors = errorLog{seen: options.Now(), toasted: options.Now()}
	r.registry = r.actions()
	r.dialogs = dialog.New(options.Now)
	r.prompt = prompt.New(options.Theme)
	r.prompt.SetComplete(r.complete)
	r.prompt.SetCheck(r.check)
	for _, w := range append(options.Warnings, r.registry.Warnings()...) {
		r.notices.Add(options.Now(), status.Warning, "configuration", w)
	}
	r.router.push(&page{place: screen.Place{Page: screen.PageFunctions},
		scr: r.build(screen.Place{Page: screen.PageFunctions, Filter: options.Filter}), top: true})
	r.resize(80, 24)
	return r
}

// Init shows the first screen and runs the command that was asked for.
func (r *Root) Init() tea.Cmd {
	cmds := []tea.Cmd{show(r.router.current())}
	if r.options.AsksBackground {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	if r.options.Restore != nil && r.options.Command == "" {
		cmds = append(cmds, r.showView(r.options.Restore, false))
	}
	cmds = append(cmds, r.begin())
	return tea.Batch(append(cmds, r.tick())...)
}

// Close ends what the screens have running. It may be called again.
func (r *Root) Close() {
	select {
	case <-r.done:
	default:
		close(r.done)
		r.router.close()
	}
}

// inARow is how many messages may follow from one before keys get their turn.
const inARow = 8

// Update routes a message, and what follows from it at once, and keeps the clock going while somebody wants it.
func (r *Root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := r.route(msg)
	for range inARow {
		msg, ok := screen.Sent(cmd)
		if !ok {
			break
		}
		cmd = r.route(msg)
	}
	if tick := r.tick(); tick != nil {
		cmd = tea.Batch(cmd, tick)
	}
	return r, cmd
}

func (r *Root) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		return r.key(msg)
	case tea.PasteMsg:
		return r.paste(msg.Content)
	case tea.MouseClickMsg, wheelMsg:
		return r.mouse(msg)
	case tea.FocusMsg, tea.ResumeMsg:
		return r.focus(true)
	case tea.BlurMsg:
		return r.focus(false)
	case tickMsg:
		return r.ticked(msg)
	case viewMsg:
		return r.viewed(msg)
	case pluginDoneMsg:
		r.pluginDone(msg)
	case tea.BackgroundColorMsg:
		return r.backgroundKnown(msg.IsDark())
	case screen.BoardMsg:
		return r.boardChanged(msg)
	case screen.OpenMsg:
		return r.open(msg.Place, false)
	case screen.BackMsg:
		return r.back()
	case screen.ScopeMsg:
		cmd := r.rescope(msg.Namespaces)
		if msg.Then == screen.PageFunctions {
			return tea.Batch(cmd, r.openFunctions(""))
		}
		return cmd
	case screen.SwitchMsg:
		return r.switchContexts(msg.Contexts)
	case screen.CopyMsg:
		return r.copy(msg)
	case screen.NoticeMsg:
		r.notice(msg.Severity, msg.Source, msg.Text)
	case screen.DialogMsg:
		r.dialogs.Open(msg.Dialog)
	case noShellMsg:
		return r.offerDebug(msg)
	case screen.PickMsg:
		return r.pick(msg)
	case lastMsg:
		return r.foundLast(msg)
	case savedMsg:
		r.saved(msg)
	case editBegunMsg, editWrittenMsg, editTriedMsg:
		return r.edited(msg)
	case clipboardMsg:
		if msg.err != nil {
			r.warn("clipboard", "the local clipboard did not take it: "+msg.err.Error())
		}
	default:
		return r.offer(msg)
	}
	return nil
}

// offer hands a message to all open screens: a result belongs to the screen that asked for it, wherever it is now.
func (r *Root) offer(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range r.router.pages {
		cmds = append(cmds, p.scr.Update(msg))
	}
	return tea.Batch(cmds...)
}

// boardChanged tells the screen on top; the others are told when they come to the top.
func (r *Root) boardChanged(msg screen.BoardMsg) tea.Cmd {
	for _, p := range r.router.pages {
		p.stale = true
	}
	r.lookForErrors()
	return tea.Batch(r.refresh(msg), r.begin(), r.leave())
}

// refresh brings the screen on top up to date.
func (r *Root) refresh(msg screen.BoardMsg) tea.Cmd {
	p := r.router.current()
	p.stale = false
	return p.scr.Update(msg)
}

// shown is what happens whenever another screen comes to the top.
func (r *Root) shown(cmd tea.Cmd) tea.Cmd {
	p := r.router.current()
	p.scr.SetSize(r.body())
	cmds := []tea.Cmd{cmd}
	if p.stale {
		cmds = append(cmds, p.scr.Update(screen.ScopeMsg{Namespaces: r.env.Scope.Namespaces}),
			p.scr.Update(screen.ThemeMsg{}), r.refresh(screen.BoardMsg{Version: r.env.Boards.Board().Version}))
	}
	r.lookForErrors()
	return tea.Batch(cmds...)
}

// open shows a place. A command opens it as a new beginning; what is on top already is not opened twice.
func (r *Root) open(place screen.Place, top bool) tea.Cmd {
	if cur := r.router.current(); cur.place == place {
		return nil
	}
	return r.shown(r.router.push(&page{place: place, scr: r.build(place), top: top}))
}

// back goes to the screen before.
func (r *Root) back() tea.Cmd { return r.shown(r.router.move(r.router.at - 1)) }

// resize gives every cell but the first and last line to the screen.
func (r *Root) resize(width, height int) {
	r.width, r.height = width, height
	r.router.current().scr.SetSize(r.body())
	r.prompt.SetSize(width, max(height/2, 2))
	r.dialogs.SetSize(width, height)
}

// body is the size of the screen between header and footer.
func (r *Root) body() (width, height int) { return r.width, max(r.height-2, 0) }

// rescope looks at other namespaces everywhere.
func (r *Root) rescope(namespaces []string) tea.Cmd {
	r.env.Scope.Namespaces = namespaces
	r.env.Fleet.SetScope(namespaces)
	for _, p := range r.router.pages {
		p.stale = true
	}
	return r.router.current().scr.Update(screen.ScopeMsg{Namespaces: namespaces})
}
