package network

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
)

var secretKind = schema.GroupKind{Kind: "Secret"}

const soon = 21 * 24 * time.Hour

// tlsSecret judges the Secrets that the routes name. Of a cluster their content is read only where the operator allows it.
func tlsSecret(e *check.Eval) {
	any := false
	judged := map[model.Ref]bool{}
	for _, ref := range routeObjects(e) {
		o := expose.Resolved.Get(e.Reader, ref)
		for i := range o.Certificates {
			c := &o.Certificates[i]
			any = true
			if c.Secret.Group != "" || c.Secret.Kind != secretKind.Kind {
				continue // of another kind, which the controller knows
			}
			if c.Secret.Name != "" && c.Secret.Namespace == "" {
				namespace, ok := expose.GatewayNamespace(e.Reader, c.Object)
				if !ok {
					e.Undecided(certAt(c), "where the gateway of "+c.Object.Name+" looks for Secret "+c.Secret.Name+" is not known")
					continue
				}
				c = &expose.Certificate{
					Secret: model.Ref{Kind: c.Secret.Kind, Namespace: namespace, Name: c.Secret.Name}, Hosts: c.Hosts,
					Field: c.Field, Fixed: c.Fixed, Object: c.Object,
				}
			}
			if !judged[c.Secret] || c.Secret.Name == "" {
				judged[c.Secret] = true
				certificate(e, c)
			}
		}
	}
	if !any {
		e.NA("no route names a certificate")
	}
}

func certAt(c *expose.Certificate) check.At {
	return check.At{Object: c.Object, Path: c.Field, Fixed: c.Fixed, Value: c.Secret.Name}
}

func certificate(e *check.Eval, c *expose.Certificate) {
	who := c.Object.Kind + " " + c.Object.Name
	if c.Secret.Name == "" {
		e.Fail(certAt(c), who+" names no certificate: the controller shows its own, which does not fit the host").As(check.Medium)
		return
	}
	secret, ok := e.Get(c.Secret).(*model.Secret)
	if !ok {
		missingCertificate(e, c, who)
		return
	}
	name := "Secret " + c.Secret.Namespace + "/" + c.Secret.Name
	if c.Unresolved != "" {
		e.Fail(certAt(c), "the Gateway cannot use "+name+": "+c.Unresolved)
	} else if secret.Type != "" && secret.Type != "kubernetes.io/tls" {
		e.Fail(certAt(c), name+" is of type "+secret.Type+", not kubernetes.io/tls").As(check.Low)
	}
	if p := expose.PairOf(e.Reader, c.Secret); p != nil {
		pair(e, c, p, name)
	} else if i := expose.IssueOf(e.Reader, c.Secret); i != nil {
		issued(e, c, i, name)
	} else if m, unread := e.Unread(secret, model.Certificates); unread {
		e.Unknown(m)
	}
}

// missingCertificate: what a controller makes is not among the manifests, and may not be there yet on a cluster.
func missingCertificate(e *check.Eval, c *expose.Certificate, who string) {
	name := "Secret " + c.Secret.Namespace + "/" + c.Secret.Name
	issue := expose.IssueOf(e.Reader, c.Secret)
	o := e.Options()
	switch {
	case o.Manifests && (c.Issued || issue != nil || synced(e, c.Secret)):
	case o.Partial:
		e.Undecided(certAt(c), name+" is not among the manifests: it may be elsewhere")
	case !e.Need(secretKind, c.Secret.Namespace):
	default:
		e.Fail(certAt(c), who+" names "+name+", which does not exist").Offers(check.FixCreateSecret, check.FixReview)
	}
}

// synced reports whether another object of the manifests makes the Secret.
func synced(e *check.Eval, secret model.Ref) bool {
	for _, kind := range []schema.GroupKind{
		{Group: "external-secrets.io", Kind: "ExternalSecret"}, {Group: "bitnami.com", Kind: "SealedSecret"},
	} {
		if e.Get(model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: secret.Namespace, Name: secret.Name}) != nil {
			return true
		}
	}
	return false
}

func pair(e *check.Eval, c *expose.Certificate, p *expose.Pair, name string) {
	if p.Problem != "" {
		e.Fail(certAt(c), name+" cannot be used: "+p.Problem)
		return
	}
	expiry(e, c, p.Expires, name)
	var uncovered []string
	for _, host := range c.Hosts {
		if host != "" && !p.Covers(host) {
			uncovered = append(uncovered, host)
		}
	}
	if len(uncovered) > 0 {
		e.Fail(certAt(c), "the certificate in "+name+" is not good for "+strings.Join(uncovered, ", "))
	}
}

func expiry(e *check.Eval, c *expose.Certificate, at time.Time, name string) {
	left := at.Sub(e.Options().Now)
	switch {
	case at.IsZero():
	case left <= 0:
		e.Fail(certAt(c), "the certificate in "+name+" expired on "+at.Format(time.DateOnly)).Offers(check.FixRotateSecret, check.FixReview)
	case left <= soon:
		e.Fail(certAt(c), "the certificate in "+name+" expires on "+at.Format(time.DateOnly)).As(check.Medium).
			Offers(check.FixRotateSecret, check.FixReview)
	}
}

// issued: cert-manager renews long before the end; what it could not issue is as good as expired.
func issued(e *check.Eval, c *expose.Certificate, i *expose.Issue, name string) {
	if i.Known && !i.Ready {
		f := e.Fail(certAt(c), "cert-manager says that Certificate "+i.Certificate.Name+" for "+name+" is not ready")
		if !i.Expires.IsZero() && i.Expires.After(e.Options().Now) {
			f.As(check.Medium)
		}
		return
	}
	expiry(e, c, i.Expires, name)
}
