package openfaas

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// secretsFolder is where the provider mounts all Secrets of a function.
const secretsFolder = "/var/openfaas/secrets"

// drafting is one request on its way to objects.
type drafting struct {
	*frameworks.Drafting
	gateway     *gateway // that serves the namespace; nil: none is seen
	shape       string   // asFunction or asDeployment
	labels      map[string]string
	annotations map[string]string
	environment map[string]string
	secrets     []string
}

// Deploy makes what the gateway makes of `faas-cli deploy`: a Function where an operator reads them, else the Deployment and
// Service of the Community Edition, which has no object of its own.
func (a adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drafting{Drafting: frameworks.NewDrafting(r, s, a.Offer()), environment: map[string]string{}}
	d.labels, d.annotations = frameworks.Joined(r.Labels), frameworks.Joined(r.Annotations)
	if r.Source.Image == "" && r.Source.Code == nil && r.Source.Git == nil {
		d.Problem("image", "an image is needed")
	}
	d.choose()
	d.env()
	d.files()
	d.scale()
	d.account()
	d.events()
	if d.shape == asDeployment {
		d.community()
	} else {
		d.Create(d.function())
	}
	d.ingresses()
	return d.Finish()
}

// choose finds the gateway that will act on the function, and what it reads.
func (d *drafting) choose() {
	all := installations(d.Around)
	d.gateway = serving(all, d.Namespace, true)
	ce := serving(all, d.Namespace, false)
	d.shape = asFunction
	if ce != nil && (d.gateway == nil || d.gateway.functions != d.Namespace && !d.annotated()) {
		d.gateway, d.shape = ce, asDeployment
	}
	served := d.Around.Served == nil || len(d.Around.Served(group, functionKind.Kind)) > 0
	switch asked := d.Options[optShape]; {
	case asked != "":
		if d.shape != asked {
			d.gateway, d.shape = nil, asked
			if asked == asDeployment {
				d.gateway = ce
			}
			d.Note("nothing that is seen serves a %s in %s", asked, d.Namespace)
		}
	case d.gateway == nil && !served:
		d.Problem("namespace", "OpenFaaS is not seen in this cluster, and it serves no Functions: give the option %s to make one all the same", optShape)
	case d.gateway == nil && len(all) > 0:
		d.Problem("namespace", "no gateway that is seen serves %s, but %s", d.Namespace, strings.Join(namespacesOf(all), ", "))
	case d.gateway == nil:
		d.Note("no gateway of OpenFaaS is seen: nothing acts on the Function until one serves %s", d.Namespace)
	case d.shape == asDeployment:
		d.Note("the gateway of %s reads no Functions: the Deployment and Service that it would make are made", d.gateway.ref.Namespace)
	}
	if d.gateway != nil && d.gateway.functions != d.Namespace && !d.annotated() {
		d.Note("the gateway serves %s only with the annotation %s on the Namespace", d.Namespace, Name)
	}
	if d.shape == asFunction && d.is(shapeOperator) && d.Enforces() == "restricted" {
		d.Problem("namespace", "%s lets restricted pods start only, and the open source operator drops no capabilities: nothing would start", d.Namespace)
	}
}

// annotated reports whether the namespace says that it has functions: only there a gateway serves others than its own.
func (d *drafting) annotated() bool {
	if d.Around.Objects == nil {
		return false
	}
	ns := d.Around.Get(model.Ref{Kind: frameworks.Namespace.Kind, Name: d.Namespace})
	return ns != nil && ns.Head().Annotations.Has(Name)
}

// installations are the gateways around a draft.
func installations(s plan.Surroundings) []gateway {
	var all []gateway
	for _, o := range frameworks.Listed(s, frameworks.Deployment, "") {
		if w, ok := o.(*model.Workload); ok && w.Labels.Get(componentLabel) == "gateway" {
			if g, ok := readGateway(w); ok {
				all = append(all, g)
			}
		}
	}
	return all
}

func namespacesOf(all []gateway) []string {
	var names []string
	for _, g := range all {
		if g.functions != "" && !slices.Contains(names, g.functions) {
			names = append(names, g.functions)
		}
	}
	return names
}

// is reports the shape of the installation that acts on the function.
func (d *drafting) is(shape string) bool { return d.gateway != nil && d.gateway.shape == shape }

func (d *drafting) env() {
	for _, v := range d.Env {
		switch {
		case v.Secret != "":
			d.Problem("env", "%s: OpenFaaS has no variables from Secrets: mount Secret %s, and read %s/%s", v.Name, v.Secret, secretsFolder, v.Key)
		case v.ConfigMap != "":
			d.Problem("env", "%s: OpenFaaS has no variables from ConfigMaps: give the value", v.Name)
		case v.Name == "fprocess" && d.Handler != "":
			d.Problem("env", "fprocess is what the handler becomes: give one of the two")
		default:
			d.environment[v.Name] = v.Value
		}
	}
	if d.Timeout > 0 { // what the watchdog in the image reads
		for _, name := range []string{"read_timeout", "write_timeout", "exec_timeout"} {
			if _, ok := d.environment[name]; !ok {
				d.environment[name] = d.Timeout.String()
			}
		}
		d.Note("the gateway ends calls at its own upstream_timeout, however long the function may take")
	}
}

// files collects the Secrets: all are files in one folder, and those with credentials of a registry are for pulling.
func (d *drafting) files() {
	for _, m := range d.Mounts {
		switch {
		case m.ConfigMap != "":
			d.Problem("config", "OpenFaaS mounts Secrets only: ConfigMap %s must become one", m.ConfigMap)
		case m.Path != "" && m.Path != secretsFolder:
			d.Problem("secret", "the keys of Secret %s are files in %s, nowhere else", m.Secret, secretsFolder)
		default:
			d.addSecret(m.Secret)
		}
	}
	for _, s := range d.PullSecrets {
		d.addSecret(s)
	}
	if len(d.PullSecrets) > 0 && d.is(shapeCE) {
		d.Problem("pull-secret", "the Community Edition runs public images only")
	}
}

func (d *drafting) addSecret(name string) {
	if slices.Contains(d.secrets, name) {
		return
	}
	d.secrets = append(d.secrets, name)
	if d.secret(name) == nil {
		d.Note("Secret %s is not seen in %s: nothing starts before it is there", name, d.Namespace)
	}
}

func (d *drafting) secret(name string) *model.Secret {
	if d.Around.Objects == nil {
		return nil
	}
	s, _ := d.Around.Get(model.Ref{Kind: frameworks.Secret.Kind, Namespace: d.Namespace, Name: name}).(*model.Secret)
	return s
}

// most is how many replicas the Community Edition allows.
const most = 5

func (d *drafting) scale() {
	set := func(name string, n int) { d.labels[scaleLabel+name] = strconv.Itoa(n) }
	if d.Max != nil {
		set("max", *d.Max)
		if *d.Max > most && d.is(shapeCE) {
			d.Problem("max", "the Community Edition runs at most %d replicas", most)
		}
	}
	switch {
	case d.Min == nil:
	case *d.Min > 0:
		set("min", *d.Min)
		if *d.Min > most && d.is(shapeCE) {
			d.Problem("min", "the Community Edition runs at most %d replicas", most)
		}
	case d.is(shapePro):
		d.labels[scaleLabel+"zero"] = "true"
	default:
		d.Problem("min", "only OpenFaaS Pro scales to zero, and back when a call comes")
	}
	if d.Min != nil && d.Max != nil && *d.Min == *d.Max {
		d.Note("with the same least and most it is not scaled at all")
	}
}

func (d *drafting) account() {
	if d.ServiceAccount == "" || d.shape == asDeployment {
		return
	}
	if d.is(shapeOperator) && !readsAccount(d.gateway.version) {
		d.Problem("service-account", "the open source operator reads no account from a Function any more: functions run as default")
		return
	}
	d.annotations[accountAnnotation] = d.ServiceAccount
}

// readsAccount reports whether an open source operator of this version reads the annotation: those up to 0.13 do.
func readsAccount(version string) bool {
	minor, ok := strings.CutPrefix(strings.TrimPrefix(version, "v"), "0.")
	minor, _, _ = strings.Cut(minor, ".")
	n, err := strconv.Atoi(minor)
	return ok && err == nil && n <= 13
}

// events writes what the connectors read into annotations.
func (d *drafting) events() {
	var topics, schedules []string
	for _, t := range d.TriggersOf("cron") {
		schedules = append(schedules, strings.TrimSpace(t.Schedule))
	}
	if len(schedules) > 0 {
		topics = append(topics, cronTopic)
		d.annotations[scheduleAnnotation] = strings.Join(schedules, ";")
	}
	for _, t := range d.TriggersOf("queue") {
		if strings.ContainsAny(t.Topic, ",;") {
			d.Problem("trigger", "a topic has no commas")
		}
		topics = append(topics, strings.TrimSpace(t.Topic))
		if t.Broker != "" {
			d.Note("which broker topic %s is of, the installation of the connector says: %s is not written anywhere", t.Topic, t.Broker)
		}
	}
	if len(topics) > 1 && !d.is(shapePro) {
		d.Problem("trigger", "a function has one topic, and a schedule counts as one: only connectors of OpenFaaS Pro read several")
	}
	if len(topics) > 0 {
		if d.annotations[topicAnnotation] != "" {
			d.Problem("annotation", "topic is what triggers are written to")
		}
		d.annotations[topicAnnotation] = strings.Join(topics, ",")
		d.Note("a connector must be installed that calls functions with topic %s", strings.Join(topics, ", "))
	}
	if p := d.Options[optProfile]; p != "" {
		if d.shape == asDeployment {
			d.Problem(optProfile, "the Community Edition reads no Profiles")
		}
		d.annotations[profileAnnotation] = p
	}
}

func (d *drafting) constraints() []string {
	var out []string
	for c := range strings.SplitSeq(d.Options[optConstraints], ",") {
		if c = strings.TrimSpace(c); c == "" {
			continue
		}
		key, value, ok := strings.Cut(c, "=")
		if !ok || len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(value)) > 0 {
			d.Problem(optConstraints, "%q is no KEY=VALUE of a node", frameworks.Line(c))
		}
		out = append(out, c)
	}
	return out
}

// function is the Function. Its labels are of the pods: one of them would have them serve another function.
func (d *drafting) function() map[string]any {
	if of, ok := d.labels[functionLabel]; ok && of != d.Name {
		d.Problem("label", "%s chooses whose calls the pods get: it cannot be %q", functionLabel, frameworks.Line(of))
	}
	for _, own := range []string{"app", controllerLabel} {
		if v, ok := d.labels[own]; ok && v != d.Name {
			d.Problem("label", "%s is what the operator finds its pods by", own)
		}
	}
	spec := map[string]any{"name": d.Name, "image": d.Source.Image}
	frameworks.Put(spec, "handler", d.Handler)
	frameworks.Put(spec, "environment", frameworks.Words(d.environment))
	frameworks.Put(spec, "secrets", frameworks.Values(d.secrets))
	frameworks.Put(spec, "labels", frameworks.Words(d.labels))
	frameworks.Put(spec, "annotations", frameworks.Words(d.annotations))
	frameworks.Put(spec, "constraints", frameworks.Values(d.constraints()))
	frameworks.Put(spec, "limits", frameworks.Words(d.amounts("limits", d.Limits)))
	frameworks.Put(spec, "requests", frameworks.Words(d.amounts("requests", d.Requests)))
	if d.Options[optReadOnly] == "true" {
		spec["readOnlyRootFilesystem"] = true
	}
	return map[string]any{
		"apiVersion": group + "/" + d.version(), "kind": functionKind.Kind,
		"metadata": d.Metadata(d.Name, nil, nil), "spec": spec,
	}
}

// version is the served one: older operators have v1alpha2 only.
func (d *drafting) version() string {
	if d.Around.Served != nil {
		if all := d.Around.Served(group, functionKind.Kind); len(all) > 0 && !slices.Contains(all, "v1") {
			return all[0]
		}
	}
	return "v1"
}

// amounts are the resources that OpenFaaS knows.
func (d *drafting) amounts(field string, all map[string]string) map[string]string {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name != "cpu" && name != "memory" {
			d.Problem(field, "OpenFaaS has cpu and memory, and no %s", frameworks.Line(name))
		}
	}
	return all
}

// ingresses makes a FunctionIngress of each host, where the ingress operator looks for them.
func (d *drafting) ingresses() {
	for _, t := range d.TriggersOf("http") {
		if t.Host == "" {
			if t.Path != "" || len(t.Methods) > 0 {
				d.Problem("trigger", "the gateway calls it with any method and path: a route of its own needs a host")
			}
			continue
		}
		namespace := d.Options[optGateway]
		if namespace == "" && d.gateway != nil {
			namespace = d.gateway.ref.Namespace
		}
		if namespace == "" {
			d.Problem("trigger", "where the gateway is, is not known: give the option %s", optGateway)
			continue
		}
		d.Create(d.ingress(t, namespace))
	}
}

func (d *drafting) ingress(t plan.Trigger, namespace string) map[string]any {
	if len(t.Methods) > 0 {
		d.Problem("trigger", "a FunctionIngress has no field for methods")
	}
	spec := map[string]any{"domain": t.Host, "function": d.Name, "functionNamespace": d.Namespace, "ingressType": "nginx"}
	frameworks.Put(spec, "ingressType", t.Options[optIngress])
	frameworks.Put(spec, "path", t.Path)
	if issuer := t.Options[optIssuer]; issuer != "" {
		kind, name, ok := strings.Cut(issuer, "/")
		if !ok || name == "" || kind != "Issuer" && kind != "ClusterIssuer" {
			d.Problem("trigger", "%s is Issuer/NAME or ClusterIssuer/NAME", optIssuer)
		}
		spec["tls"] = map[string]any{"enabled": true, "issuerRef": map[string]any{"name": name, "kind": kind}}
	}
	for _, key := range slices.Sorted(maps.Keys(t.Options)) {
		if key != optIngress && key != optIssuer {
			d.Problem("trigger", "%q is no option of a route: %s, %s", frameworks.Line(key), optIngress, optIssuer)
		}
	}
	return map[string]any{
		"apiVersion": group + "/v1", "kind": ingressKind.Kind,
		"metadata": map[string]any{"name": d.RouteName(t, ingressKind), "namespace": namespace}, "spec": spec,
	}
}
