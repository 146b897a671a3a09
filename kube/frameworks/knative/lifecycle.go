package knative

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const (
	templatePath = "spec.template.metadata.annotations"
	minKey       = "autoscaling.knative.dev/min-scale"
	maxKey       = "autoscaling.knative.dev/max-scale"
	oldMinKey    = "autoscaling.knative.dev/minScale"
	oldMaxKey    = "autoscaling.knative.dev/maxScale"
)

// served reports whether Serving makes Revisions of the function.
func served(f *model.Function) bool {
	gk := f.Object.GroupKind()
	return gk == serviceKind || gk == configurationKind
}

// Unable knows what Serving has no word for.
func (adapter) Unable(f *model.Function, act plan.Act) string {
	gk := f.Object.GroupKind()
	switch {
	case (act == plan.Pausing || act == plan.Resuming) && served(f):
		return "Knative starts pods for every call, and has nothing that refuses calls: closest comes scale 0, so that none are kept, and remove-route"
	case gk == sourceKind && act != plan.Deleting:
		return "the operator of func deploys it from its repository: change it there"
	case (act == plan.Splitting) && gk != serviceKind:
		return "only a Service of Knative divides requests"
	}
	return ""
}

// Scale writes the bounds into the template, which makes a new Revision: replicas of a Deployment are the autoscaler's.
func (adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	if !served(f) {
		return scaleDeployed(f, live, to)
	}
	object := live.Object(f.Object)
	if n := to.Replicas; n != nil {
		to.Min = n
		if most, err := strconv.Atoi(annotated(object, maxKey, oldMaxKey)); err == nil && most > 0 && most < *n && to.Max == nil {
			to.Max = n
		}
	}
	var fields []plan.Field
	for _, b := range []struct {
		key, old string
		n        *int
	}{{minKey, oldMinKey, to.Min}, {maxKey, oldMaxKey, to.Max}} {
		if b.n == nil {
			continue
		}
		value := strconv.Itoa(*b.n)
		if now := annotated(object, b.key, b.old); now == value || now == "" && *b.n == 0 {
			continue
		}
		fields = append(fields, plan.Field{Path: plan.Keyed(templatePath, b.key), Value: value}, plan.Field{Path: plan.Keyed(templatePath, b.old), Remove: true})
	}
	if len(fields) == 0 {
		return plan.Answer{Already: true}
	}
	if plan.Text(object, "spec.template.metadata.name") != "" {
		fields = append(fields, plan.Field{Path: "spec.template.metadata.name", Remove: true}) // it is the present Revision's
	}
	a := frameworks.SetFields(f.Object, f.APIVersion, object, plan.Scaling, plan.Rollout, fields...)
	if entries := traffic(object, "spec.traffic"); len(entries) > 0 && !slices.ContainsFunc(entries, func(e entry) bool { return e.latest && e.percent > 0 }) {
		a.Left = "its traffic is pinned to Revisions: the new one gets none until the traffic is changed"
	}
	if to.Replicas != nil && *to.Replicas == 0 {
		a.Notes = append(a.Notes, "pods end when nobody calls; the next call starts one")
	}
	return a
}

func annotated(object map[string]any, keys ...string) string {
	for _, k := range keys {
		if v := plan.Text(object, plan.Keyed(templatePath, k)); v != "" {
			return v
		}
	}
	return ""
}

// scaleDeployed is for what func deploys without Serving: a scaler beside the Deployment has the bounds.
func scaleDeployed(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	for _, o := range live.List(scaledKind, f.Key.Namespace, "") {
		if plan.Text(o, "spec.scaleTargetRef.name") != f.Object.Name {
			continue
		}
		if to.Replicas != nil {
			return plan.Answer{None: "an HTTPScaledObject sets its replicas: give it other bounds with --min and --max"}
		}
		ref := objectRef(scaledKind, f.Key.Namespace, plan.Text(o, "metadata.name"))
		return frameworks.SetFields(ref, plan.Text(o, "apiVersion"), o, plan.Scaling, plan.AtOnce,
			append(frameworks.Number64("spec.replicas.min", to.Min), frameworks.Number64("spec.replicas.max", to.Max)...)...)
	}
	return frameworks.ScaleWorkloads(f, live, to)
}

// entry is one element of a list of traffic.
type entry struct {
	revision, tag string
	latest        bool
	percent       int
}

func traffic(object map[string]any, path string) []entry {
	v, _ := plan.Lookup(object, path)
	list, _ := v.([]any)
	var all []entry
	for _, x := range list {
		m, _ := x.(map[string]any)
		n, _ := plan.Whole(m, "percent")
		e := entry{revision: plan.Text(m, "revisionName"), tag: plan.Text(m, "tag"), percent: n}
		e.latest, _ = m["latestRevision"].(bool)
		e.latest = e.latest || e.revision == ""
		all = append(all, e)
	}
	return all
}

// shares are what revisions get, by the first of these lists that there is: what is wanted, or what is so now. Of what
// follows the newest one the name is in the status.
func shares(object map[string]any, lists ...string) map[string]int {
	all := map[string]int{}
	for _, path := range lists {
		for _, e := range traffic(object, path) {
			all[e.revision] += e.percent
		}
		if len(all) > 0 {
			break
		}
	}
	if newest := plan.Text(object, "status.latestReadyRevisionName"); newest != "" {
		if n, ok := all[""]; ok {
			delete(all, "")
			all[newest] += n
		} else if len(all) == 0 {
			all[newest] = 100
		}
	}
	delete(all, "")
	return all
}

// Revisions lists those of the Service or Configuration.
func (adapter) Revisions(f *model.Function, live plan.Live) []plan.Revision {
	if !served(f) {
		return frameworks.WorkloadRevisions(f, live)
	}
	label := labelService
	if f.Object.Kind == configurationKind.Kind {
		label = labelConfiguration
	}
	now := shares(live.Object(f.Object), "status.traffic", "spec.traffic")
	var all []plan.Revision
	for _, o := range live.List(revisionKind, f.Key.Namespace, label+"="+f.Object.Name) {
		name := plan.Text(o, "metadata.name")
		image := plan.Text(o, "spec.containers[0].image")
		all = append(all, plan.Revision{
			Name: name, Made: frameworks.Moment(plan.Text(o, "metadata.creationTimestamp")), What: frameworks.Text(image), Percent: now[name], Current: now[name] > 0,
		})
	}
	slices.SortStableFunc(all, func(a, b plan.Revision) int {
		if c := b.Made.Compare(a.Made); c != 0 {
			return c
		}
		return strings.Compare(b.Name, a.Name)
	})
	return all
}

// Rollback gives all requests to an earlier Revision.
func (a adapter) Rollback(f *model.Function, live plan.Live, revision string) plan.Answer {
	switch {
	case !served(f):
		return frameworks.RollbackWorkload(f, live, revision)
	case f.Object.Kind == configurationKind.Kind:
		return plan.Answer{None: "it has no Service: its Route says which Revision gets the requests"}
	}
	if revision == "" {
		all := a.Revisions(f, live)
		at := slices.IndexFunc(all, func(r plan.Revision) bool { return r.Current })
		if at < 0 || at+1 >= len(all) {
			return plan.Answer{None: "there is no Revision before the one that gets the requests"}
		}
		revision = all[at+1].Name
	}
	answer := a.Split(f, live, &plan.Task{Act: plan.RollingBack, Shares: []plan.Share{{Revision: revision, Percent: 100}}})
	answer.Notes = append(answer.Notes, "the next change makes a Revision that gets no requests: traffic "+f.Name()+" latest=100 follows the newest one again")
	return answer
}

// Split writes the shares into the Service. Tags stay; what is left of 100 goes to the Revision that has most now.
func (adapter) Split(f *model.Function, live plan.Live, t *plan.Task) plan.Answer {
	object := live.Object(f.Object)
	if object == nil {
		return plan.Answer{None: f.Object.String() + " is not there, or may not be read"}
	}
	wanted, none := named(f, live, t.Shares)
	if none != "" {
		return plan.Answer{None: none}
	}
	sum := 0
	for _, s := range wanted {
		sum += s.Percent
	}
	if sum < 100 {
		rest := mostOf(object, wanted)
		if rest == "" {
			return plan.Answer{None: "the shares come to " + strconv.Itoa(sum) + " of 100, and no other Revision has requests now: say who gets the rest"}
		}
		wanted = append(wanted, plan.Share{Revision: rest, Percent: 100 - sum})
	} else if sum > 100 {
		return plan.Answer{None: "the shares come to " + strconv.Itoa(sum) + ", more than 100"}
	}
	list := entries(wanted, traffic(object, "spec.traffic"))
	now, _ := plan.Lookup(object, "spec.traffic")
	if fields := plan.Differences("spec.traffic", frameworks.Copied(now), frameworks.Copied(list)); len(fields) == 0 {
		return plan.Answer{Already: true}
	}
	return frameworks.Change(f.Object, f.APIVersion, t.Act, plan.AtOnce, plan.Field{Path: "spec.traffic", Value: list})
}

// named finds the Revisions of shares: by their names, or by what follows the Service's.
func named(f *model.Function, live plan.Live, all []plan.Share) ([]plan.Share, string) {
	var out []plan.Share
	for _, s := range all {
		name := s.Revision
		if name != plan.Latest {
			if live.Object(objectRef(revisionKind, f.Key.Namespace, name)) == nil {
				name = f.Object.Name + "-" + name
			}
			o := live.Object(objectRef(revisionKind, f.Key.Namespace, name))
			if o == nil || plan.Text(o, plan.Keyed("metadata.labels", labelService)) != f.Object.Name {
				return nil, "there is no Revision " + frameworks.Line(s.Revision) + " of it"
			}
		}
		if slices.ContainsFunc(out, func(o plan.Share) bool { return o.Revision == name }) {
			return nil, name + " is named twice"
		}
		out = append(out, plan.Share{Revision: name, Percent: s.Percent})
	}
	return out, ""
}

// mostOf is the Revision that has most of the requests and is not among these.
func mostOf(object map[string]any, not []plan.Share) string {
	newest := plan.Text(object, "status.latestReadyRevisionName")
	best, most := "", 0
	now := shares(object, "spec.traffic", "status.traffic")
	for name, n := range now {
		taken := slices.ContainsFunc(not, func(s plan.Share) bool { return s.Revision == name || s.Revision == plan.Latest && name == newest })
		if !taken && (n > most || n == most && n > 0 && name < best) {
			best, most = name, n
		}
	}
	return best
}

// entries are the elements of spec.traffic for these shares, with the tags that there are.
func entries(wanted []plan.Share, before []entry) []any {
	var list []any
	used := map[string]bool{}
	element := func(revision string, percent int, tag string) {
		m := map[string]any{"latestRevision": revision == plan.Latest, "percent": int64(percent)}
		if revision != plan.Latest {
			m["revisionName"] = revision
		}
		if tag != "" {
			m["tag"] = tag
			used[tag] = true
		}
		list = append(list, m)
	}
	for _, s := range wanted {
		tag := ""
		for _, b := range before {
			if b.tag != "" && !used[b.tag] && (b.revision == s.Revision && !b.latest || b.latest && s.Revision == plan.Latest) {
				tag = b.tag
				break
			}
		}
		if s.Percent > 0 || tag != "" {
			element(s.Revision, s.Percent, tag)
		}
	}
	for _, b := range before {
		if b.tag != "" && !used[b.tag] {
			revision := b.revision
			if b.latest {
				revision = plan.Latest
			}
			element(revision, 0, b.tag)
		}
	}
	return list
}

// Trouble is what Serving says of the Service and of the Revisions that get requests.
func (adapter) Trouble(f *model.Function, live plan.Live, shares []plan.Share) string {
	object := live.Object(f.Object)
	if object == nil {
		return "its Service is not there any more"
	}
	refs := []model.Ref{f.Object}
	for _, s := range shares {
		name := s.Revision
		if name == plan.Latest {
			name = plan.Text(object, "status.latestCreatedRevisionName")
		} else if live.Object(objectRef(revisionKind, f.Key.Namespace, name)) == nil {
			name = f.Object.Name + "-" + name
		}
		if s.Percent > 0 && name != "" {
			refs = append(refs, objectRef(revisionKind, f.Key.Namespace, name))
		}
	}
	for _, ref := range refs {
		o := live.Object(ref)
		if o == nil {
			return ref.String() + " is not there any more"
		}
		ready := plan.Text(o, `status.conditions[type=Ready].status`)
		if ready == "False" {
			return ref.String() + ": " + frameworks.Sentence(plan.Text(o, "status.conditions[type=Ready].reason"), plan.Text(o, "status.conditions[type=Ready].message"))
		}
	}
	return ""
}

// Delete names what Serving makes, and takes along what leads to the function alone.
func (adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	l := frameworks.Leaving{Triggers: []schema.GroupKind{mappingKind}, Owned: []schema.GroupKind{
		configurationKind, routeKind, revisionKind, scaledKind,
		{Group: "autoscaling.internal.knative.dev", Kind: "PodAutoscaler"}, {Group: "autoscaling.internal.knative.dev", Kind: "Metric"},
		{Group: "networking.internal.knative.dev", Kind: "Ingress"}, {Group: "networking.internal.knative.dev", Kind: "ServerlessService"},
		{Group: "networking.internal.knative.dev", Kind: "Certificate"}, {Group: "caching.internal.knative.dev", Kind: "Image"},
	}}
	for _, c := range callers {
		if c.kind != "SinkBinding" { // it is about somebody else's workload
			l.Triggers = append(l.Triggers, schema.GroupKind{Group: c.group, Kind: c.kind})
		}
	}
	// The operator of func would make the Service of such an object again.
	operated := schema.GroupKind{Group: operatorGroup, Kind: "Function"}
	for _, o := range live.List(operated, f.Key.Namespace, "") {
		own := plan.Text(o, "metadata.name")
		if cmp.Or(plan.Text(o, "status.name"), own) == f.Object.Name && own != "" {
			l.Calls = append(l.Calls, objectRef(operated, f.Key.Namespace, own))
		}
	}
	l.Leads = func(o map[string]any) bool { return leads(o, f.Object.Name, f.Key.Namespace) }
	return l.Delete(f, live, how)
}

// leads reports whether the subscriber or sink of an object is the function: what it names for failures is not.
func leads(o map[string]any, name, namespace string) bool {
	if plan.Text(o, "spec.ref.name") == name { // of a DomainMapping
		return true
	}
	for _, to := range []string{"spec.subscriber", "spec.sink"} {
		if plan.Text(o, to+".ref.name") == name || strings.Contains(plan.Text(o, to+".uri"), "//"+name+"."+namespace+".svc") {
			return true
		}
	}
	return false
}
