package query

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testVocabulary() Vocabulary {
	namespaces := []string{"payments", "checkout", "grade"}
	return Vocabulary{
		Kinds: []Kind{
			{Name: "fn", Aliases: []string{"functions"}, Title: "functions of every framework", Columns: testColumns},
			{Name: "secrets", Title: "Secrets, metadata only"},
			{Name: "jobs", Title: "running and finished changes"},
		},
		Served: func(word string) []Kind {
			switch word {
			case "po", "pods":
				return []Kind{{Name: "pods"}}
			case "secrets":
				return []Kind{{Name: "secrets.v1"}}
			case "revisions":
				return []Kind{{Name: "revisions.a.io"}, {Name: "revisions.b.io"}}
			}
			return nil
		},
		ServedNames: func() []Candidate { return []Candidate{{Text: "pods", Kind: CandidateKindName}} },
		IsNamespace: func(context, name string) bool {
			if context == "prod" {
				return name == "live"
			}
			return slices.Contains(namespaces, name)
		},
		Namespaces: func() []string { return namespaces },
		Contexts:   func() []string { return []string{"prod", "dev"} },
		Names:      func(string) []string { return []string{"charge-card", "refund"} },
		Aliases:    map[string]string{"bad": "fn grade>=D", "loop": "loop", "broken": "fn team=x"},
	}
}

// canonical maps commands to how they are printed.
var canonical = map[string]string{
	"fn":                             "fn",
	"FUNCTIONS":                      "fn",
	"fn payments":                    "fn -n payments",
	"fn payments,checkout":           "fn -n payments,checkout",
	"fn payments,refund":             `fn "payments,refund"`,
	"fn pay* grade>=D":               "fn -n pay* grade>=D",
	"fn *":                           "fn -n *",
	"fn -A":                          "fn -n *",
	"fn -n a,b":                      "fn -n a,b",
	"fn -n=a charge":                 "fn -n a charge",
	"fn charge payments":             `fn "charge" payments`,
	`fn "payments"`:                  `fn "payments"`,
	"fn -n a payments":               "fn -n a payments",
	"fn @prod":                       "fn @prod",
	"fn live @prod":                  "fn @prod -n live",
	"fn @prod live":                  "fn @prod -n live",
	"fn payments @prod":              `fn @prod "payments"`,
	`fn live "@prod"`:                `fn "live" "@prod"`,
	"fn -l app=Checkout,tier!=dev":   "fn -l app=Checkout,tier!=dev",
	"fn grade>=D":                    "fn grade>=D",
	"fn grade >= D":                  "fn grade>=D",
	"fn grade":                       "fn -n grade",
	"po":                             "pods",
	"secrets":                        "secrets",
	"bad payments":                   "fn grade>=D payments",
	"ctx":                            "ctx",
	"ctx prod":                       "ctx prod",
	"context @prod":                  "ctx prod",
	"ns":                             "ns",
	"ns a,b c":                       "ns a,b,c",
	"ns *":                           "ns *",
	"ns a,*":                         "ns *",
	"logs charge-card":               "logs charge-card",
	"logs charge-card -n a":          "logs charge-card -n a",
	"logs pkg/action @prod":          "logs pkg/action @prod",
	"metrics":                        "metrics",
	"metric charge-card -n a":        "metrics charge-card -n a",
	"who-can get secrets":            "who-can get secrets",
	"who-can create pods/exec -n a":  "who-can create pods/exec -n a",
	"who-can get secrets/db":         "who-can get secrets db",
	"can-i":                          "can-i",
	"can-i * *":                      "can-i * *",
	"can-i get deployments.apps web": "can-i get deployments.apps web",
	"can-i get /healthz":             "can-i get /healthz",
	"rotate db -n a":                 "rotate db -n a",
	"new":                            "new",
	"new ./stack.yml":                "new ./stack.yml",
	"readonly on":                    "readonly on",
	"ro OFF":                         "readonly off",
	"set theme mono":                 "set theme mono",
	"view save Mine":                 "view save Mine",
	"fav 3":                          "fav 3",
	"fav":                            "fav",
	`save "my file.csv"`:             `save "my file.csv"`,
	"help":                           "help",
	"q!":                             "q",
}

func TestCommandsParse(t *testing.T) {
	t.Parallel()
	for in, want := range canonical {
		c, err := ParseCommand(in, testVocabulary())
		if assert.NoError(t, err, in) {
			assert.Equal(t, want, c.String(), in)
			again, err := ParseCommand(want, testVocabulary())
			require.NoError(t, err, want)
			assert.Equal(t, want, again.String())
		}
	}
}

func TestCommandsAreTyped(t *testing.T) {
	t.Parallel()
	c, err := ParseCommand("fn @prod -n a,b -l app=Checkout grade>=D", testVocabulary())
	require.NoError(t, err)
	open, ok := c.(Open)
	require.True(t, ok)
	assert.Equal(t, "fn", open.Kind.Name)
	assert.Equal(t, Scope{Context: "prod", Namespaces: []string{"a", "b"}}, open.Scope)
	assert.Equal(t, "-l app=Checkout grade>=D", open.Filter.String())
	c, err = ParseCommand("who-can get pods/log web -A", testVocabulary())
	require.NoError(t, err)
	assert.Equal(t, WhoCan{Verb: "get", Resource: "pods", Subresource: "log", Name: "web", Scope: Scope{All: true}}, c)
}

func TestCommandErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, msg string
		pos, end  int
	}{
		{"", "a command is missing: try help", 0, 0},
		{"  ", "a command is missing: try help", 0, 2},
		{"xyzzy", `unknown command "xyzzy"`, 0, 5},
		{" secrts", `unknown command "secrts": did you mean secrets?`, 1, 7},
		{"revisions", `"revisions" is served by 2 API groups: write revisions.a.io or revisions.b.io`, 0, 9},
		{"fn team=x", `unknown column "team": label? use -l team=x`, 3, 7},
		{"fn -n", "a namespace is missing: write -n payments or -n a,b", 3, 5},
		{"fn -n Bad_Name", `"Bad_Name" is not a namespace name: small letters, digits and hyphens`, 6, 14},
		{"fn @", "a context is missing behind @", 3, 4},
		{"fn @a @b", `two contexts: "a" and "b"`, 6, 8},
		{"ns -x", `"-x" is not a namespace name: small letters, digits and hyphens`, 3, 5},
		{"ctx a b", `"b" is too much: write ctx [NAME,…]`, 6, 7},
		{"who-can get", "write who-can VERB RESOURCE, for example get secrets", 0, 11},
		{"can-i get", "a resource is missing: write can-i [VERB RESOURCE]", 9, 9},
		{"who-can g3t pods", `"g3t" is not a verb: write get, list, create, patch or delete`, 8, 11},
		{"readonly", "write readonly on or readonly off", 0, 8},
		{"readonly maybe", `"maybe" is neither on nor off`, 9, 14},
		{"set x", "write set OPTION VALUE, for example set theme mono", 0, 5},
		{"view drop x", `"drop" is not one of save, load and export`, 5, 9},
		{"fav 12", `"12" is not a favourite: write a number from 1 to 9`, 4, 6},
		{"save", "a file is missing: write save FILE", 0, 4},
		{`save "x`, "the quote is not closed", 5, 7},
		{"loop", `alias "loop" (loop): unknown command "loop": did you mean logs?`, 0, 4},
		{"broken a", `alias "broken" (fn team=x): unknown column "team": label? use -l team=x`, 0, 6},
	} {
		got, err := ParseCommand(c.line, testVocabulary())
		assert.Nil(t, got, c.line)
		var e *Error
		if assert.True(t, errors.As(err, &e), c.line) {
			assert.Equal(t, c.msg, e.Msg, c.line)
			assert.Equal(t, [2]int{c.pos, c.end}, [2]int{e.Pos, e.End}, c.line)
		}
	}
}

func TestCommandsThatAreOffAreUnknown(t *testing.T) {
	t.Parallel()
	v := testVocabulary()
	v.Verbs = []string{"ctx", "q"}
	_, err := ParseCommand("rotate db", v)
	require.EqualError(t, err, `unknown command "rotate"`)
	for _, c := range Complete("", 0, v) {
		assert.NotEqual(t, "rotate", c.Text)
	}
	assert.Equal(t, []string{"ctx", "q", "fn", "secrets", "jobs"}, func() (names []string) {
		for _, u := range v.Usages() {
			names = append(names, u.Name)
		}
		return names
	}())
}

func texts(list []Candidate) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Text)
	}
	return out
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"f":                {"fn", "fav"},
		"sec":              {"secrets"},
		"po":               {"pods"},
		"ba":               {"bad"},
		"ctx ":             {"prod", "dev"},
		"ctx d":            {"dev", "prod"},
		"ns a,ch":          {"checkout"},
		"logs re":          {"refund"},
		"logs x -n pay":    {"payments"},
		"fn pay":           {"payments"},
		"fn payments,che":  {"checkout"},
		"fn gr":            {"grade", "grade"},
		"fn -n c":          {"checkout"},
		"fn @p":            {"prod"},
		"fn x exp":         {"exposure"},
		"fn exposed>=in":   {"internet"},
		"fn grade=A,":      {"A", "B", "C", "D", "F"},
		"fn !paused=":      {"yes", "no"},
		"fn -l app":        nil,
		"fn ~gr":           nil,
		"bad payments gra": {"grade"},
		"view ":            {"save", "load", "export"},
		"who-can del":      {"delete", "deletecollection"},
		"who-can get p":    {"pods"},
		"readonly o":       {"on", "off"},
		"nothing x":        nil,
	} {
		assert.Equal(t, want, texts(Complete(line, len(line), testVocabulary())), line)
	}
}

func TestCompletionReplacesTheWordAtTheCursor(t *testing.T) {
	t.Parallel()
	list := Complete("fn payments,che grade>=D", 15, testVocabulary())
	require.Len(t, list, 1)
	assert.Equal(t, Candidate{Text: "checkout", Description: "namespace", Kind: CandidateNamespace, Start: 12, End: 15, Suffix: " "}, list[0])
	list = CompleteFilter("cpu>1 !exp", 10, testColumns)
	require.Len(t, list, 1)
	assert.Equal(t, Candidate{Text: "exposure", Kind: CandidateColumn, Start: 7, End: 10}, list[0])
	list = CompleteFilter("", -5, testColumns)
	assert.Len(t, list, len(testColumns))
}
