package framework

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// leadsTo says how a port of a control plane's part is reached from outside the cluster, in words for a message; open
// is false when only callers in the cluster reach it.
func leadsTo(e *check.Eval, p *Platform, w *part, port string) (words string, open bool) {
	for _, ref := range p.Services {
		svc, ok := e.Get(ref).(*model.Service)
		if !ok || !selects(svc.Selector, w.Labels) {
			continue
		}
		if svc.Type == "NodePort" || svc.Type == "LoadBalancer" {
			return ", and " + svc.Type + " " + svc.Name + " leads there", true
		}
	}
	_ = port
	return "", false
}

// callable reports whether the judged function can be called from outside the cluster.
func callable(e *check.Eval) bool { return false }
