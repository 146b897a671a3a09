package main

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
)

const (
	// namesTime bounds what a shell waits for names of functions: all of a cluster is read for them. What has come then is offered.
	namesTime = 4 * time.Second
	// mostNames is how many names a shell is given.
	mostNames = 2000
)

// takes is how many functions commands take by name, before their other arguments.
var takes = map[string]int{
	"get": 1, "invoke": 1, "shell": 1, "port-forward": 1, "events": 1, "rollback": 1, "traffic": 1,
	"logs": manyNames, "scale": manyNames, "restart": manyNames, "pause": manyNames, "resume": manyNames, "run": manyNames, "delete": manyNames, "tighten": manyNames,
}

const manyNames = 1 << 20

// completeNames has the commands complete what they take by name.
func (a *app) completeNames(commands []*cobra.Command) {
	for _, c := range commands {
		if n := takes[c.Name()]; n > 0 {
			c.ValidArgsFunction = a.completeFunctions(n)
		}
		switch c.Name() {
		case "rotate":
			c.ValidArgsFunction = a.completeSecrets
			_ = c.RegisterFlagCompletionFunc("function", a.completeFunctions(manyNames))
		case "deploy":
			_ = c.RegisterFlagCompletionFunc("copy-of", a.completeFunctions(manyNames))
		}
	}
}

type completer = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective)

// completeFunctions offers the functions in scope for the first so many arguments, but for those that are named already.
func (a *app) completeFunctions(most int) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		rows := a.liveFunctions(cmd.Context())
		return functionNames(rows, args, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// liveFunctions reads the functions in scope. What cannot be read in time is left out.
func (a *app) liveFunctions(ctx context.Context) []*board.Row {
	ctx, cancel := context.WithTimeout(ctx, 2*namesTime)
	defer cancel()
	quiet := *a
	quiet.ErrOut = io.Discard
	q := question{app: &quiet, contexts: []string{*a.flags.Context}, limit: namesTime}
	got, stop, err := q.ask(ctx)
	defer stop()
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(got.rows, func(r *board.Row) bool { return r.Function.Opaque })
}

// functionNames are the names of functions that begin with what was typed, each with what it is. A name that several have, and one
// that is typed with its framework, is written with it.
func functionNames(rows []*board.Row, had []string, typed string) []cobra.Completion {
	names := map[string]int{}
	for _, r := range rows {
		names[r.Function.Name()]++
	}
	var out []cobra.Completion
	for _, r := range rows {
		name, whole := r.Function.Name(), address(r, false)
		if slices.Contains(had, name) || slices.Contains(had, whole) || unsafe(name) {
			continue
		}
		word := name
		if names[name] > 1 || !strings.HasPrefix(name, typed) {
			word = whole
		}
		if strings.HasPrefix(word, typed) {
			out = append(out, cobra.CompletionWithDesc(word, clean(r.ID.Framework+" in "+cmp.Or(r.ID.Namespace, "no namespace")+", "+string(r.Function.State))))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)[:min(len(out), mostNames)]
}

// unsafe reports whether a name is not what it looks like: a shell gets none that must be cleaned.
func unsafe(name string) bool {
	return name == "" || name != clean(name) || strings.ContainsAny(name, "\t\n")
}

// completeSecrets offers the Secrets of the namespace. Their values are not read.
func (a *app) completeSecrets(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	var out []cobra.Completion
	for _, name := range a.liveSecrets(ctx) {
		if strings.HasPrefix(name, typed) && !slices.Contains(args, name) && !unsafe(name) {
			out = append(out, name)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) liveSecrets(ctx context.Context) []string {
	kc := &kubeconfig{app: a}
	config, name, err := kc.Rest("")
	if err != nil {
		return nil
	}
	raw, err := kc.Raw()
	if err != nil {
		return nil
	}
	namespace := cmp.Or(a.namespaces, ownNamespace(raw, name))
	c, err := client.New(name, config, client.Options{ReadOnly: true, UserAgent: userAgent()})
	if err != nil || a.allNamespaces || strings.ContainsAny(namespace, ",*") {
		return nil
	}
	defer c.Close()
	answer, err := c.ListRaw(ctx, client.Query{API: secretAPI, Namespace: namespace, Form: client.Metadata}, mostNames, "")
	if err != nil {
		return nil
	}
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"items"`
	}
	if json.Unmarshal(answer, &list) != nil {
		return nil
	}
	var names []string
	for _, i := range list.Items {
		names = append(names, i.Metadata.Name)
	}
	return names
}

// secretAPI is where Secrets are: of it nothing has to be asked.
var secretAPI = client.API{
	GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, Kind: frameworks.Secret.Kind, Namespaced: true,
}
