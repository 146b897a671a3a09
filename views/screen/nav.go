package screen

import (
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/dialog"
)

// Page names a kind of screen.
type Page string

// The pages.
const (
	PageFunctions  Page = "functions"
	PageFunction   Page = "function"
	PageDescribe   Page = "describe"
	PageYAML       Page = "yaml"
	PageContexts   Page = "contexts"
	PageNamespaces Page = "namespaces"
	PageObjects    Page = "objects"
	PageEvents     Page = "events"
	PageErrors     Page = "errors"
	PageHelp       Page = "help"
	PagePosture    Page = "posture"
	PageFinding    Page = "finding"
	PageFindings   Page = "findings"
	PageBlast      Page = "blast"
	PageAccess     Page = "access"
	PageNetwork    Page = "network"
	PageSecrets    Page = "secrets"
	PagePolicies   Page = "policies"
	PagePlatforms  Page = "platforms"
	PageTighten    Page = "tighten"
	PagePlan       Page = "plan"
	PageJournal    Page = "journal"
	PageJobs       Page = "jobs"
	PageRotate     Page = "rotate"
	PageDeploy     Page = "deploy"
	PageLogs       Page = "logs"
	PageMetrics    Page = "metrics"
	PageInvoke     Page = "invoke"
	PageForwards   Page = "forwards"
	PageDiff       Page = "diff"
)

// Place says which screen to show, and of what. Only the fields that the page needs are set.
type Place struct {
	Page     Page
	Function model.FunctionID // function, events, posture, finding, diff, describe
	Target   Target           // describe, YAML, diff
	Path     string           // YAML: the field to begin at
	Finding  FindingKey       // finding: which
	Subject  check.Subject    // finding: whose, when it is no function's
	Context  string           // objects, finding of a subject: the cluster
	Resource string           // objects: kind, plural or short name, with its group
	Filter   string           // functions, objects, events: the filter to begin with
	Topic    string           // help: what to search for
	Question Question         // access: what is asked, instead of a function
	Group    Grouping         // findings: how they are grouped
	Platform check.Subject    // platforms: one of them, in Context; zero: all
	Intent   check.Intent     // tighten of a function: only this one
	Work     *Work            // tighten of several functions
	Order    *Order           // plan: what is asked for
	Change   string           // plan: the job instead; journal: one change
	Rotation *Rotation        // rotate: which Secrets
	Deploy   *Making          // deploy: what
	Logs     *Logging         // logs: whose
}

// Grouping says by what findings are summed up.
type Grouping uint8

// The groupings, in the order in which a key goes through them.
const (
	ByControl Grouping = iota
	ByFunction
	ByNamespace
	NotGrouped
)

// OpenMsg asks the root to show a place. The history keeps where the operator came from.
type OpenMsg struct{ Place Place }

// BackMsg asks the root to go back to the screen before.
type BackMsg struct{}

// ScopeMsg asks the root to look at these namespaces (none: all), and after that tells the screens that it happened.
type ScopeMsg struct {
	Namespaces []string
	Then       Page // the screen to go to; empty: stay
}

// SwitchMsg asks the root to switch to contexts of the kubeconfig, side by side.
type SwitchMsg struct{ Contexts []string }

// CopyMsg asks the root to put a text into the clipboard.
type CopyMsg struct{ Text, What string }

// NoticeMsg asks the root to show a line in the footer and to keep it in the errors screen.
type NoticeMsg struct {
	Severity status.Severity
	Source   string // what was being done
	Text     string
}

// PickMsg asks the root to let the operator choose from a list. The root hands the ids that were chosen to Chosen;
// nothing happens when the operator gives up.
type PickMsg struct {
	Title    string
	Items    []PickItem
	Multiple bool
	Empty    string // drawn when there is nothing to choose
	// Ordered lets items be moved: what is chosen comes in the order that they have then.
	Ordered bool
	// AllowText lets what was typed be chosen although it is no item.
	AllowText bool
	Chosen    func(ids []string) tea.Cmd
}

// DialogMsg asks the root to show a dialog that the operator's key asked for.
type DialogMsg struct{ Dialog dialog.Dialog }

// PickItem is one line of a PickMsg.
type PickItem struct {
	ID, Text, Note string
	Chosen         bool
	Disabled       string // why it cannot be chosen; empty when it can
}

// ThemeMsg says that the theme of the Env changed.
type ThemeMsg struct{}

// TickMsg tells the screen on top that a second has passed.
type TickMsg struct{ Now time.Time }

// Footer is what a screen puts into the footer line.
type Footer struct {
	Marked, Shown, Total int    // Total below zero: no counts
	Noun                 string // for "4 of 1,204 functions"
	Filter               string
	Sort                 string // `NAME ↑`
	Note                 string // anything else, in a few words
}

// Send is a command that delivers a message.
func Send(msg tea.Msg) tea.Cmd { return sent{msg}.deliver }

type sent struct{ msg tea.Msg }

func (s sent) deliver() tea.Msg { return s.msg }

var delivers = reflect.ValueOf(sent{}.deliver).Pointer()

// Sent returns the message of a command that Send made. Whoever handles it before the next key lets no key go where the
// operator did not mean it: those typed behind "o" belong to the picker that it opens.
func Sent(cmd tea.Cmd) (tea.Msg, bool) {
	if cmd == nil || reflect.ValueOf(cmd).Pointer() != delivers {
		return nil, false
	}
	return cmd(), true
}
