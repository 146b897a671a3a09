package logs

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// member is a pod whose logs are in a feed.
type member struct {
	pod    *model.Pod
	role   model.Role
	shared bool
	main   string // the function's own container; empty: not known
	keep   func(text []byte) bool
}

// membersOf lists the pods of a function, those of its builds where they are wanted or all there is.
func membersOf(f *model.Function, x frameworks.Index, where plan.LogTarget, builds bool) []member {
	roles, shared := map[model.Ref]model.Role{}, map[model.Ref]bool{}
	var building []member
	for _, w := range f.Workloads {
		for _, p := range frameworks.PodsOf(x, w.Ref) {
			roles[p.Ref], shared[p.Ref] = w.Role, w.Shared
			if w.Role == model.Build {
				building = append(building, member{pod: p, role: model.Build, shared: w.Shared})
			}
		}
	}
	main := ""
	for i := range f.Templates {
		if t := &f.Templates[i]; t.Role == model.Run && t.Container != "" {
			main = t.Container
			break
		}
	}
	var all []member
	for _, ref := range f.Pods {
		p, ok := x.Get(ref).(*model.Pod)
		role := roles[ref]
		if role == "" {
			role = model.Run
		}
		// What stands before a function belongs to a row of the platform, not to every function behind it.
		if !ok || role == model.Build || role == model.Proxy && shared[ref] && !f.Opaque {
			continue
		}
		m := member{pod: p, role: role, shared: shared[ref], main: main, keep: kept(where, shared[ref] && !f.Opaque)}
		all = append(all, m)
	}
	if buildsWanted(Options{Builds: builds}, f, len(all)) {
		all = append(all, building...)
	}
	return all
}

// buildsWanted reports whether what built a function is read: where it is wanted, and where there is nothing else yet.
func buildsWanted(o Options, f *model.Function, pods int) bool {
	return o.Builds || pods == 0 && (f.State == model.Building || f.State == model.Failed)
}

// kept joins what a framework says about lines.
func kept(where plan.LogTarget, shared bool) func([]byte) bool {
	switch {
	case shared && where.Keep != nil:
		return where.Keep
	case where.Hide != nil:
		return func(text []byte) bool { return !where.Hide(text) }
	}
	return nil
}

// podsOf lists the pods that an object is or has.
func podsOf(ref model.Ref, x frameworks.Index) []member {
	if ref.GroupKind() == frameworks.Pod {
		if p, ok := x.Get(ref).(*model.Pod); ok {
			return []member{{pod: p, role: model.Run}}
		}
		return nil
	}
	var all []member
	for _, p := range frameworks.PodsOf(x, ref) {
		all = append(all, member{pod: p, role: model.Run})
	}
	return all
}

// proxies are containers that meshes and frameworks put beside the function's own.
var proxies = []string{
	"istio-proxy", "istio-init", "istio-validation", "linkerd-proxy", "linkerd-init", "linkerd-network-validator",
	"queue-proxy", "daprd", "envoy", "envoy-sidecar", "kuma-sidecar", "kuma-init", "consul-dataplane",
	"consul-connect-inject-init", "oauth2-proxy", "fetcher",
}

// named is a container of a member.
type named struct {
	name string
	role model.Role
}

// containers lists the containers of a pod in the order in which they run.
func (m *member) containers() []named {
	all := make([]named, 0, len(m.pod.Containers)+len(m.pod.Ephemeral))
	for i := range m.pod.Containers {
		c := &m.pod.Containers[i]
		all = append(all, named{c.Name, m.roleOf(c)})
	}
	for i := range m.pod.Ephemeral {
		all = append(all, named{m.pod.Ephemeral[i].Name, m.role})
	}
	return all
}

func (m *member) roleOf(c *model.Container) model.Role {
	switch {
	case m.role != model.Run:
		return m.role
	case c.Name == m.main:
		return model.Run
	case slices.Contains(proxies, c.Name):
		return model.Proxy
	case c.Init && !lasting(m.pod.Spec, c.Name):
		return model.Build
	}
	return model.Run
}

// lasting reports whether an init container runs beside the others.
func lasting(spec *corev1.PodSpec, container string) bool {
	if spec == nil {
		return false
	}
	for i := range spec.InitContainers {
		if c := &spec.InitContainers[i]; c.Name == container {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}
