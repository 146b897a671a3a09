package pods

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

const noPods = "no pod spec of it is known"

// by makes the check of a row that a pod spec decides by itself.
func by(r row) func(*check.Eval) {
	return func(e *check.Eval) {
		j := judgedOf.Get(e.Reader, e.F.Key)
		if len(j.verdicts) == 0 {
			e.NA(noPods)
			return
		}
		if j.rows&(1<<r) != 0 {
			j.report(e, r)
		}
	}
}

func (j *judged) report(e *check.Eval, r row) {
	for n, v := range j.verdicts {
		if !v.has(r) {
			continue
		}
		s := &j.view.Specs[n]
		for i := range v.issues {
			it := &v.issues[i]
			if it.row != r || r == controlPlane && s.Live && it.path == "nodeName" {
				continue
			}
			e.Fail(it.at(s), it.message).As(it.severity).With(limit(e.F, s, it))
		}
	}
}

// at is where an issue stands in the object of a spec.
func (i *issue) at(s *workload.Spec) check.At {
	if i.meta {
		prefix := strings.TrimSuffix(s.Path, "spec") + "metadata."
		return check.At{Object: s.Ref, Path: prefix + i.path, Fixed: prefix + i.fixed, Value: i.value}
	}
	return check.At{Object: s.Ref, Path: s.Field(i.path), Fixed: s.Field(i.fixed), Value: i.value}
}

// hostFolders judges folders of the node, mounted directly or through a claim.
func hostFolders(e *check.Eval) {
	by(hostPath)(e)
	j := judgedOf.Get(e.Reader, e.F.Key)
	for n, v := range j.verdicts {
		for _, mount := range v.volumes {
			path, ok := folderOf(e, mount.claim)
			if !ok {
				continue
			}
			s := &j.view.Specs[n]
			severity, message := hostPathWeight(string(path), mount.writable)
			e.Fail(check.At{
				Object: s.Ref, Path: s.Field("volumes[" + strconv.Itoa(mount.index) + "]"),
				Fixed: s.Field("volumes[" + mount.name + "]"), Value: mount.claim,
			}, message+", through the claim "+mount.claim).As(severity)
		}
	}
}

// folderOf follows a claim to a folder of a node.
func folderOf(e *check.Eval, claim string) (folder, bool) {
	ns := e.Subject.Namespace
	o := e.Get(model.Ref{Kind: claimKind.Kind, Namespace: ns, Name: claim})
	if o == nil {
		e.Need(claimKind, ns)
		return "", false
	}
	name, ok := snapshot.FactsOf[bound](o, reader)
	if !ok {
		return "", false
	}
	v := e.Get(model.Ref{Kind: volumeKind.Kind, Name: string(name)})
	if v == nil {
		e.Need(volumeKind, "")
		return "", false
	}
	return snapshot.FactsOf[folder](v, reader)
}

const adminLabel = "resource.kubernetes.io/admin-access"

// devices judges devices of the node; one that is claimed with the rights of its administrator is worse.
func devices(e *check.Eval) {
	j := judgedOf.Get(e.Reader, e.F.Key)
	if len(j.verdicts) == 0 {
		e.NA(noPods)
		return
	}
	for n, v := range j.verdicts {
		for i := range v.issues {
			it := &v.issues[i]
			if it.row != device {
				continue
			}
			s := &j.view.Specs[n]
			if isAdmin(e, it.claim) {
				e.Fail(it.at(s), it.message+"; it is claimed with an administrator's access").As(check.High)
				continue
			}
			e.Fail(it.at(s), it.message)
		}
	}
}

func isAdmin(e *check.Eval, claim string) bool {
	kind, name, ok := strings.Cut(claim, "/")
	if !ok {
		return false
	}
	ns := e.Subject.Namespace
	gk := deviceKind
	if kind == deviceTemplateKind.Kind {
		gk = deviceTemplateKind
	}
	o := e.Get(model.Ref{Group: gk.Group, Kind: gk.Kind, Namespace: ns, Name: name})
	if o == nil {
		e.Need(gk, ns)
		return false
	}
	if is, _ := snapshot.FactsOf[admin](o, reader); !is {
		return false
	}
	home := e.Get(model.Ref{Kind: "Namespace", Name: ns})
	return home != nil && home.Head().Labels.Get(adminLabel) == "true"
}

func defaultNamespace(e *check.Eval) {
	if e.F.Key.Namespace == corev1.NamespaceDefault {
		e.Fail(check.At{Object: e.F.Object, Path: "metadata.namespace", Value: corev1.NamespaceDefault},
			"runs in the namespace default, where quotas, policies and roles are shared with whatever was put nowhere else")
	}
}

// running is what the pods of a function say.
type running struct {
	worst live
	pod   [controlPlane + 1]model.Ref // the first pod with the worst of each row
	debug []found
	names []string // containers
}

type found struct {
	model.Ref
	debug
	index int
}

var runningOf = snapshot.NewQuery("running pods of a function", func(r *snapshot.Reader, key model.FunctionKey) *running {
	out := &running{}
	f := r.Function(key)
	if f == nil {
		return out
	}
	for _, ref := range f.Pods {
		p, ok := r.Get(ref).(*model.Pod)
		if !ok || !p.Deleting.IsZero() || p.Phase == string(corev1.PodSucceeded) || p.Phase == string(corev1.PodFailed) {
			continue
		}
		for i := range p.Containers {
			if name := p.Containers[i].Name; !slices.Contains(out.names, name) {
				out.names = append(out.names, name)
			}
		}
		l, _ := snapshot.FactsOf[live](p, reader)
		for row, s := range l.worst {
			if s > out.worst.worst[row] {
				out.worst.worst[row], out.pod[row] = s, ref
			}
		}
		for i, d := range l.debug {
			out.debug = append(out.debug, found{ref, d, i})
		}
	}
	return out
}, nil)

func debugContainers(e *check.Eval) {
	if len(e.F.Pods) == 0 {
		e.NA("no pod of it runs")
		return
	}
	for _, d := range runningOf.Get(e.Reader, e.F.Key).debug {
		e.Failf(check.At{
			Object: d.Ref, Path: "spec.ephemeralContainers[" + strconv.Itoa(d.index) + "]",
			Fixed: "spec.ephemeralContainers[" + d.name + "]", Value: d.image,
		}, "a debug container was left in the pod: %s (%s); it stays until the pod is replaced", d.name, d.image)
	}
}
