package framework_test

import "testing"

// publishedCertificate is the certificate that Kyma serves outside of Gardener, in base64.
const publishedCertificate = "" +
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURQVENDQWlXZ0F3SUJBZ0lSQVByWW0wbGhVdUdkeVNCTHo4d3g5VGd3RFFZSktvWklodmNOQVFFTEJRQXcKTURFVk1CTUdBMVVFQ2hNTVkyVn" +
	"lkQzF0WVc1aFoyVnlNUmN3RlFZRFZRUURFdzVzYjJOaGJDMXJlVzFoTFdSbApkakFlRncweU1EQTNNamt3T1RJek5UTmFGdzB6TURBM01qY3dPVEl6TlROYU1EQXhGVEFUQmdOVkJBb1RER05sCmNu" +
	"UXRiV0Z1WVdkbGNqRVhNQlVHQTFVRUF4TU9iRzlqWVd3dGEzbHRZUzFrWlhZd2dnRWlNQTBHQ1NxR1NJYjMKRFFFQkFRVUFBNElCRHdBd2dnRUtBb0lCQVFDemE4VEV5UjIyTFRKN3A2aXg0M2E3WT" +
	"VVblovRkNicGNOQkdEbQpxaDRiRGZLcjFvMm1CYldWdUhDbTVBdTBkeHZnbUdyd0tvZzJMY0N1bEd5UXVlK1JLQ0RIVFBJVjdqZEJwZHJhCkNZMXQrNjlJMkJWV0xiblFNVEZmOWw3Vy8yZFFFU0Ex" +
	"ZHZQajhMZmlrcEQvUEQ5ekdHR0FQa2hlenVNRU80dUwKaUxXSloyYmpYK1dtaGZXb0lrOG5oak5YNVBFN2l4alMvNnB3QU56eXk2NW95NDJPaHNuYXlDR1grbmhFVk5SRApUejEraEMvdjJaOS9lRG" +
	"1OdHdjT1hJSk4relZtUTJ4VHh2Sm0rbDUwYzlnenZTY3YzQXg0dUJsOTk3UnVlcUszCmdZMVRmVklFQ0FOTE9hb29jRG5kcW1FY1lBb25SeGJKK0M2U1RJYlhuUVAyMmYxQkFnTUJBQUdqVWpCUU1B" +
	"NEcKQTFVZER3RUIvd1FFQXdJRm9EQVRCZ05WSFNVRUREQUtCZ2dyQmdFRkJRY0RBVEFNQmdOVkhSTUJBZjhFQWpBQQpNQnNHQTFVZEVRUVVNQktDRUNvdWJHOWpZV3d1YTNsdFlTNWtaWFl3RFFZSk" +
	"tvWklodmNOQVFFTEJRQURnZ0VCCkFBUnVOd0VadW1PK2h0dDBZSWpMN2VmelA3UjllK2U4NzJNVGJjSGtyQVhmT2hvQWF0bkw5cGhaTHhKbVNpa1IKY0tJYkJneDM3RG5ka2dPY3doNURTT2NrdHBs" +
	"dk9sL2NwMHMwVmFWbjJ6UEk4Szk4L0R0bEU5bVAyMHRLbE90RwpaYWRhdkdrejhXbDFoRzhaNXdteXNJNWlEZHNpajVMUVJ6Rk04YmRGUUJiRGkxbzRvZWhIRTNXbjJjU3NTUFlDCkUxZTdsM00yST" +
	"dwQ3daT2lFMDY1THZEeEszWFExVFRMR2oxcy9hYzRNZUxCaXlEN29qb25MQmJNYXRiaVJCOUIKYlBlQS9OUlBaSHR4TDArQ2Nvb1JndmpBNEJMNEtYaFhxZHZzTFpiQWlZc0xTWk0yRHU0ZWZ1Q25S" +
	"VUh1bW1xNQpVNnNOOUg4WXZxaWI4K3B1c0VpTUttND0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

func pairOf(certificate string) string {
	return `apiVersion: v1
kind: Secret
metadata: {name: kyma-gateway-certs, namespace: istio-system}
data: {tls.crt: "` + certificate + `"}
`
}

const kymaController = `apiVersion: apps/v1
kind: Deployment
metadata: {name: serverless-ctrl-mngr, namespace: kyma-system, labels: {kyma-project.io/module: serverless}}
spec:
  selector: {matchLabels: {app: serverless}}
  template:
    metadata: {labels: {app: serverless}}
    spec: {containers: [{name: manager, image: "europe-docker.pkg.dev/kyma-project/prod/serverless-controller:1.13.0"}]}
`

const kymaFunction = `apiVersion: serverless.kyma-project.io/v1alpha2
kind: Function
metadata: {name: print, namespace: media}
spec:
  runtime: nodejs22
  source:
    inline:
      source: "module.exports = {}"
      dependencies: '{"dependencies": {"lodash": "4.17.21"}}'
`

func withDependencies(text string) string {
	return replace(kymaFunction, `'{"dependencies": {"lodash": "4.17.21"}}'`, "'"+text+"'")
}

func fromGit(reference, auth string) string {
	return `apiVersion: serverless.kyma-project.io/v1alpha2
kind: Function
metadata: {name: print, namespace: media}
spec: {runtime: nodejs22, source: {gitRepository: {url: "git@github.com:a/b.git", baseDir: /, reference: "` + reference + `", auth: {type: ` + auth + `, secretName: g}}}}
`
}

var kymaPlane = platform("kyma", "kyma-system", "")

func TestThePublishedKeyOfKyma(t *testing.T) {
	t.Parallel()
	const gateway = `apiVersion: networking.istio.io/v1beta1
kind: Gateway
metadata: {name: kyma-gateway, namespace: kyma-system}
spec:
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*.local.kyma.dev"], tls: {httpsRedirect: true}}
  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*.local.kyma.dev"], tls: {mode: SIMPLE, credentialName: kyma-gateway-certs}}
`
	const certificate = `apiVersion: cert.gardener.cloud/v1alpha1
kind: Certificate
metadata: {name: kyma-tls-cert, namespace: istio-system}
spec: {commonName: "*.local.kyma.dev"}
`
	own := replace(gateway, "local.kyma.dev", "kyma.example.com")
	judge(t, "FW-KY-01", []row{
		{name: "published", yaml: join(kymaController, gateway), subject: kymaPlane, want: "fail high", says: "publishes"},
		{name: "own certificate", yaml: join(kymaController, gateway, certificate), subject: kymaPlane, want: "pass"},
		{name: "own domain", yaml: join(kymaController, replace(gateway, "local.kyma.dev", "kyma.example.com")), subject: kymaPlane, want: "pass"},
		{name: "own Secret", yaml: join(kymaController, replace(gateway, "kyma-gateway-certs", "own")), subject: kymaPlane, want: "pass"},
		{name: "no gateway", yaml: kymaController, subject: kymaPlane, want: "na"},
		{name: "another framework", yaml: gateway, subject: faas, want: "na"},
		{name: "published by its fingerprint", yaml: join(kymaController, own, pairOf(publishedCertificate)), subject: kymaPlane, want: "fail high", says: "*.kyma.example.com with the key pair that Kyma publishes"},
		{name: "another one by its fingerprint", yaml: join(kymaController, gateway, pairOf("bm90IHRoZSBvbmU=")), subject: kymaPlane, want: "pass"},
	})
}

func TestOldRulesOfKyma(t *testing.T) {
	t.Parallel()
	print := function("media", "print")
	const rule = `apiVersion: gateway.kyma-project.io/v2
kind: APIRule
metadata:
  name: print-api
  namespace: media
  annotations:
    gateway.kyma-project.io/original-version: v1beta1
    gateway.kyma-project.io/v1beta1-spec: '{"service":{"name":"print","port":80},"rules":[{"path":"/.*","accessStrategies":[{"handler":"HANDLER"}]}]}'
spec: {}
`
	const left = `apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: print-api-x, namespace: media, labels: {apirule.gateway.kyma-project.io/v1beta1: print-api.media}}
spec: {hosts: [p.example.com]}
`
	const controller = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api-gateway-controller-manager, namespace: kyma-system, labels: {kyma-project.io/module: api-gateway}}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: manager, image: "api-gateway:VERSION"}]}}}
`
	const access = `apiVersion: v1
kind: ConfigMap
metadata: {name: apirule-access, namespace: kyma-system}
`
	at := func(version string) string { return replace(controller, "VERSION", version) }
	open := replace(rule, "HANDLER", "allow")
	judge(t, "FW-KY-02", []row{
		{name: "left and open", yaml: join(kymaFunction, open, left, at("3.10.0")), subject: print, want: "fail high", says: "print-api-x"},
		{name: "left, with a login elsewhere", yaml: join(kymaFunction, replace(rule, "HANDLER", "oauth2_introspection"), left, at("3.10.1")), subject: print, want: "fail medium"},
		{name: "still acted on", yaml: join(kymaFunction, open, left, at("3.9.4")), subject: print, want: "pass"},
		{name: "still acted on by permission", yaml: join(kymaFunction, open, left, at("3.11.0"), access), subject: print, want: "pass"},
		{name: "unknown version", yaml: join(kymaFunction, open, left), subject: print, want: "unknown", says: "version"},
		{name: "its controller complains", yaml: join(kymaFunction, open+"status: {state: Error}\n", left), subject: print, want: "fail high"},
		{name: "nothing left", yaml: join(kymaFunction, open, at("3.10.0")), subject: print, want: "pass"},
		{name: "a rule of today", yaml: join(kymaFunction, replace(open, "original-version: v1beta1", "original-version: v2"), left, at("3.10.0")), subject: print, want: "na"},
	})
}

func TestLoosePackagesOfKyma(t *testing.T) {
	t.Parallel()
	print := function("media", "print")
	const token = `apiVersion: v1
kind: Secret
metadata: {name: serverless-package-registry-config, namespace: media}
stringData: {.npmrc: x}
`
	pip := func(text string) string {
		return `apiVersion: serverless.kyma-project.io/v1alpha2
kind: Function
metadata: {name: print, namespace: media}
spec:
  runtime: python312
  source:
    inline: {source: x, dependencies: "` + text + `"}
`
	}
	judge(t, "FW-KY-03", []row{
		{name: "exact", yaml: kymaFunction, subject: print, want: "pass"},
		{name: "a range", yaml: withDependencies(`{"dependencies": {"lodash": "^4.17.21"}}`), subject: print, want: "fail medium", says: "lodash"},
		{name: "the newest", yaml: withDependencies(`{"dependencies": {"lodash": "latest"}}`), subject: print, want: "fail medium"},
		{name: "a branch", yaml: withDependencies(`{"dependencies": {"a": "git+https://github.com/a/a.git#main"}}`), subject: print, want: "fail medium"},
		{name: "a commit", yaml: withDependencies(`{"dependencies": {"a": "git+https://github.com/a/a.git#0123456789012345678901234567890123456789"}}`), subject: print, want: "pass"},
		{name: "exact for Python", yaml: pip(`requests==2.31.0 # pinned\n# none\nflask[async]==3.0.0 ; python_version > '3'\n`), subject: print, want: "pass"},
		{name: "loose for Python", yaml: pip(`requests\nflask==3.*\n-e git+https://x.example/y.git\n`), subject: print, want: "fail medium", says: "a package by URL, flask, requests"},
		{name: "a token inside", yaml: join(kymaFunction, token), subject: print, want: "fail medium", says: "credentials"},
		{name: "both", yaml: join(withDependencies(`{"dependencies": {"lodash": "*"}}`), token), subject: print, want: "fail high"},
		{name: "none", yaml: withDependencies(``), subject: print, want: "pass"},
		{name: "not readable", yaml: withDependencies(`{"dependencies": 1`), subject: print, want: "unknown"},
		{name: "in git", yaml: fromGit("main", "basic"), subject: print, want: "unknown", says: "git repository"},
		{name: "built before", yaml: kymaFunction + "status: {conditions: [{type: BuildReady, status: 'True'}]}\n", subject: print, want: "na"},
	})
}

func TestClassicBuildsOfKyma(t *testing.T) {
	t.Parallel()
	const registry = `apiVersion: v1
kind: Service
metadata: {name: serverless-docker-registry, namespace: kyma-system}
spec: {type: NodePort, selector: {app: docker-registry}, ports: [{port: 5000, nodePort: 32137}]}
`
	const daemons = `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: serverless-registry-config, namespace: kyma-system}
spec:
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}], volumes: [{name: v, hostPath: {path: /etc}}]}}
`
	judge(t, "FW-KY-04", []row{
		{name: "buildless", yaml: join(kymaController, kymaFunction), subject: kymaPlane, want: "pass"},
		{name: "classic", yaml: join(kymaController, kymaFunction+"status: {conditions: [{type: BuildReady, status: 'True'}]}\n"), subject: kymaPlane, want: "fail medium", says: "media/print"},
		{name: "open registry", yaml: join(kymaController, registry), subject: kymaPlane, want: "fail high", says: "every node's port"},
		{name: "registry inside", yaml: join(kymaController, replace(registry, "NodePort", "ClusterIP", ", nodePort: 32137", "")), subject: kymaPlane, want: "pass"},
		{name: "power over nodes", yaml: join(kymaController, daemons), subject: kymaPlane, want: "fail high", says: "hostPath"},
	})
}

func TestGitHostsOfKyma(t *testing.T) {
	t.Parallel()
	print := function("media", "print")
	judge(t, "FW-KY-05", []row{
		{name: "a branch by SSH", yaml: fromGit("main", "key"), subject: print, want: "fail medium"},
		{name: "a commit by SSH", yaml: fromGit("0123456789abcdef0123456789abcdef01234567", "key"), subject: print, want: "pass"},
		{name: "a password", yaml: fromGit("main", "basic"), subject: print, want: "na"},
		{name: "inline", yaml: kymaFunction, subject: print, want: "na"},
	})
}
