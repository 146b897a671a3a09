package reach

import (
	"encoding/json"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// foreignKind is a kind of policies that only one network understands. Pods that such a policy may select cannot be
// decided about.
type foreignKind struct {
	schema.GroupKind
	plural  string
	cluster bool
	// adds: such a policy only lets more through where a NetworkPolicy isolates a pod.
	adds   bool
	decode func(*snapshot.Raw) (any, error)
}

func foreignOf(group, kind, plural string, cluster, adds bool, keep func(*foreignObject) *foreign) foreignKind {
	return foreignKind{
		GroupKind: schema.GroupKind{Group: group, Kind: kind}, plural: plural, cluster: cluster, adds: adds,
		decode: func(raw *snapshot.Raw) (any, error) {
			var o foreignObject
			if err := json.Unmarshal(raw.JSON, &o); err != nil {
				return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
			}
			f := keep(&o)
			f.ref, f.adds = raw.Header.Ref, adds
			if translated(raw.Header.Name) {
				return nil, nil
			}
			return f, nil
		},
	}
}

// translated names are those of policies that Calico's own API shows in place of Kubernetes' policies.
func translated(name string) bool {
	for _, prefix := range []string{"knp.", "kanp.", "kbanp.", "kcnp."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

var foreignKinds = []foreignKind{
	foreignOf("cilium.io", "CiliumNetworkPolicy", "", false, true, cilium),
	foreignOf("cilium.io", "CiliumClusterwideNetworkPolicy", "", true, true, cilium),
	foreignOf("crd.projectcalico.org", "NetworkPolicy", "", false, false, calico),
	foreignOf("crd.projectcalico.org", "GlobalNetworkPolicy", "", true, false, calico),
	foreignOf("projectcalico.org", "NetworkPolicy", "", false, false, calico),
	foreignOf("projectcalico.org", "GlobalNetworkPolicy", "", true, false, calico),
	foreignOf("crd.antrea.io", "NetworkPolicy", "", false, false, antrea),
	foreignOf("crd.antrea.io", "ClusterNetworkPolicy", "", true, false, antrea),
	foreignOf("networking.k8s.aws", "ApplicationNetworkPolicy", "", false, true, selecting),
	foreignOf("networking.k8s.aws", "ClusterNetworkPolicy", "", true, false, selecting),
	foreignOf("networking.gke.io", "FQDNNetworkPolicy", "", false, true, egressOnly),
	foreignOf("k8s.ovn.org", "EgressFirewall", "", false, false, egressOnly),
	foreignOf("network.openshift.io", "EgressNetworkPolicy", "", false, false, egressOnly),
	foreignOf("kubeovn.io", "SecurityGroup", "", true, false, group),
}

// foreignObject is what is read of them; each kind uses some of the fields.
type foreignObject struct {
	Spec  foreignSpec   `json:"spec"`
	Specs []foreignSpec `json:"specs"`
}

type foreignSpec struct {
	EndpointSelector *metav1.LabelSelector `json:"endpointSelector"`
	NodeSelector     json.RawMessage       `json:"nodeSelector"`
	PodSelector      *metav1.LabelSelector `json:"podSelector"`
	Selector         string                `json:"selector"`
	Types            []string              `json:"types"`
	PolicyTypes      []string              `json:"policyTypes"`
	Ingress          json.RawMessage       `json:"ingress"`
	Egress           json.RawMessage       `json:"egress"`
	IngressDeny      json.RawMessage       `json:"ingressDeny"`
	EgressDeny       json.RawMessage       `json:"egressDeny"`
	AppliedTo        []foreignTarget       `json:"appliedTo"`
}

type foreignTarget struct {
	PodSelector       *metav1.LabelSelector `json:"podSelector"`
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
}

// foreign is one such policy. It applies to a pod that any of its targets may select.
type foreign struct {
	ref     model.Ref
	adds    bool
	group   bool // a security group: pods name it
	targets []target
}

type target struct {
	namespaces, pods *selector // nil: any
	expression       string
	directions       [2]bool
}

// applies says whether the policy may have a say about a pod in a direction.
func (f *foreign) applies(n *namespace, p *Pod, d Direction) bool {
	if f.group {
		return p.Groups
	}
	if f.ref.Namespace != "" && f.ref.Namespace != n.name {
		return false
	}
	for i := range f.targets {
		t := &f.targets[i]
		if t.directions[d] && (t.pods == nil || t.pods.matches(p.Labels)) &&
			(t.namespaces == nil || t.namespaces.of(n) != no) && mayMatch(t.expression, p.Labels) {
			return true
		}
	}
	return false
}

func present(raw ...json.RawMessage) bool {
	for _, r := range raw {
		if len(r) > 0 && string(r) != "null" {
			return true
		}
	}
	return false
}

func cilium(o *foreignObject) *foreign {
	f := &foreign{}
	for _, s := range append(o.Specs, o.Spec) {
		directions := [2]bool{present(s.Ingress, s.IngressDeny), present(s.Egress, s.EgressDeny)}
		if present(s.NodeSelector) || directions == [2]bool{} {
			continue
		}
		f.targets = append(f.targets, target{pods: ciliumSelector(s.EndpointSelector), directions: directions})
	}
	return f
}

// ciliumSelector leaves out what is no label of the pod, such as its ServiceAccount: the policy may then select more
// pods than it does.
func ciliumSelector(s *metav1.LabelSelector) *selector {
	if s == nil {
		return nil
	}
	plain := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for k, v := range s.MatchLabels {
		if name, ok := ciliumKey(k); ok {
			plain.MatchLabels[name] = v
		}
	}
	for _, e := range s.MatchExpressions {
		if name, ok := ciliumKey(e.Key); ok {
			e.Key = name
			plain.MatchExpressions = append(plain.MatchExpressions, e)
		}
	}
	return newSelector(plain)
}

func ciliumKey(key string) (name string, ok bool) {
	for _, prefix := range []string{"k8s:", "any:", "k8s.", "any."} {
		key = strings.TrimPrefix(key, prefix)
	}
	return key, !strings.HasPrefix(key, "io.kubernetes.") && !strings.HasPrefix(key, "io.cilium.") &&
		!strings.HasPrefix(key, "reserved:")
}

func calico(o *foreignObject) *foreign {
	directions := [2]bool{true, true}
	if len(o.Spec.Types) > 0 {
		directions = [2]bool{}
		for _, t := range o.Spec.Types {
			switch t {
			case "Ingress":
				directions[Ingress] = true
			case "Egress":
				directions[Egress] = true
			}
		}
	}
	return &foreign{targets: []target{{expression: o.Spec.Selector, directions: directions}}}
}

func antrea(o *foreignObject) *foreign {
	f := &foreign{}
	directions := [2]bool{present(o.Spec.Ingress), present(o.Spec.Egress)}
	if len(o.Spec.AppliedTo) == 0 { // each rule says to whom it applies
		f.targets = append(f.targets, target{directions: directions})
	}
	for _, a := range o.Spec.AppliedTo {
		t := target{directions: directions}
		if a.PodSelector != nil {
			t.pods = newSelector(a.PodSelector)
		}
		if a.NamespaceSelector != nil {
			t.namespaces = newSelector(a.NamespaceSelector)
		}
		f.targets = append(f.targets, t)
	}
	return f
}

func selecting(o *foreignObject) *foreign {
	t := target{directions: [2]bool{present(o.Spec.Ingress), present(o.Spec.Egress)}}
	if o.Spec.PodSelector != nil {
		t.pods = newSelector(o.Spec.PodSelector)
	}
	return &foreign{targets: []target{t}}
}

func egressOnly(o *foreignObject) *foreign {
	t := target{directions: [2]bool{Egress: true}}
	if o.Spec.PodSelector != nil {
		t.pods = newSelector(o.Spec.PodSelector)
	}
	return &foreign{targets: []target{t}}
}

func group(*foreignObject) *foreign { return &foreign{group: true} }

// plainTerms takes out the parentheses that belong to a term, as in all() and has(label).
var plainTerms = strings.NewReplacer("has(", "", "()", "")

// mayMatch reads the simple forms of Calico's selectors: terms that are joined by &&. Whatever else it is, it may
// match.
func mayMatch(expression string, l model.Labels) bool {
	if bare := plainTerms.Replace(expression); strings.Contains(bare, "||") || strings.Contains(bare, "(") {
		return true
	}
	for term := range strings.SplitSeq(expression, "&&") {
		if !mayHold(strings.TrimSpace(term), l) {
			return false
		}
	}
	return true
}

func mayHold(term string, l model.Labels) bool {
	if key, value, ok := strings.Cut(term, "=="); ok {
		key = strings.TrimSpace(key)
		have, has := l.Lookup(key)
		return synthetic(key) || has && have == unquote(value)
	}
	if key, value, ok := strings.Cut(term, "!="); ok {
		key = strings.TrimSpace(key)
		have, has := l.Lookup(key)
		return synthetic(key) || !has || have != unquote(value)
	}
	return true
}

// synthetic labels are Calico's own: those of the namespace, the ServiceAccount and the like.
func synthetic(key string) bool {
	return strings.HasPrefix(key, "pcns.") || strings.HasPrefix(key, "pcsa.") || strings.HasPrefix(key, "projectcalico.org/")
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `'"`) }
