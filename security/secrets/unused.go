package secrets

import (
	"encoding/json"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// mentionReader names the facts about which Secrets an object names.
const mentionReader = "secret names"

// mentions are names of Secrets in an object that neither runs nor declares a function.
type mentions []string

var gatewayKind = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}

// mentioning are the kinds that may name a Secret of their namespace, besides those of functions.
var mentioning = []schema.GroupKind{
	{Group: "networking.k8s.io", Kind: "Ingress"}, gatewayKind,
	{Group: "cert-manager.io", Kind: "Certificate"}, {Group: "cert-manager.io", Kind: "Issuer"},
	{Group: "external-secrets.io", Kind: "ExternalSecret"}, {Group: "external-secrets.io", Kind: "SecretStore"},
	{Group: "external-secrets.io", Kind: "PushSecret"}, {Group: kedaGroup, Kind: "TriggerAuthentication"},
	{Group: "dapr.io", Kind: "Component"}, {Group: "serving.knative.dev", Kind: "DomainMapping"},
	{Group: "serving.knative.dev", Kind: "Revision"}, {Group: "sources.knative.dev", Kind: "KafkaSource"},
	{Group: "projectcontour.io", Kind: "HTTPProxy"}, {Group: "traefik.io", Kind: "IngressRoute"},
	{Group: "traefik.io", Kind: "Middleware"}, {Group: "networking.istio.io", Kind: "Gateway"},
}

func mentionKinds() []snapshot.Kind {
	all := make([]snapshot.Kind, 0, len(mentioning))
	for _, gk := range mentioning {
		k := snapshot.Kind{GroupKind: gk, Reader: mentionReader, Decode: mentioned}
		if gk.Kind == "Ingress" {
			k.Versions = []string{"v1"}
		}
		all = append(all, k)
	}
	return all
}

// mentioned collects what stands in fields whose names speak of Secrets.
func mentioned(raw *snapshot.Raw) (any, error) {
	var found mentions
	if o, ok := raw.Typed.(*networkingv1.Ingress); ok {
		for _, t := range o.Spec.TLS {
			found = found.add(t.SecretName)
		}
		for k, v := range o.Annotations {
			if strings.Contains(k, "secret") {
				found = found.add(v[strings.LastIndexByte(v, '/')+1:])
			}
		}
		return found.kept(), nil
	}
	var d struct {
		Spec json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &d); err != nil || len(d.Spec) == 0 {
		return nil, err
	}
	var spec any
	if err := json.Unmarshal(d.Spec, &spec); err != nil {
		return nil, err
	}
	return found.collect(spec, false, 0).kept(), nil
}

func (m mentions) kept() any {
	if len(m) == 0 {
		return nil
	}
	slices.Sort(m)
	return slices.Compact(m)
}

func (m mentions) add(name string) mentions {
	if name != "" && len(name) < 254 && len(m) < 4*maxSpots {
		m = append(m, name)
	}
	return m
}

func (m mentions) collect(v any, named bool, depth int) mentions {
	if depth > 24 {
		return m
	}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			low := strings.ToLower(k)
			m = m.collect(e, named || strings.Contains(low, "secret") || low == "credentialname" || low == "certificaterefs", depth+1)
		}
	case []any:
		for _, e := range v {
			m = m.collect(e, named, depth+1)
		}
	case string:
		if named {
			m = m.add(v)
		}
	}
	return m
}

// mentionedIn answers which Secrets the objects of a namespace name, sorted. Gateways of other namespaces may name
// them too.
var mentionedIn = snapshot.NewQuery("names of Secrets in a namespace", func(r *snapshot.Reader, namespace string) mentions {
	var all mentions
	for _, gk := range mentioning {
		in := namespace
		if gk == gatewayKind {
			in = ""
		}
		for _, o := range r.List(gk, in) {
			if m, ok := snapshot.FactsOf[mentions](o, mentionReader); ok {
				all = append(all, m...)
			}
		}
	}
	for _, o := range r.List(rbac.AccountKind, namespace) {
		if a := rbac.AccountFacts(o); a != nil {
			all = append(append(all, a.PullSecrets...), a.Secrets...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}, slices.Equal)

// keptTypes are types of Secrets that something uses without naming them.
var keptTypes = []string{
	"helm.sh/release.v1", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "nuclio.io/functionconfig",
	"nuclio.io/apigatewayconfig", "istio.io/cluster", "istio.io/ca-root",
}

// keptMarks are labels of Secrets that a controller finds by them.
var keptMarks = []string{
	"argocd.argoproj.io/secret-type", "sealedsecrets.bitnami.com/sealed-secrets-key", "fn9s.io/backup", "nuclio.io/function-name",
	"istio/multiCluster", "grafana_datasource", "grafana_dashboard",
}

// kept reports whether a Secret is none that could be unused: something finds it by its type, label or owner.
func kept(r *snapshot.Reader, s *model.Secret) bool {
	if slices.Contains(keptTypes, s.Type) || s.Labels.Get("owner") == "helm" || slices.ContainsFunc(keptMarks, s.Labels.Has) {
		return true
	}
	if _, text := travels(r, s); text != "" {
		return true
	}
	for _, o := range s.Owners {
		// What keeps a Secret in step with a source does not use it.
		if !slices.Contains([]string{"ExternalSecret", "SealedSecret", "Certificate", "SpinApp", "VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret"}, o.Kind) {
			return true
		}
	}
	return !s.Deleting.IsZero()
}

// unused finds the Secrets of a namespace to which nothing refers.
func unused(e *check.Eval) {
	namespace := e.Subject.Namespace
	if !e.Need(secretKind, namespace) {
		return
	}
	users, names := usersIn.Get(e.Reader, namespace), mentionedIn.Get(e.Reader, namespace)
	var idle []*model.Secret
	for _, o := range e.List(secretKind, namespace) {
		s, ok := o.(*model.Secret)
		if !ok || len(users[s.Name]) > 0 || kept(e.Reader, s) || len(UsersOf.Get(e.Reader, s.Ref)) > 0 {
			continue
		}
		if _, named := slices.BinarySearch(names, s.Name); !named {
			idle = append(idle, s)
		}
	}
	if len(idle) == 0 || !certain(e, idle) {
		return
	}
	for _, s := range idle {
		text := "nothing refers to Secret " + s.Name
		if by, ok := supplierOf(e.Reader, s.Ref); ok {
			text += ", which " + by.Kind + " " + by.Name + " makes"
		}
		e.Fail(check.At{Object: s.Ref}, text)
	}
}

// certain reports whether Secrets to which nothing refers are unused. Where an account of the namespace may read them
// through the API, or something that could refer to them cannot be seen, that cannot be told.
func certain(e *check.Eval, idle []*model.Secret) bool {
	namespace, sure := e.Subject.Namespace, true
	for _, gk := range append(slices.Clone(workloadKinds), mentioning...) {
		sure = e.Need(gk, namespace) && sure
	}
	if e.Options().Partial {
		e.Unknown(snapshot.Missing{Reason: "what uses " + count(len(idle), "Secret", "Secrets") + " of " + namespace + " may be elsewhere"})
		return false
	}
	access := readersIn.Get(e.Reader, namespace)
	for i := range access.able {
		h := &access.able[i]
		if !h.direct || !h.everybody(namespace) && (h.Kind != "ServiceAccount" || h.Namespace != namespace) {
			continue
		}
		e.Undecided(check.At{}, h.String()+" may read the Secrets of "+namespace+" through the API: whether it uses "+
			count(len(idle), "Secret", "Secrets")+" to which nothing refers cannot be told")
		return false
	}
	return sure
}
