package rbac

import (
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fn9s/fn9s/security/model"
)

// bootRole is a ClusterRole that is there before anybody makes one. Part is the role that it is aggregated into, whole
// what it is aggregated from.
type bootRole struct {
	name, part, whole string
	rules             []rbacv1.PolicyRule
}

// on makes a rule of words; the core group is `core`.
func on(verbs, groups, resources string) rbacv1.PolicyRule {
	g := strings.Fields(groups)
	for i := range g {
		if g[i] == "core" {
			g[i] = ""
		}
	}
	return rbacv1.PolicyRule{Verbs: strings.Fields(verbs), APIGroups: g, Resources: strings.Fields(resources)}
}

func url(verbs, urls string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: strings.Fields(verbs), NonResourceURLs: strings.Fields(urls)}
}

// bootLabel marks what the API server makes when it starts.
const (
	bootLabel   = "kubernetes.io/bootstrapping"
	aggregateTo = rbacv1.GroupName + "/aggregate-to-"
)

// booted are the bootstrap roles by name, with the labels that aggregation looks at.
var booted = sync.OnceValue(func() map[string]*named {
	all := make(map[string]*named, len(bootRoles))
	for i := range bootRoles {
		b := &bootRoles[i]
		n := &named{name: b.name, role: &role{rules: b.rules}}
		l := map[string]string{bootLabel: "rbac-defaults"}
		if b.part != "" {
			l[aggregateTo+b.part] = "true"
		}
		n.labels = model.NewLabels(l, nil)
		if b.whole != "" {
			n.role.aggregated = true
			n.role.selectors = []labels.Selector{labels.SelectorFromSet(labels.Set{aggregateTo + b.whole: "true"})}
		}
		all[b.name] = n
	}
	return all
})

// bootBindings are the bootstrap ClusterRoleBindings whose subjects are more than parts of the control plane.
var bootBindings = []struct{ name, groups string }{
	{"cluster-admin", Masters},
	{"system:basic-user", Authenticated},
	{"system:discovery", Authenticated},
	{"system:monitoring", "system:monitoring"},
	{"system:public-info-viewer", Authenticated + " " + Unauthenticated},
	{"system:service-account-issuer-discovery", AllAccounts},
}

// bootGrants lists what a bootstrap binding gives, to whom. Each binding is named like its role.
func bootGrants(visit func(Holder, bound)) {
	for _, b := range bootBindings {
		to := bound{binding: bootRef("ClusterRoleBinding", b.name), role: bootRef("ClusterRole", b.name), boot: true}
		for _, g := range strings.Fields(b.groups) {
			visit(Holder{Kind: rbacv1.GroupKind, Name: g}, to)
		}
	}
}

func bootRef(kind, name string) model.Ref {
	return model.Ref{Group: rbacv1.GroupName, Kind: kind, Name: name}
}

// usual are the rules that everybody who is authenticated, and every ServiceAccount, has on a cluster that nobody
// changed: those of the bootstrap roles, and those that distributions add. They are subtracted by content.
var usual = sync.OnceValue(func() []rbacv1.PolicyRule {
	var all []rbacv1.PolicyRule
	for _, name := range []string{
		"system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery",
	} {
		all = append(all, booted()[name].role.rules...)
	}
	return append(all,
		// system:cluster-trust-bundle-discovery, where that API is on.
		on("get list watch", "certificates.k8s.io", "clustertrustbundles"),
		// OpenShift: image pullers of a namespace, basic users, webhooks of builds, reviews about oneself.
		on("get", "core image.openshift.io", "imagestreams/layers"),
		on("create", "core authorization.openshift.io authorization.k8s.io", "selfsubjectrulesreviews selfsubjectaccessreviews"),
		on("list watch", "core project.openshift.io", "projects"),
		on("list", "core project.openshift.io", "projectrequests"),
		on("get create", "core build.openshift.io", "buildconfigs/webhooks"),
	)
})

// usualAnonymous are the rules that everybody has, logged in or not.
var usualAnonymous = sync.OnceValue(func() []rbacv1.PolicyRule {
	all := append([]rbacv1.PolicyRule{}, booted()["system:public-info-viewer"].role.rules...)
	// kubeadm and k3s let a node that joins read where the cluster is.
	info := on("get", "core", "configmaps")
	info.ResourceNames = []string{"cluster-info"}
	return append(all, info, on("get create", "core build.openshift.io", "buildconfigs/webhooks"))
})

// Usual reports whether a rule gives no more than every account has anyway.
func Usual(rule *rbacv1.PolicyRule) bool { return within(rule, usual()) }

// UsualAnonymous reports whether a rule gives no more than everybody has, logged in or not.
func UsualAnonymous(rule *rbacv1.PolicyRule) bool { return within(rule, usualAnonymous()) }

// within reports whether every single thing that the rule grants is granted by one of the others.
func within(rule *rbacv1.PolicyRule, others []rbacv1.PolicyRule) bool {
	if len(rule.Verbs) == 0 || len(rule.NonResourceURLs) == 0 && (len(rule.APIGroups) == 0 || len(rule.Resources) == 0) {
		return true // it grants nothing
	}
	for _, verb := range rule.Verbs {
		for _, u := range rule.NonResourceURLs {
			if !anyRule(others, func(o *rbacv1.PolicyRule) bool { return has(o.Verbs, verb) && hasURL(o, u) }) {
				return false
			}
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				if !anyRule(others, func(o *rbacv1.PolicyRule) bool {
					return has(o.Verbs, verb) && has(o.APIGroups, group) && hasResource(o, resource) && hasNames(o, rule.ResourceNames)
				}) {
					return false
				}
			}
		}
	}
	return true
}

func anyRule(rules []rbacv1.PolicyRule, is func(*rbacv1.PolicyRule) bool) bool {
	for i := range rules {
		if is(&rules[i]) {
			return true
		}
	}
	return false
}

func hasURL(rule *rbacv1.PolicyRule, url string) bool {
	for _, u := range rule.NonResourceURLs {
		if u == url || !strings.HasSuffix(url, "*") && covers(u, url) ||
			strings.HasSuffix(u, "*") && strings.HasPrefix(url, strings.TrimRight(u, "*")) {
			return true
		}
	}
	return false
}

func hasResource(rule *rbacv1.PolicyRule, resource string) bool {
	parent, sub, _ := strings.Cut(resource, "/")
	for _, r := range rule.Resources {
		if r == resource || resource != "*" && matches(r, parent, sub) {
			return true
		}
	}
	return false
}

func hasNames(rule *rbacv1.PolicyRule, names []string) bool {
	if len(rule.ResourceNames) == 0 {
		return true
	}
	for _, n := range names {
		if !has(rule.ResourceNames, n) {
			return false
		}
	}
	return len(names) > 0
}
