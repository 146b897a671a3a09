// Package screen is the leaf that all screens share: what a screen is, what it may ask for, and how it moves to
// another one.
//
// Its one rule: it imports no screen. Screens meet only through the messages declared here.
package screen

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/compare"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
)

// BoardMsg says that a newer board can be taken. It carries the version only.
type BoardMsg struct{ Version uint64 }

// Boards gives the newest board. It never blocks.
type Boards interface {
	Board() *board.Board
}

// Context is one context of the kubeconfig.
type Context = fleet.Context

// Fleet steers the clusters. All methods return at once; what they cause shows on the board.
type Fleet interface {
	Contexts() ([]Context, error)
	// Open shows these contexts side by side, and leaves what else is open.
	Open(contexts ...string) error
	// SetScope asks for the namespaces (none: all) on all open clusters. A name that is not known yet is probed.
	SetScope(namespaces []string)
	Retry()
	Errors() []status.Entry // newest first
}

// Target is an object of one cluster.
type Target = inspect.Target

// Event is one Kubernetes event about an object.
type Event = inspect.Event

// Objects reads single objects when an operator asks for them. The calls take time: they belong into commands,
// with a context that ends with the screen. Texts may hold anything: clean them before they are drawn.
type Objects interface {
	// YAML returns the object without managedFields; values of Secrets are masked.
	YAML(ctx context.Context, t Target) (string, error)
	Describe(ctx context.Context, t Target) (string, error)
	// Events lists events about the objects, newest first.
	Events(ctx context.Context, targets []Target) ([]Event, error)
	// Record returns what the store holds of the object now, nil when nothing. It does not take time.
	Record(t Target) model.Object
	// List asks the server for a table of any kind, by kind, plural or short name with an optional group.
	List(ctx context.Context, context, resource string, namespaces []string) (*Table, error)
}

// Comparisons holds objects against what was last applied, else against the revision before.
type Comparisons interface {
	// Compare takes time. The id is that of the function that the object belongs to, zero for none.
	Compare(ctx context.Context, t Target, id model.FunctionID) (*compare.Sides, error)
}

// The tables that the server makes.
type (
	Table    = inspect.Table
	Column   = inspect.Column
	TableRow = inspect.TableRow
)

// Kind is a kind that a cluster serves.
type Kind = inspect.Kind

// Kinds knows what the clusters serve. It answers at once, from what discovery has read so far.
type Kinds interface {
	// Served returns the kinds that a word can mean in a context: plural, singular, short name, kind, or one of them
	// with its group (`jobs.batch`, `secrets.v1`). Several when groups share the word.
	Served(context, word string) []Kind
	// All lists every served kind, for completion.
	All(context string) []Kind
}

// Facts answers what no row holds, from the facts that the postures of the rows are computed from.
type Facts interface {
	// Ask has a question answered about the cluster of a context. It takes time: it belongs into a command, with a
	// context that ends with the screen. The reader must not be kept.
	Ask(ctx context.Context, context string, question func(*snapshot.Reader)) error
}

// Exceptions keeps the risks that the operator accepts.
type Exceptions interface {
	// Refusal says why nothing can be accepted; empty where it can be tried. It does not take time.
	Refusal() string
	// Check says why nothing can be written, and Accept writes risks, all or none, and has them count. They take time:
	// they belong into commands.
	Check() error
	Accept(risks []snapshot.Exception) error
}

// Places knows where the objects of manifests stand.
type Places interface {
	// Position returns where a field of an object stands, from 1, or the nearest field around it; file is empty when no
	// file holds the object.
	Position(ref model.Ref, path string) (file string, line, column int)
}

// Deps is all that a screen may ask for.
type Deps struct {
	Boards  Boards
	Fleet   Fleet
	Objects Objects
	Kinds   Kinds  // nil: nothing is known, so the server decides what a word means
	Facts   Facts  // nil: posture is not judged
	Rights  Rights // nil: the API server is not asked
	// Exceptions is nil where no risk can be accepted.
	Exceptions Exceptions
	// Baseline are the fingerprints of an earlier report; nil: there is none, and nothing is new.
	Baseline map[string]bool
	Places   Places // nil: objects stand in no file
	// Changes is nil where nothing can be changed.
	Changes Changes
	// Rotations is nil where no Secret can be rotated, Editor where values cannot be written in one.
	Rotations Rotations
	Editor    Editor
	// Deployments is nil where no function can be made.
	Deployments Deployments
	Logs        logs.Opener // nil where no logs can be read
	// Metrics is nil where nothing can be measured.
	Metrics Metrics
	// Prometheus is nil where none is configured.
	Prometheus Prometheus
	// These are nil on manifests: nothing runs there.
	Calls    Calls
	Forwards Forwards
	Shells   Shells
	Editing  Editing
	// Comparisons is nil on manifests: they are what is applied.
	Comparisons Comparisons
}

// Env is what every screen is made with. There is one for the whole console, so a change of it is seen by all.
type Env struct {
	Deps
	Theme themes.Theme
	Now   func() time.Time
	// Scope is what the operator looks at. Screens read it; a ScopeMsg says that it changed.
	Scope Scope
	// LogOptions is what the operator wants of logs.
	LogOptions LogOptions
	// Layouts are the columns that the operator chose, by the name of the table, in their order.
	Layouts map[string][]string
	// Custom are columns of the operator's own for the functions table.
	Custom []CustomColumn
	// Notices is what the console itself had to say.
	Notices *Notices
}

// CustomColumn shows a label of what declares a function.
type CustomColumn struct {
	Title string
	Label string
}

// Scope is the part of the clusters on screen.
type Scope struct {
	// Namespaces on screen; none means all that can be seen.
	Namespaces []string
}

// Has reports whether the namespace is in the scope. What lies in no namespace always is.
func (s Scope) Has(namespace string) bool {
	return len(s.Namespaces) == 0 || namespace == "" || slices.Contains(s.Namespaces, namespace)
}

// Screen is one page of the console. It is no Bubble Tea model: the root routes messages to it.
type Screen interface {
	// Title is the last part of the crumbs: `functions(1,204)`.
	Title() string
	SetSize(width, height int)
	// Update handles a message that the root did not take. Messages of other screens arrive too: a screen takes
	// those that carry its own address.
	Update(msg tea.Msg) tea.Cmd
	// Keys is the key set of the screen.
	Keys() action.KeySet
	// View returns exactly height lines of width cells. It is called after every message: it must cost nothing
	// when nothing changed.
	View() string
	// Close ends what the screen has running.
	Close()
}
