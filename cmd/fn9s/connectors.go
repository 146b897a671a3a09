package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	clientrest "k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/status"
)

// companion runs the connectors that the configuration has for a cluster's context.
func companion(connectors []config.Connector, log *status.Log) fleet.Companion {
	return func(c *cluster.Cluster) func(context.Context) {
		var run []*rest.Connector
		for _, k := range connectors {
			if k.Context != c.Client().Context {
				continue
			}
			made, err := connect(k, c, log)
			if err != nil {
				log.Add(status.Error, c.Client().Context, "connector "+k.Source(), err.Error())
				c.SetConnector(status.Connector{Framework: k.Framework, Name: k.Name,
					Connection: status.Connection{Phase: status.Denied, Reason: err.Error()}})
				continue
			}
			c.SetConnector(connectorStatus(made.State()))
			run = append(run, made)
		}
		if len(run) == 0 {
			return nil
		}
		return func(ctx context.Context) {
			var wg sync.WaitGroup
			for _, k := range run {
				wg.Go(func() { k.Run(ctx) })
			}
			wg.Wait()
		}
	}
}

// connect makes one connector of a cluster.
func connect(k config.Connector, c *cluster.Cluster, log *status.Log) (*rest.Connector, error) {
	outside, err := rest.NewTransport(k.CA)
	if err != nil {
		return nil, err
	}
	server, _, err := clientrest.DefaultServerUrlFor(c.Client().Config())
	if err != nil {
		return nil, fmt.Errorf("find the service proxy: %w", err)
	}
	through := rest.ServiceProxy(server, c.Client().HTTP().Transport)
	told := ""
	return rest.New(k.Config, rest.Deps{
		Transport: readsOnly{outside},
		Proxy: func(namespace, service string) (*url.URL, http.RoundTripper) {
			base, transport := through(namespace, service)
			c.Client().Gate().AllowProxy(base.Path)
			return base, readsOnly{transport}
		},
		Secrets: secretReader{c.Client()},
		Sink:    c.Store(),
		Notify: func(s rest.State) {
			if why := s.Connection.Reason; why != told {
				told = why
				if why != "" {
					log.Add(status.Warning, c.Client().Context, "connector "+k.Source(), why)
				}
			}
			c.SetConnector(connectorStatus(s))
		},
	})
}

func connectorStatus(s rest.State) status.Connector {
	warning := s.Warning
	if s.Incomplete != "" {
		warning = s.Incomplete
	}
	return status.Connector{
		Framework: s.Framework, Name: s.Name, Connection: s.Connection, Objects: s.Objects, Read: s.Read, Warning: warning,
	}
}

// writers are the APIs beside the API server's of a cluster that functions are changed through.
func writers(connectors []config.Connector, c *client.Client) ([]change.Remote, error) {
	var all []change.Remote
	for _, k := range connectors {
		if k.Context != c.Context {
			continue
		}
		outside, err := rest.NewTransport(k.CA)
		if err != nil {
			return nil, err
		}
		server, _, err := clientrest.DefaultServerUrlFor(c.Config())
		if err != nil {
			return nil, fmt.Errorf("find the service proxy: %w", err)
		}
		through := rest.ServiceProxy(server, c.HTTP().Transport)
		w, err := rest.NewWriter(k.Config, rest.Deps{
			Transport: gated{c.Gate(), outside}, Secrets: secretReader{c},
			Proxy: func(namespace, service string) (*url.URL, http.RoundTripper) {
				base, transport := through(namespace, service)
				c.Gate().AllowProxy(base.Path)
				return base, gated{c.Gate(), transport}
			},
		}, k.Writes)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// outsides are the APIs from which it is read what is around new functions.
func (a *app) outsides(c *client.Client) ([]deploy.Outside, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	remotes, err := writers(settings.Connectors, c)
	if err != nil {
		return nil, err
	}
	var all []deploy.Outside
	for _, r := range remotes {
		if o, ok := r.(deploy.Outside); ok {
			all = append(all, o)
		}
	}
	return all, nil
}

// gated is the gate of changes through connectors: in read-only mode only reads pass.
type gated struct {
	gate *client.Gate
	next http.RoundTripper
}

// RoundTrip passes reads, and writes unless they are refused.
func (g gated) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && g.gate.ReadOnly() {
		return nil, &client.RefusedError{Method: r.Method, Path: r.URL.Path}
	}
	return g.next.RoundTrip(r)
}

// readsOnly is the gate of connectors: nothing is written through them.
type readsOnly struct{ next http.RoundTripper }

// RoundTrip passes reads.
func (g readsOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, &client.RefusedError{Method: r.Method, Path: r.URL.Path}
	}
	return g.next.RoundTrip(r)
}

// secretReader reads the one value of a Secret that the configuration names. An API server gives a Secret whole or
// not at all: the other values are not decoded.
type secretReader struct{ client *client.Client }

var secrets = client.API{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, Kind: "Secret"}

// Value returns the value.
func (s secretReader) Value(ctx context.Context, namespace, name, key string) ([]byte, error) {
	raw, err := s.client.Get(ctx, client.Query{API: secrets, Namespace: namespace}, name)
	defer clear(raw)
	if err != nil {
		return nil, err
	}
	var secret struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if json.Unmarshal(raw, &secret) != nil {
		return nil, errors.New("the API server sent no Secret")
	}
	encoded, ok := secret.Data[key]
	if !ok || len(encoded) < 2 {
		return nil, fmt.Errorf("there is no key %q in it", key)
	}
	encoded = encoded[1 : len(encoded)-1]
	value := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(value, encoded)
	if err != nil {
		return nil, fmt.Errorf("key %q of it cannot be decoded", key)
	}
	return value[:n], nil
}
