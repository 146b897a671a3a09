package rbac

import rbacv1 "k8s.io/api/rbac/v1"

// bootRoles are ClusterRoles that every API server makes when it starts, as Kubernetes 1.36 has them. Roles of the
// control plane's own components are not among them.
var bootRoles = []bootRole{
	{name: "admin", whole: "admin"},
	{name: "cluster-admin", rules: []rbacv1.PolicyRule{
		on("*", "*", "*"),
		url("*", "*"),
	}},
	{name: "edit", part: "admin", whole: "edit"},
	{name: "system:aggregate-to-admin", part: "admin", rules: []rbacv1.PolicyRule{
		on("create", "authorization.k8s.io", "localsubjectaccessreviews"),
		on("create delete deletecollection get list patch update watch", "rbac.authorization.k8s.io", "rolebindings roles"),
	}},
	{name: "system:aggregate-to-edit", part: "edit", rules: []rbacv1.PolicyRule{
		on("get list watch", "core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
		on("impersonate", "core", "serviceaccounts"),
		on("create delete deletecollection patch update", "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
		on("create", "core", "pods/eviction"),
		on("create delete deletecollection patch update", "core",
			"configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts "+
				"services services/proxy"),
		on("create", "core", "serviceaccounts/token"),
		on("create delete deletecollection patch update", "core events.k8s.io", "events"),
		on("create delete deletecollection patch update", "apps",
			"daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets "+
				"statefulsets/scale"),
		on("create delete deletecollection patch update", "autoscaling", "horizontalpodautoscalers"),
		on("create delete deletecollection patch update", "batch", "cronjobs jobs"),
		on("create delete deletecollection patch update", "extensions",
			"daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets "+
				"replicasets/scale replicationcontrollers/scale"),
		on("create delete deletecollection patch update", "policy", "poddisruptionbudgets"),
		on("create delete deletecollection patch update", "networking.k8s.io", "ingresses networkpolicies"),
		on("create delete deletecollection get list patch update watch", "coordination.k8s.io", "leases"),
		on("create delete deletecollection patch update", "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
	}},
	{name: "system:aggregate-to-view", part: "view", rules: []rbacv1.PolicyRule{
		on("get list watch", "core",
			"configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "+
				"replicationcontrollers/scale serviceaccounts services services/status"),
		on("get list watch", "core",
			"bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas "+
				"resourcequotas/status"),
		on("get list watch", "core", "namespaces"),
		on("get list watch", "core events.k8s.io", "events"),
		on("get list watch", "discovery.k8s.io", "endpointslices"),
		on("get list watch", "apps",
			"controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets "+
				"replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status"),
		on("get list watch", "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
		on("get list watch", "batch", "cronjobs cronjobs/status jobs jobs/status"),
		on("get list watch", "extensions",
			"daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status "+
				"networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale"),
		on("get list watch", "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
		on("get list watch", "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
		on("get list watch", "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
	}},
	{name: "system:auth-delegator", rules: []rbacv1.PolicyRule{
		on("create", "authentication.k8s.io", "tokenreviews"),
		on("create", "authorization.k8s.io", "subjectaccessreviews"),
	}},
	{name: "system:basic-user", rules: []rbacv1.PolicyRule{
		on("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
		on("create", "authentication.k8s.io", "selfsubjectreviews"),
	}},
	{name: "system:discovery", rules: []rbacv1.PolicyRule{
		url("get", "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"),
	}},
	{name: "system:kubelet-api-admin", rules: []rbacv1.PolicyRule{
		on("get list watch", "core", "nodes"),
		on("proxy", "core", "nodes"),
		on("*", "core", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
		on("*", "core", "nodes/configz nodes/healthz nodes/pods"),
	}},
	{name: "system:monitoring", rules: []rbacv1.PolicyRule{
		url("get", "/flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* /statusz"),
		on("get", "core", "nodes/metrics"),
	}},
	{name: "system:node-bootstrapper", rules: []rbacv1.PolicyRule{
		on("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
	}},
	{name: "system:public-info-viewer", rules: []rbacv1.PolicyRule{
		url("get", "/healthz /livez /readyz /version /version/"),
	}},
	{name: "system:service-account-issuer-discovery", rules: []rbacv1.PolicyRule{
		url("get", "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/"),
	}},
	{name: "view", part: "edit", whole: "view"},
}
