package main

import (
	"cmp"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/security/model"
)

// function describes one function whole, with what is known of its workloads and pods.
func (a *answer) function(r *board.Row, objects *inspect.Reader) functionDocument {
	f := r.Function
	d := functionDocument{
		APIVersion: apiVersion, Kind: "Function", functionItem: itemOf(r), Source: a.source(r.ID.Context),
		Labels: f.Labels.Map(), Handler: f.Handler, Revision: f.Revision,
		Workloads: []workloadItem{}, Pods: []podItem{}, Endpoints: []endpointItem{}, References: []referenceItem{},
		Traffic: []trafficItem{}, Notes: append([]string{}, f.Notes...),
	}
	if d.Object != nil {
		d.Object.Namespace, d.Object.Name = f.Object.Namespace, f.Object.Name
	}
	if f.Source.Kind != "" || f.Source.Detail != "" {
		d.Code = &codeItem{Kind: f.Source.Kind, Detail: f.Source.Detail}
	}
	record := func(ref model.Ref) model.Object {
		return objects.Record(inspect.Target{Context: r.ID.Context, Ref: ref})
	}
	for _, w := range f.Workloads {
		d.Workloads = append(d.Workloads, workloadOf(w, record(w.Ref)))
	}
	for _, p := range f.Pods {
		d.Pods = append(d.Pods, podOf(p, record(p)))
	}
	for _, u := range f.URLs {
		d.Endpoints = append(d.Endpoints, endpointItem{URL: u.URL, External: u.External})
	}
	for _, ref := range f.References {
		d.References = append(d.References, referenceItem{
			Kind: ref.Kind, Namespace: cmp.Or(ref.Namespace, ref.Origin.Namespace, f.Key.Namespace), Name: ref.Name,
			Key: ref.Key, How: string(ref.How), Optional: ref.Optional, Missing: ref.Missing,
		})
	}
	for _, t := range f.Traffic {
		d.Traffic = append(d.Traffic, trafficItem{Revision: t.Revision, Percent: t.Percent, Tag: t.Tag, Latest: t.Latest})
	}
	d.Scaling = scalingOf(&f.Scaling)
	if !f.Changed.Time.IsZero() {
		d.Changed = &changeItem{Time: moment(f.Changed.Time), By: f.Changed.Manager}
	}
	if p := f.Platform; p != (model.Platform{}) {
		d.Platform = &platformItem{Namespace: p.Namespace, Release: p.Release, Version: p.Version, Shape: p.Shape}
	}
	return d
}

func refItem(ref model.Ref, o model.Object) objectItem {
	item := objectItem{Group: ref.Group, Kind: ref.Kind, Namespace: ref.Namespace, Name: ref.Name}
	if o != nil {
		item.APIVersion, item.Group = o.Head().APIVersion(), ""
	}
	return item
}

func workloadOf(w model.WorkloadRef, o model.Object) workloadItem {
	item := workloadItem{objectItem: refItem(w.Ref, o), Role: string(cmp.Or(w.Role, model.Run)), Shared: w.Shared}
	if rec, ok := o.(*model.Workload); ok && rec != nil {
		item.Ready, item.Desired = &rec.Ready, &rec.Desired
	}
	return item
}

func podOf(ref model.Ref, o model.Object) podItem {
	item := podItem{Name: ref.Name}
	p, ok := o.(*model.Pod)
	if !ok || p == nil {
		return item
	}
	item.Phase, item.Ready, item.Node, item.Created = p.Phase, p.Ready, p.Node, moment(p.Created)
	item.Reason = cmp.Or(p.Message, p.Reason)
	for i := range p.Containers {
		item.Restarts += p.Containers[i].Restarts
		if c := &p.Containers[i]; item.Reason == "" && c.State == "waiting" {
			item.Reason = cmp.Or(c.Message, c.Reason)
		}
	}
	return item
}

func scalingOf(s *model.Scaling) *scalingItem {
	if s.Min == nil && s.Max == nil && s.By.IsZero() && s.Note == "" {
		return nil
	}
	item := &scalingItem{Min: s.Min, Max: s.Max, Note: s.Note}
	if !s.By.IsZero() {
		by := refItem(s.By, nil)
		item.By = &by
	}
	return item
}
