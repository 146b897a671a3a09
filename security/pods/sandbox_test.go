package pods_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
)

func TestSandboxes(t *testing.T) {
	function := func(class string) string {
		return `apiVersion: apps/v1
kind: Deployment
metadata: {name: fn, namespace: fns, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: fn}}
  template:
    metadata: {labels: {app: fn}}
    spec: {` + class + `containers: [{name: fn, image: "fn:1"}]}
`
	}
	class := func(name, handler string) string {
		return "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: " + name + "}\nhandler: " + handler
	}
	for name, c := range map[string]struct {
		documents []string
		want      string
	}{
		"none is offered":      {[]string{function(""), class("plain", "runc")}, "na"},
		"offered, not used":    {[]string{function(""), class("sandbox", "runsc")}, "fail"},
		"used":                 {[]string{function("runtimeClassName: sandbox, "), class("sandbox", "kata-qemu")}, "pass"},
		"another one":          {[]string{function("runtimeClassName: plain, "), class("plain", "runc"), class("sandbox", "runsc")}, "fail"},
		"only for WebAssembly": {[]string{function(""), class("wasmtime-spin-v2", "spin")}, "na"},
		"in that one":          {[]string{function("runtimeClassName: wasmtime-spin-v2, "), class("wasmtime-spin-v2", "spin"), class("sandbox", "runsc")}, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, offlinetest.Verdict(t, offlinetest.Text(t, c.documents...).Judge("fns", "fn"), "POD-16"))
		})
	}
}
