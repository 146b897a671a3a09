package manifest

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// clusterScoped are the kinds without a namespace: those of Kubernetes, and those of the platforms that fn9s knows.
var clusterScoped = func() map[schema.GroupKind]bool {
	m := map[schema.GroupKind]bool{}
	for group, kinds := range map[string][]string{
		"":                             {"Namespace", "Node", "PersistentVolume", "ComponentStatus"},
		"admissionregistration.k8s.io": {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"},
		"apiextensions.k8s.io":         {"CustomResourceDefinition"},
		"apiregistration.k8s.io":       {"APIService"},
		"authentication.k8s.io":        {"TokenReview", "SelfSubjectReview"},
		"authorization.k8s.io":         {"SubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview"},
		"certificates.k8s.io":          {"CertificateSigningRequest", "ClusterTrustBundle"},
		"flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
		"internal.apiserver.k8s.io":    {"StorageVersion"},
		"networking.k8s.io":            {"IngressClass", "IPAddress", "ServiceCIDR"},
		"node.k8s.io":                  {"RuntimeClass"},
		"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
		"resource.k8s.io":              {"DeviceClass", "ResourceSlice", "DeviceTaintRule"},
		"scheduling.k8s.io":            {"PriorityClass"},
		"storage.k8s.io":               {"StorageClass", "CSIDriver", "CSINode", "VolumeAttachment", "VolumeAttributesClass"},
		"storagemigration.k8s.io":      {"StorageVersionMigration"},
		"policy":                       {"PodSecurityPolicy"},

		"aquasecurity.github.io":          {"ClusterVulnerabilityReport", "ClusterConfigAuditReport", "ClusterRbacAssessmentReport", "ClusterInfraAssessmentReport", "ClusterComplianceReport", "ClusterSbomReport", "ClusterComplianceDetailReport"},
		"cert-manager.io":                 {"ClusterIssuer"},
		"eventing.kyma-project.io":        {"EventingBackend"},
		"external-secrets.io":             {"ClusterSecretStore", "ClusterExternalSecret", "ClusterPushSecret"},
		"fission.io":                      {"FissionTenant"},
		"operator.kyma-project.io":        {"APIGateway"},
		"gateway.networking.k8s.io":       {"GatewayClass"},
		"generators.external-secrets.io":  {"ClusterGenerator"},
		"keda.sh":                         {"ClusterTriggerAuthentication", "ClusterCloudEventSource"},
		"eventing.keda.sh":                {"ClusterCloudEventSource"},
		"kyverno.io":                      {"ClusterPolicy", "ClusterCleanupPolicy", "ClusterAdmissionReport", "ClusterBackgroundScanReport"},
		"cilium.io":                       {"CiliumClusterwideNetworkPolicy", "CiliumNode", "CiliumIdentity", "CiliumExternalWorkload", "CiliumLoadBalancerIPPool", "CiliumCIDRGroup", "CiliumEgressGatewayPolicy", "CiliumClusterwideEnvoyConfig"},
		"crd.projectcalico.org":           {"GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool", "HostEndpoint", "FelixConfiguration", "ClusterInformation", "BGPConfiguration", "BGPPeer", "Tier"},
		"projectcalico.org":               {"GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool", "HostEndpoint", "Profile", "Tier"},
		"crd.antrea.io":                   {"ClusterNetworkPolicy", "ClusterGroup", "Tier", "ExternalIPPool", "Egress"},
		"networking.k8s.aws":              {"ClusterNetworkPolicy", "ClusterPolicyEndpoint"},
		"kubeovn.io":                      {"SecurityGroup", "Subnet", "Vpc", "Vlan", "ProviderNetwork", "IP"},
		"networking.internal.knative.dev": {"ClusterDomainClaim"},
		"openreports.io":                  {"ClusterReport"},
		"policy.networking.k8s.io":        {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"},
		"templates.gatekeeper.sh":         {"ConstraintTemplate"},
		"wgpolicyk8s.io":                  {"ClusterPolicyReport"},
		"security.openshift.io":           {"SecurityContextConstraints"},
		"project.openshift.io":            {"Project"},
	} {
		for _, kind := range kinds {
			m[schema.GroupKind{Group: group, Kind: kind}] = true
		}
	}
	return m
}()

var definition = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}

// qualify gives the objects of namespaced kinds the namespace `default` where they name none, as kubectl does, and takes
// the namespace off the others. Definitions among the documents say what is namespaced.
func qualify(docs []Document) {
	defined := map[schema.GroupKind]bool{}
	for i := range docs {
		if docs[i].GVK.GroupKind() != definition {
			continue
		}
		var crd struct {
			Spec struct {
				Group, Scope string
				Names        struct{ Kind string }
			}
		}
		if json.Unmarshal(docs[i].JSON, &crd) == nil && crd.Spec.Scope != "" {
			defined[schema.GroupKind{Group: crd.Spec.Group, Kind: crd.Spec.Names.Kind}] = crd.Spec.Scope == "Cluster"
		}
	}
	for i := range docs {
		d := &docs[i]
		kind := d.GVK.GroupKind()
		cluster, known := defined[kind]
		if !known || clusterScoped[kind] {
			cluster = clusterScoped[kind]
		}
		if cluster == (d.namespace == "") {
			continue
		}
		d.namespace = ""
		if !cluster {
			d.namespace, d.Assumed = "default", true
		}
		d.place()
	}
}

// place writes the namespace into the object.
func (d *Document) place() {
	h, err := readHead(d.JSON)
	if err != nil || h.namespace == d.namespace {
		return
	}
	if !h.hasNamespace {
		d.insert(&h, "namespace", d.namespace)
		return
	}
	var o map[string]json.RawMessage
	var m map[string]json.RawMessage
	if json.Unmarshal(d.JSON, &o) != nil || json.Unmarshal(o["metadata"], &m) != nil {
		return
	}
	delete(m, "namespace")
	if d.namespace != "" {
		m["namespace"], _ = json.Marshal(d.namespace) // a string
	}
	if o["metadata"], err = json.Marshal(m); err != nil {
		return
	}
	if out, err := json.Marshal(o); err == nil {
		d.JSON = out
	}
}

// ClusterScoped reports whether a kind is known to have no namespace.
func ClusterScoped(kind schema.GroupKind) bool { return clusterScoped[kind] }
