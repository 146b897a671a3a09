package metrics

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// notes say above everything else what makes the screen old, or empty.
func (s *Screen) notes() []string {
	p := &panes.Pane{Theme: s.env.Theme, Width: s.width}
	now := s.env.Now()
	p.State(s.env.Boards.Board(), &s.of, now)
	warn := themes.Glyph(themes.Warning) + " "
	reason := text.Clean(s.state.Reason)
	switch {
	case s.of.Row == nil || len(s.of.Row.Function.Pods) == 0:
	case s.state.Phase == metrics.Absent:
		p.Note(themes.Warning, warn+"CPU and memory are unavailable: "+reason+". Replicas, autoscaler and calls still work.")
	case s.state.Phase == metrics.Denied:
		p.Note(themes.Denied, warn+"CPU and memory may not be read: "+reason+". Replicas, autoscaler and calls still work.")
	case s.state.Phase == metrics.Stale:
		note := warn + "as of " + text.Age(now.Sub(s.state.At)) + " ago"
		if reason != "" {
			note += ": " + reason
		}
		if wait := s.state.Retry.Sub(now); wait > 0 {
			note += "; next try in " + text.Age(wait)
		}
		p.Note(themes.Stale, note)
	}
	lines := make([]string, len(p.Lines))
	for i, l := range p.Lines {
		lines[i] = text.FitStyled(l.Text, s.width)
	}
	return lines
}

// why says what stands in a chart without a line.
func (s *Screen) why() string {
	switch f := s.of.Row.Function; {
	case len(f.Pods) == 0 && f.State == model.Idle:
		return "scaled to zero: it uses nothing"
	case len(f.Pods) == 0:
		return "no pod runs it: there is nothing to measure"
	case s.env.Metrics == nil:
		return "files tell nothing of usage"
	}
	switch s.state.Phase {
	case metrics.Absent:
		return "unavailable"
	case metrics.Denied:
		return "denied"
	case metrics.Live:
		return "no sample yet: a new pod is measured after half a minute or so"
	}
	return "measuring…"
}

// facts are what no chart shows, and in words what the charts would where they have no room.
func (s *Screen) facts() []string {
	f := s.of.Row.Function
	lines := []string{text.Spaces(s.width)}
	add := func(label string, pieces ...string) {
		pieces = slices.DeleteFunc(pieces, func(p string) bool { return p == "" })
		if len(pieces) == 0 {
			return
		}
		const width = 11
		value := text.Fit(text.Clean(strings.Join(pieces, " · ")), max(s.width-width, 1), text.Left)
		lines = append(lines, s.env.Theme.Render(themes.Label, text.Fit(label, width, text.Left))+s.env.Theme.Render(themes.Value, value))
	}
	add("Replicas", replicas(f), bounds(f), f.Scaling.Note)
	if f.Scaling.By != (model.Ref{}) {
		add("Autoscaler", s.autoscaler(f.Scaling.By)...)
	}
	add("Calls", s.callWords()...)
	return lines
}

func replicas(f *model.Function) string {
	if f.Ready == nil || f.Desired == nil {
		return string(f.State)
	}
	return fmt.Sprintf("%d of %d ready", *f.Ready, *f.Desired)
}

func bounds(f *model.Function) string {
	low, high := f.Scaling.Min, f.Scaling.Max
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("from %d to %d", *low, *high)
	case low != nil:
		return fmt.Sprintf("at least %d", *low)
	case high != nil:
		return fmt.Sprintf("at most %d", *high)
	}
	return ""
}

// autoscaler tells of the object that scales the function.
func (s *Screen) autoscaler(ref model.Ref) []string {
	name := ref.Kind + " " + ref.Name
	a, ok := s.env.Objects.Record(screen.Target{Context: s.of.ID.Context, Ref: ref}).(*model.Autoscaler)
	if !ok || a == nil {
		return []string{name}
	}
	words := []string{name, strconv.Itoa(int(a.Current)) + " now, " + strconv.Itoa(int(a.Desired)) + " wanted, from " +
		strconv.Itoa(int(a.Min)) + " to " + strconv.Itoa(int(a.Max))}
	for _, g := range a.Targets {
		words = append(words, g.Of+" "+cmp.Or(g.Current, "?")+" of "+g.Target)
	}
	for _, c := range a.Conditions {
		bad := c.Type == "ScalingLimited" && c.Status == "True" || (c.Type == "AbleToScale" || c.Type == "ScalingActive") && c.Status == "False"
		if bad {
			words = append(words, themes.Glyph(themes.Warning)+" "+c.Type+": "+cmp.Or(c.Reason, c.Message))
		}
	}
	return words
}

// latencyName says what the latency is.
func (s *Screen) latencyName() string {
	if s.calls.Mean {
		return "mean"
	}
	return "p95"
}

// callWords tell how the function is called, or why that is not known.
func (s *Screen) callWords() []string {
	switch {
	case s.env.Prometheus == nil || !s.env.Prometheus.Configured(s.of.ID.Context):
		return []string{"not known: no Prometheus is configured (prometheus: in the configuration)"}
	case s.callErr != nil && s.calls == nil:
		return []string{"unavailable: " + s.callErr.Error()}
	case s.calls == nil:
		return []string{"asking Prometheus…"}
	}
	var words []string
	if s.callErr != nil {
		words = append(words, themes.Glyph(themes.Warning)+" as of "+text.Age(s.env.Now().Sub(s.calls.At))+" ago: "+s.callErr.Error())
	}
	if s.calls.Invocations != nil {
		words = append(words, last(s.calls.Invocations, perSecond))
	}
	if s.calls.Errors != nil {
		words = append(words, "errors "+last(s.calls.Errors, perSecond))
	}
	if s.calls.Latency != nil {
		words = append(words, s.latencyName()+" "+last(s.calls.Latency, took))
	}
	if s.calls.ColdStarts != nil {
		words = append(words, "cold starts "+last(s.calls.ColdStarts, perMinute))
	}
	return slices.Concat(words, s.calls.Problems, s.calls.Missing)
}
