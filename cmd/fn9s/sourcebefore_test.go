package main

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
)

// unlike are kinds that the cluster makes of others, and counts or dates by itself.
var unlike = []string{"Event", "Endpoints", "EndpointSlice", "Pod", "ReplicaSet", "ControllerRevision", "Lease", "PodMetrics"}

// everything reads all objects of the namespace, and the namespace itself, without what the server counts.
func (s *source) everything() map[string]map[string]any {
	s.t.Helper()
	all := map[string]map[string]any{}
	for _, a := range s.apis.All() {
		if !a.Namespaced || !a.Can("list") || slices.Contains(unlike, a.Kind) {
			continue
		}
		l, err := s.dynamic.Resource(a.GroupVersionResource).Namespace(s.namespace).List(context.Background(), metav1.ListOptions{})
		if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
			continue
		}
		require.NoError(s.t, err, a.Resource)
		for i := range l.Items {
			all[a.Kind+"."+a.Group+" "+l.Items[i].GetName()] = uncounted(l.Items[i].Object)
		}
	}
	profiles, err := s.dynamic.Resource(gvr("openfaas.com", "v1", "profiles")).Namespace("openfaas").List(context.Background(), metav1.ListOptions{})
	require.NoError(s.t, err)
	for i := range profiles.Items {
		if strings.HasSuffix(profiles.Items[i].GetName(), "-"+s.namespace) {
			all["Profile "+profiles.Items[i].GetName()] = uncounted(profiles.Items[i].Object)
		}
	}
	ns, err := s.resource("", "Namespace").Get(context.Background(), s.namespace, metav1.GetOptions{})
	require.NoError(s.t, err)
	all["Namespace"] = uncounted(ns.Object)
	return all
}

// uncounted takes away what is never as before.
func uncounted(o map[string]any) map[string]any {
	for _, field := range [][]string{
		{"metadata", "resourceVersion"}, {"metadata", "generation"}, {"metadata", "managedFields"}, {"metadata", "uid"}, {"metadata", "creationTimestamp"},
		{"status"}, {"metadata", "annotations", "deployment.kubernetes.io/revision"},
	} {
		unstructured.RemoveNestedField(o, field...)
	}
	for _, at := range [][]string{{"metadata", "annotations"}, {"spec", "template", "metadata", "annotations"}} {
		annotations, ok, _ := unstructured.NestedMap(o, at...)
		for name := range annotations {
			if strings.HasPrefix(name, "autoscaling.alpha.kubernetes.io/") { // the status of an autoscaler, in its old version
				delete(annotations, name)
			}
		}
		for _, name := range []string{"com.openfaas.function.spec", "nuclio.io/function-config"} {
			var said map[string]any // the order of its fields says nothing
			if text, _ := annotations[name].(string); json.Unmarshal([]byte(text), &said) == nil {
				annotations[name] = said
			}
		}
		if len(annotations) == 0 {
			unstructured.RemoveNestedField(o, at...)
		} else if ok {
			_ = unstructured.SetNestedField(o, annotations, at...)
		}
	}
	inOrder(o)
	return o
}

// inOrder sorts the variables of a workload's containers: they are known by their names, and whoever writes the last of them
// says where it stands.
func inOrder(o map[string]any) {
	containers, ok, _ := unstructured.NestedSlice(o, "spec", "template", "spec", "containers")
	if group, _ := o["apiVersion"].(string); !ok || !strings.HasPrefix(group, "apps/") {
		return
	}
	for _, c := range containers {
		if env, ok := c.(map[string]any)["env"].([]any); ok {
			slices.SortFunc(env, func(a, b any) int {
				return strings.Compare(offlinetest.Dig(a, "name").(string), offlinetest.Dig(b, "name").(string))
			})
		}
	}
	_ = unstructured.SetNestedSlice(o, containers, "spec", "template", "spec", "containers")
}

// revision tells what belongs to one Revision: what is made of a template stays when that is as before, and the next one is
// made of it.
var revision = regexp.MustCompile(`-(\d{5})(-|$)`)

// newest renames what belongs to the newest Revision of each object, and leaves the older ones out.
func newest(all map[string]map[string]any) map[string]map[string]any {
	last := map[string]string{}
	for name := range all {
		if kind, of, ok := strings.Cut(name, " "); ok && kind == "Revision.serving.knative.dev" {
			m := revision.FindStringSubmatch(of)
			last[strings.TrimSuffix(of, m[0])] = max(last[strings.TrimSuffix(of, m[0])], m[1])
		}
	}
	out := map[string]map[string]any{}
	for name, o := range all {
		kind, of, _ := strings.Cut(name, " ")
		m := revision.FindStringSubmatchIndex(of)
		if m == nil || last[of[:m[0]]] == "" {
			out[name] = o
			continue
		}
		if of[m[2]:m[3]] != last[of[:m[0]]] || kind != "Revision.serving.knative.dev" && kind != "Deployment.apps" {
			continue
		}
		template, _, _ := unstructured.NestedMap(o, "spec")
		delete(template, "selector")
		unstructured.RemoveNestedField(template, "template", "metadata", "labels", "serving.knative.dev/revisionUID")
		raw, _ := json.Marshal(template)
		var spec map[string]any
		_ = json.Unmarshal([]byte(strings.ReplaceAll(string(raw), of[:m[0]]+"-"+of[m[2]:m[3]], "REVISION")), &spec)
		out[kind+" "+of[:m[0]]+" newest"] = spec
	}
	return out
}

// asBefore compares object by object.
func (s *source) asBefore(before map[string]map[string]any) {
	s.t.Helper()
	before, after := newest(before), newest(s.everything())
	for name, o := range before {
		assert.Equal(s.t, o, after[name], name)
		delete(after, name)
	}
	for name, o := range after {
		labels, _, _ := unstructured.NestedMap(o, "metadata", "labels")
		if undo, ok := labels[change.ChangeLabel].(string); ok && slices.Contains(s.undos, undo) {
			continue // what the undo took away is kept for the redo
		}
		assert.Fail(s.t, "it was not there before: "+name)
	}
}
