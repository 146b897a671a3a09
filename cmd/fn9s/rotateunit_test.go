package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// certificate is one that others are to be like.
func certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "web.example.com"}, DNSNames: []string{"web.example.com", "www.example.com"}, PublicKey: key.Public(),
	}
}

func TestRotateSaysWhatDoesNotGoTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{}, "name a Secret"},
		{[]string{"db", "--older-than", "90d"}, "exclude each other"},
		{[]string{"db", "--generate", "hex", "--from-stdin", "--yes"}, "exclude each other"},
		{[]string{"db", "--from-stdin"}, "add --yes"},
		{[]string{"db", "--generate", "rot13"}, "cannot be generated"},
		{[]string{"db", "--generate", "htpasswd"}, "needs the name of its user"},
		{[]string{"db", "--key", "a", "--all-keys"}, "exclude each other"},
		{[]string{"--older-than", "90d", "-A"}, "add --generate"},
		{[]string{"--older-than", "soon", "-A", "--generate", "hex"}, "write it as 90d"},
		{[]string{"db", "--keep", "never"}, "write it as 7d"},
		{[]string{"db", "--edit"}, "needs a terminal"},
	} {
		r := runHere(t, append([]string{"rotate"}, c.args...)...)
		assert.Equal(t, exitUsage, r.code, c.args)
		assert.Contains(t, r.err, c.says, c.args)
	}
}
