package main

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks/controllertest"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security/check"
)

// sourced are badly secured functions of the seed, with the best grade that their framework allows.
var sourced = []struct {
	framework, namespace, function string
	files                          []string // of the seed
	controllers                    []string
	secret, key                    string // what is rotated afterwards
	before, best                   string
}{
	{"openfaas", "payments", "refund-payment", []string{"openfaas/refund-payment.yaml"}, []string{"openfaas"}, "refund-payment-env", "", "D", "C"},
	{"kubeless", "analytics", "export-prices", []string{"kubeless/export-prices.yaml"}, []string{"kubeless"}, "export-prices-env", "", "F", "D"},
	{"kyma", "media", "sync-subtitles", []string{"kyma/sync-subtitles.yaml"}, []string{"kyma"}, "sync-subtitles-env", "", "F", "D"},
	{"fission", "media", "exif-strip", []string{"fission/exif-strip.yaml"}, []string{"fission", "fission pool"}, "exif-s3", "", "F", "C"},
	{"fission", "analytics", "geo-enrich", []string{"fission/go-functions.yaml"}, []string{"fission", "fission pool"}, "", "", "D", "D"},
	{"nuclio", "media", "watermark", []string{"nuclio/watermark.yaml"}, []string{"nuclio"}, "watermark-env", "", "F", "F"},
	{"knative", "checkout", "cart-pricing", []string{"knative/cart-pricing.yaml"}, []string{"knative"}, "cart-all", "DB_PASSWORD", "F", "C"},
	{"plain", "payments", "mask-report", []string{"plain/payments.yaml"}, nil, "mask-report-env", "", "D", "C"},
	{"spin", "media", "quote-widget", []string{"generic/spin-apps.yaml"}, []string{"spin"}, "quote-widget-env", "", "D", "D"},
}

// TestFixesSurviveTheController copies a badly secured function of the seed, tightens it as far as its framework allows while
// a controller writes its workloads from what declares it, rotates a Secret of it, and takes everything back in reverse.
func TestFixesSurviveTheController(t *testing.T) {
	t.Parallel()
	for _, c := range sourced {
		t.Run(c.framework+" "+c.function, func(t *testing.T) {
			t.Parallel()
			u := newTurn(t)
			s := newSource(u, c.namespace, c.files, c.controllers)
			name := c.framework + "/" + c.function
			before := s.everything()
			assert.Equal(t, c.before, s.grade(c.framework, c.function), "before")
			changes := s.tightened(name)
			assert.Equal(t, c.best, s.grade(c.framework, c.function), "tightened")
			s.settle(true)
			assert.Equal(t, c.best, s.grade(c.framework, c.function), "after the controllers wrote everything anew")
			assert.Empty(t, s.planned(name), "nothing that was fixed is to be fixed again")
			assert.Equal(t, len(c.controllers) > 0, s.written() > 0, "the workloads were written from what declares the function")

			if c.secret != "" {
				changes = append(changes, s.rotate(c.secret, c.key))
			}
			for _, id := range slices.Backward(changes) {
				s.undo(id)
			}
			s.settle(true)
			s.asBefore(before)
		})
	}
}

// TestFunctionsOfOtherAPIsAreTightened does the same for frameworks whose functions are objects of an API of their own, and
// whose pods belong to the platform: what their namespace and their API allow. They stand where the connectors look.
func TestFunctionsOfOtherAPIsAreTightened(t *testing.T) {
	for _, c := range []struct{ framework, function, before, best string }{
		{"openwhisk", "guest/shop/checkout", "F", "C"}, {"fn", "shop/refund", "F", "F"},
	} {
		t.Run(c.framework, func(t *testing.T) {
			t.Parallel()
			u := newTurn(t)
			u.namespace = c.framework
			admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: u.cluster.Admin})
			apis, err := admin.Discover(t.Context())
			require.NoError(t, err)
			s := &source{turn: u, apis: apis}
			before := s.everything()
			assert.Equal(t, c.before, s.grade(c.framework, c.function), "before")
			changes := s.tightened(c.framework + "/" + c.function)
			assert.Equal(t, c.best, s.grade(c.framework, c.function), "tightened")
			assert.Empty(t, s.planned(c.framework+"/"+c.function), "nothing that was fixed is to be fixed again")
			for _, id := range slices.Backward(changes) {
				s.undo(id)
			}
			s.asBefore(before)
		})
	}
}

// source is a copy of some objects of the seed in a namespace of their own, with the controllers of their framework.
type source struct {
	*turn
	apis        *client.APIs
	controllers []*controllertest.Controllers
	undos       []string
}

func newSource(u *turn, from string, files, frameworks []string) *source {
	t := u.t
	t.Helper()
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: u.cluster.Admin})
	apis, err := admin.Discover(t.Context())
	require.NoError(t, err)
	s := &source{turn: u, apis: apis}
	original, err := u.api.CoreV1().Namespaces().Get(t.Context(), from, metav1.GetOptions{})
	require.NoError(t, err)
	u.own()
	ns, err := u.api.CoreV1().Namespaces().Get(t.Context(), u.namespace, metav1.GetOptions{})
	require.NoError(t, err)
	for k, v := range original.Labels {
		if k != "kubernetes.io/metadata.name" {
			ns.Labels[k] = v
		}
	}
	ns.Annotations = original.Annotations
	_, err = u.api.CoreV1().Namespaces().Update(t.Context(), ns, metav1.UpdateOptions{FieldManager: "terraform"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := u.api.CoreV1().ServiceAccounts(u.namespace).Get(t.Context(), "default", metav1.GetOptions{})
		return err == nil
	}, 30*time.Second, 10*time.Millisecond)
	for _, o := range copies(t, files, from, u.namespace) {
		s.place(o)
	}
	for _, f := range frameworks {
		s.controllers = append(s.controllers, controllertest.Start(t, admin.Config(), admin.HTTP(), f, u.namespace))
	}
	return s
}

// copies reads the objects of files of the seed that are of a namespace, as those of another one.
func copies(t *testing.T, files []string, from, to string) []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	of := regexp.MustCompile(`(?i)(namespace: ["']?)` + from + `\b`)
	for _, f := range samples.Seed() {
		if !slices.ContainsFunc(files, func(name string) bool { return strings.HasSuffix(f.Path, name) }) {
			continue
		}
		for _, doc := range strings.Split(string(f.Data), "\n---") {
			o := &unstructured.Unstructured{}
			require.NoError(t, sigsyaml.Unmarshal([]byte(of.ReplaceAllString(doc, "${1}"+to)), &o.Object), f.Path)
			if o.GetNamespace() == to && o.GetKind() != "Pod" {
				all = append(all, o)
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

// place makes an object, and its status where nothing in the cluster writes that.
func (s *source) place(o *unstructured.Unstructured) {
	s.t.Helper()
	annotations := o.GetAnnotations()
	manager := annotations["seed.fn9s.io/manager"]
	delete(annotations, "seed.fn9s.io/manager")
	o.SetAnnotations(annotations)
	for _, port := range asList(o.Object, "spec", "ports") {
		delete(port, "nodePort") // the seed has it
	}
	resource := s.resource(o.GroupVersionKind().Group, o.GetKind(), o.GroupVersionKind().Version)
	owners := o.GetOwnerReferences()
	for i := range owners {
		group, _, _ := strings.Cut(owners[i].APIVersion, "/")
		owner, err := s.resource(group, owners[i].Kind).Get(s.t.Context(), owners[i].Name, metav1.GetOptions{})
		require.NoError(s.t, err, "owner of %s", o.GetName())
		owners[i].UID = owner.GetUID()
	}
	o.SetOwnerReferences(owners)
	status := o.Object["status"]
	body, err := json.Marshal(o.Object)
	require.NoError(s.t, err)
	force := true
	made, err := resource.Patch(s.t.Context(), o.GetName(), types.ApplyPatchType, body, metav1.PatchOptions{FieldManager: manager, Force: &force})
	require.NoError(s.t, err, "%s %s", o.GetKind(), o.GetName())
	if len(o.GetFinalizers()) > 0 { // which no controller takes away here: the namespace would stay
		s.t.Cleanup(func() {
			_, _ = resource.Patch(context.Background(), o.GetName(), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		})
	}
	if status == nil || o.GroupVersionKind().Group == "apps" || o.GroupVersionKind().Group == "autoscaling" || made.Object["status"] != nil {
		return
	}
	made.Object["status"] = status
	_, err = resource.UpdateStatus(s.t.Context(), made, metav1.UpdateOptions{FieldManager: "framework-controller"})
	if !apierrors.IsNotFound(err) {
		require.NoError(s.t, err, "status of %s %s", o.GetKind(), o.GetName())
	}
}

func asList(o map[string]any, path ...string) []map[string]any {
	list, _, _ := unstructured.NestedSlice(o, path...)
	var all []map[string]any
	raw, _, _ := unstructured.NestedFieldNoCopy(o, path...)
	for i := range list {
		if m, ok := raw.([]any)[i].(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

func (s *source) resource(group, kind string, versions ...string) dynamic.ResourceInterface {
	s.t.Helper()
	a, ok := s.apis.Find(schema.GroupKind{Group: group, Kind: kind}, versions)
	require.True(s.t, ok, "%s of %s is not served", kind, group)
	if !a.Namespaced {
		return s.dynamic.Resource(a.GroupVersionResource)
	}
	return s.dynamic.Resource(a.GroupVersionResource).Namespace(s.namespace)
}

// settle waits for the controllers; anew has them write everything once more.
func (s *source) settle(anew bool) {
	s.t.Helper()
	for _, c := range s.controllers {
		if anew {
			c.Restart(s.t)
		} else {
			c.Settle(s.t)
		}
	}
}

// written counts what the controllers wrote.
func (s *source) written() (n int) {
	for _, c := range s.controllers {
		n += c.Writes()
	}
	return n
}

func (s *source) grade(framework, name string) string {
	s.t.Helper()
	r := s.run("list", "-n", s.namespace, "-o", "json")
	require.Equal(s.t, exitDone, r.code, r.err)
	var l functionList
	require.NoError(s.t, json.Unmarshal([]byte(r.out), &l))
	for _, f := range l.Functions {
		if f.Framework == framework && f.Name == name {
			return f.Grade
		}
	}
	require.Fail(s.t, "no function "+name)
	return ""
}

func everyIntent() string {
	var words []string
	for _, i := range check.Intents() {
		words = append(words, string(i))
	}
	return strings.Join(words, ",")
}

// tightened carries out whatever is offered until nothing is any more, and returns the changes.
func (s *source) tightened(name string) []string {
	s.t.Helper()
	var changes []string
	for {
		r := s.tighten(name)
		if r == nil || len(r.Steps) == 0 {
			require.NotEmpty(s.t, changes)
			return changes
		}
		changes = append(changes, r.ID)
		require.Less(s.t, len(changes), 6, "it never ends")
		s.settle(false)
	}
}

// tighten carries out whatever is offered; nil: nothing is.
func (s *source) tighten(name string) *change.ResultDocument {
	s.t.Helper()
	r := s.run("tighten", name, "-n", s.namespace, "--intent", everyIntent(), "--yes", "--override", "*", "--wait=false", "-o", "json")
	require.Equal(s.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	if strings.HasPrefix(r.out, "Nothing") {
		return nil
	}
	var result change.ResultDocument
	require.NoError(s.t, json.Unmarshal([]byte(r.out), &result), r.out)
	return &result
}

// planned lists the objects of a plan of all that is offered.
func (s *source) planned(name string) []string {
	s.t.Helper()
	r := s.run("tighten", name, "-n", s.namespace, "--intent", everyIntent(), "--dry-run", "-o", "json")
	require.Equal(s.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	if strings.HasPrefix(r.out, "Nothing") {
		return nil
	}
	var p change.PlanDocument
	require.NoError(s.t, json.Unmarshal([]byte(r.out), &p))
	var all []string
	for i := range p.Steps {
		all = append(all, p.Steps[i].Object.Kind+" "+p.Steps[i].Object.Name)
	}
	return all
}

func (s *source) rotate(secret, key string) string {
	s.t.Helper()
	args := []string{"rotate", s.namespace + "/" + secret, "--generate", "hex:32", "--yes", "--override", "*", "--wait=false", "-o", "json"}
	if key != "" {
		args = append(args, "--key", key)
	}
	old := s.secret(s.namespace, secret)
	r := s.run(args...)
	require.Equal(s.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	var result change.ResultDocument
	require.NoError(s.t, json.Unmarshal([]byte(r.out), &result))
	assert.NotEqual(s.t, old.Data, s.secret(s.namespace, secret).Data)
	s.settle(false)
	return result.ID
}

func (s *source) undo(id string) {
	s.t.Helper()
	r := s.run("undo", id, "--yes", "--override", "*", "--wait=false", "-o", "json")
	require.Equal(s.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	var result change.ResultDocument
	require.NoError(s.t, json.Unmarshal([]byte(r.out), &result))
	s.undos = append(s.undos, result.ID)
	s.settle(false)
}
