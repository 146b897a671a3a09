package framework

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
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

// FixedRights reports whether a role or binding of a control plane's account came with the framework, and the framework
// has no setting that gives its accounts less. A binding counts by the role that it gives, too: of some releases the
// roles alone are marked.
func FixedRights(r *snapshot.Reader, framework string, ref model.Ref) bool {
	came := shipped[framework]
	if came == nil || ref.Group != rbac.RoleKind.Group {
		return false
	}
	o := r.Get(ref)
	if o == nil {
		return false
	}
	if came(o.Head()) {
		return true
	}
	role, bound := rbac.RoleRefOf(o)
	if !bound {
		return false
	}
	given := r.Get(role)
	return given != nil && came(given.Head())
}

// shipped tells the roles and bindings that came with a framework, by the marks that its release puts on them. Kubeless
// marks nothing: its manifests have these names.
var shipped = map[string]func(*model.Header) bool{
	kubeless: func(h *model.Header) bool {
		switch h.Name {
		case "kubeless-controller-deployer", "kafka-controller-deployer", "nats-controller-deployer", "kinesis-controller-deployer":
			return h.Namespace == ""
		}
		return false
	},
	kyma: func(h *model.Header) bool {
		return h.Labels.Has("kyma-project.io/module") || h.Labels.Get("app.kubernetes.io/part-of") == "serverless"
	},
	knative: func(h *model.Header) bool {
		for _, key := range []string{"app.kubernetes.io/name", "app.kubernetes.io/part-of"} {
			switch h.Labels.Get(key) {
			case servingNamespace, eventingNamespace:
				return true
			}
		}
		return slices.ContainsFunc(knativeMarks, h.Labels.Has)
	},
}

// knativeMarks are the labels that only releases of Knative put on roles.
var knativeMarks = []string{
	"eventing.knative.dev/release", "networking.knative.dev/ingress-provider", "serving.knative.dev/controller", "serving.knative.dev/release",
}
