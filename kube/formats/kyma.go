package formats

import (
	"path"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// The options of Kyma, and of its routes and events.
const (
	optImageOverride = "runtime-image-override"
	optGitAuth       = "git-auth"
	optAuth          = "auth"
	optIssuer        = "jwt-issuer"
	optKeys          = "jwks-uri"
	optScopes        = "jwt-scopes"
	optMatching      = "type-matching"
)

// readKyma reads config.yaml of Kyma's tool of version 2.
func readKyma(r *reader, s *surveyed) error {
	f, err := r.one(s, "kyma")
	if err != nil {
		return err
	}
	q := plan.DeployRequest{
		Framework: "kyma", Name: f.at("name").text(), Namespace: f.at("namespace").text(), Runtime: f.at("runtime").text(),
		Labels: f.at("labels").pairs(), Annotations: f.at("annotations").pairs(),
	}
	if q.Name == "" {
		f.lacks("has no name")
	}
	r.kymaSource(f.at("source"), &q)
	r.kubeEnv(f.at("env"), &q, func(name string, value map[string]any) { native(&q, plan.Named("spec.env", name), value) })
	for _, key := range []string{"resources", "resource"} {
		r.resources(f.at(key), &q, "spec.resourceConfiguration.function.resources")
	}
	if image := f.at("runtimeImageOverride").text(); image != "" {
		option(&q, optImageOverride, image)
	}
	for mount := range f.at("secretMounts").items() {
		q.Mounts = append(q.Mounts, plan.Mount{Secret: mount.at("secretName").text(), Path: mount.at("mountPath").text()})
	}
	r.kymaRules(f, &q)
	for sub := range f.at("subscriptions").items() {
		r.kymaSubscription(sub, &q)
	}
	f.at("schemaVersion").pass()
	f.at("triggers").drop("is from before Kyma had subscriptions, which no version has any more")
	r.request(f.place(), q)
	return nil
}

func (r *reader) kymaSource(f field, q *plan.DeployRequest) {
	switch kind := f.at("sourceType").text(); kind {
	case "inline":
		r.kymaInline(f, q)
	case "git":
		q.Source.Git = r.git(f.at("url"))
		if q.Source.Git == nil {
			return
		}
		q.Source.Git.Ref, q.Source.Git.Folder = f.at("reference").text(), f.at("baseDir").text()
		q.Source.Git.Secret = f.at("credentialsSecretName").text()
		if kind := f.at("credentialsType").text(); kind != "" {
			option(q, optGitAuth, kind)
		}
		f.at("repository").drop("named an object of its own, which Kyma has no more")
	default:
		f.at("sourceType").problem("must be inline or git")
	}
}

// kymaInline reads the code and its dependencies: two files with names that the runtime tells.
func (r *reader) kymaInline(f field, q *plan.DeployRequest) {
	handler, deps := "handler.js", "package.json"
	if strings.HasPrefix(q.Runtime, "python") {
		handler, deps = "handler.py", "requirements.txt"
	}
	folder := f.at("sourcePath").text()
	if folder == "" {
		folder = "."
	}
	code := &plan.Code{Files: map[string][]byte{}}
	read := func(at field, usual string, needed bool) {
		name, said := usual, at.text()
		if said != "" {
			name = said
		}
		data, err := r.files.read(path.Join(folder, name), maxCode)
		switch {
		case err == nil:
			code.Files[usual] = data
			if code.Name == "" {
				code.Name = path.Base(name)
			}
		case needed || said != "" || err != errMissing:
			place := at
			if place.n == nil {
				place = f.at("sourcePath")
			}
			if place.n == nil {
				place = f
			}
			r.problem(place.place(), quoted(path.Join(folder, name))+" "+err.Error())
		}
	}
	read(f.at("sourceHandlerName"), handler, true)
	read(f.at("depsHandlerName"), deps, false)
	if len(code.Files) > 0 {
		q.Source.Code = code
	}
}

// kymaRules reads the routes: one, or a list of them.
func (r *reader) kymaRules(f field, q *plan.DeployRequest) {
	if one := f.at("apiRule"); one.ok() {
		r.kymaRoute(one, one, one, one.at("name").text(), q)
	}
	for rule := range f.at("apiRules").items() {
		service, gateway := rule.at("service"), kymaGateway(rule.at("gateway").text())
		service.at("name").pass()
		name, first := rule.at("name").text(), len(q.Triggers)
		for part := range rule.at("rules").items() {
			strategies := part.at("accessStrategies")
			if !strategies.ok() {
				r.kymaRoute(service, part, part, name, q)
			}
			for strategy := range strategies.items() {
				r.kymaRoute(service, part, strategy, name, q)
			}
		}
		if !rule.at("rules").ok() {
			r.kymaRoute(service, rule, rule, name, q)
		}
		for i := first; i < len(q.Triggers); i++ {
			setOption(&q.Triggers[i], optGateway, gateway)
			if i > first && name != "" {
				q.Triggers[i].Name = name + "-" + itoa(i-first+1)
			}
		}
		if len(q.Triggers) > first+1 {
			rule.note("has several rules: each becomes an APIRule of its own, and two of one host exclude each other")
		}
	}
}

// kymaGateway is NAMESPACE/NAME, of that or of a host name.
func kymaGateway(text string) string {
	if host, ok := strings.CutSuffix(text, ".svc.cluster.local"); ok {
		if name, namespace, ok := strings.Cut(host, "."); ok {
			return namespace + "/" + name
		}
	}
	return text
}

// access are the strategies of older routes in words of those of today.
var access = map[string]string{
	"": "", "allow": "noAuth", "no_auth": "noAuth", "noop": "noAuth", "noAuth": "noAuth", "jwt": "jwt", "extAuth": "extAuth",
}

func (r *reader) kymaRoute(service, rule, strategy field, name string, q *plan.DeployRequest) {
	t := plan.Trigger{Type: "http", Name: name, Host: service.at("host").text(), Methods: rule.at("methods").words()}
	at := rule.at("path")
	t.Path = strings.ReplaceAll(at.text(), ".*", "*")
	if strings.ContainsAny(t.Path, "()[]|+?\\^$") {
		at.problem("is an expression: routes of today know * and ** only")
	}
	kind, known := access[strategy.at("handler").text()]
	if !known {
		strategy.at("handler").problem("no version of Kyma that runs has this strategy: noAuth, jwt and extAuth are left")
	}
	setOption(&t, optAuth, kind)
	config := strategy.at("config")
	if !config.ok() {
		config = strategy
	}
	for _, key := range [][2]string{
		{"jwksUrls", optKeys}, {"jwks_urls", optKeys}, {"trustedIssuers", optIssuer}, {"trusted_issuers", optIssuer},
	} {
		all := config.at(key[0]).words()
		if len(all) > 1 {
			config.at(key[0]).problem("a route has one issuer, with one address of its keys")
		}
		setOption(&t, key[1], strings.Join(all, ","))
	}
	for _, key := range []string{"requiredScope", "required_scope"} {
		setOption(&t, optScopes, strings.Join(config.at(key).words(), ","))
	}
	if p := service.at("port"); p.ok() && p.text() != "80" {
		p.note("the Service of a function has port 80: this one is not taken over")
	}
	q.Triggers = append(q.Triggers, t)
}

func setOption(t *plan.Trigger, key, value string) {
	if value == "" {
		return
	}
	if t.Options == nil {
		t.Options = map[string]string{}
	}
	t.Options[key] = value
}

// kymaSubscription reads both shapes that subscriptions had.
func (r *reader) kymaSubscription(f field, q *plan.DeployRequest) {
	name := f.at("name").text()
	f.at("protocol").pass()
	add := func(source, kind string) {
		t := plan.Trigger{Type: "event", Name: name, Broker: source, Topic: kind}
		setOption(&t, optMatching, f.at("typeMatching").text())
		q.Triggers = append(q.Triggers, t)
	}
	if all := f.at("types").words(); len(all) > 0 {
		add(f.at("source").text(), strings.Join(all, ","))
	}
	filter := f.at("filter")
	filter.at("dialect").pass()
	for part := range filter.at("filters").items() {
		for _, key := range []string{"eventSource", "eventType"} {
			part.at(key, "property").pass()
			part.at(key, "type").pass()
		}
		add(part.at("eventSource", "value").text(), part.at("eventType", "value").text())
	}
}
