package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// fnPage is the most that Fn answers at once.
const fnPage = 100

// fnObject is what all objects of Fn have.
type fnObject struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	FnID    string `json:"fn_id"`
	Created string `json:"created_at"`
	Updated string `json:"updated_at"`

	raw json.RawMessage
}

// fnReader reads an Fn server, app by app: the list of all functions pages by a name that is unique in an app only,
// and loses functions.
type fnReader struct{ config *Config }

type fnApp struct {
	app           fnObject
	fns, triggers fnList
}

type fnList struct {
	items      []fnObject
	skipped    int
	incomplete string
}

func (r *fnReader) read(ctx context.Context, c *client) (*listing, error) {
	l := newListing(r.config, frameworks.FnGroup, "v2")
	listed, err := listFn(ctx, c, "apps", nil)
	if err != nil {
		return nil, err
	}
	apps := make([]fnApp, len(listed.items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, app := range listed.items {
		apps[i].app = app
		group.Go(func() error { return apps[i].read(ctx, c) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	l.note(&listed)
	for i := range apps {
		apps[i].addTo(l)
	}
	l.finish()
	return l, nil
}

// read lists what an app holds. An app that was deleted after the list of apps was made holds nothing.
func (a *fnApp) read(ctx context.Context, c *client) (err error) {
	query := url.Values{"app_id": {a.app.ID}}
	if a.fns, err = listFn(ctx, c, "fns", query); err != nil && !isStatus(err, 404) {
		return err
	}
	if a.triggers, err = listFn(ctx, c, "triggers", query); err != nil && !isStatus(err, 404) {
		return err
	}
	return nil
}

func (a *fnApp) addTo(l *listing) {
	app := l.ref("App", a.app.Name)
	l.addFn(app, &a.app)
	l.note(&a.fns)
	l.note(&a.triggers)
	byID := make(map[string]model.Ref, len(a.fns.items))
	for i := range a.fns.items {
		fn := &a.fns.items[i]
		ref := l.ref("Fn", a.app.Name, fn.Name)
		byID[fn.ID] = ref
		l.addFn(ref, fn, app)
	}
	for i := range a.triggers.items {
		t := &a.triggers.items[i]
		links := []model.Ref{app}
		if fn, ok := byID[t.FnID]; ok {
			links = append(links, fn)
		}
		l.addFn(l.ref("Trigger", a.app.Name, t.Name), t, links...)
	}
}

func (l *listing) addFn(ref model.Ref, o *fnObject, links ...model.Ref) {
	l.add(ref, o.raw, instant(o.Created), instant(o.Updated), links...)
}

func (l *listing) note(list *fnList) {
	l.skipped += list.skipped
	if list.incomplete != "" {
		l.stop(list.incomplete)
	}
}

// listFn reads all pages of a list. A server that repeats a page, or never ends, gives an incomplete list.
func listFn(ctx context.Context, c *client, kind string, query url.Values) (fnList, error) {
	var list fnList
	ids, cursors := map[string]bool{}, map[string]bool{}
	ask := url.Values{"per_page": {strconv.Itoa(fnPage)}}
	for key, values := range query {
		ask[key] = values
	}
	for range maxPages {
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next_cursor"`
		}
		if err := c.get(ctx, []string{"v2", kind}, ask, &page); err != nil {
			return list, err
		}
		for _, raw := range page.Items {
			o := fnObject{raw: raw}
			// A field of the wrong type leaves the others readable; whether they suffice is said next.
			_ = json.Unmarshal(raw, &o)
			if !usable(o.ID, o.Name) {
				list.skipped++
				continue
			}
			if !ids[o.ID] {
				ids[o.ID] = true
				list.items = append(list.items, o)
			}
		}
		switch {
		case page.Next == "":
			return list, nil
		case cursors[page.Next]:
			list.incomplete = fmt.Sprintf("the API repeats a page of /v2/%s", kind)
			return list, nil
		case len(list.items) > maxObjects:
			list.incomplete = fmt.Sprintf("more than %d objects in /v2/%s", maxObjects, kind)
			return list, nil
		}
		cursors[page.Next] = true
		ask.Set("cursor", page.Next)
	}
	list.incomplete = fmt.Sprintf("more than %d pages of /v2/%s", maxPages, kind)
	return list, nil
}
