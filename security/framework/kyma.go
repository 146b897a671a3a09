package framework

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	noKyma       = "it is no Kyma"
	localDomain  = ".local.kyma.dev"
	publicSecret = "kyma-gateway-certs"
	registryAuth = "serverless-package-registry-config"
)

var (
	kymaFunctionKind       = schema.GroupKind{Group: "serverless.kyma-project.io", Kind: "Function"}
	istioGatewayKind       = schema.GroupKind{Group: "networking.istio.io", Kind: "Gateway"}
	virtualServiceKind     = schema.GroupKind{Group: "networking.istio.io", Kind: "VirtualService"}
	gardenCertificateKind  = schema.GroupKind{Group: "cert.gardener.cloud", Kind: "Certificate"}
	kymaGateway            = model.Ref{Group: "networking.istio.io", Kind: "Gateway", Namespace: kymaNamespace, Name: "kyma-gateway"}
	istioVersions          = []string{"v1", "v1beta1", "v1alpha3"}
	gardenCertificateHomes = []string{"istio-system", kymaNamespace}
)

var kymaKinds = []snapshot.Kind{
	{GroupKind: kymaFunctionKind, Versions: []string{"v1alpha2"}, Reader: reader, Decode: decodeKymaFunction},
	{GroupKind: apiRuleKind, Versions: []string{"v2", "v2alpha1", "v1beta1"}, Reader: reader, Decode: decodeAPIRule},
	{GroupKind: istioGatewayKind, Versions: istioVersions, Reader: reader, Decode: decodeIstioGateway},
	{GroupKind: virtualServiceKind, Versions: istioVersions, Reader: reader},
	{GroupKind: gardenCertificateKind, Versions: []string{"v1alpha1"}, Reader: reader},
}

// kymaFunction is what is kept of a Function of Kyma; its code is not.
type kymaFunction struct {
	git, key, pinned bool     // code from git; with an SSH key; at a commit
	loose            []string // packages without exact version
	readable         bool     // the list of packages
}

func decodeKymaFunction(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Runtime string
			Source  json.RawMessage // text in the oldest version
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	var source struct {
		Inline        struct{ Dependencies string }
		GitRepository *struct {
			Reference string
			Auth      struct{ Type string }
		}
	}
	if text := bytes.TrimSpace(o.Spec.Source); len(text) > 0 && text[0] == '{' {
		if err := json.Unmarshal(text, &source); err != nil {
			return nil, fmt.Errorf("read %s: spec.source: %w", raw.Header.Ref, err)
		}
	}
	f := &kymaFunction{}
	if g := source.GitRepository; g != nil {
		f.git, f.key, f.pinned = true, g.Auth.Type == "key", isCommit(g.Reference)
	}
	f.loose, f.readable = loose(o.Spec.Runtime, source.Inline.Dependencies)
	return f, nil
}

// istioServer is one server of an Istio Gateway.
type istioServer struct {
	hosts      []string
	credential string
}

func decodeIstioGateway(raw *snapshot.Raw) (any, error) {
	if raw.Header.Ref != kymaGateway {
		return nil, nil
	}
	var o struct {
		Spec struct {
			Servers []struct {
				Hosts []string
				TLS   struct {
					CredentialName  string
					CredentialNames []string
				}
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	var all []istioServer
	for _, s := range o.Spec.Servers[:min(len(o.Spec.Servers), maxStatements)] {
		server := istioServer{hosts: bounded(s.Hosts), credential: short(s.TLS.CredentialName)}
		if server.credential == "" && len(s.TLS.CredentialNames) > 0 {
			server.credential = short(s.TLS.CredentialNames[0])
		}
		all = append(all, server)
	}
	return all, nil
}

// kymaFacts returns what is kept of the judged Function; if there is none, the control does not apply.
func kymaFacts(e *check.Eval) (*kymaFunction, bool) {
	if !runs(e, kyma, noKyma) {
		return nil, false
	}
	o := e.Get(e.F.Object)
	if o == nil {
		if e.F.Object.IsZero() || e.Need(e.F.Object.GroupKind(), e.F.Object.Namespace) {
			e.NA("its Function is gone")
		}
		return nil, false
	}
	f, ok := snapshot.FactsOf[*kymaFunction](o, reader)
	if !ok {
		e.Undecided(check.At{Object: e.F.Object}, "the Function could not be read")
	}
	return f, ok
}

// checkKymaCertificate is FW-KY-01.
func checkKymaCertificate(e *check.Eval) {
	if _, ok := planeOf(e, kyma, noKyma); !ok {
		return
	}
	if !e.Need(istioGatewayKind, kymaNamespace) {
		return
	}
	o := e.Get(kymaGateway)
	if o == nil {
		e.NA("there is no Gateway kyma-system/kyma-gateway")
		return
	}
	servers, ok := snapshot.FactsOf[[]istioServer](o, reader)
	if !ok {
		e.Undecided(check.At{Object: kymaGateway}, "Gateway kyma-gateway could not be read")
		return
	}
	for i := range servers {
		s := &servers[i]
		if s.credential == "" {
			continue
		}
		at := check.At{
			Object: kymaGateway, Path: "spec.servers[" + itoa(i) + "].tls.credentialName",
			Fixed: "spec.servers[" + s.credential + "].tls.credentialName", Value: s.credential,
		}
		if publicPair(e, s) {
			e.Fail(at, "the gateway serves "+strings.Join(s.hosts, ", ")+" with the key pair that Kyma publishes: whoever is on the way reads and forges every call")
			return
		}
	}
}

// publicPair reports whether a server of the gateway shows the published key pair: by the certificate where it was
// looked at, else by the names that Kyma gives it and the absence of another one.
func publicPair(e *check.Eval, server *istioServer) bool {
	s, _ := e.Get(model.Ref{Kind: secretKind.Kind, Namespace: "istio-system", Name: server.credential}).(*model.Secret)
	if s != nil && s.Content&model.Certificates != 0 {
		facts, ok := snapshot.FactsOf[*secretFacts](s, reader)
		return ok && facts.pair
	}
	if server.credential == publicSecret && slices.ContainsFunc(server.hosts, func(h string) bool { return strings.HasSuffix(h, localDomain) }) {
		for _, ns := range gardenCertificateHomes {
			if e.Get(model.Ref{Group: gardenCertificateKind.Group, Kind: gardenCertificateKind.Kind, Namespace: ns, Name: "kyma-tls-cert"}) != nil {
				return false
			}
			if !e.Need(gardenCertificateKind, ns) {
				return false
			}
		}
		return true
	}
	if s != nil {
		if m, unread := e.Unread(s, model.Certificates); unread {
			e.Unknown(m)
		}
	}
	return false
}

// checkKymaPackages is FW-KY-03.
func checkKymaPackages(e *check.Eval) {
	f, ok := kymaFacts(e)
	if !ok {
		return
	}
	if e.F.Platform.Shape == "classic" {
		e.NA("its packages are installed when the image is built")
		return
	}
	ns := e.F.Key.Namespace
	token := e.Get(model.Ref{Kind: secretKind.Kind, Namespace: ns, Name: registryAuth}) != nil
	if !token {
		e.Need(secretKind, ns)
	}
	at := check.At{Object: e.F.Object, Path: "spec.source.inline.dependencies"}
	inside := ""
	if token {
		inside = ", with the registry's credentials inside the container (Secret " + registryAuth + ")"
	}
	switch {
	case f.git:
		e.Undecided(check.At{Object: e.F.Object, Path: "spec.source.gitRepository"}, "which packages are installed at start stands in the git repository")
	case !f.readable:
		e.Undecided(at, "the list of packages could not be read")
	case len(f.loose) > 0:
		finding := e.Failf(at, "packages without an exact version are installed at every start%s: %s", inside, strings.Join(f.loose, ", "))
		if token {
			finding.As(check.High)
		}
	case token:
		e.Fail(check.At{Object: model.Ref{Kind: secretKind.Kind, Namespace: ns, Name: registryAuth}, Path: "metadata.name"},
			"the credentials of the package registry lie in the function's container: its code and all its packages may read them")
	}
}

// checkKymaGit is FW-KY-05.
func checkKymaGit(e *check.Eval) {
	f, ok := kymaFacts(e)
	if !ok {
		return
	}
	if !f.git || !f.key {
		e.NA("its code is not read from git by SSH")
		return
	}
	if !f.pinned {
		e.Fail(check.At{Object: e.F.Object, Path: "spec.source.gitRepository.auth.type", Value: "key"},
			"Kyma does not check the key of a git host: whoever answers in its place supplies the code")
	}
}

// checkKymaClassic is FW-KY-04.
func checkKymaClassic(e *check.Eval) {
	p, ok := planeOf(e, kyma, noKyma)
	if !ok {
		return
	}
	var classic []string
	var first model.Ref
	for _, k := range Served.Get(e.Reader, e.Subject) {
		if f := e.Function(k); f != nil && f.Platform.Shape == "classic" {
			if len(classic) == 0 {
				first = f.Object
			}
			classic = append(classic, k.Namespace+"/"+k.Name)
		}
	}
	if len(classic) > 0 {
		e.Failf(check.At{Object: first, Path: "metadata.name"}, "functions are still built and run the old way, which gets no updates and cannot meet the restricted level: %s",
			few(classic)).As(check.Medium).With(check.VersionLimit)
	}
	e.Need(serviceKind, p.Namespace)
	if svc, _ := e.Get(model.Ref{Kind: serviceKind.Kind, Namespace: p.Namespace, Name: "serverless-docker-registry"}).(*model.Service); svc != nil &&
		(svc.Type == "NodePort" || svc.Type == "LoadBalancer") {
		e.Failf(check.At{Object: svc.Ref, Path: "spec.type", Value: svc.Type}, "the registry with the images of all namespaces answers on every node's port")
	}
	if !e.Need(daemonSetKind, p.Namespace) {
		return
	}
	for _, w := range parts(e.Reader, &p) {
		if w.Kind == daemonSetKind.Kind && strings.Contains(w.Name, "registry") {
			if path := nodePower(w.Spec); path != "" {
				e.Failf(check.At{Object: w.Ref, Path: w.path + "." + path}, "DaemonSet %s of the registry has power over the nodes (%s)", w.Name, path)
			}
		}
	}
}

// nodePower returns the first field of a pod spec that the baseline level forbids because it gives power over the node.
func nodePower(s *corev1.PodSpec) string {
	switch {
	case s.HostNetwork:
		return "hostNetwork"
	case s.HostPID:
		return "hostPID"
	case s.HostIPC:
		return "hostIPC"
	}
	for i := range s.Volumes {
		if s.Volumes[i].HostPath != nil {
			return fmt.Sprintf("volumes[%d].hostPath", i)
		}
	}
	for i := range s.Containers {
		if c := s.Containers[i].SecurityContext; c != nil && c.Privileged != nil && *c.Privileged {
			return fmt.Sprintf("containers[%d].securityContext.privileged", i)
		}
	}
	return ""
}

// ejectPort is where Kyma's controller gives out functions.
const ejectPort = 12137

// checkKymaSource is FW-KY-06.
func checkKymaSource(e *check.Eval) {
	p, ok := planeOf(e, kyma, noKyma)
	if !ok {
		return
	}
	found := false
	for _, w := range parts(e.Reader, &p) {
		if w.Name != "serverless-ctrl-mngr" {
			continue
		}
		found = true
		c := calledBy(e, &w, ejectPort)
		if c.open() {
			e.Failf(check.At{Object: w.Ref, Path: w.path},
				"%s %s port %d of the controller, which gives out code and configuration of every function without a login", c.who, c.reaches(), ejectPort)
		}
		c.undecided(e, &w)
	}
	if !found && e.Need(deploymentKind, p.Namespace) {
		e.NA("its controller is not among the objects")
	}
}
