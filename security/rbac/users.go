package rbac

import (
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// User is a workload, or a pod without one, that runs as an account.
type User struct {
	model.Ref
	Account Account
	Token   bool // one of its containers holds a token of it
}

// Users lists the workloads of a namespace with their accounts. Pods that run as the workload does that made them are
// left out.
var Users = snapshot.NewQuery("workloads by account", func(r *snapshot.Reader, namespace string) []User {
	stay := lasting.Get(r, namespace)
	all := slices.Clip(stay.all)
	eachUser(r, namespace, podKind, func(u User, maker model.Ref) {
		if by := stay.find(maker); by == nil || !by.as(u) {
			all = append(all, u)
		}
	})
	return all
}, slices.Equal[[]User]).Eager()

// UsersOf lists those that run as one account.
func UsersOf(r *snapshot.Reader, a Account) []User {
	all := byAccount.Get(r, a.Namespace)
	from, _ := slices.BinarySearchFunc(all, a, compareUsed)
	to := from
	for to < len(all) && all[to].Account == a {
		to++
	}
	return all[from:to]
}

func compareUsed(u User, a Account) int { return u.Account.Compare(a) }

// byAccount are the users of a namespace in the order of their accounts.
var byAccount = snapshot.NewQuery("workloads in order of accounts", func(r *snapshot.Reader, namespace string) []User {
	all, inOrder := Users.Get(r, namespace), func(a, b User) int { return a.Account.Compare(b.Account) }
	if slices.IsSortedFunc(all, inOrder) {
		return all
	}
	return slices.SortedStableFunc(slices.Values(all), inOrder)
}, slices.Equal[[]User]).Eager()

// workloads are users of one namespace, and where each stands.
type workloads struct {
	all []User
	at  map[standing]int
}

// standing is what finds a workload in its namespace: less to hash than its whole reference.
type standing struct{ group, kind, name string }

func (w *workloads) find(ref model.Ref) *User {
	if i, ok := w.at[standing{ref.Group, ref.Kind, ref.Name}]; ok {
		return &w.all[i]
	}
	return nil
}

// lasting are the workloads among them: pods come and go more often.
var lasting = snapshot.NewQuery("lasting workloads by account", func(r *snapshot.Reader, namespace string) *workloads {
	w := &workloads{at: map[standing]int{}}
	for _, kind := range workload.PodMakers {
		if kind == podKind {
			continue
		}
		eachUser(r, namespace, kind, func(u User, maker model.Ref) {
			if by := w.find(maker); by == nil || !by.as(u) {
				w.at[standing{u.Group, u.Kind, u.Name}] = len(w.all)
				w.all = append(w.all, u)
			}
		})
	}
	return w
}, func(a, b *workloads) bool { return slices.Equal(a.all, b.all) }).Eager()

var podKind = schema.GroupKind{Kind: "Pod"}

// as reports whether both run as one.
func (u *User) as(v User) bool { return u.Account == v.Account && u.Token == v.Token }

// run is a pod spec, and how it runs.
type run struct {
	spec           *corev1.PodSpec
	live, mirrored bool
}

// holders are used again: a namespace is looked through whenever one of its pods comes or goes.
var holders = sync.Pool{New: func() any { return map[run]bool{} }}

// eachUser calls back with the objects of a kind that run as an account, and what made them.
func eachUser(r *snapshot.Reader, namespace string, kind schema.GroupKind, do func(u User, maker model.Ref)) {
	holds, _ := holders.Get().(map[run]bool)
	spec := new(workload.Spec) // of the one that is looked at
	for _, s := range workload.Specs.List(r, kind, namespace) {
		u := User{Ref: s.Of, Account: Account{namespace, AccountName(s.Trait.Spec)}}
		at := run{s.Trait.Spec, s.Trait.Live, s.Trait.Annotations.Has(mirror)}
		token, known := holds[at] // equal specs are one, and run as one
		if !known {
			*spec = workload.Spec{Spec: s.Trait.Spec, Annotations: s.Trait.Annotations, Live: s.Trait.Live}
			token = holdsOwn(r, u.Account, spec)
			holds[at] = token
		}
		u.Token = token
		do(u, s.Trait.Maker)
	}
	clear(holds)
	holders.Put(holds)
}

// holdsOwn reports whether a container of a pod spec that runs as the account holds a token of it.
func holdsOwn(r *snapshot.Reader, of Account, s *workload.Spec) bool {
	if mountsOwn(s.Spec) {
		return !s.Annotations.Has(mirror)
	}
	f := finder{reader: r, spec: s, account: of}
	f.find()
	return f.own
}

// mountsOwn reports whether a container mounts a volume with a token of the account the pod runs as: what admission makes of
// nearly every pod, so that most are answered without looking further.
func mountsOwn(s *corev1.PodSpec) bool {
	mounts := func(volume string) bool {
		named := func(m corev1.VolumeMount) bool { return m.Name == volume }
		for i := range s.Containers {
			if slices.ContainsFunc(s.Containers[i].VolumeMounts, named) {
				return true
			}
		}
		for i := range s.InitContainers {
			if slices.ContainsFunc(s.InitContainers[i].VolumeMounts, named) {
				return true
			}
		}
		return slices.ContainsFunc(s.EphemeralContainers, func(c corev1.EphemeralContainer) bool { return slices.ContainsFunc(c.VolumeMounts, named) })
	}
	for i := range s.Volumes {
		if p := s.Volumes[i].Projected; p != nil && slices.ContainsFunc(p.Sources, ownToken) && mounts(s.Volumes[i].Name) {
			return true
		}
	}
	return false
}

// ownToken reports whether a source of a volume is a token of the pod's account that the API server accepts.
func ownToken(v corev1.VolumeProjection) bool {
	return v.ServiceAccountToken != nil && ForServer(v.ServiceAccountToken.Audience)
}
