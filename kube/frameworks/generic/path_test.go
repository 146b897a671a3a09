package generic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fn9s/fn9s/kube/frameworks"
)

func texts(all []scalar) []string {
	out := []string{}
	for _, s := range all {
		out = append(out, s.text)
	}
	return out
}

const sample = `{
  "metadata": {"name": "a", "annotations": {"x/y": "z", "q'r": "quote"}},
  "spec": {"n": 3, "big": 9007199254740993, "f": 0.5, "on": true, "none": null, "empty": {},
    "list": ["a", "b", {"c": "d"}], "map": {"k2": "v2", "k1": "v1"},
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "Old", "status": "False"}, {"status": "odd"}, 7]}}`

func TestPaths(t *testing.T) {
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(sample), &object))
	for path, want := range map[string][]string{
		".metadata.name":               {"a"},
		".metadata.annotations['x/y']": {"z"},
		`.metadata.annotations["q'r"]`: {"quote"},
		"['spec'].n":                   {"3"},
		".spec.f":                      {"0.5"},
		".spec.on":                     {"true"},
		".spec.none":                   {},
		".spec.empty":                  {""},
		".spec.list[0]":                {"a"},
		".spec.list[9]":                {},
		".spec.list[*]":                {"a", "b", ""},
		".spec.list[*].c":              {"d"},
		".spec.map[*]":                 {"v1", "v2"},
		".spec.map[0]":                 {},
		".spec.missing.deep":           {},
		`.spec.conditions[?(@.type=="Ready")].status`:    {"True"},
		`.spec.conditions[?( @.type != 'Ready')].status`: {"False", "odd"},
	} {
		t.Run(path, func(t *testing.T) {
			p, err := ParsePath(path)
			require.NoError(t, err)
			assert.Equal(t, want, texts(newDocument(object).read(p)))
		})
	}
}

func TestPathsOfTypedObjects(t *testing.T) {
	replicas := int32(0)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"x/y": "z"}, CreationTimestamp: metav1.Unix(0, 0)},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"dapr.io/enabled": "true"}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name:      "c",
				Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": quantity.MustParse("250m")}},
				LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
					HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("web")},
				}},
			}}},
		}},
	}
	for path, want := range map[string][]string{
		".metadata.name":              {"a"},
		".metadata.labels['x/y']":     {"z"},
		".metadata.namespace":         {},
		".metadata.creationTimestamp": {"1970-01-01T00:00:00Z"},
		".spec.replicas":              {"0"},
		".spec.paused":                {},
		".spec.template.metadata.annotations['dapr.io/enabled']":       {"true"},
		`.spec.template.spec.containers[?(@.name=="c")].name`:          {"c"},
		".spec.template.spec.containers[0].resources.limits.cpu":       {"250m"},
		".spec.template.spec.containers[0].livenessProbe.httpGet.port": {"web"},
		".status.readyReplicas":                                        {},
	} {
		t.Run(path, func(t *testing.T) {
			p, err := ParsePath(path)
			require.NoError(t, err)
			assert.Equal(t, want, texts(newDocument(d).read(p)))
		})
	}
}

func TestPathsAreBounded(t *testing.T) {
	deep := strings.Repeat(".a", maxSegments+1)
	_, err := ParsePath(deep)
	assert.ErrorContains(t, err, "more than 16 segments")

	many := make([]any, 5000)
	for i := range many {
		many[i] = strings.Repeat("x", 10_000)
	}
	p, err := ParsePath(".list[*]")
	require.NoError(t, err)
	got := newDocument(map[string]any{"list": many}).read(p)
	assert.Len(t, got, frameworks.MaxList)
	assert.LessOrEqual(t, len(got[0].text), frameworks.MaxText+len("…"))

	// A filter that rejects all but the work to find that out: nested wildcards visit a bounded number of places.
	rows := make([]any, 1000)
	for i := range rows {
		rows[i] = map[string]any{"cells": many}
	}
	p, err = ParsePath(`.rows[*].cells[?(@.x=="y")]`)
	require.NoError(t, err)
	visits := 0
	w := walk{yield: nil}
	w.step(newDocument(map[string]any{"rows": rows}).root, p.segments, "")
	visits = w.visits
	assert.LessOrEqual(t, visits, maxVisits+1)
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{".", ".a.b", "['x/y']", ".a[0][*]", `.a[?(@.b=="c")].d`, "..", ".a[", `[?(@.a!='b`, ".a['b','c']"} {
		f.Add(s)
	}
	var object map[string]any
	require.NoError(f, json.Unmarshal([]byte(sample), &object))
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.Equal(t, s, p.String())
		require.LessOrEqual(t, len(p.segments), maxSegments)
		newDocument(object).read(p)
		newDocument(&appsv1.Deployment{}).read(p)
	})
}
