package secrets_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

func compared(o *snapshot.Options) { o.CompareSecretValues = true }

func comparedOnCluster(o *snapshot.Options) { o.CompareSecretValues, o.Manifests = true, false }

func TestWeakValues(t *testing.T) {
	uses := function("envFrom: [{secretRef: {name: db}}]", "")
	holding := func(data string) []string { return []string{uses, secret("db", "type: Opaque\nstringData: "+data)} }
	const strong = "q8Vw3nTz6Lk1Pb9Y"
	other := func(more, key string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: stock, namespace: other" + more + "}\nstringData: {" + key + ": " + strong + "}"
	}
	judge(t, []aCase{
		{name: "not asked for", control: "SEC-19", documents: holding("{password: changeme}"), want: "na"},
		{name: "first tried", control: "SEC-19", documents: holding("{password: Changeme123}"), options: compared, want: "fail", severity: check.Medium,
			says: "key password of Secret db holds one of the passwords that are tried first", path: "data['password']"},
		{name: "short", control: "SEC-19", documents: holding("{api-token: q8Vw3nTz6L}"), options: compared, want: "fail", severity: check.Medium, says: "fewer than 12"},
		{name: "strong", control: "SEC-19", documents: holding("{password: " + strong + "}"), options: compared, want: "pass"},
		{name: "no credential", control: "SEC-19", documents: holding("{username: admin, host: db, port: '5432'}"), options: compared, want: "pass"},
		{name: "named by the Secret", control: "SEC-19", options: compared, want: "fail", severity: check.Medium, says: "first",
			documents: []string{function("envFrom: [{secretRef: {name: db-password}}]", ""), secret("db-password", "stringData: {value: postgres}")}},
		{name: "the operator's name", control: "SEC-19", documents: holding("{pepper: xuz}"), want: "fail", severity: check.Medium, says: "fewer",
			options: func(o *snapshot.Options) { o.CompareSecretValues, o.SensitiveNames = true, []string{"pepper"} }},
		{name: "stand-in of a manifest", control: "SEC-19", documents: holding("{password: '<password>'}"), options: compared, want: "pass"},
		{name: "stand-in on a cluster", control: "SEC-19", documents: holding("{password: '<your-password>'}"), options: comparedOnCluster, want: "fail",
			severity: check.Medium, says: "stand-in"},
		{name: "equal", control: "SEC-19", documents: append(holding("{password: "+strong+"}"), other("", "token")), options: compared, want: "fail",
			severity: check.Medium, says: "has the same value as key token of Secret other/stock"},
		{name: "equal, not a credential there", control: "SEC-19", documents: append(holding("{password: "+strong+"}"), other("", "host")), options: compared, want: "pass"},
		{name: "equal, a copy of a tool", control: "SEC-19", options: compared, want: "pass",
			documents: append(holding("{password: "+strong+"}"), other(", annotations: {replicator.v1.mittwald.de/replicate-from: shop/db}", "password"))},
		{name: "made by a machine", control: "SEC-19", options: compared, want: "pass",
			documents: []string{uses, secret("db", "type: kubernetes.io/service-account-token\nstringData: {token: abc}")}},
		{name: "no Secret", control: "SEC-19", documents: []string{function("", "")}, options: compared, want: "na"},
	})
}
