package framework

import (
	"crypto/sha256"
	"encoding/hex"
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

// secretFacts say of a Secret whose values were read which of them are published.
type secretFacts struct{ known map[string]string } // hash by key

// decodeSecret compares values where they are there: in manifests, never in what a cluster lists.
func decodeSecret(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*corev1.Secret)
	if !ok || len(o.Data)+len(o.StringData) == 0 {
		return nil, nil
	}
	f := &secretFacts{known: map[string]string{}}
	note := func(key string, value []byte) {
		sum := sha256.Sum256(value)
		if hash := hex.EncodeToString(sum[:]); len(value) < 256 && published[hash].opens != "" {
			f.known[key] = hash
		}
	}
	for key, value := range o.Data {
		note(key, value)
	}
	for key, value := range o.StringData {
		note(key, []byte(value))
	}
	return f, nil
}

// checkPublished fails when a Secret holds a credential that everybody knows. Of a cluster the values are compared only
// when that was asked for. adjust may be nil.
func checkPublished(e *check.Eval, namespace, name string, adjust func(*check.Finding)) {
	ref := model.Ref{Kind: secretKind.Kind, Namespace: namespace, Name: name}
	o := e.Get(ref)
	if o == nil {
		return
	}
	facts, ok := snapshot.FactsOf[*secretFacts](o, reader)
	if !ok {
		if e.Options().CompareSecretValues {
			e.Undecided(check.At{Object: ref}, "the values of Secret "+name+" could not be compared with the published ones")
		} else {
			e.NA("values of Secrets are compared only when posture.compareSecretValues asks for it")
		}
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
}

func decodeConfigMap(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*corev1.ConfigMap)
	if !ok {
		return nil, nil
	}
	f := configFacts{noRegistryTLS: o.Data["function-registry-tls-verify"] == "false"}
	for key, value := range o.Data {
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
