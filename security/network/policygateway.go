package network

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/workload"
)

// entry is how calls get to the functions of a framework, and the ports of their pods that are behind it.
type entry struct {
	name  string // of the gateway
	ports []int32
	// own: the pod's other ports count too, as far as the framework does not need them open.
	own bool
	// needed are ports that the gateway itself calls, and that ask for nothing more.
	needed []int32
	// gateway reports whether pods with these labels are part of the way in, where they run beside functions.
	gateway func(model.Labels) bool
}

var entries = map[string]entry{
	"openfaas": {name: "the OpenFaaS gateway", ports: []int32{8080}, gateway: labelled("app", "gateway", "queue-worker")},
	"fission": {name: "the Fission router", ports: []int32{8888, 8000}, own: true, gateway: labelled("svc",
		"router", "executor", "buildermgr", "storagesvc", "timer", "kubewatcher", "mqtrigger", "statesvc")},
	"knative": {name: "the Knative gateway and activator", ports: []int32{8080, 9090, 9091}, own: true, needed: []int32{8012, 8013, 8112},
		gateway: labelled("app", "activator", "autoscaler", "3scale-kourier-gateway", "envoy", "contour")},
	"nuclio": {name: "the Nuclio gateway", ports: []int32{8081, 8082, 8090}, gateway: labelled("nuclio.io/app", "dlx", "controller", "dashboard", "autoscaler")},
	"keda":   {name: "the KEDA interceptor", own: true, gateway: labelled("app.kubernetes.io/instance", "interceptor")},
}

func labelled(key string, values ...string) func(model.Labels) bool {
	return func(l model.Labels) bool { return slices.Contains(values, l.Get(key)) }
}

// entrySpaces are namespaces in which nothing runs but the way in: gateways, ingress controllers, meshes and their like.
var entrySpaces = []string{
	"istio-system", "istio-ingress", "kourier-system", "contour-external", "contour-internal", "projectcontour", "ingress-nginx",
	"nginx-ingress", "traefik", "traefik-system", "kong", "envoy-gateway-system", "openshift-ingress", "haproxy-controller",
	"knative-serving", "knative-eventing", "keda", "openfaas", "fission", "nuclio", "kyma-system", "gloo-system", "emissary", "linkerd",
}

// entryOf returns the way in that the function's framework has, and the ports of the pod that are behind it.
func entryOf(e *check.Eval, p *reach.Pod) (entry, []int32) {
	name := e.F.Key.Framework
	if name != "openfaas" && name != "fission" && name != "knative" && name != "nuclio" && intercepted(e) {
		name = "keda"
	}
	in, ok := entries[name]
	if !ok {
		return entry{}, nil
	}
	ports := slices.Clone(in.ports)
	if name == "nuclio" && len(expose.Gateways(e.Reader, e.F.Key)) > 0 {
		ports = append(ports, 8080)
	}
	if in.own {
		for _, q := range p.Ports {
			if q.Protocol == reach.TCP && !slices.Contains(in.needed, q.Number) && !slices.Contains(ports, q.Number) {
				ports = append(ports, q.Number)
			}
		}
	}
	return in, ports
}

// intercepted reports whether KEDA's interceptor stands before the function.
func intercepted(e *check.Eval) bool {
	return slices.ContainsFunc(e.F.Triggers, func(t model.Trigger) bool {
		return t.Type == model.HTTP && t.Origin.Kind == "HTTPScaledObject"
	})
}

func gatewayBypass(e *check.Eval) {
	s := subjectFor(e)
	if s == nil {
		return
	}
	in, _ := entryOf(e, &s.pods[0])
	if in.name == "" {
		e.NA("its framework has no gateway in front of functions")
		return
	}
	if why := guarded(e); why != "" {
		e.NA(why)
		return
	}
	for i := range s.pods {
		p := &s.pods[i]
		_, ports := entryOf(e, p)
		if reach.Blind(e.Reader, *p, reach.Ingress) {
			undecided(e, p, &s.iso[i].Ingress)
			continue
		}
		who, port := intruder(e, p, in, ports)
		if port == 0 {
			continue
		}
		if e.Options().Partial && len(s.iso[i].Ingress.Policies) == 0 {
			e.Unknown(elsewhere(p.Namespace))
			continue
		}
		f := e.Failf(check.At{Object: p.Ref}, "%s can call port %d of its pods directly, past %s", who, port, in.name)
		if !lockedDoor(e) {
			f.As(check.Medium)
		} else {
			f.Message += ", which asks for a login"
		}
		return
	}
}

// lockedDoor reports whether a way in asks for a login.
func lockedDoor(e *check.Eval) bool {
	x := expose.Of.Get(e.Reader, e.F.Key)
	return slices.ContainsFunc(x.Routes, func(r expose.Route) bool { return r.Auth != expose.NoAuth && r.Auth != expose.UnknownAuth })
}

// guarded says what asks for a token at the pod itself, so that there is nothing to go past; empty when nothing does.
func guarded(e *check.Eval) string {
	v := workload.Of.Get(e.Reader, e.F.Key)
	for i := range v.Specs {
		s := &v.Specs[i]
		if s.Annotations.Get("dapr.io/app-token-secret") != "" && s.Annotations.Get("dapr.io/enabled") == "true" {
			return "the application asks for the token of its Dapr sidecar"
		}
		for j := range s.Spec.Containers {
			for _, x := range s.Spec.Containers[j].Env {
				if e.F.Key.Framework == "openfaas" && x.Name == "jwt_auth" && strings.EqualFold(x.Value, "true") {
					return "the watchdog in its pods asks for a token"
				}
			}
		}
	}
	return ""
}

// intruder names a caller that is no part of the way in and gets through to one of the ports; port 0 when there is none.
func intruder(e *check.Eval, p *reach.Pod, in entry, ports []int32) (who string, port int32) {
	reaches := func(source reach.Pod) int32 {
		open := reach.Into(e.Reader, source, *p)
		for _, q := range ports {
			if open.Has(reach.TCP, q) {
				return q
			}
		}
		return 0
	}
	if q := reaches(reach.Pod{}); q != 0 {
		return "any pod of the cluster", q
	}
	if q := reaches(reach.Stranger(p.Namespace)); q != 0 {
		return "any pod of namespace " + p.Namespace, q
	}
	for _, peer := range reach.Peers(e.Reader, *p, reach.Ingress) {
		for _, o := range reach.Chosen.Get(e.Reader, peer).Pods {
			if o.Owner.Namespace != p.Namespace && (o.Owner.Namespace == e.F.Platform.Namespace || slices.Contains(entrySpaces, o.Owner.Namespace)) {
				continue
			}
			for i := range o.Pods {
				other := &o.Pods[i]
				if in.gateway(other.Labels) || slices.Equal(other.Labels, p.Labels) && other.Namespace == p.Namespace {
					continue
				}
				if q := reaches(*other); q != 0 {
					return o.Owner.String(), q
				}
			}
		}
	}
	return "", 0
}
