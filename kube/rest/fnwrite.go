package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// fnFunction is what is read of a function of Fn to change it.
type fnFunction struct {
	ID          string                     `json:"id"`
	Name        string                     `json:"name"`
	Updated     string                     `json:"updated_at"`
	Image       string                     `json:"image"`
	Memory      int64                      `json:"memory"`
	Timeout     int64                      `json:"timeout"`
	IdleTimeout int64                      `json:"idle_timeout"`
	Config      map[string]string          `json:"config"`
	Annotations map[string]json.RawMessage `json:"annotations"`
	// Of a trigger.
	Fn     string `json:"fn_id"`
	Type   string `json:"type"`
	Source string `json:"source"`
}

// fnOwn begins the names of the annotations that the server makes.
const fnOwn = "fnproject.io/"

func readFnFunction(ctx context.Context, c *client, ref model.Ref) (map[string]any, error) {
	name := parts(ref)
	if len(name) != 2 {
		return nil, fmt.Errorf("%s is no function of an app", ref.Name)
	}
	app, err := findFn(ctx, c, "apps", name[0], nil)
	if err != nil {
		return nil, err
	}
	f, err := findFn(ctx, c, "fns", name[1], url.Values{"app_id": {app.ID}})
	if err != nil {
		return nil, err
	}
	data := map[string]any{}
	for k, v := range f.Config {
		data["config/"+k] = v
	}
	for k, v := range f.Annotations {
		if !strings.HasPrefix(k, fnOwn) {
			data["annotations/"+k] = string(v)
		}
	}
	spec := map[string]any{"image": f.Image, "memory": f.Memory, "timeout": f.Timeout, "idleTimeout": f.IdleTimeout}
	return shape(ref, "v2", f.ID, f.Updated, spec, data), nil
}

// findFn finds an object by its name.
func findFn(ctx context.Context, c *client, kind, name string, query url.Values) (*fnFunction, error) {
	var page struct {
		Items []fnFunction `json:"items"`
	}
	ask := maps.Clone(query)
	if ask == nil {
		ask = url.Values{}
	}
	ask.Set("name", name)
	if err := c.get(ctx, []string{"v2", kind}, ask, &page); err != nil {
		return nil, err
	}
	for i := range page.Items {
		if page.Items[i].Name == name && usable(page.Items[i].ID) {
			return &page.Items[i], nil
		}
	}
	return nil, &statusError{code: http.StatusNotFound, message: "there is no such function"}
}

// writeFnFunction updates a function: what is left out stays, configuration is merged, and a key goes with an empty text.
func writeFnFunction(ctx context.Context, c *client, was, now map[string]any) error {
	body := map[string]any{}
	names := map[string]string{"image": "image", "memory": "memory", "timeout": "timeout", "idleTimeout": "idle_timeout"}
	for k, v := range differing(inside(was, "spec"), inside(now, "spec")) {
		if names[k] == "" {
			return fmt.Errorf("there is no field for %s", k)
		}
		body[names[k]] = v
	}
	config := map[string]any{}
	for k, v := range differing(inside(was, "data"), inside(now, "data")) {
		if !strings.HasPrefix(k, "config/") {
			return fmt.Errorf("there is no field for %s", k)
		}
		config[strings.TrimPrefix(k, "config/")] = v
	}
	for k := range inside(was, "data") {
		if _, ok := inside(now, "data")[k]; !ok && strings.HasPrefix(k, "config/") {
			config[strings.TrimPrefix(k, "config/")] = ""
		}
	}
	if len(config) > 0 {
		body["config"] = config
	}
	id, _ := inside(was, "metadata")["uid"].(string)
	if !usable(id) {
		return errors.New("the function has no id")
	}
	return c.put(ctx, []string{"v2", "fns", id}, nil, body)
}
