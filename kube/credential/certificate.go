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
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// ReadCertificate reads the first certificate of a PEM text: what a new one is to be like. It holds nothing secret.
func ReadCertificate(text []byte) (*x509.Certificate, error) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("there is no certificate in it")
		}
		if block.Type == "CERTIFICATE" {
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, errors.New("its certificate cannot be read")
			}
			return c, nil
		}
	}
}

// SelfSigned makes a certificate that is signed by its own key, with subject, alternative names, uses and kind of key of
// the present one. It is valid for as many days as the recipe says, from an hour before now.
func SelfSigned(r Recipe, like *x509.Certificate, now time.Time) (*Pair, error) {
	if like == nil {
		return nil, errors.New("there is no certificate whose names the new one could take")
	}
	key, err := keyLike(like.PublicKey)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: like.Subject, DNSNames: like.DNSNames, IPAddresses: like.IPAddresses,
		EmailAddresses: like.EmailAddresses, URIs: like.URIs, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, r.Length),
		KeyUsage: like.KeyUsage, ExtKeyUsage: like.ExtKeyUsage, BasicConstraintsValid: true, IsCA: like.IsCA,
	}
	if c.KeyUsage == 0 {
		c.KeyUsage = x509.KeyUsageDigitalSignature
	}
	if len(c.ExtKeyUsage) == 0 {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate: %w", err)
	}
	private, err := encoded(key)
	if err != nil {
		return nil, err
	}
	return &Pair{Private: private, Public: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// keyLike makes a key of the kind and size of another one; weak ones get a size that is safe.
func keyLike(public any) (key crypto.Signer, err error) {
	switch p := public.(type) {
	case *rsa.PublicKey:
		key, err = rsa.GenerateKey(rand.Reader, min(max(p.N.BitLen(), 2048), 4096))
	case ed25519.PublicKey:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case *ecdsa.PublicKey:
		curve := p.Curve
		if curve == elliptic.P224() {
			curve = elliptic.P256()
		}
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
	default:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

// Matching reports whether a certificate and a private key belong together. The error holds nothing of either.
func Matching(certificate, key []byte) error {
	if _, err := tls.X509KeyPair(certificate, key); err != nil {
		return errors.New("certificate and key do not belong together, or cannot be read")
	}
	return nil
}
