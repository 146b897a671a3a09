package openwhisk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// serverless is the release name that stands for an installation by the operator of OpenServerless.
const serverless = "nuvolaris"

// partOf says which part of which release the object is; part is empty for everything else.
func partOf(h *model.Header, labels model.Labels) (release, part string) {
	name := cmp.Or(labels.Get("name"), h.Name)
	if strings.HasPrefix(labels.Get("chart"), "openwhisk-") {
		for _, part := range []string{"controller", "invoker", "nginx", "scheduler"} {
			if strings.HasSuffix(name, "-"+part) {
				return labels.Get(releaseLabel), part
			}
		}
		return "", ""
	}
	if h.Namespace == serverless && labels.Get("name") == "controller" && labels.Get("app") == "controller" {
		return serverless, "controller"
	}
	return "", ""
}

// The shapes of a platform: where its action containers are.
const (
	podShape    = "kubernetes"
	dockerShape = "docker"
	leanShape   = "lean"
	serverShape = "openserverless"
)

// platform is one installation of OpenWhisk, as far as it can be seen.
type platform struct {
	namespace, release string
	workloads          []*model.Workload
	pods               []*model.Pod // of the control plane, for operators who see nothing else
	services           []*model.Service
	shape, version     string
	actionNamespace    string
	scheduler          bool // no pod is ever labelled
}

// platformsIn lists the platforms of a namespace by release.
func platformsIn(x frameworks.Index, namespace string) []*platform {
	return gather(x.Members(key(platformsKind, namespace, "")))
}

// platformsOf lists the platforms of a release, in any namespace.
func platformsOf(x frameworks.Index, release string) []*platform {
	if release == "" {
		return nil
	}
	return gather(x.Members(key(releaseKind, "", release)))
}

func gather(members []model.Object) []*platform {
	type at struct{ namespace, release string }
	found := map[at]*platform{}
	of := func(h *model.Header, labels model.Labels) *platform {
		release, part := partOf(h, labels)
		if part == "" {
			release = serverless
		}
		k := at{h.Namespace, release}
		if found[k] == nil {
			found[k] = &platform{namespace: h.Namespace, release: release}
		}
		found[k].scheduler = found[k].scheduler || part == "scheduler"
		return found[k]
	}
	for _, o := range members {
		switch r := o.(type) {
		case *model.Workload:
			p := of(&r.Header, r.Template.Labels)
			p.workloads = append(p.workloads, r)
		case *model.Pod:
			if r.Labels.Get(actionPodLabel) != "true" {
				p := of(&r.Header, r.Labels)
				p.pods = append(p.pods, r)
			}
		case *model.Service:
			p := of(&r.Header, r.Labels)
			p.services = append(p.services, r)
		case *model.Custom:
			of(&r.Header, nil)
		}
	}
	all := slices.SortedFunc(maps.Values(found), func(a, b *platform) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.release, b.release))
	})
	for _, p := range all {
		p.classify()
	}
	return all
}

// classify reads shape, version and the actions' namespace from the workloads.
func (p *platform) classify() {
	if p.release == serverless {
		p.shape = serverShape
	}
	for _, w := range p.workloads {
		_, part := partOf(&w.Header, w.Template.Labels)
		c := frameworks.FunctionContainer(w.Template.Spec, part)
		if c == nil || part != "controller" && part != "invoker" {
			continue
		}
		p.version = cmp.Or(p.version, frameworks.ImageTag(c.Image))
		if v, ok := frameworks.EnvValue(c, "CONFIG_whisk_kubernetes_actionNamespace"); ok {
			p.actionNamespace = v
		}
		switch {
		case part == "invoker" && (w.Kind == frameworks.DaemonSet.Kind || mountsDocker(w)):
			p.shape = cmp.Or(p.shape, dockerShape)
		case part == "invoker":
			p.shape = cmp.Or(p.shape, podShape)
		case c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged:
			p.shape = cmp.Or(p.shape, leanShape)
		}
	}
}

func mountsDocker(w *model.Workload) bool {
	for i := range w.Template.Spec.Volumes {
		if h := w.Template.Spec.Volumes[i].HostPath; h != nil && strings.HasSuffix(h.Path, "docker.sock") {
			return true
		}
	}
	return false
}

func (p *platform) facts() model.Platform {
	return model.Platform{Namespace: p.namespace, Release: p.release, Version: p.version, Shape: p.shape}
}

// invokes reports whether something of the platform is there that makes and removes action pods. A controller does
// it in lean mode; where only its pod is seen, that is assumed.
func (p *platform) invokes() bool {
	if p.shape == leanShape || p.shape == serverShape {
		return true
	}
	for _, w := range p.workloads {
		if _, part := partOf(&w.Header, w.Template.Labels); part == "invoker" {
			return true
		}
	}
	for _, pod := range p.pods {
		if _, part := partOf(&pod.Header, pod.Labels); part == "invoker" || part == "controller" && len(p.workloads) == 0 {
			return true
		}
	}
	return false
}

// slack is how much older than its invoker a pod must be to count as left behind: they start at the same time.
const slack = 5 * time.Minute

// orphaned says why nobody looks after an action pod any more; empty when somebody does, or when that cannot be
// told.
func orphaned(x frameworks.Index, p *model.Pod) string {
	release := p.Labels.Get(releaseLabel)
	if release == "" {
		return ""
	}
	alive := false
	for _, at := range append(platformsOf(x, release), platformsOf(x, serverless)...) {
		alive = alive || at.invokes()
		for _, i := range at.pods {
			number := strings.TrimPrefix(p.Labels.Get(invokerLabel), "invoker")
			if i.Ready && i.Name == release+"-invoker-"+number && i.Created.Sub(p.Created) > slack && !p.Created.IsZero() {
				return frameworks.Text(fmt.Sprintf("left behind: older than its invoker %s", i.Name))
			}
		}
	}
	if alive {
		return ""
	}
	// The invoker may run in another namespace: only who sees all of them can tell that there is none.
	if x.Availability(frameworks.StatefulSet, "") != frameworks.Available ||
		x.Availability(frameworks.DaemonSet, "") != frameworks.Available {
		return ""
	}
	return frameworks.Text(fmt.Sprintf("left behind: release %s has no invoker any more", release))
}

// buildPlatform makes the row that stands for the actions that cannot be seen. Prewarmed pods that an uninstalled
// platform left serve no action: they are no row.
func buildPlatform(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	members := x.Members(k)
	waiting := slices.DeleteFunc(frameworks.Typed[*model.Pod](members), func(p *model.Pod) bool {
		return p.Labels.Get(actionPodLabel) != "true"
	})
	for _, p := range gather(members) {
		if p.release == k.Name && (len(p.workloads) > 0 || len(p.pods) > 0 || p.release == serverless) {
			return opaquePlatform(k, x, p, waiting)
		}
	}
	return nil, false
}

func opaquePlatform(k model.FunctionKey, x frameworks.Index, p *platform, waiting []*model.Pod) (*model.Function, bool) {
	if len(frameworks.Connectors(x, Name, frameworks.WhiskGroup, k.Namespace)) > 0 {
		return nil, false
	}
	f := opaque(k, p, x)
	f.Reason = "idle actions unknown: no connector is configured for this platform's API"
	if p.shape == dockerShape {
		f.Reason = "actions unknown: they run in Docker outside Kubernetes, and no connector is configured"
	}
	f.Notes = prewarmed(waiting)
	return f, true
}

// prewarmed counts the pods that wait for an action, by runtime.
func prewarmed(waiting []*model.Pod) []string {
	counts := map[string]int{}
	for _, p := range waiting {
		rest, _ := restOfName(p)
		if kind, ok := prewarmedKind(rest); ok {
			counts[kind]++
		}
	}
	var notes []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		notes = append(notes, fmt.Sprintf("prewarmed (%s) ×%d", kind, counts[kind]))
	}
	return frameworks.List(notes)
}

func opaque(k model.FunctionKey, p *platform, x frameworks.Index) *model.Function {
	f := &model.Function{Key: k, Opaque: true, State: model.OpaqueRow, Platform: model.Platform{Namespace: k.Namespace}}
	if p == nil {
		return f
	}
	f.Platform = p.facts()
	for _, w := range p.workloads {
		addInvoker(f, x, w)
	}
	for _, pod := range p.pods {
		if !slices.Contains(f.Pods, pod.Ref) {
			f.Pods = append(f.Pods, pod.Ref)
		}
	}
	f.Pods = frameworks.List(f.Pods)
	f.References = frameworks.MarkMissing(x, f.References)
	return f
}

// addInvoker puts a part of the control plane into a row. Only the invoker has to do with how functions run.
func addInvoker(f *model.Function, x frameworks.Index, w *model.Workload) {
	role := model.Proxy
	if _, part := partOf(&w.Header, w.Template.Labels); part == "invoker" {
		role = model.Run
	}
	f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: role, Shared: true})
	f.Templates = append(f.Templates, frameworks.TemplateOf(w, role, ""))
	f.Pods = append(f.Pods, frameworks.List(frameworks.Refs(frameworks.PodsOf(x, w.Ref)))...)
	f.References = append(f.References, frameworks.References(w.Template.Spec, w.Ref)...)
}

// buildConnector makes the row for what a connector cannot tell: everything as long as it never answered, the rest
// when its list is cut.
func buildConnector(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	c := connectorOf(x, k.Namespace, k.Name)
	if c == nil || c.Reached && c.Incomplete == "" {
		return nil, false
	}
	var p *platform
	if all := platformsIn(x, k.Namespace); len(all) > 0 {
		p = all[0]
	}
	f := opaque(k, p, x)
	f.Title = "connector " + c.Name
	f.Reason = c.Trouble()
	if c.Reached {
		f.Reason = frameworks.Text("connector " + c.Name + ": there are more actions: " + c.Incomplete)
	}
	return f, true
}

func connectorOf(x frameworks.Index, namespace, name string) *frameworks.Connector {
	o := x.Get(model.Ref{
		Group: frameworks.WhiskGroup, Kind: frameworks.ConnectorKind, Namespace: namespace, Name: name,
	})
	if o == nil {
		return nil
	}
	c, _ := o.Head().FactsOf(Name).(*frameworks.Connector)
	return c
}
