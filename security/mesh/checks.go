package mesh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// outside judges whether the function's pods are in the mesh that the cluster has.
func outside(e *check.Eval) {
	m := Of.Get(e.Reader, e.F.Key)
	if !m.Meshes.Istio && !m.Meshes.Linkerd {
		noMesh(e)
		return
	}
	if m.Labels == nil && m.At.IsZero() {
		e.NA("no pod spec is known")
		return
	}
	if m.Kind == Outside {
		e.Fail(check.At{Object: m.At.Ref, Path: m.At.Path}, "its pods are outside the mesh: "+m.Why)
	}
}

// noMesh: namespaces that may not be read may ask for one.
func noMesh(e *check.Eval) {
	if e.Need(namespaceKind, "") {
		e.NA("there is no mesh in the cluster")
	}
}

// notIn: a namespace whose labels may not be read may ask for a proxy that no pod was given yet.
func notIn(e *check.Eval, m *Member, reason string) {
	if m.Kind != Outside || e.Get(model.Ref{Kind: namespaceKind.Kind, Name: m.Namespace}) != nil || e.Need(namespaceKind, "") {
		e.NA(reason)
	}
}

// inIstio returns how the function stands, and what the policies come to; ok is false when the running control does not
// apply, or cannot be decided.
func inIstio(e *check.Eval) (m *Member, i *Istio, ok bool) {
	m = Of.Get(e.Reader, e.F.Key)
	switch {
	case !m.Meshes.Istio && !m.Meshes.Linkerd:
		noMesh(e)
		return nil, nil, false
	case m.Kind != Sidecar && m.Kind != Ambient:
		notIn(e, m, "its pods are not in the mesh of Istio")
		return nil, nil, false
	}
	return m, effective.Get(e.Reader, e.F.Key), true
}

// need reports whether all policies of a kind that can apply are seen.
func need(e *check.Eval, m *Member, kinds ...[2]string) bool {
	seen := true
	for _, k := range kinds {
		for _, namespace := range []string{m.Namespace, m.Root} {
			g := peerKind
			g.Group, g.Kind = k[0], k[1]
			seen = e.Need(g, namespace) && seen
		}
	}
	return seen
}

var (
	peersNeeded    = [2]string{istioGroup, "PeerAuthentication"}
	policiesNeeded = [2]string{istioGroup, "AuthorizationPolicy"}
	requestsNeeded = [2]string{istioGroup, "RequestAuthentication"}
)

// pods is where a verdict about the pods stands, when no policy does.
func pods(m *Member) check.At { return check.At{Object: m.At.Ref, Path: m.At.Path} }

func notStrict(e *check.Eval) {
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, peersNeeded) || i.mode == strict {
		return
	}
	at, text := check.At{Object: i.from, Path: "spec.mtls.mode", Value: string(i.mode)}, ""
	switch {
	case i.from.IsZero():
		at = pods(m)
		text = "no PeerAuthentication applies: the mesh takes plain text beside mutual TLS"
	case i.mode == disabled:
		text = "PeerAuthentication " + i.from.Namespace + "/" + i.from.Name + " switches mutual TLS off"
	default:
		text = "PeerAuthentication " + i.from.Namespace + "/" + i.from.Name + " takes plain text beside mutual TLS"
	}
	f := e.Fail(at, text)
	if len(e.F.References) > 0 && slices.ContainsFunc(e.F.References, func(r model.Reference) bool { return r.Kind == "Secret" && r.How != model.Pull }) {
		f.As(check.High)
		f.Message += "; the function handles secrets"
	}
}

func portException(e *check.Eval) {
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, peersNeeded) {
		return
	}
	for _, p := range i.ports {
		path := fmt.Sprintf("spec.portLevelMtls[%d].mode", p.port)
		e.Fail(check.At{Object: i.owner, Path: path, Value: string(p.mode)},
			fmt.Sprintf("PeerAuthentication %s makes an exception for port %d: %s, while %s holds for the others", i.owner.Name, p.port, p.mode, i.mode))
	}
}

func noDefaultDeny(e *check.Eval) {
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, policiesNeeded) || len(i.allow) > 0 {
		return
	}
	for _, o := range i.waypoint {
		if o.value.action == "ALLOW" && !o.value.dryRun {
			return // at the waypoint; what goes round it is judged by itself
		}
	}
	text := "no policy of action ALLOW is in force: whoever reaches its pods may call it"
	switch {
	case len(i.deny)+len(i.custom) > 0:
		text = "only DENY or CUSTOM policies are in force: what they do not name is let in"
	case len(i.silent) > 0:
		text = "its policies are not enforced: whoever reaches its pods may call it"
	}
	e.Fail(pods(m), text)
}

func allowAll(e *check.Eval) {
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, policiesNeeded) {
		return
	}
	for _, o := range append(slices.Clone(i.allow), waypointAllows(i)...) {
		for n := range o.value.rules {
			r := &o.value.rules[n]
			why := r.everybody()
			if why == "" || r.narrow() {
				continue
			}
			e.Failf(check.At{Object: o.Ref, Path: fmt.Sprintf("spec.rules[%d]", n)},
				"AuthorizationPolicy %s/%s lets everybody in on every path and port: %s", o.Namespace, o.Name, why)
		}
	}
}

func waypointAllows(i *Istio) []object[*policy] {
	var all []object[*policy]
	for _, o := range i.waypoint {
		if o.value.action == "ALLOW" && !o.value.dryRun {
			all = append(all, o)
		}
	}
	return all
}

func optionalToken(e *check.Eval) {
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, policiesNeeded, requestsNeeded) {
		return
	}
	set, tokens := i, i.tokens
	if m.Kind == Ambient {
		// ztunnel looks at no token: only those at the waypoint count.
		set, tokens = &Istio{}, i.waypointTokens
		for _, o := range i.waypoint {
			set.policy(o)
		}
	}
	if len(tokens) == 0 {
		e.NA("no RequestAuthentication applies")
		return
	}
	if set.tokenless() {
		o := tokens[0]
		e.Fail(check.At{Object: o.Ref, Path: "spec.jwtRules"},
			"RequestAuthentication "+o.Namespace+"/"+o.Name+" refuses bad tokens and lets requests without one in: no policy asks for a principal")
	}
}

// downgrade judges what the function's own sidecar does on the way out.
func downgrade(e *check.Eval) {
	m, _, ok := inIstio(e)
	if !ok {
		return
	}
	hosts := ""
	for _, namespace := range namespaces(m) {
		if !e.Need(destinationKind, namespace) {
			return
		}
		for _, o := range weakRules.Get(e.Reader, namespace) {
			if hosts == "" {
				hosts = called.Get(e.Reader, e.F.Key)
			}
			if !calls(hosts, o.value.host, o.Namespace, m.Namespace) {
				continue
			}
			for _, t := range o.value.modes {
				reportClient(e, o, t)
			}
		}
	}
}

// weakRules answers which DestinationRules of a namespace leave out TLS or the check of who answers.
var weakRules = snapshot.NewQuery("weak DestinationRules", func(r *snapshot.Reader, namespace string) []object[*destination] {
	return slices.DeleteFunc(read[*destination](r.List(destinationKind, namespace)), func(o object[*destination]) bool {
		return !slices.ContainsFunc(o.value.modes, clientTLS.weak)
	})
}, slices.Equal)

func (t clientTLS) weak() bool { return t.mode == "DISABLE" || t.mode == "SIMPLE" && !t.verified }

func reportClient(e *check.Eval, o object[*destination], t clientTLS) {
	at := check.At{Object: o.Ref, Path: t.field, Value: t.mode}
	who := "DestinationRule " + o.Namespace + "/" + o.Name
	switch {
	case t.mode == "DISABLE":
		e.Fail(at, who+" switches TLS off for calls to "+o.value.host)
	case t.mode == "SIMPLE" && !t.verified:
		e.Fail(at, who+" names no CA for calls to "+o.value.host+": who answers is not checked")
	}
}

func namespaces(m *Member) []string {
	if m.Root == m.Namespace {
		return []string{m.Namespace}
	}
	return []string{m.Namespace, m.Root}
}

// called joins everything in the pod specs that may name a host.
var called = snapshot.NewQuery("hosts that a function may call", func(r *snapshot.Reader, key model.FunctionKey) string {
	var b strings.Builder
	view := workload.Of.Get(r, key)
	for i := range view.Specs {
		for _, c := range view.Specs[i].Containers() {
			for j := range c.Env {
				b.WriteString(c.Env[j].Value + "\n")
			}
			b.WriteString(strings.Join(c.Args, "\n") + "\n")
		}
	}
	return b.String() + "\n"
}, func(a, b string) bool { return a == b }).Passing()

// calls reports whether a rule's host is one that the function may call: every one that a wildcard names, else one that
// stands in its environment or arguments.
func calls(texts, host, namespace, own string) bool {
	if strings.HasPrefix(host, "*") {
		return true
	}
	name, rest, dotted := strings.Cut(host, ".")
	if !dotted {
		return namespace == own && mentions(texts, name) || mentions(texts, name+"."+namespace)
	}
	if ns, svc, ok := strings.Cut(rest, "."); ok && strings.HasPrefix(svc, "svc") {
		return mentions(texts, name+"."+ns) || ns == own && mentions(texts, name)
	}
	return mentions(texts, host)
}

// mentions reports whether the texts have the name as a host of its own: no letter before it or after it.
func mentions(texts, name string) bool {
	for from := 0; ; {
		i := strings.Index(texts[from:], name)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(name)
		if (i == 0 || !wordly(texts[i-1])) && (end == len(texts) || !wordly(texts[end])) {
			return true
		}
		from = i + 1
	}
}

func wordly(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
