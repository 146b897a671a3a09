package permissions

import (
	"context"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Answer is the answer to one question.
type Answer struct {
	Allowed bool
	// Via are the bindings that allow it, as far as they could be read.
	Via []rbac.Via
	// Missing is what could not be read, so that a no is none.
	Missing []snapshot.Missing
}

// Asker answers questions. Without a Client it answers from what was read alone.
type Asker struct {
	Reader *snapshot.Reader
	Client *client.Client
}

// Ask answers whether a subject may do something.
func (a *Asker) Ask(ctx context.Context, s rbac.Subject, q rbac.Attributes) (Answer, error) {
	answer := a.compute(s, q)
	if a.Client == nil {
		return answer, nil
	}
	v, err := Review(ctx, a.Client, s, q)
	return confirm(answer, v, err)
}

// Review lets the API server answer whether a subject may do something.
func Review(ctx context.Context, c *client.Client, s rbac.Subject, q rbac.Attributes) (client.Verdict, error) {
	spec := authorizationv1.SubjectAccessReviewSpec{User: userOf(s), Groups: groupsOf(s)}
	spec.ResourceAttributes, spec.NonResourceAttributes = attributes(q)
	return c.Review(ctx, &spec)
}

// AskSelf answers whether the operator may. He is asked for by the API server alone; the subject says who he is, as
// far as that is known.
func (a *Asker) AskSelf(ctx context.Context, s rbac.Subject, q rbac.Attributes) (Answer, error) {
	v, err := ReviewSelf(ctx, a.Client, q)
	return confirm(a.compute(s, q), v, err)
}

// ReviewSelf lets the API server answer whether the operator may do something.
func ReviewSelf(ctx context.Context, c *client.Client, q rbac.Attributes) (client.Verdict, error) {
	var spec authorizationv1.SelfSubjectAccessReviewSpec
	spec.ResourceAttributes, spec.NonResourceAttributes = attributes(q)
	return c.ReviewSelf(ctx, &spec)
}

func (a *Asker) compute(s rbac.Subject, q rbac.Attributes) Answer { return Compute(a.Reader, s, q) }

// Compute answers from the roles and bindings alone.
func Compute(r *snapshot.Reader, s rbac.Subject, q rbac.Attributes) (answer Answer) {
	set := rbac.For(r, s)
	answer.Allowed, answer.Via = set.Ways(q)
	if !answer.Allowed {
		answer.Missing = set.Unsure(r, q)
	}
	return answer
}

// confirm puts the API server's verdict over what was computed. Where it may not be asked the latter stands.
func confirm(computed Answer, v client.Verdict, err error) (Answer, error) {
	switch client.Classify(err) {
	case client.KindForbidden:
		return computed, nil
	case client.KindNone:
	default:
		return Answer{}, err
	}
	answer := Answer{Allowed: v.Allowed}
	if v.Allowed {
		answer.Via = computed.Via
	}
	return answer, nil
}

func userOf(s rbac.Subject) string {
	switch s.Kind {
	case rbacv1.ServiceAccountKind:
		return rbac.Account{Namespace: s.Namespace, Name: s.Name}.User()
	case rbacv1.GroupKind:
		return ""
	}
	return s.Name
}

func groupsOf(s rbac.Subject) []string {
	if s.Kind == rbacv1.GroupKind {
		return append([]string{s.Name}, s.Groups...)
	}
	return s.Groups
}

func attributes(q rbac.Attributes) (*authorizationv1.ResourceAttributes, *authorizationv1.NonResourceAttributes) {
	if q.Path != "" {
		return nil, &authorizationv1.NonResourceAttributes{Verb: q.Verb, Path: q.Path}
	}
	return &authorizationv1.ResourceAttributes{
		Verb: q.Verb, Group: q.Group, Resource: q.Resource, Subresource: q.Subresource, Name: q.Name, Namespace: q.Namespace,
	}, nil
}

// Question reads a SubjectAccessReview's spec. ok is false when it asks nothing, or two things.
func Question(spec *authorizationv1.SubjectAccessReviewSpec) (s rbac.Subject, q rbac.Attributes, ok bool) {
	s = rbac.ForUser(spec.User, spec.Groups...)
	if spec.User == "" {
		if len(spec.Groups) == 0 {
			return s, q, false
		}
		s = rbac.ForGroup(spec.Groups[0])
		s.Groups = spec.Groups[1:]
	}
	r, n := spec.ResourceAttributes, spec.NonResourceAttributes
	switch {
	case r != nil && n == nil:
		return s, rbac.Attributes{
			Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Name: r.Name, Namespace: r.Namespace,
		}, true
	case n != nil && r == nil && n.Path != "":
		return s, rbac.Attributes{Verb: n.Verb, Path: n.Path}, true
	}
	return s, q, false
}
