// Package deploy makes of requests for functions the edits that put them on a cluster, as secure as their frameworks let.
//
// Its one rule: what a framework's own tool would make is made safe in the open: every step away from it is named, can be
// given up by name, and is judged by the same engine as what runs already.
//
// How it is used:
//
//	reader := deploy.NewReader(client, apis, adapters)           // with the operator's rights
//	setting, err := reader.Setting(ctx, namespace, frameworks)   // once; again when the namespace changes
//	maker := deploy.New(adapters, options)                       // options of posture, as for a scan
//	results, err := maker.Make(ctx, setting, requests, deploy.Options{Insecure: …})
//
// A Result has the Problems of its request, each at a field, or Edits for kube/change together with the Posture that the
// function will have, what was done for it (Done), what was given up (GivenUp) and what could not be done (Left). Make is
// pure but for Setting.Look, which remembers what it read: it may be called for every key of a form. Wishes makes of results
// what kube/change plans, and Values answers the plan's needs of secret values.
package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Maker makes functions of the frameworks that it knows. It is safe for concurrent use.
type Maker struct {
	adapters []frameworks.Framework
	kinds    []snapshot.Kind
	options  *snapshot.Options
	sources  []tighten.Source
}

// New returns a maker. Kinds are what controls read, and options the settings of posture.
func New(adapters []frameworks.Framework, kinds []snapshot.Kind, options *snapshot.Options) *Maker {
	m := &Maker{adapters: adapters, kinds: kinds, options: options}
	for _, a := range adapters {
		if s, ok := a.(tighten.Source); ok {
			m.sources = append(m.sources, s)
		}
	}
	return m
}

// Names lists the frameworks in which functions can be made.
func (m *Maker) Names() []string {
	var names []string
	for _, a := range m.adapters {
		if _, ok := a.(frameworks.Deployer); ok {
			names = append(names, a.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Deployer returns the adapter of a framework; nil when functions of it cannot be made here.
func (m *Maker) Deployer(framework string) frameworks.Deployer {
	for _, a := range m.adapters {
		if d, ok := a.(frameworks.Deployer); ok && a.Name() == framework {
			return d
		}
	}
	return nil
}

// Setting is what a cluster has around the functions that are to be made. It must not be changed after Make was called.
type Setting struct {
	Documents []manifest.Document
	// Unseen are the kinds of which not all may be read, or that are not served.
	Unseen []Unseen
	// Served lists the versions in which the cluster has a kind; nil: everything is served as it is asked for.
	Served func(group, kind string) []string
	// Digests say for names of images, as they are written, which image the cluster runs under them.
	Digests map[string]string
	// Look reads objects by name: what is not there is not in the answer. nil: there is nothing but Documents.
	Look func(ctx context.Context, refs []model.Ref) (map[model.Ref]map[string]any, error)
	// Context names the cluster.
	Context string
}

// Unseen is a kind that is not in the Documents, or not whole.
type Unseen struct {
	schema.GroupKind
	Namespace string // empty: everywhere
	Absent    bool   // the cluster has no such kind
	Why       string // in the server's words; empty for Absent
}

// Options say how functions are made.
type Options struct {
	// Insecure are the defaults that are given up.
	Insecure []check.Intent
}

// Result is what becomes of one request.
type Result struct {
	Request *plan.DeployRequest
	// Declares is the object that is the function, and Function its key; that is zero when nothing tells it yet.
	Declares model.Ref
	Function model.FunctionKey
	// Exists says that the function is there: the Edits change it.
	Exists   bool
	Problems []plan.Problem
	// Edits are in the order in which they are to be made; none: everything is as asked for.
	Edits []plan.Edit
	// Posture is that of the function as it will be; nil when it cannot be told.
	Posture *board.Posture
	Done    []Step
	GivenUp []check.Intent // that would have done something
	Left    []Step         // that were tried: Why says what stood in the way
	Notes   []string

	objects   []map[string]any
	values    map[need][]byte
	workloads []model.Ref // that will run it
}

// Step is one default that was, or was not, carried out.
type Step struct {
	Intent check.Intent
	Why    string
}

// need is a secret value of an object.
type need struct {
	ref  model.Ref
	path string
}

// Make makes the functions, all in one world: they are judged together. The error is about the cluster, or the end of ctx;
// what is wrong with one request is told by its Result.
func (m *Maker) Make(ctx context.Context, s *Setting, requests []*plan.DeployRequest, o Options) ([]*Result, error) {
	base, err := m.world(s, nil)
	if err != nil {
		return nil, err
	}
	around := plan.Surroundings{Objects: base, Served: s.Served}
	all := make([]*draft, len(requests))
	for i, r := range requests {
		all[i] = m.draft(r, s, around)
	}
	twice(all)
	return m.finish(ctx, s, around, all, o)
}

// finish secures drafts and makes results of them.
func (m *Maker) finish(ctx context.Context, s *Setting, around plan.Surroundings, all []*draft, o Options) ([]*Result, error) {
	if err := m.look(ctx, s, all); err != nil {
		return nil, err
	}
	if err := m.secure(ctx, s, around, all, o); err != nil {
		return nil, err
	}
	bounds, used := map[string]*rooms{}, map[string]map[string]resource.Quantity{}
	results := make([]*Result, len(all))
	for i, d := range all {
		ns := d.Request.Namespace
		if bounds[ns] == nil {
			bounds[ns], used[ns] = s.room(ns), map[string]resource.Quantity{}
		}
		d.fits(bounds[ns], used[ns])
		if err := d.settle(); err != nil {
			return nil, err
		}
		results[i] = d.Result
	}
	return results, nil
}

// draft asks the framework.
func (m *Maker) draft(r *plan.DeployRequest, s *Setting, around plan.Surroundings) *draft {
	d := newDraft(r)
	a := m.Deployer(r.Framework)
	if a == nil {
		d.problem("framework", fmt.Sprintf("functions of %q cannot be made here: there are %s", r.Framework, strings.Join(m.Names(), ", ")))
		return d
	}
	offer := a.Offer()
	d.Problems = Check(r, &offer)
	d.around(s, around)
	made := a.Deploy(r, around)
	d.Notes, d.Declares = append(d.Notes, made.Notes...), made.Declares
	known := slices.Clone(d.Problems)
	for _, p := range made.Problems { // of a field that is known to be wrong no more need be said
		if !slices.ContainsFunc(known, func(k plan.Problem) bool { return k.Field == p.Field }) {
			d.Problems = append(d.Problems, p)
		}
	}
	if len(d.Problems) == 0 {
		d.take(made.Edits)
	}
	return d
}

// twice refuses requests that are about one function.
func twice(all []*draft) {
	seen := map[model.Ref]bool{}
	for _, d := range all {
		if d.Declares.Name != "" && seen[d.Declares] {
			d.problem("name", fmt.Sprintf("%s is asked for twice", d.Declares))
		}
		seen[d.Declares] = true
	}
}
