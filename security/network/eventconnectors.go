package network

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// connectorLabels are those by which the charts of OpenFaaS name what a workload is.
var connectorLabels = []string{"component", "app.kubernetes.io/component", "app"}

// openFaasBroker judges a connector of OpenFaaS, which takes the messages for all functions by one login. It reports
// whether the container is one.
func openFaasBroker(e *check.Eval, w *model.Workload, i int) bool {
	c := &w.Template.Spec.Containers[i]
	var one event
	switch connectorOf(w, c) {
	case "kafka-connector":
		one = kafkaConnector(c)
	case "nats-connector":
		one.byURL(withScheme("nats", firstOf(valueOf(c, "broker_host"), flagOf(c, "broker"))), "")
	case "mqtt-connector":
		one.byURL(withScheme("tcp", flagOf(c, "broker")), firstOf(flagOf(c, "password"), flagOf(c, "password-file"), flagOf(c, "user")))
	case "rabbitmq-connector":
		one.byURL(valueOf(c, "rabbitmq_url"), flagOf(c, "username-file"))
		certificate := flagOf(c, "cert-file") != "" && flagOf(c, "key-file") != ""
		one.noLogin = one.noLogin && !certificate
	default:
		return false
	}
	if hidden(c, one.broker) {
		return true
	}
	path := fmt.Sprintf("spec.template.spec.containers[%d]", i)
	weakForAll(e, check.At{Object: w.Ref, Path: path, Fixed: "spec.template.spec.containers[" + c.Name + "]"}, c.Name, &one)
	return true
}

// connectorOf is what kind of connector a container is, by the labels of its pods or else by its image.
func connectorOf(w *model.Workload, c *corev1.Container) string {
	image := c.Image[strings.LastIndexByte(c.Image, '/')+1:]
	image, _, _ = strings.Cut(image, "@")
	image, _, _ = strings.Cut(image, ":")
	for _, kind := range []string{"kafka-connector", "nats-connector", "mqtt-connector", "rabbitmq-connector"} {
		if image == kind {
			return kind
		}
		for _, key := range connectorLabels {
			if w.Template.Labels.Get(key) == kind && len(w.Template.Spec.Containers) == 1 {
				return kind
			}
		}
	}
	return ""
}

// kafkaConnector logs in by files of Secrets, over TLS if it is told to or is given an authority.
func kafkaConnector(c *corev1.Container) event {
	brokers, _, _ := strings.Cut(firstOf(valueOf(c, "broker_hosts"), valueOf(c, "broker_host"), flagOf(c, "broker-hosts")), ",")
	certificate := flagOf(c, "cert-file") != "" && flagOf(c, "key-file") != ""
	sasl := flagOf(c, "username-file") != "" || flagOf(c, "password-file") != "" || on(valueOf(c, "sasl"))
	tls := on(valueOf(c, "tls")) || on(flagOf(c, "tls")) || flagOf(c, "ca-file") != ""
	one := event{broker: host(brokers), noLogin: !sasl && !certificate, clear: !tls && !certificate}
	one.blind = !one.clear && (on(valueOf(c, "tls_insecure")) || on(flagOf(c, "tls-insecure")))
	return one
}

// hidden reports whether nothing tells of a broker because the settings come from elsewhere.
func hidden(c *corev1.Container, broker string) bool {
	return len(c.EnvFrom) > 0 && (broker == unnamedBroker || broker == unreadableBroker)
}

// flagOf returns the value of a flag; one that is given without a value is on.
func flagOf(c *corev1.Container, name string) string {
	words := append(append([]string(nil), c.Command...), c.Args...)
	for i, word := range words {
		if !strings.HasPrefix(word, "-") {
			continue
		}
		key, value, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case key != name:
		case given:
			return value
		case i+1 < len(words) && !strings.HasPrefix(words[i+1], "-"):
			return words[i+1]
		default:
			return "true"
		}
	}
	return ""
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// withScheme completes an address that names host and port alone.
func withScheme(scheme, address string) string {
	if address == "" || strings.Contains(address, "://") {
		return address
	}
	return scheme + "://" + address
}
