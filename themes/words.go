package themes

// words maps the words of the console's closed lists to their roles, one map per list because
// "none" and "unknown" occur in several.
var (
	stateWords = map[string]Role{
		"ready": StateReady, "building": StateBuilding, "deploying": StateDeploying,
		"failed": StateFailed, "idle": StateIdle, "paused": StatePaused,
		"deleting": StateDeleting, "no-workload": StateNoWorkload,
		"orphaned": StateOrphaned, "opaque": StateOpaque,
	}
	severityWords = map[string]Role{
		"critical": SeverityCritical, "high": SeverityHigh, "medium": SeverityMedium,
		"low": SeverityLow, "info": SeverityInfo,
	}
	gradeWords = map[byte]Role{'A': GradeA, 'B': GradeB, 'C': GradeC, 'D': GradeD, 'F': GradeF}

	exposureWords = map[string]Role{
		"none": ExposureNone, "namespace": ExposureNamespace, "cluster": ExposureCluster,
		"node": ExposureNode, "private": ExposurePrivate, "internet": ExposureInternet,
		"internet!": ExposureOpen,
	}
	connectionWords = map[string]Role{
		"connecting": ConnConnecting, "live": ConnLive, "stale": ConnStale,
		"denied": ConnDenied, "auth-needed": ConnAuth, "files": ConnLive, "demo": ConnLive,
	}
)

// State returns the role of a function's state; a word it does not know is StateUnknown.
func State(word string) Role { return lookup(stateWords, word, StateUnknown) }

// Severity returns the role of a finding's severity; a word it does not know is Unknown.
func Severity(word string) Role { return lookup(severityWords, word, Unknown) }

// Exposure returns the role of an exposure, "internet!" included; a word it does not know is Unknown.
func Exposure(word string) Role { return lookup(exposureWords, word, Unknown) }

// Connection returns the role of a connection state; a word it does not know is Unknown.
func Connection(word string) Role { return lookup(connectionWords, word, Unknown) }

// Grade returns the role of a grade; "B?" counts as B, and what is no grade is Unknown.
func Grade(word string) Role {
	if word == "" {
		return Unknown
	}
	return lookup(gradeWords, word[0], Unknown)
}

func lookup[K comparable](m map[K]Role, key K, otherwise Role) Role {
	if r, ok := m[key]; ok {
		return r
	}
	return otherwise
}

// Glyph returns the one-cell sign of a judgement, so that it is never told by colour alone. It
// is empty for roles that judge nothing.
func Glyph(r Role) string {
	for range roleCount {
		switch r {
		case OK:
			return "✓"
		case Info:
			return "·"
		case Warning:
			return "▲"
		case Error:
			return "✗"
		case Critical:
			return "‼"
		case Idle:
			return "○"
		case Unknown:
			return "?"
		case Text:
			return ""
		}
		r = fallback[r]
	}
	return ""
}
