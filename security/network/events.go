package network

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const eventReader = "events"

var eventKinds = []snapshot.Kind{
	{GroupKind: schema.GroupKind{Group: "nuclio.io", Kind: "NuclioFunction"}, Plural: "nucliofunctions", Versions: []string{"v1beta1"}, Reader: eventReader, Decode: eventsOf(nuclioEvents)},
	{GroupKind: schema.GroupKind{Group: "sources.knative.dev", Kind: "KafkaSource"}, Plural: "kafkasources", Reader: eventReader, Decode: eventsOf(kafkaSource)},
	{GroupKind: schema.GroupKind{Group: "fission.io", Kind: "MessageQueueTrigger"}, Plural: "messagequeuetriggers", Versions: []string{"v1"}, Reader: eventReader, Decode: eventsOf(fissionQueue)},
}

// event is one way by which messages of a broker call a function.
type event struct {
	path, broker string
	// noLogin: it logs in nowhere. clear: the connection is not encrypted. blind: whose the broker's certificate is,
	// nobody looks. What an object does not tell is none of them.
	noLogin, clear, blind bool
}

func (e *event) weak() bool { return e.noLogin || e.clear || e.blind }

// severity is lower where only somebody on the way can do harm: brokers are next to their consumers as a rule.
func (e *event) severity() check.Severity {
	if e.noLogin {
		return check.Medium
	}
	return check.Low
}

// says tells what is wrong with it.
func (e *event) says() string {
	switch {
	case e.noLogin && e.clear:
		return "without a login and in clear text: whoever reaches the broker can call the function with messages of its own"
	case e.noLogin:
		return "without a login: whoever reaches the broker can call the function with messages of its own"
	case e.clear:
		return "in clear text: who is on the way reads the messages, and the login to the broker"
	}
	return "and does not look whose the certificate of the broker is: who is on the way may take its place"
}

// fields are those of an object that others write as they like: a field of another type than it should have is not there.
type fields map[string]json.RawMessage

func (f fields) in(name string) fields {
	var inner fields
	if json.Unmarshal(f[name], &inner) != nil {
		return nil
	}
	return inner
}

func (f fields) text(name string) string {
	var s string
	if json.Unmarshal(f[name], &s) != nil {
		return ""
	}
	return s
}

// is reports whether a switch is on, be it written as a word.
func (f fields) is(name string) bool {
	var set bool
	if json.Unmarshal(f[name], &set) == nil {
		return set
	}
	return on(f.text(name))
}

func on(word string) bool {
	word = strings.ToLower(word)
	return word == "true" || word == "enable" || word == "yes" || word == "1"
}

// list returns the texts of a list, or one text as a list.
func (f fields) list(name string) []string {
	var all []string
	if json.Unmarshal(f[name], &all) == nil {
		return all
	}
	if s := f.text(name); s != "" {
		return strings.Split(s, ",")
	}
	return nil
}

func eventsOf(read func(fields) []event) func(*snapshot.Raw) (any, error) {
	return func(raw *snapshot.Raw) (any, error) {
		text, err := raw.Text()
		if err != nil {
			return nil, err
		}
		var o fields
		if err := json.Unmarshal(text, &o); err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
		if all := read(o.in("spec")); len(all) > 0 {
			return all, nil
		}
		return nil, nil
	}
}

const maxEvents = 64

// What stands for brokers whose names are not known.
const (
	unnamedBroker    = "its broker"
	unreadableBroker = "a broker whose address cannot be read"
)

// nuclioEvents reads the triggers of a Nuclio function that consume from a broker. Those of cloud services log in by
// nature.
func nuclioEvents(spec fields) []event {
	var all []event
	triggers := spec.in("triggers")
	for _, name := range slices.Sorted(maps.Keys(triggers)) {
		t := triggers.in(name)
		if t == nil || t.is("disabled") || len(all) == maxEvents {
			continue
		}
		one := event{path: "spec.triggers." + name}
		switch t.text("kind") {
		case "kafka", "kafka-cluster":
			nuclioKafka(&one, t)
		case "rabbit-mq", "rabbitMq", "nats", "mqtt":
			one.byURL(t.text("url"), t.text("username"))
		default:
			continue
		}
		all = append(all, one)
	}
	return all
}

func nuclioKafka(e *event, t fields) {
	a := t.in("attributes")
	if all := a.list("brokers"); len(all) > 0 {
		e.broker = host(all[0])
	} else {
		e.broker = host(t.text("url"))
	}
	// Files of a mounted Secret and annotations may hold all of it.
	elsewhere := a.text("secretPath") != ""
	for key := range t.in("annotations") {
		elsewhere = elsewhere || strings.HasPrefix(key, "nuclio.io/kafka-")
	}
	if elsewhere {
		return
	}
	certificate := a.text("accessKey") != "" && a.text("accessCertificate") != ""
	e.noLogin = !a.in("sasl").is("enable") && !certificate
	e.clear = !a.in("tls").is("enable") && !certificate && a.text("caCert") == ""
	e.blind = !e.clear && a.in("tls").is("insecureSkipVerify")
}

// byURL judges an address such as amqp://user:password@broker. A masked one says nothing.
func (e *event) byURL(address, user string) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || strings.Contains(address, "$ref:") {
		e.broker = unreadableBroker
		return
	}
	e.broker = u.Host
	e.noLogin = u.User == nil && user == ""
	switch strings.ToLower(u.Scheme) {
	case "amqp", "nats", "tcp", "mqtt", "ws":
		e.clear = true
	}
}

// kafkaSource reads a source of Knative.
func kafkaSource(spec fields) []event {
	n := spec.in("net")
	e := event{path: "spec.net", broker: "its brokers"}
	if all := spec.list("bootstrapServers"); len(all) > 0 {
		e.broker = host(all[0])
	}
	certificate := n.in("tls").in("cert").in("secretKeyRef").text("name") != ""
	e.noLogin, e.clear = !n.in("sasl").is("enable") && !certificate, !n.in("tls").is("enable")
	return []event{e}
}

// fissionQueue reads a trigger for which a connector of KEDA runs. The other ones use what the platform is set to.
func fissionQueue(spec fields) []event {
	if spec.text("mqtkind") != "keda" || spec.text("secret") != "" {
		return nil
	}
	switch spec.text("messageQueueType") {
	case "kafka", "rabbitmq", "nats-jetstream", "nats-streaming", "stan", "redis":
	default:
		return nil // services of clouds, to which pods may log in by who they are
	}
	m := spec.in("metadata")
	e := event{path: "spec.secret", broker: "its broker", noLogin: true}
	for _, key := range []string{"bootstrapServers", "host", "natsServerMonitoringEndpoint", "address"} {
		if all := m.list(key); len(all) > 0 {
			e.broker = host(all[0])
			u, err := url.Parse(all[0])
			e.noLogin = err != nil || u.User == nil
			break
		}
	}
	e.clear = !on(m.text("tls")) && spec.text("messageQueueType") == "kafka"
	return []event{e}
}

// host is the name and port in an address, never a login.
func host(address string) string {
	address = strings.TrimSpace(address)
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return u.Host
	}
	if address == "" || len(address) > 253 || strings.ContainsAny(address, "@/$ ") {
		return unnamedBroker
	}
	return address
}

// eventSources is NET-47 of functions.
func eventSources(e *check.Eval) {
	seen := make([]model.Ref, 0, 4)
	known := false
	look := func(ref model.Ref) {
		if slices.Contains(seen, ref) {
			return
		}
		seen = append(seen, ref)
		all, ok := snapshot.FactsOf[[]event](e.Get(ref), eventReader)
		known = known || ok
		for i := range all {
			if one := &all[i]; one.weak() {
				e.Fail(check.At{Object: ref, Path: one.path, Value: one.broker}, ref.Kind+" "+ref.Name+" takes messages of "+one.broker+" "+one.says()).As(one.severity())
			}
		}
	}
	look(e.F.Object)
	for i := range e.F.Triggers {
		if t := &e.F.Triggers[i]; !t.Disabled {
			look(t.Origin.Ref)
		}
	}
	if !known {
		e.NA("no messages of a broker call it by settings of its own")
	}
}

// platformEvents is NET-47 of control planes: Kubeless and OpenFaaS log in to their brokers once for all functions.
func platformEvents(e *check.Eval) {
	judge, ok := map[string]func(*check.Eval, *model.Workload, int) bool{"kubeless": kubelessBroker, "openfaas": openFaasBroker}[e.Subject.Framework]
	if !ok {
		e.NA("its functions have settings of their own")
		return
	}
	framework.ReadableComponents(e)
	found := false
	for _, ref := range framework.PlatformOf.Get(e.Reader, e.Subject).Workloads {
		w, ok := e.Get(ref).(*model.Workload)
		if !ok || w.Template.Spec == nil {
			continue
		}
		for i := range w.Template.Spec.Containers {
			found = judge(e, w, i) || found
		}
	}
	if !found {
		e.NA("it takes messages of no broker")
	}
}

// kubelessBroker judges a controller that consumes, or a broker that came with the platform. It reports whether the
// container is one.
func kubelessBroker(e *check.Eval, w *model.Workload, i int) bool {
	c := &w.Template.Spec.Containers[i]
	path := fmt.Sprintf("spec.template.spec.containers[%d].env", i)
	at := check.At{Object: w.Ref, Path: path, Fixed: "spec.template.spec.containers[" + c.Name + "].env"}
	kafka, nats := valueOf(c, "KAFKA_BROKERS"), valueOf(c, "NATS_URL")
	switch {
	case kafka != "":
		brokers, _, _ := strings.Cut(kafka, ",")
		one := event{
			broker: host(brokers), noLogin: !on(valueOf(c, "KAFKA_ENABLE_SASL")) && valueOf(c, "KAFKA_CERT") == "",
			clear: !on(valueOf(c, "KAFKA_ENABLE_TLS")), blind: on(valueOf(c, "KAFKA_INSECURE")),
		}
		weakForAll(e, at, c.Name, &one)
	case nats != "":
		var one event
		one.byURL(nats, valueOf(c, "NATS_USER"))
		weakForAll(e, at, c.Name, &one)
	case on(valueOf(c, "ALLOW_PLAINTEXT_LISTENER")), on(valueOf(c, "ALLOW_ANONYMOUS_LOGIN")):
		e.Fail(at, w.Kind+" "+w.Name+" lets everybody in who reaches it: messages of any function can be read and written")
	default:
		return false
	}
	return true
}

// weakForAll reports a connection by which the functions of a whole platform are called.
func weakForAll(e *check.Eval, at check.At, container string, one *event) {
	if one.weak() {
		at.Value = one.broker
		e.Fail(at, container+" takes the messages for all functions from "+one.broker+" "+one.says()).As(one.severity())
	}
}

// valueOf returns the value of a variable; one that comes from elsewhere is set, and not known.
func valueOf(c *corev1.Container, name string) string {
	for i := range c.Env {
		if v := &c.Env[i]; v.Name == name {
			if v.ValueFrom != nil {
				return "true"
			}
			return v.Value
		}
	}
	return ""
}
