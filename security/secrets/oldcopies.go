package secrets

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// pastKinds are kinds of which old objects stay beside what runs.
var pastKinds = []schema.GroupKind{
	{Group: "apps", Kind: "ReplicaSet"}, {Group: "apps", Kind: "ControllerRevision"}, {Group: "batch", Kind: "Job"},
}

// pastIn indexes the old objects of a namespace by their owners.
var pastIn = snapshot.NewQuery("old objects of a namespace", func(r *snapshot.Reader, at place) map[model.Ref][]model.Ref {
	found := map[model.Ref][]model.Ref{}
	for _, o := range past.List(r, at.kind, at.namespace) {
		found[o.Trait] = append(found[o.Trait], o.Of)
	}
	return found
}, nil)

// past is the trait of old objects: whose they are.
var past = snapshot.NewObjectTrait(func(o model.Object) (owner model.Ref, ok bool) {
	h := o.Head()
	by, ok := h.ControllerOwner()
	if w, is := o.(*model.Workload); !ok || is && w.Kind == "Job" && w.Desired > 0 {
		return owner, false
	}
	return model.Ref{Group: by.Group, Kind: by.Kind, Namespace: h.Namespace, Name: by.Name}, true
}, func(a, b model.Ref) bool { return a == b })

// pastOf lists the old objects of a workload.
var pastOf = snapshot.NewQuery("old objects of a workload", func(r *snapshot.Reader, owner model.Ref) []model.Ref {
	var found []model.Ref
	for _, kind := range pastKinds {
		found = append(found, pastIn.Get(r, place{kind, owner.Namespace})[owner]...)
	}
	return found
}, slices.Equal)

// oldText is a credential in an old object.
type oldText struct{ path, name, kind string }

// oldTextsOf looks through an old object. Templates that are the same as the running one are stored once, and so are
// looked through for nothing: what they hold is known already.
var oldTextsOf = snapshot.NewQuery("plaintext of an old object", func(r *snapshot.Reader, ref model.Ref) []oldText {
	o := r.Get(ref)
	if o == nil {
		return nil
	}
	var found []oldText
	own := names.Get(r, struct{}{})
	if w, ok := o.(*model.Workload); ok && w.Template.Spec != nil {
		found = oldEnv(found, "initContainers", w.Template.Spec.InitContainers, own)
		found = oldEnv(found, "containers", w.Template.Spec.Containers, own)
	}
	for _, s := range factsOf(o).spots {
		if s.Kind != "" && s.Part != before {
			found = append(found, oldText{s.Path, s.Name, s.Kind})
		}
	}
	return found
}, slices.Equal)

func oldEnv(found []oldText, field string, all []corev1.Container, own *detect.Names) []oldText {
	for i := range all {
		for k := range all[i].Env {
			v := &all[i].Env[k]
			if v.Value == "" || sourceVariables[v.Name] {
				continue
			}
			if kind := detect.Value(v.Name, v.Value, own); kind != "" {
				found = append(found, oldText{"spec.template.spec." + index(field, i) + "." + index("env", k) + ".value", v.Name, kind})
			}
		}
	}
	return found
}

// oldCopies finds credentials that are gone from the specification and still stand in what it was before.
func oldCopies(e *check.Eval) {
	if e.F.Key.Framework == "knative" {
		e.NA("old Revisions have a row of their own")
		return
	}
	v, ok := running(e)
	if !ok {
		return
	}
	now := textsOf.Get(e.Reader, e.F.Key)
	var archive *string // of Helm, looked up when it is needed
	gone := func(at check.At, text string) {
		if archive == nil {
			named := helmArchive(e)
			archive = &named
		}
		e.Fail(at, text+*archive)
	}
	still := func(name string) bool {
		in := func(p plain) bool { return p.Name == name }
		return slices.ContainsFunc(now.settings, in) || slices.ContainsFunc(now.elsewhere, in)
	}
	for i := range now.past {
		if p := &now.past[i]; !still(p.Name) {
			gone(p.At, p.Subject+" held "+p.Kind+", which the last-applied annotation of "+p.At.Object.Kind+" "+p.At.Object.Name+" still shows")
		}
	}
	seen := map[string]bool{}
	for _, w := range v.Function.Workloads {
		if w.Shared || w.Role == model.Build || w.Role == model.Proxy {
			continue
		}
		for _, ref := range pastOf.Get(e.Reader, w.Ref) {
			for _, t := range oldTextsOf.Get(e.Reader, ref) {
				if still(t.name) || seen[t.name] {
					continue
				}
				seen[t.name] = true
				gone(check.At{Object: ref, Path: t.path}, t.name+" is gone from the function, and "+ref.Kind+" "+ref.Name+" still holds it: "+t.kind)
			}
		}
	}
}

// helmArchive names the Secrets in which Helm keeps what it deployed, and with it what stood there in the clear. They
// are not read.
func helmArchive(e *check.Eval) string {
	release, namespace := "", ""
	refs := []model.Ref{e.F.Object}
	for _, w := range e.F.Workloads {
		refs = append(refs, w.Ref)
	}
	for _, ref := range refs {
		if o := e.Get(ref); o != nil && release == "" {
			release, namespace = o.Head().Annotations.Get("meta.helm.sh/release-name"), o.Head().Annotations.Get("meta.helm.sh/release-namespace")
		}
	}
	if release == "" {
		return ""
	}
	if namespace == "" {
		namespace = e.F.Key.Namespace
	}
	var found []string
	for _, o := range e.List(secretKind, namespace) {
		if l := o.Head().Labels; l.Get("owner") == "helm" && l.Get("name") == release {
			found = append(found, o.Head().Name)
		}
	}
	if len(found) > 0 {
		return "; Helm's records of release " + release + " may hold it too: Secrets " + list(found) + " in namespace " + namespace
	}
	if _, hidden := e.Hidden(secretKind, namespace); hidden {
		return "; Helm's records of release " + release + " in namespace " + namespace + " may hold it too"
	}
	return ""
}
