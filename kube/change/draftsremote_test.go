package change

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/security/model"
)

// secrets reads values as the operator.
type secrets struct{ api *kubernetes.Clientset }

func (s secrets) Value(ctx context.Context, namespace, name, key string) ([]byte, error) {
	o, err := s.api.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return o.Data[key], nil
}

// writer changes the server of a framework that stands beside the test cluster.
func (b *bench) writer(framework string) *rest.Writer {
	b.t.Helper()
	var info struct{ Rest map[string]string }
	b.cluster.Info(b.t, &info)
	config := rest.Config{Framework: framework, Name: "c", Namespace: framework, URL: info.Rest[framework], Secret: rest.SecretRef{Namespace: "fn", Name: "fn-api-token", Key: "token"}}
	if framework == rest.OpenWhisk {
		config.Secret = rest.SecretRef{Namespace: "openwhisk", Name: "owdev-whisk.auth", Key: "guest"}
	}
	w, err := rest.NewWriter(config, rest.Deps{Transport: http.DefaultTransport, Secrets: secrets{b.api}}, true)
	require.NoError(b.t, err)
	return w
}

// What adapters draft for APIs that are none of Kubernetes is made there, and taken back.
func TestDraftsOfConnectorsAreMadeAndTakenBack(t *testing.T) {
	b := newBench(t)
	e := b.engine(kubetest.Kubeconfig{Path: b.cluster.Admin}, Options{Remotes: []Remote{b.writer(rest.Fn), b.writer(rest.OpenWhisk)}})
	files, err := filepath.Glob("../frameworks/*/testdata/deploy/*.yaml")
	require.NoError(t, err)
	for _, f := range files {
		if !strings.Contains(f, "/openwhisk/") && !strings.Contains(f, "/fn/") {
			continue
		}
		raw, err := os.ReadFile(f)
		require.NoError(t, err)
		t.Run(strings.TrimPrefix(f, "../frameworks/"), func(t *testing.T) {
			var wishes []Wish
			var refs []model.Ref
			for _, o := range documents(t, string(raw)) {
				gv, err := schema.ParseGroupVersion(text(o, "apiVersion"))
				require.NoError(t, err)
				ref := model.Ref{Group: gv.Group, Kind: text(o, "kind"), Namespace: text(o, "metadata", "namespace"), Name: text(o, "metadata", "name")}
				refs = append(refs, ref)
				wishes = append(wishes, Wish{Edit: plan.Edit{Verb: plan.Create, Object: ref, APIVersion: gv.String(), New: o, Why: "deploy"}})
			}
			p, err := e.Plan(t.Context(), Request{Action: "deploy", Title: "deploy", Wishes: wishes})
			require.NoError(t, err)
			require.Empty(t, p.Blocked())
			require.Len(t, p.Steps, len(wishes))
			for _, s := range p.Steps {
				assert.Equal(t, Unable, s.Checked, "such an API has no dry run")
				diff, err := p.Diff(s)
				require.NoError(t, err)
				assert.NotContains(t, diff, "return {ok", "code is not shown")
				assert.NotContains(t, diff, "good", "neither are values")
			}
			r := b.do(e, p)
			require.Equal(t, journal.Applied, r.Outcome, r.Reason)
			for i, ref := range refs {
				live, err := e.getRemote(t.Context(), e.remote(ref), ref)
				require.NoError(t, err)
				require.NotNil(t, live, "%s", ref)
				assert.True(t, within(wishes[i].New["spec"], live["spec"]), "%s: %v", ref, live["spec"])
			}
			again, err := e.Plan(t.Context(), Request{Action: "deploy", Title: "deploy", Wishes: wishes})
			require.NoError(t, err)
			assert.Empty(t, again.Steps, "made once it is there")
			undo, err := e.PlanUndo(t.Context(), "")
			require.NoError(t, err)
			require.Equal(t, journal.Applied, b.do(e, undo).Outcome)
			for _, ref := range refs {
				live, err := e.getRemote(t.Context(), e.remote(ref), ref)
				require.NoError(t, err)
				assert.Nil(t, live, "%s is gone", ref)
			}
		})
	}
}
