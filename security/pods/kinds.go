package pods

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/snapshot"
)

const reader = "pods"

var (
	podKind            = schema.GroupKind{Kind: "Pod"}
	claimKind          = schema.GroupKind{Kind: "PersistentVolumeClaim"}
	volumeKind         = schema.GroupKind{Kind: "PersistentVolume"}
	deviceKind         = schema.GroupKind{Group: "resource.k8s.io", Kind: "ResourceClaim"}
	deviceTemplateKind = schema.GroupKind{Group: "resource.k8s.io", Kind: "ResourceClaimTemplate"}
)

var kinds = []snapshot.Kind{
	{GroupKind: claimKind, Reader: reader, Decode: snapshot.Typed(func(c *corev1.PersistentVolumeClaim) any {
		if c.Spec.VolumeName == "" {
			return nil
		}
		return bound(c.Spec.VolumeName)
	})},
	{GroupKind: volumeKind, Cluster: true, Reader: reader, Decode: snapshot.Typed(func(v *corev1.PersistentVolume) any {
		if v.Spec.HostPath == nil {
			return nil
		}
		return folder(v.Spec.HostPath.Path)
	})},
	{GroupKind: runtimeKind, Versions: []string{"v1"}, Cluster: true, Plural: "runtimeclasses", Reader: reader, Decode: snapshot.Typed(keepRuntime)},
	{GroupKind: deviceKind, Reader: reader, Decode: keepDevices},
	{GroupKind: deviceTemplateKind, Reader: reader, Decode: keepDevices},
}

type (
	// bound is the volume that a PersistentVolumeClaim has.
	bound string
	// folder is the folder of a node that a PersistentVolume is.
	folder string
	// admin marks a claim for administrator's access to devices.
	admin bool
)

// requests is the part of a device claim that controls read, in all versions of the API.
type requests struct {
	Devices struct {
		Requests []struct {
			AdminAccess *bool `json:"adminAccess"`
			Exactly     *struct {
				AdminAccess *bool `json:"adminAccess"`
			} `json:"exactly"`
		} `json:"requests"`
	} `json:"devices"`
}

func keepDevices(raw *snapshot.Raw) (any, error) {
	data := raw.JSON
	if raw.Typed != nil {
		var err error
		if data, err = json.Marshal(raw.Typed); err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
	}
	var o struct {
		Spec struct {
			requests
			Spec requests `json:"spec"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	for _, all := range []requests{o.Spec.requests, o.Spec.Spec} {
		for _, r := range all.Devices.Requests {
			if isTrue(r.AdminAccess) || r.Exactly != nil && isTrue(r.Exactly.AdminAccess) {
				return admin(true), nil
			}
		}
	}
	return nil, nil
}
