package framework

import "github.com/fn9s/fn9s/security/check"

var kl = []check.Control{
	{
		ID: "FW-KL-01", Priority: check.M, Pillar: check.Provenance, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Controller dead or frozen",
		Detects:    "scope: platform. Functions exist and container kubeless-function-controller is absent or not ready; or stock ≤ 1.0.8 on a server ≥ 1.22 (cannot start). Alive: unmaintained since 2021. Function with deletionTimestamp and finalizer kubeless.io/function = stuck",
		Why:        "what the Function says is not enforced, fixes go twice; M alive · no security fix will come",
		References: []string{"NSA UPG", "OWASP K07"},
		Intents:    []check.Intent{check.FixReview},
	},
	{
		ID: "FW-KL-02", Priority: check.M, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.High, Offline: check.Partly,
		Title:      "Code is whatever the ConfigMap says",
		Detects:    "spec.checksum empty with inline source: who may update/patch ConfigMap NAME (listed). Running pods keep the old code until restart. url sources: IMG-10",
		Why:        "code at the next start, with all the function's Secrets",
		References: []string{"OWASP K02", "ATT&CK T1565.001"},
		Intents:    []check.Intent{check.FixPinSource, check.FixMinimalRole, check.FixUnbind},
	},
	{
		ID: "FW-KL-03", Priority: check.M, Pillar: check.Network, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Protection declared, not in force",
		Detects:    "HTTPTrigger basic-auth-secret but its Ingress lacks the class' auth-type/auth-secret (annotations are never updated); gateway empty or unknown = ignored, kong + basic auth = no Ingress at all; spec.service.type: ClusterIP beside a Service that still is NodePort/LoadBalancer",
		Why:        "the object says protected",
		References: []string{"OWASP K09", "OWASP K04", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixRouteAuth, check.FixClusterIP},
	},
	{
		ID: "FW-KL-04", Priority: check.S, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Installs from the internet at every start, holding the function's credentials",
		Detects:    "spec.deps or +deps → init container install/compile; its env = that of containers[0] (secretKeyRef and literals, not envFrom); versions not exact; install image by tag. Custom image → n/a",
		Why:        "",
		References: []string{"NSA UPG", "OWASP K07", "OWASP K03", "ATT&CK T1195.001", "ATT&CK T1552.001"},
		Intents:    []check.Intent{check.FixPinImage, check.FixSecretToFile},
	},
	{
		ID: "FW-KL-05", Priority: check.S, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Quote breaks out of a generated shell",
		Detects:    "' in spec.function (url types), spec.checksum, CronJobTrigger payload: all are pasted into sh -c",
		Why:        "code for whoever feeds the generator of the object",
		References: []string{"OWASP K01", "ATT&CK T1059.004"},
		Intents:    []check.Intent{check.FixReview},
	},
}
