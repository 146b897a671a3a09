package secrets

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// value is what is kept of one value of a Secret: a hash that compares within the run, and whether it is weak.
type value struct {
	key                     string
	sum                     [16]byte
	short, common, harmless bool
}

// unlike are types of Secrets whose values are made by machines, or are alike on purpose.
var unlike = map[string]bool{
	"kubernetes.io/service-account-token": true, "kubernetes.io/dockerconfigjson": true, "kubernetes.io/dockercfg": true,
	"kubernetes.io/tls": true, "kubernetes.io/ssh-auth": true, "bootstrap.kubernetes.io/token": true, "helm.sh/release.v1": true,
}

const (
	maxValues   = 64
	maxCompared = 8 << 10
	shortest    = 12
)

func values(keys []string, data map[string][]byte, hashKey []byte) (found []value) {
	for _, k := range keys {
		if len(found) == maxValues {
			break
		}
		if len(data[k]) == 0 || len(data[k]) > maxCompared {
			continue
		}
		text := strings.TrimSpace(string(data[k]))
		v := value{key: k, short: len(text) < shortest, common: common(text), harmless: detect.Harmless(text)}
		mac := hmac.New(sha256.New, hashKey)
		mac.Write([]byte(text))
		copy(v.sum[:], mac.Sum(nil))
		found = append(found, v)
	}
	return found
}

// common reports whether a password is among the first that are tried, with or without a number behind it.
func common(text string) bool {
	low := strings.ToLower(text)
	return commonWords[low] || commonWords[strings.TrimRight(low, "0123456789!.-_")]
}

var commonWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`changeme change-me changeit change-it change_me changethis password passw0rd p@ssw0rd p@ssword
		passwd pass secret topsecret supersecret mysecret admin administrator root toor guest user test testing demo example
		default letmein welcome qwerty qwertz azerty abc abc123 1q2w3e4r 1qaz2wsx iloveyou monkey dragon master login
		postgres postgresql mysql mariadb redis mongo mongodb rabbitmq kafka elastic minio minioadmin grafana prom-operator
		keycloak jenkins tomcat oracle sa system manager openfaas nuclio fission kubeless knative openwhisk kyma
		mysecretpassword adminpassword rootpassword dbpassword secretpassword hunter2 foobar trustno correcthorsebatterystaple`) {
		m[w] = true
	}
	return m
}()

// credentialKey reports whether a key of a Secret holds a credential, by the names.
func credentialKey(s *model.Secret, key string, own *detect.Names) bool {
	return detect.Sensitive(key, own) || s.Keys == 1 && detect.Sensitive(s.Name, own) || s.Type == "kubernetes.io/basic-auth" && key == "password"
}

// alike is one place of a value that is in several Secrets.
type alike struct {
	secret model.Ref
	key    string
}

// alikes answers in which Secrets the credentials that were looked at stand. Copies that a tool made do not count.
var alikes = snapshot.NewQuery("equal values of Secrets", func(r *snapshot.Reader, _ struct{}) map[[16]byte][]alike {
	found := map[[16]byte][]alike{}
	own := names.Get(r, struct{}{})
	for _, o := range r.List(secretKind, "") {
		s, ok := o.(*model.Secret)
		if !ok || slices.ContainsFunc(replicas, s.Annotations.Has) {
			continue
		}
		for _, v := range openedOf(s).values {
			if !v.harmless && credentialKey(s, v.key, own) {
				found[v.sum] = append(found[v.sum], alike{s.Ref, v.key})
			}
		}
	}
	for sum, all := range found {
		if len(all) < 2 {
			delete(found, sum)
		}
	}
	return found
}, nil)

// weak is SEC-19.
func weak(e *check.Eval) {
	if !e.Options().CompareSecretValues {
		e.NA("values of Secrets are compared only when posture.compareSecretValues asks for it")
		return
	}
	own := names.Get(e.Reader, struct{}{})
	for _, u := range secretsOf(e, reading) {
		if unlike[u.Type] {
			continue
		}
		if m, unread := e.Unread(u.Secret, model.Values); unread {
			e.Unknown(m)
			continue
		}
		for _, v := range openedOf(u.Secret).values {
			if !credentialKey(u.Secret, v.key, own) {
				continue
			}
			if why := weakness(e, u.Ref, &v); why != "" {
				e.Fail(check.At{Object: u.Ref, Path: "data['" + v.key + "']"}, "key "+v.key+" of Secret "+u.Name+" "+why)
			}
		}
	}
}

// weakness says what is wrong with a value; empty: nothing. Stand-ins in manifests are filled in before they are applied.
func weakness(e *check.Eval, secret model.Ref, v *value) string {
	switch {
	case v.common:
		return "holds one of the passwords that are tried first"
	case v.harmless && e.Options().Manifests:
		return ""
	case v.short:
		return "holds fewer than 12 characters"
	case v.harmless:
		return "holds a stand-in, not a credential"
	}
	for _, other := range alikes.Get(e.Reader, struct{}{})[v.sum] {
		if other.secret != secret {
			return "has the same value as key " + other.key + " of Secret " + other.secret.Namespace + "/" + other.secret.Name
		}
	}
	return ""
}
