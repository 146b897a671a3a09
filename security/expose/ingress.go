package expose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

var (
	ingressKind      = schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"}
	ingressClassKind = schema.GroupKind{Group: "networking.k8s.io", Kind: "IngressClass"}
)

const nginx = "nginx.ingress.kubernetes.io/"

func decodeIngress(o *networkingv1.Ingress) any {
	f := &routing{header: true, danger: dangerous(o.Annotations)}
	issued := o.Annotations["cert-manager.io/issuer"] != "" || o.Annotations["cert-manager.io/cluster-issuer"] != "" ||
		o.Annotations["kubernetes.io/tls-acme"] == "true"
	ref := model.Ref{Group: ingressKind.Group, Kind: ingressKind.Kind, Namespace: o.Namespace, Name: o.Name}
	for i, t := range bounded(o.Spec.TLS) {
		f.certs = append(f.certs, Certificate{
			Secret: model.Ref{Kind: "Secret", Namespace: o.Namespace, Name: t.SecretName}, Hosts: bounded(t.Hosts), Object: ref,
			Field: fmt.Sprintf("spec.tls[%d].secretName", i), Fixed: "spec.tls[" + t.SecretName + "].secretName", Issued: issued,
		})
	}
	whole := annotated(o.Annotations)
	if b := o.Spec.DefaultBackend; b != nil && b.Service != nil {
		f.ways = append(f.ways, backendWay(o, b.Service, way{field: "spec.defaultBackend", fixed: "spec.defaultBackend"}))
	}
	for i, rule := range bounded(o.Spec.Rules) {
		if rule.HTTP == nil {
			continue
		}
		for j, p := range bounded(rule.HTTP.Paths) {
			if p.Backend.Service == nil || len(f.ways) >= most {
				continue
			}
			w := way{
				path: p.Path, field: fmt.Sprintf("spec.rules[%d].http.paths[%d]", i, j),
				fixed: "spec.rules[" + rule.Host + "].http.paths[" + p.Path + "]",
			}
			if rule.Host != "" {
				w.hosts = []string{rule.Host}
			}
			f.ways = append(f.ways, backendWay(o, p.Backend.Service, w))
		}
	}
	for i := range f.ways {
		whole.apply(&f.ways[i], f.certs)
	}
	f.middlewares = whole.middlewares
	return f
}

func backendWay(o *networkingv1.Ingress, b *networkingv1.IngressServiceBackend, w way) way {
	w.service, w.port = serviceRef(o.Namespace, b.Name), b.Port.Name
	if b.Port.Number != 0 {
		w.port = strconv.Itoa(int(b.Port.Number))
	}
	w.rewrite = o.Annotations[nginx+"rewrite-target"]
	return w
}

// annotation is what the annotations of an Ingress say for all its hosts.
type annotation struct {
	tls         TLS    // without spec.tls
	beside      string // with TLS
	auth        Auth
	by          string
	middlewares []middleware
}

// apply gives the verdict of TLS for the way's host: spec.tls is per host.
func (a *annotation) apply(w *way, certs []Certificate) {
	w.auth, w.by, w.tls = a.auth, a.by, a.tls
	host := hostsOf(w.hosts)[0]
	for i := range certs {
		if len(certs[i].Hosts) == 0 || host != "" && slices.ContainsFunc(certs[i].Hosts, func(h string) bool { return covers(h, host) }) {
			w.tls = Terminated
		}
	}
	if w.tls == Terminated {
		w.beside = a.beside
	}
}

func annotated(m map[string]string) annotation {
	a := annotation{tls: Plain, auth: NoAuth}
	const alb, gke = "alb.ingress.kubernetes.io/", "networking.gke.io/"
	switch {
	case m[nginx+"ssl-passthrough"] == "true", m["haproxy-ingress.github.io/ssl-passthrough"] == "true",
		m["route.openshift.io/termination"] == "passthrough":
		a.tls = Passthrough
	case m[alb+"certificate-arn"] != "", strings.Contains(m[alb+"listen-ports"], "HTTPS"),
		m["ingress.gcp.kubernetes.io/pre-shared-cert"] != "", m[gke+"managed-certificates"] != "", m[gke+"certmap"] != "",
		m["appgw.ingress.kubernetes.io/appgw-ssl-certificate"] != "", m["traefik.ingress.kubernetes.io/router.tls"] == "true",
		m["route.openshift.io/termination"] != "", m["konghq.com/protocols"] == "https":
		a.tls = Terminated
	case m[nginx+"force-ssl-redirect"] == "true", m["ingress.kubernetes.io/force-ssl-redirect"] == "true",
		m["appgw.ingress.kubernetes.io/ssl-redirect"] == "true", m["nginx.org/redirect-to-https"] == "true",
		m["haproxy.org/ssl-redirect"] == "true":
		a.tls = Redirect
	case m["traefik.ingress.kubernetes.io/router.entrypoints"] == "websecure":
		a.tls = UnknownTLS
	}
	a.beside = plainBeside(m)
	a.auth, a.by = login(m)
	a.middlewares = namedMiddlewares(m)
	return a
}

// plainBeside says why plain HTTP is served beside TLS.
func plainBeside(m map[string]string) string {
	const alb = "alb.ingress.kubernetes.io/"
	google := m["kubernetes.io/ingress.class"] == "gce" || m["kubernetes.io/ingress.class"] == "gce-internal" ||
		m["ingress.gcp.kubernetes.io/pre-shared-cert"] != "" || m["networking.gke.io/managed-certificates"] != ""
	switch {
	case m[nginx+"force-ssl-redirect"] == "true":
		return ""
	case m[nginx+"ssl-redirect"] == "false":
		return "annotation " + nginx + `ssl-redirect is "false"`
	case m["ingress.kubernetes.io/ssl-redirect"] == "false":
		return `annotation ingress.kubernetes.io/ssl-redirect is "false"`
	case google && m["kubernetes.io/ingress.allow-http"] != "false" && m["networking.gke.io/v1beta1.FrontendConfig"] == "":
		return `annotation kubernetes.io/ingress.allow-http is not "false"`
	case hasHTTPListener(m[alb+"listen-ports"]) && m[alb+"ssl-redirect"] == "" && m[alb+"actions.ssl-redirect"] == "":
		return "annotation " + alb + "listen-ports has an HTTP listener without a redirect"
	}
	return ""
}

// hasHTTPListener reads `[{"HTTP": 80}, {"HTTPS": 443}]`.
func hasHTTPListener(ports string) bool {
	return strings.Contains(ports, `"HTTP"`) && strings.Contains(ports, "HTTPS")
}

// logins are annotations that name a login, whatever their value; those of turnedOff mean none with these values.
var (
	logins = []string{
		nginx + "auth-type", nginx + "auth-url", "ingress.kubernetes.io/auth-type", "ingress.kubernetes.io/auth-url",
		"haproxy.org/auth-type", "haproxy-ingress.github.io/auth-secret", "haproxy-ingress.github.io/auth-url",
		"haproxy-ingress.github.io/oauth", "haproxy-ingress.github.io/auth-tls-secret", "haproxy.org/client-ca",
		"alb.ingress.kubernetes.io/auth-type", "alb.ingress.kubernetes.io/mutual-authentication",
		"nginx.org/basic-auth-secret", "nginx.org/jwt-key", "nginx.com/jwt-key", "k8s.apisix.apache.org/auth-type",
		"k8s.apisix.apache.org/auth-uri", "ngrok.com/oauth", "konghq.com/auth",
	}
	turnedOff = []string{"", "none", "off", `[{"port": 443, "mode": "off"}]`}
)

func login(m map[string]string) (Auth, string) {
	for _, key := range logins {
		if v, ok := m[key]; ok && !slices.Contains(turnedOff, strings.ToLower(v)) {
			return Declared, "annotation " + key
		}
	}
	if m[nginx+"auth-tls-secret"] != "" {
		switch m[nginx+"auth-tls-verify-client"] {
		case "", "on":
			return Declared, "annotation " + nginx + "auth-tls-secret"
		}
	}
	for _, key := range []string{"nginx.org/policies", "cloud.google.com/backend-config", "k8s.apisix.apache.org/plugin-config-name"} {
		if m[key] != "" {
			return UnknownAuth, "annotation " + key
		}
	}
	return NoAuth, ""
}

// namedMiddlewares are those that have to be looked up.
func namedMiddlewares(m map[string]string) []middleware {
	var all []middleware
	for _, name := range splitList(m["traefik.ingress.kubernetes.io/router.middlewares"]) {
		all = append(all, middleware{kind: "traefik", name: name})
	}
	for _, name := range splitList(m["konghq.com/plugins"]) {
		all = append(all, middleware{kind: "kong", name: name})
	}
	return all
}

// dangerous lists the annotations that reach into the controller's configuration. Their values are not kept.
func dangerous(m map[string]string) []string {
	var keys []string
	for k := range m {
		name, own := strings.CutPrefix(k, nginx)
		switch {
		case own && (strings.HasSuffix(name, "-snippet") || name == "server-alias"),
			k == "nginx.org/server-snippets", k == "nginx.org/location-snippets", k == "haproxy.org/backend-config-snippet":
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return bounded(keys)
}
