package network

import (
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

var daemonSets = schema.GroupKind{Group: "apps", Kind: "DaemonSet"}

// enforcers are the DaemonSets of networks that enforce network policies, by the beginning of their names. Of aws-node
// only the container that enforces them counts.
var enforcers = []string{
	"calico-node", "canal", "cilium", "anetd", "antrea-agent", "weave-net", "kube-router", "ovnkube-node", "ovn-kubernetes", "kube-ovn-cni",
	"azure-npm", "kindnet", "kube-network-policies", "romana-agent", "contiv", "nsx-node-agent", "terway",
}

// enforcement names what enforces network policies, empty when nothing is known to.
var enforcement = snapshot.NewQuery("what enforces network policies", func(r *snapshot.Reader, _ struct{}) string {
	for _, o := range r.List(daemonSets, "") {
		w, ok := o.(*model.Workload)
		if !ok {
			continue
		}
		for _, name := range enforcers {
			if strings.HasPrefix(w.Name, name) {
				return w.Name
			}
		}
		if w.Name == "aws-node" && w.Template.Spec != nil {
			for _, c := range w.Template.Spec.Containers {
				if strings.Contains(c.Image, "network-policy-agent") && slices.Contains(c.Args, "--enable-network-policy=true") {
					return w.Name
				}
			}
		}
	}
	all, _ := reach.AllNodes(r)
	for _, n := range all {
		if strings.HasPrefix(n.Provider, "k3s://") {
			return "k3s"
		}
	}
	return ""
}, func(a, b string) bool { return a == b })

func enforcementUnproven(e *check.Eval) {
	if enforcement.Get(e.Reader, struct{}{}) != "" {
		return
	}
	if e.Need(daemonSets, "") {
		e.Fact(check.At{}, "nothing was found in the cluster that is known to enforce network policies: they may have no effect")
	}
}

// nameServer is where names are asked for.
type nameServer struct {
	pod   reach.Pod
	ports [2]int32 // UDP, TCP
}

// nodeLocalDNS is the address of the name server on the node itself, where there is one.
var nodeLocalDNS = netip.MustParseAddr("169.254.20.10")

// nameServers lists the pods behind the cluster's DNS Service. Where the Service is not there, it is taken to be as
// every cluster has it.
var nameServers = snapshot.NewQuery("name servers", func(r *snapshot.Reader, _ struct{}) []nameServer {
	for _, at := range []model.Ref{
		{Kind: "Service", Namespace: "kube-system", Name: "kube-dns"}, {Kind: "Service", Namespace: "openshift-dns", Name: "dns-default"},
		{Kind: "Service", Namespace: "kube-system", Name: "coredns"},
	} {
		s, ok := r.Get(at).(*model.Service)
		if !ok {
			continue
		}
		var out []nameServer
		for _, o := range reach.InNamespace.Get(r, s.Namespace) {
			for i := range o.Pods {
				if reach.Selects(s, s.Namespace, o.Pods[i].Labels) {
					out = append(out, frontOf(s, o.Pods[i]))
				}
			}
		}
		if len(out) == 0 {
			out = append(out, frontOf(s, reach.Pod{Namespace: s.Namespace, Labels: s.Selector, Ports: []reach.Port{
				{Name: "dns", Number: 53, Protocol: reach.UDP}, {Name: "dns-tcp", Number: 53, Protocol: reach.TCP},
			}}))
		}
		return out
	}
	usual := reach.Pod{Namespace: "kube-system", Labels: model.Labels{{Key: "k8s-app", Value: "kube-dns"}}, Ports: []reach.Port{
		{Name: "dns", Number: 53, Protocol: reach.UDP}, {Name: "dns-tcp", Number: 53, Protocol: reach.TCP},
	}}
	return []nameServer{{usual, [2]int32{53, 53}}}
}, nil)

// frontOf finds the ports of a pod to which the Service's port 53 leads.
func frontOf(s *model.Service, p reach.Pod) nameServer {
	out := nameServer{pod: p}
	for _, q := range s.Ports {
		if protocol, ok := reach.ParseProtocol(q.Protocol); ok && q.Port == 53 && protocol != reach.SCTP {
			at := 0
			if protocol == reach.TCP {
				at = 1
			}
			out.ports[at] = reach.TargetPorts(&p, q, protocol).First(protocol)
		}
	}
	return out
}

// dnsCutOff looks for functions that may not ask for names.
func dnsCutOff(e *check.Eval) {
	s := subjectFor(e)
	if s == nil {
		return
	}
	for i := range s.pods {
		p := &s.pods[i]
		if s.iso[i].Egress.State != reach.Closed {
			continue
		}
		if what := cutOff(e.Reader, p); what != "" {
			at := check.At{Object: p.Ref}
			if len(s.iso[i].Egress.By) > 0 {
				at.Object = s.iso[i].Egress.By[0]
			}
			e.Fact(at, "its pods cannot ask the cluster's name servers by "+what)
			return
		}
	}
}

// cutOff names the protocols by which a pod gets no names, empty when it does by both.
func cutOff(r *snapshot.Reader, p *reach.Pod) string {
	var blocked []string
	for at, protocol := range []reach.Protocol{reach.UDP, reach.TCP} {
		open := reach.ToAddress(r, *p, nodeLocalDNS, 53, protocol).Result != reach.Denied
		for _, n := range nameServers.Get(r, struct{}{}) {
			port := n.ports[at]
			open = open || port == 0 || reach.Flow(r, *p, n.pod, port, protocol).Result != reach.Denied
		}
		if !open {
			blocked = append(blocked, protocol.String())
		}
	}
	return strings.Join(blocked, " and ")
}
