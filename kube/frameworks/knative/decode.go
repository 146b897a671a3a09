package knative

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

const (
	networkConfig = "config-network"
	maxDigits     = 9
)

// serving is what is kept of a Knative Service, a Configuration or a Route.
type serving struct {
	generation, observed       int64
	conditions                 []model.Condition
	url, address               string
	traffic                    []target // of status; of spec while status has none
	wanted                     []target // of spec
	latestCreated, latestReady string
	template                   *podTemplate
}

type target struct {
	revision, configuration, tag, url string
	percent                           int32
	latest                            bool
}

// podTemplate is what the declaring object says about the pods: it stands in while no Deployment does.
type podTemplate struct {
	image, account string
	containers     []string // their names, empty for those that have none
	revision       string   // the name that the next Revision is to have, where one is asked for
	references     []model.Reference
	scaling        model.Scaling
}

// revision is what is kept of a Revision.
type revision struct {
	conditions      []model.Condition
	image           string
	actual, desired *int32
	scaling         model.Scaling
}

// mapping is what is kept of a DomainMapping.
type mapping struct {
	target     model.Ref
	url        string
	secret     string
	conditions []model.Condition
}

// source is what is kept of a Function of func-operator.
type source struct {
	name, runtime, repository, reference string
	sourceSecret, registrySecret         string
	conditions                           []model.Condition
}

// scaled is what is kept of an HTTPScaledObject.
type scaled struct {
	hosts    []string
	min, max *int32
}

// network is what is kept of the ConfigMap of that name.
type network struct{ class string }

func (adapter) Decode(raw *frameworks.Raw) (any, error) {
	gk := raw.Header.GroupKind()
	if gk == frameworks.ConfigMap {
		return decodeConfig(raw), nil
	}
	switch gk {
	case serviceKind, configurationKind, routeKind:
		return decodeServing(raw)
	case revisionKind:
		return decodeRevision(raw)
	case mappingKind:
		return decodeMapping(raw)
	case sourceKind:
		return decodeSource(raw)
	case scaledKind:
		return decodeScaled(raw)
	}
	for i := range callers {
		if callers[i].group == gk.Group && callers[i].kind == gk.Kind {
			return decodeCall(raw, &callers[i])
		}
	}
	return nil, nil
}

func decodeConfig(raw *frameworks.Raw) any {
	if raw.Header.Name != networkConfig || raw.Header.Namespace != systemNamespace {
		return nil
	}
	m, ok := raw.Typed.(*corev1.ConfigMap)
	if !ok {
		return nil
	}
	class := m.Data["ingress-class"]
	if class == "" {
		class = m.Data["ingress.class"]
	}
	class, _, _ = strings.Cut(class, ".")
	return &network{class: frameworks.Line(class)}
}

type jsonCondition struct {
	Type, Status, Reason, Message string
	LastTransitionTime            jsonTime
}

func conditionsOf(all []jsonCondition) []model.Condition {
	var out []model.Condition
	for _, c := range frameworks.List(all) {
		out = append(out, model.Condition{
			Type: frameworks.Line(c.Type), Status: frameworks.Line(c.Status), Reason: frameworks.Line(c.Reason),
			Message: frameworks.Line(c.Message), Since: c.LastTransitionTime.Time,
		})
	}
	return out
}

func condition(all []model.Condition, kind string) model.Condition {
	for _, c := range all {
		if c.Type == kind {
			return c
		}
	}
	return model.Condition{}
}

type jsonTarget struct {
	RevisionName, ConfigurationName, Tag, URL string
	Percent                                   *int64
	LatestRevision                            *bool
}

func targetsOf(all []jsonTarget) []target {
	var out []target
	for _, t := range frameworks.List(all) {
		n := target{
			revision: frameworks.Line(t.RevisionName), configuration: frameworks.Line(t.ConfigurationName),
			tag: frameworks.Line(t.Tag), url: frameworks.Line(t.URL),
		}
		if t.Percent != nil {
			n.percent = frameworks.Number(*t.Percent)
		}
		n.latest = t.LatestRevision != nil && *t.LatestRevision
		out = append(out, n)
	}
	return out
}

func decodeServing(raw *frameworks.Raw) (any, error) {
	var o struct {
		Metadata struct{ Generation int64 }
		Spec     struct {
			Template *struct {
				Metadata struct {
					Name        string
					Annotations map[string]string
				}
				Spec revisionSpec
			}
			Traffic []jsonTarget
		}
		Status struct {
			ObservedGeneration                                 int64
			Conditions                                         []jsonCondition
			URL                                                string
			Address                                            struct{ URL string }
			Traffic                                            []jsonTarget
			LatestCreatedRevisionName, LatestReadyRevisionName string
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &serving{
		generation: o.Metadata.Generation, observed: o.Status.ObservedGeneration,
		conditions: conditionsOf(o.Status.Conditions),
		url:        frameworks.Line(o.Status.URL), address: frameworks.Line(o.Status.Address.URL),
		traffic:       targetsOf(o.Status.Traffic),
		latestCreated: frameworks.Line(o.Status.LatestCreatedRevisionName),
		latestReady:   frameworks.Line(o.Status.LatestReadyRevisionName),
	}
	s.wanted = targetsOf(o.Spec.Traffic)
	if len(s.traffic) == 0 {
		s.traffic = s.wanted
	}
	if t := o.Spec.Template; t != nil {
		s.template = templateOf(&t.Spec, t.Metadata.Annotations, raw.Header.Ref)
		s.template.revision = frameworks.Line(t.Metadata.Name)
	}
	if raw.Header.Kind == routeKind.Kind {
		linkRoute(raw.Header, s.traffic, targetsOf(o.Spec.Traffic))
	}
	return s, nil
}

// linkRoute lets a Route be found from the Configurations and Revisions that it sends requests to.
func linkRoute(h *model.Header, lists ...[]target) {
	for _, list := range lists {
		for _, t := range list {
			if t.configuration != "" {
				h.Links = append(h.Links, objectRef(configurationKind, h.Namespace, t.configuration))
			}
			if t.revision != "" {
				h.Links = append(h.Links, objectRef(revisionKind, h.Namespace, t.revision))
			}
		}
	}
}

type revisionSpec struct {
	corev1.PodSpec       `json:",inline"`
	ContainerConcurrency *int64
}

func templateOf(s *revisionSpec, annotations map[string]string, at model.Ref) *podTemplate {
	var names []string
	for i := range frameworks.List(s.Containers) {
		names = append(names, frameworks.Line(s.Containers[i].Name))
	}
	return &podTemplate{
		containers: names,
		scaling:    scalingOf(func(k string) string { return annotations[k] }, s.ContainerConcurrency),
		account:    frameworks.AccountOf(&s.PodSpec), references: frameworks.References(&s.PodSpec, at),
		image: servingImage(s.Containers, func(c *corev1.Container) (string, bool) { return c.Image, len(c.Ports) > 0 }),
	}
}

// servingImage returns the image of the container that takes the requests: with several, the one that has a port.
func servingImage[C any](all []C, of func(*C) (image string, port bool)) string {
	first := ""
	for i := range all {
		image, port := of(&all[i])
		if port {
			return frameworks.Line(image)
		}
		if i == 0 {
			first = frameworks.Line(image)
		}
	}
	return first
}

func scalingOf(annotation func(string) string, concurrency *int64) model.Scaling {
	first := func(keys ...string) string {
		for _, k := range keys {
			if v := annotation("autoscaling.knative.dev/" + k); v != "" {
				return v
			}
		}
		return ""
	}
	s := model.Scaling{Min: number(first("min-scale", "minScale")), Max: number(first("max-scale", "maxScale"))}
	metric := first("metric")
	switch t := number(first("target")); {
	case t != nil && metric != "":
		s.Note = fmt.Sprintf("%s %d", frameworks.Line(metric), *t)
	case t != nil:
		s.Note = fmt.Sprintf("concurrency %d", *t)
	case concurrency != nil && *concurrency > 0:
		s.Note = fmt.Sprintf("concurrency %d", frameworks.Number(*concurrency))
	}
	return s
}

func number(s string) *int32 {
	if s == "" || len(s) > maxDigits {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return nil
	}
	return model.Count(frameworks.Number(n))
}

// revisionContainer leaves out most: there may be a thousand Revisions of one function.
type revisionContainer struct {
	Image string
	Ports []struct{}
}

func decodeRevision(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			ContainerConcurrency *int64
			Containers           []revisionContainer
		}
		Status struct {
			Conditions                      []jsonCondition
			ActualReplicas, DesiredReplicas *int64
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return &revision{
		conditions: conditionsOf(o.Status.Conditions),
		scaling:    scalingOf(raw.Header.Annotations.Get, o.Spec.ContainerConcurrency),
		image: servingImage(o.Spec.Containers, func(c *revisionContainer) (string, bool) {
			return c.Image, len(c.Ports) > 0
		}),
		actual: replicas(o.Status.ActualReplicas), desired: replicas(o.Status.DesiredReplicas),
	}, nil
}

func replicas(n *int64) *int32 {
	if n == nil {
		return nil
	}
	return model.Count(frameworks.Number(*n))
}
