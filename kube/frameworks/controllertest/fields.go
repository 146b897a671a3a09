package controllertest

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// kubeless sends a merge patch of what it makes of the Function when that changed: what it leaves out stays as it is in the
// Deployment, and lists are replaced whole.
func (c *Controllers) kubeless(ctx context.Context, s *subject, fresh bool) error {
	said := func(o object) any {
		spec := runtime.DeepCopyJSON(at(o, "spec"))
		delete(spec, "runtime")
		return spec
	}
	changed, done := c.changed(ownName(c, s.declared), said(s.first), said(s.declared))
	if !changed && !fresh {
		return nil
	}
	own, was := at(s.declared, "spec", "deployment", "spec", "template"), at(s.first, "spec", "deployment", "spec", "template")
	_, made, main := s.template()
	spec := runtime.DeepCopyJSON(at(own, "spec"))
	if spec == nil {
		spec = object{}
	}
	delete(at(spec, "securityContext"), "seccompProfile") // its library does not know the field
	if spec["securityContext"] == nil {
		spec["securityContext"] = object{"runAsUser": int64(1000), "fsGroup": int64(1000)}
	}
	given := at(own, "spec", "containers", 0)
	firstEnv, env := list(was, "spec", "containers", 0, "env"), list(given, "env")
	for k, v := range given {
		set(main, k, v)
	}
	delete(at(main, "securityContext"), "seccompProfile")
	main["name"] = ownName(c, s.declared)
	_, _, base := s.template()
	main["env"] = listed(list(base, "env"), firstEnv, env, "name", true)
	main["volumeMounts"] = listed(list(base, "volumeMounts"), list(was, "spec", "containers", 0, "volumeMounts"), list(given, "volumeMounts"), "mountPath", true)
	for _, i := range list(made, "initContainers") {
		init, _ := i.(object)
		if list(init, "env") != nil {
			init["env"] = listed(list(init, "env"), firstEnv, env, "name", true)
		}
		if r := at(spec, "initContainers", 0, "resources"); r != nil {
			init["resources"] = copyOf(r)
		}
	}
	spec["containers"], spec["initContainers"] = []any{main}, made["initContainers"]
	spec["volumes"] = listed(list(made, "volumes"), list(was, "spec", "volumes"), list(own, "spec", "volumes"), "name", true)
	template := object{"spec": spec}
	if m := at(own, "metadata"); m != nil {
		template["metadata"] = m
	}
	body, err := json.Marshal(object{"spec": object{"template": template}})
	if err != nil {
		return err
	}
	if err := c.patch(ctx, c.workloads, c.name(c, s.declared), types.MergePatchType, body, nil); err != nil {
		return err
	}
	done()
	return nil
}

// nuclio acts in the states in which it takes notice of the function, and writes some fields of the Deployment. Then it
// says in the status that the function is ready.
func (c *Controllers) nuclio(ctx context.Context, s *subject, fresh bool) error {
	spec, status := at(s.declared, "spec"), at(s.declared, "status")
	waits := strings.HasPrefix(word(status, "state"), "waitingFor")
	changed, done := c.changed(ownName(c, s.declared), at(s.first, "spec"), spec)
	if at, err := time.Parse(time.RFC3339, word(status, "scaleToZero", "lastScaleEventTime")); err == nil && time.Since(at) < time.Minute && !waits && !fresh {
		return nil // too soon after the last deployment: the change is never looked at again
	}
	ready := word(status, "state") == "ready" || word(status, "state") == "scaledToZero"
	if !waits && (!ready || !changed && !fresh) {
		return nil
	}
	if err := c.nuclioWorkload(ctx, s, spec); err != nil {
		return err
	}
	if err := c.nuclioRoutes(ctx, s, spec); err != nil {
		return err
	}
	done()
	if !waits {
		return nil
	}
	// The object has no status of its own for the server: it is written as a whole.
	o := runtime.DeepCopyJSON(s.declared)
	in(o, "status")["state"] = "ready"
	in(o, "status")["scaleToZero"] = object{"lastScaleEvent": "resourceUpdated", "lastScaleEventTime": time.Now().UTC().Format(time.RFC3339)}
	return c.update(ctx, c.declares, o)
}

func (c *Controllers) nuclioWorkload(ctx context.Context, s *subject, spec object) error {
	first := at(s.first, "spec")
	w := runtime.DeepCopyJSON(s.workload)
	_, pod, base := s.template()
	live := at(w, "spec", "template", "spec")
	main := at(live, "containers", 0)
	said := runtime.DeepCopyJSON(spec)
	delete(said, "build")
	text, err := json.Marshal(said)
	if err != nil {
		return err
	}
	in(w, "metadata")["annotations"] = instead(at(s.base, "metadata", "annotations"), nil, object{"nuclio.io/function-config": string(text)})
	set(main, "image", spec["image"])
	set(main, "resources", orElse(spec["resources"], object{}))
	main["env"] = listed(list(base, "env"), list(first, "env"), list(spec, "env"), "name", true)
	if spec["envFrom"] != nil {
		set(main, "envFrom", spec["envFrom"])
	}
	main["imagePullPolicy"] = orElse(spec["imagePullPolicy"], base["imagePullPolicy"])
	var mounts, volumes []any
	for _, v := range list(spec, "volumes") {
		mounts, volumes = append(mounts, dig(v, "volumeMount")), append(volumes, dig(v, "volume"))
	}
	main["volumeMounts"] = listed(list(base, "volumeMounts"), nil, mounts, "mountPath", false)
	live["volumes"] = listed(list(pod, "volumes"), nil, volumes, "name", false)
	set(live, "securityContext", orElse(spec["securityContext"], object{}))
	if account := word(spec, "serviceAccount"); account != "" {
		live["serviceAccountName"], live["serviceAccount"] = account, account
	}
	containers := []any{main}
	for _, sidecar := range list(spec, "sidecars") {
		containers = append(containers, copyOf(sidecar))
	}
	live["containers"] = containers
	if len(list(spec, "initContainers")) > 0 {
		set(live, "initContainers", spec["initContainers"])
	}
	if same(w["spec"], s.workload["spec"]) && same(at(w, "metadata", "annotations"), at(s.workload, "metadata", "annotations")) {
		return nil
	}
	return c.update(ctx, c.workloads, w)
}

// spin applies what it makes of the SpinApp: its own fields are as it wants them, the others stay as they are.
func (c *Controllers) spin(ctx context.Context, s *subject, fresh bool) error {
	changed, done := c.changed(ownName(c, s.declared), at(s.first, "spec"), at(s.declared, "spec"))
	if !changed && !fresh && word(s.workload, "metadata", "resourceVersion") == c.seen["version of "+ownName(c, s.declared)] {
		return nil
	}
	spec, first := at(s.declared, "spec"), at(s.first, "spec")
	template, pod, main := s.template()
	pod["serviceAccountName"] = orElse(spec["serviceAccountName"], "default")
	set(main, "image", spec["image"])
	set(main, "resources", spec["resources"])
	main["env"] = listed(list(main, "env"), spinVariables(first), spinVariables(spec), "name", true)
	main["volumeMounts"] = listed(list(main, "volumeMounts"), list(first, "volumeMounts"), list(spec, "volumeMounts"), "mountPath", false)
	pod["volumes"] = listed(list(pod, "volumes"), list(first, "volumes"), list(spec, "volumes"), "name", false)
	in(template, "metadata")["annotations"] = instead(at(template, "metadata", "annotations"), at(first, "podAnnotations"), at(spec, "podAnnotations"))
	in(template, "metadata")["labels"] = instead(at(template, "metadata", "labels"), at(first, "podLabels"), at(spec, "podLabels"))
	for _, key := range []string{"restartPolicy", "dnsPolicy", "schedulerName", "terminationGracePeriodSeconds", "serviceAccount"} {
		delete(pod, key)
	}
	meta := at(s.base, "metadata")
	o := object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": object{"name": meta["name"], "namespace": meta["namespace"], "labels": meta["labels"], "ownerReferences": meta["ownerReferences"]},
		"spec":     object{"replicas": spec["replicas"], "selector": dig(s.base, "spec", "selector"), "template": template},
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	force := true
	before := word(s.workload, "metadata", "resourceVersion")
	if err := c.patch(ctx, c.workloads, ownName(c, s.declared), types.ApplyPatchType, body, &force); err != nil {
		return err
	}
	w, err := c.get(ctx, c.workloads, ownName(c, s.declared))
	if err != nil {
		return err
	}
	if word(w, "metadata", "resourceVersion") == before {
		c.writes-- // nothing was different
	}
	c.seen["version of "+ownName(c, s.declared)] = word(w, "metadata", "resourceVersion")
	done()
	return nil
}

// spinVariables are the variables of an app as its container gets them.
func spinVariables(spec object) []any {
	var all []any
	for _, v := range list(spec, "variables") {
		e := object{"name": "SPIN_VARIABLE_" + strings.ToUpper(word(v, "name"))}
		set(e, "value", dig(v, "value"))
		set(e, "valueFrom", dig(v, "valueFrom"))
		all = append(all, e)
	}
	return all
}
