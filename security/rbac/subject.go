package rbac

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/model"
)

// Names that the API server gives.
const (
	Authenticated   = "system:authenticated"
	Unauthenticated = "system:unauthenticated"
	Anonymous       = "system:anonymous"
	Masters         = "system:masters" // may do everything, whatever bindings say
	AllAccounts     = "system:serviceaccounts"

	accountPrefix = "system:serviceaccount:"
)

// Account is a ServiceAccount.
type Account struct{ Namespace, Name string }

// Ref is the identity of the account's object.
func (a Account) Ref() model.Ref {
	return model.Ref{Kind: "ServiceAccount", Namespace: a.Namespace, Name: a.Name}
}

// User is the name that the API server gives to whoever holds the account's token.
func (a Account) User() string { return accountPrefix + a.Namespace + ":" + a.Name }

func (a Account) String() string { return a.Namespace + "/" + a.Name }

// Compare orders accounts by namespace and name.
func (a Account) Compare(o Account) int {
	return cmp.Or(cmp.Compare(a.Namespace, o.Namespace), cmp.Compare(a.Name, o.Name))
}

// AccountOf returns the account that a user name stands for.
func AccountOf(user string) (Account, bool) {
	rest, ok := strings.CutPrefix(user, accountPrefix)
	if !ok {
		return Account{}, false
	}
	namespace, name, ok := strings.Cut(rest, ":")
	return Account{namespace, name}, ok && namespace != "" && name != ""
}

// Subject is who asks: Kind is `ServiceAccount`, `User` or `Group`. Groups are those that the user is in.
type Subject struct {
	Kind, Namespace, Name string
	Groups                []string
}

// ForAccount returns a ServiceAccount as the API server sees it: with its three groups.
func ForAccount(namespace, name string) Subject {
	return Subject{
		Kind: "ServiceAccount", Namespace: namespace, Name: name,
		Groups: []string{AllAccounts, AllAccounts + ":" + namespace, Authenticated},
	}
}

// ForUser returns a user with groups. A user name that stands for a ServiceAccount gets no groups by itself.
func ForUser(name string, groups ...string) Subject {
	if a, ok := AccountOf(name); ok {
		return Subject{Kind: "ServiceAccount", Namespace: a.Namespace, Name: a.Name, Groups: groups}
	}
	return Subject{Kind: "User", Name: name, Groups: groups}
}

// ForGroup returns somebody of whom nothing is known but that he is in the group.
func ForGroup(name string) Subject { return Subject{Kind: "Group", Name: name} }

// Holder is a subject as bindings name it. A user whose name stands for a ServiceAccount is that account.
type Holder struct{ Kind, Namespace, Name string }

// String is for operators: `ServiceAccount fns/deployer`, `Group system:authenticated`.
func (h Holder) String() string {
	if h.Namespace != "" {
		return h.Kind + " " + h.Namespace + "/" + h.Name
	}
	return h.Kind + " " + h.Name
}

// Account returns the ServiceAccount that the holder is.
func (h Holder) Account() (Account, bool) {
	return Account{h.Namespace, h.Name}, h.Kind == rbacv1.ServiceAccountKind
}

// Compare orders holders by kind, namespace and name.
func (h Holder) Compare(o Holder) int {
	return cmp.Or(cmp.Compare(h.Kind, o.Kind), cmp.Compare(h.Namespace, o.Namespace), cmp.Compare(h.Name, o.Name))
}

// holderOf returns whom a subject of a binding in a namespace names; ok is false when that is nobody.
func holderOf(s *rbacv1.Subject, namespace string) (h Holder, ok bool) {
	switch s.Kind {
	case rbacv1.UserKind:
		if a, ok := AccountOf(s.Name); ok {
			return Holder{Kind: rbacv1.ServiceAccountKind, Namespace: a.Namespace, Name: a.Name}, true
		}
		return Holder{Kind: rbacv1.UserKind, Name: s.Name}, true
	case rbacv1.GroupKind:
		return Holder{Kind: rbacv1.GroupKind, Name: s.Name}, true
	case rbacv1.ServiceAccountKind:
		h = Holder{Kind: rbacv1.ServiceAccountKind, Namespace: cmp.Or(s.Namespace, namespace), Name: s.Name}
		return h, h.Namespace != ""
	default:
		return Holder{}, false
	}
}

// holders lists whom bindings may name when they mean the subject: himself first, then his groups.
func (s *Subject) holders() []Holder {
	all := make([]Holder, 0, 1+len(s.Groups))
	all = append(all, Holder{s.Kind, s.Namespace, s.Name})
	for _, g := range s.Groups {
		all = append(all, Holder{Kind: rbacv1.GroupKind, Name: g})
	}
	return all
}

// masters reports whether the subject bypasses RBAC.
func (s *Subject) masters() bool {
	return s.Kind == rbacv1.GroupKind && s.Name == Masters || slices.Contains(s.Groups, Masters)
}
