package knative

import (
	"strconv"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// Keys of the options are the names of the flags of Knative's own tool.
const (
	optLocal       = "cluster-local"
	optConcurrency = "concurrency-limit"
	optTarget      = "concurrency-target"
	optRevision    = "revision-name"
	optRaw         = "http2"
)

// Offer: an image, as a Knative Service.
func (adapter) Offer() plan.Offer {
	yes := []string{"true", "false"}
	return plan.Offer{
		Sources: []string{"image"}, OpenRuntimes: true, Triggers: []string{"http", "cron", "event"},
		Options: []plan.Option{
			{Key: optLocal, What: "it can be called from inside of the cluster only", Default: "false", Choices: yes},
			{Key: optConcurrency, What: "calls at once in a replica at most; 0: no bound", Default: "0"},
			{Key: optTarget, What: "calls at once in a replica for which it is scaled", Default: "100"},
			{Key: optRevision, What: "name of the Revision, behind that of the Service and a dash"},
			{Key: optRaw, What: "it takes HTTP/2 without TLS", Default: "false", Choices: yes},
		},
		Without: map[string]string{
			"handler": "an image says itself what it runs: give a command",
			"runtime": "an image says itself what it runs",
		},
	}
}

// drafting is a request on its way to objects.
type drafting struct {
	*plan.DeployRequest
	plan.Draft
	served func(group, kind string) []string
}

// Deploy makes what `kn service create` makes, and the Triggers, sources and mappings that call it. The time that kn stamps
// into the template is left out: it says nothing that the object's own time does not.
func (adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drafting{DeployRequest: r, served: s.Served}
	d.service()
	for i := range r.Triggers {
		d.trigger(&r.Triggers[i], i)
	}
	for _, o := range r.Extra {
		d.create(o, "comes with it")
	}
	if len(d.Problems) > 0 {
		d.Edits = nil
	}
	return d.Draft
}

func (d *drafting) problem(field, text string) {
	d.Problems = append(d.Problems, plan.Problem{Field: field, Text: text})
}

func (d *drafting) create(o map[string]any, why string) {
	ref, apiVersion := frameworks.NameOf(o)
	d.Edits = append(d.Edits, plan.Edit{Verb: plan.Create, Object: ref, APIVersion: apiVersion, New: o, Why: why})
}

// service is the Knative Service. Labels and annotations are for it and for its Revisions alike.
func (d *drafting) service() {
	meta, template := map[string]any{"name": d.Name, "namespace": d.Namespace}, map[string]any{}
	labels, notes := frameworks.TextMap(d.Labels), frameworks.TextMap(d.Annotations)
	if len(labels) > 0 {
		template["labels"] = frameworks.TextMap(d.Labels)
	}
	scaling := d.scaling()
	for k, v := range d.Annotations {
		scaling[k] = v
	}
	if len(scaling) > 0 {
		template["annotations"] = scaling
	}
	if d.Options[optLocal] == "true" {
		labels["networking.knative.dev/visibility"] = "cluster-local"
	}
	if len(labels) > 0 {
		meta["labels"] = labels
	}
	if len(notes) > 0 {
		meta["annotations"] = notes
	}
	if name := d.Options[optRevision]; name != "" {
		template["name"] = d.Name + "-" + name
	}
	spec := map[string]any{"spec": d.revision()}
	if len(template) > 0 {
		spec["metadata"] = template
	}
	o := map[string]any{"apiVersion": servingGroup + "/v1", "kind": "Service", "metadata": meta, "spec": map[string]any{"template": spec}}
	if err := plan.Apply(o, d.Native); err != nil {
		d.problem("native", err.Error())
	}
	d.create(o, "the function")
	d.Declares = d.Edits[0].Object
}

// scaling are the annotations of the template that bound its replicas.
func (d *drafting) scaling() map[string]any {
	out := map[string]any{}
	for key, n := range map[string]*int{"min-scale": d.Min, "max-scale": d.Max} {
		if n != nil {
			out["autoscaling.knative.dev/"+key] = strconv.Itoa(*n)
		}
	}
	if t := d.number(optTarget, 1); t > 0 {
		out["autoscaling.knative.dev/target"] = strconv.FormatInt(t, 10)
	}
	return out
}

// number is that of an option; 0: none is given.
func (d *drafting) number(key string, least int64) int64 {
	text := d.Options[key]
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < least {
		d.problem("option", key+"="+text+": a number from "+strconv.FormatInt(least, 10)+" on is expected")
		return 0
	}
	return n
}

func (d *drafting) revision() map[string]any {
	c, volumes := frameworks.RequestedContainer(d.DeployRequest)
	if d.Port > 0 || d.Options[optRaw] == "true" {
		port := map[string]any{}
		if d.Port > 0 {
			port["containerPort"] = int64(d.Port)
		}
		if d.Options[optRaw] == "true" {
			port["name"] = "h2c"
		}
		c["ports"] = []any{port}
	}
	spec := map[string]any{"containers": []any{c}}
	if len(volumes) > 0 {
		spec["volumes"] = volumes
	}
	if pull := frameworks.PullSecretsOf(d.DeployRequest); len(pull) > 0 {
		spec["imagePullSecrets"] = pull
	}
	if d.ServiceAccount != "" {
		spec["serviceAccountName"] = d.ServiceAccount
	}
	if n := d.number(optConcurrency, 0); n > 0 {
		spec["containerConcurrency"] = n
	}
	if d.Timeout > 0 {
		spec["timeoutSeconds"] = int64((d.Timeout + time.Second - 1) / time.Second)
	}
	return spec
}
