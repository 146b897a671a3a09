package frameworks

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// OptConnector is the option of frameworks with connectors that names one.
const OptConnector = "connector"

// Connector names the connector that a function is made through: the one that is asked for, or the only one that its
// namespace has. What it tells about itself is nil when it is not known.
func (b *Blueprint) Connector(framework, group string) (name string, told *Connector) {
	r := b.Request
	name = b.Option(OptConnector)
	if name == "" && b.Around.Objects != nil {
		var all []string
		for _, f := range b.Around.Functions(r.Namespace) {
			c, _, _ := strings.Cut(f.Record.Name, "/")
			if f.Key.Framework == framework && c != "" && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
		if len(all) == 1 {
			name = all[0]
		}
	}
	if name == "" {
		b.Problem(OptConnector, "say through which connector of namespace %s", r.Namespace)
		return "", nil
	}
	o := b.There(model.Ref{Group: group, Kind: ConnectorKind, Namespace: r.Namespace, Name: name})
	if o == nil {
		return name, nil
	}
	told, _ = o.Head().FactsOf(framework).(*Connector)
	if told != nil && told.Trouble() != "" {
		b.Note("%s", told.Trouble())
	}
	return name, told
}

// Record adds the creation of an object of an API that is reached through a connector. Data are the values that are or may
// be secret.
func (b *Blueprint) Record(kind schema.GroupKind, version, why string, spec, data map[string]any, name ...string) model.Ref {
	for i := range name {
		name[i] = strings.ReplaceAll(name[i], "/", "%2F")
	}
	o := map[string]any{"spec": spec}
	if len(data) > 0 {
		o["data"] = data
	}
	gv := schema.GroupVersion{Group: kind.Group, Version: version}
	ref := model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: b.Request.Namespace, Name: strings.Join(name, "/")}
	o["apiVersion"], o["kind"] = gv.String(), kind.Kind
	o["metadata"] = map[string]any{"name": ref.Name, "namespace": ref.Namespace}
	b.draft.Edits = append(b.draft.Edits, plan.Edit{Verb: plan.Create, Object: ref, APIVersion: gv.String(), New: o, Why: why})
	return ref
}

// Sent adds what is sent when the newest record is made, and is no part of it.
func (b *Blueprint) Sent(values map[string]any) {
	if len(values) > 0 {
		b.draft.Edits[len(b.draft.Edits)-1].New["sent"] = values
	}
}

// Open reports variables that are to come from Secrets or ConfigMaps, which such an API knows nothing of.
func (b *Blueprint) Open(what string) {
	for i := range b.Request.Env {
		if v := &b.Request.Env[i]; v.Secret+v.ConfigMap != "" {
			b.Problem("env", "%s: %s cannot refer to objects of Kubernetes: the function must fetch the value when it runs", v.Name, what)
		}
	}
}

// Megabytes is an amount of memory in MB, 0 for none.
func (b *Blueprint) Megabytes(field, text string) int64 {
	if text == "" {
		return 0
	}
	n := int64(0)
	if q, err := quantity(text); err == nil {
		n = q / (1 << 20)
		if n < 1 {
			b.Problem(field, "memory %s: whole megabytes", text)
		}
	}
	return n
}

func quantity(text string) (int64, error) {
	q, err := resource.ParseQuantity(text)
	return q.Value(), err
}
