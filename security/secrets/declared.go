package secrets

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// shape says what of a kind of objects that declare functions, or configure them, is looked through.
type shape struct {
	group, kind, plural string
	versions            []string
	// sources are the fields that hold code, and how it is packed there.
	sources []codeField
	skip    []string
	// related lists the objects that the object names and that configure the same function.
	related func(d document, namespace string) []model.Ref
}

// codeField is a field with source code. Packed: in base64, perhaps of an archive. Content names the field that says
// how; settings: not code but a list of packages, a configuration.
type codeField struct {
	path     string
	packed   bool
	content  string
	settings bool
}

const (
	fissionGroup = "fission.io"
	kedaGroup    = "keda.sh"
)

var shapes = []shape{
	{group: "openfaas.com", kind: "Function"},
	{
		group: "serverless.kyma-project.io", kind: "Function", versions: []string{"v1alpha2", "v1alpha1"},
		sources: []codeField{
			{path: "spec.source.inline.source"}, {path: "spec.source.inline.dependencies", settings: true},
			{path: "spec.source"}, {path: "spec.deps", settings: true},
		},
	},
	{
		group: "kubeless.io", kind: "Function", versions: []string{"v1beta1"},
		sources: []codeField{{path: "spec.function", content: "spec.function-content-type"}, {path: "spec.deps", settings: true}},
	},
	{group: fissionGroup, kind: "Function", versions: []string{"v1"}, related: fissionRelated},
	{group: fissionGroup, kind: "Environment", versions: []string{"v1"}},
	{
		group: fissionGroup, kind: "Package", versions: []string{"v1"},
		sources: []codeField{{path: "spec.source.literal", packed: true}, {path: "spec.deployment.literal", packed: true}},
	},
	{group: fissionGroup, kind: "MessageQueueTrigger", plural: "messagequeuetriggers", versions: []string{"v1"}, skip: []string{"spec.secret"}},
	{
		group: "nuclio.io", kind: "NuclioFunction", versions: []string{"v1beta1"},
		sources: []codeField{{path: "spec.build.functionSourceCode", packed: true}},
	},
	{group: "nuclio.io", kind: "NuclioAPIGateway", versions: []string{"v1beta1"}},
	{group: "serving.knative.dev", kind: "Service", versions: []string{"v1"}},
	{group: "core.spinkube.dev", kind: "SpinApp"},
	{group: "core.openfunction.io", kind: "Function"},
	{group: kedaGroup, kind: "ScaledObject", related: authentications},
	{group: kedaGroup, kind: "ScaledJob", related: authentications},
	{group: kedaGroup, kind: "TriggerAuthentication"},
	{group: "dapr.io", kind: "Component"},
}

func declaredKinds() []snapshot.Kind {
	all := make([]snapshot.Kind, 0, len(shapes))
	for i := range shapes {
		s := &shapes[i]
		all = append(all, snapshot.Kind{
			GroupKind: schema.GroupKind{Group: s.group, Kind: s.kind}, Plural: s.plural, Versions: s.versions,
			Reader: reader, Decode: s.decode, Settled: true,
		})
	}
	return all
}

// kindOf is a kind of the API itself.
func kindOf(group, kind string, decode func(*snapshot.Raw) (any, error)) snapshot.Kind {
	return snapshot.Kind{
		GroupKind: schema.GroupKind{Group: group, Kind: kind}, Versions: []string{"v1"}, Reader: reader, Decode: decode,
	}
}

// settled is kindOf what is read without the status.
func settled(group, kind string, decode func(*snapshot.Raw) (any, error)) snapshot.Kind {
	k := kindOf(group, kind, decode)
	k.Settled = true
	return k
}

// document is an object as JSON is decoded.
type document map[string]any

// at returns what stands at a path without lists.
func (d document) at(path string) any {
	var v any = map[string]any(d)
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

func (d document) text(path string) string { s, _ := d.at(path).(string); return s }

// cut removes a text, and leaves anything else.
func (d document) cut(path string) {
	parent, key := map[string]any(d), path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		parent, _ = d.at(path[:i]).(map[string]any)
		key = path[i+1:]
	}
	if _, ok := parent[key].(string); ok {
		delete(parent, key)
	}
}

func (d document) texts(path string) []string {
	all, _ := d.at(path).([]any)
	var found []string
	for _, e := range all[:min(len(all), maxSpots)] {
		if s, ok := e.(string); ok {
			found = append(found, s)
		}
	}
	return found
}

func (d document) list(path string) []document {
	all, _ := d.at(path).([]any)
	var found []document
	for _, e := range all {
		if m, ok := e.(map[string]any); ok {
			found = append(found, m)
		}
	}
	return found
}

func (d document) strings(path string) map[string]string {
	m, _ := d.at(path).(map[string]any)
	found := make(map[string]string, len(m))
	for k, v := range m {
		if s, ok := v.(string); ok {
			found[k] = s
		}
	}
	return found
}

func (s *shape) decode(raw *snapshot.Raw) (any, error) {
	var d document
	if err := json.Unmarshal(raw.JSON, &d); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	f := &facts{}
	f.metadata("", d.strings("metadata.annotations"), d.strings("metadata.labels"))
	for _, field := range s.sources {
		f.code(d, field)
		d.cut(field.path)
	}
	for _, l := range detect.Tree(map[string]any(d), s.skips) {
		f.spots = append(f.spots, spot{Path: l.Path, Name: l.Name, Kind: l.Kind, Part: setting})
	}
	f.apps = d.texts("scopes")
	if s.related != nil {
		f.related = s.related(d, raw.Header.Namespace)
	}
	return f.kept(), nil
}

// skips leaves out what is no setting: metadata, status, and what names Secrets.
func (s *shape) skips(path string) bool {
	switch path {
	case "apiVersion", "kind", "metadata", "status":
		return true
	}
	for _, p := range s.skip {
		if p == path {
			return true
		}
	}
	return skipReference(path)
}

func fissionRelated(d document, namespace string) []model.Ref {
	var found []model.Ref
	for _, c := range []struct{ path, kind string }{{"spec.environment", "Environment"}, {"spec.package.packageref", "Package"}} {
		name, ns := d.text(c.path+".name"), d.text(c.path+".namespace")
		if ns == "" {
			ns = namespace
		}
		if name != "" {
			found = append(found, model.Ref{Group: fissionGroup, Kind: c.kind, Namespace: ns, Name: name})
		}
	}
	return found
}

func authentications(d document, namespace string) []model.Ref {
	var found []model.Ref
	for i, t := range d.list("spec.triggers") {
		name, kind := t.text("authenticationRef.name"), t.text("authenticationRef.kind")
		if name != "" && (kind == "" || kind == "TriggerAuthentication") && i < maxSpots {
			found = append(found, model.Ref{Group: kedaGroup, Kind: "TriggerAuthentication", Namespace: namespace, Name: name})
		}
	}
	return found
}
