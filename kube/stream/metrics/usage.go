// Package metrics measures what the pods of functions use, by the metrics API of Kubernetes, and remembers it for an
// hour.
//
// Its one rule: nothing is asked while nobody looks, and what was not measured is never zero: it is missing, with the
// reason.
package metrics

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

// Amount is CPU in millionths of a core, and memory in bytes.
type Amount struct{ CPU, Memory int64 }

func (a Amount) plus(o Amount) Amount { return Amount{a.CPU + o.CPU, a.Memory + o.Memory} }

// Times is the amount of several.
func (a Amount) Times(n int) Amount { return Amount{a.CPU * int64(n), a.Memory * int64(n)} }

// Bars is how many steps a sparkline has, a minute each.
const Bars = 10

// Spark is a short history: the height of every minute from 1 to 8, the newest last; 0: not measured.
type Spark [Bars]uint8

// Usage is what the pods of one function use together. It is immutable.
type Usage struct {
	Amount
	// Pods is how many pods were measured, of how many that the function has.
	Pods, Of int
	// Request and Limit are those of the measured pods together; 0: some container has none.
	Request, Limit Amount
	// CPUSpark and MemorySpark are the last minutes.
	CPUSpark, MemorySpark Spark
	// Stale says that newer values could not be had.
	Stale bool
}

// Millicores is the CPU as it is written: in thousandths of a core, rounded up as kubectl does.
func (a Amount) Millicores() int64 { return (a.CPU + 999) / 1000 }

// Mebibytes is the memory as it is written.
func (a Amount) Mebibytes() int64 { return a.Memory >> 20 }

// alike reports whether two usages are drawn the same, so that a row need not change.
func (u *Usage) alike(o *Usage) bool {
	return u.Millicores() == o.Millicores() && u.Mebibytes() == o.Mebibytes() && u.Pods == o.Pods && u.Of == o.Of &&
		u.Request == o.Request && u.Limit == o.Limit && u.CPUSpark == o.CPUSpark && u.MemorySpark == o.MemorySpark && u.Stale == o.Stale
}

// Claims returns what one pod of a function requests, and what it is limited to; 0 where some container has none. It is
// not known where no pod template was read.
func Claims(f *model.Function) (request, limit Amount, known bool) {
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Role != model.Run || t.Spec == nil {
			continue
		}
		request = sum(t.Spec, func(r corev1.ResourceRequirements) corev1.ResourceList { return r.Requests })
		limit = sum(t.Spec, func(r corev1.ResourceRequirements) corev1.ResourceList { return r.Limits })
		return request, limit, true
	}
	return Amount{}, Amount{}, false
}

// sum adds a resource of all containers that run as long as the pod does. One that has none leaves the pod without.
func sum(spec *corev1.PodSpec, of func(corev1.ResourceRequirements) corev1.ResourceList) Amount {
	var total Amount
	noCPU, noMemory := false, false
	add := func(c *corev1.Container) {
		have := of(c.Resources)
		cpu, memory := have[corev1.ResourceCPU], have[corev1.ResourceMemory]
		noCPU, noMemory = noCPU || cpu.IsZero(), noMemory || memory.IsZero()
		total = total.plus(Amount{cpu.ScaledValue(micro), memory.Value()})
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if c := &spec.InitContainers[i]; c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(c)
		}
	}
	if noCPU {
		total.CPU = 0
	}
	if noMemory {
		total.Memory = 0
	}
	return total
}

// Point is what was used at one moment, and by how many pods.
type Point struct {
	Time time.Time
	Amount
	Pods int
}
