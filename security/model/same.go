package model

import (
	"reflect"
	"slices"
)

// Equal reports whether two descriptions of functions say the same. It does without reflection, because functions are
// compared whenever something about them changes.
func (f *Function) Equal(o *Function) bool {
	return f.Key == o.Key && f.Title == o.Title && f.Object == o.Object && f.APIVersion == o.APIVersion && f.Record == o.Record &&
		f.Opaque == o.Opaque && f.State == o.State && f.Reason == o.Reason && same(f.Ready, o.Ready) && same(f.Desired, o.Desired) &&
		f.Runtime == o.Runtime && f.Image == o.Image && f.Handler == o.Handler && f.Source == o.Source &&
		slices.Equal(f.Workloads, o.Workloads) && slices.Equal(f.Pods, o.Pods) && slices.EqualFunc(f.Templates, o.Templates, sameTemplate) &&
		slices.Equal(f.Triggers, o.Triggers) && slices.Equal(f.URLs, o.URLs) && slices.Equal(f.References, o.References) &&
		f.ServiceAccount == o.ServiceAccount && sameScaling(f.Scaling, o.Scaling) && f.Revision == o.Revision &&
		slices.Equal(f.Traffic, o.Traffic) && slices.Equal(f.Labels, o.Labels) && f.Created == o.Created && f.Changed == o.Changed &&
		f.Platform == o.Platform && slices.Equal(f.Notes, o.Notes) && sameCall(f.Call, o.Call) &&
		slices.Equal(f.Owners, o.Owners) && slices.Equal(f.Claims, o.Claims)
}

func same(a, b *int32) bool { return a == b || a != nil && b != nil && *a == *b }

func sameScaling(a, b Scaling) bool {
	return same(a.Min, b.Min) && same(a.Max, b.Max) && a.By == b.By && a.Note == b.Note
}

func sameTemplate(a, b Template) bool {
	return a.Origin == b.Origin && a.Role == b.Role && a.Container == b.Container &&
		slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Annotations, b.Annotations) &&
		(a.Spec == b.Spec || reflect.DeepEqual(a.Spec, b.Spec))
}

func sameCall(a, b *Call) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.URL == b.URL && a.Missing == b.Missing && a.Path == b.Path && a.Method == b.Method && a.Host == b.Host && slices.Equal(a.Headers, b.Headers)
}
