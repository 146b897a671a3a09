package fission

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// Keys of options are the names of the flags of Fission's own tool.
const (
	optExecutor     = "executortype"
	optEnvImage     = "envimage"
	optBuilder      = "builder"
	optPoolSize     = "poolsize"
	optEnvVersion   = "envversion"
	optDeploy       = "deployarchive"
	optDeploySum    = "deploychecksum"
	optSource       = "sourcearchive"
	optSourceSum    = "srcchecksum"
	optInsecure     = "insecure"
	optBuildCommand = "buildcmd"
	optPackage      = "pkg"
	optConcurrency  = "concurrency"
	optRequests     = "requestsperpod"
	optRetain       = "retainpods"
	optOnce         = "onceonly"
	optIdle         = "idletimeout"
	optSpecialize   = "specializationtimeout"
	optGrace        = "graceperiod"
)

// Offer: code comes as files, as archives at an address, or as an image, and runs in an Environment or as a container.
func (adapter) Offer() plan.Offer {
	yes := []string{"true", "false"}
	return plan.Offer{
		Sources: []string{"image", "code"}, OpenRuntimes: true, Triggers: []string{"http", "cron", "queue", "event"},
		Options: []plan.Option{
			{Key: optExecutor, What: "what runs it: pods of the Environment's pool, a Deployment of its own, or its own container", Choices: []string{poolManager, newDeploy, ownPods}},
			{Key: optEnvImage, What: "image of the runtime: makes the Environment when there is none of that name"},
			{Key: optBuilder, What: "image that builds source code, of an Environment that is made"},
			{Key: optPoolSize, What: "warm pods of an Environment that is made", Default: "3"},
			{Key: optEnvVersion, What: "interface of an Environment that is made", Default: "3", Choices: []string{"1", "2", "3"}},
			{Key: optDeploy, What: "address of an archive that is ready to run"},
			{Key: optDeploySum, What: "its SHA-256"},
			{Key: optSource, What: "address of an archive that the Environment's builder builds"},
			{Key: optSourceSum, What: "its SHA-256"},
			{Key: optInsecure, What: "take archives without a checksum", Default: "false", Choices: yes},
			{Key: optBuildCommand, What: "command of the builder; files are source code then"},
			{Key: optPackage, What: "name of a Package that is there already"},
			{Key: optConcurrency, What: "pods at most of a function in the pool", Default: "500"},
			{Key: optRequests, What: "calls at once in a pod of the pool", Default: "1"},
			{Key: optRetain, What: "pods of the pool that stay when it is idle", Default: "0"},
			{Key: optOnce, What: "a pod of the pool serves one call", Default: "false", Choices: yes},
			{Key: optIdle, What: "seconds after which an idle pod may go", Default: "120"},
			{Key: optSpecialize, What: "seconds that a cold start may take", Default: "120"},
			{Key: optGrace, What: "seconds that a pod has to end", Default: "360"},
		},
		Without: map[string]string{
			"git":            "Fission clones nothing: give the address of an archive (" + optSource + ") and its checksum",
			"serviceAccount": "Fission refuses accounts of functions: pods run as fission-fetcher, or as default with the container executor",
		},
	}
}

// drawing is a request on its way to objects.
type drawing struct {
	*frameworks.Blueprint
	r        *plan.DeployRequest
	executor string
	env      *environment // nil: not there, or made here
	makes    bool         // the Environment is made
}

// Deploy makes the objects that `fission env create`, `fn create`, `fn run-container`, `httptrigger create` and their like
// make. Their random names are made from the function's instead.
func (a adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drawing{Blueprint: frameworks.NewBlueprint(r, s, a.Offer()), r: r}
	d.Named("name", r.Name, 63)
	d.executor = d.Option(optExecutor)
	switch {
	case d.executor == "" && r.Source.Image != "" && r.Runtime == "":
		d.executor = ownPods
	case d.executor == "":
		d.executor = poolManager
	}
	d.check()
	if d.executor == ownPods {
		d.container()
	} else {
		d.loaded()
	}
	d.triggers()
	return d.Draft(objectRef(functionKind, r.Namespace, r.Name))
}

// reserved are names of variables that the executor refuses, and labels that it sets.
var (
	reserved = []string{
		"RESOURCE_VERSION_COUNT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "LD_PRELOAD", "NODE_OPTIONS", "PYTHONPATH",
	}
	ownLabels = []string{
		labelFunction, labelNamespace, labelUID, labelExecutor, labelEnvironment, labelEnvSpace, "environmentUid", labelManaged,
	}
)

func (d *drawing) check() {
	for i := range d.r.Env {
		if n := d.r.Env[i].Name; contains(reserved, n) || strings.HasPrefix(n, "FISSION_") {
			d.Problem("env", "%s is reserved by Fission", n)
		}
	}
	for _, l := range ownLabels {
		if _, ok := d.r.Labels[l]; ok {
			d.Problem("labels", "%s is a label that Fission sets", l)
		}
	}
	if d.executor == poolManager {
		if d.r.Min != nil {
			d.Problem("min", "a pool has no replicas: take %s=%s", optExecutor, newDeploy)
		}
		if d.r.Max != nil {
			d.Problem("max", "a pool has no replicas: bound it with %s, or take %s=%s", optConcurrency, optExecutor, newDeploy)
		}
		if len(d.r.Env) > 0 {
			d.Problem("env", "functions in a pool have no variables of their own, those of the Environment are everybody's: take %s=%s", optExecutor, newDeploy)
		}
		if len(d.r.Requests)+len(d.r.Limits) > 0 {
			d.Note("pods of the pool have the resources of their Environment: those of the function count only with another executor")
		}
	}
	if d.executor != ownPods {
		for field, given := range map[string]bool{"command": len(d.r.Command) > 0, "args": len(d.r.Args) > 0, "port": d.r.Port != 0} {
			if given {
				d.Problem(field, "only a container of its own has it (%s=%s)", optExecutor, ownPods)
			}
		}
	}
	if d.r.Max != nil && *d.r.Max == 0 {
		d.Problem("max", "Fission refuses 0: to go to zero take min 0")
	}
	for _, m := range d.r.Mounts {
		if m.Path != "" {
			d.Note("the path of %s is read by versions newer than 1.27 only; before, it is under /secrets or /configs by namespace and name", m.Secret+m.ConfigMap)
		}
	}
}

// function is what all executors have.
func (d *drawing) function() map[string]any {
	strategy := map[string]any{"ExecutorType": d.executor, "SpecializationTimeout": max(120, d.Number(optSpecialize, 120))}
	if d.executor != poolManager {
		least, most := int64(1), int64(1)
		if d.r.Min != nil {
			least, most = int64(*d.r.Min), max(1, int64(*d.r.Min))
		}
		if d.r.Max != nil {
			most = int64(*d.r.Max)
		}
		if least > most {
			d.Problem("max", "%d is less than the %d of min", most, least)
		}
		strategy["MinScale"], strategy["MaxScale"] = least, most
	}
	spec := map[string]any{
		"InvokeStrategy": map[string]any{"StrategyType": "execution", "ExecutionStrategy": strategy},
		"resources":      frameworks.Resources(d.r), "functionTimeout": d.Seconds(60), "idletimeout": d.Number(optIdle, 0),
	}
	var secrets, maps []any
	for _, m := range d.r.Mounts {
		o := map[string]any{"namespace": d.r.Namespace, "name": m.Secret + m.ConfigMap}
		if m.Path != "" {
			o["mountPath"] = m.Path
		}
		if m.Secret != "" {
			secrets = append(secrets, o)
		} else {
			maps = append(maps, o)
		}
	}
	if secrets != nil {
		spec["secrets"] = secrets
	}
	if maps != nil {
		spec["configmaps"] = maps
	}
	return spec
}

// container draws what `fission fn run-container` makes: no Environment and no Package.
func (d *drawing) container() {
	r := d.r
	if r.Source.Image == "" {
		d.Problem("image", "a container of its own has an image")
	}
	for field, given := range map[string]bool{"runtime": r.Runtime != "", "handler": r.Handler != "", "code": r.Source.Code != nil} {
		if given {
			d.Problem(field, "a container of its own has none: its image is all")
		}
	}
	port := int64(r.Port)
	if port == 0 {
		port = 8888
	}
	c := map[string]any{"name": r.Name, "image": r.Source.Image, "ports": []any{map[string]any{"name": "http-env", "containerPort": port}}, "resources": map[string]any{}}
	if len(r.Command) > 0 {
		c["command"] = frameworks.ListOf(r.Command)
	}
	if len(r.Args) > 0 {
		c["args"] = frameworks.ListOf(r.Args)
	}
	if len(r.Env) > 0 {
		c["env"] = frameworks.Envs(r.Env)
	}
	pod := map[string]any{"containers": []any{c}, "terminationGracePeriodSeconds": d.Number(optGrace, 0)}
	if len(r.PullSecrets) > 0 {
		var all []any
		for _, s := range r.PullSecrets {
			all = append(all, map[string]any{"name": s})
		}
		pod["imagePullSecrets"] = all
	}
	spec := d.function()
	spec["environment"] = map[string]any{"namespace": "", "name": ""}
	spec["package"] = map[string]any{"packageref": map[string]any{"namespace": "", "name": ""}}
	spec["podspec"] = pod
	if len(r.Mounts) > 0 {
		d.Note("with a container of its own every key of the mounted Secrets and ConfigMaps becomes a variable")
	}
	d.make(spec)
}

func (d *drawing) make(spec map[string]any) {
	meta := frameworks.Metadata(d.r)
	d.Make(functionKind, "v1", d.r.Name, "the function", map[string]any{"metadata": meta, "spec": spec})
}
