package action

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// keyNames are the keys that have names, with what help shows for them.
var keyNames = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "home": "Home", "end": "End", "pgup": "PgUp", "pgdown": "PgDn",
	"enter": "enter", "esc": "esc", "tab": "tab", "space": "space", "backspace": "backspace", "delete": "Del", "insert": "Ins",
	"f1": "F1", "f2": "F2", "f3": "F3", "f4": "F4", "f5": "F5", "f6": "F6",
	"f7": "F7", "f8": "F8", "f9": "F9", "f10": "F10", "f11": "F11", "f12": "F12",
}

var keySynonyms = map[string]string{
	"escape": "esc", "return": "enter", "pgdn": "pgdown", "pagedown": "pgdown", "pageup": "pgup", "del": "delete",
	" ": "space", "spacebar": "space", "control": "ctrl", "option": "alt",
}

var modifiers = []string{"ctrl", "alt", "shift"}

// Normalize writes a key in the one way that the registry uses: "ctrl-r", "shift-tab", "G", "space". It takes what
// Bubble Tea calls a key ("ctrl+r") and what people write in a configuration ("Ctrl-R", "shift-g").
func Normalize(key string) string {
	if utf8.RuneCountInString(key) == 1 && key != " " {
		return key
	}
	parts := splitKey(key)
	name := parts[len(parts)-1]
	if utf8.RuneCountInString(name) > 1 || name == " " {
		name = strings.ToLower(name)
		if s, ok := keySynonyms[name]; ok {
			name = s
		}
	}
	var mods []string
	for _, m := range parts[:len(parts)-1] {
		m = strings.ToLower(m)
		if s, ok := keySynonyms[m]; ok {
			m = s
		}
		mods = append(mods, m)
	}
	if utf8.RuneCountInString(name) == 1 {
		r, _ := utf8.DecodeRuneInString(name)
		switch {
		case slices.Equal(mods, []string{"shift"}) && unicode.IsLetter(r):
			return string(unicode.ToUpper(r))
		case len(mods) > 0:
			name = string(unicode.ToLower(r))
		}
	}
	order := func(m string) int { return slices.Index(modifiers, m) }
	slices.SortFunc(mods, func(a, b string) int { return order(a) - order(b) })
	return strings.Join(append(slices.Compact(mods), name), "-")
}

// splitKey splits at "+" and "-", which may themselves be the key.
func splitKey(key string) []string {
	var parts []string
	for {
		i := strings.IndexAny(key, "+-")
		if i < 1 || i == len(key)-1 {
			return append(parts, key)
		}
		parts = append(parts, key[:i])
		key = key[i+1:]
	}
}

// CheckKey says what is wrong with a normalized key; it is empty for a key that a terminal can send.
func CheckKey(key string) string {
	parts := splitKey(key)
	name := parts[len(parts)-1]
	for _, m := range parts[:len(parts)-1] {
		if !slices.Contains(modifiers, m) {
			return quoted(key) + " is not a key: write r, G, ctrl-r, shift-tab or f5"
		}
	}
	if keyNames[name] != "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 || size < len(name) || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
		return quoted(key) + " is not a key: write r, G, ctrl-r, shift-tab or f5"
	}
	return ""
}

// quoted bounds what is repeated in a message and drops what a terminal would obey.
func quoted(s string) string {
	if r := []rune(s); len(r) > 30 {
		s = string(r[:30]) + "…"
	}
	return `"` + strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s) + `"`
}

// Label is a key as help and footers show it: "↑", "PgDn", "ctrl-r".
func Label(key string) string {
	parts := splitKey(key)
	if name := keyNames[parts[len(parts)-1]]; name != "" {
		parts[len(parts)-1] = name
	}
	return strings.Join(parts, "-")
}

// Labels joins the labels of several keys; runs of digits are shortened to "1–9".
func Labels(keys []string) string {
	var out []string
	for i := 0; i < len(keys); i++ {
		end := i
		for end+1 < len(keys) && isDigit(keys[end]) && isDigit(keys[end+1]) && keys[end+1][0] == keys[end][0]+1 {
			end++
		}
		if end-i > 1 {
			out = append(out, keys[i]+"–"+keys[end])
			i = end
			continue
		}
		out = append(out, Label(keys[i]))
	}
	return strings.Join(out, " ")
}

func isDigit(key string) bool { return len(key) == 1 && key[0] >= '0' && key[0] <= '9' }

func isControlLetter(key string) bool {
	name, ok := strings.CutPrefix(key, "ctrl-")
	return ok && len(name) == 1 && name[0] >= 'a' && name[0] <= 'z'
}
