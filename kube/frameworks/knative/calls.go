package knative

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// caller is a kind of Knative Eventing that calls functions.
type caller struct {
	group, kind, plural string
	trigger             model.TriggerType
	detail              func(*callSpec) string
}

var callers = []caller{
	{eventingGroup, "Trigger", "triggers", model.Event, brokerDetail},
	{messagingGroup, "Subscription", "subscriptions", model.Queue, func(s *callSpec) string {
		return "channel " + s.Channel.Name
	}},
	{sourcesGroup, "PingSource", "pingsources", model.Cron, func(s *callSpec) string {
		return strings.TrimSpace(s.Schedule + " " + s.Timezone)
	}},
	{sourcesGroup, "ApiServerSource", "apiserversources", model.Event, apiDetail},
	{sourcesGroup, "ContainerSource", "containersources", model.Event, func(*callSpec) string {
		return "container source"
	}},
	{sourcesGroup, "SinkBinding", "sinkbindings", model.Event, func(s *callSpec) string {
		return strings.TrimSpace(s.Subject.Kind + " " + s.Subject.Name)
	}},
	{sourcesGroup, "KafkaSource", "kafkasources", model.Queue, func(s *callSpec) string {
		return "kafka " + strings.Join(frameworks.List(s.Topics), ", ")
	}},
}

// call is what is kept of one of these objects.
type call struct {
	keys    []model.FunctionKey // functions that it may call
	trigger model.Trigger
	secrets []model.Reference
	problem string // why it does not deliver
}

type destination struct {
	Ref *jsonRef
	URI string
}

type secretKey struct {
	SecretKeyRef *struct{ Name, Key string }
}

type callSpec struct {
	Broker    string
	BrokerRef *jsonRef
	Filter    struct{ Attributes map[string]string }
	Filters   []json.RawMessage

	Channel            jsonRef
	Schedule, Timezone string
	Subject            jsonRef
	Topics             []string
	Resources          []struct{ Kind string }
	ServiceAccountName string
	Net                struct {
		SASL struct{ User, Password secretKey }
		TLS  struct{ Key, Cert secretKey }
	}

	Subscriber, Sink, Reply *destination
	Delivery                struct{ DeadLetterSink *destination }
}

func decodeCall(raw *frameworks.Raw, c *caller) (any, error) {
	var o struct {
		Spec   callSpec
		Status struct{ Conditions []jsonCondition }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	n := &call{trigger: model.Trigger{
		Type: c.trigger, Name: raw.Header.Name, Detail: frameworks.Line(c.detail(s)),
		Origin: model.Origin{Ref: raw.Header.Ref, Path: "spec"},
	}}
	for _, d := range []*destination{s.Subscriber, s.Sink, s.Reply, s.Delivery.DeadLetterSink} {
		for _, k := range d.functions(raw.Header.Namespace) {
			if !slices.Contains(n.keys, k) {
				n.keys = append(n.keys, k)
			}
		}
	}
	n.credentials(s)
	if ready := condition(conditionsOf(o.Status.Conditions), "Ready"); ready.Status == "False" {
		n.problem = frameworks.Sentence(ready.Reason, ready.Message)
	}
	return n, nil
}

// functions names the functions that the destination can mean. A Service of Kubernetes is that of a ksvc or that
// of a Deployment made by func: only the store knows which exists.
func (d *destination) functions(namespace string) []model.FunctionKey {
	if d == nil {
		return nil
	}
	if d.Ref != nil && d.Ref.Name != "" {
		to := d.Ref.in(namespace)
		switch to.GroupKind() {
		case serviceKind, routeKind:
			return []model.FunctionKey{functionKey(serviceKind, to.Namespace, to.Name)}
		case frameworks.Service:
			return either(to.Namespace, to.Name)
		}
		return nil
	}
	u, err := url.Parse(frameworks.Text(d.URI))
	if err != nil {
		return nil
	}
	parts := strings.Split(u.Hostname(), ".")
	if len(parts) < 3 || parts[2] != "svc" {
		return nil
	}
	return either(parts[1], parts[0])
}

func either(namespace, name string) []model.FunctionKey {
	return []model.FunctionKey{
		functionKey(serviceKind, namespace, name), functionKey(frameworks.Deployment, namespace, name),
	}
}

func (n *call) credentials(s *callSpec) {
	at := n.trigger.Origin.Ref
	if s.ServiceAccountName != "" {
		n.trigger.Auth = "ServiceAccount " + frameworks.Line(s.ServiceAccountName)
	}
	for _, k := range []struct {
		from secretKey
		path string
	}{
		{s.Net.SASL.User, "spec.net.sasl.user"}, {s.Net.SASL.Password, "spec.net.sasl.password"},
		{s.Net.TLS.Key, "spec.net.tls.key"}, {s.Net.TLS.Cert, "spec.net.tls.cert"},
	} {
		if k.from.SecretKeyRef == nil || k.from.SecretKeyRef.Name == "" {
			continue
		}
		name := frameworks.Line(k.from.SecretKeyRef.Name)
		n.trigger.Auth = "Secret " + name
		n.secrets = append(n.secrets, model.Reference{
			Kind: frameworks.Secret.Kind, Name: name, Key: frameworks.Line(k.from.SecretKeyRef.Key), How: model.ForTrig,
			Origin: model.Origin{Ref: at, Path: k.path + ".secretKeyRef"},
		})
	}
}

func brokerDetail(s *callSpec) string {
	broker := s.Broker
	if broker == "" && s.BrokerRef != nil {
		broker = s.BrokerRef.Name
		if s.BrokerRef.Namespace != "" {
			broker = s.BrokerRef.Namespace + "/" + broker
		}
	}
	text := "broker " + broker
	if kind := s.Filter.Attributes["type"]; kind != "" {
		return text + " type=" + kind
	}
	if n := len(s.Filters) + len(s.Filter.Attributes); n > 0 {
		return fmt.Sprintf("%s, %d filters", text, n)
	}
	return text + ", every event"
}

func apiDetail(s *callSpec) string {
	var kinds []string
	for _, r := range frameworks.List(s.Resources) {
		kinds = append(kinds, r.Kind)
	}
	return "Kubernetes " + strings.Join(kinds, ", ")
}
