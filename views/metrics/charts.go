package metrics

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/chart"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
)

const (
	// The height of a row of charts, and how many lines the pods keep at least: titles and three rows.
	lowChart, highChart = 7, 15
	leastPods           = 5
	// between is the space between two charts.
	between = 3
)

// top is all that stands above the pods: what is wrong, the charts and the facts.
func (s *Screen) top() []string {
	if s.width < 20 || s.height < leastPods {
		return nil
	}
	lines := s.notes()
	if s.of.Row == nil {
		return lines
	}
	facts := s.facts()
	room := s.height - len(lines) - len(facts) - max(leastPods, min(2+s.Total(), 10)) - 1
	lines = append(lines, s.charts(room)...)
	if len(lines)+len(facts)+leastPods > s.height {
		facts = facts[:max(min(len(facts), s.height-len(lines)-leastPods), 0)]
	}
	return append(append(lines, facts...), text.Spaces(s.width))
}

// charts draws as many charts as have room, side by side.
func (s *Screen) charts(room int) []string {
	across := 2
	switch {
	case s.width < 64:
		across = 1
	case s.width >= 150:
		across = 3
	}
	all := s.plots()
	rows := min((len(all)+across-1)/across, room/lowChart)
	if rows < 1 {
		return nil
	}
	all = all[:min(len(all), rows*across)]
	across = min(across, (len(all)+rows-1)/rows)
	height := min(room/rows, highChart)
	var lines []string
	for r := 0; r < len(all); r += across {
		lines = append(lines, s.row(all[r:min(r+across, len(all))], across, height)...)
	}
	return lines
}

// row draws charts side by side.
func (s *Screen) row(plots []*chart.Chart, across, height int) []string {
	lines := make([]string, height)
	left := s.width
	for i, p := range plots {
		width := (left - between*(across-1-i)) / (across - i)
		for y, l := range chart.Draw(s.env.Theme, p, width, height) {
			lines[y] += l
			if i < across-1 {
				lines[y] += text.Spaces(between)
			}
		}
		left -= width + between
	}
	for y := range lines {
		lines[y] = text.FitStyled(lines[y], s.width)
	}
	return lines
}

// span is the time that the charts show: as long as something is known of, of the lengths that are easy to read.
type span struct {
	from, to time.Time
	label    string
}

func (s *Screen) span(oldest time.Time) span {
	now := s.env.Now()
	for _, length := range []time.Duration{10 * time.Minute, 30 * time.Minute} {
		if !oldest.IsZero() && now.Sub(oldest) <= length && s.calls == nil {
			return span{now.Add(-length), now, "-" + text.Age(length)}
		}
	}
	return span{now.Add(-time.Hour), now, "-1h"}
}

// plots are the charts, the most useful first.
func (s *Screen) plots() []*chart.Chart {
	history, used, request, limit := s.measured()
	var oldest time.Time
	if len(history) > 0 {
		oldest = history[0].Time
	}
	over := s.span(oldest)
	empty := s.why()
	plots := []*chart.Chart{
		s.usage("CPU", over, history, used, request, limit, empty, amount{
			of: func(a metrics.Amount) int64 { return a.CPU }, write: columns.CPU, least: 2000,
			scale: func(v float64) string { return columns.CPU(metrics.Amount{CPU: int64(v)}) }}),
		s.usage("Memory", over, history, used, request, limit, empty, amount{
			of: func(a metrics.Amount) int64 { return a.Memory }, write: columns.Memory, least: 2 << 20,
			scale: func(v float64) string { return columns.Memory(metrics.Amount{Memory: int64(v)}) }}),
	}
	plots = append(plots, s.called(over)...)
	if s.chosen == "" {
		plots = append(plots, s.replicas(over, history, empty))
	}
	return plots
}

// measured is what the charts of CPU and memory show: of the function, or of the pod that was chosen.
func (s *Screen) measured() (history []metrics.Point, used *metrics.Amount, request, limit metrics.Amount) {
	if s.env.Metrics == nil {
		return nil, nil, request, limit
	}
	if p, ok := s.Get(s.chosen); ok && s.chosen != "" {
		now, before, known := s.env.Metrics.Pod(s.of.ID.Context, p.ref.Namespace, p.ref.Name)
		if known {
			used = &now.Amount
		}
		return before, used, p.request, p.limit
	}
	history = s.env.Metrics.History(s.of.ID)
	if u := s.of.Row.Usage; u != nil {
		return history, &u.Amount, u.Request, u.Limit
	}
	return history, nil, request, limit
}

// amount is one of the two amounts as a chart draws it.
type amount struct {
	of    func(metrics.Amount) int64
	write func(metrics.Amount) string
	scale func(float64) string
	least float64
}

func (s *Screen) usage(title string, over span, history []metrics.Point, used *metrics.Amount, request, limit metrics.Amount, empty string, a amount) *chart.Chart {
	c := s.chart(title, over)
	c.Format, c.Least, c.Empty = a.scale, a.least, empty
	line := chart.Line{Role: themes.Series1}
	for _, p := range history {
		line.Points = append(line.Points, chart.Point{X: seconds(p.Time), Y: float64(a.of(p.Amount))})
	}
	c.Lines = []chart.Line{line}
	now := columns.Unknown
	if used != nil {
		now = a.write(*used)
	}
	c.Notes = []chart.Piece{{Text: now, Role: themes.Value}}
	for _, l := range []struct {
		name string
		of   metrics.Amount
		role themes.Role
	}{{"request", request, themes.Muted}, {"limit", limit, themes.Warning}} {
		v := a.of(l.of)
		if v == 0 {
			if used != nil {
				c.Notes = append(c.Notes, chart.Piece{Text: "no " + l.name, Role: themes.Muted})
			}
			continue
		}
		note := l.name + " " + a.write(l.of)
		if used != nil {
			note += " " + strconv.Itoa(int(math.Round(100*float64(a.of(*used))/float64(v)))) + "%"
		}
		c.Notes = append(c.Notes, chart.Piece{Text: note, Role: l.role})
		c.Levels = append(c.Levels, chart.Level{Label: l.name, Role: l.role, Y: float64(v)})
	}
	return c
}

func (s *Screen) chart(title string, over span) *chart.Chart {
	return &chart.Chart{Title: title, From: seconds(over.from), To: seconds(over.to), Left: over.label, Right: "now", Gap: 150}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// replicas draws how many pods were measured over time.
func (s *Screen) replicas(over span, history []metrics.Point, empty string) *chart.Chart {
	c := s.chart("Pods", over)
	c.Format, c.Least, c.Empty = func(v float64) string { return strconv.Itoa(int(math.Round(v))) }, 2, empty
	line := chart.Line{Role: themes.Series2}
	for _, p := range history {
		line.Points = append(line.Points, chart.Point{X: seconds(p.Time), Y: float64(p.Pods)})
	}
	c.Lines = []chart.Line{line}
	f := s.of.Row.Function
	if f.Ready != nil && f.Desired != nil {
		c.Notes = append(c.Notes, chart.Piece{Text: strconv.Itoa(int(*f.Ready)) + " of " + strconv.Itoa(int(*f.Desired)) + " ready", Role: themes.Value})
	}
	if m := f.Scaling.Max; m != nil && *m > 0 {
		c.Notes = append(c.Notes, chart.Piece{Text: "at most " + strconv.Itoa(int(*m)), Role: themes.Muted})
		c.Levels = append(c.Levels, chart.Level{Label: "max", Role: themes.Muted, Y: float64(*m)})
	}
	return c
}

// called are the charts of what a Prometheus told.
func (s *Screen) called(over span) []*chart.Chart {
	if s.calls == nil {
		return nil
	}
	var all []*chart.Chart
	add := func(title string, write func(float64) string, series ...chart.Line) {
		c := s.chart(title, over)
		c.Format, c.Empty = write, "no samples in this time"
		for _, l := range series {
			if len(l.Points) > 0 {
				c.Lines = append(c.Lines, l)
			}
		}
		all = append(all, c)
	}
	if s.calls.Invocations != nil {
		add("Invocations", perSecond, lineOf(s.calls.Invocations, themes.Series1), lineOf(s.calls.Errors, themes.Error))
		c := all[len(all)-1]
		c.Notes = append(c.Notes, chart.Piece{Text: last(s.calls.Invocations, perSecond), Role: themes.Value})
		if s.calls.Errors != nil {
			c.Notes = append(c.Notes, chart.Piece{Text: "errors " + last(s.calls.Errors, perSecond), Role: themes.Error})
		}
	}
	if s.calls.Latency != nil {
		add("Latency", took, lineOf(s.calls.Latency, themes.Series3))
		all[len(all)-1].Notes = []chart.Piece{{Text: s.latencyName() + " " + last(s.calls.Latency, took), Role: themes.Value}}
	}
	if s.calls.ColdStarts != nil {
		add("Cold starts", perMinute, lineOf(s.calls.ColdStarts, themes.Series4))
		all[len(all)-1].Notes = []chart.Piece{{Text: last(s.calls.ColdStarts, perMinute), Role: themes.Value}}
	}
	return all
}

func lineOf(points []prometheus.Point, role themes.Role) chart.Line {
	l := chart.Line{Role: role}
	for _, p := range points {
		l.Points = append(l.Points, chart.Point{X: seconds(p.Time), Y: p.Value})
	}
	return l
}

func last(points []prometheus.Point, write func(float64) string) string {
	if len(points) == 0 {
		return columns.Unknown
	}
	return write(points[len(points)-1].Value)
}

// short writes a number with as many digits as tell something.
func short(v float64) string {
	digits := 0
	switch {
	case v > 0 && v < 0.095:
		digits = 3
	case v < 9.95:
		digits = 1
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func perSecond(v float64) string { return short(v) + "/s" }

func perMinute(v float64) string { return short(v) + "/min" }

func took(v float64) string {
	if v < 1 {
		return short(v*1000) + "ms"
	}
	return short(v) + "s"
}
