package tighten

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/plan"
)

// Given is what the operator knows, and nothing in the cluster tells.
type Given struct {
	// Log is what the API server wrote about what accounts did; nil: there is none.
	Log *auditlog.Log
	// Digests say which image the cluster runs under a name, as it is written; for functions that have no pods yet.
	Digests map[string]string

	values map[string]string
}

// The values that answers may want.
const (
	Issuer     = "issuer"
	KeySet     = "jwks"
	Scopes     = "scopes"
	Audience   = "audience"
	TLSSecret  = "tls-secret"
	CertIssuer = "cert-issuer"
	AuthSecret = "auth-secret"
	Callers    = "callers"
	Timeout    = "timeout"
)

// AuditLog is the key of what is given as a file, and becomes the Log of a Given.
const AuditLog = "audit-log"

// logValue is wanted where an audit log would give the answer.
var logValue = plan.Value{Key: AuditLog, What: "the file that the API server writes with --audit-log-path, gzipped where its name ends in .gz: ~/audit.log"}

// known says what a value is, and what is wrong with a text that is none.
var known = map[string]struct {
	what  string
	wrong func(string) error
}{
	Issuer:     {"the issuer of callers' tokens, as their claim iss has it: https://login.example.com/", webAddress},
	KeySet:     {"where the issuer's keys are: https://login.example.com/.well-known/jwks.json", webAddress},
	Scopes:     {"scopes that a token must carry, all of them: orders.read,orders.write", each(scope)},
	Audience:   {"audiences, one of which a token must carry: orders", each(scope)},
	TLSSecret:  {"a Secret of type kubernetes.io/tls in the namespace of the route", objectName},
	CertIssuer: {"an issuer of cert-manager: ClusterIssuer/letsencrypt", certIssuer},
	AuthSecret: {"a Secret with users and hashed passwords (htpasswd) in the namespace of the route", objectName},
	Timeout:    {"how long one call may take, in whole seconds and at most 15m: 60s", duration},
	Callers:    {"accounts of callers in the mesh, besides its gateway: shop/cart,shop/checkout", each(account)},
}

// ValueKeys lists the values that can be given.
func ValueKeys() []string { return slices.Sorted(maps.Keys(known)) }

// About says what a value is; empty for what is none.
func About(key string) string { return known[key].what }

// Set takes a value. It is hostile until it was looked at here.
func (g *Given) Set(key, value string) error {
	k, ok := known[key]
	if !ok {
		return fmt.Errorf("%q is no value that can be given: there are %s", key, strings.Join(ValueKeys(), ", "))
	}
	value = strings.TrimSpace(value)
	if len(value) > 2048 {
		return fmt.Errorf("%s: it is longer than 2048 characters", key)
	}
	if err := k.wrong(value); err != nil {
		return fmt.Errorf("%s: %w; it is %s", key, err, k.what)
	}
	if g.values == nil {
		g.values = map[string]string{}
	}
	g.values[key] = value
	return nil
}

// Clone returns a copy that can be changed.
func (g *Given) Clone() *Given { return &Given{Log: g.Log, values: maps.Clone(g.values)} }

// Unset takes a value back.
func (g *Given) Unset(key string) { delete(g.values, key) }

// Value is what was given, empty for nothing.
func (g *Given) Value(key string) string { return g.values[key] }

// all are the parts of a value that is a list.
func (g *Given) all(key string) []any {
	var parts []any
	for _, p := range strings.Split(g.values[key], ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

func webAddress(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(text, " \"'\\`\n") {
		return errors.New("an address that begins with https:// is expected")
	}
	return nil
}

var (
	nameText  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	labelText = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	scopeText = regexp.MustCompile(`^[!#-\[\]-~]{1,253}$`) // of RFC 6749
)

// longest is the longest timeout that is no finding.
const longest = 15 * time.Minute

func duration(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > longest || d%time.Second != 0 {
		return errors.New("whole seconds from 1s to 15m are expected")
	}
	return nil
}

func objectName(text string) error {
	if !nameText.MatchString(text) {
		return errors.New("the name of an object is expected")
	}
	return nil
}

func certIssuer(text string) error {
	k, name, ok := strings.Cut(text, "/")
	if !ok || k != "Issuer" && k != "ClusterIssuer" || !nameText.MatchString(name) {
		return fmt.Errorf("%q is no KIND/NAME of an Issuer or ClusterIssuer", text)
	}
	return nil
}

func scope(text string) error {
	if !scopeText.MatchString(text) {
		return fmt.Errorf("%q is none", text)
	}
	return nil
}

func account(text string) error {
	ns, name, ok := strings.Cut(text, "/")
	if !ok || !labelText.MatchString(ns) || !nameText.MatchString(name) {
		return fmt.Errorf("%q is no NAMESPACE/SERVICEACCOUNT", text)
	}
	return nil
}

func each(wrong func(string) error) func(string) error {
	return func(list string) error {
		n := 0
		for _, part := range strings.Split(list, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			if err := wrong(part); err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return errors.New("it is empty")
		}
		return nil
	}
}

// wants is the answer that takes values which were not given.
func (q *asked) wants(why string, keys ...string) plan.Answer {
	var missing []plan.Value
	var names []string
	for _, k := range keys {
		if q.given.Value(k) == "" {
			missing = append(missing, plan.Value{Key: k, What: known[k].what})
			names = append(names, k+"=…")
		}
	}
	a := q.None(why+": it takes "+strings.Join(names, ", "), "")
	a.Wants = missing
	return a
}

// has reports whether all of these values were given.
func (q *asked) has(keys ...string) bool {
	return !slices.ContainsFunc(keys, func(k string) bool { return q.given.Value(k) == "" })
}
