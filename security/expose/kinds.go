package expose

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/snapshot"
)

// routingKinds are the kinds whose facts are a routing: they lead to Services.
var routingKinds = func() []schema.GroupKind {
	all := []schema.GroupKind{ingressKind, virtualServiceKind, httpProxyKind, openshiftKind, mappingKind, routeGroupKind, ruleKind}
	for _, kind := range gatewayRoutes {
		all = append(all, schema.GroupKind{Group: gatewayGroup, Kind: kind})
	}
	for _, group := range traefikGroups {
		all = append(all, schema.GroupKind{Group: group, Kind: "IngressRoute"})
	}
	return all
}()

var policyKinds = []schema.GroupKind{
	{Group: "gateway.envoyproxy.io", Kind: "SecurityPolicy"}, {Group: "kuadrant.io", Kind: "AuthPolicy"},
}

// Kinds lists what is read here.
func Kinds() []snapshot.Kind {
	all := []snapshot.Kind{
		typed(serviceKind, false, decodeService),
		typed(ingressKind, false, decodeIngress),
		typed(ingressClassKind, true, decodeIngressClass),
		typed(configMapKind, false, decodeConfigMap),
		{GroupKind: secretKind, Versions: []string{"v1"}, Reader: reader, Decode: snapshot.Certificates(decodePair)},
		kind(certificateKind, decodeCertificate, "v1"),
		kind(gatewayKind, decodeGateway, "v1", "v1beta1"),
		kind(listenerSetKind, decodeGateway),
		kind(listenerSetXKind, decodeGateway),
		kind(grantKind, decodeGrant, "v1", "v1beta1"),
		kind(istioGatewayKind, decodeIstioGateway),
		kind(virtualServiceKind, decodeVirtualService),
		kind(ruleKind, decodeRule, "v2", "v2alpha1", "v1beta1"),
		kind(httpProxyKind, decodeHTTPProxy),
		kind(openshiftKind, decodeOpenShift),
		kind(mappingKind, decodeMapping),
		kind(authService, nil),
		kind(routeGroupKind, decodeRouteGroup),
		kind(pluginKind, decodePlugin),
		kind(knativeIngress, decodeKnativeIngress),
		kind(knativeService, nil, "v1"),
		kind(domainKind, decodeDomainMapping, "v1", "v1beta1"),
		kind(fissionTrigger, decodeFissionTrigger, "v1"),
		kind(nuclioFunction, decodeNuclioFunction, "v1beta1"),
		kind(nuclioGateway, decodeNuclioGateway, "v1beta1"),
		kind(scaledKind, decodeScaled),
		kind(functionIngress, decodeFunctionIngress),
		kind(kubelessTrigger, decodeKubelessTrigger),
		kind(namespaceKind, nil, "v1"),
	}
	for i := range all {
		all[i].Cluster = all[i].Cluster || all[i].GroupKind == namespaceKind
	}
	class := kind(gatewayClassKind, decodeGatewayClass, "v1", "v1beta1")
	plugins := kind(clusterPlugin, decodePlugin)
	class.Cluster, plugins.Cluster = true, true
	all = append(all, class, plugins)
	for _, name := range gatewayRoutes {
		all = append(all, kind(schema.GroupKind{Group: gatewayGroup, Kind: name}, decodeGatewayRoute))
	}
	for _, group := range traefikGroups {
		all = append(all, kind(schema.GroupKind{Group: group, Kind: "IngressRoute"}, decodeTraefik),
			kind(schema.GroupKind{Group: group, Kind: "Middleware"}, decodeMiddleware))
	}
	for _, k := range policyKinds {
		all = append(all, kind(k, decodeAttached))
	}
	return all
}

func kind(k schema.GroupKind, decode func(*snapshot.Raw) (any, error), versions ...string) snapshot.Kind {
	return snapshot.Kind{GroupKind: k, Versions: versions, Reader: reader, Decode: decode}
}

func typed[T runtime.Object](k schema.GroupKind, cluster bool, keep func(T) any) snapshot.Kind {
	return snapshot.Kind{GroupKind: k, Versions: []string{"v1"}, Cluster: cluster, Reader: reader, Decode: snapshot.Typed(keep)}
}
