package reach

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func portsOf(s *corev1.PodSpec) []Port {
	var out []Port
	add := func(c *corev1.Container) {
		for _, p := range c.Ports {
			if protocol, ok := ParseProtocol(string(p.Protocol)); ok {
				out = append(out, Port{p.Name, p.ContainerPort, protocol})
			}
		}
	}
	for i := range s.InitContainers { // sidecars: the others are gone when the pod is ready
		if p := s.InitContainers[i].RestartPolicy; p != nil && *p == corev1.ContainerRestartPolicyAlways {
			add(&s.InitContainers[i])
		}
	}
	for i := range s.Containers {
		add(&s.Containers[i])
	}
	return out
}

// groupsAnnotation names the security groups of Kube-OVN that apply to a pod.
const groupsAnnotation = "ovn.kubernetes.io/security_groups"

// New returns the end of a flow that a pod spec in the namespace makes.
func New(ref model.Ref, ns string, labels, annotations model.Labels, spec *corev1.PodSpec) Pod {
	return Pod{
		Ref: ref, Namespace: ns, Labels: labels, Ports: portsOf(spec), HostNetwork: spec.HostNetwork,
		Groups: annotations.Get(groupsAnnotation) != "",
	}
}

// Stranger is a pod without labels or ports, in the namespace.
func Stranger(ns string) Pod { return Pod{Namespace: ns} }

// live makes an end of a running pod; template is that of its workload, nil when it is not known.
func live(p *model.Pod, template *corev1.PodSpec) Pod {
	out := Pod{
		Ref: p.Ref, Namespace: p.Namespace, Labels: p.Labels, Live: true,
		Groups: p.Annotations.Get(groupsAnnotation) != "",
	}
	out.Address, _ = netip.ParseAddr(p.IP)
	if p.Spec != nil {
		template = p.Spec
	}
	if template != nil {
		out.Ports, out.HostNetwork = portsOf(template), template.HostNetwork
	}
	return out
}

func over(p *model.Pod) bool { return p.Phase == "Succeeded" || p.Phase == "Failed" }

// OfFunction lists the pods that run a function: those of its templates, and running ones that policies may treat in
// another way. Pods that build it and proxies before it are not among them.
var OfFunction = snapshot.NewQuery("pods of a function", func(r *snapshot.Reader, key model.FunctionKey) []Pod {
	f := r.Function(key)
	if f == nil {
		return nil
	}
	var out []Pod
	var spec *corev1.PodSpec
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Spec == nil || t.Role == model.Build || t.Role == model.Proxy {
			continue
		}
		ns := t.Origin.Namespace
		if ns == "" {
			ns = key.Namespace
		}
		if spec == nil {
			spec = t.Spec
		}
		out = append(out, New(t.Origin.Ref, ns, t.Labels, t.Annotations, t.Spec))
	}
	for _, ref := range f.Pods {
		if p, ok := r.Get(ref).(*model.Pod); ok && !over(p) {
			out = append(out, live(p, spec))
		}
	}
	return distinct(r, out)
}, nil)

// volatile labels are set anew for each pod or each rollout.
var volatile = []string{
	"pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
	"apps.kubernetes.io/pod-index", "job-name", "controller-uid", "batch.kubernetes.io/job-name",
	"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index",
}

// mentioned lists the volatile labels that some policy looks at all the same.
var mentioned = snapshot.NewQuery("labels of single pods in policies", func(r *snapshot.Reader, _ nothing) string {
	seen := make([]bool, len(volatile))
	visit := func(key string) {
		if i := slices.Index(volatile, key); i >= 0 {
			seen[i] = true
		}
	}
	for _, o := range r.List(NetworkPolicies, "") {
		if p, ok := snapshot.FactsOf[*Policy](o, reader); ok {
			p.keys(visit)
		}
	}
	for _, p := range adminOf.Get(r, nothing{}).policies {
		p.keys(visit)
	}
	var out []string
	for i := range seen {
		if seen[i] {
			out = append(out, volatile[i])
		}
	}
	return strings.Join(out, " ")
}, func(a, b string) bool { return a == b })

// general returns the labels without those that policies do not look at and that differ between pods of one workload.
func general(l model.Labels, mentioned string) model.Labels {
	strip := func(e model.Label) bool {
		return slices.Contains(volatile, e.Key) && !slices.Contains(strings.Fields(mentioned), e.Key)
	}
	if !slices.ContainsFunc(l, strip) {
		return l
	}
	return slices.DeleteFunc(slices.Clone(l), strip)
}

// distinct keeps one pod of those that all policies treat alike, the first. Addresses do not count: policies that look
// at them are answered with Maybe.
func distinct(r *snapshot.Reader, all []Pod) []Pod {
	if len(all) == 0 {
		return nil
	}
	used := mentioned.Get(r, nothing{})
	seen := map[class][]int{}
	out := make([]Pod, 0, len(all))
next:
	for _, p := range all {
		p.Labels = general(p.Labels, used)
		c := p.class()
		for _, i := range seen[c] {
			if slices.Equal(out[i].Ports, p.Ports) {
				out[i].Address = netip.Addr{}
				continue next
			}
		}
		seen[c] = append(seen[c], len(out))
		out = append(out, p)
	}
	return out
}

// carriers are the kinds of workloads that are listed.
var carriers = []schema.GroupKind{
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "apps", Kind: "ReplicaSet"}, {Group: "batch", Kind: "CronJob"}, {Group: "batch", Kind: "Job"},
}

// Owned are pods of one owner that policies may treat in different ways.
type Owned struct {
	Owner model.Ref
	Pods  []Pod
}

// InNamespace lists the pods of a namespace by their owners: templates, and running pods that differ.
var InNamespace = snapshot.NewQuery("pods of a namespace", func(r *snapshot.Reader, ns string) []Owned {
	c := &census{index: map[model.Ref]int{}, specs: map[model.Ref]*corev1.PodSpec{}, above: map[model.Ref]model.Ref{}}
	for _, kind := range carriers {
		for _, o := range r.List(kind, ns) {
			if w, ok := o.(*model.Workload); ok {
				c.workload(w)
			}
		}
	}
	for _, o := range r.List(podKind, ns) {
		if p, ok := o.(*model.Pod); ok && !over(p) {
			c.pod(p)
		}
	}
	for _, f := range r.Functions(ns) {
		c.function(f)
	}
	for i := range c.out {
		c.out[i].Pods = distinct(r, c.out[i].Pods)
	}
	slices.SortFunc(c.out, func(a, b Owned) int { return a.Owner.Compare(b.Owner) })
	return c.out
}, nil)

// census collects pods by owner.
type census struct {
	out   []Owned
	index map[model.Ref]int
	specs map[model.Ref]*corev1.PodSpec
	above map[model.Ref]model.Ref
}

func (c *census) add(owner model.Ref, p Pod) {
	i, ok := c.index[owner]
	if !ok {
		i = len(c.out)
		c.index[owner] = i
		c.out = append(c.out, Owned{Owner: owner})
	}
	c.out[i].Pods = append(c.out[i].Pods, p)
}

// workload adds a workload's template. Owners come before what they own; what is owned appears as its owner.
func (c *census) workload(w *model.Workload) {
	if w.Template.Spec == nil {
		return
	}
	c.specs[w.Ref] = w.Template.Spec
	if o, ok := w.ControllerOwner(); ok {
		ref := model.Ref{Group: o.Group, Kind: o.Kind, Namespace: w.Namespace, Name: o.Name}
		if _, listed := c.index[ref]; listed {
			c.above[w.Ref] = ref
			return
		}
	}
	c.add(w.Ref, New(w.Ref, w.Namespace, w.Template.Labels, w.Template.Annotations, w.Template.Spec))
}

func (c *census) pod(p *model.Pod) {
	owner := p.Ref
	for _, o := range p.Owners {
		ref := model.Ref{Group: o.Group, Kind: o.Kind, Namespace: p.Namespace, Name: o.Name}
		if up, ok := c.above[ref]; ok {
			ref = up
		}
		if _, listed := c.index[ref]; listed || owner == p.Ref && o.Controller {
			owner = ref
		}
	}
	c.add(owner, live(p, c.specs[owner]))
}

// function adds the templates of a function that no workload holds.
func (c *census) function(f *model.Function) {
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Spec == nil || t.Role != model.Run && t.Role != "" || c.specs[t.Origin.Ref] != nil || len(f.Pods) > 0 {
			continue
		}
		if _, listed := c.index[t.Origin.Ref]; !listed && t.Origin.Name != "" {
			c.add(t.Origin.Ref, New(t.Origin.Ref, f.Key.Namespace, t.Labels, t.Annotations, t.Spec))
		}
	}
}
