package change

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func TestGenerate(t *testing.T) {
	t.Parallel()
	for recipe, want := range map[string]string{
		"alnum": `^[A-Za-z0-9]{32}$`, "alnum:8": `^[A-Za-z0-9]{8}$`, "hex:16": `^[0-9a-f]{32}$`, "base64:12": `^[A-Za-z0-9+/]{16}$`,
		"uuid": `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	} {
		one, err := Generate(recipe)
		require.NoError(t, err, recipe)
		assert.Regexp(t, want, string(one))
		other, err := Generate(recipe)
		require.NoError(t, err)
		assert.NotEqual(t, one, other)
	}
	for _, bad := range []string{"", "x", "hex:", "hex:7", "hex:-1", "hex:99999", "alnum:a"} {
		_, err := Generate(bad)
		assert.Error(t, err, bad)
	}
}

func TestWhoKeepsAnObjectAsItIs(t *testing.T) {
	t.Parallel()
	o := parsed(t, `
metadata:
  labels: {app.kubernetes.io/managed-by: Helm, kustomize.toolkit.fluxcd.io/name: apps}
  annotations: {meta.helm.sh/release-name: shop, argocd.argoproj.io/tracking-id: "a:b"}
  ownerReferences: [{kind: Function, name: f, controller: true}, {kind: Other, name: o}]
  managedFields:
  - {manager: argocd-controller, operation: Update, fieldsV1: {"f:spec": {"f:replicas": {}}}}
  - {manager: helm, operation: Update, fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}}}}}}}}
  - {manager: someone, operation: Update, fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:volumes": {}}}}}}
  - {manager: fn9s, operation: Apply, fieldsV1: {"f:spec": {"f:replicas": {}}}}
  - {manager: kubelet, operation: Apply, subresource: status, fieldsV1: {"f:spec": {"f:replicas": {}}}}
spec: {replicas: 1, template: {spec: {containers: [{name: web, image: a}], volumes: [{name: v}]}}}
`)
	assert.Len(t, managed(o), 4)
	all := strings.Join(managed(o), "\n")
	for _, want := range []string{"managed by Helm (shop)", "managed by Flux (apps)", "managed by Argo CD", "owned by Function f"} {
		assert.Contains(t, all, want)
	}
	of := func(path string) []Owner { return owners(o, []touch{{path: mustPath(t, path)}}) }
	assert.Equal(t, []Owner{{"argocd-controller", []string{"spec.replicas"}, true}}, of("spec.replicas"))
	assert.Equal(t, []Owner{{"helm", []string{"spec.template.spec.containers[name=web].image"}, true}}, of("spec.template.spec.containers[name=web].image"))
	assert.Equal(t, []Owner{{"someone", []string{"spec.template.spec.volumes[name=v].emptyDir"}, false}}, of("spec.template.spec.volumes[name=v].emptyDir"), "a leaf of the set has all below it")
	assert.Empty(t, of("spec.paused"))
}

func TestMessagesOfServersRepeatNoObject(t *testing.T) {
	t.Parallel()
	whole := `Invalid value: "{\"password\":\"` + canary + `\",\"more\":\"` + strings.Repeat("x", 100) + `\"}": unknown field "spec.x"`
	assert.Equal(t, `patch: Invalid value: …: unknown field "spec.x"`, withoutValues("patch: "+whole))
	assert.Equal(t, `Invalid value: "Sometimes": supported values`, withoutValues(`Invalid value: "Sometimes": supported values`))
	assert.NotContains(t, withoutValues(`Invalid value: {"password": "`+canary+`"}`), canary)
	assert.LessOrEqual(t, len(withoutValues(strings.Repeat("y", 5000))), maxReason+len("…"))
	v := &veil{key: newKey()}
	s := &Step{touches: []touch{{path: mustPath(t, "data.p"), now: "czNjcjN0LWNBbkFyWS05ZjhlN2Q2YzViNGE=", hasNow: true, secret: true}}}
	assert.Equal(t, "denied: (secret) and (secret)", v.hideIn(s, "denied: "+canary+" and czNjcjN0LWNBbkFyWS05ZjhlN2Q2YzViNGE="))
}

func TestStepsOfOneFunctionFollowEachOther(t *testing.T) {
	t.Parallel()
	step := func(namespace string, functions ...string) *Step {
		s := &Step{Ref: model.Ref{Kind: "Deployment", Namespace: namespace}}
		for _, name := range functions {
			s.Functions = append(s.Functions, model.FunctionID{FunctionKey: model.FunctionKey{Namespace: namespace, Name: name}})
		}
		return s
	}
	// rounds are the steps that begin together, where all that began before has ended; what fails ends what follows it.
	rounds := func(steps []*Step, fails ...int) (all [][]int) {
		f := follow(steps)
		for len(f.ready) > 0 {
			var now []int
			for len(f.ready) > 0 {
				now = append(now, f.take())
			}
			for _, i := range now {
				if !slices.Contains(fails, i) {
					f.went(i)
				}
			}
			slices.Sort(now)
			all = append(all, now)
		}
		return all
	}
	for _, c := range []struct {
		name  string
		steps []*Step
		fails []int
		want  [][]int
	}{
		{"of one function", []*Step{step("n", "a"), step("n", "a"), step("n", "a")}, nil, [][]int{{0}, {1}, {2}}},
		{"of none, in their namespace", []*Step{step("n"), step("m"), step("n")}, nil, [][]int{{0, 1}, {2}}},
		{"of two functions", []*Step{step("n", "a"), step("n", "a"), step("n", "b"), step("n", "b")}, nil, [][]int{{0, 2}, {1, 3}}},
		{"shared, first", []*Step{step("n", "a", "b"), step("n", "a"), step("n", "b")}, nil, [][]int{{0}, {1, 2}}},
		{"shared, last", []*Step{step("n", "a"), step("n", "b"), step("n", "a", "b")}, nil, [][]int{{0, 1}, {2}}},
		{"shared, between", []*Step{step("n", "a"), step("n", "a", "b"), step("n", "b"), step("n", "a")}, nil, [][]int{{0}, {1}, {2, 3}}},
		{"shared twice", []*Step{step("n", "a", "b"), step("n", "a", "b")}, nil, [][]int{{0}, {1}}},
		{"after a failure", []*Step{step("n", "a"), step("n", "b"), step("n", "a", "b"), step("n", "b")}, []int{0}, [][]int{{0, 1}}},
		{"beside a failure", []*Step{step("n", "a"), step("n", "b"), step("n", "a"), step("n", "b")}, []int{0}, [][]int{{0, 1}, {3}}},
	} {
		assert.Equal(t, c.want, rounds(c.steps, c.fails...), c.name)
	}
	f := follow([]*Step{step("n", "a"), step("n", "a"), step("n", "b")})
	f.went(f.take())
	assert.Equal(t, 1, f.take(), "a function that was begun is finished before the next one")
}

// Wishes for one object become one step: that comes after everything that any of the wishes has before it, and before what
// they have after it.
func TestAStepComesAfterWhatItsWishesNeed(t *testing.T) {
	t.Parallel()
	ref := func(kind string) model.Ref {
		return model.Ref{Kind: kind, Namespace: "ns", Name: strings.ToLower(kind)}
	}
	patch := func(unit, kind, path string) Wish {
		return Wish{Unit: unit, Edit: plan.Edit{Verb: plan.Patch, Object: ref(kind), APIVersion: "v1", Fields: []plan.Field{{Path: path, Value: "x"}}}}
	}
	create := func(unit, kind string, needs ...plan.Need) Wish {
		return Wish{Unit: unit, Edit: plan.Edit{Verb: plan.Create, Object: ref(kind), APIVersion: "v1", New: map[string]any{"kind": kind}, Needs: needs}}
	}
	gone := Wish{Unit: "bind", Edit: plan.Edit{Verb: plan.Delete, Object: ref("RoleBinding"), APIVersion: "v1"}}
	order := func(wishes ...Wish) string {
		groups, err := grouped(wishes)
		require.NoError(t, err)
		var kinds []string
		for _, g := range groups {
			kinds = append(kinds, g.ref.Kind)
		}
		return strings.Join(kinds, " ")
	}
	assert.Equal(t, "ServiceAccount Secret Profile Function NetworkPolicy RoleBinding", order(
		create("account", "ServiceAccount"), patch("account", "Function", "spec.account"), create("net", "NetworkPolicy"), gone,
		create("env", "Secret"), patch("env", "Function", "spec.secrets"), create("seccomp", "Profile"), patch("seccomp", "Function", "spec.profile"),
	))
	assert.Equal(t, "Function NetworkPolicy Namespace", order(
		patch("", "Namespace", "metadata.labels.enforce"), patch("", "Function", "spec.securityContext"), create("", "NetworkPolicy"),
	), "functions are fit for their namespace before it turns others away")
	assert.Equal(t, "Namespace Function", order(patch("a", "Namespace", "metadata.labels.mesh"), patch("a", "Function", "spec.mesh")), "unless they need it")
	from := plan.Need{Path: "data.p", From: plan.Literal{Object: ref("Function"), Path: "spec.p"}}
	assert.Equal(t, "Secret Function", order(patch("", "Function", "spec.p"), create("", "Secret", from)), "a value is taken before it goes")
	assert.Equal(t, "Deployment Function", order(patch("a", "Deployment", "spec.a"), patch("a", "Function", "spec.a"), patch("b", "Function", "spec.b"), patch("b", "Deployment", "spec.b")), "the first one counts")
}

// What asked a controller to take notice is asked again by the undo: the controller has answered in the same place.
func TestTheStatusIsAskedAgain(t *testing.T) {
	t.Parallel()
	recorded := []journal.Touch{
		{Path: "spec.a", Old: &journal.Value{JSON: []byte(`1`)}, New: &journal.Value{JSON: []byte(`2`)}},
		{Path: "status.state", Old: &journal.Value{JSON: []byte(`"ready"`)}, New: &journal.Value{JSON: []byte(`"waiting"`)}},
		{Path: "status.scaled", Old: &journal.Value{JSON: []byte(`{}`)}},
	}
	touches, err := readTouches(recorded)
	require.NoError(t, err)
	fields, left, rest := again(recorded, touches)
	assert.Equal(t, []plan.Field{{Path: "status.state", Value: "waiting"}, {Path: "status.scaled", Remove: true}}, fields)
	require.Len(t, left, 1)
	require.Len(t, rest, 1)
	assert.Equal(t, "spec.a", rest[0].path.String())
}
