package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page, in roff", Args: cobra.NoArgs,
		Long:    "Print the manual page of all commands and flags in roff, as man reads it.",
		Example: "  fn9s man | man -l -\n  fn9s man > /usr/local/share/man/man1/fn9s.1",
		RunE:    func(cmd *cobra.Command, _ []string) error { return write(a.Out, manual(cmd.Root())) },
	}
}

// manual writes the manual page of a program from its commands.
func manual(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"fn9s %s\"\n.SH NAME\nfn9s \\- %s\n.SH SYNOPSIS\n.B fn9s\n[command] [flags]\n.SH DESCRIPTION\n",
		strings.ToUpper(root.Name()), roff(version), roff(lowerFirst(root.Short)))
	paragraphs(&b, root.Long)
	b.WriteString(".SH OPTIONS\n")
	flags(&b, root.LocalNonPersistentFlags())
	b.WriteString(".SH OPTIONS OF ALL COMMANDS\n")
	flags(&b, root.PersistentFlags())
	b.WriteString(".SH COMMANDS\n")
	commands(&b, root)
	b.WriteString(".SH FILES\n.TP\n.I $XDG_CONFIG_HOME/fn9s/config.yaml\nThe configuration; fn9s config check says what is wrong with it.\n" +
		".TP\n.I $XDG_STATE_HOME/fn9s\nWhat is remembered: namespaces, saved views, the last session, the journal.\n" +
		".SH ENVIRONMENT\nKUBECONFIG, NO_COLOR, KUBE_EDITOR, VISUAL and EDITOR mean what they mean elsewhere.\n")
	return b.String()
}

// commands writes the commands below one, each with its flags.
func commands(b *strings.Builder, parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if !c.IsAvailableCommand() && c.Name() != "completion" {
			continue
		}
		fmt.Fprintf(b, ".SS %s\n", roff(strings.TrimSuffix(c.UseLine(), " [flags]")))
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		paragraphs(b, text)
		flags(b, c.LocalFlags())
		if c.Example != "" {
			fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(strings.TrimRight(c.Example, "\n")))
		}
		commands(b, c)
	}
}

func flags(b *strings.Builder, set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && f.DefValue != "0s" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(usage))
	})
}

// paragraphs writes text; lines that are indented stay as they are.
func paragraphs(b *strings.Builder, s string) {
	for _, p := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if strings.HasPrefix(p, " ") {
			fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(p))
			continue
		}
		fmt.Fprintf(b, ".PP\n%s\n", roff(p))
	}
}

// roff writes text so that nothing in it is a request: backslashes, dashes, and dots and quotes at the start of lines.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(cleanLines(s))
	var b strings.Builder
	for _, c := range s {
		if c < 0x80 {
			b.WriteRune(c)
			continue
		}
		fmt.Fprintf(&b, `\[u%04X]`, c)
	}
	s = b.String()
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
