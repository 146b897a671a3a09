package artifact

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Ceilings from which scale counts as without one, and timeouts as none.
const (
	manyReplicas = 100
	longTimeout  = 15 * time.Minute
)

// scaled is what KEDA scales, and how far.
type scaled struct {
	target model.Ref
	max    int32
	set    bool
}

const kedaDefault = 100

func keepScaled(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Target struct {
				Kind string `json:"kind"`
				Name string `json:"name"`
			} `json:"scaleTargetRef"`
			Max *int32 `json:"maxReplicaCount"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	kind := o.Spec.Target.Kind
	if kind == "" {
		kind = "Deployment"
	}
	s := scaled{target: model.Ref{Kind: kind, Namespace: raw.Header.Namespace, Name: o.Spec.Target.Name}, max: kedaDefault}
	if o.Spec.Max != nil {
		s.max, s.set = *o.Spec.Max, true
	}
	return s, nil
}

// scalersOf lists KEDA's settings of a namespace by what they scale, without its group.
var scalersOf = snapshot.NewQuery("KEDA scaling of a namespace", func(r *snapshot.Reader, ns string) map[model.Ref]kedaScaling {
	var all map[model.Ref]kedaScaling
	for _, o := range r.List(scaledKind, ns) {
		if s, ok := snapshot.FactsOf[scaled](o, reader); ok {
			if all == nil {
				all = map[model.Ref]kedaScaling{}
			}
			all[s.target] = kedaScaling{o.Head().Ref, s}
		}
	}
	return all
}, nil)

type kedaScaling struct {
	ref model.Ref
	scaled
}

func kedaOf(e *check.Eval) (kedaScaling, bool) {
	all := scalersOf.Get(e.Reader, e.Subject.Namespace)
	if len(all) == 0 {
		return kedaScaling{}, false
	}
	refs := make([]model.Ref, 0, len(e.F.Workloads)+1)
	refs = append(refs, e.F.Object)
	for _, w := range e.F.Workloads {
		refs = append(refs, w.Ref)
	}
	for _, ref := range refs {
		ref.Group = ""
		if s, ok := all[ref]; ok {
			return s, true
		}
	}
	return kedaScaling{}, false
}

// unbounded judges how many replicas load, or an attacker, can make of the function.
func unbounded(e *check.Eval) {
	if k, ok := kedaOf(e); ok {
		at := check.At{Object: k.ref, Path: "spec.maxReplicaCount", Value: strconv.Itoa(int(k.max))}
		switch {
		case !k.set:
			bounded(e, e.Failf(at, "KEDA may start %d replicas: maxReplicaCount is not set", kedaDefault))
		case k.max >= manyReplicas:
			bounded(e, e.Failf(at, "KEDA may start %d replicas", k.max))
		}
		return
	}
	s := &e.F.Scaling
	at := check.At{Object: e.F.Object, Path: scalePaths[e.F.Key.Framework]}
	if !s.By.IsZero() {
		at = check.At{Object: s.By, Path: "spec.maxReplicas"}
		if s.By.Kind != "HorizontalPodAutoscaler" {
			at.Path = ""
		}
	}
	if s.Max == nil || *s.Max == 0 && e.F.Key.Framework == knativeFor {
		withoutMax(e, at)
		return
	}
	if *s.Max < manyReplicas {
		return
	}
	at.Value = strconv.Itoa(int(*s.Max))
	if poolManaged(e) {
		at.Path = "spec.concurrency"
		bounded(e, e.Failf(at, "may take %d pods of the pool at once", *s.Max))
		return
	}
	bounded(e, e.Failf(at, "may grow to %d replicas", *s.Max))
}

// bounded weighs a finding less where the namespace's quota bounds what all of it may use.
func bounded(e *check.Eval, f *check.Finding) {
	if allowanceOf.Get(e.Reader, e.Subject.Namespace).limits {
		f.Down("the namespace's ResourceQuota bounds it")
	}
}

// scalePaths are the fields that hold the ceiling.
var scalePaths = map[string]string{
	"openfaas": "metadata.labels['com.openfaas.scale.max']", "kyma": "spec.replicas", "nuclio": "spec.maxReplicas",
	"knative": "spec.template.metadata.annotations['autoscaling.knative.dev/max-scale']",
	"fission": "spec.InvokeStrategy.ExecutionStrategy.MaxScale",
}

// withoutMax judges functions that set no ceiling: the framework's default decides.
func withoutMax(e *check.Eval, at check.At) {
	switch e.F.Key.Framework {
	case "openfaas":
		if e.F.Platform.Shape != "ce" { // whose gateway stops at 5
			bounded(e, e.Fail(at, "sets no ceiling of replicas, so it may grow as far as the gateway lets it"))
		}
	case knativeFor:
		if c, ok := knativeConfig(e.Reader, e.F, "config-autoscaler"); ok && c.maxScale != "" && c.maxScale != "0" {
			return
		}
		if e.F.Key.Group == serviceKind.Group {
			bounded(e, e.Fail(at, "sets no ceiling of replicas, and the cluster sets none either: load makes as many as fit"))
		}
	case "fission":
		if poolManaged(e) {
			at.Path = "spec.concurrency"
			bounded(e, e.Fail(at, "may take 500 pods of the pool at once: spec.concurrency is not set"))
		}
	case "openwhisk":
		e.NA("limits of tenants are known to the REST API only")
	case "fn":
		e.NA("Fn has no replicas")
	}
}

// poolManaged reports whether a Fission function takes pods from a pool.
func poolManaged(e *check.Eval) bool {
	for _, w := range e.F.Workloads {
		if w.Role == model.Run && w.Shared {
			return true
		}
	}
	return false
}

// timeouts judges how long one call may run.
func timeouts(e *check.Eval) {
	m := makingOf.Get(e.Reader, e.F.Key)
	for _, p := range m.parts {
		if p.timeout == nil {
			continue
		}
		switch t := *p.timeout; {
		case t <= 0:
			e.Fail(check.At{Object: p.ref, Path: p.at, Value: t.String()}, "calls may run for ever")
		case t > longTimeout:
			e.Fail(check.At{Object: p.ref, Path: p.at, Value: t.String()}, "one call may run for "+t.String())
		}
		return
	}
	if e.F.Key.Framework == "openfaas" {
		watchdog(e)
		return
	}
	if e.F.Key.Framework == "nuclio" && len(m.parts) > 0 {
		e.Fail(check.At{Object: e.F.Object, Path: "spec.eventTimeout"}, "no timeout is set: a call that hangs keeps a worker for ever")
		return
	}
	if len(m.parts) == 0 {
		e.NA("its framework has no timeout, or nothing says what it is")
	}
}

// watchdog judges the timeouts that the watchdog of OpenFaaS reads from the environment.
func watchdog(e *check.Eval) {
	for _, s := range specsOf(e) {
		for _, c := range s.Containers() {
			if !c.Own {
				continue
			}
			for i := range c.Env {
				v := &c.Env[i]
				if v.Name != "exec_timeout" || v.Value == "" {
					continue
				}
				t, err := time.ParseDuration(v.Value)
				if err != nil {
					t, err = time.ParseDuration(v.Value + "s")
				}
				at := check.At{Object: s.Ref, Path: c.Path + ".env[" + itoa(i) + "].value", Fixed: c.Fixed + ".env[exec_timeout].value", Value: v.Value}
				switch {
				case err != nil:
				case t <= 0:
					e.Fail(at, "calls may run for ever: exec_timeout is "+v.Value)
				case t > longTimeout:
					e.Fail(at, "one call may run for "+t.String())
				}
			}
		}
	}
}
