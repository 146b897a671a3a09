package rbac

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// bound is one binding, as it counts for one of its subjects.
type bound struct {
	binding, role model.Ref
	boot          bool // made by the API server when it started
}

// Index says what the bindings of a namespace, or the ClusterRoleBindings, give to whom.
type index map[Holder][]bound

func (i index) add(h Holder, b bound) {
	if all := i[h]; len(all) == 0 || all[len(all)-1].binding != b.binding {
		i[h] = append(all, b)
	}
}

func (i index) bind(o model.Object) {
	b, ok := snapshot.FactsOf[*binding](o, reader)
	if !ok {
		return
	}
	h := o.Head()
	to := bound{binding: h.Ref, role: b.role, boot: h.Labels.Get(bootLabel) != ""}
	for k := range b.subjects {
		if who, ok := holderOf(&b.subjects[k], h.Namespace); ok {
			i.add(who, to)
		}
	}
}

// hiddenBindings reports what may keep bindings out of the index: they may not be read, or one is malformed.
func hiddenBindings(r *snapshot.Reader, kind schema.GroupKind, namespace string) (snapshot.Missing, bool) {
	if m, hidden := r.Hidden(kind, namespace); hidden {
		return m, true
	}
	if name := malformed.Get(r, bindings{kind, namespace}); name != "" {
		return snapshot.Missing{Reason: kind.Kind + " " + name + " cannot be read: it is malformed"}, true
	}
	return snapshot.Missing{}, false
}

type bindings struct {
	kind      schema.GroupKind
	namespace string
}

// malformed names the first binding that says nothing to the index, where there is one.
var malformed = snapshot.NewQuery("malformed bindings", func(r *snapshot.Reader, at bindings) string {
	for _, o := range r.List(at.kind, at.namespace) {
		if _, ok := snapshot.FactsOf[*binding](o, reader); !ok {
			return strings.TrimPrefix(o.Head().Namespace+"/"+o.Head().Name, "/")
		}
	}
	return ""
}, nil).Eager()

func sameIndex(a, b index) bool { return maps.EqualFunc(a, b, slices.Equal[[]bound]) }

// local indexes the RoleBindings of a namespace.
var local = snapshot.NewQuery("role bindings of a namespace", func(r *snapshot.Reader, namespace string) index {
	objects := r.List(RoleBindingKind, namespace)
	i := make(index, len(objects))
	for _, o := range objects {
		i.bind(o)
	}
	return i
}, sameIndex)

// global indexes the ClusterRoleBindings. On manifests those are there too that every API server makes by itself.
var global = snapshot.NewQuery("cluster role bindings", func(r *snapshot.Reader, _ struct{}) index {
	i := index{}
	for _, o := range r.List(ClusterRoleBindingKind, "") {
		i.bind(o)
	}
	if r.Options().Manifests {
		bootGrants(func(h Holder, b bound) {
			if r.Get(b.binding) == nil {
				i.add(h, b)
			}
		})
	}
	return i
}, sameIndex)

// bindingNamespaces lists the namespaces that have RoleBindings.
var bindingNamespaces = snapshot.NewQuery("namespaces with role bindings", func(r *snapshot.Reader, _ struct{}) []string {
	var all []string
	for _, o := range r.List(RoleBindingKind, "") {
		if ns := o.Head().Namespace; len(all) == 0 || all[len(all)-1] != ns {
			all = append(all, ns)
		}
	}
	return all
}, slices.Equal[[]string]).Eager()

// foreign lists whom the RoleBindings of a namespace name besides its own accounts.
var foreign = snapshot.NewQuery("subjects from outside a namespace", func(r *snapshot.Reader, namespace string) []Holder {
	var all []Holder
	for h := range local.Get(r, namespace) {
		if h.Namespace != namespace {
			all = append(all, h)
		}
	}
	slices.SortFunc(all, Holder.Compare)
	return all
}, slices.Equal[[]Holder]).Eager()

// namedHolders lists the users and groups that bindings name anywhere.
var namedHolders = snapshot.NewQuery("users and groups in bindings", func(r *snapshot.Reader, _ struct{}) []Holder {
	var all []Holder
	add := func(h Holder) {
		if h.Namespace == "" {
			all = append(all, h)
		}
	}
	for h := range global.Get(r, struct{}{}) {
		add(h)
	}
	for h := range abroad.Get(r, struct{}{}) {
		add(h)
	}
	slices.SortFunc(all, Holder.Compare)
	return slices.Compact(all)
}, slices.Equal[[]Holder]).Eager()

// Strangers lists whom the RoleBindings of a namespace name besides its own accounts; of no namespace: whom
// ClusterRoleBindings name.
func Strangers(r *snapshot.Reader, namespace string) []Holder {
	if namespace != "" {
		return foreign.Get(r, namespace)
	}
	var all []Holder
	for h, bindings := range global.Get(r, struct{}{}) {
		if slices.ContainsFunc(bindings, func(b bound) bool { return !b.boot }) {
			all = append(all, h)
		}
	}
	slices.SortFunc(all, Holder.Compare)
	return all
}

// abroad lists, for subjects, the namespaces other than their own whose RoleBindings name them.
var abroad = snapshot.NewQuery("role bindings across namespaces", func(r *snapshot.Reader, _ struct{}) map[Holder][]string {
	all := map[Holder][]string{}
	for _, ns := range bindingNamespaces.Get(r, struct{}{}) {
		for _, h := range foreign.Get(r, ns) {
			all[h] = append(all[h], ns)
		}
	}
	return all
}, func(a, b map[Holder][]string) bool { return maps.EqualFunc(a, b, slices.Equal[[]string]) }).Eager()

// boundTo lists the bindings that name a subject: the cluster's first, then by namespace.
var boundTo = snapshot.NewQuery("bindings of a subject", func(r *snapshot.Reader, h Holder) []bound {
	all := slices.Clone(global.Get(r, struct{}{})[h])
	elsewhere := abroad.Get(r, struct{}{})[h]
	if h.Namespace == "" {
		for _, ns := range elsewhere {
			all = append(all, local.Get(r, ns)[h]...)
		}
		return all
	}
	own := local.Get(r, h.Namespace)[h]
	for _, ns := range elsewhere {
		if ns > h.Namespace && own != nil {
			all, own = append(all, own...), nil
		}
		all = append(all, local.Get(r, ns)[h]...)
	}
	return append(all, own...)
}, slices.Equal[[]bound]).Passing().Eager()

// Accounts lists the ServiceAccounts of a namespace (empty: of all): those that are there, and `default`, which every
// namespace has.
var Accounts = snapshot.NewQuery("accounts of a namespace", func(r *snapshot.Reader, namespace string) []Account {
	var all []Account
	for _, o := range r.List(AccountKind, namespace) {
		all = append(all, Account{o.Head().Namespace, o.Head().Name})
	}
	if namespace != "" {
		all = append(all, Account{namespace, "default"})
	} else {
		for _, a := range boundAccounts.Get(r, "") {
			if a.Name == "default" {
				all = append(all, a)
			}
		}
	}
	slices.SortFunc(all, Account.Compare)
	return slices.Compact(all)
}, slices.Equal[[]Account]).Eager()
