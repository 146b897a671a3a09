package main

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

const aboutControls = `Explain the security controls: all of them, or one.

A control is one rule. Its severity makes the grade of its pillar: low B, medium C, high D, critical F. Priority M means
that the grade carries a question mark while the control cannot be decided.`

const controlsExamples = `  fn9s controls
  fn9s controls SA-02
  fn9s controls --pillar network -o markdown`

// controlsCommand is `fn9s controls`.
type controlsCommand struct {
	app    *app
	output string
	pillar string
}

func newControls(a *app) *cobra.Command {
	l := &controlsCommand{app: a}
	c := &cobra.Command{
		Use: "controls [ID]", Short: "Explain the security controls", Long: aboutControls, Example: controlsExamples,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return l.run(args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, c := range security.Catalogue() {
				ids = append(ids, c.ID+"\t"+c.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().StringVarP(&l.output, "output", "o", "", "output format: json or markdown")
	c.Flags().StringVar(&l.pillar, "pillar", "", "only the controls of this pillar")
	complete(c, "output", "json", "markdown")
	return c
}

func (l *controlsCommand) run(args []string) error {
	if err := checkFormat(l.output, "json", "markdown"); err != nil {
		return err
	}
	controls := security.Catalogue()
	if l.pillar != "" {
		p, err := check.ParsePillar(l.pillar)
		if err != nil {
			return usageError("--pillar: %v", err)
		}
		var some []*check.Control
		for _, c := range controls {
			if c.Pillar == p {
				some = append(some, c)
			}
		}
		controls = some
	}
	if len(args) == 1 {
		c, ok := security.Control(args[0])
		if !ok {
			return usageError("there is no control %q; `fn9s controls` lists them", args[0])
		}
		controls = []*check.Control{c}
	}
	switch {
	case l.output == "json":
		return printJSON(l.app.Out, controlList(controls))
	case l.output == "markdown":
		return write(l.app.Out, controlsMarkdown(controls))
	case len(args) == 1:
		return write(l.app.Out, explain(controls[0]))
	}
	lines := [][]cell{{{text: "ID"}, {text: "SEVERITY"}, {text: "PILLAR"}, {text: "SCOPE"}, {text: "TITLE"}}}
	for _, c := range controls {
		lines = append(lines, []cell{{text: c.ID}, {text: c.Base.String()}, {text: c.Pillar.String()}, {text: c.Scope.String()}, {text: c.Title}})
	}
	return printTable(l.app.Out, lines)
}

type controlDocument struct {
	ID         string         `json:"id"`
	Title      string         `json:"title"`
	Priority   string         `json:"priority"`
	Pillar     string         `json:"pillar"`
	Scope      string         `json:"scope"`
	Severity   string         `json:"severity"`
	Manifests  string         `json:"manifests"`
	Detects    string         `json:"detects"`
	Why        string         `json:"why"`
	References []string       `json:"references"`
	Intents    []check.Intent `json:"intents"`
}

type controlListDocument struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Controls   []controlDocument `json:"controls"`
}

func controlList(controls []*check.Control) controlListDocument {
	d := controlListDocument{APIVersion: apiVersion, Kind: "ControlList", Controls: []controlDocument{}}
	for _, c := range controls {
		d.Controls = append(d.Controls, controlDocument{
			ID: c.ID, Title: c.Title, Priority: string(c.Priority), Pillar: c.Pillar.String(), Scope: c.Scope.String(),
			Severity: c.Base.String(), Manifests: onManifests(c.Offline), Detects: c.Detects, Why: c.Why,
			References: append([]string{}, c.References...), Intents: append([]check.Intent{}, c.Intents...),
		})
	}
	return d
}

func onManifests(o check.Offline) string {
	switch o {
	case check.Yes:
		return "yes"
	case check.Partly:
		return "partly"
	case check.Connector:
		return "connector"
	}
	return "no"
}

const explainWidth = 100

// explain is one control for people.
func explain(c *check.Control) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n", c.ID, c.Title)
	paragraph := func(title, body string) {
		if body == "" {
			return
		}
		fmt.Fprintf(&b, "%s\n", title)
		for line := range strings.SplitSeq(ansi.Wordwrap(body, explainWidth-2, ""), "\n") {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		b.WriteByte('\n')
	}
	paragraph("What is looked at", c.Detects)
	paragraph("Why it matters", c.Why)
	fmt.Fprintf(&b, "Severity    %s\nPriority    %c\nPillar      %s\nScope       %s\nManifests   %s\n", c.Base, c.Priority, c.Pillar, c.Scope, onManifests(c.Offline))
	if len(c.References) > 0 {
		fmt.Fprintf(&b, "References  %s\n", strings.Join(c.References, ", "))
	}
	if len(c.Intents) > 0 {
		b.WriteString("\nWhat would fix it\n")
		for _, i := range c.Intents {
			fmt.Fprintf(&b, "  %-20s %s\n", i, i.Wish())
		}
	}
	return b.String()
}

// controlsMarkdown is the catalogue as a document.
func controlsMarkdown(controls []*check.Control) string {
	var b strings.Builder
	b.WriteString("# Security controls\n")
	last := check.Pillars
	for _, c := range controls {
		if int(c.Pillar) != last {
			last = int(c.Pillar)
			fmt.Fprintf(&b, "\n## %s%s\n\n| control | severity | scope | title | what is looked at | why | references | fixes |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
				strings.ToUpper(c.Pillar.String()[:1]), c.Pillar.String()[1:])
		}
		var fixes []string
		for _, i := range c.Intents {
			fixes = append(fixes, "`"+string(i)+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", c.ID, c.Base, c.Scope, bar(c.Title), bar(c.Detects), bar(c.Why),
			bar(strings.Join(c.References, ", ")), strings.Join(fixes, " "))
	}
	return b.String()
}

func bar(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
