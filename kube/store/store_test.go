package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/model"
)

var widgetKind = schema.GroupKind{Group: "test.example.com", Kind: "Widget"}

// curious is an adapter that asks every question of the index and writes the answers into the function.
type curious struct{}

func (curious) Name() string { return "curious" }
func (curious) Resources() []frameworks.Resource {
	return []frameworks.Resource{{Group: widgetKind.Group, Kind: widgetKind.Kind, Versions: []string{"v1"}, Function: true}}
}
func (curious) Decode(*frameworks.Raw) (any, error) { return nil, nil }
func (curious) IndexedLabels() []string             { return []string{"app"} }

func (curious) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	name := h.Name
	if h.GroupKind() != widgetKind {
		if name = h.Labels.Get("app"); name == "" {
			return nil
		}
	}
	return []model.FunctionKey{{
		Framework: "curious", Group: widgetKind.Group, Kind: widgetKind.Kind, Namespace: h.Namespace, Name: name,
	}}
}

func (curious) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	self := model.Ref{Group: key.Group, Kind: key.Kind, Namespace: key.Namespace, Name: key.Name}
	if x.Get(self) == nil && len(x.Members(key)) == 0 {
		return nil, false
	}
	f := &model.Function{Key: key, Object: self}
	note := func(question string, objects []model.Object) {
		for _, o := range objects {
			f.Notes = append(f.Notes, question+" "+o.Head().String())
		}
	}
	note("child", x.Children(self, frameworks.Pod))
	note("labelled", x.Labelled(frameworks.Service, key.Namespace, "app", key.Name))
	note("anywhere", x.Labelled(frameworks.Service, "", "app", key.Name))
	note("referrer", x.Referrers(self, frameworks.Ingress))
	note("member", x.Members(key))
	if o := x.Get(model.Ref{Kind: "Secret", Namespace: key.Namespace, Name: key.Name}); o != nil {
		f.Notes = append(f.Notes, "secret "+o.Head().Labels.Get("app"))
	}
	f.Notes = append(f.Notes, fmt.Sprint("secrets ", x.Availability(frameworks.Secret, key.Namespace)))
	return f, true
}

// object makes a random object of a small world, so that the same ones come and go.
func object(r *rand.Rand) model.Object {
	kinds := []schema.GroupKind{widgetKind, frameworks.Pod, frameworks.Service, frameworks.Ingress, frameworks.Secret}
	kind := kinds[r.IntN(len(kinds))]
	pick := func() string { return string(rune('a' + r.IntN(3))) }
	h := model.Header{Ref: model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: "ns" + pick(), Name: pick()}}
	if r.IntN(2) == 0 {
		h.Labels = model.Labels{{Key: "app", Value: pick()}}
	}
	if r.IntN(2) == 0 {
		h.Owners = []model.Owner{{Group: widgetKind.Group, Kind: widgetKind.Kind, Name: pick()}}
	}
	if r.IntN(2) == 0 {
		h.Links = []model.Ref{{Group: widgetKind.Group, Kind: widgetKind.Kind, Namespace: h.Namespace, Name: pick()}}
	}
	return &model.Custom{Header: h}
}

// settle builds what is dirty and returns what is there afterwards.
func settle(s *store.Store, have map[model.FunctionKey]*model.Function) {
	for _, k := range s.TakeDirty() {
		if f := s.Build(k); f != nil {
			have[k] = f
		} else {
			delete(have, k)
		}
	}
}

// Building only what a change dirties must give the same as building everything anew.
func TestIncrementalEqualsFromScratch(t *testing.T) {
	adapters := []frameworks.Framework{curious{}}
	r := rand.New(rand.NewPCG(1, 2))
	s := store.New(adapters)
	world := map[model.Ref]model.Object{}
	have := map[model.FunctionKey]*model.Function{}
	availability := frameworks.Loading
	for step := range 3000 {
		switch n := r.IntN(20); {
		case n < 12:
			o := object(r)
			world[o.Head().Ref] = o
			s.Upsert(o)
		case n < 18:
			ref := object(r).Head().Ref
			delete(world, ref)
			s.Delete(ref)
		case n == 18:
			kind := object(r).Head().GroupKind()
			keep := map[model.Ref]bool{}
			for ref := range world {
				if ref.GroupKind() == kind && ref.Namespace == "nsa" {
					if keep[ref] = r.IntN(2) == 0; !keep[ref] {
						delete(world, ref)
					}
				}
			}
			s.Retain(kind, "nsa", keep)
		default:
			availability = frameworks.Availability(r.IntN(4))
			s.SetAvailability(frameworks.Secret, "", availability)
		}
		settle(s, have)
		if step%10 != 0 {
			continue
		}
		fresh := store.New(adapters)
		fresh.SetAvailability(frameworks.Secret, "", availability)
		for _, o := range world {
			fresh.Upsert(o)
		}
		want := map[model.FunctionKey]*model.Function{}
		settle(fresh, want)
		require.Equal(t, want, have, "after step %d", step)
	}
}

func TestAnUnchangedVersionDirtiesNothing(t *testing.T) {
	s := store.New([]frameworks.Framework{curious{}})
	w := func(version string) *model.Custom {
		return &model.Custom{Header: model.Header{
			Ref: model.Ref{Group: widgetKind.Group, Kind: widgetKind.Kind, Namespace: "a", Name: "w"}, ResourceVersion: version,
		}}
	}
	s.Upsert(w("1"))
	require.Len(t, s.TakeDirty(), 1)
	s.Upsert(w("1"))
	assert.Empty(t, s.TakeDirty(), "a list that was sent again changes nothing")
	s.Upsert(w("2"))
	assert.Len(t, s.TakeDirty(), 1)
}

// panics is an adapter that fails on every object.
type panics struct{ curious }

func (panics) Name() string                            { return "curious" }
func (panics) Keys(o model.Object) []model.FunctionKey { return curious{}.Keys(o) }
func (panics) Build(model.FunctionKey, frameworks.Index) (*model.Function, bool) {
	panic("hostile object")
}

func TestAPanicOfAnAdapterIsOneUnknownRow(t *testing.T) {
	s := store.New([]frameworks.Framework{panics{}})
	s.Upsert(&model.Custom{Header: model.Header{
		Ref: model.Ref{Group: widgetKind.Group, Kind: widgetKind.Kind, Namespace: "a", Name: "w"},
	}})
	f := s.Build(s.TakeDirty()[0])
	require.NotNil(t, f)
	assert.Equal(t, model.Unknown, f.State)
	assert.NotEmpty(t, f.Reason)
}

func TestWhatIsKnownOfANamespaceDecides(t *testing.T) {
	s := store.New([]frameworks.Framework{curious{}})
	s.Upsert(&model.Custom{Header: model.Header{
		Ref: model.Ref{Group: widgetKind.Group, Kind: widgetKind.Kind, Namespace: "a", Name: "w"},
	}})
	key := s.TakeDirty()[0]
	seen := func() string {
		f := s.Build(key)
		return f.Notes[slices.IndexFunc(f.Notes, func(n string) bool { return n[:7] == "secrets" })]
	}
	assert.Equal(t, fmt.Sprint("secrets ", frameworks.Loading), seen(), "nothing is known")
	s.SetAvailability(frameworks.Secret, "", frameworks.Denied)
	assert.Equal(t, fmt.Sprint("secrets ", frameworks.Denied), seen())
	s.SetAvailability(frameworks.Secret, "a", frameworks.Available)
	assert.Equal(t, fmt.Sprint("secrets ", frameworks.Available), seen(), "the namespace may be listed, the cluster may not")
	s.SetAvailability(frameworks.Secret, "", frameworks.Absent)
	assert.Equal(t, fmt.Sprint("secrets ", frameworks.Absent), seen(), "an API that is not served is nowhere")
	assert.Len(t, s.TakeDirty(), 1, "who asked is built again")
}

func TestWhatOnlyTellsOfProgressIsNoChangeOfTheSnapshot(t *testing.T) {
	s := store.New(nil)
	pod := func(version string, ready bool, node string) *model.Pod {
		return &model.Pod{Header: model.Header{Ref: model.Ref{Kind: "Pod", Namespace: "a", Name: "p"}, ResourceVersion: version}, Ready: ready, Node: node}
	}
	s.TakeChanges()
	s.Upsert(pod("1", false, "x"))
	changed := s.TakeChanges().Objects
	assert.Len(t, changed, 1)
	s.Upsert(pod("2", true, "x"))
	changed = s.TakeChanges().Objects
	assert.Empty(t, changed)
	assert.True(t, s.Object(pod("", false, "").Ref).(*model.Pod).Ready, "the object itself is the new one")
	s.Upsert(pod("3", true, "y"))
	changed = s.TakeChanges().Objects
	assert.Len(t, changed, 1)
}
