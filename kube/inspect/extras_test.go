package inspect

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// asked is a server with Deployments and Secrets. It notes which objects it was asked to send behind the rows.
type asked struct {
	mu      sync.Mutex
	objects map[string]string
}

const (
	coreKinds = `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"secrets","kind":"Secret","namespaced":true,"verbs":["list"]}]}`
	appsKinds = `{"kind":"APIResourceList","groupVersion":"apps/v1","resources":[{"name":"deployments","kind":"Deployment","namespaced":true,"verbs":["list"]}]}`
	appsGroup = `{"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}]}`
	rows      = `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"Name","type":"string"},{"name":"Ready","type":"string"},{"name":"Age","type":"string"}],
"rows":[{"cells":["charge","1/1","4d"],"object":{"metadata":{"name":"charge","namespace":"shop","labels":{"team":"pay","app.kubernetes.io/part-of":"shop"}},
"spec":{"replicas":3,"paused":true,"template":{"spec":{"containers":[{"name":"a","image":"one:1","env":[{"name":"DB_PASSWORD","value":"correct-horse-9"}]},{"name":"b","image":"two:2"}]}}}}},
{"cells":["refund","0/1","4d"],"object":{"metadata":{"name":"refund","namespace":"shop"}}}]}`
)

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answers := map[string]string{"/api": `{"kind":"APIVersions","versions":["v1"]}`, "/api/v1": coreKinds, "/apis": appsGroup, "/apis/apps/v1": appsKinds}
	if answer, ok := answers[r.URL.Path]; ok {
		_, _ = fmt.Fprint(w, answer)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.objects[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]] = r.URL.Query().Get("includeObject")
	_, _ = fmt.Fprint(w, rows)
}

type only struct {
	client *client.Client
	apis   *client.APIs
}

func (o only) Cluster(string) (Cluster, bool) { return o, true }
func (o only) Client() *client.Client         { return o.client }
func (o only) APIs() *client.APIs             { return o.apis }
func (o only) Object(model.Ref) model.Object  { return nil }

// tableOf is the table of a word as a reader with such columns has it.
func tableOf(t *testing.T, word string, extras Extras) (*Table, *asked) {
	t.Helper()
	a := &asked{objects: map[string]string{}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	c, err := client.New("here", &rest.Config{Host: server.URL}, client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	apis, err := c.Discover(context.Background())
	require.NoError(t, err)
	table, err := New(only{c, apis}, extras).List(t.Context(), "here", word, nil)
	require.NoError(t, err)
	return table, a
}

func columnsOf(t *testing.T, pairs ...string) (all []Extra) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		e, err := NewExtra(pairs[i], pairs[i+1])
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

func TestColumnsOfPathsStandBehindTheServersOwn(t *testing.T) {
	t.Parallel()
	table, server := tableOf(t, "deployments", Extras{"deployments": columnsOf(t, "Replicas", ".spec.replicas",
		"Images", "{.spec.template.spec.containers[*].image}", "Part of", `$.metadata.labels.app\.kubernetes\.io/part-of`, "ready", ".spec.paused",
		"Labels", ".metadata.labels", "Nothing", ".spec.nothing")})
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	assert.Equal(t, []string{"Name", "ready", "Age", "Replicas", "Images", "Part of", "Labels", "Nothing"}, names, "a column of the same name is replaced")
	assert.Equal(t, []string{"charge", "true", "4d", "3", "one:1,two:2", "shop", `{"app.kubernetes.io/part-of":"shop","team":"pay"}`, ""}, table.Rows[0].Cells)
	assert.Equal(t, []string{"refund", "", "4d", "", "", "", "", ""}, table.Rows[1].Cells)
	assert.Equal(t, "Object", server.objects["deployments"])
}

func TestWholeObjectsAreAskedForOnlyWhereAColumnNeedsThem(t *testing.T) {
	t.Parallel()
	_, server := tableOf(t, "deployments", Extras{"deployments.apps": columnsOf(t, "Team", ".metadata.labels.team"), "pods": columnsOf(t, "Node", ".spec.nodeName")})
	assert.Equal(t, map[string]string{"deployments": "Metadata"}, server.objects)
	_, server = tableOf(t, "deployments", nil)
	assert.Equal(t, map[string]string{"deployments": "Metadata"}, server.objects)
}

func TestSecretsAreNeverAskedForWhole(t *testing.T) {
	t.Parallel()
	table, server := tableOf(t, "secrets", Extras{"secrets": columnsOf(t, "Data", ".data"), "secrets.": columnsOf(t, "Data", ".data")})
	assert.Equal(t, map[string]string{"secrets": "Metadata"}, server.objects)
	assert.Len(t, table.Columns, 3)
}

func TestWhatLooksLikeACredentialIsNoCell(t *testing.T) {
	t.Parallel()
	table, _ := tableOf(t, "deployments", Extras{"deployments": columnsOf(t, "Env", ".spec.template.spec.containers[0].env[0].value",
		"All", ".spec.template", "Filter", `.spec.template.spec.containers[*].env[?(@.name=='DB_PASSWORD')].value`)})
	for _, cell := range table.Rows[0].Cells[3:] {
		assert.NotContains(t, cell, "correct-horse-9")
		assert.Contains(t, cell, "<hidden")
	}
}

func TestACellIsBounded(t *testing.T) {
	t.Parallel()
	own := Own(columnsOf(t, "All", ".list[*]", "Whole", ".list"))
	list := make([]any, 10_000)
	for i := range list {
		list[i] = "element ä"
	}
	for _, cell := range own.Cells(map[string]any{"list": list}, nil, own.Columns(nil)) {
		assert.LessOrEqual(t, len(cell), maxCell+len("…"))
		assert.True(t, strings.HasSuffix(cell, "…") || strings.Count(cell, "element") == maxFound, cell)
	}
}

func TestAPathThatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "spec.replicas", "..image", ".spec[0:2]", "{.a}{.b}", "{range .items[*]}"} {
		_, err := NewExtra("x", path)
		assert.Error(t, err, path)
	}
}
