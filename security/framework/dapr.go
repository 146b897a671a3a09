package framework

import (
	"encoding/json"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

var (
	daprConfigKind    = schema.GroupKind{Group: "dapr.io", Kind: "Configuration"}
	daprComponentKind = schema.GroupKind{Group: "dapr.io", Kind: "Component"}
)

var daprKinds = []snapshot.Kind{
	{GroupKind: daprConfigKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeDaprConfig},
	{GroupKind: daprComponentKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeDaprComponent},
}

const noDapr = "it has no Dapr sidecar"

// daprConfig is what is judged of a Configuration of Dapr.
type daprConfig struct {
	scoped bool // the secret store of Kubernetes gives some Secrets only
	closed bool // callers must be allowed by name
}

func decodeDaprConfig(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Secrets struct {
				Scopes []struct {
					StoreName, DefaultAccess string
					AllowedSecrets           []string
				}
			}
			AccessControl *struct {
				DefaultAction string
				Policies      []json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	c := &daprConfig{}
	for _, s := range o.Spec.Secrets.Scopes {
		if s.StoreName == "kubernetes" && (strings.EqualFold(s.DefaultAccess, "deny") || len(s.AllowedSecrets) > 0) {
			c.scoped = true
		}
	}
	if a := o.Spec.AccessControl; a != nil {
		c.closed = strings.EqualFold(a.DefaultAction, "deny") || a.DefaultAction == "" && len(a.Policies) > 0
	}
	return c, nil
}

// daprComponent is what is judged of a Component.
type daprComponent struct {
	scoped bool
	secret string // the metadata that holds a credential
}

func decodeDaprComponent(raw *snapshot.Raw) (any, error) {
	var o struct {
		Scopes []string
		Spec   struct {
			Metadata []struct {
				Name         string
				Value        any
				SecretKeyRef struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	c := &daprComponent{scoped: len(o.Scopes) > 0}
	for _, m := range o.Spec.Metadata[:min(len(o.Spec.Metadata), maxLiterals)] {
		text, _ := m.Value.(string)
		if c.secret == "" && (m.SecretKeyRef.Name != "" || detect.Literal(m.Name, text, nil) != "") {
			c.secret = short(m.Name)
		}
	}
	return c, nil
}

// sidecar is how a function's pods talk to Dapr.
type sidecar struct {
	*workload.Spec
	account string
}

// daprOf returns the sidecar of the judged function. Without one the control was told so.
func daprOf(e *check.Eval) (*sidecar, bool) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	for i := range v.Specs {
		s := &v.Specs[i]
		if s.Annotations.Get("dapr.io/enabled") == "true" || container(s.Spec, "daprd") != nil {
			return &sidecar{s, v.Account}, true
		}
	}
	e.NA(noDapr)
	return nil, false
}

// at is an annotation of the pods.
func (s *sidecar) at(annotation string) check.At {
	path := strings.TrimSuffix(strings.TrimSuffix(s.Path, "spec"), ".")
	return check.At{
		Object: s.Ref, Path: strings.TrimPrefix(path+".metadata.annotations["+annotation+"]", "."), Value: s.Annotations.Get(annotation),
	}
}

// token reports whether pods of the sidecar get a token of their account.
func (s *sidecar) token(r *snapshot.Reader) bool {
	if set := s.Spec.Spec.AutomountServiceAccountToken; set != nil {
		return *set
	}
	o := r.Get(model.Ref{Kind: "ServiceAccount", Namespace: s.Namespace, Name: s.account})
	if a := rbac.AccountFacts(o); a != nil && a.Automount != nil {
		return *a.Automount
	}
	return true
}

// daprConfigs lists the Configurations that sidecars of functions name.
var daprConfigs = snapshot.NewQuery("Configurations of Dapr in use", func(r *snapshot.Reader, _ struct{}) []model.Ref {
	var all []model.Ref
	for _, f := range r.Functions("") {
		if ref := daprConfigOf.Get(r, f.Key); !ref.IsZero() {
			all = append(all, ref)
		}
	}
	slices.SortFunc(all, model.Ref.Compare)
	return slices.Compact(all)
}, slices.Equal)

// daprConfigOf is the Configuration that the sidecar of a function names.
var daprConfigOf = snapshot.NewQuery("Configuration of Dapr", func(r *snapshot.Reader, key model.FunctionKey) model.Ref {
	v := workload.Of.Get(r, key)
	for i := range v.Specs {
		s := &v.Specs[i]
		if name := s.Annotations.Get("dapr.io/config"); name != "" && s.Annotations.Get("dapr.io/enabled") == "true" {
			return model.Ref{Group: daprConfigKind.Group, Kind: daprConfigKind.Kind, Namespace: s.Namespace, Name: name}
		}
	}
	return model.Ref{}
}, func(a, b model.Ref) bool { return a == b }).Passing()

// config returns the Configuration of the sidecar, nil when it names none; known is false when it could not be read.
func (s *sidecar) config(e *check.Eval) (c *daprConfig, known bool) {
	name := s.Annotations.Get("dapr.io/config")
	if name == "" {
		return nil, true
	}
	c, ok := snapshot.FactsOf[*daprConfig](e.Get(model.Ref{Group: "dapr.io", Kind: daprConfigKind.Kind, Namespace: s.Namespace, Name: name}), reader)
	if !ok {
		return nil, e.Need(daprConfigKind, s.Namespace)
	}
	return c, true
}

// checkDaprSecrets is FW-GE-02.
func checkDaprSecrets(e *check.Eval) {
	s, ok := daprOf(e)
	if !ok || s.Annotations.Get("dapr.io/disable-builtin-k8s-secret-store") == "true" || !s.token(e.Reader) {
		return
	}
	rights := rbac.Grants.Get(e.Reader, rbac.Account{Namespace: s.Namespace, Name: s.account})
	if !readsSecrets(rights, s.Namespace) {
		e.Unknown(rights.Missing...)
		return
	}
	c, known := s.config(e)
	if !known || c != nil && c.scoped {
		return
	}
	f := e.Failf(s.at("dapr.io/disable-builtin-k8s-secret-store"),
		"any process of the pod, or a request forged to localhost:3500, reads the Secrets that account %s may read", s.account)
	if s.Annotations.Get("dapr.io/api-token-secret") != "" {
		f.As(check.Medium)
	}
}

// readsSecrets reports whether a rule gives some Secret of the namespace.
func readsSecrets(rights *rbac.Set, namespace string) bool {
	found := false
	rights.All(func(g *rbac.Grant) bool {
		found = (g.Namespace == "" || g.Namespace == namespace) && slices.ContainsFunc(g.Role.Rules, givesSecrets)
		return !found
	})
	return found
}

func givesSecrets(rule rbacv1.PolicyRule) bool {
	any := func(all []string, want string) bool { return slices.Contains(all, want) || slices.Contains(all, "*") }
	return any(rule.Verbs, "get") && any(rule.APIGroups, "") && any(rule.Resources, "secrets")
}

// checkDaprCallers is FW-GE-03.
func checkDaprCallers(e *check.Eval) {
	s, ok := daprOf(e)
	if !ok {
		return
	}
	addresses := s.Annotations.Get("dapr.io/sidecar-listen-addresses")
	if beyondLoopback(addresses) && s.Annotations.Get("dapr.io/api-token-secret") == "" {
		e.Fail(s.at("dapr.io/sidecar-listen-addresses"), "the sidecar's API answers the network and asks for no token: any pod that reaches it acts as this application").As(check.High)
	}
	c, known := s.config(e)
	switch {
	case !known || c != nil && c.closed:
	case s.Annotations.Get("dapr.io/config") == "":
		e.Fail(s.at("dapr.io/config"), "every application with a sidecar may call this one: no Configuration is named that says who may")
	default:
		e.Fail(s.at("dapr.io/config"), "every application with a sidecar may call this one: its Configuration has no access control, or allows by default")
	}
}

// beyondLoopback reports whether a list of addresses holds one that others reach.
func beyondLoopback(addresses string) bool {
	for a := range strings.SplitSeq(addresses, ",") {
		switch a = strings.Trim(strings.TrimSpace(a), "[]"); {
		case a == "", a == "::1", a == "localhost", strings.HasPrefix(a, "127."):
		default:
			return true
		}
	}
	return false
}

// openComponents lists the Components of a namespace that hold a credential and serve every application.
var openComponents = snapshot.NewQuery("open Dapr components", func(r *snapshot.Reader, namespace string) []model.Ref {
	var all []model.Ref
	for _, o := range r.List(daprComponentKind, namespace) {
		if c, ok := snapshot.FactsOf[*daprComponent](o, reader); ok && !c.scoped && c.secret != "" {
			all = append(all, o.Head().Ref)
		}
	}
	return all
}, slices.Equal[[]model.Ref])

// checkDaprComponents is FW-GE-04.
func checkDaprComponents(e *check.Eval) {
	s, ok := daprOf(e)
	if !ok || !e.Need(daprComponentKind, s.Namespace) {
		return
	}
	for _, ref := range openComponents.Get(e.Reader, s.Namespace) {
		c, _ := snapshot.FactsOf[*daprComponent](e.Get(ref), reader)
		e.Failf(check.At{Object: ref, Path: "scopes"}, "Component %s holds a credential (%s) and names no applications: every one with a sidecar in namespace %s uses what it opens", ref.Name, c.secret, ref.Namespace)
	}
}

// checkDaprDefault is FW-GE-01.
func checkDaprDefault(e *check.Eval) {
	ns := e.Subject.Namespace
	rights := rbac.Grants.Get(e.Reader, rbac.Account{Namespace: ns, Name: "default"})
	var binding model.Ref
	rights.All(func(g *rbac.Grant) bool {
		if g.Binding.Name == "dapr-secret-reader" && (g.Namespace == "" || g.Namespace == ns) && slices.ContainsFunc(g.Role.Rules, givesSecrets) {
			binding = g.Binding
		}
		return binding.IsZero()
	})
	if binding.IsZero() {
		e.Unknown(rights.Missing...)
		return
	}
	on := runsOn.Get(e.Reader, rbac.Account{Namespace: ns, Name: "default"})
	message := "Dapr's chart lets account default read Secrets here"
	if len(on) > 0 {
		message += "; these run on it: " + few(on)
	}
	e.Fail(check.At{Object: binding, Path: "subjects"}, message)
}

// runsOn lists what runs on an account, in its namespace.
var runsOn = snapshot.NewQuery("workloads on an account", func(r *snapshot.Reader, a rbac.Account) []string {
	var all []string
	for _, kind := range append(slices.Clone(workloadKinds), podKind) {
		for _, o := range r.List(kind, a.Namespace) {
			h := o.Head()
			if _, owned := h.ControllerOwner(); owned {
				continue
			}
			if t, ok := templateOf(o); ok && accountOf(t.Spec) == a.Name {
				all = append(all, h.Kind+" "+h.Name)
			}
		}
	}
	return all
}, slices.Equal[[]string])
