package framework

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var genericKinds = slices.Concat([]snapshot.Kind{
	{GroupKind: secretKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeSecret},
	{GroupKind: configMapKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeConfigMap},
	{GroupKind: funcKind, Reader: reader, Decode: decodeFunc},
}, daprKinds, kedaKinds, declarationsOfKinds)

const hiddenLabel = "fn9s.io/function"

// checkHidden is FW-GE-07.
func checkHidden(e *check.Eval) {
	ns := e.Subject.Namespace
	for _, kind := range append(slices.Clone(workloadKinds), podKind) {
		e.Need(kind, ns)
		for _, o := range e.List(kind, ns) {
			h := o.Head()
			if _, owned := h.ControllerOwner(); owned || h.Labels.Get(hiddenLabel) != "false" {
				continue
			}
			by := ""
			if h.Changed.Manager != "" {
				by = "; " + h.Changed.Manager + " wrote it last"
			}
			f := e.Failf(check.At{Object: h.Ref, Path: "metadata.labels[" + hiddenLabel + "]", Value: "false"},
				"a label keeps %s %s out of the list of functions%s", h.Kind, h.Name, by)
			if t, ok := templateOf(o); ok && servedOutside(e, ns, t.Labels) {
				f.As(check.Medium).Message += "; it can be called from outside"
			}
		}
	}
}

// servedOutside reports whether a Service or a route leads from outside the cluster to pods with these labels.
func servedOutside(e *check.Eval, namespace string, labels model.Labels) bool {
	return slices.ContainsFunc(e.List(serviceKind, namespace), func(o model.Object) bool {
		s, ok := o.(*model.Service)
		return ok && selects(s.Selector, labels) && expose.Service(e.Reader, s) >= expose.Node
	})
}

// merged is what a framework merges into every function: objects whose writers own all functions.
type merged struct {
	kind            schema.GroupKind
	namespace, name string // an empty namespace: that of the control plane; an empty name: all
}

var mergedOf = map[string][]merged{
	kubeless: {{configMapKind, "", "kubeless-config"}},
	nuclio:   {{configMapKind, "", "nuclio-platform-config"}},
	knative: {
		{configMapKind, servingNamespace, "config-features"}, {configMapKind, servingNamespace, "config-network"},
		{configMapKind, servingNamespace, "config-domain"}, {configMapKind, servingNamespace, "config-deployment"},
		{schema.GroupKind{Group: "operator.knative.dev", Kind: "KnativeServing"}, servingNamespace, "knative-serving"},
	},
	openFaaS: {{profileKind, "", ""}},
	dapr:     {{daprConfigKind, "", "daprsystem"}},
	kyma: {
		{configMapKind, "istio-system", "istio"},
		{schema.GroupKind{Group: "operator.kyma-project.io", Kind: "Serverless"}, "", ""},
	},
}

// checkSettings is FW-GE-09.
func checkSettings(e *check.Eval) {
	p := PlatformOf.Get(e.Reader, e.Subject)
	var all []merged
	if (p.Framework != knative || p.Namespace == servingNamespace) && p.Shape != "ce" {
		all = slices.Clone(mergedOf[p.Framework])
	}
	for _, ref := range p.Workloads {
		if ref.Kind != podKind.Kind {
			all = append(all, merged{ref.GroupKind(), ref.Namespace, ref.Name})
		}
	}
	if !ReadableComponents(e) && len(all) == 0 {
		return
	}
	if len(all) == 0 {
		e.NA("nothing of it is merged into functions")
		return
	}
	all = append(all, mergedMaps(e, &p)...)
	if p.Framework == dapr {
		for _, ref := range daprConfigs.Get(e.Reader, struct{}{}) {
			all = append(all, merged{ref.GroupKind(), ref.Namespace, ref.Name})
		}
	}
	own := controllers(&p)
	by := map[string][]model.Ref{}
	var others []string
	var missing []snapshot.Missing
	for _, s := range all {
		ns := orElse(s.namespace, p.Namespace)
		ref := model.Ref{Group: s.kind.Group, Kind: s.kind.Kind, Namespace: ns, Name: s.name}
		if s.name != "" && e.Get(ref) == nil && s.kind == configMapKind {
			continue // it can be created by whoever writes ConfigMaps; what is not there merges nothing
		}
		who := writersOf(e, s.kind, ns, s.name)
		if s.name == "" {
			who = union(who, makersOf(e, s.kind, ns))
		}
		who = who.without(own)
		missing = append(missing, who.missing...)
		others = append(others, who.others...)
		for _, b := range who.broad {
			by[b] = append(by[b], ref)
		}
	}
	reportSettings(e, firstNamed(all, p.Namespace), by, others, missing)
}

// firstNamed returns the first of the objects that has a name.
func firstNamed(all []merged, namespace string) model.Ref {
	for _, m := range all {
		if m.name != "" {
			return model.Ref{Group: m.kind.Group, Kind: m.kind.Kind, Namespace: orElse(m.namespace, namespace), Name: m.name}
		}
	}
	return model.Ref{}
}

// mergedMaps are the ConfigMaps that what makes pods of functions reads their pod specs from.
func mergedMaps(e *check.Eval, p *Platform) []merged {
	if p.Framework != fission && p.Framework != openWhisk {
		return nil
	}
	var all []merged
	for _, w := range parts(e.Reader, p) {
		if part := orElse(w.Labels.Get("svc"), w.component()); part != "executor" && part != "buildermgr" && part != "invoker" {
			continue
		}
		for i := range w.Spec.Volumes {
			if c := w.Spec.Volumes[i].ConfigMap; c != nil {
				all = append(all, merged{configMapKind, w.Namespace, c.Name})
			}
		}
	}
	return all
}

func reportSettings(e *check.Eval, at model.Ref, by map[string][]model.Ref, others []string, missing []snapshot.Missing) {
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		ref := by[name][0]
		more := ""
		if n := len(by[name]) - 1; n > 0 {
			more = " and " + itoa(n) + " more such objects"
		}
		e.Failf(check.At{Object: ref, Path: "metadata.name"}, "%s may change %s%s: what stands there is merged into every function, or makes them all", name, strings.TrimSpace(ref.Kind+" "+ref.Name), more)
	}
	slices.Sort(others)
	if others = slices.Compact(others); len(by) == 0 && len(others) > 0 {
		e.Fact(check.At{Object: at, Path: "metadata.name"}, "these may change what is merged into every function: "+few(others))
	}
	e.Unknown(missing...)
}

// controllers are the accounts of a control plane that must write its settings. An account that functions share with
// it is not among them.
func controllers(p *Platform) []model.Ref {
	return slices.DeleteFunc(slices.Clone(p.Accounts), func(a model.Ref) bool { return a.Name == "default" })
}
