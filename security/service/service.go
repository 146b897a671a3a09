// Package service answers which Services lead to a pod.
//
// Its one rule: a selector counts when every pair of it is among the labels; an empty one selects nothing, and the
// Service then leads where somebody wrote.
package service

import (
	"slices"

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

// Of answers which Services lead to the pods of a function: those that select its templates or what runs, and those
// into which somebody wrote the address of a pod.
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
		o := r.Get(ref)
		if o != nil && !sameLabels(view, o.Head().Labels) {
			add(ref.Namespace, o.Head().Labels)
		}
		if p, ok := o.(*model.Pod); ok {
			for _, one := range addressed(r, p) {
				if !slices.Contains(found, one) {
					found = append(found, one)
				}
			}
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

// services answers which Services a namespace has, by what they select.
var services = snapshot.NewQuery("Services of a namespace", func(r *snapshot.Reader, namespace string) *selection {
	s := &selection{}
	for _, o := range r.List(Kind, namespace) {
		one, ok := o.(*model.Service)
		if ok && len(one.Selector) > 0 && one.Type != string(corev1.ServiceTypeExternalName) {
			s.all = append(s.all, one)
		}
	}
	s.index = NewIndex(s.all, func(o *model.Service) model.Labels { return o.Selector })
	return s
}, func(a, b *selection) bool { return slices.Equal(a.all, b.all) })

type selection struct {
	all   []*model.Service
	index *Index[*model.Service]
}

// Selecting returns the Services of a namespace that select pods with these labels, in the order of their names.
func Selecting(r *snapshot.Reader, namespace string, labels model.Labels) []*model.Service {
	return services.Get(r, namespace).index.For(labels)
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
