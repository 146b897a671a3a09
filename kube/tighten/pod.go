package tighten

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// podWishes say what is to be different in a pod template.
var podWishes = map[check.Intent]func(*podEdit){
	check.FixNonRoot:          nonRoot,
	check.FixNoEscalation:     noEscalation,
	check.FixDropCapabilities: dropCapabilities,
	check.FixSeccomp:          seccomp,
	check.FixReadOnlyRoot:     readOnlyRoot,
	check.FixNoPrivileged:     noPrivileged,
	check.FixApparmor:         apparmor,
	check.FixNoHostPath:       noHostPath,
	check.FixNoHostNamespaces: noHostNamespaces,
	check.FixNoHostNetwork:    noHostNetwork,
	check.FixNoHostPort:       noHostPort,
	check.FixNoControlPlane:   noControlPlane,
	check.FixLimits:           limits,
	check.FixPullPolicy:       pullPolicy,
	check.FixPinImage:         pinImage,
	check.FixNoToken:          noToken,
	check.FixMeshJoin:         meshJoin,
}

// podEdit collects the changes of one pod template.
type podEdit struct {
	q      *asked
	spec   *corev1.PodSpec
	meta   model.Labels
	main   string
	fields []plan.Field
	asks   []string
	none   string
	next   check.Intent
}

// uid is the user that containers run as when nothing names one: no user of a node has it.
const uid int64 = 10001

// box is a container and the list that it stands in.
type box struct {
	*corev1.Container
	list string
}

func (e *podEdit) boxes() []box {
	var all []box
	for i := range e.spec.InitContainers {
		all = append(all, box{&e.spec.InitContainers[i], "initContainers"})
	}
	for i := range e.spec.Containers {
		all = append(all, box{&e.spec.Containers[i], "containers"})
	}
	return all
}

func (e *podEdit) set(path string, value any) {
	e.fields = append(e.fields, plan.Field{Path: path, Value: value})
}

func (e *podEdit) remove(path string) {
	e.fields = append(e.fields, plan.Field{Path: path, Remove: true})
}

func (b *box) at(field string) string { return plan.ContainerPath(b.list, b.Name, field) }

func (e *podEdit) ask(reason string) { e.asks = append(e.asks, reason) }

func yes(b *bool) bool { return b != nil && *b }

func contextOf(b *box) corev1.SecurityContext {
	if b.SecurityContext == nil {
		return corev1.SecurityContext{}
	}
	return *b.SecurityContext
}

func (e *podEdit) podContext() corev1.PodSecurityContext {
	if e.spec.SecurityContext == nil {
		return corev1.PodSecurityContext{}
	}
	return *e.spec.SecurityContext
}

func nonRoot(e *podEdit) {
	pod := e.podContext()
	names := ""
	needsUser := false
	for _, b := range e.boxes() {
		c := contextOf(&b)
		user, demanded := pod.RunAsUser, yes(pod.RunAsNonRoot)
		if c.RunAsUser != nil {
			user = c.RunAsUser
		}
		if c.RunAsNonRoot != nil {
			demanded = *c.RunAsNonRoot
		}
		if c.RunAsUser != nil && *c.RunAsUser == 0 {
			e.remove(b.at("securityContext.runAsUser"))
			needsUser = true
		}
		if c.RunAsNonRoot != nil && !*c.RunAsNonRoot {
			e.remove(b.at("securityContext.runAsNonRoot"))
		}
		needsUser = needsUser || user == nil && !demanded || user != nil && *user == 0
		if user == nil && !demanded || user != nil && *user == 0 {
			names = join(names, b.Name)
		}
	}
	if !yes(pod.RunAsNonRoot) {
		e.set("spec.securityContext.runAsNonRoot", true)
	}
	if !needsUser {
		return
	}
	if pod.RunAsUser == nil || *pod.RunAsUser == 0 {
		e.set("spec.securityContext.runAsUser", uid)
	}
	if pod.RunAsGroup == nil {
		e.set("spec.securityContext.runAsGroup", uid)
	}
	if pod.FSGroup == nil {
		e.set("spec.securityContext.fsGroup", uid)
	}
	e.ask(names + " runs as root, or as the user of its image: its image must be able to run as another user")
}

func join(names, name string) string {
	if names == "" {
		return name
	}
	return names + ", " + name
}

func noEscalation(e *podEdit) {
	for _, b := range e.boxes() {
		c := contextOf(&b)
		if c.AllowPrivilegeEscalation != nil && !*c.AllowPrivilegeEscalation {
			continue
		}
		e.set(b.at("securityContext.allowPrivilegeEscalation"), false)
		e.unprivileged(&b) // the API refuses the two together
	}
}

func (e *podEdit) unprivileged(b *box) {
	if yes(contextOf(b).Privileged) {
		e.set(b.at("securityContext.privileged"), false)
		e.ask(b.Name + " is privileged now: what it does to its node fails")
	}
}

const bindService = "NET_BIND_SERVICE"

func dropCapabilities(e *podEdit) {
	for _, b := range e.boxes() {
		var caps corev1.Capabilities
		if c := contextOf(&b); c.Capabilities != nil {
			caps = *c.Capabilities
		}
		const list = "securityContext.capabilities."
		low := slices.ContainsFunc(b.Ports, func(p corev1.ContainerPort) bool { return p.ContainerPort < 1024 })
		if !slices.Contains(caps.Drop, "ALL") {
			e.set(b.at(list+"drop"), []any{"ALL"})
		}
		var lost []string
		for _, c := range caps.Add {
			if c != bindService {
				lost = append(lost, string(c))
			}
		}
		binds := slices.Contains(caps.Add, bindService) || low
		switch {
		case len(lost) > 0 && binds, low && !slices.Contains(caps.Add, bindService):
			e.set(b.at(list+"add"), []any{bindService})
		case len(lost) > 0:
			e.remove(b.at(list + "add"))
		}
		if len(lost) > 0 {
			e.ask(b.Name + " loses the capabilities " + strings.Join(lost, ", "))
		}
	}
}

func seccomp(e *podEdit) {
	const field = "securityContext.seccompProfile"
	unconfined := func(p *corev1.SeccompProfile) bool { return p != nil && p.Type == corev1.SeccompProfileTypeUnconfined }
	pod := e.podContext().SeccompProfile
	uncovered := pod == nil || unconfined(pod)
	needed := false
	for _, b := range e.boxes() {
		c := contextOf(&b)
		if unconfined(c.SeccompProfile) {
			e.remove(b.at(field))
			needed = true
		}
		needed = needed || c.SeccompProfile == nil
		if yes(c.Privileged) {
			e.unprivileged(&b)
		}
	}
	if uncovered && needed {
		e.set("spec."+field, map[string]any{"type": "RuntimeDefault"})
	}
	if unconfined(pod) {
		e.ask("system calls that the runtime's profile does not allow fail")
	}
}

// tmpSize bounds what a function may write where it could write without end before.
const tmpSize = "256Mi"

func readOnlyRoot(e *podEdit) {
	volume := ""
	for _, b := range e.boxes() {
		if yes(contextOf(&b).ReadOnlyRootFilesystem) {
			continue
		}
		e.set(b.at("securityContext.readOnlyRootFilesystem"), true)
		if slices.ContainsFunc(b.VolumeMounts, func(m corev1.VolumeMount) bool { return strings.TrimSuffix(m.MountPath, "/") == "/tmp" }) {
			continue
		}
		if volume == "" {
			volume = e.tmp()
		}
		e.fields = append(e.fields, plan.Field{
			Path: plan.ContainerPath(b.list, b.Name, "volumeMounts") + "[mountPath=/tmp]", Value: map[string]any{"name": volume, "mountPath": "/tmp"},
		})
	}
	e.ask("what it writes outside of /tmp and its volumes fails, and what it writes to /tmp beyond " + tmpSize + " where that is made for it")
}

// tmp returns the name of the volume for /tmp, which it adds.
func (e *podEdit) tmp() string {
	name := "tmp"
	if i := slices.IndexFunc(e.spec.Volumes, func(v corev1.Volume) bool { return v.Name == name }); i >= 0 {
		if e.spec.Volumes[i].EmptyDir != nil {
			return name
		}
		name = "fn9s-tmp"
	}
	e.set(plan.Named("spec.volumes", name), map[string]any{"name": name, "emptyDir": map[string]any{"sizeLimit": tmpSize}})
	return name
}

func noPrivileged(e *podEdit) {
	for _, b := range e.boxes() {
		e.unprivileged(&b)
		c := contextOf(&b)
		if c.ProcMount != nil && *c.ProcMount == corev1.UnmaskedProcMount {
			e.remove(b.at("securityContext.procMount"))
			e.ask(b.Name + " no longer sees all of /proc")
		}
		if c.WindowsOptions != nil && yes(c.WindowsOptions.HostProcess) {
			e.set(b.at("securityContext.windowsOptions.hostProcess"), false)
			e.ask(b.Name + " no longer runs on the node itself")
		}
		e.hostProbes(&b)
	}
	if len(e.podContext().Sysctls) > 0 {
		e.remove("spec.securityContext.sysctls")
		e.ask("its kernel settings are the node's again")
	}
}

// hostProbes lets probes ask the pod instead of another host.
func (e *podEdit) hostProbes(b *box) {
	for name, p := range map[string]*corev1.Probe{"livenessProbe": b.LivenessProbe, "readinessProbe": b.ReadinessProbe, "startupProbe": b.StartupProbe} {
		if p == nil {
			continue
		}
		if p.HTTPGet != nil && p.HTTPGet.Host != "" {
			e.remove(b.at(name + ".httpGet.host"))
			e.ask("the " + name + " of " + b.Name + " asks the pod instead of " + p.HTTPGet.Host)
		}
		if p.TCPSocket != nil && p.TCPSocket.Host != "" {
			e.remove(b.at(name + ".tcpSocket.host"))
			e.ask("the " + name + " of " + b.Name + " asks the pod instead of " + p.TCPSocket.Host)
		}
	}
	slices.SortFunc(e.fields, func(x, y plan.Field) int { return strings.Compare(x.Path, y.Path) })
	slices.Sort(e.asks)
}

func apparmor(e *podEdit) {
	for _, a := range e.meta {
		if strings.HasPrefix(a.Key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix) && a.Value == corev1.DeprecatedAppArmorBetaProfileNameUnconfined {
			e.remove(plan.Keyed("metadata.annotations", a.Key))
		}
	}
	free := func(p *corev1.AppArmorProfile) bool {
		return p != nil && p.Type == corev1.AppArmorProfileTypeUnconfined
	}
	pod := e.podContext()
	if free(pod.AppArmorProfile) {
		e.remove("spec.securityContext.appArmorProfile")
	}
	if pod.SELinuxOptions != nil {
		e.remove("spec.securityContext.seLinuxOptions")
	}
	for _, b := range e.boxes() {
		c := contextOf(&b)
		if free(c.AppArmorProfile) {
			e.remove(b.at("securityContext.appArmorProfile"))
		}
		if c.SELinuxOptions != nil {
			e.remove(b.at("securityContext.seLinuxOptions"))
		}
	}
	e.ask("what only its present profile allows fails")
}
