package views

import "github.com/fn9s/fn9s/ui/action"

// KeyWarnings says what is wrong with a preset and bindings: actions that do not exist, and keys that are taken.
func KeyWarnings(preset string, keys []action.Override) []string {
	r := &Root{options: Options{Preset: preset, Keys: keys}}
	return r.actions().Warnings()
}
