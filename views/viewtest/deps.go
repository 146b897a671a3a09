package viewtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/compare"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// Sort orders rows as a board wants them.
func Sort(rows []*board.Row) {
	slices.SortFunc(rows, func(a, b *board.Row) int { return a.ID.Compare(b.ID) })
}

// World is a cluster that a test arranges. It is the Boards, Fleet, Objects and Kinds of a screen.
type World struct {
	current  atomic.Pointer[board.Board]
	Ctxs     []screen.Context
	CtxErr   error
	Entries  []status.Entry
	Records  map[screen.Target]model.Object
	EventsOf []screen.Event
	Tables   map[string]*screen.Table
	Texts    map[string]string         // by kind: YAML, and DESCRIBE kind
	Sides    map[string]*compare.Sides // by kind
	Err      error                     // what every question is answered with
	Denies   map[string]string         // by context: why its server makes no table
	Known    []screen.Kind
	Calls    []string // what the fleet was asked to do
	facts    screen.Facts
	changes  screen.Changes
	rotates  screen.Rotations
	deploys  screen.Deployments
	Editor   screen.Editor
	Logs     *Logs // nil: there are none
	live     *Live
	gauge    *Gauge
}

// NewWorld makes a world with one cluster that is live.
func NewWorld(rows []*board.Row, clusters ...status.Cluster) *World {
	if len(clusters) == 0 {
		clusters = []status.Cluster{Cluster()}
	}
	w := &World{Records: map[screen.Target]model.Object{}, Tables: map[string]*screen.Table{}, Texts: map[string]string{},
		Ctxs: []screen.Context{
			{Name: Context, Cluster: "eu", User: "jane", Namespace: "payments", Server: "https://10.0.0.1:6443", Current: true},
			{Name: "prod-us", Cluster: "us", User: "jane", Namespace: "default", Server: "https://10.1.0.1:6443"},
		}}
	w.current.Store(board.New(1, clusters, rows))
	return w
}

// Deps are what screens get.
func (w *World) Deps() screen.Deps {
	d := screen.Deps{Comparisons: w, Boards: w, Fleet: w, Objects: w, Kinds: w, Facts: w.facts, Changes: w.changes, Rotations: w.rotates, Editor: w.Editor, Deployments: w.deploys}
	if w.Logs != nil {
		d.Logs = w.Logs
	}
	if w.gauge != nil {
		d.Metrics, d.Prometheus = w.gauge, w.gauge
	}
	if w.live != nil {
		d.Calls, d.Forwards, d.Shells = calls{w.live}, forwards{w.live}, shells{w.live}
	}
	return d
}

// Set puts a board into place and says so as the program would.
func (w *World) Set(rows []*board.Row, clusters ...status.Cluster) screen.BoardMsg {
	b := board.New(w.Board().Version+1, clusters, rows)
	w.current.Store(b)
	return screen.BoardMsg{Version: b.Version}
}

// Board is the newest board.
func (w *World) Board() *board.Board { return w.current.Load() }

// Contexts are those of the kubeconfig.
func (w *World) Contexts() ([]screen.Context, error) { return w.Ctxs, w.CtxErr }

// Open notes the call.
func (w *World) Open(names ...string) error {
	for _, name := range names {
		if !slices.ContainsFunc(w.Ctxs, func(c screen.Context) bool { return c.Name == name }) {
			return fmt.Errorf("the kubeconfig has no context %q", name)
		}
	}
	w.Calls = append(w.Calls, "switch "+strings.Join(names, ","))
	return nil
}

// SetScope notes the call.
func (w *World) SetScope(namespaces []string) {
	w.Calls = append(w.Calls, "scope "+strings.Join(namespaces, ","))
}

// Retry notes the call.
func (w *World) Retry() { w.Calls = append(w.Calls, "retry") }

// Errors are the entries of the clusters.
func (w *World) Errors() []status.Entry { return w.Entries }

// YAML is the text of the kind.
func (w *World) YAML(_ context.Context, t screen.Target) (string, error) {
	return w.Texts[t.Kind], w.Err
}

// Compare is what the test put there for the kind, with the function that it was asked about.
func (w *World) Compare(_ context.Context, t screen.Target, id model.FunctionID) (*compare.Sides, error) {
	w.Calls = append(w.Calls, "compare "+t.Name+" of "+id.Name)
	s, ok := w.Sides[t.Kind]
	if !ok && w.Err == nil {
		return nil, fmt.Errorf("there is nothing to compare %s with", t.Ref)
	}
	return s, w.Err
}

// Describe is the text of the kind.
func (w *World) Describe(_ context.Context, t screen.Target) (string, error) {
	return w.Texts["DESCRIBE "+t.Kind], w.Err
}

// Events are the same for all objects.
func (w *World) Events(context.Context, []screen.Target) ([]screen.Event, error) {
	return w.EventsOf, w.Err
}

// Record is what the test put there.
func (w *World) Record(t screen.Target) model.Object { return w.Records[t] }

// List is the table of the resource.
func (w *World) List(_ context.Context, cluster, resource string, _ []string) (*screen.Table, error) {
	if why := w.Denies[cluster]; why != "" {
		return nil, errors.New(why)
	}
	if w.Err != nil {
		return nil, w.Err
	}
	t, ok := w.Tables[resource]
	if !ok {
		return nil, fmt.Errorf("the server does not have a resource %q", resource)
	}
	own := *t
	own.Rows = slices.Clone(t.Rows)
	for i := range own.Rows {
		own.Rows[i].Target.Context = cluster
	}
	return &own, nil
}

// Served finds the kinds of a word.
func (w *World) Served(_, word string) []screen.Kind {
	var found []screen.Kind
	for _, k := range w.Known {
		if k.Name == word || slices.Contains(k.Words, word) {
			found = append(found, k)
		}
	}
	return found
}

// All are the known kinds.
func (w *World) All(string) []screen.Kind { return w.Known }

// Step changes some rows of the board, and says so as the program would.
func (w *World) Step(upserts []*board.Row, deletes []model.FunctionID) screen.BoardMsg {
	b := w.Board().Next(w.Board().Clusters, upserts, deletes)
	w.current.Store(b)
	return screen.BoardMsg{Version: b.Version}
}
