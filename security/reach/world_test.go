package reach_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// world reads manifests.
func world(t testing.TB, documents ...string) *snapshot.Reader {
	t.Helper()
	return worldWith(t, &snapshot.Options{Manifests: true}, documents...)
}

func worldWith(t testing.TB, o *snapshot.Options, documents ...string) *snapshot.Reader {
	t.Helper()
	return snapshot.Once(loaded(t, documents...), o)
}

func loaded(t testing.TB, documents ...string) *offline.World {
	t.Helper()
	docs, problems := manifest.Read("test.yaml", []byte(strings.Join(documents, "\n---\n")))
	require.Empty(t, problems)
	w, problems := offline.Load(all.BuiltIn(), reach.Kinds(), docs)
	require.Empty(t, problems)
	return w
}

// podOf returns the pod of a Deployment.
func podOf(t testing.TB, r *snapshot.Reader, namespace, name string) reach.Pod {
	t.Helper()
	for _, o := range reach.InNamespace.Get(r, namespace) {
		if o.Owner == (model.Ref{Group: "apps", Kind: "Deployment", Namespace: namespace, Name: name}) {
			return o.Pods[0]
		}
	}
	require.Fail(t, "no Deployment "+namespace+"/"+name)
	return reach.Pod{}
}
