package framework

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// pod is the end of flows that pods of the part are.
func (p *part) pod() reach.Pod {
	return reach.New(p.Ref, p.Namespace, p.Labels, p.Annotations, p.Spec)
}

// caller is who reaches a port, and how sure that is.
type caller struct {
	who     string
	result  reach.Result
	missing []snapshot.Missing
}

// heavier puts what is reached for sure before what cannot be told.
func (c caller) heavier(than caller) bool { return rank[c.result] > rank[than.result] }

var rank = [...]int{reach.Denied: 0, reach.Unknown: 1, reach.Maybe: 2, reach.Allowed: 3}

func (c caller) open() bool { return rank[c.result] >= rank[reach.Maybe] }

// door is a port of a part, for the functions of one namespace.
type door struct {
	part      model.Ref
	port      int32
	namespace string
}

// functionsInto answers which function of a namespace reaches a port: the first of those that do.
var functionsInto = snapshot.NewQuery("functions that reach a port", func(r *snapshot.Reader, d door) caller {
	worst := caller{}
	t, ok := templateOf(r.Get(d.part))
	if !ok {
		return worst
	}
	to := reach.New(d.part, d.part.Namespace, t.Labels, t.Annotations, t.Spec)
	for _, f := range r.Functions(d.namespace) {
		for _, from := range reach.OfFunction.Get(r, f.Key) {
			v := reach.Flow(r, from, to, d.port, reach.TCP)
			c := caller{"function " + f.Key.Namespace + "/" + f.Name(), v.Result, v.Missing}
			if f.Opaque {
				c.who = "what runs functions of " + f.Name()
			}
			if c.heavier(worst) {
				worst = c
			}
		}
		if worst.result == reach.Allowed {
			break
		}
	}
	return worst
}, nil).Eager()

// servedSpaces lists the namespaces in which a control plane has functions.
var servedSpaces = snapshot.NewQuery("namespaces of a control plane's functions", func(r *snapshot.Reader, s check.Subject) []string {
	var all []string
	for _, key := range Served.Get(r, s) {
		if !slices.Contains(all, key.Namespace) {
			all = append(all, key.Namespace)
		}
	}
	slices.Sort(all)
	return all
}, slices.Equal[[]string])

// functionInto answers which function of the judged control plane reaches a port of a part.
func functionInto(e *check.Eval, w *part, port int32) caller {
	worst := caller{}
	for _, ns := range servedSpaces.Get(e.Reader, e.Subject) {
		if c := functionsInto.Get(e.Reader, door{w.Ref, port, ns}); c.heavier(worst) {
			worst = c
		}
	}
	return worst
}

// anybodyInto answers whether a pod that no policy has in mind reaches a port of a part: one beside it, or one of another
// namespace.
func anybodyInto(e *check.Eval, w *part, port int32) caller {
	worst := caller{}
	for _, ns := range []string{w.Namespace, "default"} {
		v := reach.Flow(e.Reader, reach.Stranger(ns), w.pod(), port, reach.TCP)
		if c := (caller{"any pod of namespace " + ns, v.Result, v.Missing}); c.heavier(worst) {
			worst = c
		}
	}
	return worst
}

// flow answers whether pods of one part reach a port of another.
func flow(e *check.Eval, from, to *part, port int32) caller {
	v := reach.Flow(e.Reader, from.pod(), to.pod(), port, reach.TCP)
	return caller{from.Kind + " " + from.Name, v.Result, v.Missing}
}

// into answers who in the cluster reaches a port of a part; functions first.
func into(e *check.Eval, w *part, port int32) caller {
	c, other := functionInto(e, w, port), anybodyInto(e, w, port)
	if other.heavier(c) {
		return other
	}
	return c
}

// undecided tells the running control that policies leave it open who reaches a part.
func (c caller) undecided(e *check.Eval, w *part) {
	if c.result != reach.Unknown {
		return
	}
	e.Unknown(c.missing...)
	if len(c.missing) == 0 {
		e.Undecided(check.At{Object: w.Ref}, "whether "+c.who+" reaches "+w.Name+" is decided by a policy that only the network understands")
	}
}

// leaves reports whether a part may connect to any address.
func leaves(e *check.Eval, w *part) bool {
	d := reach.Isolation(e.Reader, w.pod()).Egress
	if d.State == reach.Undecided {
		e.Unknown(d.Missing...)
		if len(d.Missing) == 0 {
			e.Undecided(check.At{Object: w.Ref}, "whether "+w.Name+" may connect to any address: "+d.Reason)
		}
	}
	return d.State == reach.Open
}
