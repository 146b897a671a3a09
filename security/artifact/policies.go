package artifact

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
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

// seenBy is AUD-12: the webhooks that are called for the function's objects.
func seenBy(e *check.Eval) {
	hooks := hooksOf.Get(e.Reader, e.Subject.Namespace)
	readable := e.Need(mutatingKind, "") && e.Need(validatingKind, "")
	any := false
	for i := range hooks {
		h := &hooks[i]
		if !sees(e, h.hook) {
			continue
		}
		any = true
		judgeHook(e, h)
	}
	if !any && readable {
		e.NA("no webhook is called for its objects")
	}
}

// sees reports whether a webhook is called for the function's object, its workloads or its pods.
func sees(e *check.Eval, h *hook) bool {
	object := func(ref model.Ref) bool {
		o := e.Get(ref)
		return o != nil && h.calls(ref.GroupKind()) && h.objects.Matches(o.Head().Labels)
	}
	if object(e.F.Object) {
		return true
	}
	for _, w := range e.F.Workloads {
		if w.Role == model.Run && object(w.Ref) {
			return true
		}
	}
	if !h.calls(podKind) {
		return false
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	return slices.ContainsFunc(v.Specs, func(s workload.Spec) bool { return h.objects.Matches(s.Labels) })
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
	own := namespaceLabels(e.Reader, ns)
	return slices.ContainsFunc(e.List(bindingKind, ""), func(o model.Object) bool {
		d, ok := snapshot.FactsOf[denies](o, reader)
		if !ok || !d.namespaces.Matches(own) {
			return false
		}
		judges, _ := snapshot.FactsOf[covers](e.Get(model.Ref{Group: admissionGroup, Kind: policyKind.Kind, Name: d.policy}), reader)
		return bool(judges)
	})
}

// The kinds of policies that check signatures of images.
var (
	kyvernoCluster = schema.GroupKind{Group: "kyverno.io", Kind: "ClusterPolicy"}
	kyvernoOwn     = schema.GroupKind{Group: "kyverno.io", Kind: "Policy"}
	kyvernoImages  = schema.GroupKind{Group: "policies.kyverno.io", Kind: "ImageValidatingPolicy"}
	sigstoreImages = schema.GroupKind{Group: "policy.sigstore.dev", Kind: "ClusterImagePolicy"}
)

var signatures = []snapshot.Kind{
	{GroupKind: kyvernoCluster, Cluster: true, Reader: reader, Decode: keepVerifier},
	{GroupKind: kyvernoOwn, Reader: reader, Decode: keepVerifier},
	{GroupKind: kyvernoImages, Cluster: true, Reader: reader},
	{GroupKind: sigstoreImages, Cluster: true, Reader: reader},
}

// verifier is a policy of Kyverno that refuses images without a signature: in these namespaces, or in all.
type verifier struct{ namespaces []string }

type kyvernoMatch struct {
	Resources struct {
		Namespaces []string `json:"namespaces"`
	} `json:"resources"`
}

func keepVerifier(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Action string `json:"validationFailureAction"`
			Rules  []struct {
				Verify []struct {
					Action string `json:"failureAction"`
				} `json:"verifyImages"`
				Match struct {
					kyvernoMatch
					Any []kyvernoMatch `json:"any"`
					All []kyvernoMatch `json:"all"`
				} `json:"match"`
			} `json:"rules"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	for i := range o.Spec.Rules {
		r := &o.Spec.Rules[i]
		for _, v := range r.Verify {
			if action := v.Action; !strings.EqualFold(action, "enforce") && (action != "" || !strings.EqualFold(o.Spec.Action, "enforce")) {
				continue
			}
			found := verifier{}
			for _, m := range slices.Concat([]kyvernoMatch{r.Match.kyvernoMatch}, r.Match.Any, r.Match.All) {
				found.namespaces = append(found.namespaces, m.Resources.Namespaces...)
			}
			return found, nil
		}
	}
	return nil, nil
}

func (v verifier) covers(ns string) bool {
	return len(v.namespaces) == 0 || slices.ContainsFunc(v.namespaces, func(pattern string) bool {
		ok, _ := path.Match(pattern, ns)
		return ok
	})
}

// checkers are parts of the names of webhooks that check signatures by settings of their own.
var checkers = []string{"connaisseur", "portieris", "ratify"}

// noSignatures is IMG-09.
func noSignatures(e *check.Eval) {
	ns := e.Subject.Namespace
	for _, o := range slices.Concat(e.List(kyvernoCluster, ""), e.List(kyvernoOwn, ns)) {
		if v, ok := snapshot.FactsOf[verifier](o, reader); ok && v.covers(ns) {
			return
		}
	}
	if len(e.List(kyvernoImages, "")) > 0 || len(e.List(sigstoreImages, "")) > 0 && namespaceLabels(e.Reader, ns)["policy.sigstore.dev/include"] == "true" {
		return
	}
	for _, h := range hooksOf.Get(e.Reader, ns) {
		if slices.ContainsFunc(checkers, func(c string) bool { return strings.Contains(h.name, c) }) {
			return
		}
	}
	readable := e.Need(kyvernoOwn, ns)
	for _, kind := range []schema.GroupKind{kyvernoCluster, kyvernoImages, sigstoreImages, validatingKind, mutatingKind} {
		readable = e.Need(kind, "") && readable
	}
	switch {
	case !readable:
	case e.Options().Partial:
		e.Unknown(snapshot.Missing{Reason: "a policy that checks signatures may be elsewhere"})
	default:
		e.Fail(check.At{Object: model.Ref{Kind: namespaceKind.Kind, Name: ns}, Path: "metadata.labels"},
			"nothing checks who signed the images that run in namespace "+ns+", as far as the cluster shows")
	}
}
