package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/ssh"
)

// Pair is a private key, and what goes with it: the public key in one line as OpenSSH has it, or a certificate in PEM.
type Pair struct{ Private, Public []byte }

var curves = map[int]elliptic.Curve{256: elliptic.P256(), 384: elliptic.P384(), 521: elliptic.P521()}

// MakePair makes the key pair of a recipe.
func MakePair(r Recipe) (*Pair, error) {
	var key crypto.Signer
	var err error
	switch r.Kind {
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case RSA:
		key, err = rsa.GenerateKey(rand.Reader, r.Length)
	case ECDSA:
		key, err = ecdsa.GenerateKey(curves[r.Length], rand.Reader)
	default:
		return nil, fmt.Errorf("%s is no key pair", r.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key of %s: %w", r.Kind, err)
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("write the public key of %s: %w", r.Kind, err)
	}
	p := &Pair{Public: ssh.MarshalAuthorizedKey(public)}
	if r.Kind == Ed25519 {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return nil, fmt.Errorf("write the key of %s: %w", r.Kind, err)
		}
		p.Private = pem.EncodeToMemory(block)
		return p, nil
	}
	p.Private, err = encoded(key)
	return p, err
}

// encoded writes a private key as PKCS#8 in PEM, which all libraries read.
func encoded(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write the key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Line is the line of a password file for a user, with the bcrypt hash of the password.
func Line(user string, password []byte) ([]byte, error) {
	if len(password) == 0 {
		return nil, errors.New("the password is empty")
	}
	hash, err := bcrypt.GenerateFromPassword(password, bcrypt.DefaultCost)
	if err != nil {
		return nil, errors.New("the password is longer than the 72 bytes that bcrypt takes")
	}
	return fmt.Appendf(nil, "%s:%s\n", user, hash), nil
}
