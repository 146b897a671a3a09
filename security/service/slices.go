package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	reader = "service"
	// leads is the label by which a slice names its Service, managedBy the one by which it names what writes it.
	leads, managedBy = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
	// controller writes the slices of Services with a selector, mirroring copies what somebody wrote into Endpoints.
	controller, mirroring = "endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"
)

// SliceKind is the kind of EndpointSlices. Of a cluster only those are read that its own controller does not write.
var SliceKind = schema.GroupKind{Group: "discovery.k8s.io", Kind: "EndpointSlice"}

// Foreign selects, on a cluster, the slices that its own controller does not write.
const Foreign = managedBy + "!=" + controller

// Kinds lists what is read here.
func Kinds() []snapshot.Kind {
	return []snapshot.Kind{{GroupKind: SliceKind, Versions: []string{"v1"}, Reader: reader, Decode: keepSlice}}
}

// Endpoint is one address of a slice.
type Endpoint struct {
	Address string // an IP address or a host name
	Pod     model.Ref
}

// Slice is a set of addresses of a Service that the cluster's own controller does not write.
type Slice struct {
	model.Ref
	Service string
	// Writer is the controller that writes it; empty where somebody does so by hand.
	Writer    string
	Endpoints []Endpoint
}

const maxEndpoints = 200

func keepSlice(raw *snapshot.Raw) (any, error) {
	h := raw.Header
	writer := h.Labels.Get(managedBy)
	if writer == controller || h.Labels.Get(leads) == "" {
		return nil, nil
	}
	if writer == mirroring {
		writer = ""
	}
	text, err := raw.Text()
	if err != nil {
		return nil, err
	}
	var o struct {
		Endpoints []struct {
			Addresses []string `json:"addresses"`
			Target    struct {
				Kind      string `json:"kind"`
				Namespace string `json:"namespace"`
				Name      string `json:"name"`
			} `json:"targetRef"`
		} `json:"endpoints"`
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", h.Ref, err)
	}
	s := &Slice{Ref: h.Ref, Service: h.Labels.Get(leads), Writer: writer}
	for i := range o.Endpoints {
		e := &o.Endpoints[i]
		for _, address := range e.Addresses {
			one := Endpoint{Address: address}
			if e.Target.Kind == "Pod" {
				one.Pod = model.Ref{Kind: "Pod", Namespace: either(e.Target.Namespace, h.Namespace), Name: e.Target.Name}
			}
			if len(s.Endpoints) < maxEndpoints {
				s.Endpoints = append(s.Endpoints, one)
			}
		}
	}
	return s, nil
}

func sameSlices(a, b []*Slice) bool {
	return slices.EqualFunc(a, b, func(a, b *Slice) bool {
		return a.Ref == b.Ref && a.Service == b.Service && a.Writer == b.Writer && slices.Equal(a.Endpoints, b.Endpoints)
	})
}

// written lists the slices of the Services of a namespace. Services without a selector that have an owner are left out:
// it writes where they lead.
var written = snapshot.NewQuery("addresses written by hand", func(r *snapshot.Reader, namespace string) map[string][]*Slice {
	all := map[string][]*Slice{}
	for _, o := range r.List(SliceKind, namespace) {
		s, ok := snapshot.FactsOf[*Slice](o, reader)
		if !ok {
			continue
		}
		if of := Get(r, namespace, s.Service); of != nil && (len(of.Selector) > 0 || len(of.Owners) == 0) {
			all[s.Service] = append(all[s.Service], s)
		}
	}
	return all
}, func(a, b map[string][]*Slice) bool { return maps.EqualFunc(a, b, sameSlices) })

// Written lists the addresses of a Service that the cluster's own controller does not write.
func Written(r *snapshot.Reader, s *model.Service) []*Slice {
	return written.Get(r, s.Namespace)[s.Name]
}

// targets says which Services without a selector lead to an address or a pod.
type targets struct {
	pods      map[model.Ref][]model.Ref
	addresses map[string][]model.Ref
}

// byHand indexes where Services without a selector lead, by what somebody wrote.
var byHand = snapshot.NewQuery("where Services without a selector lead", func(r *snapshot.Reader, _ struct{}) targets {
	t := targets{map[model.Ref][]model.Ref{}, map[string][]model.Ref{}}
	for _, o := range r.List(SliceKind, "") {
		s, ok := snapshot.FactsOf[*Slice](o, reader)
		if !ok {
			continue
		}
		of := Get(r, s.Namespace, s.Service)
		if of == nil || len(of.Selector) > 0 || len(of.Owners) > 0 {
			continue
		}
		for _, e := range s.Endpoints {
			if !e.Pod.IsZero() {
				t.pods[e.Pod] = append(t.pods[e.Pod], of.Ref)
			}
			t.addresses[e.Address] = append(t.addresses[e.Address], of.Ref)
		}
	}
	return t
}, func(a, b targets) bool {
	return maps.EqualFunc(a.pods, b.pods, slices.Equal[[]model.Ref]) && maps.EqualFunc(a.addresses, b.addresses, slices.Equal[[]model.Ref])
})

// addressed lists the Services that lead to a pod because somebody wrote its address into them.
func addressed(r *snapshot.Reader, p *model.Pod) []*model.Service {
	t := byHand.Get(r, struct{}{})
	if len(t.addresses) == 0 {
		return nil
	}
	var all []*model.Service
	for _, ref := range slices.Concat(t.pods[p.Ref], t.addresses[p.IP]) {
		if s := Get(r, ref.Namespace, ref.Name); s != nil && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
