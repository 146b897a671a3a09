package rest

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// maxActivations is how many activations one call reads: a page of the API.
const maxActivations = 200

// Activation is one run of an action.
type Activation struct {
	ID    string
	Start time.Time
	Lines []string // `TIME stdout: TEXT`, as the API gives them
}

// Activations reads the newest activations of an action since a time, oldest first, with what they wrote.
func (w *Writer) Activations(ctx context.Context, ref model.Ref, since time.Time, limit int) ([]Activation, error) {
	if w.connector.config.Framework != OpenWhisk || ref.Kind != "Action" || !w.Owns(ref) {
		return nil, errors.New(w.Title() + " keeps no activations of " + ref.String())
	}
	query := url.Values{
		"name": {strings.Join(parts(ref)[1:], "/")}, "docs": {"true"}, "limit": {strconv.Itoa(min(max(limit, 1), maxActivations))},
	}
	if !since.IsZero() {
		query.Set("since", strconv.FormatInt(since.UnixMilli(), 10))
	}
	var page []struct {
		ID    string   `json:"activationId"`
		Start int64    `json:"start"`
		Logs  []string `json:"logs"`
	}
	err := w.with(ctx, func(c *client) error {
		return c.get(ctx, []string{"api", "v1", "namespaces", "_", "activations"}, query, &page)
	})
	if err != nil {
		return nil, err
	}
	all := make([]Activation, 0, len(page))
	for _, a := range page {
		all = append(all, Activation{ID: a.ID, Start: time.UnixMilli(a.Start), Lines: a.Logs})
	}
	slices.SortStableFunc(all, func(a, b Activation) int { return a.Start.Compare(b.Start) })
	return all, nil
}
