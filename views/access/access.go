// Package access shows who may do what with a function, and what the function may do, each through which binding; and
// answers the questions `who-can` and `can-i`.
//
// Its one rule: an answer names the binding that gives it, and what could not be read stands beside it.
package access

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/answer"
	"github.com/fn9s/fn9s/views/screen"
)

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *answer.Screen {
	return answer.About(env, "access", id, Answer, nil)
}

// Answer is what the screen shows of a function.
var Answer = snapshot.NewQuery("access on screen", func(r *snapshot.Reader, key model.FunctionKey) *answer.Page {
	if p := answer.Opaque(r, key); p != nil {
		return p
	}
	p := &page{r: r, key: key, view: workload.Of.Get(r, key)}
	p.f = p.view.Function
	p.subjects()
	p.account()
	return &answer.Page{Items: p.items}
}, nil)

type page struct {
	r     *snapshot.Reader
	key   model.FunctionKey
	f     *model.Function
	view  *workload.View
	items []tree.Item
}

func (p *page) add(items ...tree.Item) { p.items = append(p.items, items...) }

// question is one thing that somebody may be able to do, by any of several rights.
type question struct {
	id, title, note string
	asked           []rbac.Attributes
	value           any
}

// subjects lists who may do what with the function.
func (p *page) subjects() {
	p.add(answer.Heading("who", "Who may …", "people, groups and accounts, by which binding"))
	if p.f.Object.Kind == "" {
		p.add(tree.Item{ID: "rest", Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown,
			Text: "? " + p.key.Framework + " keeps it outside Kubernetes: who may create, change or delete it is decided there, not by bindings"}}})
	}
	for _, q := range p.questions() {
		grants, missing := answer.Grants(p.r, q.asked...)
		n := answer.Outsiders(grants)
		role := themes.Muted
		count := answer.Number(n, missing)
		switch {
		case n > 0 && slices.ContainsFunc(grants, func(g answer.Grant) bool { _, role := answer.Who(g.Holder); return role == themes.Critical }):
			role, count = themes.Critical, themes.Glyph(themes.Critical)+" everybody"
		case n == 0 && len(missing) > 0:
			role, count = themes.Unknown, "? unknown"
		case n == 0:
			role, count = themes.OK, "✓ nobody"
		}
		it := tree.Item{ID: q.id, Depth: 1, Folded: n > 8, Value: q.value, Parts: []tree.Part{
			{Role: themes.Accent, Text: q.title}, {Role: role, Text: "  " + count}}}
		if q.note != "" {
			it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  " + q.note})
		}
		p.add(it)
		p.add(answer.Subjects(q.id, 2, grants, missing, false)...)
	}
}

func (p *page) questions() []question {
	ns := p.key.Namespace
	var all []question
	if o := p.f.Object; o.Kind != "" {
		res := rbac.Attributes{Group: o.Group, Resource: snapshot.Plural(o.Kind), Namespace: o.Namespace, Name: o.Name}
		what := res.Resource
		all = append(all,
			question{id: "create", title: "create functions here", note: what + " in " + ns, asked: with(unnamed(res), "create")},
			question{id: "change", title: "change it", asked: with(res, "update", "patch"), value: o},
			question{id: "delete", title: "delete it", asked: append(with(res, "delete"), with(unnamed(res), "deletecollection")...), value: o})
		if source := p.source(res); len(source.asked) > 0 {
			all = append(all, source)
		}
	}
	for _, w := range p.f.Workloads {
		if w.Ref == p.f.Object || w.Role != model.Run && w.Role != "" {
			continue
		}
		res := rbac.Attributes{Group: w.Group, Resource: snapshot.Plural(w.Kind), Namespace: w.Namespace, Name: w.Name}
		all = append(all, question{id: "workload " + w.Ref.String(), title: "change what runs it", note: answer.Object(w.Ref), asked: with(res, "update", "patch"), value: w.Ref})
		break
	}
	pods := rbac.Attributes{Resource: "pods", Namespace: ns}
	exec, debug := pods, pods
	exec.Subresource, debug.Subresource = "exec", "ephemeralcontainers"
	all = append(all, question{id: "exec", title: "run commands in it", note: "exec into its pods, or add a debug container", asked: append(with(exec, "create"), with(debug, "patch")...)})
	seen := map[model.Ref]bool{}
	for _, u := range secrets.UsesOf.Get(p.r, p.key) {
		if u.Secret.Kind != "Secret" || seen[u.Secret] {
			continue
		}
		seen[u.Secret] = true
		res := rbac.Attributes{Resource: "secrets", Namespace: u.Secret.Namespace, Name: u.Secret.Name}
		name := u.Secret.Name
		if u.Secret.Namespace != ns {
			name = u.Secret.Namespace + "/" + name
		}
		all = append(all, question{id: "secret " + u.Secret.String(), title: "read its Secret " + name, value: u.Secret,
			asked: append(with(res, "get"), with(unnamed(res), "list", "watch")...)})
	}
	if p.view.Account != "" {
		token := rbac.Attributes{Resource: "serviceaccounts", Subresource: "token", Namespace: ns, Name: p.view.Account}
		all = append(all, question{id: "token", title: "take its identity", note: "a token of ServiceAccount " + p.view.Account, asked: with(token, "create")})
	}
	return all
}

// source asks who may read the code, where the code stands in the cluster.
func (p *page) source(res rbac.Attributes) question {
	kind := cmp.Or(p.f.Source.Kind, "image")
	q := question{id: "source", title: "read its source"}
	if kind == "image" {
		return question{}
	}
	q.note = kind
	if kind == "inline" {
		q.note = "it stands in the object"
	}
	q.asked = append(with(res, "get"), with(unnamed(res), "list", "watch")...)
	return q
}

func unnamed(a rbac.Attributes) rbac.Attributes {
	a.Name = ""
	return a
}

func with(a rbac.Attributes, verbs ...string) []rbac.Attributes {
	all := make([]rbac.Attributes, len(verbs))
	for i, v := range verbs {
		all[i] = a
		all[i].Verb = v
	}
	return all
}

// account lists what the function may do.
func (p *page) account() {
	name := p.view.Account
	if name == "" {
		p.add(answer.Heading("account", "What it may do", ""))
		p.add(tree.Item{ID: "account none", Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: "? no pod of it can be seen, so its ServiceAccount is not known"}}})
		return
	}
	a := rbac.Account{Namespace: p.key.Namespace, Name: name}
	p.add(answer.Heading("account", "What it may do", "as ServiceAccount "+a.String()))
	p.token(a)
	e := rbac.Escalation(p.r, a)
	if len(e.Cluster) > 0 {
		p.add(tree.Item{ID: "escalates", Depth: 1, Parts: []tree.Part{{Role: themes.Critical, Text: "‼ its rights lead to the whole cluster"}}})
		for i, s := range e.Cluster {
			p.add(step("escalates "+strconv.Itoa(i), 2+i, s))
		}
	}
	set := rbac.Grants.Get(p.r, a)
	usual := 0
	set.All(func(g *rbac.Grant) bool {
		for i := range g.Role.Rules {
			if g.Role.Usual[i] {
				usual++
				continue
			}
			if it, ok := rule("rule "+g.Binding.String()+" "+strconv.Itoa(i), g, i); ok {
				p.add(it)
			}
		}
		return true
	})
	if !set.Extra() {
		role, text := themes.OK, "✓ nothing more than every account may"
		if len(set.Missing) > 0 {
			role, text = themes.Unknown, "? nothing more than every account may, by what could be read"
		}
		p.add(tree.Item{ID: "rules none", Depth: 1, Parts: []tree.Part{{Role: role, Text: text}}})
	}
	if usual > 0 {
		p.add(tree.Item{ID: "usual", Depth: 1, Parts: []tree.Part{{Role: themes.Muted, Text: "and what every account may: " + answer.Count(usual, "rule", "rules") + " of discovery and self-review"}}})
	}
	p.add(answer.Unknown("account", "it may do more", 1, set.Missing)...)
}

// token says whether the function holds the identity at all.
func (p *page) token(a rbac.Account) {
	var containers []string
	var missing []snapshot.Missing
	for i := range p.view.Specs {
		held := rbac.TokenIn(p.r, p.key.Namespace, &p.view.Specs[i])
		for _, c := range held.Containers() {
			if !slices.Contains(containers, c) {
				containers = append(containers, c)
			}
		}
		for _, m := range held.Missing {
			if !slices.Contains(missing, m) {
				missing = append(missing, m)
			}
		}
	}
	it := tree.Item{ID: "holds", Depth: 1, Value: a.Ref(), Parts: []tree.Part{{Role: themes.OK, Text: "✓ no token of it is mounted: the code cannot use these rights by itself"}}}
	switch {
	case len(containers) > 0:
		it.Parts = []tree.Part{{Role: themes.Warning, Text: "▲ its token is in container " + strings.Join(containers, ", ")}}
	case len(missing) > 0:
		it.Parts = []tree.Part{{Role: themes.Unknown, Text: "? whether a token is mounted is not known"}}
	}
	p.add(it)
	p.add(answer.Unknown("holds", "there may be a token", 2, missing)...)
}

func step(id string, depth int, s rbac.Step) tree.Item {
	it := tree.Item{ID: id, Depth: depth, Parts: []tree.Part{{Role: themes.Value, Text: s.Text}}}
	if s.Binding.Name != "" {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  by " + answer.Object(s.Binding)})
		it.Value = s.Binding
	}
	it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  " + s.Control})
	return it
}

// rule is one rule in force, and the binding that gives it. A grant in a namespace gives no addresses.
func rule(id string, g *rbac.Grant, i int) (tree.Item, bool) {
	r := &g.Role.Rules[i]
	what := resources(r.APIGroups, r.Resources)
	if len(r.Resources) == 0 {
		if g.Namespace != "" || len(r.NonResourceURLs) == 0 {
			return tree.Item{}, false
		}
		what = strings.Join(r.NonResourceURLs, ", ")
	}
	if len(r.ResourceNames) > 0 {
		what += " named " + strings.Join(r.ResourceNames, ", ")
	}
	where := "in " + g.Namespace
	if g.Namespace == "" {
		where = "in the whole cluster"
	}
	role := themes.Value
	if slices.Contains(r.Verbs, "*") || slices.Contains(r.Resources, "*") {
		role = themes.Error
	}
	return tree.Item{ID: id, Depth: 1, Value: g.Binding, Parts: []tree.Part{
		{Role: themes.Accent, Text: strings.Join(r.Verbs, ", ")}, {Role: role, Text: "  " + what}, {Role: themes.Muted, Text: "  " + where},
		{Role: themes.Muted, Text: "  by " + through(g)}}}, true
}

func through(g *rbac.Grant) string {
	s := answer.Object(g.Binding) + " → " + answer.Object(g.Role.Ref)
	if g.Group != "" {
		s += ", for group " + g.Group
	}
	return s
}

// resources names resources with their groups.
func resources(groups, names []string) string {
	var all []string
	for _, g := range groups {
		for _, n := range names {
			switch {
			case g == "*" && n != "*":
				n += " of every group"
			case g == "*":
				n = "everything"
			case g != "":
				n += "." + g
			}
			all = append(all, n)
		}
	}
	return strings.Join(all, ", ")
}
