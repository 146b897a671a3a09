package views

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/views/plugin"
	"github.com/fn9s/fn9s/views/viewtest"
)

// note is a plugin that writes what it is told into a file, in the background.
func note(file string, p plugin.Plugin) plugin.Plugin {
	p.Name, p.Background, p.Command = "note", true, "sh"
	p.Args = []string{"-c", `printf %s "$NAME|$NAMESPACE|$CONTEXT|$CLUSTER|$USER|$RESOURCE_NAME|$COL-READY|$FILTER" > ` + file + `; echo written`}
	return p
}

func TestAPluginRunsOnWhatIsUnderTheCursor(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "note")
	c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) {
		o.Plugins = []plugin.Plugin{note(file, plugin.Plugin{Key: "f7", Description: "Note it", Scopes: []string{"ksvc"}, ShowOutput: true})}
	})
	c.press("/").write("fraud").press("enter", "f7")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "fraud-score|payments|prod-eu|eu|jane|services|1/3 ·|fraud", string(data))
	assert.Contains(t, c.last(), "written")
	assert.Zero(t, c.root.background)

	require.NoError(t, os.Remove(file))
	c.press("esc", "/").write("refund").press("enter", "f7")
	assert.NoFileExists(t, file, "it is for services of Knative")
	c.press("?")
	assert.NotContains(t, c.text(), "hotkey")
}

func TestAPluginAsksBeforeItRuns(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "note")
	c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) {
		o.Plugins = []plugin.Plugin{note(file, plugin.Plugin{Key: "f7", Description: "Note it", Scopes: []string{"fn"}, Confirm: true})}
	})
	c.press("f7")
	assert.Contains(t, c.text(), "Note it?")
	assert.Contains(t, c.text(), "sh -c")
	assert.NoFileExists(t, file)
	c.press("esc")
	assert.NoFileExists(t, file)
	c.press("f7", "r")
	assert.FileExists(t, file)
}

func TestAPluginAsksForItsInputs(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "note")
	c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) {
		o.Plugins = []plugin.Plugin{{Name: "resize", Key: "f7", Description: "Resize it", Scopes: []string{"fn"}, Confirm: true, Background: true,
			Command: "sh", Args: []string{"-c", `printf %s "$NAME|$INPUT_SIZE|$INPUT_TIMES|$INPUT_DRY|$INPUT_WHERE|$INPUT_NOTE" > ` + file},
			Inputs: []plugin.Input{
				{Name: "size", Label: "New size", Type: plugin.TextInput, Required: true},
				{Name: "times", Type: plugin.NumberInput, Default: "3"},
				{Name: "dry", Type: plugin.YesInput, Default: "true"},
				{Name: "where", Type: plugin.ChoiceInput, Required: true, Options: []string{"staging", "prod"}},
				{Name: "note", Type: plugin.TextInput},
			}}}
	})
	c.press("/").write("fraud").press("enter", "f7")
	assert.Contains(t, c.text(), "payments/fraud-score")
	c.press("enter")
	assert.Contains(t, c.text(), "a value is needed")
	c.write("10Gi; id").press("enter").write("x").press("enter")
	assert.Contains(t, c.text(), "this is no number")
	c.press("backspace", "enter", "right", "enter", "enter")
	assert.Contains(t, c.text(), "a value is needed", "nothing is chosen for the operator")
	c.write("p").press("enter", "enter")
	assert.Contains(t, c.text(), "Resize it?")
	assert.NoFileExists(t, file)
	c.press("r")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "fraud-score|10Gi; id|3|false|prod|", string(data))

	require.NoError(t, os.Remove(file))
	c.press("f7").write("1Gi").press("esc")
	assert.NoFileExists(t, file)
	assert.NotContains(t, c.text(), "New size")
}

func TestADangerousPluginIsOffWhileNothingMayBeChanged(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "note")
	w := changed(func(s *status.Cluster) { s.ReadOnly = true })()
	c := start(t, w, 120, 40, "none", func(o *Options) {
		o.Plugins = []plugin.Plugin{note(file, plugin.Plugin{Key: "f7", Description: "Note it", Scopes: []string{"all"}, Dangerous: true})}
	})
	c.press("f7")
	assert.Contains(t, c.last(), "Note it: read-only")
	assert.NoFileExists(t, file)
}

func TestAPluginTakesAKeyOnlyWithOverride(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "note")
	for _, override := range []bool{false, true} {
		c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) {
			o.Plugins = []plugin.Plugin{note(file, plugin.Plugin{Key: "y", Scopes: []string{"fn"}, Override: override})}
		})
		c.press("/").write("fraud").press("enter", "y")
		if override {
			assert.FileExists(t, file)
			continue
		}
		assert.Contains(t, c.header(), "YAML")
		c.press("esc", "!")
		assert.Contains(t, c.text(), "y of plugin-note is off: the key belongs to yaml")
	}
}

func TestWhatAPluginFailsWithIsKept(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) {
		o.Plugins = []plugin.Plugin{
			{Name: "broken", Key: "f7", Scopes: []string{"fn"}, Background: true, Command: "sh", Args: []string{"-c", "echo no way >&2; exit 2"}},
			{Name: "odd", Key: "f8", Scopes: []string{"fn"}, Command: "echo", Args: []string{"$NODE"}},
		}
	})
	c.press("f7")
	assert.Contains(t, c.last(), "broken: sh: exit status 2: no way")
	c.press("f8")
	assert.Contains(t, c.last(), "nothing here is called $NODE")
}

func TestHotkeysRunCommands(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) {
		o.Hotkeys = []Hotkey{{Name: "pods", Key: "f5", Description: "Pods of payments", Command: "po payments"}}
	})
	c.press("f5")
	assert.Contains(t, c.header(), "payments ▸ pods(2)")
	c.press("?")
	c.press("/").write("Pods of payments").press("enter")
	assert.Contains(t, c.text(), "F5")
}
