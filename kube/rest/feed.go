package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// feedPatience is how long a feed action is waited for: it sets something up elsewhere.
const feedPatience = 25 * time.Second

// feedError says that a feed action did not do what it was told, and what is left of the trigger.
type feedError struct{ text string }

func (e *feedError) Error() string { return e.text }

// feedOf is the feed action that an object of kind Trigger names; empty: it has none.
func feedOf(o map[string]any) string {
	feed, _ := inside(o, "spec")["feed"].(string)
	return feed
}

// makeFed creates a trigger and has its feed action send events to it, as `wsk trigger create --feed` does. A trigger whose
// feed refuses is deleted again.
func makeFed(ctx context.Context, c *client, ref model.Ref, made map[string]any) error {
	feed := feedOf(made)
	annotation, err := newPair("feed", feed)
	if err != nil {
		return fmt.Errorf("write annotation feed: %w", err)
	}
	name := parts(ref)
	body := map[string]any{"namespace": "_", "name": name[len(name)-1], "annotations": []pair{annotation}}
	if err := c.send(ctx, http.MethodPut, whiskPath(ref), url.Values{"overwrite": {"false"}}, body); err != nil {
		return err
	}
	told := tellFeed(ctx, c, ref, feed, "CREATE", inside(made, "sent"))
	if told == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	if err := c.send(ctx, http.MethodDelete, whiskPath(ref), nil, nil); err != nil {
		return &feedError{fmt.Sprintf("%v; the trigger stays, without events: %v", told, err)}
	}
	return &feedError{told.Error() + "; the trigger was deleted again"}
}

// removeFed has the feed action end its events before the trigger is deleted: when it refuses, all stays as it is.
func removeFed(ctx context.Context, c *client, ref model.Ref, live map[string]any) error {
	if err := tellFeed(ctx, c, ref, feedOf(live), "DELETE", nil); err != nil {
		return &feedError{err.Error() + "; the trigger stays"}
	}
	return c.send(ctx, http.MethodDelete, whiskPath(ref), nil, nil)
}

// tellFeed calls a feed action with what has become of a trigger. It gets the key of the tenant: with that it fires the trigger.
func tellFeed(ctx context.Context, c *client, ref model.Ref, feed, event string, parameters map[string]any) error {
	segments := strings.Split(strings.TrimPrefix(feed, "/"), "/")
	if !strings.HasPrefix(feed, "/") || len(segments) < 2 || len(segments) > 3 || !usable(segments...) {
		return fmt.Errorf("the feed %q is no full name of an action", oneLine(feed))
	}
	if c.key == "" {
		return errors.New("the connector has no key of the tenant, which a feed needs")
	}
	body := map[string]any{}
	var hide []string
	for _, k := range slices.Sorted(maps.Keys(parameters)) {
		text, _ := parameters[k].(string)
		if !json.Valid([]byte(text)) {
			return fmt.Errorf("the parameter %s of the feed is no JSON", k)
		}
		body[k] = json.RawMessage(text)
		var value any
		if json.Unmarshal([]byte(text), &value) == nil && !told[k] {
			hide = append(hide, texts(value)...)
		}
	}
	body["lifecycleEvent"], body["triggerName"], body["authKey"] = event, "/"+strings.Join(parts(ref), "/"), c.key
	c.patience = feedPatience
	defer func() { c.patience = 0 }()
	path := append([]string{"api", "v1", "namespaces", segments[0], "actions"}, segments[1:]...)
	raw, err := json.Marshal(body)
	if err == nil {
		err = c.fetch(ctx, http.MethodPost, path, url.Values{"blocking": {"true"}, "result": {"true"}}, raw, nil)
	}
	switch {
	case err == nil:
		return nil
	case isStatus(err, http.StatusAccepted):
		err = errors.New("it has not ended yet, and nobody knows how it will")
	}
	var answer *statusError
	if parameters == nil && errors.As(err, &answer) {
		answer.message = "" // it may repeat what it was told once, which nobody here knows to hide
	}
	return fmt.Errorf("the feed %s was called with lifecycleEvent %s: %s", feed, event, scrub(err.Error(), hide))
}

// texts are all texts of a value of JSON.
func texts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, v := range value {
			all = append(all, texts(v)...)
		}
		return all
	case map[string]any:
		return texts([]any(slices.Collect(maps.Values(value))))
	}
	return nil
}
