package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/ssh"
)

func TestRandomValues(t *testing.T) {
	for recipe, form := range map[string]string{
		"alnum": `^[A-Za-z0-9]{32}$`, "alnum:40": `^[A-Za-z0-9]{40}$`, "hex:16": `^[0-9a-f]{32}$`, "base64:9": `^[A-Za-z0-9+/]{12}$`,
		"chars:12:abc": `^[abc]{12}$`, "chars:9:a:b": `^[ab:]{9}$`, "uuid": `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	} {
		r, err := Parse(recipe)
		require.NoError(t, err, recipe)
		assert.True(t, r.Random())
		one, err := Make(r)
		require.NoError(t, err)
		assert.Regexp(t, regexp.MustCompile(form), string(one), recipe)
		other, err := Make(r)
		require.NoError(t, err)
		if r.Kind != Chars {
			assert.NotEqual(t, one, other)
		}
	}
	n, err := Make(Recipe{Kind: Hex, Length: 32})
	require.NoError(t, err)
	raw, err := hex.DecodeString(string(n))
	require.NoError(t, err)
	assert.Len(t, raw, 32)
	n, err = Make(Recipe{Kind: Base64, Length: 32})
	require.NoError(t, err)
	raw, err = base64.StdEncoding.DecodeString(string(n))
	require.NoError(t, err)
	assert.Len(t, raw, 32)
}

// Every character of an alphabet is about as frequent as every other one.
func TestCharactersAreEquallyLikely(t *testing.T) {
	const rounds = 400
	seen := map[byte]int{}
	for range rounds {
		v, err := Make(Recipe{Kind: Alnum, Length: 620})
		require.NoError(t, err)
		for _, c := range v {
			seen[c]++
		}
	}
	for c, n := range seen {
		assert.InDelta(t, rounds*10, n, rounds*10*0.15, "%c", c) // ten standard deviations
	}
	assert.Len(t, seen, 62)
}

func TestRecipesThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "rot13", "hex:7", "hex:5000", "hex:x", "alnum:", "uuid:4", "ed25519:8", "rsa:1024", "ecdsa:255", "htpasswd", "htpasswd:a:b",
		"chars", "chars:20", "chars:20:a", "chars:20:aa", "chars:20:aé", "chars:x:ab", "tls:3",
	} {
		_, err := Parse(text)
		assert.Error(t, err, text)
	}
}

func TestKeyPairs(t *testing.T) {
	for recipe, kind := range map[string]string{"ed25519": "ssh-ed25519", "ecdsa": "ecdsa-sha2-nistp256", "ecdsa:384": "ecdsa-sha2-nistp384", "rsa:2048": "ssh-rsa"} {
		r, err := Parse(recipe)
		require.NoError(t, err)
		assert.True(t, r.Paired())
		p, err := MakePair(r)
		require.NoError(t, err)
		signer, err := ssh.ParsePrivateKey(p.Private)
		require.NoError(t, err, recipe)
		public, _, _, _, err := ssh.ParseAuthorizedKey(p.Public)
		require.NoError(t, err)
		assert.Equal(t, kind, public.Type())
		assert.Equal(t, signer.PublicKey().Marshal(), public.Marshal(), "both halves belong together")
	}
}

func TestLinesOfPasswordFiles(t *testing.T) {
	line, err := Line("admin", []byte("s3cr3t"))
	require.NoError(t, err)
	user, hash, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), ":")
	assert.Equal(t, "admin", user)
	assert.NoError(t, bcrypt.CompareHashAndPassword([]byte(hash), []byte("s3cr3t")))
	for _, bad := range []string{"", strings.Repeat("canary", 20)} {
		_, err := Line("admin", []byte(bad))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "canary")
	}
}

func TestACertificateIsLikeThePresentOne(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for _, key := range []crypto.Signer{ed, weak, curve} {
		old := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "web", Organization: []string{"shop"}}, DNSNames: []string{"web.example.com"},
			IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1).To4()}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
		der, err := x509.CreateCertificate(rand.Reader, old, old, key.Public(), key)
		require.NoError(t, err)
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		like, err := ReadCertificate(append([]byte("garbage\n"), text...))
		require.NoError(t, err)
		r, err := Parse("tls:90")
		require.NoError(t, err)
		p, err := SelfSigned(r, like, now)
		require.NoError(t, err)
		_, err = tls.X509KeyPair(p.Public, p.Private)
		require.NoError(t, err)
		made, err := ReadCertificate(p.Public)
		require.NoError(t, err)
		assert.Equal(t, like.Subject.String(), made.Subject.String())
		assert.Equal(t, like.DNSNames, made.DNSNames)
		assert.Equal(t, like.IPAddresses, made.IPAddresses)
		assert.Equal(t, like.ExtKeyUsage, made.ExtKeyUsage)
		assert.Equal(t, like.PublicKeyAlgorithm, made.PublicKeyAlgorithm)
		assert.Equal(t, now.AddDate(0, 0, 90), made.NotAfter)
		assert.NotEqual(t, like.SerialNumber, made.SerialNumber)
		assert.NoError(t, Matching(p.Public, p.Private))
		assert.Error(t, Matching(text, p.Private))
	}
	_, err = SelfSigned(Recipe{Kind: TLS}, nil, now)
	assert.Error(t, err)
	for _, bad := range []string{"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN X-----\nAAAA\n-----END X-----\n"} {
		_, err := ReadCertificate([]byte(bad))
		assert.Error(t, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"hex:32", "chars:20:abc", "htpasswd:a", "rsa:4096", "tls:90"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil || !r.Random() {
			return
		}
		v, err := Make(r)
		require.NoError(t, err)
		assert.NotEmpty(t, v)
	})
}
