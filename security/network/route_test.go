package network_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

func ingressOf(annotations, spec, rule string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: resize\n  namespace: media\n  annotations: {" + annotations + "}\nspec:\n" + spec +
		"  rules:\n  - " + rule + "\n    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: resize, port: {number: 80}}}}]}\n"
}

const (
	hostRule = "host: img.example.com"
	withTLS  = "  ingressClassName: traefik\n  tls: [{hosts: [img.example.com], secretName: img}]\n"
	nginx    = "nginx.ingress.kubernetes.io/"
)

func TestRoutesOfAnIngressOneByOne(t *testing.T) {
	for _, c := range []struct {
		name, annotations, spec, rule string
		want                          map[string]string
	}{
		{"plain, for anybody", "", "  ingressClassName: traefik\n", hostRule, map[string]string{"NET-30": "high", "NET-32": "high", "NET-31": "", "NET-49": ""}},
		{"private", nginx + "whitelist-source-range: 10.0.0.0/8", "  ingressClassName: traefik\n", hostRule, map[string]string{"NET-30": "medium", "NET-32": "medium"}},
		{"with TLS and a login", nginx + "auth-type: basic", withTLS, hostRule, map[string]string{"NET-30": "", "NET-32": "", "NET-31": ""}},
		{"for every host", "", "  ingressClassName: traefik\n", "host:", map[string]string{"NET-31": "medium", "NET-30": "high"}},
		{"with a snippet", nginx + "configuration-snippet: 'return 200;'", withTLS, hostRule, map[string]string{"NET-33": "high"}},
		{"with an alias", nginx + "server-alias: other.example.com", withTLS, hostRule, map[string]string{"NET-33": "high"}},
		{"without either", nginx + "proxy-body-size: 1m", withTLS, hostRule, map[string]string{"NET-33": ""}},
		{"plain beside TLS", nginx + "ssl-redirect: 'false'", withTLS, hostRule, map[string]string{"NET-49": "medium", "NET-30": ""}},
		{"redirect", nginx + "force-ssl-redirect: 'true'", "  ingressClassName: traefik\n", hostRule, map[string]string{"NET-30": "", "NET-49": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := judgeResizer(t, resizerService, ingressOf(c.annotations, c.spec, c.rule))
			for id, want := range c.want {
				assert.Equal(t, want, severities(p, id), id)
			}
		})
	}
}

func TestAControllerThatIsNotKnownLeavesVerdictsOpen(t *testing.T) {
	p := judgeResizer(t, resizerService, ingressOf("", "  ingressClassName: house-made\n", hostRule))
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "NET-30"))
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "NET-32"))
	assert.Equal(t, "na", offlinetest.Verdict(t, judgeResizer(t, resizerService), "NET-30"))
}

func TestAValueOfASnippetIsNeverShown(t *testing.T) {
	p := judgeResizer(t, resizerService, ingressOf(nginx+"configuration-snippet: 'set $token hunter2;'", withTLS, hostRule))
	for _, f := range offlinetest.Of(p, "NET-33") {
		assert.NotContains(t, f.Message+f.Value+f.Path, "hunter2")
	}
}

func TestSnippetsThatNuclioWritesAreCuredByItsUpgrade(t *testing.T) {
	text := strings.Replace(ingressOf(nginx+"configuration-snippet: x", withTLS, hostRule), "  namespace: media\n", "  namespace: media\n  labels: {nuclio.io/class: apigateway}\n", 1)
	found := offlinetest.Of(judgeResizer(t, resizerService, text), "NET-33")
	require.Len(t, found, 1)
	assert.Equal(t, check.VersionLimit, found[0].Limit)
	assert.Equal(t, []check.Intent{check.FixUpgrade}, found[0].Intents())
}

// keyPair makes a Secret with a certificate for the host.
func keyPair(t *testing.T, host string, until time.Time, otherKey bool) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: offlinetest.Now.Add(-24 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	require.NoError(t, err)
	if otherKey {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	indent := func(kind string, data []byte) string {
		text := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})))
		return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
	}
	return "apiVersion: v1\nkind: Secret\nmetadata: {name: img, namespace: media}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: |\n" +
		indent("CERTIFICATE", der) + "  tls.key: |\n" + indent("EC PRIVATE KEY", private)
}

func TestCertificates(t *testing.T) {
	far := offlinetest.Now.Add(200 * 24 * time.Hour)
	for _, c := range []struct{ name, secret, annotations, spec, want string }{
		{"good", keyPair(t, "img.example.com", far, false), "", withTLS, ""},
		{"good for all of the domain", keyPair(t, "*.example.com", far, false), "", withTLS, ""},
		{"missing", resizerService, "", withTLS, "high"},
		{"missing, to be issued", resizerService, "cert-manager.io/cluster-issuer: letsencrypt", withTLS, ""},
		{"expired", keyPair(t, "img.example.com", offlinetest.Now.Add(-time.Hour), false), "", withTLS, "high"},
		{"soon", keyPair(t, "img.example.com", offlinetest.Now.Add(10*24*time.Hour), false), "", withTLS, "medium"},
		{"of another host", keyPair(t, "www.example.com", far, false), "", withTLS, "high"},
		{"of another key", keyPair(t, "img.example.com", far, true), "", withTLS, "high"},
		{"the controller's own", resizerService, "", "  ingressClassName: traefik\n  tls: [{hosts: [img.example.com]}]\n", "medium"},
		{"of another type", "apiVersion: v1\nkind: Secret\nmetadata: {name: img, namespace: media}\ntype: Opaque\nstringData: {cert: a}\n", "", withTLS, "low"},
		{"without a key", "apiVersion: v1\nkind: Secret\nmetadata: {name: img, namespace: media}\ntype: kubernetes.io/tls\nstringData: {tls.crt: '-----BEGIN CERTIFICATE-----'}\n", "", withTLS, "high"},
		{"a placeholder", "apiVersion: v1\nkind: Secret\nmetadata: {name: img, namespace: media}\ntype: kubernetes.io/tls\nstringData: {tls.crt: 'ENC[a]', tls.key: 'ENC[b]'}\n", "", withTLS, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			documents := []string{resizerService, ingressOf(c.annotations, c.spec, hostRule)}
			if c.secret != resizerService {
				documents = append(documents, c.secret)
			}
			p := judgeResizer(t, documents...)
			assert.Equal(t, c.want, severities(p, "NET-34"))
			for _, f := range offlinetest.Of(p, "NET-34") {
				assert.NotContains(t, f.Message, "PRIVATE KEY")
			}
		})
	}
	o := offlinetest.Options()
	o.Partial = true
	p := offlinetest.With(t, o, resizer, resizerService, ingressOf("", withTLS, hostRule)).Judge("media", "resize")
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "NET-34"), "it may be elsewhere")
}

func TestWhatCertManagerSays(t *testing.T) {
	certificate := func(ready, until string) string {
		return "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: img, namespace: media}\nspec: {secretName: img, dnsNames: [img.example.com]}\nstatus: {notAfter: '" + until + "', conditions: [{type: Ready, status: '" + ready + "'}]}\n"
	}
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: img, namespace: media}\ntype: kubernetes.io/tls-other\n"
	for _, c := range []struct{ ready, until, want string }{
		{"True", "2027-03-01T00:00:00Z", "low"},
		{"True", "2026-09-10T00:00:00Z", "medium low"},
		{"False", "2026-08-01T00:00:00Z", "high low"},
		{"False", "2026-11-01T00:00:00Z", "medium low"},
	} {
		p := judgeResizer(t, resizerService, ingressOf("", withTLS, hostRule), secret, certificate(c.ready, c.until))
		assert.Equal(t, c.want, severities(p, "NET-34"), "%s until %s", c.ready, c.until)
	}
}

func TestBackendsThatAreNotThere(t *testing.T) {
	second := "  - host: b.example.com\n    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %, port: {number: 80}}}}]}\n"
	to := func(name string) string {
		return ingressOf("", withTLS, hostRule) + strings.Replace(second, "%", name, 1)
	}
	idle := "apiVersion: v1\nkind: Service\nmetadata: {name: idle, namespace: media}\nspec: {selector: {app: nobody}, ports: [{port: 80}]}\n"
	assert.Equal(t, "low", severities(judgeResizer(t, resizerService, to("gone")), "NET-35"))
	assert.Equal(t, "low", severities(judgeResizer(t, resizerService, idle, to("idle")), "NET-35"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, judgeResizer(t, resizerService, to("resize")), "NET-35"))
	port := strings.Replace(ingressOf("", withTLS, hostRule), "number: 80", "number: 81", 1)
	assert.Equal(t, "low", severities(judgeResizer(t, resizerService, port), "NET-35"))
	o := offlinetest.Options()
	o.Partial = true
	assert.Equal(t, "unknown", offlinetest.Verdict(t, offlinetest.With(t, o, resizer, resizerService, to("gone")).Judge("media", "resize"), "NET-35"))
}

func TestListenersOfGateways(t *testing.T) {
	gateway := func(listeners string) string {
		return "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: media}\nspec: {gatewayClassName: istio, listeners: [" + listeners + "]}\n"
	}
	route := "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: resize, namespace: media}\nspec: {parentRefs: [{name: public}], hostnames: [img.example.com], rules: [{backendRefs: [{name: resize, port: 80}]}]}\n"
	const plain, tls = "{name: http, port: 80, protocol: HTTP}", "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: img}]}}"
	p := judgeResizer(t, resizerService, gateway(plain), route)
	assert.Equal(t, "medium", severities(p, "NET-36"))
	assert.Equal(t, "spec.listeners[http]", offlinetest.Of(p, "NET-36")[0].Fixed)
	assert.Equal(t, "pass", offlinetest.Verdict(t, judgeResizer(t, resizerService, gateway(tls), route), "NET-36"))
	both := judgeResizer(t, resizerService, gateway(plain+", "+tls), route)
	assert.Equal(t, "pass", offlinetest.Verdict(t, both, "NET-36"), "NET-49 names it")
	assert.Equal(t, "medium", severities(both, "NET-49"))
	assert.Equal(t, "medium", severities(judgeResizer(t, resizerService, gateway("{name: https, port: 443, protocol: HTTPS, tls: {}}"), route), "NET-36"))
	assert.Equal(t, "na", offlinetest.Verdict(t, judgeResizer(t, resizerService), "NET-36"))
	refused := strings.TrimSuffix(gateway(tls), "\n") + "\nstatus: {listeners: [{name: https, conditions: [{type: ResolvedRefs, status: 'False', reason: InvalidCertificateRef}]}]}\n"
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: img, namespace: media}\ntype: Opaque\n"
	assert.Equal(t, "high", severities(judgeResizer(t, resizerService, refused, route, secret), "NET-34"))
}

func TestTheRetiredIngressController(t *testing.T) {
	served := func(class string) string { return ingressOf("", "  ingressClassName: "+class+"\n", hostRule) }
	controller := func(tag string) string {
		return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - {name: controller, image: "registry.k8s.io/ingress-nginx/controller:` + tag + `", args: [/nginx-ingress-controller, "--validating-webhook=:8443"]}
`
	}
	closed := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: ingress-nginx}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}\n"
	assert.Equal(t, "high", severities(judgeResizer(t, resizerService, served("nginx")), "NET-48"))
	assert.Equal(t, "", severities(judgeResizer(t, resizerService, served("traefik")), "NET-48"))
	private := ingressOf(nginx+"whitelist-source-range: 10.0.0.0/8", "  ingressClassName: nginx\n", hostRule)
	assert.Equal(t, "medium", severities(judgeResizer(t, resizerService, private), "NET-48"))
	for tag, want := range map[string]string{
		"v1.11.4": "critical", "v1.12.0": "critical", "v1.9.6": "critical", "v1.11.5": "high", "v1.12.1": "high", "v1.13.2": "high", "latest": "high",
	} {
		assert.Equal(t, want, severities(judgeResizer(t, resizerService, served("nginx"), controller(tag)), "NET-48"), tag)
	}
	assert.Equal(t, "high", severities(judgeResizer(t, resizerService, served("nginx"), controller("v1.11.4"), closed), "NET-48"), "nobody reaches the admission port")
	assert.Equal(t, "na", offlinetest.Verdict(t, judgeResizer(t, resizerService), "NET-48"))
}

func TestHostsOfTheInterceptorOfKEDA(t *testing.T) {
	object := "apiVersion: http.keda.sh/v1alpha1\nkind: HTTPScaledObject\nmetadata: {name: resize, namespace: media}\n" +
		"spec: {hosts: [img.example.com], scaleTargetRef: {name: resize, service: resize, port: 80}}\n"
	interceptor := func(kind string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: keda-add-ons-http-interceptor-proxy, namespace: keda}\n" +
			"spec: {type: " + kind + ", selector: {app: interceptor}, ports: [{name: proxy, port: 8080}]}\n"
	}
	closed := judgeResizer(t, resizerService, object, interceptor("ClusterIP"))
	for _, id := range []string{"NET-30", "NET-32"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, closed, id), id)
	}
	assert.Contains(t, offlinetest.Of(closed, "NET-32")[0].Message, "no route that leads img.example.com to the interceptor is known")
	open := judgeResizer(t, resizerService, object, interceptor("LoadBalancer"))
	assert.Equal(t, "high", severities(open, "NET-30"))
	assert.Equal(t, "high", severities(open, "NET-32"))
	assert.Equal(t, "na", offlinetest.Verdict(t, judgeResizer(t, resizerService, interceptor("LoadBalancer")), "NET-32"))
}
