package framework

import "github.com/fn9s/fn9s/security/check"

var fi = []check.Control{
	{
		ID: "FW-FI-01", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeNamespace, Base: check.High, Offline: check.Yes,
		Title:      "Fetcher and builder accounts read all Secrets",
		Detects:    "scope: namespace; functions refer to it. SA fission-fetcher/fission-builder with unnamed get on secrets, configmaps (Role …-fission-fetcher, fission-fetcher-role-*). (a) pod not automountServiceAccountToken: false (≤ 1.22; builder until 1.23): user code has the token; (b) projected fission-fetcher-sa-token in fetcher only: shares /secrets, /userfunc, network with user code",
		Why:        "any function or build command reads every Secret of the namespace; M (b) · one container away",
		References: []string{"CIS 5.1.2", "CIS 5.1.6", "OWASP K02", "OWASP K03", "ATT&CK T1552.007", "ATT&CK T1528"},
		Intents:    []check.Intent{check.FixUpgrade, check.FixMinimalRole},
	},
	{
		ID: "FW-FI-02", Priority: check.M, Pillar: check.Secrets, Scope: check.ScopeNamespace, Base: check.High, Offline: check.Yes,
		Title:      "Control-plane key in function namespaces",
		Detects:    "scope: namespace. Secret fission-internal-auth outside the release namespace (copied with static tenancy), env FISSION_INTERNAL_AUTH_SECRET in fetcher; readers listed (with FW-FI-01: every function). A per-namespace derived key (newer tenancy): NV how told apart → unknown",
		Why:        "signs as any component: calls every function",
		References: []string{"OWASP K03", "OWASP K09", "ATT&CK T1552.007", "ATT&CK T1606"},
		Intents:    []check.Intent{check.FixRestrictReaders, check.FixPlatformSetting},
	},
	{
		ID: "FW-FI-03", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "Every function on the public port",
		Detects:    "scope: platform. Pods svc: router and no Service router-internal (≤ 1.22): /fission-function/[NS/]NAME answers on Service router, trigger or not; class of that Service (chart default LoadBalancer; NodePort 31314) and of any Ingress path / to it",
		Why:        "deleting the trigger does not unexpose",
		References: []string{"OWASP K06", "OWASP K09", "ATT&CK T1190", "ATT&CK T1133"},
		Intents:    []check.Intent{check.FixClusterIP, check.FixIsolateIngress, check.FixUpgrade},
	},
	{
		ID: "FW-FI-04", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Medium, Offline: check.Yes,
		Title:      "One router token for all",
		Detects:    "scope: platform. Env JWT_SIGNING_KEY on router: one HS256 key, tokens without scope or audience. Without it: NET-32 per route",
		Why:        "a token for one opens all",
		References: []string{"OWASP K09", "ATT&CK T1550.001"},
		Intents:    []check.Intent{check.FixRouteAuth, check.FixRotateSecret, check.FixClusterIP, check.FixReview},
	},
	{
		ID: "FW-FI-05", Priority: check.M, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Functions share a process",
		Detects:    "Environment allowedFunctionsPerContainer: infinite with ≥ 2 Functions; the pods are not relabelled: no policy, log or metric tells them apart",
		Why:        "blast radius is the union",
		References: []string{"OWASP K01", "OWASP K05", "ATT&CK T1552"},
		Intents:    []check.Intent{check.FixNoHostNamespaces},
	},
	{
		ID: "FW-FI-06", Priority: check.S, Pillar: check.Identity, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Function writers may ask for the node",
		Detects:    "scope: platform. ≤ 1.23, or neither CEL rules in CRD environments.fission.io nor ValidatingWebhookConfiguration fission-validating-webhooks: podspec takes hostPath, privileged, host namespaces, any ServiceAccount",
		Why:        "",
		References: []string{"CIS 5.2.*", "OWASP K04", "ATT&CK T1611"},
		Intents:    []check.Intent{check.FixNamespaceLevel, check.FixUpgrade},
	},
	{
		ID: "FW-FI-07", Priority: check.S, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Archive store without signature",
		Detects:    "scope: platform. ≤ 1.22 (no Service router-internal): storagesvc 80→8000 lists, serves, takes, deletes archives for anyone; flow to pods svc: storagesvc. Function pods must reach it (their fetcher), so a policy only keeps the others out",
		Why:        "source of all functions read or deleted",
		References: []string{"CIS 5.3.2", "OWASP K05", "OWASP K09", "ATT&CK T1213", "ATT&CK T1485"},
		Intents:    []check.Intent{check.FixUpgrade, check.FixIsolateIngress},
	},
	{
		ID: "FW-FI-08", Priority: check.C, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "MCP endpoint open",
		Detects:    "scope: platform. Deployment svc: mcp with env MCP_ALLOW_INSECURE: \"true\" and no JWT_SIGNING_KEY",
		Why:        "calls every function that is exposed as a tool",
		References: []string{"OWASP K09", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixPlatformSetting},
	},
}
