package framework

import "github.com/fn9s/fn9s/security/check"

var nu = []check.Control{
	{
		ID: "FW-NU-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Critical, Offline: check.Yes,
		Title:      "Dashboard without login",
		Detects:    "The dashboard without NUCLIO_AUTH_KIND, or with nop: who reaches its port 8070, through a Service, a route or from pods, and whether it builds with the container runtime of the node.",
		Why:        "Whoever reaches the dashboard deploys any code and reads every configuration with the rights of the dashboard; where it builds through the Docker socket a build is root on the node.",
		References: []string{"OWASP K09", "OWASP K06", "ATT&CK T1190", "ATT&CK T1610", "ATT&CK T1611"},
		Intents:    []check.Intent{check.FixCloseRoute, check.FixRouteAuth, check.FixIsolateIngress, check.FixPlatformSetting},
		Check:      checkNuclioLogin,
	},
	{
		ID: "FW-NU-02", Priority: check.M, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.Critical, Offline: check.Partly,
		Title:      "Shell runtime takes arguments from a header",
		Detects:    "A function of the shell runtime under a controller older than 1.15.20. With a newer controller nothing shows whether the image was built again since: unknown.",
		Why:        "A caller passes arguments to the command in the header X-Nuclio-Arguments (CVE-2026-29042).",
		References: []string{"OWASP K07", "ATT&CK T1190", "ATT&CK T1059.004"},
		Intents:    []check.Intent{check.FixReview},
		Check:      checkNuclioShell,
	},
	{
		ID: "FW-NU-03", Priority: check.S, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Cron job is a shell line",
		Detects:    "The CronJob of a cron trigger runs a shell line with curl instead of curl itself (before 1.16.4, GHSA-v5px-423j-pf7p).",
		Why:        "Headers and body of the trigger are run as shell, with the account of the job.",
		References: []string{"OWASP K07", "ATT&CK T1059.004"},
		Intents:    []check.Intent{check.FixUpgrade},
		Check:      checkNuclioCron,
	},
	{
		ID: "FW-NU-04", Priority: check.S, Pillar: check.Image, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Dashboard with known holes",
		Detects:    "A dashboard older than 1.16.5 (GHSA-wpcj-rmv4-86qg), or one that may connect to any address while archive builds fetch what their author names. An image without a version is unknown.",
		Why:        "Whoever may deploy through the dashboard reads files of it, or has it fetch internal addresses.",
		References: []string{"NSA UPG", "OWASP K07", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixUpgrade, check.FixIsolateEgress},
		Check:      checkNuclioHoles,
	},
	{
		ID: "FW-NU-05", Priority: check.S, Pillar: check.Secrets, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Planted function Secret",
		Detects:    "Secrets with the label nuclio.io/function-name of the function that are not of type nuclio.io/functionconfig, or more than one for the function.",
		Why:        "The newest of them becomes the configuration of the function, and all of them are deleted with it.",
		References: []string{"OWASP K03", "ATT&CK T1565", "ATT&CK T1485"},
		Intents:    []check.Intent{check.FixMinimalRole, check.FixReview},
		Check:      checkNuclioPlanted,
	},
}
