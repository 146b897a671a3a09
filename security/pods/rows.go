package pods

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
)

func isTrue(b *bool) bool { return b != nil && *b }

// host judges what the pod shares with its node.
func (j *judging) host() {
	s := j.spec
	for _, ns := range []struct {
		on          bool
		field, what string
	}{{s.HostPID, "hostPID", "processes"}, {s.HostIPC, "hostIPC", "shared memory"}} {
		if ns.on {
			j.pod(hostNamespaces, check.High, ns.field, "true",
				"the pod shares the node's "+ns.what+": it reaches what every other pod and the node itself keep there")
		}
	}
	if isTrue(s.ShareProcessNamespace) {
		j.pod(shared, check.Low, "shareProcessNamespace", "true",
			"all containers of the pod see each other's processes, environment and files")
	}
	if c := s.SecurityContext; c != nil && c.WindowsOptions != nil && isTrue(c.WindowsOptions.HostProcess) {
		j.pod(hostProcess, check.Critical, "securityContext.windowsOptions.hostProcess", "true",
			"the pod runs on the Windows node itself, outside of any container")
	}
	if c := s.SecurityContext; c != nil {
		j.uid(c.RunAsUser, "securityContext.runAsUser", nil)
		j.uid(c.RunAsGroup, "securityContext.runAsGroup", nil)
	}
}

// placement judges whether the pod may run beside the control plane.
func (j *judging) placement() {
	if n := j.spec.NodeName; n != "" {
		j.pod(controlPlane, check.Medium, "nodeName", n, "bound to node "+n+", past the scheduler and its taints")
	}
	for i, t := range j.spec.Tolerations {
		if t.Effect == corev1.TaintEffectPreferNoSchedule {
			continue
		}
		path := "tolerations[" + strconv.Itoa(i) + "]"
		switch {
		case t.Key == "" && t.Operator == corev1.TolerationOpExists:
			j.pod(controlPlane, check.Medium, path, "operator: Exists",
				"tolerates every taint, so it may run on control plane nodes beside the cluster's own credentials")
		case t.Key == "node-role.kubernetes.io/control-plane" || t.Key == "node-role.kubernetes.io/master":
			j.pod(controlPlane, check.Medium, path, t.Key,
				"may run on control plane nodes, beside the cluster's own credentials")
		}
	}
	for i := range j.spec.ResourceClaims {
		c := &j.spec.ResourceClaims[i]
		name := "claim " + c.Name
		it := j.pod(device, check.Medium, "resourceClaims["+strconv.Itoa(i)+"]", c.Name,
			"uses a device of its node by "+name+": a driver's flaw is a way out of the container")
		it.fixed = "resourceClaims[" + c.Name + "]"
		switch {
		case c.ResourceClaimName != nil:
			it.claim = "ResourceClaim/" + *c.ResourceClaimName
		case c.ResourceClaimTemplateName != nil:
			it.claim = "ResourceClaimTemplate/" + *c.ResourceClaimTemplateName
		}
	}
}

// devices judges extended resources: names with a domain that are not Kubernetes' own.
func (j *judging) devices(b *box) {
	var names []string
	for name := range b.Resources.Limits {
		domain, _, ok := strings.Cut(string(name), "/")
		if ok && domain != "kubernetes.io" && !strings.HasSuffix(domain, ".kubernetes.io") && !strings.HasPrefix(domain, "requests.") {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	for _, name := range names {
		j.container(b, device, check.Medium, "resources.limits["+name+"]", name,
			"container "+b.Name+" uses a device of its node ("+name+"): a driver's flaw is a way out of the container")
	}
}

// dangerous are the capabilities that are a way to the node, or to all of its network.
var dangerous = []string{
	"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "SYS_BOOT", "DAC_READ_SEARCH", "NET_ADMIN", "BPF", "PERFMON",
	"MAC_ADMIN", "MAC_OVERRIDE",
}

// ordinary are the capabilities that baseline lets containers add: what runtimes give by default.
var ordinary = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT",
}

// power judges what a container may do to its node.
func (j *judging) power(b *box) {
	c := b.SecurityContext
	if c != nil && isTrue(c.Privileged) {
		j.container(b, privileged, check.Critical, "securityContext.privileged", "true",
			"container "+b.Name+" is privileged: whoever gets into it owns the node")
	}
	if c != nil && c.WindowsOptions != nil && isTrue(c.WindowsOptions.HostProcess) {
		j.container(b, hostProcess, check.Critical, "securityContext.windowsOptions.hostProcess", "true",
			"container "+b.Name+" runs on the Windows node itself, outside of any container")
	}
	if j.windows() {
		return
	}
	j.capabilities(b)
	if c == nil || c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation {
		value := ""
		if c != nil && c.AllowPrivilegeEscalation != nil {
			value = "true"
		}
		j.container(b, escalation, check.Medium, "securityContext.allowPrivilegeEscalation", value,
			"a process in container "+b.Name+" may gain more rights than it started with, by setuid programs for one")
	}
}

const dropAll = "ALL"

func (j *judging) capabilities(b *box) {
	var caps *corev1.Capabilities
	if b.SecurityContext != nil {
		caps = b.SecurityContext.Capabilities
	}
	const list = "securityContext.capabilities."
	if caps != nil {
		for i, c := range caps.Add {
			name, severity := string(c), check.Medium
			plain := strings.TrimPrefix(strings.ToUpper(name), "CAP_")
			switch {
			case name == "NET_BIND_SERVICE":
				continue
			case slices.Contains(ordinary, name):
				severity = check.Low
			case slices.Contains(dangerous, plain):
				severity = check.High
			}
			it := j.container(b, capabilities, severity, list+"add["+strconv.Itoa(i)+"]", name,
				"container "+b.Name+" has the capability "+name)
			it.fixed = lists[b.kind] + "[" + b.Name + "]." + list + "add[" + name + "]"
		}
	}
	if caps == nil || !slices.Contains(caps.Drop, dropAll) {
		j.container(b, capabilities, check.Low, list+"drop", "",
			"container "+b.Name+" keeps the runtime's default capabilities: it does not drop ALL")
	}
}

// user judges as whom a container runs: its own setting, else the pod's.
func (j *judging) user(b *box) {
	var nonRoot *bool
	var uid *int64
	path := ""
	if p := j.spec.SecurityContext; p != nil {
		nonRoot, uid = p.RunAsNonRoot, p.RunAsUser
	}
	if c := b.SecurityContext; c != nil {
		if c.RunAsNonRoot != nil {
			nonRoot = c.RunAsNonRoot
		}
		if c.RunAsUser != nil {
			uid, path = c.RunAsUser, "securityContext.runAsUser"
		}
		j.uid(c.RunAsUser, "securityContext.runAsUser", b)
		j.uid(c.RunAsGroup, "securityContext.runAsGroup", b)
	}
	if isTrue(nonRoot) || uid != nil && *uid != 0 || j.userNamespace() {
		return
	}
	if uid == nil {
		j.container(b, root, check.Medium, "securityContext.runAsNonRoot", "",
			"container "+b.Name+" runs as root unless its image says otherwise: nothing demands another user")
		return
	}
	if path == "" {
		j.once(root, check.Medium, "securityContext.runAsUser", "0", "the pod's containers run as root")
		return
	}
	j.container(b, root, check.Medium, path, "0", "container "+b.Name+" runs as root")
}

// uid notes ids that are likely to be somebody's on the node.
func (j *judging) uid(id *int64, field string, b *box) {
	if id == nil || *id == 0 || *id >= 10000 {
		return
	}
	value := strconv.FormatInt(*id, 10)
	message := "id " + value + " may be that of a user of the node; from 10000 on none is"
	if b == nil {
		j.pod(lowUID, check.Info, field, value, message)
		return
	}
	j.container(b, lowUID, check.Info, field, value, message)
}
