package openfaas

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// declared is a Function of a draft.
type declared struct {
	name, namespace     string
	image, handler      string
	environment, labels map[string]string
	annotations         map[string]string
	secrets             []string
	readOnly            bool
	resources           map[string]any
	raw                 map[string]any
}

// Foresee makes the Deployment and the Service that the operator makes of a Function.
func (adapter) Foresee(draft []map[string]any, s plan.Surroundings) []map[string]any {
	var out []map[string]any
	all := installations(s)
	for _, o := range draft {
		ref, apiVersion := frameworks.NameOf(o)
		if ref.GroupKind() != functionKind {
			continue
		}
		g := serving(all, ref.Namespace, true)
		f, ok := readDeclared(ref, o)
		if g == nil || !ok {
			continue
		}
		owners := []any{map[string]any{
			"apiVersion": apiVersion, "kind": ref.Kind, "name": ref.Name, "controller": true, "blockOwnerDeletion": true,
		}}
		out = append(out, f.deployment(g, draft, s, owners),
			service(f.name, f.namespace, map[string]any{"prometheus.io.scrape": "false"}, owners))
	}
	return out
}

func readDeclared(ref model.Ref, o map[string]any) (declared, bool) {
	text, err := json.Marshal(o["spec"])
	if err != nil {
		return declared{}, false
	}
	var spec struct {
		Name, Image, Handler             string
		Environment, Labels, Annotations map[string]string
		Secrets                          []string
		Limits, Requests                 map[string]string
		ReadOnly                         bool `json:"readOnlyRootFilesystem"`
	}
	if json.Unmarshal(text, &spec) != nil || spec.Name == "" {
		return declared{}, false
	}
	resources := map[string]any{}
	frameworks.Put(resources, "requests", frameworks.Words(spec.Requests))
	frameworks.Put(resources, "limits", frameworks.Words(spec.Limits))
	raw, _ := o["spec"].(map[string]any)
	return declared{
		name: spec.Name, namespace: ref.Namespace, image: spec.Image, handler: spec.Handler, environment: spec.Environment,
		labels: spec.Labels, annotations: spec.Annotations, secrets: spec.Secrets, readOnly: spec.ReadOnly, resources: resources, raw: raw,
	}, true
}

func (f *declared) deployment(g *gateway, draft []map[string]any, s plan.Surroundings, owners []any) map[string]any {
	owner, _ := owners[0].(map[string]any)
	selector := map[string]string{"app": f.name, controllerLabel: owner["name"].(string)}
	annotations := frameworks.Joined(f.annotations, map[string]string{"prometheus.io.scrape": "false"})
	if text, err := json.Marshal(f.raw); err == nil {
		annotations[specAnnotation] = string(text)
	}
	spec := map[string]any{
		"revisionHistoryLimit": int64(5), "strategy": strategy(),
		"selector": map[string]any{"matchLabels": frameworks.Words(selector)},
		"template": map[string]any{
			"metadata": map[string]any{
				"labels":      frameworks.Words(frameworks.Joined(map[string]string{functionLabel: f.name}, selector, f.labels)),
				"annotations": frameworks.Words(annotations),
			},
			"spec": f.pod(g, draft, s),
		},
	}
	if n, err := strconv.ParseInt(f.labels[scaleLabel+"min"], 10, 32); err == nil {
		spec["replicas"] = n
	}
	return map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec,
		"metadata": map[string]any{
			"name": f.name, "namespace": f.namespace, "annotations": frameworks.Words(annotations), "ownerReferences": owners,
		},
	}
}

func (f *declared) pod(g *gateway, draft []map[string]any, s plan.Surroundings) map[string]any {
	c := map[string]any{
		"name": f.name, "image": f.image, "imagePullPolicy": "Always",
		"ports": []any{map[string]any{"containerPort": int64(8080), "protocol": "TCP"}}, "securityContext": f.context(g),
	}
	if g.probes {
		c["livenessProbe"], c["readinessProbe"] = probe(), probe()
	}
	env := frameworks.Joined(f.environment)
	if f.handler != "" {
		env["fprocess"] = f.handler
	}
	if g.shape == shapePro {
		env["OPENFAAS_NAME"] = f.name
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, map[string]any{"name": name, "value": env[name]})
	}
	frameworks.Put(c, "env", list)
	frameworks.Put(c, "resources", f.resources)
	pod := map[string]any{"containers": []any{c}}
	if g.shape == shapePro || readsAccount(g.version) {
		frameworks.Put(pod, "serviceAccountName", f.annotations[accountAnnotation])
	}
	volumes(pod, c, f.name, f.readOnly, f.secrets, func(name string) *model.Secret {
		if s.Objects == nil {
			return nil
		}
		have, _ := s.Get(model.Ref{Kind: frameworks.Secret.Kind, Namespace: f.namespace, Name: name}).(*model.Secret)
		return have
	})
	f.profiles(pod, draft)
	return pod
}

// context is what the operator writes into the container.
func (f *declared) context(g *gateway) map[string]any {
	out := map[string]any{"readOnlyRootFilesystem": f.readOnly, "allowPrivilegeEscalation": false}
	if g.nonRoot {
		out["runAsUser"] = int64(12000)
	}
	if g.shape != shapePro {
		return out
	}
	if g.nonRoot {
		out["runAsNonRoot"] = true
	}
	if atLeast(g.version, 0, 5, 65) {
		out["capabilities"] = map[string]any{"drop": []any{"ALL"}}
	}
	return out
}

// profiles puts the Profiles of the draft into the pod, in the order of the annotation. What one that is there already says
// cannot be known: only its name is read.
func (f *declared) profiles(pod map[string]any, draft []map[string]any) {
	for name := range strings.SplitSeq(f.annotations[profileAnnotation], ",") {
		for _, o := range draft {
			ref, _ := frameworks.NameOf(o)
			if ref.GroupKind() != profileKind || ref.Name != strings.TrimSpace(name) {
				continue
			}
			spec, _ := o["spec"].(map[string]any)
			for from, to := range map[string]string{
				"podSecurityContext": "securityContext", "tolerations": "tolerations", "runtimeClassName": "runtimeClassName",
				"affinity": "affinity", "priorityClassName": "priorityClassName", "dnsPolicy": "dnsPolicy", "dnsConfig": "dnsConfig",
			} {
				if v, ok := spec[from]; ok {
					pod[to] = v
				}
			}
		}
	}
}

// atLeast compares a version with another one; one that is not understood is older.
func atLeast(version string, than ...int) bool {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	for i, want := range than {
		if i >= len(parts) {
			return false
		}
		n, err := strconv.Atoi(parts[i])
		if err != nil || n != want {
			return err == nil && n > want
		}
	}
	return true
}
