package secrets

import (
	"cmp"
	"slices"
	"time"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Provider says where the data of a Secret comes from.
type Provider string

// The providers. Managed: something keeps it in step, and it is none of the others.
const (
	Plain       Provider = "plain"
	Sealed      Provider = "sealed"
	FromOutside Provider = "external"
	CSI         Provider = "csi"
	Certificate Provider = "certificate"
	Managed     Provider = "managed"
)

// Status says whether anything uses a Secret.
type Status string

// The statuses. Named: no workload uses it, and another object names it, as an Ingress does. Absent: something names it,
// and it is not there; Unseen: nor can it be told whether it is. Doubtful: nothing names it, and whether something uses it cannot be told.
const (
	Used     Status = "used"
	Named    Status = "named"
	Unused   Status = "unused"
	Absent   Status = "missing"
	Unseen   Status = "not seen"
	Doubtful Status = "perhaps unused"
	Found    Status = "found by type" // a controller looks for it by its type or labels
)

// Usage is a user of a Secret and how it gets at it.
type Usage struct {
	User
	Ways []Way
	// At are the places where it is named, as `Deployment shop/cart spec...`; none for workloads of no function.
	At []Use
}

// Item is what is known of one Secret, or of a class of the Secrets Store CSI driver, without any value.
type Item struct {
	Ref      model.Ref
	Type     string
	Keys     int
	Created  time.Time
	Written  Written
	Limit    time.Duration // from this age on it counts as not rotated
	Provider Provider
	By       string // what manages it, in words
	// Maker is the object that makes it, where there is one: a change belongs there. Deployed says that By writes it with
	// its own deployments only: a change lasts until the next one.
	Maker    model.Ref
	Deployed bool
	Usage    []Usage
	Status   Status
	Why      string // of Doubtful and Unseen
	Readers  int    // subjects that may read the values
}

// Inventory is what is known of the Secrets of a namespace. It must not be changed.
type Inventory struct {
	Items []Item
	// Hidden is what is missing to list the Secrets, Readers what is missing to count their readers.
	Hidden, Readers []snapshot.Missing
}

// InventoryOf answers what is known of the Secrets of a namespace.
var InventoryOf = snapshot.NewQuery("inventory of Secrets", inventory, nil)

func inventory(r *snapshot.Reader, namespace string) *Inventory {
	v := &Inventory{}
	if m, hidden := r.Hidden(secretKind, namespace); hidden {
		v.Hidden = append(v.Hidden, m)
	}
	all, missing := rbac.SecretReaders(r, namespace, "")
	v.Readers = missing
	named := rbac.NamedSecrets.Get(r, namespace)
	usage := usageIn(r, namespace)
	for _, o := range r.List(secretKind, namespace) {
		s, ok := o.(*model.Secret)
		if !ok {
			continue
		}
		i := Item{
			Ref: s.Ref, Type: s.Type, Keys: s.Keys, Created: s.Created, Written: WrittenOf(r, s), Limit: limitOf(r, s),
			Provider: Plain, Usage: usage[s.Ref], Readers: len(all), Status: Used,
		}
		if by := managedBy.Get(r, s.Ref); by != nil {
			i.By, i.Provider, i.Maker, i.Deployed = by.Words, providerOf(by, s), by.Object, by.Deployed
		}
		if _, ok := slices.BinarySearch(named, s.Name); ok {
			able, _ := rbac.SecretReaders(r, namespace, s.Name)
			i.Readers = len(able)
		}
		delete(usage, s.Ref)
		v.Items = append(v.Items, i)
	}
	v.absent(r, usage)
	v.judge(r, namespace)
	slices.SortFunc(v.Items, func(a, b Item) int { return a.Ref.Compare(b.Ref) })
	return v
}

// providerOf classifies what manages a Secret.
func providerOf(by *owner, s *model.Secret) Provider {
	switch by.Object.Kind {
	case sealedKind.Kind:
		return Sealed
	case externalKind.Kind, vaultKinds[0].Kind, vaultKinds[1].Kind, vaultKinds[2].Kind:
		return FromOutside
	case providerKind.Kind:
		return CSI
	case certificateKind.Kind:
		return Certificate
	}
	switch {
	case s.Annotations.Has("sealedsecrets.bitnami.com/managed"):
		return Sealed
	case s.Labels.Has("reconcile.external-secrets.io/managed"):
		return FromOutside
	case s.Labels.Has("secrets-store.csi.k8s.io/managed"):
		return CSI
	case s.Annotations.Has("cert-manager.io/certificate-name"):
		return Certificate
	}
	return Managed
}

// usageIn lists by Secret who uses it and how: functions of the namespace, others that reach over, and workloads.
func usageIn(r *snapshot.Reader, namespace string) map[model.Ref][]Usage {
	found := map[model.Ref][]Usage{}
	add := func(ref model.Ref, user User, use *Use) {
		at := slices.IndexFunc(found[ref], func(u Usage) bool { return u.User.Object == user.Object && u.User.Function == user.Function })
		if at < 0 {
			at = len(found[ref])
			found[ref] = append(found[ref], Usage{User: user})
		}
		u := &found[ref][at]
		if use == nil {
			return
		}
		if !slices.Contains(u.Ways, use.Way) {
			u.Ways = append(u.Ways, use.Way)
		}
		u.At = append(u.At, *use)
	}
	for _, f := range r.Functions(namespace) {
		uses := UsesOf.Get(r, f.Key)
		for k := range uses {
			if u := &uses[k]; u.Secret.Namespace == namespace {
				add(u.Secret, User{Function: f.Key, Object: f.Object, Name: f.Name(), Exposed: exposed(f)}, u)
			}
		}
	}
	for _, u := range foreign.Get(r, struct{}{}) {
		if u.secret.Namespace != namespace {
			continue
		}
		uses := UsesOf.Get(r, u.Function)
		for k := range uses {
			if uses[k].Secret == u.secret {
				add(u.secret, u.User, &uses[k])
			}
		}
	}
	for name, users := range usersIn.Get(r, namespace) {
		for _, u := range users {
			if u.Function.Name == "" {
				add(Ref(namespace, name), u, nil)
			}
		}
	}
	for ref := range found {
		slices.SortFunc(found[ref], func(a, b Usage) int {
			if (a.Function.Name == "") != (b.Function.Name == "") {
				return cmp.Compare(b.Function.Name, a.Function.Name) // functions first
			}
			return cmp.Or(cmp.Compare(a.Name, b.Name), a.Object.Compare(b.Object))
		})
	}
	return found
}

// absent adds what is named and is no Secret: classes of the CSI driver, and Secrets that are not there.
func (v *Inventory) absent(r *snapshot.Reader, usage map[model.Ref][]Usage) {
	for ref, users := range usage {
		i := Item{Ref: ref, Usage: users, Status: Absent}
		o := r.Get(ref)
		switch {
		case o != nil:
			i.Status, i.Created = Used, o.Head().Created
		case r.Options().Partial:
			i.Status, i.Why = Unseen, "it may be elsewhere"
		default:
			if m, hidden := r.Hidden(ref.GroupKind(), ref.Namespace); hidden {
				i.Status, i.Why = Unseen, m.String()
			}
		}
		if ref.Kind == providerKind.Kind {
			i.Provider = CSI
		}
		v.Items = append(v.Items, i)
	}
}

// judge tells the Secrets that nothing uses.
func (v *Inventory) judge(r *snapshot.Reader, namespace string) {
	names := mentionedIn.Get(r, namespace)
	doubt, asked := "", false
	for k := range v.Items {
		i := &v.Items[k]
		s, ok := r.Get(i.Ref).(*model.Secret)
		if !ok || len(i.Usage) > 0 {
			continue
		}
		if _, named := slices.BinarySearch(names, s.Name); named {
			i.Status = Named
			continue
		}
		if kept(r, s) {
			i.Status = Found
			continue
		}
		if !asked {
			doubt, asked = doubtOf(r, namespace), true
		}
		i.Status = Unused
		if doubt != "" {
			i.Status, i.Why = Doubtful, doubt
		}
	}
}

// doubtOf says why it cannot be told that a Secret of the namespace is unused; empty when it can.
func doubtOf(r *snapshot.Reader, namespace string) string {
	for _, gk := range slices.Concat(workloadKinds, mentioning) {
		if m, hidden := r.Hidden(gk, namespace); hidden {
			return m.String()
		}
	}
	if r.Options().Partial {
		return "what uses it may be elsewhere"
	}
	access := readersIn.Get(r, namespace)
	for i := range access.able {
		h := &access.able[i]
		if h.direct && (h.everybody(namespace) || h.Kind == "ServiceAccount" && h.Namespace == namespace) {
			return h.String() + " may read it through the API"
		}
	}
	return ""
}
