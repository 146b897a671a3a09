package query

import (
	"slices"
	"strconv"
	"strings"
)

// verb is a command that is not the name of a kind.
type verb struct {
	name    string
	aliases []string
	usage   string
	title   string
	parse   func(*args) (Command, error)
	// complete lists what the argument of that index can be.
	complete func(v *Vocabulary, index int) []Candidate
}

var verbs []verb

func init() {
	verbs = []verb{
		{"ctx", []string{"context", "contexts"}, "ctx [NAME,…]", "switch the context, or show several side by side", parseContext, completeContexts},
		{"ns", []string{"namespace", "namespaces"}, "ns [a,b|*]", "choose namespaces", parseNamespaces, completeNamespaces},
		{"logs", []string{"log"}, "logs NAME", "logs of a function", parseLogs, completeNames("logs")},
		{"metrics", []string{"metric"}, "metrics [NAME]", "what a function uses over time", parseMetrics, completeNames("metrics")},
		{"who-can", []string{"whocan"}, "who-can VERB RESOURCE", "who may do something", parseWhoCan, completeAccess},
		{"can-i", []string{"cani"}, "can-i [VERB RESOURCE]", "what you may do", parseCanI, completeAccess},
		{"tighten", nil, "tighten [NAME]", "fixes of a function, or of all in scope", parseTighten, completeNames("tighten")},
		{"rotate", nil, "rotate [SECRET]", "give a Secret new values, or those of what is under the cursor", parseRotate, completeNames("rotate")},
		{"new", nil, "new [FRAMEWORK|FILE]", "deploy a function", parseNew, completeNames("new")},
		{"readonly", []string{"ro", "read-only"}, "readonly on|off", "refuse every change", parseReadOnly, completeWords("on", "off")},
		{"set", nil, "set OPTION VALUE", "change an option for this session", parseSet, nil},
		{"view", nil, "view save|load|export NAME", "saved views", parseView, completeViews},
		{"fav", []string{"favourite", "favorite"}, "fav N", "go to a favourite scope", parseFavourite, nil},
		{"save", nil, "save FILE", "save this table to a file", parseSave, nil},
		{"help", []string{"h", "?"}, "help [TOPIC]", "keys and commands", parseHelp, nil},
		{"q", []string{"quit", "q!", "exit"}, "q", "quit", parseQuit, nil},
	}
}

func findVerb(word string) *verb {
	for i := range verbs {
		if strings.EqualFold(verbs[i].name, word) || slices.Contains(verbs[i].aliases, strings.ToLower(word)) {
			return &verbs[i]
		}
	}
	return nil
}

// Usage is one line of the list of commands.
type Usage struct{ Name, Syntax, Title string }

// Verbs lists the commands that this vocabulary has besides its kinds.
func (v Vocabulary) verbUsage() []Usage {
	var list []Usage
	for i := range verbs {
		if v.hasVerb(verbs[i].name) {
			list = append(list, Usage{verbs[i].name, verbs[i].usage, verbs[i].title})
		}
	}
	return list
}

// Usages lists every command and kind for the help, commands first.
func (v Vocabulary) Usages() []Usage {
	list := v.verbUsage()
	for i := range v.Kinds {
		k := &v.Kinds[i]
		list = append(list, Usage{k.Name, k.Name + " [NAMESPACE] [FILTER…]", k.Title})
	}
	return list
}

// args are the words behind a verb.
type args struct {
	line       string
	word       string
	pos, rest  int
	vocabulary *Vocabulary

	words []word
	scope Scope
}

type word struct {
	text     string
	pos, end int
}

// read splits the arguments. With scoped it takes -n, -A and @context out.
func (a *args) read(scoped bool, minimum, maximum int, missing string) error {
	reader := &scopeReader{vocabulary: a.vocabulary}
	p := parser{in: a.line, pos: a.rest}
	for p.skipSpace(); p.pos < len(p.in); p.skipSpace() {
		if scoped {
			took, err := reader.take(&p)
			if err != nil {
				return err
			}
			if took {
				continue
			}
		}
		start := p.pos
		if p.in[start] == '"' {
			text, err := p.phrase()
			if err != nil {
				return err
			}
			a.words = append(a.words, word{text, start, p.pos})
			continue
		}
		a.words = append(a.words, word{p.until(isSpace), start, p.pos})
	}
	a.scope = reader.scope
	if len(a.words) < minimum {
		return errorf(a.pos, len(a.line), "%s", missing)
	}
	if len(a.words) > maximum {
		extra := a.words[maximum]
		return errorf(extra.pos, len(a.line), "%s is too much: write %s", quote(extra.text), findVerb(a.word).usage)
	}
	return nil
}

func (a *args) text(i int) string {
	if i < len(a.words) {
		return a.words[i].text
	}
	return ""
}

func parseContext(a *args) (Command, error) {
	err := a.read(false, 0, 1, "")
	return SwitchContext{Name: strings.TrimPrefix(a.text(0), "@")}, err
}

func parseNamespaces(a *args) (Command, error) {
	if err := a.read(false, 0, maxTerms, ""); err != nil || len(a.words) == 0 {
		return SwitchNamespaces{}, err
	}
	var c SwitchNamespaces
	for _, w := range a.words {
		names, all, err := namespaceList(w.text, w.pos, w.end)
		if err != nil {
			return nil, err
		}
		c.All = c.All || all
		c.Names = append(c.Names, names...)
	}
	if c.All {
		c.Names = nil
	}
	return c, nil
}

func parseLogs(a *args) (Command, error) {
	err := a.read(true, 0, 1, "")
	return Logs{Name: a.text(0), Scope: a.scope}, err
}

func parseMetrics(a *args) (Command, error) {
	err := a.read(true, 0, 1, "")
	return Metrics{Name: a.text(0), Scope: a.scope}, err
}

// subresources are the words behind a slash that are not the name of an object.
var subresources = []string{
	"approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize", "log", "portforward",
	"proxy", "resize", "scale", "status", "token",
}

func parseAccess(a *args, minimum int) (CanI, error) {
	if err := a.read(true, minimum, 3, "write "+findVerb(a.word).usage+", for example get secrets"); err != nil {
		return CanI{}, err
	}
	if len(a.words) == 1 {
		return CanI{}, errorf(a.words[0].end, len(a.line), "a resource is missing: write %s", findVerb(a.word).usage)
	}
	c := CanI{Verb: strings.ToLower(a.text(0)), Resource: a.text(1), Name: a.text(2), Scope: a.scope}
	if len(a.words) > 0 && c.Verb != "*" && !isWord(c.Verb) {
		return CanI{}, errorf(a.words[0].pos, a.words[0].end, "%s is not a verb: write get, list, create, patch or delete", quote(c.Verb))
	}
	if resource, behind, ok := strings.Cut(c.Resource, "/"); ok && resource != "" {
		c.Resource = resource
		if c.Name != "" || slices.Contains(subresources, behind) {
			c.Subresource = behind
		} else {
			c.Name = behind
		}
	}
	return c, nil
}

func parseCanI(a *args) (Command, error) {
	c, err := parseAccess(a, 0)
	return c, err
}

func parseWhoCan(a *args) (Command, error) {
	c, err := parseAccess(a, 2)
	return WhoCan(c), err
}

func parseTighten(a *args) (Command, error) {
	err := a.read(true, 0, 1, "")
	return Tighten{Name: a.text(0), Scope: a.scope}, err
}

func parseRotate(a *args) (Command, error) {
	err := a.read(true, 0, 1, "")
	return Rotate{Secret: a.text(0), Scope: a.scope}, err
}

func parseNew(a *args) (Command, error) {
	err := a.read(false, 0, 1, "")
	return New{Source: a.text(0)}, err
}

func parseReadOnly(a *args) (Command, error) {
	if err := a.read(false, 1, 1, "write readonly on or readonly off"); err != nil {
		return nil, err
	}
	on, ok := parseBool(a.text(0))
	if !ok {
		return nil, errorf(a.words[0].pos, a.words[0].end, "%s is neither on nor off", quote(a.text(0)))
	}
	return ReadOnly{On: on == 1}, nil
}

func parseSet(a *args) (Command, error) {
	err := a.read(false, 2, 2, "write set OPTION VALUE, for example set theme mono")
	return Set{Option: a.text(0), Value: a.text(1)}, err
}

func parseView(a *args) (Command, error) {
	if err := a.read(false, 2, 2, "write view save NAME, view load NAME or view export NAME"); err != nil {
		return nil, err
	}
	op := ViewOp(strings.ToLower(a.text(0)))
	if op != ViewSave && op != ViewLoad && op != ViewExport {
		return nil, errorf(a.words[0].pos, a.words[0].end, "%s is not one of save, load and export", quote(a.text(0)))
	}
	return View{Op: op, Name: a.text(1)}, nil
}

func parseFavourite(a *args) (Command, error) {
	if err := a.read(false, 0, 1, ""); err != nil || len(a.words) == 0 {
		return Favourite{}, err
	}
	n, err := strconv.Atoi(a.text(0))
	if err != nil || n < 1 || n > 9 {
		return nil, errorf(a.words[0].pos, a.words[0].end, "%s is not a favourite: write a number from 1 to 9", quote(a.text(0)))
	}
	return Favourite{Slot: n}, nil
}

func parseSave(a *args) (Command, error) {
	err := a.read(false, 1, 1, "a file is missing: write save FILE")
	return Save{File: a.text(0)}, err
}

func parseHelp(a *args) (Command, error) {
	err := a.read(false, 0, 1, "")
	return Help{Topic: a.text(0)}, err
}

func parseQuit(a *args) (Command, error) {
	return Quit{}, a.read(false, 0, 0, "")
}
