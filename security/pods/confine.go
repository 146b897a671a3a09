package pods

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
)

// confinement judges what keeps the processes of a container in.
func (j *judging) confinement(b *box) {
	if j.windows() {
		return
	}
	c := b.SecurityContext
	if c == nil || !isTrue(c.ReadOnlyRootFilesystem) {
		value := ""
		if c != nil && c.ReadOnlyRootFilesystem != nil {
			value = "false"
		}
		j.container(b, writable, check.Medium, "securityContext.readOnlyRootFilesystem", value,
			"code and tools in container "+b.Name+" can be overwritten while it runs; with a read-only root an emptyDir on /tmp is usually all it needs")
	}
	j.seccomp(b)
}

func (j *judging) seccomp(b *box) {
	var profile *corev1.SeccompProfile
	own := false
	if p := j.spec.SecurityContext; p != nil {
		profile = p.SeccompProfile
	}
	c := b.SecurityContext
	if c != nil && c.SeccompProfile != nil {
		profile, own = c.SeccompProfile, true
	}
	const field = "securityContext.seccompProfile"
	switch {
	case profile != nil && profile.Type == corev1.SeccompProfileTypeUnconfined:
		if own {
			j.container(b, seccomp, check.Medium, field+".type", string(profile.Type),
				"container "+b.Name+" may make every system call: seccomp is off")
			return
		}
		j.once(seccomp, check.Medium, field+".type", string(profile.Type),
			"the pod's containers may make every system call: seccomp is off")
	case c != nil && isTrue(c.Privileged):
		j.container(b, seccomp, check.Medium, "securityContext.privileged", "true",
			"container "+b.Name+" may make every system call: privileged containers ignore seccomp")
	case profile == nil:
		j.container(b, seccomp, check.Low, field, "",
			"no seccomp profile is set for container "+b.Name+": whether one applies depends on the node")
	}
}

// profiles judges AppArmor and SELinux settings.
func (j *judging) profiles() {
	for _, key := range slices.Sorted(maps.Keys(j.meta.Annotations)) {
		value := j.meta.Annotations[key]
		name, ok := strings.CutPrefix(key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix)
		if ok && value == corev1.DeprecatedAppArmorBetaProfileNameUnconfined {
			i := j.pod(profiles, check.Medium, "annotations['"+key+"']", value,
				"container "+name+" runs without AppArmor")
			i.meta, i.container = true, name
		}
	}
	if p := j.spec.SecurityContext; p != nil {
		if p.AppArmorProfile != nil && p.AppArmorProfile.Type == corev1.AppArmorProfileTypeUnconfined {
			j.pod(profiles, check.Medium, "securityContext.appArmorProfile.type",
				string(p.AppArmorProfile.Type), "the pod runs without AppArmor")
		}
		if field, value := j.label(p.SELinuxOptions); field != "" {
			j.pod(profiles, check.Low, "securityContext.seLinuxOptions."+field, value,
				"the pod runs under an SELinux "+field+" of its own: "+value)
		}
	}
	for i := range j.boxes {
		b := &j.boxes[i]
		c := b.SecurityContext
		if c == nil {
			continue
		}
		if c.AppArmorProfile != nil && c.AppArmorProfile.Type == corev1.AppArmorProfileTypeUnconfined {
			j.container(b, profiles, check.Medium, "securityContext.appArmorProfile.type",
				string(c.AppArmorProfile.Type), "container "+b.Name+" runs without AppArmor")
		}
		if field, value := j.label(c.SELinuxOptions); field != "" {
			j.container(b, profiles, check.Low, "securityContext.seLinuxOptions."+field, value,
				"container "+b.Name+" runs under an SELinux "+field+" of its own: "+value)
		}
	}
}

// label returns the part of an SELinux label that the standards forbid.
func (j *judging) label(o *corev1.SELinuxOptions) (field, value string) {
	switch {
	case o == nil:
		return "", ""
	case o.User != "":
		return "user", o.User
	case o.Role != "":
		return "role", o.Role
	case o.Type != "" && j.refuses("seLinuxOptions", &corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{SELinuxOptions: o}}):
		return "type", o.Type
	}
	return "", ""
}

// refuses reports whether one check of the standards refuses a pod spec.
func (j *judging) refuses(id string, s *corev1.PodSpec) bool {
	for _, rules := range [][]rule{j.baseline, j.restricted} {
		for i := range rules {
			if rules[i].id == id {
				_, fails := rules[i].fails(j.meta, s)
				return fails
			}
		}
	}
	return false
}

// perStandard reports what the standards alone judge: procMount, sysctls, hosts of probes.
func (j *judging) perStandard() {
	for _, f := range j.v.restricted {
		first := len(j.v.issues)
		switch f.check {
		case "procMount", "procMount_restricted":
			for i := range j.boxes {
				b := &j.boxes[i]
				c := b.SecurityContext
				if c != nil && c.ProcMount != nil && *c.ProcMount != corev1.DefaultProcMount {
					j.container(b, proc, check.Medium, "securityContext.procMount", string(*c.ProcMount),
						"container "+b.Name+" sees parts of /proc that are masked by default")
				}
			}
		case "sysctls":
			for i, s := range j.spec.SecurityContext.Sysctls {
				one := &corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{Sysctls: []corev1.Sysctl{s}}}
				if j.refuses("sysctls", one) {
					it := j.pod(proc, check.Medium, "securityContext.sysctls["+strconv.Itoa(i)+"]", s.Name+"="+s.Value,
						"sets the kernel parameter "+s.Name+", which is not known to be safe for the node's other pods")
					it.fixed = "securityContext.sysctls[" + s.Name + "]"
				}
			}
		case "hostProbesAndHostLifecycle":
			j.probes()
		}
		for i := first; i < len(j.v.issues); i++ {
			j.v.issues[i].standard = f.check
		}
	}
}

func (j *judging) probes() {
	for i := range j.boxes {
		b := &j.boxes[i]
		say := func(field string, get *corev1.HTTPGetAction, socket *corev1.TCPSocketAction) {
			host := ""
			switch {
			case get != nil && get.Host != "":
				field, host = field+".httpGet.host", get.Host
			case socket != nil && socket.Host != "":
				field, host = field+".tcpSocket.host", socket.Host
			default:
				return
			}
			j.container(b, proc, check.Medium, field, host,
				"the node calls "+host+" for container "+b.Name+": a way to reach what the pod itself cannot")
		}
		probe := func(field string, p *corev1.Probe) {
			if p != nil {
				say(field, p.HTTPGet, p.TCPSocket)
			}
		}
		hook := func(field string, h *corev1.LifecycleHandler) {
			if h != nil {
				say(field, h.HTTPGet, h.TCPSocket)
			}
		}
		probe("livenessProbe", b.LivenessProbe)
		probe("readinessProbe", b.ReadinessProbe)
		probe("startupProbe", b.StartupProbe)
		if l := b.Lifecycle; l != nil {
			hook("lifecycle.postStart", l.PostStart)
			hook("lifecycle.preStop", l.PreStop)
		}
	}
}
