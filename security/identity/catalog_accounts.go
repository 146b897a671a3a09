package identity

import (
	"github.com/fn9s/fn9s/security/check"
)

// accounts judge as whom a function runs.
var accounts = []check.Control{
	{
		ID: "SA-01", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Default ServiceAccount in use",
		Detects:    "Its pods run as the ServiceAccount default of their namespace, because they name none or name that one.",
		Why:        "Whatever is granted to this account later is granted to the function too, and to every neighbour that names no account.",
		References: []string{"CIS 5.1.5", "NSA AUTH", "OWASP K02", "ATT&CK T1078"},
		Intents:    []check.Intent{check.FixOwnAccount, check.FixNoToken},
		Check:      defaultAccount,
	},
	{
		ID: "SA-02", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Low, Offline: check.Yes,
		Title:      "API token mounted without need",
		Detects:    "The function's own container holds a token of the API server, and its ServiceAccount may do nothing that not every account may do.",
		Why:        "Nobody needs this token, and whoever gets into the function can use it to explore the cluster and to log in wherever such tokens are accepted.",
		References: []string{"CIS 5.1.6", "NSA AUTH", "OWASP K02", "ATT&CK T1528"},
		Intents:    []check.Intent{check.FixNoToken},
		Check:      needlessToken,
	},
	{
		ID: "SA-03", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "ServiceAccount shared",
		Detects:    "Other functions or workloads run as the same ServiceAccount, and it has rights in the cluster.",
		Why:        "Whoever gets into one of them has the rights of all, and nobody can tell in the audit log which one acted.",
		References: []string{"OWASP K02", "ATT&CK T1078"},
		Intents:    []check.Intent{check.FixOwnAccount},
		Check:      sharedAccount,
	},
	{
		ID: "SA-04", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "ServiceAccount missing or misnamed",
		Detects:    "The ServiceAccount that the pods name is not there, or the deprecated field serviceAccount names another one.",
		Why:        "New pods do not start, and whoever may create an account of that name gets what bindings already give it.",
		References: []string{"CIS 5.1.5"},
		Intents:    []check.Intent{check.FixOwnAccount},
		Check:      missingAccount,
	},
	{
		ID: "SA-05", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.High, Offline: check.Yes,
		Title:      "Long-lived token Secret",
		Detects:    "There is a Secret with a token of the function's ServiceAccount.",
		Why:        "Such a token never expires, and everybody who may read Secrets in the namespace can take it away.",
		References: []string{"CIS 5.1.6", "NSA AUTH", "OWASP K09", "ATT&CK T1552.007"},
		Intents:    []check.Intent{check.FixDropTokenSecret},
		Check:      tokenSecret,
	},
	{
		ID: "SA-06", Priority: check.S, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Low, Offline: check.Yes,
		Title:      "Token longer than it looks",
		Detects:    "A token lives longer than a day, or longer than it looks: mounted by default it is valid for up to a year. A token for another system in more than one container counts too.",
		Why:        "A stolen token works until it expires, long after the function was repaired.",
		References: []string{"OWASP K09", "ATT&CK T1528"},
		Intents:    []check.Intent{check.FixNarrowToken},
		Check:      longLived,
	},
	{
		ID: "SA-60", Priority: check.M, Pillar: check.Identity, Scope: check.ScopeFunction, Base: check.Medium, Offline: check.Yes,
		Title:      "Cloud identity attached",
		Detects:    "A cloud role or account is attached to the function's pods: by an annotation of the ServiceAccount, a label, a projected token or an environment variable. On GKE and EKS one cannot be excluded from inside the cluster: that is said as a fact.",
		Why:        "Whoever gets into the function acts in the cloud account as well, where no right of the cluster limits it.",
		References: []string{"OWASP K08", "ATT&CK T1078.004"},
		Intents:    []check.Intent{check.FixOwnAccount, check.FixReview},
		Check:      cloudIdentity,
	},
}
