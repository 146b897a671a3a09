package offline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func seed(t testing.TB) []manifest.Document {
	t.Helper()
	var docs []manifest.Document
	for _, f := range samples.Seed() {
		found, problems := manifest.Read(f.Path, f.Data)
		require.Empty(t, problems)
		docs = append(docs, found...)
	}
	return docs
}

func world(t testing.TB, docs []manifest.Document) *offline.World {
	t.Helper()
	w, problems := offline.Load(all.BuiltIn(), security.Kinds(), docs)
	require.Empty(t, problems)
	return w
}

// verdicts writes down everything that is judged of every function, a text each.
func verdicts(source snapshot.Source, r *snapshot.Reader) map[string]string {
	out := map[string]string{}
	for _, f := range source.Functions("") {
		p, radius := security.Function.Get(r, f.Key), security.Radius.Get(r, f.Key)
		var b strings.Builder
		fmt.Fprintln(&b, p.Letter(), p.Pillars, p.Counts, p.Lifts(), p.Verdicts)
		for i := range p.Findings {
			x := &p.Findings[i]
			fmt.Fprintln(&b, x.Control.ID, x.Status, x.Severity, x.Rule(), x.Cause(), x.Limit, x.Object(), x.Path, x.Value, x.Message)
		}
		fmt.Fprintln(&b, radius.Level, radius.Paths, radius.Missing)
		out[fmt.Sprint(f.Key)] = b.String()
	}
	return out
}

func same(t testing.TB, want, got map[string]string, message string) {
	t.Helper()
	require.Len(t, got, len(want), message)
	for key, text := range want {
		require.Equal(t, text, got[key], "%s: %s", message, key)
	}
}

func TestTheOrderOfObjectsChangesNothing(t *testing.T) {
	docs := seed(t)
	w := world(t, docs)
	want := verdicts(w, snapshot.Once(w, offlinetest.Options()))
	require.NotEmpty(t, want)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 5 {
		shuffled := slices.Clone(docs)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		w := world(t, shuffled)
		same(t, want, verdicts(w, snapshot.Once(w, offlinetest.Options())), fmt.Sprintf("round %d", round))
	}
}

// moving is a world in which objects come and go, as on a cluster.
type moving struct {
	*store.Store
	ledger    *claims.Ledger
	functions map[model.FunctionKey]*model.Function
	now       *store.Snapshot
	reader    *snapshot.Reader
}

func newMoving(t testing.TB, docs []manifest.Document) *moving {
	t.Helper()
	m := &moving{
		Store: store.New(all.BuiltIn(), security.Kinds()...), ledger: claims.NewLedger(), functions: map[model.FunctionKey]*model.Function{},
	}
	require.Empty(t, m.LoadDocuments(slices.Clone(docs)))
	m.reader = snapshot.NewReader(m, offlinetest.Options())
	m.TakeChanges()
	m.settle()
	return m
}

func (m *moving) Get(ref model.Ref) model.Object                 { return m.Object(ref) }
func (m *moving) Function(key model.FunctionKey) *model.Function { return m.now.Function(key) }
func (m *moving) Functions(namespace string) []*model.Function   { return m.now.Functions(namespace) }

// Coverage says that everything is there: a store alone is one that is still being filled.
func (m *moving) Coverage(schema.GroupKind, string) snapshot.Coverage { return snapshot.Seen }

// settle builds what changed, and tells the reader.
func (m *moving) settle() {
	var changes snapshot.Changes
	for _, k := range m.TakeDirty() {
		if f := m.Build(k); f != nil {
			m.ledger.Put(claims.Candidate{Function: f, Rank: m.Rank(k.Framework)})
		} else {
			m.ledger.Delete(k)
		}
	}
	replaced := false
	for _, c := range m.ledger.Settle() {
		replaced = true
		d := snapshot.Other
		if old := m.functions[c.Key]; old != nil && c.Row != nil {
			d = snapshot.CompareFunctions(old, c.Row)
		}
		switch d {
		case snapshot.Other, snapshot.Pods:
			changes.Functions = append(changes.Functions, c.Key)
		case snapshot.Marks:
			changes.FunctionMarks = append(changes.FunctionMarks, c.Key)
		}
		if c.Row == nil {
			delete(m.functions, c.Key)
		} else {
			m.functions[c.Key] = c.Row
		}
	}
	if m.now == nil || replaced {
		rows := make([]*model.Function, 0, len(m.functions))
		for _, f := range m.functions {
			rows = append(rows, f)
		}
		m.now = store.NewSnapshot(m.Store, rows)
	}
	taken := m.TakeChanges()
	changes.Objects, changes.Marks, changes.Tags, changes.Coverage = taken.Objects, taken.Marks, taken.Tags, taken.Coverage
	m.reader.Changed(changes)
}

// turn makes a change: an object goes, or comes back.
func (m *moving) turn(t testing.TB, docs []manifest.Document, i int) {
	ref := docs[i].Ref()
	if m.Object(ref) != nil {
		m.Delete(ref)
		return
	}
	require.Empty(t, m.LoadDocuments(slices.Clone(docs[i:i+1]))) // whoever loads takes the text
}

func incremental(t *testing.T, docs []manifest.Document, choices []int) {
	m := newMoving(t, docs)
	verdicts(m, m.reader)
	for step, choice := range choices {
		m.turn(t, docs, choice%len(docs))
		if choice%7 == 0 {
			continue // two changes at once
		}
		m.settle()
		got := verdicts(m, m.reader)
		if step%5 == 4 || step == len(choices)-1 {
			same(t, verdicts(m, snapshot.Once(m, offlinetest.Options())), got, fmt.Sprintf("after step %d (%s)", step, docs[choice%len(docs)].Ref()))
		}
	}
}

// mark gives an object other marks: those are who wrote it, and of a workload its own labels.
func (m *moving) mark(ref model.Ref, random *rand.Rand) {
	manager := []string{"kubectl-edit", "helm", "argocd-controller", "kubectl-client-side-apply", ""}[random.IntN(5)]
	marks := func(h *model.Header) {
		h.Changed.Manager, h.Writers = manager, nil
		if random.IntN(2) == 0 {
			h.Writers = []string{"helm", "kubectl-edit"}
		}
	}
	switch o := m.Object(ref).(type) {
	case *model.Workload:
		w := *o
		marks(&w.Header)
		w.Labels = append(slices.Clone(o.Labels), [...]model.Label{
			{Key: "helm.sh/chart", Value: "a"}, {Key: "git-commit", Value: "b"}, {Key: "app.kubernetes.io/name", Value: "c"}, {Key: "team", Value: "d"},
		}[random.IntN(4)])
		slices.SortFunc(w.Labels, func(a, b model.Label) int { return strings.Compare(a.Key, b.Key) })
		m.Upsert(&w)
	case *model.Custom:
		c := *o
		marks(&c.Header)
		m.Upsert(&c)
	case *model.Pod:
		p := *o
		marks(&p.Header)
		m.Upsert(&p)
	}
}

func TestMarksOfObjectsAreSeenByAllWhoReadThem(t *testing.T) {
	docs := seed(t)
	random := rand.New(rand.NewPCG(11, 13))
	m := newMoving(t, docs)
	before := verdicts(m, m.reader)
	changed := false
	for range 6 {
		for range len(docs) / 4 {
			m.mark(docs[random.IntN(len(docs))].Ref(), random)
		}
		m.settle()
		got := verdicts(m, m.reader)
		same(t, verdicts(m, snapshot.Once(m, offlinetest.Options())), got, "after marks")
		changed = changed || fmt.Sprint(before) != fmt.Sprint(got)
	}
	assert.True(t, changed, "some marks are found")
}

func TestIncrementalEqualsFromScratchOnTheSeed(t *testing.T) {
	docs := seed(t)
	random := rand.New(rand.NewPCG(3, 5))
	choices := make([]int, 80)
	for i := range choices {
		choices[i] = random.IntN(1 << 20)
	}
	incremental(t, docs, choices)
}

func FuzzIncrementalEqualsFromScratch(f *testing.F) {
	docs := seed(f)
	f.Add([]byte{1, 2, 3, 1, 2, 3, 200, 7, 9, 200})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		var choices []int
		for i := 0; i+1 < len(bytes) && len(choices) < 30; i += 2 {
			choices = append(choices, int(bytes[i])<<8|int(bytes[i+1]))
		}
		incremental(t, docs, choices)
	})
}

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: %sBinding
metadata: {name: extra-%d, namespace: %s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
subjects: [{kind: ServiceAccount, name: %s, namespace: %s}]
`

func TestMoreRightsNeverGiveABetterGrade(t *testing.T) {
	docs := seed(t)
	m := newMoving(t, docs)
	random := rand.New(rand.NewPCG(11, 13))
	roles := []string{"view", "edit", "admin", "cluster-admin"}
	for step := range 60 {
		rows := m.Functions("")
		f := rows[random.IntN(len(rows))]
		before, reached := security.Function.Get(m.reader, f.Key), security.Radius.Get(m.reader, f.Key)
		account := f.ServiceAccount
		if account == "" {
			account = "default"
		}
		kind, ns := "Role", f.Key.Namespace
		if random.IntN(4) == 0 {
			kind, ns = "ClusterRole", `""`
		}
		text := fmt.Sprintf(binding, kind, step, ns, roles[random.IntN(len(roles))], account, f.Key.Namespace)
		more, problems := manifest.Read("more.yaml", []byte(text))
		require.Empty(t, problems)
		require.Empty(t, m.LoadDocuments(more))
		m.settle()
		after := security.Function.Get(m.reader, f.Key)
		assert.GreaterOrEqual(t, after.Pillars[0].Grade, before.Pillars[0].Grade, "identity of %s after\n%s", f.Key, text)
		assert.GreaterOrEqual(t, after.Grade, before.Grade, "%s after\n%s", f.Key, text)
		assert.GreaterOrEqual(t, security.Radius.Get(m.reader, f.Key).Level, reached.Level, "blast of %s after\n%s", f.Key, text)
	}
}
