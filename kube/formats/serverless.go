package formats

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// The options of Kubeless, and of its routes.
const (
	optRuntimeImage = "runtime-image"
	optServicePort  = "service-port"
	optGateway      = "gateway"
	optTLS          = "tls"
	optTLSSecret    = "tls-secret"        // #nosec G101 -- the name of an option
	optBasicAuth    = "basic-auth-secret" // #nosec G101 -- the name of an option
	optCORS         = "cors"
	kubelessPod     = "spec.deployment.spec.template.spec"
)

// readServerless reads serverless.yml of the Serverless Framework with its plugin for Kubeless.
func readServerless(r *reader, s *surveyed) error {
	docs, err := parse(r.files.name, s.source)
	if err != nil {
		return err
	}
	if docs[0].kind != mapping {
		return &Error{Place{File: r.files.name, Line: 1}, "is no mapping"}
	}
	f := r.root(docs[0])
	if err := r.fillVariables(docs[0]); err != nil {
		return err
	}
	provider := f.at("provider")
	name := provider.at("name")
	if provider.ok() && provider.n.kind == scalar {
		name = provider
	}
	if name.text() != "kubeless" {
		place := name
		if !place.ok() {
			place = f
		}
		place.problem("the provider must be kubeless: functions of another one are not for Kubernetes")
		if name.n != nil {
			f.n.all()
			return nil
		}
	}
	p := &serverless{reader: r, file: f, provider: provider}
	p.common()
	for name, fn := range f.at("functions").each() {
		p.function(name, fn)
	}
	for _, key := range []string{"plugins", "custom", "frameworkVersion", "configValidationMode", "variablesResolutionMode", "useDotenv", "app", "org", "tenant", "disabledDeprecations"} {
		f.at(key).pass()
	}
	f.at("service").pass()
	f.at("resources").drop("is for a cloud provider")
	f.at("layers").drop("is for a cloud provider")
	if !f.at("functions").ok() {
		f.lacks("has no functions")
	}
	return nil
}

// serverless is a file that is read.
type serverless struct {
	*reader
	file, provider field
}

// common notes settings that no function takes over.
func (p *serverless) common() {
	if s := p.provider.at("deploy", "strategy"); s.ok() {
		if s.text() == "S3ZipContent" {
			s.note("the code is put into the Function itself: a bucket's signed address expires, and pods could not start any more")
		}
	}
	p.provider.at("deploy", "options").drop("is for the archive's bucket, which is not used")
	p.provider.at("defaultDNSResolution").drop("names hosts after the address of the API server: give a host name")
	for _, key := range []string{"stage", "region", "name"} {
		p.provider.at(key).pass()
	}
}

func (p *serverless) function(name string, f field) {
	if !f.is(mapping, "a mapping") {
		return
	}
	either := func(key string) field { return choose(f.at(key), p.provider.at(key)) }
	q := plan.DeployRequest{
		Framework: "kubeless", Name: name, Namespace: either("namespace").text(), Handler: f.at("handler").text(),
		Runtime: either("runtime").text(), Labels: f.at("labels").pairs(), Annotations: f.at("annotations").pairs(),
	}
	if q.Handler == "" {
		f.lacks("has no handler: the plugin leaves such functions out")
		return
	}
	if d := f.at("description").text(); d != "" {
		if q.Annotations == nil {
			q.Annotations = map[string]string{}
		}
		q.Annotations["kubeless.serverless.com/description"] = d
	}
	if image := either("image").text(); image != "" {
		option(&q, optRuntimeImage, image)
	}
	p.environment(p.provider.at("environment"), &q)
	p.environment(f.at("environment"), &q)
	p.sizes(either, &q)
	for _, s := range f.at("secrets").words() {
		q.Mounts = append(q.Mounts, plan.Mount{Secret: s, Path: "/" + s})
	}
	for _, key := range []string{"affinity", "tolerations"} {
		if v := either(key); v.ok() {
			native(&q, kubelessPod+"."+key, v.value())
		}
	}
	elements(f.at("volumes"), kubelessPod+".volumes", &q)
	elements(f.at("volumeMounts"), kubelessPod+".containers[0].volumeMounts", &q)
	for event := range f.at("events").items() {
		p.event(event, &q)
	}
	p.code(f, &q)
	p.request(f.place(), q)
}

// elements takes over the elements of a list by their names.
func elements(f field, at string, q *plan.DeployRequest) {
	for e := range f.items() {
		o := e.object()
		name, _ := o["name"].(string)
		if name == "" {
			e.lacks("has no name")
			continue
		}
		rest := maps.Clone(o)
		delete(rest, "name")
		native(q, plan.Named(at, name), rest)
	}
}

// choose is the first that is there. Both are accounted for.
func choose(first, second field) field {
	if first.ok() {
		second.pass()
		return first
	}
	return second
}

// environment adds variables: a mapping of texts, or a list as Kubernetes has it. Those of the function come after
// those of the provider, and count.
func (p *serverless) environment(f field, q *plan.DeployRequest) {
	if !f.ok() {
		return
	}
	before := len(q.Env)
	if f.n.kind == list {
		p.kubeEnv(f, q, func(name string, value map[string]any) {
			native(q, plan.Named(kubelessPod+".containers[0].env", name), value)
		})
	} else {
		for name, v := range f.each() {
			q.Env = append(q.Env, plan.Variable{Name: name, Value: v.text()})
		}
	}
	for i := before; i < len(q.Env); i++ {
		same := func(v plan.Variable) bool { return v.Name == q.Env[i].Name }
		if at := slices.IndexFunc(q.Env[:before], same); at >= 0 {
			q.Env = slices.Delete(q.Env, at, at+1)
			before--
			i--
		}
	}
}

func (p *serverless) sizes(either func(string) field, q *plan.DeployRequest) {
	set := func(name, value string) {
		if value == "" {
			return
		}
		if q.Limits == nil {
			q.Requests, q.Limits = map[string]string{}, map[string]string{}
		}
		q.Requests[name], q.Limits[name] = value, value
	}
	memory := either("memorySize").text()
	if memory != "" && strings.Trim(memory, "0123456789") == "" {
		memory += "Mi"
	}
	set("memory", memory)
	set("cpu", either("cpu").text())
	if n := either("timeout").count(); n != nil && *n < 1<<20 {
		q.Timeout = time.Duration(*n) * time.Second
	}
	if n := either("port").count(); n != nil {
		q.Port = *n
	}
	if n := either("servicePort").count(); n != nil {
		option(q, optServicePort, strconv.Itoa(*n))
	}
}

func (p *serverless) event(f field, q *plan.DeployRequest) {
	if f.n.kind != mapping {
		f.problem("is no event")
		return
	}
	for kind, e := range f.each() {
		switch kind {
		case "http":
			p.http(e, q)
		case "schedule":
			schedule := e
			if e.n.kind == mapping {
				schedule = e.first("rate", "cron", "schedule")
			}
			q.Triggers = append(q.Triggers, plan.Trigger{Type: "cron", Schedule: schedule.text()})
		case "trigger":
			t := plan.Trigger{Type: "queue", Broker: "kafka"}
			if e.ok() && e.n.kind == mapping {
				t.Broker, t.Topic = strings.ToLower(e.at("queue").text()), e.at("topic").text()
			} else {
				t.Topic = e.text()
			}
			if t.Topic == "" || t.Broker == "" {
				e.lacks("names no queue and topic")
			}
			q.Triggers = append(q.Triggers, t)
		default:
			e.drop("is no event that Kubeless has: http, schedule and trigger are")
		}
	}
}

func (p *serverless) http(f field, q *plan.DeployRequest) {
	t := plan.Trigger{Type: "http", Host: p.provider.at("hostname").text()}
	if f.ok() && f.n.kind == scalar { // `GET /path`
		method, at, found := strings.Cut(f.text(), " ")
		if !found {
			method, at = "", method
		}
		t.Path = at
		if method != "" {
			f.note("the method is not taken over: an HTTPTrigger has no field for it")
		}
	} else {
		t.Path = f.at("path").text()
		if h := f.at("hostname").text(); h != "" {
			t.Host = h
		}
		f.at("method").drop("an HTTPTrigger has no field for methods")
	}
	if t.Path != "" && !strings.HasPrefix(t.Path, "/") {
		t.Path = "/" + t.Path
	}
	if t.Host == "" {
		f.note("no host is named: the plugin makes one of the address of the API server at nip.io")
		if t.Path == "/" {
			t.Path = ""
		}
	} else {
		p.ingress(&t)
	}
	q.Triggers = append(q.Triggers, t)
}

// ingress gives a route what the provider says of all.
func (p *serverless) ingress(t *plan.Trigger) {
	in := p.provider.at("ingress")
	setOption(t, optGateway, in.at("class").text())
	if in.at("enableTlsAcme").flag() {
		setOption(t, optTLS, "true")
	}
	setOption(t, optTLSSecret, in.at("tlsSecretName").text())
	setOption(t, optBasicAuth, in.at("basicAuthSecretName").text())
	if in.at("cors").flag() {
		setOption(t, optCORS, "true")
	}
	if extra := in.at("additionalAnnotations"); extra.ok() && !extra.n.used {
		extra.drop("are for the HTTPTrigger, whose annotations reach no Ingress")
	} else {
		extra.pass()
	}
}

// code packs the folder of the file, as the framework does, without what it leaves out.
func (p *serverless) code(f field, q *plan.DeployRequest) {
	pack := choose(f.at("package"), p.file.at("package"))
	if a := pack.at("artifact").text(); a != "" {
		data, err := p.files.read(a, maxCode)
		if err != nil {
			pack.at("artifact").problem(quoted(a) + " " + err.Error())
			return
		}
		q.Source.Code = &plan.Code{Name: path.Base(a), Files: map[string][]byte{path.Base(a): data}}
		return
	}
	patterns := usualExcludes
	for _, e := range pack.at("exclude").words() {
		patterns = append(slices.Clone(patterns), "!"+e)
	}
	for _, e := range pack.at("include").words() {
		patterns = append(slices.Clone(patterns), e)
	}
	patterns = append(slices.Clone(patterns), pack.at("patterns").words()...)
	pack.at("individually").pass()
	pack.at("excludeDevDependencies").pass()
	files, links, err := p.files.tree(".", func(name string) bool { return name != p.files.base() && taken(patterns, name) })
	if err != nil {
		f.problem("its code cannot be read: " + err.Error())
		return
	}
	for _, l := range links {
		p.note(f.place(), quoted(l)+" is no regular file: it is left out of the code")
	}
	module, _, _ := strings.Cut(q.Handler, ".")
	if len(files) == 0 {
		f.at("handler").problem("there is no code beside the file for " + quoted(module))
		return
	}
	q.Source.Code = &plan.Code{Name: p.files.base(), Files: files}
}

// base is the file's own name.
func (d *folder) base() string { return path.Base(d.name) }

// usualExcludes are what the framework leaves out of every archive.
var usualExcludes = []string{
	"!.git/**", "!.gitignore", "!.DS_Store", "!npm-debug.log", "!serverless.yml", "!serverless.yaml", "!serverless.json", "!.serverless/**",
	"!.serverless_plugins/**", "!.env", "!.env.*",
}

// taken reports whether patterns let a file in: the last one that matches decides; `!` takes away.
func taken(patterns []string, name string) bool {
	in := true
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		if matches(strings.TrimPrefix(p, "./"), name) {
			in = !not
		}
	}
	return in
}

// matches is a pattern of paths in which `**` stands for any number of folders.
func matches(pattern, name string) bool {
	return match(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func match(pattern, name []string) bool {
	// What can be reached in the name after each part of the pattern: patterns of many stars stay linear.
	reached := make([]bool, len(name)+1)
	reached[0] = true
	for _, p := range pattern {
		next := make([]bool, len(name)+1)
		for i := range name {
			switch {
			case p == "**":
				next[i] = next[i] || reached[i]
				next[i+1] = next[i+1] || next[i]
			case reached[i]:
				ok, err := path.Match(p, name[i])
				next[i+1] = next[i+1] || ok && err == nil
			}
		}
		if p == "**" && reached[len(name)] {
			next[len(name)] = true
		}
		reached = next
	}
	return reached[len(name)]
}
