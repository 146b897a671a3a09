package deploy

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
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
	c.problems = append(c.problems, plan.Problem{Field: field, Text: fmt.Sprintf(format, a...)})
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
	if len(have) == 0 && len(c.r.Extra) == 0 && len(c.r.Native) == 0 && len(c.offer.Sources) > 0 {
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

func (c *checker) triggers() {
	for i := range c.r.Triggers {
		t := &c.r.Triggers[i]
		if !slices.Contains(c.offer.Triggers, t.Type) {
			have := "no triggers"
			if len(c.offer.Triggers) > 0 {
				have = strings.Join(c.offer.Triggers, ", ")
			}
			c.add("trigger", "%s has no trigger %q: it has %s", c.r.Framework, t.Type, have)
			continue
		}
		switch t.Type {
		case "cron":
			if why := badSchedule(t.Schedule); why != "" {
				c.add("schedule", "%q: %s", t.Schedule, why)
			}
		case "queue", "event":
			if strings.ContainsAny(t.Topic, "\r\n") {
				c.add("topic", "it has line breaks")
			}
		case "http":
			c.route(t)
		}
	}
}

func (c *checker) route(t *plan.Trigger) {
	if t.Host != "" {
		if why := append(validation.IsDNS1123Subdomain(strings.TrimPrefix(t.Host, "*.")), validation.IsValidPortNum(80)...); len(why) > 0 {
			c.add("host", "%q: %s", t.Host, sentence(why[0]))
		}
	}
	if t.Path != "" && !strings.HasPrefix(t.Path, "/") {
		c.add("path", "%q: it begins with /", t.Path)
	}
	for _, m := range t.Methods {
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, m) {
			c.add("method", "%q is no method", m)
		}
	}
}

// badSchedule says what is wrong with a schedule of cron; what only one framework takes is left to it.
func badSchedule(s string) string {
	if strings.HasPrefix(s, "@") {
		return ""
	}
	fields := strings.Fields(s)
	if len(fields) < 5 || len(fields) > 7 {
		return "five fields are expected: minute, hour, day, month, weekday"
	}
	if len(fields) > 5 {
		return "" // with seconds, or a year
	}
	bounds := [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
	for i, f := range fields {
		for _, part := range strings.Split(f, ",") {
			if !inBounds(part, bounds[i]) {
				return "field " + strconv.Itoa(i+1) + " is wrong: " + part
			}
		}
	}
	return ""
}

func inBounds(part string, b [2]int) bool {
	part, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
		return false
	}
	if part == "*" || part == "?" {
		return true
	}
	for _, end := range strings.SplitN(part, "-", 2) {
		n, err := strconv.Atoi(end)
		if err != nil {
			return len(end) == 3 && end == strings.Map(letter, end) // a name of a day or a month
		}
		if n < b[0] || n > b[1] {
			return false
		}
	}
	return true
}

func letter(r rune) rune {
	if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

func (c *checker) options() {
	for _, k := range slices.Sorted(maps.Keys(c.r.Options)) {
		i := slices.IndexFunc(c.offer.Options, func(o plan.Option) bool { return o.Key == k })
		if i < 0 {
			var keys []string
			for _, o := range c.offer.Options {
				keys = append(keys, o.Key)
			}
			c.add("option", "%s has no option %q: it has %s", c.r.Framework, k, cmp.Or(strings.Join(keys, ", "), "none"))
			continue
		}
		if o := &c.offer.Options[i]; len(o.Choices) > 0 && !slices.Contains(o.Choices, c.r.Options[k]) {
			c.add("option", "%s=%s: it is one of %s", k, c.r.Options[k], strings.Join(o.Choices, ", "))
		}
	}
}

// without refuses what the framework has no field for: left out in silence it would be missed later.
func (c *checker) without() {
	r := c.r
	given := map[string]bool{
		"env": len(r.Env) > 0, "mounts": len(r.Mounts) > 0, "pull-secret": len(r.PullSecrets) > 0, "labels": len(r.Labels) > 0,
		"annotations": len(r.Annotations) > 0, "command": len(r.Command) > 0, "args": len(r.Args) > 0, "port": r.Port != 0,
		"requests": len(r.Requests) > 0, "limits": len(r.Limits) > 0, "min": r.Min != nil, "max": r.Max != nil, "timeout": r.Timeout != 0,
		"service-account": r.ServiceAccount != "", "runtime": r.Runtime != "", "handler": r.Handler != "", "serviceAccount": r.ServiceAccount != "",
		"pullSecrets": len(r.PullSecrets) > 0, "pull-secrets": len(r.PullSecrets) > 0,
	}
	for _, field := range slices.Sorted(maps.Keys(c.offer.Without)) {
		if given[field] {
			c.add(field, "%s", c.offer.Without[field])
		}
	}
}
