package network

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// place is an address and port on TCP.
type place struct {
	netip.Addr
	port int32
}

func places(port int32, addresses ...string) []place {
	var out []place
	for _, a := range addresses {
		out = append(out, place{netip.MustParseAddr(a), port})
	}
	return out
}

// metadata lists where the clouds hand out the credentials of a node; anyCloud is the address that nearly all use.
var (
	anyCloud = places(80, "169.254.169.254")
	metadata = map[string][]place{
		"aws":      places(80, "169.254.169.254", "fd00:ec2::254"),
		"azure":    places(80, "169.254.169.254", "168.63.129.16"),
		"gce":      append(places(80, "169.254.169.254"), places(988, "169.254.169.252")...),
		"alicloud": places(80, "100.100.100.200"),
		"oci":      places(80, "169.254.169.254", "192.0.0.192"),
	}
	// podCredentials hand out what was given to the pod itself.
	podCredentials = map[string][]place{"aws": places(80, "169.254.170.2", "169.254.170.23", "fd00:ec2::23")}
)

// local are the providers that are no cloud.
var local = []string{"kind", "k3s", "k3d", "minikube", "vsphere", "metal3", "baremetal", "kwok", "docker", "libvirt", "kubemark", "rke2", "talos"}

// provider is the cloud that the nodes are at, empty for none.
var provider = snapshot.NewQuery("cloud of the nodes", func(r *snapshot.Reader, _ struct{}) string {
	all, _ := reach.AllNodes(r)
	for _, n := range all {
		scheme, _, ok := strings.Cut(n.Provider, "://")
		switch {
		case n.Provider == "" || slices.Contains(local, scheme):
		case !ok && strings.HasPrefix(n.Provider, "ocid1."):
			return "oci"
		case !ok && strings.Contains(n.Provider, ".i-"):
			return "alicloud"
		default:
			return scheme
		}
	}
	return ""
}, func(a, b string) bool { return a == b })

// cloud returns where the nodes run; false when there is nothing to judge, which it reports.
func cloud(e *check.Eval) (string, bool) {
	if _, missing := reach.AllNodes(e.Reader); missing != nil {
		e.Unknown(*missing)
		return "", false
	}
	name := provider.Get(e.Reader, struct{}{})
	if name == "" {
		e.NA("no node is at a cloud")
	}
	return name, name != ""
}

// reached returns the first of the places that a pod can connect to, and whether something about it is not known.
func reached(r *snapshot.Reader, p *reach.Pod, all []place) (*place, reach.Verdict) {
	var open reach.Verdict
	for i := range all {
		v := reach.ToAddress(r, *p, all[i].Addr, all[i].port, reach.TCP)
		if v.Result == reach.Allowed {
			return &all[i], v
		}
		if v.Result != reach.Denied {
			open = v
		}
	}
	return nil, open
}

func cloudMetadata(e *check.Eval) {
	name, ok := cloud(e)
	if !ok {
		return
	}
	targets := metadata[name]
	if targets == nil {
		targets = anyCloud
	}
	s := subjectOf.Get(e.Reader, e.F.Key)
	if len(s.host) > 0 {
		e.Fail(check.At{Object: s.host[0].Ref, Value: targets[0].String()},
			"its pods use the network of their node, where the metadata service of the cloud cannot be blocked").Offers(check.FixNoHostNetwork)
		return
	}
	if len(s.pods) == 0 {
		e.NA("no pod of the function is known")
	}
	for i := range s.pods {
		p := &s.pods[i]
		at, v := reached(e.Reader, p, targets)
		if at != nil {
			e.Fail(check.At{Object: p.Ref, Value: at.String()}, "it can ask "+at.String()+" for the credentials of its node")
			return
		}
		doubt(e, p, v)
		if at, _ := reached(e.Reader, p, podCredentials[name]); at != nil {
			e.Fail(check.At{Object: p.Ref, Value: at.String()}, "it can ask "+at.String()+" for the credentials that its own pod was given").As(check.Low)
			return
		}
	}
}

// doubt reports a verdict that is none.
func doubt(e *check.Eval, p *reach.Pod, v reach.Verdict) {
	if v.Result != reach.Unknown && v.Result != reach.Maybe {
		return
	}
	e.Unknown(v.Missing...)
	if len(v.Missing) == 0 {
		at := check.At{Object: p.Ref}
		if len(v.By) > 0 {
			at.Object = v.By[0]
		}
		e.Undecided(at, "a policy leaves open what it can connect to: "+names(v.By))
	}
}

// apiServer lists where the API server is: its Service, and what the control plane's nodes listen on.
var apiServer = snapshot.NewQuery("addresses of the API server", func(r *snapshot.Reader, _ struct{}) []place {
	var out []place
	if s, ok := r.Get(model.Ref{Kind: "Service", Namespace: "default", Name: "kubernetes"}).(*model.Service); ok {
		if a, err := netip.ParseAddr(s.ClusterIP); err == nil {
			out = append(out, place{a, 443})
		}
	}
	all, _ := reach.AllNodes(r)
	for _, n := range all {
		if n.Labels.Has("node-role.kubernetes.io/control-plane") {
			for _, a := range n.Addresses {
				out = append(out, place{a, 6443})
			}
		}
	}
	return out
}, slices.Equal[[]place])

// apiWithToken looks for pods that hold a token with rights and get through to the API server.
func apiWithToken(e *check.Eval) {
	holder := ""
	var missing []snapshot.Missing
	for _, held := range rbac.TokensOf.Get(e.Reader, e.F.Key) {
		e.Unknown(held.Missing...)
		for j := range held.Tokens {
			if a := held.Tokens[j].Account; len(rbac.RightsOf.Get(e.Reader, a).Scopes) > 0 {
				holder = "container " + held.Tokens[j].Container.Name + " holds a token of ServiceAccount " + a.Name + ", which has rights"
			} else {
				missing = append(missing, rbac.Grants.Get(e.Reader, a).Missing...)
			}
		}
	}
	if holder == "" {
		e.Unknown(missing...)
		e.NA("it holds no token with rights")
		return
	}
	s := subjectOf.Get(e.Reader, e.F.Key)
	if len(s.host) > 0 {
		e.Fail(check.At{Object: s.host[0].Ref}, "it can connect to the API server from the network of its node, and "+holder)
		return
	}
	targets := apiServer.Get(e.Reader, struct{}{})
	for i := range s.pods {
		if p := &s.pods[i]; reachesServer(e, p, s.iso[i], targets) {
			e.Fail(check.At{Object: p.Ref}, "it can connect to the API server, and "+holder)
			return
		}
	}
}

// reachesServer reports whether a pod gets through to the API server. Where no address of it is known, an open egress
// counts.
func reachesServer(e *check.Eval, p *reach.Pod, iso *reach.Isolated, targets []place) bool {
	if len(targets) == 0 {
		e.Unknown(iso.Egress.Missing...)
		return iso.Egress.State == reach.Open
	}
	at, v := reached(e.Reader, p, targets)
	if at == nil {
		doubt(e, p, v)
	}
	return at != nil
}

// nodeListeners are the services of nodes: the kubelet, its port without authentication, etcd and the API server.
var nodeListeners = []int32{10250, 10255, 2379, 6443}

// nodeServices looks for addresses of nodes that the function can connect to.
func nodeServices(e *check.Eval) {
	all, missing := reach.AllNodes(e.Reader)
	if missing != nil {
		e.Unknown(*missing)
		return
	}
	if len(all) == 0 && len(openAgents.Get(e.Reader, struct{}{})) == 0 {
		e.NA("no node is known")
		return
	}
	s := subjectFor(e)
	if s == nil {
		return
	}
	for i := range s.pods {
		if openAgent(e, &s.pods[i], s.iso[i]) {
			return
		}
	}
	for i := range s.pods {
		for _, port := range nodeListeners {
			at, v := reached(e.Reader, &s.pods[i], nodePlaces.Get(e.Reader, port))
			if at != nil {
				e.Fail(check.At{Object: s.pods[i].Ref, Value: netip.AddrPortFrom(at.Addr, uint16(port)).String()},
					"it can connect to what nodes listen on, such as the kubelet")
				return
			}
			doubt(e, &s.pods[i], v)
		}
	}
}

var nodePlaces = snapshot.NewQuery("a port of all nodes", func(r *snapshot.Reader, port int32) []place {
	var out []place
	all, _ := reach.AllNodes(r)
	for _, n := range all {
		for _, a := range n.Addresses {
			out = append(out, place{a, port})
		}
	}
	return out
}, slices.Equal[[]place])
