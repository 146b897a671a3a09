package framework

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

var fissionTenantKind = schema.GroupKind{Group: "fission.io", Kind: "FissionTenant"}

// fissionTenant is a namespace that was onboarded with a key of its own.
type fissionTenant struct{ namespaces []string }

func decodeFissionTenant(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct{ Namespace, FunctionNamespace, BuilderNamespace string }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	t := &fissionTenant{}
	for _, ns := range []string{orElse(o.Spec.Namespace, raw.Header.Name), o.Spec.FunctionNamespace, o.Spec.BuilderNamespace} {
		if ns != "" {
			t.namespaces = append(t.namespaces, short(ns))
		}
	}
	return t, nil
}

// holder is what runs on an account, and whether its token is in the containers of user code.
type holder struct {
	model.Ref
	path    string
	exposed bool
}

// fissionHolders lists what runs on an account in a namespace, the exposed first.
func fissionHolders(e *check.Eval, account rbac.Account) (found []holder) {
	automount := true
	if a := rbac.AccountFacts(e.Get(account.Ref())); a != nil && isFalse(a.Automount) {
		automount = false
	}
	for _, kind := range []schema.GroupKind{deploymentKind, podKind} {
		for _, o := range e.List(kind, account.Namespace) {
			t, ok := templateOf(o)
			if _, owned := o.Head().ControllerOwner(); !ok || accountOf(t.Spec) != account.Name || owned && kind == podKind {
				continue
			}
			h := holder{Ref: o.Head().Ref, path: "spec.template.spec", exposed: automount}
			if kind == podKind {
				h.path = "spec"
			}
			if set := t.Spec.AutomountServiceAccountToken; set != nil {
				h.exposed = *set
			}
			h.exposed = h.exposed || slices.ContainsFunc(t.Spec.Containers, func(c corev1.Container) bool {
				return c.Name != "fetcher" && slices.ContainsFunc(c.VolumeMounts, isFetcherToken)
			})
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b holder) int {
		switch {
		case a.exposed == b.exposed:
			return 0
		case a.exposed:
			return -1
		}
		return 1
	})
	return found
}

func isFetcherToken(m corev1.VolumeMount) bool { return m.Name == "fission-fetcher-sa-token" }

// checkFissionAccounts is FW-FI-01.
func checkFissionAccounts(e *check.Eval) {
	ns := e.Subject.Namespace
	for _, name := range []string{"fission-fetcher", "fission-builder"} {
		account := rbac.Account{Namespace: ns, Name: name}
		rights := rbac.Grants.Get(e.Reader, account)
		all, ways := rights.Allows(rbac.Attributes{Verb: "get", Resource: "secrets", Namespace: ns})
		if !all {
			if e.Get(account.Ref()) != nil {
				e.Unknown(rights.Missing...)
			}
			continue
		}
		holders := fissionHolders(e, account)
		at := check.At{Object: ways[0].Role, Path: "rules[" + itoa(ways[0].Rule) + "]"}
		code := "the functions' code"
		if name == "fission-builder" {
			code = "the code that runs at builds"
		}
		if len(holders) == 0 {
			e.Failf(at, "account %s may read every Secret and ConfigMap here; nothing runs on it now", name).As(check.Medium)
			continue
		}
		h := &holders[0]
		if !h.exposed {
			e.Failf(at, "account %s may read every Secret and ConfigMap here; its token lies in a container that shares files and network with %s", name, code).As(check.Medium)
			continue
		}
		e.Failf(check.At{Object: h.Ref, Path: h.path + ".automountServiceAccountToken"},
			"account %s may read every Secret and ConfigMap here (by %s), and %s holds its token", name, ways[0].Role, code)
	}
}

// checkFissionKey is FW-FI-02.
func checkFissionKey(e *check.Eval) {
	ns := e.Subject.Namespace
	for _, p := range Platforms.Get(e.Reader, struct{}{}) {
		if p.Framework == fission && p.Namespace == ns {
			e.NA("it is the namespace of the control plane")
			return
		}
	}
	ref := model.Ref{Kind: secretKind.Kind, Namespace: ns, Name: "fission-internal-auth"}
	if e.Get(ref) == nil {
		if isFissionSpace.Get(e.Reader, ns) {
			e.Need(secretKind, ns)
		}
		return
	}
	for _, o := range e.List(fissionTenantKind, "") {
		if t, ok := snapshot.FactsOf[*fissionTenant](o, reader); ok && slices.Contains(t.namespaces, ns) {
			e.Undecided(check.At{Object: ref}, "the namespace is a tenant, and nothing shows whether this key is of the namespace alone or of the whole control plane")
			return
		}
	}
	who := readersOf(e, secretKind, ns, ref.Name)
	message := "the key by which the parts of Fission sign their calls lies here: whoever reads it calls every function as any of them"
	if text := who.may("these may read it"); text != "" {
		message += "; " + text
	}
	f := e.Fail(check.At{Object: ref, Path: "metadata.namespace"}, message)
	if len(who.broad) == 0 {
		f.As(check.Medium)
		e.Unknown(who.missing...)
	}
}

// isFissionSpace answers whether a namespace holds functions of Fission.
var isFissionSpace = snapshot.NewQuery("namespaces of Fission", func(r *snapshot.Reader, ns string) bool {
	return slices.ContainsFunc(r.Functions(ns), func(f *model.Function) bool { return f.Key.Framework == fission })
}, nil)
