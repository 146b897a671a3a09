package fn

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// buildServer makes the row for a server whose functions nobody can tell.
func buildServer(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	servers := group(x, k.Namespace, x.Members(k))
	if len(servers) == 0 {
		return nil, false
	}
	s := servers[0]
	for _, c := range frameworks.Connectors(x, Name, frameworks.FnGroup, k.Namespace) {
		all, services := serversIn(x, k.Namespace)
		if covered := coveredBy(c, all, services); covered != nil && covered.name == s.name {
			return nil, false
		}
	}
	f := opaque(k, s, x)
	f.Reason = "functions unknown: no connector is configured for this server's API"
	return f, true
}

// buildConnector makes the row for what a connector cannot tell: everything as long as it never answered, the rest
// when its list is cut.
func buildConnector(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	c := connectorOf(x, k.Namespace, k.Name)
	if c == nil || c.Reached && c.Incomplete == "" {
		return nil, false
	}
	servers, services := serversIn(x, k.Namespace)
	f := opaque(k, coveredBy(c, servers, services), x)
	f.Title = "connector " + c.Name
	f.Reason = c.Trouble()
	if c.Reached {
		f.Reason = frameworks.Text("connector " + c.Name + ": there are more functions: " + c.Incomplete)
	}
	return f, true
}

// coveredBy finds the server that a connector reads: the only one, else the one whose Service it names.
func coveredBy(c *frameworks.Connector, servers []*server, services []*model.Service) *server {
	if len(servers) == 1 {
		return servers[0]
	}
	for _, s := range servers {
		if s.name == c.Service || strings.Contains(c.Endpoint, "//"+s.name+"."+s.namespace) {
			return s
		}
		for _, service := range services {
			if service.Name != c.Service && !strings.Contains(c.Endpoint, "//"+service.Name+"."+s.namespace) {
				continue
			}
			for _, p := range s.parts {
				if selects(service.Selector, p.template.Labels) {
					return s
				}
			}
		}
	}
	return nil
}

func opaque(k model.FunctionKey, s *server, x frameworks.Index) *model.Function {
	f := &model.Function{Key: k, Opaque: true, State: model.OpaqueRow}
	if s == nil {
		f.Platform.Namespace = k.Namespace
		return f
	}
	f.Platform = s.platform()
	for _, p := range s.parts {
		addPart(f, p, false)
	}
	f.References = frameworks.MarkMissing(x, f.References)
	return f
}

// addPart puts a part of the server into the function. Counts stay out: they would be the server's.
func addPart(f *model.Function, p *part, shared bool) {
	f.Pods = append(f.Pods, frameworks.List(frameworks.Refs(p.pods))...)
	spec := p.template.Spec
	if spec == nil {
		return
	}
	t := model.Template{
		PodTemplate: p.template, Role: p.role(),
		Origin: model.Origin{Ref: p.ref, Path: frameworks.TemplatePath(p.ref.Kind)},
	}
	if c := p.container(); c != nil {
		t.Container = c.Name
		if p.runs() && f.Image == "" && !shared {
			f.Image = frameworks.Text(c.Image)
		}
	}
	if p.runs() && f.ServiceAccount == "" && !shared {
		f.ServiceAccount = frameworks.AccountOf(spec)
	}
	f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: p.ref, Role: p.role(), Shared: shared})
	f.Templates = append(f.Templates, t)
	f.References = append(f.References, frameworks.References(spec, p.ref)...)
}

// buildFunction makes the row of one function that a connector told of.
func buildFunction(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	members := frameworks.Typed[*model.Custom](x.Members(k))
	if len(members) == 0 {
		return nil, false
	}
	h := &members[0].Header
	name, _, _ := strings.Cut(h.Name, "/")
	f := &model.Function{
		Key: k, Record: h.Ref, Created: h.Created, Changed: h.Changed, Platform: model.Platform{Namespace: k.Namespace},
	}
	for _, other := range members[1:] {
		second, _, _ := strings.Cut(other.Name, "/")
		f.Notes = append(f.Notes, fmt.Sprintf("connectors %s and %s both name this function", name, second))
	}
	f.Notes = frameworks.List(f.Notes)
	c := connectorOf(x, k.Namespace, name)
	servers, services := serversIn(x, k.Namespace)
	var s *server
	if c != nil {
		s = coveredBy(c, servers, services)
	}
	health(x, k.Namespace, s).Set(f)
	var at []model.URL
	if s != nil {
		f.Platform = s.platform()
		at = bases(x, s, services)
		for _, p := range s.parts {
			if p.runs() {
				addPart(f, p, true)
			}
		}
		f.References = frameworks.MarkMissing(x, f.References)
	}
	describe(f, x, h, at)
	if c != nil && c.Trouble() != "" {
		f.Reason = c.Trouble()
	}
	return f, true
}

// describe adds what the API tells.
func describe(f *model.Function, x frameworks.Index, h *model.Header, at []model.URL) {
	facts, ok := h.FactsOf(Name).(*functionFacts)
	if !ok {
		frameworks.Unreadable(h).Set(f)
		return
	}
	f.Image, f.Source = facts.image, model.Source{Kind: "image", Detail: facts.image}
	f.URLs = addresses(at, "/invoke/"+facts.id, facts.endpoint, h.Ref)
	f.Triggers = []model.Trigger{{
		Type: model.HTTP, Name: "invoke", Detail: "/invoke/" + facts.id, Origin: model.Origin{Ref: h.Ref, Path: "id"},
	}}
	app, _, _ := strings.Cut(strings.TrimPrefix(f.Key.Name, "/"), "/")
	triggers := x.Referrers(h.Ref, refKind("Trigger"))
	for _, o := range frameworks.List(triggers) {
		t, ok := o.Head().FactsOf(Name).(*triggerFacts)
		if !ok {
			f.Notes = append(f.Notes, frameworks.Text("trigger "+o.Head().Name+": "+frameworks.Line(o.Head().Problem)))
			continue
		}
		path := "/t/" + app + "/" + strings.TrimPrefix(t.source, "/")
		kind := model.HTTP
		if t.kind != "http" {
			kind = model.Event
		}
		_, called, _ := strings.Cut(o.Head().Name, "/"+app+"/")
		f.Triggers = append(f.Triggers, model.Trigger{
			Type: kind, Name: called, Detail: path, Origin: model.Origin{Ref: o.Head().Ref, Path: "source"},
		})
		f.URLs = append(f.URLs, addresses(at, path, t.endpoint, o.Head().Ref)...)
	}
	f.URLs = frameworks.List(f.URLs)
	f.Notes = append(f.Notes, notes(facts, appOf(x, h))...)
}

// addresses joins the path to every base. Without any, the address that the API computed is better than none.
func addresses(at []model.URL, path, computed string, origin model.Ref) []model.URL {
	var all []model.URL
	for _, base := range at {
		base.URL += path
		all = append(all, base)
	}
	if len(all) == 0 && computed != "" {
		all = append(all, model.URL{
			URL: computed, External: !inCluster(computed), Origin: model.Origin{Ref: origin, Path: "annotations"},
		})
	}
	return all
}

func appOf(x frameworks.Index, h *model.Header) *appFacts {
	for _, to := range h.Links {
		if to.Kind != "App" {
			continue
		}
		if o := x.Get(to); o != nil {
			facts, _ := o.Head().FactsOf(Name).(*appFacts)
			return facts
		}
	}
	return nil
}

// notes says what has no field of its own.
func notes(f *functionFacts, app *appFacts) []string {
	all := []string{
		fmt.Sprintf("memory %d MB, timeout %d s, idle timeout %d s", f.memory, f.timeout, f.idle),
		"runs as a container inside the runner's pods: no ServiceAccount and no network identity of its own",
	}
	if len(f.config) > 0 {
		all = append(all, frameworks.Text("configuration: "+strings.Join(f.config, ", ")))
	}
	if app != nil && len(app.config) > 0 {
		all = append(all, frameworks.Text("configuration of the app: "+strings.Join(app.config, ", ")))
	}
	if app != nil && app.syslog != "" {
		all = append(all, frameworks.Text("output of the app goes to "+app.syslog))
	}
	return all
}

// health is that of the runners: a function has none of its own, and no counts.
func health(x frameworks.Index, namespace string, s *server) frameworks.Health {
	if s == nil {
		return frameworks.Missing(x, frameworks.Deployment, namespace,
			"known from the API only: no runner was found in namespace "+namespace)
	}
	best := frameworks.Health{State: model.NoWorkload, Reason: "server " + s.name + " has no runner"}
	if why := frameworks.Unseen(x, frameworks.Deployment, namespace); why != "" {
		best = frameworks.Health{State: model.Unknown, Reason: why}
	}
	first := true
	for _, p := range s.parts {
		if !p.runs() {
			continue
		}
		h := p.health()
		if first || h.State == model.Ready {
			best, first = h, false
		}
	}
	return best
}

func (p *part) health() frameworks.Health {
	h := frameworks.PodsHealth(p.pods)
	if p.workload != nil {
		h = frameworks.WorkloadHealth(p.workload, p.pods)
	}
	if h.State == model.Idle {
		return frameworks.Health{State: model.NoWorkload, Reason: "runner " + p.ref.Name + " is scaled to zero"}
	}
	reason := h.Reason
	if reason != "" {
		reason = frameworks.Text("runner " + p.ref.Name + ": " + reason)
	}
	return frameworks.Health{State: h.State, Reason: reason}
}

func refKind(kind string) schema.GroupKind {
	return schema.GroupKind{Group: frameworks.FnGroup, Kind: kind}
}
