package network

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var ingressKind = schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"}

// platformEntries are judged once, on the row of their platform.
var platformEntries = []string{expose.NuclioDashboard, expose.FnServer, expose.OpenWhiskEdge}

// routes returns the ways through other objects than Services, worst first, one for each object and host; those that are
// shared are among them when they lead to the function's calls. The Service of the interceptor of KEDA counts as a
// route: it serves by host. What could not be read is reported.
func routes(e *check.Eval) []expose.Route {
	x := expose.Of.Get(e.Reader, e.F.Key)
	for _, m := range x.Missing {
		e.Unknown(m)
	}
	var all []expose.Route
	for i := range x.Routes {
		r := &x.Routes[i]
		if r.Direct() && r.Shared != expose.KEDAInterceptor || r.Service.Name == "" && podKinds[r.Via.Kind] || slices.Contains(platformEntries, r.Shared) {
			continue
		}
		all = append(all, *r)
	}
	if len(all) == 0 && len(x.Missing) == 0 {
		e.NA("no route leads to it")
	}
	return all
}

// podKinds are those whose pods may be on the node's network.
var podKinds = map[string]bool{
	"Deployment": true, "StatefulSet": true, "DaemonSet": true, "Job": true, "CronJob": true, "Pod": true, "ReplicaSet": true,
}

// perHost leaves out the ways that differ in their path alone, by what same says.
func perHost(all []expose.Route, same func(a, b *expose.Route) bool) []expose.Route {
	var kept []expose.Route
	for i := range all {
		if !slices.ContainsFunc(kept, func(k expose.Route) bool {
			return k.Via == all[i].Via && k.Host == all[i].Host && same(&k, &all[i])
		}) {
			kept = append(kept, all[i])
		}
	}
	return kept
}

func at(r *expose.Route) check.At {
	return check.At{Object: r.Via, Path: r.Field, Fixed: r.Fixed, Value: r.Host}
}

// where names a host for messages.
func where(r *expose.Route) string {
	if r.Host == "" {
		return "every host"
	}
	return r.Host
}

// reaching adds how far a way reaches, and what that rests on.
func reaching(r *expose.Route) string {
	text := ", from the internet"
	switch r.Class {
	case expose.Private:
		text = ", from the private network"
	case expose.Node:
		text = ", from the network of the nodes"
	case expose.Cluster, expose.Namespace, expose.None:
		text = ", inside the cluster"
	case expose.Internet:
	}
	if r.Assumed != "" {
		text += " (" + r.Assumed + ")"
	}
	return text
}

// byReach makes a finding of a way that does not lead to the internet a medium one.
func byReach(f *check.Finding, r *expose.Route) {
	if r.Class < expose.Internet {
		f.As(check.Medium)
	}
}

func routeTLS(e *check.Eval) {
	for _, r := range perHost(routes(e), func(a, b *expose.Route) bool { return a.TLS == b.TLS }) {
		switch r.TLS {
		case expose.Plain:
			byReach(e.Fail(at(&r), r.Via.Kind+" "+r.Via.Name+" serves "+where(&r)+" in plain HTTP"+reaching(&r)), &r)
		case expose.UnknownTLS:
			e.Undecided(at(&r), "whether "+r.Via.Kind+" "+r.Via.Name+" serves "+where(&r)+" with TLS cannot be told: its controller or Gateway decides")
		case expose.Redirect, expose.Terminated, expose.Passthrough:
		}
	}
}

func anyHost(e *check.Eval) {
	for _, r := range perHost(routes(e), func(_, _ *expose.Route) bool { return true }) {
		if r.Host != "" || r.Shared == expose.KEDAInterceptor {
			continue
		}
		text := r.Via.Kind + " " + r.Via.Name + " answers for every host"
		if r.Field == "spec.defaultBackend" {
			text = r.Via.Kind + " " + r.Via.Name + " sends everything to it that no other rule takes"
		}
		e.Fail(at(&r), text)
	}
}

// metricsPaths are frameworks whose functions serve /metrics and /healthz on the port of the calls.
var metricsPaths = []string{"kyma", "kubeless"}

func routeLogin(e *check.Eval) {
	for _, r := range perHost(routes(e), func(a, b *expose.Route) bool { return a.Auth == b.Auth }) {
		switch r.Auth {
		case expose.NoAuth:
			text := r.Via.Kind + " " + r.Via.Name + " lets anybody call " + where(&r) + reaching(&r)
			if slices.Contains(metricsPaths, e.F.Key.Framework) && strings.Trim(r.Path, "/*.") == "" {
				text += "; /metrics and /healthz with it"
			}
			byReach(e.Fail(at(&r), text), &r)
		case expose.UnknownAuth:
			reason := r.By
			if reason == "" {
				reason = "its controller is not known"
			}
			e.Undecided(at(&r), "whether "+r.Via.Kind+" "+r.Via.Name+" asks for a login cannot be told: "+reason)
		default:
		}
	}
}

// routeObjects returns the objects that make the ways, each once.
func routeObjects(e *check.Eval) []model.Ref {
	var all []model.Ref
	for _, r := range routes(e) {
		if !slices.Contains(all, r.Via) {
			all = append(all, r.Via)
		}
	}
	return all
}

func dangerousAnnotation(e *check.Eval) {
	for _, ref := range routeObjects(e) {
		for _, key := range expose.Resolved.Get(e.Reader, ref).Danger {
			path := "metadata.annotations[" + key + "]"
			f := e.Fail(check.At{Object: ref, Path: path}, "annotation "+key+" of "+ref.Kind+" "+ref.Name+" writes into the controller's configuration")
			if madeByNuclio(e.Reader, ref) && strings.HasSuffix(key, "/configuration-snippet") {
				f.With(check.VersionLimit).Offers(check.FixUpgrade)
				f.Message += "; Nuclio puts it there, newer releases do not"
			}
		}
	}
}

func madeByNuclio(r *snapshot.Reader, ref model.Ref) bool {
	o := r.Get(ref)
	if o == nil {
		return false
	}
	class := o.Head().Labels.Get("nuclio.io/class")
	return class == "apigateway" || class == "function"
}

func plainBeside(e *check.Eval) {
	for _, r := range perHost(routes(e), func(a, b *expose.Route) bool { return a.Beside == b.Beside }) {
		if r.Beside == "" || r.Controller == expose.KnativeGateway {
			continue // NET-44 says it of Knative
		}
		e.Fail(at(&r), r.Via.Kind+" "+r.Via.Name+" has TLS for "+where(&r)+", and serves plain HTTP beside it: "+r.Beside)
	}
}

func insecureListener(e *check.Eval) {
	judged := map[string]bool{}
	found := false
	for _, r := range routes(e) {
		d := &r.Door
		if d.Gateway.IsZero() {
			continue
		}
		found = true
		key := d.Gateway.String() + d.Fixed
		if d.Problem == "" || judged[key] {
			continue
		}
		judged[key] = true
		e.Fail(check.At{Object: d.Gateway, Path: d.Field, Fixed: d.Fixed, Value: d.Protocol},
			"the listener of "+d.Gateway.Kind+" "+d.Gateway.Namespace+"/"+d.Gateway.Name+" for "+where(&r)+" "+d.Problem)
	}
	if !found {
		e.NA("no Gateway leads to it")
	}
}
