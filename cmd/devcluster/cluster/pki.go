package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"time"
)

// lifetime is long because a cluster of a developer may sleep for months; nothing of it is reachable from elsewhere.
const lifetime = 10 * 365 * 24 * time.Hour

// Users whose identity is a client certificate of the cluster's authority. Their rights come from RoleBindings of the seed.
const (
	UserAdmin         = "admin@fn9s.example.com"
	UserTwoNamespaces = "dana@shop.example.com"
	UserReadOnly      = "rob@audit.example.com"
)

type certificate struct {
	name, authority, user string
	groups                []string
	hosts                 []string // non-empty: a server's certificate
}

var certificates = []certificate{
	{name: "etcd", authority: "ca", user: "etcd", hosts: []string{"localhost", "127.0.0.1"}},
	{name: "apiserver", authority: "ca", user: "kube-apiserver", hosts: []string{
		"localhost", "127.0.0.1", "10.96.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}},
	{name: "kubelet", authority: "ca", user: "kwok", hosts: []string{"localhost", "127.0.0.1"}},
	{name: "metrics-server", authority: "ca", user: "metrics-server", hosts: []string{"localhost", "127.0.0.1", "metrics-server.kube-system.svc"}},
	{name: "apiserver-etcd", authority: "ca", user: "kube-apiserver"},
	{name: "apiserver-kubelet", authority: "ca", user: "kube-apiserver-kubelet-client", groups: []string{"system:masters"}},
	{name: "front-proxy", authority: "front-proxy-ca", user: "front-proxy-client"},
	{name: "controller-manager", authority: "ca", user: "system:kube-controller-manager"},
	{name: "scheduler", authority: "ca", user: "system:kube-scheduler"},
	{name: "metrics-server-client", authority: "ca", user: "system:serviceaccount:kube-system:metrics-server"},
	{name: "kwok-client", authority: "ca", user: "system:kwok", groups: []string{"system:masters"}},
	{name: "devcluster", authority: "ca", user: "system:devcluster", groups: []string{"system:masters"}},
	{name: "admin", authority: "ca", user: UserAdmin, groups: []string{"system:masters"}},
	{name: "two-namespaces", authority: "ca", user: UserTwoNamespaces, groups: []string{"shop-developers"}},
	{name: "readonly", authority: "ca", user: UserReadOnly, groups: []string{"auditors"}},
}

// ensureKeys makes the authorities, certificates and the key of ServiceAccount tokens that are not there yet.
func (c *Cluster) ensureKeys() error {
	if err := os.MkdirAll(c.Path("pki"), 0o700); err != nil {
		return fmt.Errorf("make the folder of keys: %w", err)
	}
	for _, name := range []string{"ca", "front-proxy-ca"} {
		if err := c.ensureAuthority(name); err != nil {
			return fmt.Errorf("make authority %s: %w", name, err)
		}
	}
	for _, cert := range certificates {
		if err := c.ensureCertificate(cert); err != nil {
			return fmt.Errorf("make certificate %s: %w", cert.name, err)
		}
	}
	if exists(c.keyPath("service-accounts")) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the key of ServiceAccount tokens: %w", err)
	}
	return writeKey(c.keyPath("service-accounts"), key)
}

func (c *Cluster) certPath(name string) string { return c.Path("pki", name+".crt") }
func (c *Cluster) keyPath(name string) string  { return c.Path("pki", name+".key") }

func (c *Cluster) ensureAuthority(name string) error {
	if exists(c.certPath(name)) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template, err := newTemplate("fn9s-" + c.Name + "-" + name)
	if err != nil {
		return err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	if err := writeKey(c.keyPath(name), key); err != nil {
		return err
	}
	return writeFile(c.certPath(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func (c *Cluster) ensureCertificate(cert certificate) error {
	if exists(c.certPath(cert.name)) {
		return nil
	}
	parent, parentKey, err := c.readAuthority(cert.authority)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template, err := newTemplate(cert.user)
	if err != nil {
		return err
	}
	template.Subject.Organization = cert.groups
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(cert.hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, host := range cert.hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return err
	}
	if err := writeKey(c.keyPath(cert.name), key); err != nil {
		return err
	}
	return writeFile(c.certPath(cert.name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func (c *Cluster) readAuthority(name string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certData, err := readPEM(c.certPath(name))
	if err != nil {
		return nil, nil, err
	}
	parent, err := x509.ParseCertificate(certData)
	if err != nil {
		return nil, nil, err
	}
	keyData, err := readPEM(c.keyPath(name))
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyData)
	return parent, key, err
}

func newTemplate(user string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: user},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lifetime), // an hour of grace for clocks that jump
	}, nil
}

func readPEM(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", name)
	}
	return block.Bytes, nil
}

func writeKey(name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writeFile(name, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
