package openfaas

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const (
	minLabel  = "com.openfaas.scale.min"
	maxLabel  = "com.openfaas.scale.max"
	zeroLabel = "com.openfaas.scale.zero"

	mostReplicas = 5 // of the community edition
)

// Unable knows what the community edition takes back at once.
func (adapter) Unable(f *model.Function, act plan.Act) string {
	if act == plan.Pausing && f.Platform.Shape == shapeCE {
		return "the community edition sets 0 replicas back to 1 at once: closest comes isolate-ingress, so that nobody can call it"
	}
	return ""
}

// Scale sets the replicas of the Deployment, which the operator leaves alone, and the bounds in the labels that gateway and
// autoscaler read.
func (adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	var answers []plan.Answer
	if n := to.Replicas; n != nil {
		if f.Platform.Shape == shapeCE && (*n < 1 || *n > mostReplicas) {
			return plan.Answer{None: fmt.Sprintf("the community edition keeps replicas between 1 and %d: it sets others back at once", mostReplicas)}
		}
		a := frameworks.ScaleWorkloads(f, live, plan.Scale{Replicas: n})
		if f.Platform.Shape == shapePro {
			a.Left = "the autoscaler decides anew soon: --min and --max are what it obeys"
		}
		answers = append(answers, a)
		if *n > 0 && below(*n, labels(f, live)[minLabel]) && to.Min == nil {
			to.Min = n // fewer than the least would be set back
		}
		if *n == 0 && f.Platform.Shape == shapePro && f.Object.Kind == functionKind.Kind {
			answers = append(answers, set(f, live, plan.Field{Path: plan.Keyed("spec.labels", zeroLabel), Value: "true"}))
		}
	}
	if to.Min != nil && to.Max != nil && *to.Min > *to.Max {
		return plan.Answer{None: fmt.Sprintf("at least %d and at most %d replicas contradict each other", *to.Min, *to.Max)}
	}
	if to.Min != nil && *to.Min < 1 {
		return plan.Answer{None: "the least is 1: to zero goes scale 0"}
	}
	var fields []plan.Field
	path := "spec.labels"
	if f.Object.Kind != functionKind.Kind {
		path = "spec.template.metadata.labels"
	}
	for label, n := range map[string]*int{minLabel: to.Min, maxLabel: to.Max} {
		if n != nil {
			fields = append(fields, plan.Field{Path: plan.Keyed(path, label), Value: strconv.Itoa(*n)})
		}
	}
	if len(fields) > 0 {
		if len(fields) == 2 && fields[0].Path > fields[1].Path {
			fields[0], fields[1] = fields[1], fields[0]
		}
		answers = append(answers, set(f, live, fields...))
	}
	return frameworks.Join(answers...)
}

func below(n int, least string) bool {
	l, err := strconv.Atoi(least)
	return err == nil && n < l
}

// labels are those that say how the function scales.
func labels(f *model.Function, live plan.Live) map[string]string {
	path := "spec.labels"
	if f.Object.Kind != functionKind.Kind {
		path = "spec.template.metadata.labels"
	}
	v, _ := plan.Lookup(live.Object(place(f)), path)
	m, _ := v.(map[string]any)
	out := map[string]string{}
	for k, v := range m {
		out[k], _ = v.(string)
	}
	return out
}

// place is the object that says how the function scales.
func place(f *model.Function) model.Ref {
	if refs := frameworks.RunWorkloads(f); f.Object.Kind != functionKind.Kind && len(refs) > 0 {
		return refs[0]
	}
	return f.Object
}

func set(f *model.Function, live plan.Live, fields ...plan.Field) plan.Answer {
	ref := place(f)
	o := live.Object(ref)
	a := frameworks.SetFields(ref, plan.Text(o, "apiVersion"), o, plan.Scaling, plan.Rollout, fields...)
	if ref != f.Object && len(a.Edits) > 0 {
		a.Lost = "the next deployment takes the labels from its own file"
	}
	return a
}

// Pause leaves the function without pods; a call through the gateway wakes it.
func (adapter) Pause(f *model.Function, live plan.Live) plan.Answer {
	a := frameworks.PauseWorkloads(f, live)
	if len(a.Edits) > 0 {
		a.Left = "a call through the gateway starts it again"
	}
	return a
}

// Resume gives the Deployment its replicas back.
func (adapter) Resume(f *model.Function, live plan.Live) plan.Answer {
	return frameworks.ResumeWorkloads(f, live)
}

// Revisions are those of the Deployment.
func (adapter) Revisions(f *model.Function, live plan.Live) []plan.Revision {
	return frameworks.WorkloadRevisions(f, live)
}

// Rollback gives the Function the specification that an earlier Deployment was made of: it stands in an annotation. Where
// only labels make the function its Deployment is rolled back.
func (adapter) Rollback(f *model.Function, live plan.Live, revision string) plan.Answer {
	if f.Object.Kind != functionKind.Kind {
		a := frameworks.RollbackWorkload(f, live, revision)
		a.Lost = "the next deployment from its own file undoes it"
		return a
	}
	refs := frameworks.RunWorkloads(f)
	if len(refs) != 1 {
		return plan.Answer{None: "it has no Deployment that could keep an earlier state"}
	}
	kept, none := frameworks.Chosen(frameworks.KeptBy(live, refs[0]), revision)
	if none != "" {
		return plan.Answer{None: refs[0].String() + ": " + none}
	}
	text := plan.Text(kept.Template, plan.Keyed("metadata.annotations", specAnnotation))
	var spec map[string]any
	if text == "" || json.Unmarshal([]byte(text), &spec) != nil || spec["name"] == nil {
		return plan.Answer{None: "revision " + kept.Name + " does not say of which specification it was made"}
	}
	now, _ := plan.Lookup(live.Object(f.Object), "spec")
	fields := plan.Differences("spec", frameworks.Copied(now), spec)
	if len(fields) == 0 {
		return plan.Answer{Already: true}
	}
	return frameworks.Change(f.Object, f.APIVersion, plan.RollingBack, plan.Rollout, fields...)
}

// Delete takes the routes along that name the function alone.
func (adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	l := frameworks.Leaving{Controller: "the OpenFaaS operator"}
	if ns := f.Platform.Namespace; ns != "" {
		for _, o := range live.List(ingressKind, ns, "") {
			of := plan.Text(o, "spec.functionNamespace")
			if of == "" {
				of = "openfaas-fn" // where functions are unless something else is said
			}
			if plan.Text(o, "spec.function") == f.Name() && of == f.Key.Namespace {
				l.Calls = append(l.Calls, model.Ref{Group: group, Kind: ingressKind.Kind, Namespace: ns, Name: plan.Text(o, "metadata.name")})
			}
		}
	}
	return l.Delete(f, live, how)
}
