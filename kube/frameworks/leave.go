package frameworks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Leaving says what leaves with a function beside itself. The zero value is right for functions that are workloads.
type Leaving struct {
	// Triggers are kinds whose objects only call functions: they go when no other function is called by them.
	Triggers []schema.GroupKind
	// Leads reports whether such an object delivers to the function, and does not just name it; nil: all do.
	Leads func(object map[string]any) bool
	// Owned are kinds of objects that the framework makes of the function, beside those that all frameworks make.
	Owned []schema.GroupKind
	// Named are objects that are made of the function, and known by their names only.
	Named []model.Ref
	// Calls are more objects that call the function and nothing else.
	Calls []model.Ref
	// With are other objects that go: a package that only this function uses.
	With []model.Ref
	// Controller is what takes finalizers away; empty: the framework's.
	Controller string
	Notes      []string
}

// made are the kinds that frameworks make of functions.
var made = []schema.GroupKind{Deployment, StatefulSet, Service, ConfigMap, Autoscaler, Ingress, HTTPRoute, Job, CronJob}

const maxLeaving = 200

// leaving is a delete that is being put together.
type leaving struct {
	Leaving
	f    *model.Function
	live plan.Live
	how  plan.Deletion
	a    plan.Answer
	gone []model.Ref
	runs bool // a controller of the framework
}

// Delete is the answer that takes a function away: first what leads to it, then itself, then what was made of it.
func (l Leaving) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	d := &leaving{Leaving: l, f: f, live: live, how: how, a: plan.Answer{Effect: plan.AtOnce, Notes: l.Notes}}
	d.runs = d.controlled()
	own := d.own()
	if len(own) == 0 {
		return plan.Answer{None: "no object declares it, and no workload is its own"}
	}
	d.gone = slices.Clone(own)
	calls := d.calls()
	d.gone = append(d.gone, calls...)
	children := d.children(slices.Concat(own, calls))
	d.gone = append(d.gone, children...)
	for _, ref := range slices.Concat(calls, d.routes()) {
		d.take(ref, false, "leads to it")
	}
	for _, ref := range own {
		d.take(ref, false, string(plan.Deleting))
	}
	for _, ref := range children {
		d.take(ref, true, "made of it")
	}
	for _, ref := range l.With {
		d.take(ref, false, "only it uses it")
	}
	d.secrets()
	if len(d.a.Edits) == 0 {
		return plan.Answer{Already: true}
	}
	return d.a
}

// own are the objects that are the function.
func (d *leaving) own() []model.Ref {
	var own []model.Ref
	if d.f.Object.Kind != "" {
		own = append(own, d.f.Object)
	}
	if gk := d.f.Object.GroupKind(); gk.Kind != "" && gk.Group != Deployment.Group && gk.Group != CronJob.Group && gk != Pod {
		return own
	}
	for _, ref := range RunWorkloads(d.f) {
		if !slices.Contains(own, ref) {
			own = append(own, ref)
		}
	}
	if len(own) == 0 && len(d.f.Workloads) == 0 {
		own = append(own, d.f.Pods...)
	}
	for _, ref := range slices.Clone(own) {
		own = append(own, d.servicesOf(ref)...)
		if o := AutoscalerOf(d.live, ref); o != nil {
			own = append(own, refOf(o, Autoscaler))
		}
	}
	return own
}

// servicesOf are the Services that lead to the pods of a workload and to those of no other.
func (d *leaving) servicesOf(ref model.Ref) []model.Ref {
	template := labelsOf(d.live.Object(ref), "spec.template.metadata.labels")
	var all []model.Ref
	for _, s := range d.live.List(Service, ref.Namespace, "") {
		selector := labelsOf(s, "spec.selector")
		if len(selector) == 0 || !subset(selector, template) {
			continue
		}
		shared := false
		for _, kind := range []schema.GroupKind{Deployment, StatefulSet, DaemonSet} {
			for _, o := range d.live.List(kind, ref.Namespace, "") {
				shared = shared || refOf(o, kind) != ref && subset(selector, labelsOf(o, "spec.template.metadata.labels"))
			}
		}
		if shared {
			d.note("Service " + plan.Text(s, "metadata.name") + " stays: it leads to others too")
			continue
		}
		all = append(all, refOf(s, Service))
	}
	return all
}

func labelsOf(o map[string]any, path string) map[string]any {
	v, _ := plan.Lookup(o, path)
	m, _ := v.(map[string]any)
	return m
}

func subset(selector, labels map[string]any) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func refOf(o map[string]any, kind schema.GroupKind) model.Ref {
	return model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: plan.Text(o, "metadata.namespace"), Name: plan.Text(o, "metadata.name")}
}

// children are what was made of these objects, through any number of owners.
func (d *leaving) children(own []model.Ref) []model.Ref {
	uids := map[string]bool{}
	for _, ref := range own {
		if uid := plan.Text(d.live.Object(ref), "metadata.uid"); uid != "" {
			uids[uid] = true
		}
	}
	var all []model.Ref
	kinds := append(slices.Clone(d.Owned), made...)
	for found := true; found && len(all) < maxLeaving; {
		found = false
		for _, kind := range kinds {
			for _, o := range d.listed(kind, own) {
				uid := plan.Text(o, "metadata.uid")
				if uid == "" || uids[uid] || !ownedByAny(o, uids) || len(all) >= maxLeaving {
					continue
				}
				uids[uid], found = true, true
				all = append(all, refOf(o, kind))
			}
		}
	}
	for _, ref := range d.Named {
		if d.live.Object(ref) != nil && !slices.Contains(all, ref) && !slices.Contains(own, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// listed lists the objects of a kind in the namespaces of these objects.
func (d *leaving) listed(kind schema.GroupKind, beside []model.Ref) []map[string]any {
	var all []map[string]any
	var seen []string
	for _, ref := range beside {
		if !slices.Contains(seen, ref.Namespace) {
			seen = append(seen, ref.Namespace)
			all = append(all, d.live.List(kind, ref.Namespace, "")...)
		}
	}
	return all
}

func ownedByAny(o map[string]any, uids map[string]bool) bool {
	owners, _ := plan.Lookup(o, "metadata.ownerReferences")
	list, _ := owners.([]any)
	return slices.ContainsFunc(list, func(e any) bool {
		m, _ := e.(map[string]any)
		uid, _ := m["uid"].(string)
		return uids[uid]
	})
}

// calls are the objects of the framework's own kinds that call the function and nothing else.
func (d *leaving) calls() []model.Ref {
	all := slices.Clone(d.Calls)
	for _, ref := range origins(d.f) {
		if !slices.Contains(d.Triggers, ref.GroupKind()) || slices.Contains(all, ref) || d.live.Object(ref) == nil {
			continue
		}
		if d.Leads != nil && !d.Leads(d.live.Object(ref)) {
			d.note(ref.String() + " stays: it delivers elsewhere too")
			continue
		}
		if other := d.otherOf(ref); other != "" {
			d.note(ref.String() + " stays: it leads to " + other + " too")
			continue
		}
		all = append(all, ref)
	}
	return all
}

// routes are what leads to the Services that go and to nothing else. Of others is said that they stay.
func (d *leaving) routes() []model.Ref {
	var all []model.Ref
	for _, ref := range origins(d.f) {
		switch {
		case slices.Contains(d.gone, ref) || slices.Contains(d.Triggers, ref.GroupKind()) || ref.Group == "" || ref.Group == Deployment.Group || ref == d.f.Object:
		case ref.GroupKind() != Ingress && ref.GroupKind() != HTTPRoute:
			d.note(ref.String() + " stays: it is not only for this function")
		case !d.onlyHere(ref):
			d.note(ref.String() + " stays: it leads to other Services")
		default:
			all = append(all, ref)
		}
	}
	return all
}

// origins are the objects by which the function is called.
func origins(f *model.Function) []model.Ref {
	var all []model.Ref
	add := func(ref model.Ref) {
		if ref.Name != "" && !slices.Contains(all, ref) && !slices.ContainsFunc(f.Workloads, func(w model.WorkloadRef) bool { return w.Ref == ref }) {
			all = append(all, ref)
		}
	}
	for i := range f.Triggers {
		add(f.Triggers[i].Origin.Ref)
	}
	for i := range f.URLs {
		add(f.URLs[i].Origin.Ref)
	}
	return all
}

// otherOf names another function that an object leads to.
func (d *leaving) otherOf(ref model.Ref) string {
	for _, o := range d.live.Functions(d.f.Key.Namespace) {
		if o.Key != d.f.Key && slices.Contains(origins(o), ref) {
			return o.Name()
		}
	}
	return ""
}

// onlyHere reports whether all Services that a route leads to go with the function.
func (d *leaving) onlyHere(ref model.Ref) bool {
	raw, err := json.Marshal(d.live.Object(ref)["spec"])
	if err != nil {
		return false
	}
	var spec struct {
		DefaultBackend *routeBackend
		Rules          []struct {
			HTTP struct {
				Paths []struct{ Backend routeBackend }
			}
			BackendRefs []struct{ Kind, Name, Namespace string }
		}
	}
	if json.Unmarshal(raw, &spec) != nil {
		return false
	}
	goes := func(name, namespace string) bool {
		return slices.Contains(d.gone, model.Ref{Kind: Service.Kind, Namespace: orElse(namespace, ref.Namespace), Name: name})
	}
	found := false
	if b := spec.DefaultBackend; b != nil && !goes(b.Service.Name, "") {
		return false
	}
	for _, r := range spec.Rules {
		for _, p := range r.HTTP.Paths {
			if found = true; !goes(p.Backend.Service.Name, "") {
				return false
			}
		}
		for _, b := range r.BackendRefs {
			if found = true; !goes(b.Name, b.Namespace) {
				return false
			}
		}
	}
	return found || spec.DefaultBackend != nil
}

type routeBackend struct{ Service struct{ Name string } }

// take adds the delete of an object, and what is to be known of its finalizers.
func (d *leaving) take(ref model.Ref, along bool, why string) {
	o := d.live.Object(ref)
	if o == nil || slices.ContainsFunc(d.a.Edits, func(e plan.Edit) bool { return e.Object == ref }) {
		return
	}
	e := plan.Edit{Verb: plan.Delete, Object: ref, APIVersion: plan.Text(o, "apiVersion"), Why: why, Along: along}
	if held := Finalizers(o); len(held) > 0 {
		names := strings.Join(held, ", ")
		switch {
		case d.how.Release:
			e.Release = true
			d.note(fmt.Sprintf("%s: its finalizers (%s) are taken away: what they stand for is not cleaned up", ref, names))
		case d.runs:
			d.note(fmt.Sprintf("%s goes when its controller has taken %s away", ref, names))
		default:
			e.Asks = fmt.Sprintf("it stays, being deleted, until somebody takes its finalizers away (%s), and no controller of %s is seen that would: "+
				"with --remove-finalizers fn9s does", names, orElse(d.Controller, d.f.Key.Framework))
		}
	}
	if ref == d.f.Object && len(d.f.Owners) > 0 {
		e.Asks = Also(e.Asks, d.f.Owners[0].String()+" owns it, and may make it anew", "")
	}
	d.a.Edits = append(d.a.Edits, e)
}

// Finalizers lists those of an object but those that Kubernetes itself looks after.
func Finalizers(o map[string]any) []string {
	v, _ := plan.Lookup(o, "metadata.finalizers")
	list, _ := v.([]any)
	var all []string
	for _, e := range list {
		if s, ok := e.(string); ok && s != "foregroundDeletion" && s != "orphan" && !strings.HasPrefix(s, "kubernetes.io/") {
			all = append(all, Line(s))
		}
	}
	return all
}

// controlled reports whether something runs in the namespace of the framework's control plane.
func (d *leaving) controlled() bool {
	ns := d.f.Platform.Namespace
	if ns == "" || ns == d.f.Key.Namespace {
		return d.f.Platform.Version != ""
	}
	return slices.ContainsFunc(d.live.List(Deployment, ns, ""), func(o map[string]any) bool {
		n, _ := plan.Whole(o, "status.readyReplicas")
		return n > 0
	})
}

func (d *leaving) note(text string) {
	if text = Text(text); !slices.Contains(d.a.Notes, text) {
		d.a.Notes = append(d.a.Notes, text)
	}
}
