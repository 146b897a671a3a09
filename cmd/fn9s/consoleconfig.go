package main

import (
	"cmp"
	"os"

	"github.com/atotto/clipboard"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views"
)

// configured fills in what the configuration says about the console. A theme that was named on the command line wins.
func (a *app) configured(v *views.Options, theme string) error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	if v.Theme, err = themes.Resolve(cmp.Or(theme, c.Console.Theme), os.Getenv); err != nil {
		return usageError("%v", err)
	}
	v.Preset, v.Keys, v.Aliases, v.Favourites = c.Console.Preset, c.Console.Keys, c.Console.Aliases, c.Console.Favourites
	v.NoMouse = c.Console.NoMouse
	if c.Console.Clipboard == "auto" {
		v.Clipboard = clipboard.WriteAll
	}
	own := len(views.KeyWarnings(v.Preset, v.Keys)) // the console tells them itself
	v.Warnings = c.Warnings()[:len(c.Problems)-own]
	return nil
}
