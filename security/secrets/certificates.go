package secrets

import (
	"crypto/x509"
	"encoding/pem"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// certificate is what is kept of a certificate in a Secret.
type certificate struct {
	Key        string // of the Secret
	Start, End time.Time
	CA         bool
}

// opened is what is kept of the data of a Secret of a manifest.
type opened struct{ certificates []certificate }

const maxCertificates = 16

// certificates reads the certificates of a Secret. On a cluster the data of Secrets is not there.
func certificates(o *corev1.Secret) any {
	var kept opened
	data := map[string]string{}
	for k, v := range o.Data {
		data[k] = string(v)
	}
	for k, v := range o.StringData {
		data[k] = v
	}
	for _, k := range sortedKeys(data) {
		block, _ := pem.Decode([]byte(data[k]))
		if block == nil || block.Type != "CERTIFICATE" || len(kept.certificates) >= maxCertificates {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			kept.certificates = append(kept.certificates, certificate{Key: k, Start: c.NotBefore, End: c.NotAfter, CA: c.IsCA})
		}
	}
	if len(kept.certificates) == 0 {
		return nil
	}
	return &kept
}
