package frameworks_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// world are objects by what they are, and the functions beside the one that is asked about.
type world struct {
	objects   map[model.Ref]map[string]any
	functions []*model.Function
}

func worldOf(t *testing.T, text string) *world {
	t.Helper()
	w := &world{objects: map[model.Ref]map[string]any{}}
	for _, doc := range strings.Split(text, "\n---\n") {
		var o map[string]any
		require.NoError(t, sigsyaml.Unmarshal([]byte(doc), &o))
		gv, err := schema.ParseGroupVersion(plan.Text(o, "apiVersion"))
		require.NoError(t, err)
		ref := model.Ref{Group: gv.Group, Kind: plan.Text(o, "kind"), Namespace: "fns", Name: plan.Text(o, "metadata.name")}
		meta, _ := o["metadata"].(map[string]any)
		meta["namespace"], meta["uid"] = "fns", "uid-"+ref.Kind+"-"+ref.Name
		w.objects[ref] = o
	}
	return w
}

// A CronJob is run as kubectl create job --from runs it.
func TestWhatRunsByAScheduleIsRunAtOnce(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 52)
	cron := model.Ref{Group: "batch", Kind: "CronJob", Namespace: "fns", Name: long}
	w := worldOf(t, "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: "+long+"}\nspec:\n  schedule: 0 2 * * *\n  suspend: true\n"+
		"  jobTemplate:\n    metadata: {labels: {team: a}, annotations: {note: b}}\n    spec: {backoffLimit: 2, template: {spec: {restartPolicy: Never, containers: [{name: f, image: i}]}}}")
	f := &model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: "fns", Name: long}, Workloads: []model.WorkloadRef{{Ref: cron, Role: model.Run}}}
	a := frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Running})
	require.Len(t, a.Edits, 1, a.None)
	e := a.Edits[0]
	assert.Equal(t, plan.Create, e.Verb)
	assert.True(t, strings.HasPrefix(e.Object.Name, long+"-"), e.Object.Name)
	assert.LessOrEqual(t, len(e.Object.Name), 63, "its name is a label of its pods")
	assert.Equal(t, "manual", plan.Text(e.New, `metadata.annotations["cronjob.kubernetes.io/instantiate"]`))
	assert.Equal(t, "b", plan.Text(e.New, "metadata.annotations.note"))
	assert.Equal(t, "a", plan.Text(e.New, "metadata.labels.team"))
	assert.Equal(t, "uid-CronJob-"+long, plan.Text(e.New, "metadata.ownerReferences[0].uid"))
	want, _ := plan.Lookup(w.objects[cron], "spec.jobTemplate.spec")
	assert.Equal(t, want, e.New["spec"])

	gone := frameworks.Do(all.BuiltIn(), f, &world{}, &plan.Task{Act: plan.Running})
	assert.Contains(t, gone.None, "is not there, or may not be read")
	f.Workloads[0].Ref = model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fns", Name: "f"}
	assert.Contains(t, frameworks.Unable(all.BuiltIn(), f, plan.Running), "no CronJob runs it")
}

func (w *world) Object(ref model.Ref) map[string]any { return w.objects[ref] }

func (w *world) List(kind schema.GroupKind, namespace, selector string) []map[string]any {
	wanted, _ := labels.Parse(selector)
	var refs []model.Ref
	for ref := range w.objects {
		if ref.GroupKind() == kind && ref.Namespace == namespace {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, model.Ref.Compare)
	var all []map[string]any
	for _, ref := range refs {
		set := labels.Set{}
		v, _ := plan.Lookup(w.objects[ref], "metadata.labels")
		m, _ := v.(map[string]any)
		for k, v := range m {
			set[k], _ = v.(string)
		}
		if wanted.Matches(set) {
			all = append(all, w.objects[ref])
		}
	}
	return all
}

func (w *world) Functions(string) []*model.Function { return w.functions }

func functionOf(framework, apiVersion, kind, name string) *model.Function {
	gv, _ := schema.ParseGroupVersion(apiVersion)
	key := model.FunctionKey{Framework: framework, Group: gv.Group, Kind: kind, Namespace: "fns", Name: name}
	f := &model.Function{Key: key, APIVersion: apiVersion, Object: model.Ref{Group: gv.Group, Kind: kind, Namespace: "fns", Name: name}}
	return f
}

func running(f *model.Function, name string) *model.Function {
	f.Workloads = append(f.Workloads, model.WorkloadRef{Role: model.Run, Ref: model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fns", Name: name}})
	return f
}

// said is an answer in one line for each edit: `patch Kind name path=value …`, or why there is none.
func said(a plan.Answer) []string {
	if a.None != "" {
		return []string{"none: " + a.None}
	}
	if a.Already {
		return []string{"already"}
	}
	var all []string
	for _, e := range a.Edits {
		line := string(e.Verb) + " " + e.Object.Kind + " " + e.Object.Name
		if e.Along {
			line += " along"
		}
		for _, f := range e.Fields {
			value, _ := json.Marshal(f.Value)
			if line += " " + f.Path; f.Remove {
				line += " removed"
			} else {
				line += "=" + string(value)
			}
		}
		all = append(all, line)
	}
	return all
}

func n(i int) *int { return &i }

const deployed = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: f}
spec: {replicas: 2, template: {metadata: {labels: {app: f, com.openfaas.scale.min: "2"}}}}`

// framed are functions of frameworks in different states.
func framed() (of, ce, leftover, alive *model.Function) {
	of = running(functionOf("openfaas", "openfaas.com/v1", "Function", "f"), "f")
	of.Platform.Shape = "operator"
	ce = running(&model.Function{Key: model.FunctionKey{Framework: "openfaas", Group: "apps", Kind: "Deployment", Namespace: "fns", Name: "f"}}, "f")
	ce.Platform.Shape = "ce"
	leftover = running(functionOf("kubeless", "kubeless.io/v1beta1", "Function", "f"), "f")
	alive = running(functionOf("kubeless", "kubeless.io/v1beta1", "Function", "f"), "f")
	alive.Platform.Version = "v1.0.8"
	return of, ce, leftover, alive
}

func cr(apiVersion, kind, spec string) string {
	return "\n---\napiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: f}\nspec: " + spec
}

const exec = "spec.InvokeStrategy.ExecutionStrategy"

// What frameworks are scaled by, field by field.
func TestScaleIsWrittenWhereTheFrameworkReadsIt(t *testing.T) {
	of, ce, leftover, alive := framed()
	for name, c := range map[string]struct {
		f     *model.Function
		world string
		to    plan.Scale
		want  []string
	}{
		"openfaas": {of, deployed + cr("openfaas.com/v1", "Function", `{name: f, labels: {com.openfaas.scale.min: "2"}}`), plan.Scale{Replicas: n(3)},
			[]string{"patch Deployment f spec.replicas=3"}},
		"openfaas below its least": {of, deployed + cr("openfaas.com/v1", "Function", `{name: f, labels: {com.openfaas.scale.min: "2"}}`), plan.Scale{Replicas: n(1)},
			[]string{"patch Deployment f spec.replicas=1", `patch Function f spec.labels["com.openfaas.scale.min"]="1"`}},
		"openfaas bounds": {of, deployed + cr("openfaas.com/v1", "Function", "{name: f}"), plan.Scale{Min: n(1), Max: n(5)},
			[]string{`patch Function f spec.labels["com.openfaas.scale.max"]="5" spec.labels["com.openfaas.scale.min"]="1"`}},
		"community edition": {ce, deployed, plan.Scale{Replicas: n(0)},
			[]string{"none: the community edition keeps replicas between 1 and 5: it sets others back at once"}},
		"community edition's bounds": {ce, deployed, plan.Scale{Max: n(4)},
			[]string{`patch Deployment f spec.template.metadata.labels["com.openfaas.scale.max"]="4"`}},
		"kubeless with its controller": {alive, deployed + cr("kubeless.io/v1beta1", "Function", "{}"), plan.Scale{Replicas: n(3)},
			[]string{"patch Function f spec.deployment.spec.replicas=3"}},
		"kubeless without": {leftover, deployed + cr("kubeless.io/v1beta1", "Function", "{}"), plan.Scale{Replicas: n(3)},
			[]string{"patch Deployment f spec.replicas=3", "patch Function f spec.deployment.spec.replicas=3"}},
		"kubeless bounds": {alive, deployed + cr("kubeless.io/v1beta1", "Function", "{}"), plan.Scale{Max: n(5)},
			[]string{"create HorizontalPodAutoscaler f-bounds"}},
		"kyma": {functionOf("kyma", "serverless.kyma-project.io/v1alpha2", "Function", "f"), deployed[1:] + cr("serverless.kyma-project.io/v1alpha2", "Function", "{replicas: 1}"),
			plan.Scale{Replicas: n(3)}, []string{"patch Function f spec.replicas=3"}},
		"nuclio": {functionOf("nuclio", "nuclio.io/v1beta1", "NuclioFunction", "f"), deployed[1:] + cr("nuclio.io/v1beta1", "NuclioFunction", "{minReplicas: 1, maxReplicas: 1}"),
			plan.Scale{Max: n(4)}, []string{"patch NuclioFunction f spec.maxReplicas=4 FORCE status.state=\"waitingForResourceConfiguration\" status.scaleToZero removed"}},
		"fission": {functionOf("fission", "fission.io/v1", "Function", "f"), deployed[1:] + cr("fission.io/v1", "Function",
			"{InvokeStrategy: {ExecutionStrategy: {ExecutorType: newdeploy, MinScale: 1, MaxScale: 2}}}"), plan.Scale{Replicas: n(3)},
			[]string{"patch Function f " + exec + ".MinScale=3 " + exec + ".MaxScale=3"}},
		"fission's pool": {functionOf("fission", "fission.io/v1", "Function", "f"), deployed[1:] + cr("fission.io/v1", "Function", "{}"), plan.Scale{Max: n(7)},
			[]string{"patch Function f spec.concurrency=7"}},
		"knative": {functionOf("knative", "serving.knative.dev/v1", "Service", "f"), deployed[1:] + cr("serving.knative.dev/v1", "Service",
			`{template: {metadata: {name: f-00001, annotations: {autoscaling.knative.dev/maxScale: "2"}}}}`), plan.Scale{Replicas: n(3)},
			[]string{`patch Service f spec.template.metadata.annotations["autoscaling.knative.dev/min-scale"]="3" ` +
				`spec.template.metadata.annotations["autoscaling.knative.dev/max-scale"]="3" ` +
				`spec.template.metadata.annotations["autoscaling.knative.dev/maxScale"] removed spec.template.metadata.name removed`}},
		"plain":         {running(&model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: "fns", Name: "f"}}, "f"), deployed, plan.Scale{Replicas: n(0)}, []string{"patch Deployment f spec.replicas=0"}},
		"plain already": {running(&model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: "fns", Name: "f"}}, "f"), deployed, plan.Scale{Replicas: n(2)}, []string{"already"}},
		"fn": {&model.Function{Key: model.FunctionKey{Framework: "fn", Namespace: "fns", Name: "f"}}, deployed, plan.Scale{Replicas: n(2)},
			[]string{"none: runners start a container for each call, of all functions alike: closest come replicas of the runners"}},
	} {
		a := frameworks.Do(all.BuiltIn(), c.f, worldOf(t, strings.TrimSpace(c.world)), &plan.Task{Act: plan.Scaling, Scale: c.to})
		got := said(a)
		for i := range got {
			if before, rest, ok := strings.Cut(got[i], `metadata.annotations["nuclio.io/force-update"]`); ok {
				_, rest, _ = strings.Cut(rest, " ")
				got[i] = before + "FORCE " + rest
			}
		}
		assert.Equal(t, c.want, got, name)
	}
}

// A pause keeps what there was, and a resume believes of it no more than a pause can have taken.
func TestAPauseIsTakenBackByAResume(t *testing.T) {
	f := running(&model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: "fns", Name: "f"}}, "f")
	w := worldOf(t, strings.TrimSpace(deployed))
	ref := f.Workloads[0].Ref
	a := frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Pausing})
	assert.Equal(t, []string{`patch Deployment f spec.replicas=0 metadata.annotations["fn9s.io/paused"]="{\"spec.replicas\":2}"`}, said(a))
	require.NoError(t, plan.Apply(w.objects[ref], a.Edits[0].Fields))
	assert.Equal(t, []string{"already"}, said(frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Pausing})))
	a = frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Resuming})
	assert.Equal(t, []string{`patch Deployment f spec.replicas=2 metadata.annotations["fn9s.io/paused"] removed`}, said(a))

	for text, want := range map[string]string{
		`{"spec.template.spec.hostNetwork": true, "spec.replicas": 2}`: `patch Deployment f spec.replicas=2 metadata.annotations["fn9s.io/paused"] removed`,
		`{"spec.replicas": 1000000}`:                                   `patch Deployment f metadata.annotations["fn9s.io/paused"] removed`,
		`{"spec.replicas": {"a": 1}}`:                                  `patch Deployment f metadata.annotations["fn9s.io/paused"] removed`,
		`no json`:                                                      `patch Deployment f metadata.annotations["fn9s.io/paused"] removed`,
	} {
		require.NoError(t, plan.Apply(w.objects[ref], []plan.Field{{Path: `metadata.annotations["fn9s.io/paused"]`, Value: text}}))
		assert.Equal(t, []string{want}, said(frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Resuming})), text)
	}
	require.NoError(t, plan.Apply(w.objects[ref], []plan.Field{{Path: "spec.replicas", Value: 4}}))
	assert.Equal(t, []string{`patch Deployment f metadata.annotations["fn9s.io/paused"] removed`}, said(frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Resuming})),
		"somebody scaled it meanwhile")
}

// An earlier pod template is gone back to by as few fields as differ.
func TestRollbackSaysOnlyWhatIsDifferent(t *testing.T) {
	f := running(&model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: "fns", Name: "f"}}, "f")
	set := func(name, revision, spec string) string {
		return `
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: ` + name + `
  annotations: {deployment.kubernetes.io/revision: "` + revision + `"}
  ownerReferences: [{uid: uid-Deployment-f}]
spec: {template: {metadata: {labels: {app: f, pod-template-hash: x}}, spec: ` + spec + `}}`
	}
	w := worldOf(t, `apiVersion: apps/v1
kind: Deployment
metadata: {name: f}
spec: {template: {metadata: {labels: {app: f}}, spec: {containers: [{name: f, image: "f:2", env: [{name: A, value: "1"}, {name: B, value: "2"}]}]}}}`+
		set("f-2", "2", `{containers: [{name: f, image: "f:2", env: [{name: A, value: "1"}, {name: B, value: "2"}]}]}`)+
		set("f-1", "1", `{containers: [{name: f, image: "f:1", env: [{name: A, value: "1"}]}]}`))
	revisions := frameworks.Revisions(all.BuiltIn(), f, w)
	require.Len(t, revisions, 2)
	assert.Equal(t, []string{"2", "1"}, []string{revisions[0].Name, revisions[1].Name})
	assert.True(t, revisions[0].Current)
	want := []string{`patch Deployment f spec.template.spec.containers[name=f].env[name=B] removed spec.template.spec.containers[name=f].image="f:1"`}
	for _, revision := range []string{"", "1"} {
		assert.Equal(t, want, said(frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.RollingBack, Revision: revision})))
	}
	assert.Equal(t, []string{"none: Deployment.apps fns/f: there is no revision 7: there are 2, 1"},
		said(frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.RollingBack, Revision: "7"})))
}

func TestTrafficOfKnativeKeepsTagsAndComesTo100(t *testing.T) {
	f := functionOf("knative", "serving.knative.dev/v1", "Service", "f")
	revision := func(name string) string {
		return "\n---\napiVersion: serving.knative.dev/v1\nkind: Revision\nmetadata: {name: " + name + ", labels: {serving.knative.dev/service: f}}"
	}
	w := worldOf(t, `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: f}
spec: {traffic: [{latestRevision: true, percent: 100}, {revisionName: f-00001, tag: old}]}
status: {latestReadyRevisionName: f-00003, traffic: [{revisionName: f-00003, latestRevision: true, percent: 100}]}`+revision("f-00001")+revision("f-00002")+revision("f-00003"))
	split := func(shares ...plan.Share) []string {
		return said(frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Splitting, Shares: shares}))
	}
	assert.Equal(t, []string{`patch Service f spec.traffic=[{"latestRevision":false,"percent":20,"revisionName":"f-00002"},` +
		`{"latestRevision":false,"percent":80,"revisionName":"f-00003"},{"latestRevision":false,"percent":0,"revisionName":"f-00001","tag":"old"}]`},
		split(plan.Share{Revision: "00002", Percent: 20}))
	assert.Equal(t, []string{"none: there is no Revision f-9 of it"}, split(plan.Share{Revision: "f-9", Percent: 20}))
	assert.Equal(t, []string{"none: the shares come to 110, more than 100"}, split(plan.Share{Revision: "00001", Percent: 60}, plan.Share{Revision: "00002", Percent: 50}))
	assert.Equal(t, []string{"none: the shares come to 50 of 100, and no other Revision has requests now: say who gets the rest"}, split(plan.Share{Revision: plan.Latest, Percent: 50}))
}

func TestTrafficOfFissionIsDividedAtItsTriggers(t *testing.T) {
	f := functionOf("fission", "fission.io/v1", "Function", "f")
	w := worldOf(t, `apiVersion: fission.io/v1
kind: Function
metadata: {name: f}
---
apiVersion: fission.io/v1
kind: Function
metadata: {name: f-v2}
---
apiVersion: fission.io/v1
kind: HTTPTrigger
metadata: {name: web}
spec: {functionref: {type: name, name: f}}`)
	task := &plan.Task{Act: plan.Splitting, Shares: []plan.Share{{Revision: "f-v2", Percent: 10}}}
	assert.Equal(t, []string{`patch HTTPTrigger web spec.functionref.functionweights={"f":90,"f-v2":10} spec.functionref.type="function-weights"`},
		said(frameworks.Do(all.BuiltIn(), f, w, task)))
	task.Canary = &plan.Canary{Step: 20, Interval: 60e9}
	a := frameworks.Do(all.BuiltIn(), f, w, task)
	require.Len(t, a.Edits, 2)
	assert.Equal(t, map[string]any{"trigger": "web", "newfunction": "f-v2", "oldfunction": "f", "weightincrement": int64(20), "duration": "1m0s",
		"failurethreshold": int64(10), "failureType": "status-code"}, a.Edits[1].New["spec"])
}

const leaving = `apiVersion: fission.io/v1
kind: Function
metadata: {name: f, finalizers: [fission.io/function-cleanup]}
spec: {package: {packageref: {name: code}}, environment: {name: go}}
---
apiVersion: fission.io/v1
kind: Package
metadata: {name: code}
---
apiVersion: fission.io/v1
kind: HTTPTrigger
metadata: {name: web}
---
apiVersion: fission.io/v1
kind: TimeTrigger
metadata: {name: nightly}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: f, ownerReferences: [{uid: uid-Function-f}]}
---
apiVersion: v1
kind: Secret
metadata: {name: own}
---
apiVersion: v1
kind: Secret
metadata: {name: shared}`

// A delete names first what leads to the function alone, then itself, then what was made of it.
func TestDeleteTakesWhatNothingElseNeeds(t *testing.T) {
	call := func(kind, name string) model.Trigger {
		return model.Trigger{Origin: model.Origin{Ref: model.Ref{Group: "fission.io", Kind: kind, Namespace: "fns", Name: name}}}
	}
	secret := func(name string) model.Reference {
		return model.Reference{Kind: "Secret", Name: name, Origin: model.Origin{Ref: model.Ref{Namespace: "fns"}}}
	}
	f := running(functionOf("fission", "fission.io/v1", "Function", "f"), "f")
	f.Triggers = []model.Trigger{call("HTTPTrigger", "web"), call("TimeTrigger", "nightly")}
	f.References = []model.Reference{secret("own"), secret("shared")}
	other := functionOf("fission", "fission.io/v1", "Function", "g")
	other.Triggers, other.References = []model.Trigger{call("TimeTrigger", "nightly")}, []model.Reference{secret("shared")}
	w := worldOf(t, leaving)
	w.functions = []*model.Function{f, other}

	a := frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Deleting})
	assert.Equal(t, []string{"delete HTTPTrigger web", "delete Function f", "delete Deployment f along", "delete Package code"}, said(a))
	assert.Contains(t, a.Edits[1].Asks, "until somebody takes its finalizers away (fission.io/function-cleanup), and no controller of Fission is seen")
	assert.Equal(t, []string{"Environment go stays", "TimeTrigger.fission.io fns/nightly stays: it leads to g too",
		"Secret own stays: --with-secrets deletes it too", "Secret shared stays: --with-secrets deletes it too"}, a.Notes)

	a = frameworks.Do(all.BuiltIn(), f, w, &plan.Task{Act: plan.Deleting, Deletion: plan.Deletion{Secrets: true, Release: true}})
	assert.Equal(t, []string{"delete HTTPTrigger web", "delete Function f", "delete Deployment f along", "delete Package code", "delete Secret own"}, said(a))
	assert.True(t, a.Edits[1].Release)
	assert.Contains(t, a.Notes, "Secret shared stays: g uses it too")
}
