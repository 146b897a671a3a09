package generic

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// rules fills in the lists: triggers, URLs and references.
func (b *builder) rules() {
	for i := range b.e.triggers {
		t := &b.e.triggers[i]
		b.elements(t.place, t.each, func(at string) { b.trigger(t, i, at) })
	}
	for i := range b.e.endpoints {
		b.endpoint(&b.e.endpoints[i], i)
	}
	b.call()
	b.f.URLs = frameworks.List(b.f.URLs)
	for _, t := range b.f.Templates {
		refs := frameworks.References(t.Spec, t.Origin.Ref)
		if t.Origin.Ref == b.head.Ref && b.e.podSpec != nil && t.Spec == b.facts.podSpec {
			refs = rebase(refs, t.Origin.Path)
		}
		if t.Role == model.Build {
			refs = frameworks.Reuse(refs, model.ForBld)
		}
		b.f.References = append(b.f.References, refs...)
	}
	var more []model.Reference
	for i := range b.e.references {
		c := &b.e.references[i]
		b.elements(c.place, c.each, func(at string) { more = append(more, b.reference(c, i, at)...) })
	}
	b.f.References = frameworks.MarkMissing(b.x, frameworks.Additional(b.f.References, more))
	if b.f.Reason == "" && b.f.State != model.Ready && b.f.State != model.Idle {
		b.f.Reason = frameworks.MissingNames(b.f.References)
	}
	if b.facts.problem != "" && b.facts.podSpec == nil && b.f.Reason != b.facts.problem {
		b.f.Notes = append(b.f.Notes, b.facts.problem)
	}
}

// rebase puts references that were read of a pod spec inside another object at that spec's path.
func rebase(refs []model.Reference, path string) []model.Reference {
	for i := range refs {
		if _, rest, ok := strings.Cut(refs[i].Origin.Path, "spec."); ok {
			refs[i].Origin.Path = path + "." + rest
		}
	}
	return refs
}

// elements calls do for each element that the rule repeats over, or once when it does not repeat.
func (b *builder) elements(p place, rule *each, do func(at string)) {
	if rule == nil {
		do("")
		return
	}
	for _, r := range b.scope.in[p] {
		for i := range r.each[rule.index] {
			b.scope.rule, b.scope.element = rule, &r.each[rule.index][i]
			do(b.scope.element.at)
		}
	}
	b.scope.rule, b.scope.element = nil, nil
}

// origin is the object of a place. Several objects in one place have no single origin: the function's own stands
// for them.
func (b *builder) origin(p place, at string) model.Origin {
	o := model.Origin{Ref: b.head.Ref, Path: at}
	if p == atWorkload && len(b.found) > 0 {
		o.Ref = b.found[0].ref
	}
	return o
}

func (b *builder) trigger(t *triggerRule, i int, at string) {
	if len(b.f.Triggers) >= frameworks.MaxList {
		return
	}
	enabled := holds(t.enabled, &b.scope)
	if !enabled && t.each == nil {
		return // without elements the condition says whether there is such a trigger at all
	}
	word, _ := t.kind.first(&b.scope)
	if word == "" {
		return
	}
	out := model.Trigger{Type: t.translate(word), Disabled: !enabled, Origin: b.origin(t.place, at)}
	out.Name, _ = t.name.first(&b.scope)
	details, _ := t.detail.all(&b.scope)
	out.Detail = joined(details)
	out.Auth, _ = t.auth.first(&b.scope)
	if !isTrigger(out.Type) {
		b.f.Notes = append(b.f.Notes, frameworks.Line(fmt.Sprintf("no map translates the trigger type %q", word)))
		out.Type = model.Event
	}
	if out.Name == "" && string(out.Type) != word {
		out.Name = word
	}
	if out.Origin.Path == "" && len(t.detail.terms) > 0 && len(t.detail.terms[0].from) > 0 {
		out.Origin.Path = templatePath(t.detail.terms[0].from[0].path)
	}
	b.f.Triggers = append(b.f.Triggers, out)
	b.trace.add("triggers", fmt.Sprintf("%s %s %s", out.Type, out.Name, out.Detail), fmt.Sprintf("triggers[%d] %s", i, at), t.line)
}

// joined makes one text of several. Addresses of brokers hold passwords: those are left out.
func joined(details []string) string {
	safe := make([]string, len(details))
	for i, d := range details {
		if safe[i] = d; strings.Contains(d, "://") {
			safe[i] = frameworks.SafeURL(d)
		}
	}
	return frameworks.Text(strings.Join(safe, ", "))
}

func (t *triggerRule) translate(word string) model.TriggerType {
	if to, ok := t.words[word]; ok {
		return to
	}
	if to, ok := t.words["*"]; ok {
		return to
	}
	return model.TriggerType(word)
}

func (b *builder) reference(c *referenceRule, i int, at string) []model.Reference {
	names, _ := c.name.all(&b.scope)
	key, _ := c.key.first(&b.scope)
	refs := make([]model.Reference, 0, len(names))
	for _, name := range names {
		o := b.origin(c.place, at)
		if o.Path == "" && len(c.name.terms[0].from) > 0 {
			o.Path = templatePath(c.name.terms[0].from[0].path)
		}
		refs = append(refs, model.Reference{Kind: c.kind, Name: name, Key: key, How: c.how, Origin: o})
		b.trace.add("references", c.kind+" "+name, fmt.Sprintf("references[%d] %s", i, at), c.line)
	}
	return refs
}

// endpoint adds the addresses of one Service: its own, and those of routes that lead to it, or to the Service that
// all traffic passes first.
func (b *builder) endpoint(e *endpointRule, i int) {
	name, _ := e.name.first(&b.scope)
	if name == "" {
		return
	}
	ns := b.head.Namespace
	if s, _ := e.namespace.first(&b.scope); s != "" {
		ns = s
	}
	hosts, _ := e.host.all(&b.scope)
	paths, _ := e.path.all(&b.scope)
	if len(paths) == 0 {
		paths = []string{""}
	}
	var urls []model.URL
	own := frameworks.GetService(b.x, ns, name)
	port, _ := e.port.first(&b.scope)
	for _, u := range frameworks.ServiceURLs(onlyPort(own, port)) {
		urls = append(urls, under(u, paths[0]))
	}
	front := model.Ref{Kind: frameworks.Service.Kind, Namespace: ns, Name: name}
	if s, _ := e.through.first(&b.scope); s != "" {
		if ns, name, ok := strings.Cut(s, "/"); ok {
			front.Namespace, front.Name = ns, name
		}
	}
	for _, r := range frameworks.RoutesTo(b.x, front) {
		urls = append(urls, restricted(r, hosts, paths, front.Name != name || front.Namespace != ns)...)
	}
	if secure, _ := e.tls.first(&b.scope); secure == "true" {
		for j := range urls {
			urls[j].URL = strings.Replace(urls[j].URL, "http://", "https://", 1)
		}
	}
	if exposure, _ := e.exposure.first(&b.scope); exposure != "" {
		for j := range urls {
			urls[j].External = slices.Contains([]string{"node", "private", "internet"}, exposure)
		}
	}
	for _, u := range urls {
		if !slices.ContainsFunc(b.f.URLs, func(have model.URL) bool { return have.URL == u.URL }) {
			b.f.URLs = append(b.f.URLs, u)
			b.trace.add("urls", u.URL, fmt.Sprintf("endpoints[%d] from %s", i, u.Origin.Ref), e.line)
		}
	}
}

// onlyPort is the Service with the named or numbered port alone.
func onlyPort(s *model.Service, port string) *model.Service {
	if s == nil || port == "" {
		return s
	}
	one := *s
	one.Ports = nil
	for _, p := range s.Ports {
		if p.Name == port || strconv.Itoa(int(p.Port)) == port {
			one.Ports = append(one.Ports, p)
		}
	}
	return &one
}

func under(u model.URL, path string) model.URL {
	if path != "" && path != "/" {
		u.URL = strings.TrimSuffix(u.URL, "/") + "/" + strings.TrimPrefix(path, "/")
	}
	return u
}

// restricted lists the addresses of a route. A route of a shared front serves everybody's hosts: only those of the
// function are its addresses, and no host of its own means every host.
func restricted(r frameworks.Routing, hosts, paths []string, shared bool) []model.URL {
	if !shared {
		var all []model.URL
		for _, p := range paths {
			all = append(all, r.URLs(p)...)
		}
		return all
	}
	mine := r.Rule
	mine.Hosts = nil
	for _, h := range hosts {
		if len(r.Rule.Hosts) == 0 || slices.ContainsFunc(r.Rule.Hosts, func(p string) bool { return meets(p, h) }) {
			mine.Hosts = append(mine.Hosts, h)
		}
	}
	if len(hosts) == 0 || slices.Contains(hosts, "*") {
		mine.Hosts = r.Rule.Hosts
	} else if len(mine.Hosts) == 0 {
		return nil
	}
	r.Rule = mine
	var all []model.URL
	for _, p := range paths {
		all = append(all, r.URLs(p)...)
	}
	return all
}

// meets reports whether a route for the pattern gets requests for the host. Ports of hosts do not count.
func meets(pattern, host string) bool {
	if u, err := url.Parse("//" + host); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	if strings.EqualFold(pattern, host) || pattern == "*" {
		return true
	}
	suffix, ok := strings.CutPrefix(pattern, "*.")
	return ok && len(host) > len(suffix) && strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(suffix))
}
