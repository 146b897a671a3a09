package framework

import "github.com/fn9s/fn9s/security/check"

var nu = []check.Control{
	{
		ID: "FW-NU-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "Dashboard without login",
		Detects:    "scope: platform. Deployment nuclio.io/app: dashboard env NUCLIO_AUTH_KIND absent or nop (default); class of its Service 8070 and Ingress; flow from function pods (same namespace by default). Adds hostPath docker.sock (containerBuilderKind: docker) to the text",
		Why:        "deploys any code and reads all config with the dashboard's SA",
		References: []string{"OWASP K09", "OWASP K06", "ATT&CK T1190", "ATT&CK T1610", "ATT&CK T1611"},
		Intents:    []check.Intent{check.FixCloseRoute, check.FixRouteAuth, check.FixIsolateIngress, check.FixPlatformSetting},
	},
	{
		ID: "FW-NU-02", Priority: check.M, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.Critical, Offline: check.Partly,
		Title:      "Shell runtime takes arguments from a header",
		Detects:    "spec.runtime: shell; the image was built before 1.15.20 (CVE-2026-29042, X-Nuclio-Arguments). nuclio.io/controller-version is the controller's: ≥ 1.15.20 without a later build of the image = unknown",
		Why:        "",
		References: []string{"OWASP K07", "ATT&CK T1190", "ATT&CK T1059.004"},
		Intents:    []check.Intent{check.FixReview},
	},
	{
		ID: "FW-NU-03", Priority: check.S, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Cron job is a shell line",
		Detects:    "CronJob nuclio-cron-job-* with args /bin/sh -c curl … instead of command curl (< 1.16.4, GHSA-v5px-423j-pf7p): event headers and body of the trigger run as shell",
		Why:        "code as the job's account",
		References: []string{"OWASP K07", "ATT&CK T1059.004"},
		Intents:    []check.Intent{check.FixUpgrade},
	},
	{
		ID: "FW-NU-04", Priority: check.S, Pillar: check.Image, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Dashboard with known holes",
		Detects:    "scope: platform. Tag of the dashboard < 1.16.5 (path traversal by spec.handler, GHSA-wpcj-rmv4-86qg); egress of the dashboard open (archive builds fetch any URL); digest only → unknown",
		Why:        "",
		References: []string{"NSA UPG", "OWASP K07", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixUpgrade, check.FixIsolateEgress},
	},
	{
		ID: "FW-NU-05", Priority: check.S, Pillar: check.Secrets, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Planted function Secret",
		Detects:    "Secret labelled nuclio.io/function-name: X that is not of type nuclio.io/functionconfig, or more than one for X (metadata suffices): the newest becomes X's configuration, all die with X; lists who creates secrets there",
		Why:        "rewrites the configuration; deletes the Secret of others",
		References: []string{"OWASP K03", "ATT&CK T1565", "ATT&CK T1485"},
		Intents:    []check.Intent{check.FixMinimalRole, check.FixReview},
	},
}
