// Package streams gives the cluster a function whose pods write a great many numbered lines.
// Rule: a line is its pod, its number and its time, nothing else decides it; so whoever reads can tell what is missing.
package streams

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
	"github.com/fn9s/fn9s/kube/kubelettest"
)

// Where the function is.
const (
	Namespace = "streams"
	Function  = "firehose"
	container = "function"
)

// Options say what is written.
type Options struct {
	Pods    int
	Rate    int           // lines a second, of all pods
	For     time.Duration // zero: without end
	Delay   time.Duration // between all pods running and the first line
	Hostile bool          // now and then lines that attack terminals and memory
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	switch {
	case o.Pods < 1 || o.Pods > 200:
		return fmt.Errorf("--pods %d: from 1 to 200", o.Pods)
	case o.Rate < o.Pods || o.Rate > 2_000_000:
		return fmt.Errorf("--rate %d: from a line a second of each pod to 2,000,000", o.Rate)
	case o.For < 0 || o.Delay < 0:
		return fmt.Errorf("--for and --delay are not negative")
	}
	return nil
}

// Told is printed when the lines are about to come.
type Told struct {
	Namespace string    `json:"namespace"`
	Function  string    `json:"function"`
	Pods      []string  `json:"pods"`
	Start     time.Time `json:"start"`
	Lines     int       `json:"lines"` // of each pod; 0: without end
}

// Run makes the function and serves its logs until the context ends.
func Run(ctx context.Context, c *apiclient.Client, s *kubelettest.Server, o Options, out io.Writer) error {
	steady := kubelettest.Steady{Interval: time.Second * time.Duration(o.Pods) / time.Duration(o.Rate)}
	if o.For > 0 {
		steady.Count = int(o.For / steady.Interval)
	}
	if o.Hostile {
		steady.Odd = hostile
	}
	started := make(chan struct{})
	s.Else = func(namespace, pod, _ string) kubelettest.Log {
		if namespace != Namespace {
			return nil
		}
		select {
		case <-started:
		case <-ctx.Done():
			return nil
		}
		own := steady
		own.Pod = pod
		return &own
	}
	if err := s.Start(); err != nil {
		return err
	}
	defer s.Stop()
	defer remove(context.WithoutCancel(ctx), c)
	if err := create(ctx, c, s.Port, o.Pods); err != nil {
		return err
	}
	pods, err := running(ctx, c, o.Pods)
	if err != nil {
		return err
	}
	steady.Start = time.Now().Add(o.Delay).Truncate(time.Millisecond)
	close(started)
	err = json.NewEncoder(out).Encode(Told{Namespace, Function, pods, steady.Start, steady.Count})
	if err != nil {
		return fmt.Errorf("tell of the streams: %w", err)
	}
	<-ctx.Done()
	return nil
}

type object = map[string]any

func create(ctx context.Context, c *apiclient.Client, port, pods int) error {
	remove(ctx, c)
	labels := object{"fn9s.io/function": Function}
	for _, r := range []struct {
		path string
		body object
	}{
		{"/api/v1/nodes", kubelettest.Node(Namespace, port)},
		{"/api/v1/namespaces", object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": Namespace}}},
		{"/apis/apps/v1/namespaces/" + Namespace + "/deployments", object{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": Function, "labels": labels},
			"spec": object{"replicas": pods, "selector": object{"matchLabels": labels}, "template": object{
				"metadata": object{"labels": labels},
				"spec": object{"nodeName": Namespace, "tolerations": []any{object{"operator": "Exists"}}, "terminationGracePeriodSeconds": 0,
					"automountServiceAccountToken": false,
					"containers":                   []any{object{"name": container, "image": "registry.example.com/team/firehose:1"}}},
			}}}},
	} {
		body, err := json.Marshal(r.body)
		if err != nil {
			return fmt.Errorf("make %s: %w", r.path, err)
		}
		if _, err := c.Do(ctx, http.MethodPost, r.path, apiclient.JSON, body); err != nil && apiclient.Code(err) != http.StatusConflict {
			return fmt.Errorf("make %s: %w", r.path, err)
		}
	}
	return nil
}

// remove takes away what create made. The namespace stays: it would take too long to go.
func remove(ctx context.Context, c *apiclient.Client) {
	for _, path := range []string{"/apis/apps/v1/namespaces/" + Namespace + "/deployments/" + Function, "/api/v1/nodes/" + Namespace} {
		_, _ = c.Do(ctx, http.MethodDelete, path, apiclient.JSON, []byte(`{"propagationPolicy":"Background"}`))
	}
}

// running waits until all pods run, and names them.
func running(ctx context.Context, c *apiclient.Client, want int) ([]string, error) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		raw, err := c.Do(ctx, http.MethodGet, "/api/v1/namespaces/"+Namespace+"/pods", apiclient.JSON, nil)
		if err != nil {
			return nil, fmt.Errorf("wait for the pods: %w", err)
		}
		var list struct {
			Items []struct {
				Metadata struct {
					Name              string
					DeletionTimestamp string
				}
				Status struct{ Phase string }
			}
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("wait for the pods: %w", err)
		}
		var names []string
		for _, p := range list.Items {
			if p.Status.Phase == "Running" && p.Metadata.DeletionTimestamp == "" {
				names = append(names, p.Metadata.Name)
			}
		}
		if len(names) == want && len(list.Items) == want {
			return names, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}

var attacks = [][]byte{
	[]byte("\x1b[2J\x1b[H\x1b]0;owned\a\x1b[?1049l\x1b[31mred"),
	[]byte("no \xff\xfe\xc0 UTF-8 \xed\xa0\x80"),
	[]byte("\u202egnp.exe\u202c \u2066hidden\u2069 \u200b\ufeff"),
	[]byte("\r\b\b\bovertyped\x00\x07\x9b2J"),
	[]byte(`{"level":"error","msg":"` + strings.Repeat(`\u001b[2J`, 20) + `"`),
}

// hostile replaces every thousandth line, and one of a pod by 10 MB.
func hostile(n int) []byte {
	switch {
	case n == 2500:
		return []byte(strings.Repeat("0123456789abcdef", 10<<16))
	case n%1000 == 999:
		return attacks[n/1000%len(attacks)]
	}
	return nil
}
