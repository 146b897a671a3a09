package query

import (
	"slices"
	"strings"
)

// Kind is something that a command can open as a table.
type Kind struct {
	Name    string   // canonical word: "fn", "deployments.apps"
	Aliases []string // further words: singular, short names
	Title   string   // what it shows, for the completion list
	Columns Columns  // what its filter may name
}

func (k *Kind) is(word string) bool {
	return strings.EqualFold(k.Name, word) ||
		slices.ContainsFunc(k.Aliases, func(a string) bool { return strings.EqualFold(a, word) })
}

// Vocabulary is what the words of a command can mean just now. Every function may be nil.
type Vocabulary struct {
	// Kinds are fn9s's own: they win over what the cluster serves.
	Kinds []Kind
	// Served finds the served kinds of a name, short name or name.group; several when groups share the word.
	Served func(word string) []Kind
	// ServedNames lists the words to complete.
	ServedNames func() []Candidate
	// IsNamespace reports whether a namespace of that name is known in a context ("" is the current one).
	IsNamespace func(context, name string) bool
	// Namespaces, Contexts, Names and Options list what can be completed: Names the functions for :logs or the
	// Secrets for :rotate, by the name of the verb; Options every option with each of its values behind a space.
	Namespaces func() []string
	Contexts   func() []string
	Names      func(verb string) []string
	Options    func() []Candidate
	// Views are the names of the saved views.
	Views func() []string
	// Verbs are the commands that this console has, by canonical name; nil means all that the grammar knows.
	Verbs []string
	// Aliases are the operator's own words; each stands for the beginning of a line.
	Aliases map[string]string
}

func (v *Vocabulary) isNamespace(context, name string) bool {
	return v.IsNamespace != nil && v.IsNamespace(context, name)
}

func (v *Vocabulary) hasVerb(name string) bool {
	return v.Verbs == nil || slices.Contains(v.Verbs, name)
}

// kind finds the kind of a word.
func (v *Vocabulary) kind(word string, pos int) (Kind, error) {
	for i := range v.Kinds {
		if v.Kinds[i].is(word) {
			return v.Kinds[i], nil
		}
	}
	var served []Kind
	if v.Served != nil {
		served = v.Served(word)
	}
	end := pos + len(word)
	switch len(served) {
	case 0:
		return Kind{}, errorf(pos, end, "unknown command %s%s", quote(word), v.suggest(word))
	case 1:
		return served[0], nil
	}
	names := make([]string, len(served))
	for i := range served {
		names[i] = served[i].Name
	}
	return Kind{}, errorf(pos, end, "%s is served by %d API groups: write %s", quote(word), len(served), strings.Join(names, " or "))
}

// suggest names the command that was probably meant.
func (v *Vocabulary) suggest(word string) string {
	best, bestDistance := "", 3
	consider := func(name string) {
		if d := distance(strings.ToLower(word), name, bestDistance); d < bestDistance && d < len(name) {
			best, bestDistance = name, d
		}
	}
	for i := range verbs {
		if v.hasVerb(verbs[i].name) {
			consider(verbs[i].name)
		}
	}
	for i := range v.Kinds {
		consider(v.Kinds[i].Name)
		for _, a := range v.Kinds[i].Aliases {
			consider(a)
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// distance is the edit distance of two short words, or limit when it is at least that.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 64 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return min(row[len(b)], limit)
}
