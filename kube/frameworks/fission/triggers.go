package fission

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// trigger is what is kept of a trigger of any kind.
type trigger struct {
	functions []weighted
	trigger   model.Trigger
	host      string // of an HTTPTrigger
	path      string
	methods   string
	tls       string // Secret in the router's namespace
	secrets   []model.Reference
	problem   string
}

// weighted is a function that a trigger calls; a weight below 0 means that there is no other.
type weighted struct {
	name   string
	weight int32
}

func decodeTrigger(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			FunctionRef struct {
				Name            string
				FunctionWeights map[string]int64
			}
			Host, RelativeURL, Prefix, Method string
			Methods                           []string
			IngressConfig                     struct{ TLS string }
			RouteConfig                       struct{ TLS string }
			Cron                              string
			Namespace, Type                   string
			MessageQueueType, Topic, Secret   string
			MqtKind                           string
		}
		Status struct{ Conditions []jsonCondition }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, err
	}
	s := &o.Spec
	t := &trigger{trigger: model.Trigger{
		Name: raw.Header.Name, Origin: model.Origin{Ref: raw.Header.Ref, Path: "spec"},
	}}
	t.calls(s.FunctionRef.Name, s.FunctionRef.FunctionWeights)
	switch raw.Header.Kind {
	case httpKind.Kind:
		t.trigger.Type = model.HTTP
		t.http(s.Host, s.RelativeURL, s.Prefix, append(s.Methods, s.Method))
		t.tls = frameworks.Line(s.IngressConfig.TLS)
		if s.RouteConfig.TLS != "" {
			t.tls = frameworks.Line(s.RouteConfig.TLS)
		}
	case timeKind.Kind:
		t.trigger.Type, t.trigger.Detail = model.Cron, frameworks.Line(s.Cron)
	case watchKind.Kind:
		t.trigger.Type = model.Event
		t.trigger.Detail = frameworks.Line("Kubernetes " + s.Type + " in " + s.Namespace)
	case queueKind.Kind:
		t.trigger.Type = model.Queue
		t.trigger.Detail = frameworks.Line(s.MessageQueueType + " " + s.Topic)
		if s.Secret != "" {
			name := frameworks.Line(s.Secret)
			t.trigger.Auth = "Secret " + name
			t.secrets = []model.Reference{{
				Kind: frameworks.Secret.Kind, Name: name, How: model.ForTrig,
				Origin: model.Origin{Ref: raw.Header.Ref, Path: "spec.secret"},
			}}
		}
	}
	for _, c := range frameworks.List(o.Status.Conditions) {
		if c.Status == "False" && t.problem == "" {
			t.problem = frameworks.Sentence(c.Reason, c.Message)
		}
	}
	return t, nil
}

func (t *trigger) calls(name string, weights map[string]int64) {
	if len(weights) == 0 {
		if name != "" {
			t.functions = []weighted{{frameworks.Line(name), -1}}
		}
		return
	}
	names := make([]string, 0, len(weights))
	for n := range weights {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range frameworks.List(names) {
		t.functions = append(t.functions, weighted{frameworks.Line(n), frameworks.Number(weights[n])})
	}
}

func (t *trigger) http(host, url, prefix string, methods []string) {
	t.host, t.path = frameworks.Line(host), frameworks.Line(url)
	if prefix != "" {
		t.path = frameworks.Line(prefix)
	}
	var all []string
	for _, m := range frameworks.List(methods) {
		if m != "" && !slices.Contains(all, m) {
			all = append(all, frameworks.Line(m))
		}
	}
	t.methods = frameworks.Text(strings.Join(all, ","))
}

// share says which part of the calls the function gets; empty when it gets them all.
func (t *trigger) share(function string) string {
	for _, f := range t.functions {
		if f.name == function && f.weight >= 0 {
			return fmt.Sprintf("%d%%", f.weight)
		}
	}
	return ""
}
