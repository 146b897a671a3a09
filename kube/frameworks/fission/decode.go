package fission

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// function is what is kept of a Function.
type function struct {
	environment, code model.Ref // zero: none
	handler, executor string
	scaling           model.Scaling
	references        []model.Reference
	image, account    string // of the container executor
	packageReady      model.Condition
	ready             model.Condition
	// Of a function that nothing runs yet: what its pods will be made of.
	fresh     bool
	resources corev1.ResourceRequirements
	env       []corev1.EnvVar
	pod       *corev1.PodSpec
}

// environment is what is kept of an Environment.
type environment struct {
	image      string
	version    int64
	builds     bool // it has a builder
	pool       int32
	shared     bool // many functions in one pod
	references []model.Reference
	// What its pods are made of.
	container *corev1.Container
	pod       *corev1.PodSpec
	resources corev1.ResourceRequirements
	pull      string
}

// code is what is kept of a Package: never its contents.
type code struct {
	source      model.Source
	build       string
	reason, log string
	pull        []model.Reference
}

type jsonRef struct{ Namespace, Name string }

type jsonCondition struct{ Type, Status, Reason, Message string }

func conditionOf(all []jsonCondition, kind string) model.Condition {
	for _, c := range all {
		if c.Type == kind {
			return model.Condition{
				Type: kind, Status: frameworks.Line(c.Status), Reason: frameworks.Line(c.Reason),
				Message: frameworks.Line(c.Message),
			}
		}
	}
	return model.Condition{}
}

func (adapter) Decode(raw *frameworks.Raw) (any, error) {
	value, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return value, nil
}

func decode(raw *frameworks.Raw) (any, error) {
	switch raw.Header.GroupKind() {
	case functionKind:
		return decodeFunction(raw)
	case environmentKind:
		return decodeEnvironment(raw)
	case packageKind:
		return decodePackage(raw)
	}
	return decodeTrigger(raw)
}

func decodeFunction(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Environment jsonRef
			Package     struct {
				PackageRef   jsonRef
				FunctionName string
			}
			Secrets, ConfigMaps []jsonRef
			Env                 []corev1.EnvVar
			EnvFrom             []corev1.EnvFromSource
			InvokeStrategy      struct {
				ExecutionStrategy struct {
					ExecutorType       string
					MinScale, MaxScale *int64
				}
			}
			Concurrency, RequestsPerPod *int64
			Resources                   corev1.ResourceRequirements
			PodSpec                     *corev1.PodSpec
		}
		Status struct{ Conditions []jsonCondition }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, err
	}
	s := &o.Spec
	f := &function{
		handler: frameworks.Line(s.Package.FunctionName), executor: frameworks.Line(s.InvokeStrategy.ExecutionStrategy.ExecutorType),
		packageReady: conditionOf(o.Status.Conditions, "PackageReady"), ready: conditionOf(o.Status.Conditions, "Ready"),
	}
	if f.executor == "" {
		f.executor = poolManager
	}
	if f.executor != ownPods {
		f.environment = s.Environment.named(environmentKind.Kind, raw.Header.Namespace)
		f.code = s.Package.PackageRef.named(packageKind.Kind, raw.Header.Namespace)
	}
	f.scale(s.InvokeStrategy.ExecutionStrategy.MinScale, s.InvokeStrategy.ExecutionStrategy.MaxScale, s.Concurrency, s.RequestsPerPod)
	how := model.File
	if f.executor == ownPods {
		how = model.Env
	}
	f.list(raw.Header.Ref, frameworks.Secret.Kind, "spec.secrets", s.Secrets, how)
	f.list(raw.Header.Ref, frameworks.ConfigMap.Kind, "spec.configmaps", s.ConfigMaps, how)
	own := corev1.PodSpec{Containers: []corev1.Container{{Env: s.Env, EnvFrom: s.EnvFrom}}}
	f.references = append(f.references, references(&own, raw.Header.Ref, "containers[0].", "spec.")...)
	if p := s.PodSpec; p != nil {
		f.account = frameworks.AccountOf(p)
		f.references = append(f.references, references(p, raw.Header.Ref, "", "spec.podspec.")...)
		if c := frameworks.FunctionContainer(p, raw.Header.Name); c != nil {
			f.image = frameworks.Line(c.Image)
		}
	}
	if frameworks.Fresh(raw.Header) && len(o.Status.Conditions) == 0 {
		f.fresh, f.resources, f.env, f.pod = true, s.Resources, s.Env, s.PodSpec
	}
	return f, nil
}

// named gives the object that is named, in the namespace of the naming one unless it says another.
func (r jsonRef) named(kind, namespace string) model.Ref {
	if r.Name == "" {
		return model.Ref{}
	}
	if r.Namespace != "" {
		namespace = r.Namespace
	}
	return model.Ref{Group: group, Kind: kind, Namespace: frameworks.Line(namespace), Name: frameworks.Line(r.Name)}
}

// scale: the pool manager has no number of replicas, it counts requests.
func (f *function) scale(lowest, highest, concurrency, requests *int64) {
	number := func(n *int64) *int32 {
		if n == nil {
			return nil
		}
		return model.Count(frameworks.Number(*n))
	}
	if f.executor != poolManager {
		f.scaling = model.Scaling{Min: number(lowest), Max: number(highest)}
		return
	}
	f.scaling.Max = number(concurrency)
	if requests != nil && *requests > 0 {
		f.scaling.Note = fmt.Sprintf("%d requests a pod", frameworks.Number(*requests))
	}
}

func (f *function) list(at model.Ref, kind, path string, all []jsonRef, how model.How) {
	for i, r := range frameworks.List(all) {
		if r.Name == "" {
			continue
		}
		ns := frameworks.Line(r.Namespace)
		if ns == at.Namespace {
			ns = ""
		}
		f.references = append(f.references, model.Reference{
			Kind: kind, Namespace: ns, Name: frameworks.Line(r.Name), How: how,
			Origin: model.Origin{Ref: at, Path: fmt.Sprintf("%s[%d]", path, i)},
		})
	}
}

// references reads a pod spec that is a part of another object, and gives the fields the paths that they have
// there.
func references(s *corev1.PodSpec, at model.Ref, cut, prefix string) []model.Reference {
	refs := frameworks.References(s, at)
	for i := range refs {
		path := strings.TrimPrefix(refs[i].Origin.Path, frameworks.SpecPath(at.Kind)+".")
		refs[i].Origin.Path = prefix + strings.TrimPrefix(path, cut)
	}
	return refs
}

func decodeEnvironment(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Version int64
			Runtime struct {
				Image     string
				Container *corev1.Container
				PodSpec   *corev1.PodSpec
			}
			Builder                      struct{ Image string }
			PoolSize                     *int64
			AllowedFunctionsPerContainer string
			ImagePullSecret              string
			Resources                    corev1.ResourceRequirements
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, err
	}
	s := &o.Spec
	e := &environment{
		image: frameworks.Line(s.Runtime.Image), version: s.Version, builds: s.Builder.Image != "", pool: 1,
		shared:    s.AllowedFunctionsPerContainer == "infinite",
		container: s.Runtime.Container, pod: s.Runtime.PodSpec, resources: s.Resources, pull: frameworks.Line(s.ImagePullSecret),
	}
	if s.PoolSize != nil {
		e.pool = frameworks.Number(*s.PoolSize)
	}
	if c := s.Runtime.Container; c != nil {
		own := corev1.PodSpec{Containers: []corev1.Container{*c}}
		e.references = append(e.references, references(&own, raw.Header.Ref, "containers[0].", "spec.runtime.container.")...)
	}
	e.references = append(e.references, references(s.Runtime.PodSpec, raw.Header.Ref, "", "spec.runtime.podspec.")...)
	if s.ImagePullSecret != "" {
		e.references = append(e.references, model.Reference{
			Kind: frameworks.Secret.Kind, Name: frameworks.Line(s.ImagePullSecret), How: model.Pull,
			Origin: model.Origin{Ref: raw.Header.Ref, Path: "spec.imagepullsecret"},
		})
	}
	return e, nil
}

type jsonArchive struct {
	Type, URL string
	Literal   json.RawMessage
	OCI       *struct {
		Image, Digest    string
		ImagePullSecrets []jsonRef
	}
}

func (a *jsonArchive) source() model.Source {
	switch {
	case a.OCI != nil && a.OCI.Image != "":
		return model.Source{Kind: "package", Detail: frameworks.Line(strings.TrimSuffix(a.OCI.Image+"@"+a.OCI.Digest, "@"))}
	case a.URL != "":
		return model.Source{Kind: "archive", Detail: frameworks.SafeURL(a.URL)}
	case len(a.Literal) > len(`""`) && string(a.Literal) != "null":
		return model.Source{Kind: "inline"}
	}
	return model.Source{}
}

func decodePackage(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec   struct{ Source, Deployment jsonArchive }
		Status struct {
			BuildStatus, BuildLog string
			Conditions            []jsonCondition
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, err
	}
	c := &code{build: frameworks.Line(o.Status.BuildStatus), source: o.Spec.Source.source()}
	if c.source.Kind == "" {
		c.source = o.Spec.Deployment.source()
	}
	built := conditionOf(o.Status.Conditions, "BuildSucceeded")
	c.reason = frameworks.Sentence(built.Reason, built.Message)
	lines := strings.Split(strings.TrimSpace(o.Status.BuildLog), "\n")
	c.log = frameworks.Line(lines[len(lines)-1])
	if oci := o.Spec.Deployment.OCI; oci != nil {
		for i, s := range frameworks.List(oci.ImagePullSecrets) {
			if s.Name != "" {
				c.pull = append(c.pull, model.Reference{
					Kind: frameworks.Secret.Kind, Name: frameworks.Line(s.Name), How: model.Pull,
					Origin: model.Origin{Ref: raw.Header.Ref, Path: fmt.Sprintf("spec.deployment.oci.imagePullSecrets[%d]", i)},
				})
			}
		}
	}
	return c, nil
}
