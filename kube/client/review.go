package client

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
)

// ReviewSelf asks whether this operator may do something.
func (c *Client) ReviewSelf(ctx context.Context, spec *authorizationv1.SelfSubjectAccessReviewSpec) (Verdict, error) {
	var got authorizationv1.SelfSubjectAccessReview
	ask := &authorizationv1.SelfSubjectAccessReview{Spec: *spec}
	if err := c.post(ctx, "selfsubjectaccessreviews", ask, &got); err != nil {
		return Verdict{}, fmt.Errorf("ask what I may do: %w", err)
	}
	return Verdict{Allowed: got.Status.Allowed, Reason: got.Status.Reason}, nil
}

// Review asks whether somebody may do something. His groups are those of the question: none is added.
func (c *Client) Review(ctx context.Context, spec *authorizationv1.SubjectAccessReviewSpec) (Verdict, error) {
	var got authorizationv1.SubjectAccessReview
	ask := &authorizationv1.SubjectAccessReview{Spec: *spec}
	if err := c.post(ctx, "subjectaccessreviews", ask, &got); err != nil {
		return Verdict{}, fmt.Errorf("ask what %s may do: %w", spec.User, err)
	}
	return Verdict{Allowed: got.Status.Allowed, Reason: got.Status.Reason}, nil
}

// Self returns the name and the groups that the server gives this operator.
func (c *Client) Self(ctx context.Context) (name string, groups []string, err error) {
	var got authenticationv1.SelfSubjectReview
	body, err := runtime.Encode(clientscheme.Codecs.LegacyCodec(authenticationv1.SchemeGroupVersion), &authenticationv1.SelfSubjectReview{})
	if err != nil {
		return "", nil, fmt.Errorf("encode review: %w", err)
	}
	err = c.json.Post().AbsPath("/apis/authentication.k8s.io/v1/selfsubjectreviews").MaxRetries(0).
		SetHeader("Content-Type", jsonType).Body(body).Do(ctx).Into(&got)
	if err != nil {
		return "", nil, fmt.Errorf("ask who I am: %w", err)
	}
	return got.Status.UserInfo.Username, got.Status.UserInfo.Groups, nil
}
