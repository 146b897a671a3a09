package pods

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/workload"
)

// platformPods sums up the pods and the accounts of a control plane: one finding per workload, and one per account.
func platformPods(e *check.Eval) {
	workloads := framework.Components.Get(e.Reader, e.Subject)
	if framework.ReadableComponents(e) && len(workloads) == 0 {
		e.NA("none of its workloads is there")
		return
	}
	for _, key := range workloads {
		v := workload.Of.Get(e.Reader, key)
		for i := range v.Specs {
			component(e, &v.Specs[i])
		}
	}
	p := framework.PlatformOf.Get(e.Reader, e.Subject)
	for _, ref := range p.Accounts {
		rights(e, rbac.Account{Namespace: ref.Namespace, Name: ref.Name})
	}
}

// component judges one workload of a control plane by what makes it more powerful than any function.
func component(e *check.Eval, s *workload.Spec) {
	v := verdictFor(e.Reader, s.Spec, s.Annotations, minorOf(NamespaceLevel.Get(e.Reader, s.Namespace).Enforce.Version))
	var why []string
	var first *issue
	severity := check.High
	for i := range v.issues {
		it := &v.issues[i]
		word, ok := powers[it.row]
		if it.row == capabilities && it.severity == check.High {
			word, ok = "has the capability "+it.value, true
		}
		if !ok || it.row == root {
			continue
		}
		if first == nil {
			first = it
		}
		severity = max(severity, it.severity)
		if !slices.Contains(why, word) {
			why = append(why, word)
		}
	}
	if s.Spec.HostNetwork {
		why = append(why, "is in the network of its node")
	}
	if len(why) == 0 {
		return
	}
	at := check.At{Object: s.Ref, Path: s.Path}
	if first != nil {
		at = first.at(s)
	}
	f := e.Fail(at, "component "+s.Name+" "+strings.Join(why, ", ")).As(severity)
	if e.Subject.Framework == "fn" && runsFunctions(s.Spec) {
		f.With(check.FrameworkLimit)
	}
}

// runsFunctions reports whether a pod of Fn is a runner, or a server that runs functions itself: these start containers.
func runsFunctions(s *corev1.PodSpec) bool {
	for i := range s.Containers {
		for _, v := range s.Containers[i].Env {
			if v.Name == "FN_NODE_TYPE" {
				return v.Value == "pure-runner" || v.Value == "full" || v.Value == ""
			}
		}
	}
	return false
}

// far are the rights that reach beyond what a function platform is for, when they hold in the whole cluster.
var far = []struct {
	power rbac.Power
	words string
}{
	{rbac.Everything, "do everything"},
	{rbac.ReadSecrets, "read all Secrets"},
	{rbac.WriteSecrets, "change all Secrets"},
	{rbac.MintTokens, "issue tokens of any account"},
	{rbac.Exec, "enter any pod"},
	{rbac.CreateWorkloads, "start pods in every namespace"},
	{rbac.WriteClusterRoleBindings, "bind cluster roles"},
	{rbac.EscalateClusterRoles, "give out rights that it has not"},
	{rbac.BindClusterRoles, "bind roles that it has not"},
	{rbac.ImpersonateUsers, "act as any user"},
	{rbac.MutateAdmission, "change every object on its way into the cluster"},
	{rbac.KubeletProxy, "reach every pod through its node"},
}

func rights(e *check.Eval, a rbac.Account) {
	at := check.At{Object: a.Ref()}
	x := rbac.Escalation(e.Reader, a)
	if len(x.Cluster) > 0 {
		var way []string
		for _, s := range x.Cluster {
			way = append(way, s.String())
		}
		f := e.Fail(at, "ServiceAccount "+a.String()+" leads to the whole cluster: "+strings.Join(way, "; "))
		if framework.FixedRights(e.Reader, e.Subject.Framework, x.Cluster[0].Binding) {
			f.With(check.FrameworkLimit)
		}
	} else {
		farRights(e, a, at)
	}
	e.Unknown(x.Missing...)
}

// farRights reports rights in the whole cluster that do not lead to all of it. They are the framework's limit where all
// of them come with it.
func farRights(e *check.Eval, a rbac.Account, at check.At) {
	cluster := rbac.RightsOf.Get(e.Reader, a).Cluster().Any
	var may []string
	var powers rbac.Powers
	for _, f := range far {
		if cluster.Has(f.power) {
			may, powers = append(may, f.words), powers.Or(rbac.Of(f.power))
		}
	}
	if len(may) == 0 {
		return
	}
	f := e.Fail(at, "ServiceAccount "+a.String()+" may "+strings.Join(may, ", "))
	own := func(p rbac.Proof) bool {
		return p.Grant == nil || !framework.FixedRights(e.Reader, e.Subject.Framework, p.Grant.Binding)
	}
	if !slices.ContainsFunc(rbac.Grants.Get(e.Reader, a).Proofs("", powers), own) {
		f.With(check.FrameworkLimit)
	}
}
