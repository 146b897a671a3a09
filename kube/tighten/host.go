package tighten

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

func noHostPath(e *podEdit) {
	for i := range e.spec.Volumes {
		v := &e.spec.Volumes[i]
		if v.HostPath == nil {
			continue
		}
		e.remove(plan.Named("spec.volumes", v.Name) + ".hostPath")
		e.set(plan.Named("spec.volumes", v.Name)+".emptyDir", map[string]any{"sizeLimit": tmpSize})
		e.ask("volume " + v.Name + " is an empty folder instead of " + v.HostPath.Path + " of its node")
	}
	if len(e.fields) == 0 {
		e.none, e.next = "the folder of its node comes by a PersistentVolume: the claim must be replaced", check.FixReview
	}
}

func noHostNamespaces(e *podEdit) {
	for _, n := range []struct {
		on          bool
		field, what string
	}{
		{e.spec.HostPID, "hostPID", "processes of its node"}, {e.spec.HostIPC, "hostIPC", "shared memory of its node"},
		{yes(e.spec.ShareProcessNamespace), "shareProcessNamespace", "processes of the other containers"},
	} {
		if n.on {
			e.set("spec."+n.field, false)
			e.ask("it no longer sees the " + n.what)
		}
	}
}

func noHostNetwork(e *podEdit) {
	if e.spec.HostNetwork {
		e.set("spec.hostNetwork", false)
		if e.spec.DNSPolicy == corev1.DNSClusterFirstWithHostNet {
			e.set("spec.dnsPolicy", string(corev1.DNSClusterFirst))
		}
		e.ask("callers reach it by its Service, no longer by the address of its node")
	}
}

func noHostPort(e *podEdit) {
	for _, b := range e.boxes() {
		for _, p := range b.Ports {
			if p.HostPort == 0 {
				continue
			}
			port := strconv.Itoa(int(p.ContainerPort))
			e.remove(b.at("ports[containerPort=" + port + "].hostPort"))
			e.ask("callers no longer reach port " + strconv.Itoa(int(p.HostPort)) + " of its node")
		}
	}
}

func noControlPlane(e *podEdit) {
	if e.spec.NodeName != "" {
		e.remove("spec.nodeName")
		e.ask("it may run on other nodes than " + e.spec.NodeName)
	}
	var kept []any
	for _, t := range e.spec.Tolerations {
		all := t.Key == "" && t.Operator == corev1.TolerationOpExists && t.Effect != corev1.TaintEffectPreferNoSchedule
		if all || t.Key == "node-role.kubernetes.io/control-plane" || t.Key == "node-role.kubernetes.io/master" {
			continue
		}
		kept = append(kept, plainToleration(t))
	}
	switch {
	case len(kept) == len(e.spec.Tolerations):
		return
	case len(kept) == 0:
		e.remove("spec.tolerations")
	default:
		e.set("spec.tolerations", kept)
	}
	e.ask("it no longer runs on nodes of the control plane")
}

func plainToleration(t corev1.Toleration) map[string]any {
	m := map[string]any{}
	for k, v := range map[string]string{"key": t.Key, "operator": string(t.Operator), "value": t.Value, "effect": string(t.Effect)} {
		if v != "" {
			m[k] = v
		}
	}
	if t.TolerationSeconds != nil {
		m["tolerationSeconds"] = *t.TolerationSeconds
	}
	return m
}
