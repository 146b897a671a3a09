package rest

import (
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// seed makes the versions of records useless outside this process: they are hashes of what may hold secrets.
var seed = maphash.MakeSeed()

// listing is what one poll read.
type listing struct {
	connector, namespace string
	version              string // of the API
	group                string
	raws                 []*frameworks.Raw
	at                   map[model.Ref]bool
	tenant               string
	skipped              int    // entries without a usable name, or too large
	incomplete           string // why the list is not all there is
	warning              string
}

func newListing(c *Config, group, version string) *listing {
	return &listing{
		connector: c.Name, namespace: c.Namespace, group: group, version: version, at: map[model.Ref]bool{},
	}
}

// ref is the identity of an object of the API. Slashes inside a part are escaped, so that parts cannot run together.
func (l *listing) ref(kind string, parts ...string) model.Ref {
	name := l.connector
	for _, p := range parts {
		name += "/" + strings.ReplaceAll(p, "/", "%2F")
	}
	return model.Ref{Group: l.group, Kind: kind, Namespace: l.namespace, Name: name}
}

// add takes an object. The first one of a name stays: pages overlap when something changes between them.
func (l *listing) add(ref model.Ref, json []byte, created, changed time.Time, links ...model.Ref) bool {
	if l.at[ref] {
		return false
	}
	if len(l.raws) >= maxObjects {
		l.stop(fmt.Sprintf("more than %d objects", maxObjects))
		return false
	}
	l.at[ref] = true
	l.raws = append(l.raws, &frameworks.Raw{
		GVK: schema.GroupVersionKind{Group: l.group, Version: l.version, Kind: ref.Kind},
		Header: &model.Header{
			Ref: ref, Version: l.version, Links: links, Created: created, Changed: model.Change{Time: changed},
			ResourceVersion: hash(json),
		},
		JSON: json,
	})
	return true
}

// stop notes the first reason for which the list is not complete.
func (l *listing) stop(why string) {
	if l.incomplete == "" {
		l.incomplete = why
	}
}

// finish says how many entries were left out.
func (l *listing) finish() {
	if l.skipped > 0 {
		l.stop(fmt.Sprintf("%d entries of the answer have no usable name, or are too large", l.skipped))
	}
}

// digest tells two listings apart.
func (l *listing) digest() uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, r := range l.raws {
		_, _ = h.WriteString(r.Header.Kind + "\x00" + r.Header.Name + "\x00" + r.Header.ResourceVersion + "\x00")
		for _, to := range r.Header.Links {
			_, _ = h.WriteString(to.Kind + "\x00" + to.Name + "\x00")
		}
	}
	return h.Sum64()
}

func hash(b []byte) string { return strconv.FormatUint(maphash.Bytes(seed, b), 36) }

// usable reports whether a name from the API can be the name of a record and a part of a URL.
func usable(names ...string) bool {
	for _, n := range names {
		if n == "" || n == "." || n == ".." || len(n) > maxName {
			return false
		}
	}
	return true
}

// instant reads a time of the API; zero when it is none.
func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
