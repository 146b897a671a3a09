package deploy

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/artifact"
)

// mostCode bounds the source text of a function: an object of the API server holds little more.
const mostCode = 1 << 20

// Check finds what is wrong with a request whatever the cluster holds. It never repeats a value that may be secret.
func Check(r *plan.DeployRequest, offer *plan.Offer) []plan.Problem {
	c := &checker{r: r, offer: offer}
	c.names()
	c.source()
	c.runtime()
	c.environment()
	c.mounts()
	c.resources()
	c.numbers()
	c.labels()
	c.triggers()
	c.options()
	c.without()
	return c.problems
}

type checker struct {
	r        *plan.DeployRequest
	offer    *plan.Offer
	problems []plan.Problem
}

func (c *checker) add(field, format string, a ...any) {
	if p := (plan.Problem{Field: field, Text: fmt.Sprintf(format, a...)}); !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

// restAPIs have names of their own grammar, which their adapters know.
var restAPIs = []string{"openwhisk", "fn"}

func (c *checker) names() {
	switch {
	case c.r.Name == "":
		c.add("name", "a function needs a name")
	case slices.Contains(restAPIs, c.r.Framework):
	case len(c.r.Name) > 63:
		c.add("name", "it is longer than 63 characters")
	default:
		for _, why := range validation.IsDNS1123Label(c.r.Name) {
			c.add("name", "%q: %s", c.r.Name, sentence(why))
			break
		}
	}
	if ns := c.r.Namespace; ns != "" && !slices.Contains(restAPIs, c.r.Framework) {
		if why := validation.IsDNS1123Label(ns); len(why) > 0 {
			c.add("namespace", "%q: %s", ns, sentence(why[0]))
		}
	}
	if a := c.r.ServiceAccount; a != "" {
		c.object("service-account", a)
	}
}

// sentence is the first clause of what Kubernetes says of a name.
func sentence(why string) string {
	if i := strings.IndexByte(why, '('); i > 0 {
		why = why[:i]
	}
	return strings.TrimSpace(why)
}

func (c *checker) object(field, name string) {
	if why := validation.IsDNS1123Subdomain(name); len(why) > 0 {
		c.add(field, "%q: %s", name, sentence(why[0]))
	}
}

func (c *checker) source() {
	s := &c.r.Source
	given := map[string]bool{"image": s.Image != "", "code": s.Code != nil, "git": s.Git != nil}
	var have []string
	for _, kind := range []string{"image", "code", "git"} {
		if given[kind] {
			have = append(have, kind)
		}
	}
	// What comes with a whole object of its own says there what it is made of.
	if len(have) == 0 && len(c.r.Extra) == 0 && len(c.r.Native) == 0 && c.r.Options["url"] == "" && len(c.offer.Sources) > 0 {
		c.add(c.offer.Sources[0], "nothing says what the function is made of: give %s", strings.Join(c.offer.Sources, " or "))
	}
	if len(have) > 1 {
		c.add(have[1], "a function is made of one thing, and there are %s", strings.Join(have, " and "))
	}
	for _, kind := range have {
		if len(c.offer.Sources) > 0 && !slices.Contains(c.offer.Sources, kind) {
			c.add(kind, "functions of %s are made of %s", c.r.Framework, strings.Join(c.offer.Sources, " or "))
		}
	}
	if s.Image != "" {
		c.image("image", s.Image)
	}
	if s.Code != nil {
		c.code()
	}
	if s.Git != nil {
		c.git()
	}
}

func (c *checker) image(field, name string) {
	if strings.ContainsAny(name, " \t\r\n") {
		c.add(field, "%q: the name of an image has no spaces", name)
		return
	}
	if _, err := artifact.Parse(name); err != nil {
		c.add(field, "%q: %v", name, err)
	}
}

func (c *checker) code() {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(c.r.Source.Code.Files)) {
		data := c.r.Source.Code.Files[name]
		total += len(data)
		if !archive(name, data) && binary(data) {
			c.add("code", "%s is no text: source or an archive (.zip, .tar.gz) is expected", name)
		}
	}
	switch {
	case total == 0:
		c.add("code", "%s is empty", cmp.Or(c.r.Source.Code.Name, "it"))
	case total > mostCode && c.r.Framework == "openwhisk":
		c.add("code", "%s is %d KiB: OpenWhisk takes up to 48 MB of an action, and fn9s sends no more than 1 MiB: `wsk action update` sends it", cmp.Or(c.r.Source.Code.Name, "it"), total>>10)
	case total > mostCode:
		c.add("code", "%s is %d KiB: more than 1 MiB has no place in an object of the cluster", cmp.Or(c.r.Source.Code.Name, "it"), total>>10)
	}
}

// archive reports whether the file is one by its name and by its first bytes.
func archive(name string, data []byte) bool {
	switch {
	case strings.HasSuffix(name, ".zip"), strings.HasSuffix(name, ".jar"):
		return bytes.HasPrefix(data, []byte("PK"))
	case strings.HasSuffix(name, ".gz"), strings.HasSuffix(name, ".tgz"):
		return bytes.HasPrefix(data, []byte{0x1f, 0x8b})
	}
	return false
}

func binary(data []byte) bool { return bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) }

// git looks at the address. What stands in it may be a password: it is not repeated.
func (c *checker) git() {
	g := c.r.Source.Git
	if user, host, ok := strings.Cut(g.URL, "@"); ok && !strings.Contains(g.URL, "://") {
		if strings.ContainsAny(user, "/:") || !strings.Contains(host, ":") {
			c.add("git", "it is no address of a repository")
		}
		return // git@host:path
	}
	u, err := url.Parse(g.URL)
	switch {
	case err != nil || u.Host == "" || strings.ContainsAny(g.URL, " \t\r\n"):
		c.add("git", "it is no address of a repository: https://HOST/PATH or git@HOST:PATH is expected")
	case u.Scheme != "https" && u.Scheme != "ssh" && u.Scheme != "http" && u.Scheme != "git":
		c.add("git", "%s is no way to a repository: https or ssh is expected", u.Scheme)
	case u.User != nil && (u.Scheme != "ssh" || has(u.User)), u.RawQuery != "":
		c.add("git", "the address holds credentials: everybody who may read the function would read them; put them into a Secret, and name that")
	}
}

func has(user *url.Userinfo) bool { _, password := user.Password(); return password }

func (c *checker) runtime() {
	r := c.r.Runtime
	switch known := c.offer.Runtimes; {
	case r == "" && c.r.Source.Image == "" && (c.r.Source.Code != nil || c.r.Source.Git != nil) && len(known) > 0:
		c.add("runtime", "code needs one: %s", strings.Join(known, ", "))
	case r != "" && !c.offer.OpenRuntimes && len(known) > 0 && !slices.Contains(known, r):
		c.add("runtime", "%q is none that %s knows: %s", r, c.r.Framework, strings.Join(known, ", "))
	}
}

func (c *checker) environment() {
	seen := map[string]bool{}
	for _, v := range c.r.Env {
		if why := validation.IsEnvVarName(v.Name); len(why) > 0 || v.Name == "" {
			c.add("env", "%q is no name of a variable", v.Name)
			continue
		}
		if seen[v.Name] {
			c.add("env", "%s is given twice", v.Name)
		}
		seen[v.Name] = true
		from := 0
		for _, given := range []bool{v.Value != "", v.Secret != "", v.ConfigMap != ""} {
			if given {
				from++
			}
		}
		switch {
		case from > 1:
			c.add("env", "%s comes from several places", v.Name)
		case (v.Secret != "" || v.ConfigMap != "") && v.Key == "":
			c.add("env", "%s: which key of %s?", v.Name, cmp.Or(v.Secret, v.ConfigMap))
		case strings.ContainsRune(v.Value, 0) || !utf8.ValidString(v.Value):
			c.add("env", "%s: its value is no text", v.Name)
		}
		if name := cmp.Or(v.Secret, v.ConfigMap); name != "" {
			c.object("env", name)
		}
	}
}

func (c *checker) mounts() {
	for _, m := range c.r.Mounts {
		field := "secret"
		if m.Secret == "" {
			field = "config"
		}
		if (m.Secret == "") == (m.ConfigMap == "") {
			c.add(field, "a mount is of one Secret or of one ConfigMap")
			continue
		}
		c.object(field, cmp.Or(m.Secret, m.ConfigMap))
		if m.Path != "" && !strings.HasPrefix(m.Path, "/") {
			c.add(field, "%q: a folder is expected, from / on", m.Path)
		}
	}
	for _, s := range c.r.PullSecrets {
		c.object("pull-secret", s)
	}
}

func (c *checker) resources() {
	limits := map[string]resource.Quantity{}
	read := func(of map[string]string, word string, then func(name string, q resource.Quantity)) {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			q, err := resource.ParseQuantity(of[name])
			switch {
			case name != "cpu" && name != "memory":
				c.add(word, "%q is neither cpu nor memory", name)
			case err != nil:
				c.add(name, "%q is no quantity: 250m, 128Mi", of[name])
			case q.Sign() <= 0:
				c.add(name, "%q: more than nothing is expected", of[name])
			default:
				then(name, q)
			}
		}
	}
	read(c.r.Limits, "limits", func(name string, q resource.Quantity) { limits[name] = q })
	read(c.r.Requests, "requests", func(name string, q resource.Quantity) {
		if most, ok := limits[name]; ok && q.Cmp(most) > 0 {
			c.add(name, "it asks for %s, and its limit is %s", q.String(), most.String())
		}
	})
}

func (c *checker) numbers() {
	if p := c.r.Port; p < 0 || p > 65535 {
		c.add("port", "%d is no port: 1 to 65535", p)
	}
	lo, hi := c.r.Min, c.r.Max
	switch {
	case lo != nil && (*lo < 0 || *lo > 10000):
		c.add("min", "%d is no number of replicas", *lo)
	case hi != nil && (*hi < 0 || *hi > 10000):
		c.add("max", "%d is no number of replicas", *hi)
	case lo != nil && hi != nil && *hi > 0 && *lo > *hi:
		c.add("min", "%d is more than the most, %d", *lo, *hi)
	}
	if c.r.Timeout < 0 {
		c.add("timeout", "it is less than nothing")
	}
}

func (c *checker) labels() {
	for _, k := range slices.Sorted(maps.Keys(c.r.Labels)) {
		if why := append(validation.IsQualifiedName(k), validation.IsValidLabelValue(c.r.Labels[k])...); len(why) > 0 {
			c.add("label", "%s=%s: %s", k, c.r.Labels[k], sentence(why[0]))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.r.Annotations)) {
		if why := validation.IsQualifiedName(strings.ToLower(k)); len(why) > 0 {
			c.add("annotation", "%s: %s", k, sentence(why[0]))
		}
	}
}
