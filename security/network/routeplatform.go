package network

import (
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// management is an interface by which a platform is watched or run.
type management struct {
	word string // in the name of the Service
	port int32  // or the port that it targets; zero: any
	what string
	// deploys: whoever reaches it without a login deploys code. open tells whether it lets anybody in; nil means always.
	// Those that deploy nothing are reported only when they are open.
	deploys bool
	open    func(*model.Workload) bool
}

// managed are the interfaces that have no row of their own.
var managed = []management{
	{word: "prometheus", what: "Prometheus"},
	{word: "alertmanager", what: "Alertmanager"},
	{word: "grafana", what: "Grafana", open: hasEnv("GF_AUTH_ANONYMOUS_ENABLED", "true")},
	{word: "kubernetes-dashboard", what: "the Kubernetes Dashboard", deploys: true, open: hasArg("--enable-skip-login")},
	{word: "argo-server", what: "the Argo Workflows server", deploys: true, open: hasArg("--auth-mode=server")},
	{word: "argo-workflows-server", what: "the Argo Workflows server", deploys: true, open: hasArg("--auth-mode=server")},
	{word: "kubeless-ui", what: "the Kubeless UI", deploys: true},
	{word: "openfaas-dashboard", what: "the OpenFaaS dashboard", deploys: true, open: never},
	{word: "nats", port: 8222, what: "the monitoring port of NATS"},
	{word: "stan", port: 8222, what: "the monitoring port of NATS"},
}

func never(*model.Workload) bool { return false }

func hasEnv(name, value string) func(*model.Workload) bool {
	return func(w *model.Workload) bool {
		for i := range w.Template.Spec.Containers {
			for _, e := range w.Template.Spec.Containers[i].Env {
				if e.Name == name && e.Value == value {
					return true
				}
			}
		}
		return false
	}
}

func hasArg(arg string) func(*model.Workload) bool {
	return func(w *model.Workload) bool {
		for i := range w.Template.Spec.Containers {
			c := &w.Template.Spec.Containers[i]
			for _, a := range append(append([]string{}, c.Command...), c.Args...) {
				if strings.HasPrefix(a, arg) {
					return true
				}
			}
		}
		return false
	}
}

// managementExposed judges the Services of a platform's namespace.
func managementExposed(e *check.Eval) {
	namespace := e.Subject.Namespace
	if !e.Need(serviceKind, namespace) {
		return
	}
	for _, o := range e.List(serviceKind, namespace) {
		s, ok := o.(*model.Service)
		if !ok {
			continue
		}
		for i := range managed {
			if m := &managed[i]; m.is(s) {
				m.judge(e, s)
				break
			}
		}
	}
}

func (m *management) is(s *model.Service) bool {
	if !strings.Contains(s.Name, m.word) {
		return false
	}
	if m.port == 0 {
		return true
	}
	for i := range s.Ports {
		if s.Ports[i].Port == m.port || s.Ports[i].TargetPort == strconv.Itoa(int(m.port)) {
			return true
		}
	}
	return false
}

func (m *management) judge(e *check.Eval, s *model.Service) {
	if g := expose.Look(s); g.Class > expose.Cluster {
		r := expose.Route{Class: g.Class, Assumed: g.Assumed}
		m.report(e, s, check.At{Object: s.Ref, Path: "spec.type", Value: s.Type}, "Service "+s.Name+" opens "+m.what+reaching(&r), false)
	}
	for _, r := range perHost(expose.RoutesTo(e.Reader, s.Ref), func(_, _ *expose.Route) bool { return true }) {
		if r.Class > expose.Cluster {
			m.report(e, s, at(&r), r.Via.Kind+" "+r.Via.Name+" opens "+m.what+" at "+where(&r)+reaching(&r), r.Auth != expose.NoAuth && r.Auth != expose.UnknownAuth)
		}
	}
}

// report: behind a login of the route it is no finding; one that deploys code for anybody is critical.
func (m *management) report(e *check.Eval, s *model.Service, at check.At, text string, guarded bool) {
	open := m.open == nil || workloadBehind(e.Reader, s, m.open)
	if guarded || !m.deploys && !open {
		return
	}
	f := e.Fail(at, text)
	if m.deploys && open {
		f.As(check.Critical)
		f.Message += ": whoever reaches it deploys code without a login"
	}
}

// workloadBehind reports whether a workload behind the Service is as asked.
func workloadBehind(r *snapshot.Reader, s *model.Service, is func(*model.Workload) bool) bool {
	for _, kind := range deploymentKinds {
		for _, o := range r.List(kind, s.Namespace) {
			w, ok := o.(*model.Workload)
			if ok && w.Template.Spec != nil && selectsTemplate(s, w) && is(w) {
				return true
			}
		}
	}
	return false
}

func selectsTemplate(s *model.Service, w *model.Workload) bool {
	return service.Selects(s.Selector, w.Template.Labels)
}
