package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// stages are the intents that new functions get. Those of one stage do not depend on each other; what a stage did is
// judged before the next: a function that reaches nothing needs no rule against the metadata server.
//
// What is asked for by name in a file (a host's folder, a node port) is not taken away here: it shows in the posture.
var stages = [][]check.Intent{
	{
		check.FixOwnAccount, check.FixNoToken, check.FixEnvToSecret, check.FixDropCapabilities, check.FixNonRoot, check.FixNoEscalation,
		check.FixReadOnlyRoot, check.FixSeccomp, check.FixApparmor, check.FixPinImage, check.FixPullPolicy, check.FixLimits, check.FixMaxScale,
		check.FixCloseRoute,
	},
	{check.FixIsolateIngress, check.FixIsolateEgress},
	{check.FixAllowDNS},
	{check.FixBlockMetadata},
}

// Defaults lists the intents that are carried out for new functions, and can be given up.
func Defaults() []check.Intent { return slices.Concat(stages...) }

// telling are intents of which a new function may notice something: that is said.
var telling = []check.Intent{
	check.FixNonRoot, check.FixReadOnlyRoot, check.FixLimits, check.FixMaxScale, check.FixCloseRoute, check.FixIsolateIngress, check.FixIsolateEgress,
}

// rounds bounds how often all stages are gone through: what one fixes may show what another can.
const rounds = 6

// world is what there would be: the setting, with the drafts' objects and what controllers make of them.
func (m *Maker) world(s *Setting, all []*draft) (*offline.World, error) {
	docs := slices.Clone(s.Documents)
	for _, d := range all {
		made, err := d.documents(s)
		if err != nil {
			return nil, err
		}
		docs = append(docs, made...)
	}
	w, problems := offline.LoadPart(m.adapters, m.kinds, docs, func(st *store.Store) {
		for _, u := range s.Unseen {
			a := frameworks.Denied
			if u.Absent {
				a = frameworks.Absent
			}
			st.SetAvailability(u.GroupKind, u.Namespace, a)
		}
	})
	for _, p := range problems { // of the setting: what the cluster holds may be damaged, and stays out
		var e *manifest.Error
		if !errors.As(p, &e) {
			return nil, p
		}
	}
	return w, nil
}

// documents are the objects of a draft, as they will be told of.
func (d *draft) documents(s *Setting) ([]manifest.Document, error) {
	if d.wrong() {
		return nil, nil
	}
	var docs []manifest.Document
	add := func(o object) error {
		raw, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("write %s: %w", refOf(o), err)
		}
		doc, err := manifest.Object(raw)
		if err != nil {
			return fmt.Errorf("read %s: %w", refOf(o), err)
		}
		docs = append(docs, doc)
		return nil
	}
	for _, ref := range d.order {
		if record(ref) {
			docs = append(docs, d.told(s, ref)...)
			continue
		}
		if err := add(d.shown(ref)); err != nil {
			return nil, err
		}
	}
	for _, o := range d.foreseen {
		if err := add(o); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// shown is an object as it will be seen: of a Secret the keys are there, whose values are given later.
func (d *draft) shown(ref model.Ref) object {
	o := d.objects[ref]
	if ref.Kind != "Secret" || len(d.moved[ref]) == 0 {
		return o
	}
	o = copied(o)
	for _, n := range d.moved[ref] {
		if steps, err := plan.ParsePath(n.Path); err == nil {
			below(o, "data")[steps[len(steps)-1].Key] = ""
		}
	}
	return o
}

// foresee has the framework say what its controller makes of the draft as it is now.
func (m *Maker) foresee(d *draft, around plan.Surroundings) {
	r, ok := m.Deployer(d.Request.Framework).(frameworks.Foreseer)
	if d.wrong() || !ok {
		return
	}
	objects := make([]map[string]any, 0, len(d.order))
	for _, ref := range d.order {
		objects = append(objects, copied(d.objects[ref]))
	}
	d.foreseen = d.foreseen[:0]
	for _, o := range r.Foresee(objects, around) {
		if n, err := normal(o); err == nil {
			d.foreseen = append(d.foreseen, n)
		}
	}
}

// secure carries out what makes the drafts more secure, again and again until nothing is left.
func (m *Maker) secure(ctx context.Context, s *Setting, around plan.Surroundings, all []*draft, o Options) error {
	translator := tighten.New(m.sources...).With(&tighten.Given{Digests: s.Digests})
	judge := func() (*snapshot.Reader, error) {
		for _, d := range all {
			m.foresee(d, around)
		}
		w, err := m.world(s, all)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			d.find(w)
		}
		return snapshot.Once(w, m.options), nil
	}
	r, err := judge()
	if err != nil {
		return err
	}
	for range rounds {
		again := false
		for _, stage := range stages {
			changed := false
			for _, d := range all {
				if err := ctx.Err(); err != nil {
					return err
				}
				changed = d.stage(r, translator, stage, &o) || changed
			}
			if !changed {
				continue
			}
			again = true
			if r, err = judge(); err != nil {
				return err
			}
		}
		if !again {
			break
		}
	}
	for _, d := range all {
		if d.key != (model.FunctionKey{}) && !d.wrong() {
			d.Posture = board.PostureOf(r, d.key)
			d.Function = d.key
		}
	}
	return nil
}

// find finds the function among those of the world.
func (d *draft) find(w *offline.World) {
	d.key = model.FunctionKey{}
	if d.wrong() || d.untold {
		return
	}
	for _, f := range w.Functions(d.Declares.Namespace) {
		object := f.Object
		if record(d.Declares) {
			object = f.Record
		}
		if f.Key.Framework == d.Request.Framework && object == d.Declares {
			d.key = f.Key
			return
		}
	}
}

// stage carries out intents for one draft. It reports whether anything became different.
func (d *draft) stage(r *snapshot.Reader, t *tighten.Translator, intents []check.Intent, o *Options) bool {
	if d.wrong() || d.key == (model.FunctionKey{}) {
		return false
	}
	f := r.Function(d.key)
	if f == nil || f.Opaque {
		return false
	}
	p := board.VerdictOf(r, d.key)
	changed := false
	for _, intent := range intents {
		if !offered(p.Findings, intent) {
			continue
		}
		if slices.Contains(o.Insecure, intent) {
			if !slices.Contains(d.GivenUp, intent) {
				d.GivenUp = append(d.GivenUp, intent)
			}
			continue
		}
		a := t.Answer(r, f, intent, p.Findings)
		if why := d.refuses(intent, &a, t); why != "" {
			d.left(intent, why)
			continue
		}
		if len(a.Edits) > 0 {
			changed = d.carry(intent, &a) || changed
		}
	}
	return changed
}

func offered(findings []check.Finding, intent check.Intent) bool {
	return slices.ContainsFunc(findings, func(f check.Finding) bool { return f.Status == check.Fail && slices.Contains(f.Intents(), intent) })
}

// refuses says why an answer is not carried out for a function that is made; empty when it is, or is nothing.
func (d *draft) refuses(intent check.Intent, a *plan.Answer, t *tighten.Translator) string {
	if a.None != "" {
		return a.None
	}
	if d.Request.ServiceAccount != "" && intent == check.FixOwnAccount {
		return "it is to run as " + d.Request.ServiceAccount
	}
	if intent == check.FixPinImage && d.Exists && d.runs(d.Request.Source.Image) {
		return "it runs under that name already"
	}
	if intent == check.FixCloseRoute && d.public() {
		return "it is to be called by that route"
	}
	if intent == check.FixEnvToSecret && record(d.Declares) {
		return "nothing there refers to a Secret: leave the value out, and have the function fetch it when it runs"
	}
	if intent == check.FixEnvToSecret && t.Keeps(d.Request.Framework) {
		return "the framework gives Secrets as files only, and it is to be a variable: mount a Secret instead"
	}
	for i := range a.Edits {
		e := &a.Edits[i]
		_, own := d.objects[e.Object]
		switch {
		case e.Verb == plan.Create && record(d.Declares) && !record(e.Object):
			return "it makes " + title(e.Object) + ", which is for other functions of the platform too"
		case e.Verb == plan.Delete:
			return "it takes " + title(e.Object) + " away, which is not of this function alone"
		case e.Verb == plan.Patch && !own && !d.keeps(e.Object):
			return "it is a change of " + title(e.Object) + ", which is not of this function alone"
		case e.Asks != "" && d.Exists && intent != check.FixEnvToSecret: // the values come with the request
			return "it runs already, and " + e.Asks
		case e.Asks != "" && d.Request.ServiceAccount != "" && intent == check.FixNoToken:
			return "it is to run as " + d.Request.ServiceAccount + ": " + e.Asks
		}
	}
	return ""
}

// runs reports whether the function that is there has that image.
func (d *draft) runs(image string) bool {
	raw, err := json.Marshal(d.live[d.Declares]["spec"])
	quoted, other := json.Marshal(image)
	return image != "" && err == nil && other == nil && bytes.Contains(raw, quoted)
}

// fresh is what is carried out of an answer for a function that was not there: it gets no rights that whatever else runs in
// its namespace has.
func (d *draft) fresh(a *plan.Answer) []plan.Edit {
	if d.Exists {
		return a.Edits
	}
	var kept []plan.Edit
	for _, e := range a.Edits {
		switch e.Object.Kind {
		case "RoleBinding", "ClusterRoleBinding":
			continue
		case "ServiceAccount":
			if e.Verb == plan.Create {
				e.New = maps.Clone(e.New)
				e.New["automountServiceAccountToken"] = false
			}
		}
		kept = append(kept, e)
	}
	return kept
}

// public reports whether a route is asked for.
func (d *draft) public() bool {
	return slices.ContainsFunc(d.Request.Triggers, func(t plan.Trigger) bool { return t.Type == "http" })
}

// keeps reports whether it is the Secret that this function's credentials are moved into.
func (d *draft) keeps(ref model.Ref) bool {
	return ref == d.secret() && d.live[ref] != nil
}

func (d *draft) left(intent check.Intent, why string) {
	if key := string(intent) + why; !d.tried[key] {
		d.tried[key] = true
		d.Left = append(d.Left, Step{intent, why})
	}
}
