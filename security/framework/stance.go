package framework

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/workload"
)

// hardening is one thing that a pod spec can say to be safer.
type hardening uint16

// What is compared.
const (
	unprivileged hardening = 1 << iota
	noHostIPC
	nonRoot
	noEscalation
	dropsAll
	readOnlyRoot
	seccompOn
	noToken
	limited
)

// hardenings says of each what it is called, how bad its lack is, and what wishes for it.
var hardenings = []struct {
	hardening
	words, field string
	container    bool
	severity     check.Severity
	intent       check.Intent
}{
	{unprivileged, "not to be privileged", "securityContext.privileged", true, check.Critical, check.FixNoPrivileged},
	{noHostIPC, "not to share the node's IPC", "hostIPC", false, check.High, check.FixNoHostNamespaces},
	{nonRoot, "not to run as root", "securityContext.runAsNonRoot", true, check.Medium, check.FixNonRoot},
	{noEscalation, "not to gain privileges", "securityContext.allowPrivilegeEscalation", true, check.Medium, check.FixNoEscalation},
	{dropsAll, "to drop all capabilities", "securityContext.capabilities", true, check.Medium, check.FixDropCapabilities},
	{readOnlyRoot, "a read-only root file system", "securityContext.readOnlyRootFilesystem", true, check.Medium, check.FixReadOnlyRoot},
	{seccompOn, "a seccomp profile", "securityContext.seccompProfile", false, check.Medium, check.FixSeccomp},
	{noToken, "no token of its account", "automountServiceAccountToken", false, check.Medium, check.FixNoToken},
	{limited, "limits", "resources.limits", true, check.Medium, check.FixLimits},
}

// stance is what a pod spec says of one container.
type stance struct {
	hardening
	account string // empty: it names none
}

func (s *stance) add(h hardening, said bool) {
	if said {
		s.hardening |= h
	}
}

func isFalse(b *bool) bool { return b != nil && !*b }
func isTrue(b *bool) bool  { return b != nil && *b }

// stanceOf reads what is said explicitly. The container may be nil, where only pods are spoken of.
func stanceOf(s *corev1.PodSpec, c *corev1.Container) stance {
	st := stance{account: orElse(s.ServiceAccountName, s.DeprecatedServiceAccount)}
	st.add(noToken, isFalse(s.AutomountServiceAccountToken))
	st.add(noHostIPC, !s.HostIPC)
	pod := s.SecurityContext
	if pod == nil {
		pod = &corev1.PodSecurityContext{}
	}
	own := &corev1.SecurityContext{}
	if c != nil && c.SecurityContext != nil {
		own = c.SecurityContext
	}
	st.add(nonRoot, rootless(pod, own))
	st.add(seccompOn, confined(own.SeccompProfile, pod.SeccompProfile))
	if c == nil {
		return st
	}
	st.add(unprivileged, !isTrue(own.Privileged))
	st.add(noEscalation, isFalse(own.AllowPrivilegeEscalation))
	st.add(readOnlyRoot, isTrue(own.ReadOnlyRootFilesystem))
	st.add(dropsAll, own.Capabilities != nil && slices.Contains(own.Capabilities.Drop, "ALL"))
	st.add(limited, hasLimits(c.Resources))
	return st
}

func hasLimits(r corev1.ResourceRequirements) bool { return !r.Limits.Memory().IsZero() }

// rootless reports whether the container cannot be root. What it says itself wins over what the pod says.
func rootless(pod *corev1.PodSecurityContext, own *corev1.SecurityContext) bool {
	must, user := own.RunAsNonRoot, own.RunAsUser
	if must == nil {
		must = pod.RunAsNonRoot
	}
	if user == nil {
		user = pod.RunAsUser
	}
	return isTrue(must) || user != nil && *user > 0
}

func confined(own, pod *corev1.SeccompProfile) bool {
	if own == nil {
		own = pod
	}
	return own != nil && (own.Type == corev1.SeccompProfileTypeRuntimeDefault || own.Type == corev1.SeccompProfileTypeLocalhost)
}

// declaration is what a function's object, or one that it names, says about its pods.
type declaration struct {
	stance
	container string // that it speaks of; empty: the function's own
	who       string // for messages
}

// compare fails for what the declaration says and the pods do not have. Of several pod specs with one lack the first
// is named.
func (d *declaration) compare(e *check.Eval, v *workload.View) {
	var told hardening
	for i := range v.Specs {
		s := &v.Specs[i]
		n := d.find(s)
		if n < 0 {
			continue
		}
		c := &s.Spec.Containers[n]
		lacks := d.hardening &^ stanceOf(s.Spec, c).hardening &^ told
		if lacks == 0 {
			continue
		}
		told |= lacks
		for _, h := range hardenings {
			if lacks&h.hardening == 0 {
				continue
			}
			at := check.At{Object: s.Ref, Path: s.Field(h.field)}
			if h.container {
				at.Path = s.Field("containers[" + itoa(n) + "]." + h.field)
				at.Fixed = s.Field("containers[" + c.Name + "]." + h.field)
			}
			e.Failf(at, "%s asks for pods %s, and %s does not have it: what is written down is not in force", d.who, asked(h.words), s.Ref).
				As(h.severity).Offers(check.FixRestart, check.FixReview, h.intent)
		}
	}
	d.compareAccount(e, v)
}

func asked(words string) string {
	if len(words) > 3 && (words[:3] == "not" || words[:3] == "to ") {
		return words
	}
	return "with " + words
}

func (d *declaration) compareAccount(e *check.Eval, v *workload.View) {
	if d.account == "" || d.account == v.Account || v.Account == "" || len(v.Specs) == 0 {
		return
	}
	at := check.At{Object: v.Specs[0].Ref, Path: v.Specs[0].Field("serviceAccountName"), Value: v.Account}
	e.Failf(at, "%s names account %s, and its pods run as %s", d.who, d.account, v.Account).
		Offers(check.FixRestart, check.FixReview, check.FixOwnAccount)
}

// find returns the index of the container that the declaration speaks of, -1 when it is not there.
func (d *declaration) find(s *workload.Spec) int {
	name := orElse(d.container, s.Main)
	if name == "" && len(s.Spec.Containers) > 0 {
		return 0
	}
	return indexOf(s.Spec.Containers, name)
}
