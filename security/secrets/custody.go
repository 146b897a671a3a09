package secrets

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// elsewhere is SEC-09: Secrets of the function's container in other containers of its pods.
func elsewhere(e *check.Eval) {
	uses := UsesOf.Get(e.Reader, e.F.Key)
	inside := func(u *Use) bool { return u.Way <= SubPath && u.Container != "" }
	any := false
	type place struct {
		secret    model.Ref
		container string
	}
	seen := map[place]bool{}
	for i := range uses {
		u := &uses[i]
		any = any || inside(u)
		if !inside(u) || u.Own || seen[place{u.Secret, u.Container}] {
			continue
		}
		own := slices.ContainsFunc(uses, func(o Use) bool {
			return inside(&o) && o.Own && o.Secret == u.Secret && (o.Key == "" || u.Key == "" || o.Key == u.Key)
		})
		if own {
			seen[place{u.Secret, u.Container}] = true
			limited(e, e.Fail(u.At, "container "+u.Container+" gets Secret "+u.Secret.Name+" too, which is the function's"), u)
		}
	}
	if !any {
		noSecret(e)
	}
}

// immutable is SEC-16.
func immutable(e *check.Eval) {
	all := secretsOf(e, reading)
	for _, u := range all {
		fixed := u.Immutable != nil && *u.Immutable
		switch {
		case fixed && !public(u.Secret):
			e.Fail(check.At{Object: u.Ref, Path: "immutable", Value: "true"},
				"Secret "+u.Name+" is immutable: a new value needs a new Secret, which the function has to name").As(check.Info)
		case !fixed && public(u.Secret) && u.Content != 0:
			e.Fail(check.At{Object: u.Ref, Path: "immutable"},
				"Secret "+u.Name+" holds certificates of authorities and may be changed: who writes it decides whom the function trusts").As(check.Info)
		}
	}
}

// server is what is kept of an API server that runs as a pod.
type server struct{ encrypts bool }

const systemNamespace = "kube-system"

func keepServer(p *corev1.Pod) any {
	if p.Namespace != systemNamespace || !strings.HasPrefix(p.Name, "kube-apiserver-") {
		return nil
	}
	s := server{}
	for i := range p.Spec.Containers {
		for _, arg := range slices.Concat(p.Spec.Containers[i].Command, p.Spec.Containers[i].Args) {
			if value, ok := strings.CutPrefix(arg, "--encryption-provider-config="); ok && value != "" {
				s.encrypts = true
			}
		}
	}
	return s
}

// atRest is SEC-21.
func atRest(e *check.Eval) {
	if !e.Need(podKind, systemNamespace) {
		return
	}
	any := false
	for _, o := range e.List(podKind, systemNamespace) {
		s, ok := snapshot.FactsOf[server](o, reader)
		if !ok {
			continue
		}
		any = true
		if !s.encrypts {
			e.Fail(check.At{Object: o.Head().Ref, Path: "spec.containers[0].command"},
				"the API server is told nothing of encryption: Secrets stand in the clear in etcd and in its backups")
		}
	}
	if !any {
		e.Undecided(check.At{}, "the API server runs where the cluster does not show it: whether Secrets are encrypted at rest is not known")
	}
}
