package plain

import (
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/security/model"
)

// The annotations by which a workload says what cannot be seen of it.
const (
	runtimeKey = "fn9s.io/runtime"
	handlerKey = "fn9s.io/handler"
	triggerKey = "fn9s.io/trigger"
	urlKey     = "fn9s.io/url"
	sourceKey  = "fn9s.io/source"
	ownerKey   = "fn9s.io/owner"
)

// builder describes one function of one or more workloads.
type builder struct {
	x       frameworks.Index
	members []model.Object
	f       *model.Function
}

func (b *builder) workloads() {
	f := b.f
	for _, o := range b.members {
		h := o.Head()
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: h.Ref, Role: model.Run})
		f.Claims = append(f.Claims, h.Ref)
		if h.Changed.Time.After(f.Changed.Time) {
			f.Changed = h.Changed
		}
		if h.Created.Before(f.Created) {
			f.Created = h.Created
		}
		switch o := o.(type) {
		case *model.Workload:
			f.Templates = append(f.Templates, frameworks.TemplateOf(o, model.Run, o.Name))
			f.Revision = o.Revision
		case *model.Pod:
			if t, ok := frameworks.TemplateOfPod(o, model.Run, o.Name); ok {
				f.Templates = append(f.Templates, t)
			}
		}
		if f.Scaling.By.IsZero() {
			if s, ok := frameworks.Autoscaling(b.x, h.Ref); ok {
				f.Scaling = s
			}
		}
	}
	if len(b.members) > 1 {
		f.Revision = "" // of which one?
	}
	for _, t := range f.Templates {
		f.References = append(f.References, frameworks.References(t.Spec, t.Origin.Ref)...)
	}
	f.References = frameworks.MarkMissing(b.x, f.References)
	for _, p := range frameworks.PodsOfAll(b.x, b.members) {
		f.Pods = append(f.Pods, p.Ref)
	}
}

func (b *builder) judge() {
	h := frameworks.JointHealth(b.x, b.members)
	going := 0
	for _, o := range b.members {
		if !o.Head().Deleting.IsZero() {
			going++
		}
	}
	switch {
	case going == len(b.members):
		h.State, h.Reason = model.Deleting, frameworks.Going(b.members[0].Head()).Reason
	case h.State == "":
		h.State, h.Reason = model.Unknown, "the workload could not be read"
	case h.Reason == "" && h.State != model.Ready && h.State != model.Idle:
		h.Reason = frameworks.MissingNames(b.f.References)
	}
	h.Set(b.f)
}

// annotation returns the first value that a workload of the function has.
func (b *builder) annotation(key string) (value string, from model.Ref) {
	for _, o := range b.members {
		if v := o.Head().Annotations.Get(key); v != "" {
			return frameworks.Line(v), o.Head().Ref
		}
	}
	return "", model.Ref{}
}

func (b *builder) cells() {
	f := b.f
	var d declared
	for _, o := range b.members {
		if have, ok := o.Head().FactsOf(Name).(*declared); ok && d == (declared{name: d.name}) {
			d = *have
		}
	}
	f.Runtime, _ = b.annotation(runtimeKey)
	f.Handler, _ = b.annotation(handlerKey)
	source, _ := b.annotation(sourceKey)
	if f.Runtime == "" {
		f.Runtime = d.runtime
	}
	if f.Handler == "" {
		f.Handler = d.handler
	}
	if source == "" {
		source = d.source
	}
	if len(f.Templates) > 0 {
		t := f.Templates[0]
		f.ServiceAccount = frameworks.AccountOf(t.Spec)
		if c := frameworks.FunctionContainer(t.Spec, t.Container); c != nil {
			f.Image = frameworks.Text(c.Image)
			f.Source.Kind = "image"
		}
	}
	if source != "" {
		f.Source = generic.SourceOf(source)
	}
	if owner, _ := b.annotation(ownerKey); owner != "" {
		f.Notes = append(f.Notes, "owner: "+owner)
	}
}

// triggers fills in what the annotations say, the schedule of a CronJob, and what Services and routes lead to.
func (b *builder) triggers() {
	f := b.f
	for _, o := range b.members {
		if w, ok := o.(*model.Workload); ok && w.Schedule != "" {
			f.Triggers = append(f.Triggers, model.Trigger{
				Type: model.Cron, Name: w.Name, Detail: frameworks.Line(w.Schedule), Disabled: w.Paused,
				Origin: model.Origin{Ref: w.Ref, Path: "spec.schedule"},
			})
		}
	}
	b.addresses()
	text, from := b.annotation(triggerKey)
	if text == "" {
		f.Triggers = append(f.Triggers, frameworks.HTTPTriggers(f.URLs)...)
		return
	}
	origin := model.Origin{Ref: from, Path: "metadata.annotations['" + triggerKey + "']"}
	for _, word := range frameworks.List(strings.Split(text, ",")) {
		b.trigger(strings.TrimSpace(word), origin)
	}
}

func (b *builder) trigger(word string, origin model.Origin) {
	kind, name, _ := strings.Cut(word, ":")
	t := model.Trigger{Type: model.TriggerType(kind), Name: name, Detail: name, Origin: origin}
	switch t.Type {
	case model.HTTP:
		if urls := frameworks.HTTPTriggers(b.f.URLs); name == "" && len(urls) > 0 {
			b.f.Triggers = append(b.f.Triggers, urls...)
			return
		}
	case model.Cron:
		if slices.ContainsFunc(b.f.Triggers, func(t model.Trigger) bool { return t.Type == model.Cron }) {
			return // the CronJob's schedule says more
		}
	case model.Queue, model.Event:
	default:
		b.f.Notes = append(b.f.Notes, frameworks.Line(
			"annotation "+triggerKey+": "+word+" is none of: http cron queue:NAME event:NAME"))
		return
	}
	b.f.Triggers = append(b.f.Triggers, t)
}

// addresses are those that the workload names itself, and those of the Services that carry its name or its label
// and select its pods.
func (b *builder) addresses() {
	f := b.f
	if text, from := b.annotation(urlKey); text != "" {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			f.Notes = append(f.Notes, "annotation "+urlKey+" is no address")
		} else {
			host := u.Hostname()
			inside := strings.HasSuffix(host, ".svc") || strings.HasSuffix(host, ".svc.cluster.local") ||
				!strings.Contains(host, ".")
			f.URLs = append(f.URLs, model.URL{
				URL: frameworks.SafeURL(text), External: !inside,
				Origin: model.Origin{Ref: from, Path: "metadata.annotations['" + urlKey + "']"},
			})
		}
	}
	for _, s := range b.services() {
		for _, u := range frameworks.URLsOf(b.x, s) {
			if !slices.ContainsFunc(f.URLs, func(have model.URL) bool { return have.URL == u.URL }) {
				f.URLs = append(f.URLs, u)
			}
		}
	}
	f.URLs = frameworks.List(f.URLs)
}

func (b *builder) services() []*model.Service {
	var all []*model.Service
	add := func(s *model.Service) {
		if s != nil && !slices.Contains(all, s) && b.selected(s) {
			all = append(all, s)
		}
	}
	ns := b.f.Key.Namespace
	add(frameworks.GetService(b.x, ns, b.f.Key.Name))
	for _, o := range b.members {
		add(frameworks.GetService(b.x, ns, o.Head().Name))
	}
	for _, s := range frameworks.Typed[*model.Service](
		b.x.Labelled(frameworks.Service, ns, generic.Declaration, b.f.Key.Name)) {
		add(s)
	}
	return all
}

// selected reports whether the Service leads to pods of the function.
func (b *builder) selected(s *model.Service) bool {
	if len(s.Selector) == 0 {
		return false
	}
	return slices.ContainsFunc(b.f.Templates, func(t model.Template) bool {
		return !slices.ContainsFunc(s.Selector, func(l model.Label) bool {
			v, ok := t.Labels.Lookup(l.Key)
			return !ok || v != l.Value
		})
	})
}
