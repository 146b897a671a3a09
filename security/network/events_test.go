package network_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

// eventRow is what NET-47 says: `pass`, `na`, or `fail` with the severity and words of the message.
type eventRow struct{ manifest, want, says string }

func judgeEvents(t *testing.T, rows map[string]eventRow, posture func(t *testing.T, manifest string) *security.Posture) {
	t.Helper()
	for name, c := range rows {
		t.Run(name, func(t *testing.T) {
			p := posture(t, c.manifest)
			verdict, severity, _ := strings.Cut(c.want, " ")
			found := offlinetest.Of(p, "NET-47")
			require.Equal(t, verdict, offlinetest.Verdict(t, p, "NET-47"), "%v", found)
			if verdict != "fail" {
				return
			}
			require.Len(t, found, 1)
			assert.Equal(t, severity, found[0].Base.String())
			assert.Contains(t, found[0].Message, c.says)
			for _, text := range []string{found[0].Message, found[0].Value, found[0].Path} {
				assert.NotContains(t, text, "hunter2", "no login is shown")
			}
		})
	}
}

func TestTriggersOfNuclio(t *testing.T) {
	kafka := func(attributes string) string {
		return "uploads: {kind: kafka-cluster, attributes: {brokers: ['kafka.media:9092'], " + attributes + "}}"
	}
	judgeEvents(t, map[string]eventRow{
		"Kafka without anything":   {kafka("topics: [a]"), "fail medium", "kafka.media:9092 without a login and in clear text"},
		"Kafka with a login":       {kafka("sasl: {enable: true, user: a, password: hunter2}"), "fail low", "in clear text"},
		"Kafka with both":          {kafka("sasl: {enable: true}, tls: {enable: true}"), "pass", ""},
		"switches written as text": {kafka("sasl: {enable: 'true'}, tls: {enable: 'true'}"), "pass", ""},
		"TLS without a login":      {kafka("tls: {enable: true}"), "fail medium", "without a login: whoever"},
		"a client certificate":     {kafka("caCert: c, accessKey: k, accessCertificate: c"), "pass", ""},
		"nobody looks whose it is": {kafka("sasl: {enable: true}, tls: {enable: true, insecureSkipVerify: true}"), "fail low", "does not look whose the certificate"},
		"files of a Secret":        {kafka("secretPath: /etc/kafka"), "pass", ""},
		"annotations say it":       {"uploads: {kind: kafka-cluster, annotations: {nuclio.io/kafka-sasl-user: a}, attributes: {brokers: [a]}}", "pass", ""},
		"disabled":                 {"uploads: {kind: kafka-cluster, disabled: true, attributes: {brokers: [a]}}", "na", ""},
		"RabbitMQ with a login":    {"jobs: {kind: rabbit-mq, url: 'amqps://u:hunter2@mq.media:5671'}", "pass", ""},
		"RabbitMQ in clear text":   {"jobs: {kind: rabbit-mq, url: 'amqp://u:hunter2@mq.media:5672'}", "fail low", "mq.media:5672 in clear text"},
		"RabbitMQ for everybody":   {"jobs: {kind: rabbit-mq, url: 'amqp://mq.media:5672'}", "fail medium", "without a login and in clear text"},
		"a masked address":         {"jobs: {kind: rabbit-mq, url: '$ref:/spec/triggers/jobs/url'}", "pass", ""},
		"NATS":                     {"jobs: {kind: nats, url: 'nats://nats:4222'}", "fail medium", "nats:4222"},
		"MQTT with a name":         {"jobs: {kind: mqtt, url: 'ssl://mqtt:8883', username: a}", "pass", ""},
		"a service of a cloud":     {"jobs: {kind: kinesis, attributes: {}}", "na", ""},
		"HTTP alone":               {"web: {kind: http, attributes: {}}", "na", ""},
		"fields of other types":    {"uploads: {kind: kafka-cluster, attributes: {brokers: 7, sasl: [1], tls: 'x'}}", "fail medium", "without a login"},
		"no trigger at all":        {"uploads: 7", "na", ""},
	}, func(t *testing.T, triggers string) *security.Posture {
		return offlinetest.Text(t, "{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: resize, namespace: media}, spec: {triggers: {"+triggers+"}}}").Judge("media", "resize")
	})
}

func TestSourcesOfKnative(t *testing.T) {
	source := func(spec string) string {
		return "{apiVersion: sources.knative.dev/v1, kind: KafkaSource, metadata: {name: clicks, namespace: shop}, spec: {bootstrapServers: ['kafka.shop:9092'], topics: [a], sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: pay}}, " + spec + "}}"
	}
	judgeEvents(t, map[string]eventRow{
		"nothing":              {source("consumerGroup: g"), "fail medium", "KafkaSource clicks takes messages of kafka.shop:9092 without a login and in clear text"},
		"a login":              {source("net: {sasl: {enable: true}}"), "fail low", "in clear text"},
		"both":                 {source("net: {sasl: {enable: true}, tls: {enable: true}}"), "pass", ""},
		"a client certificate": {source("net: {tls: {enable: true, cert: {secretKeyRef: {name: kafka, key: c}}}}"), "pass", ""},
		"no source":            {"", "na", ""},
	}, func(t *testing.T, manifest string) *security.Posture {
		return offlinetest.Text(t, "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: pay, namespace: shop}, spec: {template: {spec: {containers: [{image: 'x:1'}]}}}}", manifest).Judge("shop", "pay")
	})
}

func TestQueuesOfFission(t *testing.T) {
	queue := func(spec string) string {
		return "{apiVersion: fission.io/v1, kind: MessageQueueTrigger, metadata: {name: clicks, namespace: shop}, spec: {functionref: {type: name, name: pay}, topic: a, " + spec + "}}"
	}
	judgeEvents(t, map[string]eventRow{
		"nothing":                {queue("mqtkind: keda, messageQueueType: kafka, metadata: {bootstrapServers: 'kafka.shop:9092'}"), "fail medium", "kafka.shop:9092 without a login and in clear text"},
		"a Secret":               {queue("mqtkind: keda, messageQueueType: kafka, secret: kafka"), "na", ""},
		"a login in the address": {queue("mqtkind: keda, messageQueueType: rabbitmq, metadata: {host: 'amqps://u:hunter2@mq:5671'}"), "pass", ""},
		"the platform's broker":  {queue("mqtkind: fission, messageQueueType: kafka"), "na", ""},
		"a service of a cloud":   {queue("mqtkind: keda, messageQueueType: aws-sqs-queue"), "na", ""},
	}, func(t *testing.T, manifest string) *security.Posture {
		return offlinetest.Text(t, "{apiVersion: fission.io/v1, kind: Function, metadata: {name: pay, namespace: shop}, spec: {environment: {name: node, namespace: shop}}}", manifest).Judge("shop", "pay")
	})
}

func TestBrokersOfKubeless(t *testing.T) {
	const plane = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: kubeless-controller-manager, namespace: kubeless, labels: {kubeless: controller}}\nspec: {selector: {matchLabels: {kubeless: controller}}, template: {metadata: {labels: {kubeless: controller}}, spec: {containers: [{name: kubeless-function-controller, image: 'a:1'}]}}}\n"
	part := func(kind, env string) string {
		return "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: part, namespace: kubeless, labels: {kubeless: part}}, spec: {selector: {matchLabels: {kubeless: part}}, template: {metadata: {labels: {kubeless: part}}, spec: {containers: [{name: c, image: 'a:1', env: [" + env + "]}]}}}}"
	}
	const brokers = "{name: KAFKA_BROKERS, value: 'kafka.kubeless:9092'}"
	judgeEvents(t, map[string]eventRow{
		"no broker":           {part("Deployment", "{name: A, value: b}"), "na", ""},
		"Kafka as it comes":   {part("Deployment", brokers), "fail medium", "for all functions from kafka.kubeless:9092 without a login and in clear text"},
		"Kafka with a login":  {part("Deployment", brokers+", {name: KAFKA_ENABLE_SASL, value: 'true'}"), "fail low", "in clear text"},
		"Kafka with both":     {part("Deployment", brokers+", {name: KAFKA_ENABLE_SASL, value: 'true'}, {name: KAFKA_ENABLE_TLS, value: 'true'}"), "pass", ""},
		"settings elsewhere":  {part("Deployment", brokers+", {name: KAFKA_ENABLE_SASL, valueFrom: {configMapKeyRef: {name: a, key: b}}}, {name: KAFKA_ENABLE_TLS, value: 'true'}"), "pass", ""},
		"NATS":                {part("Deployment", "{name: NATS_URL, value: 'nats://nats.nats-io:4222'}"), "fail medium", "nats.nats-io:4222"},
		"the bundled brokers": {part("StatefulSet", "{name: ALLOW_PLAINTEXT_LISTENER, value: 'yes'}"), "fail medium", "lets everybody in who reaches it"},
	}, func(t *testing.T, manifest string) *security.Posture {
		return offlinetest.Text(t, plane, manifest).Scope(check.Subject{Scope: check.ScopePlatform, Namespace: "kubeless", Framework: "kubeless"})
	})
}

func TestConnectorsOfOpenFaaS(t *testing.T) {
	const plane = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: gateway, namespace: openfaas, labels: {app: openfaas, component: gateway, release: openfaas}}, spec: {selector: {matchLabels: {app: gateway}}, template: {metadata: {labels: {app: gateway}}, spec: {containers: [{name: gateway, image: 'ghcr.io/openfaasltd/gateway:0.4.31'}, {name: operator, image: 'ghcr.io/openfaasltd/faas-netes:0.5.62'}]}}}}"
	connector := func(kind, container string) string {
		return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + kind + ", namespace: openfaas, labels: {app: " + kind + ", component: " + kind + ", release: " + kind + "}}, spec: {selector: {matchLabels: {app: " + kind + "}}, template: {metadata: {labels: {app: " + kind + ", component: " + kind + "}}, spec: {containers: [{name: connector, image: 'ghcr.io/openfaasltd/" + kind + ":1.0', " + container + "}]}}}}"
	}
	const broker = "env: [{name: broker_host, value: 'kafka.shop:9092,other:9092'}]"
	files := func(names ...string) string {
		return "command: [/usr/bin/connector, '-" + strings.Join(names, "=/var/secrets/x', '-") + "=/var/secrets/x'], "
	}
	judgeEvents(t, map[string]eventRow{
		"schedules alone":            {connector("cron-connector", "env: [{name: gateway_url, value: a}]"), "na", ""},
		"Kafka as it comes":          {connector("kafka-connector", broker), "fail medium", "for all functions from kafka.shop:9092 without a login and in clear text"},
		"Kafka with several brokers": {connector("kafka-connector", "env: [{name: broker_hosts, value: 'a.shop:9092,b:9092'}]"), "fail medium", "from a.shop:9092 without"},
		"Kafka with a login":         {connector("kafka-connector", files("username-file", "password-file")+broker), "fail low", "in clear text"},
		"Kafka with both":            {connector("kafka-connector", files("username-file", "password-file", "ca-file")+broker), "pass", ""},
		"Kafka, a certificate":       {connector("kafka-connector", files("cert-file", "key-file")+broker), "pass", ""},
		"Kafka, half a certificate":  {connector("kafka-connector", files("cert-file")+broker), "fail medium", "without a login and in clear text"},
		"Kafka over TLS by a flag":   {connector("kafka-connector", "args: [-tls, -username-file, /a], "+broker), "pass", ""},
		"Kafka, settings elsewhere":  {connector("kafka-connector", "envFrom: [{configMapRef: {name: a}}]"), "pass", ""},
		"NATS":                       {connector("nats-connector", "env: [{name: broker_host, value: 'nats.openfaas:4222'}]"), "fail medium", "nats.openfaas:4222 without a login and in clear text"},
		"MQTT":                       {connector("mqtt-connector", "args: ['-broker=tcp://mqtt:1883', -topic=a]"), "fail medium", "mqtt:1883 without a login"},
		"MQTT with a password":       {connector("mqtt-connector", "args: ['-broker=ssl://mqtt:8883', -password=hunter2]"), "pass", ""},
		"RabbitMQ":                   {connector("rabbitmq-connector", "env: [{name: rabbitmq_url, value: 'amqp://mq:5672'}]"), "fail medium", "mq:5672 without a login and in clear text"},
		"RabbitMQ, login in the URL": {connector("rabbitmq-connector", "env: [{name: rabbitmq_url, value: 'amqp://u:hunter2@mq:5672'}]"), "fail low", "mq:5672 in clear text"},
		"RabbitMQ with both":         {connector("rabbitmq-connector", files("username-file", "password-file")+"env: [{name: rabbitmq_url, value: 'amqps://mq:5671'}]"), "pass", ""},
	}, func(t *testing.T, manifest string) *security.Posture {
		return offlinetest.Text(t, plane, manifest).Scope(check.Subject{Scope: check.ScopePlatform, Namespace: "openfaas", Framework: "openfaas", Release: "openfaas"})
	})
}
