package invoke

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// one is a cluster of which only the connection is asked.
type one struct{ client *client.Client }

func (o one) Cluster(string) (inspect.Cluster, bool) { return o, true }
func (o one) Client() *client.Client                 { return o.client }
func (o one) APIs() *client.APIs                     { return nil }
func (o one) Object(model.Ref) model.Object          { return nil }
func (o one) caller(f *model.Function) *Caller {
	return New(Options{Clusters: o, Functions: only(f)})
}

func only(f *model.Function) func(model.FunctionID) *model.Function {
	return func(model.FunctionID) *model.Function { return f }
}

func at(url string, external bool) *model.Function {
	return &model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: "payments", Name: "verify-iban"},
		URLs: []model.URL{{URL: url, External: external}}}
}

func TestAFunctionIsCalledWhereItsServiceLeads(t *testing.T) {
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	caller := one{c}.caller(at("http://verify-iban.payments.svc", false))
	a, err := caller.Call(t.Context(), model.FunctionID{}, &Request{Path: "/version", Via: Forward})
	require.NoError(t, err)
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, Forward, a.Way)
	assert.Contains(t, string(a.Body), "version")
	assert.Positive(t, a.Total)
	a, err = caller.Call(t.Context(), model.FunctionID{}, &Request{Path: "/nowhere", Method: "POST", Body: []byte("{}"), Via: Forward})
	require.NoError(t, err, "a bad status is an answer")
	assert.False(t, a.OK())
	assert.Len(t, caller.History(model.FunctionID{}), 2)
}

func TestWhoMayNotCallIsToldWhatIsMissing(t *testing.T) {
	cluster := kubetest.Need(t)
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.ReadOnly})
	_, err := one{c}.caller(at("http://verify-iban.payments.svc", false)).Call(t.Context(), model.FunctionID{}, &Request{})
	assert.ErrorIs(t, err, ErrNoWay)
	assert.ErrorContains(t, err, "you may not get services/proxy in payments")
	assert.ErrorContains(t, err, "you may not create pods/portforward in payments")
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.Admin})
	admin.Gate().SetReadOnly(true)
	for _, f := range []*model.Function{at("http://verify-iban.payments.svc", false), at("https://example.com", true)} {
		_, err = one{admin}.caller(f).Call(t.Context(), model.FunctionID{}, &Request{})
		assert.Equal(t, client.KindReadOnly, client.Classify(err), "%v", err)
	}
}

func TestACallOutlivesAnAPIServerThatIsAwayForAMoment(t *testing.T) {
	proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	config, name, err := proxy.Rest("")
	require.NoError(t, err)
	c, err := client.New(name, config, client.Options{})
	require.NoError(t, err)
	defer c.Close()
	caller := one{c}.caller(at("http://verify-iban.payments.svc", false))
	proxy.Refuse(true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = caller.Call(ctx, model.FunctionID{}, &Request{Via: Forward})
	assert.Error(t, err, "it says so when it does not come back")
	back := time.AfterFunc(time.Second, func() { proxy.Refuse(false) })
	defer back.Stop()
	a, err := caller.Call(t.Context(), model.FunctionID{}, &Request{Path: "/version", Via: Forward})
	require.NoError(t, err)
	assert.Equal(t, 200, a.Status)
}

// outside is a caller of a server that is no cluster.
func outside(t *testing.T, handler http.HandlerFunc) *Caller {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	return one{c}.caller(at(server.URL+"/fn", true))
}

func TestCredentialsAreSentAndNotKept(t *testing.T) {
	const canary = "s3cr3t-cAnArY"
	got := make(chan string, 1)
	caller := outside(t, func(w http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") })
	auth := Auth{Scheme: "bearer", Value: func(context.Context) ([]byte, error) { return []byte(canary + "\n"), nil }}
	_, err := caller.Call(t.Context(), model.FunctionID{}, &Request{Auth: auth, Headers: []Header{{Name: "X-Api-Key", Value: canary}}})
	require.NoError(t, err)
	assert.Equal(t, "Bearer "+canary, <-got)
	for _, e := range caller.History(model.FunctionID{}) {
		kept, err := json.Marshal(struct {
			Answer  *Answer
			Headers []Header
		}{e.Answer, e.Request.Headers})
		require.NoError(t, err)
		assert.NotContains(t, string(kept), canary)
		assert.Nil(t, e.Request.Auth.Value)
	}
	far := one{caller.o.Clusters.(one).client}.caller(at("http://192.0.2.1/fn", true))
	_, err = far.Call(t.Context(), model.FunctionID{}, &Request{Auth: auth})
	assert.ErrorContains(t, err, "not encrypted")
}

func TestAnswersAreBoundedAndWaitedForNoLongerThanAsked(t *testing.T) {
	caller := outside(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("slow") != "" {
			<-r.Context().Done()
			return
		}
		_, _ = w.Write(bytes.Repeat([]byte("x"), KeptBody+5))
	})
	a, err := caller.Call(t.Context(), model.FunctionID{}, &Request{})
	require.NoError(t, err)
	assert.Len(t, a.Body, KeptBody)
	assert.True(t, a.Cut)
	assert.EqualValues(t, KeptBody+5, a.Size)
	_, err = caller.Call(t.Context(), model.FunctionID{}, &Request{Path: "?slow=1", Timeout: 100 * time.Millisecond})
	assert.ErrorContains(t, err, "no complete answer within 100ms")
}

func TestCloudEventsInBothForms(t *testing.T) {
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	r := &Request{Body: []byte(`{"a":1}`), Event: &Event{ID: "1", Source: "s p", Type: "t"}}
	m, err := compose(r, &plan.Call{}, &plan.Door{}, now)
	require.NoError(t, err)
	assert.Equal(t, "POST", m.method)
	assert.Equal(t, "t", m.headers.Get("Ce-Type"))
	assert.Equal(t, "s%20p", m.headers.Get("Ce-Source"))
	assert.Equal(t, "application/json", m.headers.Get("Content-Type"))
	assert.JSONEq(t, `{"a":1}`, string(m.body))
	r.Event.Structured = true
	m, err = compose(r, &plan.Call{}, &plan.Door{}, now)
	require.NoError(t, err)
	assert.Contains(t, m.headers.Get("Content-Type"), "application/cloudevents+json")
	assert.JSONEq(t, `{"specversion":"1.0","id":"1","source":"s p","type":"t","time":"2026-09-01T12:00:00Z","datacontenttype":"application/json","data":{"a":1}}`, string(m.body))
}

func TestRequestsThatAreWrongAreNotSent(t *testing.T) {
	for name, r := range map[string]Request{
		"method": {Method: "GE T"}, "path": {Path: "/a b"}, "fragment": {Path: "/#x"}, "header": {Headers: []Header{{Name: "A b", Value: "c"}}},
		"header lines": {Headers: []Header{{Name: "A", Value: "b\r\nC: d"}}}, "event": {Event: &Event{}}, "way": {Via: "pigeon"},
	} {
		assert.Error(t, r.Check(), name)
	}
	assert.NoError(t, (&Request{Method: "POST", Path: "/a?b=%20"}).Check())
}

// Fission's router lets callers in with a token, for a user and a password that stand in its Secret.
func TestFissionsRouterGivesATokenForItsSecret(t *testing.T) {
	const password, token = "s3cr3t-cAnArY", "t0k3n-cAnArY"
	logins := 0
	caller := outside(t, func(w http.ResponseWriter, r *http.Request) {
		var login struct{ Username, Password string }
		switch {
		case r.URL.Path == "/auth/login" && r.Method == http.MethodPost:
			logins++
			if err := json.NewDecoder(r.Body).Decode(&login); err != nil || login.Username != "ops" || login.Password != password {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"accesstoken":"` + token + `","tokentype":"Bearer"}`))
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = w.Write([]byte("answered by " + r.URL.Path))
		}
	})
	f := caller.o.Functions(model.FunctionID{})
	f.Key.Framework, f.Platform.Namespace = "fission", "fission"
	f.Triggers = []model.Trigger{{Type: model.HTTP, Auth: "router token"}}
	caller.o.Adapters = all.BuiltIn()
	secret := map[string]string{"username": "ops", "password": password}
	caller.o.Secrets = func(_ context.Context, _ string, ref model.Ref, key string) ([]byte, error) {
		assert.Equal(t, "fission/router", ref.Namespace+"/"+ref.Name)
		return []byte(secret[key]), nil
	}
	id := model.FunctionID{FunctionKey: f.Key}
	a, err := caller.Call(t.Context(), id, &Request{Auth: Auth{Framework: true}})
	require.NoError(t, err)
	assert.Equal(t, "200 answered by /fn", fmt.Sprint(a.Status, " ", string(a.Body)))

	a, err = caller.Call(t.Context(), id, &Request{})
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, a.Status, "nothing is kept for the next call")
	assert.Equal(t, 1, logins)

	secret["password"] = "another"
	_, err = caller.Call(t.Context(), id, &Request{Auth: Auth{Framework: true}})
	require.ErrorContains(t, err, "get a token: 401")
	assert.NotContains(t, err.Error(), "another")
}
