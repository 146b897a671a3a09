package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// rooms are the bounds of one namespace.
type rooms struct {
	quotas []corev1.ResourceQuota
	ranges []corev1.LimitRange
}

// room reads the bounds of a namespace.
func (s *Setting) room(namespace string) *rooms {
	r := &rooms{}
	for i := range s.Documents {
		d := &s.Documents[i]
		if ref := d.Ref(); ref.Namespace != namespace || ref.Group != "" {
			continue
		}
		switch d.GVK.Kind {
		case "ResourceQuota":
			var q corev1.ResourceQuota
			if json.Unmarshal(d.JSON, &q) == nil {
				r.quotas = append(r.quotas, q)
			}
		case "LimitRange":
			var l corev1.LimitRange
			if json.Unmarshal(d.JSON, &l) == nil {
				r.ranges = append(r.ranges, l)
			}
		}
	}
	return r
}

// pods is a template and how many pods of it there will be at first.
type podsOf struct {
	spec  corev1.PodSpec
	count int64
}

// templates are the pods that the draft leads to.
func (d *draft) templates() []podsOf {
	var all []podsOf
	take := func(o object, keys ...string) {
		var v any = o
		for _, k := range keys {
			m, _ := v.(object)
			v = m[k]
		}
		raw, err := json.Marshal(v)
		p := podsOf{count: 1}
		if err != nil || json.Unmarshal(raw, &p.spec) != nil || len(p.spec.Containers) == 0 {
			return
		}
		spec, _ := o["spec"].(object)
		if n, ok := spec["replicas"].(int64); ok {
			p.count = n
		}
		all = append(all, p)
	}
	look := func(o object) {
		switch ref := refOf(o); ref.Group + "/" + ref.Kind {
		case "apps/Deployment", "apps/StatefulSet":
			take(o, "spec", "template", "spec")
		case "batch/CronJob":
			take(o, "spec", "jobTemplate", "spec", "template", "spec")
		}
	}
	for _, ref := range d.order {
		look(d.objects[ref])
	}
	for _, o := range d.foreseen {
		look(o)
	}
	return all
}

// fits finds out whether the namespace has room: the API server refuses pods for it, and not what makes them.
func (d *draft) fits(r *rooms, used map[string]resource.Quantity) {
	if d.wrong() {
		return
	}
	all := d.templates()
	for i := range all {
		for j := range r.ranges {
			r.defaults(&all[i].spec, &r.ranges[j])
		}
		for j := range r.ranges {
			d.inRange(&all[i].spec, &r.ranges[j])
		}
	}
	if d.Exists { // what it uses is in the quota's figures already
		return
	}
	need := d.needed(all)
	for i := range r.quotas {
		d.inQuota(&r.quotas[i], all, need, used)
	}
	if !d.wrong() {
		for name, q := range need {
			sum := used[name]
			sum.Add(q)
			used[name] = sum
		}
	}
}

// defaults gives containers what a LimitRange gives them.
func (r *rooms) defaults(spec *corev1.PodSpec, l *corev1.LimitRange) {
	fill := func(to *corev1.ResourceList, from corev1.ResourceList) {
		for name, q := range from {
			if _, ok := (*to)[name]; !ok {
				if *to == nil {
					*to = corev1.ResourceList{}
				}
				(*to)[name] = q
			}
		}
	}
	for _, item := range l.Spec.Limits {
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		for i := range spec.Containers {
			c := &spec.Containers[i]
			own := c.Resources.Limits.DeepCopy()
			fill(&c.Resources.Limits, item.Default)
			fill(&c.Resources.Requests, own) // a limit of its own is the request where there is none
			fill(&c.Resources.Requests, item.DefaultRequest)
		}
	}
}

// fieldOf names the field of a request that a resource comes from.
func fieldOf(name string) string {
	for _, known := range []string{"cpu", "memory"} {
		if strings.HasSuffix(name, known) {
			return known
		}
	}
	if name == "pods" {
		return "min"
	}
	return "namespace"
}

func (d *draft) inRange(spec *corev1.PodSpec, l *corev1.LimitRange) {
	for _, item := range l.Spec.Limits {
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		for i := range spec.Containers {
			c := &spec.Containers[i]
			for _, name := range sortedNames(item.Max) {
				most := item.Max[name]
				if q, ok := c.Resources.Limits[name]; !ok || q.Cmp(most) > 0 {
					d.problem(fieldOf(string(name)), fmt.Sprintf("LimitRange %s: a container's limit of %s is at most %s, and %s has %s", l.Name, name, most.String(), c.Name, amount(c.Resources.Limits, name)))
				}
			}
			for _, name := range sortedNames(item.Min) {
				least := item.Min[name]
				q, ok := c.Resources.Requests[name]
				if !ok {
					q, ok = c.Resources.Limits[name]
				}
				if !ok || q.Cmp(least) < 0 {
					d.problem(fieldOf(string(name)), fmt.Sprintf("LimitRange %s: a container asks for at least %s of %s, and %s for %s", l.Name, least.String(), name, c.Name, amount(c.Resources.Requests, name)))
				}
			}
		}
	}
}

func amount(list corev1.ResourceList, name corev1.ResourceName) string {
	if q, ok := list[name]; ok {
		return q.String()
	}
	return "none"
}

func sortedNames(list corev1.ResourceList) []corev1.ResourceName {
	var names []corev1.ResourceName
	for n := range list {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// needed is what the draft adds to what quotas count.
func (d *draft) needed(all []podsOf) map[string]resource.Quantity {
	need := map[string]resource.Quantity{}
	add := func(name string, q resource.Quantity, times int64) {
		sum := need[name]
		for range times {
			sum.Add(q)
		}
		need[name] = sum
	}
	one := resource.MustParse("1")
	for i := range all {
		n := min(all[i].count, 10000)
		add("pods", one, n)
		for _, c := range all[i].spec.Containers {
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
				limit, limited := c.Resources.Limits[name]
				asked, ok := c.Resources.Requests[name]
				if !ok {
					asked, ok = limit, limited
				}
				if ok {
					add("requests."+string(name), asked, n)
					add(string(name), asked, n)
				}
				if limited {
					add("limits."+string(name), limit, n)
				}
			}
		}
	}
	for _, ref := range d.order {
		if d.live[ref] != nil {
			continue
		}
		plural := snapshot.Plural(ref.Kind)
		add(counted(ref, plural), one, 1)
		if ref.Group == "" {
			add(plural, one, 1)
		}
	}
	return need
}

// counted is the name under which a quota counts objects of the kind.
func counted(ref model.Ref, plural string) string {
	if ref.Group == "" {
		return "count/" + plural
	}
	return "count/" + plural + "." + ref.Group
}

// inQuota says what a quota refuses, with the numbers. Quotas for some pods only are left to the server.
func (d *draft) inQuota(q *corev1.ResourceQuota, all []podsOf, need, used map[string]resource.Quantity) {
	if len(q.Spec.Scopes) > 0 || q.Spec.ScopeSelector != nil {
		return
	}
	for _, name := range sortedNames(q.Spec.Hard) {
		hard := q.Spec.Hard[name]
		if missing := unbounded(string(name), all); missing != "" {
			d.problem(fieldOf(string(name)), fmt.Sprintf("ResourceQuota %s bounds %s, and container %s names none: its pods would be refused", q.Name, name, missing))
			continue
		}
		more, ok := need[string(name)]
		if !ok || more.IsZero() {
			continue
		}
		sum := q.Status.Used[name].DeepCopy()
		sum.Add(used[string(name)])
		before := sum.DeepCopy()
		sum.Add(more)
		if sum.Cmp(hard) > 0 {
			d.problem(fieldOf(string(name)), fmt.Sprintf("ResourceQuota %s: %s of %s %s are used, and it needs %s more", q.Name, before.String(), hard.String(), name, more.String()))
		}
	}
}

// unbounded names a container that has no amount of what a quota asks of every container.
func unbounded(name string, all []podsOf) string {
	kind, of, ok := strings.Cut(name, ".")
	if !ok {
		kind, of = "requests", name
	}
	if of != "cpu" && of != "memory" || kind != "requests" && kind != "limits" {
		return ""
	}
	for i := range all {
		for _, c := range all[i].spec.Containers {
			_, limited := c.Resources.Limits[corev1.ResourceName(of)]
			_, asked := c.Resources.Requests[corev1.ResourceName(of)]
			if !limited && (kind == "limits" || !asked) {
				return c.Name
			}
		}
	}
	return ""
}
