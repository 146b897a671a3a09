package tighten

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
)

// tokenScopes has a RequestAuthentication of Istio ask for audiences, and the AuthorizationPolicies beside it for scopes.
func (q *asked) tokenScopes(p *protected, ref model.Ref) {
	audiences, scopes := mesh.AnyTokenRules(q.r, q.f.Key)
	wanted, carried := q.given.all(Audience), q.given.all(Scopes)
	switch {
	case wanted == nil && carried == nil:
		p.leave(ref, "for which audience tokens are made (spec.jwtRules[].audiences), or which scopes they carry (an AuthorizationPolicy with when: request.auth.claims[scope]), their issuer knows")
		p.want(Audience)
		if len(scopes) > 0 {
			p.want(Scopes)
		}
		return
	case wanted == nil && len(scopes) == 0:
		p.leave(ref, "no AuthorizationPolicy with action ALLOW asks for its tokens, so that a scope has no place: spec.jwtRules[].audiences has one")
		p.want(Audience)
		return
	}
	if wanted != nil {
		q.audiences(p, ref, audiences, wanted)
	}
	if carried != nil {
		q.conditions(p, scopes, carried)
	}
}

// audiences names audiences where a rule names none.
func (q *asked) audiences(p *protected, ref model.Ref, open []mesh.Unscoped, wanted []any) {
	var fields []plan.Field
	for _, u := range open {
		if u.Ref == ref {
			fields = append(fields, plan.Field{Path: fmt.Sprintf("spec.jwtRules[%d].audiences", u.Rule), Value: wanted})
		}
	}
	if len(fields) == 0 {
		p.leave(ref, "each of its rules names an audience")
		return
	}
	e := q.Patch(ref, q.versionOf(ref), fields...)
	e.Asks = "tokens that are for none of these audiences are refused by everything that RequestAuthentication " + ref.Name + " selects"
	p.edits = append(p.edits, e)
}

// conditions has rules that take every token ask for scopes, all of them. A rule with conditions of its own is a person's work:
// they may say the same in other words.
func (q *asked) conditions(p *protected, open []mesh.Unscoped, carried []any) {
	fields := map[model.Ref][]plan.Field{}
	var order []model.Ref
	for _, u := range open {
		at := fmt.Sprintf("spec.rules[%d].when", u.Rule)
		if !u.Plain {
			p.leave(u.Ref, at+" has conditions already: one with key request.auth.claims[scope] must be added there")
			continue
		}
		var when []any
		for _, s := range carried {
			when = append(when, map[string]any{"key": "request.auth.claims[scope]", "values": []any{s}})
		}
		if fields[u.Ref] == nil {
			order = append(order, u.Ref)
		}
		fields[u.Ref] = append(fields[u.Ref], plan.Field{Path: at, Value: when})
	}
	for _, ref := range order {
		e := q.Patch(ref, q.versionOf(ref), fields[ref]...)
		e.Asks = "AuthorizationPolicy " + ref.Name + " lets tokens without these scopes through no more, to nothing that it selects"
		p.edits = append(p.edits, e)
	}
}
