package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
)

// patch is one change of one object.
type patch struct {
	path string
	body object
}

// Churn changes functions of the load, so many a second, until the context ends.
func (l *Loader) Churn(ctx context.Context, size Size, rate float64) error {
	if size.Functions == 0 {
		return errors.New("there is no load to change; make some with: devcluster load --functions 1000")
	}
	if rate <= 0 || rate > 5000 {
		return fmt.Errorf("rate %v: use more than 0, at most 5000", rate)
	}
	began := time.Now()
	var done, failed atomic.Int64
	work := make(chan patch, parallel)
	var wait sync.WaitGroup
	for range parallel {
		wait.Go(func() {
			for p := range work {
				// What was begun is finished: an update that is cut off at the end would count as failed.
				_, err := l.client.Do(context.WithoutCancel(ctx), http.MethodPatch, p.path+"?fieldManager=devcluster-churn", apiclient.MergePatch, encode(p.body))
				if err != nil {
					failed.Add(1)
					continue
				}
				done.Add(1)
			}
		})
	}
	l.feed(ctx, size, rate, work, func() {
		fmt.Fprintf(l.out, "churn: %d updates, %.0f a second, %d failed\n", done.Load(), float64(done.Load())/time.Since(began).Seconds(), failed.Load())
	})
	close(work)
	wait.Wait()
	fmt.Fprintf(l.out, "churn: %d updates in %.0f s, %d failed\n", done.Load(), time.Since(began).Seconds(), failed.Load())
	return nil
}

// feed sends what is due every few milliseconds; what the server cannot take in time is not made up for.
func (l *Loader) feed(ctx context.Context, size Size, rate float64, work chan<- patch, report func()) {
	const step = 20 * time.Millisecond
	ticker, reports := time.NewTicker(step), time.NewTicker(reportEvery)
	defer ticker.Stop()
	defer reports.Stop()
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	due := 0.0
	for {
		select {
		case <-ctx.Done():
			return
		case <-reports.C:
			report()
		case <-ticker.C:
			due = min(due+rate*step.Seconds(), rate)
			for ; due >= 1; due-- {
				select {
				case work <- size.function(random.IntN(size.Functions)).change(random):
				case <-ctx.Done():
					return
				}
			}
		}
	}
}

// change is something that a table of functions shows: the state in the framework's words, the image, or the number of replicas.
func (f function) change(random *rand.Rand) patch {
	workload := patch{path: f.workloadPath()}
	if random.IntN(10) == 0 { // rare, because each makes pods come and go
		workload.body = object{"spec": object{"replicas": random.IntN(3)}}
		return workload
	}
	healthy := random.IntN(2) == 0
	switch f.kind() {
	case "openfaas":
		path := request{apiVersion: "openfaas.com/v1", plural: "functions"}.path(f.namespace) + "/" + f.name() + "/status"
		return patch{path, object{"status": object{"conditions": []any{condition("Ready", true), condition("Healthy", healthy)}}}}
	case "knative":
		path := request{apiVersion: "serving.knative.dev/v1", plural: "services"}.path(f.namespace) + "/" + f.name() + "/status"
		return patch{path, object{"status": object{"conditions": []any{condition("Ready", healthy), condition("ConfigurationsReady", true), condition("RoutesReady", healthy)}}}}
	case "nuclio":
		state := "ready"
		if !healthy {
			state = "unhealthy"
		}
		path := request{apiVersion: "nuclio.io/v1beta1", plural: "nucliofunctions"}.path(f.namespace) + "/" + f.name()
		return patch{path, object{"status": object{"state": state}}}
	}
	workload.body = object{"metadata": object{
		"annotations": object{"kubernetes.io/change-cause": fmt.Sprintf("release %d", random.IntN(1000))},
		"labels":      object{"team": fmt.Sprintf("team-%d", random.IntN(7))}}}
	return workload
}

func (f function) workloadPath() string {
	for _, r := range f.requests() {
		if r.kind == "Deployment" {
			name, _ := r.body["metadata"].(object)["name"].(string)
			return r.path(f.namespace) + "/" + name
		}
	}
	return ""
}
