package inspect

import (
	"context"
	"fmt"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
)

// Operator is who asks, and what the API server says to his question.
type Operator struct {
	Name   string
	Groups []string
	// Decided: the API server was asked and answered; Allowed is its answer, Reason why not.
	Decided, Allowed bool
	Reason           string
}

// Resource is what a word means for roles, by what the server has told of its APIs.
func (r *Reader) Resource(context, word string) permissions.Resource {
	if c, ok := r.clusters.Cluster(context); ok {
		return permissions.Meaning(c.APIs(), word)
	}
	return permissions.Meaning(nil, word)
}

// MayI lets the API server decide about a question of the operator, and say who he is. A server that refuses such
// questions decides nothing.
func (r *Reader) MayI(ctx context.Context, context string, q rbac.Attributes) (Operator, error) {
	c, ok := r.clusters.Cluster(context)
	if !ok {
		return Operator{}, fmt.Errorf("context %q is not open", context)
	}
	var o Operator
	var err error
	if o.Name, o.Groups, err = c.Client().Self(ctx); err != nil && !refused(err) {
		return o, err
	}
	if q.Verb == "" {
		return o, nil
	}
	v, err := permissions.ReviewSelf(ctx, c.Client(), q)
	switch {
	case err == nil:
		o.Decided, o.Allowed, o.Reason = true, v.Allowed, v.Reason
	case !refused(err):
		return o, err
	}
	return o, nil
}

func refused(err error) bool {
	k := client.Classify(err)
	return k == client.KindForbidden || k == client.KindNotFound
}
