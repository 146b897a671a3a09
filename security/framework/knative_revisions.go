package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// weakness is a set of what is weak in a pod spec.
type weakness uint16

const (
	weakCredential weakness = 1 << iota
	weakPrivileged
	weakHost
	weakCapabilities
	weakRoot
	weakEscalation
	weakFiles
	weakSeccomp
	weakImage
)

var weakWords = []string{
	"a plaintext credential", "privileged", "power over the node", "capabilities", "may run as root", "privilege escalation",
	"writable root filesystem", "no seccomp profile", "image without digest",
}

func (w weakness) String() string {
	var words []string
	for i, word := range weakWords {
		if w&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// weaknessOf judges a pod spec coarsely, to compare revisions of one function.
func weaknessOf(s *corev1.PodSpec) (w weakness) {
	if nodePower(s) != "" {
		w |= weakHost
	}
	pod := s.SecurityContext
	for i := range s.Containers {
		c := &s.Containers[i]
		for _, v := range c.Env {
			if v.Value != "" && detect.Literal(v.Name, v.Value, nil) != "" {
				w |= weakCredential
			}
		}
		if !strings.Contains(c.Image, "@") {
			w |= weakImage
		}
		w |= weaknessIn(c.SecurityContext, pod)
	}
	return w
}

func weaknessIn(c *corev1.SecurityContext, pod *corev1.PodSecurityContext) (w weakness) {
	if c == nil {
		c = &corev1.SecurityContext{}
	}
	if pod == nil {
		pod = &corev1.PodSecurityContext{}
	}
	if c.Privileged != nil && *c.Privileged {
		w |= weakPrivileged
	}
	if c.Capabilities == nil || !slices.Contains(c.Capabilities.Drop, "ALL") || len(c.Capabilities.Add) > 0 {
		w |= weakCapabilities
	}
	nonRoot := c.RunAsNonRoot
	if nonRoot == nil {
		nonRoot = pod.RunAsNonRoot
	}
	user := c.RunAsUser
	if user == nil {
		user = pod.RunAsUser
	}
	if (nonRoot == nil || !*nonRoot) && (user == nil || *user == 0) {
		w |= weakRoot
	}
	if c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation {
		w |= weakEscalation
	}
	if c.ReadOnlyRootFilesystem == nil || !*c.ReadOnlyRootFilesystem {
		w |= weakFiles
	}
	profile := c.SeccompProfile
	if profile == nil {
		profile = pod.SeccompProfile
	}
	if profile == nil || profile.Type == corev1.SeccompProfileTypeUnconfined {
		w |= weakSeccomp
	}
	return w
}

// revision is what is kept of a Revision of Knative.
type revision struct {
	weak weakness
	kept bool // never removed by the garbage collection
	// said is what the function's container says, silent what it says nothing about. main is its index, container its name.
	said      stance
	silent    hardening
	main      int
	container string
}

func decodeRevision(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec   corev1.PodSpec
		Status struct {
			ContainerStatuses []struct{ ImageDigest string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	r := &revision{weak: weaknessOf(&o.Spec), kept: raw.Header.Annotations.Get("serving.knative.dev/no-gc") == "true"}
	if len(o.Spec.Containers) > 0 {
		r.main = mainOf(&o.Spec)
		c := &o.Spec.Containers[r.main]
		r.said, r.silent, r.container = explicit(&o.Spec, c), silentOn(&o.Spec, c), short(c.Name)
		r.said.account = ""
	}
	for _, s := range o.Status.ContainerStatuses {
		if s.ImageDigest != "" {
			r.weak &^= weakImage // Knative resolved the tag
		}
	}
	return r, nil
}

// traffic is what is kept of a Knative Service or a Route.
type traffic struct {
	served []string // revisions with traffic or a tag
	tags   []tag
}

type tag struct {
	name, revision string
	index          int
}

func decodeTraffic(raw *snapshot.Raw) (any, error) {
	type target struct{ RevisionName, Tag string }
	var o struct {
		Spec struct {
			Traffic []target
		}
		Status struct {
			Traffic                 []target
			LatestReadyRevisionName string
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	t := &traffic{}
	for _, s := range o.Status.Traffic[:min(len(o.Status.Traffic), maxStatements)] {
		t.served = append(t.served, short(s.RevisionName))
	}
	if len(t.served) == 0 && o.Status.LatestReadyRevisionName != "" {
		t.served = append(t.served, short(o.Status.LatestReadyRevisionName))
	}
	for i, s := range o.Spec.Traffic[:min(len(o.Spec.Traffic), maxStatements)] {
		if s.Tag == "" {
			continue
		}
		name := tag{short(s.Tag), short(s.RevisionName), i}
		for _, now := range o.Status.Traffic {
			if now.Tag == s.Tag {
				name.revision = short(now.RevisionName)
			}
		}
		t.tags = append(t.tags, name)
	}
	return t, nil
}

// revisionOf is a Revision and what was kept of it.
type revisionOf struct {
	model.Ref
	revision
	active bool // Knative marks it as one with traffic
}

// revisionsIn lists the Revisions of a namespace by the Service or Configuration that they belong to.
var revisionsIn = snapshot.NewQuery("revisions of Knative", func(r *snapshot.Reader, ns string) map[string][]revisionOf {
	all := map[string][]revisionOf{}
	for _, o := range r.List(knativeRevisionKind, ns) {
		l := o.Head().Labels
		name := l.Get("serving.knative.dev/service")
		if name == "" {
			name = l.Get("serving.knative.dev/configuration")
		}
		if v, ok := snapshot.FactsOf[*revision](o, reader); ok {
			all[name] = append(all[name], revisionOf{o.Head().Ref, *v, l.Get("serving.knative.dev/routingState") == "active"})
		}
	}
	return all
}, nil)

// trafficOf returns what is kept of the judged Knative Service or Route; if there is none, the control does not apply.
func trafficOf(e *check.Eval) (*traffic, bool) {
	if !runs(e, knative, noKnative) {
		return nil, false
	}
	t, ok := snapshot.FactsOf[*traffic](e.Get(e.F.Object), reader)
	if !ok {
		e.NA("it is no Knative Service")
	}
	return t, ok
}

// split tells the Revisions of the judged function with traffic from those without.
func (t *traffic) split(e *check.Eval) (served, reserve []revisionOf) {
	for _, v := range revisionsIn.Get(e.Reader, e.F.Key.Namespace)[e.F.Key.Name] {
		if v.active || slices.Contains(t.served, v.Name) {
			served = append(served, v)
		} else {
			reserve = append(reserve, v)
		}
	}
	return served, reserve
}

func weakest(all []revisionOf) (w weakness) {
	for _, v := range all {
		w |= v.weak
	}
	return w
}

// checkOldRevisions is FW-KN-02.
func checkOldRevisions(e *check.Eval) {
	t, ok := trafficOf(e)
	if !ok || !e.Need(knativeRevisionKind, e.F.Key.Namespace) {
		return
	}
	served, reserve := t.split(e)
	if len(reserve) == 0 || len(served) == 0 {
		e.NA("it has no revision without traffic")
		return
	}
	now := weakest(served)
	var worst revisionOf
	count, kept := 0, 0
	for _, v := range reserve {
		worse := v.weak &^ now
		if worse == 0 {
			continue
		}
		count++
		if v.kept {
			kept++
		}
		if count == 1 || worse&weakCredential > worst.weak&weakCredential || worse&weakCredential == worst.weak&weakCredential && worse > worst.weak {
			worst = v
			worst.weak = worse
		}
	}
	if count == 0 {
		return
	}
	forever := ""
	if kept > 0 {
		forever = fmt.Sprintf(" (%d of them are never removed: serving.knative.dev/no-gc)", kept)
	}
	f := e.Failf(check.At{Object: worst.Ref, Path: "spec"},
		"%d revisions without traffic are weaker than those that serve%s; the worst has: %s. They can be read and called, and one change brings them back",
		count, forever, worst.weak)
	if worst.weak&weakCredential == 0 {
		f.As(check.Medium).Offers(check.FixPlatformSetting, check.FixReview)
	}
}

// local reports whether an object of Knative is marked as reachable inside the cluster only.
func local(o model.Object) bool { return o != nil && o.Head().Labels.Get(localLabel) == localValue }

// private reports whether the judged Knative Service or its Route is.
func private(e *check.Eval) bool {
	at := model.Ref{Group: servingGroup, Kind: knativeRouteKind.Kind, Namespace: e.F.Key.Namespace, Name: e.F.Key.Name}
	return local(e.Get(e.F.Object)) || local(e.Get(at))
}

// checkTags is FW-KN-03.
func checkTags(e *check.Eval) {
	t, ok := trafficOf(e)
	if !ok {
		return
	}
	if len(t.tags) == 0 {
		e.NA("no revision of it has a tag")
		return
	}
	if private(e) || localByDomain(e) {
		return
	}
	ns, name := e.F.Key.Namespace, e.F.Key.Name
	served, _ := t.split(e)
	revisions := revisionsIn.Get(e.Reader, ns)[name]
	for _, g := range t.tags {
		if local(e.Get(model.Ref{Kind: serviceKind.Kind, Namespace: ns, Name: g.name + "-" + name})) {
			continue
		}
		f := e.Failf(check.At{Object: e.F.Object, Path: fmt.Sprintf("spec.traffic[%d].tag", g.index), Fixed: "spec.traffic[" + g.name + "].tag", Value: g.name},
			"the tag %s gives a revision a public host of its own (%s-%s), also without traffic", g.name, g.name, name)
		others := slices.DeleteFunc(slices.Clone(served), func(v revisionOf) bool { return v.Name == g.revision })
		i := slices.IndexFunc(revisions, func(v revisionOf) bool { return v.Name == g.revision })
		if i >= 0 && len(others) > 0 && revisions[i].weak&^weakest(others) != 0 {
			f.As(check.High)
		}
	}
}

// localByDomain reports whether no public domain is set up for Knative, or not for this function.
func localByDomain(e *check.Eval) bool {
	c := knativeConfig.Get(e.Reader, model.Ref{Kind: configMapKind.Kind, Namespace: servingNamespace, Name: "config-domain"})
	if c.at.IsZero() {
		return false
	}
	selects := func(selector string) bool {
		return domainSelects(selector, e.F.Labels)
	}
	for domain, selector := range c.settings {
		if strings.HasSuffix(domain, "svc.cluster.local") {
			if strings.TrimSpace(selector) != "" && selects(selector) {
				return true
			}
			continue
		}
		if strings.TrimSpace(selector) == "" || selects(selector) {
			return false
		}
	}
	return true
}

// domainSelects reads the selector of a domain: lines `key: value` below `selector:`.
func domainSelects(text string, l model.Labels) bool {
	any := false
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		if !ok || key == "selector" && value == "" {
			continue
		}
		any = true
		if l.Get(strings.Trim(key, `"'`)) != value {
			return false
		}
	}
	return any
}

// checkMappings is FW-KN-04.
func checkMappings(e *check.Eval) {
	if !runs(e, knative, noKnative) {
		return
	}
	if !private(e) {
		e.NA("it is not marked as cluster-local")
		return
	}
	if !e.Need(knativeMappingKind, e.F.Key.Namespace) {
		return
	}
	for _, m := range expose.Mappings(e.Reader, e.F.Key) {
		e.Failf(check.At{Object: m, Path: "spec.ref", Value: e.F.Key.Name},
			"the function is marked as cluster-local, and DomainMapping %s makes it public: what a DomainMapping serves always is", m.Name)
	}
}
