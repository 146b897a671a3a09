package framework

import "github.com/fn9s/fn9s/security/check"

var fn = []check.Control{
	{
		ID: "FW-FN-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "API without login",
		Detects:    "Servers of Fn that answer the API (node type api, or everything in one): who reaches its port, through a Service, a route or from pods.",
		Why:        "Whoever reaches the API creates and replaces functions and reads all configuration, without a trace.",
		References: []string{"OWASP K09", "OWASP K06", "ATT&CK T1190", "ATT&CK T1610"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixClusterIP, check.FixCloseRoute, check.FixRouteAuth},
		Check:      checkFnLogin,
	},
	{
		ID: "FW-FN-02", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "dockerd and runner port open",
		Detects:    "A privileged runner that starts by the entry point of the image: whether policies let other pods reach its Docker daemon on port 2375, which no pod declares, or port 9191. Functions inside reach both whatever policies say.",
		Why:        "The daemon asks for no login: who reaches it is root in a privileged container, hence on the node.",
		References: []string{"CIS 5.2.2", "CIS 5.3.2", "OWASP K01", "OWASP K06", "ATT&CK T1611", "ATT&CK T1610"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixPlatformSetting},
		Check:      checkFnDocker,
	},
	{
		ID: "FW-FN-03", Priority: check.M, Pillar: check.Pod, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Sandbox of functions lowered",
		Detects:    "Runners with FN_DISABLE_UNPRIVILEGED_CONTAINERS or FN_DISABLE_READONLY_ROOTFS.",
		Why:        "Functions run as root with all capabilities inside a privileged pod: one step from the node.",
		References: []string{"CIS 5.2.7–9", "OWASP K01", "ATT&CK T1611"},
		Intents:    []check.Intent{check.FixNonRoot, check.FixDropCapabilities, check.FixReadOnlyRoot, check.FixPlatformSetting},
		Check:      checkFnSandbox,
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
		ID: "FW-FN-06", Priority: check.S, Pillar: check.Secrets, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly, Opens: true,
		Title:      "Function store with published or no password",
		Detects:    "Redis beside the server that asks for no password, and a database with the password that the chart publishes (compared by hash; of a cluster only with posture.compareSecretValues); and whether runners, hence functions, reach them.",
		Why:        "Who may write there rewrites the image of every function.",
		References: []string{"CIS 5.3.2", "OWASP K09", "OWASP K05", "ATT&CK T1078.001"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixRotateSecret},
		Check:      checkFnStores,
	},
}
