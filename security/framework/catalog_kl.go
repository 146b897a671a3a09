package framework

import "github.com/fn9s/fn9s/security/check"

var kl = []check.Control{
	{
		ID: "FW-KL-01", Priority: check.M, Pillar: check.Provenance, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly,
		Title:      "Controller dead or frozen",
		Detects:    "Whether a controller of Kubeless still runs, and functions whose deletion waits for one.",
		Why:        "Without a controller a Function is a note that nobody reads: each fix must be made in the workload too. With one, no security fix will come: Kubeless is unmaintained since 2021.",
		References: []string{"NSA UPG", "OWASP K07"},
		Intents:    []check.Intent{check.FixReview},
		Check:      checkKubelessAlive,
	},
	{
		ID: "FW-KL-02", Priority: check.M, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.High, Offline: check.Partly,
		Title:      "Code is whatever the ConfigMap says",
		Detects:    "Functions with inline source and no checksum, and who may change the ConfigMap that holds their code. Running pods keep the old code until they restart.",
		Why:        "Who changes the ConfigMap runs code with all the Secrets of the function at its next start.",
		References: []string{"OWASP K02", "ATT&CK T1565.001"},
		Intents:    []check.Intent{check.FixPinSource, check.FixMinimalRole, check.FixUnbind},
		Check:      checkKubelessSource,
	},
	{
		ID: "FW-KL-03", Priority: check.M, Pillar: check.Network, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Protection declared, not in force",
		Detects:    "A trigger that names users while its Ingress asks for no login, and a Service that is open although the Function says ClusterIP. Kubeless writes the annotations of an Ingress and the type of a Service only once.",
		Why:        "The objects say that the function is protected, and it is not.",
		References: []string{"OWASP K09", "OWASP K04", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixRouteAuth, check.FixClusterIP},
		Check:      checkKubelessDeclared,
	},
	{
		ID: "FW-KL-04", Priority: check.S, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Installs from the internet at every start, holding the function's credentials",
		Detects:    "Functions that install packages from the internet at every start, in an init container that has the environment of the function. Whether the versions are exact.",
		Why:        "A poisoned package runs with the credentials of the function before the function itself does.",
		References: []string{"NSA UPG", "OWASP K07", "OWASP K03", "ATT&CK T1195.001", "ATT&CK T1552.001"},
		Intents:    []check.Intent{check.FixPinImage, check.FixSecretToFile},
		Check:      checkKubelessInstall,
	},
	{
		ID: "FW-KL-05", Priority: check.S, Pillar: check.Pod, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Quote breaks out of a generated shell",
		Detects:    "Quotes in the source URL, the checksum or the payload of a schedule: Kubeless pastes these into shell commands.",
		Why:        "What follows the quote runs as code. Whoever feeds the generator of these objects can run commands.",
		References: []string{"OWASP K01", "ATT&CK T1059.004"},
		Intents:    []check.Intent{check.FixReview},
		Check:      checkKubelessQuotes,
	},
}
