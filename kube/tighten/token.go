package tighten

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
)

const (
	tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
	tokenVolume = "fn9s-token"
	// tokenLife is an hour: the kubelet renews the file in time. 3607 would be taken for the default, which lives a year.
	tokenLife int64 = 3600
	longLife  int64 = 86400
)

// narrowToken gives the pods a token that lives for an hour instead of one that lives for a year. All of it is done by
// the framework, or nothing: a part of it would take the token away.
func (q *asked) narrowToken() plan.Answer {
	if q.rights() == "" {
		return q.None("its account has no rights: it needs no token at all", check.FixNoToken)
	}
	wished := 0
	a := q.pods(func(e *podEdit) {
		shortToken(e)
		wished += len(e.fields)
	})
	placed := 0
	for i := range a.Edits {
		placed += len(a.Edits[i].Fields)
	}
	if len(a.Edits) > 0 && (a.Left != "" || placed < wished) {
		return q.None("its framework has no field for volumes of its pods, and without one it would have no token", check.FixMinimalRole)
	}
	return a
}

func shortToken(e *podEdit) {
	long, mounted := false, e.mounts()
	for i := range e.spec.Volumes {
		v := &e.spec.Volumes[i]
		if v.Projected == nil {
			continue
		}
		for k := range v.Projected.Sources {
			t := v.Projected.Sources[k].ServiceAccountToken
			if t != nil && rbac.ForServer(t.Audience) && t.ExpirationSeconds != nil && *t.ExpirationSeconds > longLife {
				e.set(plan.Named("spec.volumes", v.Name)+".projected.sources["+strconv.Itoa(k)+"].serviceAccountToken.expirationSeconds", tokenLife)
				long = true
			}
		}
	}
	if on := e.spec.AutomountServiceAccountToken; !mounted && (on == nil || *on) {
		e.ownToken()
		long = true
	}
	if long {
		e.ask("its token lives for an hour, and its file is renewed: what reads the file only once is refused then, which libraries of Kubernetes do not")
	}
}

// mounts reports whether the pods have something else where the token is mounted by default.
func (e *podEdit) mounts() bool {
	return slices.ContainsFunc(e.boxes(), func(b box) bool {
		return slices.ContainsFunc(b.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == tokenFolder })
	})
}

// ownToken mounts by hand what the cluster mounts by itself, with another life, into every container that has it now.
func (e *podEdit) ownToken() {
	e.set("spec.automountServiceAccountToken", false)
	e.set(plan.Named("spec.volumes", tokenVolume), map[string]any{"name": tokenVolume, "projected": map[string]any{"sources": []any{
		map[string]any{"serviceAccountToken": map[string]any{"path": "token", "expirationSeconds": tokenLife}},
		map[string]any{"configMap": map[string]any{"name": "kube-root-ca.crt", "items": []any{map[string]any{"key": "ca.crt", "path": "ca.crt"}}}},
		map[string]any{"downwardAPI": map[string]any{"items": []any{map[string]any{"path": "namespace", "fieldRef": map[string]any{"apiVersion": "v1", "fieldPath": "metadata.namespace"}}}}},
	}}})
	for _, b := range e.boxes() {
		e.set(b.at("volumeMounts")+"[mountPath="+tokenFolder+"]", map[string]any{"name": tokenVolume, "mountPath": tokenFolder, "readOnly": true})
	}
}
