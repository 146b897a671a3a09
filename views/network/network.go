// Package network shows who may call a function, from where and through which route, with which TLS and login, what the
// function may reach, and which policies decide.
//
// Its one rule: "isolated" is said of one direction at a time, and only with the policies that make it so.
package network

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/answer"
	"github.com/fn9s/fn9s/views/screen"
)

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *answer.Screen {
	return answer.About(env, "network", id, Answer, figure)
}

// Answer is what the screen shows of a function.
var Answer = snapshot.NewQuery("network on screen", func(r *snapshot.Reader, key model.FunctionKey) *answer.Page {
	if p := answer.Opaque(r, key); p != nil {
		return p
	}
	p := &page{r: r, key: key, f: r.Function(key), graph: &graph{}}
	p.graph.name = p.f.Name()
	p.ways(expose.Of.Get(r, key))
	p.flows()
	p.mesh()
	return &answer.Page{Items: p.items, Extra: p.graph}
}, nil)

type page struct {
	r     *snapshot.Reader
	key   model.FunctionKey
	f     *model.Function
	graph *graph
	items []tree.Item
}

func (p *page) add(items ...tree.Item) { p.items = append(p.items, items...) }

// ways lists the ways in through Services and routes.
func (p *page) ways(x *expose.Exposure) {
	p.add(answer.Heading("ways", "From where it can be called", ""))
	sum := tree.Item{ID: "class", Depth: 1, Parts: classParts(x.Class, x.Open(expose.Node))}
	if x.Class > expose.None {
		sum.Parts = append(sum.Parts, tree.Part{Role: themes.Muted, Text: "  weakest login: "}, authPart(x.Auth, x.Class))
		if x.Class >= expose.Node {
			sum.Parts = append(sum.Parts, tree.Part{Role: themes.Muted, Text: "  encrypted: "}, yes(x.TLS))
		}
	}
	p.add(sum)
	for i := range x.Routes {
		p.route(i, &x.Routes[i])
	}
	for _, s := range x.Services {
		p.add(tree.Item{ID: "service " + s.Ref.String(), Depth: 1, Value: s.Ref, Parts: []tree.Part{
			{Role: themes.Value, Text: answer.Object(s.Ref)}, {Role: themes.Muted, Text: "  leads to its pods: " + servicePorts(s)}}})
	}
	for i, t := range p.f.Triggers {
		if t.Type == "http" || t.Disabled {
			continue
		}
		it := tree.Item{ID: "trigger " + strconv.Itoa(i), Depth: 1, Parts: []tree.Part{
			{Role: themes.Value, Text: string(t.Type) + " " + t.Name}, {Role: themes.Muted, Text: "  " + strings.TrimSpace("calls it "+t.Detail)}}}
		if t.Auth != "" {
			it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: ", authenticated by " + t.Auth})
		}
		p.add(it)
	}
	for i, s := range x.Assumed {
		if slices.ContainsFunc(x.Routes, func(one expose.Route) bool { return one.Assumed == s }) {
			continue
		}
		p.add(tree.Item{ID: "assumed " + strconv.Itoa(i), Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: "? assumed: " + s}}})
	}
	p.add(answer.Unknown("ways", "there may be another way in", 1, x.Missing)...)
	if len(x.Missing) > 0 {
		p.graph.in = append(p.graph.in, edge{text: "another way in? " + x.Missing[0].String(), role: themes.Unknown, dashed: true})
	}
}

func classParts(c expose.Class, open bool) []tree.Part {
	word := c.String()
	if c == expose.Internet && open {
		word += "!"
	}
	words := map[expose.Class]string{
		expose.None: "nothing leads to it", expose.Namespace: "from its namespace", expose.Cluster: "from inside the cluster",
		expose.Node: "from every address of the node network", expose.Private: "by a private load balancer", expose.Internet: "from the internet",
	}
	return []tree.Part{{Role: themes.Exposure(word), Text: word}, {Role: themes.Muted, Text: "  " + words[c]}}
}

func yes(b bool) tree.Part {
	if b {
		return tree.Part{Role: themes.OK, Text: "✓ always"}
	}
	return tree.Part{Role: themes.Error, Text: "✗ not always"}
}

func authPart(a expose.Auth, c expose.Class) tree.Part {
	switch {
	case a == expose.NoAuth && c >= expose.Node:
		return tree.Part{Role: themes.Critical, Text: "‼ no login"}
	case a == expose.NoAuth:
		return tree.Part{Role: themes.Warning, Text: "▲ no login"}
	case a == expose.UnknownAuth:
		return tree.Part{Role: themes.Unknown, Text: "? login not known"}
	}
	words := map[expose.Auth]string{
		expose.SharedSecret: "shared secret", expose.JWTUnscoped: "token, for whatever it was made", expose.JWTScoped: "token made for it",
		expose.MTLS: "client certificate", expose.External: "login elsewhere", expose.Declared: "declared login",
	}
	return tree.Part{Role: themes.OK, Text: "✓ " + words[a]}
}

func tlsPart(t expose.TLS) tree.Part {
	switch t {
	case expose.Plain:
		return tree.Part{Role: themes.Error, Text: "✗ plain HTTP"}
	case expose.Redirect:
		return tree.Part{Role: themes.OK, Text: "✓ TLS, HTTP is redirected"}
	case expose.Terminated:
		return tree.Part{Role: themes.OK, Text: "✓ TLS"}
	case expose.Passthrough:
		return tree.Part{Role: themes.OK, Text: "✓ TLS up to the pod"}
	case expose.UnknownTLS:
	}
	return tree.Part{Role: themes.Unknown, Text: "? TLS not known"}
}

func (p *page) route(i int, one *expose.Route) {
	open := one.Auth == expose.NoAuth
	word := one.Class.String()
	if one.Class == expose.Internet && open {
		word += "!"
	}
	address := one.Host + one.Path
	if one.Host == "" && !one.Direct() {
		address = "any host" + one.Path
	}
	gap := "  "
	if address == "" {
		gap = ""
	}
	tls, auth := tlsPart(one.TLS), authPart(one.Auth, one.Class)
	if one.Beside != "" {
		tls.Role, tls.Text = themes.Error, "✗ TLS, but plain HTTP too: "+one.Beside
	}
	it := tree.Item{ID: "route " + strconv.Itoa(i) + one.Via.String(), Depth: 1, Value: one.Via, Parts: []tree.Part{
		{Role: themes.Exposure(word), Text: word}, {Role: themes.Value, Text: "  " + answer.Object(one.Via)},
		{Role: themes.Muted, Text: gap}, {Role: themes.Link, Text: address}, {Role: themes.Muted, Text: "  "}, tls, {Role: themes.Muted, Text: "  "}, auth}}
	if one.By != "" {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: " by " + one.By})
	}
	if one.Shared != "" {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  shared entry: " + one.Shared})
	}
	p.add(it)
	p.graph.in = append(p.graph.in, edge{text: word + "  " + tls.Text + "  " + auth.Text + "  " + cmp.Or(one.Shared, one.Via.Kind+" "+one.Via.Name), role: themes.Exposure(word)})
	if one.Assumed != "" {
		p.add(tree.Item{ID: it.ID + " assumed", Depth: 2, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: "? assumed: " + one.Assumed}}})
	}
}

func servicePorts(s *model.Service) string {
	var all []string
	for i := range s.Ports {
		all = append(all, strconv.Itoa(int(s.Ports[i].Port)))
	}
	if len(all) == 0 {
		return "no port"
	}
	return "port " + strings.Join(all, ", ")
}

// mesh says what a service mesh does besides.
func (p *page) mesh() {
	m := mesh.Of.Get(p.r, p.key)
	if !m.Meshes.Istio && !m.Meshes.Linkerd {
		return
	}
	p.add(answer.Heading("mesh", "Service mesh", ""))
	words := map[mesh.Kind]string{mesh.Sidecar: "Istio, by a sidecar", mesh.Ambient: "Istio, ambient", mesh.Linkerd: "Linkerd, by a proxy"}
	it := tree.Item{ID: "member", Depth: 1, Parts: []tree.Part{{Role: themes.OK, Text: "✓ in " + words[m.Kind]}}}
	if m.Kind == mesh.Outside {
		it.Parts = []tree.Part{{Role: themes.Warning, Text: "▲ outside of the mesh"}}
	}
	if m.Why != "" {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: ": " + m.Why})
	}
	if !m.At.Ref.IsZero() {
		it.Value = m.At.Ref
	}
	p.add(it)
	if m.Kind == mesh.Outside {
		return
	}
	if m.Waypoint != "" {
		p.add(tree.Item{ID: "waypoint", Depth: 1, Parts: []tree.Part{{Role: themes.Value, Text: "waypoint " + m.Waypoint}}})
	}
	tokens, by := mesh.Login(p.r, p.key)
	login := tree.Item{ID: "login", Depth: 1, Parts: []tree.Part{{Role: themes.Warning, Text: "▲ asks callers for no token"}}}
	switch tokens {
	case mesh.AnyToken:
		login.Parts[0] = tree.Part{Role: themes.Warning, Text: "▲ asks for a token, for whatever it was made"}
	case mesh.ScopedToken:
		login.Parts[0] = tree.Part{Role: themes.OK, Text: "✓ asks for a token made for it"}
	case mesh.NoTokens:
	}
	if !by.IsZero() {
		login.Value = by
		login.Parts = append(login.Parts, tree.Part{Role: themes.Muted, Text: "  by " + answer.Object(by)})
	}
	p.add(login)
}

// runners names the objects whose pods run a function.
func runners(f *model.Function) []model.Ref {
	refs := slices.Clone(f.Pods)
	for _, w := range f.Workloads {
		if w.Role == model.Run || w.Role == "" {
			refs = append(refs, w.Ref)
		}
	}
	for i := range f.Templates {
		if t := &f.Templates[i]; t.Role == model.Run || t.Role == "" {
			refs = append(refs, t.Origin.Ref)
		}
	}
	return refs
}

// worst is the weakest default of the function's pods in one direction, and what could not be read.
func (p *page) worst(pods []reach.Pod, d reach.Direction) (worst reach.Default) {
	rank := map[reach.State]int{reach.Closed: 0, reach.Undecided: 1, reach.Open: 2}
	for i, pod := range pods {
		x := reach.Isolation(p.r, pod)
		one := x.Ingress
		if d == reach.Egress {
			one = x.Egress
		}
		if i == 0 || rank[one.State] > rank[worst.State] {
			worst = one
		}
	}
	return worst
}
