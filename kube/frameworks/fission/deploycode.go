package fission

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// maxLiteral is what Fission's own tool puts into a Package; larger archives it sends to the storage service.
const maxLiteral = 256 << 10

// loaded draws a function whose code is loaded into pods of an Environment.
func (d *drawing) loaded() {
	d.environment()
	pkg := d.packaged()
	if strings.ContainsFunc(d.r.Handler, unicode.IsSpace) {
		d.Problem("handler", "%q has spaces", d.r.Handler)
	}
	for _, s := range d.r.PullSecrets {
		if d.r.Source.Image == "" && !d.makes {
			d.Problem("pullSecrets", "%s: pods pull with the secret of their Environment", s)
		}
	}
	spec := d.function()
	spec["environment"] = d.reference()
	of := map[string]any{"packageref": map[string]any{"namespace": d.r.Namespace, "name": pkg}}
	if d.r.Handler != "" {
		of["functionName"] = d.r.Handler
	}
	spec["package"] = of
	if len(d.r.Env) > 0 {
		spec["env"] = frameworks.Envs(d.r.Env)
		d.Note("variables of functions are read by versions of Fission newer than 1.27; older ones drop them")
	}
	if n := d.Number(optConcurrency, 1); n > 0 {
		spec["concurrency"] = n
	}
	if n := d.Number(optRequests, 1); n > 0 {
		spec["requestsPerPod"] = n
	}
	if n := d.Number(optRetain, 0); n > 0 {
		spec["retainPods"] = n
	}
	if d.Flag(optOnce) {
		spec["onceOnly"] = true
	}
	d.make(spec)
}

func (d *drawing) reference() map[string]any {
	return map[string]any{"namespace": d.r.Namespace, "name": d.r.Runtime}
}

// environment finds the Environment that is the function's runtime, or makes it.
func (d *drawing) environment() {
	if d.r.Runtime == "" {
		d.Problem("runtime", "say in which Environment it runs")
		return
	}
	d.Named("runtime", d.r.Runtime, 63)
	image := d.Option(optEnvImage)
	if o := d.There(objectRef(environmentKind, d.r.Namespace, d.r.Runtime)); o != nil {
		d.env, _ = o.Head().FactsOf(Name).(*environment)
		for _, key := range []string{optEnvImage, optBuilder, optPoolSize, optEnvVersion} {
			if _, given := d.r.Options[key]; given {
				d.Problem(key, "Environment %s is there: it is not changed with one of its functions", d.r.Runtime)
			}
		}
		if d.env != nil && d.env.shared {
			d.Note("Environment %s lets many functions share one pod", d.r.Runtime)
		}
		if d.env != nil && d.env.pool == 0 && d.executor == poolManager {
			d.Problem("runtime", "Environment %s keeps no pool: take %s=%s", d.r.Runtime, optExecutor, newDeploy)
		}
		return
	}
	if image == "" {
		d.Problem("runtime", "namespace %s has no Environment %s: give %s to make it", d.r.Namespace, d.r.Runtime, optEnvImage)
		return
	}
	d.makes = true
	d.Image(optEnvImage, image)
	d.makeEnvironment(image)
}

// makeEnvironment makes what `fission env create` makes: its containers are named, so that pod specs merge into them.
func (d *drawing) makeEnvironment(image string) {
	part := func(name string) (container, pod map[string]any) {
		one := func() map[string]any { return map[string]any{"name": name, "resources": map[string]any{}} }
		return one(), map[string]any{"containers": []any{one()}}
	}
	container, pod := part(d.r.Runtime)
	runtime := map[string]any{"image": image, "container": container, "podspec": pod}
	container, pod = part("builder")
	builder := map[string]any{"container": container, "podspec": pod}
	if b := d.Option(optBuilder); b != "" {
		d.Image(optBuilder, b)
		builder["image"], builder["command"] = b, "build"
	}
	spec := map[string]any{
		"version": d.Number(optEnvVersion, 1), "runtime": runtime, "builder": builder, "poolsize": d.Number(optPoolSize, 0),
		"resources": map[string]any{}, "terminationGracePeriod": d.Number(optGrace, 0),
	}
	if d.executor == poolManager && d.Number(optPoolSize, 0) == 0 {
		d.Problem(optPoolSize, "a pool of none runs no function: take %s=%s", optExecutor, newDeploy)
	}
	if len(d.r.PullSecrets) == 1 {
		spec["imagepullsecret"] = d.r.PullSecrets[0]
	} else if len(d.r.PullSecrets) > 1 {
		d.Problem("pullSecrets", "an Environment has one")
	}
	d.env = &environment{image: image, version: d.Number(optEnvVersion, 1), builds: d.Option(optBuilder) != "", pool: 1}
	d.Make(environmentKind, "v1", d.r.Runtime, "the runtime of the function", map[string]any{"spec": spec})
}

// packaged makes the Package, and returns its name.
func (d *drawing) packaged() string {
	if name := d.Option(optPackage); name != "" {
		if d.There(objectRef(packageKind, d.r.Namespace, name)) == nil {
			d.Problem(optPackage, "namespace %s has no Package %s", d.r.Namespace, name)
		}
		return name
	}
	spec := map[string]any{"environment": d.reference(), "source": map[string]any{"checksum": map[string]any{}}, "deployment": map[string]any{"checksum": map[string]any{}}}
	ways := d.archives(spec)
	if ways != 1 {
		d.Problem("code", "a function has one of: code, image, %s, %s, %s", optDeploy, optSource, optPackage)
	}
	if c := d.Option(optBuildCommand); c != "" {
		spec["buildcmd"] = c
	}
	if source, _ := spec["source"].(map[string]any); source["type"] != nil && d.env != nil && (!d.env.builds || d.env.version == 1) {
		d.Problem("runtime", "Environment %s has no builder: it takes code that is ready to run only", d.r.Runtime)
	}
	// A name that changes with the contents has the executor load the new code: the field that it looks at besides, the
	// Package's resourceVersion, is not known before there is one.
	raw, err := json.Marshal(spec)
	if err != nil {
		d.Problem("code", "%v", err)
	}
	sum := sha256.Sum256(raw)
	name := d.r.Name[:min(len(d.r.Name), 54)] + "-" + hex.EncodeToString(sum[:4])
	d.Make(packageKind, "v1", name, "the code of the function", map[string]any{"spec": spec})
	return name
}

// archives puts the code where it belongs, and counts the ways in which it was given.
func (d *drawing) archives(spec map[string]any) (ways int) {
	if code := d.r.Source.Code; code != nil {
		ways++
		if d.Option(optBuildCommand) != "" {
			spec["source"] = d.literal(code, false)
		} else {
			spec["deployment"] = d.literal(code, true)
		}
	}
	if image := d.r.Source.Image; image != "" {
		ways++
		oci := map[string]any{"image": image}
		if len(d.r.PullSecrets) > 0 && !d.makes {
			var all []any
			for _, s := range d.r.PullSecrets {
				all = append(all, map[string]any{"name": s})
			}
			oci["imagePullSecrets"] = all
		}
		spec["deployment"] = map[string]any{"type": "oci", "oci": oci, "checksum": map[string]any{}}
	}
	for _, way := range []struct{ key, sum, field string }{{optDeploy, optDeploySum, "deployment"}, {optSource, optSourceSum, "source"}} {
		if address := d.Option(way.key); address != "" {
			ways++
			spec[way.field] = d.remote(address, way.key, way.sum)
		} else if d.Option(way.sum) != "" {
			d.Problem(way.sum, "there is no %s", way.key)
		}
	}
	return ways
}

// literal is code inside the Package. A single file is taken as it is, unless it is to be built; more become an archive.
func (d *drawing) literal(code *plan.Code, ready bool) map[string]any {
	name, content, single := frameworks.Single(code)
	switch {
	case single && (ready || frameworks.Archive(content)):
		if !frameworks.Archive(content) && !frameworks.Textual(content) && !slices.Contains([]string{".so", ".jar", ".wasm"}, path.Ext(name)) {
			d.Problem("code", "%s is a binary file, and neither an archive nor a module that a runtime loads", name)
		}
	default:
		var err error
		if content, err = zipped(code.Files); err != nil {
			d.Problem("code", "%v", err)
		}
		if ready && d.r.Handler == "" {
			d.Problem("handler", "say where in its %d files the function is", len(code.Files))
		}
	}
	switch {
	case len(content) == 0:
		d.Problem("code", "it is empty")
	case len(content) > maxLiteral:
		d.Problem("code", "%d KiB: a Package takes 256. Fission's own tool sends more to its storage service; take an image, or an archive at an address (%s)", (len(content)+1023)>>10, optDeploy)
	}
	return map[string]any{"type": "literal", "literal": base64.StdEncoding.EncodeToString(content), "checksum": map[string]any{}}
}

var sha256Text = regexp.MustCompile(`^[0-9a-f]{64}$`)

// remote is an archive at an address. Fission's own tool downloads it for its checksum; here the checksum must be given.
func (d *drawing) remote(address, key, sumKey string) map[string]any {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		d.Problem(key, "it is no address of an archive: http or https")
	case u.User != nil:
		d.Problem(key, "the address holds credentials, and everybody who may read Packages reads it")
	}
	sum := strings.TrimPrefix(strings.ToLower(d.Option(sumKey)), "sha256:")
	checksum := map[string]any{"type": "sha256", "sum": sum}
	switch {
	case sum == "" && d.Flag(optInsecure):
		checksum = map[string]any{}
	case sum == "":
		d.Problem(sumKey, "give the SHA-256 of the archive: it is not downloaded here")
	case !sha256Text.MatchString(sum):
		d.Problem(sumKey, "a SHA-256 has 64 hexadecimal digits")
	}
	return map[string]any{"type": "url", "url": address, "checksum": checksum}
}

// zipped packs files, always into the same bytes.
func zipped(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = f.Write(files[name])
		}
		if err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
