package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/security/model"
)

// Calls calls functions, and remembers what came of it in this session.
type Calls interface {
	// Refusal says at once why nothing is called; empty: it can be tried.
	Refusal(id model.FunctionID) string
	// Plan says how a function is called. It does not take time.
	Plan(id model.FunctionID) plan.Call
	// Call takes time: it belongs into a command, with a context that ends with the screen.
	Call(ctx context.Context, id model.FunctionID, r *invoke.Request) (*invoke.Answer, error)
	// History lists the calls of a function, the newest first. It does not take time.
	History(id model.FunctionID) []*invoke.Exchange
}

// Forwards keeps ports of this machine that lead to pods. They stay when a screen is left. None of it takes time.
type Forwards interface {
	// Refusal says why nothing is forwarded to the cluster of a context; empty: it can be tried.
	Refusal(context string) string
	Open(t forward.Target, address string, ports []forward.Port) (forward.Forward, error)
	List() []forward.Forward
	Stop(id string)
}

// Room is a container in which a shell can be opened.
type Room struct {
	Context   string
	Pod       model.Ref
	Container string
	Note      string // how it is
}

// Shells opens shells in containers.
type Shells interface {
	// Refusal says why none is opened in the cluster of a context; empty: it can be tried.
	Refusal(context string) string
	// Rooms lists the containers of a function, or of a pod, that run, the best first. It does not take time.
	Rooms(id model.FunctionID, pod Target) ([]Room, error)
	// Open is a shell in a container, which takes the terminal meanwhile; attached, it takes part in what runs there.
	Open(r Room, attach bool) tea.ExecCommand
	// MayDebug says why no debug container can be put beside one; empty: it can be tried. It takes time.
	MayDebug(ctx context.Context, r Room) string
	// Debug plans a debug container. It takes time.
	Debug(ctx context.Context, id model.FunctionID, r Room) (*Debugging, error)
}

// Debugging is a debug container that is planned.
type Debugging struct {
	About string
	Asks  []string // what is agreed to with it
	Word  string   // that must be typed; empty: none
	// Make makes it, and waits until it runs. It takes time.
	Make func(ctx context.Context) (Room, error)
}

// Editing has objects changed in the operator's editor.
type Editing interface {
	// Refusal says why an object cannot be edited; empty: it can be tried.
	Refusal(t Target) string
	// Begin reads the object. It takes time.
	Begin(ctx context.Context, t Target) (Edit, error)
	// Body has a text written in the editor, which takes the terminal meanwhile.
	Body(text []byte, extension string) (run tea.ExecCommand, written func() []byte)
}

// Edit is one object that is being edited.
type Edit interface {
	// Write is the editor on what the operator wrote last, with what is wrong with it above.
	Write() tea.ExecCommand
	// Outcome is the order that makes the changes, nil when nothing was changed. An error says what is wrong with the text,
	// and where it is kept. It takes time.
	Outcome(ctx context.Context) (*Order, error)
	// Close forgets the text. Kept, the file stays.
	Close(keep bool) (file string)
}

// What actions ask of a screen that is about what runs.
type (
	// Invoking screens call a function.
	Invoking interface {
		Invoke() tea.Cmd
		InvokeRefusal() string
	}
	// Paned screens have two sides.
	Paned interface{ NextPane() tea.Cmd }
	// Remover screens have something under the cursor that ends without a plan. RemoveRefusal says why not.
	Remover interface {
		Remove() tea.Cmd
		RemoveRefusal() string
	}
	// Rewritten screens have something under the cursor that is written in an editor. RewriteRefusal says why not.
	Rewritten interface {
		Rewrite() tea.Cmd
		RewriteRefusal() string
	}
)
