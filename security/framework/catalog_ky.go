package framework

import "github.com/fn9s/fn9s/security/check"

var ky = []check.Control{
	{
		ID: "FW-KY-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Partly, Opens: true,
		Title:      "Public key pair on the gateway",
		Detects:    "Whether the Gateway kyma-system/kyma-gateway serves *.local.kyma.dev with the key pair that Kyma publishes: by the fingerprint of the certificate (from manifests, and of a cluster with posture.readCertificates), else by the domain where no certificate is ordered from Gardener.",
		Why:        "The private key is public: whoever is on the way can read and forge every HTTPS call.",
		References: []string{"NSA NET", "OWASP K05", "ATT&CK T1557", "ATT&CK T1552.004"},
		Intents:    []check.Intent{check.FixRouteTLS},
		Check:      checkKymaCertificate,
	},
	{
		ID: "FW-KY-02", Priority: check.M, Pillar: check.Network, Scope: check.ScopeFunction, Base: check.High, Offline: check.Partly,
		Title:      "Exposed by a rule that nobody reconciles",
		Detects:    "APIRules made as v1beta1 whose VirtualService still exposes the function, although api-gateway 3.10 and later no longer act on them.",
		Why:        "Edits of the rule have no effect: the function stays exposed as it was, whatever the rule says.",
		References: []string{"OWASP K06", "OWASP K07", "ATT&CK T1133", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixCloseRoute, check.FixRouteAuth},
		Check:      checkKymaOldRule,
	},
	{
		ID: "FW-KY-03", Priority: check.S, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Packages float at every start, registry token inside",
		Detects:    "Packages without an exact version, installed at every start of the function, and credentials of the package registry inside the container.",
		Why:        "A poisoned package runs at the next start and reads the registry's token.",
		References: []string{"NSA UPG", "OWASP K07", "OWASP K03", "ATT&CK T1195.001", "ATT&CK T1552.001"},
		Intents:    []check.Intent{check.FixPinSource, check.FixReview},
		Check:      checkKymaPackages,
	},
	{
		ID: "FW-KY-04", Priority: check.M, Pillar: check.Image, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Classic build chain",
		Detects:    "Functions that are still built inside the cluster, the old registry on a port of every node, and a registry DaemonSet with power over the nodes.",
		Why:        "The images of all namespaces can be read or replaced through any node. This way of building gets no updates any more.",
		References: []string{"NSA UPG", "OWASP K07", "OWASP K06", "ATT&CK T1525", "ATT&CK T1133"},
		Intents:    []check.Intent{check.FixUpgrade, check.FixReview},
		Check:      checkKymaClassic,
	},
	{
		ID: "FW-KY-05", Priority: check.S, Pillar: check.Image, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Git host is not verified",
		Detects:    "Functions whose code comes from git by SSH: Kyma does not check the key of the host. A whole commit as reference is safe.",
		Why:        "Whoever answers in place of the git host supplies the code.",
		References: []string{"OWASP K07", "ATT&CK T1557", "ATT&CK T1195.002"},
		Intents:    []check.Intent{check.FixPinSource},
		Check:      checkKymaGit,
	},
	{
		ID: "FW-KY-06", Priority: check.S, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Source of all namespaces without login",
		Detects:    "Whether pods of functions reach port 12137 of Kyma's controller, which gives out functions without a login.",
		Why:        "Any function can read the code and configuration of all others, with the credentials in them.",
		References: []string{"CIS 5.3.2", "OWASP K05", "OWASP K06", "ATT&CK T1213"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixUpgrade},
		Check:      checkKymaSource,
	},
}
