package frameworks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/security/model"
)

const everyReference = `
initContainers:
- name: fetch
  env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: git, key: token}}}]
containers:
- name: istio-proxy
  envFrom: [{secretRef: {name: mesh}}]
- name: fn
  image: registry.example.com/fn:1
  env:
  - {name: MODE, value: fast}
  - {name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level, optional: true}}}
  envFrom: [{configMapRef: {name: defaults}}]
imagePullSecrets: [{name: registry}]
volumes:
- {name: a, secret: {secretName: tls, items: [{key: tls.crt, path: crt}, {key: tls.key, path: key}]}}
- {name: b, configMap: {name: files}}
- name: c
  projected: {sources: [{secret: {name: both, optional: true}}, {configMap: {name: more}}, {serviceAccountToken: {path: t}}]}
- {name: d, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: vault}, nodePublishSecretRef: {name: node}}}
- {name: e, azureFile: {secretName: azure, shareName: s}}
- {name: f, emptyDir: {}}
`

func podSpec(t *testing.T, text string) *corev1.PodSpec {
	t.Helper()
	s := &corev1.PodSpec{}
	require.NoError(t, yaml.UnmarshalStrict([]byte(text), s))
	return s
}

func TestReferencesOfATemplate(t *testing.T) {
	at := model.Ref{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "cart"}
	var got []string
	for _, r := range References(podSpec(t, everyReference), at) {
		assert.Equal(t, at, r.Origin.Ref)
		got = append(got, fmt.Sprintf("%s %s[%s] %s optional=%v %s",
			r.Kind, r.Name, r.Key, r.How, r.Optional, strings.TrimPrefix(r.Origin.Path, "spec.template.spec.")))
	}
	assert.Equal(t, []string{
		"Secret git[token] env optional=false initContainers[0].env[0].valueFrom.secretKeyRef",
		"Secret mesh[] env optional=false containers[0].envFrom[0].secretRef",
		"ConfigMap settings[level] env optional=true containers[1].env[1].valueFrom.configMapKeyRef",
		"ConfigMap defaults[] env optional=false containers[1].envFrom[0].configMapRef",
		"Secret tls[tls.crt] file optional=false volumes[0].secret.items[0]",
		"Secret tls[tls.key] file optional=false volumes[0].secret.items[1]",
		"ConfigMap files[] file optional=false volumes[1].configMap",
		"Secret both[] file optional=true volumes[2].projected.sources[0].secret",
		"ConfigMap more[] file optional=false volumes[2].projected.sources[1].configMap",
		"SecretProviderClass vault[] file optional=false volumes[3].csi.volumeAttributes.secretProviderClass",
		"Secret node[] file optional=false volumes[3].csi.nodePublishSecretRef",
		"Secret azure[] file optional=false volumes[4].azureFile.secretName",
		"Secret registry[] pull optional=false imagePullSecrets[0]",
	}, got)
	assert.Empty(t, References(nil, at))
}

func TestReferencesAreBounded(t *testing.T) {
	s := &corev1.PodSpec{}
	for i := range 10 * MaxList {
		s.ImagePullSecrets = append(s.ImagePullSecrets, corev1.LocalObjectReference{Name: fmt.Sprint("s", i)})
	}
	assert.Len(t, References(s, model.Ref{Kind: "Pod"}), MaxList)
}

func TestMarkMissing(t *testing.T) {
	at := model.Origin{Ref: model.Ref{Kind: "Pod", Namespace: "shop", Name: "p"}}
	refs := []model.Reference{
		{Kind: "Secret", Name: "there", Origin: at},
		{Kind: "Secret", Name: "gone", Origin: at},
		{Kind: "Secret", Name: "gone", Origin: at},
		{Kind: "Secret", Namespace: "other", Name: "there", Optional: true, Origin: at},
		{Kind: "ConfigMap", Name: "hidden", Origin: at},
		{Kind: "SecretProviderClass", Name: "vault", Origin: at},
	}
	x := index{
		objects: []model.Object{&model.Secret{Header: model.Header{Ref: model.Ref{Kind: "Secret", Namespace: "shop", Name: "there"}}}},
		avail:   map[string]Availability{"ConfigMap": Denied},
	}
	got := MarkMissing(x, refs)
	var missing []bool
	for _, r := range got {
		missing = append(missing, r.Missing)
	}
	assert.Equal(t, []bool{false, true, true, false, false}, missing, "the repeated one is dropped")
	assert.Equal(t, "missing: Secret gone", MissingNames(got), "optional ones may be missing")
	assert.False(t, refs[1].Missing, "the argument is not changed")
}

func TestFunctionContainer(t *testing.T) {
	s := podSpec(t, everyReference)
	assert.Equal(t, "fn", FunctionContainer(s).Name, "sidecars come last")
	assert.Equal(t, "istio-proxy", FunctionContainer(s, "istio-proxy").Name)
	assert.Equal(t, "fn", FunctionContainer(s, "nobody").Name)
	assert.Nil(t, FunctionContainer(nil, "fn"))
	assert.Nil(t, FunctionContainer(&corev1.PodSpec{}))
	v, ok := EnvValue(FunctionContainer(s), "MODE")
	assert.True(t, ok)
	assert.Equal(t, "fast", v)
	_, ok = EnvValue(FunctionContainer(s), "LEVEL")
	assert.False(t, ok, "a reference is no literal")
	assert.Equal(t, "default", AccountOf(s))
	assert.Empty(t, AccountOf(nil))
}

func TestTemplates(t *testing.T) {
	s := podSpec(t, everyReference)
	w := &model.Workload{Template: model.PodTemplate{Spec: s}}
	w.Ref = model.Ref{Group: "batch", Kind: "CronJob", Namespace: "shop", Name: "nightly"}
	got := TemplateOf(w, model.Run, "")
	assert.Equal(t, "fn", got.Container)
	assert.Equal(t, "spec.jobTemplate.spec.template", got.Origin.Path)
	p := &model.Pod{Spec: s}
	p.Ref = model.Ref{Kind: "Pod", Namespace: "shop", Name: "wsk-1"}
	bare, ok := TemplateOfPod(p, model.Run, "fn")
	assert.True(t, ok)
	assert.Empty(t, bare.Origin.Path)
	_, ok = TemplateOfPod(&model.Pod{}, model.Run, "")
	assert.False(t, ok)
}
