package inspect

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestAnOutlineShowsEveryField(t *testing.T) {
	var o unstructured.Unstructured
	require.NoError(t, yaml.Unmarshal([]byte(`
apiVersion: example.com/v1
kind: Widget
metadata:
  name: a
  namespace: ns
  creationTimestamp: "2026-09-01T00:00:00Z"
  labels: {app: x}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: hidden}
  managedFields: [{manager: m}]
spec:
  containerPort: 8080
  externalIPs: [10.0.0.1]
  code: "one\ntwo\n"
  env:
  - name: A
    value: b
  - {name: C}
  "odd.key/with-parts": {inner: true}
status: {ready: 1}
`), &o.Object))
	var b strings.Builder
	outline(&b, &o)
	assert.Equal(t, `Name:         a
Namespace:    ns
Labels:       app=x
Annotations:  <none>
API Version:  example.com/v1
Kind:         Widget
Metadata:
  Creation Timestamp:  2026-09-01T00:00:00Z
Spec:
  Code:
    one
    two
  Container Port:  8080
  Env:
    - Name:  A
      Value:  b
    - Name:  C
  External IPs:
    - 10.0.0.1
  odd.key/with-parts:
    Inner:  true
Status:
  Ready:  1
`, b.String())
}
