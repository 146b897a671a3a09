package secrets

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// certificate is what is kept of a certificate in a Secret.
type certificate struct {
	Key        string // of the Secret
	Start, End time.Time
	CA         bool
}

// opened is what is kept of the data of a Secret.
type opened struct {
	certificates []certificate
	values       []value
}

func openedOf(s *model.Secret) *opened {
	if o, ok := snapshot.FactsOf[*opened](s, reader); ok {
		return o
	}
	return &opened{}
}

// open looks at the data of a Secret, as far as that is allowed.
func open(raw *snapshot.Raw) (any, error) {
	s, ok := raw.Typed.(*corev1.Secret)
	if !ok {
		return nil, fmt.Errorf("read %s: unexpected type %T", raw.Header.Ref, raw.Typed)
	}
	var kept opened
	data := map[string][]byte{}
	maps.Copy(data, s.Data)
	for k, v := range s.StringData {
		data[k] = []byte(v)
	}
	keys := slices.Sorted(maps.Keys(data))
	if raw.Content&model.Certificates != 0 {
		kept.certificates = certificates(keys, data)
	}
	if raw.Content&model.Values != 0 && !unlike[string(s.Type)] {
		kept.values = values(keys, data, raw.Key)
	}
	if len(kept.certificates)+len(kept.values) == 0 {
		return nil, nil
	}
	return &kept, nil
}

const maxCertificates = 16

func certificates(keys []string, data map[string][]byte) (found []certificate) {
	for _, k := range keys {
		block, _ := pem.Decode(data[k])
		if block == nil || block.Type != "CERTIFICATE" || len(found) >= maxCertificates {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			found = append(found, certificate{Key: k, Start: c.NotBefore, End: c.NotAfter, CA: c.IsCA})
		}
	}
	return found
}
