package fn

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// nodeType is what a container of a server does. An empty FN_NODE_TYPE means everything at once.
type nodeType string

const (
	apiNode    nodeType = "api"
	lbNode     nodeType = "lb"
	runnerNode nodeType = "pure-runner"
	fullNode   nodeType = "full"
)

const serverImage = "fnproject/fnserver"

// nodeOf tells what the container does, and whether it belongs to a server at all.
func nodeOf(c *corev1.Container) (nodeType, bool) {
	found := isServerImage(c.Image)
	for i := range c.Env {
		if e := &c.Env[i]; e.Name == "FN_NODE_TYPE" {
			switch n := nodeType(e.Value); n {
			case apiNode, lbNode, runnerNode:
				return n, true
			}
			return fullNode, true
		}
	}
	return fullNode, found
}

// isServerImage compares whole segments of the image's path: mirrors put their own before it.
func isServerImage(image string) bool {
	i := strings.LastIndex(image, serverImage)
	if i < 0 || i > 0 && image[i-1] != '/' {
		return false
	}
	rest := image[i+len(serverImage):]
	return rest == "" || rest[0] == ':' || rest[0] == '@'
}

// chartRole reports whether labels are those of a server pod of the chart.
func chartRole(l model.Labels) bool {
	role := l.Get("role")
	return (role == "fn-service" || role == "runner") && strings.HasPrefix(l.Get("chart"), "fn-")
}

// serverOfWorkload names the server that the workload is a part of.
func serverOfWorkload(w *model.Workload) (string, bool) {
	switch w.Kind {
	case frameworks.Deployment.Kind, frameworks.StatefulSet.Kind, frameworks.DaemonSet.Kind:
	default:
		return "", false
	}
	if !isServer(w.Template.Labels, w.Template.Spec) {
		return "", false
	}
	return cmp.Or(w.Template.Labels.Get("app"), w.Name), true
}

func isServer(l model.Labels, spec *corev1.PodSpec) bool {
	if chartRole(l) {
		return true
	}
	if spec == nil {
		return false
	}
	for i := range spec.Containers {
		if _, ok := nodeOf(&spec.Containers[i]); ok {
			return true
		}
	}
	return false
}

// serverOfPod works on labels and images alone, for operators who may list pods and nothing else.
func serverOfPod(p *model.Pod) (string, bool) {
	found := chartRole(p.Labels)
	for i := range p.Containers {
		found = found || isServerImage(p.Containers[i].Image)
	}
	if !found {
		return "", false
	}
	name := p.Name
	for _, o := range p.Owners {
		if o.Kind != "ReplicaSet" {
			name = o.Name
		}
	}
	return cmp.Or(p.Labels.Get("app"), name), true
}

func isFnService(s *model.Service) bool {
	for i := range s.Ports {
		if s.Ports[i].Name == lbPort {
			return true
		}
	}
	return strings.HasPrefix(s.Labels.Get("chart"), "fn-")
}

// part is one workload of a server, or one bare Pod.
type part struct {
	ref      model.Ref
	workload *model.Workload // nil for a bare Pod
	pods     []*model.Pod
	template model.PodTemplate
	nodes    []nodeType
}

// runs reports whether functions run in the part.
func (p *part) runs() bool {
	return slices.Contains(p.nodes, runnerNode) || slices.Contains(p.nodes, fullNode)
}

// calls reports whether the part answers invocations.
func (p *part) calls() bool {
	return slices.Contains(p.nodes, lbNode) || slices.Contains(p.nodes, fullNode)
}

func (p *part) role() model.Role {
	if p.runs() {
		return model.Run
	}
	return model.Proxy
}

// server is one installation of Fn.
type server struct {
	namespace, name string
	parts           []*part
}

// serversIn finds the servers of a namespace, and the Services that lead to them.
func serversIn(x frameworks.Index, namespace string) ([]*server, []*model.Service) {
	members := x.Members(serversKey(namespace))
	return group(x, namespace, members), frameworks.Typed[*model.Service](members)
}

func group(x frameworks.Index, namespace string, members []model.Object) []*server {
	byName := map[string]*server{}
	at := func(name string) *server {
		if byName[name] == nil {
			byName[name] = &server{namespace: namespace, name: name}
		}
		return byName[name]
	}
	for _, w := range frameworks.Typed[*model.Workload](members) {
		if name, ok := serverOfWorkload(w); ok {
			s := at(name)
			s.parts = append(s.parts, workloadPart(x, w))
		}
	}
	for _, p := range frameworks.Typed[*model.Pod](members) {
		if name, ok := serverOfPod(p); ok {
			s := at(name)
			if !s.has(p.Ref) {
				s.parts = append(s.parts, podPart(p))
			}
		}
	}
	all := make([]*server, 0, len(byName))
	for _, s := range byName {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *server) int { return cmp.Compare(a.name, b.name) })
	return all
}

// has reports whether the pod is already counted with a workload.
func (s *server) has(pod model.Ref) bool {
	return slices.ContainsFunc(s.parts, func(p *part) bool {
		return slices.ContainsFunc(p.pods, func(have *model.Pod) bool { return have.Ref == pod })
	})
}

func workloadPart(x frameworks.Index, w *model.Workload) *part {
	return &part{
		ref: w.Ref, workload: w, pods: frameworks.PodsOf(x, w.Ref), template: w.Template, nodes: nodesOf(&w.Template),
	}
}

// podPart makes a part of a bare Pod, or of one whose workload cannot be seen: then there is no template.
func podPart(p *model.Pod) *part {
	t := model.PodTemplate{Labels: p.Labels, Annotations: p.Annotations, Spec: p.Spec}
	return &part{ref: p.Ref, pods: []*model.Pod{p}, template: t, nodes: nodesOf(&t)}
}

// nodesOf reads the environment of the containers, and where that tells nothing the chart's label.
func nodesOf(t *model.PodTemplate) []nodeType {
	var nodes []nodeType
	if t.Spec != nil {
		for i := range frameworks.List(t.Spec.Containers) {
			if n, ok := nodeOf(&t.Spec.Containers[i]); ok {
				nodes = append(nodes, n)
			}
		}
	}
	if len(nodes) == 0 && t.Labels.Get("role") == "runner" {
		return []nodeType{runnerNode}
	}
	return nodes
}

// container returns the server's own container of the part that best shows what runs functions.
func (p *part) container() *corev1.Container {
	if p.template.Spec == nil {
		return nil
	}
	var first *corev1.Container
	for i := range p.template.Spec.Containers {
		c := &p.template.Spec.Containers[i]
		n, ok := nodeOf(c)
		if ok && (n == runnerNode || n == fullNode) {
			return c
		}
		if ok && first == nil {
			first = c
		}
	}
	return first
}

// platform describes the server as a control plane.
func (s *server) platform() model.Platform {
	p := model.Platform{Namespace: s.namespace, Shape: "split"}
	for _, part := range s.parts {
		if slices.Contains(part.nodes, fullNode) {
			p.Shape = "full"
		}
		if c := part.container(); c != nil && p.Version == "" {
			p.Version = frameworks.ImageTag(c.Image)
		}
		p.Release = cmp.Or(p.Release, part.template.Labels.Get("release"))
	}
	return p
}
