package plain

import (
	"maps"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/plan"
)

// Keys of the options.
const (
	optService = "service-type"
	optPort    = "service-port"
	optClass   = "ingress-class"
)

// Offer: an image, as a Deployment with a Service, or as a CronJob.
func (a *adapter) Offer() plan.Offer {
	return plan.Offer{
		Sources: []string{"image"}, OpenRuntimes: true, Triggers: []string{"http", "cron"},
		Options: []plan.Option{
			{Key: optService, What: "type of its Service", Default: "ClusterIP", Choices: []string{"ClusterIP", "NodePort", "LoadBalancer"}},
			{Key: optPort, What: "port of its Service", Default: "that of the container"},
			{Key: optClass, What: "class of its Ingress, where a host is given"},
		},
		Without: map[string]string{
			"timeout": "a Deployment bounds no call: what stands before it does",
		},
	}
}

// drafting is a request on its way to objects.
type drafting struct {
	*plan.DeployRequest
	plan.Draft
	crons, https []*plan.Trigger
}

// Deploy makes what `kubectl create deployment` and `kubectl expose` make, or `kubectl create cronjob`, and declares it to
// be a function.
func (a *adapter) Deploy(r *plan.DeployRequest, _ plan.Surroundings) plan.Draft {
	d := &drafting{DeployRequest: r}
	for i := range r.Triggers {
		switch t := &r.Triggers[i]; t.Type {
		case "cron":
			d.crons = append(d.crons, t)
		case "http":
			d.https = append(d.https, t)
		}
	}
	switch {
	case len(d.crons) > 1:
		d.problem("schedule", "a CronJob has one schedule")
	case len(d.crons) == 1 && len(d.https) > 0:
		d.problem("trigger", "what runs by a schedule answers no calls: make two functions")
	case len(d.crons) == 1:
		d.cronJob(d.crons[0])
	default:
		d.deployment()
	}
	d.rest()
	return d.Draft
}

func (d *drafting) problem(field, text string) {
	d.Problems = append(d.Problems, plan.Problem{Field: field, Text: text})
}

func (d *drafting) create(o map[string]any, why string) {
	ref, apiVersion := frameworks.NameOf(o)
	d.Edits = append(d.Edits, plan.Edit{Verb: plan.Create, Object: ref, APIVersion: apiVersion, New: o, Why: why})
}

// metadata is that of the object that is the function.
func (d *drafting) metadata(labels map[string]any) map[string]any {
	m := map[string]any{"name": d.Name, "namespace": d.Namespace}
	labels = maps.Clone(labels)
	for k, v := range d.Labels {
		labels[k] = v
	}
	labels[generic.Declaration] = "true"
	m["labels"] = labels
	notes := frameworks.TextMap(d.Annotations)
	for key, value := range map[string]string{runtimeKey: d.Runtime, handlerKey: d.Handler} {
		if value != "" {
			notes[key] = value
		}
	}
	if len(notes) > 0 {
		m["annotations"] = notes
	}
	return m
}

// pod is the pod's spec, with its container under this name.
func (d *drafting) pod(name string) map[string]any {
	c, volumes := frameworks.RequestedContainer(d.DeployRequest)
	c["name"] = name
	if d.Port > 0 {
		c["ports"] = []any{map[string]any{"containerPort": int64(d.Port)}}
	}
	pod := map[string]any{"containers": []any{c}}
	if len(volumes) > 0 {
		pod["volumes"] = volumes
	}
	if pull := frameworks.PullSecretsOf(d.DeployRequest); len(pull) > 0 {
		pod["imagePullSecrets"] = pull
	}
	if d.ServiceAccount != "" {
		pod["serviceAccountName"] = d.ServiceAccount
	}
	return pod
}

// containerName is that which kubectl makes of an image: its last part, without tag and digest.
func containerName(image string) string {
	name := image[strings.LastIndexByte(image, '/')+1:]
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	out := []byte(strings.ToLower(name))
	for i, c := range out {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			out[i] = '-'
		}
	}
	return strings.Trim(string(out[:min(len(out), 63)]), "-")
}

func (d *drafting) deployment() {
	if d.Port == 0 {
		d.Port = 8080
		d.Notes = append(d.Notes, "it is expected to listen on port 8080")
	}
	own := map[string]any{"app": d.Name}
	replicas := int64(1)
	if d.Min != nil {
		replicas = int64(*d.Min)
	}
	d.create(map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": d.metadata(own),
		"spec": map[string]any{
			"replicas": replicas, "selector": map[string]any{"matchLabels": maps.Clone(own)},
			"template": map[string]any{"metadata": map[string]any{"labels": d.podLabels(own)}, "spec": d.pod(d.container())},
		},
	}, "the function")
	d.service(own)
	for _, t := range d.https {
		if t.Host != "" || t.Path != "" {
			d.ingress(t)
		}
	}
	d.autoscaler(replicas)
}

// podLabels are those of its pods: its own, and those that are asked for.
func (d *drafting) podLabels(own map[string]any) map[string]any {
	labels := frameworks.TextMap(d.Labels)
	maps.Copy(labels, own)
	return labels
}

func (d *drafting) container() string {
	if name := containerName(d.Source.Image); name != "" {
		return name
	}
	return d.Name
}

func (d *drafting) rest() {
	if len(d.Problems) > 0 {
		d.Edits = nil
		return
	}
	main := &d.Edits[0]
	d.Declares = main.Object
	if err := plan.Apply(main.New, d.Native); err != nil {
		d.problem("native", err.Error())
		d.Edits = nil
		return
	}
	for _, o := range d.Extra {
		d.create(o, "comes with it")
	}
}
