package framework

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Namespaces of control planes that are always the same.
const (
	servingNamespace  = "knative-serving"
	eventingNamespace = "knative-eventing"
	kymaNamespace     = "kyma-system"
)

// anchor tells the control plane that a Deployment is the centre of, with the release that the framework's adapter
// gives it.
func anchor(w *model.Workload) (p Platform, ok bool) {
	switch {
	case w.Labels.Get("component") == "gateway":
		return openFaaSGateway(w)
	case w.Labels.Get("kubeless") == "controller":
		p = plane(kubeless, "", versionOf(w, "kubeless-function-controller"))
		return p, container(w.Template.Spec, "kubeless-function-controller") != nil
	case w.Name == "serverless-ctrl-mngr":
		return plane(kyma, "", versionOf(w, "manager")), w.Labels.Get("kyma-project.io/module") == "serverless"
	case w.Name == "controller" && w.Namespace == servingNamespace:
		p = plane(knative, w.Labels.Get("app.kubernetes.io/instance"), w.Labels.Get("app.kubernetes.io/version"))
		return p, true
	case w.Name == "nuclio-controller":
		release := w.Template.Labels.Get("release")
		return plane(nuclio, release, cmp.Or(w.Template.Annotations.Get("nuclio.io/version"), versionOf(w, ""))), true
	case w.Name == "keda-operator" && isKeda(&w.Header, w.Template):
		return plane(keda, "", versionOf(w, "keda-operator")), true
	case w.Name == "dapr-operator" && isDapr(&w.Header, w.Template):
		return plane(dapr, "", versionOf(w, "dapr-operator")), true
	case w.Name == "router" && w.Labels.Get("svc") == "router":
		chart, charted := strings.CutPrefix(w.Labels.Get("chart"), "fission-all-")
		application := cmp.Or(w.Labels.Get("application"), w.Template.Labels.Get("application"))
		return plane(fission, "", cmp.Or(chart, versionOf(w, "router"))), charted || application == "fission-router"
	}
	return Platform{}, false
}

// isKeda reports whether a workload is a part of KEDA or its HTTP add-on.
func isKeda(h *model.Header, t model.PodTemplate) bool {
	of := cmp.Or(h.Labels.Get("app.kubernetes.io/part-of"), t.Labels.Get("app.kubernetes.io/part-of"))
	return of == "keda" || of == "keda-operator"
}

// isDapr reports whether a workload is a part of Dapr's control plane. Sidecars are in pods of applications.
func isDapr(h *model.Header, t model.PodTemplate) bool {
	of := cmp.Or(h.Labels.Get("app.kubernetes.io/part-of"), t.Labels.Get("app.kubernetes.io/part-of"))
	return of == dapr || of == "" && strings.HasPrefix(t.Labels.Get("app"), "dapr-")
}

func plane(framework, release, version string) Platform {
	return Platform{Subject: check.Subject{Framework: framework, Release: release}, Version: version}
}

// openFaaSGateway tells the three shapes of OpenFaaS apart by the container beside the gateway.
func openFaaSGateway(w *model.Workload) (Platform, bool) {
	p := plane(openFaaS, w.Labels.Get("release"), "")
	beside := provider(w.Template.Spec)
	if beside == nil || container(w.Template.Spec, "gateway") == nil {
		return p, false
	}
	p.Version = imageTag(beside.Image)
	switch {
	case strings.Contains(beside.Image, "openfaasltd/"):
		p.Shape = "pro"
	case beside.Name == "operator":
		p.Shape = "operator"
	default:
		p.Shape = "ce"
	}
	return p, true
}

// provider returns the container of an OpenFaaS gateway pod that writes Deployments.
func provider(s *corev1.PodSpec) *corev1.Container {
	return cmp.Or(container(s, "faas-netes"), container(s, "operator"))
}

// homes lists the namespaces of a control plane.
func homes(s check.Subject) []string {
	if s.Framework == knative && s.Namespace == servingNamespace {
		return []string{"contour-external", "contour-internal", eventingNamespace, servingNamespace, "kourier-system"}
	}
	return []string{s.Namespace}
}

// openFaaSParts are the values of the pod label app in a control plane of OpenFaaS.
var openFaaSParts = []string{
	"alertmanager", "autoscaler", "dashboard", "event-worker", "gateway", "ingress-operator", "nats", "oidc-plugin",
	"pro-builder", "prometheus", "queue-worker",
}

// isConnector reports whether pods call functions of OpenFaaS for something else. Each connector is a release of its own.
func isConnector(t model.PodTemplate) bool {
	return strings.HasSuffix(t.Labels.Get("app"), "-connector") || strings.HasSuffix(t.Labels.Get("component"), "-connector")
}

// partOf says of each framework which workloads in its namespace are parts of the control plane.
var partOf = map[string]func(*model.Header, model.PodTemplate) bool{
	openFaaS: func(h *model.Header, t model.PodTemplate) bool {
		app := t.Labels.Get("app")
		known := slices.Contains(openFaaSParts, app) || isConnector(t) || h.Labels.Get("app") == openFaaS
		return known && !t.Labels.Has("faas_function")
	},
	kubeless: func(h *model.Header, t model.PodTemplate) bool {
		return h.Labels.Has("kubeless") || t.Labels.Has("kubeless")
	},
	kyma: func(h *model.Header, _ model.PodTemplate) bool {
		return h.Labels.Has("kyma-project.io/module") || strings.HasPrefix(h.Name, "serverless-")
	},
	knative: func(h *model.Header, t model.PodTemplate) bool {
		return !t.Labels.Has("serving.knative.dev/revision") && !h.Labels.Has("function.knative.dev/name")
	},
	fission: func(h *model.Header, t model.PodTemplate) bool {
		return (t.Labels.Has("svc") || strings.HasPrefix(h.Labels.Get("chart"), "fission-all-")) &&
			!t.Labels.Has("environmentName") && !t.Labels.Has("functionName")
	},
	nuclio: func(h *model.Header, t model.PodTemplate) bool {
		return t.Labels.Get("nuclio.io/class") == "service" || h.Labels.Get("app") == nuclio && t.Labels.Get("nuclio.io/class") == ""
	},
	openWhisk: func(h *model.Header, t model.PodTemplate) bool {
		chart := cmp.Or(h.Labels.Get("chart"), t.Labels.Get("chart"))
		return (strings.HasPrefix(chart, "openwhisk-") || h.Namespace == "nuvolaris") && !t.Labels.Has("user-action-pod")
	},
	dapr: func(h *model.Header, t model.PodTemplate) bool { return isDapr(h, t) },
	keda: func(h *model.Header, t model.PodTemplate) bool { return isKeda(h, t) },
	fnProject: func(h *model.Header, t model.PodTemplate) bool {
		if strings.HasPrefix(cmp.Or(h.Labels.Get("chart"), t.Labels.Get("chart")), "fn-") {
			return true
		}
		return slices.ContainsFunc(t.Spec.Containers, func(c corev1.Container) bool {
			return strings.Contains(c.Image, "fnproject/fnserver") || env(&c, "FN_NODE_TYPE").Set
		})
	},
}
