package screen

import (
	"regexp"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/logpane"
)

// Logging is whose logs are shown: those of functions, or of a pod or of all pods of a workload.
type Logging struct {
	Functions []model.FunctionID
	Object    Target // without functions
	Title     string // "charge-card", "3 functions", "Pod charge-card-7d9f"
	Previous  bool   // of the containers before these
}

// LogOptions is what the operator wants of logs.
type LogOptions struct {
	Ring    int           // bytes that are kept; 0: the default
	Tail    int           // last lines of each container that come first; 0: the default, below zero: all
	Since   time.Duration // how far back the first lines lie; 0: Tail says
	Around  int           // lines around each that a filter shows; below zero: none, 0: the default
	Wrap    bool
	Stamps  logpane.Stamps
	Exclude *regexp.Regexp // containers that are not read
	Builds  bool           // read what built the function, too
}

// Logged screens show logs.
type Logged interface {
	ToggleFollow() tea.Cmd
	NextStamps() tea.Cmd
	NextLevel() tea.Cmd
	// Since shows a longer time, or with a negative number a shorter one.
	Since(by int) tea.Cmd
	TogglePrevious() tea.Cmd
	TogglePretty() tea.Cmd
	ToggleFields() tea.Cmd
	PickSources() tea.Cmd
}
