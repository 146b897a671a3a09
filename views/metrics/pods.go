package metrics

import (
	"cmp"
	"strconv"
	"time"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// pod is one row: what a pod uses now. It is immutable.
type pod struct {
	ref            model.Ref
	name           string
	phase, node    string
	role           themes.Role
	restarts       int32
	created        time.Time
	measured       bool
	used           metrics.Amount
	request, limit metrics.Amount
	spark          metrics.Spark
	stale          bool
}

// Columns are what a filter of pods may name.
var Columns = query.Columns{{Name: "pod", Aliases: []string{"name"}, Title: "pod"}, {Name: "status", Title: "phase"}, {Name: "node", Title: "node"},
	{Name: "cpu", Title: "CPU that it uses", Type: query.Quantity}, {Name: "mem", Aliases: []string{"memory"}, Title: "memory that it uses", Type: query.Quantity},
	{Name: "restarts", Title: "restarts", Type: query.Number}}

// Text is what words are searched in.
func (p *pod) Text() string { return p.name + "\n" + p.phase + "\n" + p.node }

// Labels are none.
func (p *pod) Labels() map[string]string { return nil }

// Field is the value in a column.
func (p *pod) Field(i int) query.Value {
	switch Columns[i].Name {
	case "cpu":
		return query.Value{Text: columns.CPU(p.used), Num: float64(p.used.Millicores()) / 1000, Known: p.measured}
	case "mem":
		return query.Value{Text: columns.Memory(p.used), Num: float64(p.used.Mebibytes() << 20), Known: p.measured}
	case "restarts":
		return query.Value{Text: strconv.Itoa(int(p.restarts)), Num: float64(p.restarts), Known: true}
	}
	v := []string{p.name, p.phase, p.node}[i]
	return query.Value{Text: v, Known: v != ""}
}

func newPods(env *screen.Env) *list {
	return listing.New(env, listing.Config[string, *pod]{
		Config: table.Config[string, *pod]{Key: func(p *pod) string { return p.name }, CompareKeys: cmp.Compare[string], SortBy: "pod",
			Noun: "pods", Columns: podColumns()},
		Query: Columns,
		Row:   func(p *pod) query.Row { return p },
		Name:  func(p *pod) string { return p.name },
	})
}

func podColumns() []table.Column[*pod] {
	amount := func(id, title string, write func(metrics.Amount) string, of func(metrics.Amount) int64) table.Column[*pod] {
		return table.Column[*pod]{ID: id, Title: title, Align: text.Right, Priority: 10, DescFirst: true,
			Cell: listing.Role(func(p *pod) string {
				if !p.measured {
					return columns.Unknown
				}
				return write(p.used)
			}, (*pod).usedRole),
			Compare: func(a, b *pod) int { return cmp.Compare(rank(a, of), rank(b, of)) }}
	}
	share := func(id, title string, priority int, of func(p *pod) (used, all int64), warn bool) table.Column[*pod] {
		return table.Column[*pod]{ID: id, Title: title, Align: text.Right, Priority: priority, DescFirst: true,
			Cell: listing.Role(func(p *pod) string { return percent(p, of) }, func(p *pod) themes.Role {
				if used, all := of(p); warn && p.measured && all > 0 && used*10 >= all*9 {
					return themes.Warning
				}
				return p.usedRole()
			}),
			Compare: func(a, b *pod) int { return cmp.Compare(ratio(a, of), ratio(b, of)) }}
	}
	return []table.Column[*pod]{
		{ID: "pod", Title: "POD", Frozen: true, Flex: 2, Min: 16, Max: 60, Cell: listing.Role(func(p *pod) string { return p.name }, nil),
			Compare: func(a, b *pod) int { return cmp.Compare(a.name, b.name) }},
		{ID: "status", Title: "STATUS", Priority: 8, Max: 20, Cell: listing.Role(func(p *pod) string { return p.phase }, func(p *pod) themes.Role { return p.role }),
			Compare: func(a, b *pod) int { return cmp.Compare(a.phase, b.phase) }},
		amount("cpu", "CPU", columns.CPU, func(a metrics.Amount) int64 { return a.CPU }),
		amount("mem", "MEM", columns.Memory, func(a metrics.Amount) int64 { return a.Memory }),
		share("cpu/r", "%CPU/R", 4, func(p *pod) (int64, int64) { return p.used.CPU, p.request.CPU }, false),
		share("cpu/l", "%CPU/L", 5, func(p *pod) (int64, int64) { return p.used.CPU, p.limit.CPU }, true),
		share("mem/l", "%MEM/L", 6, func(p *pod) (int64, int64) { return p.used.Memory, p.limit.Memory }, true),
		{ID: "history", Title: "CPU 10 MIN", Priority: 3, Cell: listing.Role(func(p *pod) string {
			return cmp.Or(columns.Bars(p.spark), columns.Unknown)
		}, func(p *pod) themes.Role {
			if p.spark == (metrics.Spark{}) {
				return themes.Muted
			}
			return themes.Series1
		})},
		{ID: "restarts", Title: "RESTARTS", Align: text.Right, Priority: 7, DescFirst: true,
			Cell:    listing.Role(func(p *pod) string { return strconv.Itoa(int(p.restarts)) }, nil),
			Compare: func(a, b *pod) int { return cmp.Compare(a.restarts, b.restarts) }},
		{ID: "node", Title: "NODE", Priority: 2, Max: 30, Cell: listing.Role(func(p *pod) string { return cmp.Or(p.node, columns.Unknown) }, listing.Muted[*pod]),
			Compare: func(a, b *pod) int { return cmp.Compare(a.node, b.node) }},
		{ID: "age", Title: "AGE", Align: text.Right, Ages: true, Priority: 1,
			Cell: func(p *pod, now time.Time) table.Cell {
				return table.Cell{Text: cmp.Or(columns.Age(p.created, now), columns.Unknown), Role: themes.Muted}
			},
			Compare: func(a, b *pod) int { return b.created.Compare(a.created) }},
	}
}

func (p *pod) usedRole() themes.Role {
	switch {
	case !p.measured:
		return themes.Muted
	case p.stale:
		return themes.Stale
	}
	return themes.Text
}

func rank(p *pod, of func(metrics.Amount) int64) int64 {
	if !p.measured {
		return -1
	}
	return of(p.used)
}

func ratio(p *pod, of func(*pod) (int64, int64)) float64 {
	used, all := of(p)
	if !p.measured || all <= 0 {
		return -1
	}
	return float64(used) / float64(all)
}

func percent(p *pod, of func(*pod) (int64, int64)) string {
	r := ratio(p, of)
	if r < 0 {
		return columns.Unknown
	}
	return strconv.Itoa(int(100*r+0.5)) + "%"
}

// listPods makes the rows of the pods that the function has now. Rows that say the same stay.
func (s *Screen) listPods() {
	if s.of.Row == nil {
		s.SetLoading()
		return
	}
	f := s.of.Row.Function
	request, limit, _ := metrics.Claims(f)
	rows := make([]*pod, 0, len(f.Pods))
	there := false
	for _, ref := range f.Pods {
		p := &pod{ref: ref, name: ref.Name, phase: "not read", role: themes.Muted, request: request, limit: limit}
		p.describe(s.env.Objects.Record(screen.Target{Context: s.of.ID.Context, Ref: ref}))
		if s.env.Metrics != nil {
			now, before, ok := s.env.Metrics.Pod(s.of.ID.Context, ref.Namespace, ref.Name)
			p.measured, p.used = ok, now.Amount
			p.spark = metrics.SparkOf(before, s.env.Now(), func(a metrics.Amount) int64 { return a.CPU })
		}
		p.stale = s.state.Phase == metrics.Stale || s.state.Phase == metrics.Absent
		if old, ok := s.Get(p.name); ok && *old == *p {
			p = old
		}
		there = there || p.name == s.chosen
		rows = append(rows, p)
	}
	if !there {
		s.chosen = ""
	}
	s.Sync(rows)
	cluster, _ := s.env.Boards.Board().Cluster(s.of.ID.Context)
	switch phase := cluster.Connection.Phase; {
	case phase == status.Demo:
		s.SetNone("Pods are not in the samples.", "What they used was recorded for the function as a whole.")
	case phase == status.Files:
		s.SetNone("Pods are not in the files.", "Only a cluster can tell which there are.")
	case s.of.Row.Usage != nil:
		s.SetReady("Its pods are not in what was read.")
	case f.State == model.Idle:
		s.SetReady("It is scaled to zero and uses nothing. Its next call starts a pod.")
	default:
		s.SetReady("Nothing that runs the function was found: there is nothing to measure.")
	}
}

func (p *pod) describe(record model.Object) {
	r, ok := record.(*model.Pod)
	if !ok || r == nil {
		return
	}
	p.phase, p.role, p.node, p.created = r.Phase, themes.OK, text.Clean(r.Node), r.Created
	for i := range r.Containers {
		p.restarts += r.Containers[i].Restarts
	}
	switch {
	case !r.Deleting.IsZero():
		p.phase, p.role = "Terminating", themes.Warning
	case r.Phase == "Failed":
		p.role = themes.Error
	case !r.Ready && r.Phase != "Succeeded":
		p.phase, p.role = r.Phase+", not ready", themes.Warning
	}
	p.phase = text.Clean(themes.Glyph(p.role) + " " + p.phase)
}
