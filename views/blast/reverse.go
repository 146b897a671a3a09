package blast

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/answer"
)

// manyRunners bounds the workloads that are named with an account.
const manyRunners = 20

// reverse lists who reaches the function's secrets.
func (p *page) reverse() {
	all := p.secrets()
	p.add(answer.Heading("reverse", "Who reaches its secrets", ""))
	if len(all) == 0 {
		p.add(tree.Item{ID: "reverse none", Depth: 1, Parts: []tree.Part{{Role: themes.Muted, Text: "It uses no Secret."}}})
		return
	}
	var namespaces []string
	for i := range all {
		s := &all[i]
		if s.ref.Kind != "Secret" {
			continue
		}
		p.readers(s.ref)
		if len(namespaces) == 0 || namespaces[len(namespaces)-1] != s.ref.Namespace {
			namespaces = append(namespaces, s.ref.Namespace)
		}
	}
	seen := map[string]bool{}
	for _, ns := range namespaces {
		if !seen[ns] {
			seen[ns] = true
			p.indirect(ns)
		}
	}
}

// readers lists who uses a Secret besides, and who may read it through the API.
func (p *page) readers(ref model.Ref) {
	id := "secret " + ref.String()
	asked := rbac.Attributes{Verb: "get", Resource: "secrets", Namespace: ref.Namespace, Name: ref.Name}
	list, watch := asked, asked
	list.Verb, list.Name, watch.Verb, watch.Name = "list", "", "watch", ""
	grants, missing := answer.Grants(p.r, asked, list, watch)
	role, n := themes.Muted, answer.Outsiders(grants)
	note := answer.Number(n, missing) + " may read it"
	if n == 0 && len(missing) > 0 {
		role, note = themes.Unknown, "? who may read it is not known"
	}
	p.add(tree.Item{ID: id, Depth: 1, Value: ref, Parts: []tree.Part{
		{Role: themes.Accent, Text: answer.Object(ref)}, {Role: role, Text: "  " + note}}})
	for _, u := range secrets.UsersOf.Get(p.r, ref) {
		if u.Function == p.key || p.mine(u.Object) {
			continue
		}
		it := tree.Item{ID: id + " used by " + u.String() + u.Object.String(), Depth: 2,
			Parts: []tree.Part{{Role: themes.Warning, Text: "▲ "}, {Role: themes.Value, Text: u.String()}, {Role: themes.Muted, Text: " uses it too"}}}
		if u.Pull {
			it.Parts[2].Text = " pulls its image with it"
		}
		if u.Exposed {
			it.Parts = append(it.Parts, tree.Part{Role: themes.Error, Text: ", and can be called from outside the cluster"})
		}
		if !u.Object.IsZero() {
			it.Value = u.Object
		}
		if u.Function != (model.FunctionKey{}) {
			it.Value = u.Function
		}
		p.add(it)
	}
	for _, it := range answer.Subjects(id, 2, grants, missing, false) {
		var below []tree.Item
		if it.Depth == 2 {
			below = p.runners(it, grants)
			if n := len(below); n > 0 {
				it.Folded = true
				it.Parts = slices.Insert(it.Parts, 1, tree.Part{Role: themes.Warning, Text: "  " + answer.Count(n, "workload runs as it", "workloads run as it")})
			}
		}
		p.add(it)
		p.add(below...)
	}
}

// runners lists below an account which workloads run as it.
func (p *page) runners(below tree.Item, grants []answer.Grant) (items []tree.Item) {
	for i := range grants {
		g := &grants[i]
		a, ok := g.Account()
		if !ok || !strings.HasSuffix(below.ID, " "+g.String()) {
			continue
		}
		shown := 0
		for _, u := range rbac.UsersOf(p.r, a) {
			if shown == manyRunners || p.mine(u.Ref) {
				continue
			}
			shown++
			text := " runs as it"
			if u.Token {
				text = " runs as it and holds its token"
			}
			items = append(items, tree.Item{ID: below.ID + " " + u.Ref.String(), Depth: below.Depth + 1, Value: u.Ref,
				Parts: []tree.Part{{Role: themes.Value, Text: answer.Object(u.Ref)}, {Role: themes.Muted, Text: text}}})
		}
	}
	return items
}

// indirect are the ways to all Secrets of a namespace that do not read them through the API.
func (p *page) indirect(ns string) {
	for _, way := range []struct {
		id, text string
		asked    []rbac.Attributes
	}{
		{"mount", "may mount any Secret of " + ns + " in a pod of their own", []rbac.Attributes{
			{Verb: "create", Resource: "pods", Namespace: ns}, {Verb: "create", Group: "apps", Resource: "deployments", Namespace: ns},
			{Verb: "create", Group: "batch", Resource: "jobs", Namespace: ns}}},
		{"enter", "may enter the pods that hold them in " + ns, []rbac.Attributes{
			{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: ns},
			{Verb: "patch", Resource: "pods", Subresource: "ephemeralcontainers", Namespace: ns}}},
	} {
		grants, missing := answer.Grants(p.r, way.asked...)
		n := answer.Outsiders(grants)
		role, note := themes.Warning, answer.Number(n, missing)+" "+way.text
		if n == 0 {
			role, note = themes.OK, "nobody but Kubernetes itself "+way.text
			if len(missing) > 0 {
				role, note = themes.Unknown, "nobody by what could be read "+way.text
			}
		}
		id := way.id + " " + ns
		p.add(tree.Item{ID: id, Depth: 1, Folded: n > 6, Parts: []tree.Part{{Role: role, Text: themes.Glyph(role) + " " + note}}})
		if n > 0 || len(missing) > 0 {
			p.add(answer.Subjects(id, 2, grants, missing, true)...)
		}
	}
}

func (p *page) mine(ref model.Ref) bool {
	f := p.view.Function
	if f.Object == ref {
		return true
	}
	for _, w := range f.Workloads {
		if w.Ref == ref {
			return true
		}
	}
	for i := range f.Pods {
		if f.Pods[i] == ref {
			return true
		}
	}
	for i := range f.Templates {
		if f.Templates[i].Origin.Ref == ref {
			return true
		}
	}
	return false
}
