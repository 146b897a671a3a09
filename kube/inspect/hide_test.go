package inspect

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const object = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: charge
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"env":[{"name":"DB_PASSWORD","value":"correct-horse-9"}]}'
spec:
  template:
    spec:
      containers:
      - name: charge
        image: registry.example.com/charge@sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865
        args: ["--user=jane", "--password=correct-horse-9", "--token", "correct-horse-7", "--port", "8080"]
        env:
        - {name: DB_PASSWORD, value: correct-horse-9}
        - {name: LOG_LEVEL, value: debug}
        - name: API_KEY
          valueFrom: {secretKeyRef: {name: api-credentials, key: api-key}}
        - name: SETTINGS
          value: |
            level=debug
            password=correct-horse-8
      imagePullSecrets: [{name: registry-login}]
`

func TestCredentialsAreHiddenAndNothingElse(t *testing.T) {
	t.Parallel()
	var o map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(object), &o))
	values := Hide(o)
	out, err := yaml.Marshal(o)
	require.NoError(t, err)
	text := string(out)
	assert.NotContains(t, text, "correct-horse")
	for _, kept := range []string{"--user=jane", "8080", "debug", "api-credentials", "key: api-key", "registry-login", "sha256:4355a46b", "level=debug",
		"--password=<hidden: looks like a credential (value of a sensitive name)>", "name: DB_PASSWORD"} {
		assert.Contains(t, text, kept)
	}
	assert.Len(t, values, 5)
}

func TestCredentialsAreTakenOutOfTheTextAsItWasWritten(t *testing.T) {
	t.Parallel()
	const written = "# ours\nenv: [{name: DB_PASSWORD, value: correct-horse-9}] # rotate\n"
	var o map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(written), &o))
	text, ok := HideIn(written, Hide(o))
	assert.True(t, ok)
	assert.Equal(t, "# ours\nenv: [{name: DB_PASSWORD, value: <hidden-credential>}] # rotate\n", text)
	require.NoError(t, yaml.Unmarshal([]byte(text), &o), "it is still what it was")
	_, ok = HideIn("password: abc\n", []string{"abc"})
	assert.False(t, ok, "three letters stand in other words too")
	_, ok = HideIn("password: \"a\\u0062cdefg\"\n", []string{"abcdefg"})
	assert.False(t, ok, "it is written in another way")
}
