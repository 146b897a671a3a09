package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
)

const (
	parallel    = 24
	podsPerNode = 500
	reportEvery = 5 * time.Second
)

// Size is how much load there is.
type Size struct {
	Functions  int `json:"functions"`
	Namespaces int `json:"namespaces"`
}

// Check refuses sizes that make no sense.
func (s Size) Check() error {
	if s.Functions < 0 || s.Functions > 100_000 {
		return fmt.Errorf("functions %d: use 0 to 100000", s.Functions)
	}
	if s.Namespaces < 1 || s.Namespaces > 1000 {
		return fmt.Errorf("namespaces %d: use 1 to 1000", s.Namespaces)
	}
	return nil
}

func (s Size) function(number int) function {
	return function{number: number, namespace: fmt.Sprintf("load-%03d", number%s.Namespaces)}
}

// Loader makes and removes the load.
type Loader struct {
	client *apiclient.Client
	out    io.Writer
}

// New returns a loader; progress goes to out.
func New(client *apiclient.Client, out io.Writer) *Loader { return &Loader{client: client, out: out} }

// Prepare makes the nodes and namespaces of the load and returns when the namespaces have their default accounts: without them pods are
// refused, and controllers that were refused often wait for minutes.
func (l *Loader) Prepare(ctx context.Context, size Size) error {
	for n := range size.Functions/podsPerNode + 1 {
		if err := l.post(ctx, "/api/v1/nodes", node(n)); err != nil {
			return fmt.Errorf("make a node for the load: %w", err)
		}
	}
	for n := range size.Namespaces {
		name := fmt.Sprintf("load-%03d", n)
		body := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name, "labels": object{Label: "true", "team": fmt.Sprintf("team-%d", n%7)}}}
		if err := l.post(ctx, "/api/v1/namespaces", body); err != nil {
			return fmt.Errorf("make namespace %s: %w", name, err)
		}
	}
	for n := range size.Namespaces {
		if err := l.awaitAccount(ctx, fmt.Sprintf("load-%03d", n)); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) awaitAccount(ctx context.Context, namespace string) error {
	for {
		_, err := l.client.Do(ctx, http.MethodGet, "/api/v1/namespaces/"+namespace+"/serviceaccounts/default", "", nil)
		if apiclient.Code(err) != http.StatusNotFound {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the default account of namespace %s: %w", namespace, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Create makes the functions that are not there yet, in namespaces that are prepared.
func (l *Loader) Create(ctx context.Context, size Size) error {
	began := time.Now()
	var objects atomic.Int64
	err := l.each(ctx, size, "created", func(ctx context.Context, f function) error {
		made, err := l.createFunction(ctx, f)
		objects.Add(int64(made))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "load: %d functions (%d objects) in %d namespaces in %.0f s; their pods follow\n",
		size.Functions, objects.Load(), size.Namespaces, time.Since(began).Seconds())
	return nil
}

// each does something for every function, several at once, and reports how far it is.
func (l *Loader) each(ctx context.Context, size Size, verb string, do func(context.Context, function) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := time.Now()
	var done atomic.Int64
	work := make(chan int)
	var wait sync.WaitGroup
	for range parallel {
		wait.Go(func() {
			for n := range work {
				if err := do(ctx, size.function(n)); err != nil {
					cancel(fmt.Errorf("function %s: %w", size.function(n).name(), err))
					return
				}
				done.Add(1)
			}
		})
	}
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
feeding:
	for n := 0; n < size.Functions; {
		select {
		case work <- n:
			n++
		case <-ticker.C:
			fmt.Fprintf(l.out, "load: %d of %d functions %s, %.0f s\n", done.Load(), size.Functions, verb, time.Since(began).Seconds())
		case <-ctx.Done():
			break feeding
		}
	}
	close(work)
	wait.Wait()
	return context.Cause(ctx)
}

func (l *Loader) createFunction(ctx context.Context, f function) (int, error) {
	owner, made := object(nil), 0
	for _, r := range f.requests() {
		r.body["apiVersion"], r.body["kind"] = r.apiVersion, r.kind
		metadata := r.body["metadata"].(object)
		if r.owned && owner != nil {
			metadata["ownerReferences"] = []any{owner}
		}
		uid, fresh, err := l.create(ctx, r, f.namespace)
		if err != nil {
			return made, fmt.Errorf("%s %v: %w", r.kind, metadata["name"], err)
		}
		if fresh {
			made++
		}
		if owner == nil {
			owner = object{"apiVersion": r.apiVersion, "kind": r.kind, "name": metadata["name"], "uid": uid, "controller": true}
		}
	}
	return made, nil
}

// create returns the uid of the object and whether it is new.
func (l *Loader) create(ctx context.Context, r request, namespace string) (string, bool, error) {
	path := r.path(namespace)
	name, _ := r.body["metadata"].(object)["name"].(string)
	answer, err := l.client.Do(ctx, http.MethodPost, path+"?fieldManager=devcluster-load", apiclient.JSON, encode(r.body))
	if spec, ok := r.body["spec"].(object); ok && apiclient.Code(err) == http.StatusUnprocessableEntity && spec["clusterIP"] != nil {
		// Its address is taken, by itself or by a Service that got one of the server's choice.
		delete(spec, "clusterIP")
		answer, err = l.client.Do(ctx, http.MethodPost, path+"?fieldManager=devcluster-load", apiclient.JSON, encode(r.body))
	}
	exists := apiclient.Code(err) == http.StatusConflict
	if exists {
		answer, err = l.client.Do(ctx, http.MethodGet, path+"/"+name, "", nil)
	}
	if err != nil {
		return "", false, err
	}
	var made struct {
		Metadata struct{ UID string } `json:"metadata"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", false, fmt.Errorf("read the answer: %w", err)
	}
	if r.status != nil && !exists {
		body := encode(object{"status": r.status})
		if _, err := l.client.Do(ctx, http.MethodPatch, path+"/"+name+"/status?fieldManager=framework-controller", apiclient.MergePatch, body); err != nil {
			return "", false, fmt.Errorf("status: %w", err)
		}
	}
	return made.Metadata.UID, !exists, nil
}

func (l *Loader) post(ctx context.Context, path string, body object) error {
	_, err := l.client.Do(ctx, http.MethodPost, path, apiclient.JSON, encode(body))
	if apiclient.Code(err) == http.StatusConflict {
		return nil
	}
	return err
}

// Remove deletes all of the load and returns when its namespaces are gone.
func (l *Loader) Remove(ctx context.Context) error {
	began := time.Now()
	selector := apiclient.Query("", "labelSelector", Label+"=true")
	names, err := l.names(ctx, "/api/v1/namespaces"+selector)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := l.client.Do(ctx, http.MethodDelete, "/api/v1/namespaces/"+name, "", nil); err != nil && apiclient.Code(err) != http.StatusNotFound {
			return fmt.Errorf("remove namespace %s: %w", name, err)
		}
	}
	reported := time.Now()
	for len(names) > 0 {
		select {
		case <-ctx.Done():
			return errors.New("the namespaces of the load are still being removed")
		case <-time.After(500 * time.Millisecond):
		}
		if names, err = l.names(ctx, "/api/v1/namespaces"+selector); err != nil {
			return err
		}
		if time.Since(reported) > reportEvery {
			reported = time.Now()
			fmt.Fprintf(l.out, "load: %d namespaces are still being removed, %.0f s\n", len(names), time.Since(began).Seconds())
		}
	}
	if _, err := l.client.Do(ctx, http.MethodDelete, "/api/v1/nodes"+selector, "", nil); err != nil {
		return fmt.Errorf("remove the nodes of the load: %w", err)
	}
	fmt.Fprintf(l.out, "load: removed in %.0f s\n", time.Since(began).Seconds())
	return nil
}

func (l *Loader) names(ctx context.Context, path string) ([]string, error) {
	answer, err := l.client.Do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return nil, fmt.Errorf("list the namespaces of the load: %w", err)
	}
	var list struct {
		Items []struct {
			Metadata struct{ Name string } `json:"metadata"`
		} `json:"items"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, fmt.Errorf("list the namespaces of the load: %w", err)
	}
	names := make([]string, 0, len(list.Items))
	for _, item := range list.Items {
		names = append(names, item.Metadata.Name)
	}
	return names, nil
}

// Wait returns when all Deployments of the load have their replicas.
func (l *Loader) Wait(ctx context.Context, size Size) error {
	began := time.Now()
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	for before := -1; ; {
		ready, err := l.Ready(ctx)
		if err != nil {
			return err
		}
		if ready >= size.Functions {
			fmt.Fprintf(l.out, "load: all Deployments are ready after %.0f s more\n", time.Since(began).Seconds())
			return nil
		}
		if ready != before {
			fmt.Fprintf(l.out, "load: %d of %d Deployments are ready, %.0f s\n", ready, size.Functions, time.Since(began).Seconds())
		}
		before = ready
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the load: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

// Ready returns how many Deployments of the load have their replicas.
func (l *Loader) Ready(ctx context.Context) (int, error) {
	ready, next := 0, ""
	for {
		path := apiclient.Query("/apis/apps/v1/deployments", "labelSelector", Label+"=true", "limit", "2000", "continue", next)
		answer, err := l.client.Do(ctx, http.MethodGet, path, "", nil)
		if err != nil {
			return 0, fmt.Errorf("list the Deployments of the load: %w", err)
		}
		var page struct {
			Metadata struct{ Continue string } `json:"metadata"`
			Items    []struct {
				Metadata struct{ Generation int64 } `json:"metadata"`
				Spec     struct{ Replicas int }     `json:"spec"`
				Status   struct {
					ReadyReplicas      int
					ObservedGeneration int64
				} `json:"status"`
			} `json:"items"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return 0, fmt.Errorf("list the Deployments of the load: %w", err)
		}
		for _, item := range page.Items {
			if item.Status.ObservedGeneration >= item.Metadata.Generation && item.Status.ReadyReplicas >= item.Spec.Replicas {
				ready++
			}
		}
		if next = page.Metadata.Continue; next == "" {
			return ready, nil
		}
	}
}
