package rotate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/secrets"
)

// KeysError says that it must be said which keys get new values.
type KeysError struct {
	Keys []string // all of the Secret
	Why  string
}

func (e *KeysError) Error() string {
	if len(e.Keys) == 0 {
		return "there are no keys"
	}
	return e.Why + ": it has " + strings.Join(e.Keys, ", ")
}

// whole are the keys of types of Secrets that are one credential.
var whole = map[string][]string{
	"kubernetes.io/tls": {certificateKey, privateKey}, "kubernetes.io/ssh-auth": {"ssh-privatekey"}, "kubernetes.io/basic-auth": {"password"},
}

const (
	certificateKey = "tls.crt"
	privateKey     = "tls.key"
)

// used lists the keys that are named where the Secret is used; nil: all are, or nobody knows.
func (p *Planner) used(i *secrets.Item) []string {
	if i == nil {
		return nil
	}
	var keys []string
	for _, u := range i.Usage {
		at := p.uses(i.Ref, &u)
		if len(at) == 0 {
			return nil
		}
		for k := range at {
			if at[k].Key == "" {
				return nil
			}
			keys = append(keys, at[k].Key)
		}
	}
	return keys
}

// choose finds the keys that get new values.
func (r *Rotation) choose(s *Stored, used []string, o Options) error {
	for _, k := range o.Keys {
		if !slices.Contains(s.Keys, k) {
			return &KeysError{s.Keys, "there is no key " + k}
		}
	}
	switch {
	case len(o.Keys) > 0:
		r.Keys = slices.Compact(slices.Sorted(slices.Values(o.Keys)))
	case o.All, len(s.Keys) == 1:
		r.Keys = slices.Clone(s.Keys)
	default:
		if r.Keys = r.likely(s, used); len(r.Keys) == 0 {
			return &KeysError{s.Keys, "say which keys get new values with --key, or --all-keys"}
		}
	}
	if len(r.Keys) == 0 {
		return &KeysError{}
	}
	if r.Recipe.Paired() {
		return r.pair(s, o)
	}
	return nil
}

// likely is the one credential of a Secret with several keys; none when it is not clear.
func (r *Rotation) likely(s *Stored, used []string) []string {
	all := func(keys []string) bool {
		return !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(s.Keys, k) })
	}
	if keys := whole[s.Type]; keys != nil && all(keys) {
		return slices.Clone(keys)
	}
	if tls := []string{certificateKey, privateKey}; r.Recipe.Kind == credential.TLS && all(tls) {
		return tls
	}
	var found []string
	for _, k := range s.Keys {
		if detect.Sensitive(k, nil) && (used == nil || slices.Contains(used, k)) {
			found = append(found, k)
		}
	}
	if len(found) > 1 && r.Recipe.Paired() {
		found = slices.DeleteFunc(found, func(k string) bool { return strings.HasSuffix(k, ".pub") || strings.Contains(k, "public") })
	}
	if len(found) != 1 {
		return nil
	}
	return found
}

// file is a key whose value is a file of some form, and not a word.
var file = regexp.MustCompile(`(?i)^(\.?htpasswd|auth|users|config|kubeconfig)$|\.(json|ya?ml|conf|cfg|ini|properties|toml|env|pem|crt|cer|key|p12|pfx|jks)$`)

// Unsuited says why a recipe makes nothing that a Secret of that type holds, and what to do instead; empty when it does.
func Unsuited(s *Stored, r credential.Recipe) (why, instead string) {
	switch {
	case strings.HasPrefix(s.Type, "kubernetes.io/dockerc"):
		return "it holds what images are pulled with", "give the new configuration with --from-file"
	case s.Type == "kubernetes.io/tls" && r.Kind != credential.TLS:
		return "it holds a certificate", "generate tls, or give both halves with --from-file"
	case s.Type == "kubernetes.io/ssh-auth" && !r.Paired():
		return "it holds a key for SSH", "generate ed25519, rsa or ecdsa, or give it with --from-file"
	case r.Kind == credential.TLS && s.Certificate == nil:
		return certificateKey + " holds no certificate that the new one could be like", "give both halves with --from-file"
	}
	return "", ""
}

// unsuited says why the recipe makes nothing that the chosen keys could hold; empty when it does.
func (r *Rotation) unsuited(s *Stored, o Options) string {
	if o.Recipe == "" {
		return ""
	}
	if why, instead := Unsuited(s, r.Recipe); why != "" {
		return why + ": " + instead
	}
	if r.Recipe.Random() && len(o.Keys) == 0 {
		for _, k := range r.Keys {
			if file.MatchString(k) {
				return "its key " + k + " looks like a file: give it with --from-file, or name it with --key"
			}
		}
	}
	return ""
}

// pair finds the keys of both halves of a pair.
func (r *Rotation) pair(s *Stored, o Options) error {
	if r.Recipe.Kind == credential.TLS {
		for _, k := range []string{certificateKey, privateKey} {
			if !slices.Contains(s.Keys, k) {
				return &KeysError{s.Keys, "a certificate takes the keys " + certificateKey + " and " + privateKey}
			}
		}
		if s.Certificate == nil {
			return &KeysError{s.Keys, certificateKey + " holds no certificate that the new one could be like"}
		}
		r.Private, r.Public, r.Keys, r.Certificate = privateKey, certificateKey, []string{certificateKey, privateKey}, s.Certificate
		return nil
	}
	public := func(k string) []string {
		base := strings.TrimSuffix(k, ".pem")
		return []string{k + ".pub", base + ".pub", base + ".pub.pem", strings.Replace(k, "private", "public", 1)}
	}
	switch {
	case len(r.Keys) == 1:
		r.Private = r.Keys[0]
		for _, k := range public(r.Private) {
			if k != r.Private && slices.Contains(s.Keys, k) {
				r.Public, r.Keys = k, []string{r.Private, k}
				return nil
			}
		}
		return nil
	case len(r.Keys) == 2:
		for i, k := range r.Keys {
			if slices.Contains(public(k), r.Keys[1-i]) && k != r.Keys[1-i] {
				r.Private, r.Public = k, r.Keys[1-i]
				return nil
			}
		}
	}
	return &KeysError{s.Keys, fmt.Sprintf("%s makes one key pair: name the key of its private half", r.Recipe.Kind)}
}
