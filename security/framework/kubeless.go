package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	kubelessGroup      = "kubeless.io"
	kubelessController = "kubeless-function-controller"
	kubelessFinalizer  = "kubeless.io/function"
	noKubeless         = "it is no Kubeless"
)

var (
	kubelessFunctionKind = schema.GroupKind{Group: kubelessGroup, Kind: "Function"}
	kubelessHTTPKind     = schema.GroupKind{Group: kubelessGroup, Kind: "HTTPTrigger"}
	kubelessCronKind     = schema.GroupKind{Group: kubelessGroup, Kind: "CronJobTrigger"}
	ingressKind          = schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"}
)

var kubelessKinds = []snapshot.Kind{
	{GroupKind: kubelessFunctionKind, Versions: []string{"v1beta1"}, Reader: reader, Decode: decodeKubelessFunction},
	{GroupKind: kubelessHTTPKind, Versions: []string{"v1beta1"}, Reader: reader, Decode: decodeKubelessTrigger},
	{GroupKind: kubelessCronKind, Versions: []string{"v1beta1"}, Reader: reader, Decode: decodeKubelessTrigger},
	{GroupKind: deploymentKind, Versions: []string{"v1"}, Reader: kubeless, Decode: decodeKubelessController, Chosen: true},
}

// kubelessFares is how the controller of Kubeless fares.
type kubelessFares struct{ asleep, down bool }

// decodeKubelessController keeps nothing of other Deployments: how those fare is no matter of posture.
func decodeKubelessController(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*appsv1.Deployment)
	if !ok || container(&o.Spec.Template.Spec, kubelessController) == nil {
		return nil, nil
	}
	return &kubelessFares{
		asleep: o.Spec.Replicas != nil && *o.Spec.Replicas == 0,
		down:   o.Status.ReadyReplicas == 0 && len(o.Status.Conditions) > 0,
	}, nil
}

// kubelessFunction is what is kept of a Function of Kubeless; its source is not.
type kubelessFunction struct {
	url, checksum, own bool // code from a URL; a checksum is given; an image of its own holds the code
	installs           bool
	loose              []string // packages without exact version
	serviceType        string
	quotes             []string // fields that hold a quote and end in a shell
}

func decodeKubelessFunction(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Function, Checksum, Runtime, Deps string
			Type                              string `json:"function-content-type"`
			Service                           struct{ Type string }
			Deployment                        json.RawMessage // no schema checks it
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	f := &kubelessFunction{
		url: strings.HasPrefix(s.Type, "url"), checksum: s.Checksum != "", serviceType: short(s.Service.Type),
		installs: strings.TrimSpace(s.Deps) != "" || strings.HasSuffix(s.Type, "+deps"),
	}
	f.own = ownImage(s.Deployment)
	f.loose, _ = loose(s.Runtime, s.Deps)
	if f.url && strings.Contains(s.Function, "'") {
		f.quotes = append(f.quotes, "spec.function")
	}
	if strings.Contains(s.Checksum, "'") {
		f.quotes = append(f.quotes, "spec.checksum")
	}
	return f, nil
}

// ownImage reports whether spec.deployment names an image for the function.
func ownImage(deployment json.RawMessage) bool {
	var d struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct{ Image string }
				}
			}
		}
	}
	_ = json.Unmarshal(deployment, &d)
	all := d.Spec.Template.Spec.Containers
	return len(all) > 0 && all[0].Image != ""
}

// kubelessTrigger is what is kept of an HTTPTrigger or a CronJobTrigger.
type kubelessTrigger struct {
	function, gateway, users string
	quote                    bool // in the payload
}

func decodeKubelessTrigger(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Function string `json:"function-name"`
			Gateway  string
			Users    string `json:"basic-auth-secret"`
			Payload  json.RawMessage
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	payload := string(o.Spec.Payload)
	return &kubelessTrigger{
		function: short(o.Spec.Function), gateway: short(o.Spec.Gateway), users: short(o.Spec.Users),
		quote: strings.Contains(payload, "'") || strings.Contains(payload, `\u0027`),
	}, nil
}

// kubelessTriggers are the triggers of a namespace's functions, by function.
type kubelessTriggers map[string][]kubelessTriggerOf

type kubelessTriggerOf struct {
	model.Ref
	*kubelessTrigger
}

var triggersIn = snapshot.NewQuery("triggers of Kubeless functions", func(r *snapshot.Reader, ns string) kubelessTriggers {
	all := kubelessTriggers{}
	for _, kind := range []schema.GroupKind{kubelessHTTPKind, kubelessCronKind} {
		for _, o := range r.List(kind, ns) {
			if t, ok := snapshot.FactsOf[*kubelessTrigger](o, reader); ok {
				all[t.function] = append(all[t.function], kubelessTriggerOf{o.Head().Ref, t})
			}
		}
	}
	return all
}, nil)

// checkKubelessAlive is FW-KL-01.
func checkKubelessAlive(e *check.Eval) {
	p, ok := planeOf(e, kubeless, noKubeless)
	if !ok {
		return
	}
	functions := Served.Get(e.Reader, e.Subject)
	checkStuck(e, functions)
	if !e.Need(deploymentKind, p.Namespace) {
		return
	}
	found := false
	for _, w := range parts(e.Reader, &p) {
		if c := container(w.Spec, kubelessController); c != nil {
			found = true
			checkKubelessController(e, &w, c)
		}
	}
	if !found && len(functions) > 0 {
		e.Failf(check.At{
			Object: model.Ref{Group: deploymentKind.Group, Kind: deploymentKind.Kind, Namespace: p.Namespace, Name: "kubeless-controller-manager"},
			Path:   "metadata.name",
		},
			"no controller of Kubeless runs: what the %d functions say is not enforced, and a change of a Function changes nothing in the cluster", len(functions))
	}
}

func checkKubelessController(e *check.Eval, w *part, c *corev1.Container) {
	fares, known := snapshot.FactsOf[*kubelessFares](e.Get(w.Ref), kubeless)
	switch {
	case known && fares.asleep:
		e.Fail(check.At{Object: w.Ref, Path: "spec.replicas", Value: "0"}, "the controller of Kubeless is scaled to zero: what functions say is not enforced")
	case known && fares.down:
		e.Fail(check.At{Object: w.Ref, Path: "status.readyReplicas", Value: "0"}, "the controller of Kubeless does not run: what functions say is not enforced, and a fix of a Function must be made in its Deployment too")
	case e.Options().ServerMinor >= 22 && imageName(c.Image) == "function-controller" && atMost(imageTag(c.Image), 1, 0, 8):
		at := w.at(c, "image")
		at.Value = c.Image
		e.Fail(at, "this controller of Kubeless cannot start on Kubernetes 1.22 and later: what functions say is not enforced")
	default:
		at := w.at(c, "image")
		at.Value = c.Image
		e.Fail(at, "Kubeless has had no maintainer since 2021: weaknesses of its controller and images stay").As(check.Medium).With(check.FrameworkLimit)
	}
}

// checkStuck reports functions whose deletion waits for a controller.
func checkStuck(e *check.Eval, functions []model.FunctionKey) {
	for _, k := range functions {
		f := e.Function(k)
		if f == nil {
			continue
		}
		o := e.Get(f.Object)
		if o == nil || o.Head().Deleting.IsZero() || !slices.Contains(o.Head().Finalizers, kubelessFinalizer) {
			continue
		}
		e.Failf(check.At{Object: f.Object, Path: "metadata.finalizers", Value: kubelessFinalizer},
			"function %s was deleted and waits for the controller to remove its finalizer: its pods still run", k.Name)
	}
}

// atMost reports whether a version like v1.0.8 is known and not newer than that.
func atMost(version string, limit ...int) bool {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "-")
	numbers := strings.Split(version, ".")
	for i, l := range limit {
		if i >= len(numbers) {
			return i > 0
		}
		n, err := strconv.Atoi(numbers[i])
		if err != nil {
			return false
		}
		if n != l {
			return n < l
		}
	}
	return true
}

// kubelessFacts returns what is kept of the judged Function; if there is none, the control does not apply.
func kubelessFacts(e *check.Eval) (*kubelessFunction, bool) {
	if !runs(e, kubeless, noKubeless) {
		return nil, false
	}
	o := e.Get(e.F.Object)
	if o == nil {
		if e.F.Object.IsZero() || e.Need(e.F.Object.GroupKind(), e.F.Object.Namespace) {
			e.NA("its Function is gone")
		}
		return nil, false
	}
	f, ok := snapshot.FactsOf[*kubelessFunction](o, reader)
	if !ok {
		e.Undecided(check.At{Object: e.F.Object}, "the Function could not be read")
	}
	return f, ok
}

// checkKubelessDeclared is FW-KL-03.
func checkKubelessDeclared(e *check.Eval) {
	f, ok := kubelessFacts(e)
	if !ok {
		return
	}
	ns, name := e.F.Key.Namespace, e.F.Key.Name
	svc, _ := e.Get(model.Ref{Kind: serviceKind.Kind, Namespace: ns, Name: name}).(*model.Service)
	if svc != nil && f.serviceType == "ClusterIP" && (svc.Type == "NodePort" || svc.Type == "LoadBalancer") {
		e.Failf(check.At{Object: svc.Ref, Path: "spec.type", Value: svc.Type},
			"the Function says ClusterIP, and its Service still is %s: Kubeless does not change the type of a Service that exists", svc.Type).
			Offers(check.FixClusterIP)
	}
	if !e.Need(kubelessHTTPKind, ns) || !e.Need(ingressKind, ns) {
		return
	}
	for _, t := range triggersIn.Get(e.Reader, ns)[name] {
		if t.Kind == kubelessHTTPKind.Kind && t.users != "" {
			checkKubelessUsers(e, t)
		}
	}
}

// checkKubelessUsers compares a trigger that names a Secret of users with the Ingress that was made of it.
func checkKubelessUsers(e *check.Eval, t kubelessTriggerOf) {
	route, _ := e.Get(model.Ref{Group: ingressKind.Group, Kind: ingressKind.Kind, Namespace: t.Namespace, Name: t.Name}).(*model.Route)
	if route == nil {
		if t.gateway == "kong" {
			e.Fact(check.At{Object: t.Ref, Path: "spec.gateway", Value: t.gateway}, "no Ingress was made: Kubeless cannot combine kong with basic-auth-secret")
		}
		return
	}
	a := route.Annotations
	path, annotation := "metadata.annotations[nginx.ingress.kubernetes.io/auth-type]", "nginx.ingress.kubernetes.io/"
	switch route.Class {
	case "nginx", "":
	case "traefik":
		if a.Has("traefik.ingress.kubernetes.io/router.middlewares") {
			e.Undecided(check.At{Object: route.Ref, Path: "metadata.annotations"}, "a middleware of Traefik decides who may call through Ingress "+route.Name)
			return
		}
		path, annotation = "metadata.annotations[ingress.kubernetes.io/auth-type]", "ingress.kubernetes.io/"
	default:
		e.Undecided(check.At{Object: route.Ref, Path: "spec.ingressClassName", Value: route.Class}, "how controller "+route.Class+" asks for a login is not known")
		return
	}
	if a.Get(annotation+"auth-type") == "basic" && a.Get(annotation+"auth-secret") != "" ||
		a.Get(annotation+"auth-url") != "" || a.Get(annotation+"auth-tls-secret") != "" {
		return
	}
	why := "Kubeless writes the annotations of an Ingress only once"
	if t.gateway != "nginx" && t.gateway != "traefik" {
		why = "Kubeless ignores the Secret where the gateway is neither nginx nor traefik"
	}
	e.Failf(check.At{Object: route.Ref, Path: path},
		"trigger %s names users in Secret %s, but its Ingress does not ask for a login: %s", t.Name, t.users, why).Offers(check.FixRouteAuth)
}

// checkKubelessQuotes is FW-KL-05.
func checkKubelessQuotes(e *check.Eval) {
	f, ok := kubelessFacts(e)
	if !ok {
		return
	}
	for _, path := range f.quotes {
		e.Failf(check.At{Object: e.F.Object, Path: path}, "%s holds a quote and is pasted into a shell command: what follows the quote runs as code", path)
	}
	if !e.Need(kubelessCronKind, e.F.Key.Namespace) {
		return
	}
	for _, t := range triggersIn.Get(e.Reader, e.F.Key.Namespace)[e.F.Key.Name] {
		if t.Kind == kubelessCronKind.Kind && t.quote {
			e.Failf(check.At{Object: t.Ref, Path: "spec.payload"}, "the payload of trigger %s holds a quote and is pasted into a shell command: what follows the quote runs as code", t.Name)
		}
	}
}
