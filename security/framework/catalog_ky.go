package framework

import "github.com/fn9s/fn9s/security/check"

var ky = []check.Control{
	{
		ID: "FW-KY-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Public key pair on the gateway",
		Detects:    "scope: platform. Gateway kyma-system/kyma-gateway serves *.local.kyma.dev with credential kyma-gateway-certs and there is no Gardener Certificate kyma-tls-cert; proof = fingerprint of the public tls.crt (opt-in: posture.readCertificates)",
		Why:        "the private key is published: every HTTPS call can be read or forged",
		References: []string{"NSA NET", "OWASP K05", "ATT&CK T1557", "ATT&CK T1552.004"},
		Intents:    []check.Intent{check.FixRouteTLS},
	},
	{
		ID: "FW-KY-02", Priority: check.M, Pillar: check.Network, Scope: check.ScopeFunction, Base: check.High, Offline: check.Partly,
		Title:      "Exposed by a rule that nobody reconciles",
		Detects:    "APIRule with annotation gateway.kyma-project.io/original-version: v1beta1, api-gateway ≥ 3.10.0 (or state Error), no ConfigMap kyma-system/apirule-access, VirtualService of it still there",
		Why:        "edits are without effect, the v1beta1 endpoint refuses even delete",
		References: []string{"OWASP K06", "OWASP K07", "ATT&CK T1133", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixCloseRoute, check.FixRouteAuth},
	},
	{
		ID: "FW-KY-03", Priority: check.S, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Packages float at every start, registry token inside",
		Detects:    "buildless: source.inline.dependencies with ranges, *, latest, no version, git or http URLs (git source: unknown); Secret serverless-package-registry-config in the namespace = .npmrc/pip.conf in every function container",
		Why:        "a poisoned package reads the token",
		References: []string{"NSA UPG", "OWASP K07", "OWASP K03", "ATT&CK T1195.001", "ATT&CK T1552.001"},
		Intents:    []check.Intent{check.FixPinSource, check.FixReview},
	},
	{
		ID: "FW-KY-04", Priority: check.M, Pillar: check.Image, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Classic build chain",
		Detects:    "scope: platform. A Function with condition BuildReady, or image tag of 64 hex digits (classic: ≤ 1.8 default, gone in 1.12); Service serverless-docker-registry NodePort 32137; internal-registry DaemonSet above baseline (older releases, vendor docs; name NV). Push Secret: SEC-23; root executor: POD-19; TLS flags: FW-GE-11",
		Why:        "images of all tenants on every node's port, node power; M generation alone · baseline at most, no updates",
		References: []string{"NSA UPG", "OWASP K07", "OWASP K06", "ATT&CK T1525", "ATT&CK T1133"},
		Intents:    []check.Intent{check.FixUpgrade, check.FixReview},
	},
	{
		ID: "FW-KY-05", Priority: check.S, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Git host is not verified",
		Detects:    "gitRepository.auth.type: key: the host key is never checked. Pass if reference is a 40-hex commit",
		Why:        "whoever answers for the host supplies the code",
		References: []string{"OWASP K07", "ATT&CK T1557", "ATT&CK T1195.002"},
		Intents:    []check.Intent{check.FixPinSource},
	},
	{
		ID: "FW-KY-06", Priority: check.S, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Source of all namespaces without login",
		Detects:    "scope: platform. Flow from a function pod to serverless-ctrl-mngr TCP 12137 (/internal/function/eject/); policies are always installed since 1.12 only",
		Why:        "code and manifests, inline credentials included",
		References: []string{"CIS 5.3.2", "OWASP K05", "OWASP K06", "ATT&CK T1213"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixUpgrade},
	},
}
