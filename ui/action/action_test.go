package action

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type describer interface{ Describe() tea.Cmd }

type listScreen struct {
	described, namespace, reason, pressed string
}

func (l *listScreen) Describe() tea.Cmd { l.described = "yes"; return nil }

type otherScreen struct{}

func noop(*listScreen) tea.Cmd { return nil }

func newTestRegistry(preset string, overrides ...Override) *Registry {
	r := NewRegistry(preset, overrides...)
	r.Add(Delete, On(noop), Needs(Access{Verb: "delete", Resource: "deployments", Namespace: In(func(l *listScreen) string { return l.namespace })}))
	r.Add(Describe, On(func(d describer) tea.Cmd { return d.Describe() }))
	r.Add(Invoke, On(noop))
	r.Add(Wide, On(noop), DisabledBy(func(l *listScreen) string { return l.reason }))
	r.Add(Favourite, OnKey(func(l *listScreen, key string) tea.Cmd { l.pressed = key; return nil }))
	r.Add(MoveDown, On(noop))
	r.Add(Quit, On(noop))
	r.Add(Search, On(noop))
	r.Add(Filter, On(noop))
	return r
}

func everything(preset string) *Registry {
	r := NewRegistry(preset)
	for _, s := range Table() {
		r.Add(s.ID, On(noop))
	}
	return r
}

func TestDefaultKeysHaveNoConflicts(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{PresetDefault, PresetK9s} {
		assert.Empty(t, everything(preset).Warnings(), preset)
	}
}

func TestNothingThatMutatesSitsOnAControlLetter(t *testing.T) {
	t.Parallel()
	for _, s := range Table() {
		for _, key := range slices.Concat(s.Keys, s.K9s) {
			assert.Equal(t, key, Normalize(key), "the table holds normalized keys")
			assert.Empty(t, CheckKey(key))
			assert.False(t, s.Mutates && isControlLetter(key), "%s on %s", s.ID, key)
		}
		assert.NotEmpty(t, s.Title)
		assert.True(t, strings.HasSuffix(s.Tooltip, "."), "%s: a tooltip is a sentence", s.ID)
		assert.NotEmpty(t, s.Group)
		assert.NotZero(t, s.Set)
	}
	r := NewRegistry(PresetDefault, Override{ID: Delete, Keys: []string{"Ctrl-D"}})
	r.Add(Delete, On(noop))
	assert.Equal(t, []string{"keys: delete: nothing that changes the cluster may sit on ctrl-d"}, r.Warnings())
	_, ok := r.Lookup(Lists, "ctrl+d")
	assert.False(t, ok)
}

func TestEnterAndYNeverApplyAPlan(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{PresetDefault, PresetK9s} {
		r := everything(preset)
		for _, key := range []string{"enter", "y"} {
			_, ok := r.Lookup(Plan, key)
			assert.False(t, ok, key)
		}
	}
}

func TestLookupFindsTheActionOfAKeySet(t *testing.T) {
	t.Parallel()
	r := newTestRegistry(PresetDefault)
	for _, c := range []struct {
		set  KeySet
		key  string
		want ID
	}{
		{Lists, "/", Filter}, {Pagers, "/", Search}, {Lists, "down", MoveDown}, {Plan, "j", MoveDown}, {Lists, "X", Delete},
		{Plan, "ctrl+c", Quit}, {Lists, "7", Favourite},
	} {
		a, ok := r.Lookup(c.set, c.key)
		if assert.True(t, ok, c.key) {
			assert.Equal(t, c.want, a.ID)
		}
	}
	_, ok := r.Lookup(Pagers, "X")
	assert.False(t, ok)
	_, ok = r.Lookup(Lists, "l")
	assert.False(t, ok, "logs are not built in this registry")
}

func TestPresetK9sMovesLetters(t *testing.T) {
	t.Parallel()
	r := everything(PresetK9s)
	a, ok := r.Lookup(Lists, "ctrl+z")
	require.True(t, ok)
	assert.Equal(t, Faults, a.ID)
	a, ok = r.Lookup(Lists, "ctrl+d")
	require.True(t, ok)
	assert.Equal(t, HalfPageDown, a.ID, "k9s deletes there; nothing may")
	assert.Equal(t, []string{`keys: preset "vim" does not exist: use default or k9s`}, everything("vim").Warnings())
}

func TestOverridesRebindAndUnbind(t *testing.T) {
	t.Parallel()
	r := newTestRegistry(PresetDefault,
		Override{ID: Describe, Keys: []string{}},
		Override{ID: Delete, Keys: []string{"d", "Shift-F5"}},
		Override{ID: Invoke, Keys: []string{"/"}},
		Override{ID: Wide, Keys: []string{"hyper-q", "x\x1b[2J"}},
		Override{ID: Quit, Keys: []string{"Q"}},
		Override{ID: "fly", Keys: []string{"f"}},
		Override{ID: Delete, Keys: []string{"K"}},
	)
	a, ok := r.Lookup(Lists, "d")
	require.True(t, ok)
	assert.Equal(t, Delete, a.ID)
	_, ok = r.Lookup(Lists, "X")
	assert.False(t, ok)
	a, _ = r.Lookup(Lists, "shift+f5")
	assert.Equal(t, Delete, a.ID)
	a, _ = r.Lookup(Lists, "/")
	assert.Equal(t, Filter, a.ID, "the later binding is off")
	assert.Equal(t, []string{
		"keys: the keys of quit cannot be changed",
		`keys: there is no action "fly"`,
		"keys: delete is listed twice; the first counts",
		"keys: / of invoke is off: the key belongs to filter; unbind that first",
		`keys: wide: "hyper-q" is not a key: write r, G, ctrl-r, shift-tab or f5`,
		`keys: wide: "x[2j" is not a key: write r, G, ctrl-r, shift-tab or f5`,
	}, r.Warnings())
}

func TestHandlersApplyToScreensThatHaveTheMethod(t *testing.T) {
	t.Parallel()
	r := newTestRegistry(PresetDefault)
	screen := &listScreen{}
	var ids []ID
	for _, a := range r.For(Lists, screen) {
		ids = append(ids, a.ID)
	}
	assert.Equal(t, []ID{Filter, Quit, MoveDown, Favourite, Wide, Describe, Delete, Invoke}, ids)
	assert.Empty(t, r.For(Lists, otherScreen{}))
	describe, _ := r.Get(Describe)
	_, reason := r.Run(describe, otherScreen{}, "d")
	assert.Equal(t, "not on this screen", reason)
	_, reason = r.Run(describe, screen, "d")
	assert.Empty(t, reason)
	assert.Equal(t, "yes", screen.described)
	favourite, _ := r.Get(Favourite)
	r.Run(favourite, screen, "3")
	assert.Equal(t, "3", screen.pressed)
}

func TestADisabledActionSaysWhy(t *testing.T) {
	t.Parallel()
	readOnly := false
	r := newTestRegistry(PresetDefault)
	r.AddGuard(ReadOnly(func() bool { return readOnly }))
	r.AddGuard(Permissions(func(a Access, namespace string) string {
		if namespace == "payments" {
			return "no " + a.Verb + " on " + a.Resource + " in " + namespace
		}
		return ""
	}))
	screen := &listScreen{namespace: "payments", reason: "already wide"}
	reason := func(id ID) string {
		a, ok := r.Get(id)
		require.True(t, ok)
		return r.Reason(a, screen)
	}
	assert.Equal(t, "no delete on deployments in payments", reason(Delete))
	assert.Equal(t, "already wide", reason(Wide))
	assert.Empty(t, reason(Invoke))
	screen.namespace, readOnly = "checkout", true
	assert.Equal(t, "read-only", reason(Invoke))
	assert.Empty(t, reason(Delete), "its plan may be looked at")
}

func TestAddingTwiceOrWithoutDefaultsPanics(t *testing.T) {
	t.Parallel()
	r := NewRegistry(PresetDefault)
	r.Add(Wide, On(noop))
	assert.Panics(t, func() { r.Add(Wide, On(noop)) })
	assert.Panics(t, func() { r.Add("nothing", On(noop)) })
}

func TestActionsOfTheConfigurationComeLast(t *testing.T) {
	t.Parallel()
	r := newTestRegistry(PresetDefault)
	r.AddSpec(Spec{ID: "plugin.trace", Keys: keys("ctrl-t"), Title: "trace", Tooltip: "Trace it.", Group: "Plugins", Set: Lists}, On(noop))
	all := r.All()
	assert.Equal(t, ID("plugin.trace"), all[len(all)-1].ID)
	assert.Equal(t, []string{"ctrl-t"}, all[len(all)-1].Bound(Lists))
}

func TestMarkdownDocumentsWhatIsBuilt(t *testing.T) {
	t.Parallel()
	md := newTestRegistry(PresetDefault).Markdown()
	assert.Contains(t, md, "## Lists\n\n| Key | Action |")
	assert.Contains(t, md, "| `j` `↓` | down | Move down. | `move-down` |")
	assert.Contains(t, md, "| `1–9` | favourite scope |")
	assert.Contains(t, md, "| `X` | delete | Delete; every target is named before. *Changes the cluster.* | `delete` |")
	assert.Contains(t, md, "## Pagers")
	assert.NotContains(t, md, "blast")
	assert.False(t, strings.HasSuffix(md, "\n\n"))
}

func TestKeysHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ctrl+r": "ctrl-r", "Ctrl-R": "ctrl-r", "shift+tab": "shift-tab", "shift-g": "G", "G": "G", " ": "space", "-": "-", "+": "+",
		"ctrl+-": "ctrl--", "ctrl++": "ctrl-+", "Escape": "esc", "PgDn": "pgdown", "shift+ctrl+a": "ctrl-shift-a", "alt+shift+left": "alt-shift-left",
		"é": "é", "f12": "f12", "": "",
	} {
		assert.Equal(t, want, Normalize(in), in)
	}
	for _, bad := range []string{"", "abc", "meta-x", "ctrl-", "\x1b", "ctrl-abc", "f13"} {
		assert.NotEmpty(t, CheckKey(Normalize(bad)), "%q", bad)
	}
	assert.Equal(t, "ctrl-r", Label("ctrl-r"))
	assert.Equal(t, "↑ PgDn 1–9 0", Labels([]string{"up", "pgdown", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0"}))
	assert.Equal(t, "Lists, Plan", (Lists | Plan).String())
}

func TestKeysOfBubbleTeaAreUnderstood(t *testing.T) {
	t.Parallel()
	for want, key := range map[string]tea.Key{
		"ctrl-r": {Code: 'r', Mod: tea.ModCtrl}, "space": {Code: tea.KeySpace, Text: " "}, "G": {Code: 'g', Text: "G", Mod: tea.ModShift},
		"pgdown": {Code: tea.KeyPgDown}, "shift-tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "esc": {Code: tea.KeyEscape},
		"enter": {Code: tea.KeyEnter}, "?": {Code: '?', Text: "?"}, "ctrl-space": {Code: tea.KeySpace, Mod: tea.ModCtrl},
	} {
		assert.Equal(t, want, Normalize(key.String()))
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"ctrl+r", "--", "+", "shift-ctrl-é", "\x00", "ctrl+-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := Normalize(s)
		CheckKey(key)
		Label(key)
		if CheckKey(key) == "" {
			require.Equal(t, key, Normalize(key))
		}
	})
}
