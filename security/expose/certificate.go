package expose

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	secretKind      = schema.GroupKind{Kind: "Secret"}
	certificateKind = schema.GroupKind{Group: "cert-manager.io", Kind: "Certificate"}
)

// Pair is what is known of the certificate in a Secret: of a manifest always, of a cluster where the operator allows it.
type Pair struct {
	Expires time.Time
	Names   []string // the hosts that it is good for
	Problem string   // why it cannot be used: a part is missing, or the key is another one's
}

// Covers reports whether the certificate is good for the host.
func (p *Pair) Covers(host string) bool {
	for _, n := range p.Names {
		if covers(n, host) {
			return true
		}
	}
	return len(p.Names) == 0
}

// decodePair reads a certificate and its key. Nothing of the key is kept but whether it fits. Text that is no PEM at all
// is a placeholder, or encrypted: the content is elsewhere.
func decodePair(s *corev1.Secret) any {
	part := func(key string) []byte {
		if v, ok := s.StringData[key]; ok {
			return []byte(v)
		}
		return s.Data[key]
	}
	crt, key := part(corev1.TLSCertKey), part(corev1.TLSPrivateKeyKey)
	if s.Type != corev1.SecretTypeTLS && len(crt) == 0 || len(crt) > 64<<10 || len(key) > 64<<10 {
		return nil
	}
	if len(crt) > 0 && !bytes.Contains(crt, []byte("-----BEGIN ")) {
		return nil
	}
	p := &Pair{}
	switch {
	case len(crt) == 0:
		p.Problem = "it has no tls.crt"
	case len(key) == 0:
		p.Problem = "it has no tls.key"
	}
	if p.Problem != "" {
		return p
	}
	block, _ := pem.Decode(crt)
	if block == nil || block.Type != "CERTIFICATE" {
		p.Problem = "its tls.crt is no certificate"
		return p
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		p.Problem = "its tls.crt cannot be read"
		return p
	}
	p.Expires, p.Names = leaf.NotAfter, bounded(leaf.DNSNames)
	for _, ip := range bounded(leaf.IPAddresses) {
		p.Names = append(p.Names, ip.String())
	}
	if len(p.Names) == 0 && leaf.Subject.CommonName != "" {
		p.Names = []string{leaf.Subject.CommonName}
	}
	if _, err := tls.X509KeyPair(crt, key); err != nil {
		p.Problem = "its tls.key does not belong to its tls.crt"
	}
	return p
}

// PairOf returns what is known of the certificate in a Secret; nil when its content was not read.
func PairOf(r *snapshot.Reader, secret model.Ref) *Pair {
	p, _ := snapshot.FactsOf[*Pair](r.Get(secret), reader)
	return p
}

// Issue is what cert-manager says of a Secret.
type Issue struct {
	Certificate model.Ref
	Expires     time.Time
	Ready       bool
	Known       bool // it has a status
	Names       []string
	secret      string
}

func decodeCertificate(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			SecretName string
			DNSNames   []string `json:"dnsNames"`
		}
		Status struct {
			NotAfter   string
			Conditions []struct{ Type, Status string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	i := &Issue{Certificate: raw.Header.Ref, secret: o.Spec.SecretName, Names: bounded(o.Spec.DNSNames)}
	if at, err := time.Parse(time.RFC3339, o.Status.NotAfter); err == nil {
		i.Expires = at
	}
	for _, c := range bounded(o.Status.Conditions) {
		if c.Type == "Ready" {
			i.Known, i.Ready = true, c.Status == "True"
		}
	}
	return i, nil
}

// issues answers which Certificates of a namespace make which Secrets.
var issues = snapshot.NewQuery("Certificates", func(r *snapshot.Reader, namespace string) map[string]*Issue {
	index := map[string]*Issue{}
	for _, o := range r.List(certificateKind, namespace) {
		if i, ok := snapshot.FactsOf[*Issue](o, reader); ok && i.secret != "" {
			index[i.secret] = i
		}
	}
	return index
}, nil)

// IssueOf returns what cert-manager says of a Secret, or nil.
func IssueOf(r *snapshot.Reader, secret model.Ref) *Issue {
	return issues.Get(r, secret.Namespace)[secret.Name]
}
