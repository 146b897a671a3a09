package identity

import (
	"github.com/fn9s/fn9s/security/check"
)

// bindings judge how far rights reach, and to whom they are given.
var bindings = []check.Control{
	{
		ID: "SA-10", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Critical, Offline: check.Yes,
		Title:      "Cluster-admin equivalent",
		Detects:    "The rights of the ServiceAccount, with those of every account that they lead to, are everything in the cluster.",
		Why:        "Whoever gets into the function owns the cluster.",
		References: []string{"CIS 5.1.1", "CIS 5.1.7", "NSA AUTH", "OWASP K02", "ATT&CK T1078"},
		Intents:    []check.Intent{check.FixMinimalRole, check.FixUnbind},
		Check:      clusterAdmin,
	},
	{
		ID: "SA-11", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Namespace-admin equivalent",
		Detects:    "The ServiceAccount may do everything in a namespace, or what the stock role edit may do, or its rights lead there.",
		Why:        "Whoever gets into the function reads all Secrets and controls all workloads of that namespace.",
		References: []string{"CIS 5.1.1/5.1.3", "OWASP K02"},
		Intents:    []check.Intent{check.FixMinimalRole, check.FixUnbind},
		Check:      namespaceAdmin,
	},
	{
		ID: "SA-12", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Wildcard grant",
		Detects:    "A rule that applies to the ServiceAccount names all verbs, all resources or all API groups.",
		Why:        "The grant grows with every resource that is installed later, without anybody deciding so.",
		References: []string{"CIS 5.1.3", "OWASP K02"},
		Intents:    []check.Intent{check.FixMinimalRole, check.FixUnbind},
		Check:      wildcards,
	},
	{
		ID: "SA-13", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Permission inherited through a group",
		Detects:    "Rights come to the ServiceAccount through a group that all accounts of the namespace or the cluster are in.",
		Why:        "The rights are not visible on the account, and every other account has them as well.",
		References: []string{"CIS 5.1.*", "OWASP K02", "ATT&CK T1098.006"},
		Intents:    []check.Intent{check.FixUnbind, check.FixOwnAccount},
		Check:      inherited,
	},
	{
		ID: "SA-14", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeCluster, Base: check.Critical, Offline: check.Yes,
		Title:      "Anonymous or everyone has rights",
		Detects:    "Bindings give rights to everybody: to the anonymous user, to requests without a login, or to all who are logged in, beyond what the API server gives by default.",
		Why:        "Any stranger, or any holder of any token, can use these rights.",
		References: []string{"CIS 5.1.*", "OWASP K09", "ATT&CK T1190"},
		Intents:    []check.Intent{check.FixUnbind},
		Check:      open,
	},
	{
		ID: "SA-61", Priority: check.S, Pillar: check.Identity, Scope: check.ScopeNamespace, Base: check.Medium, Offline: check.Yes,
		Title:      "Dangling binding",
		Detects:    "A binding names a ServiceAccount that is not there, the accounts of a namespace that is not there, or a node that is not there. Other users and groups are no objects of the cluster: whether they exist cannot be seen. A binding to a role that is not there is reported as a fact.",
		Why:        "Whoever creates what is missing, and runs a pod with it, gets the rights.",
		References: []string{"OWASP K02"},
		Intents:    []check.Intent{check.FixUnbind},
		Check:      danglingBindings,
		Cluster:    danglingEverywhere,
	},
	{
		ID: "SA-63", Priority: check.C, Pillar: check.Identity, Scope: check.ScopeCluster, Base: check.Medium, Offline: check.Yes,
		Title:      "Node may request any audience",
		Detects:    "A group of nodes or of all users may ask for ServiceAccount tokens of any audience.",
		Why:        "A stolen node gets tokens of its pods for systems that never meant to trust it.",
		References: []string{"OWASP K09", "ATT&CK T1528"},
		Intents:    []check.Intent{check.FixMinimalRole, check.FixUnbind},
		Check:      anyAudience,
	},
}
