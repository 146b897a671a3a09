package record

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// packer makes a pod spec that is kept for long out of few pieces. What comes from the wire has each word, and each yes
// and no, in a piece of memory of its own, which the collector looks at again and again: thirty for a function.
type packer struct {
	pool  *Pool     // which is locked
	texts []*string // that no other spec is known to have
	size  int
}

// maxLists bounds the lists of resources that are known.
const maxLists = 10_000

var yes, no = true, false

// pack replaces the parts of a spec by equal ones. Nobody else may be reading it.
func (p *Pool) pack(s *corev1.PodSpec) {
	k := packer{pool: p, texts: p.texts[:0]}
	k.spec(s)
	var b strings.Builder
	b.Grow(k.size)
	for _, t := range k.texts {
		b.WriteString(*t)
	}
	all := b.String()
	for _, t := range k.texts {
		*t, all = all[:len(*t)], all[len(*t):]
	}
	clear(k.texts)
	p.texts = k.texts[:0]
}

// text is a word that hardly any other spec has.
func (k *packer) text(s *string) {
	if have, ok := k.pool.strings[*s]; ok {
		*s = have
	} else if *s != "" {
		k.texts = append(k.texts, s)
		k.size += len(*s)
	}
}

// word is one of few that a field may have.
func word[S ~string](k *packer, s *S) { *s = S(k.pool.shared(string(*s))) }

func truth(b **bool) {
	switch {
	case *b == nil:
	case **b:
		*b = &yes
	default:
		*b = &no
	}
}

func (k *packer) spec(s *corev1.PodSpec) {
	word(k, &s.RestartPolicy)
	word(k, &s.DNSPolicy)
	word(k, &s.SchedulerName)
	word(k, &s.PriorityClassName)
	k.text(&s.ServiceAccountName)
	k.text(&s.DeprecatedServiceAccount)
	k.text(&s.Hostname)
	k.text(&s.Subdomain)
	truth(&s.AutomountServiceAccountToken)
	truth(&s.EnableServiceLinks)
	truth(&s.ShareProcessNamespace)
	truth(&s.HostUsers)
	if c := s.SecurityContext; c != nil {
		truth(&c.RunAsNonRoot)
		k.seccomp(c.SeccompProfile)
	}
	for i := range s.ImagePullSecrets {
		k.text(&s.ImagePullSecrets[i].Name)
	}
	for i := range s.Tolerations {
		t := &s.Tolerations[i]
		word(k, &t.Key)
		word(k, &t.Operator)
		word(k, &t.Effect)
		k.text(&t.Value)
	}
	for i := range s.Volumes {
		k.volume(&s.Volumes[i])
	}
	for i := range s.InitContainers {
		k.container(&s.InitContainers[i])
	}
	for i := range s.Containers {
		k.container(&s.Containers[i])
	}
}

func (k *packer) seccomp(p *corev1.SeccompProfile) {
	if p != nil {
		word(k, &p.Type)
	}
}

func (k *packer) volume(v *corev1.Volume) {
	k.text(&v.Name)
	switch {
	case v.EmptyDir != nil:
		word(k, &v.EmptyDir.Medium)
	case v.HostPath != nil:
		k.text(&v.HostPath.Path)
	case v.PersistentVolumeClaim != nil:
		k.text(&v.PersistentVolumeClaim.ClaimName)
	case v.Secret != nil:
		k.text(&v.Secret.SecretName)
		k.items(v.Secret.Items)
		truth(&v.Secret.Optional)
	case v.ConfigMap != nil:
		k.text(&v.ConfigMap.Name)
		k.items(v.ConfigMap.Items)
		truth(&v.ConfigMap.Optional)
	case v.Projected != nil:
		k.projected(v.Projected.Sources)
	}
}

func (k *packer) items(all []corev1.KeyToPath) {
	for i := range all {
		k.text(&all[i].Key)
		k.text(&all[i].Path)
	}
}

func (k *packer) projected(all []corev1.VolumeProjection) {
	for i := range all {
		switch s := &all[i]; {
		case s.Secret != nil:
			k.text(&s.Secret.Name)
			k.items(s.Secret.Items)
		case s.ConfigMap != nil:
			k.text(&s.ConfigMap.Name)
			k.items(s.ConfigMap.Items)
		case s.ServiceAccountToken != nil:
			k.text(&s.ServiceAccountToken.Audience)
			k.text(&s.ServiceAccountToken.Path)
		case s.DownwardAPI != nil:
			for j := range s.DownwardAPI.Items {
				item := &s.DownwardAPI.Items[j]
				k.text(&item.Path)
				k.field(item.FieldRef)
			}
		}
	}
}

func (k *packer) field(f *corev1.ObjectFieldSelector) {
	if f != nil {
		word(k, &f.APIVersion)
		word(k, &f.FieldPath)
	}
}

func (k *packer) container(c *corev1.Container) {
	k.text(&c.Name)
	k.text(&c.Image)
	k.text(&c.WorkingDir)
	word(k, &c.ImagePullPolicy)
	word(k, &c.TerminationMessagePath)
	word(k, &c.TerminationMessagePolicy)
	for _, list := range [][]string{c.Command, c.Args} {
		for i := range list {
			k.text(&list[i])
		}
	}
	for i := range c.Ports {
		k.text(&c.Ports[i].Name)
		word(k, &c.Ports[i].Protocol)
	}
	for i := range c.VolumeMounts {
		m := &c.VolumeMounts[i]
		k.text(&m.Name)
		k.text(&m.MountPath)
		k.text(&m.SubPath)
	}
	k.environment(c)
	c.Resources.Limits = k.pool.resources(c.Resources.Limits)
	c.Resources.Requests = k.pool.resources(c.Resources.Requests)
	k.security(c.SecurityContext)
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		k.probe(p)
	}
}

func (k *packer) environment(c *corev1.Container) {
	for i := range c.Env {
		e := &c.Env[i]
		k.text(&e.Name)
		k.text(&e.Value)
		switch from := e.ValueFrom; {
		case from == nil:
		case from.SecretKeyRef != nil:
			k.text(&from.SecretKeyRef.Name)
			k.text(&from.SecretKeyRef.Key)
			truth(&from.SecretKeyRef.Optional)
		case from.ConfigMapKeyRef != nil:
			k.text(&from.ConfigMapKeyRef.Name)
			k.text(&from.ConfigMapKeyRef.Key)
			truth(&from.ConfigMapKeyRef.Optional)
		default:
			k.field(from.FieldRef)
		}
	}
	for i := range c.EnvFrom {
		e := &c.EnvFrom[i]
		k.text(&e.Prefix)
		if e.SecretRef != nil {
			k.text(&e.SecretRef.Name)
		}
		if e.ConfigMapRef != nil {
			k.text(&e.ConfigMapRef.Name)
		}
	}
}

func (k *packer) security(c *corev1.SecurityContext) {
	if c == nil {
		return
	}
	truth(&c.Privileged)
	truth(&c.RunAsNonRoot)
	truth(&c.ReadOnlyRootFilesystem)
	truth(&c.AllowPrivilegeEscalation)
	k.seccomp(c.SeccompProfile)
	if c.Capabilities != nil {
		for _, list := range [][]corev1.Capability{c.Capabilities.Add, c.Capabilities.Drop} {
			for i := range list {
				word(k, &list[i])
			}
		}
	}
}

func (k *packer) probe(p *corev1.Probe) {
	if p == nil {
		return
	}
	if h := p.HTTPGet; h != nil {
		k.text(&h.Path)
		k.text(&h.Port.StrVal)
		word(k, &h.Scheme)
	}
	if p.Exec != nil {
		for i := range p.Exec.Command {
			k.text(&p.Exec.Command[i])
		}
	}
}

// resources returns the one copy of an equal list: a map of four words costs more than all else that a container says.
func (p *Pool) resources(list corev1.ResourceList) corev1.ResourceList {
	if len(list) == 0 || len(list) > 8 {
		return list
	}
	var names [8]string
	known := names[:0]
	for name := range list {
		known = append(known, string(name))
	}
	slices.Sort(known)
	key, room := p.key[:0], [64]byte{}
	for _, name := range known {
		q := list[corev1.ResourceName(name)]
		number, suffix := q.CanonicalizeBytes(room[:0])
		key = append(append(append(append(append(key, name...), 0), number...), suffix...), 0)
	}
	p.key = key
	if len(key) > maxWord {
		return list
	}
	if have, ok := p.lists[string(key)]; ok {
		return have
	}
	if len(p.lists) < maxLists {
		p.lists[string(key)] = list
	}
	return list
}
