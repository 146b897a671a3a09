package nuclio

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

type jsonTrigger struct {
	Kind, URL, Username, Password, Secret string
	Disabled                              bool
	Annotations                           map[string]string
	Attributes                            struct {
		Schedule, Interval                         string
		Topic, QueueName, ExchangeName, StreamName string
		Topics                                     []string
		Subscription, EventHubName, StreamPath     string
		ContainerName                              string
		Brokers                                    []string
		AuthenticationMode, SecretPath             string
		Ingresses                                  map[string]json.RawMessage
		AccessKeyID, SecretAccessKey               string
		SASL                                       struct{ User string }
	}
}

// decodeTriggers reads the map of triggers in the order of their names. Those over HTTP are not kept: the Service
// and what leads to it are the ways in.
func (f *function) decodeTriggers(r *reader, at model.Ref) {
	var all map[string]json.RawMessage
	r.value("triggers", &all)
	names := slices.Sorted(maps.Keys(all))
	for _, name := range frameworks.List(names) {
		var t jsonTrigger
		one := reader{fields: all, path: "spec.triggers"}
		one.value(name, &t)
		r.problems = append(r.problems, one.problems...)
		if t.Kind == "http" {
			f.authentication, f.http = frameworks.Line(t.Attributes.AuthenticationMode), frameworks.Line(name)
			f.ingresses = frameworks.List(slices.Sorted(maps.Keys(t.Attributes.Ingresses)))
			continue
		}
		f.triggers = append(f.triggers, model.Trigger{
			Type: t.kind(), Name: frameworks.Line(name), Detail: t.detail(), Auth: t.auth(), Disabled: t.Disabled,
			Origin: model.Origin{Ref: at, Path: "spec.triggers." + frameworks.Line(name)},
		})
	}
}

func (t *jsonTrigger) kind() model.TriggerType {
	switch t.Kind {
	case "cron":
		return model.Cron
	case "v3ioItemPoller", "kickstart", "":
		return model.Event
	}
	return model.Queue
}

func (t *jsonTrigger) detail() string {
	a := &t.Attributes
	if t.Kind == "cron" {
		if a.Interval != "" {
			return frameworks.Line("every " + a.Interval)
		}
		return frameworks.Line(a.Schedule)
	}
	parts := []string{t.Kind}
	topics := strings.Join(frameworks.List(a.Topics), ", ")
	for _, name := range []string{
		topics, a.Topic, a.QueueName, a.ExchangeName, a.StreamName, a.StreamPath, a.EventHubName, a.Subscription, a.ContainerName,
	} {
		if name != "" {
			parts = append(parts, name)
			break
		}
	}
	switch {
	case t.URL != "":
		parts = append(parts, "at "+frameworks.SafeURL(t.URL))
	case len(a.Brokers) > 0:
		parts = append(parts, "at "+frameworks.SafeURL(a.Brokers[0]))
	}
	return frameworks.Line(strings.Join(parts, " "))
}

// auth says who the trigger logs in as, and where the password is: never the password.
func (t *jsonTrigger) auth() string {
	user := t.Username
	if user == "" {
		user = t.Attributes.SASL.User
	}
	where := ""
	switch {
	case t.Attributes.SecretPath != "":
		where = "file " + t.Attributes.SecretPath
	case strings.HasPrefix(t.Password, "$ref:") || strings.HasPrefix(t.Secret, "$ref:"):
		where = "masked password"
	case strings.HasPrefix(t.Attributes.SecretAccessKey, "$ref:"):
		where = "masked access key"
	case t.Attributes.AccessKeyID != "" || t.Attributes.SecretAccessKey != "":
		where = "access key in the object"
	case t.Password != "" || t.Secret != "":
		where = "password in the object"
	case strings.Contains(t.URL, "@"):
		where = "password in the address"
	}
	return frameworks.Line(strings.TrimPrefix(strings.TrimSuffix(user+", "+where, ", "), ", "))
}

func decodeGateway(spec, status map[string]json.RawMessage) (any, error) {
	r := &reader{fields: spec, path: "spec"}
	g := &gateway{}
	r.text("host", &g.host)
	r.text("path", &g.path)
	r.text("authenticationMode", &g.mode)
	var upstreams []struct {
		NuclioFunction struct{ Name string }
	}
	r.value("upstreams", &upstreams)
	for _, u := range frameworks.List(upstreams) {
		if name := frameworks.Line(u.NuclioFunction.Name); name != "" && !slices.Contains(g.functions, name) {
			g.functions = append(g.functions, name)
		}
	}
	s := &reader{fields: status, path: "status"}
	s.text("state", &g.state)
	s.text("last_error", &g.lastError)
	if len(r.problems) > 0 {
		return g, fmt.Errorf("%s", r.problems[0])
	}
	return g, nil
}
