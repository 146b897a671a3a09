package pods

import (
	"slices"
	"strconv"
	"strings"
	"weak"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// row is a control that a pod spec decides by itself.
type row uint8

const (
	privileged row = iota
	hostPath
	hostNamespaces
	socket
	capabilities
	root
	escalation
	writable
	seccomp
	profiles
	proc
	shared
	hostProcess
	lowUID
	device
	controlPlane
)

// issue is what one row has against a pod spec.
type issue struct {
	row      row
	severity check.Severity
	// standard is the check of the Pod Security Standards that fails for it, where a row has several of them.
	standard string
	// path and fixed are below the pod spec, or, with meta, below its pod's metadata.
	path, fixed, value, message string
	meta                        bool
	container                   string // empty for the pod as a whole
	kind                        workload.Kind
	claim                       string // of devices: what the entry of resourceClaims names
}

// verdict is what there is to say about a pod spec, whoever uses it.
type verdict struct {
	baseline, restricted []failed
	issues               []issue
	volumes              []volume
	otherVolume          string // path of a volume that restricted refuses and that is no hostPath
}

// volume is one that stands for a PersistentVolumeClaim.
type volume struct {
	index       int
	name, claim string
	writable    bool
}

// level returns the highest level that the spec meets.
func (v *verdict) level() int {
	switch {
	case len(v.baseline) > 0:
		return 0
	case len(v.restricted) > 0:
		return 1
	}
	return 2
}

// specKey is what a verdict depends on. The spec is held weakly: answers outlive the pods that they are about.
type specKey struct {
	spec  weak.Pointer[corev1.PodSpec]
	notes string // annotations that count, one a line
	minor int
}

// verdictOf judges a pod spec. Equal specs are one pointer: a thousand functions of one template are judged once.
var verdictOf = snapshot.NewQuery("pod spec", func(_ *snapshot.Reader, key specKey) *verdict {
	s := key.spec.Value()
	if s == nil {
		return &verdict{}
	}
	return judge(s, key.notes, key.minor)
}, func(a, b *verdict) bool { return a == b })

// judged are the verdicts on a function's pods, one per spec of its view.
type judged struct {
	view     *workload.View
	verdicts []*verdict
	minor    int
	rows     uint32
	// issues are those to report: what a running pod shares with its template is the template's.
	issues []located
}

// located is an issue and the index of its spec.
type located struct {
	spec int
	*issue
}

var judgedOf = snapshot.NewQuery("pods of a function", func(r *snapshot.Reader, key model.FunctionKey) judged {
	j := judged{view: workload.Of.Get(r, key), minor: minorOf(NamespaceLevel.Get(r, key.Namespace).Enforce.Version)}
	j.verdicts = make([]*verdict, 0, len(j.view.Specs))
	for i := range j.view.Specs {
		s := &j.view.Specs[i]
		v := verdictFor(r, s.Spec, s.Annotations, j.minor)
		j.verdicts = append(j.verdicts, v)
		for k := range v.issues {
			it := &v.issues[k]
			if s.Live && (it.path == "nodeName" || j.declared(it)) {
				continue
			}
			j.issues, j.rows = append(j.issues, located{i, it}), j.rows|1<<it.row
		}
	}
	return j
}, func(a, b judged) bool {
	return a.view == b.view && a.minor == b.minor && slices.Equal(a.verdicts, b.verdicts)
}).Passing()

// declared reports whether a template has the same issue as a running pod.
func (j *judged) declared(live *issue) bool {
	return slices.ContainsFunc(j.issues, func(i located) bool {
		return !j.view.Specs[i.spec].Live && i.row == live.row && i.fixed == live.fixed && i.value == live.value &&
			i.severity == live.severity
	})
}

// templates reports whether there are specs other than those of running pods.
func (j *judged) templates() bool {
	return slices.ContainsFunc(j.view.Specs, func(s workload.Spec) bool { return !s.Live })
}

func verdictFor(r *snapshot.Reader, s *corev1.PodSpec, annotations model.Labels, minor int) *verdict {
	return verdictOf.Get(r, specKey{weak.Make(s), notes(annotations), minor})
}

var noted = []string{
	corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix,
	"seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/",
}

// notes returns the annotations that the standards read.
func notes(annotations model.Labels) string {
	var b strings.Builder
	for _, a := range annotations {
		if slices.ContainsFunc(noted, func(prefix string) bool { return strings.HasPrefix(a.Key, prefix) }) {
			b.WriteString(a.Key + "=" + a.Value + "\n")
		}
	}
	return b.String()
}

func metaOf(notes string) *metav1.ObjectMeta {
	m := &metav1.ObjectMeta{}
	for line := range strings.Lines(notes) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			if m.Annotations == nil {
				m.Annotations = map[string]string{}
			}
			m.Annotations[key] = value
		}
	}
	return m
}

// box is one container and where it stands.
type box struct {
	*corev1.Container
	kind  workload.Kind
	index int
}

var lists = [...]string{workload.Main: "containers", workload.Init: "initContainers", workload.Ephemeral: "ephemeralContainers"}

func boxes(s *corev1.PodSpec) []box {
	all := make([]box, 0, len(s.InitContainers)+len(s.Containers)+len(s.EphemeralContainers))
	for i := range s.InitContainers {
		all = append(all, box{&s.InitContainers[i], workload.Init, i})
	}
	for i := range s.Containers {
		all = append(all, box{&s.Containers[i], workload.Main, i})
	}
	for i := range s.EphemeralContainers {
		all = append(all, box{(*corev1.Container)(&s.EphemeralContainers[i].EphemeralContainerCommon), workload.Ephemeral, i})
	}
	return all
}

// judging is one pod spec under judgement.
type judging struct {
	spec  *corev1.PodSpec // with the defaults of the API
	meta  *metav1.ObjectMeta
	minor int
	*standards
	boxes []box
	v     *verdict
}

func judge(s *corev1.PodSpec, notes string, minor int) *verdict {
	minor = min(max(minor, 0), Newest())
	j := &judging{
		spec: defaulted(s), meta: metaOf(notes), minor: minor, standards: &editions()[minor], v: &verdict{},
	}
	j.boxes = boxes(j.spec)
	j.v.baseline, j.v.restricted = j.against(j.meta, j.spec)
	j.ownRows()
	j.perStandard()
	return j.v
}

func (j *judging) windows() bool { return j.spec.OS != nil && j.spec.OS.Name == corev1.Windows }

// userNamespace reports whether root in the pod is nobody on the node, and the version of the standards counts that.
func (j *judging) userNamespace() bool {
	return j.minor >= 35 && j.spec.HostUsers != nil && !*j.spec.HostUsers
}

// pod reports an issue of the pod as a whole.
func (j *judging) pod(r row, s check.Severity, path, value, message string) *issue {
	j.v.issues = append(j.v.issues, issue{
		row: r, severity: s, path: path, fixed: path, value: value, message: message,
	})
	return &j.v.issues[len(j.v.issues)-1]
}

// once is pod, for what several containers take from the pod.
func (j *judging) once(r row, s check.Severity, path, value, message string) {
	if !slices.ContainsFunc(j.v.issues, func(i issue) bool { return i.row == r && i.path == path }) {
		j.pod(r, s, path, value, message)
	}
}

// container reports an issue of one container.
func (j *judging) container(b *box, r row, s check.Severity, field, value, message string) *issue {
	i := j.pod(r, s, lists[b.kind]+"["+strconv.Itoa(b.index)+"]."+field, value, message)
	i.fixed, i.container, i.kind = lists[b.kind]+"["+b.Name+"]."+field, b.Name, b.kind
	return i
}

// ownRows judges everything but what the standards alone say.
func (j *judging) ownRows() {
	j.host()
	j.volumes()
	j.profiles()
	j.placement()
	for i := range j.boxes {
		b := &j.boxes[i]
		j.power(b)
		j.user(b)
		j.confinement(b)
		j.devices(b)
	}
}
