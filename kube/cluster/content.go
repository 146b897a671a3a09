package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var secretAPI = client.API{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, Kind: "Secret"}

// LookInto reads Secrets whose data controls want to see, one by one, and keeps of each what the controls keep, until it
// changes. What was looked into already is not read again. A Secret that may not be read says so in its record; the
// error is that of the context alone.
func (c *Cluster) LookInto(ctx context.Context, wanted []snapshot.Wanted) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, w := range wanted {
		was, ok := c.store.Object(w.Secret).(*model.Secret)
		if !ok || was.Content&w.Parts == w.Parts {
			continue
		}
		g.Go(func() error {
			c.lookInto(gctx, was, was.Content|w.Parts)
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("read Secrets: %w", err)
	}
	return nil
}

func (c *Cluster) lookInto(ctx context.Context, was *model.Secret, parts model.Content) {
	raw, err := c.client.Get(ctx, client.Query{API: secretAPI, Namespace: was.Namespace}, was.Name)
	defer clear(raw)
	switch kind := client.Classify(err); {
	case ctx.Err() != nil || kind == client.KindNotFound: // gone: the watch will tell
		return
	case kind == client.KindForbidden:
		c.store.RefuseSecret(was, "forbidden")
		return
	case err != nil:
		c.store.RefuseSecret(was, client.Reason(err))
		return
	}
	var o corev1.Secret
	if json.Unmarshal(raw, &o) != nil {
		c.store.RefuseSecret(was, "the API server sent no Secret")
		return
	}
	c.store.OpenSecret(was, &o, parts)
}
