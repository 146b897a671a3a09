package rbac

// The powers.
const (
	Everything Power = iota // all verbs on all resources of all groups
	Wildcard                // some `*` in a rule
	ReadSecrets
	WriteSecrets
	CreateSecrets
	MintTokens
	CreateWorkloads // pods, and what makes pods
	ChangeWorkloads // what makes pods
	ChangePods
	WriteFunctions
	WriteAnyPod       // function objects that pass any field on to their pods
	WriteWithAccounts // function objects that choose the account of their pods
	Exec
	Forward
	ExecByGet // the same by a websocket: enough before Kubernetes 1.35
	Debug     // ephemeral containers
	RemovePods
	ChangePodStatus
	WriteAccounts
	CreateAccounts
	DriveControllers
	WeakenPolicies
	EscalateRoles
	EscalateClusterRoles
	UpdateRoles
	UpdateClusterRoles
	BindRoles
	BindClusterRoles
	WriteRoleBindings
	WriteClusterRoleBindings
	WriteRoles
	ImpersonateUsers
	ImpersonateGroups
	ImpersonateAccounts
	ImpersonateExtras
	ConstrainedUsers
	ConstrainedGroups
	ConstrainedAccounts
	ConstrainedNodes
	ConstrainedOwnNode
	ActConstrained // what may be done while impersonating with constraints
	RequestCertificates
	ApproveRequests
	ApproveSigners
	MutateAdmission
	ValidateAdmission
	DeleteAdmission
	CreateVolumes
	KubeletProxy
	EditNamespaces
	WriteConfigMaps
	WeakenNetwork
	RedirectTraffic
	WriteEndpoints
	ExtendAPI
	WriteNodes
	EraseEvents
	ReadLogs
	OpenURLs
	ProxyToPods
	ReadNodes
	WriteDrivers
	CreateClaims
	CopyVolumes
	AnyAudience
)

const (
	write  = "create update patch"
	change = "update patch"
	spoil  = "create update patch delete deletecollection"
)

// table lists the rights that give powers. `core` is the core group, `ANY` any resource of the group.
var table = []struct {
	power                   Power
	verbs, group, resources string
	cluster                 bool
}{
	{ReadSecrets, "get list watch patch deletecollection", "core", "secrets", false},
	{WriteSecrets, write, "core", "secrets", false},
	{CreateSecrets, "create", "core", "secrets", false},
	{MintTokens, "create", "core", "serviceaccounts/token", false},
	{CreateWorkloads, "create", "core", "pods replicationcontrollers", false},
	{CreateWorkloads, "create", "apps", "deployments daemonsets statefulsets replicasets", false},
	{CreateWorkloads, "create", "batch", "jobs cronjobs", false},
	{ChangeWorkloads, change, "core", "replicationcontrollers", false},
	{ChangeWorkloads, change, "apps", "deployments daemonsets statefulsets replicasets", false},
	{ChangeWorkloads, change, "batch", "jobs cronjobs", false},
	{ChangePods, change, "core", "pods", false},

	{WriteFunctions, write, "openfaas.com", "functions profiles", false},
	{WriteFunctions, write, "kubeless.io", "functions cronjobtriggers", false},
	{WriteFunctions, write, "serverless.kyma-project.io functions.dev core.openfunction.io", "functions", false},
	{WriteFunctions, write, "fission.io", "functions packages packages/status environments messagequeuetriggers canaryconfigs", false},
	{WriteFunctions, write, "nuclio.io", "nucliofunctions nuclioprojects", false},
	{WriteFunctions, write, "serving.knative.dev", "services configurations routes", false},
	{WriteFunctions, write, "sources.knative.dev", "containersources sinkbindings", false},
	{WriteFunctions, write, "keda.sh", "scaledjobs scaledobjects", false},
	{WriteFunctions, write, "core.spinkube.dev core.spinoperator.dev", "spinapps", false},
	{WriteFunctions, write, "nuvolaris.org", "workflows", false},
	{WriteAnyPod, write, "kubeless.io", "functions", false},
	{WriteAnyPod, write, "nuclio.io", "nucliofunctions", false},
	{WriteAnyPod, write, "keda.sh", "scaledjobs", false},

	{WriteWithAccounts, write, "openfaas.com kubeless.io core.openfunction.io", "functions", false},
	{WriteWithAccounts, write, "nuclio.io", "nucliofunctions", false},
	{WriteWithAccounts, write, "serving.knative.dev", "services configurations", false},
	{WriteWithAccounts, write, "sources.knative.dev", "containersources", false},
	{WriteWithAccounts, write, "keda.sh", "scaledjobs", false},
	{WriteWithAccounts, write, "core.spinkube.dev core.spinoperator.dev", "spinapps", false},

	{Exec, "create", "core", "pods/exec pods/attach", false},
	{Forward, "create", "core", "pods/portforward", false},
	{ExecByGet, "get", "core", "pods/exec pods/attach pods/portforward", false},
	{Debug, change, "core", "pods/ephemeralcontainers", false},
	{RemovePods, "delete deletecollection", "core", "pods", false},
	{RemovePods, "create", "core", "pods/eviction", false},
	{ChangePodStatus, change, "core", "pods pods/status", false},
	{WriteAccounts, write, "core", "serviceaccounts", false},
	{CreateAccounts, "create", "core", "serviceaccounts", false},

	{DriveControllers, write, "argoproj.io", "applications applicationsets appprojects workflows cronworkflows workflowtemplates", false},
	{DriveControllers, write, "kustomize.toolkit.fluxcd.io", "kustomizations", false},
	{DriveControllers, write, "helm.toolkit.fluxcd.io", "helmreleases", false},
	{DriveControllers, write, "tekton.dev", "pipelineruns taskruns", false},
	{DriveControllers, write, "kyverno.io", "policies", false},
	{DriveControllers, write, "kyverno.io", "clusterpolicies", true},
	{DriveControllers, write, "external-secrets.io", "externalsecrets pushsecrets secretstores", false},
	{DriveControllers, write, "external-secrets.io", "clustersecretstores clusterexternalsecrets", true},
	{DriveControllers, write, "cert-manager.io", "certificates certificaterequests", false},
	{DriveControllers, write, "pkg.crossplane.io", "providers functions configurations", true},
	{DriveControllers, write, "apiextensions.crossplane.io", "compositions compositeresourcedefinitions", true},
	{DriveControllers, write, "kubernetes.crossplane.io", "objects", true},

	{WeakenPolicies, spoil, "kyverno.io", "policies policyexceptions", false},
	{WeakenPolicies, spoil, "kyverno.io", "clusterpolicies", true},
	{WeakenPolicies, spoil, "policies.kyverno.io", "ANY", true},
	{WeakenPolicies, spoil, "templates.gatekeeper.sh constraints.gatekeeper.sh", "ANY", true},
	{WeakenPolicies, spoil, "config.gatekeeper.sh", "configs", false},
	{WeakenPolicies, spoil, "policies.kubewarden.io", "admissionpolicies admissionpolicygroups", false},
	{WeakenPolicies, spoil, "policies.kubewarden.io", "clusteradmissionpolicies clusteradmissionpolicygroups policyservers", true},

	{EscalateRoles, "escalate", "rbac.authorization.k8s.io", "roles", false},
	{EscalateClusterRoles, "escalate", "rbac.authorization.k8s.io", "clusterroles", true},
	{UpdateRoles, change, "rbac.authorization.k8s.io", "roles", false},
	{UpdateClusterRoles, change, "rbac.authorization.k8s.io", "clusterroles", true},
	{BindRoles, "bind", "rbac.authorization.k8s.io", "roles", false},
	{BindClusterRoles, "bind", "rbac.authorization.k8s.io", "clusterroles", false},
	{WriteRoleBindings, write, "rbac.authorization.k8s.io", "rolebindings", false},
	{WriteClusterRoleBindings, write, "rbac.authorization.k8s.io", "clusterrolebindings", true},
	{WriteRoles, write, "rbac.authorization.k8s.io", "roles", false},
	{WriteRoles, write, "rbac.authorization.k8s.io", "clusterroles", true},

	{ImpersonateUsers, "impersonate", "core", "users", true},
	{ImpersonateGroups, "impersonate", "core", "groups", true},
	{ImpersonateAccounts, "impersonate", "core", "serviceaccounts", false},
	{ImpersonateExtras, "impersonate", "authentication.k8s.io", "uids userextras", true},
	{ConstrainedUsers, "impersonate:user-info", "authentication.k8s.io", "users", true},
	{ConstrainedAccounts, "impersonate:serviceaccount", "authentication.k8s.io", "serviceaccounts", false},
	{ConstrainedGroups, "impersonate:user-info", "authentication.k8s.io", "groups", true},
	{ConstrainedNodes, "impersonate:arbitrary-node", "authentication.k8s.io", "nodes", true},
	{ConstrainedOwnNode, "impersonate:associated-node", "authentication.k8s.io", "nodes", true},

	{RequestCertificates, "create", "certificates.k8s.io", "certificatesigningrequests", true},
	{ApproveRequests, change, "certificates.k8s.io", "certificatesigningrequests/approval", true},
	{ApproveSigners, "approve", "certificates.k8s.io", "signers", true},
	{MutateAdmission, write, "admissionregistration.k8s.io", "mutatingwebhookconfigurations mutatingadmissionpolicies mutatingadmissionpolicybindings", true},
	{ValidateAdmission, write, "admissionregistration.k8s.io", "validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings", true},
	{DeleteAdmission, "delete deletecollection", "admissionregistration.k8s.io", "mutatingwebhookconfigurations validatingwebhookconfigurations mutatingadmissionpolicies mutatingadmissionpolicybindings validatingadmissionpolicies validatingadmissionpolicybindings", true},
	{CreateVolumes, "create", "core", "persistentvolumes", true},
	{KubeletProxy, "get create", "core", "nodes/proxy", true},
	{EditNamespaces, change, "core", "namespaces", false},
	{WriteConfigMaps, change, "core", "configmaps", false},

	{WeakenNetwork, spoil, "networking.k8s.io", "networkpolicies", false},
	{WeakenNetwork, spoil, "policy.networking.k8s.io", "adminnetworkpolicies baselineadminnetworkpolicies clusternetworkpolicies", true},
	{WeakenNetwork, spoil, "cilium.io", "ciliumnetworkpolicies", false},
	{WeakenNetwork, spoil, "cilium.io", "ciliumclusterwidenetworkpolicies", true},
	{WeakenNetwork, spoil, "crd.projectcalico.org projectcalico.org", "networkpolicies", false},
	{WeakenNetwork, spoil, "crd.projectcalico.org projectcalico.org", "globalnetworkpolicies", true},
	{WeakenNetwork, spoil, "security.istio.io", "authorizationpolicies peerauthentications requestauthentications", false},
	{WeakenNetwork, spoil, "policy.linkerd.io", "ANY", false},
	{WeakenNetwork, spoil, "gateway.kyma-project.io", "apirules", false},
	{RedirectTraffic, write, "core", "services services/status endpoints", false},
	{RedirectTraffic, write, "discovery.k8s.io", "endpointslices", false},
	{RedirectTraffic, write, "networking.k8s.io", "ingresses", false},
	{RedirectTraffic, write, "gateway.networking.k8s.io", "httproutes grpcroutes tcproutes tlsroutes gateways", false},
	{RedirectTraffic, write, "networking.istio.io", "virtualservices destinationrules gateways serviceentries", false},
	{WriteEndpoints, write, "core", "endpoints", false},
	{WriteEndpoints, write, "discovery.k8s.io", "endpointslices", false},

	{ExtendAPI, write, "apiextensions.k8s.io", "customresourcedefinitions", true},
	{ExtendAPI, write, "apiregistration.k8s.io", "apiservices", true},
	{WriteNodes, change, "core", "nodes nodes/status", true},
	{EraseEvents, "delete deletecollection", "core events.k8s.io", "events", false},
	{ReadLogs, "get", "core", "pods/log", false},
	{ProxyToPods, "get create", "core", "pods/proxy services/proxy", false},
	{ReadNodes, "get", "core", "nodes/log nodes/pods nodes/configz", true},
	{ReadNodes, "create", "core", "nodes/checkpoint", true},
	{WriteDrivers, write, "storage.k8s.io", "csidrivers", true},
	{CreateClaims, "create", "core", "persistentvolumeclaims", false},
	{CopyVolumes, "create", "snapshot.storage.k8s.io", "volumesnapshots", false},
	{CopyVolumes, "create", "snapshot.storage.k8s.io", "volumesnapshotcontents", true},
	{AnyAudience, "request-serviceaccounts-token-audience", "core", "ANY", true},
}
