package answer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/tree"
)

// Note is a line of one role.
func Note(id string, role themes.Role, s string) tree.Item {
	return tree.Item{ID: id, Parts: []tree.Part{{Role: role, Text: s}}}
}

// Heading begins a part of the answer.
func Heading(id, title, note string) tree.Item {
	it := tree.Item{ID: id, Gap: true, Parts: []tree.Part{{Role: themes.Panel, Text: title}}}
	if note != "" {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  " + note})
	}
	return it
}

// Unknown names below a depth what could not be read; where it is much, all but the first is folded away.
func Unknown(id, what string, depth int, missing []snapshot.Missing) []tree.Item {
	var items []tree.Item
	line := func(n, depth int, text string) {
		items = append(items, tree.Item{ID: id + "?" + strconv.Itoa(n), Depth: depth, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: text}}})
	}
	for i, m := range missing {
		switch {
		case i == 0 && len(missing) > 1:
			line(-1, depth, "? "+what+": "+m.String())
			items[0].Folded = true
			line(0, depth+1, m.String())
		case i == 0:
			line(0, depth, "? "+what+": "+m.String())
		default:
			line(i, depth+1, m.String())
		}
	}
	return items
}

// Object names an object: `RoleBinding fns/edit`.
func Object(ref model.Ref) string {
	if ref.Namespace != "" {
		return ref.Kind + " " + ref.Namespace + "/" + ref.Name
	}
	return strings.TrimSpace(ref.Kind + " " + ref.Name)
}

// Count writes a number with its noun.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// everybody are the groups that make a right everybody's, in words.
var everybody = map[string]string{
	rbac.Unauthenticated: "anybody, without a login", rbac.Anonymous: "anybody, without a login",
	rbac.Authenticated: "everybody with a login, every pod included", rbac.AllAccounts: "every pod of the cluster",
}

// Who names a subject, and the role that it is drawn in.
func Who(h rbac.Holder) (string, themes.Role) {
	if words, ok := everybody[h.Name]; ok && h.Kind != "ServiceAccount" {
		return h.String() + " (" + words + ")", themes.Critical
	}
	if ns, ok := strings.CutPrefix(h.Name, rbac.AllAccounts+":"); ok && h.Kind == "Group" {
		return h.String() + " (every pod of " + ns + ")", themes.Error
	}
	return h.String(), themes.Value
}

// System reports whether a subject is a part of Kubernetes itself rather than somebody an operator gave rights to.
func System(h rbac.Holder) bool {
	if _, ok := everybody[h.Name]; ok || strings.HasPrefix(h.Name, rbac.AllAccounts) {
		return false
	}
	return h.Namespace == "kube-system" || h.Kind != "ServiceAccount" && strings.HasPrefix(h.Name, "system:")
}

// Through says by which binding and role.
func Through(v rbac.Via) string {
	if v.Rule < 0 {
		return "bypasses every rule"
	}
	s := Object(v.Binding) + " → " + Object(v.Role)
	if v.Group != "" {
		s += ", for group " + v.Group
	}
	return s
}

// Grant is a subject with the verbs that it has, and through what.
type Grant struct {
	rbac.Holder
	Verbs []string
	Via   []rbac.Via
}

// Grants merges the answers to several questions about one thing, each named by its verb.
func Grants(r *snapshot.Reader, asked ...rbac.Attributes) (all []Grant, missing []snapshot.Missing) {
	for _, a := range asked {
		able, unread := rbac.WhoCan(r, a)
		for _, m := range unread {
			if !slices.Contains(missing, m) {
				missing = append(missing, m)
			}
		}
		for _, one := range able {
			i, ok := slices.BinarySearchFunc(all, one.Holder, func(g Grant, h rbac.Holder) int { return g.Compare(h) })
			if !ok {
				all = slices.Insert(all, i, Grant{Holder: one.Holder})
			}
			g := &all[i]
			if !slices.Contains(g.Verbs, a.Verb) {
				g.Verbs = append(g.Verbs, a.Verb)
			}
			for _, v := range one.Via {
				if !slices.ContainsFunc(g.Via, func(o rbac.Via) bool { return o.Binding == v.Binding && o.Role == v.Role && o.Group == v.Group }) {
					v.Rule = min(v.Rule, 0)
					g.Via = append(g.Via, v)
				}
			}
		}
	}
	return all, missing
}

// most bounds how many subjects one answer lists.
const most = 500

// Subjects lists who may do something, below a depth: people, accounts and groups first, what belongs to Kubernetes
// itself folded behind them, and what could not be read.
func Subjects(id string, depth int, all []Grant, missing []snapshot.Missing, single bool) []tree.Item {
	var items, system []tree.Item
	others := 0
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Grant) int { return first(&a) - first(&b) })
	for i := range all {
		g := &all[i]
		if System(g.Holder) {
			system = append(system, subject(id, depth+1, g, single)...)
			others++
			continue
		}
		if len(items) < most {
			items = append(items, subject(id, depth, g, single)...)
		}
	}
	if shown := len(all) - others; shown == 0 {
		items = append(items, tree.Item{ID: id + " nobody", Depth: depth, Parts: []tree.Part{{Role: themes.OK, Text: "✓ nobody but Kubernetes itself"}}})
		if len(missing) > 0 {
			items[0].Parts = []tree.Part{{Role: themes.Muted, Text: "nobody by what could be read"}}
		}
	} else if shown > most {
		items = append(items, tree.Item{ID: id + " rest", Depth: depth, Parts: []tree.Part{{Role: themes.Muted, Text: "and more: " + Count(shown, "subject", "subjects") + " in all"}}})
	}
	if others > 0 {
		items = append(items, tree.Item{ID: id + " system", Depth: depth, Folded: true, Parts: []tree.Part{
			{Role: themes.Muted, Text: Count(others, "subject", "subjects") + " of Kubernetes itself"}}})
		items = append(items, system...)
	}
	return append(items, Unknown(id, "there may be more", depth, missing)...)
}

// first orders subjects: groups that are everybody, people, accounts by bindings of one namespace, and then those that
// hold their rights everywhere, which are mostly controllers.
func first(g *Grant) int {
	_, all := everybody[g.Name]
	switch {
	case all:
		return 0
	case g.Kind != "ServiceAccount":
		return 1
	case slices.ContainsFunc(g.Via, func(v rbac.Via) bool { return v.Binding.Namespace != "" }):
		return 2
	}
	return 3
}

// Number counts the subjects in words; there may be more where something could not be read.
func Number(n int, missing []snapshot.Missing) string {
	s := Count(n, "subject", "subjects")
	if n > 0 && len(missing) > 0 {
		s += " or more"
	}
	return s
}

// subject is one of them, with its bindings in the line or, when there are several, below.
func subject(id string, depth int, g *Grant, single bool) []tree.Item {
	name, role := Who(g.Holder)
	glyph := themes.Glyph(role)
	if role == themes.Value {
		glyph = ""
	}
	it := tree.Item{ID: id + " " + g.String(), Depth: depth, Parts: []tree.Part{{Role: role, Text: strings.TrimSpace(glyph + " " + name)}}}
	if !single {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Accent, Text: "  " + strings.Join(g.Verbs, ", ")})
	}
	if len(g.Via) == 1 {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  by " + Through(g.Via[0])})
		it.Value = valueOf(g.Via[0])
		return []tree.Item{it}
	}
	items := []tree.Item{it}
	for i, v := range g.Via {
		items = append(items, tree.Item{ID: it.ID + " " + strconv.Itoa(i), Depth: depth + 1, Value: valueOf(v),
			Parts: []tree.Part{{Role: themes.Muted, Text: "by " + Through(v)}}})
	}
	return items
}

func valueOf(v rbac.Via) any {
	if v.Binding.Kind == "" {
		return nil
	}
	return v.Binding
}

// Outsiders counts the subjects that do not belong to Kubernetes itself.
func Outsiders(all []Grant) int {
	n := 0
	for i := range all {
		if !System(all[i].Holder) {
			n++
		}
	}
	return n
}
