package record

import (
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

const maxText = 4 << 10

// bounded cuts a text from the cluster to what a screen can show.
func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for len(s) > 0 && !utf8.ValidString(s[len(s)-min(len(s), utf8.UTFMax):]) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

func (p *Pool) pod(o *corev1.Pod, h model.Header) *model.Pod {
	r := &model.Pod{
		Header: h, Phase: p.String(string(o.Status.Phase)),
		Reason: p.String(o.Status.Reason), Message: bounded(o.Status.Message),
		Node: p.String(o.Spec.NodeName), IP: o.Status.PodIP,
		ServiceAccount: p.String(o.Spec.ServiceAccountName),
	}
	if o.Status.StartTime != nil {
		r.Started = o.Status.StartTime.Time
	}
	p.podConditions(r, o.Status.Conditions)
	r.Containers = make([]model.Container, 0, len(o.Spec.InitContainers)+len(o.Spec.Containers))
	r.Containers = p.containers(r.Containers, o.Spec.InitContainers, o.Status.InitContainerStatuses, true)
	r.Containers = p.containers(r.Containers, o.Spec.Containers, o.Status.ContainerStatuses, false)
	r.Ephemeral = p.ephemeral(o)
	if p.keepPodSpecs || !hasController(h.Owners) {
		r.Spec = p.PodSpec(alike(&o.Spec))
	}
	r.Owners = withDeployment(r.Owners, h.Labels)
	return r
}

func (p *Pool) ephemeral(o *corev1.Pod) []model.Container {
	if len(o.Spec.EphemeralContainers) == 0 {
		return nil
	}
	specs := make([]corev1.Container, 0, len(o.Spec.EphemeralContainers))
	for i := range o.Spec.EphemeralContainers {
		specs = append(specs, corev1.Container(o.Spec.EphemeralContainers[i].EphemeralContainerCommon))
	}
	return p.containers(nil, specs, o.Status.EphemeralContainerStatuses, false)
}

// tokenVolume is the name that the API server gives to the volume of the ServiceAccount's token, without the random
// letters behind it.
const tokenVolume = "kube-api-access"

// alike takes out of a pod's spec what differs between pods of one template: its node, which stands in the record, and
// the random letters of the token's volume. What is left is equal for all replicas, and stored once.
func alike(s *corev1.PodSpec) *corev1.PodSpec {
	s.NodeName = ""
	for i := range s.Volumes {
		v := &s.Volumes[i]
		if v.Projected == nil || len(v.Name) != len(tokenVolume)+6 || !strings.HasPrefix(v.Name, tokenVolume+"-") {
			continue
		}
		for _, list := range [][]corev1.Container{s.InitContainers, s.Containers} {
			for j := range list {
				renameMount(list[j].VolumeMounts, v.Name)
			}
		}
		for j := range s.EphemeralContainers {
			renameMount(s.EphemeralContainers[j].VolumeMounts, v.Name)
		}
		v.Name = tokenVolume
	}
	return s
}

func renameMount(mounts []corev1.VolumeMount, name string) {
	for i := range mounts {
		if mounts[i].Name == name {
			mounts[i].Name = tokenVolume
		}
	}
}

func hasController(owners []model.Owner) bool {
	for _, o := range owners {
		if o.Controller {
			return true
		}
	}
	return false
}

// withDeployment adds the Deployment behind a ReplicaSet as an owner, so that ten thousand ReplicaSets need not
// be read. The Deployment controller names a ReplicaSet after the Deployment and the value of the label
// pod-template-hash; the uid stays unknown.
func withDeployment(owners []model.Owner, labels model.Labels) []model.Owner {
	hash := labels.Get("pod-template-hash")
	if hash == "" {
		return owners
	}
	for _, o := range owners {
		name, ok := strings.CutSuffix(o.Name, "-"+hash)
		if ok && name != "" && o.Kind == "ReplicaSet" && o.Group == "apps" {
			return append(owners, model.Owner{Group: "apps", Kind: "Deployment", Name: name})
		}
	}
	return owners
}

func (p *Pool) podConditions(r *model.Pod, all []corev1.PodCondition) {
	for i := range all {
		c := &all[i]
		isTrue := c.Status == corev1.ConditionTrue
		switch c.Type {
		case corev1.PodReady:
			r.Ready = isTrue
		case corev1.PodScheduled:
			r.Scheduled = isTrue
			if !isTrue && r.Reason == "" {
				r.Reason, r.Message = p.String(c.Reason), bounded(c.Message)
			}
		}
	}
}

func (p *Pool) containers(
	to []model.Container, specs []corev1.Container, states []corev1.ContainerStatus, init bool,
) []model.Container {
	for i := range specs {
		c := model.Container{Name: p.String(specs[i].Name), Image: p.String(specs[i].Image), Init: init}
		for j := range states {
			if states[j].Name == specs[i].Name {
				p.containerState(&c, &states[j])
				break
			}
		}
		to = append(to, c)
	}
	return to
}

func (p *Pool) containerState(c *model.Container, s *corev1.ContainerStatus) {
	c.ImageID, c.Ready, c.Restarts = p.String(s.ImageID), s.Ready, s.RestartCount
	ended := s.LastTerminationState.Terminated
	switch {
	case s.State.Waiting != nil:
		c.State = "waiting"
		c.Reason, c.Message = p.String(s.State.Waiting.Reason), bounded(s.State.Waiting.Message)
	case s.State.Running != nil:
		c.State = "running"
		c.Started = s.State.Running.StartedAt.Time
	case s.State.Terminated != nil:
		c.State = "terminated"
		ended = s.State.Terminated
	}
	if ended != nil {
		c.ExitCode, c.Ended = ended.ExitCode, ended.FinishedAt.Time
		if c.Reason == "" {
			c.Reason = p.String(ended.Reason)
		}
		if c.Message == "" {
			c.Message = bounded(ended.Message)
		}
	}
}
