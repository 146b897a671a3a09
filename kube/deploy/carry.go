package deploy

import (
	"reflect"
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// carry carries an answer out, whole or not at all. It reports whether anything became different.
func (d *draft) carry(intent check.Intent, a *plan.Answer) bool {
	after := map[model.Ref]object{}
	at := func(ref model.Ref) object {
		if o, ok := after[ref]; ok {
			return o
		}
		return copied(d.objects[ref])
	}
	var needs []plan.Need
	var secret model.Ref
	var fresh []model.Ref
	edits := d.fresh(a)
	for i := range edits {
		e := &edits[i]
		if len(e.Needs) > 0 {
			needs, secret = append(needs, e.Needs...), e.Object
		}
		if e.Verb == plan.Create {
			o, err := normal(e.New)
			if err != nil {
				d.left(intent, err.Error())
				return false
			}
			if live, ok := d.live[e.Object]; ok {
				o = overlay(stripped(live), o, "")
			}
			if d.objects[e.Object] == nil {
				fresh = append(fresh, e.Object)
			}
			after[e.Object] = o
			continue
		}
		o := at(e.Object)
		if o == nil { // its own Secret, of which only the values change
			continue
		}
		if err := plan.Apply(o, e.Fields); err != nil {
			d.left(intent, err.Error())
			return false
		}
		n, err := normal(o)
		if err != nil {
			d.left(intent, err.Error())
			return false
		}
		after[e.Object] = n
	}
	if !d.keep(intent, secret, needs) {
		return false
	}
	changed := d.become(after, fresh)
	if changed {
		d.done(intent, a)
	}
	return changed
}

// become takes over objects as they are now. It reports whether anything became different.
func (d *draft) become(after map[model.Ref]object, fresh []model.Ref) bool {
	changed := false
	for ref, o := range after {
		changed = changed || !reflect.DeepEqual(d.objects[ref], o)
		d.objects[ref] = o
	}
	for _, ref := range fresh {
		d.order, d.made = append(d.order, ref), append(d.made, ref)
	}
	return changed
}

func (d *draft) done(intent check.Intent, a *plan.Answer) {
	if a.Left != "" {
		d.left(intent, a.Left)
	}
	if slices.ContainsFunc(d.Done, func(s Step) bool { return s.Intent == intent }) {
		return
	}
	why := ""
	for i := range a.Edits {
		if a.Edits[i].Asks != "" && slices.Contains(telling, intent) {
			why = a.Edits[i].Asks
		}
	}
	d.Done = append(d.Done, Step{intent, why})
}

// keep takes the values out of the places that they stand in before these change.
func (d *draft) keep(intent check.Intent, secret model.Ref, needs []plan.Need) bool {
	found := map[need][]byte{}
	for _, n := range needs {
		v, ok := at(d.objects[n.From.Object], n.From.Path)
		if s, is := v.(string); ok && is {
			found[need{secret, n.Path}] = []byte(s)
			continue
		}
		d.left(intent, "the value at "+n.From.Path+" cannot be found")
		return false
	}
	for n, v := range found {
		d.values[n] = v
		d.moved[secret] = append(d.moved[secret], plan.Need{Path: n.path})
	}
	return true
}

// at is what stands at a path, and whether there is something.
func at(o object, path string) (any, bool) {
	steps, err := plan.ParsePath(path)
	if err != nil {
		return nil, false
	}
	var v any = o
	for i := range steps {
		switch s := &steps[i]; s.Of {
		case plan.Member:
			m, ok := v.(object)
			if v, ok = m[s.Key], ok && m[s.Key] != nil; !ok {
				return nil, false
			}
		case plan.Place:
			l, _ := v.([]any)
			if s.Index >= len(l) {
				return nil, false
			}
			v = l[s.Index]
		default:
			l, _ := v.([]any)
			j := slices.IndexFunc(l, func(e any) bool { m, ok := e.(object); return ok && s.Picks(m) })
			if j < 0 {
				return nil, false
			}
			v = l[j]
		}
	}
	return v, true
}
