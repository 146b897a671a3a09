package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
)

// What deployments are made of.
type (
	Maker      = workshop.Maker
	Deployment = workshop.Deployment
	Prospect   = workshop.Prospect
	Found      = workshop.Found
)

// Deployments knows what it takes to make a function. What takes time belongs into commands, with a context that ends
// with the screen.
type Deployments interface {
	// Makers are the frameworks in which functions can be made on the cluster of a context. It answers at once.
	Makers(context string) []Maker
	// Prospect says what a deployment would come to. It takes time, and waits a moment before it begins: a question that
	// is given up meanwhile costs nothing.
	Prospect(ctx context.Context, d *Deployment) (*Prospect, error)
	// Deploy makes the order of deployments on one cluster. It takes time.
	Deploy(ctx context.Context, all []Deployment) (*Order, error)
	// Import reads functions from a file or a folder of any format that is known. It takes time.
	Import(path string) (*Found, error)
	// Code reads source from a file or a folder. It takes time.
	Code(path string) (*plan.Code, error)
}

// Making is what is to be deployed. Only one of the fields behind Context is set, or none.
type Making struct {
	Context   string
	Framework string
	File      string           // to import
	Copy      model.FunctionID // to clone
}

// What actions ask of a screen from which something can be deployed, and of the one that does it.
type (
	// Deploying screens are forms of functions.
	Deploying interface {
		// NoForm says why there is nothing to fill in yet; empty where a form is open.
		NoForm() string
		// ShowPlan goes on with what was filled in.
		ShowPlan() tea.Cmd
		// Interview asks for the fields line by line, on a terminal without a screen.
		Interview() tea.Cmd
		// NextPane gives the keys to the other side of the screen.
		NextPane() tea.Cmd
	}
	// Exporter screens write a change to files. ExportRefusal says why not.
	Exporter interface {
		Export() tea.Cmd
		ExportRefusal() string
	}
	// Pasted screens take pasted text while they take keys as text.
	Pasted interface{ Paste(content string) tea.Cmd }
)
