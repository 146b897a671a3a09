package reach

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// namespace is what selectors of namespaces look at.
type namespace struct {
	name   string
	labels model.Labels
	// known: all labels are; otherwise nothing is but the name.
	known bool
	why   []snapshot.Missing
}

var namespaceOf = snapshot.NewQuery("labels of a namespace", func(r *snapshot.Reader, name string) *namespace {
	n := &namespace{name: name, known: true}
	if o, ok := r.Get(model.Ref{Kind: "Namespace", Name: name}).(*model.Namespace); ok {
		n.labels = o.Labels
	} else if m, hidden := r.Hidden(namespaces, ""); hidden {
		n.known, n.why = false, []snapshot.Missing{m}
	} else if o := r.Options(); o.Manifests && o.Partial {
		n.known = false
		n.why = []snapshot.Missing{{Verb: "get", Resource: "namespaces", Namespace: name, Reason: "may be elsewhere"}}
	}
	if !n.labels.Has(nameLabel) {
		n.labels = slices.Concat(n.labels, model.Labels{{Key: nameLabel, Value: name}})
		slices.SortFunc(n.labels, func(a, b model.Label) int { return compareText(a.Key, b.Key) })
	}
	return n
}, func(a, b *namespace) bool { return a.known == b.known && slices.Equal(a.labels, b.labels) })

// nodeFacts are kept of a Node.
type nodeFacts struct {
	addresses []string
	provider  string
}

func node(o *corev1.Node) *nodeFacts {
	f := &nodeFacts{provider: o.Spec.ProviderID}
	for _, a := range o.Status.Addresses {
		if a.Type == corev1.NodeInternalIP || a.Type == corev1.NodeExternalIP {
			f.addresses = append(f.addresses, a.Address)
		}
	}
	return f
}
