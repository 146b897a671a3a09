package framework_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// TestHostileObjects decodes objects that no API server would take: an error is fine, a panic is not.
func TestHostileObjects(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `null`, `[]`, `{}`, `{"spec": null}`, `{"spec": []}`, `{"spec": {}}`, `{"spec": {"source": "text", "deps": ";;\n==\n@\n-e \n", "runtime": "python"}}`,
		`{"spec": {"source": {"inline": {"dependencies": "{\"dependencies\": {\"a\": \"npm:\", \"b\": \"#\", \"c\": \"\"}}"}}, "runtime": "nodejs22"}}`,
		`{"spec": {"runtime": "ruby2", "deps": "gem \ngem ,\ngem '',''\n"}}`,
		`{"spec": {"deployment": 1, "function": 2}}`, `{"spec": {"payload": {"a": [1]}, "function-name": "f"}}`,
		`{"spec": {"statement": [{"action": 1, "resource": {}}], "policy": [""], "condition": {"": {"": null}}}}`,
		`{"spec": {"containers": [{}, {"env": [{}], "securityContext": {"capabilities": {}}}], "volumes": [{}]}, "status": {"containerStatuses": [{}]}}`,
		`{"spec": {"traffic": [{"tag": "x"}, {}]}, "status": {"traffic": [{}]}}`,
		`{"spec": {"sink": {"uri": "://"}, "subscriber": {"uri": "http://a"}, "resources": [{}], "to": [{}]}}`,
		`{"spec": {"servers": [{"tls": {}}, {}], "rules": [{"accessStrategies": [{"handler": "jwt", "config": 1}]}], "config": {"features": {"": ""}}}}`,
	} {
		for _, kind := range framework.Kinds() {
			if kind.Decode == nil {
				continue
			}
			raw := &snapshot.Raw{JSON: []byte(text), Header: &model.Header{
				Ref:     model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: "kyma-system", Name: "kyma-gateway"},
				Version: "v1beta1", Annotations: model.Labels{{Key: "gateway.kyma-project.io/v1beta1-spec", Value: text}},
			}}
			assert.NotPanics(t, func() { _, _ = kind.Decode(raw) }, "%s %s", kind.GroupKind, text)
		}
	}
}
