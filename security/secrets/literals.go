package secrets

import (
	"strings"

	"github.com/fn9s/fn9s/security/check"
	platform "github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

var deploymentKind = schema.GroupKind{Group: "apps", Kind: "Deployment"}

// running returns how the function runs. Where no pod spec of it is known, the running control is reported as unknown
// or as not applicable.
func running(e *check.Eval) (*workload.View, bool) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	if len(v.Specs) > 0 {
		return v, true
	}
	if m, hidden := e.Hidden(deploymentKind, e.F.Key.Namespace); hidden {
		e.Unknown(m)
	} else {
		e.NA("nothing says how it runs")
	}
	return v, false
}

// known reports whether anything of the function can be looked through: its pods, or the object that declares it.
func known(e *check.Eval) bool {
	if len(workload.Of.Get(e.Reader, e.F.Key).Specs) > 0 || e.Get(e.F.Object) != nil {
		return true
	}
	_, ok := running(e)
	return ok
}

// maxReports is how many places one control names on one function.
const maxReports = 24

func report(e *check.Eval, all []plain) {
	for i := range all[:min(len(all), maxReports)] {
		p := &all[i]
		text := p.Subject + " holds a credential as text: " + p.Kind
		if len(p.Copies) > 0 {
			text += "; copied to " + strings.Join(p.Copies, ", ")
		}
		f := e.Fail(p.At, text)
		if p.Copied {
			f.After("SEC-01")
		}
	}
}

func plaintextSetting(e *check.Eval) {
	if known(e) {
		report(e, textsOf.Get(e.Reader, e.F.Key).settings)
	}
}

func plaintextElsewhere(e *check.Eval) {
	if !known(e) {
		return
	}
	report(e, textsOf.Get(e.Reader, e.F.Key).elsewhere)
	for _, w := range e.F.Workloads {
		if e.Get(w.Ref) == nil {
			e.Need(w.GroupKind(), w.Namespace) // frameworks copy the function into its annotations
		}
	}
	seen := map[model.Ref]bool{}
	for _, u := range UsesOf.Get(e.Reader, e.F.Key) {
		s, ok := e.Get(u.Secret).(*model.Secret)
		if !ok || seen[u.Secret] || len(s.Applied) == 0 {
			continue
		}
		seen[u.Secret] = true
		e.Fail(check.At{Object: u.Secret, Path: "metadata.annotations['" + lastApplied + "']"},
			"the last-applied annotation of Secret "+s.Name+" holds its data as text: "+list(s.Applied))
	}
}

func plaintextSource(e *check.Eval) {
	if !known(e) {
		return
	}
	found := textsOf.Get(e.Reader, e.F.Key)
	report(e, found.sources)
	for _, reason := range found.unread {
		e.Undecided(check.At{Object: e.F.Object}, reason)
	}
	if e.F.Key.Framework != "fission" {
		return
	}
	for _, ref := range factsOf(e.Get(e.F.Object)).related {
		if e.Get(ref) == nil && ref.Kind == "Package" {
			e.Need(ref.GroupKind(), ref.Namespace)
		}
	}
}

func plaintextConfigMap(e *check.Eval) {
	refs := configMapsOf.Get(e.Reader, e.F.Key)
	if len(refs) == 0 {
		if !known(e) {
			return
		}
		e.NA("it reads no ConfigMap")
		return
	}
	own := names.Get(e.Reader, struct{}{})
	s := searcher{names: own}
	for i := range refs {
		c := &refs[i]
		o := e.Get(c.object)
		if o == nil {
			e.Need(configMapKind, c.object.Namespace)
			continue
		}
		found, reported := factsOf(o), 0
		for k := range found.spots {
			at := &found.spots[k]
			kind := s.kind(at)
			if kind == "" || at.Part != setting || !c.reads(at.Name) || reported == maxReports {
				continue
			}
			reported++
			where := ""
			if at.Where != "" {
				where = " (" + at.Where + ")"
			}
			e.Fail(check.At{Object: c.object, Path: at.Path},
				"key "+at.Name+where+" of ConfigMap "+c.object.Name+", which its pods read, holds a credential as text: "+kind)
		}
	}
}

// configured is a ConfigMap that a function reads, and which keys of it; none: all.
type configured struct {
	object model.Ref
	keys   []string
}

func (c *configured) reads(key string) bool {
	for _, k := range c.keys {
		if k == key {
			return true
		}
	}
	return len(c.keys) == 0
}

// configMapsOf lists the ConfigMaps of a function: those that it names, and the one in which Nuclio keeps its whole
// configuration. Those in which a framework keeps the code are looked at as code.
var configMapsOf = snapshot.NewQuery("ConfigMaps of a function", func(r *snapshot.Reader, key model.FunctionKey) []configured {
	var found []configured
	f := r.Function(key)
	if f == nil {
		return nil
	}
	add := func(ref model.Ref, k string) {
		if ref.Name == "kube-root-ca.crt" || key.Framework == "kubeless" && ref.Name == key.Name {
			return
		}
		for i := range found {
			if c := &found[i]; c.object == ref {
				if k == "" {
					c.keys = nil
				} else if len(c.keys) > 0 {
					c.keys = append(c.keys, k)
				}
				return
			}
		}
		c := configured{object: ref}
		if k != "" {
			c.keys = []string{k}
		}
		found = append(found, c)
	}
	for i := range f.References {
		ref := &f.References[i]
		if ref.Kind != configMapKind.Kind || ref.How == model.ForBld {
			continue
		}
		namespace := ref.Namespace
		if namespace == "" {
			namespace = ref.Origin.Namespace
		}
		add(model.Ref{Kind: configMapKind.Kind, Namespace: namespace, Name: ref.Name}, ref.Key)
	}
	var settings []model.Ref // that are read through the API
	if framework, ok := key.Component(); ok {
		settings = platform.SettingsOf(framework, key.Namespace)
	} else if key.Framework == "nuclio" {
		settings = []model.Ref{{Kind: configMapKind.Kind, Namespace: key.Namespace, Name: "nuclio-" + key.Name}}
	}
	for _, ref := range settings {
		if r.Get(ref) != nil {
			add(ref, "")
		}
	}
	return found
}, nil).Passing()

// list names a few things: `a, b and 3 more`.
func list(all []string) string {
	const most = 4
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:most], ", ") + " and " + count(len(all)-most, "more", "more")
}
