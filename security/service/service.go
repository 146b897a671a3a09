// Package service answers which Services lead to a pod.
//
// Its one rule: a selector counts when every pair of it is among the labels; an empty one selects nothing.
package service

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// Kind is the kind of Services.
var Kind = schema.GroupKind{Kind: "Service"}

// Get returns a Service, or nil.
func Get(r *snapshot.Reader, namespace, name string) *model.Service {
	s, _ := r.Get(model.Ref{Kind: Kind.Kind, Namespace: namespace, Name: name}).(*model.Service)
	return s
}

// Of answers which Services select the pods of a function: those of its templates, and those that run.
var Of = snapshot.NewQuery("Services of a function", func(r *snapshot.Reader, key model.FunctionKey) []*model.Service {
	view := workload.Of.Get(r, key)
	var found []*model.Service
	add := func(namespace string, labels model.Labels) {
		for _, one := range Selecting(r, namespace, labels) {
			if !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
	for i := range view.Specs {
		add(either(view.Specs[i].Namespace, key.Namespace), view.Specs[i].Labels)
	}
	for _, ref := range view.Function.Pods {
		if o := r.Get(ref); o != nil && !sameLabels(view, o.Head().Labels) {
			add(ref.Namespace, o.Head().Labels)
		}
	}
	slices.SortFunc(found, func(a, b *model.Service) int { return a.Compare(b.Ref) })
	return found
}, slices.Equal)

// sameLabels reports whether a pod has the labels of a template, but for what its controller adds.
func sameLabels(view *workload.View, labels model.Labels) bool {
	for i := range view.Specs {
		l := view.Specs[i].Labels
		extra := 0
		for _, e := range labels {
			if e.Key == "pod-template-hash" || e.Key == "controller-revision-hash" {
				extra++
			} else if v, ok := l.Lookup(e.Key); !ok || v != e.Value {
				extra = -1
				break
			}
		}
		if extra >= 0 && len(labels)-extra == len(l) {
			return true
		}
	}
	return false
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// selection finds the Services of a namespace that select labels.
type selection struct {
	services []*model.Service
	by       map[model.Label][]*model.Service // by the rarest pair of the selector
}

// services answers which Services a namespace has, by what they select.
var services = snapshot.NewQuery("services of a namespace", func(r *snapshot.Reader, namespace string) *selection {
	s := &selection{by: map[model.Label][]*model.Service{}}
	count := map[model.Label]int{}
	for _, o := range r.List(Kind, namespace) {
		if one, ok := o.(*model.Service); ok {
			s.services = append(s.services, one)
			for _, l := range one.Selector {
				count[l]++
			}
		}
	}
	for _, one := range s.services {
		if len(one.Selector) == 0 || one.Type == string(corev1.ServiceTypeExternalName) {
			continue
		}
		rarest := one.Selector[0]
		for _, l := range one.Selector[1:] {
			if count[l] < count[rarest] {
				rarest = l
			}
		}
		s.by[rarest] = append(s.by[rarest], one)
	}
	return s
}, func(a, b *selection) bool { return slices.Equal(a.services, b.services) })

// Selecting returns the Services of a namespace that select pods with these labels, in the order of their names.
func Selecting(r *snapshot.Reader, namespace string, labels model.Labels) []*model.Service {
	s := services.Get(r, namespace)
	var found []*model.Service
	for _, l := range labels {
		for _, one := range s.by[l] {
			if Selects(one.Selector, labels) {
				found = append(found, one)
			}
		}
	}
	slices.SortFunc(found, func(a, b *model.Service) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// Selects reports whether every pair of a Service's selector is among the labels. An empty selector selects nothing.
func Selects(selector, labels model.Labels) bool {
	for _, l := range selector {
		if v, ok := labels.Lookup(l.Key); !ok || v != l.Value {
			return false
		}
	}
	return len(selector) > 0
}
