package nuclio

import (
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// defaultHTTP is the trigger that every function has.
const defaultHTTP = "default-http"

var queues = []string{"eventhub", "iotCoreMqtt", "kafka-cluster", "kinesis", "mqtt", "nats", "pubsub", "rabbit-mq", "v3ioStream"}

func (d *drawing) triggers() map[string]any {
	all := map[string]any{}
	add := func(name, kind string, attributes map[string]any) map[string]any {
		t := map[string]any{"class": "", "kind": kind, "name": name, "numWorkers": int64(1)}
		if len(attributes) > 0 {
			t["attributes"] = attributes
		}
		all[name] = t
		return t
	}
	names := d.TriggerNames()
	var web *plan.Trigger
	for i := range d.r.Triggers {
		t := &d.r.Triggers[i]
		switch t.Type {
		case "http":
			if web != nil {
				d.Problem("trigger", "a function has one http trigger: give it more hosts with native fields")
			}
			web = t
			name := t.Name
			if name == "" {
				name = defaultHTTP
			}
			d.web(t, name, add)
		case "cron":
			d.TriggerOptions(t, "body")
			attributes := map[string]any{"schedule": t.Schedule}
			if interval, ok := strings.CutPrefix(t.Schedule, "@every "); ok {
				attributes = map[string]any{"interval": interval}
			}
			if body := t.Options["body"]; body != "" {
				attributes["event"] = map[string]any{"body": body}
			}
			add(names[i], "cron", attributes)
		case "queue":
			d.queue(t, names[i], add)
		}
	}
	if web == nil {
		add(defaultHTTP, "http", nil)
	}
	return all
}

// maker makes a trigger.
type maker func(name, kind string, attributes map[string]any) map[string]any

func (d *drawing) web(t *plan.Trigger, name string, add maker) {
	d.TriggerOptions(t, "servicetype", "port", "tls", "authenticationmode", "workers", "annotations.")
	if len(t.Methods) > 0 {
		d.Problem("trigger", "Nuclio tells no methods apart: its handler must")
	}
	attributes := map[string]any{}
	if s := t.Options["servicetype"]; s != "" {
		if s != "ClusterIP" && s != "NodePort" {
			d.Problem("trigger", "servicetype %q is none of: ClusterIP NodePort", s)
		}
		attributes["serviceType"] = s
	}
	if n := d.TriggerNumber(t, "port", 0); n > 0 {
		attributes["port"] = n
	}
	if m := t.Options["authenticationmode"]; m != "" {
		attributes["authenticationMode"] = m
	}
	if t.Host != "" || t.Path != "" {
		at := t.Path
		if at == "" {
			at = "/"
		}
		ingress := map[string]any{"paths": []any{at}}
		if t.Host != "" {
			ingress["host"] = t.Host
		}
		if s := t.Options["tls"]; s != "" {
			d.Object("trigger", s)
			ingress["secretName"] = s
		}
		attributes["ingresses"] = map[string]any{"0": ingress}
	} else if t.Options["tls"] != "" {
		d.Problem("trigger", "TLS is that of an Ingress: give a host")
	}
	o := add(name, "http", attributes)
	o["numWorkers"] = d.TriggerNumber(t, "workers", 1)
	annotations := map[string]any{}
	for k, v := range t.Options {
		if key, ok := strings.CutPrefix(k, "annotations."); ok {
			annotations[key] = v
		}
	}
	if len(annotations) > 0 {
		o["annotations"] = annotations
	}
}

// queue: the broker is the kind of the trigger; where it is, and everything else that its kind has, are options.
func (d *drawing) queue(t *plan.Trigger, name string, add maker) {
	d.TriggerOptions(t, "url", "brokers", "workers", "username", "attributes.")
	if t.Broker != "" && !slices.Contains(queues, t.Broker) {
		d.Problem("trigger", "broker %q is none of: %s", t.Broker, strings.Join(queues, " "))
	}
	field := map[string]string{
		"rabbit-mq": "queueName", "kinesis": "streamName", "eventhub": "eventHubName", "v3ioStream": "streamPath", "pubsub": "subscription", "nats": "topic",
	}[t.Broker]
	attributes := map[string]any{}
	if field == "" {
		attributes["topics"] = []any{t.Topic}
	} else {
		attributes[field] = t.Topic
	}
	for _, k := range slices.Sorted(maps.Keys(t.Options)) {
		if key, ok := strings.CutPrefix(k, "attributes."); ok {
			attributes[key] = t.Options[k]
		}
	}
	if b := t.Options["brokers"]; b != "" {
		attributes["brokers"] = frameworks.ListOf(strings.Split(b, ","))
	} else if t.Broker == "kafka-cluster" {
		d.Problem("trigger", "topic %q: give the addresses of the brokers, brokers=HOST:PORT,…", t.Topic)
	}
	o := add(name, t.Broker, attributes)
	o["numWorkers"] = d.TriggerNumber(t, "workers", 1)
	for _, k := range []string{"url", "username"} {
		if v := t.Options[k]; v != "" {
			if k == "url" && v != frameworks.SafeURL(v) && strings.Contains(v, "@") {
				d.Problem("trigger", "the address holds a password, which would stand in four objects")
			}
			o[k] = v
		}
	}
	if attributes["password"] != nil || attributes["secretAccessKey"] != nil {
		d.Problem("trigger", "a password would stand in the function, its ConfigMap, its Deployment and its ReplicaSets: name a file of a mounted Secret (attributes.secretPath)")
	}
}
