package main

import (
	"encoding/csv"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/samples"
)

// seedConfig writes the configuration that goes with the seed: its connectors and its custom frameworks.
func seedConfig(t *testing.T, c *kubetest.Cluster) string {
	t.Helper()
	connectors, err := os.ReadFile(filepath.Join(c.Dir, "connectors.yaml"))
	require.NoError(t, err)
	frameworks, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, slices.Concat(connectors, []byte("\n"), frameworks), 0o600))
	return file
}

func listAll(t *testing.T, args ...string) functionList {
	t.Helper()
	r := runHere(t, append([]string{"list", "-o", "json"}, args...)...)
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "FunctionList", []byte(r.out))
	var l functionList
	require.NoError(t, json.Unmarshal([]byte(r.out), &l))
	return l
}

// seedNamespaces are those that the seed makes: other tests may have made more.
func seedNamespaces(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range samples.Seed() {
		for _, doc := range strings.Split(string(f.Data), "\n---") {
			var o struct {
				Kind     string
				Metadata struct{ Name, Namespace string }
			}
			require.NoError(t, sigsyaml.Unmarshal([]byte(doc), &o), f.Path)
			if o.Kind == "Namespace" {
				names = append(names, o.Metadata.Name)
			}
			names = append(names, o.Metadata.Namespace)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "" })
}

// TestListNamesEveryFunctionOfTheSeed holds the list of all functions, and with it that gateways, routers, builders,
// pool pods and operators are none.
func TestListNamesEveryFunctionOfTheSeed(t *testing.T) {
	c := kubetest.Need(t)
	l := listAll(t, "-A", "--kubeconfig", c.Admin, "--config", seedConfig(t, c))
	seeded := seedNamespaces(t)
	var lines []string
	seen := map[string]bool{}
	for _, f := range l.Functions {
		assert.False(t, seen[f.ID], "%s is there twice", f.ID)
		seen[f.ID] = true
		if slices.Contains(seeded, f.Namespace) {
			kind := f.State
			if !f.Opaque {
				kind = "function"
			}
			lines = append(lines, strings.Join([]string{f.Namespace, f.Framework, f.Name, kind}, "\t"))
		}
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	const file = "testdata/seed-functions.txt"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644)) // a file of the repository
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "review, then run go test ./cmd/fn9s -run TestListNames -update")
}

func TestWithoutConnectorsTheRowsAreOpaque(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	l := listAll(t, "-n", "fn", "--kubeconfig", c.Admin, "--context", c.Name+"-no-connectors", "--config", seedConfig(t, c))
	require.Len(t, l.Functions, 1)
	assert.True(t, l.Functions[0].Opaque)
	assert.NotEmpty(t, l.Functions[0].Reason)
	assert.Empty(t, l.Sources[0].Connectors)
	names := runHere(t, "list", "-o", "name", "-n", "fn", "--kubeconfig", c.Admin, "--context", c.Name+"-no-connectors")
	assert.Empty(t, names.out, "what stands for functions is none")
}

func TestTheOperatorOfTwoNamespaces(t *testing.T) {
	c := kubetest.Need(t)
	r := runHere(t, "list", "-A", "--kubeconfig", c.Two)
	assert.Equal(t, exitDone, r.code)
	assert.Contains(t, r.err, "namespaces may not be listed: looked into checkout, payments")
	l := listAll(t, "-A", "--kubeconfig", c.Two)
	assert.Equal(t, []string{"checkout", "payments"}, l.Sources[0].Namespaces)
	assert.NotEmpty(t, l.Unreadable)
	for _, f := range l.Functions {
		assert.Contains(t, []string{"checkout", "payments"}, f.Namespace)
	}

	own := listAll(t, "--kubeconfig", c.Two)
	require.NotEmpty(t, own.Functions)
	for _, f := range own.Functions {
		assert.Equal(t, "payments", f.Namespace, "the context's own namespace, as kubectl does it")
	}
	each := listAll(t, "--all-contexts", "--kubeconfig", c.Two)
	assert.Len(t, each.Sources, 2)
	for _, f := range each.Functions {
		assert.Equal(t, f.Context, c.Name+"-"+f.Namespace, "each context has its own namespace")
	}

	half := runHere(t, "list", "-n", "payments,media", "--kubeconfig", c.Two)
	assert.Equal(t, exitDone, half.code)
	assert.Contains(t, half.err, "not read: namespace media: no list on")
	none := runHere(t, "list", "-n", "media", "--kubeconfig", c.Two)
	assert.Equal(t, exitUnreachable, none.code)
	assert.Contains(t, none.err, "no function may be listed")
	assert.Empty(t, none.out)
}

// TestTheReadOnlyOperator compares what he sees with what the administrator sees.
func TestTheReadOnlyOperator(t *testing.T) {
	c := kubetest.Need(t)
	ids := func(l functionList) (all []string) {
		for _, f := range l.Functions {
			all = append(all, strings.SplitN(f.ID, "·", 2)[1])
		}
		return all
	}
	admin := listAll(t, "-n", "payments,checkout", "--kubeconfig", c.Admin)
	reader := listAll(t, "-n", "payments,checkout", "--kubeconfig", c.ReadOnly)
	assert.Equal(t, ids(admin), ids(reader))
	assert.Empty(t, admin.Unreadable)
	assert.Contains(t, reader.Unreadable, unreadableItem{Context: c.Name + "-readonly", Verb: "list", Resource: "secrets", Reason: "forbidden"})
}

func TestFormats(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	list := func(args ...string) string {
		r := runHere(t, append([]string{"list", "-n", "payments", "--kubeconfig", c.Admin, "--now", "2030-01-01T00:00:00Z"}, args...)...)
		require.Equal(t, exitDone, r.code, r.err)
		assert.NotContains(t, r.out, "\x1b", "nothing is coloured when stdout is no terminal")
		return r.out
	}
	table := list()
	assert.Regexp(t, `^NAME +FRAMEWORK +READY +STATE`, table)
	assert.NotContains(t, table, "NAMESPACE")
	assert.NotContains(t, list("--no-headers"), "FRAMEWORK")
	assert.Contains(t, list("-o", "wide"), "IMAGE")
	assert.Equal(t, table, list(), "the order is stable")
	assert.Contains(t, list("-o", "name"), "openfaas/charge-card\n")
	assert.Contains(t, list("-o", "yaml"), "kind: FunctionList\n")

	records, err := csv.NewReader(strings.NewReader(list("-o", "csv"))).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, csvTitles, records[0])
	assert.Len(t, records, strings.Count(table, "\n"))

	assert.Equal(t, []string{"openfaas/charge-card", ""}, strings.Split(list("-o", "name", "--filter", "charge"), "\n"))
	up, down := strings.Fields(list("-o", "name", "--sort-by", "name")), strings.Fields(list("-o", "name", "--sort-by=-name"))
	slices.Reverse(down)
	assert.Equal(t, up, down)
	r := runHere(t, "list", "-n", "payments", "-l", "no=such", "--kubeconfig", c.Admin)
	assert.Equal(t, ran{exitDone, "", "No function passes the filter in namespace payments.\n"}, r)
	r = runHere(t, "list", "-n", "kube-public", "--kubeconfig", c.Admin)
	assert.Equal(t, ran{exitDone, "", "No functions found in namespace kube-public.\n"}, r)
}

func TestGet(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	get := func(args ...string) ran {
		return runHere(t, append([]string{"get", "--kubeconfig", c.Admin, "--config", seedConfig(t, c)}, args...)...)
	}
	r := get("charge-card", "-n", "payments")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "Framework:       openfaas\n")
	assert.Regexp(t, `Deployment +charge-card +2/2 ready`, r.out)

	r = get("openfaas/charge-card", "-n", "payments", "-o", "json")
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "Function", []byte(r.out))
	var d functionDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &d))
	assert.Equal(t, "charge-card", d.Name)
	assert.NotEmpty(t, d.Workloads)
	assert.NotEmpty(t, d.Pods)

	r = get("charge-card", "-n", "payments", "-o", "native")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "provider:\n  name: openfaas\nfunctions:\n  charge-card:\n    namespace: payments\n")
	for _, left := range []string{"status:", "uid:", "resourceVersion:", "managedFields:", "creationTimestamp:"} {
		assert.NotContains(t, r.out, left)
	}

	r = get("fn/shop/checkout", "-n", "fn")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "Framework:       fn\n")
	r = get("shop/checkout", "-n", "fn", "-o", "native")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "schema_version: 20180708\nname: checkout\n")
	assert.Contains(t, r.out, "source: /checkout\n")

	r = get("nothing-of-the-kind", "-n", "payments")
	assert.Equal(t, ran{exitFindings, "", "fn9s: there is no function \"nothing-of-the-kind\" in payments\n"}, r)
	r = get("knative/charge-card", "-n", "payments")
	assert.Equal(t, exitFindings, r.code)
}

// TestClustersThatDoNotAnswer reads one that does beside two that do not.
func TestClustersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	raw, err := clientcmd.LoadFromFile(c.Admin)
	require.NoError(t, err)
	good := raw.Contexts[c.Name]
	require.NotNil(t, good)
	server := raw.Clusters[good.Cluster]
	raw.Clusters["gone"] = &api.Cluster{Server: "https://127.0.0.1:1"}
	raw.Contexts["gone"] = &api.Context{Cluster: "gone", AuthInfo: good.AuthInfo}
	raw.AuthInfos["expired"] = &api.AuthInfo{Token: "expired"}
	raw.Contexts["expired"] = &api.Context{Cluster: good.Cluster, AuthInfo: "expired"}
	raw.AuthInfos["plugin"] = &api.AuthInfo{Exec: &api.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: "fn9s-no-such-plugin", InteractiveMode: api.NeverExecInteractiveMode,
	}}
	raw.Contexts["plugin"] = &api.Context{Cluster: good.Cluster, AuthInfo: "plugin"}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*raw, kubeconfig))

	r := runHere(t, "list", "-n", "payments", "--contexts", "gone,"+c.Name+",expired", "--kubeconfig", kubeconfig, "-o", "json")
	assert.Equal(t, exitUnreachable, r.code)
	validate(t, "FunctionList", []byte(r.out))
	var l functionList
	require.NoError(t, json.Unmarshal([]byte(r.out), &l))
	assert.NotEmpty(t, l.Functions, "the others are printed")
	require.Len(t, l.Sources, 3)
	assert.Contains(t, *l.Sources[0].Error, "no connection to https://127.0.0.1:1")
	assert.Nil(t, l.Sources[1].Error)
	assert.Contains(t, *l.Sources[2].Error, "not authenticated at "+server.Server+": the server does not accept the credentials (401)")

	r = runHere(t, "list", "--context", "plugin", "--kubeconfig", kubeconfig)
	assert.Equal(t, exitUnreachable, r.code)
	assert.Contains(t, r.err, "not authenticated at "+server.Server+" by fn9s-no-such-plugin")
}

// TestAKindThatCannotBeListed cuts one kind off: everything else is read, and the command does not wait for its
// time limit.
func TestAKindThatCannotBeListed(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	proxy, asked := breaking(t, c, "/functions.nuclio.io/", "/nucliofunctions")
	r := runHere(t, "list", "-A", "--kubeconfig", proxy)
	assert.Positive(t, asked.Load())
	assert.Equal(t, exitUnreachable, r.code)
	assert.Contains(t, r.err, "not everything could be read: NuclioFunction")
	assert.Contains(t, r.out, "charge-card")
	assert.NotRegexp(t, `nuclio +\S+ +ready`, r.out, "nothing is said of what was not read")
}

// breaking is a server in front of the cluster's own that fails for paths with one of the parts. It returns a
// kubeconfig for it.
func breaking(t *testing.T, c *kubetest.Cluster, parts ...string) (string, *atomic.Int64) {
	t.Helper()
	config, _, err := (kubetest.Kubeconfig{Path: c.Admin}).Rest(c.Name)
	require.NoError(t, err)
	transport, err := restTransport(config)
	require.NoError(t, err)
	target, err := url.Parse(config.Host)
	require.NoError(t, err)
	var asked atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: forward(target, transport, func(path string) bool { // lives as long as a test
		broken := slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(path, p) })
		if broken {
			asked.Add(1)
		}
		return broken
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	kc := api.NewConfig()
	kc.Clusters["proxy"] = &api.Cluster{Server: "http://" + listener.Addr().String()}
	kc.Contexts["proxy"] = &api.Context{Cluster: "proxy"}
	kc.CurrentContext = "proxy"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*kc, file))
	return file, &asked
}

// TestAnAnswerLeavesNothingRunning also remembers the namespace that was asked for.
func TestAnAnswerLeavesNothingRunning(t *testing.T) {
	c := kubetest.Need(t)
	before := goleak.IgnoreCurrent()
	state := t.TempDir()
	r := runIn(t, state, "list", "-n", "payments", "--kubeconfig", c.Two, "--config", seedConfig(t, c))
	require.Equal(t, exitDone, r.code, r.err)
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("k8s.io/klog/v2.(*flushDaemon).run.func1"))
	assert.Equal(t, []cluster.Candidate{{Name: "payments", Source: "history"}}, (&app{stateFolder: state}).state().Namespaces(c.Name+"-payments"))
}

func TestFrameworksAreExplained(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	r := runHere(t, "frameworks", "explain", "spin", "-A", "--kubeconfig", c.Admin, "--config", seedConfig(t, c))
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "SpinApp.core.spinkube.dev media/geo-redirect:")
	assert.Regexp(t, `image +registry.example.com/media/geo-redirect@sha256:[0-9a-f]+ +\.spec\.image +line \d+`, r.out)
	r = runHere(t, "frameworks", "explain", "spin", "-n", "payments", "--kubeconfig", c.Admin, "--config", seedConfig(t, c))
	assert.Equal(t, ran{exitFindings, "", "fn9s: there is no SpinApp.core.spinkube.dev in scope\n"}, r)
	r = runHere(t, "frameworks", "check", "--kubeconfig", c.Admin, "--config", seedConfig(t, c))
	assert.Equal(t, exitDone, r.code, r.out)
	assert.Contains(t, r.out, "paths found in the served schemas")
}

func TestNamespacesAreCompletedLive(t *testing.T) {
	c := kubetest.Need(t)
	r := runHere(t, "__complete", "list", "--kubeconfig", c.Admin, "-n", "payments,chec")
	assert.Contains(t, r.out, "payments,checkout\n")
	r = runHere(t, "__complete", "list", "--kubeconfig", c.Two, "-n", "")
	assert.True(t, strings.HasPrefix(r.out, "checkout\npayments\n"), r.out)
}
