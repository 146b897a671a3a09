package framework

import "github.com/fn9s/fn9s/security/check"

var kn = []check.Control{
	{
		ID: "FW-KN-01", Priority: check.M, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Activator calls any Revision",
		Detects:    "scope: platform. Flow from a function pod to pods app: activator of knative-serving TCP 8012/8013/8112. Two headers select any Revision of any namespace: cluster-local, untagged, reserve; the function's NetworkPolicy sees only the activator",
		Why:        "voids both",
		References: []string{"CIS 5.3.2", "OWASP K05", "ATT&CK T1090", "ATT&CK T1210"},
		Intents:    []check.Intent{check.FixIsolateIngress, check.FixMeshAuthz},
	},
	{
		ID: "FW-KN-02", Priority: check.M, Pillar: check.Secrets, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Old Revisions keep what was fixed",
		Detects:    "Revisions outside status.traffic (routingState: reserve) whose template fails SEC-01, POD-04…11 or IMG worse than the served one; count and worst; serving.knative.dev/no-gc: \"true\"",
		Why:        "readable, callable (FW-KN-01), one patch from live",
		References: []string{"OWASP K03", "OWASP K01", "ATT&CK T1552.001"},
		Intents:    []check.Intent{check.FixRotateSecret, check.FixPlatformSetting, check.FixReview},
	},
	{
		ID: "FW-KN-03", Priority: check.M, Pillar: check.Network, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Tag is one more public host",
		Detects:    "spec.traffic[].tag, also at 0 %, while neither the ksvc/Route nor Service <tag>-<route> has visibility cluster-local",
		Why:        "",
		References: []string{"OWASP K06", "ATT&CK T1133"},
		Intents:    []check.Intent{check.FixCloseRoute},
	},
	{
		ID: "FW-KN-04", Priority: check.M, Pillar: check.Network, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "DomainMapping reopens a private service",
		Detects:    "DomainMapping spec.ref → ksvc labelled cluster-local: its rules are always ExternalIP",
		Why:        "the label promises private",
		References: []string{"OWASP K05", "OWASP K06", "ATT&CK T1133"},
		Intents:    []check.Intent{check.FixCloseRoute},
	},
	{
		ID: "FW-KN-05", Priority: check.S, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Any namespace claims any host",
		Detects:    "scope: platform. config-network (or KnativeServing spec.config.network) autocreate-cluster-domain-claims: \"true\", not under _example; subjects that create domainmappings, per namespace",
		Why:        "takes over another team's host",
		References: []string{"OWASP K05", "OWASP K02", "ATT&CK T1557"},
		Intents:    []check.Intent{check.FixPlatformSetting},
	},
	{
		ID: "FW-KN-06", Priority: check.S, Pillar: check.Pod, Scope: check.ScopePlatform, Base: check.High, Offline: check.Yes,
		Title:      "Host-power flags on",
		Detects:    "scope: platform. config-features, not _example: kubernetes.podspec-volumes-hostpath, -hostnetwork, -hostpid, -hostipc, kubernetes.containerspec-addcapabilities, -persistent-volume-write, -init-containers enabled. secure-pod-defaults disabled: note with the number of functions it would lift",
		Why:        "every ksvc author may ask for the node",
		References: []string{"CIS 5.2.*", "OWASP K04", "OWASP K07", "ATT&CK T1611"},
		Intents:    []check.Intent{check.FixPlatformSetting, check.FixNamespaceLevel},
	},
	{
		ID: "FW-KN-07", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeNamespace, Base: check.High, Offline: check.Yes,
		Title:      "func-operator arms the default account",
		Detects:    "scope: namespace. RoleBinding of SA default to ClusterRole func-operator-deploy-function (name seen: deploy-function-default); lists the pods that mount that token. Cause of SA-32 there",
		Why:        "every pod on default deploys code",
		References: []string{"CIS 5.1.5", "OWASP K02", "ATT&CK T1078.001", "ATT&CK T1610"},
		Intents:    []check.Intent{check.FixNoToken, check.FixOwnAccount},
	},
	{
		ID: "FW-KN-08", Priority: check.S, Pillar: check.Network, Scope: check.ScopePlatform, Base: check.Medium, Offline: check.Yes,
		Title:      "Anyone may post events",
		Detects:    "scope: platform, lists Triggers and their subscribers. knative-eventing/config-features authentication-oidc not enabled, or default-authorization-mode open and no EventPolicy for the Broker/Channel; flow from other workloads to mt-broker-ingress",
		Why:        "forged events reach it anyway",
		References: []string{"OWASP K05", "OWASP K09", "ATT&CK T1565"},
		Intents:    []check.Intent{check.FixPlatformSetting, check.FixIsolateIngress},
	},
	{
		ID: "FW-KN-09", Priority: check.S, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Source shows more than its sink may see",
		Detects:    "ApiServerSource, ContainerSource spec.serviceAccountName with list/watch on secrets or *; ApiServerSource sending whole objects (mode: Resource) to a function",
		Why:        "the function needs no right of its own",
		References: []string{"CIS 5.1.2", "CIS 5.1.3", "OWASP K02", "ATT&CK T1552.007"},
		Intents:    []check.Intent{check.FixMinimalRole},
	},
}
