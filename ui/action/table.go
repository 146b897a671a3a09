package action

// The actions of the console. Each is listed once a screen adds a handler for it.
const (
	Command, Filter, Help, Back, Close, Quit, Suspend, Errors, Reconnect ID = "command", "filter", "help", "back", "close",
		"quit", "suspend", "errors", "reconnect"
	MoveDown, MoveUp, MoveTop, MoveBottom                       ID = "move-down", "move-up", "move-top", "move-bottom"
	HalfPageDown, HalfPageUp, PageDown, PageUp                  ID = "half-page-down", "half-page-up", "page-down", "page-up"
	ScrollLeft, ScrollRight                                     ID = "scroll-left", "scroll-right"
	Open, HistoryBack, HistoryForward, LastView                 ID = "open", "history-back", "history-forward", "last-view"
	Mark, MarkRange, MarkInvert                                 ID = "mark", "mark-range", "mark-invert"
	Namespaces, AllNamespaces, Favourite                        ID = "namespaces", "all-namespaces", "favourite"
	SortPicker, Wide, Faults, Columns                           ID = "sort", "wide", "faults", "columns"
	Posture, Blast, Network, AccessView                         ID = "posture", "blast", "network", "access"
	GroupBy, Accept                                             ID = "group-by", "accept"
	Describe, YAML, Edit, Diff                                  ID = "describe", "yaml", "edit", "diff"
	Logs, PreviousLogs, Metrics                                 ID = "logs", "previous-logs", "metrics"
	Tighten, Rotate, Restart, Deploy, Delete, Menu, Undo        ID = "tighten", "rotate", "restart", "deploy", "delete", "menu", "undo"
	Invoke, Shell, PortForward                                  ID = "invoke", "shell", "port-forward"
	CopyName, CopyField, SaveView                               ID = "copy-name", "copy-field", "save-view"
	Search, SearchNext, SearchPrevious, FilterLines             ID = "search", "search-next", "search-previous", "filter-lines"
	Wrap, Timestamps, Follow, Level, SinceLess, SinceMore       ID = "wrap", "timestamps", "follow", "level", "since-less", "since-more"
	PreviousContainer, Pretty, CopyLine, Fold, FoldAll          ID = "previous-container", "pretty", "copy-line", "fold", "fold-all"
	NextStep, ToggleStep, SideBySide, Export, Apply, CancelPlan ID = "next-step", "toggle-step", "side-by-side", "export",
		"apply", "cancel-plan"
	PreviousStep, StopChange                ID = "previous-step", "stop-change"
	Peek, Give                              ID = "peek", "give"
	Scale, Pause, Resume, Rollback, Traffic ID = "scale", "pause", "resume", "rollback", "traffic"
	RunNow                                  ID = "run"
	Fields, Sources                         ID = "fields", "sources"
	Clone, ShowPlan, Interview, NextPane    ID = "clone", "show-plan", "interview", "next-pane"
)

// The groups of help, in the order of the table.
const (
	groupGeneral = "General"
	groupMove    = "Move"
	groupView    = "View"
	groupSelect  = "Select"
	groupLook    = "Look at"
	groupSecure  = "Secure"
	groupChange  = "Change"
	groupRun     = "Run"
	groupText    = "Text"
	groupPlan    = "Plan"
)

const everywhere = Lists | Pagers | Plan

var none = []string{}

// table is every default key of the console, in the order of help. Nothing else names a default key.
var table = []Spec{
	{ID: Command, Keys: keys(":"), Title: "command", Tooltip: "Type a command: a kind, a namespace, a context.", Group: groupGeneral, Set: everywhere},
	{ID: Filter, Keys: keys("/"), Title: "filter", Tooltip: "Show only the rows that match.", Group: groupGeneral, Set: Lists},
	{ID: Help, Keys: keys("?"), Title: "help", Tooltip: "Show every key and command.", Group: groupGeneral, Set: everywhere},
	{ID: Back, Keys: keys("esc"), Title: "back", Tooltip: "Clear the filter or the marks, then leave the screen.", Group: groupGeneral, Set: Lists | Pagers, Fixed: true},
	{ID: Close, Keys: keys("q"), Title: "back or quit", Tooltip: "Leave the screen; at the first one quit.", Group: groupGeneral, Set: Lists | Pagers},
	{ID: Quit, Keys: keys("ctrl-c"), Title: "quit", Tooltip: "Quit; asks when a change, a forward or a shell is running.", Group: groupGeneral, Set: everywhere, Fixed: true},
	{ID: Suspend, Keys: keys("ctrl-z"), K9s: none, Title: "suspend", Tooltip: "Go to the shell; fg comes back.", Group: groupGeneral, Set: everywhere},
	{ID: Errors, Keys: keys("!"), Title: "errors", Tooltip: "Show every error and warning with its time.", Group: groupGeneral, Set: everywhere},
	{ID: Reconnect, Keys: keys("ctrl-r"), Title: "retry now", Tooltip: "Connect again now instead of waiting; make a plan anew.", Group: groupGeneral, Set: everywhere},

	{ID: MoveDown, Keys: keys("j", "down"), Title: "down", Tooltip: "Move down.", Group: groupMove, Set: everywhere},
	{ID: MoveUp, Keys: keys("k", "up"), Title: "up", Tooltip: "Move up.", Group: groupMove, Set: everywhere},
	{ID: MoveTop, Keys: keys("g", "home"), Title: "top", Tooltip: "Go to the first line.", Group: groupMove, Set: everywhere},
	{ID: MoveBottom, Keys: keys("G", "end"), Title: "bottom", Tooltip: "Go to the last line; in text 42G goes to line 42.", Group: groupMove, Set: everywhere},
	{ID: HalfPageDown, Keys: keys("ctrl-d"), Title: "half a page down", Tooltip: "Move half a page down.", Group: groupMove, Set: everywhere},
	{ID: HalfPageUp, Keys: keys("ctrl-u"), Title: "half a page up", Tooltip: "Move half a page up.", Group: groupMove, Set: everywhere},
	{ID: PageDown, Keys: keys("ctrl-f", "pgdown"), Title: "page down", Tooltip: "Move a page down.", Group: groupMove, Set: everywhere},
	{ID: PageUp, Keys: keys("ctrl-b", "pgup"), Title: "page up", Tooltip: "Move a page up.", Group: groupMove, Set: everywhere},
	{ID: ScrollLeft, Keys: keys("left"), Title: "scroll left", Tooltip: "Scroll the columns or the text to the left.", Group: groupMove, Set: everywhere},
	{ID: ScrollRight, Keys: keys("right"), Title: "scroll right", Tooltip: "Scroll the columns or the text to the right.", Group: groupMove, Set: everywhere},

	{ID: Open, Keys: keys("enter"), Title: "open", Tooltip: "Open what is under the cursor.", Group: groupView, Set: Lists},
	{ID: HistoryBack, Keys: keys("["), Title: "previous view", Tooltip: "Go to the view before this one.", Group: groupView, Set: Lists},
	{ID: HistoryForward, Keys: keys("]"), Title: "next view", Tooltip: "Go forward again.", Group: groupView, Set: Lists},
	{ID: LastView, Keys: keys("-"), Title: "last view", Tooltip: "Go to the last view and back.", Group: groupView, Set: Lists},
	{ID: Namespaces, Keys: keys("n"), Title: "namespaces", Tooltip: "Choose one or more namespaces.", Group: groupView, Set: Lists},
	{ID: AllNamespaces, Keys: keys("0"), Title: "all namespaces", Tooltip: "Show every namespace that may be read.", Group: groupView, Set: Lists},
	{ID: Favourite, Keys: keys("1", "2", "3", "4", "5", "6", "7", "8", "9"), Title: "favourite scope", Tooltip: "Go to a favourite scope.", Group: groupView, Set: Lists},
	{ID: SortPicker, Keys: keys("o"), Title: "sort", Tooltip: "Choose the column to sort by.", Group: groupView, Set: Lists},
	{ID: Wide, Keys: keys("w"), K9s: keys("ctrl-w"), Title: "wide", Tooltip: "Show more columns.", Group: groupView, Set: Lists},
	{ID: Columns, Keys: keys("O"), Title: "columns", Tooltip: "Choose the columns and their order.", Group: groupView, Set: Lists},
	{ID: Faults, Keys: keys("z"), K9s: keys("ctrl-z"), Title: "only faults", Tooltip: "Show only what is not well.", Group: groupView, Set: Lists},

	{ID: Mark, Keys: keys("space"), Title: "mark", Tooltip: "Mark or unmark the row.", Group: groupSelect, Set: Lists},
	{ID: MarkRange, Keys: keys("V"), K9s: keys("V", "ctrl-space"), Title: "mark range", Tooltip: "Mark from the last mark to here.", Group: groupSelect, Set: Lists},
	{ID: MarkInvert, Keys: keys("*"), Title: "invert marks", Tooltip: "Mark every row that is not marked, and the other way round.", Group: groupSelect, Set: Lists},
	{ID: CopyName, Keys: keys("c"), Title: "copy name", Tooltip: "Copy the name to the clipboard.", Group: groupSelect, Set: Lists},
	{ID: CopyField, Keys: keys("C"), Title: "copy field", Tooltip: "Copy a field of the row to the clipboard.", Group: groupSelect, Set: Lists},
	{ID: SaveView, Keys: keys("ctrl-s"), Title: "save to file", Tooltip: "Save what is shown to a file.", Group: groupSelect, Set: Lists | Pagers},

	{ID: Describe, Keys: keys("d"), Title: "describe", Tooltip: "Show the object in words, with its events.", Group: groupLook, Set: Lists},
	{ID: YAML, Keys: keys("y"), Title: "YAML", Tooltip: "Show the object as YAML; secrets are masked.", Group: groupLook, Set: Lists},
	{ID: Diff, Keys: keys("D"), Title: "diff", Tooltip: "Compare the live object with what was last applied, else with its previous revision.", Group: groupLook, Set: Lists},
	{ID: Logs, Keys: keys("l"), Title: "logs", Tooltip: "Show the logs of all its pods.", Group: groupLook, Set: Lists},
	{ID: PreviousLogs, Keys: keys("p"), Title: "previous logs", Tooltip: "Show the logs of the containers before these.", Group: groupLook, Set: Lists},
	{ID: Metrics, Keys: keys("m"), Title: "metrics", Tooltip: "Show CPU, memory and invocations over time.", Group: groupLook, Set: Lists},

	{ID: Posture, Keys: keys("S"), Title: "posture", Tooltip: "Show how well it is secured, and why.", Group: groupSecure, Set: Lists},
	{ID: Blast, Keys: keys("b"), Title: "blast radius", Tooltip: "Show what an attacker inside it could reach.", Group: groupSecure, Set: Lists},
	{ID: Network, Keys: keys("v"), Title: "network", Tooltip: "Show who may reach it and what it may reach.", Group: groupSecure, Set: Lists},
	{ID: AccessView, Keys: keys("a"), Title: "access", Tooltip: "Show who may change it and read its secrets.", Group: groupSecure, Set: Lists},
	{ID: GroupBy, Keys: keys("t"), Title: "group by", Tooltip: "Sum up findings by control, by function, by namespace, or not at all.", Group: groupSecure, Set: Lists},
	{ID: Accept, Keys: keys("A"), Title: "accept", Tooltip: "Accept the findings with a reason and until a day, in the file of exceptions.", Group: groupSecure, Set: Lists},
	{ID: Tighten, Keys: keys("T"), Title: "tighten", Tooltip: "Choose fixes and see the plan.", Group: groupSecure, Set: Lists, Mutates: true, Plans: true},
	{ID: Give, Keys: keys("W"), Title: "give values", Tooltip: "Give what only you know: values and an audit log that a fix takes.", Group: groupSecure, Set: Lists},
	{ID: Rotate, Keys: keys("R"), Title: "rotate", Tooltip: "Give a Secret new values, and bring them to everything that uses it.", Group: groupSecure, Set: Lists, Mutates: true, Plans: true},
	{ID: Peek, Keys: keys("P"), Title: "peek", Tooltip: "Show the new value under the cursor for a few seconds.", Group: groupSecure, Set: Lists},

	{ID: Edit, Keys: keys("e"), Title: "edit", Tooltip: "Edit the object; the plan is shown before anything is applied.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Restart, Keys: keys("r"), Title: "restart", Tooltip: "Restart its pods.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Deploy, Keys: keys("+"), Title: "deploy", Tooltip: "Deploy a new function.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Scale, Keys: keys("="), Title: "scale", Tooltip: "Set how many replicas it has, at least and at most.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Pause, Keys: none, Title: "pause", Tooltip: "Leave it without pods; what it had is kept.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Resume, Keys: none, Title: "resume", Tooltip: "Give back what a pause took.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: RunNow, Keys: none, Title: "run now", Tooltip: "Run at once what runs by a schedule.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Rollback, Keys: none, Title: "roll back", Tooltip: "Go back to an earlier revision, or to before a change.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Traffic, Keys: none, Title: "traffic", Tooltip: "Divide its requests between revisions.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Clone, Keys: keys("N"), Title: "new like this", Tooltip: "Deploy a new function like the one under the cursor.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: ShowPlan, Keys: keys("M"), Title: "make the plan", Tooltip: "In a form: show what it would make.", Group: groupChange, Set: Lists},
	{ID: NextPane, Keys: keys("tab"), Title: "other side", Tooltip: "In a form: go to what it comes to, and back.", Group: groupChange, Set: Lists},
	{ID: Interview, Keys: keys("L"), Title: "line by line", Tooltip: "In a form: be asked for the fields line by line, without a screen, as a screen reader needs it.", Group: groupChange, Set: Lists},
	{ID: Delete, Keys: keys("X"), Title: "delete", Tooltip: "Delete; every target is named before.", Group: groupChange, Set: Lists, Mutates: true, Plans: true},
	{ID: Undo, Keys: keys("u"), Title: "undo", Tooltip: "Undo the last change of this row.", Group: groupChange, Set: Lists | Plan, Mutates: true, Plans: true},
	{ID: StopChange, Keys: keys("K"), Title: "stop", Tooltip: "Stop the change after the steps that are under way.", Group: groupChange, Set: Lists | Plan},
	{ID: Menu, Keys: keys("x"), Title: "menu", Tooltip: "Show all actions on the selection.", Group: groupChange, Set: Lists},

	{ID: Invoke, Keys: keys("i"), Title: "invoke", Tooltip: "Call the function.", Group: groupRun, Set: Lists, Mutates: true},
	{ID: Shell, Keys: keys("s"), Title: "shell", Tooltip: "Open a shell in a container.", Group: groupRun, Set: Lists, Mutates: true},
	{ID: PortForward, Keys: keys("f"), K9s: keys("F"), Title: "port-forward", Tooltip: "Forward a local port to it.", Group: groupRun, Set: Lists, Mutates: true},

	{ID: Search, Keys: keys("/"), Title: "search", Tooltip: "Search the text.", Group: groupText, Set: Pagers},
	{ID: SearchNext, Keys: keys("n"), Title: "next match", Tooltip: "Go to the next match.", Group: groupText, Set: Pagers},
	{ID: SearchPrevious, Keys: keys("N"), Title: "previous match", Tooltip: "Go to the previous match.", Group: groupText, Set: Pagers},
	{ID: FilterLines, Keys: keys("&"), Title: "filter lines", Tooltip: "Show only the lines that match, with context.", Group: groupText, Set: Pagers},
	{ID: Wrap, Keys: keys("w"), Title: "wrap", Tooltip: "Wrap long lines or not.", Group: groupText, Set: Pagers},
	{ID: Fold, Keys: keys("tab"), Title: "fold", Tooltip: "Fold or unfold the block at the top of the screen.", Group: groupText, Set: Pagers},
	{ID: FoldAll, Keys: keys("shift-tab"), Title: "fold all", Tooltip: "Fold or unfold every block.", Group: groupText, Set: Pagers},
	{ID: Timestamps, Keys: keys("t"), Title: "timestamps", Tooltip: "Show timestamps or not.", Group: groupText, Set: Pagers},
	{ID: Follow, Keys: keys("f"), K9s: keys("s"), Title: "follow", Tooltip: "Follow the end, or pause.", Group: groupText, Set: Pagers},
	{ID: Level, Keys: keys("L"), Title: "level", Tooltip: "Show only lines of a level and worse.", Group: groupText, Set: Pagers},
	{ID: SinceLess, Keys: keys("{"), Title: "since less", Tooltip: "Show a shorter time.", Group: groupText, Set: Pagers},
	{ID: SinceMore, Keys: keys("}"), Title: "since more", Tooltip: "Show a longer time.", Group: groupText, Set: Pagers},
	{ID: PreviousContainer, Keys: keys("P"), Title: "previous container", Tooltip: "Show the container before this one.", Group: groupText, Set: Pagers},
	{ID: Pretty, Keys: keys("enter"), Title: "pretty-print", Tooltip: "Show the line's fields one by one.", Group: groupText, Set: Pagers},
	{ID: Fields, Keys: keys("F"), Title: "fields", Tooltip: "Show fields of JSON and logfmt as columns, or lines as they are.", Group: groupText, Set: Pagers},
	{ID: Sources, Keys: keys("s"), K9s: keys("a"), Title: "sources", Tooltip: "Choose the pods and containers whose lines are shown.", Group: groupText, Set: Pagers},
	{ID: CopyLine, Keys: keys("c"), Title: "copy line", Tooltip: "Copy the line to the clipboard.", Group: groupText, Set: Pagers},

	{ID: NextStep, Keys: keys("tab"), Title: "next step", Tooltip: "Go to the next step.", Group: groupPlan, Set: Plan},
	{ID: PreviousStep, Keys: keys("shift-tab"), Title: "previous step", Tooltip: "Go to the step before.", Group: groupPlan, Set: Plan},
	{ID: ToggleStep, Keys: keys("space"), Title: "step on or off", Tooltip: "Leave the step out, or take it in.", Group: groupPlan, Set: Plan},
	{ID: SideBySide, Keys: keys("D"), Title: "side by side", Tooltip: "Show the diff side by side.", Group: groupPlan, Set: Plan},
	{ID: Export, Keys: keys("E"), Title: "export", Tooltip: "Write the change to files instead of applying it.", Group: groupPlan, Set: Lists | Plan},
	{ID: Apply, Keys: keys("A"), Title: "apply", Tooltip: "Apply the plan.", Group: groupPlan, Set: Plan, Mutates: true},
	{ID: CancelPlan, Keys: keys("esc"), Title: "cancel", Tooltip: "Leave the plan; nothing is applied.", Group: groupPlan, Set: Plan, Fixed: true},
}

func keys(k ...string) []string { return k }

// Table returns the table of defaults: what is built and what is not.
func Table() []Spec { return append([]Spec(nil), table...) }
