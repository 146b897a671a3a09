package function

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// maxEvents is how many events the screen shows; `:events` has the rest.
const maxEvents = 30

func (p pane) workloads(r *board.Row, record func(screen.Target) model.Object) {
	f := r.Function
	p.Heading("Workloads", count(len(f.Workloads)))
	if len(f.Workloads) == 0 {
		p.Note(themes.Muted, "No workload runs it.")
		return
	}
	names := make([]string, len(f.Workloads))
	for i, w := range f.Workloads {
		names[i] = w.Kind + " " + w.Name
	}
	width := max(panes.Widest(44, names...), 1)
	for i, w := range f.Workloads {
		target := screen.Target{Context: r.ID.Context, Ref: w.Ref}
		note, role := "not read", themes.Muted
		rec, _ := record(target).(*model.Workload)
		if rec != nil {
			note, role = fmt.Sprintf("%d/%d ready", rec.Ready, rec.Desired), themes.Value
			if rec.Ready < rec.Desired {
				role = themes.Warning
			}
			if rec.Paused {
				note += ", paused"
			}
		}
		if w.Role != "" && w.Role != model.Run {
			note += ", " + string(w.Role)
		}
		if w.Shared {
			note += ", shared with other functions"
		}
		p.Row(panes.On(target), panes.Cell{Text: names[i], Width: width, Role: themes.Value}, panes.Cell{Text: note, Role: role})
		p.troubles(rec)
	}
}

// troubles adds the conditions of a workload that say that something is wrong.
func (p pane) troubles(w *model.Workload) {
	if w == nil {
		return
	}
	for _, c := range w.Conditions {
		bad := c.Status == "False" && (c.Type == "Available" || c.Type == "Progressing") ||
			c.Status == "True" && (c.Type == "ReplicaFailure" || c.Type == "Failed")
		if bad {
			p.Row(panes.Spot{}, panes.Cell{Text: "", Width: 1, Role: themes.Text}, panes.Cell{Text: "✗ " + c.Type + ": " + cmp.Or(c.Message, c.Reason), Role: themes.Error})
		}
	}
}

func (p pane) pods(r *board.Row, record func(screen.Target) model.Object, now time.Time) {
	f := r.Function
	p.Heading("Pods", count(len(f.Pods)))
	if len(f.Pods) == 0 {
		if f.State == model.Idle {
			p.Note(themes.Idle, "None: it is scaled to zero and waits for the next call.")
		} else {
			p.Note(themes.Muted, "None.")
		}
		return
	}
	names := make([]string, len(f.Pods))
	for i, ref := range f.Pods {
		names[i] = ref.Name
	}
	width := max(panes.Widest(46, names...), 1)
	for _, ref := range f.Pods {
		target := screen.Target{Context: r.ID.Context, Ref: ref}
		pod, ok := record(target).(*model.Pod)
		if !ok || pod == nil {
			p.Row(panes.On(target), panes.Cell{Text: ref.Name, Width: width, Role: themes.Value}, panes.Cell{Text: "not read", Role: themes.Muted})
			continue
		}
		p.pod(target, pod, width, now)
	}
}

func (p pane) pod(target screen.Target, pod *model.Pod, width int, now time.Time) {
	role, phase := themes.OK, pod.Phase
	switch {
	case !pod.Deleting.IsZero():
		role, phase = themes.Warning, "Terminating"
	case pod.Phase == "Failed":
		role = themes.Error
	case !pod.Ready && pod.Phase != "Succeeded":
		role, phase = themes.Warning, phase+", not ready"
	}
	phase = strings.TrimSpace(themes.Glyph(role) + " " + phase)
	where := columns.Age(pod.Created, now)
	if pod.Node != "" {
		where += " on " + pod.Node
	}
	p.Row(panes.On(target), panes.Cell{Text: pod.Name, Width: width, Role: themes.Value}, panes.Cell{Text: phase, Width: 20, Role: role}, panes.Cell{Text: where, Role: themes.Muted})
	if why := cmp.Or(pod.Message, pod.Reason); why != "" {
		p.Row(panes.Spot{}, panes.Cell{Text: "", Width: 1, Role: themes.Text}, panes.Cell{Text: why, Role: role})
	}
	for i := range pod.Containers {
		p.container(&pod.Containers[i])
	}
}

func (p pane) container(c *model.Container) {
	role := themes.Muted
	state := cmp.Or(c.State, "not reported yet")
	if c.Reason != "" {
		state += ": " + c.Reason
	}
	bad := c.State == "waiting" && c.Reason != "" && c.Reason != "ContainerCreating" && c.Reason != "PodInitializing" ||
		c.State == "terminated" && c.ExitCode != 0
	if bad {
		role = themes.Error
		state = "✗ " + state
	}
	if c.State == "terminated" {
		state += ", exit code " + strconv.Itoa(int(c.ExitCode))
	}
	if c.Restarts > 0 {
		state += ", " + strconv.Itoa(int(c.Restarts)) + " restarts"
	}
	if bad && c.Message != "" {
		state += " · " + c.Message
	}
	name := c.Name
	if c.Init {
		name += " (init)"
	}
	p.Row(panes.Spot{}, panes.Cell{Text: "", Width: 1, Role: themes.Text}, panes.Cell{Text: name, Width: 22, Role: themes.Value}, panes.Cell{Text: state, Role: role})
}

// eventState is what is known of the events.
type eventState struct {
	events []screen.Event
	err    error
	loaded bool
}

func (p pane) events(e *eventState, now time.Time) {
	p.Heading("Events", count(len(e.events)))
	switch {
	case e.err != nil:
		p.Note(themes.Denied, themes.Glyph(themes.Warning)+" "+e.err.Error())
	case !e.loaded:
		p.Note(themes.Muted, "Loading events…")
	case len(e.events) == 0:
		p.Note(themes.Muted, "None in the last hour.")
	}
	for _, ev := range e.events[:min(len(e.events), maxEvents)] {
		role := themes.Muted
		if ev.Type == "Warning" {
			role = themes.Warning
		}
		age := "?"
		if ev.Last != 0 {
			age = columns.Age(time.Unix(ev.Last, 0), now)
		}
		what := ev.Reason
		if ev.Count > 1 {
			what += " ×" + strconv.Itoa(int(ev.Count))
		}
		sign := " "
		if ev.Type == "Warning" {
			sign = "▲"
		}
		p.Row(panes.Spot{}, panes.Cell{Text: age, Width: 4, Role: themes.Muted}, panes.Cell{Text: sign, Width: 1, Role: role}, panes.Cell{Text: what, Width: 22, Role: role}, panes.Cell{Text: ev.Message, Role: themes.Value})
	}
}
