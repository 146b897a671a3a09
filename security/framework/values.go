package framework

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func itoa(i int) string { return strconv.Itoa(i) }

// published are hashes of credentials that charts bring along, with what they open.
var published = map[string]struct {
	opens    string
	severity check.Severity
}{
	"77893fcd70dfd609c8ef06671893066a0c63429fdc03740f111dd5f65adb47bf": {"administers the catalogue of the whole platform", check.Critical},
	"9946cd023314ea5325f5c44ed5311d1b8e10310021b6bc04c4102c8b98f16384": {"owns the tenant guest", check.High},
	"87724601ede8e764b9c5eb65453b33f8263d2e144beed1fa82ca165de0afae85": {"opens the database of all tenants", check.Critical},
	"89b2cf33b9ddc183bb5be4042890c72088aa2d111b25790a6f061e4add03f3f4": {"opens the database of all functions", check.High},
}

// publishedPair is the fingerprint of the certificate for *.local.kyma.dev, of which Kyma publishes the key as well.
const publishedPair = "fefb21b0f2c89af1142095326a24239be2e6fc5e1bbf474a3c8a3a77a3b43ba3"

// secretFacts say of a Secret whose data was looked at what of it is published.
type secretFacts struct {
	known map[string]string // hash by key
	pair  bool              // its certificate is publishedPair
}

// decodeSecret compares what it may look at; nothing is kept of what nobody publishes.
func decodeSecret(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*corev1.Secret)
	if !ok {
		return nil, nil
	}
	f := &secretFacts{}
	note := func(key string, value []byte) {
		if raw.Content&model.Certificates != 0 && key == corev1.TLSCertKey && fingerprint(value) == publishedPair {
			f.pair = true
		}
		if raw.Content&model.Values == 0 || len(value) > 255 {
			return
		}
		sum := sha256.Sum256(value)
		if hash := hex.EncodeToString(sum[:]); published[hash].opens != "" {
			if f.known == nil {
				f.known = map[string]string{}
			}
			f.known[key] = hash
		}
	}
	for key, value := range o.Data {
		note(key, value)
	}
	for key, value := range o.StringData {
		note(key, []byte(value))
	}
	if f.known == nil && !f.pair {
		return nil, nil
	}
	return f, nil
}

func fingerprint(certificate []byte) string {
	block, _ := pem.Decode(certificate)
	if block == nil || block.Type != "CERTIFICATE" {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}

// checkPublished fails when a Secret holds a credential that everybody knows. Of a cluster the values are compared only
// when that was asked for. adjust may be nil.
func checkPublished(e *check.Eval, namespace, name string, adjust func(*check.Finding)) {
	ref := model.Ref{Kind: secretKind.Kind, Namespace: namespace, Name: name}
	s, ok := e.Get(ref).(*model.Secret)
	if !ok {
		return
	}
	if s.Content&model.Values == 0 {
		if m, unread := e.Unread(s, model.Values); unread {
			e.Unknown(m)
		} else {
			e.NA("values of Secrets are compared only when posture.compareSecretValues asks for it")
		}
		return
	}
	facts, ok := snapshot.FactsOf[*secretFacts](s, reader)
	if !ok {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(facts.known)) {
		known := published[facts.known[key]]
		f := e.Failf(check.At{Object: ref, Path: "data[" + key + "]"}, "%s holds the value that the chart publishes: whoever read the chart %s", key, known.opens).As(known.severity)
		if adjust != nil {
			adjust(f)
		}
	}
}

// configFacts are kept of ConfigMaps.
type configFacts struct {
	keyIn, keyType string // a private key, and where
	// noRegistryTLS: builds push to a registry whose certificate is not checked.
	noRegistryTLS bool
	// template is what a pod template of OpenWhisk says, templateIn the key that holds it.
	template   *said
	templateIn string
}

func decodeConfigMap(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*corev1.ConfigMap)
	if !ok {
		return nil, nil
	}
	f := configFacts{noRegistryTLS: o.Data["function-registry-tls-verify"] == "false"}
	for key, value := range o.Data {
		if f.template == nil || key < f.templateIn {
			if t := podTemplateSaid(value); t != nil {
				f.template, f.templateIn = t, short(key)
			}
		}
		if kind := privateKey(value); kind != "" && (f.keyIn == "" || key < f.keyIn) {
			f.keyIn, f.keyType = short(key), kind
		}
	}
	if f == (configFacts{}) {
		return nil, nil
	}
	return &f, nil
}

// privateKey returns the type of the private key in a PEM text, empty when there is none.
func privateKey(text string) string {
	const begin, end = "-----BEGIN ", "PRIVATE KEY-----"
	for {
		i := strings.Index(text, begin)
		if i < 0 {
			return ""
		}
		text = text[i+len(begin):]
		line, _, _ := strings.Cut(text[:min(len(text), 64)], "\n")
		if strings.HasSuffix(strings.TrimSpace(line), end) {
			return strings.TrimSuffix(strings.TrimSpace(line), "-----")
		}
	}
}

const maxListed = 5

// few joins names, and says how many it left out.
func few(names []string) string {
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:maxListed], ", ") + " and " + itoa(len(names)-maxListed) + " more"
}
