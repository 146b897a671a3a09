package viewtest

import (
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/compare"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// Find returns the row of a name.
func Find(rows []*board.Row, name string) *board.Row {
	for _, r := range rows {
		if r.ID.Name == name {
			return r
		}
	}
	return nil
}

// Detailed is a world in which the function fraud-score has workloads, pods, references and events, and in which
// objects can be read.
func Detailed() *World {
	rows := Rows()
	deployment := model.Ref{Group: "apps", Kind: "Deployment", Namespace: "payments", Name: "fraud-score-00007-deployment"}
	pods := []model.Ref{{Kind: "Pod", Namespace: "payments", Name: "fraud-score-00007-deployment-6f7c9d8b5-x2x9k"},
		{Kind: "Pod", Namespace: "payments", Name: "fraud-score-00007-deployment-6f7c9d8b5-zz4lp"}}
	for i, r := range rows {
		if r.ID.Name == "fraud-score" {
			rows[i] = Change(r, func(f *model.Function) { detail(f, deployment, pods) })
			rows[i].Why = "container user-container crashes, 9 tries, on 1 of 2 pods"
		}
	}
	w := NewWorld(rows)
	at := func(ref model.Ref) screen.Target { return screen.Target{Context: Context, Ref: ref} }
	w.Records[at(deployment)] = &model.Workload{Header: model.Header{Ref: deployment}, Desired: 3, Ready: 1,
		Conditions: []model.Condition{{Type: "Available", Status: "False", Reason: "MinimumReplicasUnavailable",
			Message: "Deployment does not have minimum availability."}}}
	w.Records[at(pods[0])] = &model.Pod{Header: model.Header{Ref: pods[0], Created: Now.Add(-40 * time.Minute)}, Phase: "Running",
		Ready: true, Node: "node-3", Containers: []model.Container{
			{Name: "user-container", State: "running", Ready: true}, {Name: "queue-proxy", State: "running", Ready: true, Restarts: 2}}}
	w.Records[at(pods[1])] = &model.Pod{Header: model.Header{Ref: pods[1], Created: Now.Add(-38 * time.Minute)}, Phase: "Pending",
		Reason: "ContainersNotReady", Node: "node-1", Containers: []model.Container{
			{Name: "user-container", State: "waiting", Reason: "CrashLoopBackOff", Message: "back-off 5m0s restarting failed container", Restarts: 9},
			{Name: "migrate", Init: true, State: "terminated", ExitCode: 1, Reason: "Error"}}}
	last := Now.Add(-4 * time.Minute).Unix()
	w.EventsOf = []screen.Event{
		{Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container user-container", Source: "kubelet", Object: pods[1], Count: 14, First: last - 1800, Last: last},
		{Type: "Normal", Reason: "Pulled", Message: "Container image already present on machine", Source: "kubelet", Object: pods[0], Count: 1, First: last - 2000, Last: last - 2000},
	}
	w.Texts["Service"], w.Texts["DESCRIBE Service"] = serviceYAML, serviceText
	w.Sides = map[string]*compare.Sides{"Service": {Left: "last applied", Right: "live", Before: serviceYAML,
		After: strings.Replace(serviceYAML, "containerConcurrency: 10", "containerConcurrency: 40", 1),
		Notes: []string{"what nobody wrote, as defaults and status, is left out"}}}
	w.Tables["pods"] = podTable(pods)
	w.Tables["secrets"] = &screen.Table{Kind: "Secret", Resource: "secrets", Namespaced: true,
		Columns: []screen.Column{{Name: "Name", Type: "string"}, {Name: "Type", Type: "string"}}}
	w.Known = []screen.Kind{
		{Name: "pods", Kind: "Pod", Words: []string{"po", "pod"}, Namespaced: true},
		{Name: "secrets.v1", Kind: "Secret", Words: []string{"secret"}, Namespaced: true},
		{Name: "services", Kind: "Service", Words: []string{"svc", "service"}, Namespaced: true},
		{Name: "services.serving.knative.dev", Kind: "Service", Words: []string{"service", "ksvc"}, Namespaced: true},
	}
	w.Entries = []status.Entry{
		{First: Now.Add(-9 * time.Minute), Last: Now.Add(-2 * time.Minute), Count: 3, Severity: status.Error, Context: Context, Source: "watch pods", Message: "read tcp 10.0.0.7:51544->10.0.0.1:6443: connection reset by peer"},
		{First: Now.Add(-time.Hour), Last: Now.Add(-time.Hour), Count: 1, Severity: status.Warning, Context: Context, Source: "kubeconfig", Message: "the file can be read by everybody"},
	}
	return w
}

func detail(f *model.Function, deployment model.Ref, pods []model.Ref) {
	f.Reason = "Revision fraud-score-00007 is not ready: container failed with CrashLoopBackOff"
	f.Workloads = []model.WorkloadRef{{Ref: deployment, Role: model.Run}}
	f.Pods = pods
	f.Handler = "app.score"
	f.Source = model.Source{Kind: "git", Detail: "https://git.example.com/payments/fraud.git#v7"}
	f.Scaling = model.Scaling{Min: model.Count(1), Max: model.Count(20), Note: "concurrency 10"}
	f.Revision = "fraud-score-00007"
	f.Traffic = []model.Traffic{{Revision: "fraud-score-00006", Percent: 90}, {Revision: "fraud-score-00007", Percent: 10, Tag: "canary"}}
	f.References = []model.Reference{
		{Kind: "Secret", Namespace: "payments", Name: "fraud-db", Key: "password", How: model.Env},
		{Kind: "Secret", Namespace: "payments", Name: "fraud-model-key", How: model.File, Missing: true},
		{Kind: "ConfigMap", Namespace: "payments", Name: "fraud-rules", How: model.File, Optional: true}}
	f.URLs = append(f.URLs, model.URL{URL: "https://fraud.example.com", External: true})
	f.Platform = model.Platform{Namespace: "knative-serving", Release: "knative-serving", Version: "1.19.0"}
	f.Notes = []string{"The newest revision never became ready: traffic stays on the one before."}
}

func podTable(pods []model.Ref) *screen.Table {
	t := &screen.Table{Kind: "Pod", Resource: "pods", Namespaced: true, Columns: []screen.Column{
		{Name: "Name", Type: "string"}, {Name: "Ready", Type: "string"}, {Name: "Status", Type: "string"},
		{Name: "Restarts", Type: "string"}, {Name: "Age", Type: "string"}, {Name: "Node", Type: "string", Priority: 1}}}
	cells := [][]string{{pods[0].Name, "2/2", "Running", "2 (5m ago)", "40m", "node-3"}, {pods[1].Name, "0/1", "CrashLoopBackOff", "9 (4m ago)", "38m", "node-1"}}
	for i, p := range pods {
		t.Rows = append(t.Rows, screen.TableRow{Target: screen.Target{Context: Context, Ref: p}, Cells: cells[i]})
	}
	return t
}

const serviceYAML = `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: fraud-score
  namespace: payments
  labels:
    app: fraud-score
spec:
  template:
    spec:
      containerConcurrency: 10
      containers:
      - image: registry.example.com/payments/fraud-score:1.4.2
        env:
        - name: MODE
          value: "strict" # as agreed
        resources: {}
status:
  ready: false
`

const serviceText = `Name:         fraud-score
Namespace:    payments
Labels:       app=fraud-score
API Version:  serving.knative.dev/v1
Kind:         Service
Status:
  Conditions:
    Type:     Ready
    Status:   False
Events:
  Type     Reason   Age   From     Message
  Warning  BackOff  4m    kubelet  Back-off restarting failed container
`
