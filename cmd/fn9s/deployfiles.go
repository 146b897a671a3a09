package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
)

// importer reads the files of -f.
func (d *deployCommand) importer() deploy.Importer { return manifests{} }

// manifests takes objects of Kubernetes as they are.
type manifests struct{}

// Import reads manifests and folders of them; a folder with a kustomization is built.
func (manifests) Import(_ fs.FS, path string, _ func(string) (string, bool)) (*deploy.Imported, error) {
	docs, problems := manifest.Paths([]string{path}, nil)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	out := &deploy.Imported{}
	for i := range docs {
		var o map[string]any
		if err := utiljson.Unmarshal(docs[i].JSON, &o); err != nil {
			return nil, fmt.Errorf("%s: document %d: %w", docs[i].File, docs[i].Index, err)
		}
		out.Objects = append(out.Objects, o)
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
		in, err := d.importer().Import(os.DirFS(filepath.Dir(path)), path, os.LookupEnv)
		if err != nil {
			return nil, withCode(exitUsage, fmt.Errorf("-f %s: %w", path, err))
		}
		for _, n := range in.Notes {
			_, _ = fmt.Fprintf(d.app.ErrOut, "note: %s\n", clean(n))
		}
		for _, p := range in.Problems {
			_, _ = fmt.Fprintf(d.app.ErrOut, "%s\n", clean(p))
		}
		if len(in.Problems) > 0 {
			return nil, withCode(exitUsage, fmt.Errorf("nothing was changed: %s in %s", count(len(in.Problems), "problem"), path))
		}
		w.requests, w.objects = append(w.requests, in.Requests...), append(w.objects, in.Objects...)
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
	return &deployBench{
		maker: deploy.New(adapters, kindsOf(), o), reader: deploy.NewReader(c, apis, adapters, kindsOf()), adapters: adapters,
	}, nil
}
