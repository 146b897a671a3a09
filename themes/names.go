package themes

import "slices"

// roleNames are the names of the roles in files, in the order of the roles.
var roleNames = [roleCount]string{
	Text: "text", Muted: "muted", Accent: "accent", Title: "title", Cursor: "cursor", Mark: "mark", Match: "match",
	Border: "border", OK: "ok", Info: "info", Warning: "warning", Error: "error", Critical: "critical", Idle: "idle", Bar: "bar",
	HeaderBar: "header-bar", FooterBar: "footer-bar", Crumb: "crumb", CrumbActive: "crumb-active", ColumnHeader: "column-header",
	ColumnSorted: "column-sorted", CursorMarked: "cursor-marked", Stale: "stale", Denied: "denied", Unknown: "unknown",
	BorderFocus: "border-focus", Panel: "panel", Label: "label", Value: "value", Badge: "badge", ReadOnly: "read-only",
	StateReady: "state-ready", StateBuilding: "state-building", StateDeploying: "state-deploying", StateFailed: "state-failed",
	StateIdle: "state-idle", StatePaused: "state-paused", StateDeleting: "state-deleting", StateNoWorkload: "state-no-workload",
	StateOrphaned: "state-orphaned", StateOpaque: "state-opaque", StateUnknown: "state-unknown",
	SeverityCritical: "severity-critical", SeverityHigh: "severity-high", SeverityMedium: "severity-medium",
	SeverityLow: "severity-low", SeverityInfo: "severity-info", GradeA: "grade-a", GradeB: "grade-b", GradeC: "grade-c",
	GradeD: "grade-d", GradeF: "grade-f", ExposureNone: "exposure-none", ExposureNamespace: "exposure-namespace",
	ExposureCluster: "exposure-cluster", ExposureNode: "exposure-node", ExposurePrivate: "exposure-private",
	ExposureInternet: "exposure-internet", ExposureOpen: "exposure-open", ConnConnecting: "conn-connecting", ConnLive: "conn-live",
	ConnStale: "conn-stale", ConnDenied: "conn-denied", ConnAuth: "conn-auth", Dialog: "dialog", DialogTitle: "dialog-title",
	DialogBorder: "dialog-border", Button: "button", ButtonFocus: "button-focus", Danger: "danger", Prompt: "prompt",
	PromptText: "prompt-text", Placeholder: "placeholder", PromptError: "prompt-error", Suggestion: "suggestion",
	SuggestionSelected: "suggestion-selected", SuggestionHint: "suggestion-hint", Key: "key", KeyText: "key-text",
	KeyDisabled: "key-disabled", Spinner: "spinner", Link: "link", SyntaxKey: "syntax-key", SyntaxString: "syntax-string",
	SyntaxNumber: "syntax-number", SyntaxKeyword: "syntax-keyword", SyntaxComment: "syntax-comment",
	SyntaxPunctuation: "syntax-punctuation", LineNumber: "line-number", DiffAdd: "diff-add", DiffDelete: "diff-delete",
	DiffHunk: "diff-hunk", Series1: "series1", Series2: "series2", Series3: "series3", Series4: "series4", Series5: "series5",
	Series6: "series6",
}

// RoleNames returns the names of all roles.
func RoleNames() []string { return slices.Clone(roleNames[:]) }

// RoleByName finds a role by its name in files, such as `grade-f`.
func RoleByName(name string) (Role, bool) {
	i := slices.Index(roleNames[:], name)
	return Role(max(i, 0)), i >= 0
}
