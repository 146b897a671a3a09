package secrets

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// powers are types of Secrets that open more than one thing.
var powers = map[string]string{
	"kubernetes.io/service-account-token": "a token of the API server that never expires",
	"kubernetes.io/dockerconfigjson":      "the login to an image registry",
	"kubernetes.io/dockercfg":             "the login to an image registry",
	"kubernetes.io/ssh-auth":              "an SSH key",
	"bootstrap.kubernetes.io/token":       "a token with which nodes join the cluster",
}

// powerKeys are keys of Secrets whose names say the same.
var powerKeys = map[string]string{
	"kubeconfig": "the credentials of a cluster", "kubeconfig.yaml": "the credentials of a cluster", "admin.conf": "the credentials of a cluster",
	"credentials.json": "the key of a cloud account", "service-account.json": "the key of a cloud account",
	"gcp-credentials.json": "the key of a cloud account", "ca.key": "the key of a certificate authority", "ca-key.pem": "the key of a certificate authority",
	".dockerconfigjson": "the login to an image registry", "id_rsa": "an SSH key", "ssh-privatekey": "an SSH key",
}

func powerful(e *check.Eval) {
	for _, u := range secretsOf(e, inside) {
		if what := powers[u.Type]; what != "" {
			limited(e, e.Fail(u.uses[0].At, "Secret "+u.Name+" of type "+u.Type+" gives the pod "+what), u.uses[0])
			continue
		}
		for _, k := range u.Names {
			what := powerKeys[strings.ToLower(k)]
			if k == "tls.key" && what == "" {
				if m, unread := e.Unread(u.Secret, model.Certificates); unread {
					e.Unknown(m)
				} else if authority(u.Secret) {
					what = "the key of a certificate authority"
				}
			}
			at := slices.IndexFunc(u.uses, func(o *Use) bool { return o.Key == "" || o.Key == k })
			if what != "" && at >= 0 {
				limited(e, e.Fail(u.uses[at].At, "key "+k+" of Secret "+u.Name+" gives the pod "+what), u.uses[at])
				break
			}
		}
	}
}

// authority reports whether a Secret holds the certificate of an authority beside a key.
func authority(s *model.Secret) bool {
	return slices.ContainsFunc(openedOf(s).certificates, func(c certificate) bool { return c.Key == "tls.crt" && c.CA })
}

// defaultPulls are frameworks that offer no other place for a pull secret than the account `default`.
var defaultPulls = map[string]bool{"kyma": true, "openfaas": true}

func pullSecrets(e *check.Eval) {
	uses := UsesOf.Get(e.Reader, e.F.Key)
	any := false
	for i := range uses {
		u := &uses[i]
		if u.Way != Pull {
			continue
		}
		any = true
		if s, ok := e.Get(u.Secret).(*model.Secret); ok {
			pullSecret(e, u, s)
		} else if visible(e, u.Secret) {
			e.Fail(u.At, "pull secret "+u.Secret.Name+" is not there: a private image cannot be pulled")
		}
	}
	if !any && known(e) {
		e.NA("it uses no pull secret")
	}
}

func pullSecret(e *check.Eval, u *Use, s *model.Secret) {
	if !strings.HasPrefix(s.Type, "kubernetes.io/dockerc") {
		e.Fail(u.At, "pull secret "+s.Name+" is of type "+s.Type+", with which nothing can be pulled")
		return
	}
	if u.Account == "default" && !defaultPulls[e.F.Key.Framework] {
		e.Fail(u.At, "pull secret "+s.Name+" comes from the ServiceAccount default: every pod of the namespace without its own may pull with it")
	}
	uses := UsesOf.Get(e.Reader, e.F.Key)
	if i := slices.IndexFunc(uses, func(o Use) bool { return o.Secret == u.Secret && o.Way.Inside() }); i >= 0 {
		e.Fail(uses[i].At, "pull secret "+s.Name+" is readable by the function itself").After("SEC-18")
	}
	if by := pusher(e, s); by != "" {
		e.Fail(u.At, "pull secret "+s.Name+" holds the credentials with which "+by+" pushes images")
	}
}

// kymaRegistry is the Secret that Kyma copies to every namespace for builds and pulls alike.
const kymaRegistry = "serverless-registry-config-default"

// pusher names the builder that pushes images with the Secret; empty when none does.
func pusher(e *check.Eval, s *model.Secret) string {
	if s.Name == kymaRegistry {
		return "the builder of Kyma"
	}
	if e.F.Key.Framework != "nuclio" {
		return ""
	}
	for _, u := range UsersOf.Get(e.Reader, s.Ref) {
		if !u.Pull && u.Function.Name == "" && strings.Contains(u.Name, "dashboard") {
			return "the dashboard of Nuclio (" + u.Object.Kind + " " + u.Name + ")"
		}
	}
	return ""
}

// builderSecrets are Secrets with credentials of builds that frameworks put beside functions.
var builderSecrets = []struct {
	framework, name, what string
	severity              check.Severity
}{
	{"kyma", kymaRegistry, "pushes images of every function to the registry of Kyma", check.High},
	{"kubeless", "kubeless-registry-credentials", "pushes images of every function to the registry of Kubeless", check.Medium},
}

// buildCredentials finds what can push images or read repositories in the namespace of the function.
func buildCredentials(e *check.Eval) {
	namespace := e.F.Key.Namespace
	const reach = ": whoever may read Secrets or create pods in namespace "
	for i := range builderSecrets {
		b := &builderSecrets[i]
		if b.framework != e.F.Key.Framework {
			continue
		}
		ref := Ref(namespace, b.name)
		if e.Get(ref) != nil {
			e.Fail(check.At{Object: ref}, "Secret "+b.name+" "+b.what+reach+namespace+" can do so").As(b.severity).With(check.FrameworkLimit)
		} else {
			e.Need(secretKind, namespace)
		}
	}
	for _, u := range secretsOf(e, func(u *Use) bool { return u.Way == Build && u.Secret.Namespace == namespace }) {
		if u.Name != kymaRegistry {
			e.Fail(u.uses[0].At, "Secret "+u.Name+" holds credentials of the build"+reach+namespace+" has them").With(check.FrameworkLimit)
		}
	}
	uses := UsesOf.Get(e.Reader, e.F.Key)
	seen := map[model.Ref]bool{}
	for i := range uses {
		u := &uses[i]
		s, ok := e.Get(u.Secret).(*model.Secret)
		if u.Way != Pull || !ok || seen[u.Secret] || s.Name == kymaRegistry {
			continue
		}
		seen[u.Secret] = true
		if by := pusher(e, s); by != "" {
			e.Fail(u.At, "pull secret "+s.Name+" holds the push credentials of "+by+reach+namespace+" has them").After("SEC-17").With(check.FrameworkLimit)
		}
	}
}
