package workshop

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
)

// given reads values of Secrets as the operator.
type given struct{ api kubernetes.Interface }

func (g given) Value(ctx context.Context, namespace, name, key string) ([]byte, error) {
	s, err := g.api.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return s.Data[key], nil
}

// outside is a world with the API of a framework that stands beside the cluster, and a function that only it tells of.
func outside(t *testing.T, framework, name string, writes bool) (*world, *rest.Writer, model.FunctionID) {
	t.Helper()
	c := kubetest.Need(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	api, err := kubernetes.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	var info struct{ Rest map[string]string }
	c.Info(t, &info)
	config := rest.Config{Framework: framework, Name: "c", Namespace: framework, URL: info.Rest[framework], Secret: rest.SecretRef{Namespace: "fn", Name: "fn-api-token", Key: "token"}}
	if framework == rest.OpenWhisk {
		config.Secret = rest.SecretRef{Namespace: "openwhisk", Name: "owdev-whisk.auth", Key: "guest"}
	}
	transport, err := rest.NewTransport(nil)
	require.NoError(t, err)
	t.Cleanup(transport.CloseIdleConnections)
	deps := rest.Deps{Transport: http.RoundTripper(transport), Secrets: given{api}, Notify: func(rest.State) {}}
	writer, err := rest.NewWriter(config, deps, writes)
	require.NoError(t, err)
	w := &world{t: t, api: api, namespace: framework}
	w.open(fleet.Options{Kubeconfig: kubetest.Kubeconfig{Path: c.Admin}, Scope: []string{framework}, Companion: func(c *cluster.Cluster) func(context.Context) {
		own := deps
		own.Sink = c.Store()
		connector, err := rest.New(config, own)
		if err != nil {
			return nil
		}
		return connector.Run
	}}, change.Options{Remotes: []change.Remote{writer}})
	var id model.FunctionID
	require.Eventually(t, func() bool {
		for _, r := range w.fleet.Board().Rows() {
			if r.Function.Name() == name && !r.Function.Record.IsZero() && r.Posture != nil && w.fleet.Board().Settled() {
				id = r.ID
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond)
	w.context = id.Context
	return w, writer, id
}

// TestWhatAFunctionKeepsIsRotatedByItsOrderAndTakenBack holds that a function's own values go the way of a Secret's: to the
// API that has them, to no draft and no journal, and back.
func TestWhatAFunctionKeepsIsRotatedByItsOrderAndTakenBack(t *testing.T) {
	for framework, c := range map[string]struct{ name, key, at, value string }{
		rest.OpenWhisk: {"guest/shop/checkout", "db_password", "parameters/db_password", `"` + newCanary + `"`},
		rest.Fn:        {"shop/refund", "DB_PASSWORD", "config/DB_PASSWORD", newCanary},
	} {
		t.Run(framework, func(t *testing.T) {
			w, writer, id := outside(t, framework, c.name, true)
			found, err := w.Candidates(t.Context(), Wanted{Context: w.context, Functions: []model.FunctionID{id}})
			require.NoError(t, err)
			require.NotEmpty(t, found)
			ref := found[0].Ref
			require.True(t, Keeps(ref))
			assert.Positive(t, found[0].Kept)
			whole := func() map[string]any {
				o, err := writer.Get(t.Context(), ref)
				require.NoError(t, err)
				return maps.Clone(o["data"].(map[string]any))
			}
			before := whole()
			l, err := w.Outlook(t.Context(), w.context, ref, rotate.Options{Keys: []string{c.key}, At: time.Now()})
			require.NoError(t, err)
			require.NotNil(t, l.Rotation, l.Refused+l.Unclear)
			assert.Contains(t, l.Stored.Keys, c.key)
			assert.Empty(t, l.Denied)
			values := rotate.NewValues([]*rotate.Rotation{l.Rotation}, time.Now)
			require.NoError(t, values.Give(l.Rotation, c.key, []byte(newCanary)))
			o, letGo := (&Turn{Context: w.context, Secrets: []*rotate.Rotation{l.Rotation}, Values: values}).Order()
			d := w.plan(o)
			require.Len(t, d.Steps, 1)
			assert.NotContains(t, d.Steps[0].Sides.Before+d.Steps[0].Sides.After, newCanary)
			begun := w.start(d)
			letGo()
			j := w.ended(begun)
			require.Equal(t, journal.Applied, j.Outcome, j.Reason)
			after := whole()
			assert.Equal(t, c.value, after[c.at])
			after[c.at] = before[c.at]
			assert.Equal(t, before, after, "the others stay")
			back := w.ended(w.start(w.plan(&Order{Context: w.context, Action: Undo, Undoes: begun})))
			require.Equal(t, journal.Applied, back.Outcome, back.Reason)
			assert.Equal(t, before, whole())
		})
	}
}

func TestAConnectorThatMayOnlyReadIsSaidBeforeAValueIsAskedFor(t *testing.T) {
	w, _, id := outside(t, rest.Fn, "shop/refund", false)
	found, err := w.Candidates(t.Context(), Wanted{Context: w.context, Functions: []model.FunctionID{id}})
	require.NoError(t, err)
	l, err := w.Outlook(t.Context(), w.context, found[0].Ref, rotate.Options{Keys: []string{"DB_PASSWORD"}, At: time.Now()})
	require.NoError(t, err)
	assert.Contains(t, l.Denied, "may only read")
	assert.NotNil(t, l.Rotation, "the plan can be looked at")
	l, err = w.Outlook(t.Context(), w.context, model.Ref{Group: "fnproject.io", Kind: "Fn", Namespace: "fn", Name: "c/shop/nothing"}, rotate.Options{At: time.Now()})
	require.NoError(t, err)
	assert.Contains(t, l.Refused, "does not exist any more")
}
