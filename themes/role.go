package themes

// Role names what a piece of text means. Widgets and screens name roles, never colours.
type Role uint8

// The roles. A theme's table has to name only the first group; every other role falls back
// to one of them (see fallback), so a new theme is one short table.
const (
	// Text is ordinary text and has no style in any built-in theme.
	Text Role = iota
	// Muted is text of second rank: units, hints, what is not known.
	Muted
	// Accent draws the eye without judging: names, counts, the active thing.
	Accent
	// Title is the name of a screen, panel or dialog.
	Title
	// Cursor is the row under the cursor.
	Cursor
	// Mark is a marked row.
	Mark
	// Match is the part of a text that a search or filter found.
	Match
	// Border is a frame or a rule.
	Border
	// OK, Info, Warning, Error and Critical are judgements, from good to worst.
	OK
	Info
	Warning
	Error
	Critical
	// Idle is a normal rest: scaled to zero, paused.
	Idle
	// Bar is the background of the header and footer lines.
	Bar

	// HeaderBar and FooterBar are the first and the last line of the console.
	HeaderBar
	FooterBar
	// Crumb is a step of the path in the header, CrumbActive its last one.
	Crumb
	CrumbActive
	// ColumnHeader is a column's title, ColumnSorted the title of the sorted one.
	ColumnHeader
	ColumnSorted
	// CursorMarked is a marked row under the cursor.
	CursorMarked
	// Stale is data that is no longer confirmed by its source.
	Stale
	// Denied is what the operator may not read or do.
	Denied
	// Unknown is what could not be decided.
	Unknown
	// BorderFocus is the frame of the panel that has the keys.
	BorderFocus
	// Panel is the title of a panel within a screen.
	Panel
	// Label is the name of a field, Value its value.
	Label
	Value
	// Badge is a short word set beside a text.
	Badge
	// ReadOnly is the note that nothing can be changed.
	ReadOnly

	// The states of a function.
	StateReady
	StateBuilding
	StateDeploying
	StateFailed
	StateIdle
	StatePaused
	StateDeleting
	StateNoWorkload
	StateOrphaned
	StateOpaque
	StateUnknown

	// The severities of a finding.
	SeverityCritical
	SeverityHigh
	SeverityMedium
	SeverityLow
	SeverityInfo

	// The grades of a posture.
	GradeA
	GradeB
	GradeC
	GradeD
	GradeF

	// The exposures of a function.
	ExposureNone
	ExposureNamespace
	ExposureCluster
	ExposureNode
	ExposurePrivate
	ExposureInternet
	// ExposureOpen is internet without authentication.
	ExposureOpen

	// The states of a connection.
	ConnConnecting
	ConnLive
	ConnStale
	ConnDenied
	ConnAuth

	// Dialogs and buttons.
	Dialog
	DialogTitle
	DialogBorder
	Button
	ButtonFocus
	// Danger is a choice that changes or deletes something.
	Danger

	// The prompt, its completions, and what is wrong with the input.
	Prompt
	PromptText
	Placeholder
	PromptError
	Suggestion
	SuggestionSelected
	SuggestionHint

	// Key is a key in a hint, KeyText what it does, KeyDisabled an action that cannot run now.
	Key
	KeyText
	KeyDisabled
	// Spinner is the sign that something is under way.
	Spinner
	// Link is a URL.
	Link

	// Parts of YAML, describe and logs.
	SyntaxKey
	SyntaxString
	SyntaxNumber
	SyntaxKeyword
	SyntaxComment
	SyntaxPunctuation
	LineNumber

	// Parts of a diff.
	DiffAdd
	DiffDelete
	DiffHunk

	// Series are the colours of things that have none of their own: pods in a log, lines in a chart.
	Series1
	Series2
	Series3
	Series4
	Series5
	Series6

	roleCount
)

// fallback says which role's style a role takes when a theme's table does not name it. The
// chain always ends at a role of the first group, or at Text.
var fallback = [roleCount]Role{
	HeaderBar: Bar, FooterBar: Bar, Crumb: Text, CrumbActive: Accent,
	ColumnHeader: Title, ColumnSorted: Accent, CursorMarked: Cursor,
	Stale: Muted, Denied: Warning, Unknown: Muted, BorderFocus: Accent,
	Panel: Title, Label: Muted, Value: Text, Badge: Warning, ReadOnly: Warning,

	StateReady: OK, StateBuilding: Info, StateDeploying: Info, StateFailed: Error,
	StateIdle: Idle, StatePaused: Idle, StateDeleting: Warning, StateNoWorkload: Warning,
	StateOrphaned: Warning, StateOpaque: Muted, StateUnknown: Unknown,

	SeverityCritical: Critical, SeverityHigh: Error, SeverityMedium: Warning,
	SeverityLow: Info, SeverityInfo: Muted,

	GradeA: OK, GradeB: OK, GradeC: Warning, GradeD: Error, GradeF: Critical,

	ExposureNone: Muted, ExposureNamespace: Text, ExposureCluster: Text, ExposureNode: Warning,
	ExposurePrivate: Info, ExposureInternet: Warning, ExposureOpen: Critical,

	ConnConnecting: Info, ConnLive: OK, ConnStale: Warning, ConnDenied: Error, ConnAuth: Warning,

	Dialog: Text, DialogTitle: Title, DialogBorder: BorderFocus,
	Button: Text, ButtonFocus: Cursor, Danger: Error,

	Prompt: Accent, PromptText: Text, Placeholder: Muted, PromptError: Error,
	Suggestion: Text, SuggestionSelected: Cursor, SuggestionHint: Muted,

	Key: Accent, KeyText: Muted, KeyDisabled: Muted, Spinner: Accent, Link: Info,

	SyntaxKey: Accent, SyntaxString: Text, SyntaxNumber: Info, SyntaxKeyword: Info,
	SyntaxComment: Muted, SyntaxPunctuation: Muted, LineNumber: Muted,

	DiffAdd: OK, DiffDelete: Error, DiffHunk: Info,

	Series1: Info, Series2: OK, Series3: Accent, Series4: Warning, Series5: Text, Series6: Muted,
}

// Series returns the role of the n-th thing in a row of things to tell apart; it wraps around.
func Series(n int) Role {
	const kinds = int(Series6-Series1) + 1
	return Series1 + Role(((n%kinds)+kinds)%kinds)
}
