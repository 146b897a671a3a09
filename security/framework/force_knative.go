package framework

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// defaulted are the fields that secure-pod-defaults fills in where a template leaves them out.
const defaulted = noEscalation | dropsAll | seccompOn | nonRoot

// silentOn returns the fields of which a container says nothing, in whatever direction, of those that Knative would fill.
func silentOn(s *corev1.PodSpec, c *corev1.Container) (silent hardening) {
	pod, own := s.SecurityContext, c.SecurityContext
	if pod == nil {
		pod = &corev1.PodSecurityContext{}
	}
	if own == nil {
		own = &corev1.SecurityContext{}
	}
	add := func(h hardening, nothing bool) {
		if nothing {
			silent |= h
		}
	}
	add(noEscalation, own.AllowPrivilegeEscalation == nil)
	add(dropsAll, own.Capabilities == nil)
	add(seccompOn, own.SeccompProfile == nil && pod.SeccompProfile == nil)
	add(nonRoot, own.RunAsNonRoot == nil && pod.RunAsNonRoot == nil && own.RunAsUser == nil && pod.RunAsUser == nil)
	return silent
}

// forceKnative compares the template of a Knative Service with what runs: the Deployments of the Revisions with traffic,
// and those Revisions themselves where their Deployments are not there. A Revision is never changed: what was written into
// the template, or switched on for the cluster, after it was made is not in force.
func forceKnative(e *check.Eval, v *workload.View) {
	o := e.Get(e.F.Object)
	t, known := snapshot.FactsOf[*traffic](o, reader)
	s, says := snapshot.FactsOf[*said](o, declared)
	if says {
		d := declaration{stance: s.stance, who: e.F.Object.Kind + " " + e.F.Object.Name}
		d.compare(e, v)
	}
	var served []revisionOf
	if known && e.Need(knativeRevisionKind, e.F.Key.Namespace) {
		served, _ = t.split(e)
	}
	if !says && len(served) == 0 {
		e.NA("its object says nothing about its pods that is not the workload itself")
		return
	}
	filled := defaultsOn(e)
	for i := range served {
		r := &served[i]
		if says && !deployed(v, r.Name) {
			laggards(e, r, s.hardening&^r.said.hardening, "the template asks for pods")
		}
		laggards(e, r, filled&r.silent, "secure-pod-defaults gives pods")
	}
}

// defaultsOn returns what the cluster fills in at new Revisions.
func defaultsOn(e *check.Eval) hardening {
	c := knativeConfig.Get(e.Reader, model.Ref{Kind: configMapKind.Kind, Namespace: servingNamespace, Name: "config-features"})
	switch value := c.get("secure-pod-defaults"); {
	case strings.EqualFold(value, "enabled"):
		return defaulted
	case strings.EqualFold(value, "AllowRootBounded"):
		return defaulted &^ nonRoot
	}
	return 0
}

// deployed reports whether the pods of a Revision are among those that are compared already.
func deployed(v *workload.View, revision string) bool {
	for i := range v.Specs {
		if v.Specs[i].Labels.Get("serving.knative.dev/revision") == revision {
			return true
		}
	}
	return false
}

// laggards reports what a Revision with traffic lacks.
func laggards(e *check.Eval, r *revisionOf, lacks hardening, because string) {
	if lacks == 0 {
		return
	}
	for _, h := range hardenings {
		if lacks&h.hardening == 0 {
			continue
		}
		at := check.At{Object: r.Ref, Path: "spec." + h.field}
		if h.container {
			at.Path, at.Fixed = "spec.containers["+itoa(r.main)+"]."+h.field, "spec.containers["+r.container+"]."+h.field
		}
		e.Failf(at, "%s %s, and Revision %s, which has traffic, was made without: only a new Revision has it", because, asked(h.words), r.Name).
			As(h.severity).Offers(check.FixRestart, check.FixReview, h.intent)
	}
}

// mainOf is the container of the function in a Revision: the only one, or the one with a port.
func mainOf(s *corev1.PodSpec) int {
	for i := range s.Containers {
		if len(s.Containers[i].Ports) > 0 {
			return i
		}
	}
	return 0
}
