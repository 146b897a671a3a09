package deploy

import (
	"context"
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Originals reads what is copied of a function: the object that it is, its Services, and what calls it by the time or by
// events; with secrets also the Secrets and ConfigMaps that it needs, whole. A route is of one function: it is not copied,
// and named in left.
func Originals(ctx context.Context, s *Setting, f *model.Function, secrets bool) (live, values []map[string]any, left []string, err error) {
	refs := []model.Ref{f.Object}
	add := func(ref model.Ref) {
		if ref.Namespace == f.Key.Namespace && ref.Name != "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	for _, u := range f.URLs {
		if u.Origin.Ref.GroupKind() == frameworks.Service {
			add(u.Origin.Ref)
		}
	}
	for _, t := range f.Triggers {
		switch {
		case t.Origin.Ref == f.Object || t.Origin.Ref.GroupKind() == frameworks.Service:
		case t.Type == model.HTTP:
			left = append(left, fmt.Sprintf("its route %s %s is not copied: two functions would answer it", t.Origin.Kind, t.Origin.Ref.Name))
		default:
			add(t.Origin.Ref)
		}
	}
	var needed []model.Ref
	if secrets {
		for _, r := range f.References {
			ref := model.Ref{Kind: r.Kind, Namespace: f.Key.Namespace, Name: r.Name}
			if (r.Kind == "Secret" || r.Kind == "ConfigMap") && !slices.Contains(needed, ref) {
				needed = append(needed, ref)
			}
		}
	}
	found, err := s.Look(ctx, slices.Concat(refs, needed))
	if err != nil {
		return nil, nil, nil, err
	}
	for _, ref := range refs {
		if o := found[ref]; o != nil && (ref == f.Object || ownerOf(o) == "") {
			live = append(live, o)
		}
	}
	for _, ref := range needed {
		if o := found[ref]; o != nil {
			values = append(values, o)
		}
	}
	slices.Sort(left)
	return live, values, slices.Compact(left), nil
}
