package framework

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// activatorPorts are those on which the activator takes requests.
var activatorPorts = []int32{8012, 8013, 8112}

// shield says how a function is kept from callers, in words; empty when it is not.
var shield = snapshot.NewQuery("what keeps callers from a function", func(r *snapshot.Reader, key model.FunctionKey) string {
	f := r.Function(key)
	if f == nil {
		return ""
	}
	route := model.Ref{Group: servingGroup, Kind: knativeRouteKind.Kind, Namespace: key.Namespace, Name: key.Name}
	if key.Framework == knative && (local(r.Get(f.Object)) || local(r.Get(route))) {
		return "cluster-local"
	}
	pods := reach.OfFunction.Get(r, key)
	for i := range pods {
		if reach.Isolation(r, pods[i]).Ingress.State == reach.Closed {
			return "isolated by network policies"
		}
	}
	return ""
}, nil).Passing()

// shielded names a function of a control plane that is kept from callers, and how.
var shielded = snapshot.NewQuery("functions that are kept from callers", func(r *snapshot.Reader, s check.Subject) string {
	for _, key := range Served.Get(r, s) {
		if how := shield.Get(r, key); how != "" {
			return key.Namespace + "/" + key.Name + " (" + how + ")"
		}
	}
	return ""
}, nil)

// checkActivator is FW-KN-01.
func checkActivator(e *check.Eval) {
	if !servingPlane(e) {
		return
	}
	p := PlatformOf.Get(e.Reader, e.Subject)
	activators := partsWith(e.Reader, &p, "app", "activator")
	if len(activators) == 0 && e.Need(deploymentKind, servingNamespace) {
		e.NA("the activator is not among the objects")
	}
	for i := range activators {
		w := &activators[i]
		worst := caller{}
		for _, port := range activatorPorts {
			if c := calledBy(e, w, port); c.heavier(worst) {
				worst = c
			}
		}
		if worst.open() {
			hidden := shielded.Get(e.Reader, e.Subject)
			also := ""
			if hidden != "" {
				also = ", also of " + hidden
			}
			f := e.Failf(check.At{Object: w.Ref, Path: w.path}, "%s %s the activator, which forwards to any revision of any namespace%s", worst.who, worst.reaches(), also)
			if hidden == "" {
				f.As(check.Medium)
			}
		}
		worst.undecided(e, w)
	}
}

// checkClaims is FW-KN-05.
func checkClaims(e *check.Eval) {
	if !servingPlane(e) {
		return
	}
	c, ok := configOf(e, servingNamespace, "config-network")
	if !ok {
		return
	}
	const key = "autocreate-cluster-domain-claims"
	if !strings.EqualFold(c.get(key, "autocreateclusterdomainclaims"), "true") {
		return
	}
	makers, missing := domainMakers(e)
	who := ""
	if len(makers) > 0 {
		who = "; DomainMappings may be made by " + few(makers)
	}
	f := e.Failf(check.At{Object: c.at, Path: c.prefix + key, Value: "true"}, "every namespace may claim any host, also that of another team%s", who)
	if spaces := strings.Join(makers, " "); strings.Count(spaces, " in ") < 2 && !strings.Contains(spaces, "everywhere") {
		f.As(check.Medium)
		e.Unknown(missing...)
	}
}

// domainMakers lists who may make DomainMappings in the namespaces with functions, by bindings of that namespace; and
// the groups and accounts of functions that may everywhere.
func domainMakers(e *check.Eval) (makers []string, missing []snapshot.Missing) {
	for _, ns := range servedSpaces.Get(e.Reader, e.Subject) {
		able, more := rbac.WhoCan(e.Reader, rbac.Attributes{Verb: "create", Group: servingGroup, Resource: "domainmappings", Namespace: ns})
		missing = append(missing, more...)
		here := ""
		for i := range able {
			inside := slices.ContainsFunc(able[i].Via, func(v rbac.Via) bool { return v.Binding.Namespace == ns })
			switch {
			case inside && here == "":
				here = able[i].Holder.String() + " in " + ns
			case !inside && isBroad(able[i].Holder):
				makers = append(makers, able[i].Holder.String()+" everywhere")
			}
		}
		if here != "" {
			makers = append(makers, here)
		}
	}
	slices.Sort(makers)
	return slices.Compact(makers), missing
}
