package nuclio

import (
	"encoding/base64"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// Keys of options.
const (
	optProject     = "project"
	optDescription = "description"
	optArchive     = "archive"
	optFolder      = "folder"
	optRegistry    = "registry"
	optBase        = "baseimage"
	optOnbuild     = "onbuildimage"
	optCommands    = "buildcommands"
	optTargetCPU   = "targetcpu"
	optWindow      = "scaletozero"
	optDisabled    = "disable"
	optServiceType = "servicetype"
	optPullPolicy  = "pullpolicy"
	optReadiness   = "readinesstimeout"
)

// languages are the runtimes; only that of Python has versions.
var languages = []string{"dotnetcore", "golang", "java", "nodejs", "python", "ruby", "shell"}

// Offer: an image that is a processor of Nuclio runs at once; code waits for the dashboard or nuctl, which build it.
func (adapter) Offer() plan.Offer {
	return plan.Offer{
		Sources:  []string{"image", "code", "git"},
		Runtimes: []string{"python:3.9", "python:3.10", "python:3.11", "python:3.12", "golang", "nodejs", "java", "dotnetcore", "ruby", "shell"}, OpenRuntimes: true,
		Triggers: []string{"http", "cron", "queue"},
		Options: []plan.Option{
			{Key: optProject, What: "project that it belongs to", Default: "default"},
			{Key: optDescription, What: "what it is for"},
			{Key: optArchive, What: "address of an archive with its code, to be built"},
			{Key: optFolder, What: "folder of the function in the archive"},
			{Key: optRegistry, What: "where the built image is pushed to"},
			{Key: optBase, What: "image that the built one begins with"},
			{Key: optOnbuild, What: "image that brings the processor to the built one"},
			{Key: optCommands, What: "commands of the build, one a line"},
			{Key: optTargetCPU, What: "processor time in percent at which replicas are added", Default: "75"},
			{Key: optWindow, What: "with min 0: how long nothing may happen before it goes to zero", Default: "10m"},
			{Key: optDisabled, What: "make it, and let it not run", Default: "false", Choices: []string{"true", "false"}},
			{Key: optServiceType, What: "of its Service", Choices: []string{"ClusterIP", "NodePort"}},
			{Key: optPullPolicy, What: "of its image", Choices: []string{"Always", "IfNotPresent", "Never"}},
			{Key: optReadiness, What: "seconds that it may take to be ready"},
		},
		Without: map[string]string{
			"command": "Nuclio starts its processor", "args": "Nuclio starts its processor", "port": "the processor listens on 8080",
		},
	}
}

// controlPlane are names whose objects would be those of Nuclio itself.
var controlPlane = []string{"autoscaler", "controller", "dashboard", "dlx", "platform-config", "scaler"}

// maxSpec is what fits into the annotation of the Deployment that the controller writes the whole spec into.
const maxSpec = 250 << 10

// drawing is a request on its way to an object.
type drawing struct {
	*frameworks.Blueprint
	r    *plan.DeployRequest
	spec map[string]any
}

// Deploy makes the NuclioFunction that `nuctl deploy` makes. What nuctl builds with a container engine beside it nobody
// builds here: such a function is made as an imported one, which the dashboard and nuctl build and start.
func (a adapter) Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft {
	d := &drawing{Blueprint: frameworks.NewBlueprint(r, s, a.Offer()), r: r}
	d.Named("name", r.Name, 63-len(prefix))
	if slices.Contains(controlPlane, r.Name) {
		d.Problem("name", "%s%s is a part of Nuclio itself", prefix, r.Name)
	}
	for _, l := range []string{labelFunction, labelClass, "nuclio.io/app", "nuclio.io/function-version"} {
		if _, ok := r.Labels[l]; ok {
			d.Problem("labels", "%s is a label that Nuclio sets", l)
		}
	}
	d.spec = map[string]any{
		"alias": "latest", "version": int64(-1), "eventTimeout": "", "platform": map[string]any{}, "securityContext": map[string]any{},
		"disableDefaultHTTPTrigger": false, "resources": frameworks.Resources(r), "targetCPU": d.Number(optTargetCPU, 1),
	}
	d.set("description", d.Option(optDescription))
	d.language()
	built := d.source()
	d.running()
	d.scale()
	d.spec["triggers"] = d.triggers()
	if d.Flag(optDisabled) {
		d.spec["disable"] = true
	}
	return d.finish(built)
}

func (d *drawing) finish(built bool) plan.Draft {
	meta := frameworks.Metadata(d.r)
	labels, _ := meta["labels"].(map[string]any)
	if labels == nil {
		labels = map[string]any{}
	}
	labels["nuclio.io/project-name"] = d.Option(optProject)
	d.Object(optProject, d.Option(optProject))
	meta["labels"] = labels
	state := "waitingForResourceConfiguration" // without a state the controller looks away
	if !built {
		state = "imported"
		d.Note("nothing runs before its image is built: Nuclio builds with a container engine beside nuctl or in its dashboard, never by its controller; run `nuctl deploy %s -n %s`, or deploy it in the dashboard", d.r.Name, d.r.Namespace)
	}
	if raw, err := json.Marshal(d.spec); err != nil || len(raw) > maxSpec {
		d.Problem("code", "the function has %d KiB: Nuclio writes it whole into an annotation, which holds 256", (len(raw)+1023)>>10)
	}
	ref := d.Make(functionKind, version, d.r.Name, "the function", map[string]any{
		"metadata": meta, "spec": d.spec, "status": map[string]any{"state": state},
	})
	return d.Draft(ref)
}

func (d *drawing) set(field, value string) {
	if value != "" {
		d.spec[field] = value
	}
}

func (d *drawing) language() {
	r := d.r
	language, of, versioned := strings.Cut(r.Runtime, ":")
	switch {
	case r.Runtime == "":
		d.Problem("runtime", "say in which language its handler is: %s", strings.Join(languages, " "))
	case !slices.Contains(languages, language):
		d.Problem("runtime", "%q is none of: %s", r.Runtime, strings.Join(languages, " "))
	case versioned && (language != "python" || of == ""):
		d.Problem("runtime", "%q: only python has a version, python:3.11", r.Runtime)
	case language == "python" && !versioned:
		d.Problem("runtime", "say which version of python: python:3.11")
	case language == "shell":
		d.Note("before 1.15.20 callers of a function of runtime shell can run commands through a header (CVE-2026-29042)")
	}
	module, entry, ok := strings.Cut(r.Handler, ":")
	switch {
	case r.Handler == "":
		d.Problem("handler", "say where the function is, MODULE:ENTRY")
	case strings.ContainsFunc(r.Handler, unicode.IsSpace) || strings.Contains(r.Handler, ".."):
		d.Problem("handler", "%q has spaces, or leaves its folder", r.Handler)
	case language != "shell" && (!ok || module == "" || entry == "" || strings.Contains(entry, ":")):
		d.Problem("handler", "%q: MODULE:ENTRY, as in main:handler", r.Handler)
	}
	d.set("runtime", r.Runtime)
	d.set("handler", r.Handler)
}

// source says what it is made of, and reports whether that is built already.
func (d *drawing) source() (built bool) {
	s := &d.r.Source
	archive := d.Option(optArchive)
	build := map[string]any{}
	d.spec["build"] = build
	if archive != "" && (s.Image != "" || s.Code != nil || s.Git != nil) {
		d.Problem(optArchive, "a function has one source")
	}
	for key, field := range map[string]string{optRegistry: "registry", optBase: "baseImage", optOnbuild: "onbuildImage"} {
		if v := d.Option(key); v != "" {
			build[field] = v
			if key != optRegistry {
				d.Image(key, v)
			}
		}
	}
	if c := d.Option(optCommands); c != "" {
		build["commands"] = frameworks.ListOf(strings.Split(strings.TrimSpace(c), "\n"))
	}
	switch {
	case s.Image != "":
		build["codeEntryType"] = "image"
		d.spec["image"] = s.Image
		if d.Option(optBase)+d.Option(optOnbuild)+d.Option(optCommands) != "" {
			d.Problem("image", "an image is not built: leave out what the build would take")
		}
		return true
	case s.Code != nil:
		d.inline(build)
	case s.Git != nil:
		d.repository(build)
	case archive != "":
		if archive != frameworks.SafeURL(archive) || !strings.HasPrefix(archive, "http") {
			d.Problem(optArchive, "it is an address without credentials: http or https")
		}
		build["codeEntryType"], build["path"] = "archive", archive
		if f := d.Option(optFolder); f != "" {
			build["codeEntryAttributes"] = map[string]any{"workDir": f}
		}
	default:
		d.Problem("image", "a function is made of an image, code, git or an archive")
	}
	return false
}

func (d *drawing) inline(build map[string]any) {
	name, text, ok := frameworks.Single(d.r.Source.Code)
	switch {
	case !ok:
		d.Problem("code", "code in the object is one file: give an archive (%s) or a repository", optArchive)
	case len(text) == 0:
		d.Problem("code", "it is empty")
	case !frameworks.Textual(text):
		d.Problem("code", "%s is a binary file: code in the object is text", path.Base(name))
	}
	build["codeEntryType"], build["functionSourceCode"] = "sourceCode", base64.StdEncoding.EncodeToString(text)
}

func (d *drawing) repository(build map[string]any) {
	g := d.r.Source.Git
	if g.Secret != "" {
		d.Problem("git", "Nuclio keeps the password of a repository in the object, and reads no Secret for it")
	}
	attributes := map[string]any{}
	switch {
	case strings.HasPrefix(g.Ref, "refs/"):
		attributes["reference"] = g.Ref
	case g.Ref != "":
		attributes["branch"] = g.Ref
	default:
		d.Problem("git", "say which branch or reference")
	}
	if g.Folder != "" {
		attributes["workDir"] = g.Folder
	}
	build["codeEntryType"], build["path"], build["codeEntryAttributes"] = "git", g.URL, attributes
}

// running sets what its pods have.
func (d *drawing) running() {
	r := d.r
	d.set("serviceAccount", r.ServiceAccount)
	d.set("serviceType", d.Option(optServiceType))
	d.set("imagePullPolicy", d.Option(optPullPolicy))
	if len(r.Env) > 0 {
		d.spec["env"] = frameworks.Envs(r.Env)
	}
	if n := len(r.PullSecrets); n == 1 {
		d.spec["imagePullSecrets"] = r.PullSecrets[0]
	} else if n > 1 {
		d.Problem("pullSecrets", "a function of Nuclio has one")
	}
	if r.Timeout > 0 {
		d.spec["eventTimeout"] = r.Timeout.String()
	}
	if n := d.Number(optReadiness, 1); n > 0 {
		d.spec["readinessTimeoutSeconds"] = n
	}
	d.mounts()
}

// mounts: without a path every key becomes a variable.
func (d *drawing) mounts() {
	var volumes, from []any
	for _, m := range d.r.Mounts {
		name, source, ref := "secret-"+m.Secret, map[string]any{"secret": map[string]any{"secretName": m.Secret}}, "secretRef"
		if m.ConfigMap != "" {
			name, source, ref = "configmap-"+m.ConfigMap, map[string]any{"configMap": map[string]any{"name": m.ConfigMap}}, "configMapRef"
		}
		if m.Path == "" {
			from = append(from, map[string]any{ref: map[string]any{"name": m.Secret + m.ConfigMap}})
			continue
		}
		d.Named("mounts", strings.ReplaceAll(name, ".", "-"), 63)
		name = strings.ReplaceAll(name, ".", "-")
		source["name"] = name
		volumes = append(volumes, map[string]any{
			"volume": source, "volumeMount": map[string]any{"name": name, "mountPath": m.Path, "readOnly": true},
		})
	}
	if volumes != nil {
		d.spec["volumes"] = volumes
	}
	if from != nil {
		d.spec["envFrom"] = from
	}
}

func (d *drawing) scale() {
	least, most := int64(1), int64(1)
	if d.r.Min != nil {
		least, most = int64(*d.r.Min), max(1, int64(*d.r.Min))
	}
	if d.r.Max != nil {
		if most = int64(*d.r.Max); most < 1 || most < least {
			d.Problem("max", "%d: one at least, and no less than min", most)
		}
	}
	d.spec["minReplicas"], d.spec["maxReplicas"] = least, most
	if least == 0 {
		d.spec["scaleToZero"] = map[string]any{"scaleResources": []any{map[string]any{
			"metricName": "nuclio_processor_handled_events_total", "windowSize": d.Option(optWindow), "threshold": int64(0),
		}}}
		d.Note("it goes to zero, and wakes, only where Nuclio's autoscaler and dlx run")
	}
}
