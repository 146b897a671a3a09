package pods

import (
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
	alone := softened(r) && isolated.Get(e.Reader, e.F.Key)
	for _, it := range j.issues {
		if it.row != r {
			continue
		}
		s := &j.view.Specs[it.spec]
		f := e.Fail(it.at(s), it.message).As(it.severity).With(limit(e.F, s, it.issue))
		if alone {
			f.Down(whenIsolated)
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
		s := &j.view.Specs[n]
		if s.Live && j.templates() {
			continue
		}
		for _, mount := range v.volumes {
			path, ok := folderOf(e, mount.claim)
			if !ok {
				continue
			}
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
	for _, it := range j.issues {
		if it.row != device {
			continue
		}
		message, severity := it.message, it.severity
		if isAdmin(e, it.claim) {
			message, severity = message+"; it is claimed with an administrator's access", check.High
		}
		e.Fail(it.at(&j.view.Specs[it.spec]), message).As(severity)
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

// debugContainers judges ephemeral containers of running pods. Replicas that have one differ from the others, so that
// each such pod is a spec of its own.
func debugContainers(e *check.Eval) {
	if len(e.F.Pods) == 0 {
		e.NA("no pod of it runs")
		return
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	for n := range v.Specs {
		s := &v.Specs[n]
		for i := range s.Spec.EphemeralContainers {
			c := &s.Spec.EphemeralContainers[i]
			if !s.Live {
				continue
			}
			e.Fail(check.At{
				Object: s.Ref, Path: s.Field("ephemeralContainers[" + strconv.Itoa(i) + "]"),
				Fixed: s.Field("ephemeralContainers[" + c.Name + "]"), Value: c.Image,
			}, "the debug container "+c.Name+" ("+c.Image+") was left in the pod; it stays until the pod is replaced")
		}
	}
}
