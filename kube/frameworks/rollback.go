package frameworks

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const (
	revisionKey  = "deployment.kubernetes.io/revision"
	revisionPath = `metadata.annotations["` + revisionKey + `"]`
	causePath    = `metadata.annotations["kubernetes.io/change-cause"]`
	hashLabel    = "pod-template-hash"
)

var controllerRevision = schema.GroupKind{Group: "apps", Kind: "ControllerRevision"}

// Kept is an earlier state of a workload, with the pod template that it had.
type Kept struct {
	plan.Revision
	Number   int
	Template map[string]any
	Object   map[string]any // that keeps it
}

// KeptBy lists the states that a Deployment's ReplicaSets, or the ControllerRevisions of another workload, keep: the newest
// first.
func KeptBy(live plan.Live, ref model.Ref) []Kept {
	workload := live.Object(ref)
	if workload == nil {
		return nil
	}
	uid := plan.Text(workload, "metadata.uid")
	kind := controllerRevision
	if ref.GroupKind() == Deployment {
		kind = replicaSet
	}
	var all []Kept
	for _, o := range live.List(kind, ref.Namespace, "") {
		if !ownedByUID(o, uid) {
			continue
		}
		k := Kept{Object: o, Revision: plan.Revision{Percent: -1}}
		if kind == replicaSet {
			k.Number, _ = strconv.Atoi(plan.Text(o, revisionPath))
			k.Template = withoutHash(o)
		} else {
			k.Number, _ = plan.Whole(o, "revision")
			k.Template = ofRevision(o)
		}
		if k.Number == 0 || k.Template == nil {
			continue
		}
		k.Name = strconv.Itoa(k.Number)
		k.Made = Moment(plan.Text(o, "metadata.creationTimestamp"))
		k.What = strings.Join(slices.DeleteFunc([]string{images(k.Template), Line(plan.Text(o, causePath))}, func(s string) bool { return s == "" }), ": ")
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Compare(b.Number, a.Number) })
	if len(all) > 0 {
		all[0].Current = true // a rollback makes the old state the newest one
	}
	return all
}

// Moment reads a time of an object; zero: it is none.
func Moment(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

func ownedByUID(o map[string]any, uid string) bool {
	owners, _ := plan.Lookup(o, "metadata.ownerReferences")
	list, _ := owners.([]any)
	return uid != "" && slices.ContainsFunc(list, func(e any) bool {
		m, _ := e.(map[string]any)
		return m["uid"] == uid
	})
}

func withoutHash(o map[string]any) map[string]any {
	v, _ := plan.Lookup(o, "spec.template")
	template, _ := Copied(v).(map[string]any)
	if labels, ok := plan.Lookup(template, "metadata.labels"); ok {
		if m, ok := labels.(map[string]any); ok {
			delete(m, hashLabel)
		}
	}
	return template
}

func ofRevision(o map[string]any) map[string]any {
	v, _ := plan.Lookup(o, "data.spec.template")
	template, _ := Copied(v).(map[string]any)
	delete(template, "$patch")
	return template
}

// Copied is a copy of a value of JSON.
func Copied(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

func images(template map[string]any) string {
	v, _ := plan.Lookup(template, "spec.containers")
	list, _ := v.([]any)
	var all []string
	for _, e := range list {
		m, _ := e.(map[string]any)
		if image, ok := m["image"].(string); ok && len(all) < 3 {
			all = append(all, Text(image))
		}
	}
	return strings.Join(all, ", ")
}

// WorkloadRevisions lists the states that the function's workload keeps.
func WorkloadRevisions(f *model.Function, live plan.Live) []plan.Revision {
	var all []plan.Revision
	if refs := RunWorkloads(f); len(refs) == 1 {
		for _, k := range KeptBy(live, refs[0]) {
			all = append(all, k.Revision)
		}
	}
	return all
}

// RollbackWorkload gives the function's workload the pod template of an earlier state, as kubectl rollout undo does.
func RollbackWorkload(f *model.Function, live plan.Live, revision string) plan.Answer {
	refs := RunWorkloads(f)
	if len(refs) != 1 {
		return plan.Answer{None: fmt.Sprintf("%d workloads run it: only one that runs alone can be rolled back", len(refs))}
	}
	ref := refs[0]
	kept, none := Chosen(KeptBy(live, ref), revision)
	if none != "" {
		return plan.Answer{None: ref.String() + ": " + none}
	}
	now, _ := plan.Lookup(live.Object(ref), "spec.template")
	fields := plan.Differences("spec.template", Copied(now), kept.Template)
	if len(fields) == 0 {
		return plan.Answer{Already: true}
	}
	return Change(ref, "", plan.RollingBack, plan.Rollout, fields...)
}

// Chosen is the state of that name, without a name the one before the newest; or why there is none.
func Chosen(all []Kept, revision string) (*Kept, string) {
	if revision == "" && len(all) < 2 {
		return nil, "no earlier revision is kept"
	}
	if revision == "" {
		return &all[1], ""
	}
	i := slices.IndexFunc(all, func(k Kept) bool { return k.Name == revision })
	if i < 0 {
		var names []string
		for _, k := range all {
			names = append(names, k.Name)
		}
		return nil, fmt.Sprintf("there is no revision %s: there are %s", Line(revision), orElse(strings.Join(names, ", "), "none"))
	}
	return &all[i], ""
}
