package generic_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks/generic"
)

// published is a server that publishes the schemas of one group version.
type published struct {
	versions map[schema.GroupKind][]string
	document string
	fail     error
}

func (p published) Served(gk schema.GroupKind) ([]string, error) { return p.versions[gk], nil }
func (p published) Document(schema.GroupVersion) ([]byte, error) { return []byte(p.document), p.fail }
func task() schema.GroupKind                                     { return schema.GroupKind{Group: "example.com", Kind: "Task"} }
func served(document string, versions ...string) published {
	return published{versions: map[schema.GroupKind][]string{task(): versions}, document: document}
}

const taskSchema = `{"components": {"schemas": {
  "com.example.v1.Task": {
    "type": "object",
    "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Task"}],
    "properties": {
      "metadata": {"allOf": [{"$ref": "#/components/schemas/ObjectMeta"}]},
      "spec": {"type": "object", "properties": {
        "image": {"type": "string"},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "env": {"type": "object", "additionalProperties": {"type": "string"}},
        "triggers": {"type": "array", "items": {"type": "object", "properties": {"type": {"type": "string"}, "auth": {"$ref": "#/components/schemas/Auth"}}}}
      }}
    }
  },
  "Auth": {"type": "object", "properties": {"name": {"type": "string"}}},
  "ObjectMeta": {"type": "object", "properties": {"name": {"type": "string"}, "annotations": {"type": "object", "additionalProperties": {"type": "string"}}}}
}}}`

func TestCheckAgainstAServedSchema(t *testing.T) {
	entries := entriesOf(t, `
name: task
function: {group: example.com, kind: Task, versions: [v2, v1]}
workloads: [{by: owner, group: apps, kind: Deployment}]
image: .spec.image
handler: .spec.handler
runtime: .spec.free.runtime
source: {annotation: source}
revision: .spec.env.REVISION
triggers:
- {each: '.spec.triggers[*]', type: .type, auth: .auth.name, name: .auth.nam}
references:
- {kind: Secret, each: '.spec.triggers[?(@.kind=="x")]', name: .auth.name, how: trigger}
fixes: {own-account: {path: .spec.serviceAccountName}}
`)
	findings, err := generic.Check(entries[0], served(taskSchema, "v1"))
	require.NoError(t, err)
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Path, f.Verdict))
		if f.Path == ".spec.serviceAccountName" {
			assert.Equal(t, "own-account.path: example.com/v1, Kind=Task has no field .spec.serviceAccountName, at "+
				".serviceAccountName; the server would drop what is written there", f.Message)
		}
	}
	assert.Equal(t, []string{
		"5 .spec.image found",
		"6 .spec.handler missing",
		"7 .spec.free.runtime open",
		"8 annotation: source found",
		"9 .spec.env.REVISION found",
		"11 .spec.triggers[*] found",
		"11 .type found",
		"11 .auth.name found",
		"11 .auth.nam missing",
		`13 .spec.triggers[?(@.kind=="x")] missing`,
		"13 .auth.name missing",
		"14 .spec.serviceAccountName missing",
	}, got)
}

func TestCheckWithoutTheKind(t *testing.T) {
	entries := entriesOf(t, "name: task\nfunction: {group: example.com, kind: Task, versions: [v3]}\nworkloads: [{by: owner, group: apps, kind: Deployment}]\nimage: .spec.image")
	findings, err := generic.Check(entries[0], served(taskSchema, "v1"))
	require.NoError(t, err)
	require.Len(t, findings, 1)
	assert.Equal(t, generic.Unserved, findings[0].Verdict)
	assert.Contains(t, findings[0].Message, "does not serve Task.example.com")

	broken := served("{", "v3")
	_, err = generic.Check(entries[0], broken)
	assert.ErrorContains(t, err, "read schema")
	broken.fail = errors.New("connection refused")
	_, err = generic.Check(entries[0], broken)
	assert.ErrorContains(t, err, "read the schema of example.com/v3: connection refused")
}

func TestASchemaThatRefersToItselfEnds(t *testing.T) {
	entries := entriesOf(t, "name: task\nfunction: {group: example.com, kind: Task, versions: [v1]}\nworkloads: [{by: owner, group: apps, kind: Deployment}]\nimage: .spec.a.a.a.b")
	const loop = `{"components": {"schemas": {"T": {"x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Task"}],
	  "properties": {"metadata": {}, "spec": {"$ref": "#/components/schemas/S"}}},
	  "S": {"allOf": [{"$ref": "#/components/schemas/S"}, null], "properties": {"a": {"$ref": "#/components/schemas/S"}}}}}}`
	findings, err := generic.Check(entries[0], served(loop, "v1"))
	require.NoError(t, err)
	assert.Equal(t, generic.NotThere, findings[0].Verdict)
}
