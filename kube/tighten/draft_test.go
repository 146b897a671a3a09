package tighten_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// pinnedImage is an image that is named by what it holds.
const pinnedImage = "registry.example.com/shop/hello@sha256:3abd807250d1b53741c345896f2d79faf6e7dcdb75860e98a2f84e38e874c236"

// prepared is a namespace that is made ready for functions: what is the namespace's own is none of theirs.
const prepared = `
apiVersion: v1
kind: Namespace
metadata: {name: drafts, labels: {pod-security.kubernetes.io/enforce: LEVEL}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: all, namespace: drafts}
spec: {hard: {pods: '50', requests.cpu: '10', requests.memory: 10Gi, limits.cpu: '20', limits.memory: 20Gi, requests.ephemeral-storage: 50Gi, limits.ephemeral-storage: 100Gi}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: all, namespace: drafts}
spec: {limits: [{type: Container, default: {cpu: '1', memory: 512Mi, ephemeral-storage: 2Gi}, defaultRequest: {cpu: 50m, memory: 64Mi}}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: fission-fetcher, namespace: drafts}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: fission-fission-fetcher, namespace: drafts}
rules: [{apiGroups: [''], resources: [secrets, configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: fission-fission-fetcher, namespace: drafts}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: fission-fission-fetcher}
subjects: [{kind: ServiceAccount, name: fission-fetcher, namespace: drafts}]
`

// around is the seed of a framework, and the namespace.
func around(t *testing.T, framework, level string) *cluster {
	c := seed(t, framework)
	for _, o := range offlinetest.Objects(t, strings.ReplaceAll(prepared, "LEVEL", level)) {
		c.put(o)
	}
	return c
}

func (c *cluster) deployer(framework string) frameworks.Deployer {
	i := slices.IndexFunc(c.adapters, func(f frameworks.Framework) bool { return f.Name() == framework })
	require.GreaterOrEqual(c.t, i, 0)
	d, ok := c.adapters[i].(frameworks.Deployer)
	require.True(c.t, ok, "%s deploys nothing", framework)
	return d
}

// harmless reports whether nothing that is used now ends with an answer: what it asks is about what the draft makes, or
// makes a policy for pods that are not there yet.
func harmless(a *plan.Answer, made map[model.Ref]bool) bool {
	return !slices.ContainsFunc(a.Edits, func(e plan.Edit) bool {
		return e.Asks != "" && !made[e.Object] && (e.Verb != plan.Create || e.Object.Kind != "NetworkPolicy")
	})
}

// secured drafts a function, and carries out all that breaks nothing until nothing is left.
func (c *cluster) secured(r plan.DeployRequest) (*offlinetest.World, *model.Function, string) {
	c.t.Helper()
	w := c.world()
	d := c.deployer(r.Framework).Deploy(&r, plan.Surroundings{Objects: w.World})
	require.Empty(c.t, d.Problems)
	made := map[model.Ref]bool{}
	for i := range d.Edits {
		raw, err := json.Marshal(d.Edits[i].New)
		require.NoError(c.t, err)
		var o map[string]any
		require.NoError(c.t, json.Unmarshal(raw, &o))
		require.Nil(c.t, c.objects[d.Edits[i].Object], "%s is there", d.Edits[i].Object)
		c.put(o)
		made[d.Edits[i].Object] = true
	}
	var told strings.Builder
	w = c.world()
	key := model.FunctionKey{Framework: r.Framework, Group: d.Declares.Group, Kind: d.Declares.Kind, Namespace: d.Declares.Namespace, Name: d.Declares.Name}
	f := w.World.Function(key)
	require.NotNil(c.t, f, "the draft is a function")
	done := map[string]bool{}
	for again := true; again; {
		again = false
		for _, intent := range offered(postureOf(w, f)) {
			a := c.translator().Answer(w.Reader, f, intent, postureOf(w, f).Findings)
			id := fmt.Sprint(intent, a.Edits)
			if len(a.Edits) == 0 || done[id] || !harmless(&a, made) {
				describe(&told, a)
				continue
			}
			done[id] = true
			for _, e := range a.Edits {
				if e.Verb == plan.Create {
					made[e.Object] = true
				}
			}
			c.apply(f, a)
			describe(&told, a)
			w, again = c.world(), true
			f = w.World.Function(key)
			require.NotNil(c.t, f)
		}
	}
	return w, f, told.String()
}

// left lists what fails and is no limit of the framework, nor of the test.
func left(p *security.Posture, but ...string) []string {
	var all []string
	for i := range p.Findings {
		x := &p.Findings[i]
		if x.Status == check.Fail && x.Severity > check.Info && x.Limit == check.NoLimit && (!x.Control.Rollup || x.Counts) && !slices.Contains(but, x.Control.ID) {
			all = append(all, fmt.Sprintf("%s %s %s", x.Severity, x.Control.ID, x.Message))
		}
	}
	return all
}

// drafted are requests as an operator makes them who names nothing but what must be named.
func drafted() map[string]draftCase {
	code := plan.Source{Code: &plan.Code{Files: map[string][]byte{"hello.py": []byte("def main():\n    return 1\n")}}}
	image := plan.Source{Image: pinnedImage}
	return map[string]draftCase{
		"fission pool": {grade: "D", limits: []string{"IMG-02", "SA-20"}, level: "restricted", r: plan.DeployRequest{
			Framework: "fission", Source: code, Runtime: "python", Handler: "hello.main", Options: map[string]string{"envimage": pinnedImage},
		}},
		"fission newdeploy": {grade: "D", limits: []string{"IMG-02", "SA-20"}, level: "restricted", r: plan.DeployRequest{
			Framework: "fission", Source: code, Runtime: "python", Handler: "hello.main", Options: map[string]string{"envimage": pinnedImage, "executortype": "newdeploy"},
		}},
		"fission container": {grade: "A", level: "restricted", r: plan.DeployRequest{Framework: "fission", Source: image}},
		"nuclio": {grade: "D", limits: []string{"POD-01", "POD-02", "POD-08", "POD-10", "POD-11"}, level: "baseline", r: plan.DeployRequest{
			Framework: "nuclio", Source: image, Runtime: "python:3.11", Handler: "hello:main", Timeout: time.Minute,
		}},
		"spin": {grade: "A", level: "restricted", r: plan.DeployRequest{Framework: "spin", Source: image}},
	}
}

type draftCase struct {
	r            plan.DeployRequest
	grade, level string
	limits       []string // what fails because of the framework
}

// elsewhere are findings about what is no part of a draft: which mesh to join is the operator's to say, and so is where
// images come from.
var elsewhere = []string{"MSH-01", "IMG-06"}

func TestDraftsAreMadeAsSecureAsTheirFrameworkAllows(t *testing.T) {
	for name, x := range drafted() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.r.Namespace, x.r.Name = "drafts", "hello"
			w, f, told := around(t, x.r.Framework, x.level).secured(x.r)
			p := postureOf(w, f)
			if !assert.Empty(t, left(p, elsewhere...)) {
				t.Log(told)
			}
			var limits []string
			for i := range p.Findings {
				if y := &p.Findings[i]; y.Status == check.Fail && y.Severity > check.Info && y.Limit != check.NoLimit && !slices.Contains(limits, y.Control.ID) {
					limits = append(limits, y.Control.ID)
				}
			}
			slices.Sort(limits)
			assert.Equal(t, x.limits, limits, "what the framework cannot do")
			assert.Equal(t, x.grade, graded(p), p.Letter())
		})
	}
}

// graded is the grade without what is elsewhere.
func graded(p *security.Posture) string {
	worst := check.Info
	for i := range p.Findings {
		x := &p.Findings[i]
		if x.Status == check.Fail && (!x.Control.Rollup || x.Counts) && !slices.Contains(elsewhere, x.Control.ID) {
			worst = max(worst, x.Severity)
		}
	}
	letter := security.Grade(worst).String()
	if p.Capped {
		letter += "?"
	}
	return letter
}
