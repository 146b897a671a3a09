package claims_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

func deployment(name string) model.Ref {
	return model.Ref{Group: "apps", Kind: "Deployment", Namespace: "media", Name: name}
}

func object(group, kind, name string) model.Ref {
	return model.Ref{Group: group, Kind: kind, Namespace: "media", Name: name}
}

var born = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// candidate is a function of a custom resource that claims workloads.
func candidate(framework string, rank int, o model.Ref, claimed ...model.Ref) claims.Candidate {
	return claims.Candidate{Rank: rank, Function: &model.Function{
		Key:    model.FunctionKey{Framework: framework, Group: o.Group, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name},
		Object: o, Created: born, Claims: claimed,
	}}
}

func ownedBy(c claims.Candidate, owners ...model.Ref) claims.Candidate {
	c.Function.Owners = owners
	return c
}

func older(c claims.Candidate) claims.Candidate {
	c.Function.Created = born.Add(-time.Hour)
	return c
}

// rows prints outcomes as `framework/name+merged,merged`.
func rows(all []claims.Outcome) []string {
	out := []string{}
	for _, o := range all {
		text := o.Function.Key.Framework + "/" + o.Function.Key.Name
		for i, k := range o.Merged {
			text += []string{"+", ","}[min(i, 1)] + k.Framework + "/" + k.Name
		}
		out = append(out, text)
	}
	return out
}

func TestWinners(t *testing.T) {
	d := deployment("d")
	scaler := object("keda.sh", "ScaledObject", "s")
	function := object("core.openfunction.io", "Function", "f")
	serving := object("core.openfunction.io", "Serving", "serving")
	knative := object("serving.knative.dev", "Service", "k")
	entry := func(i int) int { return claims.Rank(string(rune('a'+i)), []string{"a", "b", "c", "d"}) }
	for name, c := range map[string]struct {
		group []claims.Candidate
		want  []string
	}{
		"alone": {[]claims.Candidate{candidate("keda", entry(0), scaler, d)}, []string{"keda/s"}},
		"a built-in adapter wins": {
			[]claims.Candidate{older(candidate("keda", entry(0), scaler, d)), candidate("openfaas", claims.BuiltIn, function, d)},
			[]string{"openfaas/f+keda/s"},
		},
		"the owner wins, whatever the order of the entries": {
			[]claims.Candidate{
				older(ownedBy(candidate("keda", entry(0), scaler, d), serving, function)), candidate("openfunction", entry(2), function, d),
			},
			[]string{"openfunction/f+keda/s"},
		},
		"an owned object is never a row, even when idle": {
			[]claims.Candidate{ownedBy(candidate("keda-job", entry(0), scaler), serving, function), candidate("openfunction", entry(2), function)},
			[]string{"openfunction/f+keda-job/s"},
		},
		"what an owned object claims is its owner's": {
			[]claims.Candidate{
				ownedBy(candidate("keda", entry(0), scaler, d), serving, function), candidate("openfunction", entry(3), function),
				candidate("dapr", entry(1), d, d),
			},
			[]string{"openfunction/f+dapr/d,keda/s"},
		},
		"an owned Knative Service belongs to the function": {
			[]claims.Candidate{ownedBy(candidate("knative", claims.BuiltIn, knative, d), serving, function), candidate("openfunction", entry(0), function, knative)},
			[]string{"openfunction/f+knative/k"},
		},
		"a function's object that is another's workload": {
			[]claims.Candidate{candidate("keda-job", entry(1), scaler), candidate("openfunction", entry(0), function, scaler)},
			[]string{"openfunction/f+keda-job/s"},
		},
		"the earlier entry wins": {
			[]claims.Candidate{candidate("keda", entry(1), scaler, d), candidate("http", entry(0), function, d)},
			[]string{"http/f+keda/s"},
		},
		"the older object wins": {
			[]claims.Candidate{
				candidate("keda", entry(0), object("keda.sh", "ScaledObject", "a"), d),
				older(candidate("keda", entry(0), object("keda.sh", "ScaledObject", "b"), d)),
			},
			[]string{"keda/b+keda/a"},
		},
		"then the smaller name": {
			[]claims.Candidate{
				candidate("keda", entry(0), object("keda.sh", "ScaledObject", "b"), d),
				candidate("keda", entry(0), object("keda.sh", "ScaledObject", "a"), d),
			},
			[]string{"keda/a+keda/b"},
		},
		"plain comes last": {
			[]claims.Candidate{older(candidate("plain", claims.Rank("plain", nil), d, d)), candidate("dapr", entry(3), d, d)},
			[]string{"dapr/d+plain/d"},
		},
		"a scaler that its own target owns": { // func's keda deployer
			[]claims.Candidate{ownedBy(candidate("keda-http", entry(0), scaler, d), d), candidate("knative", claims.Rank("knative", nil), d, d)},
			[]string{"knative/d+keda-http/s"},
		},
		"a workload that is not there is claimed too": {
			[]claims.Candidate{
				candidate("keda", entry(0), object("keda.sh", "ScaledObject", "a"), deployment("lost")),
				candidate("http", entry(1), object("http.keda.sh", "HTTPScaledObject", "b"), deployment("lost")),
			},
			[]string{"keda/a+http/b"},
		},
		"a function that loses one of two workloads stays": {
			[]claims.Candidate{candidate("keda", entry(0), scaler, d), candidate("plain", claims.Plain, function, d, deployment("e"))},
			[]string{"keda/s", "plain/f"},
		},
		"a chain through a shared claim": {
			[]claims.Candidate{
				candidate("a", entry(0), object("x", "A", "1"), d), candidate("b", entry(1), object("x", "B", "2"), d, deployment("e")),
				candidate("c", entry(2), object("x", "C", "3"), deployment("e")),
			},
			[]string{"a/1", "b/2+c/3"},
		},
		"owners in a circle": {
			[]claims.Candidate{ownedBy(candidate("a", entry(0), scaler, d), function), ownedBy(candidate("b", entry(1), function, d), scaler)},
			[]string{"a/s+b/f"},
		},
		"an owner that is no function joins nothing": {
			[]claims.Candidate{
				ownedBy(candidate("a", entry(0), object("x", "A", "1"), d), serving),
				ownedBy(candidate("a", entry(0), object("x", "A", "2"), deployment("e")), serving),
			},
			[]string{"a/1", "a/2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 4 { // whatever the order of the candidates
				assert.ElementsMatch(t, c.want, rows(claims.Settle(c.group)))
				rand.Shuffle(len(c.group), func(i, j int) { c.group[i], c.group[j] = c.group[j], c.group[i] })
			}
		})
	}
}

func TestSharedWorkloadsAreNobodysOwn(t *testing.T) {
	a := candidate("fn", claims.BuiltIn, object("fnproject.io", "Function", "a"), deployment("runner"))
	b := candidate("fn", claims.BuiltIn, object("fnproject.io", "Function", "b"), deployment("runner"))
	for _, c := range []claims.Candidate{a, b} {
		c.Function.Workloads = []model.WorkloadRef{{Ref: deployment("runner"), Role: model.Run, Shared: true}}
	}
	l := claims.NewLedger()
	l.Put(a)
	l.Put(b)
	assert.Len(t, l.Settle(), 2)
	assert.NotNil(t, l.Row(a.Function.Key))
	assert.NotNil(t, l.Row(b.Function.Key))
}

func TestTheWinnerLearnsWhatTheLoserKnows(t *testing.T) {
	d := deployment("d")
	winner := candidate("openfunction", 1, object("core.openfunction.io", "Function", "f"), d)
	winner.Function.Triggers = []model.Trigger{{Type: model.HTTP, Detail: "f.example.com"}}
	winner.Function.References = []model.Reference{{Kind: "Secret", Name: "pull", How: model.Pull}}
	loser := ownedBy(candidate("keda", 2, object("keda.sh", "ScaledObject", "s"), d), winner.Function.Object)
	at := model.Origin{Ref: loser.Function.Object, Path: "spec.triggers[0]"}
	loser.Function.Triggers = []model.Trigger{{Type: model.Queue, Name: "kafka", Origin: at}, {Type: model.HTTP, Detail: "f.example.com"}}
	loser.Function.URLs = []model.URL{{URL: "http://d.media.svc"}}
	loser.Function.References = []model.Reference{
		{Kind: "Secret", Name: "pull", How: model.Pull}, {Kind: "TriggerAuthentication", Name: "kafka", How: model.ForTrig, Origin: at},
	}
	loser.Function.Scaling = model.Scaling{Min: model.Count(0), Max: model.Count(20)}
	loser.Function.State, loser.Function.Reason = model.Failed, "PartialTriggerError"

	out := claims.Settle([]claims.Candidate{loser, winner})
	require.Len(t, out, 1)
	f := out[0].Function
	assert.Equal(t, "openfunction", f.Key.Framework)
	assert.Len(t, f.Triggers, 2)
	assert.Equal(t, at, f.Triggers[1].Origin)
	assert.Len(t, f.URLs, 1)
	assert.Len(t, f.References, 2)
	assert.Equal(t, loser.Function.Object, f.Scaling.By)
	assert.Equal(t, []string{"also keda: ScaledObject.keda.sh media/s is failed: PartialTriggerError"}, f.Notes)

	assert.Len(t, winner.Function.Triggers, 1, "a function is never changed once it was handed on")
	assert.Empty(t, winner.Function.Notes)
}

func TestALostWorkloadIsTakenAway(t *testing.T) {
	d, e := deployment("d"), deployment("e")
	group := candidate("plain", claims.Plain, object("fn9s.io", "Function", "f"), d, e)
	group.Function.Workloads = []model.WorkloadRef{{Ref: d}, {Ref: e}}
	out := claims.Settle([]claims.Candidate{group, candidate("keda", 1, object("keda.sh", "ScaledObject", "s"), d)})
	require.Len(t, out, 2)
	f := out[0].Function
	assert.Equal(t, "plain", f.Key.Framework)
	assert.Equal(t, []model.WorkloadRef{{Ref: e}}, f.Workloads)
	assert.Equal(t, []model.Ref{e}, f.Claims)
	assert.Equal(t, []string{"Deployment.apps media/d belongs to keda s"}, f.Notes)
}

func TestLedgerFollowsChanges(t *testing.T) {
	d := deployment("d")
	function := candidate("openfunction", 1, object("core.openfunction.io", "Function", "f"), d)
	scaler := ownedBy(candidate("keda", 3, object("keda.sh", "ScaledObject", "s"), d),
		object("core.openfunction.io", "Serving", "x"), function.Function.Object)
	app := candidate("dapr", 4, d, d)
	other := candidate("keda", 3, object("keda.sh", "ScaledObject", "other"), deployment("other"))

	l := claims.NewLedger()
	changed := func() []string {
		var all []string
		for _, c := range l.Settle() {
			all = append(all, fmt.Sprintf("%s/%s %t", c.Key.Framework, c.Key.Name, c.Row != nil))
		}
		return all
	}
	l.Put(app)
	l.Put(other)
	assert.ElementsMatch(t, []string{"dapr/d true", "keda/other true"}, changed())
	l.Put(scaler)
	assert.ElementsMatch(t, []string{"dapr/d false", "keda/s true"}, changed())
	l.Put(function)
	assert.ElementsMatch(t, []string{"keda/s false", "openfunction/f true"}, changed())
	assert.Len(t, l.Row(function.Function.Key).Notes, 2)
	l.Put(scaler)
	assert.Empty(t, changed(), "the same again changes nothing")
	l.Delete(function.Function.Key)
	assert.ElementsMatch(t, []string{"keda/s true", "openfunction/f false"}, changed())
	l.Delete(scaler.Function.Key)
	assert.ElementsMatch(t, []string{"dapr/d true", "keda/s false"}, changed())
	l.Delete(scaler.Function.Key)
	assert.Empty(t, changed())
}

// TestLedgerAgreesWithSettle compares the ledger after many small changes with settling everything at once.
func TestLedgerAgreesWithSettle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := claims.NewLedger()
	now := map[model.FunctionKey]claims.Candidate{}
	shown := map[model.FunctionKey]*model.Function{}
	for range 2000 {
		o := object("x", string(rune('A'+r.IntN(4))), fmt.Sprint(r.IntN(8)))
		c := candidate(string(rune('a'+r.IntN(3))), r.IntN(4), o, deployment(fmt.Sprint(r.IntN(6))), deployment(fmt.Sprint(r.IntN(6))))
		if r.IntN(3) == 0 {
			c = ownedBy(c, object("x", string(rune('A'+r.IntN(4))), fmt.Sprint(r.IntN(8))))
		}
		if r.IntN(3) == 0 {
			l.Delete(c.Function.Key)
			delete(now, c.Function.Key)
		} else {
			l.Put(c)
			now[c.Function.Key] = c
		}
		if r.IntN(4) != 0 {
			continue
		}
		for _, c := range l.Settle() {
			if c.Row == nil {
				delete(shown, c.Key)
			} else {
				shown[c.Key] = c.Row
			}
		}
		var all []claims.Candidate
		for _, c := range now {
			all = append(all, c)
		}
		want := map[model.FunctionKey]*model.Function{}
		for _, o := range claims.Settle(all) {
			want[o.Function.Key] = o.Function
		}
		require.Equal(t, want, shown)
	}
}

func many(n int) []claims.Candidate {
	var all []claims.Candidate
	for i := range n / 2 {
		d := deployment(fmt.Sprint("d", i))
		o := object("http.keda.sh", "HTTPScaledObject", fmt.Sprint("h", i))
		all = append(all, candidate("keda-http", 1, o, d),
			ownedBy(candidate("keda", 2, object("keda.sh", "ScaledObject", fmt.Sprint("s", i)), d), o))
	}
	return all
}

func BenchmarkLedger10k(b *testing.B) {
	all := many(10_000)
	for b.Loop() {
		l := claims.NewLedger()
		for _, c := range all {
			l.Put(c)
		}
		if got := len(l.Settle()); got != 5000 {
			b.Fatal(got)
		}
	}
}

func BenchmarkLedgerOneChangeOf10k(b *testing.B) {
	l := claims.NewLedger()
	all := many(10_000)
	for _, c := range all {
		l.Put(c)
	}
	l.Settle()
	i := 0
	for b.Loop() {
		c := all[i%len(all)]
		f := *c.Function
		c.Function = &f
		l.Put(c)
		l.Settle()
		i++
	}
}

func TestACrowdOnOneWorkloadIsBounded(t *testing.T) {
	l := claims.NewLedger()
	d := deployment("d")
	for i := range 5000 {
		c := candidate("keda", 1, object("keda.sh", "ScaledObject", fmt.Sprint(i)), d)
		c.Function.Triggers = []model.Trigger{{Type: model.Queue, Detail: fmt.Sprint(i)}}
		l.Put(c)
	}
	changes := l.Settle()
	require.Len(t, changes, 1)
	assert.Len(t, changes[0].Row.Triggers, frameworks.MaxList)
	assert.Len(t, changes[0].Row.Notes, frameworks.MaxList)
}
