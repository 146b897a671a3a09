package pods

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// maker is something that builds images in a namespace.
type maker struct {
	ref         model.Ref
	framework   string // whose functions it builds
	annotations model.Labels
	spec        *corev1.PodSpec
}

// buildersIn lists the Jobs and pods of a namespace that build images of functions and that no adapter gives to one.
var buildersIn = snapshot.NewQuery("image builds of a namespace", func(r *snapshot.Reader, ns string) []maker {
	var all []maker
	for _, kind := range []schema.GroupKind{{Group: "batch", Kind: "Job"}, podKind} {
		for _, o := range r.List(kind, ns) {
			framework := builds(o.Head())
			if framework == "" {
				continue
			}
			switch o := o.(type) {
			case *model.Workload:
				all = append(all, maker{o.Ref, framework, o.Template.Annotations, o.Template.Spec})
			case *model.Pod:
				if _, owned := o.ControllerOwner(); owned && framework == "nuclio" {
					continue // its Job is judged
				}
				all = append(all, maker{o.Ref, framework, o.Annotations, o.Spec})
			}
		}
	}
	return slices.DeleteFunc(all, func(m maker) bool { return m.spec == nil })
}, nil).Eager()

func builds(h *model.Header) string {
	switch {
	case strings.HasPrefix(h.Name, "nuclio-kanikojob."):
		return "nuclio"
	case h.Labels.Has("tekton.dev/taskRun"), h.Labels.Has("build.shipwright.io/name"), h.Labels.Has("buildrun.shipwright.io/name"):
		return "knative"
	}
	return ""
}

// buildPods judges what builds the function's image: with more power than the function it is the way around everything
// that the function's own pods are denied.
func buildPods(e *check.Eval) {
	account, any := workload.Of.Get(e.Reader, e.F.Key).Account, false
	minor := minorOf(NamespaceLevel.Get(e.Reader, e.F.Key.Namespace).Enforce.Version)
	for i := range e.F.Templates {
		t := &e.F.Templates[i]
		if t.Role == model.Build && t.Spec != nil {
			any = true
			elevated(e, maker{t.Origin.Ref, "", t.Annotations, t.Spec}, account, minor)
		}
	}
	if f := e.F.Key.Framework; f == "nuclio" || f == "knative" {
		for _, m := range buildersIn.Get(e.Reader, e.F.Key.Namespace) {
			if m.framework == f {
				any = true
				elevated(e, m, account, minor)
			}
		}
	}
	if !any {
		e.NA("nothing builds it in the cluster, as far as can be seen")
	}
}

// powers are the rows that make a build pod elevated.
var powers = map[row]string{
	privileged: "runs privileged", hostPath: "mounts folders of the node", socket: "holds the runtime's socket",
	hostNamespaces: "shares the node's namespaces", root: "runs as root", hostProcess: "runs on the node itself",
}

func elevated(e *check.Eval, m maker, account string, minor int) {
	v := verdictFor(e.Reader, m.spec, m.annotations, minor)
	var why []string
	severity := check.Medium
	for i := range v.issues {
		it := &v.issues[i]
		word, ok := powers[it.row]
		if !ok {
			continue
		}
		if it.row == root && it.value == "" {
			word = "may run as root"
		} else {
			severity = check.High
		}
		if !slices.Contains(why, word) {
			why = append(why, word)
		}
	}
	own := cmp.Or(m.spec.ServiceAccountName, m.spec.DeprecatedServiceAccount, "default")
	if account != "" && own == account {
		why, severity = append(why, "uses the function's ServiceAccount "+own), check.High
	}
	if len(why) > 0 {
		e.Fail(check.At{Object: m.ref, Path: "spec"}, "what builds its image in the same namespace "+strings.Join(why, ", ")).As(severity)
	}
}
