package config

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/logpane"
	"github.com/fn9s/fn9s/views"
	"github.com/fn9s/fn9s/views/plugin"
	"github.com/fn9s/fn9s/views/screen"
)

var update = flag.Bool("update", false, "write generated files anew")

const full = `
theme: mono
terminal: {mouse: false, clipboard: terminal}
keys: {preset: k9s, logs: L, restart: [], yaml: [y, ctrl-y]}
columns: {functions: [name, state, age]}
aliases: {dep: deploy -n shop}
plugins: {mine: {shortCut: f7, scopes: [fn], command: echo, args: [$NAME, 3]}}
hotkeys: {pods: {shortCut: f8, command: po}}
k9s: [plugins]
scopes:
  prod-eu: [payments, checkout]
  "1": {context: prod-eu, namespaces: [payments]}
  "2": [media]
maxWatchedNamespaces: 40
readOnly: true
guardrails: [{context: prod-*, action: delete, then: deny}]
logs: {ring: 128MiB, tail: -1, since: 1h, timestamps: off, wrap: true, context: 0, exclude: istio, builds: true}
prometheus: {service: monitoring/prometheus:9090}
posture:
  target: baseline
  namespaces: {"legacy-*": {target: privileged}}
  allowedRegistries: [registry.example.com/team]
  rotationAge: 720h
  sensitiveNames: ["(?i)passw(or)?d"]
  readCertificates: true
  exceptions: exceptions.yaml
frameworks:
- name: spin
  function: {group: core.spinkube.dev, kind: SpinApp, versions: [v1alpha1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
plain:
- {namespaces: [shop, "team-*"], kinds: [Deployment], labels: "faas.example.com/managed=true"}
connectors:
  fn: [{name: prod, context: prod-eu, kubeNamespace: fn, url: "https://fn.example.com", tokenSecret: fn/token#token, writes: false}]
  openwhisk: [{name: prod, context: prod-eu, kubeNamespace: openwhisk, apiHost: "https://whisk.example.com", authSecret: openwhisk/owdev-whisk.auth#guest}]
`

func TestWhatIsConfigured(t *testing.T) {
	t.Parallel()
	c := Parse("/home/jane/config.yaml", []byte(full))
	require.Empty(t, c.Problems)
	assert.Equal(t, Console{
		Theme: "mono", NoMouse: true, Clipboard: "terminal", Preset: "k9s",
		Keys: []action.Override{
			{ID: "logs", Keys: []string{"L"}}, {ID: "restart"}, {ID: "yaml", Keys: []string{"y", "ctrl-y"}},
		},
		Columns: map[string][]string{"functions": {"name", "state", "age"}},
		Aliases: map[string]string{"dep": "deploy -n shop"},
		Favourites: []views.Favourite{
			{Slot: 1, Context: "prod-eu", Namespaces: []string{"payments"}}, {Slot: 2, Namespaces: []string{"media"}},
		},
		Logs: screen.LogOptions{Ring: 128 << 20, Tail: -1, Since: time.Hour, Around: -1, Wrap: true, Stamps: logpane.NoStamps,
			Exclude: regexp.MustCompile("istio"), Builds: true},
		Plugins: []plugin.Plugin{{Name: "mine", Key: "f7", Scopes: []string{"fn"}, Command: "echo", Args: []string{"$NAME", "3"}}},
		Hotkeys: []views.Hotkey{{Name: "pods", Key: "f8", Command: "po"}},
	}, c.Console)
	assert.Equal(t, Clusters{Scopes: map[string][]string{"prod-eu": {"payments", "checkout"}}, MaxWatched: 40, ReadOnly: true}, c.Clusters)
	require.Len(t, c.Frameworks.Generic, 1)
	assert.Equal(t, "spin", c.Frameworks.Generic[0].Name)
	assert.Len(t, c.Frameworks.Plain, 1)
	assert.Equal(t, []Connector{
		{Context: "prod-eu", Config: rest.Config{Framework: "fn", Name: "prod", Namespace: "fn", URL: "https://fn.example.com",
			Secret: rest.SecretRef{Namespace: "fn", Name: "token", Key: "token"}}},
		{Context: "prod-eu", Config: rest.Config{Framework: "openwhisk", Name: "prod", Namespace: "openwhisk", URL: "https://whisk.example.com",
			Secret: rest.SecretRef{Namespace: "openwhisk", Name: "owdev-whisk.auth", Key: "guest"}}},
	}, c.Connectors)
	assert.Equal(t, "baseline", c.Posture.Target)
	assert.Equal(t, map[string]string{"legacy-*": "privileged"}, c.Posture.Namespaces)
	assert.Equal(t, 720*time.Hour, c.Posture.RotationAge)
	assert.Equal(t, filepath.Join("/home/jane", "exceptions.yaml"), c.Posture.Exceptions)
	assert.Len(t, c.Posture.SensitiveNames, 1)
}

func TestNothingConfiguredIsTheDefaults(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "null\n", "{}\n", "keys:\nscopes:\nposture:\n"} {
		c := Parse("c.yaml", []byte(text))
		assert.Empty(t, c.Problems, text)
		assert.Equal(t, "default", c.Console.Preset)
		assert.Equal(t, "restricted", c.Posture.Target)
		assert.Equal(t, 2160*time.Hour, c.Posture.RotationAge)
	}
}

func TestProblemsAreToldWithTheirPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"unknown key": {"readonly: true", []string{`c.yaml:1:1: unknown key "readonly": did you mean "readOnly"?`}},
		"logs": {"logs: {ring: 64, exclude: '(', tail: many}", []string{`c.yaml:1:14: logs.ring: "64" is no text: put it into quotes (off)`,
			`c.yaml:1:38: logs.tail: "many" is no whole number (off)`, "c.yaml:1:27: logs.exclude: \"(\" is no regular expression: error parsing regexp: missing closing ): `(` (off)"}},
		"unknown key far below":   {"posture:\n  target: baseline\n  colour: red\n", []string{`c.yaml:3:3: unknown key "posture.colour"`}},
		"not YAML":                {"theme: [", []string{`c.yaml: the defaults count: this is no YAML: yaml: line 1: did not find expected node content (off)`}},
		"a list":                  {"- theme", []string{`c.yaml: the defaults count: the configuration must be a map, not a list (off)`}},
		"unknown theme":           {"theme: pink", []string{`c.yaml:1:8: theme: "pink" is none of auto, default, mono, none, default-dark, default-light, dracula, nord, solarized-dark, solarized-light, gruvbox-dark, gruvbox-light, catppuccin-mocha, catppuccin-latte, tokyonight, one-dark, rose-pine, monokai, high-contrast-dark, high-contrast-light (off)`}},
		"no number":               {"maxWatchedNamespaces: many", []string{`c.yaml:1:23: maxWatchedNamespaces: "many" is no whole number (off)`}},
		"number out of range":     {"maxWatchedNamespaces: 0", []string{`c.yaml:1:23: maxWatchedNamespaces: 0 is not between 1 and 500 (off)`}},
		"no boolean":              {"readOnly: yes please", []string{`c.yaml:1:11: readOnly: "yes please" is neither true nor false (off)`}},
		"no value":                {"theme:", []string{`c.yaml:1:7: theme has no value (off)`}},
		"twice":                   {"theme: mono\ntheme: default\n", []string{`c.yaml:2:1: key "theme" is there twice (off)`}},
		"no duration":             {"posture: {rotationAge: 90d}", []string{`c.yaml:1:24: posture.rotationAge: "90d" is no duration such as 90s, 15m or 2160h (off)`}},
		"bad regular expression":  {`posture: {sensitiveNames: ["("]}`, []string{"c.yaml:1:28: posture.sensitiveNames: \"(\" is no regular expression: error parsing regexp: missing closing ): `(` (off)"}},
		"bad namespace":           {"scopes: {prod: [Payments]}", []string{`c.yaml:1:17: scopes.prod[0]: "Payments" is not a name of a namespace (off)`}},
		"a scope that is a text":  {"scopes: {prod: payments}", []string{`c.yaml:1:16: scopes.prod: "payments" is not expected here: namespaces, or for a favourite its context and namespaces (off)`}},
		"favourite of no key":     {"scopes: {prod: {namespaces: [a]}}", []string{`c.yaml:1:10: scopes.prod: favourites are named 1 to 9; a context has a list of namespaces (off)`}},
		"no key":                  {"keys: {logs: hyper-x}", []string{`c.yaml:1:14: keys.logs: "hyper-x" is not a key: write r, G, ctrl-r, shift-tab or f5 (off)`}},
		"no preset":               {"keys: {preset: vim}", []string{`c.yaml:1:16: keys.preset: "vim" is none of default, k9s (off)`}},
		"no column":               {"columns: {functions: [name, colour]}", []string{`c.yaml:1:29: columns.functions: there is no column "colour"; there are ` + strings.Join(columnIDs(), ", ") + ` (off)`}},
		"alias with a colon":      {`aliases: {x: ":deploy"}`, []string{`c.yaml:1:14: aliases.x: ":deploy" is not a command without its colon (off)`}},
		"YAML alias":              {"theme: &a mono\nposture: {target: *a}\n", []string{`c.yaml:2:19: posture.target: aliases are not read here: write the value out (off)`}},
		"framework":               {"frameworks: [{name: x}]", []string{`c.yaml:1:14: framework "x": a framework needs the key "function" (off)`}},
		"escape sequences":        {"\"\\e[2Jx\": 1", []string{`c.yaml:1:1: unknown key "\x1b[2Jx"`}},
		"second document":         {"theme: mono\n---\ntheme: none\n", []string{`c.yaml:2:1: only the first document is read`}},
		"connector without name":  {"connectors: {fn: [{context: a, kubeNamespace: fn}]}", []string{`c.yaml:1:19: connectors.fn[0] needs the key "name" (off)`}},
		"connector with a typo":   {"connectors: {fn: [{name: a, context: a, kubeNamespace: fn, ulr: x}]}", []string{`c.yaml:1:60: unknown key "connectors.fn[0].ulr": did you mean "url"? (off)`}},
		"credentials in the URL":  {"connectors: {fn: [{name: a, context: a, kubeNamespace: fn, url: 'https://u:p@h'}]}", []string{`c.yaml:1:65: connectors.fn[0].url: "https://u:p@h" is not an address of http or https (off)`}},
		"two connectors":          {"connectors: {fn: [{name: a, context: a, kubeNamespace: fn}, {name: a, context: a, kubeNamespace: fn}]}", []string{`c.yaml:1:61: connectors.fn[1]: context "a" has a connector of the name "a" already (off)`}},
		"CA that is not there":    {"connectors: {fn: [{name: a, context: a, kubeNamespace: fn, url: 'https://h', caFile: /nowhere.pem}]}", []string{`c.yaml:1:19: connectors.fn[0]: caFile: open /nowhere.pem: no such file or directory (off)`}},
		"a secret without a key":  {"connectors: {fn: [{name: a, context: a, kubeNamespace: fn, url: 'https://h', tokenSecret: fn/token}]}", []string{`c.yaml:1:91: connectors.fn[0].tokenSecret: "fn/token" is not a value of a Secret, written NAMESPACE/NAME#KEY (off)`}},
		"a token for the proxy":   {"connectors: {fn: [{name: a, context: a, kubeNamespace: fn, tokenSecret: fn/token#x}]}", []string{`c.yaml:1:19: connectors.fn[0]: connector fn "a": url is missing: the API server's service proxy would remove the token of tokenSecret (off)`}},
		"what belongs to no list": {"guardrails: {a: b}", []string{`c.yaml:1:13: guardrails must be a list, not a map (off)`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, Parse("c.yaml", []byte(tc.text)).Warnings())
		})
	}
}

func TestABadEntryIsOffAndTheRestWorks(t *testing.T) {
	t.Parallel()
	c := Parse("c.yaml", []byte(`
theme: pink
readOnly: true
scopes: {prod: [payments, "no space"]}
keys: {logs: hyper-x, yaml: Y}
connectors:
  fn:
  - {name: a, context: x, kubeNamespace: fn, url: "https://a"}
  - {name: b, context: x, kubeNamespace: fn, url: "ftp://b"}
plain:
- {labels: "a=b"}
- {labels: "((("}
nonsense: 1
`))
	assert.Empty(t, c.Console.Theme)
	assert.True(t, c.Clusters.ReadOnly)
	assert.Equal(t, []string{"payments"}, c.Clusters.Scopes["prod"])
	assert.Equal(t, []action.Override{{ID: "yaml", Keys: []string{"Y"}}}, c.Console.Keys)
	require.Len(t, c.Connectors, 1)
	assert.Equal(t, "a", c.Connectors[0].Name)
	assert.Len(t, c.Frameworks.Plain, 1)
	assert.Len(t, c.Problems, 6)
	assert.Equal(t, 5, c.Off(), "an unknown key is a warning only")
}

func TestFrameworksOfTheFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	entry := "name: NAME\nfunction: {group: a.example.com, kind: Kind, versions: [v1]}\nworkloads: [{by: owner, group: apps, kind: Deployment}]\n"
	write := func(name, text string) {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write("config.yaml", "frameworks:\n- {name: first, function: {group: a.example.com, kind: Kind, versions: [v1]}, workloads: [{by: owner, group: apps, kind: Deployment}]}\n")
	write("frameworks.d/b.yaml", strings.Replace(entry, "NAME", "second", 1))
	write("frameworks.d/a.yml", strings.Replace(entry, "NAME", "first", 1))
	write("frameworks.d/broken.yaml", "name: [")
	write("frameworks.d/notes.txt", "name: [")
	c, err := Load(filepath.Join(folder, "config.yaml"))
	require.NoError(t, err)
	var names []string
	for _, e := range c.Frameworks.Generic {
		names = append(names, e.Name)
	}
	assert.Equal(t, []string{"first", "second"}, names)
	require.Len(t, c.Problems, 2)
	assert.Contains(t, c.Warnings()[0], "broken.yaml: this is no YAML")
	assert.Contains(t, c.Warnings()[1], `framework "first": the name is taken by`)
}

func TestFilesThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	_, err := Load(filepath.Join(folder, "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Load(folder)
	require.ErrorContains(t, err, "is a folder")
	big := filepath.Join(folder, "big.yaml")
	require.NoError(t, os.WriteFile(big, make([]byte, maxFile+1), 0o600))
	_, err = Load(big)
	require.ErrorContains(t, err, "larger than 1 MiB")

	t.Setenv("XDG_CONFIG_HOME", folder)
	c, err := Load("")
	require.NoError(t, err, "nobody must have a configuration")
	assert.Empty(t, c.Problems)
	assert.Equal(t, filepath.Join(folder, "fn9s"), Folder())
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "fn9s", "config.yaml"), 0o700))
	c, err = Load("")
	require.NoError(t, err)
	assert.Equal(t, 1, c.Off())
}

func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := Schema()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("schema.json", want, 0o644))
	}
	got, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate ./cmd/fn9s/config")
}

func TestGuardrailsAreReadOrForbidEverything(t *testing.T) {
	t.Parallel()
	c := Parse("c.yaml", []byte(`guardrails:
- {context: prod-*, namespace: kube-*, action: delete, then: deny, reason: never}
- {context: prod-*, then: confirm, word: prod, max: 20}
- {then: confirm}
`))
	assert.Empty(t, c.Warnings())
	assert.Equal(t, []change.Guardrail{
		{Context: "prod-*", Namespace: "kube-*", Action: "delete", Deny: true, Reason: "never"},
		{Context: "prod-*", Confirm: "prod", Most: 20}, {Confirm: "apply"},
	}, c.Guardrails)
	for _, broken := range []string{"guardrails: [{then: perhaps}]", "guardrails: [{contxt: x, then: deny}]", "guardrails: {a: b}", "guardrails: [3]"} {
		c := Parse("c.yaml", []byte(broken))
		assert.NotEmpty(t, c.Warnings(), broken)
		require.NotEmpty(t, c.Guardrails, broken)
		assert.True(t, c.Guardrails[0].Deny, broken)
		assert.Contains(t, c.Guardrails[0].Reason, "cannot be read")
	}
}

func TestSchemaAgreesWithTheProgram(t *testing.T) {
	t.Parallel()
	c := jsonschema.NewCompiler()
	schema, err := c.Compile("schema.json")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		text  string
		valid bool
	}{
		"everything": {full, true}, "nothing": {"{}", true}, "unknown key": {"readonly: true", false},
		"a list of themes": {"theme: [mono]", false}, "no list": {"guardrails: {a: b}", false},
		"connector": {"connectors: {fn: [{context: a}]}", false},
	} {
		var tree, v any
		require.NoError(t, yaml.Unmarshal([]byte(tc.text), &tree))
		raw, err := json.Marshal(tree)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &v))
		err = schema.Validate(v)
		assert.Equal(t, tc.valid, err == nil, "%s: %v", name, err)
		assert.Equal(t, tc.valid, len(Parse("", []byte(tc.text)).Problems) == 0, name)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("keys: {preset: [x]}\nscopes: {1: {namespaces: {}}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Parse("c.yaml", data)
		for _, w := range c.Warnings() {
			if strings.ContainsFunc(w, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x9b }) {
				t.Fatalf("control character in %q", w)
			}
		}
	})
}
