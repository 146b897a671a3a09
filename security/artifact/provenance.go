package artifact

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// records are the kinds that traces are read from, besides what every snapshot holds: none.
var records []snapshot.Kind

func specsOf(e *check.Eval) []workload.Spec { return workload.Of.Get(e.Reader, e.F.Key).Specs }

// trace is what the marks of an object tell of where it comes from.
type trace struct {
	ref model.Ref
	mark
}

type mark struct {
	tool    string   // that deploys it; empty: none is known
	named   bool     // a label or an annotation names the source
	shipped bool     // a tool that deploys wrote it last
	writers []string // clients that wrote it
}

// tracesOf are those of the function's own object and its workloads, as far as they are there.
var tracesOf = snapshot.NewQuery("traces of a function", func(r *snapshot.Reader, key model.FunctionKey) []trace {
	f := r.Function(key)
	var all []trace
	add := func(ref model.Ref) {
		if ref.IsZero() || slices.ContainsFunc(all, func(t trace) bool { return t.ref == ref }) {
			return
		}
		if m, ok := markOf.Get(r, ref); ok {
			all = append(all, trace{ref, m})
		}
	}
	if f == nil {
		return nil
	}
	add(f.Object)
	for _, w := range f.Workloads {
		if w.Role == model.Run && !w.Shared {
			add(w.Ref)
		}
	}
	return all
}, func(a, b []trace) bool {
	return slices.EqualFunc(a, b, func(x, y trace) bool { return x.ref == y.ref && x.equal(y.mark) })
}).Passing()

var markOf = snapshot.NewMark(func(h *model.Header) mark {
	m := mark{tool: deployer(h), writers: h.Writers}
	m.named = slices.ContainsFunc(origins, func(key string) bool {
		v, ok := lookup(h, key)
		return ok && v != ""
	})
	if by := h.Changed.Manager; by != "" {
		m.shipped = strings.HasPrefix(by, "argocd-") || slices.Contains([]string{"helm", "kustomize-controller", "helm-controller"}, by)
		if len(m.writers) == 0 {
			m.writers = []string{by}
		}
	}
	return m
}, mark.equal)

func (m mark) equal(o mark) bool {
	return m.tool == o.tool && m.named == o.named && m.shipped == o.shipped && slices.Equal(m.writers, o.writers)
}

// lastWrite is who changed a function last, and when as far as that was known then.
var lastWrite = snapshot.NewFunctionMark(func(f *model.Function) model.Change { return f.Changed },
	func(a, b model.Change) bool { return a.Manager == b.Manager })

// deployers are labels and annotations that tools leave on what they deploy, and the tools.
var deployers = []struct{ key, value, tool string }{
	{"app.kubernetes.io/managed-by", "Helm", "Helm"},
	{"helm.sh/chart", "", "Helm"},
	{"meta.helm.sh/release-name", "", "Helm"},
	{"argocd.argoproj.io/tracking-id", "", "Argo CD"},
	{"argocd.argoproj.io/instance", "", "Argo CD"},
	{"kustomize.toolkit.fluxcd.io/name", "", "Flux"},
	{"helm.toolkit.fluxcd.io/name", "", "Flux"},
	{"fission-uid", "", "Fission specs"},
}

// origins are labels and annotations that name the source of what runs.
var origins = []string{
	"org.opencontainers.image.revision", "org.opencontainers.image.source", "com.openfaas.git-sha", "com.openfaas.git-repo",
	"com.openfaas.git-repo-url", "app.kubernetes.io/source-commit", "git-commit", "git.commit", "vcs-ref", "commit",
	"fn9s.io/source", "app.openshift.io/vcs-uri", "app.openshift.io/vcs-ref", "build.knative.dev/commit",
	"client.knative.dev/git-commit", "serving.knative.dev/source-commit", "openfunction.io/source",
}

func lookup(h *model.Header, key string) (string, bool) {
	if v, ok := h.Labels.Lookup(key); ok {
		return v, true
	}
	return h.Annotations.Lookup(key)
}

// deployer names the tool that keeps the object as its source says, empty when none does.
func deployer(h *model.Header) string {
	for i := range deployers {
		d := &deployers[i]
		if v, ok := lookup(h, d.key); ok && v != "" && (d.value == "" || d.value == v) {
			return d.tool
		}
	}
	return ""
}

// lastChange tells which client wrote the function last, and who that was where the framework writes it down.
func lastChange(e *check.Eval) {
	c, _ := lastWrite.Get(e.Reader, e.F.Key)
	at := check.At{Object: e.F.Object, Path: "metadata.managedFields", Value: c.Manager}
	if o := e.Get(e.F.Object); o != nil && e.F.Key.Framework == knativeFor {
		if who := o.Head().Annotations.Get("serving.knative.dev/lastModifier"); who != "" {
			at.Path, at.Value = "metadata.annotations['serving.knative.dev/lastModifier']", who
			e.Fact(at, "last changed by "+who+by(c))
			return
		}
	}
	switch {
	case e.F.Key.Framework == "fn":
		e.NA("Fn does not record who changed a function")
	case c.Manager == "":
		e.NA("the object says nothing about its last change")
	default:
		e.Fact(at, "last changed"+by(c)+"; this is a client, not a person")
	}
}

func by(c model.Change) string {
	if c.Manager == "" {
		return ""
	}
	text := " with " + c.Manager
	if !c.Time.IsZero() {
		text += " at " + c.Time.UTC().Format(time.RFC3339)
	}
	return text
}

// hands are clients by which people change single objects, and shippers those that roll out what is written elsewhere.
var (
	hands = []string{
		"kubectl-edit", "kubectl-patch", "kubectl-set", "kubectl-replace", "kubectl-scale", "kubectl-rollout", "kubectl-label",
		"kubectl-annotate", "k9s", "fn9s", "lens", "Lens", "node-fetch", "dashboard", "Mozilla", "oc", "kubectl-create", "kubectl-run",
	}
	shippers = []string{
		"kubectl-client-side-apply", "kubectl", "kubectl-last-applied", "helm", "argocd-controller", "argocd-application-controller",
		"kustomize-controller", "helm-controller", "flux", "flux-client-side-apply", "pulumi", "terraform", "Terraform", "kapp", "faas-cli",
		"fission-cli", "nuctl", "kn", "func", "serverless",
	}
)

func isHand(manager string) bool {
	return slices.Contains(hands, manager) || strings.HasPrefix(manager, "Mozilla") || strings.HasPrefix(manager, "k9s")
}

// unmanaged finds objects that somebody changed past the tool that deploys them.
func unmanaged(e *check.Eval) {
	any := false
	for _, t := range tracesOf.Get(e.Reader, e.F.Key) {
		any = any || len(t.writers) > 0
		var by []string
		touched := ""
		for _, w := range t.writers {
			switch {
			case isHand(w):
				touched = w
				by = append(by, w)
			case slices.Contains(shippers, w):
				by = append(by, w)
			}
		}
		at := check.At{Object: t.ref, Path: "metadata.managedFields", Value: strings.Join(by, ", ")}
		switch {
		case touched != "" && t.tool != "":
			e.Fail(at, "changed with "+touched+", although "+t.tool+" deploys it: the next deployment undoes the change, or nobody knows of it")
		case len(by) > 1:
			e.Fail(at, "several tools write its specification: "+strings.Join(by, ", "))
		}
	}
	if !any {
		e.NA("no object of it records who wrote it")
	}
}

// provenance asks whether anything leads from what runs to what it was made of.
func provenance(e *check.Eval) {
	if e.F.Source.Kind == "git" || e.F.Source.Kind == "image" && e.F.Source.Detail != "" && e.F.Key.Framework == "openfaas" {
		return
	}
	for _, t := range tracesOf.Get(e.Reader, e.F.Key) {
		if t.tool != "" || t.named || t.shipped {
			return
		}
	}
	for _, u := range usesOf.Get(e.Reader, e.F.Key) {
		if u.Digest != "" && u.limit == check.NoLimit {
			return
		}
	}
	e.Fail(check.At{Object: e.F.Named(), Path: "metadata"},
		"nothing leads from the function to its source: no commit, no image digest, no tool that deploys it")
}

var loose = []schema.GroupKind{
	{Group: "batch", Kind: "CronJob"}, {Group: "batch", Kind: "Job"}, daemonKind, podKind,
}

// ownerless finds workloads of a namespace of functions that nothing accounts for and that came after the functions.
func ownerless(e *check.Eval) {
	ns := e.Subject.Namespace
	functions := e.Functions(ns)
	if len(functions) == 0 {
		e.NA("no function lives in this namespace")
		return
	}
	var last time.Time
	known := map[model.Ref]bool{}
	for _, f := range functions {
		for _, t := range []time.Time{f.Created, f.Changed.Time} {
			if t.After(last) {
				last = t
			}
		}
		known[f.Object] = true
		for _, w := range f.Workloads {
			known[w.Ref] = true
		}
		for _, p := range f.Pods {
			known[p] = true
		}
	}
	if last.IsZero() {
		e.NA("nothing says when the functions were deployed")
		return
	}
	for _, kind := range loose {
		for _, o := range e.List(kind, ns) {
			h := o.Head()
			if known[h.Ref] || len(h.Owners) > 0 || deployer(h) != "" || !h.Created.After(last) {
				continue
			}
			e.Fail(check.At{Object: h.Ref}, h.Kind+" "+h.Name+" belongs to no function and to no deployment, and is newer than all of them")
		}
		e.Need(kind, ns)
	}
}
