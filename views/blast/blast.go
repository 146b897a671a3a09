// Package blast shows how far somebody would get who runs code inside a function, with one proof for every level, and
// the reverse: who reaches the function's secrets.
//
// Its one rule: a level that is not proven is never called safe while something could not be read.
package blast

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
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
	return answer.About(env, "blast radius", id, Answer, nil)
}

// Answer is what the screen shows of a function.
var Answer = snapshot.NewQuery("blast radius on screen", func(r *snapshot.Reader, key model.FunctionKey) *answer.Page {
	if p := answer.Opaque(r, key); p != nil {
		return p
	}
	p := &page{r: r, key: key, view: workload.Of.Get(r, key)}
	p.levels(security.Radius.Get(r, key))
	p.held()
	p.reverse()
	return &answer.Page{Items: p.items}
}, nil)

type page struct {
	r     *snapshot.Reader
	key   model.FunctionKey
	view  *workload.View
	items []tree.Item
}

func (p *page) add(items ...tree.Item) { p.items = append(p.items, items...) }

// words say what a level means.
var words = map[blast.Level]string{
	blast.None: "nothing beyond its own process", blast.Own: "its own secrets and data",
	blast.Near: "neighbours, by network, account or Secret", blast.Namespace: "everything in its namespace",
	blast.Beyond: "other namespaces, or a node", blast.Cluster: "the whole cluster, or an identity at the cloud provider",
}

func roleOf(l blast.Level) themes.Role {
	switch {
	case l >= blast.Cluster:
		return themes.Critical
	case l >= blast.Namespace:
		return themes.Error
	case l >= blast.Near:
		return themes.Warning
	case l == blast.Own:
		return themes.Info
	}
	return themes.OK
}

func (p *page) levels(x *blast.Radius) {
	note := "an intruder inside it gets to level " + strconv.Itoa(int(x.Level)) + ": " + words[x.Level]
	if len(x.Missing) > 0 {
		note = "an intruder inside it gets to level " + strconv.Itoa(int(x.Level)) + " at least, maybe further"
	}
	p.add(answer.Heading("reach", "How far it goes", note))
	p.add(answer.Unknown("reach", "it may go further", 1, x.Missing)...)
	proven := map[blast.Level]bool{}
	for _, path := range x.Paths {
		proven[path.Level] = true
		role := roleOf(path.Level)
		id := "level " + path.Level.String()
		p.add(tree.Item{ID: id, Depth: 1, Parts: []tree.Part{
			{Role: role, Text: fmt.Sprintf("%s %d %s", themes.Glyph(role), path.Level, path.Level)},
			{Role: themes.Muted, Text: "  " + words[path.Level]}}})
		for i, s := range path.Steps {
			p.add(step(id+" "+strconv.Itoa(i), 2+i, s))
		}
	}
	var not []string
	for l := blast.Cluster; l > blast.None; l-- {
		if !proven[l] {
			not = append(not, strconv.Itoa(int(l))+" "+l.String())
		}
	}
	switch {
	case len(not) == 0:
	case len(x.Missing) > 0:
		p.add(tree.Item{ID: "not", Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: "? no proof by what could be read: " + strings.Join(not, ", ")}}})
	default:
		p.add(tree.Item{ID: "not", Depth: 1, Parts: []tree.Part{{Role: themes.OK, Text: "✓ no way to: " + strings.Join(not, ", ")}}})
	}
}

// step is one step of a proof; each stands below the one before.
func step(id string, depth int, s blast.Step) tree.Item {
	it := tree.Item{ID: id, Depth: depth, Parts: []tree.Part{{Role: themes.Value, Text: s.Text}}}
	if s.To.Name != "" {
		it.Value = s.To
		if !strings.Contains(s.Text, s.To.Name) {
			it.Parts = append(it.Parts, tree.Part{Role: themes.Accent, Text: " → " + answer.Object(s.To)})
		}
	}
	it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: "  " + s.Control})
	return it
}

// held lists what an intruder holds at once.
func (p *page) held() {
	p.add(answer.Heading("held", "What is inside", "an intruder holds it at once"))
	before := len(p.items)
	var seen []string
	for i := range p.view.Specs {
		held := rbac.TokenIn(p.r, p.key.Namespace, &p.view.Specs[i])
		for j := range held.Tokens {
			t := &held.Tokens[j]
			id := "token " + t.Account.String() + " " + t.Container.Name
			if slices.Contains(seen, id) {
				continue
			}
			seen = append(seen, id)
			p.token(id, t)
		}
		for _, it := range answer.Unknown("token "+strconv.Itoa(i), "there may be a token", 1, held.Missing) {
			if line := it.Parts[0].Text; !slices.Contains(seen, line) {
				seen = append(seen, line)
				p.add(it)
			}
		}
	}
	for _, s := range p.secrets() {
		it := tree.Item{ID: "holds " + s.ref.String(), Depth: 1, Value: s.ref, Parts: []tree.Part{
			{Role: themes.Value, Text: answer.Object(s.ref)}, {Role: themes.Muted, Text: "  " + s.how()}}}
		if !s.inside {
			it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: ", not readable from its code"})
		}
		p.add(it)
	}
	if len(p.items) == before {
		p.add(tree.Item{ID: "holds nothing", Depth: 1, Parts: []tree.Part{{Role: themes.OK, Text: "✓ no token of the API and no Secret"}}})
	}
}

func (p *page) token(id string, t *rbac.Token) {
	what := "may do nothing more than every account"
	role := themes.Info
	if rbac.Grants.Get(p.r, t.Account).Extra() {
		what, role = "has rights of its own (a shows them)", themes.Warning
	}
	p.add(tree.Item{ID: id, Depth: 1, Value: t.Account.Ref(), Parts: []tree.Part{
		{Role: themes.Value, Text: "token of ServiceAccount " + t.Account.String()},
		{Role: themes.Muted, Text: "  in container " + t.Container.Name},
		{Role: role, Text: "  " + themes.Glyph(role) + " " + what}}})
}

// held Secret: where it gets in.
type secret struct {
	ref    model.Ref
	ways   []string
	inside bool
}

func (s *secret) how() string { return strings.Join(s.ways, ", ") }

var ways = map[secrets.Way]string{
	secrets.Env: "environment", secrets.EnvFrom: "environment, all keys", secrets.File: "file", secrets.SubPath: "file",
	secrets.Storage: "used for a volume", secrets.External: "volume of an external provider", secrets.Pull: "pulls its image",
	secrets.Handed: "handed over by the framework", secrets.Trigger: "used by a trigger", secrets.Build: "used by its build",
}

func (p *page) secrets() []secret {
	var all []secret
	for _, u := range secrets.UsesOf.Get(p.r, p.key) {
		i := slices.IndexFunc(all, func(s secret) bool { return s.ref == u.Secret })
		if i < 0 {
			i = len(all)
			all = append(all, secret{ref: u.Secret})
		}
		s := &all[i]
		way := ways[u.Way]
		if u.Key != "" && u.Way.Inside() {
			way += " (key " + u.Key + ")"
		}
		if !slices.Contains(s.ways, way) {
			s.ways = append(s.ways, way)
		}
		s.inside = s.inside || u.Way.Inside()
	}
	slices.SortStableFunc(all, func(a, b secret) int { return cmp.Or(btoi(b.inside)-btoi(a.inside), a.ref.Compare(b.ref)) })
	return all
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
