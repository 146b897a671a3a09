package secrets

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The kinds that make Secrets, or let them travel.
var (
	externalKind    = schema.GroupKind{Group: "external-secrets.io", Kind: "ExternalSecret"}
	storeKind       = schema.GroupKind{Group: "external-secrets.io", Kind: "ClusterSecretStore"}
	sealedKind      = schema.GroupKind{Group: "bitnami.com", Kind: "SealedSecret"}
	certificateKind = schema.GroupKind{Group: "cert-manager.io", Kind: "Certificate"}
	exportKind      = schema.GroupKind{Group: "secretgen.carvel.dev", Kind: "SecretExport"}
	vaultKinds      = []schema.GroupKind{
		{Group: "secrets.hashicorp.com", Kind: "VaultStaticSecret"}, {Group: "secrets.hashicorp.com", Kind: "VaultDynamicSecret"},
		{Group: "secrets.hashicorp.com", Kind: "VaultPKISecret"},
	}
)

// condition is one entry of status.conditions.
type condition struct {
	Type   string `json:"type"`
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// supplier is what is kept of an object that makes a Secret.
type supplier struct {
	Spec struct {
		SecretName string `json:"secretName"` // Certificate
		Target     struct {
			Name string `json:"name"`
		} `json:"target"` // ExternalSecret
		Destination struct {
			Name string `json:"name"`
		} `json:"destination"` // Vault
		Policy   string `json:"refreshPolicy"`
		Interval string `json:"refreshInterval"`
		Template struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"template"` // SealedSecret
		To  string   `json:"toNamespace"` // SecretExport
		All []string `json:"toNamespaces"`
	} `json:"spec"`
	Status struct {
		Conditions []condition `json:"conditions"`
		Start      string      `json:"notBefore"`
		End        string      `json:"notAfter"`
	} `json:"status"`
}

// provider is what is kept of a SecretProviderClass: the Secrets that it makes.
type provider struct {
	Spec struct {
		Objects []struct {
			Name string `json:"secretName"`
		} `json:"secretObjects"`
	} `json:"spec"`
}

// store is what is kept of a ClusterSecretStore: who may use it.
type store struct {
	Spec struct {
		Conditions []struct {
			Namespaces []string       `json:"namespaces"`
			Regexes    []string       `json:"namespaceRegexes"`
			Selector   *labelSelector `json:"namespaceSelector"`
		} `json:"conditions"`
	} `json:"spec"`
}

type labelSelector struct {
	Labels      map[string]string `json:"matchLabels"`
	Expressions []struct {
		Key string `json:"key"`
	} `json:"matchExpressions"`
}

func supplierKinds() []snapshot.Kind {
	supply := func(gk schema.GroupKind, versions ...string) snapshot.Kind {
		return snapshot.Kind{GroupKind: gk, Versions: versions, Reader: reader, Decode: snapshot.JSON[supplier]()}
	}
	all := []snapshot.Kind{
		supply(externalKind, "v1", "v1beta1"), supply(sealedKind, "v1alpha1"), supply(certificateKind, "v1"),
		supply(exportKind, "v1alpha1"),
		{GroupKind: storeKind, Versions: []string{"v1", "v1beta1"}, Cluster: true, Reader: reader, Decode: snapshot.JSON[store]()},
		{GroupKind: providerKind, Versions: []string{"v1", "v1alpha1"}, Reader: reader, Decode: snapshot.JSON[provider]()},
	}
	for _, gk := range vaultKinds {
		all = append(all, supply(gk))
	}
	return all
}

// target is the name of the Secret that an object makes.
func target(o model.Object, s *supplier) string {
	for _, name := range []string{s.Spec.SecretName, s.Spec.Target.Name, s.Spec.Destination.Name, s.Spec.Template.Metadata.Name} {
		if name != "" {
			return name
		}
	}
	return o.Head().Name
}

// suppliersIn indexes the objects of a namespace that make Secrets, by the name of the Secret.
var suppliersIn = snapshot.NewQuery("makers of Secrets", func(r *snapshot.Reader, namespace string) map[string]model.Ref {
	found := map[string]model.Ref{}
	for _, gk := range append([]schema.GroupKind{externalKind, sealedKind, certificateKind}, vaultKinds...) {
		for _, o := range r.List(gk, namespace) {
			if s, ok := snapshot.FactsOf[*supplier](o, reader); ok {
				found[target(o, s)] = o.Head().Ref
			}
		}
	}
	for _, o := range r.List(providerKind, namespace) {
		if p, ok := snapshot.FactsOf[*provider](o, reader); ok {
			for _, made := range p.Spec.Objects {
				found[made.Name] = o.Head().Ref
			}
		}
	}
	return found
}, nil)

// supplierOf returns the object that makes a Secret; false when there is none.
func supplierOf(r *snapshot.Reader, secret model.Ref) (model.Ref, bool) {
	ref, ok := suppliersIn.Get(r, secret.Namespace)[secret.Name]
	return ref, ok
}

// owner is what a Secret is managed by, in words, and the object that is to be changed instead; zero when it is known
// by no name.
type owner struct {
	Words    string
	Object   model.Ref
	Deployed bool // it writes the Secret with its own deployments only
}

// replicas are annotations of Secrets that a replicator made from another one.
var replicas = []string{
	"reflector.v1.k8s.emberstack.com/reflects", "replicator.v1.mittwald.de/replicate-from", "replicator.v1.mittwald.de/replicated-from-version",
	"kubed.appscode.com/origin",
}

// writers are managers that write Secrets on behalf of something outside.
var writers = []string{
	"external-secrets", "sealed-secrets", "cert-manager", "vault-secrets-operator", "secrets-store-csi", "reflector",
	"kubernetes-replicator", "kubed", "crossplane", "doppler", "infisical", "akeyless", "onepassword",
}

// deployers are managers that write Secrets when something is deployed.
var deployers = []string{"argocd", "kustomize-controller", "helm-controller"}

// managedBy answers what a Secret is managed by, nil when by nobody but people.
var managedBy = snapshot.NewQuery("manager of a Secret", func(r *snapshot.Reader, ref model.Ref) *owner {
	s, ok := r.Get(ref).(*model.Secret)
	if !ok {
		return nil
	}
	if by, ok := supplierOf(r, ref); ok {
		return &owner{Words: by.Kind + " " + by.Name, Object: by}
	}
	for _, o := range s.Owners {
		// The CSI driver names the pod or ReplicaSet that uses the Secret.
		if o.Kind != "Pod" && o.Kind != "ReplicaSet" {
			made := model.Ref{Group: o.Group, Kind: o.Kind, Namespace: ref.Namespace, Name: o.Name}
			return &owner{Words: o.Kind + " " + o.Name, Object: made}
		}
	}
	if words := byMarks(s); words != "" {
		return &owner{Words: words}
	}
	if words := byDeployment(s); words != "" {
		return &owner{Words: words, Deployed: true}
	}
	by := func(all []string) bool {
		return slices.ContainsFunc(all, func(w string) bool { return strings.Contains(strings.ToLower(s.Writer), w) })
	}
	if deploys := by(deployers); deploys || by(writers) {
		return &owner{Words: "the client " + s.Writer, Deployed: deploys}
	}
	return nil
}, nil)

// byMarks reads labels and annotations.
func byMarks(s *model.Secret) string {
	if name := s.Annotations.Get("cert-manager.io/certificate-name"); name != "" {
		return "Certificate " + name + " of cert-manager"
	}
	for _, m := range []struct{ key, words string }{
		{"reconcile.external-secrets.io/managed", "the external secrets operator"}, {"controller.cert-manager.io/fao", "cert-manager"},
		{"secrets-store.csi.k8s.io/managed", "the Secrets Store CSI driver"}, {"nuclio.io/function-name", "Nuclio's controller"},
	} {
		if s.Labels.Has(m.key) {
			return m.words
		}
	}
	for _, a := range replicas {
		if s.Annotations.Has(a) {
			return "a replicator, as a copy of another Secret"
		}
	}
	if s.Annotations.Has("sealedsecrets.bitnami.com/managed") {
		return "a SealedSecret"
	}
	return ""
}

// byDeployment reads the marks of tools that write a Secret when something is deployed.
func byDeployment(s *model.Secret) string {
	switch {
	case s.Annotations.Has("meta.helm.sh/release-name") && s.Labels.Get("app.kubernetes.io/managed-by") == "Helm":
		return "Helm release " + s.Annotations.Get("meta.helm.sh/release-name")
	case s.Annotations.Has("argocd.argoproj.io/tracking-id"), s.Labels.Has("argocd.argoproj.io/instance"):
		return "Argo CD"
	case s.Labels.Has("kustomize.toolkit.fluxcd.io/name"), s.Labels.Has("helm.toolkit.fluxcd.io/name"):
		return "Flux"
	case s.Labels.Get("app.kubernetes.io/managed-by") == "openfaas":
		return "faas-cli, whose `secret update` leaves it with one key"
	}
	return ""
}

func parseTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// certificateOf returns what cert-manager says of the certificate in a Secret.
func certificateOf(r *snapshot.Reader, s *model.Secret) (*supplier, model.Ref, bool) {
	name := s.Annotations.Get("cert-manager.io/certificate-name")
	if name == "" {
		return nil, model.Ref{}, false
	}
	ref := model.Ref{Group: certificateKind.Group, Kind: certificateKind.Kind, Namespace: s.Namespace, Name: name}
	found, ok := snapshot.FactsOf[*supplier](r.Get(ref), reader)
	return found, ref, ok
}

func (s *supplier) failing() (condition, bool) {
	i := slices.IndexFunc(s.Status.Conditions, func(c condition) bool {
		return (c.Type == "Ready" || c.Type == "Synced") && c.Status == "False"
	})
	if i < 0 {
		return condition{}, false
	}
	return s.Status.Conditions[i], true
}
