package change

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// CannotUndoError says why a change is not taken back.
type CannotUndoError struct {
	ID  string
	Why []string
	// Instead is the newest change that can be undone, where none was named and the newest of all cannot; empty: none, or one was.
	Instead string
}

func (e *CannotUndoError) Error() string {
	if e.ID == "" {
		return some(e.Why, 1)
	}
	text := fmt.Sprintf("%s cannot be undone: %s", e.ID, some(e.Why, 5))
	if e.Instead != "" {
		text += "; the newest that can is " + e.Instead
	}
	return text
}

// PlanUndo plans to take a change back, without an id the newest of this operator on this cluster that is neither an
// undo nor undone. What was never carried out, or was taken back already, is left alone; when a path has another value
// than the change gave it, nothing is planned at all.
func (e *Engine) PlanUndo(ctx context.Context, id string) (*Plan, error) {
	book, err := e.o.Journal.Read()
	if err != nil {
		return nil, err
	}
	p, err := e.planUndo(ctx, book, id)
	var cannot *CannotUndoError
	if id == "" && errors.As(err, &cannot) && cannot.ID != "" {
		cannot.Instead = e.undoable(ctx, book, cannot.ID)
	}
	return p, err
}

// mostTried bounds the changes that are looked at for one that can be undone.
const mostTried = 20

// undoable is the newest change before another one that can be undone; empty where there is none, or a look at it fails.
func (e *Engine) undoable(ctx context.Context, book *journal.Book, before string) string {
	here, operator, err := e.Identity(ctx)
	if err != nil {
		return ""
	}
	at := slices.IndexFunc(book.Entries, func(o *journal.Entry) bool { return o.ID == before })
	tried := 0
	for _, entry := range slices.Backward(book.Entries[:max(at, 0)]) {
		if entry.Undoes != "" || entry.Operator != operator || refusal(book, entry, here) != "" {
			continue
		}
		if p, err := e.planUndo(ctx, book, entry.ID); err == nil && len(p.Steps) > 0 && len(p.Blocked()) == 0 {
			return entry.ID
		}
		if tried++; tried == mostTried {
			break
		}
	}
	return ""
}

func (e *Engine) planUndo(ctx context.Context, book *journal.Book, id string) (*Plan, error) {
	p, err := e.newPlan(ctx, "undo", "")
	if err != nil {
		return nil, err
	}
	entry := book.Newest(p.Cluster, p.Operator)
	if id != "" {
		if entry, err = book.Find(id); err != nil {
			return nil, &CannotUndoError{Why: []string{err.Error()}}
		}
	}
	if entry == nil {
		return nil, &CannotUndoError{Why: []string{"the journal has no change of yours on this cluster that could be undone"}}
	}
	if why := refusal(book, entry, p.Cluster); why != "" {
		return nil, &CannotUndoError{ID: entry.ID, Why: []string{why}}
	}
	p.Title, p.Undoes = "undo "+entry.ID+": "+entry.Title, entry.ID
	old := &veil{names: e.o.Names, key: entry.Key}
	var groups []*group
	var against []string
	for _, s := range slices.Backward(entry.Steps) {
		if !s.Outcome.May() {
			continue
		}
		g, why, err := e.inverse(ctx, old, book, &s)
		if err != nil {
			return nil, err
		}
		if why != "" {
			against = append(against, s.Object.String()+": "+why)
		}
		if g != nil {
			groups = append(groups, g)
		}
		if b := (backup{s.Object.Namespace, s.Backup}); s.Backup != "" && !slices.Contains(p.backups, b) {
			p.backups = append(p.backups, b)
		}
	}
	if len(against) > 0 {
		return nil, &CannotUndoError{ID: entry.ID, Why: against}
	}
	valuesFirst(groups)
	return p, e.prepareAll(ctx, p, ownersFirst(groups))
}

// Stays is why a container that was put beside those of a pod is not taken away again.
const Stays = "what is put beside the containers of a pod stays until the pod is deleted"

func lasts(touches []touch) bool {
	return slices.ContainsFunc(touches, func(t touch) bool {
		return len(t.path) > 1 && t.path[0].key == "spec" && t.path[1].key == "ephemeralContainers"
	})
}

// valuesFirst puts Secrets that get old values back before all that restarts: pods that start earlier would read the
// value that goes.
func valuesFirst(groups []*group) {
	restores := func(g *group) bool {
		return g.verb == plan.Patch && g.ref.Kind == "Secret" && g.ref.Group == "" &&
			slices.ContainsFunc(g.reverts, func(t touch) bool { return t.secret && t.hadOld })
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		switch x, y := restores(a), restores(b); {
		case x && !y:
			return -1
		case y && !x:
			return 1
		}
		return 0
	})
}

func refusal(book *journal.Book, entry *journal.Entry, here journal.Cluster) string {
	switch {
	case entry.Newer:
		return "a newer fn9s wrote it"
	case !entry.Cluster.Same(here):
		return fmt.Sprintf("it was made on another cluster (%s, %s), and this is %s", entry.Cluster.Context, entry.Cluster.Server, here.Server)
	case !entry.Did():
		return "it changed nothing"
	}
	if by := book.Undone(entry.ID); by != "" {
		return "it was undone by " + by
	}
	return ""
}

// inverse makes the wish that takes a step back; nil: there is nothing to take back.
func (e *Engine) inverse(ctx context.Context, v *veil, book *journal.Book, s *journal.StepEntry) (*group, string, error) {
	gv, err := schema.ParseGroupVersion(s.Object.APIVersion)
	if err != nil {
		return nil, "the journal is damaged: " + err.Error(), nil
	}
	g := &group{
		verb: plan.Patch, apiVersion: s.Object.APIVersion, effect: plan.Rollout, uid: types.UID(s.UID),
		ref: model.Ref{Group: gv.Group, Kind: s.Object.Kind, Namespace: s.Object.Namespace, Name: s.Object.Name},
		why: []string{"as before"}, functions: parseIDs(s.Functions), along: s.Along,
	}
	if e.remote(g.ref) != nil {
		g.effect = remoteEffect(g.ref.Kind)
	}
	at := &Step{Ref: g.ref, group: g}
	if why := e.locate(at); why != "" {
		return nil, why, nil
	}
	live, err := e.get(ctx, at.Target())
	if client.Classify(err) == client.KindForbidden {
		return nil, "it may not be read: " + client.Reason(err), nil
	}
	if err != nil {
		return nil, "", err
	}
	g.follow(book, s, live)
	touches, err := readTouches(s.Touches)
	if err != nil {
		return nil, "the journal is damaged: " + err.Error(), nil
	}
	if live != nil && s.UID == text(live, "metadata", "uid") && lasts(touches) {
		return nil, Stays, nil
	}
	g.fields, s.Touches, touches = again(s.Touches, touches)
	was, is, differs := compareRecorded(v, live, s.Touches, touches)
	switch plan.Verb(s.Verb) {
	case plan.Create:
		return uncreate(g, live, is, differs)
	case plan.Delete:
		if live != nil {
			return nil, there(live, was || s.Along), nil
		}
		if err := e.oldValues(ctx, v, s, touches); err != nil {
			return nil, err.Error(), nil
		}
		return undelete(g, touches)
	}
	switch {
	case live == nil:
		return nil, "it does not exist any more", nil
	case g.uid != "" && text(live, "metadata", "uid") != string(g.uid):
		return nil, "it was deleted and made anew: this is another object of that name", nil
	case was:
		return nil, "", nil
	case !is:
		return nil, differs + " was changed since, by " + lastWriter(live, touches), nil
	}
	if err := e.oldValues(ctx, v, s, touches); err != nil {
		return nil, err.Error(), nil
	}
	slices.Reverse(touches)
	g.reverts = touches
	return g, "", nil
}

// follow takes an object that an undo made anew for the one of the step: it says who it is, its values say whether it is as
// the step left it.
func (g *group) follow(book *journal.Book, s *journal.StepEntry, live object) {
	if uid := text(live, "metadata", "uid"); uid != s.UID && book.Remade(s, uid) {
		g.uid = types.UID(uid)
	}
}

// again takes what was written into the status of an object out of what is taken back: it asked a controller to take notice,
// which answered there. It is asked once more.
func again(recorded []journal.Touch, touches []touch) (fields []plan.Field, restRecorded []journal.Touch, rest []touch) {
	for i := range touches {
		t := &touches[i]
		if t.path[0].key != "status" {
			restRecorded, rest = append(restRecorded, recorded[i]), append(rest, *t)
			continue
		}
		f := plan.Field{Path: recorded[i].Path, Remove: true}
		if now := recorded[i].New; now != nil {
			value, err := valueOf(now.JSON)
			if f.Value, f.Remove = value, false; err != nil || now.Hash != "" {
				continue
			}
		}
		fields = append(fields, f)
	}
	return fields, restRecorded, rest
}

// readTouches reads what the journal says. Secret values are not in it.
func readTouches(all []journal.Touch) ([]touch, error) {
	var out []touch
	for i := range all {
		j := &all[i]
		path, err := parsePath(j.Path)
		if err != nil {
			return nil, err
		}
		t := touch{path: path, made: j.Made, at: j.At, secret: j.Secret, hadOld: j.Old != nil, hasNow: j.New != nil}
		if t.hadOld && j.Old.Hash == "" {
			if t.old, err = valueOf(j.Old.JSON); err != nil {
				return nil, fmt.Errorf("%s: %w", j.Path, err)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// compareRecorded says whether all paths have the values from before the step, whether all have those that it gave them,
// and names one that has neither.
func compareRecorded(v *veil, live object, recorded []journal.Touch, touches []touch) (was, is bool, differs string) {
	was, is = true, true
	for i := range recorded {
		got, there := lookup(live, touches[i].path)
		old, now := v.is(got, there, recorded[i].Old), v.is(got, there, recorded[i].New)
		was, is = was && old, is && now
		if !now && differs == "" {
			differs = recorded[i].Path
		}
	}
	return was, is, differs
}

func lastWriter(live object, touches []touch) string {
	who := "somebody else"
	for _, o := range owners(live, touches) {
		who = o.Manager
	}
	return who
}

func uncreate(g *group, live object, is bool, differs string) (*group, string, error) {
	switch {
	case live == nil:
		return nil, "", nil
	case g.uid != "" && text(live, "metadata", "uid") != string(g.uid):
		return nil, "it was deleted and made anew: this is another object of that name", nil
	case !is:
		return nil, differs + " was changed since", nil
	}
	g.verb = plan.Delete
	return g, "", nil
}

// there says why an object that was deleted, and is there, is not made anew; empty: it is as it is to be.
func there(live object, same bool) string {
	if why := leaving(live); why != "" || same {
		return why // it never happened, or it is there again
	}
	return "there is another object of that name, which is different"
}

// undelete makes the object anew from its fields.
func undelete(g *group, touches []touch) (*group, string, error) {
	g.verb, g.uid, g.made, g.anew = plan.Create, "", object{}, true
	e := newEditor(g.made)
	for i := range touches {
		t := &touches[i]
		if err := e.set(&plan.Field{Path: t.path.String(), Value: t.old}); err != nil {
			return nil, err.Error(), nil
		}
	}
	for i := range g.fields {
		if err := e.set(&g.fields[i]); err != nil {
			return nil, err.Error(), nil
		}
	}
	g.made, g.fields = e.object, nil
	if err := g.name(); err != nil {
		return nil, err.Error(), nil
	}
	for i := range touches {
		if touches[i].secret {
			g.hidden = append(g.hidden, touches[i].path.String())
		}
	}
	return g, "", nil
}

// oldValues gets back the secret values from before the step.
func (e *Engine) oldValues(ctx context.Context, v *veil, s *journal.StepEntry, touches []touch) error {
	var kept map[string]any
	for i := range touches {
		t := &touches[i]
		if !t.hadOld || s.Touches[i].Old.Hash == "" {
			continue
		}
		if s.Backup == "" {
			return fmt.Errorf("the old secret value of %s was not kept", t.path)
		}
		if kept == nil {
			var err error
			if kept, err = e.kept(ctx, s.Object.Namespace, s.Backup, s.Number); err != nil {
				return err
			}
		}
		old, ok := kept[t.path.String()]
		if !ok || !v.is(old, true, s.Touches[i].Old) {
			return fmt.Errorf("the Secret %s/%s does not keep the old value of %s", s.Object.Namespace, s.Backup, t.path)
		}
		t.old = old
	}
	return nil
}
