package workshop

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	// pause is how long a question waits for the next key before anything is computed.
	pause = 120 * time.Millisecond
	// fresh is how long what was read around functions is believed.
	fresh = 30 * time.Second
)

// around is what was read, or is being read, around the functions of one framework in one namespace.
type around struct {
	done    chan struct{}
	begun   time.Time
	client  *client.Client
	setting *deploy.Setting
	err     error
}

// arounds keys what was read.
type aroundKey struct{ context, namespace, framework string }

// maker makes functions on the cluster of a context.
func (s *Shop) maker(context string) *deploy.Maker {
	options := &snapshot.Options{Now: s.o.Now()}
	if c, ok := s.o.Clusters.Board().Cluster(context); ok && s.o.Posture != nil {
		options = s.o.Posture(context, c.Version)
	}
	return deploy.New(s.o.Adapters, s.o.Kinds, options)
}

// Makers are the frameworks in which functions can be made on the cluster of a context. It does not take time.
func (s *Shop) Makers(context string) []Maker {
	c, ok := s.o.Clusters.Cluster(context)
	return MakersOf(s.maker(context), func(framework string) string {
		if !ok || c.APIs() == nil {
			return "context " + context + " has not told its APIs yet"
		}
		return unserved(s.o.Adapters, framework, context, c.APIs())
	})
}

// unserved says that a cluster has no kind of a framework.
func unserved(adapters []frameworks.Framework, framework, context string, apis *client.APIs) string {
	missing := ""
	for _, a := range adapters {
		if a.Name() != framework {
			continue
		}
		for _, x := range a.Resources() {
			if x.Core || len(x.Versions) == 0 {
				continue
			}
			if _, ok := apis.Find(x.GroupKind(), x.Versions); ok {
				return ""
			}
			if missing == "" {
				missing = context + " does not serve " + x.Kind + " of " + x.Group + ": " + framework + " is not installed there"
			}
		}
	}
	return missing
}

// setting is what is around functions of a framework in a namespace. It is read for whoever asks next too: who gives up
// does not end it.
func (s *Shop) setting(ctx context.Context, key aroundKey) (*deploy.Setting, error) {
	c, ok := s.o.Clusters.Cluster(key.context)
	if why := s.Refusal(key.context); !ok || why != "" {
		return nil, fmt.Errorf("read what is around: %s", why)
	}
	s.mu.Lock()
	a := s.around[key]
	if a == nil || a.client != c.Client() || s.o.Now().Sub(a.begun) > fresh || a.over() && a.err != nil {
		if s.ctx.Err() != nil {
			s.mu.Unlock()
			return nil, s.ctx.Err()
		}
		a = &around{done: make(chan struct{}), begun: s.o.Now(), client: c.Client()}
		s.around[key] = a
		apis := c.APIs()
		s.work.Go(func() {
			defer close(a.done)
			a.setting, a.err = s.read(s.ctx, a.client, apis, []string{key.namespace}, []string{key.framework})
		})
	}
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.setting, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read reads what is around functions of these frameworks in these namespaces.
func (s *Shop) read(ctx context.Context, c *client.Client, apis *client.APIs, namespaces, names []string) (*deploy.Setting, error) {
	r := deploy.NewReader(c, apis, s.o.Adapters, s.o.Kinds)
	if s.o.Outside != nil {
		var err error
		if r.Outside, err = s.o.Outside(c); err != nil {
			return nil, err
		}
	}
	return r.Setting(ctx, namespaces, names)
}

func (a *around) over() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// Prospect says what a deployment would come to. It takes time, and waits a moment before it begins: a question that is
// given up meanwhile costs nothing.
func (s *Shop) Prospect(ctx context.Context, d *Deployment) (*Prospect, error) {
	wait := time.NewTimer(pause)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	m := s.maker(d.Context)
	if d.Request.Namespace == "" {
		return ProspectOf(ctx, m, nil, nil, d)
	}
	setting, err := s.setting(ctx, aroundKey{d.Context, d.Request.Namespace, d.Request.Framework})
	if err != nil {
		return nil, err
	}
	return ProspectOf(ctx, m, setting, s.function, d)
}

// function is a function of the board.
func (s *Shop) function(id model.FunctionID) *model.Function {
	if row := s.o.Clusters.Board().Row(id); row != nil {
		return row.Function
	}
	return nil
}

// Deploy makes the order of deployments on one cluster. It takes time.
func (s *Shop) Deploy(ctx context.Context, all []Deployment) (*Order, error) {
	if len(all) == 0 {
		return nil, errNothing
	}
	c, ok := s.o.Clusters.Cluster(all[0].Context)
	if why := s.Refusal(all[0].Context); !ok || why != "" {
		return nil, fmt.Errorf("deploy: %s", why)
	}
	var namespaces, names []string
	all = slices.Clone(all)
	for i := range all {
		d := &all[i]
		d.Objects = placed(d.Objects, d.Request.Namespace, c.APIs())
		namespaces = append(namespaces, d.Request.Namespace)
		names = append(names, d.Request.Framework)
		for _, o := range d.Objects {
			namespaces = append(namespaces, namespaceOf(o))
		}
	}
	setting, err := s.read(ctx, c.Client(), c.APIs(), once(namespaces), once(names))
	if err != nil {
		return nil, err
	}
	return OrderOf(ctx, s.maker(all[0].Context), setting, s.function, all)
}

// placed are objects, those that name no namespace in this one where their kind has one.
func placed(objects []map[string]any, namespace string, apis *client.APIs) []map[string]any {
	all := make([]map[string]any, len(objects))
	for i, o := range objects {
		all[i] = o
		kind, _ := o["kind"].(string)
		version, _ := o["apiVersion"].(string)
		gv, err := schema.ParseGroupVersion(version)
		if api, ok := apis.Find(gv.WithKind(kind).GroupKind(), nil); err != nil || !ok || !api.Namespaced || namespaceOf(o) != "" {
			continue
		}
		meta, _ := o["metadata"].(map[string]any)
		meta = maps.Clone(meta)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["namespace"] = namespace
		all[i] = maps.Clone(o)
		all[i]["metadata"] = meta
	}
	return all
}

func namespaceOf(o map[string]any) string {
	meta, _ := o["metadata"].(map[string]any)
	ns, _ := meta["namespace"].(string)
	return ns
}

// once are the texts that are not empty, each once.
func once(all []string) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// Import reads functions from a file or a folder of any format that is known. It takes time.
func (s *Shop) Import(path string) (*Found, error) { return Import(path) }

// Import reads functions from a file or a folder of any format that is known. It takes time.
func Import(path string) (*Found, error) {
	at, err := home(path)
	if err != nil {
		return nil, err
	}
	if at, err = filepath.Abs(at); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if _, err := os.Stat(at); err != nil {
		return nil, fmt.Errorf("read functions: %w", err)
	}
	in, err := formats.Read(os.DirFS(filepath.Dir(at)), filepath.Base(at), os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	f := &Found{From: path + " (" + string(in.Format) + ")", Requests: in.Requests}
	for i := range in.Objects {
		f.Objects = append(f.Objects, in.Objects[i].Value)
	}
	for _, n := range in.Notes {
		f.Notes = append(f.Notes, n.String())
	}
	for _, p := range in.Problems {
		f.Problems = append(f.Problems, p.String())
	}
	return f, nil
}

// Code reads source from a file or a folder. It takes time.
func (s *Shop) Code(path string) (*plan.Code, error) { return ReadCode(path) }
