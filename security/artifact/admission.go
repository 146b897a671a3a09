package artifact

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const admissionGroup = "admissionregistration.k8s.io"

var (
	mutatingKind   = schema.GroupKind{Group: admissionGroup, Kind: "MutatingWebhookConfiguration"}
	validatingKind = schema.GroupKind{Group: admissionGroup, Kind: "ValidatingWebhookConfiguration"}
	policyKind     = schema.GroupKind{Group: admissionGroup, Kind: "ValidatingAdmissionPolicy"}
	bindingKind    = schema.GroupKind{Group: admissionGroup, Kind: "ValidatingAdmissionPolicyBinding"}
	templateKind   = schema.GroupKind{Group: "templates.gatekeeper.sh", Kind: "ConstraintTemplate"}
	namespaceKind  = schema.GroupKind{Kind: "Namespace"}
	serviceOfHook  = schema.GroupKind{Kind: "Service"}
)

var admission = []snapshot.Kind{
	{GroupKind: mutatingKind, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: snapshot.Typed(keepMutating)},
	{GroupKind: validatingKind, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: snapshot.Typed(keepValidating)},
	{GroupKind: policyKind, Versions: []string{"v1"}, Cluster: true, Plural: "validatingadmissionpolicies", Reader: reader, Decode: snapshot.Typed(keepPolicy)},
	{GroupKind: bindingKind, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: snapshot.Typed(keepBinding)},
	{GroupKind: templateKind, Cluster: true, Reader: reader},
}

const maxHooks = 64

// hook is one webhook: what it is called for, and where.
type hook struct {
	name       string
	path       string // in its object
	mutating   bool
	host       string // outside of the API server's Services; empty: a Service
	service    model.Ref
	ignored    bool // its failure
	untrusted  bool // no authority is named that signs for it
	uncertain  bool // it has conditions that are not looked at
	rules      []admissionv1.RuleWithOperations
	namespaces labels.Selector
	objects    labels.Selector
}

func keepMutating(c *admissionv1.MutatingWebhookConfiguration) any {
	var all []*hook
	for i := range c.Webhooks[:min(len(c.Webhooks), maxHooks)] {
		w := &c.Webhooks[i]
		h := hookOf(w.Name, i, &w.ClientConfig, w.FailurePolicy, w.NamespaceSelector, w.ObjectSelector, w.Rules)
		h.mutating, h.uncertain = true, len(w.MatchConditions) > 0
		all = append(all, h)
	}
	return all
}

func keepValidating(c *admissionv1.ValidatingWebhookConfiguration) any {
	var all []*hook
	for i := range c.Webhooks[:min(len(c.Webhooks), maxHooks)] {
		w := &c.Webhooks[i]
		h := hookOf(w.Name, i, &w.ClientConfig, w.FailurePolicy, w.NamespaceSelector, w.ObjectSelector, w.Rules)
		h.uncertain = len(w.MatchConditions) > 0
		all = append(all, h)
	}
	return all
}

func hookOf(name string, index int, c *admissionv1.WebhookClientConfig, failure *admissionv1.FailurePolicyType, namespaces, objects *metav1.LabelSelector, rules []admissionv1.RuleWithOperations) *hook {
	h := &hook{
		name: name, path: "webhooks[" + itoa(index) + "]", ignored: failure != nil && *failure == admissionv1.Ignore,
		untrusted:  len(c.CABundle) == 0,
		namespaces: selectorOf(namespaces), objects: selectorOf(objects), rules: rules,
	}
	switch {
	case c.Service != nil:
		h.service = model.Ref{Kind: serviceOfHook.Kind, Namespace: c.Service.Namespace, Name: c.Service.Name}
	case c.URL != nil:
		h.host = "an address that cannot be read"
		if u, err := url.Parse(*c.URL); err == nil && u.Hostname() != "" {
			h.host = u.Hostname()
		}
	}
	return h
}

// selectorOf takes a missing selector for one that takes everything, and one that is none for one that takes nothing.
func selectorOf(s *metav1.LabelSelector) labels.Selector {
	if s == nil {
		return labels.Everything()
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return labels.Nothing()
	}
	return selector
}

// calls reports whether it is called when objects of a kind are made or changed.
func (h *hook) calls(kind schema.GroupKind) bool {
	return slices.ContainsFunc(h.rules, func(r admissionv1.RuleWithOperations) bool { return ruleTakes(&r, kind) })
}

func ruleTakes(r *admissionv1.RuleWithOperations, kind schema.GroupKind) bool {
	plural := snapshot.Plural(kind.Kind)
	return slices.ContainsFunc(r.Operations, func(o admissionv1.OperationType) bool {
		return o == admissionv1.OperationAll || o == admissionv1.Create || o == admissionv1.Update
	}) && slices.ContainsFunc(r.APIGroups, func(g string) bool { return g == "*" || g == kind.Group }) &&
		slices.ContainsFunc(r.Resources, func(name string) bool {
			return name == "*" || name == "*/*" || name == plural || name == plural+"/*"
		}) && (r.Scope == nil || *r.Scope != admissionv1.ClusterScope)
}

// outside reports whether an address is none that only the cluster's DNS answers.
func outside(host string) bool {
	return host != "" && host != "localhost" && !strings.HasPrefix(host, "127.") && !strings.HasSuffix(host, ".svc") &&
		!strings.HasSuffix(host, ".cluster.local") && strings.ContainsAny(host, ". :")
}

// placed is a webhook and the object that it stands in.
type placed struct {
	ref model.Ref
	*hook
}

// hooksOf lists the webhooks that are called for some objects of a namespace, in the order of their names.
var hooksOf = snapshot.NewQuery("webhooks of a namespace", func(r *snapshot.Reader, ns string) []placed {
	own := namespaceLabels.Get(r, ns)
	var all []placed
	for _, kind := range []schema.GroupKind{mutatingKind, validatingKind} {
		for _, o := range r.List(kind, "") {
			hooks, _ := snapshot.FactsOf[[]*hook](o, reader)
			for _, h := range hooks {
				if h.namespaces.Matches(own) {
					all = append(all, placed{o.Head().Ref, h})
				}
			}
		}
	}
	return all
}, slices.Equal)

// namespaceLabels are the labels of a namespace; every one has that of its name. They must not be changed.
var namespaceLabels = snapshot.NewQuery("labels that admission selects", func(r *snapshot.Reader, ns string) labels.Set {
	set := labels.Set{"kubernetes.io/metadata.name": ns}
	if o := r.Get(model.Ref{Kind: namespaceKind.Kind, Name: ns}); o != nil {
		for _, l := range o.Head().Labels {
			set[l.Key] = l.Value
		}
	}
	return set
}, maps.Equal)

// covers is what a policy of the API server itself judges: pods, or what makes them.
type covers bool

// denies is what a binding of such a policy does.
type denies struct {
	policy     string
	namespaces labels.Selector
}

var workloadGroupKinds = []schema.GroupKind{
	podKind, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "batch", Kind: "Job"},
}

func keepPolicy(p *admissionv1.ValidatingAdmissionPolicy) any {
	if p.Spec.MatchConstraints == nil {
		return nil
	}
	for i := range p.Spec.MatchConstraints.ResourceRules {
		rule := &p.Spec.MatchConstraints.ResourceRules[i].RuleWithOperations
		if slices.ContainsFunc(workloadGroupKinds, func(k schema.GroupKind) bool { return ruleTakes(rule, k) }) {
			return covers(true)
		}
	}
	return nil
}

func keepBinding(b *admissionv1.ValidatingAdmissionPolicyBinding) any {
	if !slices.Contains(b.Spec.ValidationActions, admissionv1.Deny) {
		return nil
	}
	d := denies{policy: b.Spec.PolicyName, namespaces: labels.Everything()}
	if m := b.Spec.MatchResources; m != nil {
		d.namespaces = selectorOf(m.NamespaceSelector)
	}
	return d
}
