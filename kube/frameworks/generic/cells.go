package generic

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// cells fills in what one value each says, and what pod templates say where the configuration does not.
func (b *builder) cells() {
	f, e := b.f, b.e
	f.Title = b.text("name", &e.title, "default: .metadata.name")
	f.Runtime = b.text("runtime", &e.runtime, "")
	f.Handler = b.text("handler", &e.handler, "")
	f.Revision = b.text("revision", &e.revision, "")
	b.templates()
	own := b.container()
	f.Image = b.text("image", &e.image, "")
	if f.Image == "" && own != nil {
		f.Image = frameworks.Text(own.Image)
		b.trace.add("image", f.Image, "default: container "+own.Name, 0)
	}
	f.ServiceAccount = b.text("serviceAccount", &e.account, "")
	if f.ServiceAccount == "" && len(f.Templates) > 0 {
		f.ServiceAccount = frameworks.AccountOf(f.Templates[0].Spec)
		b.trace.add("serviceAccount", f.ServiceAccount, "default: the pod template of "+f.Templates[0].Origin.Ref.String(), 0)
	}
	if detail := b.text("source", &e.source, ""); detail != "" {
		f.Source = SourceOf(detail)
	} else if f.Image != "" {
		f.Source = model.Source{Kind: "image"}
	}
	b.scaling()
}

// text reads a cell. Standard is the rule to show when the value gives nothing.
func (b *builder) text(cell string, v *Value, standard string) string {
	s, rule := v.first(&b.scope)
	if s == "" {
		rule = standard
	}
	if s != "" || standard != "" {
		b.trace.value(cell, s, rule, v)
	}
	return s
}

// templates collects the pod templates of the workloads; the pod spec inside the function's object stands for them
// when none runs the function.
func (b *builder) templates() {
	names, _ := b.e.container.all(&b.scope)
	name := ""
	if len(names) > 0 {
		name = names[0]
	}
	hasRun := false
	for _, w := range b.found {
		var t model.Template
		switch o := w.object.(type) {
		case *model.Workload:
			t = frameworks.TemplateOf(o, w.rule.role, name)
		case *model.Pod:
			var ok bool
			if t, ok = frameworks.TemplateOfPod(o, w.rule.role, name); !ok {
				continue
			}
		default:
			continue
		}
		if c := b.ownContainer(t.Spec, names); c != nil {
			t.Container = c.Name
		}
		hasRun = hasRun || w.rule.role == model.Run
		b.f.Templates = append(b.f.Templates, t)
	}
	if hasRun || b.facts.podSpec == nil {
		return
	}
	if own, _ := b.e.podSpec.container.all(&b.scope); len(own) > 0 {
		names = own
	}
	t := model.Template{
		PodTemplate: model.PodTemplate{Spec: b.facts.podSpec}, Role: model.Run,
		Origin: model.Origin{Ref: b.head.Ref, Path: templatePath(b.e.podSpec.use.path)},
	}
	if c := b.ownContainer(t.Spec, names); c != nil {
		t.Container = c.Name
	} else if len(names) > 0 {
		t.Container = names[0]
	}
	b.f.Templates = append(b.f.Templates, t)
}

func templatePath(p *Path) string { return strings.TrimPrefix(p.text, ".") }

// ownContainer finds the function's container: one of the names, the only one, the one named as the object, the
// first that is no sidecar.
func (b *builder) ownContainer(s *corev1.PodSpec, names []string) *corev1.Container {
	if s == nil || len(s.Containers) == 0 {
		return nil
	}
	find := func(ok func(name string) bool) *corev1.Container {
		i := slices.IndexFunc(s.Containers, func(c corev1.Container) bool { return ok(c.Name) })
		if i < 0 {
			return nil
		}
		return &s.Containers[i]
	}
	for _, name := range names {
		if c := find(func(n string) bool { return n == name }); c != nil {
			return c
		}
	}
	if len(s.Containers) == 1 {
		return &s.Containers[0]
	}
	if c := find(func(n string) bool { return n == b.head.Name }); c != nil {
		return c
	}
	if !b.e.sidecars.IsZero() {
		own := *s
		own.Containers = slices.DeleteFunc(slices.Clone(s.Containers), func(c corev1.Container) bool {
			return b.e.sidecars.Match(c.Name)
		})
		return frameworks.FunctionContainer(&own)
	}
	return frameworks.FunctionContainer(s)
}

// container returns the function's container of the first template that runs it.
func (b *builder) container() *corev1.Container {
	for _, t := range b.f.Templates {
		if t.Role == model.Run && t.Spec != nil {
			return b.ownContainer(t.Spec, []string{t.Container})
		}
	}
	return nil
}

func (b *builder) scaling() {
	f, e := b.f, b.e
	f.Scaling.Min = b.count("min", &e.replicas.min)
	f.Scaling.Max = b.count("max", &e.replicas.max)
	if f.Scaling.Min != nil || f.Scaling.Max != nil {
		return
	}
	for _, w := range b.found {
		if w.rule.role != model.Run {
			continue
		}
		if s, ok := frameworks.Autoscaling(b.x, w.ref); ok {
			f.Scaling = s
			b.trace.add("scaling", s.By.String(), "default: the autoscaler of the workload", 0)
			return
		}
	}
}

// count reads a number; nil when there is none.
func (b *builder) count(cell string, v *Value) *int32 {
	s, rule := v.first(&b.scope)
	if s == "" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		b.f.Notes = append(b.f.Notes, frameworks.Line("replicas."+cell+" is no number: "+s))
		return nil
	}
	b.trace.value(cell, s, rule, v)
	return model.Count(frameworks.Number(n))
}

// SourceOf tells from its text what a function's source is. Addresses are kept without what may be a password.
func SourceOf(detail string) model.Source {
	kind := sourceKind(detail)
	if kind == "git" || kind == "url" {
		detail = frameworks.SafeURL(detail)
	}
	return model.Source{Kind: kind, Detail: frameworks.Line(detail)}
}

func sourceKind(detail string) string {
	u, err := url.Parse(detail)
	switch {
	case strings.HasPrefix(detail, "git@") || strings.HasSuffix(detail, ".git"):
		return "git"
	case err == nil && (u.Scheme == "git" || u.Scheme == "ssh" || strings.HasPrefix(u.Scheme, "git+")):
		return "git"
	case err == nil && (u.Scheme == "http" || u.Scheme == "https"):
		if strings.HasPrefix(u.Host, "git") || strings.Contains(u.Host, ".git") {
			return "git"
		}
		return "url"
	case strings.Contains(detail, "/") && !strings.HasPrefix(detail, "/"):
		return "image"
	}
	return "package"
}
