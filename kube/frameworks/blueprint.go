package frameworks

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Blueprint gathers what becomes of a request for a function, and what is wrong with it.
type Blueprint struct {
	Request *plan.DeployRequest
	Around  plan.Surroundings
	offer   plan.Offer
	draft   plan.Draft
}

// NewBlueprint checks what the framework does not offer, and what a function is made of and called by. What is wrong with
// a request whatever the framework (names of variables, quantities, labels) has been looked at before.
func NewBlueprint(r *plan.DeployRequest, s plan.Surroundings, o plan.Offer) *Blueprint {
	b := &Blueprint{Request: r, Around: s, offer: o}
	b.offered()
	b.checkSource()
	b.checkTriggers()
	return b
}

// Problem notes what is wrong with a field, once.
func (b *Blueprint) Problem(field, format string, args ...any) {
	p := plan.Problem{Field: field, Text: printable(fmt.Sprintf(format, args...))}
	if !slices.Contains(b.draft.Problems, p) {
		b.draft.Problems = append(b.draft.Problems, p)
	}
}

// Note tells what is different from what was asked for, or happens elsewhere.
func (b *Blueprint) Note(format string, args ...any) {
	b.draft.Notes = append(b.draft.Notes, printable(fmt.Sprintf(format, args...)))
}

// printable is a text in one line, without what a terminal takes as a command.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, Text(s))
}

// There returns the object of that name; nil when there is not, or nothing is known of the cluster.
func (b *Blueprint) There(ref model.Ref) model.Object {
	if b.Around.Objects == nil {
		return nil
	}
	return b.Around.Get(ref)
}

// served reports a kind that the cluster has not, or not in that version.
func (b *Blueprint) served(gv schema.GroupVersion, kind string) {
	if b.Around.Served == nil {
		return
	}
	switch have := b.Around.Served(gv.Group, kind); {
	case len(have) == 0:
		b.Problem("framework", "the cluster has no %s of %s", kind, gv.Group)
	case !slices.Contains(have, gv.Version):
		b.Problem("framework", "the cluster has %s of %s as %s, and not as %s", kind, gv.Group, strings.Join(have, " "), gv.Version)
	}
}

// Make adds the creation of an object. Metadata gets its name and namespace.
func (b *Blueprint) Make(kind schema.GroupKind, version, name, why string, object map[string]any) model.Ref {
	gv := schema.GroupVersion{Group: kind.Group, Version: version}
	ref := model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: b.Request.Namespace, Name: name}
	meta, ok := object["metadata"].(map[string]any)
	if !ok {
		meta = map[string]any{}
	}
	meta["name"], meta["namespace"] = name, b.Request.Namespace
	object["apiVersion"], object["kind"], object["metadata"] = gv.String(), kind.Kind, meta
	b.served(gv, kind.Kind)
	b.draft.Edits = append(b.draft.Edits, plan.Edit{Verb: plan.Create, Object: ref, APIVersion: gv.String(), New: object, Why: why})
	return ref
}

// Draft is what became of the request. With problems there are no edits.
func (b *Blueprint) Draft(declares model.Ref) plan.Draft {
	b.draft.Declares = declares
	for i := range b.draft.Edits {
		if e := &b.draft.Edits[i]; e.Object == declares {
			if err := plan.Apply(e.New, b.Request.Native); err != nil {
				b.Problem("native", "%v", err)
			}
		}
	}
	for _, o := range b.Request.Extra {
		b.extra(o)
	}
	if len(b.draft.Problems) > 0 {
		b.draft.Edits = nil
		slices.SortFunc(b.draft.Problems, func(p, q plan.Problem) int {
			return cmp.Or(strings.Compare(p.Field, q.Field), strings.Compare(p.Text, q.Text))
		})
	}
	return b.draft
}

func (b *Blueprint) extra(o map[string]any) {
	meta, _ := o["metadata"].(map[string]any)
	version, _ := o["apiVersion"].(string)
	kind, _ := o["kind"].(string)
	name, _ := meta["name"].(string)
	gv, err := schema.ParseGroupVersion(version)
	if err != nil || kind == "" || name == "" || version == "" {
		b.Problem("extra", "an object beside the function has no apiVersion, kind or name")
		return
	}
	namespace, _ := meta["namespace"].(string)
	ref := model.Ref{Group: gv.Group, Kind: kind, Namespace: namespace, Name: name}
	b.draft.Edits = append(b.draft.Edits, plan.Edit{Verb: plan.Create, Object: ref, APIVersion: version, New: o, Why: "comes along with the function"})
}

// Option is the value of an option, or its default.
func (b *Blueprint) Option(key string) string {
	if v, ok := b.Request.Options[key]; ok {
		return v
	}
	i := slices.IndexFunc(b.offer.Options, func(o plan.Option) bool { return o.Key == key })
	if i < 0 {
		return ""
	}
	return b.offer.Options[i].Default
}

// Number is an option as a number; what is no number, or below the least, is a problem.
func (b *Blueprint) Number(key string, least int64) int64 {
	return b.number(key, b.Option(key), least)
}

func (b *Blueprint) number(field, text string, least int64) int64 {
	if text == "" {
		return 0
	}
	var n int64
	var rest string
	if k, _ := fmt.Sscanf(text+" ", "%d%s", &n, &rest); k != 1 || n < least {
		b.Problem(field, "%q is no number of %d or more", text, least)
	}
	return n
}

// Flag is an option that is true or false.
func (b *Blueprint) Flag(key string) bool {
	v := b.Option(key)
	if v != "" && v != "true" && v != "false" {
		b.Problem(key, "%q is neither true nor false", v)
	}
	return v == "true"
}

// offered reports fields that the framework has not, and options, triggers and sources that it does not know.
func (b *Blueprint) offered() {
	r := b.Request
	set := map[string]bool{
		"runtime": r.Runtime != "", "handler": r.Handler != "", "env": len(r.Env) > 0, "mounts": len(r.Mounts) > 0,
		"pullSecrets": len(r.PullSecrets) > 0, "labels": len(r.Labels) > 0, "annotations": len(r.Annotations) > 0,
		"command": len(r.Command) > 0, "args": len(r.Args) > 0, "port": r.Port != 0, "requests": len(r.Requests) > 0,
		"limits": len(r.Limits) > 0, "min": r.Min != nil, "max": r.Max != nil, "timeout": r.Timeout != 0,
		"serviceAccount": r.ServiceAccount != "", "image": r.Source.Image != "", "code": r.Source.Code != nil, "git": r.Source.Git != nil,
		"trigger": len(r.Triggers) > 0,
	}
	for _, field := range slices.Sorted(maps.Keys(b.offer.Without)) {
		if set[field] {
			b.Problem(field, "%s", b.offer.Without[field])
		}
	}
	if r.Runtime != "" && !b.offer.OpenRuntimes && len(b.offer.Runtimes) > 0 && !slices.Contains(b.offer.Runtimes, r.Runtime) {
		b.Problem("runtime", "%q is none of: %s", r.Runtime, strings.Join(b.offer.Runtimes, " "))
	}
	for _, key := range slices.Sorted(maps.Keys(r.Options)) {
		i := slices.IndexFunc(b.offer.Options, func(o plan.Option) bool { return o.Key == key })
		switch {
		case i < 0:
			b.Problem(key, "%s has no option of that name", b.Request.Framework)
		case len(b.offer.Options[i].Choices) > 0 && !slices.Contains(b.offer.Options[i].Choices, r.Options[key]):
			b.Problem(key, "%q is none of: %s", r.Options[key], strings.Join(b.offer.Options[i].Choices, " "))
		}
	}
}

func (b *Blueprint) checkSource() {
	s := &b.Request.Source
	var given []string
	if s.Image != "" {
		given = append(given, "image")
		b.Image("image", s.Image)
	}
	if s.Code != nil {
		given = append(given, "code")
		b.checkFiles(s.Code)
	}
	if s.Git != nil {
		given = append(given, "git")
		if u := s.Git.URL; u != SafeURL(u) && strings.Contains(u, "://") && (strings.Contains(u, "@") || strings.ContainsAny(u, "?#")) {
			b.Problem("git", "the address holds credentials: put them into a Secret and name that")
		} else if strings.ContainsFunc(u, unicode.IsSpace) || u == "" {
			b.Problem("git", "the address is empty or has spaces")
		}
	}
	for _, g := range given {
		if _, told := b.offer.Without[g]; !told && !slices.Contains(b.offer.Sources, g) {
			b.Problem(g, "functions are made of: %s", strings.Join(b.offer.Sources, ", "))
		}
	}
	if len(given) > 1 {
		b.Problem(given[1], "a function has one source: %s", strings.Join(given, " or "))
	}
}

// checkFiles checks the names of files: they come from archives and folders.
func (b *Blueprint) checkFiles(c *plan.Code) {
	if len(c.Files) == 0 {
		b.Problem("code", "there is no file")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if name == "" || strings.HasPrefix(name, "/") || strings.Contains(name, `\`) || slices.Contains(strings.Split(name, "/"), "..") || strings.ContainsFunc(name, unicode.IsControl) {
			b.Problem("code", "%q is no path of a file in the function's folder", name)
		}
	}
}

// Image checks the reference of an image.
func (b *Blueprint) Image(field, image string) {
	if strings.ContainsFunc(image, unicode.IsSpace) {
		b.Problem(field, "%q has spaces", image)
	} else if _, err := reference.ParseNormalizedNamed(image); err != nil {
		b.Problem(field, "%q is no reference of an image: %v", image, err)
	}
}

// Named checks a name as Kubernetes has it for one label of a host name, of at most so many characters.
func (b *Blueprint) Named(field, name string, most int) {
	if bad := validation.IsDNS1123Label(name); len(bad) > 0 {
		b.Problem(field, "%q: lower case letters, digits and '-', 63 characters at most, beginning and ending with a letter or digit", name)
	} else if len(name) > most {
		b.Problem(field, "%q has %d characters: %d fit", name, len(name), most)
	}
}

// Object checks the name of an object that is referred to.
func (b *Blueprint) Object(field, name string) {
	if bad := validation.IsDNS1123Subdomain(name); len(bad) > 0 {
		b.Problem(field, "%q is no name of an object", name)
	}
}
