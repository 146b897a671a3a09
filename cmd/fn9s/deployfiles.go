package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	wish "github.com/fn9s/fn9s/kube/plan"
)

// imported is what stands in a file.
type imported struct {
	requests []*wish.DeployRequest
	objects  []map[string]any // of Kubernetes, taken as they are
	// notes say what the file says and the cluster has not. Problems are what is wrong in it: nothing of it is made then.
	notes, problems []string
}

// readFile reads one of the files of -f: that of a framework, a folder of them, or manifests; `-` is standard input with
// manifests. What a file names is looked for in the folder in which the file is.
func (d *deployCommand) readFile(path string) (*imported, error) {
	if path == "-" {
		return manifests(path, d.app.In)
	}
	read, err := formats.Read(os.DirFS(filepath.Dir(path)), filepath.Base(path), os.LookupEnv)
	if err != nil {
		return nil, err
	}
	out := &imported{}
	for i := range read.Requests {
		out.requests = append(out.requests, &read.Requests[i])
	}
	for _, o := range read.Objects {
		out.objects = append(out.objects, o.Value)
	}
	for _, n := range read.Notes {
		out.notes = append(out.notes, n.String())
	}
	for _, n := range read.Problems {
		out.problems = append(out.problems, n.String())
	}
	return out, nil
}

// manifests takes objects of Kubernetes as they are.
func manifests(path string, in io.Reader) (*imported, error) {
	docs, problems := manifest.Paths([]string{path}, in)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	out := &imported{}
	for i := range docs {
		o, err := docs[i].Object()
		if err != nil {
			return nil, err
		}
		out.objects = append(out.objects, o)
	}
	return out, nil
}

// wanted reads the flags or the files.
func (d *deployCommand) wanted(args []string, namespace string) (*wantedFunctions, error) {
	w := &wantedFunctions{}
	if len(d.files) == 0 {
		r, err := d.words.request(args[0], namespace, args[1])
		if err != nil {
			return nil, err
		}
		w.requests = append(w.requests, r)
	}
	for _, path := range d.files {
		in, err := d.readFile(path)
		if err != nil {
			return nil, withCode(exitUsage, fmt.Errorf("-f %s: %w", path, err))
		}
		for _, n := range in.notes {
			_, _ = fmt.Fprintf(d.app.ErrOut, "note: %s\n", clean(n))
		}
		for _, p := range in.problems {
			_, _ = fmt.Fprintf(d.app.ErrOut, "%s\n", clean(p))
		}
		if len(in.problems) > 0 {
			return nil, withCode(exitUsage, fmt.Errorf("nothing was changed: %s in %s", count(len(in.problems), "problem"), path))
		}
		w.requests, w.objects = append(w.requests, in.requests...), append(w.objects, in.objects...)
	}
	if len(w.requests)+len(w.objects) == 0 {
		return nil, withCode(exitUsage, fmt.Errorf("there is no function in what was given"))
	}
	w.settle(namespace)
	return w, nil
}

// settle gives the namespace to what names none, and lists what the functions are about.
func (w *wantedFunctions) settle(namespace string) {
	for _, r := range w.requests {
		if r.Namespace == "" {
			r.Namespace = namespace
		}
		w.namespaces, w.frameworks = append(w.namespaces, r.Namespace), append(w.frameworks, r.Framework)
	}
	for _, o := range w.objects {
		meta, _ := o["metadata"].(map[string]any)
		if meta == nil {
			continue
		}
		ns, _ := meta["namespace"].(string)
		if kind, _ := o["kind"].(string); ns == "" && !clusterScoped[kind] {
			ns = namespace
			meta["namespace"] = ns
		}
		if ns != "" {
			w.namespaces = append(w.namespaces, ns)
		}
	}
	slices.Sort(w.namespaces)
	w.namespaces = slices.Compact(w.namespaces)
	slices.Sort(w.frameworks)
	w.frameworks = slices.Compact(w.frameworks)
}

// about adds the frameworks whose functions are among the objects.
func (w *wantedFunctions) about(adapters []frameworks.Framework) {
	for _, a := range adapters {
		for _, r := range a.Resources() {
			declares := slices.ContainsFunc(w.objects, func(o map[string]any) bool {
				group, _, ok := strings.Cut(fmt.Sprint(o["apiVersion"]), "/")
				return o["kind"] == r.Kind && (ok && group == r.Group || !ok && r.Group == "")
			})
			if r.Function && declares && !slices.Contains(w.frameworks, a.Name()) {
				w.frameworks = append(w.frameworks, a.Name())
			}
		}
	}
}

// clusterScoped are kinds that come with functions and are in no namespace.
var clusterScoped = map[string]bool{
	"Namespace": true, "ClusterRole": true, "ClusterRoleBinding": true, "CustomResourceDefinition": true, "PriorityClass": true, "ClusterDomainClaim": true,
}

// deployBench is what makes functions on one cluster.
type deployBench struct {
	maker    *deploy.Maker
	reader   *deploy.Reader
	adapters []frameworks.Framework
}

func (d *deployCommand) bench(ctx context.Context, c *client.Client) (*deployBench, error) {
	now, err := d.app.clock()
	if err != nil {
		return nil, err
	}
	o, problems, err := (&postureFlags{}).options(d.app, now())
	if err != nil {
		return nil, err
	}
	for _, problem := range problems {
		_, _ = fmt.Fprintf(d.app.ErrOut, "warning: %s\n", clean(problem.Error()))
	}
	if v, err := c.ServerVersion(ctx); err == nil {
		o.ServerMinor, _ = minorOf(v)
	}
	adapters, err := d.app.adapters(nil)
	if err != nil {
		return nil, err
	}
	apis, err := c.Discover(ctx)
	if err != nil {
		return nil, planError(err)
	}
	reader := deploy.NewReader(c, apis, adapters, kindsOf())
	if reader.Outside, err = d.app.outsides(c); err != nil {
		return nil, err
	}
	return &deployBench{maker: deploy.New(adapters, kindsOf(), o), reader: reader, adapters: adapters}, nil
}
