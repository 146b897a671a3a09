package framework

import (
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	crdKind        = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}
	validatingKind = schema.GroupKind{Group: "admissionregistration.k8s.io", Kind: "ValidatingWebhookConfiguration"}
)

// crdFacts say of a definition whether the API server checks more than types. Kept of Environments alone.
type crdFacts struct{ rules bool }

const environmentCRD = "environments.fission.io"

func decodeCRD(raw *snapshot.Raw) (any, error) {
	if raw.Header.Name != environmentCRD {
		return nil, nil
	}
	text := raw.JSON
	if text == nil {
		var err error
		if text, err = json.Marshal(raw.Typed); err != nil {
			return nil, decodeError(raw, err)
		}
	}
	return &crdFacts{rules: strings.Contains(string(text), `"x-kubernetes-validations"`)}, nil
}

// fissionParts returns the judged control plane, and its parts of one component.
func fissionParts(e *check.Eval, component string) (p Platform, all []part, ok bool) {
	p, ok = planeOf(e, fission, noFission)
	if !ok {
		return p, nil, false
	}
	if all = partsWith(e.Reader, &p, "svc", component); len(all) == 0 {
		e.Need(deploymentKind, p.Namespace)
	}
	return p, all, true
}

// signed reports whether components sign their calls, and functions without a trigger answer on an internal port only.
// known is false when Services cannot be seen.
func signed(e *check.Eval, p *Platform) (yes, known bool) {
	o := e.Get(model.Ref{Kind: serviceKind.Kind, Namespace: p.Namespace, Name: "router-internal"})
	return o != nil, o != nil || e.Need(serviceKind, p.Namespace)
}

// checkFissionRouter is FW-FI-03.
func checkFissionRouter(e *check.Eval) {
	p, routers, ok := fissionParts(e, "router")
	if !ok {
		return
	}
	if yes, known := signed(e, &p); yes || !known {
		return
	}
	for i := range routers {
		w := &routers[i]
		way, open := leadsTo(e, &p, w, "8888")
		if !open {
			c := into(e, w, 8888)
			if c.undecided(e, w); !c.open() {
				continue
			}
			way = "; " + c.who + " reaches it"
		}
		f := e.Failf(check.At{Object: w.Ref, Path: w.path}, "this router answers /fission-function/NAMESPACE/NAME on its public port: every function is called without a trigger, and deleting the trigger does not hide it%s", way)
		if !open {
			f.As(check.High)
		}
	}
}

// checkFissionToken is FW-FI-04.
func checkFissionToken(e *check.Eval) {
	_, routers, ok := fissionParts(e, "router")
	if !ok {
		return
	}
	for i := range routers {
		w := &routers[i]
		c := orFirst(w.Spec, "router")
		if c == nil || !env(c, "JWT_SIGNING_KEY").Set {
			continue
		}
		spaces := servedSpaces.Get(e.Reader, e.Subject)
		at := w.envAt(c, "JWT_SIGNING_KEY")
		at.Path, at.Fixed = strings.TrimSuffix(at.Path, ".value"), strings.TrimSuffix(at.Fixed, ".value")
		f := e.Failf(at, "the router's tokens have no scope and no audience: whoever may call one function may call all, in %d namespaces", len(spaces))
		if len(spaces) >= 2 {
			f.As(check.High)
		}
	}
}

// orFirst returns the container of that name, else the only one, else nil.
func orFirst(s *corev1.PodSpec, name string) *corev1.Container {
	if c := container(s, name); c != nil {
		return c
	}
	if len(s.Containers) == 1 {
		return &s.Containers[0]
	}
	return nil
}

// checkFissionWriters is FW-FI-06.
func checkFissionWriters(e *check.Eval) {
	p, ok := planeOf(e, fission, noFission)
	if !ok {
		return
	}
	webhook := e.Get(model.Ref{Group: validatingKind.Group, Kind: validatingKind.Kind, Name: "fission-validating-webhooks"})
	definition, described := snapshot.FactsOf[*crdFacts](e.Get(model.Ref{Group: crdKind.Group, Kind: crdKind.Kind, Name: environmentCRD}), reader)
	older, known := olderThan(p.Version, "1.24.0")
	switch {
	case described && definition.rules:
		return
	case known && older:
	case webhook != nil:
		return
	case e.Options().Manifests && known:
		e.NA("the definitions and the webhook of Fission are not among the manifests")
		return
	case !e.Need(crdKind, "") || !e.Need(validatingKind, ""):
		return
	}
	weak := ""
	for _, ns := range servedSpaces.Get(e.Reader, e.Subject) {
		if !enforcesBaseline(e, ns) {
			weak = ns
			break
		}
	}
	at := check.At{Object: model.Ref{Group: crdKind.Group, Kind: crdKind.Kind, Name: environmentCRD}, Path: "spec.versions"}
	if weak == "" {
		e.Fail(at, "nothing checks pod specs in Environments and Functions: whoever may write them asks for paths of the node and any account, and only the namespaces' Pod Security keeps the node from them").As(check.Low)
		return
	}
	e.Failf(at, "nothing checks pod specs in Environments and Functions: whoever may write them in namespace %s gets privileged pods, paths of the node and any account", weak)
}

// enforcesBaseline reports whether a namespace keeps pods from the node.
func enforcesBaseline(e *check.Eval, namespace string) bool {
	o := e.Get(model.Ref{Kind: "Namespace", Name: namespace})
	if o == nil {
		return false
	}
	switch level, set := o.Head().Labels.Lookup("pod-security.kubernetes.io/enforce"); {
	case !set, level == "privileged":
		return false
	}
	return true
}

// checkFissionStore is FW-FI-07.
func checkFissionStore(e *check.Eval) {
	p, stores, ok := fissionParts(e, "storagesvc")
	if !ok {
		return
	}
	if yes, known := signed(e, &p); yes || !known {
		return
	}
	for i := range stores {
		w := &stores[i]
		c := into(e, w, 8000)
		if c.undecided(e, w); c.open() {
			e.Failf(check.At{Object: w.Ref, Path: w.path}, "the store lists, serves, takes and deletes the source of all functions for anyone who reaches it; %s does", c.who)
		}
	}
}

// checkFissionTools is FW-FI-08.
func checkFissionTools(e *check.Eval) {
	p, all, ok := fissionParts(e, "mcp")
	if !ok {
		return
	}
	if len(all) == 0 {
		e.NA("there is no MCP endpoint")
	}
	for i := range all {
		w := &all[i]
		c := orFirst(w.Spec, "mcp")
		if c != nil && env(c, "MCP_ALLOW_INSECURE").Is("true") && !env(c, "JWT_SIGNING_KEY").Set {
			way, _ := leadsTo(e, &p, w, "8888")
			e.Failf(w.envAt(c, "MCP_ALLOW_INSECURE"), "the MCP endpoint asks for no token: whoever reaches it calls every function that is offered as a tool%s", way)
		}
	}
}
