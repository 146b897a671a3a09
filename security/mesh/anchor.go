package mesh

import (
	"crypto/x509"
	"encoding/pem"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// anchor is what is kept of a ConfigMap with the certificates that a mesh trusts: when the last of them expires. A
// bundle with a newer one beside the old is about to be changed.
type anchor struct{ expires time.Time }

// anchors are where the meshes keep what they trust.
var anchors = []struct{ mesh, namespace, name, key string }{
	{"Linkerd", "linkerd", "linkerd-identity-trust-roots", "ca-bundle.crt"},
	{"Istio", istioNamespace, "istio-ca-root-cert", "root-cert.pem"},
}

// longest bounds the text of a bundle.
const longest = 256 << 10

// decodeAnchor reads the ConfigMap with the certificates that a mesh trusts; nil when it is another one.
func decodeAnchor(c *corev1.ConfigMap) *anchor {
	for _, a := range anchors {
		text := c.Data[a.key]
		if c.Namespace != a.namespace || c.Name != a.name || len(text) > longest {
			continue
		}
		kept := &anchor{}
		for rest := []byte(text); ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if cert, err := x509.ParseCertificate(block.Bytes); err == nil && cert.NotAfter.After(kept.expires) {
				kept.expires = cert.NotAfter
			}
		}
		return kept
	}
	return nil
}

// ahead is how long before its end a trust anchor has to be changed: every proxy has to learn of the new one first.
const ahead = 60 * 24 * time.Hour

// expiring judges the trust anchors of the meshes that the cluster has.
func expiring(e *check.Eval) {
	found := Meshes.Get(e.Reader, struct{}{})
	if !found.Istio && !found.Linkerd {
		noMesh(e)
		return
	}
	for _, a := range anchors {
		if a.mesh == "Linkerd" && !found.Linkerd || a.mesh == "Istio" && !found.Istio {
			continue
		}
		o := e.Get(model.Ref{Kind: configMapKind.Kind, Namespace: a.namespace, Name: a.name})
		kept, ok := snapshot.FactsOf[*anchor](o, reader)
		switch {
		case o == nil:
			e.Need(configMapKind, a.namespace)
		case !ok || kept.expires.IsZero():
			e.Undecided(check.At{Object: o.Head().Ref, Path: "data[" + a.key + "]"}, "the certificates that "+a.mesh+" trusts cannot be read from ConfigMap "+a.name)
		case kept.expires.Sub(e.Options().Now) < ahead:
			day := kept.expires.UTC().Format(time.DateOnly)
			text := "the trust anchor of " + a.mesh + " expires on " + day + ": pods in the mesh then refuse each other"
			if kept.expires.Before(e.Options().Now) {
				text = "the trust anchor of " + a.mesh + " expired on " + day + ": pods in the mesh refuse each other"
			}
			e.Fail(check.At{Object: o.Head().Ref, Path: "data[" + a.key + "]", Value: day}, text)
		}
	}
}
