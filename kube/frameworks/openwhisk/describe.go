package openwhisk

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// describe adds what the API tells of an action.
func describe(
	f *model.Function, x frameworks.Index, h *model.Header, a *actionFacts, platforms []*platform, connector string,
) {
	if a.kind != "" {
		f.Runtime = a.kind
	}
	if f.Image == "" {
		f.Image = a.image
	}
	f.Handler, f.Revision, f.Source = a.main, a.version, sourceOf(a)
	if a.kind == "sequence" {
		f.State, f.Reason, f.Ready, f.Desired = model.Ready, "a sequence has no container of its own", nil, nil
	}
	f.Scaling = scaling(a)
	if a.web != noWeb {
		web(f, x, h, a, platforms, connector)
	}
	f.Triggers = append(f.Triggers, ruleTriggers(f, x, connector)...)
	f.Notes = append(f.Notes, notes(f.Key, x, connector, a)...)
}

func sourceOf(a *actionFacts) model.Source {
	switch {
	case a.kind == "sequence":
		return model.Source{Kind: "sequence", Detail: frameworks.Text(strings.Join(a.components, ", "))}
	case a.kind == "blackbox":
		return model.Source{Kind: "image", Detail: a.image}
	case a.binary:
		return model.Source{Kind: "archive"}
	}
	return model.Source{Kind: "inline"}
}

func scaling(a *actionFacts) model.Scaling {
	if a.kind == "sequence" {
		return model.Scaling{}
	}
	s := model.Scaling{Min: model.Count(0), Max: a.instances}
	if a.concurrency > 1 {
		s.Note = fmt.Sprintf("concurrency %d", a.concurrency)
	}
	return s
}

// web adds the addresses of a web action.
func web(
	f *model.Function, x frameworks.Index, h *model.Header, a *actionFacts, platforms []*platform, connector string,
) {
	path := webPath(f.Key.Name)
	for _, p := range platforms {
		f.URLs = append(f.URLs, p.addresses(x, path)...)
	}
	if c := connectorOf(x, f.Key.Namespace, connector); len(f.URLs) == 0 && c != nil {
		f.URLs = []model.URL{{
			URL: strings.TrimSuffix(c.Endpoint, "/") + path, External: true,
			Origin: model.Origin{Ref: h.Ref, Path: "annotations[web-export]"},
		}}
	}
	f.URLs = frameworks.List(f.URLs)
	t := model.Trigger{
		Type: model.HTTP, Name: "web", Detail: path, Origin: model.Origin{Ref: h.Ref, Path: "annotations[web-export]"},
	}
	if a.web != openWeb {
		t.Auth = string(a.web)
	}
	f.Triggers = append(f.Triggers, t)
}

// webPath is the path of a web action; an action outside packages is in the package `default`.
func webPath(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) == 2 {
		parts = []string{parts[0], "default", parts[1]}
	}
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return "/api/v1/web/" + strings.Join(parts, "/")
}

// addresses are those of the edge; where there is none, of the controller.
func (p *platform) addresses(x frameworks.Index, path string) []model.URL {
	var edge, controller, routed []model.URL
	for _, s := range p.services {
		_, part := partOf(&s.Header, s.Labels)
		for _, r := range frameworks.RoutesTo(x, s.Ref) {
			if at := strings.TrimSuffix(r.Rule.Path, "/"); !strings.HasPrefix(path+"/", at+"/") {
				continue
			}
			for _, u := range r.URLs(path) {
				if !slices.ContainsFunc(routed, func(have model.URL) bool { return have.URL == u.URL }) {
					routed = append(routed, u)
				}
			}
		}
		for _, u := range frameworks.ServiceURLs(s) {
			u.URL += path
			switch {
			case part == "nginx":
				edge = append(edge, u)
			case part == "controller" && takesREST(u.URL):
				controller = append(controller, u)
			}
		}
	}
	if len(edge) > 0 {
		return append(routed, edge...)
	}
	return append(routed, controller...)
}

// takesREST leaves out the ports by which controllers talk to each other.
func takesREST(address string) bool { return strings.Contains(address, ":8080/") }

// ruleTriggers are the triggers whose rules call the action.
func ruleTriggers(f *model.Function, x frameworks.Index, connector string) []model.Trigger {
	var all []model.Trigger
	for _, o := range frameworks.List(x.Members(f.Key)) {
		rule, ok := o.Head().FactsOf(Name).(*ruleFacts)
		if !ok || !strings.HasPrefix(o.Head().Name, connector+"/") {
			continue
		}
		t := model.Trigger{
			Type: model.Event, Name: rule.trigger, Disabled: rule.status == "inactive",
			Origin: model.Origin{Ref: o.Head().Ref, Path: "trigger"},
		}
		ref := model.Ref{
			Group: frameworks.WhiskGroup, Kind: "Trigger", Namespace: f.Key.Namespace, Name: connector + "/" + rule.trigger,
		}
		if source := x.Get(ref); source != nil {
			if facts, ok := source.Head().FactsOf(Name).(*triggerFacts); ok {
				t.Type = typeOfFeed(facts.feed)
				t.Detail = facts.schedule
				if t.Detail == "" {
					t.Detail = facts.feed
				}
			}
		} else {
			f.Notes = append(f.Notes, frameworks.Text("trigger "+rule.trigger+" does not exist"))
		}
		all = append(all, t)
	}
	return all
}

// typeOfFeed tells the well-known providers apart by the name of their feed.
func typeOfFeed(feed string) model.TriggerType {
	feed = strings.ToLower(feed)
	switch {
	case strings.Contains(feed, "alarm"):
		return model.Cron
	case strings.Contains(feed, "kafka"), strings.Contains(feed, "messag"), strings.Contains(feed, "mqtt"):
		return model.Queue
	}
	return model.Event
}

func notes(k model.FunctionKey, x frameworks.Index, connector string, a *actionFacts) []string {
	all := []string{fmt.Sprintf("memory %d MB, timeout %d ms", a.memory, a.timeout)}
	if len(a.parameters) > 0 {
		all = append(all, frameworks.Text("parameters: "+strings.Join(a.parameters, ", ")))
	}
	parts := strings.Split(k.Name, "/")
	if len(parts) != 3 {
		return all
	}
	o := x.Get(model.Ref{
		Group: frameworks.WhiskGroup, Kind: "Package", Namespace: k.Namespace, Name: connector + "/" + parts[0] + "/" + parts[1],
	})
	if o == nil {
		return all
	}
	if p, ok := o.Head().FactsOf(Name).(*packageFacts); ok && p.public {
		all = append(all, frameworks.Text("package "+parts[1]+" is shared: every tenant may bind and call it"))
	}
	return all
}
