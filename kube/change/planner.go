package change

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
)

// Plan reads every object, asks for the rights, and has the server try every step. The error is about the cluster as a
// whole; what is wrong with one object is told by its step.
func (e *Engine) Plan(ctx context.Context, r Request) (*Plan, error) {
	groups, err := grouped(r.Wishes)
	if err != nil {
		return nil, err
	}
	p, err := e.newPlan(ctx, r.Action, r.Title)
	if err != nil {
		return nil, err
	}
	p.keep = cmp.Or(r.Keep, e.o.Keep)
	for _, k := range r.Forget {
		p.backups = append(p.backups, backup{k.Namespace, k.Name})
	}
	return p, e.prepareAll(ctx, p, groups)
}

func (e *Engine) newPlan(ctx context.Context, action, title string) (*Plan, error) {
	cluster, operator, err := e.Identity(ctx)
	if err != nil {
		return nil, err
	}
	now := e.o.Now().UTC()
	return &Plan{
		ID: newID(now), Time: now, Action: action, Title: title, Cluster: cluster, Operator: operator,
		veil: &veil{names: e.o.Names, key: newKey()},
	}, nil
}

// prepareAll makes the steps, several at a time, in the order of the groups.
func (e *Engine) prepareAll(ctx context.Context, p *Plan, groups []*group) error {
	steps := make([]*Step, len(groups))
	dropped := make([]bool, len(groups))
	work, wctx := errgroup.WithContext(ctx)
	work.SetLimit(e.o.Parallel)
	for i, g := range groups {
		work.Go(func() error {
			s := &Step{
				Verb: g.verb, Ref: g.ref, Functions: g.functions, Why: g.why, Asks: g.asks, Effect: g.effect, Needs: g.needs, Units: g.units, Lasting: g.lasting, group: g,
			}
			var err error
			dropped[i], err = e.prepare(wctx, p, s)
			steps[i] = s
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	makes := false
	for i, s := range steps {
		if dropped[i] {
			p.Dropped = append(p.Dropped, Dropped{s.Ref, s.Why})
			continue
		}
		s.Number = len(p.Steps) + 1
		if makes && s.Checked == Refused && s.Verb == plan.Create && s.missing() {
			s.Checked, s.Blocked = Unable, ""
			s.Reason = "it needs what an earlier step makes"
		}
		makes = makes || s.Verb == plan.Create
		p.Steps = append(p.Steps, s)
	}
	e.guard(p)
	return p.fit()
}

// prepare reports whether nothing is to be done.
func (e *Engine) prepare(ctx context.Context, p *Plan, s *Step) (dropped bool, err error) {
	if why := e.locate(s); why != "" {
		s.Blocked = why
		return false, nil
	}
	if dropped, err = e.read(ctx, p, s); dropped || err != nil || s.Blocked != "" {
		return dropped, err
	}
	s.sign(p.veil)
	if s.live != nil {
		s.Owners = owners(s.live, s.touches)
		if s.group.part == "" { // a part is nobody's to set back
			s.Managed = managed(s.live)
		}
	}
	if err := e.access(ctx, s); err != nil {
		return false, err
	}
	if err := e.dryRun(ctx, p, s); err != nil {
		return false, err
	}
	return false, e.keepable(ctx, s)
}

// locate finds how the server calls the kind.
func (e *Engine) locate(s *Step) string {
	if r := e.remote(s.Ref); r != nil {
		return s.locateRemote(r)
	}
	var versions []string
	if v := s.group.apiVersion; v != "" {
		versions = []string{versionOf(v)}
	}
	api, ok := e.o.APIs.Find(s.Ref.GroupKind(), versions)
	if !ok {
		return fmt.Sprintf("the server does not serve %s", cmp.Or(s.group.apiVersion, s.Ref.Group)+" "+s.Ref.Kind)
	}
	if s.API = api; !api.Namespaced {
		s.Ref.Namespace = ""
	} else if s.Ref.Namespace == "" {
		return "it has no namespace"
	}
	return ""
}

func versionOf(apiVersion string) string {
	for i := len(apiVersion) - 1; i >= 0; i-- {
		if apiVersion[i] == '/' {
			return apiVersion[i+1:]
		}
	}
	return apiVersion
}

// get reads the live object; nil when there is none.
func (e *Engine) get(ctx context.Context, t client.Target) (object, error) {
	if r := e.remote(refTo(t)); r != nil {
		return e.getRemote(ctx, r, refTo(t))
	}
	raw, err := e.o.Client.Get(ctx, client.Query{API: t.API, Namespace: t.Namespace}, t.Name)
	if client.Classify(err) == client.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseObject(raw)
}

// read reads the object, and finds what is to be done with it.
func (e *Engine) read(ctx context.Context, p *Plan, s *Step) (dropped bool, err error) {
	live, err := e.get(ctx, s.Target())
	switch client.Classify(err) {
	case client.KindNone:
	case client.KindForbidden:
		s.Blocked = "it may not be read: " + client.Reason(err)
		return false, nil
	default:
		if s.Remote != "" { // one such server that does not answer is no trouble of the whole cluster
			s.Blocked = "it cannot be read: " + client.Reason(err)
			return false, nil
		}
		return false, err
	}
	switch {
	case s.Verb == plan.Create && live == nil:
		return false, s.create()
	case s.Verb == plan.Create:
		_, made, err := s.group.filled(nil)
		if err != nil {
			return false, err
		}
		if len(s.group.needs) == 0 && within(made, live) {
			return true, nil
		}
		s.live, s.Blocked = live, "it exists already and is different: fn9s does not overwrite it"
		return false, nil
	case live == nil && s.Verb == plan.Delete:
		return true, nil
	case live == nil:
		s.Blocked = "it does not exist"
		return false, nil
	}
	s.live, s.UID = live, types.UID(text(live, "metadata", "uid"))
	if s.group.uid != "" && s.group.uid != s.UID {
		s.Blocked = "it was deleted and made anew: this is another object of that name"
		return false, nil
	}
	if s.Verb == plan.Delete {
		if s.touches, err = s.group.gone(live); err != nil {
			return false, err
		}
		if why := leaving(live); why != "" && !s.group.release {
			s.Blocked = why
		}
		return false, nil
	}
	ed, err := s.group.edit(live, nil)
	if err != nil {
		s.Blocked = err.Error()
		return false, nil
	}
	if len(ed.touches) == 0 || equal(ed.object, live) {
		return true, nil
	}
	s.adopt(live, ed)
	return false, nil
}

// adopt takes over what an editor made of the live object.
func (s *Step) adopt(live object, ed *editor) {
	s.live, s.Ops, s.touches, s.grew = live, s.patch(live, ed), ed.touches, ed.appended
	s.mine, s.desired = ed.object, ed.object
}

// create fills in what a new object will be.
func (s *Step) create() error {
	_, made, err := s.group.filled(nil)
	if err != nil {
		return err
	}
	s.made, s.desired, s.touches = made, made, leaves(made)
	if s.Remote != "" { // what such an API is sent, and never tells again, is no part of the object afterwards
		s.touches = slices.DeleteFunc(s.touches, func(t touch) bool { return t.path[0].key == "sent" })
	}
	return nil
}

// patch puts before the operations what must be so for them: the object itself, and where a list grows that nobody else
// wrote meanwhile.
func (s *Step) patch(live object, ed *editor) []Op {
	ops := []Op{{"test", "/metadata/uid", text(live, "metadata", "uid")}}
	if ed.appended {
		ops = append(ops, Op{"test", "/metadata/resourceVersion", text(live, "metadata", "resourceVersion")})
	}
	return append(ops, ed.ops...)
}

// sign marks the touches whose values are secret.
func (s *Step) sign(v *veil) {
	known := s.group.secretPaths()
	for i := range s.touches {
		t := &s.touches[i]
		t.secret = t.secret || known[t.path.String()] || v.secret(s.Ref.Kind, t.path, t.old) || v.secret(s.Ref.Kind, t.path, t.now)
	}
}

// access asks for the rights that the step needs.
func (e *Engine) access(ctx context.Context, s *Step) error {
	verbs := map[plan.Verb][]string{plan.Patch: {"patch"}, plan.Create: {"create", "patch"}, plan.Delete: {"delete"}}[s.Verb]
	if s.Verb == plan.Delete && s.group.release {
		verbs = []string{"delete", "patch"}
	}
	s.Allowed = client.Verdict{Allowed: true}
	if r := e.remote(s.Ref); r != nil {
		s.Blocked = r.Refusal()
		s.Allowed = client.Verdict{Allowed: s.Blocked == "", Reason: s.Blocked}
		return nil
	}
	for _, verb := range verbs {
		v, err := e.may(ctx, s.Target(), verb)
		if err != nil {
			return err
		}
		if !v.Allowed {
			s.Allowed = v
			s.Blocked = v.Reason
			return nil
		}
	}
	return nil
}

// send writes the step, or has the server try it.
func (e *Engine) send(ctx context.Context, s *Step, dry bool) (*client.Written, error) {
	if r := e.remote(s.Ref); r != nil && !dry {
		return e.sendRemote(ctx, r, s)
	}
	switch s.Verb {
	case plan.Create:
		if made, err := e.beforeCreate(ctx, s, dry); made != nil || err != nil {
			return made, err
		}
		body, err := json.Marshal(s.made)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", s.Ref, err)
		}
		return e.o.Client.Apply(ctx, s.Target(), body, dry)
	case plan.Delete:
		got, err := e.o.Client.Delete(ctx, s.Target(), s.UID, text(s.live, "metadata", "resourceVersion"), dry)
		if err != nil || dry || !s.group.release {
			return got, err
		}
		return got, e.release(ctx, s)
	}
	body, err := json.Marshal(s.Ops)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", s.Ref, err)
	}
	return e.o.Client.PatchJSON(ctx, s.Target(), body, dry)
}

// learn takes over what the server made of the step: defaults, and what admission plugins changed.
func (s *Step) learn(raw []byte) ([]string, error) {
	if len(raw) == 0 || s.Verb == plan.Delete {
		return nil, nil
	}
	after, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	var differs []string
	for i := range s.touches {
		t := &s.touches[i]
		got, there := lookup(after, t.path)
		if t.hasNow != there || there && !within(t.now, got) {
			differs = append(differs, t.path.String())
		}
		t.now, t.hasNow = clone(got), there
	}
	if s.Verb == plan.Patch && s.alone(after) {
		s.touches = append(s.touches, collateral(s.live, s.mine, after)...)
	}
	s.desired, s.mine = after, after
	slices.Sort(differs)
	return differs, nil
}
