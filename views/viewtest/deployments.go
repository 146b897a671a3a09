package viewtest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/screen"
)

// deployments is the part of a shop that makes functions.
type deployments struct {
	NotServed   map[string]string // why no function of a framework can be made
	ProspectErr error             // what every question is answered with
	Asked       []screen.Deployment
	FoundIn     map[string]*screen.Found // by path
}

// maker makes functions with the posture engine of the world.
var maker = sync.OnceValue(func() *deploy.Maker {
	return deploy.New(all.BuiltIn(), security.Kinds(), &snapshot.Options{Now: Now, Target: func(string) string { return "restricted" }, RotationAge: 90 * 24 * time.Hour})
})

// prospects keeps what deployments come to, for all tests: it depends on nothing else.
var prospects sync.Map

// setting is what the samples have around functions in a namespace.
var settings sync.Map

func settingOf(namespace string) *deploy.Setting {
	if s, ok := settings.Load(namespace); ok {
		return s.(*deploy.Setting)
	}
	s := &deploy.Setting{Context: Context}
	for _, f := range samples.Seed() {
		docs, _ := manifest.Read(f.Path, f.Data)
		for i := range docs {
			ns := docs[i].Ref().Namespace
			if ns == "" || ns == namespace || ns == "kube-system" || strings.HasPrefix(ns, "knative") || strings.HasPrefix(ns, "kourier") {
				if !strings.Contains(docs[i].GVK.Kind, "Function") {
					s.Documents = append(s.Documents, docs[i])
				}
			}
		}
	}
	all := read.objects
	s.Look = func(_ context.Context, refs []model.Ref) (map[model.Ref]map[string]any, error) {
		found := map[model.Ref]map[string]any{}
		for _, ref := range refs {
			if o := all[ref]; o != nil {
				found[ref] = o
			}
		}
		return found, nil
	}
	settings.Store(namespace, s)
	return s
}

// Makers are those that the frameworks bring.
func (s *Shop) Makers(string) []screen.Maker {
	return workshop.MakersOf(maker(), func(framework string) string { return s.NotServed[framework] })
}

// Prospect asks the engine.
func (s *Shop) Prospect(ctx context.Context, d *screen.Deployment) (*screen.Prospect, error) {
	if s.ProspectErr != nil {
		return nil, s.ProspectErr
	}
	s.Asked = append(s.Asked, *d)
	key, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	if p, ok := prospects.Load(string(key)); ok {
		return p.(*screen.Prospect), nil
	}
	p, err := workshop.ProspectOf(ctx, maker(), settingOf(d.Request.Namespace), s.function, d)
	if err == nil {
		prospects.Store(string(key), p)
	}
	return p, err
}

func (s *Shop) function(id model.FunctionID) *model.Function {
	if row := s.world.Board().Row(id); row != nil {
		return row.Function
	}
	return nil
}

// Deploy asks the engine.
func (s *Shop) Deploy(ctx context.Context, all []screen.Deployment) (*screen.Order, error) {
	return workshop.OrderOf(ctx, maker(), settingOf(all[0].Request.Namespace), s.function, all)
}

// Import is what the test says, or is in a file.
func (s *Shop) Import(path string) (*screen.Found, error) {
	if f, ok := s.FoundIn[path]; ok {
		return f, nil
	}
	return workshop.Import(path)
}

// Code reads a file or a folder.
func (s *Shop) Code(path string) (*plan.Code, error) { return workshop.ReadCode(path) }
