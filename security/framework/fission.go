package framework

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	fissionFunctionKind    = schema.GroupKind{Group: "fission.io", Kind: "Function"}
	fissionEnvironmentKind = schema.GroupKind{Group: "fission.io", Kind: "Environment"}
)

var fissionKinds = []snapshot.Kind{
	{GroupKind: fissionFunctionKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeFissionFunction},
	{GroupKind: fissionEnvironmentKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeFissionEnvironment},
	{GroupKind: fissionTenantKind, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: decodeFissionTenant},
	{GroupKind: crdKind, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: decodeCRD},
	{GroupKind: validatingKind, Versions: []string{"v1"}, Cluster: true},
}

const noFission = "it is no Fission"

// fissionFunction is what is judged of a Function of Fission.
type fissionFunction struct {
	environment model.Ref // zero: none
	executor    string
	secrets     []string // NAMESPACE/NAME, sorted
	own         stance   // what it says itself; with an Environment only of limits
}

type fissionRef struct{ Namespace, Name string }

func decodeFissionFunction(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Environment    fissionRef
			Secrets        []fissionRef
			Resources      corev1.ResourceRequirements
			PodSpec        *corev1.PodSpec
			InvokeStrategy struct {
				ExecutionStrategy struct{ ExecutorType string }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	s := &o.Spec
	f := &fissionFunction{
		executor: orElse(short(s.InvokeStrategy.ExecutionStrategy.ExecutorType), "poolmgr"),
	}
	if p := s.PodSpec; p != nil && len(p.Containers) == 1 {
		f.own = explicit(p, &p.Containers[0])
	}
	f.own.add(limited, hasLimits(s.Resources))
	if s.Environment.Name != "" {
		f.environment = model.Ref{
			Group: "fission.io", Kind: fissionEnvironmentKind.Kind, Name: short(s.Environment.Name),
			Namespace: orElse(short(s.Environment.Namespace), raw.Header.Namespace),
		}
	}
	for _, r := range s.Secrets[:min(len(s.Secrets), 256)] {
		f.secrets = append(f.secrets, orElse(short(r.Namespace), raw.Header.Namespace)+"/"+short(r.Name))
	}
	slices.Sort(f.secrets)
	return f, nil
}

// fissionEnvironment is what is judged of an Environment.
type fissionEnvironment struct {
	shared        bool   // one pod serves many functions
	main, fetcher stance // what it says of the two containers
}

func decodeFissionEnvironment(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			AllowedFunctionsPerContainer string
			Resources                    corev1.ResourceRequirements
			Runtime                      struct {
				Container *corev1.Container
				PodSpec   *corev1.PodSpec
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	env := &fissionEnvironment{shared: o.Spec.AllowedFunctionsPerContainer == "infinite"}
	pod := o.Spec.Runtime.PodSpec
	if pod == nil {
		pod = &corev1.PodSpec{}
	}
	main := o.Spec.Runtime.Container
	if c := container(pod, raw.Header.Name); c != nil {
		main = c
	}
	env.main, env.fetcher = explicit(pod, main), explicit(pod, container(pod, "fetcher"))
	env.main.add(limited, hasLimits(o.Spec.Resources))
	// The executor sets the account, and since 1.23 it keeps the token from the function whatever is asked for.
	env.main.account, env.fetcher.account = "", ""
	env.main.hardening &^= noToken
	env.fetcher.hardening &^= noToken
	return env, nil
}

// sharer is a function in an Environment.
type sharer struct {
	model.Ref
	secrets []string
}

func (s sharer) equal(o sharer) bool { return s.Ref == o.Ref && slices.Equal(s.secrets, o.secrets) }

// sharersBy lists the functions of all Environments.
var sharersBy = snapshot.NewQuery("functions by Environment", func(r *snapshot.Reader, _ struct{}) map[model.Ref][]sharer {
	all := map[model.Ref][]sharer{}
	for _, o := range r.List(fissionFunctionKind, "") {
		f, ok := snapshot.FactsOf[*fissionFunction](o, reader)
		if ok && !f.environment.IsZero() && f.executor == "poolmgr" {
			all[f.environment] = append(all[f.environment], sharer{o.Head().Ref, f.secrets})
		}
	}
	return all
}, func(a, b map[model.Ref][]sharer) bool { return false })

// sharersOf lists the functions of one Environment that run in its pool.
var sharersOf = snapshot.NewQuery("functions of an Environment", func(r *snapshot.Reader, env model.Ref) []sharer {
	return sharersBy.Get(r, struct{}{})[env]
}, func(a, b []sharer) bool { return slices.EqualFunc(a, b, sharer.equal) })

// checkFissionShared is FW-FI-05.
func checkFissionShared(e *check.Eval) {
	if !runs(e, fission, noFission) {
		return
	}
	f, ok := snapshot.FactsOf[*fissionFunction](e.Get(e.F.Object), reader)
	if !ok || f.environment.IsZero() || f.executor != "poolmgr" {
		e.NA("it has pods of its own")
		return
	}
	env, ok := snapshot.FactsOf[*fissionEnvironment](e.Get(f.environment), reader)
	if !ok {
		e.Need(fissionEnvironmentKind, f.environment.Namespace)
		return
	}
	all := sharersOf.Get(e.Reader, f.environment)
	if !env.shared || len(all) < 2 {
		return
	}
	differ, others := false, ""
	for i, s := range all {
		differ = differ || !slices.Equal(s.secrets, all[0].secrets)
		if s.Ref != e.F.Object && i < 8 {
			others += ", " + s.Name
		}
	}
	finding := e.Failf(check.At{Object: f.environment, Path: "spec.allowedFunctionsPerContainer", Value: "infinite"},
		"one pod serves all %d functions of Environment %s: code of one reads memory, files and Secrets of the others (%s), and no policy or log tells them apart",
		len(all), f.environment.Name, others[min(2, len(others)):])
	if !differ && !callable(e) {
		finding.As(check.Medium)
	}
}
