package rest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/status"
)

// Framework names what the API is of.
func (w *Writer) Framework() string { return w.connector.config.Framework }

// Records reads once what a connector tells of its API, without values, as objects with their kinds and names.
func (w *Writer) Records(ctx context.Context) ([]map[string]any, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, pollTimeout, fmt.Errorf("the API was not read within %s", pollTimeout))
	defer cancel()
	c := w.connector
	var l *listing
	if err := w.with(ctx, func(api *client) (err error) {
		l, err = c.reader.read(ctx, api)
		return err
	}); err != nil {
		return nil, err
	}
	told := frameworks.Connector{
		Name: c.config.Name, Endpoint: c.base.String(), Tenant: l.tenant, Phase: string(status.Live), Reached: true, Incomplete: l.incomplete,
	}
	var all []map[string]any
	for _, raw := range append(l.raws, c.record(told)) {
		o := map[string]any{}
		if json.Unmarshal(raw.JSON, &o) != nil {
			continue // a damaged record says nothing
		}
		ref := raw.Header.Ref
		o["apiVersion"], o["kind"] = raw.GVK.GroupVersion().String(), raw.GVK.Kind
		o["metadata"] = map[string]any{"namespace": ref.Namespace, "name": ref.Name}
		all = append(all, o)
	}
	return all, nil
}
