package frameworks

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/fn9s/fn9s/security/model"
)

// Fresh reports whether no API server has had the object yet: it stands in a manifest or a draft, and no controller has
// acted on it.
func Fresh(h *model.Header) bool { return h != nil && h.Created.IsZero() }

// Merged is a pod spec with another one laid over it, lists by name, as controllers do that take a part of a pod spec.
func Merged(base, over *corev1.PodSpec) (*corev1.PodSpec, error) {
	if over == nil {
		return base, nil
	}
	original, err := json.Marshal(base)
	if err != nil {
		return nil, fmt.Errorf("merge pod specs: %w", err)
	}
	patch, err := json.Marshal(over)
	if err != nil {
		return nil, fmt.Errorf("merge pod specs: %w", err)
	}
	merged, err := strategicpatch.StrategicMergePatch(original, patch, corev1.PodSpec{})
	if err != nil {
		return nil, fmt.Errorf("merge pod specs: %w", err)
	}
	out := &corev1.PodSpec{}
	if err := json.Unmarshal(merged, out); err != nil {
		return nil, fmt.Errorf("merge pod specs: %w", err)
	}
	return out, nil
}
