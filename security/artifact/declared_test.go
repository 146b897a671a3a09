package artifact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

func TestSources(t *testing.T) {
	kyma := func(url, reference string) string {
		return `{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: nodejs22, source: {gitRepository: {url: "` + url + `", reference: "` + reference + `"}}}}`
	}
	kubeless := func(kind, function, checksum string) string {
		return `{apiVersion: kubeless.io/v1beta1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: python3.7, function-content-type: "` + kind + `", function: "` + function + `", checksum: "` + checksum + `"}}`
	}
	fission := func(archive string) string {
		return `{apiVersion: fission.io/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {environment: {name: python, namespace: fns}, package: {packageref: {name: code, namespace: fns}}, InvokeStrategy: {ExecutionStrategy: {ExecutorType: poolmgr}}}}
---
{apiVersion: fission.io/v1, kind: Package, metadata: {name: code, namespace: fns}, spec: {environment: {name: python}, deployment: ` + archive + `}}`
	}
	nuclio := func(build string) string {
		return `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: fn, namespace: fns}, spec: {build: ` + build + `}}`
	}
	knative := func(reference string) string {
		return `{apiVersion: functions.dev/v1alpha1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {source: {repositoryUrl: "https://example.com/r.git"` + reference + `}}}`
	}
	for name, test := range map[string]struct{ document, want string }{
		"kyma branch":             {kyma("https://example.com/r.git", "main"), "fail"},
		"kyma commit":             {kyma("https://example.com/r.git", commit), "pass"},
		"kyma commit over http":   {kyma("http://example.com/r.git", commit), "fail"},
		"kyma short commit":       {kyma("https://example.com/r.git", commit[:7]), "fail"},
		"kubeless inline":         {kubeless("text", "def f(): pass", ""), "pass"},
		"kubeless url":            {kubeless("url+zip", "https://example.com/f.zip", ""), "fail"},
		"kubeless url, checksum":  {kubeless("url+zip", "https://example.com/f.zip", "sha256:1"), "pass"},
		"kubeless http, checksum": {kubeless("url", "http://example.com/f.py", "sha256:1"), "fail"},
		"fission url":             {fission(`{type: url, url: "https://example.com/f.zip"}`), "fail"},
		"fission url, checksum":   {fission(`{type: url, url: "https://example.com/f.zip", checksum: {type: sha256, sum: abc}}`), "pass"},
		"fission literal":         {fission(`{type: literal, literal: YWJj}`), "pass"},
		"fission own storage":     {fission(`{type: url, url: "http://storagesvc.fission/v1/archive?id=1", checksum: {type: sha256, sum: abc}}`), "pass"},
		"fission image by tag":    {fission(`{type: oci, oci: {image: "example.com/f:1"}}`), "fail"},
		"fission image by digest": {fission(`{type: oci, oci: {image: "example.com/f:1", digest: "` + digest + `"}}`), "pass"},
		"nuclio branch":           {nuclio(`{codeEntryType: git, path: "https://example.com/r.git", codeEntryAttributes: {branch: main}}`), "fail"},
		"nuclio commit":           {nuclio(`{codeEntryType: git, path: "https://example.com/r.git", codeEntryAttributes: {reference: ` + `"` + commit + `"}}`), "pass"},
		"nuclio archive":          {nuclio(`{codeEntryType: archive, path: "https://example.com/f.tgz"}`), "fail"},
		"nuclio bucket":           {nuclio(`{codeEntryType: s3, codeEntryAttributes: {s3Bucket: b, s3ItemKey: k}}`), "fail"},
		"nuclio inline":           {nuclio(`{functionSourceCode: YWJj}`), "pass"},
		"func without reference":  {knative(""), "fail"},
		"func commit":             {knative(`, reference: "` + commit + `"`), "pass"},
		"func beside its service": {`{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: fn, namespace: fns}, spec: {template: {spec: {containers: [{image: "example.com/fn:1"}]}}}}
---
{apiVersion: functions.dev/v1alpha1, kind: Function, metadata: {name: fn-source, namespace: fns}, spec: {source: {repositoryUrl: "http://example.com/r.git"}}, status: {name: fn}}`, "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, offlinetest.Verdict(t, judge(t, test.document), "IMG-10"))
		})
	}
	assert.Equal(t, "na", offlinetest.Verdict(t, judge(t, image("fn:1")), "IMG-10"))
}

func TestAddressesInFindingsHoldNoCredentials(t *testing.T) {
	p := judge(t, `{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: nodejs22, source: {gitRepository: {url: "http://user:hunter2@example.com/r.git?token=hunter2", reference: main}}}}`)
	for _, f := range p.Findings {
		if f.Control.Pillar.String() == "image" {
			assert.NotContains(t, f.Message+f.Value, "hunter2", f.Control.ID)
		}
	}
}

func TestImagesThatSomebodyChose(t *testing.T) {
	environment := `
---
{apiVersion: fission.io/v1, kind: Environment, metadata: {name: python, namespace: fns}, spec: {runtime: {image: "IMAGE"}}}`
	fission := `{apiVersion: fission.io/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {environment: {name: python, namespace: fns}, InvokeStrategy: {ExecutionStrategy: {ExecutorType: newdeploy}}}}`
	for name, test := range map[string]struct{ document, want string }{
		"kyma":              {`{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: nodejs22, runtimeImageOverride: "example.com/rt:1", source: {inline: {source: ""}}}}`, "fail"},
		"kyma's own":        {`{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: nodejs22, source: {inline: {source: ""}}}}`, "pass"},
		"kubeless":          {`{apiVersion: kubeless.io/v1beta1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: python3.7, deployment: {spec: {template: {spec: {containers: [{image: "example.com/f:1"}]}}}}}}`, "fail"},
		"fission":           {fission + replace(environment, "example.com/python:1"), "fail"},
		"fission's own":     {fission + replace(environment, "ghcr.io/fission/python-env:1"), "pass"},
		"fission's, at hub": {fission + replace(environment, "fission/python-env:1"), "pass"},
		"nuclio":            {`{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: fn, namespace: fns}, spec: {build: {baseImage: "python:3.12"}}}`, "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, offlinetest.Verdict(t, judge(t, test.document), "IMG-06"))
		})
	}
}
