package controllertest

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	coreServices  = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	coreIngresses = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"}
	autoscalers   = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
)

// nuclioRoutes makes the type of the Service, the Ingress and the bounds of the autoscaler what the function says.
func (c *Controllers) nuclioRoutes(ctx context.Context, s *subject, spec object) error {
	name := c.name(c, s.declared)
	kind, paths := word(spec, "serviceType"), false
	for _, t := range at(spec, "triggers") {
		if word(t, "kind") == "http" {
			if of := word(t, "attributes", "serviceType"); of != "" {
				kind = of
			}
			paths = paths || len(at(t, "attributes", "ingresses")) > 0
		}
	}
	if kind == "" {
		kind = "ClusterIP"
	}
	service, err := c.get(ctx, coreServices, name)
	if err != nil {
		return err
	}
	if in(service, "spec")["type"] != kind {
		if was := c.seen["ports of "+name]; was != nil {
			in(service, "spec")["ports"] = was // the trigger names the node port
		} else {
			c.seen["ports of "+name] = copyOf(dig(service, "spec", "ports"))
		}
		if in(service, "spec")["type"] = kind; kind == "ClusterIP" {
			for _, p := range list(service, "spec", "ports") {
				delete(p.(object), "nodePort")
			}
		}
		if err := c.update(ctx, coreServices, service); err != nil {
			return err
		}
	}
	scaler, err := c.get(ctx, autoscalers, name)
	if err == nil && dig(scaler, "spec", "maxReplicas") != spec["maxReplicas"] && spec["maxReplicas"] != nil {
		in(scaler, "spec")["maxReplicas"] = spec["maxReplicas"]
		err = c.update(ctx, autoscalers, scaler)
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return c.nuclioIngress(ctx, name, paths)
}

// nuclioIngress takes the Ingress away where no trigger has paths, and makes it again where one has.
func (c *Controllers) nuclioIngress(ctx context.Context, name string, wanted bool) error {
	live, err := c.get(ctx, coreIngresses, name)
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	was, _ := c.seen["ingress "+name].(object)
	switch {
	case live != nil && !wanted:
		c.seen["ingress "+name] = clean(live, name)
		c.writes++
		return c.api.Resource(coreIngresses).Namespace(c.namespace).Delete(ctx, name, metav1.DeleteOptions{})
	case live == nil && wanted && was != nil:
		_, err := c.make(ctx, coreIngresses, was)
		return err
	}
	return nil
}
