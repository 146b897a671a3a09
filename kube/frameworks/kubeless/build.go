package kubeless

import (
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// builder makes one function.
type builder struct {
	x          frameworks.Index
	f          *model.Function
	head       *model.Header
	spec       function
	workload   *model.Workload
	pods       []*model.Pod
	builds     []*model.Workload
	triggers   []*model.Header
	controller *model.Workload
}

// Build describes the function.
func (adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	if key.Group != group || key.Kind != functionKind.Kind {
		return nil, false
	}
	b := &builder{x: x, f: &model.Function{Key: key}}
	if !b.find() {
		return nil, false
	}
	b.platform()
	b.describe()
	b.judge()
	b.routes()
	b.events()
	b.f.References = frameworks.MarkMissing(x, b.f.References)
	b.f.Notes = frameworks.List(b.f.Notes)
	return b.f, true
}

// find looks for the Function, its Deployment, build Jobs and triggers; false when there is neither Function nor
// Deployment.
func (b *builder) find() bool {
	k := b.f.Key
	if o := b.x.Get(model.Ref{Group: group, Kind: functionKind.Kind, Namespace: k.Namespace, Name: k.Name}); o != nil {
		b.head = o.Head()
		b.f.Object, b.f.APIVersion, b.f.Labels = b.head.Ref, b.head.APIVersion(), b.head.Labels
		b.spec, _ = b.head.FactsOf(Name).(function)
	}
	for _, o := range b.x.Members(k) {
		switch w, _ := o.(*model.Workload); {
		case w == nil:
			if h := o.Head(); h.GroupKind() != functionKind {
				b.triggers = append(b.triggers, h)
			}
		case w.GroupKind() == frameworks.Job:
			b.builds = append(b.builds, w)
		case b.workload == nil || w.Name == k.Name:
			b.workload = w
		}
	}
	if b.head == nil && b.workload != nil {
		b.head = &b.workload.Header
	}
	return b.head != nil
}

// platform looks for the controller. The namespace is the usual one where there is none any more.
func (b *builder) platform() {
	b.f.Platform.Namespace = "kubeless"
	for _, w := range frameworks.Typed[*model.Workload](b.x.Labelled(frameworks.Deployment, "", controllerLabel, "controller")) {
		c := frameworks.FunctionContainer(w.Template.Spec, "kubeless-function-controller")
		if c == nil || c.Name != "kubeless-function-controller" {
			continue
		}
		b.controller = w
		b.f.Platform = model.Platform{Namespace: w.Namespace, Version: frameworks.Text(frameworks.ImageTag(c.Image))}
		return
	}
}

// describe fills in what Function and Deployment say.
func (b *builder) describe() {
	f := b.f
	f.Created, f.Changed = b.head.Created, b.head.Changed
	f.Runtime, f.Handler, f.Source, f.Image = b.spec.runtime, b.spec.handler, b.spec.source, b.spec.image
	if b.spec.image != "" {
		f.Source = model.Source{Kind: "image", Detail: b.spec.image}
	}
	f.ServiceAccount = b.spec.account
	f.References = append(f.References, b.spec.references...)
	f.Claims = []model.Ref{{
		Group: frameworks.Deployment.Group, Kind: frameworks.Deployment.Kind, Namespace: f.Key.Namespace, Name: f.Key.Name,
	}}
	if b.spec.autoscaler {
		f.Scaling = model.Scaling{Min: b.spec.min, Max: b.spec.max}
	}
	if b.workload != nil {
		b.describeWorkload()
	}
	for _, j := range b.builds {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: j.Ref, Role: model.Build})
		f.Templates = append(f.Templates, frameworks.TemplateOf(j, model.Build, "build"))
		refs := frameworks.References(j.Template.Spec, j.Ref)
		f.References = append(f.References, frameworks.Reuse(refs, model.ForBld)...)
	}
	if f.ServiceAccount == "" {
		f.ServiceAccount = "default"
	}
}

func (b *builder) describeWorkload() {
	f, w := b.f, b.workload
	b.pods = frameworks.PodsOf(b.x, w.Ref)
	t := frameworks.TemplateOf(w, model.Run, f.Key.Name)
	f.Claims = []model.Ref{w.Ref}
	f.Workloads = []model.WorkloadRef{{Ref: w.Ref, Role: model.Run}}
	f.Pods = frameworks.Refs(b.pods)
	f.Templates = []model.Template{t}
	f.ServiceAccount = frameworks.AccountOf(t.Spec)
	f.Revision = w.Revision
	f.References = append(f.References, frameworks.References(t.Spec, w.Ref)...)
	if c := frameworks.FunctionContainer(t.Spec, f.Key.Name); c != nil {
		f.Image = frameworks.Text(c.Image)
		runs, ok := frameworks.EnvValue(c, "FUNC_RUNTIME")
		switch {
		case f.Runtime == "":
			f.Runtime = frameworks.Text(runs)
		case ok && runs != f.Runtime:
			b.note("runs " + runs + ", the Function says " + f.Runtime + ": a changed runtime alone is not taken up")
		}
		module, _ := frameworks.EnvValue(c, "MOD_NAME")
		handler, ok := frameworks.EnvValue(c, "FUNC_HANDLER")
		if ok && f.Handler == "" {
			f.Handler = frameworks.Text(module + "." + handler)
		}
	}
	if s, ok := frameworks.Autoscaling(b.x, w.Ref); ok {
		f.Scaling = s
	} else if b.spec.autoscaler && frameworks.Unseen(b.x, frameworks.Autoscaler, w.Namespace) == "" {
		b.note("the autoscaler of the Function does not exist: its limits are not in force")
	}
}

func (b *builder) note(text string) {
	if text = frameworks.Text(text); !slices.Contains(b.f.Notes, text) {
		b.f.Notes = append(b.f.Notes, text)
	}
}
