package record

import (
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/fn9s/fn9s/security/model"
)

const gatewayGroup = "gateway.networking.k8s.io"

func (p *Pool) service(o *corev1.Service, h model.Header) *model.Service {
	s := &model.Service{
		Header: h, Type: p.String(string(o.Spec.Type)), Selector: p.labels(o.Spec.Selector),
		ClusterIP: o.Spec.ClusterIP, ExternalName: o.Spec.ExternalName,
		ExternalIPs: o.Spec.ExternalIPs,
	}
	for i := range o.Spec.Ports {
		q := &o.Spec.Ports[i]
		port := model.ServicePort{
			Name: p.String(q.Name), Protocol: p.String(string(q.Protocol)), Port: q.Port, NodePort: q.NodePort,
			TargetPort: p.String(q.TargetPort.String()),
		}
		if q.AppProtocol != nil {
			port.AppProtocol = p.String(*q.AppProtocol)
		}
		s.Ports = append(s.Ports, port)
	}
	for _, in := range o.Status.LoadBalancer.Ingress {
		s.Addresses = append(s.Addresses, address(in.Hostname, in.IP))
	}
	return s
}

func address(host, ip string) string {
	if host != "" {
		return host
	}
	return ip
}

func (p *Pool) ingress(o *networkingv1.Ingress, h model.Header) *model.Route {
	r := &model.Route{Header: h, Class: h.Annotations.Get("kubernetes.io/ingress.class")}
	if o.Spec.IngressClassName != nil {
		r.Class = p.String(*o.Spec.IngressClassName)
	}
	for _, t := range o.Spec.TLS {
		r.TLS = true
		r.TLSHosts = append(r.TLSHosts, t.Hosts...)
	}
	if b := o.Spec.DefaultBackend; b != nil && b.Service != nil {
		r.Rules = append(r.Rules, p.ingressRule(h, "", "", b.Service))
	}
	for i := range o.Spec.Rules {
		rule := &o.Spec.Rules[i]
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			if path.Backend.Service != nil {
				r.Rules = append(r.Rules, p.ingressRule(h, rule.Host, path.Path, path.Backend.Service))
			}
		}
	}
	for _, in := range o.Status.LoadBalancer.Ingress {
		r.Addresses = append(r.Addresses, address(in.Hostname, in.IP))
	}
	linkServices(r)
	return r
}

func (p *Pool) ingressRule(h model.Header, host, path string, b *networkingv1.IngressServiceBackend) model.RouteRule {
	rule := model.RouteRule{
		Path: path, Service: model.Ref{Kind: "Service", Namespace: h.Namespace, Name: b.Name}, Port: b.Port.Name,
	}
	if host != "" {
		rule.Hosts = []string{host}
	}
	if b.Port.Number != 0 {
		rule.Port = strconv.Itoa(int(b.Port.Number))
	}
	return rule
}

// linkServices adds the Services of the rules to the links, each once.
func linkServices(r *model.Route) {
	seen := map[model.Ref]bool{}
	for _, rule := range r.Rules {
		if !rule.Service.IsZero() && !seen[rule.Service] {
			seen[rule.Service] = true
			r.Links = append(r.Links, rule.Service)
		}
	}
}

func (p *Pool) autoscaler(o *autoscalingv2.HorizontalPodAutoscaler, h model.Header) *model.Autoscaler {
	t := o.Spec.ScaleTargetRef
	a := &model.Autoscaler{
		Header:  h,
		Target:  model.Ref{Group: p.String(groupOf(t.APIVersion)), Kind: p.String(t.Kind), Namespace: h.Namespace, Name: t.Name},
		Min:     one(o.Spec.MinReplicas),
		Max:     o.Spec.MaxReplicas,
		Current: o.Status.CurrentReplicas,
		Desired: o.Status.DesiredReplicas,
	}
	for _, c := range o.Status.Conditions {
		a.Conditions = append(a.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	a.Targets = p.goals(o)
	a.Links = append(a.Links, a.Target)
	return a
}

// groupOf returns the group of an apiVersion.
func groupOf(apiVersion string) string {
	for i := range len(apiVersion) {
		if apiVersion[i] == '/' {
			return apiVersion[:i]
		}
	}
	return ""
}
