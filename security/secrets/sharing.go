package secrets

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// User is a function, or a workload of no function, that uses a Secret.
type User struct {
	Function model.FunctionKey // zero for other workloads
	Object   model.Ref         // the workload; what declares the function
	Name     string            // as it is shown
	Pull     bool              // to pull images only
	Exposed  bool              // a function that can be called from outside the cluster
}

// String is for messages: `function cart`, `Deployment cart-db`.
func (u User) String() string {
	if u.Function.Name != "" {
		return "function " + u.Name
	}
	return u.Object.Kind + " " + u.Name
}

// UsersOf answers who uses a Secret, in the order of their names.
var UsersOf = snapshot.NewQuery("users of a Secret", func(r *snapshot.Reader, secret model.Ref) []User {
	found := usersIn.Get(r, secret.Namespace)[secret.Name]
	for _, u := range foreign.Get(r, struct{}{}) {
		if u.secret == secret {
			found = append(slices.Clip(found), u.User)
		}
	}
	return found
}, slices.Equal)

// usersIn indexes the Secrets of a namespace that its functions and workloads use. It is never equal to the answer
// before: it is computed again only when something in the namespace changed, and UsersOf finds out what that alters.
var usersIn = snapshot.NewQuery("users of the Secrets of a namespace", func(r *snapshot.Reader, namespace string) map[string][]User {
	found, owned := map[string][]User{}, map[model.Ref]bool{}
	for _, f := range r.Functions(namespace) {
		for _, w := range f.Workloads {
			owned[w.Ref] = true
		}
		for _, p := range f.Pods {
			owned[p] = true
		}
		for _, u := range usersOfFunction(r, f) {
			if u.secret.Namespace == namespace {
				found[u.secret.Name] = append(found[u.secret.Name], u.User)
			}
		}
	}
	for _, kind := range workloadKinds {
		for _, u := range strangers.Get(r, place{kind, namespace}) {
			if !owned[u.Object] {
				found[u.secret.Name] = append(found[u.secret.Name], u.User)
			}
		}
	}
	return found
}, func(_, _ map[string][]User) bool { return false })

// use is one user of one Secret.
type use struct {
	secret model.Ref
	User
}

// usersOfFunction lists the Secrets that a function uses, each once.
func usersOfFunction(r *snapshot.Reader, f *model.Function) []use {
	var found []use
	uses := UsesOf.Get(r, f.Key)
	for i := range uses {
		u := &uses[i]
		if u.Way == External {
			continue
		}
		at := slices.IndexFunc(found, func(o use) bool { return o.secret == u.Secret })
		if at < 0 {
			at = len(found)
			found = append(found, use{u.Secret, User{
				Function: f.Key, Object: f.Object, Name: f.Name(), Pull: true, Exposed: exposed(f),
			}})
		}
		found[at].Pull = found[at].Pull && u.Way == Pull
	}
	return found
}

// exposed reports whether a route leads to the function from outside the cluster.
func exposed(f *model.Function) bool {
	return slices.ContainsFunc(f.URLs, func(u model.URL) bool { return u.External })
}

// foreign lists the functions that use Secrets of other namespaces, which Fission alone allows, and triggers.
var foreign = snapshot.NewQuery("Secrets of other namespaces", func(r *snapshot.Reader, _ struct{}) []use {
	var found []use
	for _, abroad := range reaching.List(r, "") {
		f := r.Function(abroad.Of)
		if f == nil {
			continue
		}
		for _, u := range usersOfFunction(r, f) {
			if u.secret.Namespace != f.Key.Namespace {
				found = append(found, u)
			}
		}
	}
	return found
}, slices.Equal)

// reaching is the trait of functions that use a Secret of another namespace.
var reaching = snapshot.NewFunctionTrait(func(f *model.Function) (struct{}, bool) {
	return struct{}{}, slices.ContainsFunc(f.References, func(ref model.Reference) bool {
		return ref.Namespace != "" && ref.Namespace != f.Key.Namespace && ref.Kind == secretKind.Kind
	})
}, func(_, _ struct{}) bool { return true })

type place struct {
	kind      schema.GroupKind
	namespace string
}

var workloadKinds = []schema.GroupKind{
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "CronJob"}, {Group: "batch", Kind: "Job"}, {Kind: "Pod"},
}

// strangers lists the Secrets that workloads of a kind name, functions' or not.
var strangers = snapshot.NewQuery("Secrets of workloads", func(r *snapshot.Reader, at place) []use {
	var found []use
	for _, o := range workload.Specs.List(r, at.kind, at.namespace) {
		if made(r, o.Trait.Maker) {
			continue
		}
		from := len(found)
		visit(o.Trait.Spec, func(name string, pull bool) {
			for i := from; i < len(found); i++ {
				if found[i].secret.Name == name {
					found[i].Pull = found[i].Pull && pull
					return
				}
			}
			found = append(found, use{Ref(at.namespace, name), User{Object: o.Of, Name: o.Of.Name, Pull: pull}})
		})
	}
	slices.SortStableFunc(found, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.secret.Name, b.secret.Name), a.Object.Compare(b.Object))
	})
	return found
}, slices.Equal)

// made reports whether one of the workloads that are looked at stands for what it seems to have made.
func made(r *snapshot.Reader, maker model.Ref) bool {
	if maker.Kind == "Deployment" { // which the name alone tells
		return r.Get(maker) != nil
	}
	return slices.Contains(workloadKinds, maker.GroupKind())
}

// visit calls back with every Secret that a pod spec names.
func visit(s *corev1.PodSpec, found func(name string, pull bool)) {
	container := func(env []corev1.EnvVar, from []corev1.EnvFromSource) {
		for i := range env {
			if v := env[i].ValueFrom; v != nil && v.SecretKeyRef != nil && v.SecretKeyRef.Name != "" {
				found(v.SecretKeyRef.Name, false)
			}
		}
		for i := range from {
			if ref := from[i].SecretRef; ref != nil && ref.Name != "" {
				found(ref.Name, false)
			}
		}
	}
	for i := range s.InitContainers {
		container(s.InitContainers[i].Env, s.InitContainers[i].EnvFrom)
	}
	for i := range s.Containers {
		container(s.Containers[i].Env, s.Containers[i].EnvFrom)
	}
	for i := range s.EphemeralContainers {
		container(s.EphemeralContainers[i].Env, s.EphemeralContainers[i].EnvFrom)
	}
	for i := range s.Volumes {
		v := &s.Volumes[i]
		switch {
		case v.Secret != nil:
			if v.Secret.SecretName != "" {
				found(v.Secret.SecretName, false)
			}
		case v.Projected != nil:
			for k := range v.Projected.Sources {
				if p := v.Projected.Sources[k].Secret; p != nil && p.Name != "" {
					found(p.Name, false)
				}
			}
		case v.CSI != nil:
			if ref := v.CSI.NodePublishSecretRef; ref != nil && ref.Name != "" {
				found(ref.Name, false)
			}
		default:
			if _, name := storage(v); name != "" {
				found(name, false)
			}
		}
	}
	for i := range s.ImagePullSecrets {
		if name := s.ImagePullSecrets[i].Name; name != "" {
			found(name, true)
		}
	}
}
