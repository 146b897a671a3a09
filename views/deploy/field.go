package deploy

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/ui/text"
)

// kind is how a field is filled in.
type kind uint8

const (
	typed  kind = iota // a text
	chosen             // one of some
	read               // a path that is read, or a text from the editor
	grows              // makes another field
)

// field is one thing that is asked for.
type field struct {
	id, label string
	kind      kind
	section   string // heading that it begins; empty: it goes on with the one before
	about     string // what it is for, and what happens without it
	without   string // what happens without it, in a few words
	choices   []string
	other     bool   // other texts than the choices are taken
	must      bool   // nothing can be made without it
	refused   string // why the framework has none
}

// aliases are other words by which problems and refusals call fields than their flags.
var aliases = map[string][]string{
	addEnvID: {"environment", "variable"}, addMountID: {"mount", "mounts", "secrets", "config"}, addID: {"triggers", "schedule", "topic", "host", "path", "broker"},
	labelsID: {"labels"}, notesID: {"annotations"}, pullID: {"pull-secrets", "pullSecrets"}, accountID: {"account", "serviceAccount"},
	"cpu": {"requests"}, "memory": {"requests"}, "cpu-limit": {"cpu", "limits"}, "memory-limit": {"memory", "limits"},
	codeID: {"source"}, imageID: {"source"}, gitID: {"source"},
}

// isCalled reports whether a problem or a refusal is about the field.
func (f *field) isCalled(name string) bool {
	if key, ok := strings.CutPrefix(f.id, "option "); ok {
		return name == key || name == f.id
	}
	word, _, _ := strings.Cut(f.id, " ")
	first, _, _ := strings.Cut(name, " ")
	return name == f.id || first == word && (first == name || word == f.id) || slices.Contains(aliases[word], name)
}

// secret reports whether what stands in a field is hidden: the value of a variable that is called like a credential, or
// that looks like one. Then shown is the part that is not.
func (f *field) secret(value string) (shown string, hidden bool) {
	if !strings.HasPrefix(f.id, addEnvID+" ") {
		return "", false
	}
	name, v, ok := strings.Cut(value, "=")
	if !ok || v == "" || strings.HasPrefix(v, fromSecret) || strings.HasPrefix(v, fromConfig) {
		return "", false
	}
	if detect.Sensitive(name, nil) || detect.Literal(name, v, nil) != "" {
		return name + "=", true
	}
	return "", false
}

// fields are all that are asked for, as things stand.
func (f *form) fields() []field {
	if f.copy != nil {
		return f.copyFields()
	}
	all := []field{
		{id: frameworkID, label: "Framework", kind: chosen, section: "What it is", about: "what makes pods of the function, and calls it"},
		{id: namespaceID, label: "Namespace", kind: chosen, other: true, must: true, about: "where it is made"},
		{id: nameID, label: "Name", must: true, about: "small letters, digits and hyphens; what it makes is called after it"},
	}
	all = append(all, f.sourceFields()...)
	o := &f.maker.Offer
	if len(o.Runtimes) > 0 || o.OpenRuntimes {
		all = append(all, field{id: runtimeID, label: "Runtime", kind: chosen, choices: o.Runtimes, other: o.OpenRuntimes,
			about: "the language and version that runs it"})
	}
	if f.values[sourceID] != imageID || len(o.Sources) == 1 {
		all = append(all, field{id: handlerID, label: "Handler", about: "what of the code is called, as the framework writes it: FILE.FUNCTION for most"})
	}
	all = append(all, f.triggerFields()...)
	all = append(all, f.runFields()...)
	for i, x := range o.Options {
		d := field{id: "option " + x.Key, label: x.Key, about: x.What, without: x.Default, choices: x.Choices}
		if len(x.Choices) > 0 {
			d.kind = chosen
		}
		if i == 0 {
			d.section = "What only " + f.maker.Framework + " has"
		}
		all = append(all, d)
	}
	for i := range all {
		if all[i].without == "" && all[i].kind != read && !all[i].must {
			all[i].without = "as " + f.maker.Framework + " has it"
		}
		for name, why := range o.Without {
			if all[i].isCalled(name) {
				all[i].refused = why
			}
		}
	}
	return all
}

func (f *form) sourceFields() []field {
	var all []field
	sources := f.maker.Offer.Sources
	if len(sources) > 1 {
		all = append(all, field{id: sourceID, label: "Made of", kind: chosen, choices: sources, about: "image: one that was built; code: text or an archive; git: a repository that is built"})
	}
	switch f.values[sourceID] {
	case codeID:
		all = append(all, field{id: codeID, label: "Code", kind: read, must: true, about: "a file or a folder of this machine, or written in $EDITOR; it goes into the cluster as it is"})
	case gitID:
		all = append(all,
			field{id: gitID, label: "Repository", must: true, about: "its URL, without password: that belongs into a Secret"},
			field{id: gitRefID, label: "Revision", without: "its main branch", about: "a commit pins it; a branch or tag may be another thing tomorrow"},
			field{id: gitFolderID, label: "Folder", without: "the whole of it", about: "the folder in the repository"},
			field{id: gitSecretID, label: "Login", without: "none", about: "the Secret with what to log in"})
	default:
		all = append(all, field{id: imageID, label: "Image", must: true, about: "REGISTRY/NAME:TAG; with @sha256:… it is the same tomorrow"},
			field{id: pullID, label: "Pull secrets", without: "those of its account", about: "Secrets with what to log in to the registry, with commas between them"})
	}
	return all
}

func (f *form) triggerFields() []field {
	var all []field
	for i, t := range f.triggers {
		id := nth(addID, i)
		all = append(all, field{id: id, label: "Trigger " + text.Count(i+1), kind: chosen, choices: append(slices.Clone(f.maker.Offer.Triggers), none), about: "what calls it; none takes it out"})
		switch t {
		case "http":
			all = append(all, field{id: id + " host", label: "  Host", without: "none of its own", about: "the name under which it is called from outside"},
				field{id: id + " path", label: "  Path", without: "/", about: "the path under which it is called"},
				field{id: id + " methods", label: "  Methods", without: "all", about: "GET,POST; with commas between them"})
		case "cron":
			all = append(all, field{id: id + " schedule", label: "  Schedule", must: true, about: "minute hour day month weekday: */5 * * * * is every five minutes"})
		default:
			all = append(all, field{id: id + " topic", label: "  Topic", must: true, about: "topic, subject or type of the events"},
				field{id: id + " broker", label: "  From", about: "the broker or queue, in words of the framework"})
		}
	}
	if len(f.maker.Offer.Triggers) > 0 {
		all = append(all, field{id: addID, label: "+ a trigger", kind: grows, choices: f.maker.Offer.Triggers, about: "what calls it: " + strings.Join(f.maker.Offer.Triggers, ", ")})
	}
	if len(all) > 0 {
		all[0].section = "What calls it"
	}
	return all
}

func (f *form) runFields() []field {
	all := []field{}
	for i := range f.envs {
		all = append(all, field{id: nth(addEnvID, i), label: "Variable " + text.Count(i+1), without: "left out",
			about: "NAME=value, NAME=secret:SECRET/KEY or NAME=config:MAP/KEY. Empty: it is left out"})
	}
	all = append(all, field{id: addEnvID, label: "+ a variable", kind: grows, about: "of its environment. What is secret belongs into a Secret: NAME=secret:SECRET/KEY"})
	for i := range f.mounts {
		all = append(all, field{id: nth(addMountID, i), label: "Mount " + text.Count(i+1), without: "left out", about: "SECRET, SECRET:/path or config:NAME:/path. Empty: it is left out"})
	}
	all = append(all, field{id: addMountID, label: "+ a mount", kind: grows, about: "a Secret or ConfigMap as files, or as the framework gives it to functions"})
	for _, x := range resources {
		all = append(all, field{id: x.id, label: x.label, about: x.about})
	}
	all = append(all,
		field{id: minID, label: "Pods at least", about: "0 lets it rest while nobody calls, where the framework can"},
		field{id: maxID, label: "Pods at most", about: "a ceiling on what a flood of calls costs"},
		field{id: timeoutID, label: "Timeout", about: "how long a call may take: 30s, 5m"},
		field{id: portID, label: "Port", about: "on which it listens"},
		field{id: accountID, label: "Account", without: "one of its own", about: "the ServiceAccount that it runs as"},
		field{id: commandID, label: "Command", without: "the image's", about: `what runs instead of the image's own: words, or a list as JSON`},
		field{id: argsID, label: "Arguments", without: "the image's", about: `words, or a list as JSON: ["--level", "two words"]`},
		field{id: labelsID, label: "Labels", without: "none", about: "NAME=VALUE, with commas between them"},
		field{id: notesID, label: "Annotations", without: "none", about: "NAME=VALUE, with commas between them"})
	all[0].section = "How it runs"
	return append(all, failure())
}

// failure asks what becomes of it when it does not become ready.
func failure() field {
	return field{id: failureID, label: "Not ready", kind: chosen, choices: []string{leave, takeBack}, without: leave,
		about: "what is done when it does not become ready: it is left as it is, to be looked at, or all is taken back"}
}

// copyFields are what a copy may have different.
func (f *form) copyFields() []field {
	last := failure()
	last.section = "What becomes of it"
	return []field{
		{id: namespaceID, label: "Namespace", kind: chosen, other: true, must: true, section: "What it is", about: "where the copy is made; it may be another one"},
		{id: nameID, label: "Name", must: true, about: "small letters, digits and hyphens; what is made for the copy is called after it"},
		{id: imageID, label: "Image", without: "the same", about: "another image than that of the function it is like"},
		{id: secretsID, label: "What it needs", kind: chosen, choices: []string{named, copied},
			about: "Secrets and ConfigMaps that it needs and the namespace has not: they are named, or copied with their values"},
		last,
	}
}

// The choices of fields.
const (
	none     = "none" // takes a trigger out
	named    = "named only"
	copied   = "copied"
	leave    = "leave it"
	takeBack = "take it back"
)

// value is what stands in a field.
func (f *form) value(d *field) string {
	switch {
	case d.id == frameworkID:
		return f.maker.Framework
	case strings.HasPrefix(d.id, addID+" ") && d.kind == chosen:
		for i := range f.triggers {
			if nth(addID, i) == d.id {
				return f.triggers[i]
			}
		}
	}
	return f.values[d.id]
}
