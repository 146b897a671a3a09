package generic

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// facts are what an entry keeps of one object: the values at its paths, once for each role that the object can have.
type facts struct {
	// in holds the readings by place; nil for roles that the object cannot have.
	in []*reading
	// podSpec is the pod spec inside the function's object.
	podSpec *corev1.PodSpec
	problem string // why the object, or the pod spec in it, could not be read
}

// reading is the values of one object in one place.
type reading struct {
	values [][]scalar  // by slot
	each   [][]element // by rule
}

// element is one element of what a rule repeats over.
type element struct {
	at     string // its place in words, for origins
	values [][]scalar
}

// is reports whether the object is a function of the entry.
func (f *facts) is() bool { return f != nil && f.in[atFunction] != nil }

// Decode keeps the values at the paths of the entry.
func (a *adapter) Decode(raw *frameworks.Raw) (any, error) {
	gk := raw.GVK.GroupKind()
	e := a.entry
	var places []place
	if gk == e.function.GroupKind && e.function.cheap(raw.Header) == "" {
		places = append(places, atFunction)
	}
	if len(e.kept[atWorkload]) > 0 && e.runsAs(raw) {
		places = append(places, atWorkload)
	}
	for i := range e.joins {
		if e.joins[i].GroupKind == gk {
			places = append(places, atJoin+place(i))
		}
	}
	if len(places) == 0 {
		return nil, nil
	}
	f := &facts{in: make([]*reading, len(e.kept))}
	doc, err := open(raw)
	if err != nil {
		if !slices.Contains(places, atFunction) {
			return nil, err
		}
		f.problem = frameworks.Line(err.Error())
		f.in[atFunction] = e.read(document{}, atFunction)
		return f, nil
	}
	for _, p := range places {
		if p == atFunction {
			if e.function.costly(doc) != "" || a.taken(raw.Header, doc) != nil {
				continue
			}
			f.podSpec, f.problem = e.readPodSpec(doc)
		}
		f.in[p] = e.read(doc, p)
		e.link(raw.Header, doc, p)
	}
	if !slices.ContainsFunc(f.in, func(r *reading) bool { return r != nil }) {
		return nil, nil
	}
	return f, nil
}

// taken returns the earlier entry that has the object, nil when there is none: of two entries for one kind the first
// that matches wins.
func (a *adapter) taken(h *model.Header, d document) *Entry {
	for _, b := range a.before {
		if b.function.cheap(h) == "" && b.function.costly(d) == "" {
			return b
		}
	}
	return nil
}

// runsAs reports whether the object may be a workload of the entry whose fields are read.
func (e *Entry) runsAs(raw *frameworks.Raw) bool {
	gk := raw.GVK.GroupKind()
	return slices.ContainsFunc(e.workloads, func(w workloadRule) bool {
		switch w.by {
		case byRef:
			return slices.Contains(referable, gk) && (w.Kind == "" || w.GroupKind == gk)
		case byLabels:
			return w.GroupKind == gk && raw.Header.Labels.Has(w.labels[0].key)
		}
		return w.GroupKind == gk
	})
}

// open makes the object readable. JSON is decoded whole and dropped when the call ends.
func open(raw *frameworks.Raw) (document, error) {
	if raw.Typed != nil {
		return newDocument(raw.Typed), nil
	}
	var m map[string]any
	if err := utiljson.Unmarshal(raw.JSON, &m); err != nil {
		return document{}, fmt.Errorf("malformed object: %w", err)
	}
	return newDocument(m), nil
}

// read takes the values at all paths of a place.
func (e *Entry) read(d document, p place) *reading {
	r := &reading{values: take(d, e.kept[p])}
	if rules := e.eaches[p]; len(rules) > 0 {
		r.each = make([][]element, len(rules))
		for i, rule := range rules {
			d.each(rule.path.path, true, func(v reflect.Value, at string) bool {
				r.each[i] = append(r.each[i], element{at: at, values: take(document{v}, rule.uses)})
				return len(r.each[i]) < maxResults
			})
		}
	}
	return r
}

func take(d document, uses []*use) [][]scalar {
	if len(uses) == 0 {
		return nil
	}
	values := make([][]scalar, len(uses))
	for i, u := range uses {
		values[i] = d.read(u.path)
	}
	return values
}

// link names the function in a join that points back to it.
func (e *Entry) link(h *model.Header, d document, p place) {
	if p < atJoin {
		return
	}
	j := &e.joins[p-atJoin]
	if j.back == nil {
		return
	}
	for _, s := range d.read(j.back.path) {
		to := model.Ref{Group: e.function.Group, Kind: e.function.Kind, Namespace: h.Namespace, Name: s.text}
		if s.text != "" && !slices.Contains(h.Links, to) {
			h.Links = append(slices.Clip(h.Links), to)
		}
	}
}

// readPodSpec keeps the pod spec inside the function's object, as every other pod spec is kept.
func (e *Entry) readPodSpec(d document) (spec *corev1.PodSpec, problem string) {
	if e.podSpec == nil {
		return nil, ""
	}
	d.each(e.podSpec.use.path, false, func(v reflect.Value, _ string) bool {
		if typed, ok := v.Interface().(corev1.PodSpec); ok {
			spec = &typed
			return false
		}
		raw, err := json.Marshal(v.Interface())
		if err == nil {
			spec = &corev1.PodSpec{}
			err = json.Unmarshal(raw, spec)
		}
		if err != nil {
			spec, problem = nil, frameworks.Line(fmt.Sprintf("%s is no pod spec: %v", e.podSpec.use.path, err))
		}
		return false
	})
	return spec, problem
}
