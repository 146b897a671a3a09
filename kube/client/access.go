package client

import (
	"context"
	"fmt"
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
)

// Verdict is the answer to "may this operator?".
type Verdict struct {
	Allowed bool
	Reason  string // why not
}

// MayList asks whether the operator may list and watch a resource in a namespace. An empty namespace asks for the
// whole cluster and is sent as it is: with a namespace filled in, the answer for a cluster-wide list would be a
// wrong yes. Where reviews are refused, a list of one object is tried.
func (c *Client) MayList(ctx context.Context, a API, namespace string) (Verdict, error) {
	for _, verb := range []string{"list", "watch"} {
		v, err := c.review(ctx, &authorizationv1.ResourceAttributes{
			Verb: verb, Group: a.Group, Version: a.Version, Resource: a.Resource, Namespace: namespace,
		})
		if Classify(err) == KindForbidden {
			return c.tryList(ctx, a, namespace)
		}
		if err != nil || !v.Allowed {
			return v, err
		}
	}
	return Verdict{Allowed: true}, nil
}

// MayListAll asks whether the operator may list and watch everything in the whole cluster, in two questions. A no means
// little: he may still list each kind that there is. So does an answer that does not come. Each answer is told.
func (c *Client) MayListAll(ctx context.Context, answered func()) bool {
	for _, verb := range []string{"list", "watch"} {
		v, err := c.review(ctx, &authorizationv1.ResourceAttributes{Verb: verb, Group: "*", Version: "*", Resource: "*"})
		if err != nil || !v.Allowed {
			return false
		}
		answered()
	}
	return true
}

func (c *Client) review(ctx context.Context, attributes *authorizationv1.ResourceAttributes) (Verdict, error) {
	ask := &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: attributes},
	}
	var got authorizationv1.SelfSubjectAccessReview
	if err := c.post(ctx, "selfsubjectaccessreviews", ask, &got); err != nil {
		return Verdict{}, fmt.Errorf("ask whether %s %s is allowed: %w", attributes.Verb, attributes.Resource, err)
	}
	v := Verdict{Allowed: got.Status.Allowed, Reason: got.Status.Reason}
	if !v.Allowed && v.Reason == "" {
		v.Reason = refusal(attributes.Verb, attributes.Resource, attributes.Group, attributes.Namespace)
	}
	return v, nil
}

func refusal(verb, resource, group, namespace string) string {
	if group != "" {
		resource += "." + group
	}
	if namespace == "" {
		return fmt.Sprintf("no %s on %s cluster-wide", verb, resource)
	}
	return fmt.Sprintf("no %s on %s in %s", verb, resource, namespace)
}

// tryList lists one object to learn whether listing is allowed.
func (c *Client) tryList(ctx context.Context, a API, namespace string) (Verdict, error) {
	err := c.json.Get().AbsPath(path(a.GroupVersionResource, namespace, "")...).
		Param("limit", "1").MaxRetries(0).Do(ctx).Error()
	switch Classify(err) {
	case KindNone:
		return Verdict{Allowed: true}, nil
	case KindForbidden:
		return Verdict{Reason: Reason(err)}, nil
	default:
		return Verdict{}, fmt.Errorf("try to list %s: %w", a.Resource, err)
	}
}

// Rules is what the operator may do in one namespace, as far as the authorizers tell.
type Rules struct {
	resources  []authorizationv1.ResourceRule
	Incomplete bool
}

// RulesIn asks for the operator's rules in a namespace.
func (c *Client) RulesIn(ctx context.Context, namespace string) (*Rules, error) {
	ask := &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace},
	}
	var got authorizationv1.SelfSubjectRulesReview
	if err := c.post(ctx, "selfsubjectrulesreviews", ask, &got); err != nil {
		return nil, fmt.Errorf("ask for the rules in %s: %w", namespace, err)
	}
	return &Rules{resources: got.Status.ResourceRules, Incomplete: got.Status.Incomplete}, nil
}

// Allow reports whether a rule without resource names grants the verb.
func (r *Rules) Allow(verb, group, resource string) bool {
	for i := range r.resources {
		rule := &r.resources[i]
		if len(rule.ResourceNames) == 0 && has(rule.Verbs, verb) && has(rule.APIGroups, group) &&
			has(rule.Resources, resource) {
			return true
		}
	}
	return false
}

func has(list []string, want string) bool {
	return slices.Contains(list, want) || slices.Contains(list, "*")
}

// MayListIn asks as MayList does for a namespace, from its rules where they are complete.
func (c *Client) MayListIn(ctx context.Context, rules *Rules, a API, namespace string) (Verdict, error) {
	switch {
	case rules == nil:
		return c.MayList(ctx, a, namespace)
	case rules.Allow("list", a.Group, a.Resource) && rules.Allow("watch", a.Group, a.Resource):
		return Verdict{Allowed: true}, nil
	case rules.Incomplete:
		return c.MayList(ctx, a, namespace)
	default:
		return Verdict{Reason: refusal("list", a.Resource, a.Group, namespace)}, nil
	}
}

// WhoAmI returns the user name that the server sees; empty when the server does not tell.
func (c *Client) WhoAmI(ctx context.Context) (string, error) {
	name, _, err := c.Self(ctx)
	if k := Classify(err); k == KindNotFound || k == KindForbidden {
		return "", nil
	}
	return name, err
}

func (c *Client) post(ctx context.Context, resource string, ask, into runtime.Object) error {
	body, err := runtime.Encode(clientscheme.Codecs.LegacyCodec(authorizationv1.SchemeGroupVersion), ask)
	if err != nil {
		return fmt.Errorf("encode review: %w", err)
	}
	return c.json.Post().AbsPath("/apis/authorization.k8s.io/v1", resource).MaxRetries(0).
		SetHeader("Content-Type", jsonType).Body(body).Do(ctx).Into(into)
}

// ListNamespaces lists the names of all namespaces.
func (c *Client) ListNamespaces(ctx context.Context) ([]string, error) {
	var list metav1.PartialObjectMetadataList
	if err := c.getJSON(ctx, "/api/v1/namespaces", &list); err != nil {
		return nil, fmt.Errorf("list namespaces: %w", err)
	}
	names := make([]string, 0, len(list.Items))
	for i := range list.Items {
		names = append(names, list.Items[i].Name)
	}
	slices.Sort(names)
	return names, nil
}
