// Package platforms lists the control planes behind the functions, with a posture of their own.
//
// Its one rule: a control plane is judged as one thing. What its functions do wrong is theirs, and not counted here.
package platforms

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/asking"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type key struct {
	context string
	check.Subject
}

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(a.Framework, b.Framework), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Release, b.Release), cmp.Compare(a.context, b.context))
}

// plane is one control plane. It is not changed.
type plane struct {
	key
	version, shape string
	posture        *security.Posture
	served         []model.FunctionKey
}

func (p *plane) same(o *plane) bool {
	return p.version == o.version && p.shape == o.shape && p.posture == o.posture && slices.Equal(p.served, o.served)
}

// planes reads the control planes of a cluster.
func planes(cluster string, r *snapshot.Reader) []*plane {
	var all []*plane
	for _, p := range framework.Platforms.Get(r, struct{}{}) {
		all = append(all, &plane{key: key{cluster, p.Subject}, version: p.Version, shape: p.Shape,
			posture: security.Scope.Get(r, p.Subject), served: slices.Clone(framework.Served.Get(r, p.Subject))})
	}
	return all
}

func (p *plane) count(s check.Severity) int { return p.posture.Counts[s] }

func (p *plane) open() int {
	n := 0
	for _, c := range p.posture.Counts {
		n += c
	}
	return n
}

func (p *plane) unknown() int {
	n := 0
	for i := range p.posture.Pillars {
		n += p.posture.Pillars[i].Unknown
	}
	return n
}

// ColumnsQuery are the columns that a filter of control planes may name.
var ColumnsQuery = query.Columns{{Name: "framework", Aliases: []string{"fw"}, Title: "framework"}, {Name: "release", Aliases: []string{"name"}, Title: "release"},
	{Name: "namespace", Aliases: []string{"ns"}, Title: "namespace"}, {Name: "version", Title: "version"}, {Name: "shape", Title: "edition or mode"},
	{Name: "grade", Title: "grade of its own", Type: query.Enum, Values: []string{"A", "B", "C", "D", "F"}},
	{Name: "functions", Title: "functions behind it", Type: query.Number}, {Name: "open", Title: "open findings", Type: query.Number},
	{Name: "context", Aliases: []string{"ctx"}, Title: "context of the kubeconfig"}}

// Text is what words are searched in.
func (p *plane) Text() string {
	return strings.Join([]string{p.Framework, p.Release, p.Namespace, p.version, p.shape, p.context}, "\n")
}

// Field is the value in a column.
func (p *plane) Field(i int) query.Value {
	number := func(n int) query.Value { return query.Value{Num: float64(n), Known: true} }
	switch i {
	case 5:
		return query.Value{Text: p.posture.Letter(), Num: float64(p.posture.Grade), Known: true}
	case 6:
		return number(len(p.served))
	case 7:
		return number(p.open())
	case 8:
		return query.Value{Text: p.context, Known: true}
	}
	s := [...]string{p.Framework, p.Release, p.Namespace, p.version, p.shape}[i]
	return query.Value{Text: s, Known: s != ""}
}

// Labels are none.
func (p *plane) Labels() map[string]string { return nil }

type list = listing.List[key, *plane]

// Screen is the list of control planes.
type Screen struct {
	*list
	env   *screen.Env
	asker *asking.Asker[[]*plane]
	many  bool
	asked bool // there was an answer
	wrong string
}

// New makes the screen. It asks when it is shown.
func New(env *screen.Env, filter string) *Screen {
	s := &Screen{env: env, asker: asking.New(env, planes)}
	s.list = listing.New(env, listing.Config[key, *plane]{
		Config: table.Config[key, *plane]{Key: func(p *plane) key { return p.key }, CompareKeys: compareKeys, SortBy: "grade", Desc: true,
			Noun: "platforms", Columns: columns(false)},
		Query: ColumnsQuery,
		Row:   func(p *plane) query.Row { return p },
		Name:  func(p *plane) string { return cmp.Or(p.Release, p.Framework) },
	})
	if filter != "" {
		_, _ = s.SetFilter(filter) // what is wrong with it was said before
	}
	s.describeState()
	return s
}

func columns(contexts bool) []table.Column[*plane] {
	words := func(id, title string, priority, flex, least, most int, cell func(*plane) string, role themes.Role) table.Column[*plane] {
		return table.Column[*plane]{ID: id, Title: title, Priority: priority, Flex: flex, Min: least, Max: most,
			Cell: listing.Role(func(p *plane) string { return cmp.Or(cell(p), "–") }, func(p *plane) themes.Role {
				if cell(p) == "" {
					return themes.Muted
				}
				return role
			}),
			Compare: func(a, b *plane) int { return strings.Compare(cell(a), cell(b)) }}
	}
	number := func(id, title string, priority int, value func(*plane) int, role themes.Role) table.Column[*plane] {
		return table.Column[*plane]{ID: id, Title: title, Align: text.Right, Priority: priority, DescFirst: true,
			Cell: listing.Role(func(p *plane) string { return count(value(p)) }, func(p *plane) themes.Role {
				if value(p) == 0 {
					return themes.Muted
				}
				return role
			}),
			Compare: func(a, b *plane) int { return cmp.Compare(value(a), value(b)) }}
	}
	framework := words("framework", "FRAMEWORK", 10, 0, 0, 12, func(p *plane) string { return p.Framework }, themes.Text)
	framework.Frozen = true
	all := []table.Column[*plane]{framework, {ID: "grade", Title: "GRADE", Priority: 10, DescFirst: true,
		Cell: listing.Role(func(p *plane) string { return p.posture.Letter() }, func(p *plane) themes.Role { return themes.Grade(p.posture.Letter()) }),
		Compare: func(a, b *plane) int {
			return cmp.Or(cmp.Compare(a.posture.Grade, b.posture.Grade), cmp.Compare(a.open(), b.open()))
		}}}
	if contexts {
		all = append(all, words("context", "CONTEXT", 5, 1, 7, 24, func(p *plane) string { return p.context }, themes.Muted))
	}
	return append(all,
		words("namespace", "NAMESPACE", 9, 1, 16, 30, func(p *plane) string { return p.Namespace }, themes.Text),
		words("release", "RELEASE", 4, 1, 7, 30, func(p *plane) string { return p.Release }, themes.Text),
		words("version", "VERSION", 7, 0, 0, 16, func(p *plane) string { return p.version }, themes.Text),
		words("shape", "SHAPE", 5, 0, 0, 20, func(p *plane) string { return p.shape }, themes.Muted),
		number("functions", "FUNCTIONS", 8, func(p *plane) int { return len(p.served) }, themes.Text),
		number("open", "OPEN", 8, (*plane).open, themes.Text),
		number("critical", "CRIT", 7, func(p *plane) int { return p.count(check.Critical) }, themes.SeverityCritical),
		number("high", "HIGH", 6, func(p *plane) int { return p.count(check.High) }, themes.SeverityHigh),
		number("unknown", "UNKNOWN", 3, (*plane).unknown, themes.Unknown),
		words("worst", "WORST FINDING", 2, 3, 24, 100, worst, themes.Text),
	)
}

// worst names the finding that makes the grade.
func worst(p *plane) string {
	if len(p.posture.Findings) == 0 {
		return ""
	}
	f := &p.posture.Findings[0]
	if f.Status == check.Unknown {
		return "? not judged: " + f.Control.ID + " " + f.Control.Title
	}
	return f.Control.ID + " " + f.Control.Title
}

func count(n int) string {
	if n == 0 {
		return "–"
	}
	return text.Count(n)
}

// Show asks what is true now.
func (s *Screen) Show() tea.Cmd { return s.asker.Ask() }

// Hide does nothing.
func (s *Screen) Hide() {}

// Close ends what is under way.
func (s *Screen) Close() {
	s.asker.Close()
	s.list.Close()
}

// Update asks again when the board is another one, and takes answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.describeState()
		return s.asker.Ask()
	case screen.ThemeMsg:
		s.Restyle()
		return nil
	default:
		all, cmd, ok := s.asker.Take(msg)
		if ok {
			s.take(all)
		} else {
			s.list.Update(msg)
		}
		return cmd
	}
}

func (s *Screen) take(all map[string]asking.Answer[[]*plane]) {
	var rows []*plane
	s.wrong, s.asked = "", true
	for name, a := range all {
		if a.Err != nil {
			s.wrong = name + ": " + a.Err.Error()
		}
		for _, p := range a.Value {
			if old, ok := s.Get(p.key); ok && old.same(p) {
				p = old
			}
			rows = append(rows, p)
		}
	}
	if many := len(all) > 1; many != s.many {
		s.many = many
		s.SetColumns(columns(many))
	}
	s.Sync(rows)
	s.describeState()
}

// describeState says what is missing from the list.
func (s *Screen) describeState() {
	b := s.env.Boards.Board()
	switch {
	case s.env.Facts == nil:
		s.SetDenied("Posture is not judged here: control planes are not looked for")
	case !b.Complete():
		headline, lines := screen.Progress(b.Clusters)
		s.SetLoading(append([]string{headline}, lines...)...)
	case s.wrong != "":
		s.SetDenied("Control planes could not be asked for", s.wrong)
	case !s.asked:
		s.SetLoading("Looking for control planes…")
	default:
		s.SetReady("No control plane of a framework is there, and no function names one.")
	}
	note := screen.DeniedNote(b.Clusters, s.env.Scope)
	if note != "" {
		note = themes.Glyph(themes.Warning) + " " + note
	}
	s.SetMessage(note, themes.Denied)
}

// Title is the crumb.
func (s *Screen) Title() string { return "platforms(" + text.Count(s.Total()) + ")" }

// Aging reports that nothing here counts time.
func (s *Screen) Aging() bool { return false }

// Open shows one control plane.
func (s *Screen) Open() tea.Cmd {
	p, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PagePlatforms, Context: p.context, Platform: p.Subject}})
}
