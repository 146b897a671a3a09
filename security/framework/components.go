package framework

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Components lists the workloads of a control plane by the keys under which they are judged as functions are. Pods that
// something made are left out: what made them is judged.
var Components = snapshot.NewQuery("workloads of a control plane", func(r *snapshot.Reader, s check.Subject) []model.FunctionKey {
	var all []model.FunctionKey
	for _, ref := range PlatformOf.Get(r, s).Workloads {
		o := r.Get(ref)
		if o == nil {
			continue
		}
		if _, owned := o.Head().ControllerOwner(); owned && ref.Kind == podKind.Kind {
			continue
		}
		all = append(all, model.ComponentKey(s.Framework, ref))
	}
	return all
}, slices.Equal[[]model.FunctionKey])

// ReadableComponents reports whether all workloads of a control plane can be seen. Where they may be hidden, the running
// control is reported as unknown.
func ReadableComponents(e *check.Eval) bool {
	seen := true
	for _, ns := range homes(e.Subject) {
		for _, kind := range []schema.GroupKind{deploymentKind, statefulSetKind, daemonSetKind, podKind} {
			if seen = e.Need(kind, ns); !seen {
				return false
			}
		}
	}
	return seen
}

// SettingsOf lists the ConfigMaps by which a framework is set up and that no pod of it names: it reads them by the API.
func SettingsOf(framework, namespace string) []model.Ref {
	var all []model.Ref
	for _, m := range mergedOf[framework] {
		if m.kind == configMapKind && (m.namespace == "" || m.namespace == namespace) {
			all = append(all, model.Ref{Kind: configMapKind.Kind, Namespace: namespace, Name: m.name})
		}
	}
	return all
}

// shipped are the beginnings of the names of roles and bindings that come with a framework which has no setting for
// fewer rights.
var shipped = map[string][]string{
	kubeless: {"kubeless-"},
	kyma:     {"serverless-", "kyma-", "eventing-", "api-gateway-"},
	knative:  {"knative-", "eventing-", "addressable-resolver"},
}

// FixedRights reports whether a role or binding of a control plane's account is the framework's own, and the framework
// has no setting that gives its accounts less.
func FixedRights(framework string, o model.Ref) bool {
	if o.Group != "rbac.authorization.k8s.io" {
		return false
	}
	return slices.ContainsFunc(shipped[framework], func(prefix string) bool { return strings.HasPrefix(o.Name, prefix) })
}
