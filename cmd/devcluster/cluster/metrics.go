package cluster

import "encoding/json"

// metricsObjects registers the metrics-server process: the Service is of type ExternalName, because the process is no pod.
func metricsObjects(port int, ca []byte) map[string][]byte {
	type object = map[string]any
	service := object{
		"apiVersion": "v1", "kind": "Service",
		"metadata": object{"name": "metrics-server", "namespace": "kube-system", "labels": object{"k8s-app": "metrics-server"}},
		"spec": object{
			"type": "ExternalName", "externalName": "localhost",
			"ports": []any{object{"name": "https", "port": port, "protocol": "TCP"}},
		},
	}
	api := object{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
		"metadata": object{"name": "v1beta1.metrics.k8s.io", "labels": object{"k8s-app": "metrics-server"}},
		"spec": object{
			"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
			"service": object{"name": "metrics-server", "namespace": "kube-system", "port": port}, "caBundle": ca,
		},
	}
	reader := object{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
		"metadata": object{"name": "system:aggregated-metrics-reader", "labels": object{
			"rbac.authorization.k8s.io/aggregate-to-view": "true", "rbac.authorization.k8s.io/aggregate-to-edit": "true",
			"rbac.authorization.k8s.io/aggregate-to-admin": "true"}},
		"rules": []any{object{"apiGroups": []any{"metrics.k8s.io"}, "resources": []any{"pods", "nodes"}, "verbs": []any{"get", "list", "watch"}}},
	}
	encode := func(o object) []byte {
		data, err := json.Marshal(o)
		if err != nil {
			panic(err) // maps of strings and numbers always encode
		}
		return data
	}
	return map[string][]byte{
		"/api/v1/namespaces/kube-system/services/metrics-server":                           encode(service),
		"/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io":               encode(api),
		"/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregated-metrics-reader": encode(reader),
	}
}
