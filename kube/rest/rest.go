// Package rest reads the functions of frameworks whose API is no Kubernetes API, Fn and OpenWhisk, and changes single ones
// for whoever plans changes.
//
// Its one rule: everything is bounded. Requests go through transports that are given from outside (where the gate sits),
// connectors only send GET, and answers are limited in size, number and time. Credentials are read from a Secret for one
// poll or one change, and never stand in a record, a state or an error.
package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/status"
)

// The frameworks that have connectors.
const (
	Fn        = "fn"
	OpenWhisk = "openwhisk"
)

// DefaultInterval is the time between two polls of a connector that is live.
const DefaultInterval = 30 * time.Second

// SecretRef names one value of a Secret.
type SecretRef struct{ Namespace, Name, Key string }

// IsZero reports whether no Secret is named.
func (r SecretRef) IsZero() bool { return r == SecretRef{} }

// String writes the reference as the configuration does.
func (r SecretRef) String() string { return r.Namespace + "/" + r.Name + "#" + r.Key }

// ParseSecretRef reads `NAMESPACE/NAME#KEY`.
func ParseSecretRef(s string) (SecretRef, error) {
	object, key, _ := strings.Cut(s, "#")
	namespace, name, _ := strings.Cut(object, "/")
	if namespace == "" || name == "" || key == "" || strings.ContainsAny(name+key, "/#") {
		return SecretRef{}, fmt.Errorf("%q does not name a Secret's value: write NAMESPACE/NAME#KEY", s)
	}
	return SecretRef{Namespace: namespace, Name: name, Key: key}, nil
}

// Config is one connector.
type Config struct {
	Framework string    // Fn or OpenWhisk
	Name      string    // unique among the connectors of the framework on a cluster
	Namespace string    // the Kubernetes namespace that its functions are shown in
	URL       string    // of the API; empty: Service, by the API server's service proxy (Fn only)
	Service   string    // NAME:PORT for the service proxy; empty: fn-fn:api
	Secret    SecretRef // Fn: a bearer token; OpenWhisk: an auth key `UUID:KEY`
	Interval  time.Duration
}

// Source is the name under which the connector's objects are given to the Sink.
func (c Config) Source() string { return c.Framework + "/" + c.Name }

// SecretReader reads one value of a Secret, with the operator's own rights.
type SecretReader interface {
	Value(ctx context.Context, namespace, name, key string) ([]byte, error)
}

// Sink takes objects: those of one call are all that the source has. JSON is valid during the call only.
type Sink interface {
	ReplaceSource(source string, raws []*frameworks.Raw)
}

// Proxy returns the base URL of a Service (NAME:PORT) behind the API server's service proxy, and the transport that
// reaches it.
type Proxy func(namespace, service string) (*url.URL, http.RoundTripper)

// ServiceProxy makes a Proxy of an API server's address and an authenticated transport to it.
func ServiceProxy(server *url.URL, transport http.RoundTripper) Proxy {
	return func(namespace, service string) (*url.URL, http.RoundTripper) {
		return server.JoinPath("api/v1/namespaces", namespace, "services", service, "proxy"), transport
	}
}

// Deps is what a connector needs of its surroundings.
type Deps struct {
	Transport http.RoundTripper // for Config.URL
	Proxy     Proxy             // for connectors without URL
	Secrets   SecretReader
	Sink      Sink
	Notify    func(State) // called after every change of the state, from the connector's goroutine; may be nil
}

// State is how a connector is. It is immutable.
type State struct {
	Framework, Name, Namespace string
	Connection                 status.Connection
	Objects                    int       // of the newest complete read
	Read                       time.Time // when that was; zero: never
	Incomplete                 string    // why the list is not all there is
	Warning                    string
}

var (
	validName    = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	validService = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(:[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?)?$`)
)

// errWhiskNeedsHost: the API server's proxy drops the Authorization header, and OpenWhisk answers nothing without.
var errWhiskNeedsHost = errors.New(
	"apiHost is missing: OpenWhisk needs credentials, and the API server's service proxy removes them")

func (c *Config) check() error {
	switch {
	case c.Framework != Fn && c.Framework != OpenWhisk:
		return fmt.Errorf("framework %q has no connector", c.Framework)
	case !validName.MatchString(c.Name):
		return fmt.Errorf("name %q: letters, digits, '-', '_' and '.' only", c.Name)
	case !validName.MatchString(c.Namespace):
		return fmt.Errorf("kubeNamespace %q is no namespace name", c.Namespace)
	case c.Interval < 0 || c.Interval > 0 && c.Interval < time.Second:
		return fmt.Errorf("interval %s is shorter than a second", c.Interval)
	case c.Framework == OpenWhisk && c.URL == "":
		return errWhiskNeedsHost
	case c.Framework == OpenWhisk && c.Secret.IsZero():
		return errors.New("authSecret is missing: OpenWhisk answers nothing without an auth key")
	case c.Framework == Fn && c.URL == "" && !c.Secret.IsZero():
		return errors.New("url is missing: the API server's service proxy would remove the token of tokenSecret")
	case c.URL == "" && !validService.MatchString(c.Service):
		return fmt.Errorf("service %q is not NAME:PORT", c.Service)
	}
	return nil
}

// parseURL reads the address of an API. Credentials belong in a Secret.
func parseURL(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("the URL cannot be parsed") // the parser's error would repeat what may be a password
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the URL holds credentials: put them into a Secret")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("scheme %q of the URL is neither http nor https", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("the URL has no host")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the URL has a query or a fragment")
	}
	return u, nil
}

// exposes reports whether credentials would cross a network in the clear.
func exposes(u *url.URL) bool {
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}
