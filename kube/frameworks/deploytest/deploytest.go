// Package deploytest drafts functions beside the samples and judges what would become of them, for tests of adapters.
//
// Its one rule: a function that is not there yet is changed only in its draft, and in objects that are made for it.
package deploytest

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Place is a cluster as manifests, and what is drafted for it.
type Place struct {
	t        testing.TB
	adapters []frameworks.Framework
	texts    []string
	world    *offlinetest.World // of the texts alone
	draft    []map[string]any
}

// Platform is the installation of a framework that the samples have, without functions, and what is in more.
func Platform(t testing.TB, framework string, more ...string) *Place {
	t.Helper()
	p := &Place{t: t, adapters: all.BuiltIn()}
	for _, f := range samples.Seed() {
		if f.Framework == framework && strings.HasPrefix(path.Base(f.Path), "0") {
			p.texts = append(p.texts, string(f.Data))
		}
	}
	p.texts = append(p.texts, more...)
	p.world = offlinetest.TextFor(t, p.adapters, p.texts...)
	return p
}

// kept is a namespace as somebody keeps it who takes care: it has room, lets nothing start
// that is less than a level, and gives nobody a token who does not ask for one.
const kept = `
{apiVersion: v1, kind: Namespace, metadata: {name: NAME, labels: {pod-security.kubernetes.io/enforce: LEVEL}, annotations: {openfaas: "1"}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: NAME}, automountServiceAccountToken: false}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: compute, namespace: NAME}, spec: {hard: {pods: "80"}}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: NAME}
spec: {limits: [{type: Container, default: {cpu: 500m, memory: 256Mi, ephemeral-storage: 1Gi}, defaultRequest: {cpu: 50m, memory: 64Mi, ephemeral-storage: 64Mi}}]}
`

// KeptAs is a namespace of that name which somebody takes care of.
func KeptAs(name, level string) string {
	return strings.NewReplacer("NAME", name, "LEVEL", level).Replace(kept)
}

// Around is what a draft may depend on. Every kind is served in these versions, or as it is asked for when they are nil.
func (p *Place) Around(served func(group, kind string) []string) plan.Surroundings {
	return plan.Surroundings{Objects: p.world.Reader, Served: served}
}

// Adapter returns the adapter of a framework.
func (p *Place) Adapter(name string) frameworks.Framework {
	i := slices.IndexFunc(p.adapters, func(a frameworks.Framework) bool { return a.Name() == name })
	require.GreaterOrEqual(p.t, i, 0, "no framework %s", name)
	return p.adapters[i]
}

// Draft asks the framework of the request.
func (p *Place) Draft(r *plan.DeployRequest) plan.Draft {
	p.t.Helper()
	d, ok := p.Adapter(r.Framework).(frameworks.Deployer)
	require.True(p.t, ok, "functions of %s can be made", r.Framework)
	return d.Deploy(r, p.Around(nil))
}

func asJSON(t testing.TB, v any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	var o map[string]any
	require.NoError(t, json.Unmarshal(raw, &o))
	return o
}

// Objects are those of a draft, as JSON has them. All are created, and the one that declares the function is among them.
func Objects(t testing.TB, d plan.Draft) []map[string]any {
	t.Helper()
	require.Empty(t, d.Problems)
	var out []map[string]any
	declared := false
	for i := range d.Edits {
		e := &d.Edits[i]
		ref, apiVersion := frameworks.NameOf(e.New)
		assert.Equal(t, plan.Create, e.Verb)
		assert.Equal(t, e.Object, ref)
		assert.Equal(t, e.APIVersion, apiVersion)
		assert.NotEmpty(t, e.Why)
		declared = declared || e.Object == d.Declares
		out = append(out, asJSON(t, e.New))
	}
	assert.True(t, declared, "%s is made", d.Declares)
	return out
}

// Golden asserts that a draft makes the objects of a file, field by field and in that order.
func Golden(t testing.TB, file string, d plan.Draft) {
	t.Helper()
	want, got := frameworkstest.Documents(t, file), Objects(t, d)
	for i := range min(len(want), len(got)) {
		assert.Equal(t, want[i], got[i], "%s, object %d", file, i)
	}
	assert.Len(t, got, len(want), file)
}

// Problems are those of a draft by their fields, which makes nothing then.
func Problems(t testing.TB, d plan.Draft) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range d.Problems {
		out[p.Field] = strings.TrimPrefix(out[p.Field]+"; "+p.Text, "; ")
	}
	if len(out) > 0 {
		assert.Empty(t, d.Edits)
	}
	return out
}

// Outcome is a function as it would be.
type Outcome struct {
	Posture *security.Posture
	Done    []check.Intent
	Left    map[check.Intent]string // why an intent was not carried out
	Objects []map[string]any        // all that is made for it
}

// Secure drafts a function and carries out all intents that change nothing but what is made for it, until none is left.
func (p *Place) Secure(r *plan.DeployRequest) Outcome {
	p.t.Helper()
	d := p.Draft(r)
	p.draft = Objects(p.t, d)
	out := Outcome{Left: map[check.Intent]string{}}
	w, f := p.judge(d.Declares)
	out.Posture = security.Function.Get(w.Reader, f.Key)
	const rounds = 6
	for range rounds {
		changed := false
		for _, intent := range check.Intents() {
			if !slices.ContainsFunc(out.Posture.Findings, func(x check.Finding) bool {
				return x.Status == check.Fail && slices.Contains(x.Intents(), intent)
			}) {
				continue
			}
			a := p.translator().Answer(w.Reader, f, intent, out.Posture.Findings)
			if why := p.refuses(&a); why != "" {
				out.Left[intent] = why
				continue
			}
			if p.carry(&a) {
				changed = true
				delete(out.Left, intent)
				out.Done = append(out.Done, intent)
				w, f = p.judge(d.Declares)
				out.Posture = security.Function.Get(w.Reader, f.Key)
			}
		}
		if !changed {
			break
		}
	}
	out.Objects = p.draft
	return out
}

// judge puts the draft, and what controllers will make of it, into the cluster.
func (p *Place) judge(declares model.Ref) (*offlinetest.World, *model.Function) {
	p.t.Helper()
	var framework frameworks.Foreseer
	texts := slices.Clone(p.texts)
	add := func(objects []map[string]any) {
		for _, o := range objects {
			raw, err := json.Marshal(o)
			require.NoError(p.t, err)
			texts = append(texts, string(raw))
		}
	}
	add(p.draft)
	for _, a := range p.adapters {
		if x, ok := a.(frameworks.Foreseer); ok {
			framework = x
			add(framework.Foresee(p.draft, p.Around(nil)))
		}
	}
	w := offlinetest.TextFor(p.t, p.adapters, texts...)
	for _, f := range w.World.Functions(declares.Namespace) {
		if f.Object == declares {
			return w, f
		}
	}
	require.Fail(p.t, "no function "+declares.String())
	return nil, nil
}

func (p *Place) translator() *tighten.Translator {
	var sources []tighten.Source
	for _, a := range p.adapters {
		if s, ok := a.(tighten.Source); ok {
			sources = append(sources, s)
		}
	}
	return tighten.New(sources...)
}

func (p *Place) own(ref model.Ref) map[string]any {
	for _, o := range p.draft {
		if r, _ := frameworks.NameOf(o); r == ref {
			return o
		}
	}
	return nil
}

// refuses says why an answer is not carried out; empty when it is.
func (p *Place) refuses(a *plan.Answer) string {
	if a.None != "" {
		return a.None
	}
	for i := range a.Edits {
		if e := &a.Edits[i]; e.Verb == plan.Delete || e.Verb == plan.Patch && p.own(e.Object) == nil {
			return "a change of " + e.Object.String()
		}
	}
	return ""
}

// carry changes the draft, and reports whether it became another one.
func (p *Place) carry(a *plan.Answer) bool {
	p.t.Helper()
	before, err := json.Marshal(p.draft)
	require.NoError(p.t, err)
	for i := range a.Edits {
		e := &a.Edits[i]
		if e.Verb == plan.Create {
			if p.own(e.Object) == nil {
				p.draft = append(p.draft, asJSON(p.t, e.New))
			}
			continue
		}
		require.NoError(p.t, plan.Apply(p.own(e.Object), e.Fields))
	}
	for i := range p.draft {
		p.draft[i] = asJSON(p.t, p.draft[i])
	}
	after, err := json.Marshal(p.draft)
	require.NoError(p.t, err)
	return !bytes.Equal(before, after)
}

// Failing lists the findings that are left, as `severity control limit`.
func (o *Outcome) Failing() []string {
	var out []string
	for i := range o.Posture.Findings {
		f := &o.Posture.Findings[i]
		if f.Status == check.Fail && f.Severity > check.Info && !f.Control.Rollup {
			out = append(out, f.Severity.String()+" "+f.Control.ID+" limit="+f.Limit.String()+" "+f.Message)
		}
	}
	slices.Sort(out)
	return out
}
