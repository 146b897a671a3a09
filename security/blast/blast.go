// Package blast answers how far somebody would get who runs code inside a function: a level, and for every level that
// is reached one shortest proof.
//
// Its one rule: a level is claimed with a path of named objects or not at all, and what could not be read is said
// beside it.
package blast

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// Level is how far it goes.
type Level uint8

// The levels: nothing beyond its own process; its own secrets and data; neighbours by network, account or Secret; its
// namespace; other namespaces or a node; the cluster, or an identity at the cloud provider.
const (
	None Level = iota
	Own
	Near
	Namespace
	Beyond
	Cluster
)

var levels = [...]string{"none", "own", "near", "namespace", "beyond", "cluster"}

func (l Level) String() string { return levels[l] }

// Step is one step of a proof: the control that the step fails, what it reaches, and how in words.
type Step struct {
	Control string
	To      model.Ref // nothing for the cluster as a whole, the network, the cloud
	Text    string
}

// Path is a proof that a level is reached.
type Path struct {
	Level Level
	Steps []Step
}

// Radius is how far somebody would get.
type Radius struct {
	Level Level
	// Paths hold one proof for every level that is reached, the highest first.
	Paths []Path
	// Missing is what could not be read, so that it may go further.
	Missing []snapshot.Missing
}

// Equal reports whether two answers are the same.
func (r *Radius) Equal(o *Radius) bool {
	return r.Level == o.Level && slices.Equal(r.Missing, o.Missing) && slices.EqualFunc(r.Paths, o.Paths, func(a, b Path) bool {
		return a.Level == b.Level && slices.Equal(a.Steps, b.Steps)
	})
}

// Facts are the findings of the function, and those of its control plane.
type Facts struct {
	Function, Platform []check.Finding
}

// Of answers for one function.
func Of(r *snapshot.Reader, key model.FunctionKey, facts Facts) *Radius {
	s := &search{Reader: r, key: key}
	view := workload.Of.Get(r, key)
	s.secrets()
	s.network()
	s.escape(view, facts.Function)
	for _, held := range rbac.TokensOf.Get(r, key) {
		s.account(&held)
	}
	s.findings(facts)
	return s.radius()
}

// search collects the shortest proof of each level.
type search struct {
	*snapshot.Reader
	key     model.FunctionKey
	best    [Cluster + 1][]Step
	missing []snapshot.Missing
}

// reach notes a proof. Of two proofs the shorter one is kept, then the one that was found first.
func (s *search) reach(l Level, steps ...Step) {
	if have := s.best[l]; have == nil || len(steps) < len(have) {
		s.best[l] = steps
	}
}

func (s *search) miss(all []snapshot.Missing) {
	for _, m := range all {
		if !slices.Contains(s.missing, m) {
			s.missing = append(s.missing, m)
		}
	}
}

func (s *search) radius() *Radius {
	r := &Radius{Missing: s.missing}
	for l := Cluster; l > None; l-- {
		if steps := s.best[l]; steps != nil {
			r.Paths = append(r.Paths, Path{l, steps})
			r.Level = max(r.Level, l)
		}
	}
	return r
}

// account follows the tokens that the containers of a pod spec hold.
func (s *search) account(held *rbac.Held) {
	s.miss(held.Missing)
	for i := range held.Tokens {
		t := &held.Tokens[i]
		s.token(Step{Control: "SA-02", To: t.Account.Ref(), Text: holds(t)}, t.Account)
	}
}

func holds(t *rbac.Token) string {
	text := "token of " + t.Account.String()
	switch t.How {
	case rbac.Automounted:
		text += ", mounted by default"
	case rbac.FromSecret:
		text += ", from Secret " + t.Secret
	case rbac.SharedProcess:
		text += ", of a container whose processes are shared"
	}
	if !t.Container.Own {
		text += ", in container " + t.Container.Name
	}
	return text
}

// token follows what an account may do.
func (s *search) token(first Step, a rbac.Account) {
	e := rbac.Escalation(s.Reader, a)
	s.miss(e.Missing)
	if len(e.Cluster) > 0 {
		s.reach(Cluster, join(first, e.Cluster)...)
	}
	for i := range e.Namespaces {
		n := &e.Namespaces[i]
		level := Beyond
		if n.Namespace == s.key.Namespace {
			level = Namespace
		}
		s.reach(level, join(first, n.Path)...)
	}
	s.rights(first, a)
	for _, ref := range sharers.Get(s.Reader, a) {
		if !s.mine(ref) {
			s.reach(Near, first, Step{Control: "SA-03", To: ref, Text: "runs as the same account"})
			break
		}
	}
}

// sharers lists the workloads that run as an account.
var sharers = snapshot.NewQuery("workloads of an account", func(r *snapshot.Reader, a rbac.Account) []model.Ref {
	users := rbac.UsersOf(r, a)
	all := make([]model.Ref, len(users))
	for i := range users {
		all[i] = users[i].Ref
	}
	return all
}, slices.Equal[[]model.Ref])

func (s *search) mine(ref model.Ref) bool {
	f := s.Function(s.key)
	if f == nil {
		return false
	}
	return f.Object == ref || slices.Contains(f.Pods, ref) ||
		slices.ContainsFunc(f.Workloads, func(w model.WorkloadRef) bool { return w.Ref == ref }) ||
		slices.ContainsFunc(f.Templates, func(t model.Template) bool { return t.Origin.Ref == ref })
}

func join(first Step, path []rbac.Step) []Step {
	steps := []Step{first}
	for _, p := range path {
		steps = append(steps, Step{Control: p.Control, To: p.To, Text: p.String()})
	}
	return steps
}
