package config

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/screen"
)

// maxCustom bounds the columns of the operator's own in one table.
const maxCustom = 20

// customColumn is a column of the operator's own.
var customColumn = &shape{kind: record, about: "a column of your own", whole: true, keys: []key{
	{"name", true, matching("a title of at most 20 letters, digits, spaces and dashes", `^[A-Za-z][-A-Za-z0-9 ]{0,19}$`)},
	{"jsonpath", true, textOf("of functions a label of what declares them: .metadata.labels.team or .metadata.labels['app.kubernetes.io/name']; of the tables of other kinds, which are named as `pods` or `certificates.cert-manager.io`, any path: .spec.replicas, .spec.containers[*].image, .status.conditions[?(@.type=='Ready')].status")},
}}

var columnShape = &shape{kind: either, about: "id of a column, or a column of your own", any: []*shape{textOf("id of a column"), customColumn}}

var labelPaths = []*regexp.Regexp{
	regexp.MustCompile(`^\.metadata\.labels\.((?:[-A-Za-z0-9_/]|\\\.)+)$`),
	regexp.MustCompile(`^\.metadata\.labels\[(?:'([^']+)'|"([^"]+)")\]$`),
}

// labelOf is the label that a JSONPath means; empty when it means something else.
func labelOf(path string) string {
	path = strings.TrimSpace(path)
	if inner, ok := strings.CutPrefix(path, "{"); ok {
		path = strings.TrimSpace(strings.TrimSuffix(inner, "}"))
	}
	path = strings.TrimPrefix(path, "$")
	for _, re := range labelPaths {
		if m := re.FindStringSubmatch(path); m != nil {
			return strings.ReplaceAll(strings.Join(m[1:], ""), `\.`, ".")
		}
	}
	return ""
}

func (d *decoder) columns(n *yaml.Node) {
	known := columnIDs()
	pairs(n, func(k, v *yaml.Node) {
		var ids []string
		for _, e := range v.Content {
			switch {
			case e.Kind == yaml.MappingNode:
				if id := d.custom(k.Value, e); id != "" {
					ids = append(ids, id)
				}
			case k.Value == "functions" && !slices.Contains(known, e.Value):
				d.note(e, true, "columns.functions: there is no column %s; there are %s", quote(e.Value), strings.Join(known, ", "))
			default:
				ids = append(ids, e.Value)
			}
		}
		if d.config.Console.Columns == nil {
			d.config.Console.Columns = map[string][]string{}
		}
		d.config.Console.Columns[k.Value] = ids
	})
}

// custom takes a column of the operator's own, and returns its id.
func (d *decoder) custom(table string, n *yaml.Node) string {
	if table != "functions" {
		return d.extra(table, n)
	}
	title, path := value(n, "name").Value, value(n, "jsonpath")
	label, id := labelOf(path.Value), columns.CustomID(title)
	_, taken := columns.Functions().Find(id)
	own := d.config.Console.Custom
	switch {
	case label == "":
		d.note(path, true, "columns.functions: %s is no label: write .metadata.labels.team or .metadata.labels['app.kubernetes.io/name']", quote(path.Value))
	case taken || slices.ContainsFunc(own, func(c screen.CustomColumn) bool { return columns.CustomID(c.Title) == id }):
		d.note(n, true, "columns.functions: there is a column %s already", quote(title))
	case len(own) >= maxCustom:
		d.note(n, true, "columns.functions: more than %d columns of your own are not read", maxCustom)
	default:
		d.config.Console.Custom = append(own, screen.CustomColumn{Title: title, Label: label})
		return id
	}
	return ""
}

// noKinds are tables of the console's own. Their rows are no objects that a path could be followed in.
var noKinds = []string{"findings", "groups", "policies", "changes", "entries", "contexts", "forwards", "platforms", "fixes"}

// ofSecrets are the words that name the tables of Secrets.
var ofSecrets = []string{"secrets", "secret", "secrets.v1"}

// extra takes a column of a table of objects of one kind.
func (d *decoder) extra(table string, n *yaml.Node) string {
	title, path := value(n, "name").Value, value(n, "jsonpath")
	own := d.config.Console.Extras[table]
	column, err := inspect.NewExtra(title, path.Value)
	switch {
	case slices.Contains(ofSecrets, strings.ToLower(table)):
		d.note(n, true, "columns.%s: columns of your own are not there for Secrets: fn9s never reads what they hold", table)
	case slices.Contains(noKinds, table):
		d.note(n, true, "columns.%s: columns of your own are there for functions and for kinds that a cluster serves", table)
	case err != nil:
		d.note(path, true, "columns.%s: %s: %v", table, quote(path.Value), err)
	case slices.ContainsFunc(own, func(e inspect.Extra) bool { return columns.CustomID(e.Title) == columns.CustomID(title) }):
		d.note(n, true, "columns.%s: there is a column %s already", table, quote(title))
	case len(own) >= maxCustom:
		d.note(n, true, "columns.%s: more than %d columns of your own are not read", table, maxCustom)
	default:
		if d.config.Console.Extras == nil {
			d.config.Console.Extras = inspect.Extras{}
		}
		d.config.Console.Extras[table] = append(own, column)
		return columns.CustomID(title)
	}
	return ""
}
