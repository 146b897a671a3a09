package client

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
)

// LogQuery says which lines of a container's log are wanted. They come with the time of the server in front.
type LogQuery struct {
	Container string
	Follow    bool
	Previous  bool
	// Since bounds the age and SinceTime the time of the first line, to the second; zero: no bound.
	Since     time.Duration
	SinceTime time.Time
	Tail      int // last lines; negative: all
}

func (q *LogQuery) params() map[string]string {
	p := map[string]string{"timestamps": "true", "container": q.Container}
	if q.Follow {
		p["follow"] = "true"
	}
	if q.Previous {
		p["previous"] = "true"
	}
	switch {
	case !q.SinceTime.IsZero():
		p["sinceTime"] = q.SinceTime.UTC().Format(time.RFC3339)
	case q.Since > 0:
		p["sinceSeconds"] = strconv.Itoa(max(1, int(q.Since/time.Second)))
	}
	if q.Tail >= 0 {
		p["tailLines"] = strconv.Itoa(q.Tail)
	}
	return p
}

// Log opens the log of a container of a pod. A log that is followed answers with its first line, not before.
func (c *Client) Log(ctx context.Context, namespace, pod string, q LogQuery) (io.ReadCloser, error) {
	r := c.logs.Get().AbsPath("/api/v1/namespaces", namespace, "pods", pod, "log").MaxRetries(0)
	for k, v := range q.params() {
		r = r.Param(k, v)
	}
	body, err := r.Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("read log of %s/%s %s: %w", namespace, pod, q.Container, err)
	}
	return body, nil
}

// streamClient has a connection for every stream: a slow reader then slows its own stream and nothing else, and what was
// sent to it waits with the kernels, where HTTP/2 would keep megabytes a stream in this program.
func streamClient(config *rest.Config) (*rest.RESTClient, error) {
	cfg := rest.CopyConfig(config)
	cfg.NextProtos = []string{"http/1.1"}
	cfg.DisableCompression, cfg.Timeout = true, 0
	h, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("set up streams of %s: %w", config.Host, err)
	}
	return restClient(cfg, h, jsonType)
}
