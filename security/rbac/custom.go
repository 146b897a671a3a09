package rbac

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/snapshot"
)

// DefinitionKind is the kind of CustomResourceDefinitions.
var DefinitionKind = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}

// Definitions is the kind as it is read for Custom.
var Definitions = snapshot.Kind{GroupKind: DefinitionKind, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: decodeDefinition}

// Custom is a custom resource. Pods says that its schema holds a pod spec, so that a controller makes pods of it;
// Accounts, that whoever writes it chooses their ServiceAccount.
type Custom struct {
	schema.GroupResource
	Kind           string
	Cluster        bool // cluster-scoped
	Pods, Accounts bool
}

// schemaPart is a schema of a definition, as far as it matters.
type schemaPart struct {
	Properties           map[string]*schemaPart
	Items                *schemaPart
	AdditionalProperties schemaOrBool
}

// schemaOrBool is a schema, where no boolean stands in its place.
type schemaOrBool struct{ *schemaPart }

func (s *schemaOrBool) UnmarshalJSON(text []byte) error {
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	s.schemaPart = &schemaPart{}
	return json.Unmarshal(text, s.schemaPart)
}

type definition struct {
	Spec struct {
		Group, Scope string
		Names        struct{ Plural, Kind string }
	}
}

type versions struct {
	Spec struct {
		Versions []struct {
			Served bool
			Schema struct{ OpenAPIV3Schema *schemaPart }
		}
	}
}

func decodeDefinition(raw *snapshot.Raw) (any, error) {
	text, err := raw.Text()
	if err != nil {
		return nil, err
	}
	var d definition
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	c := &Custom{
		GroupResource: schema.GroupResource{Group: d.Spec.Group, Resource: d.Spec.Names.Plural}, Kind: d.Spec.Names.Kind,
		Cluster: d.Spec.Scope == "Cluster",
	}
	if !bytes.Contains(text, []byte(`"containers"`)) || !bytes.Contains(text, []byte(`"image"`)) {
		return c, nil // most definitions: their schema need not be read
	}
	var v versions
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	for _, one := range v.Spec.Versions {
		if root := one.Schema.OpenAPIV3Schema; one.Served && root != nil {
			c.look(root.Properties["spec"])
		}
	}
	return c, nil
}

// look searches a schema for pod specs.
func (c *Custom) look(s *schemaPart) {
	if s == nil || c.Pods && c.Accounts {
		return
	}
	if s.pods() {
		c.Pods = true
		c.Accounts = c.Accounts || s.Properties["serviceAccountName"] != nil
		return
	}
	for _, p := range s.Properties {
		c.look(p)
	}
	c.look(s.Items)
	c.look(s.AdditionalProperties.schemaPart)
}

// pods reports whether a schema is that of a pod spec: containers with images, and what only pods have beside them.
func (s *schemaPart) pods() bool {
	list := s.Properties["containers"]
	if list == nil || list.Items == nil || list.Items.Properties["image"] == nil {
		return false
	}
	return slices.ContainsFunc([]string{"serviceAccountName", "restartPolicy", "initContainers", "volumes", "nodeSelector"}, func(name string) bool {
		return s.Properties[name] != nil
	})
}

// Customs lists the custom resources of the cluster.
var Customs = snapshot.NewQuery("custom resources", func(r *snapshot.Reader, _ struct{}) []Custom {
	var all []Custom
	for _, o := range r.List(DefinitionKind, "") {
		if c, ok := snapshot.FactsOf[*Custom](o, reader); ok {
			all = append(all, *c)
		}
	}
	return all
}, slices.Equal[[]Custom]).Eager()

// podCustoms are those of which a controller makes pods, and that no power names.
var podCustoms = snapshot.NewQuery("custom resources with pods", func(r *snapshot.Reader, _ struct{}) []Custom {
	var all []Custom
	for _, c := range Customs.Get(r, struct{}{}) {
		rule := rbacv1.PolicyRule{Verbs: []string{"create"}, APIGroups: []string{c.Group}, Resources: []string{c.Resource}}
		if powers := powersOf(&rule); c.Pods && !powers.any.Or(powers.anyCluster).Any(Of(WriteFunctions, DriveControllers)) {
			all = append(all, c)
		}
	}
	return all
}, slices.Equal[[]Custom]).Eager()

// Making is the right to write a custom resource of which a controller makes pods.
type Making struct {
	Proof
	Custom
}

// MakesPods answers by which custom resources an account can have pods made, each once for a namespace.
var MakesPods = snapshot.NewQuery("pods by custom resources", func(r *snapshot.Reader, a Account) []Making {
	var all []Making
	customs := podCustoms.Get(r, struct{}{})
	if len(customs) == 0 {
		return nil
	}
	set := Grants.Get(r, a)
	for _, c := range customs {
		var done []string
		set.Writing(c.GroupResource, func(p Proof) {
			if ns := p.Grant.Namespace; !slices.Contains(done, ns) && (ns == "" || !c.Cluster) {
				done = append(done, ns)
				all = append(all, Making{p, c})
			}
		})
	}
	return all
}, func(a, b []Making) bool {
	return slices.EqualFunc(a, b, func(a, b Making) bool {
		return a.Custom == b.Custom && a.Rule == b.Rule && *a.Grant == *b.Grant && slices.Equal(a.Names, b.Names)
	})
}).Passing()

// writing are the verbs by which an object becomes what somebody wants.
var writing = []string{"create", "update", "patch"}

// Writing calls visit with each rule that allows writing a resource.
func (s *Set) Writing(to schema.GroupResource, visit func(Proof)) {
	s.Doing(writing, to, visit)
}

// Doing calls visit with each rule that allows one of the verbs on a resource.
func (s *Set) Doing(verbs []string, to schema.GroupResource, visit func(Proof)) {
	s.All(func(g *Grant) bool {
		for i := range g.Role.Rules {
			rule := &g.Role.Rules[i]
			if has(rule.APIGroups, to.Group) && has(rule.Resources, to.Resource) && slices.ContainsFunc(verbs, func(v string) bool { return has(rule.Verbs, v) }) {
				visit(Proof{Grant: g, Rule: i, Names: rule.ResourceNames})
			}
		}
		return true
	})
}
