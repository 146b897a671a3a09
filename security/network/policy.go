package network

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// policyKinds are what the controls of network policies read.
var policyKinds = slices.Concat(reach.Kinds(), rbac.Kinds())

// subject is what the controls of network policies look at.
type subject struct {
	pods []reach.Pod // without those in the network of their node
	iso  []*reach.Isolated
	// host are the pods in the network of their node.
	host []reach.Pod
}

var subjectOf = snapshot.NewQuery("network policies of a function", func(r *snapshot.Reader, key model.FunctionKey) *subject {
	s := &subject{}
	for _, p := range reach.OfFunction.Get(r, key) {
		if p.HostNetwork {
			s.host = append(s.host, p)
			continue
		}
		s.pods = append(s.pods, p)
		s.iso = append(s.iso, reach.Isolation(r, p))
	}
	return s
}, func(a, b *subject) bool {
	return slices.EqualFunc(a.pods, b.pods, samePod) && slices.EqualFunc(a.host, b.host, samePod) && slices.Equal(a.iso, b.iso)
}).Passing()

func samePod(a, b reach.Pod) bool {
	return a.Ref == b.Ref && a.Namespace == b.Namespace && a.Address == b.Address && a.HostNetwork == b.HostNetwork &&
		a.Groups == b.Groups && slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Ports, b.Ports)
}

// subjectFor returns the pods of the judged function; nil when policies do not apply to any, which it reports.
func subjectFor(e *check.Eval) *subject {
	s := subjectOf.Get(e.Reader, e.F.Key)
	switch {
	case len(s.pods) > 0:
		return s
	case len(s.host) > 0:
		e.NA("network policies do not apply to pods in the network of their node")
	default:
		e.NA("no pod of the function is known")
	}
	return nil
}

func direction(iso *reach.Isolated, d reach.Direction) *reach.Default {
	if d == reach.Ingress {
		return &iso.Ingress
	}
	return &iso.Egress
}

// undecided reports what keeps a direction from being known.
func undecided(e *check.Eval, p *reach.Pod, d *reach.Default) {
	e.Unknown(d.Missing...)
	if len(d.Missing) == 0 {
		at := check.At{Object: p.Ref}
		if len(d.By) > 0 {
			at.Object = d.By[0]
		}
		e.Undecided(at, d.Reason)
	}
}

// names lists objects for a message.
func names(refs []model.Ref) string {
	text := ""
	for i, r := range refs {
		switch {
		case i == 3:
			return text + " …"
		case i > 0:
			text += ", "
		}
		text += r.String()
	}
	return text
}

// elsewhere is said of what is not part of these manifests, but may be in the cluster.
func elsewhere(namespace string) snapshot.Missing {
	return snapshot.Missing{
		Verb: "list", Group: reach.NetworkPolicies.Group, Resource: "networkpolicies", Namespace: namespace, Reason: "may be elsewhere",
	}
}

func ingressIsolation(e *check.Eval) {
	if p, d := open(e, reach.Ingress); p != nil {
		f := e.Fail(check.At{Object: p.Ref}, openText(d, "any pod of the cluster can call its pods"))
		if why := valuable(e); why == "" {
			f.As(check.Medium)
		} else {
			f.Message += "; " + why
		}
	}
}

func egressIsolation(e *check.Eval) {
	if p, d := open(e, reach.Egress); p != nil {
		f := e.Fail(check.At{Object: p.Ref}, openText(d, "its pods can connect to anything"))
		if why := worthTaking(e); why != "" {
			f.As(check.High).Message += "; " + why
		}
	}
}

func openText(d *reach.Default, effect string) string {
	if len(d.By) > 0 {
		return names(d.By) + " lets everything through before any network policy: " + effect
	}
	return "no network policy applies: " + effect
}

// open returns a pod of the function that is not isolated in a direction, or reports what keeps it from being known.
func open(e *check.Eval, way reach.Direction) (*reach.Pod, *reach.Default) {
	s := subjectFor(e)
	if s == nil {
		return nil, nil
	}
	for i := range s.pods {
		switch d := direction(s.iso[i], way); {
		case d.State == reach.Undecided:
			undecided(e, &s.pods[i], d)
		case d.State == reach.Closed:
		case e.Options().Partial && len(d.By) == 0:
			e.Unknown(elsewhere(s.pods[i].Namespace))
		default:
			return &s.pods[i], d
		}
	}
	return nil, nil
}

// valuable says why a caller of the function is worth keeping away, empty when nothing is known.
func valuable(e *check.Eval) string {
	if x := expose.Of.Get(e.Reader, e.F.Key); x.Class > expose.Cluster {
		return "it is exposed beyond the cluster too"
	}
	for _, held := range rbac.TokensOf.Get(e.Reader, e.F.Key) {
		if held.Own() {
			return "it holds a token of ServiceAccount " + workload.Of.Get(e.Reader, e.F.Key).Account
		}
	}
	if name := secret(e.F); name != "" {
		return "it holds Secret " + name
	}
	return ""
}

// secret names a Secret that the function reads, empty when there is none.
func secret(f *model.Function) string {
	for i := range f.References {
		if s := &f.References[i]; s.Kind == "Secret" && (s.How == model.Env || s.How == model.File) {
			return s.Name
		}
	}
	return ""
}

// cloudIdentities are the annotations by which an account gets rights at a cloud.
var cloudIdentities = []string{
	"eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id",
}

// worthTaking says what could be carried out of the function, empty when nothing is known.
func worthTaking(e *check.Eval) string {
	if name := secret(e.F); name != "" {
		return "it holds Secret " + name
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	if v.Account == "" {
		return ""
	}
	account := e.Get(model.Ref{Kind: "ServiceAccount", Namespace: e.F.Key.Namespace, Name: v.Account})
	if account == nil {
		return ""
	}
	for _, key := range cloudIdentities {
		if account.Head().Annotations.Get(key) != "" {
			return "ServiceAccount " + v.Account + " has rights at a cloud"
		}
	}
	return ""
}

func hostNetwork(e *check.Eval) {
	v := workload.Of.Get(e.Reader, e.F.Key)
	if len(v.Specs) == 0 {
		e.NA("no pod of the function is known")
	}
	for i := range v.Specs {
		s := &v.Specs[i]
		if s.Spec.HostNetwork {
			e.Fail(check.At{Object: s.Ref, Path: s.Field("hostNetwork"), Value: "true"},
				"its pods use the network of their node: network policies and the mesh do not apply to them, and what listens on the node only for itself is open to them")
			return
		}
	}
}
