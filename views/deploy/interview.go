package deploy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Interview asks for the fields line by line, on a terminal without a screen: for those who have it read to them. What is
// said goes into the form.
func (s *Screen) Interview() tea.Cmd {
	if s.form == nil {
		return nil
	}
	s.endTyping()
	i := &interview{ctx: s.ctx, form: s.form.clone(), context: s.of.Context, deployments: s.env.Deployments, namespaces: s.namespaces()}
	return tea.Exec(i, func(err error) tea.Msg { return interviewedMsg{to: s, form: i.form, err: err} })
}

func (s *Screen) interviewed(msg interviewedMsg) tea.Cmd {
	if msg.err != nil && !errors.Is(msg.err, errEnough) {
		return notice(status.Warning, "the interview ended: "+msg.err.Error())
	}
	s.form = msg.form
	s.Go(spotOf(planID))
	s.changed()
	return s.prospect()
}

// errEnough ends an interview before its end. What was said until then counts.
var errEnough = errors.New("ended by the operator")

// interview asks for the fields of a form one by one.
type interview struct {
	ctx         context.Context
	form        *form
	context     string
	deployments screen.Deployments
	namespaces  []string

	asked map[string]bool // ids of fields
	stdin io.Reader
	in    *bufio.Reader
	out   io.Writer
}

// SetStdin, SetStdout and SetStderr say where the operator is.
func (i *interview) SetStdin(r io.Reader)  { i.stdin, i.in = r, bufio.NewReader(r) }
func (i *interview) SetStdout(w io.Writer) { i.out = w }

// SetStderr is not used: everything is said where it is asked.
func (i *interview) SetStderr(io.Writer) {}

func (i *interview) say(format string, args ...any) {
	_, _ = fmt.Fprintf(i.out, "%s\n", text.Clean(fmt.Sprintf(format, args...)))
}

// Run asks for everything, and says at the end what it comes to.
func (i *interview) Run() error {
	i.say("New %s function. Enter keeps what is there, - empties it, ? explains, . ends.", i.form.maker.Framework)
	i.asked = map[string]bool{frameworkID: true}
	for d, ok := i.next(); ok; d, ok = i.next() {
		if err := i.ask(&d); err != nil {
			return err
		}
	}
	return i.conclude()
}

// next is the first field that was not asked for yet: answers make others.
func (i *interview) next() (field, bool) {
	for _, d := range i.form.fields() {
		if d.refused == "" && !i.asked[d.id] {
			return d, true
		}
	}
	return field{}, false
}

// ask asks for one field until the answer can be read.
func (i *interview) ask(d *field) error {
	i.asked[d.id] = true
	if d.kind == grows {
		return i.askMore(d)
	}
	choices := d.choices
	if d.id == namespaceID {
		choices = i.namespaces
	}
	for {
		_, _ = fmt.Fprint(i.out, i.question(d, choices))
		answer, err := i.line()
		if err != nil {
			return err
		}
		value := answer
		switch answer {
		case "?":
			i.say("  %s", d.about)
			continue
		case "":
			value = i.form.value(d)
		case "-":
			value = ""
		}
		if n, err := strconv.Atoi(answer); err == nil && n > 0 && n <= len(choices) {
			value = choices[n-1]
		}
		if why := i.take(d, choices, value); why != "" {
			i.say("  That cannot be: %s", why)
			continue
		}
		return nil
	}
}

// question is what is asked, with what stands there.
func (i *interview) question(d *field, choices []string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(d.label))
	for n, c := range choices {
		fmt.Fprintf(&b, "\n  %d %s", n+1, text.Clean(c))
	}
	if len(choices) > 0 {
		b.WriteString("\n ")
	}
	switch value := i.form.value(d); {
	case value != "":
		if shown, hidden := d.secret(value); hidden {
			value = shown + "(hidden)"
		}
		fmt.Fprintf(&b, " [%s]", text.Clean(value))
	case d.must:
		b.WriteString(" (needed)")
	case d.without != "":
		fmt.Fprintf(&b, " (without: %s)", text.Clean(d.without))
	}
	return b.String() + ": "
}

// take takes an answer; what is returned says why not.
func (i *interview) take(d *field, choices []string, value string) string {
	f := i.form
	switch {
	case value == "" && d.must:
		return "it is needed"
	case d.kind == chosen && value != "" && !d.other && d.id != namespaceID && !slices.Contains(choices, value):
		return "it is none of the choices"
	case d.kind == read && value != "":
		code, err := i.deployments.Code(value)
		if err != nil {
			return err.Error()
		}
		f.code = code
	}
	before := f.values[d.id]
	f.values[d.id] = value
	_, problems := f.request()
	for _, p := range problems {
		if p.Field == d.id {
			f.values[d.id] = before
			return p.Text
		}
	}
	return i.refused(d, before)
}

// refused asks the framework about an answer that was taken already, and takes it back when that says no.
func (i *interview) refused(d *field, before string) string {
	if i.form.values[d.id] == before || i.form.values[d.id] == "" {
		return ""
	}
	x, _ := i.form.deployment(i.context)
	got, err := i.deployments.Prospect(i.ctx, x)
	if err != nil {
		return "" // the end says so
	}
	s := &Screen{form: i.form, got: got}
	if why := s.wrong(d); why != "" {
		i.form.values[d.id] = before
		return why
	}
	return ""
}

// askMore asks for another one of what there may be several of.
func (i *interview) askMore(d *field) error {
	for {
		_, _ = fmt.Fprintf(i.out, "Another %s? (enter: no)%s: ", strings.TrimPrefix(d.label, "+ a "), map[bool]string{true: " one of " + strings.Join(d.choices, ", ")}[len(d.choices) > 0])
		answer, err := i.line()
		switch {
		case err != nil:
			return err
		case answer == "":
			return nil
		case answer == "?":
			i.say("  %s", d.about)
			continue
		}
		if err := i.grow(d, answer); err != nil {
			return err
		}
	}
}

// grow takes one more.
func (i *interview) grow(d *field, answer string) error {
	f := i.form
	switch d.id {
	case addID:
		if !slices.Contains(d.choices, answer) {
			i.say("  That cannot be: it is none of them")
			return nil
		}
		i.asked[nth(addID, len(f.triggers))] = true
		f.triggers = append(f.triggers, answer)
		for _, t := range f.fields() {
			if strings.HasPrefix(t.id, nth(addID, len(f.triggers)-1)+" ") {
				if err := i.ask(&t); err != nil {
					return err
				}
			}
		}
		return nil
	case addEnvID:
		f.envs++
		name, value, given := strings.Cut(answer, "=")
		if !given {
			hidden, err := i.value(name)
			if err != nil {
				return err
			}
			value = hidden
		}
		i.last(d, nth(addEnvID, f.envs-1), name+"="+value, func() { f.envs-- })
		return nil
	}
	f.mounts++
	i.last(d, nth(addMountID, f.mounts-1), answer, func() { f.mounts-- })
	return nil
}

// last fills in the field that was made, or takes it back.
func (i *interview) last(d *field, id, value string, undo func()) {
	i.asked[id] = true
	made := field{id: id, label: d.label, about: d.about}
	if why := i.take(&made, nil, value); why != "" {
		i.say("  That cannot be: %s", why)
		delete(i.form.values, id)
		undo()
	}
}

// value asks for the value of a variable; unseen where its name says that it is secret.
func (i *interview) value(name string) (string, error) {
	_, _ = fmt.Fprintf(i.out, "Value of %s: ", text.Clean(name))
	if f, ok := i.stdin.(*os.File); ok && detect.Sensitive(name, nil) && term.IsTerminal(int(f.Fd())) {
		data, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(i.out)
		return string(data), err
	}
	return i.line()
}

// line reads an answer. The end of the input ends the interview.
func (i *interview) line() (string, error) {
	line, err := i.in.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", errEnough
	}
	if len(line) > maxTyped {
		line = line[:maxTyped]
	}
	if line = strings.TrimSpace(text.Clean(line)); line == "." {
		return "", errEnough
	}
	return line, nil
}

// conclude asks about the secure defaults, and says what it comes to.
func (i *interview) conclude() error {
	d, _ := i.form.deployment(i.context)
	got, err := i.deployments.Prospect(i.ctx, d)
	if err != nil {
		return err
	}
	for _, p := range got.Problems {
		i.say("Wrong: %s: %s", p.Field, p.Text)
	}
	for _, n := range got.Notes {
		i.say("Note: %s", n)
	}
	if got.Posture != nil {
		i.say("It would be graded %s, with %s made. Its secure defaults:", got.Posture.Letter(), count(got.Count, "object"))
	}
	for _, x := range got.Defaults {
		state := "on"
		switch {
		case !x.On:
			state = "given up"
		case x.None != "":
			state = "not done: " + x.None
		}
		i.say("  %s: %s. %s", x.Intent, state, x.Intent.Wish())
	}
	if len(got.Defaults) > 0 {
		_, _ = fmt.Fprint(i.out, "Give up which of them? (names with commas between them; enter: none): ")
		answer, err := i.line()
		if err != nil {
			return err
		}
		for _, name := range list(answer) {
			if !slices.ContainsFunc(got.Defaults, func(x workshop.Default) bool { return string(x.Intent) == name }) {
				i.say("  %s is none of them.", name)
				continue
			}
			i.form.without[check.Intent(name)] = true
		}
	}
	_, _ = fmt.Fprint(i.out, "Enter goes on to the form and its plan: ")
	_, err = i.line()
	return err
}
