package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// What changes are made of.
type (
	Order = workshop.Order
	Draft = workshop.Draft
	Job   = workshop.Job
	Fixes = workshop.Fixes
	Fix   = workshop.Fix
	Given = tighten.Given
)

// Changes has changes planned and carried out. What takes time belongs into commands, with a context that ends with the
// screen; a change that was begun goes on without one. A BoardMsg says that a job has something to tell.
type Changes interface {
	// Refusal says why nothing can be changed on the cluster of a context, not even planned; empty: it can be tried.
	Refusal(context string) string
	// ReadOnly reports whether plans can only be looked at and exported there.
	ReadOnly(context string) bool
	// Fixes asks frameworks what cures the functions; rest are those that are still to be asked about. Given is what the
	// operator knows, nil for nothing. It takes time.
	Fixes(ctx context.Context, context string, ids []model.FunctionID, given *Given) (all []Fixes, rest []model.FunctionID, err error)
	// AuditLog reads what an API server wrote down into a file. It takes time.
	AuditLog(ctx context.Context, name string) (*auditlog.Log, error)
	// Unable says at once why a function cannot be treated so; empty: a plan can be made.
	Unable(id model.FunctionID, act plan.Act) string
	// Revisions lists the states of a function that can be gone back to, the newest first. It takes time.
	Revisions(ctx context.Context, id model.FunctionID) ([]plan.Revision, error)
	// Plan takes time.
	Plan(ctx context.Context, o *Order) (*Draft, error)
	// Without is the plan without steps of these numbers.
	Without(d *Draft, numbers []int) *Draft
	// Start begins to carry a plan out, and returns the id of the job.
	Start(d *Draft, confirmed []change.Confirmation) (string, error)
	// Export writes a plan into a folder. It takes time.
	Export(d *Draft, folder string) (files int, left []string, err error)
	Job(id string) (Job, bool)
	Jobs() []Job // of this session, the newest first
	// Stop ends a job after the steps that are under way.
	Stop(id string)
	// Running counts the jobs that are not over.
	Running() int
	// Book is the journal. It takes time.
	Book() (*journal.Book, error)
}

// Work is what a change can be about.
type Work struct {
	Title     string // "charge-card in payments", "3 functions"
	Functions []model.FunctionID
	Intents   []check.Intent // only these; none: all that cure something
}

// What actions ask of a screen that something can be changed from.
type (
	// Worker screens have functions marked or under the cursor, or something that functions can be cured of. The text
	// says why there is nothing to do.
	Worker interface{ Work() (Work, string) }
	// Giver screens take what only the operator knows. GiveRefusal says why nothing is taken.
	Giver interface {
		Give() tea.Cmd
		GiveRefusal() string
	}
	// Undoer screens have a change under the cursor. The text says why it cannot be undone.
	Undoer interface {
		Undo() (order *Order, refusal string)
	}
	// Stopper screens have a job under the cursor that can be stopped. StopRefusal says why not.
	Stopper interface {
		Stop() tea.Cmd
		StopRefusal() string
	}
	// Planned screens show a plan.
	Planned interface {
		Exporter
		NextStep(by int) tea.Cmd
		ToggleStep() tea.Cmd
		ToggleRefusal() string
		ToggleSides() tea.Cmd
		Apply() tea.Cmd
		ApplyRefusal() string
	}
)
