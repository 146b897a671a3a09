package framework

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	servingGroup = "serving.knative.dev"
	localLabel   = "networking.knative.dev/visibility"
	localValue   = "cluster-local"
	noKnative    = "it is no Knative"
	noServing    = "it is no installation of Knative Serving"
	// settingsReader keeps the settings apart from what else is kept of ConfigMaps.
	settingsReader = "knative"
	// maxSettings bounds what is kept of one ConfigMap.
	maxSettings = 100
)

var (
	knativeServiceKind  = schema.GroupKind{Group: servingGroup, Kind: "Service"}
	knativeRouteKind    = schema.GroupKind{Group: servingGroup, Kind: "Route"}
	knativeRevisionKind = schema.GroupKind{Group: servingGroup, Kind: "Revision"}
	knativeMappingKind  = schema.GroupKind{Group: servingGroup, Kind: "DomainMapping"}
	knativeServingKind  = schema.GroupKind{Group: "operator.knative.dev", Kind: "KnativeServing"}
	roleBindingKind     = schema.GroupKind{Group: rbacv1.GroupName, Kind: "RoleBinding"}
)

var knativeKinds = slices.Concat([]snapshot.Kind{
	{GroupKind: configMapKind, Versions: []string{"v1"}, Reader: settingsReader, Decode: decodeSettings},
	{GroupKind: knativeServingKind, Versions: []string{"v1beta1"}, Plural: "knativeservings", Reader: reader, Decode: decodeKnativeServing},
	{GroupKind: knativeServiceKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeTraffic},
	{GroupKind: knativeRouteKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeTraffic},
	{GroupKind: knativeRevisionKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeRevision},
	{GroupKind: roleBindingKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeFuncBinding},
}, eventingKinds)

// settings are the keys of a ConfigMap that configures Knative, in lower case.
type settings map[string]string

func (s settings) get(keys ...string) string {
	for _, k := range keys {
		if v := s[k]; v != "" {
			return v
		}
	}
	return ""
}

// knativeConfigs are the ConfigMaps of which settings are kept.
var knativeConfigs = []string{"config-domain", "config-features", "config-network"}

func decodeSettings(raw *snapshot.Raw) (any, error) {
	h := raw.Header
	if h.Namespace != servingNamespace && h.Namespace != eventingNamespace || !slices.Contains(knativeConfigs, h.Name) {
		return nil, nil
	}
	m, ok := raw.Typed.(*corev1.ConfigMap)
	if !ok {
		return nil, nil
	}
	return settingsOf(m.Data), nil
}

func settingsOf(data map[string]string) settings {
	s := settings{}
	for _, k := range slices.Sorted(maps.Keys(data)) {
		if k != "_example" && len(s) < maxSettings {
			v := data[k]
			s[strings.ToLower(short(k))] = strings.Clone(v[:min(len(v), 1024)])
		}
	}
	return s
}

// decodeKnativeServing keeps the settings that the operator writes into ConfigMaps, by the name without `config-`.
func decodeKnativeServing(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Config map[string]map[string]string
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	all := map[string]settings{}
	for _, name := range knativeConfigs {
		if data := o.Spec.Config[strings.TrimPrefix(name, "config-")]; data != nil {
			all[name] = settingsOf(data)
		} else if data := o.Spec.Config[name]; data != nil {
			all[name] = settingsOf(data)
		}
	}
	return all, nil
}

// configured is one ConfigMap of Knative and where it was read: the operator's object stands in while it is not there.
type configured struct {
	settings
	at     model.Ref
	prefix string // of paths
}

var knativeConfig = snapshot.NewQuery("settings of Knative", func(r *snapshot.Reader, at model.Ref) configured {
	if s, ok := snapshot.FactsOf[settings](r.Get(at), settingsReader); ok {
		return configured{s, at, "data."}
	}
	if at.Namespace != servingNamespace {
		return configured{}
	}
	for _, o := range r.List(knativeServingKind, at.Namespace) {
		all, _ := snapshot.FactsOf[map[string]settings](o, reader)
		if s := all[at.Name]; s != nil {
			return configured{s, o.Head().Ref, "spec.config." + strings.TrimPrefix(at.Name, "config-") + "."}
		}
	}
	return configured{}
}, nil)

// configOf returns a ConfigMap of Knative; ok is false when the control was told why there is none.
func configOf(e *check.Eval, namespace, name string) (c configured, ok bool) {
	c = knativeConfig.Get(e.Reader, model.Ref{Kind: configMapKind.Kind, Namespace: namespace, Name: name})
	if c.at.IsZero() {
		if e.Need(configMapKind, namespace) {
			e.NA("ConfigMap " + name + " is not among the objects")
		}
		return c, false
	}
	return c, true
}

// servingPlane is planeOf for the control plane of Knative Serving.
func servingPlane(e *check.Eval) bool {
	if e.Subject.Framework != knative || e.Subject.Namespace != servingNamespace {
		e.NA(noServing)
		return false
	}
	return true
}

// hostPower are the switches of config-features by what they let the authors of functions ask for.
var hostPower = []struct {
	key, means string
	severity   check.Severity
}{
	{"kubernetes.podspec-volumes-hostpath", "the node's files", check.High},
	{"kubernetes.podspec-hostnetwork", "the node's network", check.High},
	{"kubernetes.podspec-hostpid", "the node's processes", check.High},
	{"kubernetes.podspec-hostipc", "the node's shared memory", check.High},
	{"kubernetes.containerspec-addcapabilities", "Linux capabilities", check.Medium},
	{"kubernetes.podspec-persistent-volume-write", "writable volumes", check.Low},
	{"kubernetes.podspec-init-containers", "init containers", check.Low},
}

// on reports whether a switch of Knative is: everything but disabled lets the field through.
func on(value string) bool {
	return strings.EqualFold(value, "enabled") || strings.EqualFold(value, "allowed")
}

// checkKnativeFlags is FW-KN-06.
func checkKnativeFlags(e *check.Eval) {
	if !servingPlane(e) {
		return
	}
	c, ok := configOf(e, servingNamespace, "config-features")
	if !ok {
		return
	}
	for _, p := range hostPower {
		if v := c.get(p.key); on(v) {
			e.Failf(check.At{Object: c.at, Path: c.prefix + p.key, Value: v}, "every author of a function may ask for %s (%s)", p.means, p.key).As(p.severity)
		}
	}
	if v := c.get("secure-pod-defaults"); v == "" || strings.EqualFold(v, "disabled") {
		n := len(Served.Get(e.Reader, e.Subject))
		f := e.Fact(check.At{Object: c.at, Path: c.prefix + "secure-pod-defaults", Value: v},
			fmt.Sprintf("secure-pod-defaults is off: it would harden new revisions of %d functions where they say nothing", n))
		f.Offers(check.FixPlatformSetting)
	}
}

// funcBinding says that a RoleBinding lets the account default deploy functions.
type funcBinding struct{}

const funcOperatorRole = "func-operator-deploy-function"

func decodeFuncBinding(raw *snapshot.Raw) (any, error) {
	b, ok := raw.Typed.(*rbacv1.RoleBinding)
	if !ok || b.RoleRef.Kind != "ClusterRole" || b.RoleRef.Name != funcOperatorRole {
		return nil, nil
	}
	for _, s := range b.Subjects {
		if s.Kind == rbacv1.ServiceAccountKind && s.Name == "default" && (s.Namespace == "" || s.Namespace == b.Namespace) {
			return funcBinding{}, nil
		}
	}
	return nil, nil
}

// checkFuncOperator is FW-KN-07.
func checkFuncOperator(e *check.Eval) {
	ns := e.Subject.Namespace
	if !e.Need(roleBindingKind, ns) {
		return
	}
	for _, o := range e.List(roleBindingKind, ns) {
		if _, ok := snapshot.FactsOf[funcBinding](o, reader); !ok {
			continue
		}
		holders := holdersOfDefault.Get(e.Reader, ns)
		who := "no workload there uses it now"
		if len(holders) > 0 {
			who = "held by " + few(holders)
		}
		e.Failf(check.At{Object: o.Head().Ref, Path: "subjects", Value: "default"},
			"the account default may create, change and delete Knative Services here (func-operator bound it): every pod with its token deploys code; %s", who)
	}
}

// holdersOfDefault lists the workloads and bare pods of a namespace that mount a token of the account default. What
// the account says of mounting is not looked at: the pod may say otherwise.
var holdersOfDefault = snapshot.NewQuery("who holds the default account's token", func(r *snapshot.Reader, ns string) []string {
	var all []string
	for _, kind := range append(slices.Clone(workloadKinds), podKind) {
		for _, o := range r.List(kind, ns) {
			t, ok := templateOf(o)
			if !ok || accountOf(t.Spec) != "default" {
				continue
			}
			if mount := t.Spec.AutomountServiceAccountToken; mount == nil || *mount {
				all = append(all, o.Head().Kind+" "+o.Head().Name)
			}
		}
	}
	return all
}, slices.Equal[[]string])
