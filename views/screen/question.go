package screen

import (
	"context"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
)

// Question is one about rights: who can, or, as Self, whether the operator can; without a verb for everything he may do.
type Question struct {
	Self                              bool
	Context, Namespace                string
	Verb, Resource, Subresource, Name string
}

// String writes the question as it is typed.
func (q Question) String() string {
	s := "who-can"
	if q.Self {
		s = "can-i"
	}
	if q.Verb != "" {
		s += " " + q.Verb + " " + q.Resource
	}
	if q.Subresource != "" {
		s += "/" + q.Subresource
	}
	if q.Name != "" {
		s += " " + q.Name
	}
	if q.Namespace != "" {
		s += " -n " + q.Namespace
	}
	return s
}

// Operator is who asks, and what the API server says to his question.
type Operator = inspect.Operator

// Rights knows the operator of a cluster.
type Rights interface {
	// Resource is what a word means for roles. It answers at once.
	Resource(context, word string) permissions.Resource
	// MayI lets the API server decide about a question of the operator; without a verb it only says who he is. It takes
	// time.
	MayI(ctx context.Context, context string, q rbac.Attributes) (Operator, error)
}
