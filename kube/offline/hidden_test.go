package offline_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// live are the options of a cluster.
func live() *snapshot.Options {
	o := offlinetest.Options()
	o.Manifests = false
	return o
}

// subjects lists everything that is judged besides functions.
func subjects(source snapshot.Source) []check.Subject {
	all := []check.Subject{{Scope: check.ScopeCluster}}
	for _, f := range source.Functions("") {
		namespace := check.Subject{Scope: check.ScopeNamespace, Namespace: f.Key.Namespace}
		if !slices.Contains(all, namespace) {
			all = append(all, namespace)
		}
		if platform, ok := check.Platform(f); ok && !slices.Contains(all, platform) {
			all = append(all, platform)
		}
	}
	return all
}

// postures judges everything, by the name of the subject.
func postures(source snapshot.Source, scopes []check.Subject) map[string]*security.Posture {
	r := snapshot.Once(source, live())
	all := map[string]*security.Posture{}
	for _, f := range source.Functions("") {
		all[fmt.Sprint(f.Key)] = security.Function.Get(r, f.Key)
	}
	for _, s := range scopes {
		all[fmt.Sprint(s)] = security.Scope.Get(r, s)
	}
	return all
}

func TestWhatMayNotBeReadIsNeverPassed(t *testing.T) {
	w := world(t, seed(t))
	scopes := subjects(w)
	whole := postures(w, scopes)
	require.NotEmpty(t, whole)
	objects := map[string]schema.GroupKind{}
	for _, row := range w.Functions("") {
		objects[fmt.Sprint(row.Key)] = row.Object.GroupKind()
	}
	kinds := []schema.GroupKind{{Kind: "Secret"}, {Kind: "ConfigMap"}, {Kind: "Pod"}, {Kind: "Service"}, {Kind: "Namespace"}, {Group: "networking.k8s.io", Kind: "Ingress"}}
	for _, k := range security.GroupKinds() {
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	for _, kind := range kinds {
		if len(w.List(kind, "")) == 0 {
			continue
		}
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			for name, p := range postures(offlinetest.Hide(w, kind), scopes) {
				before := whole[name]
				if len(before.Verdicts) == 0 || objects[name] == kind {
					continue // nothing of it is in the cluster, or would be without its own object
				}
				for i, c := range security.Scoped(p.Subject.Scope) {
					if before.Verdicts[i] == check.Fail && (p.Verdicts[i] == check.Pass || p.Verdicts[i] == check.NotApplicable) {
						assert.Fail(t, "not unknown", "%s of %s: was fail, is %s", c.ID, name, p.Verdicts[i])
					}
				}
			}
		})
	}
}

// two is a cluster whose reader has rights in two namespaces and none beyond.
type two struct {
	snapshot.Source
	namespaces [2]string
}

func (w two) sees(namespace string) bool {
	return namespace != "" && slices.Contains(w.namespaces[:], namespace)
}

func (w two) Get(ref model.Ref) model.Object {
	if !w.sees(ref.Namespace) {
		return nil
	}
	return w.Source.Get(ref)
}

func (w two) List(kind schema.GroupKind, namespace string) []model.Object {
	all := w.Source.List(kind, namespace)
	if w.sees(namespace) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(o model.Object) bool { return !w.sees(o.Head().Namespace) })
}

func (w two) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	if !w.sees(namespace) {
		return snapshot.Denied
	}
	return w.Source.Coverage(kind, namespace)
}

func (w two) Functions(namespace string) []*model.Function {
	return slices.DeleteFunc(slices.Clone(w.Source.Functions(namespace)), func(f *model.Function) bool { return !w.sees(f.Key.Namespace) })
}

// With rights in two namespaces all is told that can be read there, and of the rest that it is not known, and why.
func TestRightsInTwoNamespaces(t *testing.T) {
	w := world(t, seed(t))
	visible := two{w, [2]string{"media", "payments"}}
	whole := postures(w, nil)
	r := snapshot.Once(visible, live())
	for _, f := range visible.Functions("") {
		before, p := whole[fmt.Sprint(f.Key)], security.Function.Get(r, f.Key)
		if len(before.Verdicts) == 0 {
			continue
		}
		decided := 0
		for i, c := range security.Scoped(check.ScopeFunction) {
			was, is := before.Verdicts[i], p.Verdicts[i]
			if was == check.Fail && (is == check.Pass || is == check.NotApplicable) {
				assert.Fail(t, "not unknown", "%s of %v: was fail, is %s", c.ID, f.Key, is)
			}
			if was == is {
				decided++
			}
			if is == check.Unknown {
				reasoned := slices.ContainsFunc(p.Findings, func(x check.Finding) bool {
					return x.Control == c && x.Status == check.Unknown && x.Message != ""
				})
				assert.True(t, reasoned, "%s of %v is unknown and nobody says why", c.ID, f.Key)
			}
		}
		assert.Greater(t, decided, len(before.Verdicts)/2, "most of %v can be read", f.Key)
		for i := range p.Pillars {
			assert.GreaterOrEqual(t, max(p.Pillars[i].Grade, security.B), min(before.Pillars[i].Grade, security.B), "%v", f.Key)
		}
	}
}
