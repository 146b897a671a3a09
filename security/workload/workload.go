// Package workload answers how a function runs: the pod specs that are judged, and its ServiceAccount.
//
// Its one rule: a template and a running pod are judged alike, and each finding says which of the two it stands in.
package workload

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// View is how a function runs.
type View struct {
	Function *model.Function
	// Specs are the pod specs that run the function: its templates first, then running pods that differ from them.
	// Build pods and proxies are not among them.
	Specs []Spec
	// Account is the ServiceAccount in force, "default" where nothing names one; empty when no pod spec is known.
	Account string
}

// Spec is a pod spec and where it was read.
type Spec struct {
	model.Origin        // the object, and the path of the pod spec in it; Path is empty in a function without one
	Labels, Annotations model.Labels
	Spec                *corev1.PodSpec
	Live                bool   // a running pod, as the API server admitted it
	Main                string // the function's own container, empty when it is not known
	containers          []Container
}

// Kind is the list that a container stands in.
type Kind uint8

// The lists.
const (
	Main Kind = iota
	Init
	Ephemeral
)

var fields = [...]string{"containers", "initContainers", "ephemeralContainers"}

// Container is one container of a Spec, with its paths: by index, and by name.
type Container struct {
	*corev1.Container
	Kind        Kind
	Path, Fixed string
	// Own is the function's own container, or one of which nothing says that it is another's.
	Own bool
}

// Containers lists the containers of all kinds, init containers first. The slice must not be changed.
func (s *Spec) Containers() []Container {
	if s.containers != nil {
		return s.containers
	}
	all := make([]Container, 0, len(s.Spec.InitContainers)+len(s.Spec.Containers)+len(s.Spec.EphemeralContainers))
	for i := range s.Spec.InitContainers {
		all = append(all, s.container(Init, i, &s.Spec.InitContainers[i]))
	}
	for i := range s.Spec.Containers {
		all = append(all, s.container(Main, i, &s.Spec.Containers[i]))
	}
	for i := range s.Spec.EphemeralContainers {
		c := corev1.Container(s.Spec.EphemeralContainers[i].EphemeralContainerCommon)
		all = append(all, s.container(Ephemeral, i, &c))
	}
	return all
}

func (s *Spec) container(k Kind, i int, c *corev1.Container) Container {
	return Container{
		Container: c, Kind: k,
		Path:  s.Field(fields[k] + "[" + strconv.Itoa(i) + "]"),
		Fixed: s.Field(fields[k] + "[" + c.Name + "]"),
		Own:   k == Main && (s.Main == "" || s.Main == c.Name),
	}
}

// Field returns the path of a field of the pod spec: `spec.template.spec.hostPID`.
func (s *Spec) Field(name string) string {
	if s.Path == "" {
		return name
	}
	return s.Path + "." + name
}

// Of answers how a function runs. The answer must not be changed.
var Of = snapshot.NewQuery("workload", view, nil)

func view(r *snapshot.Reader, key model.FunctionKey) *View {
	v := specs(r, key)
	for i := range v.Specs {
		v.Specs[i].containers = v.Specs[i].Containers()
	}
	return v
}

// specs is a view whose containers are not listed.
func specs(r *snapshot.Reader, key model.FunctionKey) *View {
	f := r.Function(key)
	if f == nil {
		return &View{Function: &model.Function{Key: key}}
	}
	v := &View{Function: f}
	known := map[*corev1.PodSpec]bool{}
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Spec == nil || t.Role == model.Build || t.Role == model.Proxy {
			continue
		}
		known[t.Spec] = true
		v.Specs = append(v.Specs, Spec{Origin: specOrigin(t.Origin), Labels: t.Labels, Annotations: t.Annotations, Spec: t.Spec, Main: t.Container})
	}
	main := ""
	if len(v.Specs) > 0 {
		main = v.Specs[0].Main
	}
	for _, ref := range f.Pods {
		// Equal specs are stored once: a thousand replicas are judged as one.
		if p, ok := r.Get(ref).(*model.Pod); ok && p.Spec != nil && !known[p.Spec] {
			known[p.Spec] = true
			v.Specs = append(v.Specs, Spec{
				Origin: model.Origin{Ref: ref, Path: "spec"}, Labels: p.Labels, Annotations: p.Annotations,
				Spec: p.Spec, Live: true, Main: main,
			})
		}
	}
	v.Account = account(v)
	return v
}

// Identity is who a function is towards the API server; without a Name it is nobody.
type Identity struct{ Namespace, Name string }

// IdentityOf answers with the ServiceAccount that a function runs as, in the namespace of its pods. It is for lists of
// many functions, of which nothing else should be kept.
var IdentityOf = snapshot.NewQuery("account of a function", func(r *snapshot.Reader, key model.FunctionKey) Identity {
	v := specs(r, key)
	if v.Function.Opaque || v.Account == "" {
		return Identity{}
	}
	i := Identity{Namespace: key.Namespace, Name: v.Account}
	if len(v.Specs) > 0 && v.Specs[0].Namespace != "" {
		i.Namespace = v.Specs[0].Namespace
	}
	return i
}, func(a, b Identity) bool { return a == b })

// Present is the trait of functions that are there.
var Present = snapshot.NewFunctionTrait(func(*model.Function) (struct{}, bool) { return struct{}{}, true },
	func(_, _ struct{}) bool { return true })

// Identities lists whom the functions of a namespace run as, each once. What is opaque stands for its platform, and has
// none.
var Identities = snapshot.NewQuery("accounts of the functions of a namespace", func(r *snapshot.Reader, namespace string) []Identity {
	var all []Identity
	for _, f := range Present.List(r, namespace) {
		if i := IdentityOf.Get(r, f.Of); i.Name != "" && !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b Identity) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return all
}, slices.Equal[[]Identity]).Eager()

// specOrigin says where the pod spec of a template lies: workloads name the template around it, other objects the spec
// itself.
func specOrigin(o model.Origin) model.Origin {
	switch o.Group {
	case "apps", "batch":
		o.Path += ".spec"
	case "":
		if o.Kind == "Pod" && o.Path == "" {
			o.Path = "spec"
		}
	}
	return o
}

// account is that of a running pod, else of the template. The deprecated field counts where the other is not set.
func account(v *View) string {
	name := v.Function.ServiceAccount
	for i := range v.Specs {
		s := &v.Specs[i]
		set := s.Spec.ServiceAccountName
		if set == "" {
			set = s.Spec.DeprecatedServiceAccount
		}
		if set != "" {
			name = set
		}
		if set != "" && s.Live {
			break
		}
	}
	if name == "" && len(v.Specs) > 0 {
		name = "default"
	}
	return name
}
