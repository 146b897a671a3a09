package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"encoding/json"
)

// maxRefusal bounds what is read of an answer that is no success.
const maxRefusal = 64 << 10

// Open sends a GET below the server's address and hands over the answer as it comes, with its content type. An answer
// that is no success is an error in the server's words.
func (c *Client) Open(ctx context.Context, path string, params url.Values, accept string) (body io.ReadCloser, contentType string, err error) {
	u := c.json.Get().AbsPath(path).URL()
	u.RawQuery = params.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", fmt.Errorf("get %s: %w", path, err)
	}
	r.Header.Set("Accept", accept)
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, "", fmt.Errorf("get %s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		defer func() { _ = answer.Body.Close() }()
		return nil, "", fmt.Errorf("get %s: %w", path, refusalOf(answer))
	}
	return answer.Body, answer.Header.Get("Content-Type"), nil
}

// refusalOf makes an error of an answer: the Status that a Kubernetes server sends, or the status code alone.
func refusalOf(answer *http.Response) error {
	raw, _ := io.ReadAll(io.LimitReader(answer.Body, maxRefusal)) // what is missing is only the message
	var status metav1.Status
	if json.Unmarshal(raw, &status) == nil && status.Kind == "Status" && status.Status != metav1.StatusSuccess {
		return &apierrors.StatusError{ErrStatus: status}
	}
	return apierrors.NewGenericServerResponse(answer.StatusCode, http.MethodGet, schema.GroupResource{}, "", string(raw), 0, true)
}
