package fission

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const (
	strategy = "spec.InvokeStrategy.ExecutionStrategy"
	minScale = strategy + ".MinScale"
	maxScale = strategy + ".MaxScale"
)

var (
	versionKind = schema.GroupKind{Group: group, Kind: "FunctionVersion"}
	aliasKind   = schema.GroupKind{Group: group, Kind: "FunctionAlias"}
	canaryKind  = schema.GroupKind{Group: group, Kind: "CanaryConfig"}
)

// executor is what runs the function.
func executor(object map[string]any) string {
	if e := plan.Text(object, strategy+".ExecutorType"); e != "" {
		return e
	}
	return poolManager
}

// Scale writes the bounds of a function with a Deployment of its own; the pool manager takes a pod for each call, and only the
// most of them can be said.
func (adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ScaleWorkloads(f, live, to)
	}
	object := live.Object(f.Object)
	if executor(object) == poolManager {
		if to.Replicas != nil || to.Min != nil || to.Max == nil {
			return plan.Answer{None: "the pool manager takes a pod for each call and gives it back: closest come --max, and the poolsize of its Environment"}
		}
		return frameworks.SetFields(f.Object, f.APIVersion, object, plan.Scaling, plan.NextCall, frameworks.Number64("spec.concurrency", to.Max)...)
	}
	most, _ := plan.Whole(object, maxScale)
	if n := to.Replicas; n != nil {
		to.Min = n
		if most < *n && to.Max == nil {
			to.Max = n
		}
	}
	if to.Max != nil {
		most = *to.Max
	}
	if most < 1 || to.Min != nil && *to.Min > most {
		return plan.Answer{None: fmt.Sprintf("Fission wants at least 1 and no less than MinScale for MaxScale, and it would be %d", most)}
	}
	a := frameworks.SetFields(f.Object, f.APIVersion, object, plan.Scaling, plan.AtOnce,
		append(frameworks.Number64(minScale, to.Min), frameworks.Number64(maxScale, to.Max)...)...)
	if to.Min != nil && *to.Min == 0 && len(a.Edits) > 0 {
		a.Notes = append(a.Notes, "its pods end after idletimeout without calls; the next call starts one")
	}
	return a
}

// Unable knows that a pool has nothing to pause.
func (adapter) Unable(f *model.Function, act plan.Act) string {
	if (act == plan.Pausing || act == plan.Resuming) && !f.Object.IsZero() {
		return "Fission starts pods for every call, and has nothing that refuses calls: closest comes --min 0, so that none are kept, and remove-route"
	}
	if act == plan.Splitting && f.Object.IsZero() {
		return "its Function is gone"
	}
	return ""
}

// aliasesOf are the aliases of a function that name a version.
func aliasesOf(f *model.Function, live plan.Live) []map[string]any {
	return slices.DeleteFunc(slices.Clone(live.List(aliasKind, f.Key.Namespace, "")), func(o map[string]any) bool {
		return plan.Text(o, "spec.functionName") != f.Key.Name || plan.Text(o, "spec.version") == ""
	})
}

// Revisions are the function's versions, where they are served. What aliases name is current.
func (adapter) Revisions(f *model.Function, live plan.Live) []plan.Revision {
	if f.Object.IsZero() {
		return frameworks.WorkloadRevisions(f, live)
	}
	now := map[string]int{}
	for _, o := range aliasesOf(f, live) {
		first, n := plan.Text(o, "spec.version"), 100
		if w, ok := plan.Whole(o, "spec.weight"); ok {
			n = w
			now[plan.Text(o, "spec.secondaryVersion")] += 100 - w
		}
		now[first] += n
	}
	type numbered struct {
		plan.Revision
		n int
	}
	var all []numbered
	for _, o := range live.List(versionKind, f.Key.Namespace, "") {
		if plan.Text(o, "spec.functionName") != f.Key.Name {
			continue
		}
		name := plan.Text(o, "metadata.name")
		n, _ := plan.Whole(o, "spec.sequence")
		all = append(all, numbered{plan.Revision{
			Name: name, Made: frameworks.Moment(plan.Text(o, "spec.publishedAt")), What: frameworks.Text(plan.Text(o, "spec.packageDigest")),
			Percent: now[name], Current: now[name] > 0,
		}, n})
	}
	slices.SortFunc(all, func(a, b numbered) int { return b.n - a.n })
	var out []plan.Revision
	for _, v := range all {
		out = append(out, v.Revision)
	}
	return out
}

// Rollback has the function's alias name an earlier version.
func (a adapter) Rollback(f *model.Function, live plan.Live, revision string) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.RollbackWorkload(f, live, revision)
	}
	all, aliases := a.Revisions(f, live), aliasesOf(f, live)
	switch {
	case len(all) == 0:
		return plan.Answer{None: "Fission keeps no versions of it"}
	case len(aliases) != 1:
		return plan.Answer{None: fmt.Sprintf("%d aliases name a version of it: calls without an alias go to the newest", len(aliases))}
	}
	at := slices.IndexFunc(all, func(r plan.Revision) bool { return r.Name == revision })
	if revision == "" {
		at = slices.IndexFunc(all, func(r plan.Revision) bool { return r.Current }) + 1
		if at == 0 || at == len(all) {
			return plan.Answer{None: "there is no version before the one that its alias names"}
		}
	}
	if at < 0 {
		return plan.Answer{None: "there is no version " + frameworks.Line(revision) + " of it"}
	}
	o := aliases[0]
	return frameworks.SetFields(objectRef(aliasKind, f.Key.Namespace, plan.Text(o, "metadata.name")), plan.Text(o, "apiVersion"), o, plan.RollingBack, plan.AtOnce,
		plan.Field{Path: "spec.version", Value: all[at].Name}, plan.Field{Path: "spec.weight", Remove: true}, plan.Field{Path: "spec.secondaryVersion", Remove: true})
}

// Split divides the requests of the function's HTTPTriggers between it and others, or has a CanaryConfig shift them.
func (adapter) Split(f *model.Function, live plan.Live, t *plan.Task) plan.Answer {
	triggers := triggersOf(f, live)
	if len(triggers) == 0 {
		return plan.Answer{None: "no HTTPTrigger leads to it: only what comes through one is divided"}
	}
	weights := map[string]any{}
	sum := 0
	var names []string
	for _, s := range t.Shares {
		name := s.Revision
		if name == plan.Latest {
			name = f.Key.Name
		}
		if live.Object(objectRef(functionKind, f.Key.Namespace, name)) == nil {
			return plan.Answer{None: "there is no function " + frameworks.Line(name) + " beside it: Fission divides requests between functions"}
		}
		if _, twice := weights[name]; twice {
			return plan.Answer{None: name + " is named twice"}
		}
		weights[name] = int64(s.Percent)
		names = append(names, name)
		sum += s.Percent
	}
	if _, own := weights[f.Key.Name]; sum < 100 && !own {
		weights[f.Key.Name] = int64(100 - sum)
		sum = 100
	}
	if sum != 100 {
		return plan.Answer{None: fmt.Sprintf("the shares come to %d, not to 100", sum)}
	}
	if t.Canary != nil {
		return canary(f, live, triggers, names, t.Canary)
	}
	var answers []plan.Answer
	for _, o := range triggers {
		ref := objectRef(httpKind, f.Key.Namespace, plan.Text(o, "metadata.name"))
		was, _ := plan.Lookup(o, "spec.functionref")
		wanted := frameworks.Copied(was)
		m, _ := wanted.(map[string]any)
		if len(weights) == 1 {
			m["type"], m["name"] = "name", f.Key.Name
			delete(m, "functionweights")
		} else {
			m["type"], m["functionweights"] = "function-weights", frameworks.Copied(weights)
		}
		fields := plan.Differences("spec.functionref", frameworks.Copied(was), m)
		if len(fields) == 0 {
			answers = append(answers, plan.Answer{Already: true})
			continue
		}
		answers = append(answers, frameworks.Change(ref, plan.Text(o, "apiVersion"), t.Act, plan.AtOnce, fields...))
	}
	return frameworks.Join(answers...)
}

// ShiftsItself says that a CanaryConfig does.
func (adapter) ShiftsItself() {}

// triggersOf are the HTTPTriggers that lead to the function, alone or with others.
func triggersOf(f *model.Function, live plan.Live) []map[string]any {
	return slices.DeleteFunc(slices.Clone(live.List(httpKind, f.Key.Namespace, "")), func(o map[string]any) bool {
		weights, _ := plan.Lookup(o, "spec.functionref.functionweights")
		m, _ := weights.(map[string]any)
		_, weighed := m[f.Key.Name]
		kind := plan.Text(o, "spec.functionref.type")
		return !(weighed && kind == "function-weights" || kind != "function-weights" && plan.Text(o, "spec.functionref.name") == f.Key.Name)
	})
}

// canary makes what has Fission shift the requests by itself, and back when calls fail.
func canary(f *model.Function, live plan.Live, triggers []map[string]any, names []string, c *plan.Canary) plan.Answer {
	names = slices.DeleteFunc(names, func(n string) bool { return n == f.Key.Name })
	if len(names) != 1 || len(triggers) != 1 {
		return plan.Answer{None: "a CanaryConfig shifts the requests of one HTTPTrigger to one other function"}
	}
	trigger := triggers[0]
	name := plan.Text(trigger, "metadata.name") + "-" + names[0]
	ref := objectRef(canaryKind, f.Key.Namespace, name)
	if live.Object(ref) != nil {
		return plan.Answer{None: ref.String() + " is there already: delete it to begin anew"}
	}
	at := objectRef(httpKind, f.Key.Namespace, plan.Text(trigger, "metadata.name"))
	a := frameworks.SetFields(at, plan.Text(trigger, "apiVersion"), trigger, plan.Splitting, plan.AtOnce, // it asks for weights that are there
		plan.Field{Path: "spec.functionref.type", Value: "function-weights"},
		plan.Field{Path: plan.Keyed("spec.functionref.functionweights", f.Key.Name), Value: int64(100)},
		plan.Field{Path: plan.Keyed("spec.functionref.functionweights", names[0]), Value: int64(0)})
	const failures = 10 // percent of calls after which Fission goes back, as its own tool has it
	a.Already, a.Effect = false, plan.AtOnce
	a.Edits = append(a.Edits, plan.Edit{Verb: plan.Create, Object: ref, APIVersion: group + "/v1", Why: string(plan.Splitting), New: map[string]any{
		"apiVersion": group + "/v1", "kind": canaryKind.Kind, "metadata": map[string]any{"name": name, "namespace": f.Key.Namespace},
		"spec": map[string]any{
			"trigger": at.Name, "newfunction": names[0], "oldfunction": f.Key.Name, "weightincrement": int64(c.Step),
			"duration": c.Interval.String(), "failurethreshold": int64(failures), "failureType": "status-code",
		}}})
	a.Notes = append(a.Notes, "Fission shifts the requests itself, and back when more than 10 % of the calls fail: that needs its Prometheus")
	return a
}

// Delete takes along the triggers that call nothing else, and the Package that no other function is made of.
func (adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	l := frameworks.Leaving{Triggers: []schema.GroupKind{httpKind, timeKind, watchKind, queueKind}, Owned: []schema.GroupKind{versionKind},
		Controller: "Fission"}
	for _, t := range f.Triggers {
		ref := t.Origin.Ref
		if gk := ref.GroupKind(); gk != frameworks.Ingress && gk != frameworks.HTTPRoute {
			continue
		}
		by := objectRef(httpKind, f.Key.Namespace, plan.Text(live.Object(ref), plan.Keyed("metadata.labels", labelTrigger)))
		if o := live.Object(by); o != nil && plan.Text(o, "spec.functionref.type") != "function-weights" {
			l.Named = append(l.Named, ref)
		}
	}
	object := live.Object(f.Object)
	for _, o := range live.List(aliasKind, f.Key.Namespace, "") {
		if plan.Text(o, "spec.functionName") == f.Key.Name {
			l.Calls = append(l.Calls, objectRef(aliasKind, f.Key.Namespace, plan.Text(o, "metadata.name")))
		}
	}
	for _, w := range f.Workloads { // they lie in the namespace of the platform where no owner reference leads
		if !w.Shared && w.Role == model.Run {
			l.Named = append(l.Named, w.Ref, model.Ref{Kind: frameworks.Service.Kind, Namespace: w.Namespace, Name: w.Name},
				model.Ref{Group: frameworks.Autoscaler.Group, Kind: frameworks.Autoscaler.Kind, Namespace: w.Namespace, Name: w.Name})
		}
	}
	if name := plan.Text(object, "spec.package.packageref.name"); name != "" {
		shared := slices.ContainsFunc(live.List(functionKind, f.Key.Namespace, ""), func(o map[string]any) bool {
			return plan.Text(o, "metadata.name") != f.Key.Name && plan.Text(o, "spec.package.packageref.name") == name
		})
		if shared {
			l.Notes = append(l.Notes, "Package "+frameworks.Line(name)+" stays: another function is made of it")
		} else {
			l.With = append(l.With, objectRef(packageKind, f.Key.Namespace, name))
		}
	}
	if name := plan.Text(object, "spec.environment.name"); name != "" {
		l.Notes = append(l.Notes, "Environment "+frameworks.Line(name)+" stays")
	}
	return l.Delete(f, live, how)
}
