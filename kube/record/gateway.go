package record

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/fn9s/fn9s/security/model"
)

// httpRoute is what is read of a Gateway API HTTPRoute or GRPCRoute. The API is a custom resource, so there is no
// type of it in client-go.
type httpRoute struct {
	Spec struct {
		Hostnames  []string     `json:"hostnames"`
		ParentRefs []gatewayRef `json:"parentRefs"`
		Rules      []struct {
			Matches []struct {
				Path struct {
					Value string `json:"value"`
				} `json:"path"`
			} `json:"matches"`
			BackendRefs []gatewayRef `json:"backendRefs"`
		} `json:"rules"`
	} `json:"spec"`
}

type gatewayRef struct {
	Group     *string `json:"group"`
	Kind      *string `json:"kind"`
	Namespace *string `json:"namespace"`
	Name      string  `json:"name"`
	Port      *int32  `json:"port"`
}

func (g gatewayRef) ref(group, kind, namespace string) model.Ref {
	r := model.Ref{Group: group, Kind: kind, Namespace: namespace, Name: g.Name}
	if g.Group != nil {
		r.Group = *g.Group
	}
	if g.Kind != nil {
		r.Kind = *g.Kind
	}
	if g.Namespace != nil {
		r.Namespace = *g.Namespace
	}
	return r
}

func (p *Pool) gatewayRoute(raw []byte, h model.Header) (*model.Route, error) {
	r := &model.Route{Header: h}
	var o httpRoute
	if err := json.Unmarshal(raw, &o); err != nil {
		return r, fmt.Errorf("decode %s: %w", h.Ref, err)
	}
	for _, parent := range o.Spec.ParentRefs {
		r.Parents = append(r.Parents, parent.ref(gatewayGroup, "Gateway", h.Namespace))
	}
	for _, rule := range o.Spec.Rules {
		paths := []string{""}
		if len(rule.Matches) > 0 {
			paths = paths[:0]
			for _, m := range rule.Matches {
				paths = append(paths, m.Path.Value)
			}
		}
		for _, backend := range rule.BackendRefs {
			to := backend.ref("", "Service", h.Namespace)
			port := ""
			if backend.Port != nil {
				port = strconv.Itoa(int(*backend.Port))
			}
			for _, path := range paths {
				r.Rules = append(r.Rules, model.RouteRule{Hosts: o.Spec.Hostnames, Path: path, Service: to, Port: port})
			}
		}
	}
	linkServices(r)
	r.Links = append(r.Links, r.Parents...)
	return r, nil
}

// gateway is what is read of a Gateway API Gateway.
type gateway struct {
	Spec struct {
		GatewayClassName string `json:"gatewayClassName"`
		Listeners        []struct {
			Name     string `json:"name"`
			Hostname string `json:"hostname"`
			Protocol string `json:"protocol"`
			Port     int32  `json:"port"`
		} `json:"listeners"`
	} `json:"spec"`
	Status struct {
		Addresses []struct {
			Value string `json:"value"`
		} `json:"addresses"`
	} `json:"status"`
}

func (p *Pool) gateway(raw []byte, h model.Header) (*model.Gateway, error) {
	g := &model.Gateway{Header: h}
	var o gateway
	if err := json.Unmarshal(raw, &o); err != nil {
		return g, fmt.Errorf("decode %s: %w", h.Ref, err)
	}
	g.Class = p.String(o.Spec.GatewayClassName)
	for _, l := range o.Spec.Listeners[:min(len(o.Spec.Listeners), maxEntries)] {
		g.Listeners = append(g.Listeners, model.Listener{
			Name: l.Name, Hostname: l.Hostname, Protocol: p.String(l.Protocol), Port: l.Port,
		})
	}
	for _, a := range o.Status.Addresses[:min(len(o.Status.Addresses), maxEntries)] {
		g.Addresses = append(g.Addresses, a.Value)
	}
	return g, nil
}
