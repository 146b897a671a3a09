package seed

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
	"github.com/fn9s/fn9s/kube/samples"
)

func file(path, text string) samples.File { return samples.File{Path: path, Data: []byte(text)} }

func parseAll(t *testing.T, text string) []*Object {
	t.Helper()
	objects, problems := Parse([]samples.File{file("seed/x/a.yaml", text)})
	require.Empty(t, problems)
	return objects
}

func TestDocumentsAreCountedAsAReaderCounts(t *testing.T) {
	objects, problems := Parse([]samples.File{file("seed/x/a.yaml", `# what this file is
---
apiVersion: v1
kind: Namespace
metadata: {name: one}
--- # a comment
apiVersion: v1
kind: ConfigMap
metadata: {name: two, namespace: one}
data:
  text: |
    a
    --- not a document
---
kind: Broken
---
apiVersion: v1
kind: Secret
metadata: {name: a, name: b}
`)})
	require.Len(t, objects, 2)
	assert.Equal(t, "ConfigMap one/two", objects[1].Title())
	assert.Equal(t, 2, objects[1].Document)
	require.Len(t, problems, 2)
	assert.Equal(t, 3, problems[0].Document)
	assert.ErrorContains(t, problems[0], "seed/x/a.yaml, document 3")
	assert.Equal(t, 4, problems[1].Document, "a key that is there twice is refused")
}

func TestTheManagerIsTakenFromTheAnnotationAndStripped(t *testing.T) {
	objects := parseAll(t, `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: ns, annotations: {seed.fn9s.io/manager: argocd-controller}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: ns, annotations: {seed.fn9s.io/manager: helm, keep: me}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: ns}
`)
	assert.Equal(t, "argocd-controller", objects[0].Manager)
	assert.NotContains(t, objects[0].metadata(), "annotations")
	assert.Equal(t, map[string]any{"keep": "me"}, objects[1].metadata()["annotations"])
	assert.Equal(t, defaultManager, objects[2].Manager)
}

const chain = `
apiVersion: v1
kind: Pod
metadata: {name: grandchild, namespace: ns, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: child}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: child, namespace: ns, ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: parent}]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: ns}
---
apiVersion: openfaas.com/v1
kind: Function
metadata: {name: parent, namespace: ns}
---
apiVersion: v1
kind: Secret
metadata: {name: owned, namespace: ns, ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: parent}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: account, namespace: ns}
---
apiVersion: v1
kind: Namespace
metadata: {name: ns}
`

func TestOwnersComeBeforeWhatTheyOwn(t *testing.T) {
	waves, problems := Waves(parseAll(t, chain))
	require.Empty(t, problems)
	at := map[string]int{}
	for n, wave := range waves {
		for _, o := range wave {
			at[o.Name()] = n
		}
	}
	assert.Less(t, at["ns"], at["account"])
	assert.Less(t, at["account"], at["parent"])
	assert.Less(t, at["parent"], at["child"])
	assert.Less(t, at["parent"], at["owned"])
	assert.Less(t, at["child"], at["grandchild"])
	assert.Less(t, at["grandchild"], at["quota"])
}

func TestAServiceThatNamesItsNodePortComesBeforeThoseThatGetOne(t *testing.T) {
	waves, problems := Waves(parseAll(t, `
apiVersion: v1
kind: Service
metadata: {name: any, namespace: ns}
spec: {type: LoadBalancer, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: mine, namespace: ns, ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: f}]}
spec: {type: NodePort, ports: [{port: 80, nodePort: 31112}]}
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: ns}
spec: {ports: [{port: 80}]}
`))
	require.Empty(t, problems)
	var names [][]string
	for _, wave := range waves {
		var some []string
		for _, o := range wave {
			some = append(some, o.Name())
		}
		names = append(names, some)
	}
	assert.Equal(t, [][]string{{"inside"}, {"mine"}, {"any"}}, names)
}

func TestTwiceTheSameObjectIsAProblemButNotANamespace(t *testing.T) {
	text := "apiVersion: v1\nkind: %s\nmetadata: {name: a%s}\n"
	for kind, problems := range map[string]int{"Namespace": 0, "ConfigMap": 1} {
		namespace := map[string]string{"ConfigMap": ", namespace: n"}[kind]
		document := fmt.Sprintf(text, kind, namespace)
		_, found := Waves(parseAll(t, document+"---\n"+document))
		assert.Len(t, found, problems, kind)
	}
}

func TestOwnersInACircleAreAProblem(t *testing.T) {
	_, problems := Waves(parseAll(t, `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: ns, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: b}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: ns, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: a}]}
`))
	assert.NotEmpty(t, problems)
}

func TestStatusGoesWhereTheServerTakesIt(t *testing.T) {
	const text = "apiVersion: %s\nkind: %s\nmetadata: {name: a, namespace: ns}\nspec: {}\nstatus: {phase: Ready}\n"
	for _, tt := range []struct {
		apiVersion, kind     string
		subresource          bool
		inBody, inOwnRequest bool
	}{
		{"openfaas.com/v1", "Function", true, false, true},
		{"nuclio.io/v1beta1", "NuclioFunction", false, true, false},
		{"apps/v1", "Deployment", true, false, false},
		{"v1", "Pod", true, false, true},
		{"batch/v1", "Job", true, false, false},
		{"autoscaling/v2", "HorizontalPodAutoscaler", true, false, false},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			objects := parseAll(t, fmt.Sprintf(text, tt.apiVersion, tt.kind))
			body, status := separateStatus(objects[0], tt.subresource)
			decoded := map[string]any{}
			require.NoError(t, json.Unmarshal(body, &decoded))
			_, inBody := decoded["status"]
			assert.Equal(t, tt.inBody, inBody)
			assert.Equal(t, tt.inOwnRequest, status != nil)
			if status != nil {
				own := map[string]any{}
				require.NoError(t, json.Unmarshal(status, &own))
				assert.NotContains(t, own, "spec")
				assert.Equal(t, map[string]any{"phase": "Ready"}, own["status"])
			}
		})
	}
}

func TestOnlyErrorsThatGoAwayAreTriedAgain(t *testing.T) {
	for _, tt := range []struct {
		err                error
		passing, immutable bool
	}{
		{&apiclient.StatusError{Code: 403, Message: `error looking up service account n/default: serviceaccount "default" not found`}, true, false},
		{&apiclient.StatusError{Code: 403, Message: "violates PodSecurity"}, false, false},
		{&apiclient.StatusError{Code: 409, Message: "the object has been modified"}, true, false},
		{&apiclient.StatusError{Code: 422, Message: "spec.selector: Invalid value: field is immutable"}, false, true},
		{&apiclient.StatusError{Code: 422, Message: "spec.replicas: must be greater than 0"}, false, false},
		{&apiclient.StatusError{Code: 422, Message: "spec.ports[1].nodePort: Invalid value: 31001: provided port is already allocated"}, true, false},
		{&apiclient.StatusError{Code: 404, Message: `namespaces "x" not found`}, false, false},
		{fmt.Errorf("connection refused"), false, false},
	} {
		assert.Equal(t, tt.passing, passing(tt.err), tt.err)
		assert.Equal(t, tt.immutable, immutable(tt.err), tt.err)
	}
}

func TestANodePortThatStaysTakenIsLeftToTheServer(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, string(body))
		if strings.Contains(string(body), "nodePort") {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"kind":"Status","message":"spec.ports[0].nodePort: Invalid value: 31001: provided port is already allocated","reason":"Invalid","code":422}`)
			return
		}
		fmt.Fprint(w, `{"metadata":{"uid":"u-1"}}`)
	}))
	defer server.Close()
	var said strings.Builder
	s := New(apiclient.Over(server.URL, server.Client()), &said)
	uid, err := s.applyPatiently(t.Context(), "/api/v1/namespaces/ns/services/door", "helm", []byte(`{"kind":"Service","spec":{"type":"NodePort","ports":[{"port":80,"nodePort":31001}]}}`))
	require.NoError(t, err)
	assert.Equal(t, "u-1", uid)
	assert.JSONEq(t, `{"kind":"Service","spec":{"type":"NodePort","ports":[{"port":80}]}}`, asked[len(asked)-1])
	assert.Greater(t, len(asked), 2, "it is tried again before it is given up")
	assert.Contains(t, said.String(), "services/door", "and it is said")
}

func TestSecretValuesAreReadFromBothForms(t *testing.T) {
	objects := parseAll(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: ns}\ndata: {x: ZXhhbXBsZQ==}\nstringData: {other: plain}\n")
	assert.Equal(t, map[string]string{"x": "example", "other": "plain"}, objects[0].SecretData())
}

// The files of all frameworks must be readable, in order, and name their owners without uid: a bad one should fail here, not in a cluster.
func TestTheSamplesCanBeSeeded(t *testing.T) {
	crds, problems := Parse(samples.CRDs())
	assert.Empty(t, problems)
	assert.NotEmpty(t, crds)
	names := map[string]bool{}
	for _, crd := range crds {
		assert.Equal(t, "CustomResourceDefinition", crd.Kind(), crd.File)
		assert.False(t, names[crd.Name()], "%s is defined twice", crd.Name())
		names[crd.Name()] = true
	}
	objects, problems := Parse(samples.Seed())
	assert.Empty(t, problems)
	waves, problems := Waves(objects)
	assert.Empty(t, problems)
	assert.NotEmpty(t, waves)
	for _, o := range objects {
		for _, owner := range o.owners() {
			assert.NotContains(t, owner, "uid", "%s, document %d", o.File, o.Document)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(chain))
	f.Add([]byte("---\n---\n: {"))
	f.Fuzz(func(t *testing.T, data []byte) {
		objects, _ := Parse([]samples.File{{Path: "x", Data: data}})
		waves, problems := Waves(objects)
		placed := len(problems)
		for _, wave := range waves {
			placed += len(wave)
		}
		assert.GreaterOrEqual(t, placed, len(objects), "an object is neither placed nor reported")
	})
}
