package tighten

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
)

const policyVersion = "networking.k8s.io/v1"

// selected are labels that all pods of a workload have, and no others.
type selected struct {
	name   string
	labels map[string]any
	ports  []int32 // that its own container says it listens on
}

// identifying are the labels by which frameworks tell the pods of a function from others, for frameworks whose workloads
// come and go.
var identifying = map[string][]string{
	"openfaas": {"faas_function"},
	"kubeless": {"created-by", "function"},
	"kyma":     {"serverless.kyma-project.io/function-name"},
	"nuclio":   {"nuclio.io/function-name"},
	"knative":  {"serving.knative.dev/service"},
	"fission":  {"functionName", "functionNamespace"},
}

// selections tells the pods of the function from others: one selection for each set of labels.
func (q *asked) selections() []selected {
	var all []selected
	for i := range q.f.Templates {
		t := &q.f.Templates[i]
		if t.Role != model.Run || t.Spec == nil || t.Spec.HostNetwork {
			continue
		}
		s := selected{name: strings.ReplaceAll(q.f.Key.Name, "/", "-"), labels: map[string]any{}}
		for _, key := range identifying[q.f.Key.Framework] {
			if value, ok := t.Labels.Lookup(key); ok {
				s.labels[key] = value
			}
		}
		if len(s.labels) < len(identifying[q.f.Key.Framework]) || len(s.labels) == 0 {
			s = q.bySelector(t)
		}
		if len(s.labels) == 0 || q.shared(t.Origin.Ref) {
			continue
		}
		for _, c := range t.Spec.Containers {
			if c.Name == t.Container {
				for _, p := range c.Ports {
					s.ports = append(s.ports, p.ContainerPort)
				}
			}
		}
		if !slices.ContainsFunc(all, func(o selected) bool { return o.name == s.name }) {
			all = append(all, s)
		}
	}
	return all
}

// actionPods is the label of all pods that run actions of OpenWhisk: their own labels change with every one.
const actionPods = "user-action-pod"

// shared reports whether a workload serves other functions too.
func (q *asked) shared(ref model.Ref) bool {
	return slices.ContainsFunc(q.f.Workloads, func(w model.WorkloadRef) bool { return w.Ref == ref && w.Shared })
}

// bySelector has the labels that the workload finds its pods by; a Job's are those of its template that are not made
// anew for each.
func (q *asked) bySelector(t *model.Template) selected {
	s := selected{name: t.Origin.Name, labels: map[string]any{}}
	if value, ok := t.Labels.Lookup(actionPods); ok {
		q.ask("it is for the pods of all actions in " + t.Origin.Namespace)
		return selected{name: "actions", labels: map[string]any{actionPods: value}}
	}
	w, ok := q.r.Get(t.Origin.Ref).(*model.Workload)
	labels := t.Labels
	if ok && len(w.Selector) > 0 {
		labels = w.Selector
	}
	for _, l := range labels {
		if !strings.Contains(l.Key, "controller-uid") && !strings.Contains(l.Key, "pod-template-hash") && l.Key != "job-name" && l.Key != "batch.kubernetes.io/job-name" {
			s.labels[l.Key] = l.Value
		}
	}
	return s
}

// door is where calls to the functions of a framework come from.
type door struct {
	namespace string // empty: that of the platform
	key       string // label of the pods; empty: all of the namespace
	values    []string
	ports     []int32 // empty: those that the function's own container says
}

var doors = map[string][]door{
	"openfaas":  {{key: "app", values: []string{"gateway", "queue-worker"}, ports: []int32{8080}}},
	"fission":   {{key: "svc", values: []string{"router", "executor"}, ports: []int32{8888, 8000}}},
	"knative":   {{namespace: "knative-serving", ports: []int32{8012, 8013, 8112, 9090}}},
	"kyma":      {{namespace: "istio-system", ports: []int32{8080}}, {namespace: "kyma-system", ports: []int32{8080}}},
	"nuclio":    {{key: "nuclio.io/app", values: []string{"dlx", "controller", "dashboard", "autoscaler"}, ports: []int32{8080}}},
	"kubeless":  {{ports: []int32{8080}}},
	"keda-http": {{namespace: "keda"}},
}

// entrances are namespaces in which ingress controllers and gateways run.
var entrances = []string{
	"istio-system", "istio-ingress", "kourier-system", "contour-external", "projectcontour", "ingress-nginx", "nginx-ingress",
	"traefik", "traefik-system", "kong", "envoy-gateway-system", "openshift-ingress", "haproxy-controller", "gloo-system", "emissary",
}

// isolateIngress lets the gateway of the framework call the function, and what stands before its routes.
func (q *asked) isolateIngress() plan.Answer {
	asks := "calls from anything but " + strings.Join(q.callers(), ", ") + " are refused: other callers cannot be seen"
	return q.policies("ingress", asks, func(s *selected) any {
		var rules []any
		for _, d := range q.doors() {
			rules = append(rules, map[string]any{"from": []any{d.peer(q.f.Platform.Namespace)}, "ports": portsOf(d.ports, s.ports)})
		}
		if rules == nil { // nobody is known to call it: its neighbours may
			rules = append(rules, map[string]any{"from": []any{map[string]any{"podSelector": map[string]any{}}}, "ports": portsOf(s.ports)})
		}
		return rules
	})
}

// doors are those of the function: of its framework, and of its routes.
func (q *asked) doors() []door {
	var all []door
	for _, d := range doors[q.f.Key.Framework] {
		if cmp.Or(d.namespace, q.f.Platform.Namespace) != "" {
			all = append(all, d)
		}
	}
	if x := expose.Of.Get(q.r, q.f.Key); len(x.Routes) > 0 {
		for _, ns := range entrances {
			if q.r.Get(model.Ref{Kind: "Namespace", Name: ns}) != nil && !slices.ContainsFunc(all, func(d door) bool { return d.namespace == ns }) {
				d := door{namespace: ns}
				if q.f.Key.Framework == "knative" {
					d.ports = doors["knative"][0].ports[:3]
				}
				all = append(all, d)
			}
		}
	}
	return all
}

// callers names the doors.
func (q *asked) callers() []string {
	var names []string
	for _, d := range q.doors() {
		ns := cmp.Or(d.namespace, q.f.Platform.Namespace)
		if len(d.values) > 0 {
			ns += " (" + strings.Join(d.values, ", ") + ")"
		}
		names = append(names, ns)
	}
	if names == nil {
		return []string{"its own namespace"}
	}
	return names
}

const nameLabel = "kubernetes.io/metadata.name"

func (d *door) peer(platform string) map[string]any {
	m := map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{nameLabel: cmp.Or(d.namespace, platform)}}}
	if d.key != "" {
		values := make([]any, 0, len(d.values))
		for _, v := range d.values {
			values = append(values, v)
		}
		m["podSelector"] = map[string]any{"matchExpressions": []any{map[string]any{"key": d.key, "operator": "In", "values": values}}}
	}
	return m
}

func portsOf(lists ...[]int32) []any {
	var out []any
	for _, list := range lists {
		for _, p := range list {
			out = append(out, map[string]any{"protocol": "TCP", "port": int64(p)})
		}
		if len(out) > 0 {
			return out
		}
	}
	return []any{map[string]any{"protocol": "TCP", "port": int64(8080)}}
}

// isolateEgress lets the function ask for names, and reach what its framework and its mesh need.
func (q *asked) isolateEgress() plan.Answer {
	kept := []string{"DNS"}
	var more []any
	for _, d := range q.needs() {
		kept = append(kept, cmp.Or(d.namespace, q.f.Platform.Namespace))
		more = append(more, map[string]any{"to": []any{d.peer(q.f.Platform.Namespace)}, "ports": portsOf(d.ports)})
	}
	asks := "connections to anything but " + strings.Join(kept, ", ") + " end: which others it needs cannot be seen"
	if q.rights() != "" {
		asks += "; it holds a token, and no longer reaches the API server"
	}
	switch {
	case q.f.Key.Framework == "kyma" || q.f.Key.Framework == "kubeless":
		asks += "; its framework fetches packages at every start"
	case len(q.f.Triggers) > 0 && slices.ContainsFunc(q.f.Triggers, func(t model.Trigger) bool { return t.Type == model.Queue }):
		asks += "; a queue calls it"
	}
	return q.policies("egress", asks, func(*selected) any { return append([]any{dns()}, more...) })
}

// needs are destinations that pods cannot do without.
func (q *asked) needs() []door {
	var all []door
	if q.f.Key.Framework == "fission" && q.f.Platform.Namespace != "" {
		all = append(all, door{key: "svc", values: []string{"storagesvc", "router", "executor"}, ports: []int32{8000, 8888}})
	}
	for i := range q.f.Templates {
		t := &q.f.Templates[i]
		if t.Labels.Get("sidecar.istio.io/inject") == "true" || t.Annotations.Has("sidecar.istio.io/status") || q.meshed() {
			return append(all, door{namespace: "istio-system", key: "app", values: []string{"istiod"}, ports: []int32{15012}})
		}
	}
	return all
}

// meshed reports whether pods of the namespace get a sidecar.
func (q *asked) meshed() bool {
	o := q.r.Get(model.Ref{Kind: "Namespace", Name: q.f.Key.Namespace})
	return o != nil && (o.Head().Labels.Get("istio-injection") == "enabled" || o.Head().Labels.Has("istio.io/rev"))
}

// dns lets pods ask the cluster's name servers, and the cache on their node.
func dns() map[string]any {
	return map[string]any{
		"to": []any{
			map[string]any{
				"namespaceSelector": map[string]any{"matchLabels": map[string]any{nameLabel: "kube-system"}},
				"podSelector":       map[string]any{"matchLabels": map[string]any{"k8s-app": "kube-dns"}},
			},
			map[string]any{"ipBlock": map[string]any{"cidr": "169.254.20.10/32"}},
		},
		"ports": []any{map[string]any{"protocol": "UDP", "port": int64(53)}, map[string]any{"protocol": "TCP", "port": int64(53)}},
	}
}

func (q *asked) allowDNS() plan.Answer {
	return q.policies("dns", "", func(*selected) any { return []any{dns()} })
}

// metadataAddresses are where clouds hand out credentials of a node.
var metadataAddresses = []any{"169.254.169.252/30", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"}

// blockMetadata lets the function reach everything else.
func (q *asked) blockMetadata() plan.Answer {
	if id := q.cloudIdentity(); id == "iam.gke.io/gcp-service-account" {
		return q.None("its account has rights at the cloud, which it gets from the metadata server", check.FixIsolateEgress)
	}
	return q.policies("metadata", "", func(*selected) any {
		return []any{
			map[string]any{"to": []any{
				map[string]any{"ipBlock": map[string]any{"cidr": "0.0.0.0/0", "except": metadataAddresses}},
				map[string]any{"ipBlock": map[string]any{"cidr": "::/0", "except": []any{"fd00:ec2::254/128"}}},
				map[string]any{"namespaceSelector": map[string]any{}},
			}},
			dns(),
		}
	})
}

// cloudIdentity is the annotation by which its account has rights at a cloud, empty for none.
func (q *asked) cloudIdentity() string {
	a, ok := q.account()
	if !ok {
		return ""
	}
	if o := q.r.Get(a.Ref()); o != nil {
		for _, l := range o.Head().Annotations {
			switch l.Key {
			case "iam.gke.io/gcp-service-account", "eks.amazonaws.com/role-arn":
				return l.Key
			}
		}
	}
	return ""
}

// policies makes one policy for each selection of the function's pods. Policies only add: where one that is there lets
// through what is to be stopped, another one does not help.
func (q *asked) policies(suffix, asks string, rules func(*selected) any) plan.Answer {
	direction := reach.Egress
	if suffix == "ingress" {
		direction = reach.Ingress
	}
	if suffix != "dns" {
		if wide := q.wide(direction); wide != "" {
			return q.None(wide+" lets it through, and policies only add: take the rule out of it", check.FixReview)
		}
	}
	all := q.selections()
	if len(all) == 0 {
		return q.None("no labels tell its pods from others, or they use the network of their node", check.FixReview)
	}
	if asks != "" {
		q.ask(asks)
	}
	var edits []plan.Edit
	for i := range all {
		s := &all[i]
		ref := model.Ref{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: q.f.Key.Namespace, Name: s.name + "-" + suffix}
		if q.r.Get(ref) != nil {
			return q.None("NetworkPolicy "+ref.Name+" is there and does not do it", check.FixReview)
		}
		word := direction.String()
		spec := map[string]any{
			"podSelector": map[string]any{"matchLabels": s.labels},
			"policyTypes": []any{strings.ToUpper(word[:1]) + word[1:]},
			word:          rules(s),
		}
		edits = append(edits, plan.Edit{
			Verb: plan.Create, Object: ref, APIVersion: policyVersion, Why: q.Why, Asks: q.Asks,
			New: map[string]any{
				"apiVersion": policyVersion, "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace}, "spec": spec,
			},
		})
	}
	return q.Done(plan.AtOnce, edits...)
}

// wide names a network policy that selects the function's pods in that direction already, empty for none.
func (q *asked) wide(d reach.Direction) string {
	for _, p := range reach.OfFunction.Get(q.r, q.f.Key) {
		iso := reach.Isolation(q.r, p)
		of := iso.Ingress
		if d == reach.Egress {
			of = iso.Egress
		}
		if of.State == reach.Closed && len(of.Policies) > 0 {
			return of.Policies[0].Ref.Kind + " " + of.Policies[0].Ref.Name
		}
	}
	return ""
}

// opened is a port that the function listens on.
type opened struct {
	number int64
	text   string
}

func (s *selected) open() []opened {
	ports := s.ports
	if len(ports) == 0 {
		ports = []int32{8080}
	}
	var all []opened
	for _, p := range ports {
		all = append(all, opened{int64(p), strconv.Itoa(int(p))})
	}
	return all
}
