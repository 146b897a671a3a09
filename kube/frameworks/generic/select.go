package generic

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/fields"

	"github.com/fn9s/fn9s/security/model"
)

// Declaration is the label that declares a built-in workload to be a function, or, with the value false, not to be
// one.
const Declaration = "fn9s.io/function"

// OptedOut reports whether a workload was taken out of the list of functions by its label.
func OptedOut(h *model.Header) bool { return h.Labels.Get(Declaration) == "false" }

// platformNamespaces hold control planes of systems that run functions.
var platformNamespaces = []string{
	"keda", "openfunction", "spin-operator", "dapr-system", "openshift-serverless", "knative-serving",
	"knative-serving-ingress", "knative-eventing", "kube-system", "kube-public", "kube-node-lease",
}

// platformLabels mark parts of control planes wherever they are installed.
var platformLabels = []model.Label{
	{Key: "app.kubernetes.io/part-of", Value: "keda-operator"},
	{Key: "app.kubernetes.io/name", Value: "dapr"},
	{Key: "app.kubernetes.io/name", Value: "keda-operator"},
	{Key: "app.kubernetes.io/name", Value: "spin-operator"},
}

// Platform says why an object belongs to a control plane and is no function, whatever selects it; empty when it does
// not.
func Platform(h *model.Header) string {
	for _, ns := range platformNamespaces {
		if h.Namespace == ns {
			return "namespace " + ns + " holds a control plane"
		}
	}
	if len(h.Labels) == 0 {
		return ""
	}
	for _, l := range platformLabels {
		if h.Labels.Get(l.Key) == l.Value {
			return "label " + l.Key + "=" + l.Value + " marks a part of a control plane"
		}
	}
	return ""
}

// cheap says why the object is no function as far as its metadata tells; empty when they do not. It allocates only
// what it returns.
func (t *target) cheap(h *model.Header) string {
	switch {
	case !t.namespaces.Match(h.Namespace):
		return "its namespace is not selected"
	case !t.names.Match(h.Name):
		return "its name is not selected"
	case t.labels != nil && !t.labels.Matches(h.Labels):
		return "its labels are not selected by " + t.labelText
	}
	for _, a := range t.annotations {
		if v, ok := h.Annotations.Lookup(a.key); !ok || a.value != "*" && a.value != v {
			return "annotation " + a.key + " is not as selected"
		}
	}
	if isCore(t.GroupKind) && OptedOut(h) {
		return "label " + Declaration + "=false"
	}
	return Platform(h)
}

// costly says why the object is no function as far as its fields tell.
func (t *target) costly(d document) string {
	if t.fields != nil && !t.fields.Matches(fieldSet{t, d}) {
		return "its fields are not selected by " + t.fieldText
	}
	for i := range t.where {
		if c := &t.where[i]; !c.holds(d) {
			return fmt.Sprintf("where: %s %s does not hold (line %d)", c.use.path, c.op, c.use.line)
		}
	}
	return ""
}

// fieldSet reads a document as field selectors see it: a missing field is empty.
type fieldSet struct {
	t *target
	d document
}

var _ fields.Fields = fieldSet{}

func (f fieldSet) Has(field string) bool { return f.Get(field) != "" }

func (f fieldSet) Get(field string) string {
	for _, u := range f.t.fieldUses {
		if u.path.text == "."+strings.TrimPrefix(field, ".") {
			for _, s := range f.d.read(u.path) {
				return s.text
			}
		}
	}
	return ""
}
