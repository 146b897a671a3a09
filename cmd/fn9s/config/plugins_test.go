package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/views"
	"github.com/fn9s/fn9s/views/plugin"
)

const k9sPlugins = `plugins:
  # tail the logs of a pod
  tail:
    shortCut: Shift-L
    confirm: false
    description: Logs in a pager
    scopes: [pods]
    command: sh
    background: false
    args:
    - -c
    - "kubectl logs -f $NAME -n $NAMESPACE --context $CONTEXT | less"
  purge:
    shortCut: Ctrl-X
    override: true
    dangerous: true
    confirm: true
    overwriteOutput: true
    description: Delete it for good
    scopes:
    - all
    command: kubectl
    background: true
    args: [delete, --grace-period, 0, $RESOURCE_NAME, $NAME]
    pipes:
    - tail -n 1
`

func TestPluginsOfK9sAreRead(t *testing.T) {
	home := t.TempDir()
	t.Setenv("K9S_CONFIG_DIR", home)
	write := func(name, data string) {
		path := filepath.Join(home, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	}
	write("plugins.yaml", k9sPlugins)
	write("plugins/one.yaml", "shortCut: f7\nscopes: [deploy]\ncommand: true-or-false\ndescription: one of its own\n")
	write("hotkeys.yaml", "hotKeys:\n  shift-0:\n    shortCut: Shift-0\n    description: Pods\n    command: pods\n    keepHistory: true\n")
	write("aliases.yaml", "aliases:\n  dp: apps/v1/deployments\n  pp: v1/pods default\n  mine: fn\n")
	c := loaded(t, map[string]string{"config.yaml": "k9s: [plugins, hotkeys, aliases]\naliases: {mine: findings}\n"})
	require.Empty(t, c.Warnings())
	assert.Equal(t, []plugin.Plugin{
		{Name: "tail", Key: "L", Description: "Logs in a pager", Scopes: []string{"pods"}, Command: "sh",
			Args: []string{"-c", "kubectl logs -f $NAME -n $NAMESPACE --context $CONTEXT | less"}},
		{Name: "purge", Key: "ctrl-x", Override: true, Description: "Delete it for good", Scopes: []string{"all"}, Command: "kubectl",
			Args: []string{"delete", "--grace-period", "0", "$RESOURCE_NAME", "$NAME"}, Pipes: []string{"tail -n 1"},
			Confirm: true, Dangerous: true, Background: true, ShowOutput: true},
		{Name: "one", Key: "f7", Description: "one of its own", Scopes: []string{"deploy"}, Command: "true-or-false"},
	}, c.Console.Plugins)
	assert.Equal(t, []views.Hotkey{{Name: "shift-0", Key: "shift-0", Description: "Pods", Command: "pods"}}, c.Console.Hotkeys)
	assert.Equal(t, map[string]string{"dp": "deployments.apps", "pp": "pods default", "mine": "findings"}, c.Console.Aliases)

	quiet := loaded(t, map[string]string{"config.yaml": "theme: mono\n"})
	assert.Empty(t, quiet.Console.Plugins, "nothing of k9s is read unless it is asked for")
}

func TestWhatIsWrongWithPluginsIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	c := loaded(t, map[string]string{"config.yaml": `plugins:
  fine: {shortCut: f8, scopes: [fn], command: echo, args: [$NAME]}
  keyless: {scopes: [fn], command: echo}
  odd: {shortCut: hyper-q, scopes: [fn], command: echo}
  asks: {shortCut: f9, scopes: [fn], command: echo, asks: [{name: x}]}
hotkeys:
  nowhere: {shortCut: f4}
`})
	require.Len(t, c.Console.Plugins, 1)
	warnings := c.Warnings()
	require.Len(t, warnings, 4, "%v", warnings)
	assert.Contains(t, warnings[0], `config.yaml:3:12: plugins.keyless needs the key "shortCut" (off)`)
	assert.Contains(t, warnings[1], `config.yaml:5:53: unknown key "plugins.asks.asks" (off)`)
	assert.Contains(t, warnings[2], `config.yaml:7:12: hotkeys.nowhere needs the key "command" (off)`)
	assert.Contains(t, warnings[3], `config.yaml:4:19: plugin odd: "hyper-q" is not a key`)
}

func TestInputsOfPlugins(t *testing.T) {
	t.Parallel()
	c := loaded(t, map[string]string{"config.yaml": `plugins:
  resize:
    shortCut: f8
    scopes: [pvc]
    command: kubectl
    args: [patch, pvc, $NAME, -p, '{"spec": {"size": "$INPUT_SIZE"}}']
    inputs:
    - {name: size, label: New size, type: string, required: true}
    - {name: times, type: number, default: 3}
    - {name: dry-run, type: bool, default: true}
    - {name: where, type: dropdown, options: [staging, prod, 1], default: staging}
    - {name: note}
    - {name: force, type: bool}
  quiet: {shortCut: f9, scopes: [fn], command: echo, confirm: false, inputs: [{name: x}]}
`})
	require.Empty(t, c.Warnings())
	require.Len(t, c.Console.Plugins, 2)
	p := c.Console.Plugins[0]
	assert.True(t, p.Confirm, "what was typed is seen before it runs")
	assert.False(t, c.Console.Plugins[1].Confirm)
	assert.Equal(t, []plugin.Input{
		{Name: "size", Label: "New size", Type: plugin.TextInput, Required: true},
		{Name: "times", Type: plugin.NumberInput, Default: "3"},
		{Name: "dry-run", Type: plugin.YesInput, Default: "true"},
		{Name: "where", Type: plugin.ChoiceInput, Options: []string{"staging", "prod", "1"}, Default: "staging"},
		{Name: "note", Type: plugin.TextInput},
		{Name: "force", Type: plugin.YesInput, Default: "false"},
	}, p.Inputs)
}

func TestAPluginIsOffWithAnInputThatIsWrong(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"{label: x}":                               `needs the key "name"`,
		"{name: a b}":                              `"a b" is not a name of letters`,
		"{name: a, type: int}":                     `"int" is none of string, number, bool, dropdown`,
		"{name: a, typ: string}":                   `did you mean "type"?`,
		"{name: a, required: often}":               `"often" is neither true nor false`,
		"{name: a, type: dropdown}":                "plugin p, input a: a dropdown needs options",
		"{name: a, options: [b]}":                  "plugin p, input a: only a dropdown has options",
		"{name: a, type: dropdown, options: [[]]}": "an option must be one value",
		"{name: a, type: number, default: many}":   `default "many": this is no number`,
		"{name: a, type: bool, default: 1}":        `default "1": choose one of true, false`,
		`{name: a, default: "a\nb"}`:               "one short value, in one line",
		"{name: a}, {name: A}":                     "plugin p, input A: it is there twice",
	} {
		c := loaded(t, map[string]string{"config.yaml": "plugins:\n  p: {shortCut: f8, scopes: [fn], command: sh, args: [-c, 'rm -r /data/$INPUT_A'], inputs: [" + input + "]}\n"})
		assert.Empty(t, c.Console.Plugins, input)
		require.Len(t, c.Warnings(), 1, input)
		assert.Contains(t, c.Warnings()[0], want)
		assert.Contains(t, c.Warnings()[0], "config.yaml:2:")
	}
}

func TestColumnsOfLabels(t *testing.T) {
	t.Parallel()
	c := Parse("c.yaml", []byte("columns: {functions: [name, {name: Team, jsonpath: .metadata.labels.team}, "+
		"{name: Part of, jsonpath: \"{.metadata.labels['app.kubernetes.io/part-of']}\"}, {name: cost, jsonpath: '$.metadata.labels.billing\\.io/cost'}]}"))
	require.Empty(t, c.Warnings())
	assert.Equal(t, []string{"name", "team", "part-of", "cost"}, c.Console.Columns["functions"])
	var labels []string
	for _, own := range c.Console.Custom {
		labels = append(labels, own.Label)
	}
	assert.Equal(t, []string{"team", "app.kubernetes.io/part-of", "billing.io/cost"}, labels)

	c = Parse("c.yaml", []byte("columns: {functions: [{name: x, jsonpath: .spec.replicas}, {name: grade, jsonpath: .metadata.labels.g}], findings: [{name: y, jsonpath: .metadata.labels.y}]}"))
	require.Len(t, c.Problems, 3)
	assert.Contains(t, c.Warnings()[0], `c.yaml:1:43: columns.functions: ".spec.replicas" is no label`)
	assert.Contains(t, c.Warnings()[1], `there is a column "grade" already`)
	assert.Contains(t, c.Warnings()[2], `columns.findings: columns of your own are there for functions and for kinds that a cluster serves`)
}

func TestColumnsOfPlainTables(t *testing.T) {
	t.Parallel()
	c := Parse("c.yaml", []byte("columns: {deployments: [name, {name: Replicas, jsonpath: .spec.replicas}, age], "+
		"certificates.cert-manager.io: [{name: DNS names, jsonpath: '.spec.dnsNames[*]'}]}"))
	require.Empty(t, c.Warnings())
	assert.Equal(t, map[string][]string{"deployments": {"name", "replicas", "age"}, "certificates.cert-manager.io": {"dns-names"}}, c.Console.Columns)
	require.Len(t, c.Console.Extras["deployments"], 1)
	assert.Equal(t, "Replicas", c.Console.Extras["deployments"][0].Title)
	assert.Len(t, c.Console.Extras["certificates.cert-manager.io"], 1)
}

func TestColumnsThatCannotBeThereAreToldWithTheirPlace(t *testing.T) {
	t.Parallel()
	c := Parse("c.yaml", []byte(`columns:
  secrets: [name, {name: Key, jsonpath: .data.key}]
  pods: [name, {name: Node, jsonpath: ..nodeName}, {name: IP, jsonpath: .status.podIP}, {name: ip, jsonpath: .status.podIPs}]
`))
	assert.Equal(t, []string{
		"c.yaml:2:19: columns.secrets: columns of your own are not there for Secrets: fn9s never reads what they hold (off)",
		`c.yaml:3:39: columns.pods: "..nodeName": path, character 1: recursion (..) is not supported (off)`,
		`c.yaml:3:89: columns.pods: there is a column "ip" already (off)`,
	}, c.Warnings())
	assert.Empty(t, c.Console.Extras["secrets"])
	assert.Len(t, c.Console.Extras["pods"], 1)
}
