package main

import (
	"context"
	"fmt"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/security/model"
)

// caller calls functions of open clusters.
func (a *app) caller(clusters inspect.Clusters, function func(model.FunctionID) *model.Function) (*invoke.Caller, error) {
	adapters, err := a.adapters(nil)
	if err != nil {
		return nil, err
	}
	c, err := a.settings()
	if err != nil {
		return nil, err
	}
	o := invoke.Options{Clusters: clusters, Adapters: adapters, Functions: function,
		Secrets: func(ctx context.Context, name string, ref model.Ref, key string) ([]byte, error) {
			open, ok := clusters.Cluster(name)
			if !ok {
				return nil, fmt.Errorf("context %q is not open", name)
			}
			return secretReader{open.Client()}.Value(ctx, ref.Namespace, ref.Name, key)
		}}
	for _, k := range c.Connectors {
		transport, err := rest.NewTransport(k.CA)
		if err != nil {
			return nil, err
		}
		o.Connectors = append(o.Connectors, invoke.Connector{Context: k.Context, Framework: k.Framework, Namespace: k.Namespace, URL: k.URL,
			Secret: secretRef(k.Secret), Key: k.Secret.Key, Transport: transport})
	}
	return invoke.New(o), nil
}
