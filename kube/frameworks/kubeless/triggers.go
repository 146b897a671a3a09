package kubeless

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// authSecret are the annotations in which ingress controllers find the users of basic authentication.
var authSecret = []string{"nginx.ingress.kubernetes.io/auth-secret", "ingress.kubernetes.io/auth-secret"}

// routes fills in the URLs and the triggers of kind HTTP. The Ingress is judged, never the HTTPTrigger: annotations
// are written once, when the Ingress is made, and then no more.
func (b *builder) routes() {
	s := frameworks.GetService(b.x, b.f.Key.Namespace, b.f.Key.Name)
	b.f.URLs = frameworks.URLsOf(b.x, s)
	b.f.Triggers = frameworks.HTTPTriggers(b.f.URLs)
	if s != nil && b.spec.serviceType != "" && s.Type != "" && s.Type != b.spec.serviceType {
		b.note("the Service is of type " + s.Type + ", the Function says " + b.spec.serviceType +
			": the type of an existing Service is not changed")
	}
	for i := range b.f.Triggers {
		b.f.Triggers[i].Auth = authOf(b.x.Get(b.f.Triggers[i].Origin.Ref))
	}
}

func authOf(o model.Object) string {
	if o == nil || o.Head().GroupKind() != frameworks.Ingress {
		return ""
	}
	for _, k := range authSecret {
		if v := o.Head().Annotations.Get(k); v != "" {
			return v
		}
	}
	return ""
}

// events adds what the trigger objects say.
func (b *builder) events() {
	for _, h := range b.triggers {
		b.trigger(h)
	}
	if b.f.Object.IsZero() {
		return
	}
	for _, kind := range []schema.GroupKind{kafkaKind, natsKind} {
		for _, o := range b.x.Referrers(selectors(b.f.Key.Namespace), kind) {
			t, ok := o.Head().FactsOf(Name).(trigger)
			if ok && t.selector != nil && t.selector.Matches(b.f.Labels) {
				b.trigger(o.Head())
			}
		}
	}
}

func (b *builder) trigger(h *model.Header) {
	t, ok := h.FactsOf(Name).(trigger)
	if !ok {
		return
	}
	out := model.Trigger{Name: h.Name, Detail: t.detail, Auth: t.auth, Origin: model.Origin{Ref: h.Ref}}
	switch h.GroupKind() {
	case httpKind:
		b.secret(t.tls, h.Ref, "spec.tls-secret")
		b.secret(t.auth, h.Ref, "spec.basic-auth-secret")
		b.httpTrigger(h, t)
		return
	case cronKind:
		out.Type, out.Origin.Path = model.Cron, "spec.schedule"
		b.cron(h, &out)
	case kinesisKind:
		out.Type, out.Origin.Path = model.Queue, "spec.stream"
		b.secret(t.auth, h.Ref, "spec.secret")
	default:
		out.Type, out.Origin.Path = model.Queue, "spec.topic"
	}
	b.f.Triggers = append(b.f.Triggers, out)
}

func (b *builder) secret(name string, at model.Ref, path string) {
	if name != "" {
		b.f.References = append(b.f.References, model.Reference{
			Kind: frameworks.Secret.Kind, Name: name, How: model.ForTrig, Origin: model.Origin{Ref: at, Path: path},
		})
	}
}

// httpTrigger says where the Ingress differs from what the trigger asks for.
func (b *builder) httpTrigger(h *model.Header, t trigger) {
	ref := model.Ref{Group: frameworks.Ingress.Group, Kind: frameworks.Ingress.Kind, Namespace: h.Namespace, Name: h.Name}
	made := b.x.Get(ref)
	if made != nil {
		if t.auth != "" && authOf(made) == "" {
			b.note("HTTPTrigger " + h.Name + " asks for basic authentication, its Ingress has none")
		}
		return
	}
	out := model.Trigger{
		Type: model.HTTP, Name: h.Name, Detail: t.detail, Auth: t.auth, Origin: model.Origin{Ref: h.Ref, Path: "spec.host-name"},
	}
	if reason := frameworks.Unseen(b.x, frameworks.Ingress, h.Namespace); reason == "" {
		out.Disabled = true
		b.note("HTTPTrigger " + h.Name + " has no Ingress: it exposes nothing")
	}
	b.f.Triggers = append(b.f.Triggers, out)
}

// cron looks for the CronJob that calls the function. All triggers of one function share it.
func (b *builder) cron(h *model.Header, t *model.Trigger) {
	w := frameworks.GetWorkload(b.x, model.Ref{
		Group: frameworks.CronJob.Group, Kind: frameworks.CronJob.Kind, Namespace: h.Namespace, Name: "trigger-" + b.f.Key.Name,
	})
	switch {
	case w != nil:
		t.Disabled = w.Paused
		if w.Schedule != t.Detail {
			b.note("CronJobTrigger " + h.Name + " says " + t.Detail + ", its CronJob runs at " + w.Schedule)
		}
	case frameworks.Unseen(b.x, frameworks.CronJob, h.Namespace) == "":
		t.Disabled = true
		b.note("CronJobTrigger " + h.Name + " has no CronJob: nothing calls the function")
	}
}
