package frameworks

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/plan"
)

func (d *Drafting) refuse(field, value string, errs []string) {
	if len(errs) > 0 {
		d.Problem(field, "%q cannot be used: %s", Line(value), errs[0])
	}
}

func (d *Drafting) checkNames() {
	// It becomes the name of a Service, which is stricter than other names.
	d.refuse("name", d.Name, validation.IsDNS1035Label(d.Name))
	d.refuse("namespace", d.Namespace, validation.IsDNS1123Label(d.Namespace))
	if d.ServiceAccount != "" {
		d.refuse("service-account", d.ServiceAccount, validation.IsDNS1123Subdomain(d.ServiceAccount))
	}
	for _, s := range d.PullSecrets {
		d.refuse("pull-secrets", s, validation.IsDNS1123Subdomain(s))
	}
	for _, k := range slices.Sorted(maps.Keys(d.Labels)) {
		d.refuse("labels", k, validation.IsQualifiedName(k))
		d.refuse("labels", d.Labels[k], validation.IsValidLabelValue(d.Labels[k]))
	}
	for _, k := range slices.Sorted(maps.Keys(d.Annotations)) {
		d.refuse("annotations", k, validation.IsQualifiedName(strings.ToLower(k)))
	}
}

func (d *Drafting) checkSource(o plan.Offer) {
	s, set := &d.Source, []string(nil)
	if s.Image != "" {
		set = append(set, "image")
		d.CheckImage("image", s.Image)
	}
	if s.Code != nil {
		set = append(set, "code")
		d.checkCode(s.Code)
	}
	if s.Git != nil {
		set = append(set, "git")
		d.checkGit(s.Git)
	}
	if len(set) > 1 {
		d.Problem(set[1], "it is made of one of %s", strings.Join(set, " and "))
	}
	for _, kind := range set {
		if !slices.Contains(o.Sources, kind) {
			d.Problem(kind, "%s", orElse(o.Without[kind], "this framework makes functions of "+strings.Join(o.Sources, " or ")))
		}
	}
}

// CheckImage refuses what is no image reference.
func (d *Drafting) CheckImage(field, image string) {
	switch _, err := reference.ParseNormalizedNamed(image); {
	case strings.ContainsAny(image, " \t\r\n"):
		d.Problem(field, "%q cannot be used: an image has no spaces", Line(image))
	case err != nil:
		d.Problem(field, "%q cannot be used: %v", Line(image), err)
	}
}

func (d *Drafting) checkCode(c *plan.Code) {
	if len(c.Files) == 0 {
		d.Problem("code", "there is no code in it")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if name == "" || path.Clean(name) != name || path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") {
			d.Problem("code", "%q is no path inside the function's folder", Line(name))
		}
		if len(c.Files) == 1 && len(c.Files[name]) == 0 {
			d.Problem("code", "%s is empty", Line(name))
		}
	}
}

func (d *Drafting) checkGit(g *plan.Git) {
	d.CheckURL("git", g.URL, "https", "http", "ssh", "git")
	if g.Secret != "" {
		d.refuse("git", g.Secret, validation.IsDNS1123Subdomain(g.Secret))
	}
	if f := strings.TrimPrefix(g.Folder, "/"); f == ".." || strings.HasPrefix(path.Clean(f), "../") {
		d.Problem("git", "its folder is outside of the repository")
	}
}

// CheckURL refuses addresses with a password and of other schemes; git@host:path counts as ssh. The address is not in the
// problem: it may be a secret.
func (d *Drafting) CheckURL(field, address string, schemes ...string) {
	if strings.ContainsAny(address, " \t\r\n'\"") {
		d.Problem(field, "an address has no spaces and no quotes")
		return
	}
	if host, _, ok := strings.Cut(address, ":"); ok && !strings.Contains(address, "://") && slices.Contains(schemes, "ssh") {
		if user, _, _ := strings.Cut(host, "@"); strings.Contains(host, "@") && user != "" {
			return
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		d.Problem(field, "the address must begin with %s://", strings.Join(schemes, ":// or "))
		return
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme != "ssh" && u.Scheme != "git" {
		d.Problem(field, "the address holds credentials: they would be readable in the object; name a Secret instead")
	}
}

func (d *Drafting) checkEnv() {
	seen := map[string]bool{}
	for _, v := range d.Env {
		d.refuse("env", v.Name, validation.IsEnvVarName(v.Name))
		if seen[v.Name] {
			d.Problem("env", "%s is given twice", Line(v.Name))
		}
		seen[v.Name] = true
		from := v.Secret + v.ConfigMap
		switch {
		case v.Secret != "" && v.ConfigMap != "" || from != "" && v.Value != "":
			d.Problem("env", "%s has more than one origin", Line(v.Name))
		case from != "" && v.Key == "":
			d.Problem("env", "%s names no key of %s", Line(v.Name), Line(from))
		case from != "":
			d.refuse("env", from, validation.IsDNS1123Subdomain(from))
		}
	}
}

func (d *Drafting) checkMounts() {
	paths := map[string]bool{}
	for _, m := range d.Mounts {
		if (m.Secret == "") == (m.ConfigMap == "") {
			d.Problem("mounts", "a mount is of a Secret or of a ConfigMap")
			continue
		}
		d.refuse("mounts", m.Secret+m.ConfigMap, validation.IsDNS1123Subdomain(m.Secret+m.ConfigMap))
		if m.Path == "" {
			continue
		}
		if !path.IsAbs(m.Path) || path.Clean(m.Path) != m.Path || m.Path == "/" || strings.Contains(m.Path, ":") {
			d.Problem("mounts", "%q is no absolute path to mount at", Line(m.Path))
		}
		if paths[m.Path] {
			d.Problem("mounts", "%s is mounted at twice", Line(m.Path))
		}
		paths[m.Path] = true
	}
}

func (d *Drafting) checkNumbers() {
	requests, limits := d.quantities("requests", d.Requests), d.quantities("limits", d.Limits)
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		if l, ok := limits[name]; ok && l.Cmp(requests[name]) < 0 {
			d.Problem("requests", "it asks for more %s than its limit", name)
		}
	}
	if d.Port < 0 || d.Port > 65535 {
		d.Problem("port", "%d is no port", d.Port)
	}
	if d.Timeout < 0 {
		d.Problem("timeout", "it is negative")
	}
	if d.Min != nil && *d.Min < 0 {
		d.Problem("min", "it is negative")
	}
	if d.Max != nil && *d.Max < 1 {
		d.Problem("max", "at least one replica must be allowed")
	}
	if d.Min != nil && d.Max != nil && *d.Min > *d.Max {
		d.Problem("min", "%d is more than the most that is allowed, %d", *d.Min, *d.Max)
	}
}

func (d *Drafting) quantities(field string, of map[string]string) map[string]resource.Quantity {
	out := map[string]resource.Quantity{}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		q, err := resource.ParseQuantity(of[name])
		switch {
		case err != nil:
			d.Problem(field, "%s %q is no quantity, as 250m or 128Mi", Line(name), Line(of[name]))
		case q.Sign() <= 0:
			d.Problem(field, "%s must be more than nothing", Line(name))
		default:
			out[name] = q
		}
	}
	return out
}

func (d *Drafting) checkTriggers(o plan.Offer) {
	names := map[string]bool{}
	for _, t := range d.Triggers {
		if !slices.Contains(o.Triggers, t.Type) {
			d.Problem("trigger", "%s", orElse(o.Without[t.Type], "this framework has no trigger of type "+strconv.Quote(Line(t.Type))))
			continue
		}
		if t.Name != "" {
			d.refuse("trigger", t.Name, validation.IsDNS1123Subdomain(t.Name))
			if names[t.Name] {
				d.Problem("trigger", "%s is the name of two triggers", Line(t.Name))
			}
			names[t.Name] = true
		}
		switch t.Type {
		case "http":
			if t.Host != "" {
				d.refuse("trigger", t.Host, validation.IsDNS1123Subdomain(strings.TrimPrefix(t.Host, "*.")))
			}
			if strings.ContainsAny(t.Path, " \t\r\n") {
				d.Problem("trigger", "a path has no spaces")
			}
		case "cron":
			if why := badSchedule(t.Schedule); why != "" {
				d.Problem("trigger", "%q is no schedule: %s", Line(t.Schedule), why)
			}
		case "queue", "event":
			if strings.TrimSpace(t.Topic) == "" {
				d.Problem("trigger", "it names no topic")
			}
		}
	}
}

func (d *Drafting) checkOptions(o plan.Offer) {
	for _, key := range slices.Sorted(maps.Keys(d.Options)) {
		i := slices.IndexFunc(o.Options, func(p plan.Option) bool { return p.Key == key })
		if i < 0 {
			d.Problem(Line(key), "this framework has no such option")
			continue
		}
		if c := o.Options[i].Choices; len(c) > 0 && d.Options[key] != "" && !slices.Contains(c, d.Options[key]) {
			d.Problem(key, "%q is none of %s", Line(d.Options[key]), strings.Join(c, ", "))
		}
	}
}

// checkOffered refuses fields that the offer says the framework has not.
func (d *Drafting) checkOffered(o plan.Offer) {
	given := map[string]bool{
		"runtime": d.Runtime != "", "handler": d.Handler != "", "env": len(d.Env) > 0, "mounts": len(d.Mounts) > 0,
		"pull-secrets": len(d.PullSecrets) > 0, "labels": len(d.Labels) > 0, "annotations": len(d.Annotations) > 0,
		"command": len(d.Command) > 0, "args": len(d.Args) > 0, "port": d.Port != 0, "requests": len(d.Requests) > 0,
		"limits": len(d.Limits) > 0, "min": d.Min != nil, "max": d.Max != nil, "timeout": d.Timeout != 0,
		"service-account": d.ServiceAccount != "",
	}
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if why := o.Without[field]; why != "" && given[field] {
			d.Problem(field, "%s", why)
		}
	}
	if d.Runtime != "" && len(o.Runtimes) > 0 && !o.OpenRuntimes && !slices.Contains(o.Runtimes, d.Runtime) {
		d.Problem("runtime", "%q is none of %s", Line(d.Runtime), strings.Join(o.Runtimes, ", "))
	}
}
