package viewtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	p, err := workshop.ProspectOf(ctx, maker(), settingOf(d.Request.Namespace), d)
	if err == nil {
		prospects.Store(string(key), p)
	}
	return p, err
}

// Deploy asks the engine.
func (s *Shop) Deploy(ctx context.Context, all []screen.Deployment) (*screen.Order, error) {
	return workshop.OrderOf(ctx, maker(), settingOf(all[0].Request.Namespace), all)
}

// Import is what the test says.
func (s *Shop) Import(_ context.Context, _, path string) (*screen.Found, error) {
	if f, ok := s.FoundIn[path]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("%s: no such file or folder", path)
}

// Copy describes a function of the samples by its image.
func (s *Shop) Copy(_ context.Context, id model.FunctionID) (*screen.Found, error) {
	row := s.world.Board().Row(id)
	if row == nil || row.Function.Image == "" {
		return nil, errors.New("it cannot be told what it is made of")
	}
	r := plan.DeployRequest{Framework: id.Framework, Namespace: id.Namespace, Name: row.Function.Name() + "-2", Source: plan.Source{Image: row.Function.Image}}
	return &screen.Found{From: row.Function.Name() + " in " + id.Namespace, Requests: []plan.DeployRequest{r}}, nil
}

// Code reads a file or a folder.
func (s *Shop) Code(path string) (*plan.Code, error) { return workshop.ReadCode(path) }

