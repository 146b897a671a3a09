package expose

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// reader is the name of the facts that are kept for this package.
const reader = "expose"

var serviceKind = schema.GroupKind{Kind: "Service"}

// serviceFacts is what the record of a Service does not have.
type serviceFacts struct {
	ranges      []string // spec.loadBalancerSourceRanges
	class       string   // spec.loadBalancerClass
	noNodePorts bool     // spec.allocateLoadBalancerNodePorts: false
}

func decodeService(s *corev1.Service) any {
	f := serviceFacts{ranges: bounded(s.Spec.LoadBalancerSourceRanges)}
	if s.Spec.LoadBalancerClass != nil {
		f.class = *s.Spec.LoadBalancerClass
	}
	if a := s.Spec.AllocateLoadBalancerNodePorts; a != nil {
		f.noNodePorts = !*a
	}
	if len(f.ranges) == 0 && f.class == "" && !f.noNodePorts {
		return nil
	}
	return &f
}

// Gate is how a Service can be called by itself, without any route.
type Gate struct {
	Class Class
	// NodePort: the type is NodePort. Balancer is the class of the load balancer, None where there is none; Restricted
	// says that it admits certain source ranges only.
	NodePort   bool
	Balancer   Class
	Restricted bool
	// NodePorts: the load balancer has node ports, which its source ranges do not protect.
	NodePorts bool
	Assumed   string // what the class rests on, where no address or annotation says so
}

// Look returns how a Service can be called by itself.
func Look(s *model.Service) Gate {
	var g Gate
	if s.Type == string(corev1.ServiceTypeExternalName) {
		return g
	}
	g.Class = Cluster
	for _, ip := range s.ExternalIPs {
		class, _ := addressClass(ip)
		g.raise(max(class, Node), "externalIPs: the effect depends on kube-proxy")
	}
	switch s.Type {
	case string(corev1.ServiceTypeNodePort):
		g.NodePort = true
		g.raise(Node, "")
	case string(corev1.ServiceTypeLoadBalancer):
		g.balancer(s)
	}
	return g
}

func (g *Gate) raise(c Class, assumed string) {
	if c > g.Class {
		g.Class, g.Assumed = c, assumed
	}
}

func (g *Gate) balancer(s *model.Service) {
	f, _ := snapshot.FactsOf[*serviceFacts](s, reader)
	if f == nil {
		f = &serviceFacts{}
	}
	class, assumed := balancerClass(s, f.class)
	ranges := f.ranges
	if len(ranges) == 0 {
		ranges = splitList(s.Annotations.Get("service.beta.kubernetes.io/load-balancer-source-ranges"))
	}
	private, everywhere := rangesOf(ranges)
	g.Restricted = len(ranges) > 0 && !everywhere
	if g.Restricted && private {
		class, assumed = Private, ""
	}
	g.Balancer = class
	if !f.noNodePorts {
		g.NodePorts = true
		g.raise(Node, "")
	}
	g.raise(class, assumed)
}

// balancerClass is that of the addresses that were given, else of what was asked for.
func balancerClass(s *model.Service, class string) (c Class, assumed string) {
	named := false
	for _, a := range s.Addresses {
		ip, err := netip.ParseAddr(a)
		if err != nil {
			named = true
			continue
		}
		c = max(c, ipClass(ip))
	}
	if c != None && !named {
		return c, ""
	}
	if internal, known := internalBalancer(s.Annotations, class); known {
		if internal {
			return max(c, Private), ""
		}
		return Internet, ""
	}
	for _, a := range s.Addresses {
		if ac, guess := addressClass(a); !guess {
			c = max(c, ac)
		} else {
			return Internet, "the load balancer " + a + " is assumed to be public"
		}
	}
	if c != None {
		return c, ""
	}
	return Internet, "the load balancer is assumed to be public: no address and no annotation says otherwise"
}

const cloud = "service.beta.kubernetes.io/"

// internalBalancer reads the annotations of the clouds; known is false when none of them says anything.
func internalBalancer(a model.Labels, class string) (internal, known bool) {
	if scheme := a.Get(cloud + "aws-load-balancer-scheme"); scheme != "" {
		return scheme == "internal", true
	}
	if v, ok := a.Lookup(cloud + "aws-load-balancer-internal"); ok {
		return v != "false", true
	}
	kind := a.Get(cloud + "aws-load-balancer-type")
	if class == "service.k8s.aws/nlb" || class == "eks.amazonaws.com/nlb" || kind == "external" || kind == "nlb-ip" {
		return true, true // the controller's default
	}
	for _, k := range [...]string{"networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type"} {
		if strings.EqualFold(a.Get(k), "internal") {
			return true, true
		}
	}
	for _, k := range [...]string{
		cloud + "azure-load-balancer-internal", cloud + "openstack-internal-load-balancer", cloud + "oci-load-balancer-internal",
	} {
		if a.Get(k) == "true" {
			return true, true
		}
	}
	if a.Get(cloud+"alibaba-cloud-loadbalancer-address-type") == "intranet" ||
		a.Get("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type") == "private" ||
		a.Get("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid") != "" {
		return true, true
	}
	return false, false
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

func ipClass(ip netip.Addr) Class {
	if private(ip.Unmap()) {
		return Private
	}
	return Internet
}

func private(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() || ip.Is4() && sharedSpace.Contains(ip)
}

// addressClass is the class of an address or host name; guess says that only the absence of a better reason makes it
// the internet.
func addressClass(a string) (c Class, guess bool) {
	if ip, err := netip.ParseAddr(a); err == nil {
		return ipClass(ip), false
	}
	host := strings.ToLower(a)
	switch {
	case strings.HasSuffix(host, ".svc"), strings.HasSuffix(host, ".cluster.local"), host == "localhost":
		return Cluster, false
	case strings.HasPrefix(host, "internal-") && strings.HasSuffix(host, ".elb.amazonaws.com"):
		return Private, false
	}
	return Internet, true
}

// rangesOf reports whether all source ranges are private, and whether one of them admits everybody. A range that cannot
// be read admits everybody.
func rangesOf(ranges []string) (allPrivate, everywhere bool) {
	allPrivate = len(ranges) > 0
	for _, r := range ranges {
		p, err := netip.ParsePrefix(strings.TrimSpace(r))
		if err != nil {
			ip, err := netip.ParseAddr(strings.TrimSpace(r))
			if err != nil {
				return false, true
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		if p.Bits() == 0 {
			return false, true
		}
		allPrivate = allPrivate && private(p.Masked().Addr()) && private(last(p))
	}
	return allPrivate, false
}

// last is the last address of a prefix: a range that begins privately may end publicly.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	ip, _ := netip.AddrFromSlice(b)
	return ip
}

func splitList(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return bounded(all)
}

// most bounds what is kept of one list of an object.
const most = 512

func bounded[T any](s []T) []T { return s[:min(len(s), most)] }
