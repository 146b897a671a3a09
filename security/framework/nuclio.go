package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var nuclioFunctionKind = schema.GroupKind{Group: "nuclio.io", Kind: "NuclioFunction"}

var nuclioKinds = []snapshot.Kind{
	{GroupKind: nuclioFunctionKind, Plural: "nucliofunctions", Versions: []string{"v1beta1"}, Reader: reader, Decode: decodeNuclioFunction, Settled: true},
}

const (
	noNuclio             = "it is no Nuclio"
	nuclioFunctionLabel  = "nuclio.io/function-name"
	nuclioVersionNote    = "nuclio.io/controller-version"
	nuclioSecretType     = "nuclio.io/functionconfig"
	nuclioShellFixed     = "1.15.20"
	nuclioDashboardFixed = "1.16.5"
)

// nuclioFunction is what is judged of a NuclioFunction.
type nuclioFunction struct {
	runtime       string
	said          stance
	insecureFlags []string // of the build
	registry      string
}

func decodeNuclioFunction(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Runtime, ServiceAccount string
			HostIPC                 bool
			SecurityContext         *corev1.PodSecurityContext
			Resources               corev1.ResourceRequirements
			Build                   struct {
				Flags    []string
				Registry string
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	f := &nuclioFunction{
		runtime: short(o.Spec.Runtime), insecureFlags: insecure(o.Spec.Build.Flags), registry: short(o.Spec.Build.Registry),
	}
	pod := &corev1.PodSpec{SecurityContext: o.Spec.SecurityContext, ServiceAccountName: short(o.Spec.ServiceAccount)}
	f.said = explicit(pod, nil)
	f.said.add(noHostIPC, !o.Spec.HostIPC)
	f.said.add(limited, hasLimits(o.Spec.Resources))
	return f, nil
}

// nuclioOf returns what is judged of the function's object. Of an orphan there is none; the control was told so.
func nuclioOf(e *check.Eval) (*nuclioFunction, bool) {
	if !runs(e, nuclio, noNuclio) {
		return nil, false
	}
	o := e.Get(e.F.Object)
	if o == nil {
		if e.F.Object.IsZero() || e.Need(e.F.Object.GroupKind(), e.F.Object.Namespace) {
			e.NA("its NuclioFunction is gone")
		}
		return nil, false
	}
	f, ok := snapshot.FactsOf[*nuclioFunction](o, reader)
	if !ok {
		e.Undecided(check.At{Object: e.F.Object}, "the NuclioFunction cannot be read: "+o.Head().Problem)
	}
	return f, ok
}

// checkNuclioShell is FW-NU-02.
func checkNuclioShell(e *check.Eval) {
	f, ok := nuclioOf(e)
	if !ok || f.runtime != "shell" {
		return
	}
	at := check.At{Object: e.F.Object, Path: "spec.runtime", Value: f.runtime}
	version := ""
	for _, w := range e.F.Workloads {
		if o := e.Get(w.Ref); o != nil && w.Role == model.Run {
			version = o.Head().Annotations.Get(nuclioVersionNote)
		}
	}
	older, known := olderThan(version, nuclioShellFixed)
	switch {
	case !known:
		e.Undecided(at, "the shell runtime before "+nuclioShellFixed+" runs arguments from a header of the caller (CVE-2026-29042), and nothing shows which version built this image")
	case !older:
		e.Undecided(at, "the controller is new enough, but nothing shows whether this image was built since: images of the shell runtime before "+nuclioShellFixed+" run arguments from a header of the caller (CVE-2026-29042)")
	default:
		f := e.Failf(at, "callers pass arguments to the command in header X-Nuclio-Arguments (CVE-2026-29042): the image was built before %s", nuclioShellFixed)
		if !callable(e) {
			f.As(check.High)
		}
	}
}

// checkNuclioCron is FW-NU-03.
func checkNuclioCron(e *check.Eval) {
	if !runs(e, nuclio, noNuclio) {
		return
	}
	for _, w := range e.F.Workloads {
		if w.Kind != cronJobKind.Kind {
			continue
		}
		o, ok := e.Get(w.Ref).(*model.Workload)
		if !ok {
			e.Need(cronJobKind, w.Namespace)
			continue
		}
		if o.Template.Spec == nil {
			continue
		}
		p := part{Ref: w.Ref, PodTemplate: o.Template, path: "spec.jobTemplate.spec.template.spec"}
		for i := range p.Spec.Containers {
			c := &p.Spec.Containers[i]
			if shellLine(c) {
				e.Fail(p.at(c, "args"), "the job that calls this function pastes headers and body of the trigger into a shell (GHSA-v5px-423j-pf7p, fixed in 1.16.4)")
			}
		}
	}
}

// shellLine reports whether a container runs a shell on a line that calls curl.
func shellLine(c *corev1.Container) bool {
	line := slices.Concat(c.Command, c.Args)
	if len(line) < 3 || line[1] != "-c" {
		return false
	}
	shell := line[0][strings.LastIndexByte(line[0], '/')+1:]
	return (shell == "sh" || shell == "bash" || shell == "ash") && strings.Contains(line[2], "curl")
}

// nuclioSecret is a Secret that names a function.
type nuclioSecret struct {
	model.Ref
	kind string
}

// nuclioSecrets lists the Secrets of a namespace by the function that they name.
var nuclioSecrets = snapshot.NewQuery("Secrets of Nuclio functions", func(r *snapshot.Reader, namespace string) map[string][]nuclioSecret {
	all := map[string][]nuclioSecret{}
	for _, o := range r.List(secretKind, namespace) {
		s, ok := o.(*model.Secret)
		if !ok {
			continue
		}
		if name := s.Labels.Get(nuclioFunctionLabel); name != "" {
			all[name] = append(all[name], nuclioSecret{s.Ref, s.Type})
		}
	}
	return all
}, nil)

// checkNuclioPlanted is FW-NU-05.
func checkNuclioPlanted(e *check.Eval) {
	if !runs(e, nuclio, noNuclio) || !e.Need(secretKind, e.F.Key.Namespace) {
		return
	}
	ns := e.F.Key.Namespace
	all := nuclioSecrets.Get(e.Reader, ns)[e.F.Key.Name]
	planted := 0
	for _, s := range all {
		if s.kind == nuclioSecretType {
			continue
		}
		planted++
		e.Failf(check.At{Object: s.Ref, Path: "metadata.labels[" + nuclioFunctionLabel + "]", Value: e.F.Key.Name},
			"Secret %s carries the label of this function's configuration: the newest Secret with it becomes the configuration, and it is deleted with the function%s", s.Name, creators(e, ns))
	}
	if rest := len(all) - planted; rest > 1 {
		last := all[len(all)-1]
		e.Failf(check.At{Object: last.Ref, Path: "metadata.labels[" + nuclioFunctionLabel + "]", Value: e.F.Key.Name},
			"%d Secrets claim to be the configuration of this function: the newest one wins%s", rest, creators(e, ns))
	}
}

func creators(e *check.Eval, namespace string) string {
	if who := makersOf(e, secretKind, namespace).may("these may create Secrets here"); who != "" {
		return "; " + who
	}
	return ""
}

// nuclioDashboards returns the dashboards of the judged control plane, each with its container. None means that the
// control was told why.
func nuclioDashboards(e *check.Eval) (p Platform, found []part) {
	p, ok := planeOf(e, nuclio, noNuclio)
	if !ok {
		return p, nil
	}
	for _, w := range partsWith(e.Reader, &p, "nuclio.io/app", "dashboard") {
		if len(w.Spec.Containers) > 0 {
			found = append(found, w)
		}
	}
	if len(found) == 0 && e.Need(deploymentKind, p.Namespace) {
		e.NA("there is no dashboard")
	}
	return p, found
}

func dashboardContainer(s *corev1.PodSpec) *corev1.Container {
	for i := range s.Containers {
		if strings.HasSuffix(s.Containers[i].Name, "dashboard") {
			return &s.Containers[i]
		}
	}
	return &s.Containers[0]
}

// openDashboard reports whether the dashboard asks for no login; hidden when another object says so.
func openDashboard(c *corev1.Container) (open, hidden bool) {
	s := env(c, "NUCLIO_AUTH_KIND")
	return !s.Hidden && (!s.Set || s.Value == "" || s.Value == "nop"), s.Hidden
}

// checkNuclioLogin is FW-NU-01.
func checkNuclioLogin(e *check.Eval) {
	p, all := nuclioDashboards(e)
	for i := range all {
		w := &all[i]
		c := dashboardContainer(w.Spec)
		open, hidden := openDashboard(c)
		if hidden {
			e.Undecided(w.envAt(c, "NUCLIO_AUTH_KIND"), "whether the dashboard asks for a login is set by another object (NUCLIO_AUTH_KIND)")
		}
		if !open {
			continue
		}
		way, routed := leadsTo(e, &p, w, "8070")
		socket := socketVolume(w.Spec) >= 0
		if !routed {
			c := into(e, w, 8070)
			if c.undecided(e, w); !c.open() {
				continue
			}
			way = "; " + c.who + " does"
		}
		builds := ""
		if socket {
			builds = "; it builds with the node's container runtime, so a build is root on the node"
		}
		f := e.Failf(w.envAt(c, "NUCLIO_AUTH_KIND"), "the dashboard asks for no login: whoever reaches it deploys any code and reads every function's settings%s%s", way, builds)
		if !routed && !socket {
			f.As(check.High)
		}
	}
}

// checkNuclioHoles is FW-NU-04.
func checkNuclioHoles(e *check.Eval) {
	_, all := nuclioDashboards(e)
	for i := range all {
		w := &all[i]
		c := dashboardContainer(w.Spec)
		at := w.at(c, "image")
		at.Value = c.Image
		version := imageTag(c.Image)
		older, known := olderThan(version, nuclioDashboardFixed)
		open, _ := openDashboard(c)
		if !known {
			e.Undecided(at, fmt.Sprintf("the image of the dashboard shows no version: before %s a handler's path leaves the folder of the build (GHSA-wpcj-rmv4-86qg)", nuclioDashboardFixed))
		}
		if known && older {
			f := e.Failf(at, "the dashboard %s lets the path of a handler leave the folder of the build (GHSA-wpcj-rmv4-86qg, fixed in %s)", version, nuclioDashboardFixed).
				With(check.VersionLimit)
			if !open {
				f.As(check.Medium)
			}
		}
		if leaves(e, w) {
			f := e.Fail(check.At{Object: w.Ref, Path: w.path}, "builds from an archive fetch any address that the author names, and no policy limits where the dashboard may connect to").Offers(check.FixIsolateEgress)
			if !open {
				f.As(check.Medium)
			}
		}
	}
}
