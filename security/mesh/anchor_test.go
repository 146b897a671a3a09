package mesh_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// authority is a certificate that expires in so many days from the clock of the tests.
func authority(t *testing.T, days int) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := offlinetest.Options().Now
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-365 * 24 * time.Hour), NotAfter: now.Add(time.Duration(days) * 24 * time.Hour), IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestTrustAnchorsThatExpire(t *testing.T) {
	roots := func(bundle ...string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-identity-trust-roots, namespace: linkerd}\ndata:\n  ca-bundle.crt: |\n    " +
			strings.ReplaceAll(strings.TrimSpace(strings.Join(bundle, "")), "\n", "\n    ") + "\n"
	}
	near, far := authority(t, 59), authority(t, 61)
	for _, c := range []struct {
		name, documents, want string
	}{
		{"soon", linkerd + "---\n" + roots(near), "fail"},
		{"later", linkerd + "---\n" + roots(far), "pass"},
		{"about to be changed", linkerd + "---\n" + roots(near, far), "pass"},
		{"expired", linkerd + "---\n" + roots(authority(t, -1)), "fail"},
		{"not readable", linkerd + "---\n" + roots("nothing"), "unknown"},
		{"no mesh", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", "na"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := offlinetest.Options()
			o.Manifests = false
			p := offlinetest.With(t, o, c.documents).Scope(check.Subject{Scope: check.ScopeCluster})
			assert.Equal(t, c.want, offlinetest.Verdict(t, p, "MSH-11"))
		})
	}
	p := offlinetest.Text(t, linkerd+"---\n"+roots(near)).Scope(check.Subject{Scope: check.ScopeCluster})
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "MSH-11"), "manifests do not show it")
}
