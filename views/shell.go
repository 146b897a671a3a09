package views

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/shell"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// reviewing is how long the server is asked about a right before the containers are listed without its answer, and drafting
	// how long a plan may take.
	reviewing = 3 * time.Second
	drafting  = 30 * time.Second
)

// shell opens a shell: at once where there is one container, else in the one that is chosen.
func (r *Root) shell(target any) tea.Cmd {
	id, pod, _ := r.livingOf(target)
	rooms, err := r.env.Shells.Rooms(id, pod)
	if err != nil || len(rooms) == 0 {
		return nil
	}
	if len(rooms) == 1 {
		return r.enter(id, rooms[0], false)
	}
	return r.chooseRoom("Shell in", id, rooms)
}

// chooseRoom lists containers: to open a shell in, to attach to, and to put a debug container beside.
func (r *Root) chooseRoom(title string, id model.FunctionID, rooms []screen.Room) tea.Cmd {
	shells := r.env.Shells
	pick := screen.PickMsg{Title: title, Chosen: func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		how, n, _ := strings.Cut(ids[0], " ")
		i, err := strconv.Atoi(n)
		switch {
		case err != nil || i >= len(rooms):
			return nil
		case how == "debug":
			return r.planDebug(id, rooms[i])
		}
		return r.enter(id, rooms[i], how == "attach")
	}}
	list := func(how, before string, note func(screen.Room) string, disabled string) {
		for i, room := range rooms {
			pick.Items = append(pick.Items, screen.PickItem{ID: how + " " + strconv.Itoa(i), Text: before + text.Clean(room.Container),
				Note: text.Clean(note(room)), Disabled: text.Clean(disabled)})
		}
	}
	inPod := func(room screen.Room) string { return room.Pod.Name }
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), reviewing)
		defer cancel()
		why := shells.MayDebug(ctx, rooms[0])
		list("shell", "", func(room screen.Room) string { return room.Pod.Name + " " + room.Note }, "")
		list("attach", "attach to ", inPod, "")
		list("debug", "debug container beside ", inPod, why)
		return pick
	}
}

// planDebug plans a debug container, and asks before it is made.
func (r *Root) planDebug(id model.FunctionID, room screen.Room) tea.Cmd {
	shells, theme := r.env.Shells, r.env.Theme
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), drafting)
		defer cancel()
		d, err := shells.Debug(ctx, id, room)
		if err != nil {
			return screen.NoticeMsg{Severity: status.Error, Source: "debug container", Text: err.Error()}
		}
		return screen.DialogMsg{Dialog: dialog.NewConfirm(theme, dialog.Question{
			ID: "debug", Title: "Put a debug container beside " + text.Clean(room.Container) + "?", Text: strings.Join(append([]string{d.About}, d.Asks...), "\n"),
			Targets: []string{room.Pod.Namespace + "/" + room.Pod.Name}, Word: d.Word,
			Buttons: []dialog.Button{{Label: "Make it", Key: "m", Danger: true, Choose: func() tea.Cmd { return r.debug(id, d) }}, {Label: "Cancel", Key: "c"}},
		})}
	}
}

// debug makes a debug container, waits until it runs, and offers to go in.
func (r *Root) debug(id model.FunctionID, d *screen.Debugging) tea.Cmd {
	theme := r.env.Theme
	wait := func() tea.Msg {
		room, err := d.Make(context.Background())
		if err != nil {
			return screen.NoticeMsg{Severity: status.Error, Source: "debug container", Text: err.Error()}
		}
		return screen.DialogMsg{Dialog: dialog.NewConfirm(theme, dialog.Question{
			ID: "debugs", Title: "The debug container runs", Text: "Later it is listed with the other containers. Its shell ends it; ctrl-] leaves it running.",
			Targets: []string{room.Container + " of " + room.Pod.Namespace + "/" + room.Pod.Name},
			Buttons: []dialog.Button{{Label: "Attach", Key: "a", Choose: func() tea.Cmd { return r.enter(id, room, true) }}, {Label: "Later", Key: "l"}},
		})}
	}
	return tea.Batch(screen.Send(screen.NoticeMsg{Severity: status.Info, Source: "debug container", Text: "waiting until it runs"}), wait)
}

// enter gives the terminal to a container. Where it has no shell, what can be done instead is offered.
func (r *Root) enter(id model.FunctionID, room screen.Room, attach bool) tea.Cmd {
	where := room.Container + " of " + room.Pod.Namespace + "/" + room.Pod.Name
	return tea.Exec(r.env.Shells.Open(room, attach), func(err error) tea.Msg {
		var none *shell.NoShellError
		switch {
		case errors.As(err, &none):
			return noShellMsg{id, room}
		case err != nil:
			return screen.NoticeMsg{Severity: status.Error, Source: "shell in " + where, Text: err.Error()}
		}
		return screen.NoticeMsg{Severity: status.Info, Source: "shell", Text: "back from " + where}
	})
}

// noShellMsg says that a container has no shell.
type noShellMsg struct {
	id   model.FunctionID
	room screen.Room
}

func (r *Root) offerDebug(msg noShellMsg) tea.Cmd {
	return r.chooseRoom("No shell in "+text.Clean(msg.room.Container)+". Instead", msg.id, []screen.Room{msg.room})
}
