package framework

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/reach"
)

const (
	gatewayPort  = 8080
	providerPort = 8081
	natsPort     = 4222
	year         = 365 * 24 * time.Hour
)

// passwordOf names the Secret with the password of a gateway.
func passwordOf(w *part) string {
	c := container(w.Spec, "gateway")
	path := env(c, "secret_mount_path").Value
	for _, m := range c.VolumeMounts {
		i := slices.IndexFunc(w.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if i >= 0 && w.Spec.Volumes[i].Secret != nil && (path == "" || m.MountPath == path) {
			return w.Spec.Volumes[i].Secret.SecretName
		}
	}
	return "basic-auth"
}

// checkFaasSecret is FW-OF-02.
func checkFaasSecret(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	gateways := gatewayParts(e, &p)
	for i := range gateways {
		w := &gateways[i]
		if s := env(container(w.Spec, "gateway"), "basic_auth"); !s.Hidden && !s.Is("true") {
			e.NA(noBasicAuth)
			continue
		}
		ref := model.Ref{Kind: secretKind.Kind, Namespace: w.Namespace, Name: passwordOf(w)}
		secret, _ := e.Get(ref).(*model.Secret)
		if secret == nil {
			if e.Need(secretKind, w.Namespace) {
				e.NA("the Secret with the password is not among the objects")
			}
			continue
		}
		held := heldBy(e, &p, ref.Name)
		checkFaasAge(e, secret, held)
		h := readersOf(e, secretKind, ref.Namespace, ref.Name).without(p.Accounts)
		if len(h.broad) > 0 {
			e.Failf(check.At{Object: ref, Path: "data"}, "the password of the gateway can be read by %s%s", few(h.broad), held).
				Offers(check.FixRestrictReaders)
		} else {
			e.Unknown(h.missing...)
		}
	}
}

// heldBy says in words which parts of the control plane hold a Secret.
func heldBy(e *check.Eval, p *Platform, name string) string {
	var names []string
	for _, w := range parts(e.Reader, p) {
		if mountsSecret(w.Spec, name) {
			names = append(names, w.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; held by " + few(names)
}

func checkFaasAge(e *check.Eval, s *model.Secret, held string) {
	written := s.DataChanged
	if written.IsZero() {
		written = s.Created
	}
	limit := e.Options().RotationAge
	age := e.Options().Now.Sub(written)
	if written.IsZero() || limit <= 0 || age <= limit {
		return
	}
	at := check.At{Object: s.Ref, Path: "data"}
	if s.DataChanged.IsZero() && !e.Options().Manifests {
		e.Undecided(at, "the age of the gateway's password: no write of Secret "+s.Name+" is recorded")
		return
	}
	f := e.Failf(at, "the password of the gateway, shared by everybody who deploys, is at least %d days old%s", int(age.Hours()/24), held).
		Offers(check.FixRotateSecret)
	if age <= year {
		f.As(check.Medium)
	}
}

// takeover are the rights that give a cluster, or a namespace, to who holds them.
var takeover = []struct {
	rbac.Attributes
	means string
}{
	{rbac.Attributes{Verb: "create", Group: "apps", Resource: "deployments"}, "run any pod"},
	{rbac.Attributes{Verb: "update", Group: "apps", Resource: "deployments"}, "change workloads"},
	{rbac.Attributes{Verb: "patch", Group: "apps", Resource: "deployments"}, "change workloads"},
	{rbac.Attributes{Verb: "update", Resource: "secrets"}, "change Secrets"},
	{rbac.Attributes{Verb: "patch", Resource: "secrets"}, "change Secrets"},
	{rbac.Attributes{Verb: "get", Resource: "secrets"}, "read Secrets"},
	{rbac.Attributes{Verb: "list", Resource: "secrets"}, "read Secrets"},
}

// means lists in words what of takeover an account may do in a namespace (empty: everywhere), and the first binding.
func means(set *rbac.Set, namespace string) (words []string, binding model.Ref) {
	for _, t := range takeover {
		a := t.Attributes
		a.Namespace = namespace
		ok, via := set.Allows(a)
		if !ok {
			continue
		}
		if !slices.Contains(words, t.means) {
			words = append(words, t.means)
		}
		if binding.IsZero() {
			binding = via[0].Binding
		}
	}
	return words, binding
}

// checkFaasRights is FW-OF-03.
func checkFaasRights(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	gateways := gatewayParts(e, &p)
	for i := range gateways {
		w := &gateways[i]
		account := rbac.Account{Namespace: w.Namespace, Name: accountOf(w.Spec)}
		set := rbac.Grants.Get(e.Reader, account)
		if words, binding := means(set, ""); len(words) > 0 {
			way := entryTo(e.Reader, &p, w, gatewayPort)
			f := e.Failf(check.At{Object: binding, Path: "roleRef"},
				"the pod that takes calls may %s in the whole cluster (account %s)%s", strings.Join(words, ", "), account, way.callers())
			if way.class < expose.Node {
				f.As(check.High)
			}
			continue
		}
		e.Unknown(set.Missing...)
		space := cmp.Or(env(container(w.Spec, "gateway"), "function_namespace").Value, w.Namespace)
		if words, binding := means(set, space); len(words) > 0 {
			e.Fact(check.At{Object: binding, Path: "roleRef"},
				fmt.Sprintf("the pod that takes calls may %s in namespace %s (account %s)", strings.Join(words, ", "), space, account))
		}
	}
}

// checkFaasQueue is FW-OF-05.
func checkFaasQueue(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	servers := partsWith(e.Reader, &p, "app", "nats")
	if len(servers) == 0 && e.Need(deploymentKind, p.Namespace) {
		e.NA("its queue is not among the objects")
	}
	for i := range servers {
		w := &servers[i]
		if asksLogin(w) {
			continue
		}
		c := calledBy(e, w, natsPort)
		if c.open() {
			e.Failf(w.at(&w.Spec.Containers[0], "args"), "%s %s the queue, which asks for no login: it can read and forge asynchronous calls", c.who, c.reaches())
		}
		c.undecided(e, w)
	}
}

// asksLogin reports whether a NATS server has a login in its arguments, or a configuration that may hold one.
func asksLogin(w *part) bool {
	for i := range w.Spec.Containers {
		c := &w.Spec.Containers[i]
		for _, a := range slices.Concat(c.Command, c.Args) {
			name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
			if strings.HasPrefix(a, "-") && slices.Contains([]string{"auth", "user", "pass", "tlsverify"}, name) {
				return true
			}
		}
		for _, m := range c.VolumeMounts {
			j := slices.IndexFunc(w.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
			if j >= 0 && (w.Spec.Volumes[j].ConfigMap != nil || w.Spec.Volumes[j].Secret != nil || w.Spec.Volumes[j].Projected != nil) {
				return true
			}
		}
	}
	return false
}

// calledBy answers which function reaches a port of a part; where there are none, which pod that nothing names.
func calledBy(e *check.Eval, w *part, port int32) caller {
	if len(servedSpaces.Get(e.Reader, e.Subject)) == 0 {
		return strangerInto(e, w, port)
	}
	return functionInto(e, w, port)
}

// strangerInto answers whether a pod of another namespace, which no policy has in mind, reaches a port of a part.
func strangerInto(e *check.Eval, w *part, port int32) caller {
	v := reach.Flow(e.Reader, reach.Stranger("default"), w.pod(), port, reach.TCP)
	return caller{"any pod of namespace default", v.Result, v.Missing}
}

func (c caller) reaches() string {
	if c.result == reach.Maybe {
		return "may reach"
	}
	return "reaches"
}

var (
	metadataAddress = netip.MustParseAddr("169.254.169.254")
	publicAddress   = netip.MustParseAddr("1.1.1.1")
)

// checkFaasCallback is FW-OF-06.
func checkFaasCallback(e *check.Eval) {
	p, ok := planeOf(e, openFaaS, noOpenFaaS)
	if !ok {
		return
	}
	workers := partsWith(e.Reader, &p, "app", "queue-worker")
	if len(workers) == 0 && e.Need(deploymentKind, p.Namespace) {
		e.NA("its queue-worker is not among the objects")
	}
	for i := range workers {
		w := &workers[i]
		metadata := reach.ToAddress(e.Reader, w.pod(), metadataAddress, 80, reach.TCP)
		public := reach.ToAddress(e.Reader, w.pod(), publicAddress, 443, reach.TCP)
		for _, v := range []reach.Verdict{metadata, public} {
			caller{who: "queue-worker", result: v.Result, missing: v.Missing}.undecided(e, w)
		}
		var reached []string
		if metadata.Result == reach.Allowed {
			reached = append(reached, "the metadata service of the cloud")
		}
		if public.Result == reach.Allowed {
			reached = append(reached, "addresses in the internet")
		}
		if len(reached) == 0 {
			continue
		}
		f := e.Failf(check.At{Object: w.Ref, Path: w.path}, "callers choose where the queue-worker sends answers, and it reaches %s", strings.Join(reached, " and "))
		if metadata.Result == reach.Allowed && gatewayClass(e, &p) == expose.Internet {
			f.As(check.High)
		}
	}
}

// gatewayClass is from where the gateways of a control plane can be called.
func gatewayClass(e *check.Eval, p *Platform) expose.Class {
	class := expose.None
	for _, w := range parts(e.Reader, p) {
		if container(w.Spec, "gateway") != nil {
			class = max(class, entryTo(e.Reader, p, &w, gatewayPort).class)
		}
	}
	return class
}
