package controllertest

import (
	"context"
	"encoding/json"
	"slices"
	"sort"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// controllers are those of the frameworks that have any.
var controllers = map[string]*controller{
	"openfaas": {
		manager: "faas-netes", declares: schema.GroupVersionResource{Group: "openfaas.com", Version: "v1", Resource: "functions"},
		beside: map[schema.GroupVersionResource]string{profiles: "openfaas"}, workloads: deployments,
		name: func(_ *Controllers, o object) string { return word(o, "spec", "name") }, reconcile: (*Controllers).openfaas,
	},
	"kubeless": {
		manager: "kubeless-function-controller", declares: schema.GroupVersionResource{Group: "kubeless.io", Version: "v1beta1", Resource: "functions"},
		workloads: deployments, name: ownName, reconcile: (*Controllers).kubeless,
	},
	"kyma": {
		manager: "function-controller", declares: schema.GroupVersionResource{Group: "serverless.kyma-project.io", Version: "v1alpha2", Resource: "functions"},
		workloads: deployments, name: byLabel("serverless.kyma-project.io/function-name"), reconcile: (*Controllers).kyma,
	},
	"fission": {
		manager: "executor", declares: schema.GroupVersionResource{Group: "fission.io", Version: "v1", Resource: "functions"},
		workloads: deployments, name: byLabel("functionName"), reconcile: (*Controllers).fissionContainer,
	},
	"fission pool": {
		manager: "executor", declares: schema.GroupVersionResource{Group: "fission.io", Version: "v1", Resource: "environments"},
		workloads: deployments, name: byLabel("environmentName"), reconcile: (*Controllers).fissionPool,
	},
	"nuclio": {
		manager: "controller", declares: schema.GroupVersionResource{Group: "nuclio.io", Version: "v1beta1", Resource: "nucliofunctions"},
		workloads: deployments, name: func(_ *Controllers, o object) string { return "nuclio-" + word(o, "metadata", "name") }, reconcile: (*Controllers).nuclio,
	},
	"knative": {
		manager: "controller", declares: schema.GroupVersionResource{Group: "serving.knative.dev", Version: "v1", Resource: "services"},
		workloads: deployments, name: func(_ *Controllers, o object) string {
			return word(o, "status", "latestReadyRevisionName") + "-deployment"
		},
		reconcile: (*Controllers).knative,
	},
	"spin": {
		manager: "spin-operator", declares: schema.GroupVersionResource{Group: "core.spinkube.dev", Version: "v1alpha1", Resource: "spinapps"},
		workloads: deployments, name: ownName, reconcile: (*Controllers).spin,
	},
}

var profiles = schema.GroupVersionResource{Group: "openfaas.com", Version: "v1", Resource: "profiles"}

func ownName(_ *Controllers, o object) string { return word(o, "metadata", "name") }

// byLabel finds the workload that carries the name of the object as a label.
func byLabel(label string) func(*Controllers, object) string {
	return func(c *Controllers, o object) string {
		all, err := c.api.Resource(c.workloads).Namespace(c.namespace).List(context.Background(), metav1.ListOptions{LabelSelector: label + "=" + word(o, "metadata", "name")})
		if err != nil || len(all.Items) == 0 {
			return ""
		}
		return all.Items[0].GetName()
	}
}

// template copies the pod template that the controller made first, with its first container.
func (s *subject) template() (template, pod, main object) {
	template = runtime.DeepCopyJSON(at(s.base, "spec", "template"))
	return template, at(template, "spec"), at(template, "spec", "containers", 0)
}

const specAnnotation = "com.openfaas.function.spec"

// openfaas writes the Deployment whole whenever the Function's spec is another one than the Deployment's annotation says, or
// one of its Profiles changed.
func (c *Controllers) openfaas(ctx context.Context, s *subject, fresh bool) error {
	spec, first := at(s.declared, "spec"), at(s.first, "spec")
	var made object
	_ = json.Unmarshal([]byte(word(s.workload, "metadata", "annotations", specAnnotation)), &made)
	context, err := c.profileContext(ctx, word(spec, "annotations", "com.openfaas.profile"))
	if err != nil {
		return err
	}
	changed, done := c.changed("profile "+ownName(c, s.declared), any(object(nil)), any(context))
	if same(made, spec) && same(spec, made) && !changed && !fresh {
		return nil
	}
	template, pod, main := s.template()
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	annotations := instead(at(template, "metadata", "annotations"), at(first, "annotations"), at(spec, "annotations"))
	annotations[specAnnotation] = string(text)
	in(template, "metadata")["annotations"] = annotations
	in(template, "metadata")["labels"] = instead(at(template, "metadata", "labels"), at(first, "labels"), at(spec, "labels"))
	set(main, "image", spec["image"])
	main["env"] = listed(list(main, "env"), variables(at(first, "environment")), variables(at(spec, "environment")), "name", false)
	resources := object{}
	set(resources, "limits", spec["limits"])
	set(resources, "requests", spec["requests"])
	main["resources"] = resources
	set(pod, "serviceAccountName", dig(spec, "annotations", "com.openfaas.serviceaccount"))
	in(main, "securityContext")["readOnlyRootFilesystem"] = spec["readOnlyRootFilesystem"] == true
	if context != nil {
		pod["securityContext"] = context
	}
	c.openfaasVolumes(spec, pod, main)
	w := runtime.DeepCopyJSON(s.workload)
	in(w, "spec")["template"] = template
	w["metadata"] = runtime.DeepCopyJSON(at(w, "metadata"))
	in(w, "metadata")["annotations"] = instead(instead(at(s.base, "metadata", "annotations"), at(first, "annotations"), at(spec, "annotations")), nil, object{specAnnotation: string(text)})
	if err := c.update(ctx, c.workloads, w); err != nil {
		return err
	}
	done()
	return nil
}

// openfaasVolumes gives the container a folder for a read-only root, and its Secrets as files.
func (c *Controllers) openfaasVolumes(spec, pod, main object) {
	var volumes, mounts []any
	if spec["readOnlyRootFilesystem"] == true {
		volumes = append(volumes, object{"name": "temp", "emptyDir": object{}})
		mounts = append(mounts, object{"name": "temp", "mountPath": "/tmp"})
	}
	var sources []any
	for _, name := range list(spec, "secrets") {
		sources = append(sources, object{"secret": object{"name": name}})
	}
	if len(sources) > 0 {
		name := word(spec, "name") + "-projected-secrets"
		volumes = append(volumes, object{"name": name, "projected": object{"sources": sources}})
		mounts = append(mounts, object{"name": name, "mountPath": "/var/openfaas/secrets", "readOnly": true})
	}
	pod["volumes"], main["volumeMounts"] = volumes, mounts
}

// profileContext is the security context of the last Profile of a list: each replaces the one before.
func (c *Controllers) profileContext(ctx context.Context, names string) (object, error) {
	var context object
	for _, name := range strings.Split(names, ",") {
		if name == "" {
			continue
		}
		p, err := c.api.Resource(profiles).Namespace("openfaas").Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			continue // the real one only writes a line to its log
		}
		if found := at(p.Object, "spec", "podSecurityContext"); found != nil {
			context = found
		}
	}
	return context, nil
}

// variables are a map of them as a list, by name.
func variables(m object) []any {
	var all []any
	for k, v := range m {
		all = append(all, object{"name": k, "value": v})
	}
	sort.Slice(all, func(i, j int) bool { return word(all[i], "name") < word(all[j], "name") })
	return all
}

// kyma compares some fields of the Deployment with what the Function asks for, and replaces the whole pod template when one
// differs.
func (c *Controllers) kyma(ctx context.Context, s *subject, fresh bool) error {
	spec, first := at(s.declared, "spec"), at(s.first, "spec")
	template, pod, main := s.template()
	set(main, "image", orElse(spec["runtimeImageOverride"], dig(s.first, "status", "runtimeImage")))
	main["env"] = listed(list(main, "env"), list(first, "env"), list(spec, "env"), "name", false)
	if r := at(spec, "resourceConfiguration", "function", "resources"); r != nil {
		main["resources"] = copyOf(r)
	}
	pod["securityContext"] = instead(object{
		"runAsUser": int64(1000), "runAsGroup": int64(1000), "fsGroup": int64(1000), "supplementalGroups": []any{int64(1000)},
		"seccompProfile": object{"type": "RuntimeDefault"},
	}, nil, at(spec, "podSecurityContext"))
	main["securityContext"] = instead(object{
		"privileged": false, "capabilities": object{"drop": []any{"ALL"}}, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
		"runAsNonRoot": true,
	}, nil, at(spec, "containerSecurityContext"))
	in(template, "metadata")["labels"] = instead(at(template, "metadata", "labels"), at(first, "labels"), at(spec, "labels"))
	live := at(s.workload, "spec", "template")
	mine := instead(at(template, "metadata", "annotations"), at(first, "annotations"), at(spec, "annotations"))
	// Annotations of others stay, those that the Function ever had go with it.
	ever, _ := c.seen["annotations of "+ownName(c, s.declared)].(object)
	c.seen["annotations of "+ownName(c, s.declared)] = instead(ever, nil, at(spec, "annotations"))
	in(template, "metadata")["annotations"] = instead(at(live, "metadata", "annotations"), ever, mine)
	differs := fresh || !same(pod["securityContext"], at(live, "spec", "securityContext")) || len(list(live, "spec", "containers")) != len(list(pod, "containers")) ||
		!same(template["metadata"], live["metadata"]) || s.declared["spec"] == nil
	for _, field := range []string{"image", "env", "volumeMounts", "securityContext", "ports", "command"} {
		differs = differs || !same(main[field], dig(live, "spec", "containers", 0, field)) ||
			field != "ports" && field != "securityContext" && !same(dig(pod, "initContainers", 0, field), dig(live, "spec", "initContainers", 0, field))
	}
	for _, kind := range []string{"limits", "requests"} {
		for _, name := range []string{"cpu", "memory"} {
			differs = differs || !same(dig(main, "resources", kind, name), dig(live, "spec", "containers", 0, "resources", kind, name))
		}
	}
	if !differs {
		return nil
	}
	return c.rewrite(ctx, s, template)
}

func orElse(v, other any) any {
	if v == nil {
		return other
	}
	return v
}

// fissionContainer makes the Deployment of a function of the container executor anew when its pod spec or its Secrets
// change. Other functions run in pools.
func (c *Controllers) fissionContainer(ctx context.Context, s *subject, fresh bool) error {
	spec := at(s.declared, "spec")
	if word(spec, "InvokeStrategy", "ExecutionStrategy", "ExecutorType") != "container" {
		return nil
	}
	said := func(spec object) any {
		return []any{spec["podspec"], spec["secrets"], spec["configmaps"], spec["environment"], spec["package"]}
	}
	changed, done := c.changed(ownName(c, s.declared), said(at(s.first, "spec")), said(spec))
	if !changed && !fresh {
		return nil
	}
	template, _, _ := s.template()
	pod := runtime.DeepCopyJSON(at(spec, "podspec"))
	var from []any
	for _, e := range list(spec, "secrets") {
		from = append(from, object{"secretRef": object{"name": dig(e, "name")}})
	}
	main := find(list(pod, "containers"), "name", ownName(c, s.declared))
	if main != nil && len(from) > 0 {
		main["envFrom"] = append(slices.Clone(list(main, "envFrom")), from...)
	}
	template["spec"] = pod
	if err := c.rewrite(ctx, s, template); err != nil {
		return err
	}
	done()
	return nil
}

// kept are the fields of the pod spec of an Environment that the executor takes over; what is left out it drops.
var kept = []string{
	"nodeName", "subdomain", "hostname", "schedulerName", "priorityClassName", "priority", "preemptionPolicy", "terminationGracePeriodSeconds",
	"enableServiceLinks", "securityContext", "affinity", "runtimeClassName", "restartPolicy", "activeDeadlineSeconds", "shareProcessNamespace",
	"imagePullSecrets", "tolerations", "hostAliases", "nodeSelector",
}

// fissionPool writes the Deployment of a pool whole when its Environment changes.
func (c *Controllers) fissionPool(ctx context.Context, s *subject, fresh bool) error {
	changed, done := c.changed(ownName(c, s.declared), at(s.first, "spec"), at(s.declared, "spec"))
	if !changed && !fresh {
		return nil
	}
	spec := at(s.declared, "spec")
	template, pod, _ := s.template()
	main := find(list(pod, "containers"), "name", ownName(c, s.declared))
	set(main, "image", dig(spec, "runtime", "image"))
	set(main, "resources", spec["resources"])
	own := at(spec, "runtime", "podspec")
	for _, key := range kept {
		if own[key] != nil {
			set(pod, key, own[key])
		}
	}
	pod["volumes"] = joined(list(pod, "volumes"), list(own, "volumes"), "name")
	containers, _ := copyOf(list(pod, "containers")).([]any)
	for _, e := range list(own, "containers") {
		have := find(containers, "name", word(e, "name"))
		if have == nil {
			containers = append(containers, copyOf(e))
			continue
		}
		env, mounts := joined(list(have, "env"), list(e, "env"), "name"), joined(list(have, "volumeMounts"), list(e, "volumeMounts"), "mountPath")
		m, _ := e.(object)
		for k, v := range merged(have, m) {
			have[k] = v
		}
		have["env"], have["volumeMounts"] = env, mounts
	}
	pod["containers"], pod["automountServiceAccountToken"] = containers, false
	if err := c.rewrite(ctx, s, template); err != nil {
		return err
	}
	done()
	return nil
}
