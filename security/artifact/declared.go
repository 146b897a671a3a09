package artifact

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const reader = "artifact"

var (
	kymaKind         = schema.GroupKind{Group: "serverless.kyma-project.io", Kind: "Function"}
	kubelessKind     = schema.GroupKind{Group: "kubeless.io", Kind: "Function"}
	fissionKind      = schema.GroupKind{Group: "fission.io", Kind: "Function"}
	environmentKind  = schema.GroupKind{Group: "fission.io", Kind: "Environment"}
	packageKind      = schema.GroupKind{Group: "fission.io", Kind: "Package"}
	nuclioKind       = schema.GroupKind{Group: "nuclio.io", Kind: "NuclioFunction"}
	serviceKind      = schema.GroupKind{Group: "serving.knative.dev", Kind: "Service"}
	revisionKind     = schema.GroupKind{Group: "serving.knative.dev", Kind: "Revision"}
	funcKind         = schema.GroupKind{Group: "functions.dev", Kind: "Function"}
	openFunctionKind = schema.GroupKind{Group: "core.openfunction.io", Kind: "Function"}
	configMapKind    = schema.GroupKind{Kind: "ConfigMap"}
)

var declarations = []snapshot.Kind{
	{GroupKind: kymaKind, Reader: reader, Decode: declaredBy(kyma), Settled: true},
	{GroupKind: kubelessKind, Reader: reader, Decode: declaredBy(kubeless), Settled: true},
	{GroupKind: fissionKind, Reader: reader, Decode: declaredBy(fission), Settled: true},
	{GroupKind: environmentKind, Reader: reader, Decode: declaredBy(environment), Settled: true},
	{GroupKind: packageKind, Reader: reader, Decode: declaredBy(code), Settled: true},
	{GroupKind: nuclioKind, Reader: reader, Decode: declaredBy(nuclio), Settled: true},
	{GroupKind: serviceKind, Reader: reader, Decode: declaredBy(knative), Settled: true},
	{GroupKind: revisionKind, Reader: reader, Decode: declaredBy(knative), Settled: true},
	{GroupKind: funcKind, Reader: reader, Decode: declaredBy(knativeSource)},
	{GroupKind: openFunctionKind, Reader: reader, Decode: declaredBy(openFunction), Settled: true},
	{GroupKind: configMapKind, Reader: reader, Decode: keepConfig},
}

// declared is what the object of a function, or one that it names, says about its making.
type declared struct {
	sources []flaw
	custom  []flaw // images that somebody chose
	timeout *time.Duration
	at      string // path of the timeout
	next    []model.Ref
	deploys string // name of the Knative Service that func's operator makes of it
	built   bool   // the platform makes the image, and nobody chooses its name
}

// flaw is a field and what is wrong with it.
type flaw struct{ path, value, message string }

func (d *declared) source(path, value, message string) {
	d.sources = append(d.sources, flaw{path, value, message})
}

func (d *declared) image(path, value, message string) {
	if value != "" {
		d.custom = append(d.custom, flaw{path, value, message})
	}
}

func (d *declared) limit(path string, t time.Duration) { d.timeout, d.at = &t, path }

// declaredBy makes a Decode function of one that fills in a declared from a T.
func declaredBy[T any](fill func(*declared, *T, *model.Header)) func(*snapshot.Raw) (any, error) {
	return func(raw *snapshot.Raw) (any, error) {
		o := new(T)
		if err := json.Unmarshal(raw.JSON, o); err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
		d := &declared{}
		fill(d, o, raw.Header)
		return d, nil
	}
}

// commit reports whether a git reference is one that nobody can move.
func commit(ref string) bool {
	if len(ref) != 40 && len(ref) != 64 {
		return false
	}
	return strings.Trim(ref, "0123456789abcdefABCDEF") == ""
}

// git judges a repository and the reference that is built; branch is what an empty reference means.
func (d *declared) git(at, address, field, ref, branch string) {
	if address == "" {
		return
	}
	if insecure(address) {
		d.source(at, bare(address), "the source is fetched over plain http: whoever is on the way changes the function")
	}
	if ref == "" {
		ref = branch
	}
	if !commit(ref) {
		d.source(field, ref, "the source is a branch or tag ("+ref+"): whoever may push to it changes the function")
	}
}

// archive judges a file that is fetched.
func (d *declared) archive(at, address, checksum, when string) {
	if address == "" {
		return
	}
	switch {
	case insecure(address):
		d.source(at, bare(address), "the source is fetched over plain http"+when+": whoever is on the way changes the function")
	case checksum == "":
		d.source(at, bare(address), "the source is fetched from an address without a checksum"+when+": what lies there is what runs")
	}
}

func insecure(address string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(address)), "http://")
}

// bare is an address without what may be a credential in it.
func bare(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// config is what is kept of a platform's settings.
type config struct {
	skipping string // registries whose tags are not resolved
	maxScale string
}

// keepConfig keeps the settings of Knative that images and scale depend on.
func keepConfig(raw *snapshot.Raw) (any, error) {
	if raw.Header.Name != "config-deployment" && raw.Header.Name != "config-autoscaler" {
		return nil, nil
	}
	data, err := json.Marshal(raw.Typed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	var o struct {
		Data map[string]string `json:"data"`
	}
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	c := config{skipping: o.Data["registries-skipping-tag-resolving"], maxScale: o.Data["max-scale"]}
	if c == (config{}) {
		return nil, nil
	}
	return c, nil
}
