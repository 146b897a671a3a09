package client

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// OpenAPI returns the OpenAPI v3 document of a group version, as JSON.
func (c *Client) OpenAPI(ctx context.Context, gv schema.GroupVersion) ([]byte, error) {
	parts := []string{"/openapi/v3/apis", gv.Group, gv.Version}
	if gv.Group == "" {
		parts = []string{"/openapi/v3/api", gv.Version}
	}
	raw, err := answer(c.json.Get().AbsPath(parts...).SetHeader("Accept", jsonType).MaxRetries(0).Do(ctx))
	if err != nil {
		return nil, fmt.Errorf("get OpenAPI document of %s: %w", gv, err)
	}
	return raw, nil
}
