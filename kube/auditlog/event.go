package auditlog

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/rbac"
)

const version = "audit.k8s.io/v1"

// event is what is read of an event.
type event struct {
	Kind                     string            `json:"kind"`
	APIVersion               string            `json:"apiVersion"`
	Stage                    string            `json:"stage"`
	RequestURI               string            `json:"requestURI"`
	Verb                     string            `json:"verb"`
	User                     user              `json:"user"`
	ImpersonatedUser         *user             `json:"impersonatedUser"`
	ObjectRef                *objectRef        `json:"objectRef"`
	ResponseStatus           *responseStatus   `json:"responseStatus"`
	RequestReceivedTimestamp string            `json:"requestReceivedTimestamp"`
	StageTimestamp           string            `json:"stageTimestamp"`
	Annotations              map[string]string `json:"annotations"`
}

type user struct {
	Username string `json:"username"`
}

type objectRef struct {
	Resource    string `json:"resource"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	APIGroup    string `json:"apiGroup"`
	Subresource string `json:"subresource"`
}

type responseStatus struct {
	Code int `json:"code"`
}

// at is when the event was; zero when it does not say.
func (e *event) at() time.Time {
	for _, text := range []string{e.StageTimestamp, e.RequestReceivedTimestamp} {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && !t.IsZero() {
			return t.UTC()
		}
	}
	return time.Time{}
}

// granted reports whether the request was answered, and let through by the authorizer. What was refused later, by
// admission or because nothing was there, took the right all the same.
func (e *event) granted() bool {
	if e.Stage == "RequestReceived" {
		return false
	}
	switch e.Annotations["authorization.k8s.io/decision"] {
	case "allow":
		return true
	case "forbid":
		return false
	}
	return e.ResponseStatus == nil || e.ResponseStatus.Code != 401 && e.ResponseStatus.Code != 403
}

// deed is a right that an account used.
type deed struct {
	account rbac.Account
	rbac.Attributes
}

// deeds are the rights that a request takes: of whoever was impersonated it is the request itself, and of whoever
// impersonated the right to do so.
func (e *event) deeds() []deed {
	var all []deed
	who := e.User.Username
	if other := e.ImpersonatedUser; other != nil {
		if a, ok := accountOf(who); ok {
			if d, ok := impersonation(a, other.Username); ok {
				all = append(all, d)
			}
		}
		who = other.Username
	}
	a, ok := accountOf(who)
	if !ok {
		return all
	}
	if e.ObjectRef == nil || e.ObjectRef.Resource == "" {
		path, ok := pathOf(e.RequestURI)
		if ok && verb.MatchString(e.Verb) {
			all = append(all, deed{a, rbac.Attributes{Verb: e.Verb, Path: path}})
		}
		return all
	}
	o := e.ObjectRef
	d := deed{a, rbac.Attributes{
		Verb: e.Verb, Group: o.APIGroup, Resource: o.Resource, Subresource: o.Subresource, Namespace: o.Namespace, Name: o.Name,
	}}
	if !sound(&d.Attributes) {
		return all
	}
	if d.Verb == "create" && d.Subresource == "" || d.Verb == "deletecollection" {
		d.Name = "" // the log takes it from the object: the authorizer was not told
	}
	all = append(all, d)
	if s := e.ResponseStatus; s != nil && s.Code == 201 && (d.Verb == "patch" || d.Verb == "update") && d.Subresource == "" {
		d.Verb = "create" // what was not there was made, by its name
		all = append(all, d)
	}
	return all
}

func impersonation(a rbac.Account, other string) (deed, bool) {
	d := deed{a, rbac.Attributes{Verb: "impersonate", Resource: "users", Name: other}}
	if of, ok := accountOf(other); ok {
		d.Resource, d.Namespace, d.Name = "serviceaccounts", of.Namespace, of.Name
	}
	return d, len(other) <= maxName && plainText(other)
}

func accountOf(username string) (rbac.Account, bool) {
	a, ok := rbac.AccountOf(username)
	return a, ok && dnsLabel.MatchString(a.Namespace) && objectName(a.Name) && a.Name != ""
}

const maxName = 253

// What words of a role look like. Wildcards are none of them: a log names what was asked for.
var (
	verb     = regexp.MustCompile(`^[a-z]{1,32}$`)
	resource = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	apiGroup = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$`)
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
)

func sound(a *rbac.Attributes) bool {
	return verb.MatchString(a.Verb) && resource.MatchString(a.Resource) && apiGroup.MatchString(a.Group) &&
		(a.Subresource == "" || resource.MatchString(a.Subresource)) && (a.Namespace == "" || dnsLabel.MatchString(a.Namespace)) &&
		objectName(a.Name)
}

// objectName reports whether a text can be the name of an object: a part of a path.
func objectName(name string) bool {
	return len(name) <= maxName && name != "." && name != ".." && name != "*" && !strings.ContainsAny(name, "/%") && plainText(name)
}

// plainText reports whether a text has nothing but printable characters of ASCII.
func plainText(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func pathOf(uri string) (string, bool) {
	u, err := url.ParseRequestURI(uri)
	if err != nil || len(u.Path) > maxName || !plainText(u.Path) || strings.Contains(u.Path, "*") {
		return "", false
	}
	return u.Path, true
}

// compare orders requests.
func compare(a, b *rbac.Attributes) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Resource, b.Resource),
		cmp.Compare(a.Subresource, b.Subresource), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Verb, b.Verb))
}
