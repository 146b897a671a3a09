package network

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
)

// inside is something that a control plane keeps for itself.
type inside struct {
	what  string
	image string // the last part of its image's name
	label model.Label
	port  int32
	// locks are words of which one stands in an argument, or in the name of a variable, where it asks for a login.
	locks []string
	// secret is the name of the Secret with which its callers sign.
	secret string
	// severity is that of the control where it is not set.
	severity check.Severity
	// not are frameworks of which other controls judge it.
	not []string
	// declared: its image says little, so that only a container counts that declares the port.
	declared bool
	// only is the framework that it belongs to, empty for any.
	only string
}

var insides = []inside{
	{what: "queue NATS", image: "nats", port: 4222, locks: []string{"--auth", "--user", "--pass", "--config", "-c", "--tlsverify"}, not: []string{"openfaas"}},
	{what: "queue NATS", image: "nats-streaming", port: 4222, locks: []string{"--auth", "--user", "--pass", "--config", "-c", "--tlsverify"}, not: []string{"openfaas"}},
	{what: "Redis", image: "redis", port: 6379, locks: []string{"--requirepass", "REDIS_PASSWORD"}},
	{what: "Redis", image: "valkey", port: 6379, locks: []string{"--requirepass", "VALKEY_PASSWORD"}},
	{what: "Kafka", image: "kafka", port: 9092, locks: []string{"SASL", "SSL_CLIENT_AUTH"}},
	{what: "ZooKeeper", image: "zookeeper", port: 2181, locks: []string{"ZOO_ENABLE_AUTH", "JAAS"}},
	{what: "etcd", image: "etcd", port: 2379, locks: []string{"--client-cert-auth", "ETCD_ROOT_PASSWORD", "ETCD_CLIENT_CERT_AUTH"}},
	{what: "MinIO", image: "minio", port: 9000, locks: []string{"MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY", "MINIO_ROOT_PASSWORD_FILE"}},
	{what: "MongoDB", image: "mongodb", port: 27017, locks: []string{"ROOT_PASSWORD", "--auth", "--keyFile"}},
	{what: "MongoDB", image: "mongo", port: 27017, locks: []string{"ROOT_PASSWORD", "--auth", "--keyFile"}},
	{what: "memcached", image: "memcached", port: 11211, locks: []string{"-S", "MEMCACHED_PASSWORD"}},
	{what: "Prometheus, which knows every function and its calls,", image: "prometheus", port: 9090, locks: []string{"--web.config.file"}, severity: check.Medium},
	{what: "the router's internal entry to all functions", label: model.Label{Key: "svc", Value: "router"}, port: 8889, secret: "fission-internal-auth", only: "fission"},
	{what: "the store of function state", label: model.Label{Key: "svc", Value: "statestore"}, port: 8888, secret: "fission-internal-auth", only: "fission"},
	{what: "the provider behind the gateway (its /function/ paths)", severity: check.Medium, label: model.Label{Key: "app", Value: "gateway"}, port: 8081, only: "openfaas"},
}

// othersJudge are frameworks of which other controls judge all that they keep for themselves.
var othersJudge = []string{"openwhisk", "fn"}

var carriers = []schema.GroupKind{
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
}

func platformInternals(e *check.Eval) {
	if slices.Contains(othersJudge, e.Subject.Framework) {
		e.NA("other controls judge each part of this control plane")
		return
	}
	callers := framework.Served.Get(e.Reader, e.Subject)
	if len(callers) == 0 {
		e.NA("it has no function")
		return
	}
	for _, kind := range carriers {
		if !e.Need(kind, e.Subject.Namespace) {
			return
		}
		for _, o := range e.List(kind, e.Subject.Namespace) {
			w, ok := o.(*model.Workload)
			if !ok || w.Template.Spec == nil {
				continue
			}
			for i := range insides {
				if in := &insides[i]; in.here(e, w) {
					in.judge(e, w, callers)
				}
			}
		}
	}
}

// here reports whether the workload runs it, without asking for a login.
func (in *inside) here(e *check.Eval, w *model.Workload) bool {
	framework := e.Subject.Framework
	if in.only != "" && in.only != framework || slices.Contains(in.not, framework) {
		return false
	}
	if in.secret != "" && e.Get(model.Ref{Kind: "Secret", Namespace: w.Namespace, Name: in.secret}) != nil {
		return false
	}
	for i := range w.Template.Spec.Containers {
		c := &w.Template.Spec.Containers[i]
		switch {
		case in.image != "" && imageName(c.Image) == in.image:
			return !in.locked(c)
		case in.image == "" && w.Template.Labels.Get(in.label.Key) == in.label.Value && in.listens(c):
			return !in.locked(c)
		}
	}
	return false
}

// listens reports whether a container declares the port, or is known to listen there.
func (in *inside) listens(c *corev1.Container) bool {
	return in.only == "openfaas" && (c.Name == "faas-netes" || c.Name == "operator") || in.only == "fission" && slices.Contains(c.Args, strconv.Itoa(int(in.port))) ||
		slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.ContainerPort == in.port })
}

func (in *inside) locked(c *corev1.Container) bool {
	for _, lock := range in.locks {
		for _, arg := range slices.Concat(c.Command, c.Args) {
			if arg == lock || strings.HasPrefix(arg, lock+"=") || len(lock) > 2 && strings.Contains(arg, lock) {
				return true
			}
		}
		for _, x := range c.Env {
			if strings.Contains(x.Name, lock) && (x.Value != "" || x.ValueFrom != nil) {
				return true
			}
		}
	}
	return len(c.EnvFrom) > 0
}

// imageName is the last part of an image's name, without tag and digest.
func imageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndexByte(image, '/')+1:]
	image, _, _ = strings.Cut(image, ":")
	return image
}

func (in *inside) judge(e *check.Eval, w *model.Workload, callers []model.FunctionKey) {
	to := reach.New(w.Ref, w.Namespace, w.Template.Labels, w.Template.Annotations, w.Template.Spec)
	var open reach.Verdict
	for _, key := range callers {
		for _, from := range reach.OfFunction.Get(e.Reader, key) {
			v := reach.Flow(e.Reader, from, to, in.port, reach.TCP)
			if v.Result == reach.Allowed {
				f := e.Failf(check.At{Object: w.Ref, Path: "spec.template.spec"}, "%s on port %d asks for no login, and function %s/%s can connect to it",
					in.what, in.port, key.Namespace, key.Name)
				if in.severity != check.Info {
					f.As(in.severity)
				}
				return
			}
			if v.Result != reach.Denied {
				open = v
			}
		}
	}
	doubt(e, &to, open)
}
