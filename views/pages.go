package views

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/access"
	"github.com/fn9s/fn9s/views/blast"
	"github.com/fn9s/fn9s/views/comparison"
	"github.com/fn9s/fn9s/views/contexts"
	"github.com/fn9s/fn9s/views/describe"
	"github.com/fn9s/fn9s/views/errors"
	"github.com/fn9s/fn9s/views/events"
	"github.com/fn9s/fn9s/views/findings"
	"github.com/fn9s/fn9s/views/forwards"
	"github.com/fn9s/fn9s/views/function"
	"github.com/fn9s/fn9s/views/functions"
	"github.com/fn9s/fn9s/views/help"
	"github.com/fn9s/fn9s/views/invoke"
	"github.com/fn9s/fn9s/views/logs"
	"github.com/fn9s/fn9s/views/metrics"
	"github.com/fn9s/fn9s/views/namespaces"
	"github.com/fn9s/fn9s/views/network"
	"github.com/fn9s/fn9s/views/objects"
	"github.com/fn9s/fn9s/views/platforms"
	"github.com/fn9s/fn9s/views/policies"
	"github.com/fn9s/fn9s/views/posture"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/secrets"
	"github.com/fn9s/fn9s/views/yaml"
)

// build makes the screen of a place.
func (r *Root) build(place screen.Place) screen.Screen {
	env := &r.env
	switch place.Page {
	case screen.PageFunction:
		return function.New(env, place.Function)
	case screen.PageDescribe:
		return describe.New(env, place.Target, place.Function)
	case screen.PageDiff:
		return comparison.New(env, place.Target, place.Function)
	case screen.PageYAML:
		return yaml.New(env, place.Target, place.Path)
	case screen.PagePosture:
		return posture.New(env, place.Function)
	case screen.PageFinding:
		return posture.NewFinding(env, place)
	case screen.PageContexts:
		return contexts.New(env)
	case screen.PageNamespaces:
		return namespaces.New(env)
	case screen.PageObjects:
		return objects.New(env, place.Context, place.Resource, place.Filter)
	case screen.PageEvents:
		if place.Function == (model.FunctionID{}) {
			return events.NewScope(env, r.context(place.Context), place.Filter)
		}
		return events.New(env, place.Function, place.Filter)
	case screen.PageFindings:
		return findings.New(env, place.Group, place.Filter)
	case screen.PagePlatforms:
		if place.Platform != (check.Subject{}) {
			return platforms.NewOne(env, place.Context, place.Platform)
		}
		return platforms.New(env, place.Filter)
	case screen.PageErrors:
		return errors.New(env)
	case screen.PageBlast:
		return blast.New(env, place.Function)
	case screen.PageNetwork:
		return network.New(env, place.Function)
	case screen.PageAccess:
		if place.Question != (screen.Question{}) {
			return access.Ask(env, place.Question)
		}
		return access.New(env, place.Function)
	case screen.PageSecrets:
		if place.Target.Name != "" {
			return secrets.NewDetail(env, place.Target)
		}
		return secrets.New(env, place.Filter)
	case screen.PagePolicies:
		if place.Resource != "" {
			return policies.NewDetail(env, place)
		}
		return policies.New(env, place.Filter)
	case screen.PageTighten, screen.PageRotate, screen.PagePlan, screen.PageJournal, screen.PageJobs:
		return r.buildChange(place)
	case screen.PageDeploy:
		return r.buildDeploy(place)
	case screen.PageLogs:
		return logs.New(env, *place.Logs)
	case screen.PageMetrics:
		return metrics.New(env, place.Function)
	case screen.PageInvoke:
		return invoke.New(env, place.Function)
	case screen.PageForwards:
		return forwards.New(env, place.Filter)
	case screen.PageHelp:
		return help.New(env, r.helpTopics(), place.Topic)
	}
	return functions.New(env, place.Filter)
}

// subject is the function that the operator looks at, if the screen on top is about one.
func (r *Root) subject() model.FunctionID {
	if s, ok := r.router.current().scr.(*function.Screen); ok {
		id, _ := s.Subject()
		return id
	}
	return model.FunctionID{}
}

// helpTopics is what the help is about: the screen on top, and what can be typed.
func (r *Root) helpTopics() help.About {
	scr := r.router.current().scr
	return help.About{Registry: r.registry, Set: scr.Keys(), Target: scr, Commands: r.words().Usages()}
}
