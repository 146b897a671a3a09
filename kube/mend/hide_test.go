package mend

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHide(t *testing.T) {
	const file = `apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData:
  a: first-value
  b: |
    two lines
    of a key
---
kind: Deployment
spec:
  env:
  - {name: DB_PASSWORD, value: hunter2hunter2}
  - {name: LOG_LEVEL, value: information}
`
	got := Hide(file, file)
	for _, secret := range []string{"first-value", "two lines", "of a key", "hunter2hunter2"} {
		assert.NotContains(t, got, secret)
	}
	for _, shown := range []string{"information", "namespace: shop", "name: db", "kind: Secret"} {
		assert.Contains(t, got, shown)
	}
	assert.NotContains(t, Hide("password", "a: [unclosed"), "password")
}
