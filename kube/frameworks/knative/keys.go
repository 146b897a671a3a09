package knative

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Keys goes by labels: they are on everything that Serving makes, pods included, and survive lost owners.
func (adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	switch h.Group {
	case servingGroup:
		return servingKeys(h)
	case eventingGroup, messagingGroup, sourcesGroup:
		if c, ok := h.FactsOf(Name).(*call); ok {
			return c.keys
		}
		return nil
	case operatorGroup:
		if h.Kind == sourceKind.Kind {
			return sourceKeys(h)
		}
		return nil
	}
	if len(h.Labels) == 0 {
		return nil
	}
	switch h.GroupKind() {
	case frameworks.Deployment, frameworks.Pod:
		if keys := revisionKeys(h); keys != nil {
			return keys
		}
		return funcKeys(h)
	case frameworks.Service, scaledKind:
		if h.Labels.Has(labelService) {
			return nil
		}
		return funcKeys(h)
	}
	return nil
}

func servingKeys(h *model.Header) []model.FunctionKey {
	switch h.Kind {
	case serviceKind.Kind:
		keys := []model.FunctionKey{functionKey(serviceKind, h.Namespace, h.Name)}
		if name := h.Labels.Get(labelFunc); name != "" {
			keys = append(keys, functionKey(sourceKind, h.Namespace, name))
		}
		return keys
	case revisionKind.Kind:
		return revisionKeys(h)
	case configurationKind.Kind:
		if service, ok := serviceOf(h); ok {
			return []model.FunctionKey{functionKey(serviceKind, h.Namespace, service)}
		}
		return []model.FunctionKey{functionKey(configurationKind, h.Namespace, h.Name)}
	case routeKind.Kind:
		return routeKeys(h)
	case mappingKind.Kind:
		if m, ok := h.FactsOf(Name).(*mapping); ok && m.target.Group == servingGroup {
			return []model.FunctionKey{functionKey(serviceKind, m.target.Namespace, m.target.Name)}
		}
	}
	return nil
}

// serviceOf returns the Knative Service that owns a Configuration or Route.
func serviceOf(h *model.Header) (string, bool) {
	for _, w := range h.Owners {
		if w.Group == servingGroup && w.Kind == serviceKind.Kind {
			return w.Name, true
		}
	}
	name := h.Labels.Get(labelService)
	return name, name != ""
}

func routeKeys(h *model.Header) []model.FunctionKey {
	if service, ok := serviceOf(h); ok {
		return []model.FunctionKey{functionKey(serviceKind, h.Namespace, service)}
	}
	var keys []model.FunctionKey
	for _, to := range h.Links {
		if to.GroupKind() == configurationKind && len(keys) < frameworks.MaxList {
			keys = append(keys, functionKey(configurationKind, h.Namespace, to.Name))
		}
	}
	return keys
}

func revisionKeys(h *model.Header) []model.FunctionKey {
	if name := h.Labels.Get(labelService); name != "" {
		return []model.FunctionKey{functionKey(serviceKind, h.Namespace, name)}
	}
	if name := h.Labels.Get(labelConfiguration); name != "" {
		return []model.FunctionKey{functionKey(configurationKind, h.Namespace, name)}
	}
	return nil
}

// funcKeys are those of what func deploys without Serving. The deployment answers for the source that it came
// from, too.
func funcKeys(h *model.Header) []model.FunctionKey {
	name := h.Labels.Get(labelFunc)
	if name == "" {
		return nil
	}
	keys := []model.FunctionKey{functionKey(frameworks.Deployment, h.Namespace, name)}
	if h.Kind == frameworks.Deployment.Kind {
		keys = append(keys, functionKey(sourceKind, h.Namespace, name))
	}
	return keys
}

// sourceKeys are those of a Function of func-operator. Its workload is named by its status, and so is the row that
// it has while there is no workload.
func sourceKeys(h *model.Header) []model.FunctionKey {
	s, ok := h.FactsOf(Name).(*source)
	if !ok || s.name == "" {
		return []model.FunctionKey{functionKey(sourceKind, h.Namespace, h.Name)}
	}
	return []model.FunctionKey{
		functionKey(sourceKind, h.Namespace, s.name),
		functionKey(serviceKind, h.Namespace, s.name),
		functionKey(frameworks.Deployment, h.Namespace, s.name),
	}
}
