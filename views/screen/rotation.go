package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
)

// What rotations are made of.
type (
	Wanted    = workshop.Wanted
	Candidate = workshop.Candidate
	Outlook   = workshop.Outlook
)

// Rotations plans new values of Secrets, and of what functions keep themselves. All but Unkept takes time: it belongs into
// commands, with a context that ends with the screen.
type Rotations interface {
	// Unkept says why no value of a function can be given anew; empty: it can be tried.
	Unkept(f *model.Function) string
	// Candidates says what is known of Secrets without reading them.
	Candidates(ctx context.Context, w Wanted) ([]Candidate, error)
	// Outlook says what it would take to rotate a Secret. It reads the Secret, and drops its values.
	Outlook(ctx context.Context, context string, ref model.Ref, o rotate.Options) (*Outlook, error)
	// Expired lists Secrets with old values of earlier changes whose time is over, and that the operator may delete.
	Expired(ctx context.Context, context string, namespaces []string) ([]change.KeptSecret, error)
	// ReadValue reads a new value from a file.
	ReadValue(name string) ([]byte, error)
}

// Editor has the operator write a secret value in a program of his own, which takes the terminal meanwhile.
type Editor interface {
	// Refusal says why there is none; empty: it can be tried.
	Refusal() string
	// Write is the program for one value, and what was written once it has ended.
	Write() (run tea.ExecCommand, value func() []byte)
}

// Rotation is which Secrets are to be rotated.
type Rotation struct {
	Title string // "charge-card in payments", "Secret payments/stripe-key"
	Wanted
}

// What the root and actions ask of a screen from which Secrets can be rotated, and of the one that does it.
type (
	// Secreted screens have Secrets marked or under the cursor. The text says why there is none.
	Secreted interface{ Secrets() ([]Target, string) }
	// Peeker screens hold values that can be shown for a few seconds. PeekRefusal says why not.
	Peeker interface {
		Peek() tea.Cmd
		PeekRefusal() string
	}
	// Concealer screens hide what only an operator who looks may see.
	Concealer interface{ Conceal() }
	// Left screens want to know when the operator goes back from them: they are not closed yet, he may come forward again.
	Left interface{ Leave() }
)
