package artifact

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// guards are parts of the names of webhooks that keep something out.
var guards = []string{
	"kyverno", "gatekeeper", "opa", "kubewarden", "sigstore", "cosign", "connaisseur", "portieris", "ratify", "polic", "falco", "aqua",
	"stackrox", "neuvector", "prisma", "twistlock", "sysdig", "wiz", "admission-controller", "policy",
}

func (h *hook) guards() bool {
	name := strings.ToLower(h.name)
	return slices.ContainsFunc(guards, func(g string) bool {
		return strings.Contains(name, g) && (len(g) > 3 || slices.Contains(strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '-' }), g))
	})
}

// seenBy is AUD-12: the webhooks that are called for the function's objects, and the policies that rewrite them.
func seenBy(e *check.Eval) {
	hooks := hooksOf.Get(e.Reader, e.Subject.Namespace)
	readable := e.Need(mutatingKind, "") && e.Need(validatingKind, "") && e.Need(mutationKind, "") && e.Need(mutationBindingKind, "")
	any := rewritten(e)
	for i := range hooks {
		h := &hooks[i]
		if !touches(e, func(kind schema.GroupKind, _ string, set model.Labels) bool {
			return h.calls(kind) && h.objects.Matches(set)
		}) {
			continue
		}
		any = true
		judgeHook(e, h)
	}
	if !any && readable {
		e.NA("no webhook is called for its objects, and no policy rewrites them")
	}
}

func judgeHook(e *check.Eval, h *placed) {
	at := func(field string) check.At {
		return check.At{Object: h.ref, Path: h.path + "." + field, Fixed: "webhooks[" + h.name + "]." + field}
	}
	may := ""
	if h.uncertain {
		may = " may be"
	}
	what := "webhook " + h.name + may + " called for the function's objects"
	if may == "" {
		what = "webhook " + h.name + " is called for the function's objects"
	}
	if outside(h.host) {
		e.Fail(at("clientConfig.url"), what+" and gets them outside the cluster, at "+h.host).As(check.Medium)
	}
	if h.service.Name != "" && e.Get(h.service) == nil && !e.Options().Partial && e.Need(serviceOfHook, h.service.Namespace) {
		text := "and its Service " + h.service.Namespace + "/" + h.service.Name + " is not there: "
		if h.ignored {
			text += "it is skipped, and whoever makes the Service takes its place"
		} else {
			text += "nothing of the function can be made or changed until it is"
		}
		e.Fail(at("clientConfig.service"), what+" "+text)
	}
	// In manifests the bundle is often missing: its controller or cert-manager writes it in the cluster.
	if h.service.Name != "" && h.untrusted && !e.Options().Manifests {
		text := "and names no authority for its certificate (caBundle), so that the API server believes whoever a public one signed for: "
		if h.ignored {
			text += "as a rule it is skipped"
		} else {
			text += "as a rule nothing of the function can be made or changed"
		}
		e.Fail(at("clientConfig.caBundle"), what+" "+text)
	}
	if h.ignored && !h.mutating && h.guards() {
		e.Fail(at("failurePolicy"), what+" to keep something out, and is skipped whenever it does not answer").As(check.Medium)
	}
}

// enforceLabel is the label by which a namespace asks the API server for a level of pod security.
const enforceLabel = "pod-security.kubernetes.io/enforce"

// noEngine is AUD-10.
func noEngine(e *check.Eval) {
	ns := e.Subject.Namespace
	o := e.Get(model.Ref{Kind: namespaceKind.Kind, Name: ns})
	if o != nil {
		if level := o.Head().Labels.Get(enforceLabel); level != "" && level != "privileged" {
			return
		}
	}
	for _, h := range hooksOf.Get(e.Reader, ns) {
		if h.mutating || !slices.ContainsFunc(workloadGroupKinds, h.calls) {
			continue
		}
		if !strings.Contains(h.name, "gatekeeper") || len(e.List(templateKind, "")) > 0 {
			return
		}
	}
	if deniedByServer(e, ns) {
		return
	}
	readable := o != nil || e.Need(namespaceKind, "")
	for _, kind := range []schema.GroupKind{validatingKind, policyKind, bindingKind, templateKind} {
		readable = e.Need(kind, "") && readable
	}
	switch {
	case !readable:
	case e.Options().Partial:
		e.Unknown(snapshot.Missing{Reason: "a policy engine may be elsewhere"})
	default:
		e.Fail(check.At{Object: model.Ref{Kind: namespaceKind.Kind, Name: ns}, Path: "metadata.labels[" + enforceLabel + "]"},
			"nothing judges what is deployed in namespace "+ns+": neither a level of pod security nor a policy engine")
	}
}

// deniedByServer reports whether a policy of the API server refuses workloads in the namespace.
func deniedByServer(e *check.Eval, ns string) bool {
	own := namespaceLabels.Get(e.Reader, ns)
	return slices.ContainsFunc(e.List(bindingKind, ""), func(o model.Object) bool {
		d, ok := snapshot.FactsOf[denies](o, reader)
		if !ok || !d.namespaces.Matches(own) {
			return false
		}
		judges, _ := snapshot.FactsOf[covers](e.Get(model.Ref{Group: admissionGroup, Kind: policyKind.Kind, Name: d.policy}), reader)
		return bool(judges)
	})
}
