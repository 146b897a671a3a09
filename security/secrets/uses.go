package secrets

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// The kinds that this package looks up.
var (
	secretKind    = schema.GroupKind{Kind: "Secret"}
	configMapKind = schema.GroupKind{Kind: "ConfigMap"}
	providerKind  = schema.GroupKind{Group: "secrets-store.csi.x-k8s.io", Kind: "SecretProviderClass"}
)

// Way is how a Secret gets into a function.
type Way uint8

// The ways. Storage: the kubelet uses it for a volume, the container does not see it. External: a volume of the
// Secrets Store CSI driver. Handed: the framework reads it through the API and hands it over.
const (
	Env Way = iota
	EnvFrom
	File
	SubPath
	Storage
	External
	Pull
	Handed
	Trigger
	Build
)

// Inside reports whether the code of the function can read it that way.
func (w Way) Inside() bool { return w <= SubPath || w == Handed }

// Use is one place where a function names a Secret.
type Use struct {
	// Secret is the Secret; of way External the SecretProviderClass.
	Secret   model.Ref
	Key      string // empty: all keys
	Way      Way
	Optional bool
	// Container is where it gets in; empty where no container is named. Own: it is the function's own.
	Container string
	List      workload.Kind
	Own       bool
	Live      bool // seen in a running pod only
	// Account gave the pull secret, where the pod names none.
	Account string
	At      check.At
}

// UsesOf answers how Secrets get into a function: what its pod specs name, then what its framework's objects say
// besides. The answer must not be changed.
var UsesOf = snapshot.NewQuery("Secrets of a function", func(r *snapshot.Reader, key model.FunctionKey) []Use {
	v := workload.Of.Get(r, key)
	c := collector{namespace: key.Namespace}
	for i := range v.Specs {
		c.spec(r, &v.Specs[i])
	}
	c.references(v)
	return c.found
}, nil)

type collector struct {
	namespace string
	live      bool
	found     []Use
}

func (c *collector) spec(r *snapshot.Reader, s *workload.Spec) {
	c.live = s.Live
	for _, container := range s.Containers() {
		c.container(s, &container)
	}
	for i := range s.Spec.Volumes {
		c.volume(s, &s.Spec.Volumes[i], i)
	}
	c.dapr(s)
	c.pull(r, s)
}

// add notes a use, unless it is one of a running pod that the template has as well.
func (c *collector) add(u Use, name string) {
	if name == "" {
		return
	}
	u.Live = c.live
	if u.Secret.Kind == "" {
		u.Secret = Ref(c.namespace, name)
	}
	if c.live {
		for i := range c.found {
			f := &c.found[i]
			if f.Secret == u.Secret && f.Key == u.Key && f.Way == u.Way && f.Container == u.Container {
				return
			}
		}
	}
	c.found = append(c.found, u)
}

// Ref is the identity of a Secret.
func Ref(namespace, name string) model.Ref {
	return model.Ref{Kind: secretKind.Kind, Namespace: namespace, Name: name}
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

func (c *collector) container(s *workload.Spec, from *workload.Container) {
	use := func(way Way, key string, optional *bool, name, field, fixed string) {
		c.add(Use{
			Key: key, Way: way, Optional: optional != nil && *optional, Container: from.Name, List: from.Kind, Own: from.Own,
			At: check.At{Object: s.Ref, Path: from.Path + "." + field, Fixed: from.Fixed + "." + fixed, Value: name},
		}, name)
	}
	for i := range from.Env {
		if v := from.Env[i].ValueFrom; v != nil && v.SecretKeyRef != nil {
			k := v.SecretKeyRef
			use(Env, k.Key, k.Optional, k.Name, index("env", i)+".valueFrom.secretKeyRef",
				"env["+from.Env[i].Name+"].valueFrom.secretKeyRef")
		}
	}
	for i := range from.EnvFrom {
		if ref := from.EnvFrom[i].SecretRef; ref != nil {
			use(EnvFrom, "", ref.Optional, ref.Name, index("envFrom", i)+".secretRef", "envFrom["+ref.Name+"].secretRef")
		}
	}
}

// volume notes a volume once per container that mounts it, or once when none does.
func (c *collector) volume(s *workload.Spec, v *corev1.Volume, i int) {
	at, fixed := s.Field(index("volumes", i)), s.Field("volumes["+v.Name+"]")
	var uses []Use
	note := func(way Way, name string, items []corev1.KeyToPath, optional *bool, field string) {
		if name == "" {
			return
		}
		u := Use{
			Secret: Ref(c.namespace, name), Way: way, Optional: optional != nil && *optional,
			At: check.At{Object: s.Ref, Path: at + "." + field, Fixed: fixed + "." + field, Value: name},
		}
		if len(items) == 0 {
			uses = append(uses, u)
		}
		for k := range items {
			u.Key = items[k].Key
			uses = append(uses, u)
		}
	}
	switch {
	case v.Secret != nil:
		note(File, v.Secret.SecretName, v.Secret.Items, v.Secret.Optional, "secret")
	case v.Projected != nil:
		for k := range v.Projected.Sources {
			if p := v.Projected.Sources[k].Secret; p != nil {
				note(File, p.Name, p.Items, p.Optional, index("projected.sources", k)+".secret")
			}
		}
	case v.CSI != nil:
		if class := v.CSI.VolumeAttributes["secretProviderClass"]; v.CSI.Driver == "secrets-store.csi.k8s.io" && class != "" {
			note(External, class, nil, nil, "csi.volumeAttributes.secretProviderClass")
			uses[0].Secret = model.Ref{Group: providerKind.Group, Kind: providerKind.Kind, Namespace: c.namespace, Name: class}
		}
		if ref := v.CSI.NodePublishSecretRef; ref != nil {
			note(Storage, ref.Name, nil, nil, "csi.nodePublishSecretRef")
		}
	default:
		if field, name := storage(v); name != "" {
			note(Storage, name, nil, nil, field)
		}
	}
	for k := range uses {
		c.mounts(s, v.Name, uses[k])
	}
}

// storage returns the Secret with which the kubelet mounts a volume of the old types, and its field.
func storage(v *corev1.Volume) (field, name string) {
	local := func(field string, ref *corev1.LocalObjectReference) (string, string) {
		if ref == nil {
			return "", ""
		}
		return field, ref.Name
	}
	switch {
	case v.AzureFile != nil:
		return "azureFile.secretName", v.AzureFile.SecretName
	case v.CephFS != nil:
		return local("cephfs.secretRef", v.CephFS.SecretRef)
	case v.Cinder != nil:
		return local("cinder.secretRef", v.Cinder.SecretRef)
	case v.RBD != nil:
		return local("rbd.secretRef", v.RBD.SecretRef)
	case v.ISCSI != nil:
		return local("iscsi.secretRef", v.ISCSI.SecretRef)
	case v.FlexVolume != nil:
		return local("flexVolume.secretRef", v.FlexVolume.SecretRef)
	case v.ScaleIO != nil:
		return local("scaleIO.secretRef", v.ScaleIO.SecretRef)
	case v.StorageOS != nil:
		return local("storageos.secretRef", v.StorageOS.SecretRef)
	}
	return "", ""
}

func (c *collector) mounts(s *workload.Spec, volume string, u Use) {
	mounted := false
	for _, container := range s.Containers() {
		for i := range container.VolumeMounts {
			m := &container.VolumeMounts[i]
			if m.Name != volume {
				continue
			}
			mounted = true
			own := u
			own.Container, own.List, own.Own = container.Name, container.Kind, container.Own
			if u.Way == File && (m.SubPath != "" || m.SubPathExpr != "") {
				own.Way = SubPath
				own.At.Path = container.Path + "." + index("volumeMounts", i) + ".subPath"
				own.At.Fixed = container.Fixed + ".volumeMounts[" + m.MountPath + "].subPath"
			}
			c.add(own, u.Secret.Name)
		}
	}
	if !mounted {
		c.add(u, u.Secret.Name)
	}
}

// daprFields are annotations with which Dapr's sidecar takes tokens out of Secrets.
var daprFields = []string{"dapr.io/api-token-secret", "dapr.io/app-token-secret"}

func (c *collector) dapr(s *workload.Spec) {
	for _, field := range daprFields {
		if name := s.Annotations.Get(field); name != "" {
			path := strings.TrimSuffix(strings.TrimSuffix(s.Path, "spec"), ".")
			if path != "" {
				path += "."
			}
			path += "metadata.annotations['" + field + "']"
			c.add(Use{Way: Handed, Container: "daprd", At: check.At{Object: s.Ref, Path: path, Value: name}}, name)
		}
	}
}

// pull notes the pull secrets: the account's count only where the pod names none.
func (c *collector) pull(r *snapshot.Reader, s *workload.Spec) {
	for i, ref := range s.Spec.ImagePullSecrets {
		c.add(Use{Way: Pull, At: check.At{
			Object: s.Ref, Path: s.Field(index("imagePullSecrets", i)), Fixed: s.Field("imagePullSecrets[" + ref.Name + "]"), Value: ref.Name,
		}}, ref.Name)
	}
	if len(s.Spec.ImagePullSecrets) > 0 {
		return
	}
	name := rbac.AccountName(s.Spec)
	ref := rbac.Account{Namespace: c.namespace, Name: name}.Ref()
	account := rbac.AccountFacts(r.Get(ref))
	if account == nil {
		return
	}
	for i, secret := range account.PullSecrets {
		c.add(Use{Way: Pull, Account: name, At: check.At{
			Object: ref, Path: index("imagePullSecrets", i), Fixed: "imagePullSecrets[" + secret + "]", Value: secret,
		}}, secret)
	}
}

// references adds what the framework's own objects name and the pod specs do not.
func (c *collector) references(v *workload.View) {
	c.live = false
	pods := len(c.found)
	for i := range v.Function.References {
		ref := &v.Function.References[i]
		if ref.Kind != secretKind.Kind || ref.Name == "" {
			continue
		}
		namespace := ref.Namespace
		if namespace == "" {
			namespace = ref.Origin.Namespace
		}
		secret := Ref(namespace, ref.Name)
		if c.covered(v, ref, secret, pods) {
			continue
		}
		c.add(Use{
			Secret: secret, Key: ref.Key, Way: wayOf(ref), Optional: ref.Optional, Own: true,
			At: check.At{Object: ref.Origin.Ref, Path: ref.Origin.Path, Value: ref.Name},
		}, ref.Name)
	}
}

// covered reports whether a reference is one that was read from a pod spec, or one that the framework turned into one.
func (c *collector) covered(v *workload.View, ref *model.Reference, secret model.Ref, pods int) bool {
	if ref.How == model.ForBld || ref.How == model.ForTrig {
		return false
	}
	for i := range v.Specs {
		if v.Specs[i].Ref == ref.Origin.Ref && strings.HasPrefix(ref.Origin.Path, v.Specs[i].Path) {
			return true
		}
	}
	for i := range c.found[:pods] {
		f := &c.found[i]
		if f.Secret == secret && (f.Way == Pull) == (ref.How == model.Pull) && (f.Key == ref.Key || f.Key == "" || ref.Key == "") {
			return true
		}
	}
	return false
}

func wayOf(ref *model.Reference) Way {
	switch {
	case ref.How == model.Env && ref.Key == "":
		return EnvFrom
	case ref.How == model.Env:
		return Env
	case ref.How == model.Pull:
		return Pull
	case ref.How == model.ForTrig:
		return Trigger
	case ref.How == model.ForBld:
		return Build
	}
	return Handed
}
