package artifact

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The kinds of policies that check signatures of images.
var (
	kyvernoCluster = schema.GroupKind{Group: "kyverno.io", Kind: "ClusterPolicy"}
	kyvernoOwn     = schema.GroupKind{Group: "kyverno.io", Kind: "Policy"}
	kyvernoImages  = schema.GroupKind{Group: "policies.kyverno.io", Kind: "ImageValidatingPolicy"}
	sigstoreImages = schema.GroupKind{Group: "policy.sigstore.dev", Kind: "ClusterImagePolicy"}
)

var signatures = []snapshot.Kind{
	{GroupKind: kyvernoCluster, Cluster: true, Reader: reader, Decode: keepVerifier},
	{GroupKind: kyvernoOwn, Reader: reader, Decode: keepVerifier},
	{GroupKind: kyvernoImages, Cluster: true, Reader: reader, Decode: keepImageValidation},
	{GroupKind: sigstoreImages, Cluster: true, Reader: reader, Decode: keepImagePolicy},
}

// extent is how much of a namespace's pods something takes.
type extent uint8

const (
	none extent = iota
	some
	whole
)

// everyImage reports whether patterns of images, some of which are excepted, take whatever is deployed. A name that they do
// not take needs no signature: whoever deploys chooses the name.
func everyImage(patterns, except []string) bool {
	return len(except) == 0 && slices.ContainsFunc(patterns, func(p string) bool {
		rest := strings.ReplaceAll(p, "*", "")
		return rest != p && (rest == "" || rest == "/" || rest == ":" || rest == "/:")
	})
}

// clause takes the pods of namespaces: those by pattern (none: all) whose labels are so, all of them or some.
type clause struct {
	namespaces []string
	labels     labels.Selector // nil: any
	some       bool
}

func (c *clause) takes(ns string, own labels.Set) extent {
	named := len(c.namespaces) == 0 || slices.ContainsFunc(c.namespaces, func(pattern string) bool {
		ok, _ := path.Match(pattern, ns)
		return ok
	})
	switch {
	case !named || c.labels != nil && !c.labels.Matches(own):
		return none
	case c.some:
		return some
	}
	return whole
}

// filter takes what one of its clauses takes, or, with all set, what all of them take.
type filter struct {
	clauses []clause
	all     bool
}

func (f *filter) takes(ns string, own labels.Set) extent {
	if len(f.clauses) == 0 {
		return none
	}
	least, most := whole, none
	for i := range f.clauses {
		x := f.clauses[i].takes(ns, own)
		least, most = min(least, x), max(most, x)
	}
	if f.all {
		return least
	}
	return most
}

// verifier is a policy that refuses images without a signature, by its rules.
type verifier []verifying

type verifying struct {
	match, exclude filter
	// lenient and strict are namespaces where the rule only warns, or refuses after all.
	enforced        bool
	lenient, strict filter
	// someImages: it looks at images by their names.
	someImages bool
}

// covers says how many of a namespace's pods are refused without a signature.
func (v verifier) covers(ns string, own labels.Set) extent {
	most := none
	for i := range v {
		r := &v[i]
		enforced := r.enforced && r.lenient.takes(ns, own) == none || r.strict.takes(ns, own) != none
		if !enforced {
			continue
		}
		x := r.match.takes(ns, own)
		switch r.exclude.takes(ns, own) {
		case whole:
			x = none
		case some:
			x = min(x, some)
		}
		if r.someImages {
			x = min(x, some)
		}
		most = max(most, x)
	}
	return most
}

// kyvernoClause is one entry of what a rule of Kyverno matches or excludes.
type kyvernoClause struct {
	Subjects     []json.RawMessage `json:"subjects"`
	Roles        []string          `json:"roles"`
	ClusterRoles []string          `json:"clusterRoles"`
	Resources    struct {
		Kinds             []string              `json:"kinds"`
		Name              string                `json:"name"`
		Names             []string              `json:"names"`
		Namespaces        []string              `json:"namespaces"`
		Annotations       map[string]string     `json:"annotations"`
		Selector          *metav1.LabelSelector `json:"selector"`
		NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
	} `json:"resources"`
}

func (k *kyvernoClause) empty() bool {
	r := &k.Resources
	return len(k.Subjects)+len(k.Roles)+len(k.ClusterRoles)+len(r.Kinds)+len(r.Names)+len(r.Namespaces)+len(r.Annotations) == 0 &&
		r.Name == "" && r.Selector == nil && r.NamespaceSelector == nil
}

func (k *kyvernoClause) clause() clause {
	r := &k.Resources
	c := clause{namespaces: r.Namespaces}
	if r.NamespaceSelector != nil {
		c.labels = selectorOf(r.NamespaceSelector)
	}
	pods := len(r.Kinds) == 0 || slices.ContainsFunc(r.Kinds, func(kind string) bool {
		name := kind[strings.LastIndexByte(kind, '/')+1:]
		return name == "Pod" || name == "*"
	})
	everybody := len(k.Subjects)+len(k.Roles)+len(k.ClusterRoles) == 0
	c.some = !pods || !everybody || len(r.Names)+len(r.Annotations) > 0 || r.Name != "" || r.Selector != nil
	return c
}

// kyvernoFilter is what a rule matches, or excludes: one entry, any of several, or what all of several say.
type kyvernoFilter struct {
	kyvernoClause
	Any []kyvernoClause `json:"any"`
	All []kyvernoClause `json:"all"`
}

func (k *kyvernoFilter) filter() filter {
	f := filter{all: len(k.All) > 0}
	entries := k.Any
	switch {
	case f.all:
		entries = k.All
	case len(entries) == 0 && !k.empty():
		entries = []kyvernoClause{k.kyvernoClause}
	}
	for i := range entries {
		f.clauses = append(f.clauses, entries[i].clause())
	}
	return f
}

func enforces(action string) bool { return strings.EqualFold(action, "enforce") }

func keepVerifier(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Action    string `json:"validationFailureAction"`
			Overrides []struct {
				Action            string                `json:"action"`
				Namespaces        []string              `json:"namespaces"`
				NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
			} `json:"validationFailureActionOverrides"`
			Rules []struct {
				Match   kyvernoFilter `json:"match"`
				Exclude kyvernoFilter `json:"exclude"`
				Verify  []struct {
					Action string   `json:"failureAction"`
					Image  string   `json:"image"` // as old policies write it
					Images []string `json:"imageReferences"`
					Except []string `json:"skipImageReferences"`
				} `json:"verifyImages"`
			} `json:"rules"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	var lenient, strict filter
	for i := range o.Spec.Overrides {
		x := &o.Spec.Overrides[i]
		k := kyvernoClause{}
		k.Resources.Namespaces, k.Resources.NamespaceSelector = x.Namespaces, x.NamespaceSelector
		to := &lenient
		if enforces(x.Action) {
			to = &strict
		}
		to.clauses = append(to.clauses, k.clause())
	}
	var found verifier
	for i := range o.Spec.Rules {
		r := &o.Spec.Rules[i]
		for _, v := range r.Verify {
			one := verifying{match: r.Match.filter(), exclude: r.Exclude.filter(), enforced: enforces(v.Action)}
			one.someImages = !everyImage(append(v.Images, v.Image), v.Except)
			if v.Action == "" { // the rule says nothing: the policy does
				one.enforced, one.lenient, one.strict = enforces(o.Spec.Action), lenient, strict
			}
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found, nil
}

// keepImageValidation reads Kyverno's policies for images alone, which match as policies of the API server do.
func keepImageValidation(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Actions    []string          `json:"validationActions"`
			Conditions []json.RawMessage `json:"matchConditions"`
			Images     []struct {
				Glob string `json:"glob"`
			} `json:"matchImageReferences"`
			Match struct {
				Namespaces *metav1.LabelSelector `json:"namespaceSelector"`
				Objects    *metav1.LabelSelector `json:"objectSelector"`
			} `json:"matchConstraints"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	m := &o.Spec.Match
	c := clause{labels: selectorOf(m.Namespaces), some: len(o.Spec.Conditions) > 0 || m.Objects != nil && !selectorOf(m.Objects).Empty()}
	var globs []string
	for i := range o.Spec.Images {
		globs = append(globs, o.Spec.Images[i].Glob) // empty of one that is chosen by an expression
	}
	return verifier{{
		enforced: len(o.Spec.Actions) == 0 || slices.Contains(o.Spec.Actions, "Deny"), match: filter{clauses: []clause{c}},
		someImages: len(globs) > 0 && !everyImage(globs, nil),
	}}, nil
}

// keepImagePolicy reads policies of Sigstore: in force where a namespace asks for them. Images that none of them takes are
// refused there as well, and one may let images pass without a signature.
func keepImagePolicy(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Mode        string `json:"mode"`
			Authorities []struct {
				Static struct {
					Action string `json:"action"`
				} `json:"static"`
			} `json:"authorities"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	for i := range o.Spec.Authorities { // one of them is enough
		if o.Spec.Authorities[i].Static.Action == "pass" {
			return nil, nil
		}
	}
	asked := labels.SelectorFromSet(labels.Set{"policy.sigstore.dev/include": "true"})
	return verifier{{enforced: o.Spec.Mode != "warn", match: filter{clauses: []clause{{labels: asked}}}}}, nil
}

// checkers are parts of the names of webhooks that check signatures by settings of their own.
var checkers = []string{"connaisseur", "portieris", "ratify"}

// noSignatures is IMG-09.
func noSignatures(e *check.Eval) {
	ns := e.Subject.Namespace
	own := namespaceLabels.Get(e.Reader, ns)
	partly := ""
	for _, o := range slices.Concat(e.List(kyvernoCluster, ""), e.List(kyvernoOwn, ns), e.List(kyvernoImages, ""), e.List(sigstoreImages, "")) {
		v, _ := snapshot.FactsOf[verifier](o, reader)
		switch v.covers(ns, own) {
		case whole:
			return
		case some:
			if partly == "" {
				partly = o.Head().Kind + " " + o.Head().Name
			}
		}
	}
	for _, h := range hooksOf.Get(e.Reader, ns) {
		if slices.ContainsFunc(checkers, func(c string) bool { return strings.Contains(h.name, c) }) {
			return
		}
	}
	readable := e.Need(kyvernoOwn, ns)
	for _, kind := range []schema.GroupKind{kyvernoCluster, kyvernoImages, sigstoreImages, validatingKind, mutatingKind} {
		readable = e.Need(kind, "") && readable
	}
	text := "nothing checks who signed the images that run in namespace " + ns + ", as far as the cluster shows"
	if partly != "" {
		text = "who signed the images that run in namespace " + ns + " is checked for some pods or images only, by " + partly
	}
	switch {
	case !readable:
	case e.Options().Partial:
		e.Unknown(snapshot.Missing{Reason: "a policy that checks signatures may be elsewhere"})
	default:
		e.Fail(check.At{Object: model.Ref{Kind: namespaceKind.Kind, Name: ns}, Path: "metadata.labels"}, text)
	}
}
