package rotate

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
)

// stamped is the end of the name of a Secret that took another one's place.
var stamped = regexp.MustCompile(`-[0-9]{8}-[0-9]{6}$`)

// successorName is the name without the moment of an earlier rotation, and with that of this one.
func successorName(name string, at time.Time) string {
	const longest = 253
	stamp := at.UTC().Format("-20060102-150405")
	name = stamped.ReplaceAllString(name, "")
	return strings.TrimRight(name[:min(len(name), longest-len(stamp))], "-.") + stamp
}

// succeed plans a new Secret in the place of one that cannot be changed, and has everything that names the old one name it.
func (p *Planner) succeed(ctx context.Context, r *Rotation, s *Stored, i *secrets.Item, o Options) error {
	r.Successor = model.Ref{Kind: "Secret", Namespace: s.Ref.Namespace, Name: successorName(s.Ref.Name, o.At)}
	if o.NoRestart {
		return &RefusedError{s.Ref, "it is immutable: pointing its users to a new Secret restarts them"}
	}
	if i == nil {
		return &RefusedError{s.Ref, "it is immutable, and who names it is not known: Secrets of the namespace may not be listed"}
	}
	pointed := map[model.Ref]bool{}
	for k := range i.Usage {
		u := &i.Usage[k]
		c, f := p.consumer(u)
		for _, way := range u.Ways {
			c.Ways = append(c.Ways, way.String())
		}
		c.Takes = Pointed
		edits, err := p.point(ctx, s.Ref, r.Successor.Name, f, p.uses(s.Ref, u))
		if err != nil {
			return &RefusedError{s.Ref, "it is immutable, and " + c.Label() + " cannot be pointed to another one: " + err.Error()}
		}
		for _, e := range edits {
			c.Steps = append(c.Steps, e.Object)
			if !pointed[e.Object] {
				r.Wishes = append(r.Wishes, change.Wish{Edit: e, Functions: []model.FunctionID{c.ID}, Effect: plan.Rollout})
			}
		}
		for _, e := range edits {
			pointed[e.Object] = true
		}
		r.Consumers = append(r.Consumers, *c)
	}
	r.Notes = append(r.Notes, "it is immutable: "+r.Successor.Name+" takes its place, and it stays as it is")
	if i.Status == secrets.Named {
		r.Notes = append(r.Notes, "what names it besides workloads is not changed")
	}
	r.Wishes = slices.Insert(r.Wishes, 0, change.Wish{Effect: plan.AtOnce, Functions: r.users(), Edit: r.successor(s, o)})
	return nil
}

// Label is `function cart`, or `Deployment cart-db`.
func (c *Consumer) Label() string {
	if c.Function {
		return "function " + c.Name
	}
	return c.Object.Kind + " " + c.Name
}

// successor is the new Secret: what gets no new value is taken from the old one when it is made.
func (r *Rotation) successor(s *Stored, o Options) plan.Edit {
	notes := map[string]any{}
	for k, v := range s.Annotations {
		if k != lastApplied {
			notes[k] = v
		}
	}
	notes[rotatedAt] = o.At.UTC().Format(time.RFC3339)
	meta := map[string]any{"annotations": notes}
	if len(s.Labels) > 0 {
		labels := map[string]any{}
		for k, v := range maps.All(s.Labels) {
			labels[k] = v
		}
		meta["labels"] = labels
	}
	needs := r.needs(o.Recipe)
	for _, k := range s.Keys {
		if !slices.Contains(r.Keys, k) {
			path := plan.Keyed("data", k)
			needs = append(needs, plan.Need{Path: path, From: plan.Literal{Object: s.Ref, Path: path}})
		}
	}
	return plan.Edit{
		Verb: plan.Create, Object: r.Successor, APIVersion: "v1", Needs: needs, Why: r.why() + ", in the place of " + s.Ref.Name, Asks: r.asks(),
		New: map[string]any{"apiVersion": "v1", "kind": "Secret", "type": s.Type, "immutable": true, "metadata": meta},
	}
}

// point makes the edits with which a user of a Secret names another one: in the objects that its framework reads, else in
// the workload itself.
func (p *Planner) point(ctx context.Context, from model.Ref, to string, f *model.Function, uses []secrets.Use) ([]plan.Edit, error) {
	direct, err := p.rename(ctx, places(uses), from.Name, to)
	if f == nil || f.Object.Kind == "" || isWorkload(f.Object) {
		if err == nil && len(direct) == 0 {
			err = fmt.Errorf("no place is known where it is named")
		}
		return direct, err
	}
	own, err := p.declared(ctx, f, from, uses)
	if err != nil {
		return nil, err
	}
	if len(own) == 0 && len(direct) > 0 && p.free(direct) {
		return direct, nil // nobody but people writes the workload
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("%s %s has no field that names it", f.Object.Kind, f.Object.Name)
	}
	edits, err := p.rename(ctx, own, from.Name, to)
	if err != nil || p.Point == nil {
		return edits, err
	}
	var all []plan.Edit
	for _, e := range edits {
		if e.Object == f.Object {
			all = append(all, p.Point(f, p.Reader, e, direct)...)
		} else {
			all = append(all, e)
		}
	}
	return all, nil
}

// declared lists the places where what declares the function names a Secret: its own object, those that configure it, and
// its account.
func (p *Planner) declared(ctx context.Context, f *model.Function, from model.Ref, uses []secrets.Use) ([]model.Origin, error) {
	var own []model.Origin
	add := func(o model.Origin) {
		if !slices.Contains(own, o) {
			own = append(own, o)
		}
	}
	objects := append([]model.Ref{f.Object}, secrets.Configuring(p.Reader, f)...)
	for _, ref := range objects {
		if ref.Namespace != from.Namespace {
			continue
		}
		object, err := p.Cluster.Object(ctx, ref)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", ref, err)
		}
		search(object["spec"], []plan.Step{{Key: "spec"}}, from.Name, func(path string) { add(model.Origin{Ref: ref, Path: path}) })
	}
	for i := range f.References {
		ref := &f.References[i]
		if refers(f, ref, from) && !isWorkload(ref.Origin.Ref) && !slices.Contains(objects, ref.Origin.Ref) {
			add(ref.Origin)
		}
	}
	for i := range uses {
		if at := uses[i].At.Object; at.Kind == "ServiceAccount" { // it is nobody's but the operator's
			add(model.Origin{Ref: at, Path: uses[i].At.Path})
		}
	}
	return own, nil
}

// free reports whether no other object makes any of these.
func (p *Planner) free(edits []plan.Edit) bool {
	return !slices.ContainsFunc(edits, func(e plan.Edit) bool {
		o := p.Reader.Get(e.Object)
		return o == nil || len(o.Head().Owners) > 0
	})
}

// The fields by which objects of Kubernetes, and those that are made like them, name a Secret: as a text or by its name,
// alone or in a list.
var referring = []string{"secretKeyRef", "secretRef", "secretName", "secret", "secrets", "imagePullSecrets", "imagepullsecret", "loadFromSecret", "nodePublishSecretRef"}

// search calls back with the places below a value that name a Secret.
func search(at any, steps []plan.Step, name string, found func(path string)) {
	switch at := at.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(at)) {
			down := append(slices.Clip(steps), plan.Step{Key: key})
			if slices.Contains(referring, key) {
				named(at[key], down, name, found)
			}
			search(at[key], down, name, found)
		}
	case []any:
		for i, e := range at {
			search(e, append(slices.Clip(steps), plan.Step{Of: plan.Place, Index: i}), name, found)
		}
	}
}

// named calls back when a value is the name, or has it.
func named(at any, steps []plan.Step, name string, found func(path string)) {
	switch at := at.(type) {
	case string:
		if at == name {
			found(plan.Join(steps...))
		}
	case map[string]any:
		if at["name"] == name {
			found(plan.Join(append(slices.Clip(steps), plan.Step{Key: "name"})...))
		}
	case []any:
		for i, e := range at {
			named(e, append(slices.Clip(steps), plan.Step{Of: plan.Place, Index: i}), name, found)
		}
	}
}

// places are those of uses that are in templates: what runs follows.
func places(uses []secrets.Use) []model.Origin {
	var all []model.Origin
	for i := range uses {
		at := model.Origin{Ref: uses[i].At.Object, Path: uses[i].At.Path}
		if !uses[i].Live && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}

// rename makes the edits that put another name into these places. An object that cannot be changed is an error.
func (p *Planner) rename(ctx context.Context, at []model.Origin, from, to string) ([]plan.Edit, error) {
	var edits []plan.Edit
	for _, o := range at {
		if o.Kind == "Pod" || o.Kind == "Job" || o.Kind == "ReplicaSet" {
			return nil, fmt.Errorf("the %s %s cannot be changed: it must be deleted and made again", o.Kind, o.Name)
		}
		object, err := p.Cluster.Object(ctx, o.Ref)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", o.Ref, err)
		}
		path, ok := naming(object, o.Path, from)
		if !ok {
			return nil, fmt.Errorf("%s does not name it at %s", o.Ref, o.Path)
		}
		i := slices.IndexFunc(edits, func(e plan.Edit) bool { return e.Object == o.Ref })
		if i < 0 {
			i = len(edits)
			version, _ := object["apiVersion"].(string)
			edits = append(edits, plan.Edit{Verb: plan.Patch, Object: o.Ref, APIVersion: version, Why: "names the new Secret " + to})
		}
		if !slices.ContainsFunc(edits[i].Fields, func(f plan.Field) bool { return f.Path == path }) {
			edits[i].Fields = append(edits[i].Fields, plan.Field{Path: path, Value: to})
		}
	}
	return edits, nil
}

// names are the fields below a place that may hold the name of a Secret.
var names = [][]string{{}, {"name"}, {"secretName"}, {"secretRef", "name"}, {"secret", "secretName"}, {"secret", "name"}}

// naming is the path of the very field that holds the name, at a place or below it. Places that name a mount lead to the
// volume of that mount.
func naming(object map[string]any, path, name string) (string, bool) {
	path = strings.TrimPrefix(path, ".")
	if volume, ok := mounted(object, path); ok {
		path = volume
	}
	steps, err := plan.ParsePath(path)
	if err != nil || object == nil {
		return "", false
	}
	for _, more := range names {
		all := slices.Clone(steps)
		for _, key := range more {
			all = append(all, plan.Step{Key: key})
		}
		if v, ok := value(object, all).(string); ok && v == name {
			return plan.Join(all...), true
		}
	}
	return "", false
}

// value returns what is at a path; nil where nothing is.
func value(at any, steps []plan.Step) any {
	for _, s := range steps {
		switch s.Of {
		case plan.Member:
			m, _ := at.(map[string]any)
			at = m[s.Key]
		case plan.Place:
			l, _ := at.([]any)
			if s.Index >= len(l) {
				return nil
			}
			at = l[s.Index]
		default:
			return nil
		}
	}
	return at
}

var subPath = regexp.MustCompile(`^(.*\.|)(?:initContainers|containers)\[\d+\]\.volumeMounts\[\d+\]\.subPath$`)

// mounted is the place of the volume that a mount is of, for places that are a mount's.
func mounted(object map[string]any, path string) (string, bool) {
	m := subPath.FindStringSubmatch(path)
	if m == nil {
		return "", false
	}
	at, err := plan.ParsePath(strings.TrimSuffix(path, ".subPath"))
	list, err2 := plan.ParsePath(m[1] + "volumes")
	if err != nil || err2 != nil {
		return "", false
	}
	mount, _ := value(object, at).(map[string]any)
	volumes, _ := value(object, list).([]any)
	for i, v := range volumes {
		if volume, _ := v.(map[string]any); volume["name"] == mount["name"] && mount != nil {
			return m[1] + fmt.Sprintf("volumes[%d]", i), true
		}
	}
	return "", false
}
