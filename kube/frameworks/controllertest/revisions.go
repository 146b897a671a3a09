package controllertest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func serving(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "serving.knative.dev", Version: "v1", Resource: resource}
}

var ingresses = schema.GroupVersionResource{Group: "networking.internal.knative.dev", Version: "v1alpha1", Resource: "ingresses"}

func (c *Controllers) get(ctx context.Context, gvr schema.GroupVersionResource, name string) (object, error) {
	o, err := c.api.Resource(gvr).Namespace(c.namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return o.Object, nil
}

// knative makes a new Revision of every new template, and sends the calls there; what it made of a Revision stays as it was
// made. Whether the routes are public goes by a label.
func (c *Controllers) knative(ctx context.Context, s *subject, fresh bool) error {
	name := ownName(c, s.declared)
	if err := c.visibility(ctx, name, word(s.declared, "metadata", "labels", "networking.knative.dev/visibility") == "cluster-local"); err != nil {
		return err
	}
	changed, done := c.changed(name, at(s.first, "spec", "template"), at(s.declared, "spec", "template"))
	if changed {
		if err := c.revise(ctx, s, name); err != nil {
			return err
		}
		done()
		return nil
	}
	if !fresh {
		return nil
	}
	template, err := c.ofRevision(ctx, s, word(s.declared, "status", "latestReadyRevisionName"))
	if err != nil {
		return err
	}
	return c.rewrite(ctx, s, template)
}

// ofRevision is the pod template that a Revision makes.
func (c *Controllers) ofRevision(ctx context.Context, s *subject, revision string) (object, error) {
	r, err := c.get(ctx, serving("revisions"), revision)
	if err != nil {
		return nil, err
	}
	old := word(s.first, "status", "latestReadyRevisionName")
	template, pod, main := s.template()
	spec := at(r, "spec")
	meta := in(template, "metadata")
	labels := object{}
	for k, v := range at(template, "metadata", "labels") {
		if text, _ := v.(string); text == old {
			v = revision
		}
		labels[k] = v
	}
	labels["serving.knative.dev/revisionUID"] = word(r, "metadata", "uid")
	meta["labels"] = labels
	given := at(spec, "containers", 0)
	was := at(s.first, "spec", "template", "spec", "containers", 0)
	for _, key := range []string{"securityContext", "resources", "envFrom", "volumeMounts", "imagePullPolicy"} {
		set(main, key, given[key])
	}
	if image := word(given, "image"); strings.Contains(image, "@") {
		main["image"] = image
	}
	main["env"] = listed(list(main, "env"), list(was, "env"), list(given, "env"), "name", true)
	for _, e := range append(list(main, "env"), list(pod, "containers", 1, "env")...) {
		if v, ok := e.(object); ok && v["value"] == old {
			v["value"] = revision
		}
	}
	for _, key := range []string{"serviceAccountName", "automountServiceAccountToken", "volumes", "imagePullSecrets", "securityContext"} {
		set(pod, key, spec[key])
	}
	delete(pod, "serviceAccount")
	return template, nil
}

// revise makes the next Revision and its Deployment, and retires the one before.
func (c *Controllers) revise(ctx context.Context, s *subject, name string) error {
	config, err := c.get(ctx, serving("configurations"), name)
	if err != nil {
		return err
	}
	last := word(config, "status", "latestCreatedRevisionName")
	var number int
	if _, err := fmt.Sscanf(strings.TrimPrefix(last, name+"-"), "%d", &number); err != nil {
		return fmt.Errorf("number of Revision %s: %w", last, err)
	}
	next := fmt.Sprintf("%s-%05d", name, number+1)
	before, err := c.get(ctx, serving("revisions"), last)
	if err != nil {
		return err
	}
	wanted := at(s.declared, "spec", "template")
	r := clean(before, next)
	spec := runtime.DeepCopyJSON(at(wanted, "spec"))
	for k, v := range at(before, "spec") {
		if _, ok := spec[k]; !ok && (k == "containerConcurrency" || k == "timeoutSeconds" || k == "enableServiceLinks") {
			spec[k] = v
		}
	}
	if main := at(spec, "containers", 0); main["name"] == nil {
		main["name"] = "user-container"
	}
	r["spec"] = spec
	was := at(s.first, "spec", "template", "metadata")
	in(r, "metadata")["annotations"] = instead(at(before, "metadata", "annotations"), at(was, "annotations"), at(wanted, "metadata", "annotations"))
	made, err := c.make(ctx, serving("revisions"), r)
	if err != nil {
		return err
	}
	status := runtime.DeepCopyJSON(at(before, "status"))
	in(made, "metadata")
	made["status"] = status
	if err := c.updateStatus(ctx, serving("revisions"), made); err != nil {
		return err
	}
	template, err := c.ofRevision(ctx, s, next)
	if err != nil {
		return err
	}
	d := clean(s.base, next+"-deployment")
	in(d, "spec")["template"] = template
	in(d, "spec", "selector")["matchLabels"] = object{"serving.knative.dev/revisionUID": word(made, "metadata", "uid")}
	in(d, "metadata")["labels"] = at(template, "metadata", "labels")
	in(d, "metadata")["ownerReferences"] = []any{object{
		"apiVersion": "serving.knative.dev/v1", "kind": "Revision", "name": next, "uid": word(made, "metadata", "uid"), "controller": true, "blockOwnerDeletion": true,
	}}
	if _, err := c.make(ctx, c.workloads, d); err != nil {
		return err
	}
	return c.serve(ctx, s, config, last, next)
}

// serve sends the calls to the new Revision.
func (c *Controllers) serve(ctx context.Context, s *subject, config object, last, next string) error {
	set(in(config, "spec"), "template", dig(s.declared, "spec", "template"))
	if err := c.update(ctx, serving("configurations"), config); err != nil {
		return err
	}
	for _, at := range []struct {
		resource, name string
	}{{"configurations", ownName(c, s.declared)}, {"services", ownName(c, s.declared)}, {"routes", ownName(c, s.declared)}} {
		o, err := c.get(ctx, serving(at.resource), at.name)
		if err != nil {
			return err
		}
		status := in(o, "status")
		for _, key := range []string{"latestCreatedRevisionName", "latestReadyRevisionName"} {
			if status[key] != nil {
				status[key] = next
			}
		}
		for _, t := range list(status, "traffic") {
			if m, ok := t.(object); ok && m["latestRevision"] == true {
				m["revisionName"] = next
			}
		}
		status["observedGeneration"] = dig(o, "metadata", "generation")
		if err := c.updateStatus(ctx, serving(at.resource), o); err != nil {
			return err
		}
	}
	old, err := c.get(ctx, c.workloads, last+"-deployment")
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	in(old, "spec")["replicas"] = int64(0)
	if err := c.update(ctx, c.workloads, old); err != nil {
		return err
	}
	retired, err := c.get(ctx, serving("revisions"), last)
	if err != nil {
		return err
	}
	in(retired, "metadata", "labels")["serving.knative.dev/routingState"] = "reserve"
	return c.update(ctx, serving("revisions"), retired)
}

// clean copies an object under another name, without what the server adds.
func clean(o object, name string) object {
	out := runtime.DeepCopyJSON(o)
	delete(out, "status")
	meta := in(out, "metadata")
	for _, key := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"} {
		delete(meta, key)
	}
	meta["name"] = name
	return out
}

func (c *Controllers) make(ctx context.Context, gvr schema.GroupVersionResource, o object) (object, error) {
	c.writes++
	made, err := c.api.Resource(gvr).Namespace(c.namespace).Create(ctx, &unstructured.Unstructured{Object: o}, metav1.CreateOptions{FieldManager: c.manager})
	if err != nil {
		return nil, err
	}
	return made.Object, nil
}

func (c *Controllers) updateStatus(ctx context.Context, gvr schema.GroupVersionResource, o object) error {
	c.writes++
	_, err := c.api.Resource(gvr).Namespace(c.namespace).UpdateStatus(ctx, &unstructured.Unstructured{Object: o}, metav1.UpdateOptions{FieldManager: c.manager})
	return err
}

// visibility makes the routes of a Service public, or not: those that its tags have too.
func (c *Controllers) visibility(ctx context.Context, name string, local bool) error {
	o, err := c.get(ctx, ingresses, name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	want, differs := "ExternalIP", false
	if local {
		want = "ClusterLocal"
	}
	for _, r := range list(o, "spec", "rules") {
		rule, _ := r.(object)
		inside := slices.ContainsFunc(list(rule, "hosts"), func(host any) bool {
			name, _ := host.(string)
			return strings.HasSuffix(name, ".svc.cluster.local")
		})
		if inside || rule["visibility"] == want {
			continue
		}
		rule["visibility"], differs = want, true
	}
	if !differs {
		return nil
	}
	return c.update(ctx, ingresses, o)
}
