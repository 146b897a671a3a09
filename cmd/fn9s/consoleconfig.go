package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"github.com/atotto/clipboard"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views"
)

// configured fills in what the configuration says about the console. A theme that was named on the command line wins.
func (a *app) configured(v *views.Options, theme string) error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	if err := themed(v, &c.Console, theme); err != nil {
		return usageError("%v", err)
	}
	v.Preset, v.Keys, v.Aliases, v.Favourites = c.Console.Preset, c.Console.Keys, c.Console.Aliases, c.Console.Favourites
	v.Plugins, v.Hotkeys = c.Console.Plugins, c.Console.Hotkeys
	v.Kubeconfig = strings.Join((&kubeconfig{app: a}).Files(), string(filepath.ListSeparator))
	v.Layouts, v.Custom = c.Console.Columns, c.Console.Custom
	v.NoMouse = c.Console.NoMouse
	v.Logs = c.Console.Logs
	if c.Console.Clipboard == "auto" {
		v.Clipboard = clipboard.WriteAll
	}
	own := len(views.KeyWarnings(*v)) // the console tells them itself
	v.Warnings = c.Warnings()[:len(c.Problems)-own]
	return nil
}

// themed chooses the theme: what was named, else what goes with the terminal's background, once it says which that is.
// NO_COLOR wins over all but a name.
func themed(v *views.Options, c *config.Console, named string) (err error) {
	v.Themes, v.KeepBackground = c.Themes, c.KeepBackground
	if name := cmp.Or(named, c.Theme); name != "" && name != "auto" {
		v.Theme, err = c.ThemeByName(name)
		return err
	}
	if v.Theme, err = themes.Resolve("", os.Getenv); err != nil || !v.Theme.Colored() {
		return err
	}
	v.Light, v.Dark, v.AsksBackground = themes.For(false), themes.For(true), true
	if c.Light != "" {
		if v.Light, err = c.ThemeByName(c.Light); err != nil {
			return err
		}
	}
	if c.Dark != "" {
		v.Dark, err = c.ThemeByName(c.Dark)
	}
	return err
}
