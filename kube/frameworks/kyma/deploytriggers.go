package kyma

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func (d *drafting) known(t plan.Trigger, keys ...string) {
	for _, k := range slices.Sorted(maps.Keys(t.Options)) {
		if !slices.Contains(keys, k) {
			d.Problem("trigger", "%q is no option of a trigger of type %s: %s", frameworks.Line(k), t.Type, strings.Join(keys, ", "))
		}
	}
}

// words are the parts of a list with commas.
func words(text string) []any {
	var out []any
	for w := range strings.SplitSeq(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// rules makes an APIRule for each host. The version v1beta1 is not reconciled any more.
func (d *drafting) rules() {
	version := "v2"
	if d.Around.Served != nil {
		if all := d.Around.Served(ruleKind.Group, ruleKind.Kind); !slices.Contains(all, version) {
			version = ""
			if slices.Contains(all, "v2alpha1") {
				version = "v2alpha1"
			}
		}
	}
	for _, t := range d.TriggersOf("http") {
		switch {
		case t.Host == "" && t.Path == "" && len(t.Options) == 0:
			continue // its Service
		case t.Host == "":
			d.Problem("trigger", "a route needs a host; without one there is the Service")
			continue
		case version == "":
			d.Problem("trigger", "the cluster serves no APIRule of version v2: routes of v1beta1 are not reconciled any more")
			continue
		}
		d.Create(map[string]any{
			"apiVersion": ruleKind.Group + "/" + version, "kind": ruleKind.Kind,
			"metadata": d.Metadata(d.RouteName(t, ruleKind), nil, nil), "spec": d.rule(t),
		})
		d.sidecar()
	}
}

func (d *drafting) rule(t plan.Trigger) map[string]any {
	d.known(t, optGateway, optAuth, optIssuer, optKeys, optScopes, optAudiences, optProvider)
	gateway := t.Options[optGateway]
	if gateway == "" {
		gateway = "kyma-system/kyma-gateway"
	}
	if namespace, name, ok := strings.Cut(gateway, "/"); !ok || namespace == "" || name == "" {
		d.Problem("trigger", "%s is NAMESPACE/NAME", optGateway)
	}
	path := t.Path
	if path == "" {
		path = "/*"
	}
	if !strings.HasPrefix(path, "/") {
		d.Problem("trigger", "a path begins with /")
	}
	methods := t.Methods
	if len(methods) == 0 {
		methods = []string{"GET", "POST"}
	}
	for _, m := range methods {
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}, m) {
			d.Problem("trigger", "%q is no method", frameworks.Line(m))
		}
	}
	rule := map[string]any{"path": path, "methods": frameworks.Values(methods)}
	d.authentication(rule, t)
	return map[string]any{
		"hosts": []any{t.Host}, "gateway": gateway,
		"service": map[string]any{"name": d.Name, "namespace": d.Namespace, "port": int64(80)},
		"rules":   []any{rule},
	}
}

// authentication adds the one strategy that a rule has.
func (d *drafting) authentication(rule map[string]any, t plan.Trigger) {
	issuer, keys := t.Options[optIssuer], t.Options[optKeys]
	auth := t.Options[optAuth]
	switch {
	case auth == "" && t.Options[optProvider] != "":
		auth = authExternal
	case auth == "" && issuer+keys+t.Options[optScopes]+t.Options[optAudiences] != "":
		auth = authJWT
	case auth == "":
		auth = authNone
		d.Note("%s is open to everybody outside: give %s and %s for a token", t.Host, optIssuer, optKeys)
	}
	token := map[string]any{}
	if issuer != "" || keys != "" {
		d.CheckURL("trigger", issuer, "https", "http")
		d.CheckURL("trigger", keys, "https", "http")
		token["authentications"] = []any{map[string]any{"issuer": issuer, "jwksUri": keys}}
	}
	allowed := map[string]any{}
	frameworks.Put(allowed, "requiredScopes", words(t.Options[optScopes]))
	frameworks.Put(allowed, "audiences", words(t.Options[optAudiences]))
	if len(allowed) > 0 {
		token["authorizations"] = []any{allowed}
	}
	switch auth {
	case authNone:
		rule[authNone] = true
	case authJWT:
		if token["authentications"] == nil {
			d.Problem("trigger", "a token needs %s and %s", optIssuer, optKeys)
		}
		if len(allowed) == 0 {
			d.Note("every token of the issuer is accepted, those for other functions too: give %s or %s", optScopes, optAudiences)
		}
		rule[authJWT] = token
	case authExternal:
		providers := words(t.Options[optProvider])
		if len(providers) == 0 {
			d.Problem("trigger", "%s needs %s", authExternal, optProvider)
		}
		external := map[string]any{"authorizers": providers}
		frameworks.Put(external, "restrictions", token)
		rule[authExternal] = external
	default:
		d.Problem("trigger", "%s is %s, %s or %s", optAuth, authNone, authJWT, authExternal)
	}
}

// The labels by which the mesh adds its proxy to pods.
const (
	injectLabel    = "istio-injection"
	revisionLabel  = "istio.io/rev"
	injectPodLabel = "sidecar.istio.io/inject"
)

// sidecar wants the mesh in the pods: without it an APIRule is an error, as soon as there is a pod.
func (d *drafting) sidecar() {
	if d.Around.Objects == nil || d.Labels[injectPodLabel] == "true" {
		return
	}
	ns := d.Around.Get(model.Ref{Kind: frameworks.Namespace.Kind, Name: d.Namespace})
	if ns == nil {
		return
	}
	labels := ns.Head().Labels
	if labels.Get(injectLabel) == "enabled" || labels.Has(revisionLabel) && labels.Get(injectLabel) != "disabled" {
		return
	}
	d.Problem("trigger", "an APIRule needs the mesh in the pods: label the function %s=true, or the namespace %s=enabled", injectPodLabel, injectLabel)
}

// subscriptions makes a Subscription of each trigger of events.
func (d *drafting) subscriptions() {
	for _, t := range d.TriggersOf("event") {
		d.known(t, optMatching, optInFlight)
		if t.Broker == "" {
			d.Problem("trigger", "event %s names no source, which is the broker here", frameworks.Line(t.Topic))
		}
		matching := t.Options[optMatching]
		if matching == "" {
			matching = "standard"
		}
		if matching != "standard" && matching != "exact" {
			d.Problem("trigger", "%s is standard or exact", optMatching)
		}
		spec := map[string]any{
			"source": t.Broker, "types": words(t.Topic), "typeMatching": matching,
			"sink": "http://" + d.Name + "." + d.Namespace + ".svc.cluster.local",
		}
		if text := t.Options[optInFlight]; text != "" {
			if n, err := strconv.Atoi(text); err != nil || n < 1 {
				d.Problem("trigger", "%s %q is no number of messages", optInFlight, frameworks.Line(text))
			}
			spec["config"] = map[string]any{"maxInFlightMessages": text}
		}
		name := t.Name
		if name == "" {
			name = frameworks.Kebab(d.Name, t.Topic)
		}
		d.Create(map[string]any{
			"apiVersion": subscriptionKind.Group + "/v1alpha2", "kind": subscriptionKind.Kind,
			"metadata": d.Metadata(name, nil, nil), "spec": spec,
		})
	}
}
