package openwhisk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// actionContainer is the container of an action pod that runs the action.
const actionContainer = "user-action"

// buildAction makes the row of an action by its true name: one that a connector listed, or that labels name.
func buildAction(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	records := actions(x, k)
	pods := frameworks.Typed[*model.Pod](x.Members(k))
	if len(records) == 0 {
		return buildLabelled(k, x, pods)
	}
	h := &records[0].Header
	f := &model.Function{Key: k, Record: h.Ref, Changed: h.Changed, Platform: model.Platform{Namespace: k.Namespace}}
	connector, _, _ := strings.Cut(h.Name, "/")
	for _, other := range records[1:] {
		second, _, _ := strings.Cut(other.Name, "/")
		f.Notes = append(f.Notes, fmt.Sprintf("connectors %s and %s both name this action", connector, second))
	}
	platforms := platformsIn(x, k.Namespace)
	spaces := []string{k.Namespace}
	for _, p := range platforms {
		f.Platform = p.facts()
		if p.actionNamespace != "" && p.actionNamespace != k.Namespace {
			spaces = append(spaces, p.actionNamespace)
			pods = append(pods, frameworks.Typed[*model.Pod](x.Members(actionKey(p.actionNamespace, k.Name)))...)
		}
	}
	for _, namespace := range spaces {
		pods = append(pods, guessedPods(x, k, namespace)...)
	}
	health(f, x, spaces, platforms, pods)
	addPods(f, x, pods)
	if facts, ok := h.FactsOf(Name).(*actionFacts); ok {
		describe(f, x, h, facts, platforms, connector)
	} else {
		frameworks.Unreadable(h).Set(f)
	}
	if c := connectorOf(x, k.Namespace, connector); c != nil && c.Trouble() != "" {
		f.Reason = c.Trouble()
	}
	return f, true
}

// actions returns the records of an action, one for each connector that names it.
func actions(x frameworks.Index, k model.FunctionKey) []*model.Custom {
	all := frameworks.Typed[*model.Custom](x.Members(k))
	return slices.DeleteFunc(all, func(c *model.Custom) bool { return c.Kind != "Action" })
}

// health judges by the pods, and where action containers are no pods by the invoker.
func health(f *model.Function, x frameworks.Index, spaces []string, platforms []*platform, pods []*model.Pod) {
	for _, p := range platforms {
		if p.shape != dockerShape {
			continue
		}
		for _, w := range p.workloads {
			if _, part := partOf(&w.Header, w.Template.Labels); part == "invoker" {
				h := frameworks.WorkloadHealth(w, frameworks.PodsOf(x, w.Ref))
				f.State, f.Reason = h.State, frameworks.Text(strings.TrimSuffix("invoker "+w.Name+": "+h.Reason, ": "))
				if h.State == model.Ready {
					f.Reason = ""
				}
				addInvoker(f, x, w)
				f.Notes = append(f.Notes, "runs in Docker outside Kubernetes: idle and running cannot be told apart")
				return
			}
		}
	}
	for _, namespace := range spaces {
		if why := frameworks.Unseen(x, frameworks.Pod, namespace); why != "" && len(pods) == 0 {
			f.State, f.Reason = model.Unknown, why
			return
		}
	}
	podHealth(f, x, pods)
}

// podHealth leaves out pods that nobody looks after, unless there are no others.
func podHealth(f *model.Function, x frameworks.Index, pods []*model.Pod) {
	var kept, left []*model.Pod
	why := ""
	for _, p := range pods {
		if reason := orphaned(x, p); reason != "" {
			left, why = append(left, p), reason
		} else {
			kept = append(kept, p)
		}
	}
	frameworks.PodsHealth(kept).Set(f)
	switch {
	case len(left) > 0 && len(kept) == 0:
		frameworks.PodsHealth(left).Set(f)
		f.State, f.Reason = model.Orphaned, why
	case len(left) > 0:
		f.Notes = append(f.Notes, frameworks.Text(fmt.Sprintf("pod %s: %s", left[0].Name, why)))
	}
}

// addPods takes what the pods tell. No workload makes them: each stands for itself.
func addPods(f *model.Function, x frameworks.Index, pods []*model.Pod) {
	for _, p := range frameworks.List(pods) {
		f.Pods = append(f.Pods, p.Ref)
		f.Claims = append(f.Claims, p.Ref)
		for i := range p.Containers {
			if c := &p.Containers[i]; c.Name == actionContainer && f.Image == "" {
				f.Image = frameworks.Text(c.Image)
			}
		}
		t, ok := frameworks.TemplateOfPod(p, model.Run, actionContainer)
		if !ok {
			f.ServiceAccount = cmp.Or(f.ServiceAccount, p.ServiceAccount)
			continue
		}
		f.ServiceAccount = cmp.Or(f.ServiceAccount, frameworks.AccountOf(t.Spec))
		f.References = append(f.References, frameworks.References(t.Spec, p.Ref)...)
		f.Templates = append(f.Templates, t)
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: p.Ref, Role: model.Run})
	}
	f.References = frameworks.MarkMissing(x, f.References)
	f.Runtime = cmp.Or(f.Runtime, runtimeOf(f.Image))
}

// runtimeOf reads the kind from the name of an official runtime image: openwhisk/action-nodejs-v14 is nodejs:14.
func runtimeOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	name, _, _ = strings.Cut(name, ":")
	name, ok := strings.CutPrefix(name, "action-")
	language, version, found := strings.Cut(name, "-v")
	if !ok || !found {
		return ""
	}
	return language + ":" + version
}

// buildLabelled makes the row of an action that only the labels of its pods name.
func buildLabelled(k model.FunctionKey, x frameworks.Index, pods []*model.Pod) (*model.Function, bool) {
	if len(pods) == 0 {
		return nil, false
	}
	f := &model.Function{Key: k, Platform: model.Platform{Namespace: k.Namespace}}
	homes := homesOf(x, pods)
	for _, p := range homes {
		if p.namespace != k.Namespace && len(actions(x, actionKey(p.namespace, k.Name))) > 0 {
			return nil, false // the row of that record shows these pods
		}
	}
	fromPods(f, x, k, homes, pods)
	tenant, _, _ := strings.Cut(k.Name, "/")
	absent(f, x, homes, k.Namespace, pods, func(c *frameworks.Connector) bool { return c.Tenant == tenant })
	return f, true
}

// homesOf lists the platforms that made the pods.
func homesOf(x frameworks.Index, pods []*model.Pod) []*platform {
	var all []*platform
	seen := map[string]bool{}
	for _, p := range frameworks.List(pods) {
		if release := p.Labels.Get(releaseLabel); !seen[release] {
			seen[release] = true
			all = append(all, platformsOf(x, release)...)
		}
	}
	return all
}

func fromPods(f *model.Function, x frameworks.Index, k model.FunctionKey, homes []*platform, pods []*model.Pod) {
	f.Platform.Release = pods[0].Labels.Get(releaseLabel)
	if len(homes) > 0 {
		f.Platform = homes[0].facts()
	}
	for _, p := range pods {
		if f.Created.IsZero() || p.Created.Before(f.Created) {
			f.Created = p.Created
		}
	}
	podHealth(f, x, pods)
	addPods(f, x, pods)
	f.Source = model.Source{Kind: "unknown", Detail: "only a connector tells"}
	f.Notes = append(f.Notes, "known from its pods only: parameters, limits and triggers are not visible in Kubernetes")
}

// absent says so when a connector reads the tenant and does not list the action. A list that was complete when the
// pod was there already, and still does not name it, means that the action is gone.
func absent(
	f *model.Function, x frameworks.Index, homes []*platform, namespace string, pods []*model.Pod,
	covers func(*frameworks.Connector) bool,
) {
	spaces := []string{namespace}
	for _, p := range homes {
		if !slices.Contains(spaces, p.namespace) {
			spaces = append(spaces, p.namespace)
		}
	}
	for _, at := range spaces {
		for _, c := range frameworks.Connectors(x, Name, frameworks.WhiskGroup, at) {
			if !c.Live() || c.Incomplete != "" || !covers(c) || f.State == model.Orphaned {
				continue
			}
			older := slices.ContainsFunc(pods, func(p *model.Pod) bool { return p.Created.Before(c.Since) })
			if !older {
				f.Reason = cmp.Or(f.Reason, frameworks.Text("connector "+c.Name+" does not list this action yet"))
				continue
			}
			f.State = model.Orphaned
			f.Reason = frameworks.Text("connector " + c.Name + " does not list this action: its pods end when idle")
		}
	}
}
