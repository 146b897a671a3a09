package rbac

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// TokenSecret is a Secret that holds a token of an account, which never expires.
type TokenSecret struct {
	Secret  model.Ref
	Account Account
	// Invalid says that the API server refuses the token; Used is the day when it was last used, empty when unknown.
	Invalid bool
	Used    string
}

const tokenType = "kubernetes.io/service-account-token"

// TokenSecrets lists the token Secrets of a namespace (empty: of all).
var TokenSecrets = snapshot.NewQuery("token Secrets", func(r *snapshot.Reader, namespace string) []TokenSecret {
	var all []TokenSecret
	for _, o := range r.List(secretKind, namespace) {
		s, ok := o.(*model.Secret)
		if !ok || s.Type != tokenType {
			continue
		}
		if name := s.Annotations.Get("kubernetes.io/service-account.name"); name != "" {
			all = append(all, TokenSecret{
				Secret: s.Ref, Account: Account{s.Namespace, name},
				Invalid: s.Labels.Has("kubernetes.io/legacy-token-invalid-since"),
				Used:    s.Labels.Get("kubernetes.io/legacy-token-last-used"),
			})
		}
	}
	return all
}, slices.Equal[[]TokenSecret]).Eager()

// How says why a container holds a token.
type How uint8

// The ways.
const (
	Automounted   How = iota
	Projected         // a volume that asks for a token of the API server
	FromSecret        // a token Secret
	SharedProcess     // another container's, whose processes it sees
)

// Token is a token of the API server that a container holds.
type Token struct {
	Container workload.Container
	How       How
	// Path is the field that gives it, Fixed the same with names.
	Path, Fixed string
	// Account is whose token it is, Secret the token Secret, Expires the seconds that were asked for, 0 by default.
	Account Account
	Secret  string
	Expires int64
}

// Held are the tokens of one pod spec.
type Held struct {
	Tokens []Token
	// Missing is what could not be read, so that there may be more.
	Missing []snapshot.Missing
}

// Own reports whether the function's own container holds a token of the account.
func (h *Held) Own() bool {
	return slices.ContainsFunc(h.Tokens, func(t Token) bool { return t.Container.Own })
}

// Containers lists the names of the containers that hold a token, each once.
func (h *Held) Containers() []string {
	var names []string
	for i := range h.Tokens {
		if n := h.Tokens[i].Container.Name; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// tokenPath is where a token is mounted unless the pod says otherwise.
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// Mirror pods are those of the kubelet itself; they never have a token.
const mirror = "kubernetes.io/config.mirror"

// AccountName is the account that a pod spec runs as.
func AccountName(s *corev1.PodSpec) string {
	return cmp.Or(s.ServiceAccountName, s.DeprecatedServiceAccount, "default")
}

// TokensOf lists what TokenIn finds in each of the specs of a function, in their order.
var TokensOf = snapshot.NewQuery("tokens of a function", func(r *snapshot.Reader, key model.FunctionKey) []Held {
	v := workload.Of.Get(r, key)
	all := make([]Held, len(v.Specs))
	for i := range v.Specs {
		s := &v.Specs[i]
		all[i] = TokenIn(r, cmp.Or(s.Namespace, key.Namespace), s)
	}
	return all
}, nil).Passing()

// TokenIn finds the containers of a pod spec that hold a token which the API server accepts. In a running pod it is
// read off what is mounted; in a template it is computed. Namespace is where the pods run.
func TokenIn(r *snapshot.Reader, namespace string, s *workload.Spec) Held {
	if s.Spec == nil {
		return Held{}
	}
	f := finder{reader: r, spec: s, account: Account{namespace, AccountName(s.Spec)}, paths: true}
	f.find()
	return f.held
}

func (f *finder) find() {
	if f.spec.Annotations.Has(mirror) {
		return
	}
	auto := f.automount()
	for _, c := range f.spec.Containers() {
		f.container(c, auto)
	}
	f.share()
}

type finder struct {
	reader  *snapshot.Reader
	spec    *workload.Spec
	account Account
	held    Held
	path    string // the field that decided about automount
	paths   bool   // it is asked which containers hold tokens, and which fields give them; otherwise only whether there is
	own     bool   // one of the account
}

// automount reports whether a token is put into the pod: the pod's own field, then the account's, then yes. The API
// server has done it in a running pod.
func (f *finder) automount() bool {
	if f.paths {
		f.path = f.spec.Field("automountServiceAccountToken")
	}
	if f.admitted() {
		return false
	}
	if a := f.spec.Spec.AutomountServiceAccountToken; a != nil {
		return *a
	}
	o := f.reader.Get(f.account.Ref())
	if o == nil {
		if m, hidden := f.reader.Hidden(AccountKind, f.account.Namespace); hidden {
			f.held.Missing = append(f.held.Missing, m)
		}
		return true
	}
	if a := AccountFacts(o); a.Automount != nil {
		return *a.Automount
	}
	return true
}

// admitted reports whether the pod went through the API server's admission. A Pod in a file did not.
func (f *finder) admitted() bool { return f.spec.Live && !f.reader.Options().Manifests }

// mountName begins the name of the volume that admission adds.
const mountName = "kube-api-access-"

func (f *finder) container(c workload.Container, auto bool) {
	covered := c.Kind == workload.Ephemeral // which gets a token only by a mount of its own
	for i := range c.VolumeMounts {
		covered = covered || c.VolumeMounts[i].MountPath == tokenPath
		f.volume(c, c.VolumeMounts[i].Name)
	}
	if auto && !covered {
		f.mount(c)
	}
	for i := range c.EnvFrom {
		if e := c.EnvFrom[i].SecretRef; e != nil {
			if of, ok := f.tokenOf(e.Name); ok {
				f.add(Token{
					Container: c, How: FromSecret, Path: c.Path + ".envFrom[" + strconv.Itoa(i) + "]",
					Fixed: c.Fixed + ".envFrom[" + e.Name + "]", Account: of, Secret: e.Name,
				})
			}
		}
	}
	for i := range c.Env {
		if v := c.Env[i].ValueFrom; v != nil && v.SecretKeyRef != nil {
			if of, ok := f.tokenOf(v.SecretKeyRef.Name); ok {
				f.add(Token{
					Container: c, How: FromSecret, Path: c.Path + ".env[" + strconv.Itoa(i) + "]",
					Fixed: c.Fixed + ".env[" + c.Env[i].Name + "]", Account: of, Secret: v.SecretKeyRef.Name,
				})
			}
		}
	}
}

// mount gives the container what admission mounts. A volume that has the name of admission's own is taken for it,
// whatever it holds.
func (f *finder) mount(c workload.Container) {
	for i := range f.spec.Spec.Volumes {
		if name := f.spec.Spec.Volumes[i].Name; strings.HasPrefix(name, mountName) {
			f.volume(c, name)
			return
		}
	}
	f.add(Token{Container: c, How: Automounted, Path: f.path, Account: f.account})
}

func (f *finder) add(t Token) {
	if f.own = f.own || t.Account == f.account; f.paths {
		f.held.Tokens = append(f.held.Tokens, t)
	}
}

func (f *finder) volume(c workload.Container, name string) {
	volumes := f.spec.Spec.Volumes
	i := slices.IndexFunc(volumes, func(v corev1.Volume) bool { return v.Name == name })
	if i < 0 {
		return
	}
	v := &volumes[i]
	add := func(t Token, at string) {
		if t.Container = c; f.paths {
			t.Path = f.spec.Field("volumes["+strconv.Itoa(i)+"]") + at
			t.Fixed = f.spec.Field("volumes["+name+"]") + at
		}
		f.add(t)
	}
	secret := func(secret, at string) {
		if of, ok := f.tokenOf(secret); ok {
			add(Token{How: FromSecret, Account: of, Secret: secret}, at)
		}
	}
	switch {
	case v.Secret != nil:
		secret(v.Secret.SecretName, ".secret")
	case v.Projected != nil:
		for k := range v.Projected.Sources {
			source := &v.Projected.Sources[k]
			at := ".projected.sources[" + strconv.Itoa(k) + "]"
			if source.Secret != nil {
				secret(source.Secret.Name, at)
			}
			if t := source.ServiceAccountToken; ownToken(*source) {
				token := Token{How: Projected, Account: f.account}
				if t.ExpirationSeconds != nil {
					token.Expires = *t.ExpirationSeconds
				}
				if strings.HasPrefix(name, mountName) {
					token.How = Automounted
				}
				add(token, at)
			}
		}
	}
}

// tokenOf returns the account whose token a Secret holds, and whether it is one of a token.
func (f *finder) tokenOf(name string) (of Account, ok bool) {
	ref := model.Ref{Kind: "Secret", Namespace: f.account.Namespace, Name: name}
	s, ok := f.reader.Get(ref).(*model.Secret)
	if !ok {
		if m, hidden := f.reader.Hidden(secretKind, ref.Namespace); hidden && !slices.Contains(f.held.Missing, m) {
			f.held.Missing = append(f.held.Missing, m)
		}
		return of, false
	}
	if s.Type != tokenType {
		return of, false
	}
	return Account{f.account.Namespace, s.Annotations.Get("kubernetes.io/service-account.name")}, true
}

// share gives every container the tokens of the others, where they see each other's processes.
func (f *finder) share() {
	if p := f.spec.Spec.ShareProcessNamespace; p == nil || !*p || len(f.held.Tokens) == 0 {
		return
	}
	first := f.held.Tokens[0]
	holding := f.held.Containers()
	for _, c := range f.spec.Containers() {
		if c.Kind != workload.Init && !slices.Contains(holding, c.Name) {
			f.held.Tokens = append(f.held.Tokens, Token{
				Container: c, How: SharedProcess, Path: f.spec.Field("shareProcessNamespace"), Account: first.Account,
			})
		}
	}
}

// ForServer reports whether a token of that audience is accepted by the API server, as far as the name tells.
func ForServer(audience string) bool {
	return audience == "" || audience == "kubernetes" || strings.HasPrefix(audience, "https://kubernetes.default.svc") ||
		audience == "api" || audience == "https://kubernetes.default"
}

// podAccounts lists the accounts whose tokens workloads of a namespace (empty: of all) hold.
func podAccounts(r *snapshot.Reader, namespace string) []Account {
	if namespace == "" {
		return allPodAccounts.Get(r, struct{}{})
	}
	return podAccountsIn.Get(r, namespace)
}

var allPodAccounts = snapshot.NewQuery("accounts in pods", func(r *snapshot.Reader, _ struct{}) []Account {
	var all []Account
	for _, namespace := range workload.Spaces.Get(r, struct{}{}) {
		all = append(all, podAccountsIn.Get(r, namespace)...)
	}
	return all
}, slices.Equal[[]Account]).Eager()

var podAccountsIn = snapshot.NewQuery("accounts in pods of a namespace", func(r *snapshot.Reader, namespace string) []Account {
	var all []Account
	for _, u := range Users.Get(r, namespace) {
		if u.Token {
			all = append(all, u.Account)
		}
	}
	slices.SortFunc(all, Account.Compare)
	return slices.Compact(all)
}, slices.Equal[[]Account]).Eager()
