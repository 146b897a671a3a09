package security_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
)

// function is a plain function; the arguments are its annotations, what stands in the container, and what in the pod.
const function = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop, labels: {fn9s.io/function: "true"}, annotations: {%s}}
spec:
  selector: {matchLabels: {app: pay}}
  template:
    metadata: {labels: {app: pay}}
    spec:
      serviceAccountName: pay
      %s
      containers: [{name: pay, image: 'registry.example.com/pay:1', %s}]
`

func pay(annotations, pod, container string) string {
	return fmt.Sprintf(function, annotations, pod, container)
}

func TestEveryControlThatMustOrShouldBeIsThere(t *testing.T) {
	count := map[check.Priority]int{}
	for _, c := range security.Catalogue() {
		count[c.Priority]++
	}
	assert.Equal(t, 129, count[check.M], "controls that must be")
	assert.Equal(t, 91, count[check.S], "controls that should be")
}

func TestTheCatalogueIsReadable(t *testing.T) {
	known := map[check.Intent]bool{}
	for _, i := range check.Intents() {
		known[i] = true
		assert.NotEmpty(t, i.Wish(), i)
	}
	seen := map[string]bool{}
	for _, c := range security.Catalogue() {
		assert.False(t, seen[c.ID], "%s is there twice", c.ID)
		seen[c.ID] = true
		assert.NotEmpty(t, c.Title, c.ID)
		assert.NotEmpty(t, c.Detects, c.ID)
		for _, text := range []string{c.Title, c.Detects, c.Why} {
			assert.NotContains(t, text, "§", c.ID)
			assert.NotContains(t, text, ": list", c.ID)
			assert.NotContains(t, text, "[", c.ID)
		}
		for _, i := range c.Intents {
			assert.True(t, known[i], "%s offers %s, which does not exist", c.ID, i)
		}
	}
}

func TestTheWorstFindingIsTheGrade(t *testing.T) {
	p := offlinetest.Text(t, pay("", "", "securityContext: {privileged: true}")).Judge("shop", "pay")
	assert.Equal(t, security.F, p.Grade, "a privileged container is critical")
	assert.Equal(t, security.F, p.Pillars[check.Pod].Grade)
	assert.Equal(t, "POD-04", p.Lifts()[0].Control, "the worst is cured first")
	for i := 1; i < len(p.Lifts()); i++ {
		assert.LessOrEqual(t, p.Lifts()[i].Grade, p.Lifts()[i-1].Grade, "curing more never makes it worse")
	}
}

func TestQuotasAndImagesWeighAtMostC(t *testing.T) {
	p := offlinetest.Text(t, pay("", "", "")).Judge("shop", "pay")
	only := p.Only(func(f *check.Finding) bool { return f.Control.Pillar > check.Pod })
	assert.LessOrEqual(t, only.Grade, security.C)
}

func TestWhatIsUnknownCapsTheGrade(t *testing.T) {
	o := offlinetest.Options()
	o.Partial = true
	p := offlinetest.With(t, o, pay("", "automountServiceAccountToken: false", "")).Judge("shop", "pay")
	assert.True(t, p.Capped)
	assert.True(t, strings.HasSuffix(p.Letter(), "?"))
	assert.GreaterOrEqual(t, p.Pillars[check.Network].Grade, security.B, "policies may be elsewhere")
}

func TestExceptions(t *testing.T) {
	const file = `
- {control: POD-04, functions: ['shop/*'], reason: legacy driver, owner: team, until: 2026-11-01}
- {control: POD-04, functions: ['other/*'], reason: not ours, until: 2026-11-01}
- {control: POD-04, functions: ['shop/pay'], reason: too long, until: 2027-11-01}
- {control: POD-04, functions: [pay], reason: no namespace, until: 2026-11-01}
- {control: XX-1, functions: ['*/*'], reason: r, until: 2026-11-01}
- {control: POD-04, functions: ['*/*'], reason: r}
`
	accepted, problems := security.ParseExceptions("e.yaml", []byte(file), offlinetest.Now)
	assert.Len(t, accepted, 2)
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Error())
	}
	assert.Equal(t, []string{
		"e.yaml:4: exception for POD-04: until 2027-11-01 is more than 180 days ahead",
		"e.yaml:5: exception for POD-04: \"pay\" is no pattern of NAMESPACE/NAME",
		"e.yaml:6: there is no control \"XX-1\"",
		"e.yaml:7: exception for POD-04: until is missing",
	}, texts)

	o := offlinetest.Options()
	o.Exceptions = accepted
	weak := pay("", "", "securityContext: {privileged: true}")
	p := offlinetest.With(t, o, weak).Judge("shop", "pay")
	assert.Equal(t, "accepted", offlinetest.Verdict(t, p, "POD-04"))
	assert.Equal(t, "legacy driver", offlinetest.Of(p, "POD-04")[0].Exception().Reason)

	o.Now = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	p = offlinetest.With(t, o, weak).Judge("shop", "pay")
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "POD-04"), "the day after")
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "AUD-09"))
}

// An annotation can be written by whoever writes the function, so it silences nothing above medium.
func TestAnnotationsAcceptMediumAndLower(t *testing.T) {
	p := offlinetest.Text(t, pay(`posture.fn9s.io/accept-POD-11: "writes; to its root; until=2026-10-01", posture.fn9s.io/accept-POD-04: "needed; until=2026-10-01",
  posture.fn9s.io/accept-IMG-02: "no date"`, "", "securityContext: {privileged: true}")).Judge("shop", "pay")
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "POD-04"))
	assert.Equal(t, "accepted", offlinetest.Verdict(t, p, "POD-11"))
	assert.Equal(t, "writes; to its root", offlinetest.Of(p, "POD-11")[0].Exception().Reason)
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "IMG-02"))
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "AUD-09"))
}

const rights = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: pay, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: %sBinding
metadata: {name: pay%s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
subjects: [{kind: ServiceAccount, name: pay, namespace: shop}]
`

const closed = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: none, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
`

func TestHowFarAnIntruderGets(t *testing.T) {
	noToken := "automountServiceAccountToken: false"
	cases := map[string]struct {
		level     blast.Level
		first     string // control of the first step of the highest proof
		documents []string
	}{
		"nothing but its process": {blast.None, "", []string{pay("", noToken, ""), closed}},
		"its own Secret": {blast.Own, "SEC-05", []string{pay("", noToken,
			"env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: a}}}]"), closed}},
		"any pod by the network":    {blast.Near, "NET-02", []string{pay("", noToken, "")}},
		"its namespace":             {blast.Namespace, "SA-02", []string{pay("", "", ""), closed, fmt.Sprintf(rights, "Role", ", namespace: shop", "edit")}},
		"another namespace":         {blast.Beyond, "SA-02", []string{pay("", "", ""), closed, fmt.Sprintf(rights, "Role", ", namespace: other", "edit")}},
		"a node":                    {blast.Beyond, "POD-04", []string{pay("", noToken, "securityContext: {privileged: true}"), closed}},
		"the cluster":               {blast.Cluster, "SA-02", []string{pay("", "", ""), closed, fmt.Sprintf(rights, "ClusterRole", "", "cluster-admin")}},
		"rights that no token uses": {blast.None, "", []string{pay("", noToken, ""), closed, fmt.Sprintf(rights, "ClusterRole", "", "cluster-admin")}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := offlinetest.Text(t, c.documents...)
			r := security.Radius.Get(w.Reader, w.Find("shop", "pay").Key)
			assert.Equal(t, c.level.String(), r.Level.String(), "%+v", r.Paths)
			if c.first != "" {
				require.NotEmpty(t, r.Paths)
				assert.Equal(t, r.Level, r.Paths[0].Level, "the highest level is proven first")
				assert.Equal(t, c.first, r.Paths[0].Steps[0].Control)
			}
			for _, p := range r.Paths {
				for _, s := range p.Steps {
					assert.LessOrEqual(t, strings.Count(s.Text, "RoleBinding "), 1, "%s names its binding twice", s.Text)
				}
			}
		})
	}
}
