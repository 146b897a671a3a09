package kubeless

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// trigger makes one object of a trigger.
func (d *drafting) trigger(kind schema.GroupKind, name string, labels map[string]string, spec map[string]any) {
	d.Create(map[string]any{
		"apiVersion": group + "/v1beta1", "kind": kind.Kind, "metadata": d.Metadata(name, labels, nil), "spec": spec,
	})
}

func (d *drafting) triggers() {
	for _, t := range d.TriggersOf("http") {
		if t.Host != "" {
			d.http(t)
		} else if t.Path != "" || len(t.Options) > 0 {
			d.Problem("trigger", "a route needs a host; without one there is the Service")
		}
	}
	crons := d.TriggersOf("cron")
	if len(crons) > 1 {
		d.Problem("trigger", "a function has one schedule: the CronJobs of several would have one name")
	}
	for _, t := range crons {
		d.cron(t)
	}
	for _, t := range d.TriggersOf("queue") {
		d.queue(t)
	}
}

// known refuses options that this kind of trigger has not.
func (d *drafting) known(t plan.Trigger, keys ...string) {
	for _, k := range slices.Sorted(maps.Keys(t.Options)) {
		if !slices.Contains(keys, k) {
			d.Problem("trigger", "%q is no option of a %s trigger: %s", frameworks.Line(k), t.Type, strings.Join(keys, ", "))
		}
	}
}

func (d *drafting) http(t plan.Trigger) {
	d.known(t, optGateway, optTLS, optTLSSecret, optBasicAuth, optCORS)
	if len(t.Methods) > 0 {
		d.Problem("trigger", "an HTTPTrigger has no field for methods: the function gets GET, POST, PATCH and DELETE")
	}
	gateway := t.Options[optGateway]
	if gateway == "" {
		gateway = "nginx"
	}
	tls, secret, users := t.Options[optTLS] == "true", t.Options[optTLSSecret], t.Options[optBasicAuth]
	if !slices.Contains([]string{"nginx", "traefik", "kong"}, gateway) {
		d.Problem("trigger", "%s is nginx, traefik or kong", optGateway) // others would go without what is asked of them
	}
	if tls && secret != "" {
		d.Problem("trigger", "%s and %s exclude each other: the controller would make no Ingress", optTLS, optTLSSecret)
	}
	if users != "" && gateway == "kong" {
		d.Problem("trigger", "kong has no basic authentication here: the controller would make no Ingress")
	}
	spec := map[string]any{
		"function-name": d.Name, "host-name": t.Host, "path": strings.TrimPrefix(t.Path, "/"), "gateway": gateway,
		"tls": tls, "tls-secret": secret, "basic-auth-secret": users, "cors-enable": t.Options[optCORS] == "true",
	}
	d.trigger(httpKind, d.RouteName(t, httpKind), map[string]string{createdBy: "kubeless"}, spec)
}

func (d *drafting) named(t plan.Trigger, name string) string {
	if t.Name != "" {
		return t.Name
	}
	return name
}

func (d *drafting) cron(t plan.Trigger) {
	d.known(t, optPayload)
	spec := map[string]any{"schedule": strings.TrimSpace(t.Schedule), "function-name": d.Name}
	if text := t.Options[optPayload]; text != "" {
		if strings.Contains(text, "'") {
			d.Problem("trigger", "a payload with a quote would be a part of the command that sends it")
		}
		var payload any
		if json.Unmarshal([]byte(text), &payload) != nil {
			payload = text
		}
		spec["payload"] = payload
	}
	d.trigger(cronKind, d.named(t, d.Name), d.own, spec)
}

func (d *drafting) queue(t plan.Trigger) {
	topic := strings.TrimSpace(t.Topic)
	selector := map[string]any{"matchLabels": frameworks.Words(d.own)}
	labels := map[string]string{createdBy: "kubeless"}
	name := d.named(t, frameworks.Kebab(d.Name, topic))
	switch t.Broker {
	case "kafka", "nats":
		d.known(t)
		kind := kafkaKind
		if t.Broker == "nats" {
			kind = natsKind
		}
		d.trigger(kind, name, labels, map[string]any{"topic": topic, "functionSelector": selector})
		d.Note("what %s it is, the %s-trigger-controller is told by its own variables", t.Broker, t.Broker)
	case "kinesis":
		d.known(t, optRegion, optShard, optEndpoint, optSecret)
		spec := map[string]any{"function-name": d.Name, "stream": topic}
		for _, key := range []string{optRegion, optShard, optSecret} {
			if t.Options[key] == "" {
				d.Problem("trigger", "a stream of Kinesis needs %s", key)
			}
			spec[key] = t.Options[key]
		}
		frameworks.Put(spec, optEndpoint, t.Options[optEndpoint])
		d.trigger(kinesisKind, name, labels, spec)
	case "":
		d.Problem("trigger", "topic %s names no broker: kafka, nats or kinesis", frameworks.Line(topic))
	default:
		d.Problem("trigger", "%q is none of the brokers kafka, nats and kinesis", frameworks.Line(t.Broker))
	}
}

// replicas is how many there are, where that does not change by itself.
func (d *drafting) replicas() (int64, bool) {
	if d.Min == nil || d.scaled() {
		return 0, false
	}
	if *d.Min == 0 {
		d.Note("with no replicas the function is off: nothing wakes it")
	}
	return int64(*d.Min), true
}

func (d *drafting) scaled() bool { return d.Max != nil && (d.Min == nil || *d.Max > *d.Min) }

// autoscaler is part of the Function where the cluster still serves the API of it; elsewhere it is one of its own, of another
// name: the controller deletes those that have the name of a function.
func (d *drafting) autoscaler() {
	if !d.scaled() {
		return
	}
	low, percent := int64(1), int64(80)
	if d.Min != nil {
		low = int64(*d.Min)
	}
	if low == 0 {
		d.Problem("min", "an autoscaler keeps one replica at least")
	}
	if text := d.Options[optScaleCPU]; text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 1 {
			d.Problem(optScaleCPU, "%q is no percentage", frameworks.Line(text))
		}
		percent = n
	}
	if d.resources()["requests"] == nil {
		d.Note("without a request for cpu its autoscaler has nothing to go by")
	}
	old := d.Around.Served != nil && slices.Contains(d.Around.Served("autoscaling", "HorizontalPodAutoscaler"), "v2beta1")
	o := map[string]any{"kind": "HorizontalPodAutoscaler"}
	spec := map[string]any{
		"minReplicas": low, "maxReplicas": int64(*d.Max),
		"scaleTargetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": d.Name},
	}
	o["spec"] = spec
	if old {
		o["apiVersion"], o["metadata"] = "autoscaling/v2beta1", d.Metadata(d.Name, d.own, nil)
		spec["metrics"] = []any{map[string]any{"type": "Resource", "resource": map[string]any{"name": "cpu", "targetAverageUtilization": percent}}}
		d.Edits[0].New["spec"].(map[string]any)["horizontalPodAutoscaler"] = o
		return
	}
	name := d.Name + "-scale"
	o["apiVersion"], o["metadata"] = "autoscaling/v2", d.Metadata(name[max(0, len(name)-63):], nil, nil)
	spec["metrics"] = []any{map[string]any{"type": "Resource", "resource": map[string]any{
		"name": "cpu", "target": map[string]any{"type": "Utilization", "averageUtilization": percent},
	}}}
	d.Create(o)
	d.Note("its autoscaler is one of its own: the cluster does not serve that which Kubeless makes")
}
