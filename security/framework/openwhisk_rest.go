package framework

import (
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	whiskActionKind  = schema.GroupKind{Group: whiskGroup, Kind: "Action"}
	whiskPackageKind = schema.GroupKind{Group: whiskGroup, Kind: "Package"}
)

const noOpenWhisk = "it is no OpenWhisk"

// webLogin says who may call an action by its web address.
type webLogin uint8

const (
	notWeb webLogin = iota
	webOpen
	webAnyTenant // the key of any tenant passes
	webSecret
	webNobody
)

// whiskAction is what is judged of an action.
type whiskAction struct {
	kind, image string
	web         webLogin
	key         bool // the tenant's key is given to the code
	keyStated   bool
	parameters  []literal
}

func decodeWhiskAction(raw *snapshot.Raw) (any, error) {
	var o struct {
		Exec                    struct{ Kind, Image string }
		Annotations, Parameters entries
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	a := &whiskAction{
		kind: short(o.Exec.Kind), image: short(o.Exec.Image), web: webLoginOf(o.Annotations),
		parameters: o.Parameters.literals(),
	}
	if a.kind == "" {
		var kind string
		if json.Unmarshal(o.Annotations.find("exec"), &kind) == nil {
			a.kind = short(kind)
		}
	}
	key := o.Annotations.find("provide-api-key")
	a.key, a.keyStated = key == nil || truthy(key), key != nil
	return a, nil
}

func webLoginOf(annotations entries) webLogin {
	if string(annotations.find("web-export")) != "true" {
		return notWeb
	}
	auth := annotations.find("require-whisk-auth")
	var text string
	var number json.Number
	switch {
	case auth == nil || string(auth) == "false":
		return webOpen
	case string(auth) == "true":
		return webAnyTenant
	case json.Unmarshal(auth, &text) == nil && text != "":
		return webSecret
	case json.Unmarshal(auth, &number) == nil && number != "":
		return webSecret
	}
	return webNobody
}

// whiskPackage is what is judged of a package. Binding names the package that this one stands for.
type whiskPackage struct {
	public     bool
	binding    string
	parameters []literal
}

func decodeWhiskPackage(raw *snapshot.Raw) (any, error) {
	var o struct {
		Publish    bool
		Binding    struct{ Namespace, Name string }
		Parameters entries
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	p := &whiskPackage{public: o.Publish, parameters: o.Parameters.literals()}
	if o.Binding.Name != "" {
		p.binding = short(o.Binding.Namespace + "/" + o.Binding.Name)
	}
	return p, nil
}

// actionOf returns the record of the judged action. Without one the control was told why.
func actionOf(e *check.Eval) (model.Ref, *whiskAction, bool) {
	if !runs(e, openWhisk, noOpenWhisk) {
		return model.Ref{}, nil, false
	}
	return recordOf[*whiskAction](e, whiskActionKind)
}

// checkWhiskWeb is FW-OW-06.
func checkWhiskWeb(e *check.Eval) {
	ref, a, ok := actionOf(e)
	if !ok {
		return
	}
	shared := ""
	for _, p := range packagesOf(e, ref) {
		if facts, ok := snapshot.FactsOf[*whiskPackage](e.Get(p), reader); ok && facts.public && facts.binding == "" {
			shared = ", and as its package is shared through every binding of it too"
		}
	}
	at := check.At{Object: ref, Path: "annotations[require-whisk-auth]"}
	switch a.web {
	case webOpen:
		f := e.Failf(at, "anybody who reaches the edge calls this web action without a login%s", shared)
		if !callable(e) {
			f.As(check.Medium)
		}
	case webAnyTenant:
		at.Value = "true"
		e.Failf(at, "the key of any tenant of the platform passes at this web action%s", shared).As(check.Medium)
	}
}

// checkWhiskKey is FW-OW-07.
func checkWhiskKey(e *check.Eval) {
	ref, a, ok := actionOf(e)
	if !ok {
		return
	}
	if a.kind == "sequence" {
		e.NA("a sequence runs no code of its own")
		return
	}
	if !a.key {
		return
	}
	words := "the annotation is absent, which means yes"
	if a.keyStated {
		words = "the annotation asks for it"
	}
	e.Fail(check.At{Object: ref, Path: "annotations[provide-api-key]"}, "the code gets the key of its whole OpenWhisk namespace: "+words)
}

// checkWhiskParameters is FW-OW-08 of an action.
func checkWhiskParameters(e *check.Eval) {
	ref, a, ok := actionOf(e)
	if !ok {
		return
	}
	reportLiterals(e, ref, "parameters", "parameter", a.parameters)
	for _, p := range packagesOf(e, ref) {
		if facts, ok := snapshot.FactsOf[*whiskPackage](e.Get(p), reader); ok {
			reportLiterals(e, p, "parameters", "parameter of the package", facts.parameters)
		}
	}
}

// checkWhiskImage is FW-OW-09.
func checkWhiskImage(e *check.Eval) {
	ref, a, ok := actionOf(e)
	if !ok || a.kind != "blackbox" {
		return
	}
	at := check.At{Object: ref, Path: "exec.image", Value: a.image}
	switch {
	case strings.Contains(a.image, "@"):
		e.Fail(at, "the platform drops the digest of a custom image: what its tag latest is today runs").With(check.FrameworkLimit)
	case imageTag(a.image) == "":
		e.Fail(at, "the custom image has no tag: what latest is today runs")
	}
}

// packagesOf lists the package of an action and the bindings to it, as its connector tells them.
func packagesOf(e *check.Eval, action model.Ref) []model.Ref {
	cut := strings.LastIndexByte(action.Name, '/')
	if cut < 0 || strings.Count(action.Name, "/") != 3 {
		return nil
	}
	return whiskPackages.Get(e.Reader, action.Namespace)[action.Name[:cut]]
}

// whiskPackages lists, by `CONNECTOR/NS/PACKAGE`, the records whose parameters reach the actions of a package.
var whiskPackages = snapshot.NewQuery("OpenWhisk packages", func(r *snapshot.Reader, namespace string) map[string][]model.Ref {
	all := map[string][]model.Ref{}
	for _, o := range r.List(whiskPackageKind, namespace) {
		h := o.Head()
		all[h.Name] = append(all[h.Name], h.Ref)
		facts, ok := snapshot.FactsOf[*whiskPackage](o, reader)
		if connector, _, found := strings.Cut(h.Name, "/"); ok && found && facts.binding != "" {
			all[connector+"/"+facts.binding] = append(all[connector+"/"+facts.binding], h.Ref)
		}
	}
	return all
}, nil)

// whiskConnected says on the platform's row, once, what no connector has told.
func whiskConnected(e *check.Eval) {
	if _, ok := planeOf(e, openWhisk, noOpenWhisk); ok {
		connected(e, whiskGroup)
	}
}
