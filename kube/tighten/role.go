package tighten

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
)

const rbacVersion = "rbac.authorization.k8s.io/v1"

// used ends the names of roles that hold what an account was seen to do.
const used = "-used"

// minimalRole gives the account what the audit log shows of it, and takes it out of the bindings that the findings blame.
func (q *asked) minimalRole() plan.Answer {
	a, ok := q.account()
	log := q.given.Log
	switch {
	case !ok:
		return q.None("nothing says as which account it runs", "")
	case log == nil:
		a := q.None("which of its rights it uses, only an audit log of the API server tells", check.FixUnbind)
		a.Wants = []plan.Value{logValue}
		return a
	}
	broad := q.broad(a)
	switch {
	case len(broad.removed) == 0 && broad.own:
		return q.None("its role has only what it was seen to use", check.FixUnbind)
	case len(broad.removed) == 0 && broad.groups != "":
		return q.None("the rights come with membership in "+broad.groups+": every account there has them", check.FixOwnAccount)
	case len(broad.removed) == 0:
		return q.None("the binding that gives the rights cannot be told", check.FixReview)
	}
	uses, requests := log.Of(a)
	roles := q.seen(a, broad, uses)
	var edits []plan.Edit
	for _, role := range roles {
		if q.r.Get(role.ref) != nil {
			return q.None(role.ref.Kind+" "+role.ref.Name+" is there and is not enough", check.FixReview)
		}
		edits = append(edits, role.edits(a, q.Why)...)
	}
	asks := q.askUsed(a, log, requests, roles)
	for _, e := range broad.edits {
		e.Asks = asks + "; " + e.Asks
		edits = append(edits, e)
	}
	answer := q.Done(plan.AtOnce, edits...)
	if broad.groups != "" {
		answer.Left = "what comes with membership in " + broad.groups
	}
	return answer
}

// askUsed says what the new rights rest on.
func (q *asked) askUsed(a rbac.Account, log *auditlog.Log, requests int, roles []usedRole) string {
	asks := fmt.Sprintf("%s keeps what it did in the audit log of %s (%s to %s, UTC), %d requests", a, span(log.To.Sub(log.From)),
		log.From.Format("2006-01-02 15:04"), log.To.Format("2006-01-02 15:04"), requests)
	if len(roles) == 0 {
		asks += ": none took these rights, so it gets none instead"
	}
	asks += "; what it needs more rarely, or the log's policy leaves out, is refused afterwards"
	loose := ""
	for i := range roles {
		for _, name := range roles[i].unnamed {
			loose = join(loose, name)
		}
	}
	if loose != "" {
		asks += "; names of " + loose + " change from call to call, so it keeps all of them"
	}
	return asks
}

func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// broad are the bindings that a narrower role replaces.
type broad struct {
	removed map[model.Ref]bool
	edits   []plan.Edit
	groups  string
	own     bool // a role of what was used is blamed: it is as narrow as it gets
}

func (q *asked) broad(a rbac.Account) broad {
	b := broad{removed: map[model.Ref]bool{}}
	rbac.Grants.Get(q.r, a).All(func(g *rbac.Grant) bool {
		switch {
		case !g.Extra() || b.removed[g.Binding] || !q.blamed(g):
		case g.Group != "":
			b.groups = join(b.groups, g.Group+" (by "+g.Binding.String()+")")
		case strings.HasSuffix(g.Role.Name, used):
			b.own = true
		default:
			if e, ok := q.without(a, g); ok {
				b.removed[g.Binding], b.edits = true, append(b.edits, e)
			}
		}
		return true
	})
	return b
}

// usedRole is a role in one namespace, or of the cluster.
type usedRole struct {
	ref     model.Ref
	rules   []rbacv1.PolicyRule
	unnamed []string // resources whose names are left open
}

// seen makes roles of those requests that only the removed bindings allow: never of more than they gave.
func (q *asked) seen(a rbac.Account, b broad, uses []auditlog.Use) []usedRole {
	set := rbac.Grants.Get(q.r, a)
	var roles []usedRole
	for _, u := range uses {
		names, open := q.lost(set, b, &u)
		if len(names) == 0 {
			continue
		}
		ref := model.Ref{Group: rbacv1.GroupName, Kind: "Role", Namespace: u.Namespace, Name: a.Name + used}
		if u.Namespace != a.Namespace {
			ref.Name = a.Namespace + "-" + ref.Name
		}
		if u.Namespace == "" {
			ref.Kind = "ClusterRole"
		}
		i := slices.IndexFunc(roles, func(r usedRole) bool { return r.ref == ref })
		if i < 0 {
			i, roles = len(roles), append(roles, usedRole{ref: ref})
		}
		roles[i].add(&u, names, open)
	}
	for i := range roles {
		roles[i].settle()
	}
	return roles
}

// lost are the names of a kind of request that end with the removed bindings. Open: they may be left open, because the
// bindings did so, and must be, because they change.
func (q *asked) lost(set *rbac.Set, b broad, u *auditlog.Use) (names []string, open bool) {
	ask := func(name string) (stays, goes bool) {
		request := u.Attributes
		request.Name = name
		_, ways := set.Ways(request)
		for _, w := range ways {
			if w.Group == "" && b.removed[w.Binding] {
				goes = true
			} else {
				stays = true
			}
		}
		return stays, goes
	}
	for _, n := range u.Names {
		if stays, goes := ask(n); goes && !stays {
			names = append(names, n)
		}
	}
	if stays, goes := ask(""); len(names) > 0 && goes && !stays {
		open = u.Many || slices.ContainsFunc(names, passing)
	}
	return names, open
}

// generated is how the API server and controllers end names that they make.
var generated = regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5}$|[0-9a-f]{8}|[0-9]{6}`)

// passing reports whether a name looks as if it were made anew for each object.
func passing(name string) bool { return generated.MatchString(name) }

// add takes over one kind of request.
func (r *usedRole) add(u *auditlog.Use, names []string, open bool) {
	if u.Path != "" {
		r.rules = append(r.rules, rbacv1.PolicyRule{Verbs: []string{u.Verb}, NonResourceURLs: []string{u.Path}})
		return
	}
	resource := u.Resource
	if u.Subresource != "" {
		resource += "/" + u.Subresource
	}
	rule := rbacv1.PolicyRule{Verbs: []string{u.Verb}, APIGroups: []string{u.Group}, Resources: []string{resource}}
	if !open && !slices.Contains(names, "") {
		rule.ResourceNames = names
	}
	if open && !slices.Contains(r.unnamed, resource) {
		r.unnamed = append(r.unnamed, resource)
	}
	r.rules = append(r.rules, rule)
}

// settle puts rules together that differ by verbs only, then those that differ by resources only.
func (r *usedRole) settle() {
	same := func(a, b []string) bool { return slices.Equal(a, b) }
	r.rules = merged(r.rules, func(a, b *rbacv1.PolicyRule) bool {
		if !same(a.APIGroups, b.APIGroups) || !same(a.Resources, b.Resources) || !same(a.ResourceNames, b.ResourceNames) || !same(a.NonResourceURLs, b.NonResourceURLs) {
			return false
		}
		a.Verbs = append(a.Verbs, b.Verbs...)
		return true
	})
	r.rules = merged(r.rules, func(a, b *rbacv1.PolicyRule) bool {
		if len(a.ResourceNames)+len(b.ResourceNames)+len(a.NonResourceURLs)+len(b.NonResourceURLs) > 0 || !same(a.APIGroups, b.APIGroups) || !same(a.Verbs, b.Verbs) {
			return false
		}
		a.Resources = append(a.Resources, b.Resources...)
		return true
	})
}

// merged puts every rule into the first one that takes it.
func merged(rules []rbacv1.PolicyRule, into func(a, b *rbacv1.PolicyRule) bool) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for i := range rules {
		if !taken(out, &rules[i], into) {
			out = append(out, rules[i])
		}
	}
	return out
}

func taken(out []rbacv1.PolicyRule, rule *rbacv1.PolicyRule, into func(a, b *rbacv1.PolicyRule) bool) bool {
	for i := range out {
		if into(&out[i], rule) {
			return true
		}
	}
	return false
}

// edits make the role, and bind the account to it.
func (r *usedRole) edits(a rbac.Account, why string) []plan.Edit {
	binding := r.ref
	binding.Kind += "Binding"
	var rules []any
	for i := range r.rules {
		rules = append(rules, plainRule(&r.rules[i]))
	}
	make := func(ref model.Ref, fields map[string]any) plan.Edit {
		meta := map[string]any{"name": ref.Name}
		if ref.Namespace != "" {
			meta["namespace"] = ref.Namespace
		}
		fields["apiVersion"], fields["kind"], fields["metadata"] = rbacVersion, ref.Kind, meta
		return plan.Edit{Verb: plan.Create, Object: ref, APIVersion: rbacVersion, New: fields, Why: why}
	}
	return []plan.Edit{
		make(r.ref, map[string]any{"rules": rules}),
		make(binding, map[string]any{
			"roleRef":  map[string]any{"apiGroup": rbacv1.GroupName, "kind": r.ref.Kind, "name": r.ref.Name},
			"subjects": []any{map[string]any{"kind": rbacv1.ServiceAccountKind, "name": a.Name, "namespace": a.Namespace}},
		}),
	}
}

func plainRule(r *rbacv1.PolicyRule) map[string]any {
	m := map[string]any{}
	for _, f := range []struct {
		key    string
		values []string
	}{{"verbs", r.Verbs}, {"apiGroups", r.APIGroups}, {"resources", r.Resources}, {"resourceNames", r.ResourceNames}, {"nonResourceURLs", r.NonResourceURLs}} {
		if len(f.values) == 0 {
			continue
		}
		var list []any
		for _, v := range f.values {
			list = append(list, v)
		}
		m[f.key] = list
	}
	return m
}
