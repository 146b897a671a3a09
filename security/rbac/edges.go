package rbac

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// target is what rights lead to.
type target struct {
	kind      goal
	namespace string // empty: everywhere
	account   string
}

type goal uint8

// The goals. Each of a class stands for what all its members can do.
const (
	toCluster     goal = iota // everything in the cluster
	toAdmin                   // everything in a namespace
	toAccounts                // any account of a namespace
	toNewAccounts             // the same, and those that bindings name before they are there
	toPods                    // the accounts whose tokens running pods hold
	toAccount
)

// edge is one step of an escalation.
type edge struct {
	to      target
	control string
	text    string
	by      model.Ref // the binding
}

// edgesOf lists what the rights of an account lead to, each target once.
var edgesOf = snapshot.NewQuery("escalations of an account", func(r *snapshot.Reader, a Account) []edge {
	var all []edge
	rights := RightsOf.Get(r, a)
	if leading(rights) {
		all = edgesFor(r, Grants.Get(r, a), rights)
	}
	for _, m := range MakesPods.Get(r, a) {
		to := target{kind: toAccounts, namespace: m.Grant.Namespace}
		if m.Accounts && len(m.Names) == 0 && !slices.ContainsFunc(all, func(e edge) bool { return e.to == to || e.to.kind == toNewAccounts && e.to.namespace == to.namespace }) {
			all = append(all, edge{to, "SA-37", "writes " + m.Resource + " that run as any ServiceAccount" + in(to.namespace), m.Grant.Binding})
		}
	}
	if !slices.ContainsFunc(rights.Scopes, acts) {
		return all
	}
	if loans := BorrowedBy.Get(r, a); len(loans.All) > 0 {
		set := loans.set()
		for _, e := range edgesFor(r, set, set.Rights()) {
			if !slices.ContainsFunc(all, func(o edge) bool { return o.to == e.to }) {
				e.control, e.text = "SA-43", "in the place of others "+e.text
				all = append(all, e)
			}
		}
	}
	return all
}, slices.Equal[[]edge]).Eager()

func in(namespace string) string {
	if namespace == "" {
		return ""
	}
	return " in " + namespace
}

// leads are the powers that can be a step.
var leads = Of(Everything, ReadSecrets, CreateSecrets, MintTokens, CreateWorkloads, ChangeWorkloads, ChangePods, WriteFunctions,
	Exec, ExecByGet, Debug, EscalateRoles, EscalateClusterRoles, BindRoles, BindClusterRoles, ImpersonateUsers, ImpersonateGroups,
	ImpersonateAccounts, ApproveSigners, MutateAdmission, KubeletProxy)

func leading(r *Rights) bool {
	return slices.ContainsFunc(r.Scopes, func(s Scope) bool { return s.Any.Any(leads) || s.Named.Any(leads) })
}

// climber collects the edges of one subject.
type climber struct {
	reader *snapshot.Reader
	set    *Set
	rights *Rights
	scope  *Scope
	// all and named are the powers in the scope, cluster-wide ones included.
	all, named Powers
	edges      []edge
}

func edgesFor(r *snapshot.Reader, set *Set, rights *Rights) []edge {
	c := &climber{reader: r, set: set, rights: rights}
	for i := range rights.Scopes {
		c.scope = &rights.Scopes[i]
		c.all, c.named = rights.In(c.scope.Namespace)
		if c.scope.Namespace == "" {
			c.cluster()
		}
		c.namespace()
	}
	return c.edges
}

// lead notes that powers lead to a target. What holds cluster-wide was noted there.
func (c *climber) lead(to target, control, text string, powers ...Power) {
	if slices.ContainsFunc(c.edges, func(e edge) bool { return e.to == to }) {
		return
	}
	e := edge{to: to, control: control, text: text + in(c.scope.Namespace)}
	if proofs := c.set.Proofs(c.scope.Namespace, Of(powers...)); len(proofs) > 0 {
		e.by = proofs[0].Grant.Binding
	}
	c.edges = append(c.edges, e)
}

func (c *climber) here(kind goal) target { return target{kind: kind, namespace: c.scope.Namespace} }

// can reports whether all of the powers are there, without limit to names, and one of them by this scope.
func (c *climber) can(powers ...Power) bool {
	wanted := Of(powers...)
	return c.all.All(wanted) && c.scope.Any.Any(wanted)
}

// cluster looks at what leads to the whole cluster.
func (c *climber) cluster() {
	whole := target{kind: toCluster}
	if c.can(Everything) {
		c.lead(whole, "SA-10", "may do everything", Everything)
	}
	if c.can(BindClusterRoles, WriteClusterRoleBindings) {
		c.lead(whole, "SA-41", "binds any ClusterRole", BindClusterRoles)
	} else if c.can(WriteClusterRoleBindings) && c.binds(func(p Powers) bool { return p.Has(Everything) }) {
		c.lead(whole, "SA-41", "binds a ClusterRole that may do everything", BindClusterRoles)
	}
	if c.can(EscalateClusterRoles, UpdateClusterRoles) || c.widens() {
		c.lead(whole, "SA-40", "widens its own ClusterRole", EscalateClusterRoles)
	}
	if c.can(MutateAdmission) {
		c.lead(whole, "SA-45", "changes objects that others write, by admission", MutateAdmission)
	}
	if c.impersonates() {
		c.lead(whole, "SA-43", "impersonates an administrator", ImpersonateUsers, ImpersonateGroups)
	}
	client, kubelet := c.signs()
	if client {
		c.lead(whole, "SA-44", "issues client certificates for any user", ApproveSigners)
	}
	if kubelet {
		c.lead(target{kind: toPods}, "SA-44", "issues certificates of nodes", ApproveSigners)
	}
	if c.can(KubeletProxy) {
		c.lead(target{kind: toPods}, "SA-47", "enters any pod through its node", KubeletProxy)
	}
	if c.scope.Named.Has(ImpersonateUsers) {
		for _, name := range c.scope.NamesOf(ImpersonateUsers) {
			if a, ok := AccountOf(name); ok {
				c.lead(target{toAccount, a.Namespace, a.Name}, "SA-43", "impersonates it", ImpersonateUsers)
			}
		}
	}
}

// Signers whose certificates the API server takes as proof of a user or of a node.
var clientSigners, kubeletSigners = []string{"kubernetes.io/kube-apiserver-client", "kubernetes.io/*"},
	[]string{"kubernetes.io/kube-apiserver-client-kubelet"}

// signs reports whether certificates of any user, or of nodes, can be had.
func (c *climber) signs() (client, kubelet bool) {
	if !c.can(RequestCertificates, ApproveRequests) {
		return false, false
	}
	if c.can(ApproveSigners) {
		return true, true
	}
	for _, name := range c.scope.NamesOf(ApproveSigners) {
		client = client || slices.Contains(clientSigners, name)
		kubelet = kubelet || slices.Contains(kubeletSigners, name)
	}
	return client, kubelet
}

// widens reports whether a ClusterRole that holds cluster-wide for the subject may be widened by name.
func (c *climber) widens() bool {
	for _, n := range c.scope.Names {
		both := c.scope.Any.Or(n.Powers)
		if !both.All(Of(EscalateClusterRoles, UpdateClusterRoles)) {
			continue
		}
		own := false
		c.set.All(func(g *Grant) bool {
			own = g.Namespace == "" && g.Role.Name == n.Name
			return !own
		})
		if own {
			return true
		}
	}
	return false
}

// binds reports whether a ClusterRole that may be bound by name is strong.
func (c *climber) binds(strong func(Powers) bool) bool {
	for i := range c.rights.Scopes {
		s := &c.rights.Scopes[i]
		if s.Namespace != "" && s.Namespace != c.scope.Namespace {
			continue
		}
		for _, name := range s.NamesOf(BindClusterRoles) {
			if strong(RoleOf.Get(c.reader, bootRef("ClusterRole", name)).all) {
				return true
			}
		}
	}
	return false
}

// impersonates reports whether somebody can be impersonated who may do everything. Groups count only beside a user.
func (c *climber) impersonates() bool {
	if c.can(ImpersonateUsers) {
		return true
	}
	for _, name := range c.scope.NamesOf(ImpersonateUsers) {
		if _, ok := AccountOf(name); !ok && c.strong(ForUser(name, Authenticated)) {
			return true
		}
	}
	somebody := c.all.Or(c.named).Any(Of(ImpersonateUsers, ImpersonateAccounts))
	if !somebody {
		return false
	}
	return c.can(ImpersonateGroups) || slices.ContainsFunc(c.scope.NamesOf(ImpersonateGroups), func(name string) bool {
		return c.strong(ForGroup(name))
	})
}

func (c *climber) strong(s Subject) bool {
	cluster := For(c.reader, s).Rights().Cluster()
	return cluster.Any.Has(Everything)
}

// EditLike are powers which together make somebody the administrator of a namespace: what the stock role edit holds.
var EditLike = Of(ReadSecrets, WriteSecrets, CreateWorkloads, Exec)

// namespace looks at what leads to accounts, or to everything, in the namespace of the scope.
func (c *climber) namespace() {
	c.administers()
	everyone := c.here(toAccounts)
	if c.all.Has(CreateAccounts) {
		everyone.kind = toNewAccounts
	}
	if c.can(MintTokens) {
		c.lead(everyone, "SA-22", "creates tokens of any ServiceAccount", MintTokens)
	}
	if c.can(CreateWorkloads) {
		c.lead(everyone, "SA-30", "runs pods as any ServiceAccount", CreateWorkloads)
	}
	if c.can(CreateSecrets, ReadSecrets) {
		c.lead(everyone, "SA-21", "creates token Secrets of any ServiceAccount", CreateSecrets)
	}
	if c.can(ImpersonateAccounts) {
		c.lead(everyone, "SA-43", "impersonates any ServiceAccount", ImpersonateAccounts)
	}
	if c.can(ChangeWorkloads) {
		c.lead(c.here(toAccounts), "SA-31", "changes workloads to run as any ServiceAccount", ChangeWorkloads)
	}
	if c.can(WriteWithAccounts) {
		c.lead(c.here(toAccounts), "SA-32", "writes function objects that run as any ServiceAccount", WriteWithAccounts)
	} else if c.can(WriteFunctions) && c.scope.Namespace != "" {
		c.lead(target{toAccount, c.scope.Namespace, "default"}, "SA-32", "writes function objects", WriteFunctions)
	}
	c.enters()
	c.single()
}

func (c *climber) administers() {
	here := c.here(toAdmin)
	switch {
	case c.can(Everything) && c.scope.Namespace != "":
		c.lead(here, "SA-11", "may do everything", Everything)
	case c.all.All(EditLike) && c.scope.Any.Any(EditLike):
		c.lead(here, "SA-11", "reads and writes Secrets, makes and enters pods", CreateWorkloads)
	case c.can(BindClusterRoles, WriteRoleBindings):
		c.lead(here, "SA-41", "binds any ClusterRole", BindClusterRoles)
	case c.can(WriteRoleBindings) && c.binds(func(p Powers) bool { return p.Has(Everything) || p.All(EditLike) }):
		c.lead(here, "SA-41", "binds a ClusterRole that administers namespaces", BindClusterRoles)
	case c.can(EscalateRoles, UpdateRoles):
		c.set.All(func(g *Grant) bool {
			if g.Role.Kind == RoleKind.Kind && (c.scope.Namespace == "" || g.Namespace == c.scope.Namespace) {
				c.lead(target{kind: toAdmin, namespace: g.Namespace}, "SA-40", "widens its own Role", EscalateRoles)
			}
			return true
		})
	}
}

// enters looks at ways into running pods.
func (c *climber) enters() {
	pods := c.here(toPods)
	if c.can(Exec) {
		c.lead(pods, "SA-33", "runs commands in pods", Exec)
	}
	if minor := c.reader.Options().ServerMinor; minor > 0 && minor < 35 && c.can(ExecByGet) {
		c.lead(pods, "SA-33", "runs commands in pods by a websocket", ExecByGet)
	}
	if c.can(Debug) {
		c.lead(pods, "SA-33", "puts debug containers into pods", Debug)
	}
	if c.can(ChangePods) {
		c.lead(pods, "SA-31", "changes the images of pods", ChangePods)
	}
}

// single looks at what leads to accounts one by one.
func (c *climber) single() {
	namespace := c.scope.Namespace
	if c.can(ReadSecrets) || c.can(Debug) {
		for _, t := range TokenSecrets.Get(c.reader, namespace) {
			c.lead(target{toAccount, t.Account.Namespace, t.Account.Name}, "SA-20", "reads its token Secret "+t.Secret.Name, ReadSecrets, Debug)
		}
	} else if c.scope.Named.Has(ReadSecrets) {
		names := c.scope.NamesOf(ReadSecrets)
		for _, t := range TokenSecrets.Get(c.reader, namespace) {
			if slices.Contains(names, t.Secret.Name) {
				c.lead(target{toAccount, t.Account.Namespace, t.Account.Name}, "SA-20", "reads its token Secret "+t.Secret.Name, ReadSecrets)
			}
		}
	}
	if namespace == "" {
		return
	}
	for _, n := range c.scope.Names {
		if n.Powers.Has(MintTokens) {
			c.lead(target{toAccount, namespace, n.Name}, "SA-22", "creates its tokens", MintTokens)
		}
		if n.Powers.Has(ImpersonateAccounts) {
			c.lead(target{toAccount, namespace, n.Name}, "SA-43", "impersonates it", ImpersonateAccounts)
		}
	}
}
