package fission

import (
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// triggers makes what calls the function.
func (d *drawing) triggers() {
	names := d.TriggerNames()
	ref := func() map[string]any { return map[string]any{"type": "name", "name": d.r.Name} }
	for i := range d.r.Triggers {
		t := &d.r.Triggers[i]
		d.Named("trigger", names[i], 63)
		var spec map[string]any
		kind := httpKind
		switch t.Type {
		case "http":
			spec = d.route(t)
		case "cron":
			d.TriggerOptions(t, "method", "subpath")
			kind, spec = timeKind, map[string]any{"cron": t.Schedule}
			for _, k := range []string{"method", "subpath"} {
				if v := t.Options[k]; v != "" {
					spec[k] = v
				}
			}
		case "queue":
			kind, spec = queueKind, d.queue(t)
		case "event":
			kind, spec = watchKind, d.watch(t)
		default:
			continue
		}
		spec["functionref"] = ref()
		d.Make(kind, "v1", names[i], "calls the function", map[string]any{"spec": spec})
	}
}

func (d *drawing) route(t *plan.Trigger) map[string]any {
	d.TriggerOptions(t, "prefix", "keepprefix", "createingress", "ingressrule", "ingresstls", "ingressannotation.")
	at := t.Path
	if at == "" {
		at = "/" + d.r.Name
	}
	if at == "/" && t.Options["prefix"] != "true" {
		d.Problem("trigger", "Fission refuses the path /")
	}
	methods := t.Methods
	if len(methods) == 0 {
		methods = []string{"GET"}
	}
	host, path := "*", at
	if rule := t.Options["ingressrule"]; rule != "" {
		var ok bool
		if host, path, ok = strings.Cut(rule, "="); !ok || host == "" || !strings.HasPrefix(path, "/") {
			d.Problem("trigger", "ingressrule %q: HOST=/PATH", rule)
		}
	} else if t.Host != "" {
		host = t.Host
	}
	ingress := map[string]any{"host": host, "path": path, "tls": t.Options["ingresstls"]}
	annotations := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(t.Options)) {
		if name, ok := strings.CutPrefix(k, "ingressannotation."); ok {
			annotations[name] = t.Options[k]
		}
	}
	if len(annotations) > 0 {
		ingress["annotations"] = annotations
	}
	if ingress["tls"] != "" {
		d.Object("trigger", t.Options["ingresstls"])
		d.Note("Secret %s of the trigger's Ingress is looked for in the namespace of Fission's router", t.Options["ingresstls"])
	}
	spec := map[string]any{
		"host": t.Host, "relativeurl": at, "methods": frameworks.ListOf(methods), "createingress": t.Options["createingress"] == "true",
		"ingressconfig": ingress,
	}
	if t.Options["prefix"] == "true" {
		spec["prefix"], spec["relativeurl"] = at, ""
		if t.Options["keepprefix"] == "true" {
			spec["keepPrefix"] = true
		}
	}
	return spec
}

// kedaQueues and ownQueues are the kinds of queues that triggers of KEDA, and those of Fission itself, read.
var (
	kedaQueues = []string{"kafka", "aws-sqs-queue", "aws-kinesis-stream", "gcp-pubsub", "stan", "nats-jetstream", "rabbitmq", "redis"}
	ownQueues  = []string{"kafka", "statestore"}
)

func (d *drawing) queue(t *plan.Trigger) map[string]any {
	d.TriggerOptions(t, "mqtkind", "resptopic", "errortopic", "maxretries", "contenttype", "pollinginterval", "cooldownperiod", "minreplicacount", "maxreplicacount", "secret", "metadata.")
	text := func(key, standard string) string {
		if v := t.Options[key]; v != "" {
			return v
		}
		return standard
	}
	kind, known := text("mqtkind", "keda"), kedaQueues
	switch kind {
	case "fission":
		known = ownQueues
	case "keda":
	default:
		d.Problem("trigger", "mqtkind %q is none of: keda fission", kind)
	}
	if t.Broker != "" && !contains(known, t.Broker) {
		d.Problem("trigger", "broker %q: triggers of kind %s read %s", t.Broker, kind, strings.Join(known, " "))
	}
	if t.Topic != "" && t.Topic == t.Options["resptopic"] {
		d.Problem("trigger", "topic %q would call the function with its own answers", t.Topic)
	}
	metadata := map[string]any{}
	for k, v := range t.Options {
		if name, ok := strings.CutPrefix(k, "metadata."); ok {
			metadata[name] = v
		}
	}
	spec := map[string]any{
		"messageQueueType": t.Broker, "mqtkind": kind, "topic": t.Topic, "respTopic": t.Options["resptopic"], "errorTopic": t.Options["errortopic"],
		"maxRetries": d.TriggerNumber(t, "maxretries", 0), "contentType": text("contenttype", "application/json"),
		"pollingInterval": d.TriggerNumber(t, "pollinginterval", 30), "cooldownPeriod": d.TriggerNumber(t, "cooldownperiod", 300),
		"minReplicaCount": d.TriggerNumber(t, "minreplicacount", 0), "maxReplicaCount": d.TriggerNumber(t, "maxreplicacount", 100),
		"metadata": metadata,
	}
	if s := t.Options["secret"]; s != "" {
		d.Object("trigger", s)
		spec["secret"] = s
	}
	if kind == "keda" {
		d.Note("KEDA makes a connector of its own for topic %s: it runs as the default account, and where Fission checks internal calls it is refused", t.Topic)
	}
	return spec
}

// watch is a trigger of changes of objects; its topic is their kind.
func (d *drawing) watch(t *plan.Trigger) map[string]any {
	d.TriggerOptions(t, "namespace", "labels.")
	kind := t.Topic
	if kind == "" {
		kind = "pod"
	}
	if !contains([]string{"pod", "service", "replicationcontroller", "job"}, strings.ToLower(kind)) {
		d.Problem("trigger", "%q: Fission watches Pod, Service, ReplicationController and Job", kind)
	}
	namespace := d.r.Namespace
	if n := t.Options["namespace"]; n != "" {
		namespace = n
		d.Named("trigger", n, 63)
	}
	labels := map[string]any{}
	for k, v := range t.Options {
		if name, ok := strings.CutPrefix(k, "labels."); ok {
			labels[name] = v
		}
	}
	return map[string]any{"namespace": namespace, "type": kind, "labelselector": labels}
}
