// Package scan judges everything that a snapshot holds, once, on all processors.
//
// Its one rule: what it says does not depend on how the work was divided.
package scan

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Request says what is judged, and how it is written down.
type Request struct {
	Context string
	Options *snapshot.Options
	// Controls chooses controls; nil: all. Severity leaves out failures below it.
	Controls func(*check.Control) bool
	Severity check.Severity
	// InScope chooses namespaces whose functions and own rows are printed; nil: all.
	InScope func(namespace string) bool
	Lookup  report.Lookup
}

// Run judges the functions of a source, its namespaces that have some, its control planes, and the cluster. It gives
// the functions to take as it goes, some at a time, in the order of their ids and never two calls at once; the scopes
// come at the end, in their order.
func Run(source snapshot.Source, q Request, take func([]report.Function)) []report.Scope {
	groups := namespaces(source, q.InScope)
	out := queue{take: take, judged: make([][]report.Function, len(groups))}
	var scopes []report.Scope
	var next atomic.Int32
	var wait sync.WaitGroup
	for worker := range min(runtime.GOMAXPROCS(0), max(1, len(groups))) {
		wait.Go(func() {
			j := judge{Request: &q, r: snapshot.Once(source, q.Options)}
			for i := int(next.Add(1)) - 1; i < len(groups); i = int(next.Add(1)) - 1 {
				all := make([]report.Function, 0, len(groups[i]))
				for _, f := range groups[i] {
					all = append(all, j.function(f))
				}
				j.r.Forget(groups[i][0].Key.Namespace)
				out.put(i, all)
			}
			if worker == 0 {
				scopes = j.scopes(groups)
			}
		})
	}
	wait.Wait()
	return scopes
}

// queue gives on in order what is done in any.
type queue struct {
	take func([]report.Function)

	mu     sync.Mutex
	judged [][]report.Function // nil: not yet, or given on
	given  int
}

func (q *queue) put(i int, all []report.Function) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.judged[i] = all; q.given < len(q.judged) && q.judged[q.given] != nil; q.given++ {
		q.take(q.judged[q.given])
		q.judged[q.given] = nil
	}
}

// namespaces groups the functions: those of one namespace share most of what is looked up.
func namespaces(source snapshot.Source, in func(string) bool) [][]*model.Function {
	var groups [][]*model.Function
	last := ""
	for _, f := range source.Functions("") {
		if in != nil && !in(f.Key.Namespace) {
			continue
		}
		if ns := f.Key.Namespace; len(groups) == 0 || ns != last {
			groups, last = append(groups, nil), ns
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], f)
	}
	return groups
}

type judge struct {
	*Request
	r *snapshot.Reader
}

func (j *judge) function(f *model.Function) report.Function {
	in := report.FunctionInput{
		ID: model.FunctionID{Context: j.Context, FunctionKey: f.Key}, Name: f.Name(), Object: f.Object, APIVersion: f.APIVersion, Opaque: f.Opaque,
	}
	if !f.Opaque {
		in.Posture = security.Of(j.r, f.Key).Only(j.keep)
		in.PSS = pss(j.r, f.Key)
		in.Exposure = exposure(j.r, f.Key)
		in.Blast = radius(j.r, f.Key)
	}
	return report.FunctionOf(&in, j.Lookup)
}

// One judges one function.
func One(source snapshot.Source, q Request, f *model.Function) report.Function {
	j := judge{Request: &q, r: snapshot.Once(source, q.Options)}
	return j.function(f)
}

// keep reports whether a finding was asked for.
func (j *judge) keep(f *check.Finding) bool {
	return (j.Controls == nil || j.Controls(f.Control)) && (f.Status != check.Fail || f.Severity >= j.Severity)
}

// scopes judges what is no function: namespaces with functions, control planes, the cluster.
func (j *judge) scopes(groups [][]*model.Function) []report.Scope {
	var out []report.Scope
	add := func(s check.Subject, version, shape string) {
		p := security.Scope.Get(j.r, s).Only(j.keep)
		out = append(out, report.ScopeOf(&report.ScopeInput{Context: j.Context, Posture: p, Version: version, Shape: shape}, j.Lookup))
	}
	for _, g := range groups {
		add(check.Subject{Scope: check.ScopeNamespace, Namespace: g[0].Key.Namespace}, "", "")
	}
	for _, p := range framework.Platforms.Get(j.r, struct{}{}) {
		add(p.Subject, p.Version, p.Shape)
	}
	if len(groups) > 0 {
		add(check.Subject{Scope: check.ScopeCluster}, "", "")
	}
	slices.SortStableFunc(out, func(a, b report.Scope) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}
