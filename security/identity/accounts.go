package identity

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// view returns how the function runs, and as whom; ok is false, and said, where nothing tells.
func view(e *check.Eval) (v *workload.View, id *Identity, ok bool) {
	id = Of.Get(e.Reader, e.F.Key)
	if !known(e, id) {
		return nil, nil, false
	}
	return workload.Of.Get(e.Reader, e.F.Key), id, true
}

// accountAt is the field of a pod spec that names the account.
func accountAt(s *workload.Spec) check.At {
	field, value := "serviceAccountName", s.Spec.ServiceAccountName
	if value == "" && s.Spec.DeprecatedServiceAccount != "" {
		field, value = "serviceAccount", s.Spec.DeprecatedServiceAccount
	}
	return check.At{Object: s.Ref, Path: s.Field(field), Value: value}
}

// fixedAccount reports whether no field of the framework chooses the account of a function.
func fixedAccount(f *model.Function) bool {
	switch f.Key.Framework {
	case kyma, fission:
		return true
	case openfaas: // its open source operator reads an account up to 0.13
		minor, ok := strings.CutPrefix(f.Platform.Version, "0.")
		minor, _, _ = strings.Cut(minor, ".")
		n, err := strconv.Atoi(minor)
		return f.Platform.Shape == "operator" && ok && err == nil && n > 13
	}
	return false
}

func defaultAccount(e *check.Eval) {
	v, id, ok := view(e)
	if !ok {
		return
	}
	for i := range v.Specs {
		s := &v.Specs[i]
		if rbac.AccountName(s.Spec) != "default" {
			continue
		}
		at := accountAt(s)
		token := len(id.Specs[i].Tokens) > 0
		a := id.find(s.Namespace, "default")
		switch {
		case fixedAccount(e.F) && !token && a != nil && !a.Extra:
			e.Unknown(id.Missing...)
		case fixedAccount(e.F):
			e.Fail(at, "runs as the ServiceAccount default of its namespace, which the framework gives to every function").
				With(check.FrameworkLimit).Offers(check.FixNoToken)
		case !token && len(id.Specs[i].Missing) == 0:
			e.Fail(at, "runs as the ServiceAccount default of its namespace; no token of it is mounted").As(check.Low)
		default:
			e.Fail(at, "runs as the ServiceAccount default of its namespace, like everything there that names none")
		}
		return
	}
	if len(v.Specs) == 0 && v.Account == "default" {
		e.Fail(check.At{Object: e.F.Object}, "runs as the ServiceAccount default of its namespace, like everything there that names none")
	}
}

func (id *Identity) find(namespace, name string) *Account {
	for i := range id.Accounts {
		if a := &id.Accounts[i]; a.Name == name && (namespace == "" || a.Namespace == namespace) {
			return a
		}
	}
	return nil
}

func needlessToken(e *check.Eval) {
	v, id, ok := view(e)
	if !ok {
		return
	}
	for i := range id.Specs {
		held, s := &id.Specs[i], &v.Specs[i]
		for k := range held.Tokens {
			t := &held.Tokens[k]
			if !t.Container.Own || t.Account.Name == "" {
				continue
			}
			at := check.At{Object: s.Ref, Path: t.Path, Fixed: t.Fixed}
			a := id.find(t.Account.Namespace, t.Account.Name)
			switch text := tokenText(t); {
			case a.Extra:
				e.Fact(at, text+", which has rights in the cluster")
			case len(id.Missing) > 0:
				e.Unknown(id.Missing...)
			case e.Options().Partial:
				e.Undecided(at, "what ServiceAccount "+t.Account.String()+" may do may stand elsewhere")
			default:
				e.Fail(at, text+", which may do nothing: nobody needs it")
			}
			return
		}
		e.Unknown(held.Missing...)
	}
}

func tokenText(t *rbac.Token) string {
	text := "container " + t.Container.Name + " holds a token of ServiceAccount " + t.Account.String()
	switch t.How {
	case rbac.Automounted:
		return text + " (mounted by default)"
	case rbac.FromSecret:
		return text + " (Secret " + t.Secret + ")"
	case rbac.SharedProcess:
		return text + " (through the shared process namespace)"
	default:
		return text + " (a projected volume)"
	}
}

func sharedAccount(e *check.Eval) {
	v, id, ok := view(e)
	if !ok {
		return
	}
	if fixedAccount(e.F) {
		e.NA("the framework gives one account to all functions of a namespace")
		return
	}
	for i := range id.Accounts {
		a := &id.Accounts[i]
		if a.Name != v.Account || !a.Extra && len(id.Missing) == 0 {
			continue
		}
		shared := SharedBy.Get(e.Reader, a.Account)
		others := len(shared.Functions) - 1 + len(shared.Others)
		if others < 1 || !slices.Contains(shared.Functions, e.F.Key) {
			continue
		}
		if !a.Extra {
			e.Unknown(id.Missing...)
			continue
		}
		at := check.At{Object: a.Ref(), Value: a.Name}
		if o, ok := controller(e, shared.Others); ok {
			e.Fail(at, "runs as ServiceAccount "+a.String()+", which is that of the control plane ("+object(o)+")").As(check.Critical)
			continue
		}
		e.Fail(at, "shares ServiceAccount "+a.String()+", which has rights in the cluster, with "+company(e, shared))
	}
}

// company names a few of those that use the same account.
func company(e *check.Eval, s Shared) string {
	var names []string
	for _, f := range s.Functions {
		if f != e.F.Key {
			names = append(names, f.Name)
		}
	}
	for _, o := range s.Others {
		names = append(names, o.Kind+" "+o.Name)
	}
	return short(names)
}

// controller finds a workload of the function's own control plane.
func controller(e *check.Eval, refs []model.Ref) (model.Ref, bool) {
	for _, ref := range refs {
		if ref.Namespace != e.F.Platform.Namespace {
			continue
		}
		o := e.Get(ref)
		if o == nil {
			continue
		}
		l, name := o.Head().Labels, ref.Name
		switch e.F.Key.Framework {
		case nuclio:
			ok := strings.Contains(name, "controller") || strings.Contains(name, "dashboard")
			if ok && strings.Contains(name, "nuclio") {
				return ref, true
			}
		case openfaas:
			if c := l.Get("component"); c == "gateway" || name == "gateway" {
				return ref, true
			}
		case kubeless:
			if l.Get("kubeless") == "controller" {
				return ref, true
			}
		case knative:
			if name == "controller" || name == "activator" || name == "autoscaler" {
				return ref, true
			}
		}
	}
	return model.Ref{}, false
}

func missingAccount(e *check.Eval) {
	v, id, ok := view(e)
	if !ok {
		return
	}
	for i := range v.Specs {
		s := v.Specs[i].Spec
		if old := s.DeprecatedServiceAccount; e.Options().Manifests && old != "" && s.ServiceAccountName != "" && old != s.ServiceAccountName {
			e.Fail(check.At{Object: v.Specs[i].Ref, Path: v.Specs[i].Field("serviceAccount"), Value: old},
				"serviceAccount says "+old+", but serviceAccountName says "+s.ServiceAccountName+" and wins")
			break
		}
	}
	for i := range id.Accounts {
		a := &id.Accounts[i]
		if a.Name == "default" || e.Get(a.Ref()) != nil {
			continue
		}
		if !e.Need(rbac.AccountKind, a.Namespace) {
			return
		}
		at := check.At{Object: e.F.Object}
		if len(v.Specs) > 0 {
			at = accountAt(&v.Specs[0])
		}
		if e.Options().Partial {
			e.Undecided(at, "ServiceAccount "+a.String()+" is not here; it may be elsewhere")
			continue
		}
		e.Fail(at, "there is no ServiceAccount "+a.String()+": new pods do not start, and whoever creates it gets its rights")
	}
}

func tokenSecret(e *check.Eval) {
	_, id, ok := view(e)
	if !ok {
		return
	}
	for i := range id.Accounts {
		a := &id.Accounts[i]
		for _, t := range rbac.TokenSecrets.Get(e.Reader, a.Namespace) {
			if t.Account != a.Account {
				continue
			}
			at := check.At{Object: t.Secret}
			text := "Secret " + t.Secret.Name + " holds a token of ServiceAccount " + a.String() + " that never expires"
			if t.Used != "" {
				text += "; last used " + t.Used
			}
			if t.Invalid {
				e.Fail(at, text+"; the API server refuses it by now").As(check.Low)
				continue
			}
			e.Fail(at, text)
		}
		if !e.Need(secretKind, a.Namespace) {
			return
		}
	}
}

const longToken = 86400 // seconds

func longLived(e *check.Eval) {
	v, id, ok := view(e)
	if !ok {
		return
	}
	for i := range id.Specs {
		s := &v.Specs[i]
		for k := range id.Specs[i].Tokens {
			t := &id.Specs[i].Tokens[k]
			at := check.At{Object: s.Ref, Path: t.Path, Fixed: t.Fixed}
			switch {
			case t.How == rbac.Projected && t.Expires > longToken:
				at.Path, at.Fixed, at.Value = at.Path+".serviceAccountToken.expirationSeconds", "", strconv.FormatInt(t.Expires, 10)
				e.Fail(at, "asks for a token that lives "+strconv.FormatInt(t.Expires/3600, 10)+" hours")
			case t.How == rbac.Automounted:
				automounted(e, at, t)
			default:
				continue
			}
			break
		}
		foreignTokens(e, s)
	}
}

// automounted tokens live for a year, unless the API server was told otherwise.
func automounted(e *check.Eval, at check.At, t *rbac.Token) {
	switch extends.Get(e.Reader, struct{}{}) {
	case yes:
		e.Fail(at, "the token in container "+t.Container.Name+" is valid for up to a year, until its pod is deleted")
	case unsure:
		e.Undecided(at, "whether automounted tokens live for a year: the arguments of the API server cannot be seen")
	}
}

type answer uint8

const (
	yes answer = iota
	no
	unsure
)

// extends answers whether the API server extends automounted tokens: its pods say so where they can be seen. On
// manifests it is taken to have its defaults.
var extends = snapshot.NewQuery("extended tokens", func(r *snapshot.Reader, _ struct{}) answer {
	if r.Options().Manifests {
		return yes
	}
	found := unsure
	for _, o := range r.List(podKind, "kube-system") {
		p, ok := o.(*model.Pod)
		if !ok || p.Spec == nil || !strings.HasPrefix(p.Name, "kube-apiserver") {
			continue
		}
		found = yes
		for i := range p.Spec.Containers {
			c := &p.Spec.Containers[i]
			if slices.Contains(slices.Concat(c.Command, c.Args), "--service-account-extend-token-expiration=false") {
				return no
			}
		}
	}
	return found
}, func(a, b answer) bool { return a == b }).Eager()

// foreignTokens looks for tokens of other systems that several containers hold.
func foreignTokens(e *check.Eval, s *workload.Spec) {
	for i := range s.Spec.Volumes {
		vol := &s.Spec.Volumes[i]
		audience := audienceOf(vol)
		if audience == "" || rbac.ForServer(audience) {
			continue
		}
		var names []string
		for _, c := range s.Containers() {
			for m := range c.VolumeMounts {
				if c.VolumeMounts[m].Name == vol.Name && !slices.Contains(names, c.Name) {
					names = append(names, c.Name)
				}
			}
		}
		if len(names) > 1 {
			e.Fail(check.At{
				Object: s.Ref, Path: s.Field("volumes[" + strconv.Itoa(i) + "]"), Fixed: s.Field("volumes[" + vol.Name + "]"), Value: audience,
			}, "containers "+short(names)+" all hold the token for "+audience).Offers(check.FixNarrowToken)
		}
	}
}
