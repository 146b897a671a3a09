package views

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/instance"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/views/screen"
)

// addRunning adds what is done with functions that run: calls, shells and ports.
func (r *Root) addRunning(reg *action.Registry) {
	reg.Add(action.Invoke, action.When(hasFunctions, r.invoke), action.DisabledBy(r.whyNotInvoke))
	reg.Add(action.Shell, action.When(hasRooms, r.shell), action.DisabledBy(r.whyNotShell))
	reg.Add(action.PortForward, action.When(hasRooms, r.portForward), action.DisabledBy(r.whyNotForward))
}

const nothingRuns = "these are manifests: nothing runs there"

// running is the function that a screen is about, or the pod under its cursor.
func (r *Root) livingOf(target any) (id model.FunctionID, pod screen.Target, why string) {
	if i, ok := target.(screen.Inspected); ok {
		if t, reason := i.Inspect(); reason == "" && t.Kind == "Pod" && t.Group == "" {
			pod = t
		}
	}
	if s, ok := target.(screen.Subjected); ok {
		if id, ok = s.Subject(); !ok {
			return id, pod, "no function is under the cursor"
		}
		if row := r.env.Boards.Board().Row(id); row == nil {
			return id, pod, "it does not exist any more"
		}
		return id, pod, ""
	}
	if pod.IsZero() {
		return id, pod, "no pod is under the cursor"
	}
	return id, pod, ""
}

// hasRooms reports whether a screen may have something under its cursor that a shell or a port leads to.
func hasRooms(target any) bool {
	if hasFunctions(target) {
		return true
	}
	_, ok := target.(screen.Inspected)
	return ok
}

func (r *Root) whyNotInvoke(s screen.Screen) string {
	if r.env.Calls == nil {
		return nothingRuns
	}
	if i, ok := s.(screen.Invoking); ok {
		return i.InvokeRefusal()
	}
	id, _, why := r.livingOf(s)
	if why != "" {
		return why
	}
	return r.env.Calls.Refusal(id)
}

// invoke opens the form of a call; on the form it calls.
func (r *Root) invoke(target any) tea.Cmd {
	if i, ok := target.(screen.Invoking); ok {
		return i.Invoke()
	}
	id, _, _ := r.livingOf(target)
	return r.open(screen.Place{Page: screen.PageInvoke, Function: id}, false)
}

func (r *Root) whyNotShell(s screen.Screen) string {
	if r.env.Shells == nil {
		return nothingRuns
	}
	id, pod, why := r.livingOf(s)
	if why != "" {
		return why
	}
	if why := r.env.Shells.Refusal(contextOf(id, pod)); why != "" {
		return why
	}
	if _, err := r.env.Shells.Rooms(id, pod); err != nil {
		return err.Error()
	}
	return ""
}

func contextOf(id model.FunctionID, pod screen.Target) string {
	if pod.Context != "" {
		return pod.Context
	}
	return id.Context
}

func (r *Root) whyNotForward(s screen.Screen) string {
	if r.env.Forwards == nil {
		return nothingRuns
	}
	id, pod, why := r.livingOf(s)
	if why != "" {
		return why
	}
	return r.env.Forwards.Refusal(contextOf(id, pod))
}

// portForward asks for the ports.
func (r *Root) portForward(target any) tea.Cmd {
	id, pod, _ := r.livingOf(target)
	t := forward.Target{Context: contextOf(id, pod), Function: id}
	var known []instance.Port
	if row := r.env.Boards.Board().Row(id); row != nil {
		t.Title, known = r.titleOf([]model.FunctionID{id}), instance.Ports(row.Function)
	} else {
		t.Title, t.Pod = pod.Name+" in "+pod.Namespace, pod.Ref
	}
	named := func(name string) (int, bool) {
		for _, p := range known {
			if p.Name == name {
				return p.Number, true
			}
		}
		return 0, false
	}
	ports := dialog.Field{Label: "ports", Hint: "[LOCAL:]REMOTE …", Wrong: func(v string) string { _, why := portsOf(v, named); return why }}
	var lines []string
	for i, p := range known {
		if i == 0 {
			ports.Value = strconv.Itoa(p.Number)
		}
		lines = append(lines, p.String()+" of container "+p.Container)
	}
	fields := []dialog.Field{ports, {Label: "address", Value: forward.Loopback}}
	r.dialogs.Open(dialog.NewForm(r.env.Theme, "port-forward", "Forward ports to "+t.Title,
		"LOCAL:REMOTE, REMOTE for the same number here, :REMOTE for any that is free; several are separated by spaces. :pf lists what is open.",
		lines, "forward", fields, func(values []string) tea.Cmd {
			wanted, _ := portsOf(values[0], named)
			return r.openForward(t, values[1], wanted)
		}))
	return nil
}

// portsOf reads ports that are separated by spaces or commas.
func portsOf(v string, named func(string) (int, bool)) ([]forward.Port, string) {
	var all []forward.Port
	for _, word := range strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == ',' }) {
		p, err := forward.ParsePort(word, named)
		if err != nil {
			return nil, err.Error()
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, "name a port: 8080, or 9000:8080"
	}
	return all, ""
}

func (r *Root) openForward(t forward.Target, address string, ports []forward.Port) tea.Cmd {
	f, err := r.env.Forwards.Open(t, address, ports)
	if err != nil {
		r.notice(status.Error, "port-forward", err.Error())
		return nil
	}
	var all []string
	for _, p := range f.Ports {
		all = append(all, fmt.Sprintf("%s → port %d", f.URL(p), p.Remote))
	}
	r.notice(status.Info, "port-forward", strings.Join(all, ", ")+" of "+t.Title+"; :pf lists it")
	return nil
}

// forwards lists what leads to pods now.
func (r *Root) forwards() []forward.Forward {
	if r.env.Forwards == nil {
		return nil
	}
	return r.env.Forwards.List()
}

// askForwards asks before forwards are ended by quitting. It reports whether there is something to ask.
func (r *Root) askForwards() bool {
	open := r.forwards()
	if len(open) == 0 || r.leavingForwards {
		return false
	}
	r.leavingForwards = true // asked again, it quits
	q := dialog.Question{ID: "quit", Title: "Ports are forwarded", Buttons: []dialog.Button{
		{Label: "Quit and end them", Key: "q", Choose: func() tea.Cmd { return r.quit() }},
		{Label: "Stay", Choose: func() tea.Cmd { r.leavingForwards = false; return nil }},
	}}
	for i := range open {
		f := &open[i]
		q.Targets = append(q.Targets, f.URL(f.Ports[0])+" → "+f.Target.Title)
	}
	r.dialogs.Open(dialog.NewConfirm(r.env.Theme, q))
	return true
}
