package deploy

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The bounds of what is read of a cluster.
const (
	pageSize = 500
	mostOf   = 4000 // objects of one kind in one namespace
	parallel = 16
)

// Reader reads what is around functions with the operator's rights. It is safe for concurrent use.
type Reader struct {
	client   *client.Client
	apis     *client.APIs
	adapters []frameworks.Framework
	kinds    []snapshot.Kind
	// Outside are the APIs beside the API server's.
	Outside []Outside
}

// NewReader returns a reader. Kinds are what controls read.
func NewReader(c *client.Client, apis *client.APIs, adapters []frameworks.Framework, kinds []snapshot.Kind) *Reader {
	return &Reader{client: c, apis: apis, adapters: adapters, kinds: kinds}
}

// platforms are the namespaces in which control planes of frameworks run, and what every function needs.
var platforms = map[string][]string{
	"openfaas": {"openfaas"}, "knative": {"knative-serving", "knative-eventing", "kourier-system", "istio-system"}, "kubeless": {"kubeless"},
	"kyma": {"kyma-system", "istio-system"}, "fission": {"fission"}, "nuclio": {"nuclio"}, "openwhisk": {"openwhisk"}, "fn": {"fn"},
}

// common are read for all frameworks: name servers, and what enforces network policies.
var common = []string{"kube-system"}

// reading is one list that is wanted.
type reading struct {
	api       client.API
	namespace string
	form      client.Form
}

// Setting reads what is around functions of these frameworks in these namespaces. The error is about the cluster: what may
// not be read is in Unseen.
func (r *Reader) Setting(ctx context.Context, namespaces, names []string) (*Setting, error) {
	s := &Setting{Context: r.client.Context, Digests: map[string]string{}, Look: r.look, Served: func(group, kind string) []string {
		return r.apis.Versions(schema.GroupKind{Group: group, Kind: kind})
	}}
	wanted := r.wanted(s, namespaces, names)
	var mu sync.Mutex
	work, wctx := errgroup.WithContext(ctx)
	work.SetLimit(parallel)
	for _, w := range wanted {
		work.Go(func() error {
			docs, why, err := r.list(wctx, w)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.Documents = append(s.Documents, docs...)
			if why != "" {
				s.Unseen = append(s.Unseen, Unseen{GroupKind: schema.GroupKind{Group: w.api.Group, Kind: w.api.Kind}, Namespace: w.namespace, Why: why})
			}
			return nil
		})
	}
	for _, o := range r.Outside {
		if slices.Contains(names, o.Framework()) {
			work.Go(func() error { return outside(wctx, s, &mu, o) })
		}
	}
	for _, ns := range namespaces {
		work.Go(func() error {
			found, err := r.digests(wctx, ns)
			mu.Lock()
			defer mu.Unlock()
			for name, digest := range found {
				s.Digests[name] = digest
			}
			return err
		})
		work.Go(func() error { return r.namespace(wctx, s, &mu, ns) })
	}
	if err := work.Wait(); err != nil {
		return nil, fmt.Errorf("read what is around: %w", err)
	}
	slices.SortFunc(s.Documents, func(a, b manifest.Document) int { return a.Ref().Compare(b.Ref()) })
	s.Documents = slices.CompactFunc(s.Documents, func(a, b manifest.Document) bool { return a.Ref() == b.Ref() })
	slices.SortFunc(s.Unseen, func(a, b Unseen) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace))
	})
	return s, nil
}

// namespace reads one Namespace by its name, for operators who may not list them.
func (r *Reader) namespace(ctx context.Context, s *Setting, mu *sync.Mutex, name string) error {
	api, ok := r.apis.Find(frameworks.Namespace, nil)
	if !ok {
		return nil
	}
	raw, err := r.client.Get(ctx, client.Query{API: api}, name)
	mu.Lock()
	defer mu.Unlock()
	switch client.Classify(err) {
	case client.KindNone:
		if d, err := manifest.Object(raw); err == nil {
			s.Documents = append(s.Documents, d)
		}
	case client.KindNotFound:
	case client.KindForbidden:
		s.Unseen = append(s.Unseen, Unseen{GroupKind: frameworks.Namespace, Why: client.Reason(err)})
	default:
		return err
	}
	return nil
}

// heavy are kinds of which a namespace may have thousands, and that say nothing about a function that is not there yet.
var heavy = []schema.GroupKind{
	frameworks.Pod, frameworks.Job, frameworks.Namespace, {Group: "apps", Kind: "ReplicaSet"}, {Kind: "Event"}, {Group: "discovery.k8s.io", Kind: "EndpointSlice"},
	{Group: "apps", Kind: "ControllerRevision"}, {Kind: "Node"}, {Group: "aquasecurity.github.io", Kind: "VulnerabilityReport"},
}

// wanted lists what is to be read, and notes which kinds are not served.
func (r *Reader) wanted(s *Setting, namespaces, names []string) []reading {
	var all []reading
	add := func(gk schema.GroupKind, versions []string, form client.Form, where ...string) {
		api, ok := r.apis.Find(gk, versions)
		if !ok || !api.Can("list") {
			if !slices.ContainsFunc(s.Unseen, func(u Unseen) bool { return u.GroupKind == gk }) {
				s.Unseen = append(s.Unseen, Unseen{GroupKind: gk, Absent: true})
			}
			return
		}
		if !api.Namespaced {
			where = []string{""}
		}
		for _, ns := range where {
			if w := (reading{api, ns, form}); !slices.ContainsFunc(all, func(o reading) bool {
				return o.api.GroupVersionResource == api.GroupVersionResource && o.namespace == ns
			}) {
				all = append(all, w)
			}
		}
	}
	system := slices.Clone(common)
	for _, n := range names {
		system = append(system, platforms[n]...)
	}
	slices.Sort(system)
	system = slices.Compact(system)
	for _, gk := range []schema.GroupKind{frameworks.Secret, frameworks.ConfigMap} {
		add(gk, nil, client.Metadata, namespaces...)
	}
	add(frameworks.Namespace, nil, client.Whole)
	add(frameworks.Service, nil, client.Whole, slices.Concat(namespaces, system)...)
	for _, gk := range []schema.GroupKind{frameworks.Deployment, frameworks.DaemonSet, frameworks.ConfigMap} {
		add(gk, nil, client.Whole, system...)
	}
	for i := range r.kinds {
		if k := &r.kinds[i]; !slices.Contains(heavy, k.GroupKind) && k.GroupKind != frameworks.Secret && k.GroupKind != frameworks.ConfigMap {
			add(k.GroupKind, k.Versions, client.Whole, namespaces...)
		}
	}
	for _, a := range r.adapters {
		if !slices.Contains(names, a.Name()) {
			continue
		}
		for _, x := range a.Resources() {
			if !x.Core && !slices.Contains(heavy, x.GroupKind()) {
				add(x.GroupKind(), x.Versions, client.Whole, slices.Concat(namespaces, platforms[a.Name()])...)
			}
		}
	}
	return all
}

// list reads a kind. why says why not all of it could be read.
func (r *Reader) list(ctx context.Context, w reading) (docs []manifest.Document, why string, err error) {
	q := client.Query{API: w.api, Namespace: w.namespace, Form: w.form}
	for token := ""; ; {
		raw, err := r.client.ListRaw(ctx, q, pageSize, token)
		switch client.Classify(err) {
		case client.KindNone:
		case client.KindForbidden:
			return nil, client.Reason(err), nil
		case client.KindNotFound:
			return nil, "", nil
		default:
			return nil, "", err
		}
		var page struct {
			Metadata struct{ Continue string }
			Items    []json.RawMessage
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, "", fmt.Errorf("read %s: %w", w.api.Resource, err)
		}
		for _, item := range page.Items {
			d, err := document(item, w)
			if err != nil {
				continue // a damaged object says nothing
			}
			docs = append(docs, d)
		}
		if token = page.Metadata.Continue; token == "" {
			return docs, "", nil
		}
		if len(docs) >= mostOf {
			return docs, fmt.Sprintf("there are more than %d", mostOf), nil
		}
	}
}

// document makes a document of an element of a list, which leaves out its kind. Of metadata alone the names of its keys are
// told, as those who wrote them left them there.
func document(item []byte, w reading) (manifest.Document, error) {
	o, err := parse(item)
	if err != nil {
		return manifest.Document{}, err
	}
	o["apiVersion"], o["kind"] = w.api.GVK().GroupVersion().String(), w.api.Kind
	if w.form == client.Metadata {
		o["data"] = keysOf(below(o, "metadata")["managedFields"])
	}
	meta := below(o, "metadata")
	delete(meta, "managedFields")
	if notes, ok := meta["annotations"].(object); ok {
		delete(notes, "kubectl.kubernetes.io/last-applied-configuration")
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return manifest.Document{}, err
	}
	return manifest.Object(raw)
}

func keysOf(managed any) object {
	keys := object{}
	list, _ := managed.([]any)
	for _, e := range list {
		m, _ := e.(object)
		fields, _ := m["fieldsV1"].(object)
		data, _ := fields["f:data"].(object)
		for k := range data {
			if name, ok := strings.CutPrefix(k, "f:"); ok {
				keys[name] = ""
			}
		}
	}
	return keys
}

// look reads objects by name.
func (r *Reader) look(ctx context.Context, refs []model.Ref) (map[model.Ref]map[string]any, error) {
	found := map[model.Ref]map[string]any{}
	var mu sync.Mutex
	work, wctx := errgroup.WithContext(ctx)
	work.SetLimit(parallel)
	for _, ref := range refs {
		if o := r.outside(ref); o != nil {
			work.Go(func() error { return lookOutside(wctx, o, ref, &mu, found) })
			continue
		}
		api, ok := r.apis.Find(ref.GroupKind(), nil)
		if !ok {
			continue
		}
		work.Go(func() error {
			raw, err := r.client.Get(wctx, client.Query{API: api, Namespace: ref.Namespace}, ref.Name)
			switch client.Classify(err) {
			case client.KindNone:
			case client.KindNotFound, client.KindForbidden: // the plan tells what may not be done
				return nil
			default:
				return err
			}
			o, err := parse(raw)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found[ref] = o
			return nil
		})
	}
	return found, work.Wait()
}

// digests say which images the pods of a namespace run under the names that their templates have. A name under which there
// are several says nothing.
func (r *Reader) digests(ctx context.Context, namespace string) (map[string]string, error) {
	api, ok := r.apis.Find(frameworks.Pod, nil)
	if !ok {
		return nil, nil
	}
	docs, _, err := r.list(ctx, reading{api: api, namespace: namespace})
	if err != nil {
		return nil, err
	}
	seen := map[string]string{}
	for i := range docs {
		var p struct {
			Spec struct {
				Containers []struct{ Name, Image string }
			}
			Status struct {
				ContainerStatuses []struct{ Name, ImageID string }
			}
		}
		if json.Unmarshal(docs[i].JSON, &p) != nil {
			continue
		}
		for _, c := range p.Spec.Containers {
			for _, st := range p.Status.ContainerStatuses {
				if st.Name == c.Name {
					noteDigest(seen, c.Image, st.ImageID)
				}
			}
		}
	}
	return certain(seen), nil
}
