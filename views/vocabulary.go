package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/views/contexts"
	"github.com/fn9s/fn9s/views/findings"
	"github.com/fn9s/fn9s/views/forwards"
	"github.com/fn9s/fn9s/views/functions"
	"github.com/fn9s/fn9s/views/jobs"
	"github.com/fn9s/fn9s/views/journal"
	"github.com/fn9s/fn9s/views/platforms"
	"github.com/fn9s/fn9s/views/policies"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/secrets"
)

// ownKinds are fn9s's own words; they win over what the cluster serves.
var ownKinds = []query.Kind{
	{Name: "fn", Aliases: []string{"function", "functions", "fns"}, Title: "functions of all frameworks"},
	{Name: "events", Aliases: []string{"event"}, Title: "events of the scope or the function", Columns: plainColumns},
	{Name: "findings", Aliases: []string{"finding"}, Title: "findings, by control, function or namespace", Columns: findings.ColumnsQuery},
	{Name: "platforms", Aliases: []string{"platform"}, Title: "control planes, and the functions behind them", Columns: platforms.ColumnsQuery},
	{Name: "secrets", Aliases: []string{"secret"}, Title: "Secrets: who uses them, how old they are, who may read them", Columns: secrets.Columns},
	{Name: "policies", Aliases: []string{"policy"}, Title: "network, pod security and mesh policies, and whom they miss", Columns: policies.Columns},
	{Name: "journal", Title: "what was changed from this machine, and how it ended", Columns: journal.Columns},
	{Name: "jobs", Title: "changes of this session: running and over", Columns: jobs.Columns},
	{Name: "forwards", Aliases: []string{"forward", "pf", "port-forwards"}, Title: "ports of this machine that lead to functions", Columns: forwards.Columns},
	{Name: "errors", Aliases: []string{"error"}, Title: "every error and warning with its time"},
}

// ownVerbs are the commands that are built.
var ownVerbs = []string{"ctx", "ns", "set", "fav", "view", "save", "logs", "metrics", "who-can", "can-i", "tighten", "rotate", "new", "help", "q"}

// plainColumns are the columns that nearly every server's table has. The table's own are asked when it is there.
var plainColumns = query.Columns{{Name: "namespace", Aliases: []string{"ns"}, Title: "namespace"}, {Name: "name", Title: "name"},
	{Name: "status", Title: "status"}, {Name: "type", Title: "type"}, {Name: "reason", Title: "reason"}, {Name: "ready", Title: "ready"},
	{Name: "age", Title: "age", Type: query.Duration}, {Name: "node", Title: "node"}, {Name: "restarts", Title: "restarts"}}

// words is what a command can mean just now.
func (r *Root) words() query.Vocabulary {
	current := r.context("")
	if r.kinds == nil {
		r.kinds = slices.Clone(ownKinds)
		r.kinds[0].Columns = functions.ColumnsQuery(&r.env)
	}
	return query.Vocabulary{
		Kinds:       r.kinds,
		Verbs:       ownVerbs,
		Aliases:     r.options.Aliases,
		Served:      func(word string) []query.Kind { return r.served(current, word) },
		ServedNames: func() []query.Candidate { return r.servedNames(current) },
		IsNamespace: r.isNamespace,
		Namespaces:  r.namespaces,
		Contexts:    func() []string { return contexts.Names(&r.env) },
		Names: func(verb string) []string {
			switch verb {
			case "new":
				return r.makers()
			case "logs", "metrics":
				return r.functionNames()
			}
			return nil
		},
		Options: r.settables,
		Views: func() []string {
			if r.options.Views == nil {
				return nil
			}
			return r.options.Views.Names()
		},
	}
}

// served finds the kinds of a word. Where nothing is known of what the cluster serves, the server decides.
func (r *Root) served(context, word string) []query.Kind {
	if r.env.Kinds == nil {
		if !plausible(word) {
			return nil
		}
		return []query.Kind{{Name: word, Columns: plainColumns}}
	}
	var kinds []query.Kind
	for _, k := range r.env.Kinds.Served(context, word) {
		name := k.Name
		if slices.ContainsFunc(ownKinds, func(own query.Kind) bool { return own.Name == name }) {
			name = word // the kind of that name was asked for by another, as `secrets.v1`
		}
		kinds = append(kinds, query.Kind{Name: name, Aliases: k.Words, Title: k.Kind, Columns: plainColumns})
	}
	return kinds
}

// plausible says whether a word can be the name of a resource.
func plausible(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-'
	})
}

func (r *Root) servedNames(context string) []query.Candidate {
	if r.env.Kinds == nil {
		return nil
	}
	var names []query.Candidate
	for _, k := range r.env.Kinds.All(context) {
		names = append(names, query.Candidate{Text: k.Name, Description: k.Kind, Kind: query.CandidateKindName, Suffix: " "})
	}
	return names
}

// namespaces are those that are known and may be read, in all clusters.
func (r *Root) namespaces() []string {
	var names []string
	for _, c := range r.env.Boards.Board().Clusters {
		for _, n := range c.Namespaces {
			if n.Denied == "" {
				names = append(names, n.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *Root) isNamespace(context, name string) bool {
	for _, c := range r.env.Boards.Board().Clusters {
		if context != "" && c.Context != context {
			continue
		}
		for _, n := range c.Namespaces {
			if n.Name == name {
				return true
			}
		}
	}
	return false
}

// ambiguous returns the kinds that the first word of a line can mean when there are several.
func (r *Root) ambiguous(line string) ([]query.Kind, bool) {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	if word == "" || r.env.Kinds == nil {
		return nil, false
	}
	if _, err := query.ParseCommand(line, r.vocabulary); err == nil {
		return nil, false
	}
	kinds := r.served(r.context(""), word)
	return kinds, len(kinds) > 1
}

// askKind lets the operator choose which kind a word means, and runs the line with it.
func (r *Root) askKind(line string, kinds []query.Kind) tea.Cmd {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	pick := screen.PickMsg{Title: "Which " + word + "?"}
	for _, k := range kinds {
		pick.Items = append(pick.Items, screen.PickItem{ID: k.Name, Text: k.Name, Note: k.Title})
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return r.command(strings.TrimSpace(ids[0] + " " + rest))
	}
	return r.pick(pick)
}
