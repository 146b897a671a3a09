package change

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// canary is a secret value: no byte of it may be anywhere but in the cluster.
const canary = "s3cr3t-cAnArY-9f8e7d6c5b4a"

// bench is a namespace of a real cluster, and an engine.
type bench struct {
	t         *testing.T
	cluster   *kubetest.Cluster
	api       *kubernetes.Clientset
	namespace string
	folder    string
	*Engine
}

type connection interface {
	Rest(context string) (*rest.Config, string, error)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	c := kubetest.Need(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	api, err := kubernetes.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	ns, err := api.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "change-"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = api.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{})
	})
	b := &bench{t: t, cluster: c, api: api, namespace: ns.Name, folder: t.TempDir()}
	b.Engine = b.engine(kubetest.Kubeconfig{Path: c.Admin}, Options{})
	return b
}

// engine returns one more engine on the same journal.
func (b *bench) engine(k connection, o Options) *Engine {
	b.t.Helper()
	config, name, err := k.Rest("")
	require.NoError(b.t, err)
	if o.Client, err = client.New(name, config, client.Options{}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(o.Client.Close)
	o.APIs, err = o.Client.Discover(b.t.Context())
	require.NoError(b.t, err)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Journal = journal.In(b.folder, o.Now)
	return New(o)
}

func (b *bench) ref(group, kind, name string) model.Ref {
	return model.Ref{Group: group, Kind: kind, Namespace: b.namespace, Name: name}
}

// apply makes an object as its owner would.
func (b *bench) apply(manager, text string) object {
	b.t.Helper()
	o := parsed(b.t, text)
	meta, _ := o["metadata"].(map[string]any)
	meta["namespace"] = b.namespace
	gv, err := schema.ParseGroupVersion(o["apiVersion"].(string))
	require.NoError(b.t, err)
	s := &Step{Ref: b.ref(gv.Group, o["kind"].(string), text2(o, "metadata", "name")), group: &group{}}
	require.Empty(b.t, b.locate(s))
	raw, err := json.Marshal(o)
	require.NoError(b.t, err)
	path := "/apis/" + gv.String()
	if gv.Group == "" {
		path = "/api/v1"
	}
	out, err := b.api.RESTClient().Patch(types.ApplyYAMLPatchType).AbsPath(path, "namespaces", b.namespace, s.API.Resource, s.Ref.Name).
		Param("fieldManager", manager).Param("force", "true").Body(raw).DoRaw(b.t.Context())
	require.NoError(b.t, err, string(out))
	return b.live(s.Ref)
}

func text2(o object, keys ...string) string { return text(o, keys...) }

// live reads an object; nil when there is none.
func (b *bench) live(ref model.Ref) object {
	b.t.Helper()
	s := &Step{Ref: ref, group: &group{}}
	require.Empty(b.t, b.locate(s))
	o, err := b.get(b.t.Context(), s.Target())
	require.NoError(b.t, err)
	return o
}

// asBefore compares all but what the server counts.
func asBefore(t *testing.T, before, after object) {
	t.Helper()
	assert.Equal(t, own(before), own(after))
}

// own leaves out what controllers write by themselves.
func own(o object) object {
	o = withoutNoise(o)
	meta, _ := o["metadata"].(map[string]any)
	notes, _ := meta["annotations"].(map[string]any)
	if delete(notes, "deployment.kubernetes.io/revision"); len(notes) == 0 {
		delete(meta, "annotations")
	}
	return o
}

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "registry.example.com/web:1", env: [{name: DB_PASSWORD, value: ` + canary + `}, {name: COLOR, value: red}]}
      - {name: proxy, image: "registry.example.com/proxy:1"}
`

func (b *bench) tighten() Request {
	const c = "spec.template.spec.containers[name=web]."
	ref := b.ref("apps", "Deployment", "web")
	return Request{Action: "tighten", Title: "tighten web", Wishes: []Wish{
		{Edit: plan.Edit{Verb: plan.Create, Object: b.ref("", "ServiceAccount", "web"), Why: "own-account", New: map[string]any{
			"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"labels": map[string]any{"app": "web"}},
			"automountServiceAccountToken": false}}},
		{Edit: plan.Edit{Verb: plan.Patch, Object: ref, Why: "own-account", Fields: []plan.Field{{Path: "spec.template.spec.serviceAccountName", Value: "web"}}}, Effect: plan.Rollout},
		{Edit: plan.Edit{Verb: plan.Patch, Object: ref, Why: "read-only-root", Fields: []plan.Field{
			{Path: c + "securityContext.readOnlyRootFilesystem", Value: true},
			{Path: c + "securityContext.capabilities.drop", Value: []string{"ALL"}},
			{Path: c + "volumeMounts[name=tmp]", Value: map[string]any{"mountPath": "/tmp"}},
			{Path: "spec.template.spec.volumes[name=tmp].emptyDir", Value: map[string]any{}},
			{Path: c + "env[name=DB_PASSWORD]", Remove: true},
		}}, Effect: plan.Rollout},
	}}
}

// carry plans and applies, and agrees to everything.
func (b *bench) carry(e *Engine, r Request) *Result {
	b.t.Helper()
	p, err := e.Plan(b.t.Context(), r)
	require.NoError(b.t, err)
	return b.do(e, p)
}

func (b *bench) do(e *Engine, p *Plan) *Result {
	b.t.Helper()
	r, err := e.Apply(b.t.Context(), p, Approval{Confirmed: p.Confirmations()}, nil)
	require.NoError(b.t, err)
	return r
}

func TestAChangeIsPlannedAppliedAndTakenBack(t *testing.T) {
	b := newBench(t)
	before := b.apply("kubectl", web)
	p, err := b.Plan(t.Context(), b.tighten())
	require.NoError(t, err)
	require.Len(t, p.Steps, 2, "edits of one object are one step")
	assert.Equal(t, []string{"own-account", "read-only-root"}, p.Steps[1].Why)
	assert.Equal(t, own(before), own(b.live(p.Steps[1].Ref)), "a plan changes nothing")
	for _, s := range p.Steps {
		assert.Equal(t, Passed, s.Checked, s.Reason)
	}
	require.Len(t, p.Steps[1].Owners, 1)
	assert.Equal(t, Owner{Manager: "kubectl", Paths: []string{"spec.template.spec.containers[name=web].env[name=DB_PASSWORD]"}, Applies: true}, p.Steps[1].Owners[0])
	diff, err := p.Diff(p.Steps[1])
	require.NoError(t, err)
	assert.Contains(t, diff, "+          readOnlyRootFilesystem: true\n")
	assert.Contains(t, diff, "-        - name: DB_PASSWORD\n-          value: (secret)\n")
	assert.NotContains(t, diff, canary)
	for _, noise := range []string{"resourceVersion", "managedFields", "uid:", "status:"} {
		assert.NotContains(t, diff, noise)
	}

	_, err = b.Apply(t.Context(), p, Approval{}, nil)
	var not *NotApprovedError
	require.ErrorAs(t, err, &not)
	assert.Equal(t, "kubectl", not.Missing[0].Override, "another owner is confirmed by itself")

	r := b.do(b.Engine, p)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	after := b.live(p.Steps[1].Ref)
	got, _ := lookup(after, mustPath(t, "spec.template.spec.containers[name=web].volumeMounts"))
	assert.Equal(t, []any{map[string]any{"name": "tmp", "mountPath": "/tmp"}}, got)

	again, err := b.Plan(t.Context(), b.tighten())
	require.NoError(t, err)
	assert.Empty(t, again.Steps)
	assert.Len(t, again.Dropped, 2, "what is so already is left out")

	// Another session takes it back, and a third one takes that back.
	undo := b.undo(b.engine(kubetest.Kubeconfig{Path: b.cluster.Admin}, Options{}), "")
	require.Equal(t, journal.Applied, undo.Outcome, undo.Reason)
	asBefore(t, before, b.live(p.Steps[1].Ref))
	assert.Nil(t, b.live(p.Steps[0].Ref))
	assert.Nil(t, b.live(b.ref("", "Secret", backupName(p.ID))), "the kept values go with the undo")
	redo := b.undo(b.Engine, undo.ID)
	require.Equal(t, journal.Applied, redo.Outcome, redo.Reason)
	asBefore(t, after, b.live(p.Steps[1].Ref))
	b.searchForCanary()
}

func mustPath(t *testing.T, s string) fieldPath {
	t.Helper()
	p, err := parsePath(s)
	require.NoError(t, err)
	return p
}

func (b *bench) undo(e *Engine, id string) *Result {
	b.t.Helper()
	p, err := e.PlanUndo(b.t.Context(), id)
	require.NoError(b.t, err)
	return b.do(e, p)
}

// searchForCanary looks for the secret value in every byte that was written to the disk.
func (b *bench) searchForCanary() {
	b.t.Helper()
	raw, err := os.ReadFile(b.Engine.o.Journal.Path())
	require.NoError(b.t, err)
	require.NotEmpty(b.t, raw)
	assert.NotContains(b.t, string(raw), canary)
	assert.NotContains(b.t, string(raw), "czNjcjN0LWNBbkFyW") // the beginning in base64
	info, err := os.Stat(b.Engine.o.Journal.Path())
	require.NoError(b.t, err)
	assert.Equal(b.t, os.FileMode(0o600), info.Mode().Perm())
}

func TestUndoRefusesWhenTouchedPathsChanged(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", web)
	require.Equal(t, journal.Applied, b.carry(b.Engine, b.tighten()).Outcome)
	scale := Request{Action: "scale", Title: "scale", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("apps", "Deployment", "web"),
		Fields: []plan.Field{{Path: "spec.template.spec.containers[name=web].securityContext.readOnlyRootFilesystem", Value: false}}}}}}
	p, err := b.Plan(t.Context(), scale)
	require.NoError(t, err)
	_, err = b.send(t.Context(), p.Steps[0], false) // beside the journal
	require.NoError(t, err)
	_, err = b.PlanUndo(t.Context(), "")
	var cannot *CannotUndoError
	require.ErrorAs(t, err, &cannot)
	assert.Contains(t, err.Error(), "readOnlyRootFilesystem was changed since")

	other := *b.identity
	other.UID = "another"
	b.identity = &other
	_, err = b.PlanUndo(t.Context(), "")
	assert.ErrorContains(t, err, "no change of yours on this cluster")
	_, err = b.PlanUndo(t.Context(), cannot.ID)
	assert.ErrorContains(t, err, "another cluster")
	_, err = b.PlanUndo(t.Context(), "20990101")
	assert.ErrorContains(t, err, "no change \"20990101\"")
}

func TestSecretsAreChangedDeletedAndRestored(t *testing.T) {
	b := newBench(t)
	before := b.apply("tests", `{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: `+canary+`, user: ann}}`)
	ref := b.ref("", "Secret", "db")
	r := b.carry(b.Engine, Request{Action: "rotate", Title: "rotate", Wishes: []Wish{{Edit: plan.Edit{
		Verb: plan.Patch, Object: ref, Needs: []plan.Need{{Path: "data.password", Generate: "hex:32"}}}}}})
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	rotated := b.live(ref)
	assert.NotEqual(t, before["data"], rotated["data"])
	assert.Equal(t, text(before, "data", "user"), text(rotated, "data", "user"))
	kept := b.live(b.ref("", "Secret", backupName(r.ID)))
	require.NotNil(t, kept, "the old value is kept")
	assert.Equal(t, r.ID, text(kept, "metadata", "labels", ChangeLabel))

	gone := b.carry(b.Engine, Request{Action: "delete", Title: "delete", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Delete, Object: ref}}}})
	require.Equal(t, journal.Applied, gone.Outcome, gone.Reason)
	require.Nil(t, b.live(ref))
	_, err := b.PlanUndo(t.Context(), r.ID)
	assert.ErrorContains(t, err, "does not exist any more")
	require.Equal(t, journal.Applied, b.undo(b.Engine, "").Outcome)
	asBefore(t, rotated, b.live(ref))
	p, err := b.PlanUndo(t.Context(), r.ID)
	require.NoError(t, err, "it is there again because the undo made it")
	assert.Len(t, p.Steps, 1)
	gone = b.carry(b.Engine, Request{Action: "delete", Title: "delete", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Delete, Object: ref}}}})
	require.Equal(t, journal.Applied, gone.Outcome, gone.Reason)
	b.apply("tests", `{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: x, user: ann}}`)
	p, err = b.PlanUndo(t.Context(), r.ID)
	assert.ErrorContains(t, err, "made anew", "%v", p)
	b.searchForCanary()
}

func TestCreatingDoesNotOverwrite(t *testing.T) {
	b := newBench(t)
	b.apply("somebody", `{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: "1"}}`)
	wish := func(v string) Request {
		return Request{Action: "x", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Create, Object: b.ref("", "ConfigMap", "c"),
			New: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": v}}}}}}
	}
	p, err := b.Plan(t.Context(), wish("2"))
	require.NoError(t, err)
	assert.Contains(t, p.Blocked()[0], "exists already and is different")
	p, err = b.Plan(t.Context(), wish("1"))
	require.NoError(t, err)
	assert.Empty(t, p.Steps)
}

func TestWhatTheServerRefusesIsSaidBefore(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", web)
	ref := b.ref("apps", "Deployment", "web")
	for name, c := range map[string]struct {
		edit plan.Edit
		want string
	}{
		"an invalid value":  {plan.Edit{Verb: plan.Patch, Object: ref, Fields: []plan.Field{{Path: "spec.template.spec.restartPolicy", Value: "Sometimes"}}}, "the server refuses it"},
		"an unknown field":  {plan.Edit{Verb: plan.Patch, Object: ref, Fields: []plan.Field{{Path: "spec.template.spec.noSuchField", Value: true}}}, "unknown field"},
		"an absent object":  {plan.Edit{Verb: plan.Patch, Object: b.ref("apps", "Deployment", "none"), Fields: []plan.Field{{Path: "spec.replicas", Value: 1}}}, "does not exist"},
		"an unserved kind":  {plan.Edit{Verb: plan.Patch, Object: b.ref("example.com", "Nothing", "none")}, "does not serve"},
		"what is no object": {plan.Edit{Verb: plan.Patch, Object: ref, Fields: []plan.Field{{Path: "spec.replicas.x", Value: 1}}}, "is no object"},
		"a secret in the message": {plan.Edit{Verb: plan.Patch, Object: ref, Fields: []plan.Field{
			{Path: "spec.template.spec.restartPolicy", Value: canary, Secret: true}}}, "(secret)"},
	} {
		p, err := b.Plan(t.Context(), Request{Action: "x", Wishes: []Wish{{Edit: c.edit}}})
		require.NoError(t, err, name)
		require.Len(t, p.Blocked(), 1, name)
		assert.Contains(t, p.Blocked()[0], c.want, name)
		assert.NotContains(t, p.Blocked()[0], canary)
		_, err = b.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations()}, nil)
		assert.Error(t, err, name)
	}
}

func TestOperatorsWithFewerRights(t *testing.T) {
	c := kubetest.Need(t)
	b := newBench(t)
	deployments, err := b.api.AppsV1().Deployments("payments").List(t.Context(), metav1.ListOptions{Limit: 1})
	require.NoError(t, err)
	require.NotEmpty(t, deployments.Items)
	r := Request{Action: "tighten", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Patch, Object: model.Ref{
		Group: "apps", Kind: "Deployment", Namespace: "payments", Name: deployments.Items[0].Name},
		Fields: []plan.Field{{Path: `metadata.annotations["fn9s.io/test"]`, Value: "x"}}}}}}
	reader := b.engine(kubetest.Kubeconfig{Path: c.ReadOnly}, Options{})
	p, err := reader.Plan(t.Context(), r)
	require.NoError(t, err)
	s := p.Steps[0]
	assert.False(t, s.Allowed.Allowed)
	assert.Equal(t, NotChecked, s.Checked)
	assert.NotEmpty(t, p.Blocked())
	diff, err := p.Diff(s)
	require.NoError(t, err)
	assert.Contains(t, diff, "fn9s.io/test: x", "the difference is shown all the same")
	_, err = reader.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations()}, nil)
	assert.Error(t, err)

	b.Engine.o.Client.Gate().SetReadOnly(true)
	p, err = b.Plan(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, Passed, p.Steps[0].Checked, "read-only plans and tries")
	_, err = b.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations()}, nil)
	assert.Equal(t, client.KindReadOnly, client.Classify(err))
	b.Engine.o.Client.Gate().SetReadOnly(false)
}
