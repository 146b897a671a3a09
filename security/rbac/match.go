package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Attributes are a question to the authorizer, with the fields of a SubjectAccessReview. A Path makes it a question
// about a URL that is no resource.
type Attributes struct {
	Verb, Group, Resource, Subresource, Name, Namespace string
	Path                                                string
}

// String is for operators: `create pods/exec in fns`.
func (a Attributes) String() string {
	if a.Path != "" {
		return a.Verb + " " + a.Path
	}
	text := a.Verb + " " + a.Resource
	if a.Subresource != "" {
		text += "/" + a.Subresource
	}
	if a.Group != "" {
		text += "." + a.Group
	}
	if a.Name != "" {
		text += " " + a.Name
	}
	if a.Namespace != "" {
		text += " in " + a.Namespace
	}
	return text
}

// allows reports whether one rule answers the question with yes, wherever the rule may hold.
func allows(rule *rbacv1.PolicyRule, a *Attributes) bool {
	if !has(rule.Verbs, a.Verb) {
		return false
	}
	if a.Path != "" {
		return slices.ContainsFunc(rule.NonResourceURLs, func(url string) bool { return covers(url, a.Path) })
	}
	return has(rule.APIGroups, a.Group) &&
		slices.ContainsFunc(rule.Resources, func(r string) bool { return matches(r, a.Resource, a.Subresource) }) &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, a.Name))
}

func has(list []string, want string) bool {
	for _, s := range list {
		if s == "*" || s == want {
			return true
		}
	}
	return false
}

// matches reports whether a resource of a rule covers the resource of a request. `*` covers subresources too, and
// `*/scale` those of that name of all resources; `pods/*` means nothing.
func matches(rule, resource, subresource string) bool {
	if rule == "*" {
		return true
	}
	if subresource == "" {
		return rule == resource
	}
	if parent, ok := strings.CutSuffix(rule, subresource); ok {
		return parent == "*/" || len(parent) == len(resource)+1 && parent[len(resource)] == '/' && parent[:len(resource)] == resource
	}
	return false
}

// covers reports whether the URL of a rule covers a path.
func covers(rule, path string) bool {
	return rule == "*" || rule == path ||
		strings.HasSuffix(rule, "*") && strings.HasPrefix(path, strings.TrimRight(rule, "*"))
}
