package views

// KeyWarnings says what is wrong with the keys of the options: actions that do not exist, and keys that are taken. Of the
// options, preset, keys, plugins and hotkeys count.
func KeyWarnings(o Options) []string {
	r := &Root{options: o}
	return r.actions().Warnings()
}
