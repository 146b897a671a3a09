package frameworks

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

// providerClass is the kind that volumes of the Secrets Store CSI driver name.
const providerClass = "SecretProviderClass"

func (r *collector) volume(v *corev1.Volume, path string) {
	switch {
	case v.Secret != nil:
		r.items(Secret.Kind, v.Secret.SecretName, v.Secret.Items, v.Secret.Optional, path+".secret")
	case v.ConfigMap != nil:
		r.items(ConfigMap.Kind, v.ConfigMap.Name, v.ConfigMap.Items, v.ConfigMap.Optional, path+".configMap")
	case v.Projected != nil:
		for i := range v.Projected.Sources {
			at := fmt.Sprintf("%s.projected.sources[%d]", path, i)
			if s := v.Projected.Sources[i].Secret; s != nil {
				r.items(Secret.Kind, s.Name, s.Items, s.Optional, at+".secret")
			}
			if m := v.Projected.Sources[i].ConfigMap; m != nil {
				r.items(ConfigMap.Kind, m.Name, m.Items, m.Optional, at+".configMap")
			}
		}
	case v.CSI != nil:
		if v.CSI.Driver == "secrets-store.csi.k8s.io" {
			r.add(providerClass, v.CSI.VolumeAttributes["secretProviderClass"], "", model.File, nil,
				path+".csi.volumeAttributes.secretProviderClass")
		}
		if s := v.CSI.NodePublishSecretRef; s != nil {
			r.add(Secret.Kind, s.Name, "", model.File, nil, path+".csi.nodePublishSecretRef")
		}
	default:
		r.storage(v, path)
	}
}

// storage reads the old volume types whose Secret the kubelet uses and the container never sees.
func (r *collector) storage(v *corev1.Volume, path string) {
	local := func(s *corev1.LocalObjectReference, field string) {
		if s != nil {
			r.add(Secret.Kind, s.Name, "", model.File, nil, path+field)
		}
	}
	switch {
	case v.AzureFile != nil:
		r.add(Secret.Kind, v.AzureFile.SecretName, "", model.File, nil, path+".azureFile.secretName")
	case v.CephFS != nil:
		local(v.CephFS.SecretRef, ".cephfs.secretRef")
	case v.RBD != nil:
		local(v.RBD.SecretRef, ".rbd.secretRef")
	case v.ISCSI != nil:
		local(v.ISCSI.SecretRef, ".iscsi.secretRef")
	case v.FlexVolume != nil:
		local(v.FlexVolume.SecretRef, ".flexVolume.secretRef")
	case v.ScaleIO != nil:
		local(v.ScaleIO.SecretRef, ".scaleIO.secretRef")
	case v.StorageOS != nil:
		local(v.StorageOS.SecretRef, ".storageos.secretRef")
	}
}

// items gives one reference for the whole object, or one for every key that is picked.
func (r *collector) items(kind, name string, items []corev1.KeyToPath, optional *bool, path string) {
	if len(items) == 0 {
		r.add(kind, name, "", model.File, optional, path)
		return
	}
	for i := range items {
		r.add(kind, name, items[i].Key, model.File, optional, fmt.Sprintf("%s.items[%d]", path, i))
	}
}
