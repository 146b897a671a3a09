package framework

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
)

// whiskStores are the parts of OpenWhisk that no action needs, with the port that each answers.
var whiskStores = []struct {
	name  string
	port  int32
	login string
}{
	{"couchdb", 5984, "it asks for a password"},
	{"kafka", 9092, "it asks for no password"},
	{"zookeeper", 2181, "it asks for no password"},
	{"redis", 6379, "it asks for no password"},
	{"etcd", 2379, "it asks for no password"},
	{"invoker", 8080, "only the platform should call it"},
}

// checkWhiskStores is FW-OW-02.
func checkWhiskStores(e *check.Eval) {
	p, all, ok := whiskParts(e)
	if !ok {
		return
	}
	actions := actionPod(all, p.Namespace)
	if actions == nil {
		e.NA("its actions are no pods")
		return
	}
	for _, s := range whiskStores {
		for _, w := range components(all, s.name) {
			v := reach.Flow(e.Reader, *actions, w.pod(), s.port, reach.TCP)
			c := caller{"an action", v.Result, v.Missing}
			at := check.At{Object: w.Ref, Path: w.path}
			if c.undecided(e, w); c.open() {
				e.Failf(at, "every action of every tenant reaches %s on port %d: %s", w.Name, s.port, s.login)
				continue
			}
			c = anybodyInto(e, w, s.port)
			if c.undecided(e, w); c.open() {
				e.Failf(at, "%s reaches %s on port %d: the policy keeps out only what carries the label of actions", c.who, w.Name, s.port).As(check.Medium)
			}
		}
	}
}

// actionPod is what a new action pod will be for policies; nil where actions are containers that are no pods.
func actionPod(all []part, namespace string) *reach.Pod {
	for _, w := range components(all, "invoker") {
		if socketVolume(w.Spec) >= 0 {
			return nil
		}
		if c := container(w.Spec, "invoker"); c != nil {
			if s := env(c, "CONFIG_whisk_kubernetes_actionNamespace"); s.Set && s.Value != "" {
				namespace = s.Value
			}
		}
	}
	pod := reach.Stranger(namespace)
	pod.Labels = model.Labels{{Key: actionPodLabel, Value: "true"}}
	return &pod
}
