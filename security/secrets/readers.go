package secrets

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// able is a subject that gets at the Secrets of a namespace, through which binding, and whether by reading them.
type able struct {
	rbac.Holder
	through model.Ref
	direct  bool
	// cause is the control that already says of the subject that it may do far more than this, empty where none does.
	cause string
	// functions that run with a token of the subject, in the order of their keys.
	functions []model.FunctionKey
}

// access is who gets at the Secrets of a namespace.
type access struct {
	able []able
	// people names those of them that are no function, nor a group of all functions.
	people string
	// named are accounts that may read single Secrets.
	named map[string][]able
}

// indirect are the rights with which one gets at a Secret without reading it: by starting or changing what may mount
// it, or by entering what has mounted it.
var indirect = rbac.Of(rbac.CreateWorkloads, rbac.ChangeWorkloads, rbac.WriteFunctions, rbac.Debug, rbac.Exec)

// readersIn answers who gets at all Secrets of a namespace, administrators of the cluster left out.
var readersIn = snapshot.NewQuery("readers of the Secrets of a namespace", func(r *snapshot.Reader, namespace string) *access {
	a := &access{named: map[string][]able{}}
	add := func(found []rbac.Able, direct bool) {
		for i := range found {
			h := found[i].Holder
			if administrator(h) || slices.ContainsFunc(a.able, func(o able) bool { return o.Holder == h }) {
				continue
			}
			a.able = append(a.able, able{h, found[i].Via[0].Binding, direct, causeOf(r, h, namespace), runningAs(r, h)})
		}
	}
	add(rbac.Having(r, namespace, rbac.Of(rbac.ReadSecrets)), true)
	add(rbac.Having(r, namespace, indirect), false)
	var people []string
	for i := range a.able {
		if o := &a.able[i]; len(o.functions) == 0 && !o.everybody(namespace) {
			people = append(people, o.String())
		}
	}
	a.people = list(people)
	for _, account := range rbac.Accounts.Get(r, namespace) {
		for _, s := range rbac.RightsOf.Get(r, account).Scopes {
			if s.Namespace != namespace && s.Namespace != "" {
				continue
			}
			for _, name := range s.NamesOf(rbac.ReadSecrets) {
				h := rbac.Holder{Kind: "ServiceAccount", Namespace: account.Namespace, Name: account.Name}
				a.named[name] = append(a.named[name], able{h, account.Ref(), true, causeOf(r, h, namespace), runningAs(r, h)})
			}
		}
	}
	return a
}, nil)

// causeOf names the control by which a subject fails already that gets at the Secrets of a namespace as it gets at
// everything there: as an administrator, or because it is everybody.
func causeOf(r *snapshot.Reader, h rbac.Holder, namespace string) string {
	account, ok := h.Account()
	switch {
	case ok:
		reached := rbac.Escalation(r, account)
		if len(reached.Cluster) > 0 {
			return "SA-10"
		}
		if slices.ContainsFunc(reached.Namespaces, func(n rbac.Reached) bool { return n.Namespace == "" || n.Namespace == namespace }) {
			return "SA-11"
		}
	case h.Name == rbac.Authenticated || h.Name == rbac.Unauthenticated:
		return "SA-14"
	case strings.HasPrefix(h.Name, rbac.AllAccounts):
		return "SA-13"
	}
	return ""
}

// runningAs lists the functions whose code holds a token of the subject.
func runningAs(r *snapshot.Reader, h rbac.Holder) []model.FunctionKey {
	if account, ok := h.Account(); ok {
		return holdersIn.Get(r, account.Namespace)[account.Name]
	}
	return nil
}

// holdersIn indexes the functions of a namespace whose own container holds a token, by the account.
var holdersIn = snapshot.NewQuery("functions with tokens", func(r *snapshot.Reader, namespace string) map[string][]model.FunctionKey {
	found := map[string][]model.FunctionKey{}
	for _, f := range r.Functions(namespace) {
		if account := tokenOf.Get(r, f.Key); account != "" {
			found[account] = append(found[account], f.Key)
		}
	}
	return found
}, nil)

// tokenOf answers of which account the code of a function holds a token, empty when of none.
var tokenOf = snapshot.NewQuery("token of a function", func(r *snapshot.Reader, key model.FunctionKey) string {
	for _, held := range rbac.TokensOf.Get(r, key) {
		for _, t := range held.Tokens {
			if t.Container.Own && t.Account.Namespace == key.Namespace {
				return t.Account.Name
			}
		}
	}
	return ""
}, func(a, b string) bool { return a == b }).Passing()

// readable finds who else gets at the Secrets of a function.
func readable(e *check.Eval) {
	all := secretsOf(e, reading)
	if len(all) == 0 {
		if len(UsesOf.Get(e.Reader, e.F.Key)) > 0 {
			e.NA("it reads no Secret")
		}
		return
	}
	var done []string
	for _, u := range all {
		if slices.Contains(done, u.Namespace) {
			continue
		}
		done = append(done, u.Namespace)
		e.Need(rbac.RoleBindingKind, u.Namespace)
		e.Need(rbac.RoleKind, u.Namespace)
		here := slices.DeleteFunc(slices.Clone(all), func(o used) bool { return o.Namespace != u.Namespace })
		readersOf(e, u.Namespace, here)
	}
	e.Need(rbac.ClusterRoleBindingKind, "")
	e.Need(rbac.ClusterRoleKind, "")
	for _, u := range all {
		for _, a := range readersIn.Get(e.Reader, u.Namespace).named[u.Name] {
			if others := a.others(e.F.Key); others != "" {
				e.Fail(check.At{Object: a.through}, "Secret "+u.Name+" can be read by "+others+", as "+a.text()).After(a.cause)
			}
		}
	}
}

// readersOf reports who gets at all Secrets of a namespace.
func readersOf(e *check.Eval, namespace string, all []used) {
	what := "Secret " + all[0].Name
	if len(all) > 1 {
		what = "its " + count(len(all), "Secret", "Secrets")
	}
	access := readersIn.Get(e.Reader, namespace)
	for i := range access.able {
		a := &access.able[i]
		if len(a.functions) == 0 && !a.everybody(namespace) {
			continue
		}
		how := " can be read by "
		if !a.direct {
			how = " can be got at, through other pods or functions of namespace " + namespace + ", by "
		}
		at := check.At{Object: a.through}
		switch others := a.others(e.F.Key); {
		case others != "":
			e.Fail(at, what+how+others+", as "+a.text()).After(a.cause)
		case a.Name == rbac.Unauthenticated && a.everybody(namespace):
			e.Fail(at, what+how+"everybody who reaches the API server, as "+a.String()).After(a.cause)
		case a.everybody(namespace):
			e.Fail(at, what+how+"every function with a token, as "+a.String()).After(a.cause)
		}
	}
	if access.people != "" {
		e.Fact(check.At{Object: all[0].Ref}, what+" can be got at by "+access.people)
	}
}

// text names the subject, and says so where it administers more than these Secrets.
func (a *able) text() string {
	switch a.cause {
	case "SA-10":
		return a.String() + ", which gets to everything in the cluster"
	case "SA-11":
		return a.String() + ", which administers the namespace"
	}
	return a.String()
}

// everybody reports whether the subject is a group that includes every function of the namespace with a token, or more.
func (a *able) everybody(namespace string) bool {
	return a.Kind == "Group" && (a.Name == rbac.AllAccounts || a.Name == rbac.Authenticated || a.Name == rbac.Unauthenticated ||
		a.Name == rbac.AllAccounts+":"+namespace)
}

// others names the functions, other than this one, that run as the subject.
func (a *able) others(self model.FunctionKey) string {
	var names []string
	for _, f := range a.functions {
		if f != self {
			names = append(names, "function "+f.Namespace+"/"+f.Name)
		}
	}
	return list(names)
}
