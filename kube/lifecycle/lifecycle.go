// Package lifecycle finds out what it takes to act on a function that exists: it reads the objects that its framework needs
// to know, asks the framework, and where that keeps no earlier states the journal.
//
// Its one rule: it only reads. What comes of it is a wish for the engine of changes.
package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Planner asks for one cluster.
type Planner struct {
	Source   Source
	Adapters []frameworks.Framework
	// Functions lists the functions of a namespace.
	Functions func(namespace string) []*model.Function
	// Book reads the journal, and Cluster is the one that its changes must be of. Without a Book nothing is known of it.
	Book    func() (*journal.Book, error)
	Cluster journal.Cluster
}

// Do answers with the edits of an act, or why there are none. The error is about the cluster, not about the act.
func (p *Planner) Do(ctx context.Context, id model.FunctionID, f *model.Function, t *plan.Task) (plan.Answer, error) {
	if why := frameworks.Unable(p.Adapters, f, t.Act); why != "" {
		return plan.Answer{None: why}, nil
	}
	r := p.reader(ctx)
	if t.Act == plan.RollingBack {
		a, ok, err := p.rollback(r, id, f, t.Revision)
		if ok || err != nil {
			return a, err
		}
	}
	a := frameworks.Do(p.Adapters, f, r, t)
	return r.explained(a)
}

func (p *Planner) reader(ctx context.Context) *Reader {
	return NewReader(ctx, p.Source, p.Functions)
}

// Revisions lists the states that can be gone back to: those that the framework or the workload keeps, then those from before
// changes that the journal knows, the newest first.
func (p *Planner) Revisions(ctx context.Context, id model.FunctionID, f *model.Function) ([]plan.Revision, error) {
	r := p.reader(ctx)
	all := frameworks.Revisions(p.Adapters, f, r)
	if r.err != nil {
		return nil, r.err
	}
	states, err := p.states(id, f)
	if err != nil {
		return nil, err
	}
	for i := range states {
		all = append(all, plan.Revision{Name: states[i].id, Made: states[i].at, What: "before " + states[i].title, Percent: -1})
	}
	return all, nil
}

// Trouble says what is wrong with what gets requests now; empty: nothing that could be seen.
func (p *Planner) Trouble(ctx context.Context, f *model.Function, shares []plan.Share) (string, error) {
	r := p.reader(ctx)
	why := frameworks.Trouble(p.Adapters, f, r, shares)
	return why, r.err
}

// rollback goes back in the journal where the revision is a change of it, or nothing else keeps any. Else it says false.
func (p *Planner) rollback(r *Reader, id model.FunctionID, f *model.Function, revision string) (plan.Answer, bool, error) {
	states, err := p.states(id, f)
	if err != nil {
		return plan.Answer{}, false, err
	}
	at := slices.IndexFunc(states, func(s state) bool {
		return s.id == revision || len(revision) >= 15 && strings.HasPrefix(s.id, revision)
	})
	switch kept := frameworks.Revisions(p.Adapters, f, r); {
	case r.err != nil:
		return plan.Answer{}, false, r.err
	case at < 0 && (len(kept) > 1 || revision != "" && len(kept) > 0 || frameworks.Keeps(p.Adapters, f) && len(states) == 0):
		return plan.Answer{}, false, nil
	case at < 0 && revision != "":
		return plan.Answer{None: fmt.Sprintf("there is no revision %s: neither the cluster nor the journal keeps one of that name", frameworks.Line(revision))}, true, nil
	case len(states) == 0:
		return plan.Answer{None: f.Key.Framework + " keeps no earlier states of its functions, and the journal has no change of this one"}, true, nil
	}
	return before(states, max(at, 0)), true, nil
}
