package pods

import (
	"cmp"
	"slices"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	psa "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// rule is one check of the Pod Security Standards, as it is in one version of them.
type rule struct {
	id    string
	check policy.CheckPodFn
}

// standards are the checks of one version. Restricted consists of restricted and of the baseline checks that no
// restricted one replaces.
type standards struct {
	baseline, restricted []rule
	replaced             map[string]bool
}

// editions holds the standards by minor version, from 1.0 to the newest that is known.
var editions = sync.OnceValue(func() []standards {
	checks := policy.DefaultChecks()
	slices.SortFunc(checks, func(a, b policy.Check) int { return cmp.Compare(a.ID, b.ID) })
	newest := 0
	for _, c := range checks {
		last := c.Versions[len(c.Versions)-1].MinimumVersion
		newest = max(newest, last.Minor())
	}
	all := make([]standards, newest+1)
	for minor := range all {
		all[minor] = edition(checks, psa.MajorMinorVersion(1, minor))
	}
	return all
})

func edition(checks []policy.Check, version psa.Version) standards {
	s := standards{replaced: map[string]bool{}}
	for _, c := range checks {
		var in *policy.VersionedCheck
		for i := range c.Versions {
			if !version.Older(c.Versions[i].MinimumVersion) {
				in = &c.Versions[i]
			}
		}
		switch {
		case in == nil:
		case c.Level == psa.LevelBaseline:
			s.baseline = append(s.baseline, rule{string(c.ID), in.CheckPod})
		default:
			s.restricted = append(s.restricted, rule{string(c.ID), in.CheckPod})
			for _, id := range in.OverrideCheckIDs {
				s.replaced[string(id)] = true
			}
		}
	}
	return s
}

// Newest is the newest minor version of the standards that is known.
func Newest() int { return len(editions()) - 1 }

// failed is a check that a pod spec does not pass, and why, in the words of the API server.
type failed struct{ check, reason string }

// against returns the checks of baseline, and those of restricted, that the pod does not pass. The spec must have the
// defaults of the API.
func (s *standards) against(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (baseline, restricted []failed) {
	for _, r := range s.baseline {
		if f, ok := r.fails(meta, spec); ok {
			baseline = append(baseline, f)
			if !s.replaced[r.id] {
				restricted = append(restricted, f)
			}
		}
	}
	for _, r := range s.restricted {
		if f, ok := r.fails(meta, spec); ok {
			restricted = append(restricted, f)
		}
	}
	return baseline, restricted
}

func (r *rule) fails(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (failed, bool) {
	result := r.check(meta, spec)
	if result.Allowed {
		return failed{}, false
	}
	reason := result.ForbiddenReason
	if result.ForbiddenDetail != "" {
		reason += " (" + result.ForbiddenDetail + ")"
	}
	return failed{r.id, reason}, true
}

// defaulted returns the spec as the API server would store it, as far as the standards read it: a volume without
// source is an emptyDir, and on the host's network every container port is a host port.
func defaulted(s *corev1.PodSpec) *corev1.PodSpec {
	bare := slices.ContainsFunc(s.Volumes, func(v corev1.Volume) bool { return v.VolumeSource == (corev1.VolumeSource{}) })
	if !bare && !s.HostNetwork {
		return s
	}
	own := *s
	if bare {
		own.Volumes = slices.Clone(s.Volumes)
		for i := range own.Volumes {
			if own.Volumes[i].VolumeSource == (corev1.VolumeSource{}) {
				own.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
			}
		}
	}
	if s.HostNetwork {
		own.Containers, own.InitContainers = onHost(s.Containers), onHost(s.InitContainers)
	}
	return &own
}

func onHost(containers []corev1.Container) []corev1.Container {
	all := slices.Clone(containers)
	for i := range all {
		all[i].Ports = slices.Clone(all[i].Ports)
		for j := range all[i].Ports {
			if p := &all[i].Ports[j]; p.HostPort == 0 {
				p.HostPort = p.ContainerPort
			}
		}
	}
	return all
}

func versionName(minor int) string { return "v1." + strconv.Itoa(minor) }
