package workshop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Wanted says which Secrets of a cluster are meant: those that functions can read, those that are named, and those of a
// name in namespaces.
type Wanted struct {
	Context    string
	Functions  []model.FunctionID
	Secrets    []model.Ref
	Name       string
	Namespaces []string // of Name
}

// Candidate is a Secret as far as it is known without reading it, or what a function keeps itself.
type Candidate struct {
	Ref     model.Ref
	Item    *secrets.Item // nil: nothing is known of it. It must not be changed
	Kept    int           // values that the function keeps itself; 0: it is a Secret
	Refused string        // why it is not rotated here; empty: nothing speaks against it so far
}

// CandidatesOf says what is known of the Secrets that are wanted, in their order and each once, and of what the functions
// keep themselves, as settings tells it; nil: none does. It takes time.
func CandidatesOf(ctx context.Context, facts Asker, settings Settings, w Wanted) ([]Candidate, error) {
	var all []Candidate
	add := func(r *snapshot.Reader, refs ...model.Ref) {
		for _, ref := range refs {
			if slices.ContainsFunc(all, func(c Candidate) bool { return c.Ref == ref }) {
				continue
			}
			c := Candidate{Ref: ref, Item: (&rotate.Planner{Reader: r}).Item(ref)}
			if c.Item != nil {
				c.Refused = rotate.Refusal(c.Item)
			}
			all = append(all, c)
		}
	}
	questions := []func(*snapshot.Reader){func(r *snapshot.Reader) { add(r, w.Secrets...) }}
	for _, id := range w.Functions {
		questions = append(questions, func(r *snapshot.Reader) {
			p := &rotate.Planner{Reader: r, Settings: settings}
			if kept := p.Kept(r.Function(id.FunctionKey)); len(kept.Names) > 0 { // its own, before what others use too
				all = append(all, Candidate{Ref: kept.Object, Kept: len(kept.Names)})
			}
			add(r, p.OfFunction(id.FunctionKey)...)
		})
	}
	if w.Name != "" {
		for _, ns := range w.Namespaces {
			questions = append(questions, func(r *snapshot.Reader) {
				if ref := secrets.Ref(ns, w.Name); (&rotate.Planner{Reader: r}).Item(ref) != nil || len(w.Namespaces) == 1 {
					add(r, ref)
				}
			})
		}
	}
	for rest := questions; len(rest) > 0; {
		err := facts.Ask(ctx, w.Context, func(r *snapshot.Reader) {
			for began := time.Now(); len(rest) > 0; rest = rest[1:] {
				if rest[0](r); time.Since(began) > piece {
					rest = rest[1:]
					return
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("ask %s for Secrets: %w", w.Context, err)
		}
	}
	return all, nil
}

// Outlook is what it would take to rotate a Secret, and what stands in the way.
type Outlook struct {
	Secret   model.Ref
	Stored   *rotate.Stored   // nil: it is not there
	Item     *secrets.Item    // nil: nothing is known of it. It must not be changed
	Rotation *rotate.Rotation // nil: see Refused and Unclear
	Refused  string           // why it is not rotated here, or not like this
	Unclear  string           // what must be said about keys
	Denied   string           // why this operator may not read it, or not write it
}

// OutlookOf asks a planner, of which Reader and Cluster are filled in. Facts are never kept waiting for the cluster: what
// has to be read is read between the questions. It takes time.
func OutlookOf(ctx context.Context, facts Asker, cluster rotate.Cluster, p rotate.Planner, ref model.Ref, o rotate.Options) (*Outlook, error) {
	known := &recalled{secrets: map[model.Ref]*rotate.Stored{}, objects: map[model.Ref]map[string]any{}}
	p.Cluster = known
	const most = 200 // an immutable Secret has every object read that names it
	for range most {
		var r *rotate.Rotation
		var item *secrets.Item
		var planned error
		known.missing = nil
		err := facts.Ask(ctx, p.Context, func(reader *snapshot.Reader) {
			p.Reader = reader
			item = p.Item(ref)
			r, planned = p.Secret(ctx, ref, o)
		})
		if err != nil {
			return nil, fmt.Errorf("ask %s about %s: %w", p.Context, ref, err)
		}
		if known.missing == nil {
			return outlook(ref, known.secrets[ref], item, r, planned)
		}
		if err := known.read(ctx, cluster); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s is used in too many places", ref)
}

func outlook(ref model.Ref, s *rotate.Stored, item *secrets.Item, r *rotate.Rotation, err error) (*Outlook, error) {
	l := &Outlook{Secret: ref, Stored: s, Item: item, Rotation: r}
	var refused *rotate.RefusedError
	var keys *rotate.KeysError
	switch {
	case err == nil:
	case errors.As(err, &refused):
		l.Refused = refused.Why
	case errors.As(err, &keys):
		l.Unclear = keys.Error()
	default:
		return nil, err
	}
	return l, nil
}

// recalled answers from what was read before, and notes what was not.
type recalled struct {
	secrets map[model.Ref]*rotate.Stored
	objects map[model.Ref]map[string]any
	missing *model.Ref
	object  bool
}

var errUnread = errors.New("it was not read yet")

// Secret is the Secret that was read.
func (k *recalled) Secret(_ context.Context, ref model.Ref) (*rotate.Stored, error) {
	s, ok := k.secrets[ref]
	if !ok {
		k.missing, k.object = &ref, false
		return nil, errUnread
	}
	return s, nil
}

// Object is the object that was read.
func (k *recalled) Object(_ context.Context, ref model.Ref) (map[string]any, error) {
	o, ok := k.objects[ref]
	if !ok {
		k.missing, k.object = &ref, true
		return nil, errUnread
	}
	return o, nil
}

func (k *recalled) read(ctx context.Context, cluster rotate.Cluster) (err error) {
	ref := *k.missing
	if k.object {
		k.objects[ref], err = cluster.Object(ctx, ref)
	} else {
		k.secrets[ref], err = cluster.Secret(ctx, ref)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", ref, err)
	}
	return nil
}

// planner plans rotations in the cluster of a context.
func (s *Shop) planner(context string, at time.Time) rotate.Planner {
	return rotate.Planner{
		Context: context,
		Restart: func(f *model.Function) plan.Answer { return frameworks.Restart(s.o.Adapters, f, at) },
		Point: func(f *model.Function, objects plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit {
			return frameworks.Point(s.o.Adapters, f, objects, e, direct)
		},
		Settings: s.settings,
	}
}

// Candidates says what is known of Secrets without reading them. It takes time.
func (s *Shop) Candidates(ctx context.Context, w Wanted) ([]Candidate, error) {
	return CandidatesOf(ctx, s.o.Clusters, s.settings, w)
}

// Outlook says what it would take to rotate a Secret, or what a function keeps itself. It reads the Secret, and drops its values. It takes time.
func (s *Shop) Outlook(ctx context.Context, context string, ref model.Ref, o rotate.Options) (*Outlook, error) {
	e, err := s.engine(context)
	if err != nil {
		return nil, err
	}
	c, ok := s.o.Clusters.Cluster(context)
	if !ok {
		return nil, fmt.Errorf("context %s is not open", context)
	}
	if Keeps(ref) {
		l, err := KeptOf(ctx, s.o.Clusters, s.planner(context, o.At), ref, o)
		if err == nil {
			l.Denied = e.RefusesRemote(ref)
		}
		return l, err
	}
	verb := "get"
	v, err := e.MaySecret(ctx, verb, ref.Namespace, ref.Name)
	if err != nil {
		return nil, err
	}
	if !v.Allowed {
		known, err := s.Candidates(ctx, Wanted{Context: context, Secrets: []model.Ref{ref}})
		if err != nil {
			return nil, err
		}
		return &Outlook{Secret: ref, Item: known[0].Item, Denied: cmp.Or(v.Reason, "no "+verb+" on secrets "+ref.Namespace)}, nil
	}
	l, err := OutlookOf(ctx, s.o.Clusters, rotate.Live{Client: c.Client(), APIs: c.APIs()}, s.planner(context, o.At), ref, o)
	if err != nil || l.Stored == nil {
		return l, err
	}
	verb = "patch"
	switch {
	case l.Rotation != nil && l.Rotation.Source.Name != "":
		return l, nil // it is not the Secret that is written
	case l.Stored.Immutable:
		verb = "create"
	}
	if v, err = e.MaySecret(ctx, verb, ref.Namespace, ref.Name); err != nil {
		return nil, err
	}
	if !v.Allowed {
		l.Denied = cmp.Or(v.Reason, "no "+verb+" on secrets "+ref.Namespace)
	}
	return l, nil
}

// Expired lists the Secrets with old values of earlier changes whose time is over, and that this operator may delete. It
// takes time.
func (s *Shop) Expired(ctx context.Context, context string, namespaces []string) ([]change.KeptSecret, error) {
	e, err := s.engine(context)
	if err != nil {
		return nil, err
	}
	kept, err := e.Kept(ctx, namespaces)
	if err != nil {
		return nil, err
	}
	now := s.o.Now()
	var over []change.KeptSecret
	for _, k := range kept {
		if k.Expires.IsZero() || k.Expires.After(now) {
			continue
		}
		v, err := e.MaySecret(ctx, "delete", k.Namespace, k.Name)
		if err != nil {
			return nil, err
		}
		if v.Allowed {
			over = append(over, k)
		}
	}
	return over, nil
}

// ReadValue reads a new secret value from a file, as it is. It takes time.
func (s *Shop) ReadValue(name string) ([]byte, error) { return ReadValue(name) }

// ReadValue reads a new secret value from a file, as it is; `~/` is the operator's home. The error holds nothing of it.
func ReadValue(name string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		name = filepath.Join(home, rest)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	case info.Size() > rotate.Most:
		return nil, fmt.Errorf("%s is larger than 1 MiB", name)
	}
	f, err := os.Open(name) // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	value, err := io.ReadAll(io.LimitReader(f, rotate.Most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(value) == 0:
		return nil, fmt.Errorf("%s is empty", name)
	}
	return value, nil
}
