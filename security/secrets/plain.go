package secrets

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// plain is a credential that stands as text in what declares or runs a function.
type plain struct {
	At   check.At
	Name string
	Kind string
	// Subject says in words what holds it: `variable DB_PASSWORD of container app`.
	Subject string
	Copies  []string
	Copied  bool // it is itself a copy of what stands in the specification
}

// texts is all that was found of one function, by the control that reports it.
type texts struct {
	settings, sources, elsewhere []plain
	unread                       []string
	// past is what was there before, as annotations tell.
	past []plain
}

// names are those that the operator calls sensitive.
var names = snapshot.NewQuery("names of credentials", func(r *snapshot.Reader, _ struct{}) *detect.Names {
	return detect.NewNames(r.Options().SensitiveNames)
}, func(a, b *detect.Names) bool { return a == b })

// textsOf looks through what declares and what runs a function.
var textsOf = snapshot.NewQuery("plaintext of a function", func(r *snapshot.Reader, key model.FunctionKey) *texts {
	v := workload.Of.Get(r, key)
	s := searcher{r: r, v: v, names: names.Get(r, struct{}{}), found: &texts{}}
	s.declared()
	for i := range v.Specs {
		s.spec(&v.Specs[i])
	}
	s.workloads()
	s.copies()
	return s.found
}, nil).Passing()

type searcher struct {
	r     *snapshot.Reader
	v     *workload.View
	names *detect.Names
	found *texts
}

// kind returns the kind of a spot, with the operator's names taken into account.
func (s *searcher) kind(at *spot) string {
	if at.Kind == "" && s.names.Own(at.Name) {
		return detect.KindNamed
	}
	return at.Kind
}

// declared looks at the function's own object and those that configure it.
func (s *searcher) declared() {
	f := s.v.Function
	object := s.r.Get(f.Object)
	if object == nil {
		return
	}
	own := factsOf(object)
	s.object(object, own)
	for _, ref := range own.related {
		if o := s.r.Get(ref); o != nil {
			s.object(o, factsOf(o))
		}
	}
	for _, o := range s.components() {
		s.object(o, factsOf(o))
	}
}

func (s *searcher) object(o model.Object, f *facts) {
	if f.unread != "" {
		s.found.unread = append(s.found.unread, f.unread)
	}
	_, workload := o.(*model.Workload)
	for i := range f.spots {
		at := &f.spots[i]
		kind := s.kind(at)
		if kind == "" || workload && at.Part == note {
			continue // annotations of workloads have their turn
		}
		s.put(at, plain{At: check.At{Object: o.Head().Ref, Path: at.Path}, Name: at.Name, Kind: kind, Subject: subject(at)})
	}
}

func (s *searcher) put(at *spot, p plain) {
	to := &s.found.settings
	switch {
	case at.Part == before:
		to = &s.found.past
	case at.Part == source:
		to = &s.found.sources
	case at.Part == note || strings.HasSuffix(at.Path, "gitRepository.url") || strings.HasSuffix(at.Path, "srcRepo.url"):
		to = &s.found.elsewhere
	}
	*to = append(*to, p)
}

func subject(at *spot) string {
	switch {
	case at.Where != "":
		return at.Path + " (" + at.Where + ")"
	case at.Part == note && strings.Contains(at.Path, "annotations["):
		return "annotation " + at.Name
	case at.Part == note && strings.Contains(at.Path, "labels["):
		return "label " + at.Name
	case strings.HasSuffix(at.Path, ".value") && at.Name != "value":
		return "the value of " + at.Name
	}
	return at.Path
}

var componentKind = schema.GroupKind{Group: "dapr.io", Kind: "Component"}

// components lists the Dapr components that the function's sidecar loads.
func (s *searcher) components() []model.Object {
	app := ""
	for i := range s.v.Specs {
		if a := s.v.Specs[i].Annotations; a.Get("dapr.io/enabled") == "true" {
			app = a.Get("dapr.io/app-id")
		}
	}
	if app == "" {
		return nil
	}
	var found []model.Object
	for _, o := range s.r.List(componentKind, s.v.Function.Key.Namespace) {
		if apps := factsOf(o).apps; len(apps) == 0 || slices.Contains(apps, app) {
			found = append(found, o)
		}
	}
	return found
}

// spec looks at the containers of a pod spec, and at the annotations of a running pod.
func (s *searcher) spec(spec *workload.Spec) {
	for _, c := range spec.Containers() {
		s.env(spec, &c)
		s.words(spec, &c, "command", c.Command)
		s.words(spec, &c, "args", c.Args)
	}
	if !spec.Live {
		return
	}
	for _, a := range spec.Annotations {
		if kind := detect.Value(a.Key, a.Value, nil); kind != "" {
			s.found.elsewhere = append(s.found.elsewhere, plain{
				At:   check.At{Object: spec.Ref, Path: "metadata.annotations['" + a.Key + "']"},
				Name: a.Key, Kind: kind, Subject: "annotation " + a.Key,
			})
		}
	}
}

// sourceVariables hold the code of functions that Kyma runs without building an image.
var sourceVariables = map[string]bool{"FUNC_HANDLER_SOURCE": true, "FUNC_HANDLER_DEPENDENCIES": true}

func (s *searcher) env(spec *workload.Spec, c *workload.Container) {
	for i := range c.Env {
		e := &c.Env[i]
		if e.Value == "" || e.ValueFrom != nil {
			continue
		}
		code, kind := sourceVariables[e.Name], ""
		if !code {
			kind = detect.Value(e.Name, e.Value, s.names)
			if kind == "" || kind == detect.KindNamed && s.namesSecret(e.Value) {
				continue
			}
		}
		at := check.At{Object: spec.Ref, Path: c.Path + "." + index("env", i) + ".value", Fixed: c.Fixed + ".env[" + e.Name + "].value"}
		subject := "variable " + e.Name + " of container " + c.Name
		if code {
			s.sourceVariable(at, e.Name, e.Value, subject)
			continue
		}
		s.setting(plain{At: at, Name: e.Name, Kind: kind, Subject: subject}, spec.Live)
	}
}

// setting notes a variable, unless the framework made it of a field of the function, or a running pod has it of its
// template.
func (s *searcher) setting(p plain, live bool) {
	for i := range s.found.settings {
		had := &s.found.settings[i]
		declared := had.At.Object.Kind != p.At.Object.Kind && had.Name == p.Name
		if declared || live && had.Name == p.Name && had.Subject == p.Subject {
			if declared {
				had.copied(p.At.Object)
			}
			return
		}
	}
	s.found.settings = append(s.found.settings, p)
}

func (p *plain) copied(to model.Ref) {
	if text := to.Kind + " " + to.Name; !slices.Contains(p.Copies, text) {
		p.Copies = append(p.Copies, text)
	}
}

func (s *searcher) sourceVariable(at check.At, name, value, subject string) {
	scan := detect.Text
	if strings.HasSuffix(name, "DEPENDENCIES") {
		scan = detect.Config
	}
	hits := scan(value)
	if len(hits) == 0 {
		return
	}
	for i := range s.found.sources {
		if had := &s.found.sources[i]; had.Kind == hits[0].Kind {
			had.copied(at.Object)
			return
		}
	}
	s.found.sources = append(s.found.sources, plain{At: at, Name: name, Kind: hits[0].Kind, Subject: subject})
}

// namesSecret reports whether a value is the name of a Secret that the function uses.
func (s *searcher) namesSecret(value string) bool {
	uses := UsesOf.Get(s.r, s.v.Function.Key)
	return slices.ContainsFunc(uses, func(u Use) bool { return u.Secret.Name == value })
}

// words looks at command and arguments: `--password=x`, `--password x`, and scripts.
func (s *searcher) words(spec *workload.Spec, c *workload.Container, field string, all []string) {
	for i, word := range all {
		name, kind := argument(all, i, s.names)
		if kind == "" {
			continue
		}
		subject := field + " of container " + c.Name
		if name != "" {
			subject = name + " in the " + subject
		} else {
			subject = "the " + subject
		}
		p := plain{At: check.At{Object: spec.Ref, Path: c.Path + "." + index(field, i), Fixed: c.Fixed + "." + index(field, i)},
			Name: name, Kind: kind, Subject: subject}
		had := func(o plain) bool { return o.Subject == subject && o.Kind == kind }
		if word != "" && !(spec.Live && slices.ContainsFunc(s.found.elsewhere, had)) {
			s.found.elsewhere = append(s.found.elsewhere, p)
		}
	}
}

// argument judges one word of a command line, under the flag that it belongs to.
func argument(all []string, i int, own *detect.Names) (name, kind string) {
	word := all[i]
	if flag, value, ok := strings.Cut(word, "="); ok && !strings.ContainsAny(flag, " \n\t:/") {
		return flag, detect.Value(strings.TrimLeft(flag, "-"), value, own)
	}
	if i > 0 && strings.HasPrefix(all[i-1], "-") && !strings.HasPrefix(word, "-") && !strings.ContainsAny(all[i-1], "= ") {
		return all[i-1], detect.Value(strings.TrimLeft(all[i-1], "-"), word, own)
	}
	if strings.ContainsAny(word, " \n") {
		if hits := detect.Config(word); len(hits) > 0 {
			return "", hits[0].Kind
		}
		return "", ""
	}
	return "", detect.Literal("", word, nil)
}

// specCopies are annotations in which a framework keeps the whole specification.
var specCopies = map[string]bool{"com.openfaas.function.spec": true, "nuclio.io/function-config": true}

// workloads looks at the metadata of what the framework made of the function.
func (s *searcher) workloads() {
	f := s.v.Function
	refs := []model.Ref{{Kind: "Service", Namespace: f.Key.Namespace, Name: f.Key.Name}}
	for _, w := range f.Workloads {
		if !w.Shared {
			refs = append(refs, w.Ref)
		}
	}
	for _, ref := range refs {
		o := s.r.Get(ref)
		if o == nil {
			continue
		}
		found := factsOf(o)
		for i := range found.spots {
			at := &found.spots[i]
			kind := s.kind(at)
			if kind == "" || at.Part == before && ref == f.Object {
				continue
			}
			p := plain{At: check.At{Object: ref, Path: at.Path}, Name: at.Name, Kind: kind, Subject: subject(at)}
			p.Copied = specCopies[at.Name] && len(s.found.settings) > 0
			s.put(at, p)
		}
	}
}

// copies names the ConfigMaps in which a framework keeps the code of the function.
func (s *searcher) copies() {
	f := s.v.Function
	if len(s.found.sources) == 0 || f.Key.Framework != "kubeless" {
		return
	}
	ref := model.Ref{Kind: configMapKind.Kind, Namespace: f.Key.Namespace, Name: f.Key.Name}
	if o := s.r.Get(ref); o != nil && len(factsOf(o).spots) > 0 {
		for i := range s.found.sources {
			s.found.sources[i].copied(ref)
		}
	}
}
