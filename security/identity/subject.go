package identity

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// Identity is as whom a function runs.
type Identity struct {
	// Accounts are the ServiceAccounts whose rights an intruder gets: those that pods run as, and those whose token
	// Secrets they mount. Empty where no pod spec and no account is known.
	Accounts []Account
	// Specs are the tokens of each pod spec, in the order of workload.View.Specs.
	Specs []rbac.Held
	// Missing is what could not be read of the accounts' rights.
	Missing []snapshot.Missing
	powers  rbac.Powers // of all accounts
}

// Account is one ServiceAccount of a function.
type Account struct {
	rbac.Account
	// Token says that a container of the function holds a token of it; Own, that the function's own container does.
	Token, Own bool
	// Containers are those that hold one.
	Containers []string
	// Down is the rule that makes findings about its rights weigh less, in words; empty when there is none.
	Down string
	// Forced says that the framework chooses the account and its rights, and gives its token to a container of its own.
	Forced bool
	// Extra says that it may do more than every account may.
	Extra bool
}

// Of answers as whom a function runs.
var Of = snapshot.NewQuery("identity of a function", func(r *snapshot.Reader, key model.FunctionKey) *Identity {
	v := workload.Of.Get(r, key)
	id := &Identity{Specs: rbac.TokensOf.Get(r, key)}
	for i := range v.Specs {
		s := &v.Specs[i]
		id.account(rbac.Account{Namespace: cmp.Or(s.Namespace, key.Namespace), Name: rbac.AccountName(s.Spec)})
		for t := range id.Specs[i].Tokens {
			id.token(&id.Specs[i].Tokens[t])
		}
	}
	if len(v.Specs) == 0 && v.Account != "" {
		// Nothing says what its pods mount: they are taken to hold the token.
		a := id.account(rbac.Account{Namespace: key.Namespace, Name: v.Account})
		a.Token, a.Own = true, true
	}
	for i := range id.Accounts {
		a := &id.Accounts[i]
		id.rights(r, a)
		a.Forced = key.Framework == fission && a.Name == fetcher && !a.Own
	}
	return id
}, nil)

func (id *Identity) account(a rbac.Account) *Account {
	i := slices.IndexFunc(id.Accounts, func(o Account) bool { return o.Account == a })
	if i < 0 {
		i, id.Accounts = len(id.Accounts), append(id.Accounts, Account{Account: a})
	}
	return &id.Accounts[i]
}

func (id *Identity) token(t *rbac.Token) {
	if t.Account.Name == "" {
		return
	}
	a := id.account(t.Account)
	a.Token = true
	a.Own = a.Own || t.Container.Own
	if !slices.Contains(a.Containers, t.Container.Name) {
		a.Containers = append(a.Containers, t.Container.Name)
	}
}

func (id *Identity) rights(r *snapshot.Reader, a *Account) {
	set := rbac.Grants.Get(r, a.Account)
	a.Extra = set.Extra()
	for _, m := range set.Missing {
		if !slices.Contains(id.Missing, m) {
			id.Missing = append(id.Missing, m)
		}
	}
	scopes := rbac.RightsOf.Get(r, a.Account).Scopes
	for i := range scopes {
		id.powers = id.powers.Or(scopes[i].Any).Or(scopes[i].Named)
	}
	switch {
	case !a.Token && !Held.Get(r, a.Account):
		a.Down = "reachable only by whoever obtains this ServiceAccount"
	case a.Token && !a.Own && len(a.Containers) > 0:
		a.Down = "through container " + strings.Join(a.Containers, ", ")
	}
}

// Tokens answers which containers of a function hold a token of the API server, by pod spec.
func Tokens(r *snapshot.Reader, key model.FunctionKey) []rbac.Held { return Of.Get(r, key).Specs }

// makers are the powers to get a token of any account of a namespace.
var makers = rbac.Of(rbac.CreateWorkloads, rbac.ChangeWorkloads, rbac.MintTokens)

// Held answers whether anybody holds, or may get, a token of an account: a pod, a token Secret, or a subject that may
// make pods or tokens there and is no administrator of the cluster.
var Held = snapshot.NewQuery("holders of an account", func(r *snapshot.Reader, a rbac.Account) bool {
	if slices.ContainsFunc(rbac.UsersOf(r, a), func(u rbac.User) bool { return u.Token }) {
		return true
	}
	for _, t := range rbac.TokenSecrets.Get(r, a.Namespace) {
		if t.Account == a && !t.Invalid {
			return true
		}
	}
	for _, h := range others.Get(r, a.Namespace) {
		if account, ok := h.Account(); !ok || account != a {
			return true
		}
	}
	return false
}, func(a, b bool) bool { return a == b }).Eager()

// others lists who may get a token of any account of a namespace, and is no administrator of the cluster.
var others = snapshot.NewQuery("who gets tokens in a namespace", func(r *snapshot.Reader, namespace string) []rbac.Holder {
	admins := map[rbac.Holder]bool{}
	for _, a := range rbac.Having(r, "", rbac.Of(rbac.Everything)) {
		admins[a.Holder] = true
	}
	var all []rbac.Holder
	for _, a := range rbac.Having(r, namespace, makers) {
		if !admins[a.Holder] {
			all = append(all, a.Holder)
		}
	}
	return all
}, slices.Equal[[]rbac.Holder]).Eager()

// Shared lists what else runs as an account: functions by their keys, other workloads by their objects.
type Shared struct {
	Functions []model.FunctionKey
	Others    []model.Ref
}

// SharedBy answers who runs as an account.
var SharedBy = snapshot.NewQuery("who runs as an account", func(r *snapshot.Reader, a rbac.Account) Shared {
	return sharers.Get(r, a.Namespace)[a]
}, sameShared).Eager()

func sameShared(a, b Shared) bool {
	return slices.Equal(a.Functions, b.Functions) && slices.Equal(a.Others, b.Others)
}

// sharers lists by account what runs in a namespace.
var sharers = snapshot.NewQuery("accounts in use", func(r *snapshot.Reader, namespace string) map[rbac.Account]Shared {
	all := map[rbac.Account]Shared{}
	own := map[model.Ref]bool{}
	for _, f := range r.Functions(namespace) {
		for _, w := range f.Workloads {
			own[w.Ref] = true
		}
		for _, p := range f.Pods {
			own[p] = true
		}
		if f.Opaque {
			continue
		}
		if v := workload.Of.Get(r, f.Key); v.Account != "" {
			a := rbac.Account{Namespace: namespace, Name: v.Account}
			s := all[a]
			s.Functions = append(s.Functions, f.Key)
			all[a] = s
		}
	}
	for _, u := range rbac.Users.Get(r, namespace) {
		if !own[u.Ref] {
			s := all[u.Account]
			s.Others = append(s.Others, u.Ref)
			all[u.Account] = s
		}
	}
	return all
}, nil)
