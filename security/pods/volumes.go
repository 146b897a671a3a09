package pods

import (
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
)

// sensitive are folders of a node that hold its credentials, its configuration or other pods' data, and why.
var sensitive = []struct{ path, why string }{
	{"/", "the whole node"},
	{"/etc", "the node's configuration, accounts and cloud credentials"},
	{"/var/lib/kubelet", "the kubelet's credentials and all pods' Secrets"},
	{"/var/lib/etcd", "the cluster's database"},
	{"/var/lib/rancher", "the cluster's credentials"},
	{"/var/lib/docker", "all containers' files"},
	{"/var/lib/containerd", "all containers' files"},
	{"/var/lib/containers", "all containers' files"},
	{"/var/lib/cloud", "the cloud's instance data"},
	{"/var/lib/waagent", "the cloud's instance data"},
	{"/var/log", "the node's logs, where a symbolic link opens any file"},
	{"/proc", "the kernel's settings"},
	{"/sys", "the kernel's settings"},
	{"/dev", "the node's devices"},
	{"/run", "the sockets of the node's services"},
	{"/boot", "the node's kernel"},
	{"/root", "the node's administrator's files"},
	{"/home", "the node's users' files"},
}

// sockets are those of container runtimes: whoever may talk to one starts containers of any power.
var sockets = []string{
	"/run/docker.sock", "/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock", "/run/crio/crio.sock",
	"/run/cri-dockerd.sock", "/run/dockershim.sock", "/run/podman/podman.sock", "/run/balena-engine.sock",
}

// onNode writes a path of a node in one way: cleaned, and /var/run, which is a link, as /run.
func onNode(p string) string {
	p = path.Clean("/" + p)
	if p == "/var/run" || strings.HasPrefix(p, "/var/run/") {
		return strings.TrimPrefix(p, "/var")
	}
	return p
}

// within reports whether p is the folder or below it.
func within(p, folder string) bool {
	return p == folder || folder == "/" || strings.HasPrefix(p, folder+"/")
}

// sensitivity says why a path of a node matters, empty when it does not. A folder above a sensitive one holds it. The
// root is no folder that everything lies in here: that would make every path one.
func sensitivity(p string) string {
	for _, s := range sensitive {
		if p == s.path || s.path != "/" && (within(p, s.path) || within(s.path, p)) {
			return s.why
		}
	}
	return ""
}

// runtimeSocket returns the runtime's socket that a path of a node is or holds.
func runtimeSocket(p string) string {
	for _, s := range sockets {
		if within(s, p) {
			return s
		}
	}
	if strings.HasPrefix(p, "/run/user/") && (strings.HasSuffix(p, "/docker.sock") || strings.HasSuffix(p, "/podman.sock")) {
		return p
	}
	return ""
}

// volumes judges what the pod mounts of its node.
func (j *judging) volumes() {
	other := slices.ContainsFunc(j.v.restricted, func(f failed) bool { return f.check == "restrictedVolumes" })
	for i := range j.spec.Volumes {
		v := &j.spec.Volumes[i]
		switch {
		case v.HostPath != nil:
			j.hostPath(v, i)
		case v.PersistentVolumeClaim != nil:
			j.v.volumes = append(j.v.volumes, volume{i, v.Name, v.PersistentVolumeClaim.ClaimName, j.writes(v.Name)})
		case other && j.v.otherVolume == "" &&
			j.refuses("restrictedVolumes", &corev1.PodSpec{Volumes: j.spec.Volumes[i : i+1]}):
			j.v.otherVolume = "volumes[" + strconv.Itoa(i) + "]"
		}
	}
}

// writes reports whether a container mounts the volume and may write to it.
func (j *judging) writes(name string) bool {
	return slices.ContainsFunc(j.boxes, func(b box) bool {
		return slices.ContainsFunc(b.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == name && !m.ReadOnly })
	})
}

func (j *judging) hostPath(v *corev1.Volume, i int) {
	field, fixed := "volumes["+strconv.Itoa(i)+"].hostPath.path", "volumes["+v.Name+"].hostPath.path"
	severity, message := hostPathWeight(v.HostPath.Path, j.writes(v.Name))
	j.pod(hostPath, severity, field, v.HostPath.Path, message).fixed = fixed
	if s := runtimeSocket(onNode(v.HostPath.Path)); s != "" {
		message := "mounts the container runtime's socket: whoever gets in starts privileged containers on the node"
		if s != onNode(v.HostPath.Path) {
			message = "mounts a folder that holds the container runtime's socket " + s +
				": whoever gets in starts privileged containers on the node"
		}
		j.pod(socket, check.Critical, field, v.HostPath.Path, message).fixed = fixed
	}
}

// hostPathWeight says how bad a folder of the node is in a pod.
func hostPathWeight(p string, writes bool) (check.Severity, string) {
	why := sensitivity(onNode(p))
	message := "mounts " + p + " of its node"
	if why != "" {
		message += ": " + why
	}
	switch {
	case writes:
		return check.Critical, message + ", writable"
	case why != "":
		return check.Critical, message
	}
	return check.High, message
}
