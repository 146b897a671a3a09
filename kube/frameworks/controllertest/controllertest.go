// Package controllertest plays the controllers of function frameworks in a namespace of a real API server, for tests: it
// watches what declares functions, and writes workloads from it when and how the real ones do.
//
// Its one rule: it writes all that the real controller writes, so that nothing is left which that would take back.
package controllertest

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// object is an object as JSON has it.
type object = map[string]any

// controller is what one framework does.
type controller struct {
	manager string
	// declares are the kinds that it makes workloads of, and beside are other kinds that wake it, with their namespaces;
	// an empty one is that of the functions.
	declares schema.GroupVersionResource
	beside   map[schema.GroupVersionResource]string
	// workloads are the kinds that it writes.
	workloads schema.GroupVersionResource
	// name finds the name of the workload of an object; empty: it has none.
	name func(c *Controllers, declared object) string
	// reconcile does what is to be done for one object; fresh says that the controller has just started.
	reconcile func(c *Controllers, ctx context.Context, s *subject, fresh bool) error
}

// subject is one object that declares a function, and its workload: as they are, and as they were when the controllers
// started.
type subject struct {
	declared, workload object
	first, base        object
}

var deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}

// Controllers are those of one framework in one namespace.
type Controllers struct {
	*controller
	api       *dynamic.DynamicClient
	namespace string

	mu       sync.Mutex // one pass at a time
	subjects map[string]*subject
	seen     map[string]any // what was made of an object last, by its name
	writes   int
	fresh    bool
	trouble  error
}

// Start runs the controllers of a framework until the test ends; a framework without any has none.
func Start(t testing.TB, config *rest.Config, client *http.Client, framework, namespace string) *Controllers {
	t.Helper()
	api, err := dynamic.NewForConfigAndClient(config, client)
	require.NoError(t, err)
	c := &Controllers{controller: controllers[framework], api: api, namespace: namespace, subjects: map[string]*subject{}, seen: map[string]any{}}
	if c.controller == nil {
		return c
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	t.Cleanup(func() { cancel(); work.Wait() })
	require.NoError(t, c.learn(ctx))
	wake := make(chan struct{}, 1)
	watched := map[schema.GroupVersionResource]string{c.declares: "", c.workloads: ""}
	for gvr, ns := range c.beside {
		watched[gvr] = ns
	}
	for gvr, ns := range watched {
		if ns == "" {
			ns = namespace
		}
		work.Go(func() { c.watch(ctx, gvr, ns, wake) })
	}
	work.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-wake:
				_, err := c.pass(ctx)
				c.mu.Lock()
				c.trouble = err
				c.mu.Unlock()
			}
		}
	})
	return c
}

// learn remembers how objects were made: what is not of an object then is the controller's own.
func (c *Controllers) learn(ctx context.Context) error {
	all, err := c.api.Resource(c.declares).Namespace(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("learn %s: %w", c.declares.Resource, err)
	}
	for i := range all.Items {
		o := all.Items[i].Object
		s := &subject{first: runtime.DeepCopyJSON(o)}
		c.subjects[all.Items[i].GetName()] = s
		if name := c.name(c, o); name != "" {
			w, err := c.api.Resource(c.workloads).Namespace(c.namespace).Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("learn %s: %w", name, err)
			}
			s.base = runtime.DeepCopyJSON(w.Object)
		}
	}
	return nil
}

// watch wakes the controllers whenever something changes; a watch that ends begins again.
func (c *Controllers) watch(ctx context.Context, gvr schema.GroupVersionResource, namespace string, wake chan<- struct{}) {
	for ctx.Err() == nil {
		w, err := c.api.Resource(gvr).Namespace(namespace).Watch(ctx, metav1.ListOptions{})
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		for range w.ResultChan() {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		w.Stop()
	}
}

// pass looks at all objects once, and returns how many writes that took.
func (c *Controllers) pass(ctx context.Context) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, fresh := c.writes, c.fresh
	all, err := c.api.Resource(c.declares).Namespace(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, err
	}
	for i := range all.Items {
		o := &all.Items[i]
		s := c.subjects[o.GetName()]
		if s == nil || s.base == nil {
			continue
		}
		s.declared = o.Object
		w, err := c.api.Resource(c.workloads).Namespace(c.namespace).Get(ctx, c.name(c, o.Object), metav1.GetOptions{})
		if err != nil {
			return c.writes - before, err
		}
		s.workload = w.Object
		if err := c.reconcile(c, ctx, s, fresh); err != nil {
			return c.writes - before, err
		}
	}
	c.fresh = false
	return c.writes - before, nil
}

// Settle returns when the controllers have nothing to do any more.
func (c *Controllers) Settle(t testing.TB) {
	t.Helper()
	if c.controller == nil {
		return
	}
	var last error
	require.Eventually(t, func() bool {
		n, err := c.pass(t.Context())
		last = err
		return err == nil && n == 0
	}, 30*time.Second, 10*time.Millisecond, "the controllers do not come to rest: %v", last)
}

// Restart has the controllers write everything anew, as they do when they start.
func (c *Controllers) Restart(t testing.TB) {
	t.Helper()
	c.mu.Lock()
	c.fresh = true
	c.mu.Unlock()
	c.Settle(t)
}

// Writes counts what the controllers wrote.
func (c *Controllers) Writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// changed reports whether a value is another one than at the last time, and remembers it once it was carried out.
func (c *Controllers) changed(key string, first, now any) (changed bool, done func()) {
	last, ok := c.seen[key]
	if !ok {
		last = first
	}
	return !reflect.DeepEqual(last, now), func() { c.seen[key] = now }
}

// update writes an object whole.
func (c *Controllers) update(ctx context.Context, gvr schema.GroupVersionResource, o object) error {
	c.writes++
	u := &unstructured.Unstructured{Object: o}
	_, err := c.api.Resource(gvr).Namespace(u.GetNamespace()).Update(ctx, u, metav1.UpdateOptions{FieldManager: c.manager})
	return err
}

// rewrite makes the workload one with this pod template, where it is another one now.
func (c *Controllers) rewrite(ctx context.Context, s *subject, template object) error {
	if same(template, dig(s.workload, "spec", "template")) {
		return nil
	}
	w := runtime.DeepCopyJSON(s.workload)
	in(w, "spec")["template"] = template
	return c.update(ctx, c.workloads, w)
}

// patch merges a patch into an object.
func (c *Controllers) patch(ctx context.Context, gvr schema.GroupVersionResource, name string, kind types.PatchType, body []byte, force *bool, sub ...string) error {
	c.writes++
	_, err := c.api.Resource(gvr).Namespace(c.namespace).Patch(ctx, name, kind, body, metav1.PatchOptions{FieldManager: c.manager, Force: force}, sub...)
	return err
}
