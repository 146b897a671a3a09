package artifact

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

var (
	rangeKind  = schema.GroupKind{Kind: "LimitRange"}
	quotaKind  = schema.GroupKind{Kind: "ResourceQuota"}
	scaledKind = schema.GroupKind{Group: "keda.sh", Kind: "ScaledObject"}
)

var quotas = []snapshot.Kind{
	{GroupKind: rangeKind, Reader: reader, Decode: snapshot.Typed(keepRange)},
	{GroupKind: quotaKind, Reader: reader, Decode: snapshot.Typed(keepQuota)},
	{GroupKind: scaledKind, Reader: reader, Decode: keepScaled},
}

// defaults are what a LimitRange gives containers that ask for nothing.
type defaults struct {
	container                          bool // it says something about containers at all
	memory, cpu, cpuRequest, ephemeral bool
}

// keepRange reads a LimitRange as the API server completes it: without defaults the maximum is the default limit, and
// without a default request the default limit, else the minimum, is the request.
func keepRange(l *corev1.LimitRange) any {
	d := defaults{}
	for i := range l.Spec.Limits {
		item := &l.Spec.Limits[i]
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		has := func(name corev1.ResourceName, in ...corev1.ResourceList) bool {
			return slices.ContainsFunc(in, func(list corev1.ResourceList) bool { _, ok := list[name]; return ok })
		}
		d.container = true
		d.memory = d.memory || has(corev1.ResourceMemory, item.Default, item.Max)
		d.cpu = d.cpu || has(corev1.ResourceCPU, item.Default, item.Max)
		d.cpuRequest = d.cpuRequest || has(corev1.ResourceCPU, item.DefaultRequest, item.Default, item.Max, item.Min)
		d.ephemeral = d.ephemeral || has(corev1.ResourceEphemeralStorage, item.Default, item.Max)
	}
	return d
}

// ceiling is what a ResourceQuota limits, and what is nearly used up.
type ceiling struct {
	limits bool // pods, CPU or memory, of all pods
	tight  []string
}

var limiting = []corev1.ResourceName{
	corev1.ResourcePods, "count/pods", corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU,
	corev1.ResourceRequestsMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory,
}

const (
	nearly   = 90 // per cent
	maxTight = 16
)

func keepQuota(q *corev1.ResourceQuota) any {
	c := ceiling{}
	scoped := len(q.Spec.Scopes) > 0 || q.Spec.ScopeSelector != nil
	for _, name := range limiting {
		if _, ok := q.Spec.Hard[name]; ok && !scoped {
			c.limits = true
		}
	}
	for name, hard := range q.Status.Hard {
		used, ok := q.Status.Used[name]
		if ok && hard.Sign() > 0 && percent(used, hard) >= nearly {
			c.tight = append(c.tight, fmt.Sprintf("%s %s of %s", name, used.String(), hard.String()))
		}
	}
	slices.Sort(c.tight)
	c.tight = c.tight[:min(len(c.tight), maxTight)]
	return c
}

func percent(used, hard resource.Quantity) float64 {
	return used.AsApproximateFloat64() * 100 / hard.AsApproximateFloat64()
}

// allowance is what a namespace gives and takes.
type allowance struct {
	defaults
	quota, limits bool
	tight         string
}

var allowanceOf = snapshot.NewQuery("quota of a namespace", func(r *snapshot.Reader, ns string) allowance {
	a := allowance{}
	for _, o := range r.List(rangeKind, ns) {
		d, _ := snapshot.FactsOf[defaults](o, reader)
		a.container = a.container || d.container
		a.memory, a.cpu = a.memory || d.memory, a.cpu || d.cpu
		a.cpuRequest, a.ephemeral = a.cpuRequest || d.cpuRequest, a.ephemeral || d.ephemeral
	}
	var tight []string
	for _, o := range r.List(quotaKind, ns) {
		c, _ := snapshot.FactsOf[ceiling](o, reader)
		a.quota, a.limits = true, a.limits || c.limits
		tight = append(tight, c.tight...)
	}
	a.tight = strings.Join(tight, ", ")
	return a
}, func(a, b allowance) bool { return a == b })

// sidecars are containers that meshes and platforms add: what they use is not the function's to say.
var sidecars = []string{"queue-proxy", "fetcher", "istio-proxy", "linkerd-proxy", "daprd", "vault-agent"}

// eachContainer calls judge with the containers whose resources the function's owner decides. has answers for the pod
// as a whole.
func eachContainer(e *check.Eval, judge func(s *workload.Spec, c *workload.Container, pod corev1.ResourceRequirements)) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	if len(v.Specs) == 0 {
		e.NA(noPods)
		return
	}
	for i := range v.Specs {
		s := &v.Specs[i]
		if s.Live && !v.Specs[0].Live {
			continue // the template says it
		}
		pod := corev1.ResourceRequirements{}
		if s.Spec.Resources != nil {
			pod = *s.Spec.Resources
		}
		all := s.Containers()
		for n := range all {
			if c := &all[n]; c.Kind == workload.Main && (c.Own || !slices.Contains(sidecars, c.Name)) {
				judge(s, c, pod)
			}
		}
	}
}

// asks reports whether a container, or its pod for all of them, says how much it needs.
func asks(name corev1.ResourceName, lists ...corev1.ResourceList) bool {
	for _, l := range lists {
		if q, ok := l[name]; ok && q.Sign() > 0 {
			return true
		}
	}
	return false
}

// given reports whether a LimitRange fills in what a template leaves out; when it may be hidden the control is
// undecided. Running pods have what they were given.
func given(e *check.Eval, s *workload.Spec, what func(allowance) bool) bool {
	ns := e.Subject.Namespace
	if s.Live {
		return false
	}
	return what(allowanceOf.Get(e.Reader, ns)) || !e.Need(rangeKind, ns)
}

func field(s *workload.Spec, c *workload.Container, name string) check.At {
	return check.At{Object: s.Ref, Path: c.Path + ".resources." + name, Fixed: c.Fixed + ".resources." + name}
}

func memory(e *check.Eval) {
	eachContainer(e, func(s *workload.Spec, c *workload.Container, pod corev1.ResourceRequirements) {
		if asks(corev1.ResourceMemory, c.Resources.Limits, pod.Limits) || given(e, s, func(a allowance) bool { return a.memory }) {
			return
		}
		e.Fail(field(s, c, "limits.memory"), "container "+c.Name+" may use all memory of its node: the node then ends other pods")
	})
}

func cpu(e *check.Eval) {
	eachContainer(e, func(s *workload.Spec, c *workload.Container, pod corev1.ResourceRequirements) {
		limited := asks(corev1.ResourceCPU, c.Resources.Limits, pod.Limits)
		switch {
		case !limited && !asks(corev1.ResourceCPU, c.Resources.Requests, pod.Requests):
			if !given(e, s, func(a allowance) bool { return a.cpuRequest }) {
				e.Fail(field(s, c, "requests.cpu"), "container "+c.Name+" asks for no CPU: it gets what others leave, and may take all of it")
			}
		case !limited:
			if !given(e, s, func(a allowance) bool { return a.cpu }) {
				e.Fail(field(s, c, "limits.cpu"), "container "+c.Name+" may use all CPU that is idle on its node").As(check.Low)
			}
		}
	})
}

// storage judges what a pod may write to its node.
func storage(e *check.Eval) {
	full := map[*corev1.PodSpec]bool{} // some container may write without end
	eachContainer(e, func(s *workload.Spec, c *workload.Container, pod corev1.ResourceRequirements) {
		if asks(corev1.ResourceEphemeralStorage, c.Resources.Limits, pod.Limits) ||
			given(e, s, func(a allowance) bool { return a.ephemeral }) {
			return
		}
		full[s.Spec] = true
		e.Fail(field(s, c, "limits.ephemeral-storage"), "container "+c.Name+" may fill its node's disk with files and logs")
	})
	for i, specs := 0, specsOf(e); i < len(specs); i++ {
		if s := &specs[i]; full[s.Spec] {
			volumes(e, s)
		}
	}
}

// volumes reports the volumes on the node's disk that have no size.
func volumes(e *check.Eval, s *workload.Spec) {
	var names []string
	first := 0
	for n := range s.Spec.Volumes {
		vol := &s.Spec.Volumes[n]
		if d := vol.EmptyDir; d != nil && d.SizeLimit == nil && d.Medium != corev1.StorageMediumMemory {
			if len(names) == 0 {
				first = n
			}
			names = append(names, vol.Name)
		}
	}
	if len(names) > 0 {
		e.Fail(check.At{
			Object: s.Ref, Path: s.Field("volumes[" + itoa(first) + "].emptyDir.sizeLimit"),
			Fixed: s.Field("volumes[" + names[0] + "].emptyDir.sizeLimit"),
		}, "these volumes may grow until the node's disk is full: "+strings.Join(names, ", "))
	}
}

// hidden reports that a kind may exist in the function's namespace where nobody looked.
func hidden(e *check.Eval, kind schema.GroupKind) bool {
	ns := e.Subject.Namespace
	if !e.Need(kind, ns) {
		return true
	}
	if e.Options().Partial {
		e.Unknown(snapshot.Missing{Verb: "list", Resource: snapshot.Plural(kind.Kind), Namespace: ns, Reason: "may be elsewhere"})
		return true
	}
	return false
}

func noQuota(e *check.Eval) {
	ns := e.Subject.Namespace
	a := allowanceOf.Get(e.Reader, ns)
	if a.limits || hidden(e, quotaKind) {
		return
	}
	message := "namespace " + ns + " has no ResourceQuota: one function can use up the cluster"
	if a.quota {
		message = "no ResourceQuota of namespace " + ns + " limits the pods, CPU or memory of all of it"
	}
	e.Fail(check.At{Object: model.Ref{Kind: "Namespace", Name: ns}}, message)
}

func noLimitRange(e *check.Eval) {
	ns := e.Subject.Namespace
	if !allowanceOf.Get(e.Reader, ns).container && !hidden(e, rangeKind) {
		e.Fail(check.At{Object: model.Ref{Kind: "Namespace", Name: ns}},
			"namespace "+ns+" has no LimitRange for containers: what asks for nothing is limited by nothing")
	}
}

func quotaUsed(e *check.Eval) {
	ns := e.Subject.Namespace
	a := allowanceOf.Get(e.Reader, ns)
	if !a.quota {
		if e.Need(quotaKind, ns) {
			e.NA("its namespace has no ResourceQuota")
		}
		return
	}
	if a.tight != "" {
		e.Fail(check.At{Object: model.Ref{Kind: "Namespace", Name: ns}, Value: a.tight}, "the quota of namespace "+ns+" is nearly used up: "+a.tight)
	}
}

func priority(e *check.Eval) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	if len(v.Specs) == 0 {
		e.NA(noPods)
		return
	}
	for i := range v.Specs {
		s := &v.Specs[i]
		if name := s.Spec.PriorityClassName; strings.HasPrefix(name, "system-") {
			e.Fail(check.At{Object: s.Ref, Path: s.Field("priorityClassName"), Value: name},
				"has the priority of the cluster's own components: it drives out everything else, and nothing drives it out")
		}
	}
}

// Room is what bounds the pods of a namespace.
type Room struct {
	Quota  bool // there is a ResourceQuota
	Limits bool // and it limits pods, CPU or memory of all of them
	Ranges bool // a LimitRange bounds containers that ask for nothing
	Tight  string
	// Missing is set where quotas may not be read.
	Missing *snapshot.Missing
}

// RoomOf says what bounds the pods of a namespace.
func RoomOf(r *snapshot.Reader, ns string) Room {
	a := allowanceOf.Get(r, ns)
	room := Room{Quota: a.quota, Limits: a.limits, Ranges: a.container, Tight: a.tight}
	if missing, hidden := r.Hidden(quotaKind, ns); hidden && !room.Quota {
		room.Missing = &missing
	}
	return room
}
