package artifact

import (
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// making is what the objects of a function say about how it is made.
type making struct {
	parts   []part
	missing []snapshot.Missing // parts that are named and may not be read
}

type part struct {
	ref model.Ref
	*declared
}

var makingOf = snapshot.NewQuery("making of a function", func(r *snapshot.Reader, key model.FunctionKey) *making {
	m := &making{}
	f := r.Function(key)
	if f == nil {
		return m
	}
	m.add(r, f.Object)
	for _, o := range f.Owners {
		m.add(r, o)
	}
	if f.Object.GroupKind() == serviceKind {
		m.add(r, deployedBy.Get(r, f.Key.Namespace)[f.Object.Name])
		if missing, hidden := r.Hidden(funcKind, f.Key.Namespace); hidden {
			m.missing = append(m.missing, missing)
		}
	}
	for i := 0; i < len(m.parts); i++ {
		for _, next := range m.parts[i].next {
			if len(m.parts) < maxParts {
				m.add(r, next)
			}
		}
	}
	return m
}, nil).Passing()

const maxParts = 16

// deployedBy lists the Functions of func by the Knative Service that each deploys; nothing in the Service names them.
var deployedBy = snapshot.NewQuery("sources of Knative Services", func(r *snapshot.Reader, namespace string) map[string]model.Ref {
	all := map[string]model.Ref{}
	for _, o := range r.List(funcKind, namespace) {
		if d, ok := snapshot.FactsOf[*declared](o, reader); ok && d.deploys != "" {
			all[d.deploys] = o.Head().Ref
		}
	}
	return all
}, maps.Equal)

func (m *making) add(r *snapshot.Reader, ref model.Ref) {
	if ref.IsZero() || slices.ContainsFunc(m.parts, func(p part) bool { return p.ref == ref }) {
		return
	}
	o := r.Get(ref)
	if o == nil {
		if missing, hidden := r.Hidden(ref.GroupKind(), ref.Namespace); hidden {
			m.missing = append(m.missing, missing)
		}
		return
	}
	if d, ok := snapshot.FactsOf[*declared](o, reader); ok {
		m.parts = append(m.parts, part{ref, d})
	}
}

// used is one image that a function runs.
type used struct {
	at     check.At
	text   string
	policy string
	parsed
	limit check.Limit
	live  bool
}

// uses are the images that a function runs, those of other people's containers included.
var usesOf = snapshot.NewQuery("images of a function", func(r *snapshot.Reader, key model.FunctionKey) []used {
	v := workload.Of.Get(r, key)
	var all []used
	for i := range v.Specs {
		s := &v.Specs[i]
		for _, c := range s.Containers() {
			if c.Image == "" || c.Kind == workload.Ephemeral || s.Live && named(all, c.Fixed, c.Image) {
				continue
			}
			all = append(all, used{
				at:   check.At{Object: s.Ref, Path: c.Path + ".image", Fixed: c.Fixed + ".image", Value: c.Image},
				text: c.Image, policy: string(c.ImagePullPolicy), parsed: images.Get(r, c.Image), limit: limit(r, v.Function, &c),
				live: s.Live,
			})
		}
	}
	// The pods of Fn are its runners: no pod spec names what they run.
	if f := v.Function; f.Image != "" && (len(all) == 0 || f.Key.Framework == "fn") {
		all = append(all, used{at: check.At{Object: f.Object, Path: "", Value: f.Image}, text: f.Image, parsed: images.Get(r, f.Image)})
	}
	return all
}, func(a, b []used) bool { return slices.Equal(a, b) }).Passing()

// named reports whether a template has the same image in the same container.
func named(all []used, container, image string) bool {
	_, container, _ = strings.Cut(container, "ontainers[")
	return slices.ContainsFunc(all, func(u used) bool {
		_, have, _ := strings.Cut(u.at.Fixed, "ontainers[")
		return !u.live && u.text == image && have == container+".image"
	})
}

// limit says whether a field of the framework names the image of a container. Those that the framework adds to the
// function's pods are the platform's.
func limit(r *snapshot.Reader, f *model.Function, c *workload.Container) check.Limit {
	switch f.Key.Framework {
	case "plain", "openfaas", "nuclio": // Nuclio adds no container that the function does not name
		return check.NoLimit
	case "openwhisk", "fn":
		return check.FrameworkLimit
	case "kyma", "kubeless":
		m := makingOf.Get(r, f.Key)
		if len(m.parts) > 0 && m.parts[0].built {
			return check.FrameworkLimit
		}
	case "fission", "knative":
	default:
		return check.NoLimit
	}
	if !c.Own {
		return check.FrameworkLimit
	}
	return check.NoLimit
}

const (
	noImage    = "no image of it is known"
	noPods     = "no pod spec of it is known"
	knativeFor = "knative"
)

// eachImage calls judge with every image whose name can be read, and reports the others as undecided.
func eachImage(e *check.Eval, judge func(*used)) {
	all := usesOf.Get(e.Reader, e.F.Key)
	if len(all) == 0 {
		e.NA(noImage)
		return
	}
	for i := range all {
		if all[i].problem != "" {
			e.Undecided(all[i].at, "image "+all[i].text+": "+all[i].problem)
			continue
		}
		judge(&all[i])
	}
}

// resolved reports whether the platform turns tags into digests when it takes a function: what runs is fixed then,
// whatever the tag means later.
func resolved(e *check.Eval, u *used) bool {
	if e.F.Key.Framework != knativeFor || e.F.Key.Group != serviceKind.Group {
		return false
	}
	skipping := "kind.local,ko.local,dev.local"
	if c, ok := knativeConfig(e.Reader, e.F, "config-deployment"); ok && c.skipping != "" {
		skipping = c.skipping
	}
	host, _, _ := strings.Cut(u.Name, "/")
	return !slices.Contains(strings.Split(strings.ReplaceAll(skipping, " ", ""), ","), host)
}

func knativeConfig(r *snapshot.Reader, f *model.Function, name string) (config, bool) {
	ns := f.Platform.Namespace
	if ns == "" {
		ns = "knative-serving"
	}
	o := r.Get(model.Ref{Kind: configMapKind.Kind, Namespace: ns, Name: name})
	return snapshot.FactsOf[config](o, reader)
}

func mutableTag(e *check.Eval) {
	eachImage(e, func(u *used) {
		if !u.Mutable() || resolved(e, u) {
			return
		}
		message := "image " + u.text + " has no tag: it means latest"
		if u.Tag != "" {
			message = "image " + u.text + " means whatever was pushed last"
		}
		e.Fail(u.at, message).With(u.limit)
	})
}

// contentTag reports whether a tag is the hash of what was built, as builders of platforms write it.
func contentTag(tag string) bool { return len(tag) == 64 && commit(tag) }

func notPinned(e *check.Eval) {
	eachImage(e, func(u *used) {
		if u.Digest == "" && !u.Mutable() && !resolved(e, u) && !contentTag(u.Tag) {
			e.Fail(u.at, "image "+u.text+" is not pinned by digest: whoever may push the tag changes what runs next").With(u.limit)
		}
	})
}

func registryAllowed(e *check.Eval) {
	allowed := e.Options().AllowedRegistries
	if len(allowed) == 0 {
		e.NA("no list of allowed registries is set")
		return
	}
	eachImage(e, func(u *used) {
		if !u.From(allowed) {
			e.Fail(u.at, "image "+u.Name+" is of no allowed registry").With(u.limit)
		}
	})
}

func pullPolicy(e *check.Eval) {
	eachImage(e, func(u *used) {
		// Without a policy the API server sets Always for such a tag.
		if u.Mutable() && u.policy != "" && u.policy != "Always" {
			at := u.at
			at.Path, at.Fixed, at.Value = sibling(at.Path), sibling(at.Fixed), u.policy
			e.Fail(at, "image "+u.text+" is pulled with policy "+u.policy+": nodes run different ones for as long as they keep them").With(u.limit)
		}
	})
}

func sibling(path string) string {
	if rest, ok := strings.CutSuffix(path, ".image"); ok {
		return rest + ".imagePullPolicy"
	}
	return path
}

func customImage(e *check.Eval) {
	m := makingOf.Get(e.Reader, e.F.Key)
	if len(m.parts) == 0 {
		e.NA("nothing says how its image is chosen")
	}
	for _, p := range m.parts {
		for _, c := range p.custom {
			e.Fail(check.At{Object: p.ref, Path: c.path, Value: c.value}, c.message+": its updates are yours to follow")
		}
	}
	e.Unknown(m.missing...)
}

func sourcePinned(e *check.Eval) {
	m := makingOf.Get(e.Reader, e.F.Key)
	if len(m.parts) == 0 {
		e.NA("nothing says where its source comes from")
	}
	for _, p := range m.parts {
		for _, s := range p.sources {
			e.Fail(check.At{Object: p.ref, Path: s.path, Value: s.value}, s.message)
		}
	}
	e.Unknown(m.missing...)
}

// imageVolumes judges images that are mounted as volumes.
func imageVolumes(e *check.Eval) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	any := false
	for i := range v.Specs {
		s := &v.Specs[i]
		for n := range s.Spec.Volumes {
			vol := &s.Spec.Volumes[n]
			if vol.Image == nil || vol.Image.Reference == "" {
				continue
			}
			any = true
			imageVolume(e, s, n, vol.Name, vol.Image.Reference)
		}
	}
	if !any {
		e.NA("it mounts no image")
	}
}

func imageVolume(e *check.Eval, s *workload.Spec, n int, name, text string) {
	at := check.At{
		Object: s.Ref, Path: s.Field("volumes[" + itoa(n) + "].image.reference"),
		Fixed: s.Field("volumes[" + name + "].image.reference"), Value: text,
	}
	i := images.Get(e.Reader, text)
	allowed := e.Options().AllowedRegistries
	switch {
	case i.problem != "":
		e.Undecided(at, "image "+text+": "+i.problem)
	case i.Mutable():
		e.Fail(at, "the mounted image "+text+" means whatever was pushed last")
	case i.Digest == "":
		e.Fail(at, "the mounted image "+text+" is not pinned by digest: whoever may push the tag changes what is mounted next")
	case len(allowed) > 0 && !i.From(allowed):
		e.Fail(at, "the mounted image "+i.Name+" is of no allowed registry")
	}
}
