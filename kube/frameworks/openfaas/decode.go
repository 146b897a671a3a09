package openfaas

import (
	"encoding/json"
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// function is what is kept of a Function.
type function struct {
	name, image, handler string
	secrets              []string
	labels, annotations  model.Labels
	conditions           []model.Condition
	observed, generation int64
}

// ingress is what is kept of a FunctionIngress.
type ingress struct {
	domain, function, namespace, path string
	bypass, tls                       bool
}

// rewrites are the functions that a route of the gateway leads to: `figlet` or `figlet.openfaas-fn`.
type rewrites []string

type functionJSON struct {
	Metadata struct {
		Generation int64 `json:"generation"`
	} `json:"metadata"`
	Spec struct {
		Name        string            `json:"name"`
		Image       string            `json:"image"`
		Handler     string            `json:"handler"`
		Secrets     []string          `json:"secrets"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"spec"`
	Status struct {
		ObservedGeneration int64 `json:"observedGeneration"`
		Conditions         []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"conditions"`
	} `json:"status"`
}

// Decode reads Functions and FunctionIngresses, and in Ingresses and HTTPRoutes the functions that they rewrite to.
func (adapter) Decode(raw *frameworks.Raw) (any, error) {
	if o, ok := raw.Typed.(*networkingv1.Ingress); ok {
		return linkRewrites(raw.Header, ingressRewrites(o)), nil
	}
	switch raw.GVK.GroupKind() {
	case functionKind:
		return decodeFunction(raw)
	case ingressKind:
		return decodeIngress(raw)
	case frameworks.HTTPRoute:
		return linkRewrites(raw.Header, httpRouteRewrites(raw.JSON)), nil
	}
	return nil, nil
}

func decodeFunction(raw *frameworks.Raw) (any, error) {
	var o functionJSON
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode Function: %w", err)
	}
	f := function{
		name: frameworks.Text(o.Spec.Name), image: frameworks.Text(o.Spec.Image), handler: frameworks.Text(o.Spec.Handler),
		labels: known(o.Spec.Labels), annotations: known(o.Spec.Annotations),
		observed: o.Status.ObservedGeneration, generation: o.Metadata.Generation,
	}
	if f.name == "" {
		f.name = raw.Header.Name
	}
	for _, s := range frameworks.List(o.Spec.Secrets) {
		f.secrets = append(f.secrets, frameworks.Text(s))
	}
	for _, c := range frameworks.List(o.Status.Conditions) {
		f.conditions = append(f.conditions, model.Condition{
			Type: c.Type, Status: c.Status, Reason: frameworks.Text(c.Reason), Message: frameworks.Text(c.Message),
		})
	}
	return f, nil
}

// known keeps the labels or annotations that mean something to OpenFaaS or its connectors.
func known(all map[string]string) model.Labels {
	keep := map[string]string{}
	for k, v := range all {
		if strings.HasPrefix(k, "com.openfaas.") || k == topicAnnotation || k == scheduleAnnotation || k == functionLabel {
			keep[k] = frameworks.Text(v)
		}
	}
	return model.NewLabels(keep, nil)
}

func decodeIngress(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Domain            string `json:"domain"`
			Function          string `json:"function"`
			FunctionNamespace string `json:"functionNamespace"`
			Path              string `json:"path"`
			BypassGateway     bool   `json:"bypassGateway"`
			TLS               *struct {
				Enabled bool `json:"enabled"`
			} `json:"tls"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode FunctionIngress: %w", err)
	}
	i := ingress{
		domain: frameworks.Text(o.Spec.Domain), function: frameworks.Text(o.Spec.Function),
		namespace: frameworks.Text(o.Spec.FunctionNamespace), path: frameworks.Text(o.Spec.Path),
		bypass: o.Spec.BypassGateway, tls: o.Spec.TLS != nil && o.Spec.TLS.Enabled,
	}
	raw.Header.Links = append(raw.Header.Links, routeTarget(i.namespace, i.function))
	return i, nil
}

// routeTarget stands for a function in the links of routes: its Service. An empty namespace means that of the
// gateway's own setting, which the route does not say.
func routeTarget(namespace, name string) model.Ref {
	return model.Ref{Kind: frameworks.Service.Kind, Namespace: namespace, Name: name}
}

// linkRewrites adds the functions to the links, so that each is built again when the route changes.
func linkRewrites(h *model.Header, found rewrites) any {
	if len(found) == 0 {
		return nil
	}
	for _, r := range found {
		name, namespace, _ := strings.Cut(r, ".")
		h.Links = append(h.Links, routeTarget(namespace, name))
	}
	return found
}

// ingressRewrites reads the annotations of all controllers alike: each has the path `/function/NAME` in some
// annotation of its own.
func ingressRewrites(o *networkingv1.Ingress) rewrites {
	var found rewrites
	for k, v := range o.Annotations {
		if k != "com.openfaas.spec" && !strings.HasSuffix(k, "/last-applied-configuration") {
			found = found.add(v)
		}
	}
	return found
}

func httpRouteRewrites(raw []byte) rewrites {
	var o struct {
		Spec struct {
			Rules []struct {
				Filters []struct {
					URLRewrite struct {
						Path struct {
							ReplaceFullPath    string `json:"replaceFullPath"`
							ReplacePrefixMatch string `json:"replacePrefixMatch"`
						} `json:"path"`
					} `json:"urlRewrite"`
				} `json:"filters"`
			} `json:"rules"`
		} `json:"spec"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return nil // the store's own record says what is wrong
	}
	var found rewrites
	for _, r := range frameworks.List(o.Spec.Rules) {
		for _, f := range frameworks.List(r.Filters) {
			found = found.add(f.URLRewrite.Path.ReplaceFullPath).add(f.URLRewrite.Path.ReplacePrefixMatch)
		}
	}
	return found
}

// maxName bounds names of functions with their namespace.
const maxName = 63 + 1 + 63

func (r rewrites) add(text string) rewrites {
	for _, prefix := range []string{"/function/", "/async-function/"} {
		_, rest, ok := strings.Cut(text, prefix)
		if !ok {
			continue
		}
		if end := strings.IndexAny(rest, "/$\"'`()? \t\n"); end >= 0 {
			rest = rest[:end]
		}
		if rest != "" && len(rest) <= maxName && len(r) < frameworks.MaxList {
			return append(r, strings.Clone(rest))
		}
	}
	return r
}

func (r rewrites) has(name, namespace string, defaultNamespace bool) bool {
	for _, to := range r {
		if to == name+"."+namespace || defaultNamespace && to == name {
			return true
		}
	}
	return false
}
