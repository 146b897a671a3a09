package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/client"
)

// complete offers fixed words for a flag.
func complete(c *cobra.Command, flag string, words ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completionTime bounds what a shell waits for.
const completionTime = 2 * time.Second

// completeContexts offers the contexts of the kubeconfig, also behind a comma.
func (a *app) completeContexts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	raw, err := (&kubeconfig{app: a}).Raw()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return behindComma(typed, contextNames(raw)), cobra.ShellCompDirectiveNoFileComp
}

// completeNamespaces asks the cluster; where namespaces may not be listed, the kubeconfig knows some.
func (a *app) completeNamespaces(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	return behindComma(typed, a.liveNamespaces(ctx)), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) liveNamespaces(ctx context.Context) []string {
	kc := &kubeconfig{app: a}
	config, name, err := kc.Rest("")
	if err != nil {
		return nil
	}
	if c, err := client.New(name, config, client.Options{ReadOnly: true, UserAgent: userAgent()}); err == nil {
		defer c.Close()
		if names, err := c.ListNamespaces(ctx); err == nil {
			slices.Sort(names)
			return names
		}
	}
	raw, err := kc.Raw()
	self := raw.Contexts[name]
	if err != nil || self == nil {
		return nil
	}
	var names []string
	for _, c := range raw.Contexts {
		if c != nil && c.Namespace != "" && c.Cluster == self.Cluster && c.AuthInfo == self.AuthInfo {
			names = append(names, c.Namespace)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// behindComma offers words for the last element of a list, without those that are in it.
func behindComma(typed string, words []string) []string {
	before, last := "", typed
	if i := strings.LastIndexByte(typed, ','); i >= 0 {
		before, last = typed[:i+1], typed[i+1:]
	}
	had := strings.Split(before, ",")
	var out []string
	for _, w := range words {
		if w = clean(w); strings.HasPrefix(w, last) && !slices.Contains(had, w) {
			out = append(out, before+w)
		}
	}
	return out
}
