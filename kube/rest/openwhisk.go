package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

const (
	whiskPage = 200 // the most that OpenWhisk answers at once
	// maxDetails bounds the single objects read in one poll; the rest follows in the next ones.
	maxDetails = 400
	// ruleAge: switching a rule on or off does not change its version.
	ruleAge = 5 * time.Minute
)

// whiskReader reads one tenant. A list tells neither image nor handler of an action, nor what a rule connects:
// those are read object by object, and kept until the version changes.
type whiskReader struct {
	config  *Config
	now     func() time.Time
	details map[model.Ref]detail
}

type detail struct {
	version string
	read    time.Time
	json    []byte // without values of parameters; nil: cannot be read
}

func (r *whiskReader) read(ctx context.Context, c *client) (*listing, error) {
	l := newListing(r.config, frameworks.WhiskGroup, "v1")
	var tenants []string
	if err := c.get(ctx, []string{"api", "v1", "namespaces"}, nil, &tenants); err != nil {
		return nil, err
	}
	if len(tenants) == 0 || !usable(tenants[0]) {
		return nil, fmt.Errorf("the credentials belong to no OpenWhisk namespace")
	}
	l.tenant = tenants[0]
	var found []*whiskObject
	for _, plural := range []string{"actions", "packages", "triggers", "rules"} {
		list, err := listWhisk(ctx, c, l, plural)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	if err := r.complete(ctx, c, l, found); err != nil {
		return nil, err
	}
	for _, o := range found {
		l.add(o.ref, o.json, time.Time{}, time.UnixMilli(o.Updated))
	}
	l.finish()
	return l, nil
}

// listWhisk reads all pages of a list, until one is not full. One that brings nothing new ends it too.
func listWhisk(ctx context.Context, c *client, l *listing, plural string) ([]*whiskObject, error) {
	var found []*whiskObject
	seen := map[model.Ref]bool{}
	path := []string{"api", "v1", "namespaces", "_", plural}
	for skip, pages := 0, 0; ; pages++ {
		var page []json.RawMessage
		query := url.Values{"limit": {strconv.Itoa(whiskPage)}, "skip": {strconv.Itoa(skip)}}
		if err := c.get(ctx, path, query, &page); err != nil {
			return nil, err
		}
		fresh := false
		for _, raw := range page {
			o, ok := parseWhisk(l, plural, raw)
			if !ok {
				l.skipped++
				continue
			}
			if !seen[o.ref] {
				seen[o.ref] = true
				fresh = true
				found = append(found, o)
			}
		}
		skip += len(page)
		switch {
		case len(page) < whiskPage:
			return found, nil
		case !fresh:
			l.stop("the API repeats a page of " + plural)
			return found, nil
		case len(found) > maxObjects || pages >= maxPages:
			l.stop(fmt.Sprintf("more than %d %s or pages of them", len(found)-1, plural))
			return found, nil
		}
	}
}

// complete replaces summaries by full objects, as far as one poll may ask.
func (r *whiskReader) complete(ctx context.Context, c *client, l *listing, found []*whiskObject) error {
	wanted := r.wanted(found)
	if len(wanted) > maxDetails {
		l.warning = fmt.Sprintf("details of %d objects are still being read", len(wanted)-maxDetails)
		wanted = wanted[:maxDetails]
	}
	var mu sync.Mutex
	var failed int
	var why error
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, o := range wanted {
		group.Go(func() error {
			full, err := r.fetch(ctx, c, o)
			if isStatus(err, 401) || ctx.Err() != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil && !isStatus(err, 404) {
				failed, why = failed+1, err
				return nil
			}
			r.details[o.ref] = detail{version: o.state(), read: r.now(), json: full}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if failed > 0 {
		l.warning = fmt.Sprintf("details of %d objects could not be read: %v", failed, why)
	}
	r.use(found)
	return nil
}

// wanted lists the objects whose details are not known, then the rules whose state may have changed.
func (r *whiskReader) wanted(found []*whiskObject) []*whiskObject {
	var unread, old []*whiskObject
	for _, o := range found {
		have, ok := r.details[o.ref]
		switch {
		case !o.partial():
		case !ok || have.version != o.state():
			unread = append(unread, o)
		case o.ref.Kind == "Rule" && r.now().Sub(have.read) > ruleAge:
			old = append(old, o)
		}
	}
	return append(unread, old...)
}

// use puts known details into the objects, and forgets those of objects that are gone.
func (r *whiskReader) use(found []*whiskObject) {
	kept := make(map[model.Ref]detail, len(found))
	for _, o := range found {
		if d, ok := r.details[o.ref]; ok {
			kept[o.ref] = d
			if d.version == o.state() && d.json != nil {
				o.json = d.json
			}
		}
	}
	r.details = kept
}

// fetch reads one object without its code. An answer that is about another object, or unreadable, gives nil.
func (r *whiskReader) fetch(ctx context.Context, c *client, o *whiskObject) ([]byte, error) {
	path := []string{"api", "v1", "namespaces", "_", strings.ToLower(o.ref.Kind) + "s"}
	if _, pkg, ok := strings.Cut(o.Namespace, "/"); ok {
		path = append(path, pkg)
	}
	var query url.Values
	if o.ref.Kind == "Action" {
		query = url.Values{"code": {"false"}}
	}
	var raw json.RawMessage
	if err := c.get(ctx, append(path, o.Name), query, &raw); err != nil {
		return nil, err
	}
	full, ok := parseWhiskFull(raw)
	if !ok || full.Name != o.Name || full.Namespace != o.Namespace {
		return nil, nil
	}
	return full.json, nil
}
