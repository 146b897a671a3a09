package views

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/shift"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// addLifecycle adds what is done with functions that exist, and the menu of all that can be done with a selection.
func (r *Root) addLifecycle(reg *action.Registry) {
	direct := func(act wish.Act) func(screen.Work) tea.Cmd {
		return func(work screen.Work) tea.Cmd { return r.planTask(work, wish.Task{Act: act}) }
	}
	for _, a := range []struct {
		id  action.ID
		act wish.Act
		run func(screen.Work) tea.Cmd
	}{
		{action.Scale, wish.Scaling, r.askScale},
		{action.Pause, wish.Pausing, direct(wish.Pausing)},
		{action.Resume, wish.Resuming, direct(wish.Resuming)},
		{action.RunNow, wish.Running, direct(wish.Running)},
		{action.Rollback, wish.RollingBack, r.askRevision},
		{action.Traffic, wish.Splitting, r.askShares},
		{action.Delete, wish.Deleting, direct(wish.Deleting)},
	} {
		reg.Add(a.id, action.When(func(s any) bool { return hasFunctions(s) || removes(s, a.act) }, func(s any) tea.Cmd {
			if removes(s, a.act) {
				return s.(screen.Remover).Remove()
			}
			work, _ := r.doable(s, a.act)
			return a.run(work)
		}), action.DisabledBy(func(s screen.Screen) string {
			if removes(s, a.act) {
				return s.(screen.Remover).RemoveRefusal()
			}
			_, why := r.doable(s, a.act)
			return why
		}))
	}
	reg.Add(action.Menu, action.When(hasFunctions, func(s any) tea.Cmd { return r.menu(s) }))
}

// removes reports whether a screen ends what is under its cursor without a plan.
func removes(target any, act wish.Act) bool {
	_, ok := target.(screen.Remover)
	return ok && act == wish.Deleting
}

// doable is what an act begun from a screen would be about, without the functions that have no means for it. The text says
// why there is nothing to do.
func (r *Root) doable(target any, act wish.Act) (screen.Work, string) {
	ids, title := r.concerned(target)
	work, why := r.work(chosen{screen.Work{Title: title, Functions: ids}})
	if why != "" {
		return work, why
	}
	if len(work.Functions) > 1 && (act == wish.RollingBack || act == wish.Splitting) {
		return work, "it is about one function: " + text.Count(len(work.Functions)) + " are marked"
	}
	for _, id := range work.Functions {
		if why = r.env.Changes.Unable(id, act); why == "" {
			return work, ""
		}
	}
	return work, why
}

// planTask opens the plan of an act.
func (r *Root) planTask(work screen.Work, t wish.Task) tea.Cmd {
	o := &screen.Order{Context: work.Functions[0].Context, Action: string(t.Act), Title: string(t.Act) + " " + work.Title, Task: &t}
	if t.Canary != nil && len(t.Shares) == 1 {
		o.Title += ": " + shift.Text(t.Shares[0], *t.Canary)
	}
	for _, id := range work.Functions {
		o.Picks = append(o.Picks, workshop.Pick{Function: id})
	}
	return r.open(screen.Place{Page: screen.PagePlan, Order: o}, false)
}

// names lists functions for a dialog.
func (r *Root) names(work screen.Work) []string {
	var all []string
	for _, id := range work.Functions {
		all = append(all, r.titleOf(work.Functions[slices.Index(work.Functions, id):][:1]))
	}
	return all
}

const maxReplicas = 10_000

// number reads how many there are to be; nil: it is left as it is.
func number(value string) (*int, string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil, ""
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxReplicas {
		return nil, "a number from 0 to " + strconv.Itoa(maxReplicas)
	}
	return &n, ""
}

// askScale asks how many replicas there are to be.
func (r *Root) askScale(work screen.Work) tea.Cmd {
	wrong := func(value string) string { _, why := number(value); return why }
	fields := []dialog.Field{
		{Label: "replicas", Hint: "as it is", Wrong: wrong}, {Label: "at least", Hint: "as it is", Wrong: wrong}, {Label: "at most", Hint: "as it is"},
	}
	fields[2].Wrong = func(value string) string {
		most, why := number(value)
		if why == "" && most != nil && *most == 0 {
			return "to zero goes replicas 0"
		}
		if n, _ := number(fields[1].Value); why == "" && most != nil && n != nil && *n > *most {
			return "it is less than at least"
		}
		if why == "" && fields[0].Value+fields[1].Value+value == "" {
			return "say one of the three"
		}
		return why
	}
	if len(work.Functions) == 1 {
		if row := r.env.Boards.Board().Row(work.Functions[0]); row != nil && row.Function.Desired != nil {
			fields[0].Hint = fmt.Sprintf("as it is: %d", *row.Function.Desired)
		}
	}
	r.dialogs.Open(dialog.NewForm(r.env.Theme, "scale", "Scale "+work.Title, "What is left empty stays as it is. Nothing is changed before the plan was seen.",
		r.names(work), "plan", fields, func(values []string) tea.Cmd {
			t := wish.Task{Act: wish.Scaling}
			t.Scale.Replicas, _ = number(values[0])
			t.Scale.Min, _ = number(values[1])
			t.Scale.Max, _ = number(values[2])
			return r.planTask(work, t)
		}))
	return nil
}

// listing is how long revisions are waited for.
const listing = 30 * time.Second

// revisions reads the revisions of a function, and shows what is made of them.
func (r *Root) revisions(work screen.Work, what string, show func([]wish.Revision) tea.Msg) tea.Cmd {
	changes, id := r.env.Changes, work.Functions[0]
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), listing)
		defer cancel()
		all, err := changes.Revisions(ctx, id)
		if err != nil {
			return screen.NoticeMsg{Severity: status.Error, Source: what, Text: err.Error()}
		}
		return show(all)
	}
}

func revisionLine(v *wish.Revision) string {
	var parts []string
	if v.Percent > 0 {
		parts = append(parts, strconv.Itoa(v.Percent)+"%")
	}
	if v.Current && v.Percent < 0 {
		parts = append(parts, "current")
	}
	if !v.Made.IsZero() {
		parts = append(parts, v.Made.UTC().Format("2006-01-02 15:04"))
	}
	return text.Clean(strings.Join(append(parts, v.What), " · "))
}

// askRevision has the operator choose what to go back to.
func (r *Root) askRevision(work screen.Work) tea.Cmd {
	return r.revisions(work, "roll back", func(all []wish.Revision) tea.Msg {
		pick := screen.PickMsg{Title: "Roll back " + work.Title + " to", Empty: "No earlier state is kept, neither in the cluster nor in the journal.", Chosen: func(ids []string) tea.Cmd {
			if len(ids) == 0 {
				return nil
			}
			return r.planTask(work, wish.Task{Act: wish.RollingBack, Revision: ids[0]})
		}}
		for i := range all {
			item := screen.PickItem{ID: all[i].Name, Text: text.Clean(all[i].Name), Note: revisionLine(&all[i])}
			if all[i].Current && (all[i].Percent < 0 || all[i].Percent == 100) {
				item.Disabled = "it is the present one"
			}
			pick.Items = append(pick.Items, item)
		}
		return pick
	})
}

// shares reads `REVISION=PERCENT REVISION=PERCENT`.
func shares(value string) ([]wish.Share, string) {
	var all []wish.Share
	sum := 0
	for _, word := range strings.Fields(value) {
		name, percent, ok := strings.Cut(word, "=")
		n, err := strconv.Atoi(strings.TrimSuffix(percent, "%"))
		if !ok || name == "" || err != nil || n < 0 || n > 100 {
			return nil, "write REVISION=PERCENT, as in latest=10"
		}
		all, sum = append(all, wish.Share{Revision: name, Percent: n}), sum+n
	}
	switch {
	case len(all) == 0:
		return nil, "write REVISION=PERCENT, as in latest=10"
	case sum > 100:
		return nil, fmt.Sprintf("that comes to %d, more than 100", sum)
	}
	return all, ""
}

// steps reads STEP:INTERVAL, which is for one share; nil: at once.
func steps(value, divided string) (*wish.Canary, string) {
	if strings.TrimSpace(value) == "" {
		return nil, ""
	}
	by, err := shift.Parse(value)
	if err != nil {
		return nil, err.Error()
	}
	if all, why := shares(divided); why == "" && len(all) != 1 {
		return nil, "steps move requests to one revision: name one"
	}
	return &by, ""
}

// askShares asks how requests are to be divided.
func (r *Root) askShares(work screen.Work) tea.Cmd {
	theme := r.env.Theme
	return r.revisions(work, "traffic", func(all []wish.Revision) tea.Msg {
		var lines []string
		for i := range all {
			lines = append(lines, all[i].Name+"  "+revisionLine(&all[i]))
		}
		fields := []dialog.Field{
			{Label: "shares", Hint: "latest=10", Wrong: func(value string) string { _, why := shares(value); return why }},
			{Label: "by steps", Hint: "at once; 20:1m is 20% more every minute"},
		}
		fields[1].Wrong = func(value string) string { _, why := steps(value, fields[0].Value); return why }
		return screen.DialogMsg{Dialog: dialog.NewForm(theme, "traffic", "Traffic of "+work.Title,
			"REVISION=PERCENT, separated by spaces. What is left of 100 stays where most of it is now. By steps to one revision: when it is not ready any more the requests go back.",
			lines, "plan", fields, func(values []string) tea.Cmd {
				t := wish.Task{Act: wish.Splitting}
				t.Shares, _ = shares(values[0])
				t.Canary, _ = steps(values[1], values[0])
				return r.planTask(work, t)
			})}
	})
}

// menued are the actions that the menu of a selection lists.
var menued = []action.ID{
	action.Open, action.Describe, action.YAML, action.Logs, action.PreviousLogs, action.Metrics, action.Posture, action.Blast, action.Network,
	action.AccessView, action.Accept, action.Tighten, action.Rotate, action.Edit, action.Restart, action.Scale, action.Pause, action.Resume, action.RunNow, action.Rollback,
	action.Traffic, action.Deploy, action.Delete, action.Undo, action.Invoke, action.Shell, action.PortForward,
}

// menu lists what can be done with the selection, with the reason where something cannot.
func (r *Root) menu(target any) tea.Cmd {
	scr, ok := target.(screen.Screen)
	if !ok {
		return nil
	}
	pick := screen.PickMsg{Title: "Actions", Chosen: func(ids []string) tea.Cmd {
		if len(ids) == 0 {
			return nil
		}
		a, ok := r.registry.Get(action.ID(ids[0]))
		if !ok {
			return nil
		}
		cmd, reason := r.registry.Run(a, scr, "")
		if reason != "" {
			r.say(status.Info, a.Title+": "+reason, r.env.Now())
		}
		return cmd
	}}
	if work, why := r.work(target); why == "" {
		pick.Title = work.Title
	}
	for _, id := range menued {
		a, ok := r.registry.Get(id)
		if !ok || !a.Applies(scr) || a.Set&scr.Keys() == 0 {
			continue
		}
		keys := action.Labels(a.Bound(scr.Keys()))
		pick.Items = append(pick.Items, screen.PickItem{ID: string(id), Text: a.Title, Note: strings.TrimSpace(keys + "  " + a.Tooltip), Disabled: r.registry.Reason(a, scr)})
	}
	return r.pick(pick)
}
