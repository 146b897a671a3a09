package apiclient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Resource says where the objects of a kind are found.
type Resource struct {
	APIVersion string
	Plural     string
	Namespaced bool
	HasStatus  bool // it has a status subresource
}

// Kinds maps "apiVersion/Kind" to its resource.
type Kinds map[string]Resource

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

type groupList struct {
	Items []struct {
		Metadata struct{ Name string } `json:"metadata"`
		Versions []struct {
			Version   string `json:"version"`
			Resources []struct {
				Resource     string                         `json:"resource"`
				ResponseKind struct{ Kind string }          `json:"responseKind"`
				Scope        string                         `json:"scope"`
				Subresources []struct{ Subresource string } `json:"subresources"`
			} `json:"resources"`
		} `json:"versions"`
	} `json:"items"`
}

// Discover asks the server for all the kinds that it serves.
func (c *Client) Discover(ctx context.Context) (Kinds, error) {
	kinds := Kinds{}
	for _, path := range []string{"/api", "/apis"} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server+path, nil)
		if err != nil {
			return nil, fmt.Errorf("discover the kinds of the cluster: %w", err)
		}
		request.Header.Set("Accept", aggregated)
		answer, _, err := c.send(request)
		if err != nil {
			return nil, fmt.Errorf("discover the kinds of the cluster: %w", err)
		}
		if err := kinds.add(answer); err != nil {
			return nil, fmt.Errorf("discover the kinds of the cluster: %w", err)
		}
	}
	return kinds, nil
}

func (k Kinds) add(answer []byte) error {
	var list groupList
	if err := json.Unmarshal(answer, &list); err != nil {
		return err
	}
	for _, group := range list.Items {
		for _, version := range group.Versions {
			apiVersion := strings.TrimPrefix(group.Metadata.Name+"/"+version.Version, "/")
			for _, r := range version.Resources {
				resource := Resource{APIVersion: apiVersion, Plural: r.Resource, Namespaced: r.Scope == "Namespaced"}
				for _, sub := range r.Subresources {
					resource.HasStatus = resource.HasStatus || sub.Subresource == "status"
				}
				k[apiVersion+"/"+r.ResponseKind.Kind] = resource
			}
		}
	}
	return nil
}

// Path returns the path of an object, or of the collection when name is empty.
func (r Resource) Path(namespace, name string) string {
	path := "/apis/" + r.APIVersion
	if !strings.Contains(r.APIVersion, "/") {
		path = "/api/" + r.APIVersion
	}
	if r.Namespaced && namespace != "" {
		path += "/namespaces/" + namespace
	}
	path += "/" + r.Plural
	if name != "" {
		path += "/" + name
	}
	return path
}
