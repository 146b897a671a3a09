package record

import (
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/fn9s/fn9s/security/model"
)

// goals are the values that an autoscaler keeps, as its spec and status tell them.
func (p *Pool) goals(o *autoscalingv2.HorizontalPodAutoscaler) []model.Goal {
	var all []model.Goal
	for i := range o.Spec.Metrics {
		of, target := aim(&o.Spec.Metrics[i])
		if of == "" {
			continue
		}
		g := model.Goal{Of: p.String(of), Target: p.String(written(target.AverageUtilization, target.AverageValue, target.Value))}
		for j := range o.Status.CurrentMetrics {
			if name, now := reached(&o.Status.CurrentMetrics[j]); name == of {
				g.Current = p.String(written(now.AverageUtilization, now.AverageValue, now.Value))
			}
		}
		all = append(all, g)
	}
	return all
}

// aim is what a metric of a spec is called, and what is wanted of it.
func aim(m *autoscalingv2.MetricSpec) (string, autoscalingv2.MetricTarget) {
	switch {
	case m.Resource != nil:
		return string(m.Resource.Name), m.Resource.Target
	case m.ContainerResource != nil:
		return string(m.ContainerResource.Name) + " of " + m.ContainerResource.Container, m.ContainerResource.Target
	case m.Pods != nil:
		return m.Pods.Metric.Name, m.Pods.Target
	case m.Object != nil:
		return m.Object.Metric.Name, m.Object.Target
	case m.External != nil:
		return m.External.Metric.Name, m.External.Target
	}
	return "", autoscalingv2.MetricTarget{}
}

// reached is what a metric of a status is called, and what it is now.
func reached(m *autoscalingv2.MetricStatus) (string, autoscalingv2.MetricValueStatus) {
	switch {
	case m.Resource != nil:
		return string(m.Resource.Name), m.Resource.Current
	case m.ContainerResource != nil:
		return string(m.ContainerResource.Name) + " of " + m.ContainerResource.Container, m.ContainerResource.Current
	case m.Pods != nil:
		return m.Pods.Metric.Name, m.Pods.Current
	case m.Object != nil:
		return m.Object.Metric.Name, m.Object.Current
	case m.External != nil:
		return m.External.Metric.Name, m.External.Current
	}
	return "", autoscalingv2.MetricValueStatus{}
}

// written is a value as the autoscaler counts it: in percent, else as a quantity.
func written(percent *int32, average, value interface{ String() string }) string {
	if percent != nil {
		return strconv.Itoa(int(*percent)) + "%"
	}
	for _, q := range []interface{ String() string }{average, value} {
		if s := q.String(); s != "" && s != "<nil>" {
			return s
		}
	}
	return ""
}
