package kubeless

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// settingsName is the ConfigMap of the controller, in its namespace.
const settingsName = "kubeless-config"

// settings is what is kept of it.
type settings struct {
	provision string
	runtimes  map[string]map[string]string // images by runtime and phase
}

func decodeSettings(o *corev1.ConfigMap) any {
	if o.Name != settingsName {
		return nil
	}
	s := &settings{provision: frameworks.Text(o.Data["provision-image"]), runtimes: map[string]map[string]string{}}
	var all []struct {
		ID       string
		Versions []struct {
			Version string
			Images  []struct{ Phase, Image string }
		}
	}
	if json.Unmarshal([]byte(o.Data["runtime-images"]), &all) != nil {
		return s
	}
	for _, r := range frameworks.List(all) {
		for _, v := range frameworks.List(r.Versions) {
			images := map[string]string{}
			for _, i := range frameworks.List(v.Images) {
				images[i.Phase] = frameworks.Text(i.Image)
			}
			s.runtimes[frameworks.Text(r.ID+v.Version)] = images
		}
	}
	return s
}

// controllerOf finds the controller around a draft; nil: none is seen.
func controllerOf(s plan.Surroundings) *model.Workload {
	for _, o := range frameworks.Listed(s, frameworks.Deployment, "") {
		if w, ok := o.(*model.Workload); ok && w.Labels.Get(controllerLabel) == "controller" {
			return w
		}
	}
	return nil
}

// settingsOf reads the settings of that controller; nil: they are not known.
func settingsOf(s plan.Surroundings) *settings {
	namespace := "kubeless"
	if c := controllerOf(s); c != nil {
		namespace = c.Namespace
	}
	if s.Objects == nil {
		return nil
	}
	o := s.Get(model.Ref{Kind: frameworks.ConfigMap.Kind, Namespace: namespace, Name: settingsName})
	if o == nil {
		return nil
	}
	found, _ := o.Head().FactsOf(Name).(*settings)
	return found
}
