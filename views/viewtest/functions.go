// Package viewtest holds what the tests of the screens share: a believable cluster, a fixed clock and the
// dependencies of a screen.
//
// Its one rule: only tests import it, and everything in it is the same at every run.
package viewtest

import (
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

// Now is the moment of all tests.
var Now = time.Date(2026, 9, 1, 12, 4, 31, 0, time.UTC)

// Context is the context of the one cluster of Board.
const Context = "prod-eu"

// kinds maps a framework to the kind that declares its functions.
var kinds = map[string][2]string{
	"openfaas": {"openfaas.com", "Function"}, "kubeless": {"kubeless.io", "Function"},
	"kyma": {"serverless.kyma-project.io", "Function"}, "fission": {"fission.io", "Function"},
	"nuclio": {"nuclio.io", "NuclioFunction"}, "knative": {"serving.knative.dev", "Service"},
	"openwhisk": {"", "Action"}, "fn": {"", "Function"}, "plain": {"apps", "Deployment"},
}

// lines describe the functions: namespace name framework state ready/desired runtime triggers secrets age account.
var lines = strings.Split(strings.TrimSpace(`
payments  charge-card       openfaas  ready       2/2 node20      http         3 96h   charge-card
payments  refund            kubeless  ready       1/1 python3.9   cron         1 288h  default
payments  fraud-score       knative   deploying   1/3 python3.12  http,event   2 40m   fraud
payments  settle-batch      plain     failed      0/1 go1.26      cron         2 30h   default
payments  ledger-export     nuclio    ready       4/4 golang      queue        1 720h  ledger
checkout  resize            knative   idle        0/0 go          http,event   0 2h    default
checkout  basket            openfaas  ready       3/3 node20      http         1 240h  basket
checkout  tax               fission   ready       1/1 python      http         0 400h  default
checkout  mailer            kyma      building    0/1 nodejs20    event        2 3m    mailer
checkout  coupon            kubeless  no-workload -   nodejs14    http         0 17h   default
media     thumbnail         nuclio    ready       2/2 python:3.11 http,queue   1 96h   default
media     transcode         openwhisk ready       1/1 nodejs:20   http         0 900h  -
media     watermark         fn        idle        0/0 java17      http         0 80h   -
media     probe             fission   ready       1/1 go          http         0 12h   default
media     caption           knative   ready       1/1 python3.12  event        1 200h  caption
audit     record            openfaas  ready       1/1 dotnet8     queue        2 2000h audit
audit     archive           plain     paused      0/0 java21      cron         1 700h  default
audit     notary            kyma      ready       1/1 python312   event        3 100h  notary
batch     nightly-report    kubeless  ready       1/1 ruby2.4     cron         1 8000h default
batch     import            nuclio    failed      0/2 golang      queue        2 1h    default
batch     dedupe            fission   idle        0/0 node        queue        0 33h   default
batch     rollup            knative   ready       2/2 rust        cron,event   0 50h   rollup
batch     purge             plain     orphaned    1/1 –           –            1 600h  default
edge      geo               openfaas  ready       6/6 go          http         0 70h   geo
edge      rewrite           knative   ready       2/2 go          http         0 71h   default
edge      auth-hook         kyma      ready       2/2 nodejs20    http         4 72h   auth-hook
edge      rate-limit        fission   deploying   0/2 go          http         1 30s   default
edge      beacon            openwhisk unknown     -   swift:5     http         0 300h  -
edge      shadow            fn        ready       1/1 go          http         0 310h  -
edge      echo              plain     deleting    1/1 –           http         0 5h    default
`), "\n")

// Rows returns thirty functions of nine frameworks in six namespaces, sorted by id.
func Rows() []*board.Row {
	rows := make([]*board.Row, 0, len(lines))
	for _, l := range lines {
		rows = append(rows, parse(strings.Fields(l)))
	}
	Sort(rows)
	return rows
}

func parse(w []string) *board.Row {
	kind := kinds[w[2]]
	key := model.FunctionKey{Framework: w[2], Group: kind[0], Kind: kind[1], Namespace: w[0], Name: w[1]}
	age, err := time.ParseDuration(w[8])
	if err != nil {
		panic(err)
	}
	f := &model.Function{
		Key: key, State: model.State(w[3]), Object: model.Ref{Group: kind[0], Kind: kind[1], Namespace: w[0], Name: w[1]},
		APIVersion: kind[0] + "/v1", Image: "registry.example.com/" + w[0] + "/" + w[1] + ":1.4.2",
		Created: Now.Add(-age), Changed: model.Change{Manager: "argocd-controller", Time: Now.Add(-age / 2)},
		Labels: model.Labels{{Key: "app", Value: w[1]}, {Key: "team", Value: w[0]}},
	}
	if ready, desired, ok := strings.Cut(w[4], "/"); ok {
		f.Ready, f.Desired = number(ready), number(desired)
	}
	if w[5] != "–" {
		f.Runtime = w[5]
	}
	if w[9] != "-" {
		f.ServiceAccount = w[9]
	}
	addTriggers(f, w[6])
	for i := range *number(w[7]) {
		f.References = append(f.References, model.Reference{Kind: "Secret", Namespace: w[0], Name: w[1] + "-" + strconv.Itoa(int(i)), How: model.Env})
	}
	addReason(f)
	return &board.Row{ID: model.FunctionID{Context: Context, FunctionKey: key}, Function: f}
}

func number(s string) *int32 {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return model.Count(int32(n))
}

var details = map[model.TriggerType]string{
	model.HTTP: "/", model.Cron: "*/15 * * * *", model.Queue: "orders.paid", model.Event: "com.example.order.created",
}

func addTriggers(f *model.Function, list string) {
	for word := range strings.SplitSeq(list, ",") {
		if word == "–" {
			continue
		}
		t := model.Trigger{Type: model.TriggerType(word), Name: f.Key.Name + "-" + word, Detail: details[model.TriggerType(word)]}
		f.Triggers = append(f.Triggers, t)
		if t.Type == model.HTTP {
			f.URLs = append(f.URLs, model.URL{URL: "http://" + f.Key.Name + "." + f.Key.Namespace + ".svc.cluster.local"})
		}
	}
}

func addReason(f *model.Function) {
	switch f.State {
	case model.Failed:
		f.Reason = `Back-off pulling image "registry.example.com/` + f.Key.Namespace + "/" + f.Key.Name + `:1.4.2"`
	case model.NoWorkload:
		f.Reason = "Deployment " + f.Key.Name + " does not exist"
	case model.Orphaned:
		f.Reason = "its custom resource is gone"
	case model.Building:
		f.Reason = "image build is running"
	case model.Deploying:
		f.Reason = "waiting for replicas to become ready"
	case model.Unknown:
		f.Reason = "action pods may not be listed"
	}
}

// Many returns n rows in m namespaces, for benchmarks.
func Many(n, m int) []*board.Row {
	base := Rows()
	rows := make([]*board.Row, n)
	for i := range rows {
		src := base[i%len(base)]
		f := *src.Function
		f.Key.Namespace = "team-" + strconv.Itoa(i%m)
		f.Key.Name += "-" + strconv.Itoa(i)
		rows[i] = &board.Row{ID: model.FunctionID{Context: Context, FunctionKey: f.Key}, Function: &f}
	}
	Sort(rows)
	return rows
}

// Change returns a copy of the row with a changed function.
func Change(r *board.Row, change func(*model.Function)) *board.Row {
	f := *r.Function
	change(&f)
	return &board.Row{ID: r.ID, Function: &f}
}

// Cluster is a cluster that is live and listed in full.
func Cluster() status.Cluster {
	c := status.Cluster{
		Context: Context, Server: "https://10.0.0.1:6443", Version: "v1.36.2", Operator: "jane",
		Connection: status.Connection{Phase: status.Live, Since: Now.Add(-10 * time.Minute)}, NamespacesListed: true, Complete: true,
		Progress: []status.Progress{
			{Group: "apps", Kind: "Deployment", Objects: 62, Listed: true, Primary: true},
			{Kind: "Pod", Objects: 120, Listed: true, Primary: true},
		},
	}
	for _, n := range []string{"audit", "batch", "checkout", "edge", "media", "payments"} {
		c.Namespaces = append(c.Namespaces, status.Namespace{Name: n, Watched: true, Source: "list"})
	}
	return c
}
