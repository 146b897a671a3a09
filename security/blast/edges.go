package blast

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/pods"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// entering are the powers by which somebody takes a namespace over, each with its control.
var entering = []struct {
	control string
	powers  rbac.Powers
	text    string
}{
	{"SA-20", rbac.Of(rbac.ReadSecrets), "reads its Secrets"},
	{"SA-30", rbac.Of(rbac.CreateWorkloads), "creates workloads, which may mount any Secret and use any account there"},
	{"SA-31", rbac.Of(rbac.ChangeWorkloads), "changes workloads"},
	{"SA-32", rbac.Of(rbac.WriteFunctions, rbac.WriteAnyPod, rbac.WriteWithAccounts), "writes functions"},
	{"SA-33", rbac.Of(rbac.Exec, rbac.Debug), "enters pods"},
	{"SA-21", rbac.Of(rbac.WriteSecrets), "writes Secrets"},
	{"SA-22", rbac.Of(rbac.MintTokens), "issues tokens"},
}

// leaving are the powers by which somebody leaves the namespace, wherever they hold.
var leaving = []struct {
	control string
	powers  rbac.Powers
	text    string
}{
	{"SA-46", rbac.Of(rbac.CreateVolumes), "creates volumes that show the files of a node"},
	{"SA-47", rbac.Of(rbac.KubeletProxy), "runs commands in any pod through the kubelets"},
	{"SA-59", rbac.Of(rbac.WriteDrivers), "collects the tokens of other pods as a CSI driver"},
}

// rights follows what an account may do at first hand.
func (s *search) rights(first Step, a rbac.Account) {
	set := rbac.Grants.Get(s.Reader, a)
	s.miss(set.Missing)
	if set.Extra() {
		s.reach(Near, first, Step{Control: "SA-02", To: a.Ref(), Text: "may use the API beyond what everybody may"})
	}
	rights := rbac.RightsOf.Get(s.Reader, a)
	for i := range rights.Scopes {
		scope := &rights.Scopes[i]
		for _, l := range leaving {
			if scope.Any.Any(l.powers) {
				s.reach(Beyond, first, Step{l.control, model.Ref{}, l.text})
			}
		}
		for _, e := range entering {
			if !scope.Any.Any(e.powers) {
				continue
			}
			where, level := model.Ref{Kind: "Namespace", Name: scope.Namespace}, Beyond
			text := e.text + " in " + scope.Namespace
			switch scope.Namespace {
			case s.key.Namespace:
				level = Namespace
			case "":
				where, text = model.Ref{}, e.text+" in every namespace"
				s.reach(Namespace, first, Step{e.control, model.Ref{Kind: "Namespace", Name: s.key.Namespace}, text})
			}
			s.reach(level, first, Step{e.control, where, text})
			if e.control == "SA-30" {
				s.node(scope.Namespace, first, Step{e.control, where, text})
			}
		}
	}
}

// node follows pods that may be created where nothing keeps them off the node.
func (s *search) node(namespace string, steps ...Step) {
	if namespace != "" {
		n := pods.NamespaceLevel.Get(s.Reader, namespace)
		if !n.Known || n.Enforce.Level != "privileged" {
			return
		}
	}
	escape := Step{"SA-30", model.Ref{Kind: "Node"}, "a privileged pod of its own is the node, and it may choose which"}
	s.reach(Beyond, append(slices.Clone(steps), escape)...)
	if planes := controlPlanes.Get(s.Reader, struct{}{}); len(planes) > 0 {
		escape.To = planes[0]
		s.reach(Cluster, append(slices.Clone(steps), escape)...)
	}
}

var nodeKind = schema.GroupKind{Kind: "Node"}

// controlPlanes lists the nodes of the control plane.
var controlPlanes = snapshot.NewQuery("nodes of the control plane", func(r *snapshot.Reader, _ struct{}) []model.Ref {
	var found []model.Ref
	for _, o := range r.List(nodeKind, "") {
		if h := o.Head(); h.Labels.Has("node-role.kubernetes.io/control-plane") || h.Labels.Has("node-role.kubernetes.io/master") {
			found = append(found, h.Ref)
		}
	}
	return found
}, slices.Equal[[]model.Ref])

// secrets follows the Secrets that the function holds.
func (s *search) secrets() {
	for _, u := range secrets.UsesOf.Get(s.Reader, s.key) {
		if !u.Way.Inside() || u.Secret.Kind != "Secret" {
			continue
		}
		own := Step{"SEC-05", u.Secret, "holds Secret " + u.Secret.Name}
		if u.Way != secrets.Env && u.Way != secrets.EnvFrom {
			own.Control = "SEC-07"
		}
		s.reach(Own, own)
		for _, other := range secrets.UsersOf.Get(s.Reader, u.Secret) {
			if other.Function != s.key && !other.Pull && !s.mine(other.Object) {
				s.reach(Near, own, Step{"SEC-13", other.Object, "which " + other.String() + " uses too"})
				break
			}
		}
	}
}

// network follows what the pods may call.
func (s *search) network() {
	for _, pod := range reach.OfFunction.Get(s.Reader, s.key) {
		egress := &reach.Isolation(s.Reader, pod).Egress
		s.miss(egress.Missing)
		if egress.State == reach.Open {
			s.reach(Near, Step{"NET-02", model.Ref{}, "no policy keeps it from calling every pod in the cluster"})
		}
	}
}

// escapes are the controls whose failure leads out of the container, onto its node.
var escapes = map[string]string{
	"POD-04": "a privileged container is the node", "POD-05": "files of the node are mounted",
	"POD-06": "shares namespaces with the node", "POD-07": "talks to the container runtime of the node",
	"POD-08": "has capabilities that break out of the container",
}

// escape follows a way out of the container.
func (s *search) escape(view *workload.View, findings []check.Finding) {
	for i := range findings {
		f := &findings[i]
		text, ok := escapes[f.Control.ID]
		if !ok || f.Status != check.Fail || f.Base < check.High {
			continue
		}
		step := Step{f.Control.ID, model.Ref{Kind: "Node"}, text}
		s.reach(Beyond, step)
		for _, name := range pods.NodesOf(s.Reader, view.Function) {
			step.To.Name = name
			strong := pods.StrongOn.Get(s.Reader, name)
			s.miss(strong.Missing)
			if len(strong.Tenants) > 0 {
				s.reach(Cluster, step, Step{"POD-26", strong.Tenants[0].Account.Ref(), "a pod on that node runs with an account that is as strong as cluster-admin"})
			}
		}
	}
}

// leads are controls whose failure alone reaches a level.
// Rights are not among them: they lead as far as the token that is held.
var leads = map[string]struct {
	level Level
	text  string
}{
	"SA-60":    {Cluster, "an identity of the cloud provider is attached"},
	"NET-06":   {Cluster, "the metadata service gives out the identity of the node"},
	"FW-FI-05": {Near, "other functions run in the same process space"},
	"FW-FI-01": {Namespace, "the account of all functions holds rights"},
	"FW-GE-02": {Namespace, "the sidecar reads Secrets for everybody in the pod"},
	"FW-GE-01": {Namespace, "the account of the namespace may read its Secrets"},
	"FW-KN-01": {Near, "the activator passes calls on to every revision"},
	"FW-KN-08": {Near, "the broker passes events on to its subscribers"},
	"FW-OW-07": {Namespace, "the key of its tenant is inside: all actions of the tenant"},
	"FW-GE-09": {Beyond, "settings of the platform can be written: every function"},
	"FW-OF-01": {Namespace, "the gateway deploys any function without a login"},
	"FW-NU-01": {Namespace, "the dashboard deploys any function without a login"},
	"FW-FN-01": {Namespace, "the API deploys any function without a login"},
	"FW-FN-02": {Beyond, "the container runtime answers on the network"},
}

// findings follows what other families found.
func (s *search) findings(facts Facts) {
	for _, list := range [][]check.Finding{facts.Function, facts.Platform} {
		for i := range list {
			f := &list[i]
			lead, ok := leads[f.Control.ID]
			if ok && f.Status == check.Fail && f.Severity > check.Info {
				s.reach(lead.level, Step{f.Control.ID, f.Object(), lead.text})
			}
		}
	}
}
