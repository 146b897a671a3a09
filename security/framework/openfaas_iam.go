package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

const faasIAM = "iam.openfaas.com"

var (
	faasRoleKind   = schema.GroupKind{Group: faasIAM, Kind: "Role"}
	faasPolicyKind = schema.GroupKind{Group: faasIAM, Kind: "Policy"}
	faasIssuerKind = schema.GroupKind{Group: faasIAM, Kind: "JwtIssuer"}
)

const (
	maxStatements = 200
	maxExpiry     = 12 * time.Hour
)

// faasRole is what is kept of a Role of OpenFaaS's IAM.
type faasRole struct {
	policies  []string
	principal bool
	// open says why the condition keeps nobody out, in words; empty when it does keep some.
	open string
	// issuer: the condition tells issuers apart and nothing else.
	issuer bool
}

func decodeFaasRole(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Policy    []string
			Principal map[string]json.RawMessage
			Condition map[string]map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	role := &faasRole{principal: len(o.Spec.Principal) > 0}
	for _, p := range o.Spec.Policy[:min(len(o.Spec.Policy), maxStatements)] {
		role.policies = append(role.policies, short(p))
	}
	role.issuer = true
	narrow := false
	for operator, claims := range o.Spec.Condition {
		for claim, values := range claims {
			wide := operator == "StringLike" && slices.Contains(texts(values), "*")
			narrow = narrow || !wide
			role.issuer = role.issuer && (wide || claim == "jwt:iss")
		}
	}
	switch {
	case !narrow && len(o.Spec.Condition) > 0:
		role.open = "its condition is met by every token"
	case !narrow:
		role.open = "it has neither principal nor condition"
	case role.issuer:
		role.open = "its condition tests the issuer only"
	}
	role.issuer = role.issuer && narrow
	return role, nil
}

// texts reads a string or a list of strings.
func texts(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var many []string
	_ = json.Unmarshal(raw, &many)
	return many
}

// statement is one of a Policy that allows something.
type statement struct{ actions, resources []string }

func decodeFaasPolicy(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Statement []struct {
				Effect           string
				Action, Resource json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	var all []statement
	for _, s := range o.Spec.Statement[:min(len(o.Spec.Statement), maxStatements)] {
		if s.Effect == "" || strings.EqualFold(s.Effect, "Allow") {
			all = append(all, statement{bounded(texts(s.Action)), bounded(texts(s.Resource))})
		}
	}
	return all, nil
}

func bounded(all []string) []string {
	out := make([]string, 0, min(len(all), maxStatements))
	for _, s := range all[:min(len(all), maxStatements)] {
		out = append(out, short(s))
	}
	return out
}

// faasIssuer is what is kept of a JwtIssuer.
type faasIssuer struct {
	audience bool
	expiry   time.Duration
}

func decodeFaasIssuer(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Aud         []string
			TokenExpiry string
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	expiry, _ := time.ParseDuration(o.Spec.TokenExpiry)
	return &faasIssuer{audience: len(o.Spec.Aud) > 0, expiry: expiry}, nil
}

// powers returns the actions of the statements that deploy or administer, and whether one is allowed everywhere.
func powers(all []statement) (actions []string, everywhere bool) {
	for _, s := range all {
		for _, a := range s.actions {
			switch a {
			case "*", "Function:*", "Function:Create", "Function:Update", "Secret:*", "Namespace:*", "System:*":
				everywhere = everywhere || slices.Contains(s.resources, "*")
				if !slices.Contains(actions, a) {
					actions = append(actions, a)
				}
			}
		}
	}
	slices.Sort(actions)
	return actions, everywhere
}

// checkFaasIAM is FW-OF-08.
func checkFaasIAM(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	ns := p.Namespace
	if !e.Need(faasRoleKind, ns) || !e.Need(faasPolicyKind, ns) || !e.Need(faasIssuerKind, ns) {
		return
	}
	roles, issuers := e.List(faasRoleKind, ns), e.List(faasIssuerKind, ns)
	if len(roles)+len(issuers) == 0 {
		e.NA("it does not use the identity management of OpenFaaS")
		return
	}
	for _, o := range roles {
		checkFaasRole(e, o)
	}
	for _, o := range issuers {
		i, ok := snapshot.FactsOf[*faasIssuer](o, reader)
		switch {
		case !ok:
			e.Undecided(check.At{Object: o.Head().Ref}, "JwtIssuer "+o.Head().Name+" could not be read")
		case !i.audience:
			e.Failf(check.At{Object: o.Head().Ref, Path: "spec.aud"}, "issuer %s is trusted without an audience: its tokens for any other application are accepted", o.Head().Name).As(check.Medium)
		case i.expiry > maxExpiry:
			e.Failf(check.At{Object: o.Head().Ref, Path: "spec.tokenExpiry", Value: i.expiry.String()}, "tokens exchanged for those of issuer %s live longer than 12 hours", o.Head().Name).As(check.Medium)
		}
	}
}

func checkFaasRole(e *check.Eval, o model.Object) {
	ref := o.Head().Ref
	role, ok := snapshot.FactsOf[*faasRole](o, reader)
	if !ok {
		e.Undecided(check.At{Object: ref}, "Role "+ref.Name+" of OpenFaaS could not be read")
		return
	}
	if role.principal || role.open == "" {
		return
	}
	var allowed []statement
	for _, name := range role.policies {
		s, _ := snapshot.FactsOf[[]statement](e.Get(model.Ref{Group: faasIAM, Kind: faasPolicyKind.Kind, Namespace: ref.Namespace, Name: name}), reader)
		allowed = append(allowed, s...)
	}
	actions, everywhere := powers(allowed)
	if len(actions) == 0 {
		return
	}
	f := e.Failf(check.At{Object: ref, Path: "spec.condition"}, "role %s is open (%s) and allows %s", ref.Name, role.open, strings.Join(actions, ", "))
	if !everywhere || role.issuer {
		f.As(check.Medium)
	}
}

// invokers says how the Policies of a namespace speak of calling functions.
type invokers struct {
	issuer    bool     // there is an issuer of tokens
	resources []string // of statements that allow Function:Invoke by that name
	any       bool     // some statement allows it, by name or by `*`
}

var invoking = snapshot.NewQuery("who may call OpenFaaS functions", func(r *snapshot.Reader, ns string) invokers {
	v := invokers{issuer: len(r.List(faasIssuerKind, ns)) > 0}
	for _, o := range r.List(faasPolicyKind, ns) {
		all, _ := snapshot.FactsOf[[]statement](o, reader)
		for _, s := range all {
			named := slices.Contains(s.actions, "Function:Invoke")
			v.any = v.any || named || slices.Contains(s.actions, "Function:*") || slices.Contains(s.actions, "*")
			if named {
				v.resources = append(v.resources, s.resources...)
			}
		}
	}
	slices.Sort(v.resources)
	v.resources = slices.Compact(v.resources)
	return v
}, nil)

// names returns the resource by which a Policy speaks of the function, empty for none.
func (v *invokers) names(namespace, name string) string {
	for _, r := range v.resources {
		switch r {
		case "*", namespace + ":*", namespace + ":" + name:
			return r
		}
	}
	return ""
}

// checkFaasLogin is FW-OF-09.
func checkFaasLogin(e *check.Eval) {
	if !runs(e, openFaaS, noOpenFaaS) {
		return
	}
	plane, known := check.Platform(e.F)
	if !known {
		e.NA("its gateway is not among the objects")
		return
	}
	if !e.Need(faasIssuerKind, plane.Namespace) || !e.Need(faasPolicyKind, plane.Namespace) {
		return
	}
	v := invoking.Get(e.Reader, plane.Namespace)
	at, login := faasLogin(e)
	named := v.names(e.F.Key.Namespace, serviceName(e))
	severity := check.High
	if !callable(e) {
		severity = check.Medium
	}
	switch {
	case login == "true" && (!v.issuer || !v.any):
		e.Fail(at, "jwt_auth asks for a login, but no JwtIssuer and Policy allow anybody to call: whether the watchdog enforces anything is not to be relied on").As(severity)
	case login == "true":
		e.Undecided(at, "whether the login is in force depends on the watchdog in the image: classic up to 0.2.3 and of-watchdog up to 0.9.15 ignore jwt_auth")
	case login == "?":
		e.Undecided(at, "whether the function asks for a login (jwt_auth) is set by another object")
	case named != "":
		e.Failf(at, "a Policy says who may call %s (Function:Invoke), but the function does not ask (jwt_auth is not \"true\"): everybody may", named).As(severity)
	default:
		e.NA("it does not use function login")
	}
}

// faasLogin reads jwt_auth of the function's container: its value, or `?`.
func faasLogin(e *check.Eval) (at check.At, value string) {
	at.Object = e.F.Object
	v := workload.Of.Get(e.Reader, e.F.Key)
	for i := range v.Specs {
		s := &v.Specs[i]
		for _, c := range s.Containers() {
			if !c.Own {
				continue
			}
			at = check.At{Object: s.Ref, Path: c.Path + ".env", Fixed: c.Fixed + ".env[jwt_auth]"}
			switch p := env(c.Container, "jwt_auth"); {
			case p.Hidden:
				return at, "?"
			case p.Set:
				return at, p.Value
			}
		}
	}
	return at, ""
}
