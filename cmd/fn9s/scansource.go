package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/snapshot"
)

// manifests reads files.
func (s *scanCommand) manifests(p *plan, in *report.Input) ([]job, error) {
	scope, err := s.app.scope()
	if err != nil {
		return nil, err
	}
	selectors, err := s.selectors()
	if err != nil {
		return nil, err
	}
	adapters, err := s.app.adapters(selectors)
	if err != nil {
		return nil, err
	}
	world, problems := load(adapters, s.files, s.app.In)
	for _, problem := range append(problems, world.Malformed()...) {
		in.Errors = append(in.Errors, reportError(problem))
	}
	if len(scope) > 0 {
		p.request.InScope = func(namespace string) bool { return cluster.InScope(scope, namespace) }
	}
	p.request.Lookup = report.Lookup{
		Version: func(ref model.Ref) string { return apiVersionOf(world, ref) },
		Place:   world.Position,
	}
	in.Sources = []report.Source{{Kind: "manifests", Paths: s.files}}
	spare()
	return []job{{world, p.request}}, nil
}

// leanPercent is how much garbage may lie about while manifests are read, in percent of what is kept, and while much of
// them is judged.
const leanPercent = 60

// roomy is up to where memory is given for time while manifests are judged: nothing more is kept from then on.
const roomy = 310 << 20

// spare lets as much garbage lie about as there is room for.
func spare() {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	kept := max(samples[0].Value.Uint64(), 1<<20)
	if kept < roomy {
		debug.SetGCPercent(int(min(max((roomy-kept)*100/kept, leanPercent), 400)))
	}
}

// load reads the files. Their texts are not kept.
func load(adapters []frameworks.Framework, files []string, in io.Reader) (*offline.World, []error) {
	docs, problems := manifest.Paths(files, in)
	world, more := offline.Load(adapters, kindsOf(), docs)
	return world, append(problems, more...)
}

// reportError is a document that could not be read, with its place.
func reportError(err error) report.Error {
	var placed *manifest.Error
	if errors.As(err, &placed) {
		return report.Error{File: placed.File, Document: placed.Index, Line: placed.Line, Message: placed.Err.Error()}
	}
	return report.Error{Message: err.Error()}
}

func apiVersionOf(objects interface{ Object(model.Ref) model.Object }, ref model.Ref) string {
	if o := objects.Object(ref); o != nil {
		return o.Head().APIVersion()
	}
	return ""
}

// clusters reads clusters, which stay connected until stop. The failure is that of contexts which did not answer; the
// others are judged.
func (s *scanCommand) clusters(ctx context.Context, p *plan, in *report.Input) (jobs []job, failure error, stop func(), err error) {
	contexts, err := s.app.contextNames(s.contexts, s.allContexts)
	if err != nil {
		return nil, nil, func() {}, err
	}
	selectors, err := s.selectors()
	if err != nil {
		return nil, nil, func() {}, err
	}
	q := question{app: s.app, contexts: contexts, limit: s.limit, kinds: kindsOf(), plain: selectors}
	a, stop, err := q.ask(ctx)
	if err != nil {
		return nil, nil, stop, err
	}
	for _, name := range a.contexts {
		j, ok, err := s.cluster(ctx, a, name, *p, in)
		if err != nil {
			return nil, nil, stop, err
		}
		if ok {
			jobs = append(jobs, j)
		}
	}
	return jobs, a.warn(s.app.ErrOut), stop, nil
}

// cluster says what was read of one context; ok is false when nothing was.
func (s *scanCommand) cluster(ctx context.Context, a *answer, name string, p plan, in *report.Input) (j job, ok bool, err error) {
	c := a.clusters[name]
	source := report.Source{Kind: "cluster", Context: name, Server: c.Server, Namespaces: a.scopes[name]}
	if failure := a.failures[name]; failure != nil {
		text := clean(failure.Error())
		source.Error = &text
	}
	in.Sources = append(in.Sources, source)
	for _, r := range refusals(&c) {
		in.Unreadable = append(in.Unreadable, report.Unreadable{
			Context: name, Verb: r.Verb, Group: r.Group, Resource: r.Resource, Namespace: r.Namespace, Reason: "forbidden",
		})
	}
	if a.fleet == nil {
		return job{}, false, nil
	}
	objects, ok := a.fleet.Snapshot(name)
	if !ok || source.Error != nil && len(c.Progress) == 0 {
		return job{}, false, nil
	}
	options := *p.request.Options
	options.ServerMinor, _ = minorOf(c.Version)
	q := p.request
	q.Context, q.Options = name, &options
	q.InScope = func(namespace string) bool { return a.inScope(name, namespace) }
	q.Lookup.Version = func(ref model.Ref) string { return apiVersionOf(objects, ref) }
	wanted := security.Wanted(snapshot.Once(objects, &options), q.InScope, q.Controls)
	if err := a.fleet.LookInto(ctx, name, wanted); err != nil {
		return job{}, false, err
	}
	return job{objects, q}, true, nil
}

// refusals are the lists that were refused, without those that were read namespace by namespace instead.
func refusals(c *status.Cluster) []status.Refusal {
	all := slices.Clone(c.Refusals)
	for _, n := range c.Progress {
		if n.Denied {
			all = append(all, status.Refusal{Verb: "list", Group: n.Group, Resource: n.Resource, Namespace: n.Namespace, Reason: n.Trouble})
		}
	}
	slices.SortFunc(all, func(x, y status.Refusal) int {
		return strings.Compare(fmt.Sprint(x.Namespace, " ", x.Group, " ", x.Resource), fmt.Sprint(y.Namespace, " ", y.Group, " ", y.Resource))
	})
	return slices.CompactFunc(all, func(x, y status.Refusal) bool {
		return x.Namespace == y.Namespace && x.Group == y.Group && x.Resource == y.Resource && x.Verb == y.Verb
	})
}
