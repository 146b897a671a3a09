package knative

import (
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// trigger makes what calls the function, besides its own address.
func (d *drafting) trigger(t *plan.Trigger, i int) {
	name := t.Name
	if name == "" {
		name = d.Name + "-" + t.Type
		if i > 0 {
			name += "-" + strconv.Itoa(i)
		}
	}
	switch t.Type {
	case "http":
		d.mapping(t)
	case "cron":
		d.ping(t, name)
	case "event":
		d.event(t, name)
	}
}

// subscriber is the function as objects of Eventing name it.
func (d *drafting) subscriber() map[string]any {
	return map[string]any{"ref": map[string]any{"apiVersion": servingGroup + "/v1", "kind": "Service", "name": d.Name, "namespace": d.Namespace}}
}

// version is the preferred one of those that are known, empty where the cluster has not the kind.
func (d *drafting) version(group, kind string, known ...string) string {
	if d.served == nil {
		return known[0]
	}
	have := d.served(group, kind)
	for _, v := range known {
		for _, h := range have {
			if h == v {
				return v
			}
		}
	}
	return ""
}

// mapping is a host of its own: what `kn domain create` makes.
func (d *drafting) mapping(t *plan.Trigger) {
	if t.Path != "" {
		d.problem("path", "Knative sends all paths of a host to one function")
	}
	if t.Host == "" {
		return // every Knative Service has an address
	}
	version := d.version(servingGroup, "DomainMapping", "v1beta1", "v1alpha1")
	if version == "" {
		d.problem("host", "the cluster has no DomainMappings: Knative gives the function its own address only")
		return
	}
	spec := d.subscriber()
	if secret := t.Options["tls-secret"]; secret != "" {
		spec["tls"] = map[string]any{"secretName": secret}
	}
	d.create(map[string]any{
		"apiVersion": servingGroup + "/" + version, "kind": "DomainMapping",
		"metadata": map[string]any{"name": t.Host, "namespace": d.Namespace}, "spec": spec,
	}, "calls of its host reach it")
	d.Notes = append(d.Notes, "the host "+t.Host+" is public, also of a function that is cluster-local; it needs a ClusterDomainClaim")
}

// ping is what `kn source ping create` makes.
func (d *drafting) ping(t *plan.Trigger, name string) {
	version := d.version(sourcesGroup, "PingSource", "v1", "v1beta2")
	if version == "" {
		d.problem("schedule", "the cluster has no PingSources: Knative Eventing is not installed")
		return
	}
	spec := map[string]any{"schedule": t.Schedule, "sink": d.subscriber()}
	for key, option := range map[string]string{"data": "data", "timezone": "timezone", "contentType": "content-type"} {
		if v := t.Options[option]; v != "" {
			spec[key] = v
		}
	}
	d.create(map[string]any{
		"apiVersion": sourcesGroup + "/" + version, "kind": "PingSource",
		"metadata": map[string]any{"name": name, "namespace": d.Namespace}, "spec": spec,
	}, "it is called at these times")
}

// event is what `kn trigger create` makes.
func (d *drafting) event(t *plan.Trigger, name string) {
	version := d.version(eventingGroup, "Trigger", "v1", "v1beta1")
	if version == "" {
		d.problem("topic", "the cluster has no Triggers: Knative Eventing is not installed")
		return
	}
	broker := t.Broker
	if broker == "" {
		broker = "default"
	}
	spec := map[string]any{"broker": broker, "subscriber": d.subscriber()}
	filter := map[string]any{}
	if t.Topic != "" {
		filter["type"] = t.Topic
	}
	for k, v := range t.Options {
		if attribute, ok := strings.CutPrefix(k, "filter."); ok {
			filter[attribute] = v
		}
	}
	if len(filter) > 0 {
		spec["filter"] = map[string]any{"attributes": filter}
	}
	d.create(map[string]any{
		"apiVersion": eventingGroup + "/" + version, "kind": "Trigger",
		"metadata": map[string]any{"name": name, "namespace": d.Namespace}, "spec": spec,
	}, "events reach it")
}
