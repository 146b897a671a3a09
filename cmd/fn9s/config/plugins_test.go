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
  asks: {shortCut: f9, scopes: [fn], command: echo, inputs: [{name: x}]}
hotkeys:
  nowhere: {shortCut: f4}
`})
	require.Len(t, c.Console.Plugins, 1)
	warnings := c.Warnings()
	require.Len(t, warnings, 4, "%v", warnings)
	assert.Contains(t, warnings[0], `config.yaml:3:12: plugins.keyless needs the key "shortCut" (off)`)
	assert.Contains(t, warnings[1], `config.yaml:5:53: unknown key "plugins.asks.inputs" (off)`)
	assert.Contains(t, warnings[2], `config.yaml:7:12: hotkeys.nowhere needs the key "command" (off)`)
	assert.Contains(t, warnings[3], `config.yaml:4:19: plugin odd: "hyper-q" is not a key`)
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

	c = Parse("c.yaml", []byte("columns: {functions: [{name: x, jsonpath: .spec.replicas}, {name: grade, jsonpath: .metadata.labels.g}], pods: [{name: y, jsonpath: .metadata.labels.y}]}"))
	require.Len(t, c.Problems, 3)
	assert.Contains(t, c.Warnings()[0], `c.yaml:1:43: columns.functions: ".spec.replicas" is no label`)
	assert.Contains(t, c.Warnings()[1], `there is a column "grade" already`)
	assert.Contains(t, c.Warnings()[2], `columns.pods: columns of your own are there for functions`)
}
