package framework

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	eventingGroup = "eventing.knative.dev"
	sourcesGroup  = "sources.knative.dev"
)

var (
	eventTriggerKind    = schema.GroupKind{Group: eventingGroup, Kind: "Trigger"}
	eventPolicyKind     = schema.GroupKind{Group: eventingGroup, Kind: "EventPolicy"}
	apiServerSourceKind = schema.GroupKind{Group: sourcesGroup, Kind: "ApiServerSource"}
	containerSourceKind = schema.GroupKind{Group: sourcesGroup, Kind: "ContainerSource"}
)

var eventingKinds = []snapshot.Kind{
	{GroupKind: eventTriggerKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeEventTrigger},
	{GroupKind: eventPolicyKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeEventPolicy},
	{GroupKind: apiServerSourceKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeEventSource},
	{GroupKind: containerSourceKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeEventSource},
}

// destination is where Knative sends events.
type destination struct {
	Ref *struct{ APIVersion, Kind, Namespace, Name string }
	URI string
}

// function names the Knative Service that a destination is, zero for another.
func (d destination) function(namespace string) model.Ref {
	ref := model.Ref{Group: servingGroup, Kind: knativeServiceKind.Kind, Namespace: namespace}
	if d.Ref != nil {
		if d.Ref.Kind != ref.Kind || !strings.HasPrefix(d.Ref.APIVersion, servingGroup+"/") {
			return model.Ref{}
		}
		if d.Ref.Namespace != "" {
			ref.Namespace = short(d.Ref.Namespace)
		}
		ref.Name = short(d.Ref.Name)
		return ref
	}
	u, err := url.Parse(d.URI)
	if err != nil {
		return model.Ref{}
	}
	labels := strings.Split(u.Hostname(), ".")
	if len(labels) < 3 || labels[2] != "svc" {
		return model.Ref{}
	}
	ref.Name, ref.Namespace = short(labels[0]), short(labels[1])
	return ref
}

// eventTrigger is what is kept of a Trigger.
type eventTrigger struct {
	broker, brokerNamespace string
	function                model.Ref
}

func decodeEventTrigger(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Broker     string
			BrokerRef  *struct{ Name, Namespace string }
			Subscriber destination
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	t := &eventTrigger{broker: short(o.Spec.Broker), brokerNamespace: raw.Header.Namespace, function: o.Spec.Subscriber.function(raw.Header.Namespace)}
	if b := o.Spec.BrokerRef; b != nil && b.Name != "" {
		t.broker = short(b.Name)
		if b.Namespace != "" {
			t.brokerNamespace = short(b.Namespace)
		}
	}
	return t, nil
}

// eventPolicy lists the Brokers that an EventPolicy is for; none means all of its namespace.
type eventPolicy struct{ brokers []string }

func decodeEventPolicy(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			To []struct {
				Ref *struct{ Kind, Name string }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	p := &eventPolicy{}
	for _, t := range o.Spec.To[:min(len(o.Spec.To), maxStatements)] {
		name := "?" // chosen by a selector, or no Broker
		if t.Ref != nil && t.Ref.Kind == "Broker" {
			name = short(t.Ref.Name)
		}
		p.brokers = append(p.brokers, name)
	}
	return p, nil
}

// guarded reports whether an EventPolicy is for the Broker.
func guarded(r *snapshot.Reader, namespace, broker string) bool {
	return slices.ContainsFunc(r.List(eventPolicyKind, namespace), func(o model.Object) bool {
		p, ok := snapshot.FactsOf[*eventPolicy](o, reader)
		return ok && (len(p.brokers) == 0 || slices.Contains(p.brokers, broker))
	})
}

// delivery is a Trigger that sends events to a function.
type delivery struct {
	trigger           model.Ref
	namespace, broker string
	function          model.Ref
}

// deliveries lists the Triggers of the cluster.
var deliveries = snapshot.NewQuery("events to functions", func(r *snapshot.Reader, _ struct{}) []delivery {
	var all []delivery
	for _, o := range r.List(eventTriggerKind, "") {
		if t, ok := snapshot.FactsOf[*eventTrigger](o, reader); ok {
			all = append(all, delivery{o.Head().Ref, t.brokerNamespace, t.broker, t.function})
		}
	}
	return all
}, slices.Equal[[]delivery])

// brokerDoors are the values of the pod label app of what takes events for Brokers.
var brokerDoors = []string{"mt-broker-ingress", "kafka-broker-receiver"}

const brokerPort = 8080

// checkEvents is FW-KN-08.
func checkEvents(e *check.Eval) {
	if !servingPlane(e) || !e.Need(eventTriggerKind, "") {
		return
	}
	p := PlatformOf.Get(e.Reader, e.Subject)
	var doors []part
	for _, app := range brokerDoors {
		doors = append(doors, partsWith(e.Reader, &p, "app", app)...)
	}
	all := deliveries.Get(e.Reader, struct{}{})
	if len(doors) == 0 && len(all) > 0 && !e.Need(deploymentKind, eventingNamespace) {
		return
	}
	if len(doors) == 0 || len(all) == 0 {
		e.NA("no broker delivers events")
		return
	}
	at := model.Ref{Kind: configMapKind.Kind, Namespace: eventingNamespace, Name: "config-features"}
	c := knativeConfig.Get(e.Reader, at)
	if c.at.IsZero() && !e.Need(configMapKind, eventingNamespace) {
		return
	}
	identity := strings.EqualFold(c.get("authentication-oidc"), "enabled")
	open := strings.EqualFold(c.get("default-authorization-mode"), "allow-all")
	if identity && !e.Need(eventPolicyKind, "") {
		return
	}
	var unguarded []delivery
	for _, d := range all {
		if !identity || open && !guarded(e.Reader, d.namespace, d.broker) {
			unguarded = append(unguarded, d)
		}
	}
	if len(unguarded) == 0 {
		return
	}
	targets, hidden := deliveredTo(e.Reader, unguarded)
	where := check.At{Object: at, Path: "data.authentication-oidc", Value: c.get("authentication-oidc")}
	if identity {
		where.Path, where.Value = "data.default-authorization-mode", c.get("default-authorization-mode")
	}
	for i := range doors {
		who, other := functionInto(e, &doors[i], brokerPort), strangerInto(e, &doors[i], brokerPort)
		if other.heavier(who) {
			who = other
		}
		if who.open() {
			f := e.Failf(where, "%s %s the brokers, which take events from anybody: %s", who.who, who.reaches(), few(targets))
			if hidden {
				f.As(check.High)
			}
			return
		}
		who.undecided(e, &doors[i])
	}
}

// deliveredTo names Triggers and the functions that they send to, and says whether one of these is kept from callers.
func deliveredTo(r *snapshot.Reader, all []delivery) (names []string, hidden bool) {
	for _, d := range all {
		name := "trigger " + d.trigger.Namespace + "/" + d.trigger.Name
		if !d.function.IsZero() {
			name += " to " + d.function.Namespace + "/" + d.function.Name
			hidden = hidden || shield.Get(r, knativeKey(d.function)) != ""
		}
		names = append(names, name)
	}
	return names, hidden
}

func knativeKey(f model.Ref) model.FunctionKey {
	return model.FunctionKey{Framework: knative, Group: f.Group, Kind: f.Kind, Namespace: f.Namespace, Name: f.Name}
}
