package rotate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// valueMsg brings the value of a key from where it was read.
type valueMsg struct {
	to   *form
	key  string
	how  string
	data []byte
	err  error
}

// The sources of a value besides recipes.
const (
	typed   = "type"
	file    = "file"
	written = "edit"
)

// recipes are what can be generated, in words.
var recipes = []struct{ kind, title, about string }{
	{credential.Alnum, "letters and digits", "generated"},
	{credential.Hex, "hexadecimal", "generated: random bytes"},
	{credential.Base64, "base64", "generated: random bytes"},
	{credential.UUID, "UUID", "generated: version 4"},
	{credential.Chars, "characters that you choose", "generated: length and alphabet"},
	{credential.Ed25519, "key pair ed25519", "generated: for SSH"},
	{credential.RSA, "key pair RSA", "generated: PEM"},
	{credential.ECDSA, "key pair ECDSA", "generated: PEM"},
	{credential.TLS, "certificate and key", "generated: signed by itself, with the names of the present one"},
	{credential.Htpasswd, "line of htpasswd", "the hash of a password that you type"},
}

// pickSource lets the operator say where the value of a key comes from.
func (s *Screen) pickSource(f *form, key string) tea.Cmd {
	switch why := s.forbidden(f); {
	case why != "":
		return notice(status.Info, "no value is asked for: "+why)
	case f.got == nil || f.got.Stored == nil:
		return nil
	case f.from():
		return notice(status.Info, "the value comes from outside: put it there, then have it fetched with the plan")
	}
	pick := screen.PickMsg{Title: "New value of " + text.Clean(key), Chosen: func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return s.source(f, key, ids[0])
	}}
	lines := ""
	if manyLines(f.got.Stored, key) {
		lines = "it has several lines"
	}
	pick.Items = append(pick.Items,
		screen.PickItem{ID: typed, Text: "type it", Note: "unseen, and once more", Disabled: lines},
		screen.PickItem{ID: file, Text: "from a file", Note: "as it is"},
		screen.PickItem{ID: written, Text: "write it in $EDITOR", Note: "on a file that is kept in memory", Disabled: s.noEditor()})
	for _, r := range recipes {
		recipe := credential.Recipe{Kind: r.kind}
		why, _ := rotate.Unsuited(f.got.Stored, recipe)
		if workshop.Keeps(f.ref) && recipe.Paired() {
			why = "the function keeps single values"
		}
		pick.Items = append(pick.Items, screen.PickItem{ID: r.kind, Text: r.title, Note: r.about, Disabled: why})
	}
	return screen.Send(pick)
}

// manyLines reports whether what a key holds cannot be typed.
func manyLines(s *rotate.Stored, key string) bool {
	why, _ := rotate.Unsuited(s, credential.Recipe{Kind: credential.Alnum})
	return why != "" || slices.ContainsFunc([]string{".pem", ".crt", ".key", ".json", ".yaml", ".yml"}, func(end string) bool { return strings.HasSuffix(key, end) })
}

func (s *Screen) noEditor() string {
	if s.env.Editor == nil {
		return "there is no editor here"
	}
	return text.Clean(s.env.Editor.Refusal())
}

// source goes on with one source.
func (s *Screen) source(f *form, key, id string) tea.Cmd {
	switch id {
	case typed:
		return s.typeValue(f, key)
	case file:
		return s.askFile(f, key)
	case written:
		return s.write(f, key)
	case credential.UUID, credential.Ed25519:
		return s.generate(f, key, id)
	}
	return s.askRecipe(f, key, id)
}

// typeValue asks for a value unseen.
func (s *Screen) typeValue(f *form, key string) tea.Cmd {
	title := "New value of " + text.Clean(key)
	if r, err := credential.Parse(f.recipe); err == nil && r.User != "" {
		title = "New password of " + text.Clean(r.User) + " in " + text.Clean(key)
	}
	s.hidden = dialog.NewHidden(s.env.Theme, "rotate-value", title, holder(f.ref)+". Nothing of it is shown or written down.",
		func() { s.until = s.env.Now().Add(shownFor) },
		func(data []byte) tea.Cmd {
			return screen.Send(valueMsg{to: f, key: key, how: "typed", data: data})
		})
	return screen.Send(screen.DialogMsg{Dialog: s.hidden})
}

// askFile asks which file holds the value.
func (s *Screen) askFile(f *form, key string) tea.Cmd {
	field := dialog.Field{Label: "File", Hint: "~/new-password", Wrong: func(v string) string {
		if v == "" {
			return "say which file"
		}
		return ""
	}}
	about := "The value of " + key + " is what the file holds, as it is, line breaks included. The file stays where it is."
	rotations := s.env.Rotations
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "rotate-file", "New value of "+text.Clean(key), about, nil, "read",
		[]dialog.Field{field}, func(values []string) tea.Cmd {
			return func() tea.Msg {
				data, err := rotations.ReadValue(values[0])
				return valueMsg{to: f, key: key, how: "from " + values[0], data: data, err: err}
			}
		})})
}

// write has the operator write the value in an editor, which takes the terminal meanwhile.
func (s *Screen) write(f *form, key string) tea.Cmd {
	run, data := s.env.Editor.Write()
	return tea.Exec(run, func(err error) tea.Msg {
		return valueMsg{to: f, key: key, how: "written in the editor", data: data(), err: err}
	})
}

// askRecipe asks what a recipe needs to know.
func (s *Screen) askRecipe(f *form, key, kind string) tea.Cmd {
	parse := func(format string) func(string) string {
		return func(v string) string {
			if _, err := credential.Parse(fmt.Sprintf(format, v)); err != nil {
				return err.Error()
			}
			return ""
		}
	}
	length := func(label, value, hint string) dialog.Field {
		return dialog.Field{Label: label, Value: value, Hint: hint, Wrong: parse(kind + ":%s")}
	}
	var fields []dialog.Field
	switch kind {
	case credential.Chars:
		fields = []dialog.Field{{Label: "Length", Value: "32", Hint: "characters", Wrong: parse(kind + ":%s:abcdefgh")},
			{Label: "Alphabet", Hint: "abcdefghijkmnpqrstuvwxyz23456789", Wrong: parse(kind + ":32:%s")}}
	case credential.RSA:
		fields = []dialog.Field{length("Bits", "4096", "2048, 3072 or 4096")}
	case credential.ECDSA:
		fields = []dialog.Field{length("Bits", "256", "256, 384 or 521")}
	case credential.TLS:
		fields = []dialog.Field{length("Days", "365", "that it is valid")}
	case credential.Htpasswd:
		fields = []dialog.Field{length("User", "", "admin")}
	case credential.Alnum:
		fields = []dialog.Field{length("Length", "32", "characters")}
	default:
		fields = []dialog.Field{length("Bytes", "32", "8 to 4096")}
	}
	about := "It is made here, and goes for every key of " + holder(f.ref) + " that gets a new value. P shows it afterwards for a few seconds."
	switch kind {
	case credential.RSA, credential.ECDSA, credential.TLS:
		about = "It is made when the plan is carried out."
	case credential.Htpasswd:
		about = "The password is asked for next, and its hash is kept."
	}
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "rotate-recipe", "Generate "+kind, about, nil, "go on", fields,
		func(values []string) tea.Cmd { return s.generate(f, key, kind+":"+strings.Join(values, ":")) })})
}

// generate has values made by a recipe. What was given before is wiped.
func (s *Screen) generate(f *form, key, recipe string) tea.Cmd {
	r, err := credential.Parse(recipe)
	if err != nil {
		return notice(status.Warning, err.Error())
	}
	f.drop()
	f.recipe, s.rotated = recipe, ""
	if !f.gets(key) && !r.Paired() {
		f.say()
		f.on[key] = true
	}
	s.goOn(f)
	if r.Kind == credential.Htpasswd {
		s.Go(spotOf(keyID(f, key)))
		return tea.Batch(s.outlook(f), s.typeValue(f, key))
	}
	return s.outlook(f)
}

// took takes a value that was given.
func (s *Screen) took(msg valueMsg) tea.Cmd {
	f := msg.to
	if !slices.Contains(s.forms, f) || s.left {
		clear(msg.data)
		return nil
	}
	s.hidden = nil
	s.Changed()
	if err := msg.err; err != nil || len(msg.data) == 0 {
		clear(msg.data)
		if err == nil {
			err = errors.New("the value is empty")
		}
		return notice(status.Warning, "no value was taken: "+err.Error())
	}
	if r, err := credential.Parse(f.recipe); err != nil || r.Kind != credential.Htpasswd {
		if f.recipe != "" {
			f.drop()
		}
		f.recipe = ""
	}
	f.drop(msg.key)
	f.values[msg.key], s.rotated = &value{msg.data, msg.how}, ""
	if !f.gets(msg.key) {
		f.say()
		f.on[msg.key] = true
	}
	if keys := f.missing(); len(keys) > 0 {
		s.Go(spotOf(keyID(f, keys[0])))
	} else {
		s.goOn(f)
	}
	return s.outlook(f)
}

// goOn takes the cursor to what is missing of the other Secrets, else to where the form ends.
func (s *Screen) goOn(done *form) {
	for _, f := range s.forms {
		if keys := f.missing(); f != done && len(keys) > 0 {
			s.Go(spotOf(keyID(f, keys[0])))
			return
		}
	}
	s.Go(spotOf(planID))
}
