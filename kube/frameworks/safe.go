package frameworks

import (
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// SafeURL returns an address of an object without what may be a secret in it: user, password, query and fragment.
// Of what cannot be read as an address only the beginning that cannot be a secret is kept.
func SafeURL(address string) string {
	address = Line(address)
	scheme, _, hasScheme := strings.Cut(address, "://")
	if !hasScheme {
		address = address[strings.LastIndexByte(address, '@')+1:] // git@host:path, user:password@host:port
		if end := strings.IndexAny(address, "?#"); end >= 0 {
			address = address[:end]
		}
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ = strings.Cut(scheme, "@")
		return scheme + "://…"
	}
	u.User, u.RawQuery, u.Fragment, u.ForceQuery = nil, "", "", false
	return u.String()
}

// Additional appends the references that name something that have does not: object fields repeat what the pod
// template made of them says already.
func Additional(have, more []model.Reference) []model.Reference {
	same := func(r model.Reference) func(model.Reference) bool {
		return func(o model.Reference) bool {
			return o.Kind == r.Kind && o.Name == r.Name && o.Key == r.Key && o.How == r.How && o.Namespace == r.Namespace
		}
	}
	for _, r := range List(more) {
		if !slices.ContainsFunc(have, same(r)) {
			have = append(have, r)
		}
	}
	return have
}
