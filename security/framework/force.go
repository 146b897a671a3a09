package framework

import (
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// declared names the facts of what function objects say about their pods.
const declared = "declared"

var (
	spinAppKind         = schema.GroupKind{Group: "core.spinkube.dev", Kind: "SpinApp"}
	profileKind         = schema.GroupKind{Group: "openfaas.com", Kind: "Profile"}
	kymaObjectKind      = schema.GroupKind{Group: "serverless.kyma-project.io", Kind: "Function"}
	kubelessObjectKind  = schema.GroupKind{Group: "kubeless.io", Kind: "Function"}
	declarationsOfKinds = []snapshot.Kind{
		{GroupKind: spinAppKind, Versions: []string{"v1alpha1"}, Reader: declared, Decode: decodeSpinApp},
		{GroupKind: profileKind, Versions: []string{"v1"}, Reader: declared, Decode: decodeProfile},
		{GroupKind: knativeServiceKind, Versions: []string{"v1"}, Reader: declared, Decode: decodeRevisionTemplate, Settled: true},
		{GroupKind: kymaObjectKind, Versions: []string{"v1alpha2"}, Reader: declared, Decode: decodeKymaContexts, Settled: true},
		{GroupKind: kubelessObjectKind, Versions: []string{"v1beta1"}, Reader: declared, Decode: decodeKubelessDeployment, Settled: true},
		{GroupKind: faasFunctionKind, Versions: []string{"v1", "v1alpha2"}, Reader: declared, Decode: decodeProfileNames, Settled: true},
	}
)

// said is what a function object says about its pods; explicit ones count, defaults do not.
type said struct{ stance }

// sayings keeps a stance that says anything.
func sayings(s stance) (any, error) {
	if s == (stance{}) {
		return nil, nil
	}
	s.account = short(s.account)
	return &said{s}, nil
}

// explicit leaves out what a spec has without saying so.
func explicit(s *corev1.PodSpec, c *corev1.Container) stance {
	st := stanceOf(s, c)
	st.hardening &^= noHostIPC
	if c == nil || c.SecurityContext == nil || !isFalse(c.SecurityContext.Privileged) {
		st.hardening &^= unprivileged
	}
	return st
}

func decodeSpinApp(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct{ ServiceAccountName string }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	return sayings(stance{account: o.Spec.ServiceAccountName})
}

func decodeProfile(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct{ PodSecurityContext *corev1.PodSecurityContext }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	return sayings(explicit(&corev1.PodSpec{SecurityContext: o.Spec.PodSecurityContext}, nil))
}

func decodeRevisionTemplate(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct{ Template struct{ Spec corev1.PodSpec } }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	s := &o.Spec.Template.Spec
	if len(s.Containers) != 1 {
		return nil, nil
	}
	return sayings(explicit(s, &s.Containers[0]))
}

type kymaContexts struct {
	PodSecurityContext       *corev1.PodSecurityContext
	ContainerSecurityContext *corev1.SecurityContext
}

func decodeKymaContexts(raw *snapshot.Raw) (any, error) {
	var o struct {
		Metadata struct{ Annotations map[string]string }
		Spec     kymaContexts
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	// An older definition drops the fields; what was applied still names them.
	var applied struct{ Spec kymaContexts }
	if text := o.Metadata.Annotations["kubectl.kubernetes.io/last-applied-configuration"]; text != "" && json.Unmarshal([]byte(text), &applied) == nil {
		if o.Spec.PodSecurityContext == nil {
			o.Spec.PodSecurityContext = applied.Spec.PodSecurityContext
		}
		if o.Spec.ContainerSecurityContext == nil {
			o.Spec.ContainerSecurityContext = applied.Spec.ContainerSecurityContext
		}
	}
	s := &corev1.PodSpec{SecurityContext: o.Spec.PodSecurityContext}
	return sayings(explicit(s, &corev1.Container{SecurityContext: o.Spec.ContainerSecurityContext}))
}

func decodeKubelessDeployment(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Deployment struct {
				Spec struct{ Template struct{ Spec corev1.PodSpec } }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, nil // the adapter says so: no schema checks this field
	}
	s := &o.Spec.Deployment.Spec.Template.Spec
	var c *corev1.Container
	if len(s.Containers) > 0 {
		c = &s.Containers[0]
	}
	return sayings(explicit(s, c))
}

// profileNames are the Profiles that a Function of OpenFaaS asks for.
type profileNames []string

func decodeProfileNames(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct{ Annotations map[string]string }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	var names profileNames
	for _, n := range strings.SplitN(o.Spec.Annotations["com.openfaas.profile"], ",", 16) {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, short(n))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return names, nil
}

// checkForce is FW-GE-08.
func checkForce(e *check.Eval) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	// A template without anything that runs it is only what the controller is expected to make.
	foreseen := (e.F.Key.Framework == fission || e.F.Key.Framework == nuclio) && len(e.F.Workloads)+len(e.F.Pods) == 0
	if foreseen || len(v.Specs) == 0 && e.F.Key.Framework != knative {
		e.NA("nothing runs it now")
		return
	}
	switch e.F.Key.Framework {
	case openFaaS:
		forceProfiles(e, v)
	case fission:
		forceEnvironment(e, v)
	case nuclio:
		forceNuclio(e, v)
	case openWhisk:
		forceWhisk(e, v)
	case knative:
		forceKnative(e, v)
	default:
		s, ok := snapshot.FactsOf[*said](e.Get(e.F.Object), declared)
		if !ok {
			e.NA("its object says nothing about its pods that is not the workload itself")
			return
		}
		d := declaration{stance: s.stance, who: e.F.Object.Kind + " " + e.F.Object.Name}
		d.compare(e, v)
	}
}

func forceProfiles(e *check.Eval, v *workload.View) {
	names, ok := snapshot.FactsOf[profileNames](e.Get(e.F.Object), declared)
	plane, known := check.Platform(e.F)
	if !ok || !known {
		e.NA("it asks for no Profile")
		return
	}
	for _, n := range names {
		ref := model.Ref{Group: profileKind.Group, Kind: profileKind.Kind, Namespace: plane.Namespace, Name: n}
		o := e.Get(ref)
		if o == nil {
			if e.Need(profileKind, plane.Namespace) {
				e.Failf(check.At{Object: e.F.Object, Path: "spec.annotations[com.openfaas.profile]", Value: n},
					"it asks for Profile %s, which is not in namespace %s: nothing of it is in force", n, plane.Namespace)
			}
			continue
		}
		if s, ok := snapshot.FactsOf[*said](o, declared); ok {
			d := declaration{stance: s.stance, who: "Profile " + n}
			d.compare(e, v)
		}
	}
}

func forceEnvironment(e *check.Eval, v *workload.View) {
	f, ok := snapshot.FactsOf[*fissionFunction](e.Get(e.F.Object), reader)
	if !ok {
		return
	}
	if f.executor == "container" {
		d := declaration{stance: f.own, who: "the Function"}
		d.compare(e, v)
		return
	}
	env, ok := snapshot.FactsOf[*fissionEnvironment](e.Get(f.environment), reader)
	if !ok {
		return
	}
	main := env.main
	if f.executor == "newdeploy" {
		main.hardening |= f.own.hardening & limited
	}
	d := declaration{stance: main, who: "Environment " + f.environment.Name}
	d.compare(e, v)
	d = declaration{stance: env.fetcher, who: d.who, container: "fetcher"}
	d.compare(e, v)
}

func forceNuclio(e *check.Eval, v *workload.View) {
	f, ok := snapshot.FactsOf[*nuclioFunction](e.Get(e.F.Object), reader)
	if !ok {
		return
	}
	d := declaration{stance: f.said, who: "the NuclioFunction"}
	d.compare(e, v)
	if f.said.account == "" && v.Account != "default" && v.Account != "" {
		e.Failf(check.At{Object: v.Specs[0].Ref, Path: v.Specs[0].Field("serviceAccountName"), Value: v.Account},
			"the NuclioFunction names no account any more, and its pods still run as %s", v.Account).
			Offers(check.FixRestart, check.FixReview, check.FixOwnAccount)
	}
}
