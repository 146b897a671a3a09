package deploy

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fn9s/fn9s/kube/plan"
)

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
