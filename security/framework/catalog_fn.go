package framework

import "github.com/fn9s/fn9s/security/check"

var fn = []check.Control{
	{
		ID: "FW-FN-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "API without login",
		Detects:    "scope: platform. Containers whose image path ends in fnproject/fnserver, env FN_NODE_TYPE absent or api: class of the Service/Ingress to port 80 api (8080 full node; one Service carries API and calls); flow from other pods. Profiler and metrics are on the same port",
		Why:        "creates and replaces functions, reads all config, leaves no trace",
		References: []string{"OWASP K09", "OWASP K06", "ATT&CK T1190", "ATT&CK T1610"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixClusterIP, check.FixCloseRoute, check.FixRouteAuth},
	},
	{
		ID: "FW-FN-02", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "dockerd and runner port open",
		Detects:    "scope: platform. Privileged fnserver container with the image's own entry point (no command): TCP 2375 (not declared in the pod) or 9191 reachable from anything but role: fn-service. Functions inside reach both over the bridge whatever the policy (from the image's sources, not tried: NV)",
		Why:        "root in a privileged container = the node; H 9191 only",
		References: []string{"CIS 5.2.2", "CIS 5.3.2", "OWASP K01", "OWASP K06", "ATT&CK T1611", "ATT&CK T1610"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixPlatformSetting},
	},
	{
		ID: "FW-FN-03", Priority: check.M, Pillar: check.Pod, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Sandbox of functions lowered",
		Detects:    "scope: platform. Runner env FN_DISABLE_UNPRIVILEGED_CONTAINERS or FN_DISABLE_READONLY_ROOTFS true",
		Why:        "functions as root with all capabilities, inside a privileged pod; M read-only root only",
		References: []string{"CIS 5.2.7–9", "OWASP K01", "ATT&CK T1611"},
		Intents:    []check.Intent{check.FixNonRoot, check.FixDropCapabilities, check.FixReadOnlyRoot, check.FixPlatformSetting},
	},
	{
		ID: "FW-FN-04", Priority: check.M, Pillar: check.Secrets, Scope: check.ScopeFunction, Base: check.High, Offline: check.Connector,
		Title:      "Config in plaintext",
		Detects:    "Configuration of the function and its app that looks like a credential, as the connector reads it. Fn has no other way to give a function a secret.",
		Why:        "Every GET of the API, which asks for no login, shows the values.",
		References: []string{"OWASP K03", "ATT&CK T1552"},
		Intents:    []check.Intent{check.FixEnvToSecret, check.FixRotateSecret},
		Check:      checkFnConfig,
		Platform:   fnConnected,
	},
	{
		ID: "FW-FN-05", Priority: check.S, Pillar: check.Provenance, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Connector,
		Title:      "Output sent to any host",
		Detects:    "The syslog_url of the app leads out of the cluster, or sends in clear text.",
		Why:        "Whoever reaches the API copies all output of the functions away.",
		References: []string{"OWASP K10", "ATT&CK T1048"},
		Intents:    []check.Intent{check.FixReview},
		Check:      checkFnLogs,
		Platform:   fnConnected,
	},
	{
		ID: "FW-FN-06", Priority: check.S, Pillar: check.Secrets, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Function store with published or no password",
		Detects:    "scope: platform. Flow from runner pods (= from every function) to fn-mysql 3306, fn-redis 6379; Redis without password; MySQL value opt-in (posture.compareSecretValues)",
		Why:        "rewrites every function's image",
		References: []string{"CIS 5.3.2", "OWASP K09", "OWASP K05", "ATT&CK T1078.001"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixRotateSecret},
	},
}
