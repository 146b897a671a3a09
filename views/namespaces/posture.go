package namespaces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/artifact"
	"github.com/fn9s/fn9s/security/pods"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
)

// levels are the Pod Security levels, from the one that allows most.
var levels = [...]string{"privileged", "baseline", "restricted"}

func strict(level string) int { return max(slices.Index(levels[:], level), 0) }

// facts are what a namespace does for its functions, as the cluster says. They are comparable.
type facts struct {
	enforce, audit, warn string // levels; "none" without a label, empty where it may not be read
	version              string
	ingress, egress      string // "deny", "open", or empty where it is not known
	quota                string // "yes", "partly", "none", or empty where it is not known
	tight                string
	missing              string // the first right without which something is not known
}

// factsOf reads the namespaces that a cluster has.
func factsOf(names []string) func(r *snapshot.Reader) map[string]facts {
	return func(r *snapshot.Reader) map[string]facts {
		all := make(map[string]facts, len(names))
		for _, name := range names {
			all[name] = read(r, name)
		}
		return all
	}
}

func read(r *snapshot.Reader, name string) facts {
	var f facts
	lack := func(m snapshot.Missing) { f.missing = cmp.Or(f.missing, m.String()) }
	if n := pods.NamespaceLevel.Get(r, name); n.Known {
		f.enforce, f.audit, f.warn, f.version = level(n.Enforce), level(n.Audit), level(n.Warn), n.Enforce.Version
	} else if m, hidden := r.Hidden(schema.GroupKind{Kind: "Namespace"}, ""); hidden {
		lack(m)
	}
	isolated := reach.Isolation(r, reach.Stranger(name))
	for _, side := range []struct {
		d  *reach.Default
		to *string
	}{{&isolated.Ingress, &f.ingress}, {&isolated.Egress, &f.egress}} {
		switch side.d.State {
		case reach.Open:
			*side.to = "open"
		case reach.Closed:
			*side.to = "deny"
		default:
			if len(side.d.Missing) > 0 {
				lack(side.d.Missing[0])
			} else {
				f.missing = cmp.Or(f.missing, side.d.Reason)
			}
		}
	}
	room := artifact.RoomOf(r, name)
	switch {
	case room.Missing != nil:
		lack(*room.Missing)
	case room.Limits:
		f.quota = "yes"
	case room.Quota || room.Ranges:
		f.quota = "partly"
	default:
		f.quota = "none"
	}
	f.tight = room.Tight
	return f
}

// level is what a mode asks for, in one word.
func level(m pods.Mode) string {
	switch {
	case m.Label == "":
		return "none"
	case m.Invalid:
		return m.Level + " (label is wrong)"
	}
	return m.Level
}

// standing is what the functions of a namespace come to.
type standing struct {
	grades          [security.F + 1]int
	capped          int // whose grade may be better than the truth
	unjudged        int
	refusedBaseline int // functions whose pods each level would refuse
	refusedBest     int
	levelled        int // functions of which the level is known
}

func (s *standing) add(p *board.Posture) {
	if p == nil {
		s.unjudged++
		return
	}
	s.grades[p.Grade]++
	if p.Capped {
		s.capped++
	}
	if p.PSS == "" {
		return
	}
	s.levelled++
	if met := strict(p.PSS); met < 2 {
		s.refusedBest++
		if met < 1 {
			s.refusedBaseline++
		}
	}
}

// worst is the worst grade of its functions, with a mark when the truth may be worse; empty without any.
func (s *standing) worst() string {
	for g := security.F; ; g-- {
		if s.grades[g] > 0 {
			if g < security.F && s.capped+s.unjudged > 0 {
				return g.String() + "?"
			}
			return g.String()
		}
		if g == security.A {
			return ""
		}
	}
}

// spread says how many functions have each grade, the worst first, and how many of them may be worse: `F2 D5 A1 ?3`.
func (s *standing) spread() string {
	var b strings.Builder
	for g := security.F; ; g-- {
		if n := s.grades[g]; n > 0 {
			fmt.Fprintf(&b, "%s%d ", g, n)
		}
		if g == security.A {
			break
		}
	}
	if s.capped > 0 {
		fmt.Fprintf(&b, "?%d", s.capped)
	}
	return strings.TrimSuffix(b.String(), " ")
}

// refuses says how many of the functions a level refuses.
func (s *standing) refuses(level string) int {
	switch strict(level) {
	case 2:
		return s.refusedBest
	case 1:
		return s.refusedBaseline
	}
	return 0
}

// refusal says what is refused now, and what the next level would refuse.
func (r *row) refusal() string {
	if r.levelled == 0 || r.enforce == "" {
		return ""
	}
	var parts []string
	if n := r.refuses(r.enforce); n > 0 {
		parts = append(parts, fmt.Sprintf("now %d", n))
	}
	for _, l := range levels[1:] {
		if strict(l) > strict(r.enforce) {
			parts = append(parts, fmt.Sprintf("%s %d", l, r.refuses(l)))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// postureColumns are what a namespace comes to, and what it does about it.
func postureColumns() []table.Column[*row] {
	words := func(id, title string, priority, most int, cell func(*row) string, role func(*row) themes.Role) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: title, Priority: priority, Max: most,
			Cell: listing.Role(func(r *row) string {
				if r.denied != "" {
					return "–"
				}
				return cell(r)
			}, role),
			Compare: func(a, b *row) int { return strings.Compare(cell(a), cell(b)) }}
	}
	wide := func(c table.Column[*row]) table.Column[*row] { c.Wide = true; return c }
	fact := func(get func(*row) string) func(*row) string {
		return func(r *row) string {
			if !r.asked {
				return "…"
			}
			return cmp.Or(get(r), "unknown")
		}
	}
	judged := func(get func(*row) string) func(*row) themes.Role {
		return func(r *row) themes.Role {
			switch get(r) {
			case "deny", "restricted", "yes":
				return themes.OK
			case "open", "none", "privileged":
				return themes.Warning
			case "":
				return themes.Unknown
			}
			return themes.Text
		}
	}
	enforce, ingress := func(r *row) string { return r.enforce }, func(r *row) string { return r.ingress }
	egress, quota := func(r *row) string { return r.egress }, func(r *row) string { return r.quota }
	refused := func(r *row) string { return cmp.Or(r.refusal(), "–") }
	plain := func(*row) themes.Role { return themes.Muted }
	grade := words("grade", "WORST", 10, 6, func(r *row) string { return cmp.Or(r.worst(), "–") },
		func(r *row) themes.Role { return themes.Grade(r.worst()) })
	grade.DescFirst = true
	return []table.Column[*row]{
		grade,
		words("grades", "GRADES", 8, 24, func(r *row) string { return cmp.Or(r.spread(), "–") }, nil),
		words("ingress", "INGRESS", 8, 7, fact(ingress), judged(ingress)),
		words("egress", "EGRESS", 8, 7, fact(egress), judged(egress)),
		words("enforces", "ENFORCES", 8, 28, fact(enforce), judged(enforce)),
		words("refuses", "WOULD REFUSE", 7, 40, refused, nil),
		words("quota", "QUOTA", 6, 7, fact(quota), judged(quota)),
		wide(words("warns", "WARNS", 3, 28, fact(func(r *row) string { return r.warn }), plain)),
		wide(words("audits", "AUDITS", 3, 28, fact(func(r *row) string { return r.audit }), plain)),
		wide(words("version", "STANDARD", 2, 10, fact(func(r *row) string { return r.version }), plain)),
		wide(words("tight", "NEARLY USED UP", 2, 40, func(r *row) string { return cmp.Or(r.tight, "–") }, nil)),
	}
}

// secured is the value of a filter's column of posture.
func (r *row) secured(i int) query.Value {
	if i == 0 {
		worst := r.worst()
		at := strings.Index("ABCDF", strings.TrimSuffix(worst, "?"))
		return query.Value{Text: worst, Num: float64(at), Known: worst != ""}
	}
	s := [...]string{1: r.enforce, 2: r.ingress, 3: r.egress, 4: r.quota}[i]
	return query.Value{Text: s, Known: s != ""}
}

// unread says which right is missing to know everything; empty when all is known.
func unread(rows []*row) string {
	var names []string
	for _, r := range rows {
		if r.missing != "" && !slices.Contains(names, r.missing) {
			names = append(names, r.missing)
		}
	}
	slices.Sort(names)
	switch len(names) {
	case 0:
		return ""
	case 1, 2:
		return "unknown: " + text.Clean(strings.Join(names, "; "))
	}
	return "unknown: " + text.Clean(names[0]) + fmt.Sprintf("; and %d more", len(names)-1)
}
