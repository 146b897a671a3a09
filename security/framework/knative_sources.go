package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// eventSource is what is kept of an ApiServerSource or ContainerSource.
type eventSource struct {
	account, path string // path of the account's name
	function      model.Ref
	whole         bool     // it sends whole objects
	kinds         []string // resources that it watches; none: not known
}

func decodeEventSource(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			ServiceAccountName, Mode string
			Sink                     destination
			Resources                []struct{ Kind string }
			Template                 struct {
				Spec struct{ ServiceAccountName string }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &eventSource{
		account: o.Spec.ServiceAccountName, path: "spec.serviceAccountName", function: o.Spec.Sink.function(raw.Header.Namespace),
	}
	if raw.Header.Kind == containerSourceKind.Kind {
		s.account, s.path = o.Spec.Template.Spec.ServiceAccountName, "spec.template.spec.serviceAccountName"
	} else {
		s.whole = o.Spec.Mode == "Resource"
		for _, k := range o.Spec.Resources[:min(len(o.Spec.Resources), maxStatements)] {
			s.kinds = append(s.kinds, snapshot.Plural(short(k.Kind)))
		}
	}
	s.account = short(s.account)
	if s.account == "" {
		s.account = "default"
	}
	return s, nil
}

// sourceOf is a source and what was kept of it.
type sourceOf struct {
	model.Ref
	*eventSource
}

// sourcesTo lists the sources of the cluster by the function that they send to.
var sourcesTo = snapshot.NewQuery("event sources by function", func(r *snapshot.Reader, _ struct{}) map[model.Ref][]sourceOf {
	all := map[model.Ref][]sourceOf{}
	for _, kind := range eventingKinds {
		if kind.Group != sourcesGroup {
			continue
		}
		for _, o := range r.List(kind.GroupKind, "") {
			if s, ok := snapshot.FactsOf[*eventSource](o, reader); ok && s.function.Name != "" {
				all[s.function] = append(all[s.function], sourceOf{o.Head().Ref, s})
			}
		}
	}
	return all
}, nil)

// checkSources is FW-KN-09.
func checkSources(e *check.Eval) {
	if !runs(e, knative, noKnative) {
		return
	}
	ns := e.F.Key.Namespace
	if !e.Need(apiServerSourceKind, ns) || !e.Need(containerSourceKind, ns) {
		return
	}
	sources := sourcesTo.Get(e.Reader, struct{}{})[model.Ref{Group: servingGroup, Kind: knativeServiceKind.Kind, Namespace: ns, Name: e.F.Key.Name}]
	if len(sources) == 0 {
		e.NA("no source sends objects of the cluster to it")
	}
	for i := range sources {
		checkSource(e, &sources[i])
	}
}

func checkSource(e *check.Eval, s *sourceOf) {
	account := rbac.Account{Namespace: s.Namespace, Name: s.account}
	set := rbac.Grants.Get(e.Reader, account)
	at := check.At{Object: s.Ref, Path: s.path, Value: s.account}
	if lists(set, rbac.Attributes{Resource: "secrets", Namespace: s.Namespace}) || lists(set, rbac.Attributes{Resource: "secrets"}) {
		e.Failf(at, "%s %s sends to this function and may list Secrets (account %s)", s.Kind, s.Name, account)
		return
	}
	if s.Kind == apiServerSourceKind.Kind {
		if more := beyond(set, s.kinds); len(more) > 0 {
			e.Failf(at, "%s %s sends %s to this function, and its account %s may also read %s", s.Kind, s.Name, few(s.kinds), account, few(more)).As(check.Medium)
		}
		if s.whole {
			e.Failf(check.At{Object: s.Ref, Path: "spec.mode", Value: "Resource"},
				"%s %s sends whole objects (%s) to this function, which needs no right of its own to see them", s.Kind, s.Name, few(s.kinds)).As(check.Medium)
		}
	}
	e.Unknown(set.Missing...)
}

func lists(set *rbac.Set, a rbac.Attributes) bool {
	for _, a.Verb = range []string{"list", "watch"} {
		if ok, _ := set.Allows(a); ok {
			return true
		}
	}
	return false
}

// beyond lists the resources that an account may list or watch besides these, sorted.
func beyond(set *rbac.Set, kinds []string) []string {
	var more []string
	set.All(func(g *rbac.Grant) bool {
		for i := range g.Role.Rules {
			rule := &g.Role.Rules[i]
			if g.Role.Usual[i] || !slices.ContainsFunc(rule.Verbs, func(v string) bool { return v == "list" || v == "watch" || v == "*" }) {
				continue
			}
			for _, resource := range rule.Resources {
				name, _, _ := strings.Cut(resource, "/")
				if !slices.Contains(kinds, name) && !slices.Contains(more, resource) {
					more = append(more, resource)
				}
			}
		}
		return true
	})
	slices.Sort(more)
	return more
}
