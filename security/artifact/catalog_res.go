package artifact

import "github.com/fn9s/fn9s/security/check"

var res = []check.Control{
	{
		ID: "RES-01", Priority: check.M, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Memory",
		Detects:    "no limit/request after LimitRange defaults (pod-level spec.resources counts); CR limits/profile. Kyma default preset (XS on ≤ 2 nodes, else L); Fission poolmgr: Environment resources (Function's are ignored); Knative queue-proxy without limits: not the function's fault; OpenWhisk memory = request = limit",
		Why:        "node pressure",
		References: []string{"NSA POD", "OWASP K01", "ATT&CK T1499"},
		Intents:    []check.Intent{check.FixLimits, check.FixLimitRange},
	},
	{
		ID: "RES-02", Priority: check.M, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "CPU",
		Detects:    "no request (M), no limit (L: many forbid limits on purpose); pod-level spec.resources counts",
		Why:        "",
		References: []string{"OWASP K01"},
		Intents:    []check.Intent{check.FixLimits, check.FixLimitRange},
	},
	{
		ID: "RES-03", Priority: check.S, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Low, Offline: check.Yes,
		Title:      "Ephemeral storage",
		Detects:    "no limit, emptyDir without sizeLimit",
		Why:        "",
		References: []string{"ATT&CK T1499"},
		Intents:    []check.Intent{check.FixLimits},
	},
	{
		ID: "RES-04", Priority: check.M, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "No ResourceQuota",
		Detects:    "namespace with functions has none, or none on pods/cpu/memory",
		Why:        "",
		References: []string{"NSA POD", "OWASP K04"},
		Intents:    []check.Intent{check.FixQuota},
	},
	{
		ID: "RES-05", Priority: check.M, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Low, Offline: check.Yes,
		Title:      "No LimitRange",
		Detects:    "none of type Container",
		Why:        "",
		References: []string{"OWASP K04"},
		Intents:    []check.Intent{check.FixLimitRange},
	},
	{
		ID: "RES-06", Priority: check.M, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Unbounded scaling",
		Detects:    "OpenFaaS Pro/operator label com.openfaas.scale.max absent/large (CE is capped at 5 by code: pass); Kyma classic scaleConfig, buildless ignores it (replicas, HPA/KEDA on the Function); Knative max-scale 0/absent and cluster max-scale, max-scale-limit; HPA max; Fission MaxScale, poolmgr concurrency 500 / requestsPerPod; Nuclio maxReplicas; KEDA maxReplicaCount (100 when absent); OpenWhisk tenant limits (R)",
		Why:        "",
		References: []string{"ATT&CK T1499", "ATT&CK T1496"},
		Intents:    []check.Intent{check.FixMaxScale},
	},
	{
		ID: "RES-07", Priority: check.S, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Low, Offline: check.Yes,
		Title:      "No or huge timeout",
		Detects:    "function/gateway timeouts, Knative timeoutSeconds, Kubeless timeout",
		Why:        "",
		References: []string{"ATT&CK T1499"},
		Intents:    []check.Intent{check.FixTimeout},
	},
	{
		ID: "RES-08", Priority: check.C, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Info, Offline: check.Never,
		Title:   "Quota nearly used",
		Detects: "status.used/hard ≥ 90 %",
		Why:     "",
		Intents: []check.Intent{check.FixQuota},
	},
	{
		ID: "RES-09", Priority: check.C, Pillar: check.Quota, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:   "Priority class",
		Detects: "system-* on a function",
		Why:     "",
		Intents: []check.Intent{check.FixReview},
	},
}
