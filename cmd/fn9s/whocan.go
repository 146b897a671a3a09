package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/security/rbac"
)

const aboutWhoCan = `List the subjects that may do something, and through which bindings.

-n names the namespace; without it the question is about the whole cluster. RESOURCE may be a resource, RESOURCE.GROUP,
RESOURCE/SUBRESOURCE, or an address such as /healthz. Groups are listed as such: system:masters may do everything,
whatever bindings say. Other authorizers than RBAC (webhooks of a cloud, nodes) may let in more.

With -f roles and bindings of manifests are read instead of a cluster.

Exit codes: 0 done · 2 wrong usage, or a document that could not be read · 3 not all bindings may be read, so that
there may be more · 4 no connection or not authenticated · 130 interrupted.`

const whoCanExamples = `  fn9s who-can get secrets -n fns
  fn9s who-can create pods/exec -n fns -o json
  fn9s who-can patch functions.openfaas.com charge-card -n fns -f manifests/`

// whoCanCommand is `fn9s who-can`.
type whoCanCommand struct{ rightsOptions }

func newWhoCan(a *app) *cobra.Command {
	w := &whoCanCommand{rightsOptions{app: a}}
	c := &cobra.Command{
		Use: "who-can VERB RESOURCE[/SUBRESOURCE] [NAME]", Short: "List the subjects that may", Long: aboutWhoCan,
		Example: whoCanExamples, Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error { return w.run(cmd.Context(), args) },
	}
	w.addFlags(c.Flags(), "json or csv")
	complete(c, "output", "json", "csv")
	return c
}

// ableItem is a subject that may, in JSON.
type ableItem struct {
	Kind      string    `json:"kind"`
	Namespace string    `json:"namespace,omitempty"`
	Name      string    `json:"name"`
	Via       []viaItem `json:"via"`
}

func (w *whoCanCommand) run(ctx context.Context, args []string) error {
	if err := checkFormat(w.output, "json", "csv"); err != nil {
		return err
	}
	namespace, err := w.namespace()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, max(w.limit, 1))
	defer cancel()
	var namespaces []string
	if namespace != "" {
		namespaces = append(namespaces, namespace)
	}
	if (args[1] == "namespaces" || args[1] == "namespace" || args[1] == "ns") && len(args) > 2 {
		namespaces = append(namespaces, args[2])
	}
	r, stop, err := w.open(ctx, namespaces)
	if err != nil {
		return err
	}
	defer stop()
	q, err := r.attributes(ctx, args, namespace)
	if err != nil {
		return err
	}
	able, missing := rbac.WhoCan(r.Reader, q)
	if err := w.print(able); err != nil {
		return err
	}
	if err := r.trouble(); err != nil {
		return err
	}
	if len(missing) > 0 {
		return withCode(exitUnknown, errors.New("there may be more: "+missingText(missing)))
	}
	return nil
}

func (w *whoCanCommand) print(able []rbac.Able) error {
	items := []ableItem{}
	for _, a := range able {
		items = append(items, ableItem{a.Kind, a.Namespace, a.Name, viaItems(a.Via)})
	}
	if w.output == "json" {
		return printJSON(w.app.Out, items)
	}
	records := [][]string{{"KIND", "NAMESPACE", "NAME", "BINDING", "ROLE"}}
	for _, i := range items {
		for _, v := range i.Via {
			records = append(records, []string{i.Kind, i.Namespace, i.Name, objectText(v.Binding), objectText(v.Role)})
		}
	}
	if w.output == "csv" {
		return printCSV(w.app.Out, records)
	}
	var lines [][]cell
	for _, record := range records {
		var line []cell
		for _, text := range record {
			line = append(line, cell{text: clean(text)})
		}
		lines = append(lines, line)
	}
	return printTable(w.app.Out, lines)
}
