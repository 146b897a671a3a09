package findings

import (
	"cmp"
	"strings"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// groupKey is what findings have in common: a control, a function, or a namespace.
type groupKey struct {
	by      screen.Grouping
	control int32
	of      model.FunctionID // of a namespace only its context and namespace
}

func compareGroups(a, b groupKey) int {
	return cmp.Or(cmp.Compare(a.control, b.control), a.of.Compare(b.of))
}

// group sums up findings. It is comparable, so that an unchanged one keeps its pointer.
type group struct {
	groupKey
	name, more string // control id and title, function and framework, namespace
	grade      string // of a function
	worst      int    // rank
	word       string // of the worst
	severities [check.Critical + 1]int
	open       int
	unknown    int
	accepted   int
	fresh      int
	others     int // functions of a control, controls of the rest
}

func (g *group) add(i *item) {
	if r := i.rank(); g.word == "" || r > g.worst {
		g.worst, g.word = r, i.word()
	}
	switch i.f.Status {
	case check.Fail:
		g.open++
		g.severities[i.f.Severity]++
	case check.Unknown:
		g.unknown++
	default:
		g.accepted++
	}
	if i.fresh {
		g.fresh++
	}
}

// Text, Field and Labels make a group a row of a filter: groups are filtered by their findings, so nothing asks.
func (g *group) Text() string              { return g.name + "\n" + g.more }
func (g *group) Field(int) query.Value     { return query.Value{} }
func (g *group) Labels() map[string]string { return nil }

// sum makes the groups of findings.
type sum struct {
	by       screen.Grouping
	controls []*group
	last     []*function // by control: the function that was counted last
	spaces   map[groupKey]*group
	seen     map[groupKey]map[int32]bool // by namespace: the controls that were counted
	out      []*group
}

// sumUp makes the groups of findings, in whatever order those come.
func sumUp(by screen.Grouping, items []*item) []*group {
	n := len(security.Catalogue())
	s := &sum{by: by, controls: make([]*group, n), last: make([]*function, n),
		spaces: map[groupKey]*group{}, seen: map[groupKey]map[int32]bool{}}
	at := map[*function]int{}
	var shares [][]*item
	for _, i := range items {
		k, ok := at[i.of]
		if !ok {
			k = len(shares)
			at[i.of] = k
			shares = append(shares, nil)
		}
		shares[k] = append(shares[k], i)
	}
	for _, one := range shares {
		s.take(one[0].of, one)
	}
	return s.out
}

// take adds the findings of one function.
func (s *sum) take(of *function, items []*item) {
	var own *group
	control := int32(-1)
	for _, i := range items {
		g := s.group(of, i, &own)
		g.add(i)
		switch s.by {
		case screen.ByControl:
			if s.last[i.control] != of {
				s.last[i.control] = of
				g.others++
			}
		case screen.ByFunction:
			if !s.counted(g, i.control) {
				g.others++
			}
		default:
			if i.control != control && !s.counted(g, i.control) {
				g.others++
			}
		}
		control = i.control
	}
}

func (s *sum) counted(g *group, control int32) bool {
	seen := s.seen[g.groupKey]
	if seen == nil {
		seen = map[int32]bool{}
		s.seen[g.groupKey] = seen
	}
	was := seen[control]
	seen[control] = true
	return was
}

func (s *sum) group(of *function, i *item, own **group) *group {
	id := of.id
	switch s.by {
	case screen.ByControl:
		g := s.controls[i.control]
		if g == nil {
			g = s.begin(groupKey{by: s.by, control: i.control}, i.f.Control.ID, i.f.Control.Title)
			s.controls[i.control] = g
		}
		return g
	case screen.ByFunction:
		if *own == nil {
			clear(s.seen)
			*own = s.begin(groupKey{by: s.by, of: id}, of.row().Function.Name(), id.Framework)
			(*own).grade = of.row().Posture.Letter()
		}
		return *own
	}
	k := groupKey{by: s.by, of: model.FunctionID{Context: id.Context, FunctionKey: model.FunctionKey{Namespace: id.Namespace}}}
	g := s.spaces[k]
	if g == nil {
		g = s.begin(k, id.Namespace, "")
		s.spaces[k] = g
	}
	return g
}

func (s *sum) begin(k groupKey, name, more string) *group {
	g := &group{groupKey: k, name: name, more: more}
	s.out = append(s.out, g)
	return g
}

// nouns are what the groups are called.
var nouns = [...]string{screen.ByControl: "controls", screen.ByFunction: "functions", screen.ByNamespace: "namespaces"}

// groupColumns are those of the groups.
func groupColumns(by screen.Grouping, contexts, baseline bool) []table.Column[*group] {
	words := func(id, title string, priority, flex, least, most int, cell func(*group) string, r func(*group) themes.Role) table.Column[*group] {
		return table.Column[*group]{ID: id, Title: title, Priority: priority, Flex: flex, Min: least, Max: most, Cell: listing.Role(cell, r),
			Compare: func(a, b *group) int { return strings.Compare(cell(a), cell(b)) }}
	}
	name := func(g *group) string { return g.name }
	more := func(g *group) string { return g.more }
	all := []table.Column[*group]{{
		ID: "severity", Title: "WORST", Frozen: true, DescFirst: true,
		Cell: listing.Role(func(g *group) string { return g.word }, func(g *group) themes.Role { return role(g.word) }),
		Compare: func(a, b *group) int {
			return cmp.Or(cmp.Compare(a.worst, b.worst), cmp.Compare(a.severities[max(a.worst-10, 0)], b.severities[max(a.worst-10, 0)]))
		},
	}}
	others := "CONTROLS"
	switch by {
	case screen.ByControl:
		others = "FUNCTIONS"
		c := words("control", "CONTROL", 9, 0, 0, 12, name, nil)
		c.Frozen, c.Compare = true, func(a, b *group) int { return cmp.Compare(a.control, b.control) }
		all = append(all, c, words("title", "WHAT IT SAYS", 8, 2, 20, 70, more, nil))
	case screen.ByFunction:
		all = append(all, table.Column[*group]{ID: "grade", Title: "GRADE", Priority: 9, DescFirst: true,
			Cell:    listing.Role(func(g *group) string { return g.grade }, func(g *group) themes.Role { return themes.Grade(g.grade) }),
			Compare: func(a, b *group) int { return strings.Compare(a.grade, b.grade) }})
		all = append(all, words("namespace", "NAMESPACE", 6, 1, 9, 30, func(g *group) string { return g.of.Namespace }, muted),
			words("function", "FUNCTION", 10, 2, 12, 50, name, nil), words("framework", "FRAMEWORK", 3, 0, 0, 12, more, muted))
	default:
		all = append(all, words("namespace", "NAMESPACE", 10, 2, 12, 63, name, nil))
	}
	if contexts && by != screen.ByControl {
		all = append(all, words("context", "CONTEXT", 3, 1, 7, 24, func(g *group) string { return g.of.Context }, muted))
	}
	all = append(all, number("open", "OPEN", 9, func(g *group) int { return g.open }, themes.Text))
	if baseline {
		all = append(all, number("new", "NEW", 9, func(g *group) int { return g.fresh }, themes.Warning))
	}
	return append(all,
		number("critical", "CRIT", 7, func(g *group) int { return g.severities[check.Critical] }, themes.SeverityCritical),
		number("high", "HIGH", 7, func(g *group) int { return g.severities[check.High] }, themes.SeverityHigh),
		number("medium", "MED", 4, func(g *group) int { return g.severities[check.Medium] }, themes.SeverityMedium),
		number("low", "LOW", 3, func(g *group) int { return g.severities[check.Low] }, themes.SeverityLow),
		number("unknown", "UNKNOWN", 6, func(g *group) int { return g.unknown }, themes.Unknown),
		number("accepted", "ACCEPTED", 2, func(g *group) int { return g.accepted }, themes.Muted),
		number("others", others, 5, func(g *group) int { return g.others }, themes.Text),
	)
}
