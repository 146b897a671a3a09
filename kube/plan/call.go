package plan

import "github.com/fn9s/fn9s/security/model"

// Call is how a function is called.
type Call struct {
	// Doors are the places where its calls arrive, the best first. Without any it cannot be called, and None says why.
	Doors []Door
	None  string
	// Method is the one that is asked for unless another one is; empty: GET without a body, POST with one.
	Method string
	// Headers go with every call. In a value {id} is a new id, {time} the present and {type} the type of the body.
	Headers []Header
	Login   *Login // with what the framework lets callers in; nil: nothing is known
	Notes   []string
}

// Header is one header of a request.
type Header struct{ Name, Value string }

// Door is one place where calls arrive.
type Door struct {
	// URL leads there: `http://SERVICE.NAMESPACE.svc:PORT/PATH` in the cluster, else an address outside.
	URL string
	// Connector says that URL is a path below the address of the framework's own API, as a connector knows it.
	Connector bool
	// Host is what requests must name, where it is not the URL's.
	Host string
	// Wakes says that a function without pods is started for a call that arrives here.
	Wakes bool
	// NoProxy says why the API server's proxy is no way to it; empty: it is one.
	NoProxy string
	// PodPort is the port of the function's own pods behind it; 0: the Service tells.
	PodPort int
	Headers []Header
}

// Login is what lets a caller in, and which Secret holds it.
type Login struct {
	Kind   LoginKind
	Secret model.Ref // zero: that of the connector
	User   string    // key of the user's name, for Basic and Token
	Key    string    // key of the password, the token or the API key
	Header string    // for APIKey
	Path   string    // for Token: where a user and a password are changed for a token
}

// LoginKind is how a caller shows who it is.
type LoginKind string

// The kinds of logins. Token is a bearer token that is asked for first.
const (
	Basic  LoginKind = "basic"
	Bearer LoginKind = "bearer"
	APIKey LoginKind = "api-key"
	Token  LoginKind = "token"
)
