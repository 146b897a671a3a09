package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// API is one resource that the server serves, in one version.
type API struct {
	schema.GroupVersionResource
	Kind       string
	Singular   string
	ShortNames []string
	Namespaced bool
	Verbs      []string
}

// GVK returns the kind with its version.
func (a API) GVK() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: a.Group, Version: a.Version, Kind: a.Kind}
}

// Can reports whether the server offers the verb at all.
func (a API) Can(verb string) bool { return slices.Contains(a.Verbs, verb) }

// APIs is what a server serves. It is immutable.
type APIs struct {
	byKind map[schema.GroupKind][]API // in the server's order of preference
	all    []API
	failed map[string]string // group version → why it could not be discovered
}

// Discover asks the server for its APIs. A group that could not be discovered (an aggregated server that is down)
// is named in Failed, the others are complete.
func (c *Client) Discover(ctx context.Context) (*APIs, error) {
	_, lists, err := c.discovery.ServerGroupsAndResourcesWithContext(ctx)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("discover APIs of %s: %w", c.Server, ctx.Err())
	}
	apis := &APIs{byKind: map[schema.GroupKind][]API{}, failed: map[string]string{}}
	var partial *discovery.ErrGroupDiscoveryFailed
	if errors.As(err, &partial) {
		for gv, err := range partial.Groups {
			apis.failed[gv.Group] = err.Error()
		}
	} else if err != nil {
		return nil, fmt.Errorf("discover APIs of %s: %w", c.Server, err)
	}
	for _, list := range lists {
		apis.add(list)
	}
	return apis, nil
}

func (s *APIs) add(list *metav1.APIResourceList) {
	gv, err := schema.ParseGroupVersion(list.GroupVersion)
	if err != nil {
		return
	}
	for _, r := range list.APIResources {
		if strings.Contains(r.Name, "/") || r.Kind == "" {
			continue
		}
		a := API{
			GroupVersionResource: gv.WithResource(r.Name), Kind: r.Kind, Singular: r.SingularName,
			ShortNames: r.ShortNames, Namespaced: r.Namespaced, Verbs: r.Verbs,
		}
		kind := schema.GroupKind{Group: gv.Group, Kind: r.Kind}
		s.byKind[kind] = append(s.byKind[kind], a)
		s.all = append(s.all, a)
	}
}

// Find returns the API of a kind in the first of the versions that is served; with no versions in the one that the
// server prefers.
func (s *APIs) Find(kind schema.GroupKind, versions []string) (API, bool) {
	served := s.byKind[kind]
	if len(versions) == 0 && len(served) > 0 {
		return served[0], true
	}
	for _, v := range versions {
		for _, a := range served {
			if a.Version == v {
				return a, true
			}
		}
	}
	return API{}, false
}

// Failed says why the APIs of a group are not known, empty when they are.
func (s *APIs) Failed(group string) string { return s.failed[group] }

// Named lists the resources that an operator may mean by a word: plural, singular, short name or kind, each with
// an optional `.group` or `.version.group`. One entry per group and kind, core and built-in groups first.
func (s *APIs) Named(word string) []API {
	name, rest, _ := strings.Cut(strings.ToLower(word), ".")
	var found []API
	seen := map[schema.GroupKind]bool{}
	for _, a := range s.all {
		kind := schema.GroupKind{Group: a.Group, Kind: a.Kind}
		if seen[kind] || !a.answersTo(name) || !a.inGroup(rest) {
			continue
		}
		seen[kind] = true
		found = append(found, a)
	}
	slices.SortStableFunc(found, func(a, b API) int { return cmp.Compare(rank(a), rank(b)) })
	return found
}

func (a API) answersTo(name string) bool {
	return a.Resource == name || a.Singular == name || strings.ToLower(a.Kind) == name ||
		slices.Contains(a.ShortNames, name)
}

func (a API) inGroup(group string) bool {
	if group == "" || group == a.Group || strings.HasPrefix(a.Group, group+".") {
		return true
	}
	return group == a.Version || group == a.Version+"."+a.Group
}

// rank puts the API server's own groups before those of custom resources, as kubectl does.
func rank(a API) int {
	switch {
	case a.Group == "":
		return 0
	case !strings.Contains(a.Group, ".") || strings.HasSuffix(a.Group, ".k8s.io"):
		return 1
	default:
		return 2
	}
}

// Versions lists the versions in which a kind is served, in the server's order of preference.
func (s *APIs) Versions(kind schema.GroupKind) []string {
	var versions []string
	for _, a := range s.byKind[kind] {
		versions = append(versions, a.Version)
	}
	return versions
}

// All lists every kind in the version that the server prefers.
func (s *APIs) All() []API {
	all := make([]API, 0, len(s.byKind))
	for _, served := range s.byKind {
		all = append(all, served[0])
	}
	return all
}
