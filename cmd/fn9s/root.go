package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/ui/text"
)

// app is what all commands share.
type app struct {
	genericiooptions.IOStreams
	flags *genericclioptions.ConfigFlags

	allNamespaces bool
	namespaces    string // of -n: one or several, separated by commas
	readOnly      bool
	configFile    string
	now           string
	stateFolder   string

	config *config.Config // see settings
}

const about = `fn9s shows every function of every serverless framework on a Kubernetes cluster, live.

Without a command it opens the console. The commands print the same facts for scripts.

Exit codes: 0 done · 1 a finding, or a change failed · 2 wrong usage or unreadable input · 3 something could not be
decided · 4 no connection or not authenticated · 130 interrupted.`

// newRoot makes the command line of one run, which keeps its state in that folder.
func newRoot(streams genericiooptions.IOStreams, state string) *cobra.Command {
	a := &app{IOStreams: streams, stateFolder: state, flags: genericclioptions.NewConfigFlags(false)}
	console := &consoleOptions{app: a}
	root := &cobra.Command{
		Use:           "fn9s",
		Short:         "The terminal console for serverless functions on Kubernetes",
		Long:          about,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return console.run(cmd.Context()) },
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	a.addFlags(root)
	console.addFlags(root.Flags())
	root.AddCommand(newList(a), newTop(a), newGet(a), newScan(a), newTighten(a), newFix(a), newControls(a), newReach(a), newCanI(a), newWhoCan(a), newLogs(a), newFrameworks(a), newConfig(a), newMan(a), newVersion(a))
	root.AddCommand(newDeploy(a), newRestart(a), newScale(a), newPause(a), newResume(a), newRun(a), newRollback(a), newTraffic(a), newDelete(a), newRotate(a), newEvents(a), newInvoke(a), newShell(a), newPortForward(a), newApply(a), newUndo(a), newJournal(a))
	a.completeNames(root.Commands())
	_ = root.RegisterFlagCompletionFunc("namespace", a.completeNamespaces)
	_ = root.RegisterFlagCompletionFunc("context", a.completeContexts)
	_ = root.RegisterFlagCompletionFunc("contexts", a.completeContexts)
	return root
}

// addFlags adds kubectl's connection flags, and those that every command has. -n takes several namespaces, so it is
// ours; the rest is kubectl's own.
func (a *app) addFlags(root *cobra.Command) {
	a.flags.Namespace = nil
	f := root.PersistentFlags()
	a.flags.AddFlags(f)
	f.StringVarP(&a.namespaces, "namespace", "n", "", "`namespaces` to look at, separated by commas; * matches anything")
	f.BoolVarP(&a.allNamespaces, "all-namespaces", "A", false, "look at all namespaces")
	f.BoolVar(&a.readOnly, "read-only", false, "let nothing through that could change the cluster")
	f.StringVar(&a.configFile, "config", "", "configuration file (default: $XDG_CONFIG_HOME/fn9s/config.yaml)")
	f.StringVar(&a.now, "now", "", "the clock for ages, as RFC 3339, so that output can be repeated exactly")
}

// namespaceText is a namespace, or a pattern of some.
var namespaceText = regexp.MustCompile(`^[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?$`)

// scope returns the namespaces asked for; none means all.
func (a *app) scope() ([]string, error) {
	if a.allNamespaces && a.namespaces != "" {
		return nil, usageError("-A and -n exclude each other")
	}
	var names []string
	every := false
	for _, n := range strings.Split(a.namespaces, ",") {
		n = strings.TrimSpace(n)
		switch {
		case n == "" || slices.Contains(names, n):
		case n == "*":
			every = true
		case !namespaceText.MatchString(n):
			return nil, usageError("-n %q: this is no name of a namespace; several are separated by commas", n)
		default:
			names = append(names, n)
		}
	}
	if every {
		return nil, nil
	}
	return names, nil
}

// frameworkNames lists what may stand before the / of a function's name.
func (a *app) frameworkNames() ([]string, error) {
	c, err := a.settings()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range all.New(c.Frameworks) {
		names = append(names, f.Name())
	}
	return names, nil
}

// clean makes text from a cluster or a file safe for the terminal.
func clean(s string) string { return text.Clean(s) }
