package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fn9s/fn9s/cmd/relay"
	"github.com/fn9s/fn9s/cmd/terminal"
)

func stale(s *terminal.Screen) bool { return strings.Contains(s.Line(0), "stale") }

// measureCut measures how long a console believes in a connection that swallows everything.
func measureCut(ctx context.Context, b *bench) error {
	server, err := b.server()
	if err != nil {
		return err
	}
	target, err := url.Parse(server)
	if err != nil {
		return fmt.Errorf("server %q: %w", server, err)
	}
	r, err := relay.New(ctx, target.Host)
	if err != nil {
		return err
	}
	defer r.Close()
	t, err := b.whole("--server", "https://"+r.Address)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := pause(ctx, calm); err != nil {
		return err
	}
	r.Swallow()
	cut := time.Now()
	s, err := t.WaitFor("stale", limit, stale)
	if err != nil {
		return err
	}
	b.report.duration("stale after a cut without a reset", s.At.Sub(cut), 15*time.Second)
	return nil
}

// measureReconnect measures how soon a console is live again once the API server answers, after it was away for long.
func measureReconnect(ctx context.Context, b *bench) error {
	t, err := b.whole()
	if err != nil {
		return err
	}
	defer t.Close()
	ready, err := b.readiness()
	if err != nil {
		return err
	}
	if err := pause(ctx, calm); err != nil {
		return err
	}
	if _, err := b.cluster(ctx, "stop-apiserver"); err != nil {
		return err
	}
	if err := b.away(ctx, t); err != nil {
		_, started := b.cluster(ctx, "start-apiserver")
		return errors.Join(err, started)
	}
	started := make(chan error, 1)
	began := time.Now()
	go func() {
		_, err := b.cluster(ctx, "start-apiserver")
		started <- err
	}()
	var s *terminal.Screen
	answered, err := ready.wait(ctx)
	if err == nil {
		s, err = t.WaitFor("live", limit, live)
	}
	if failure := <-started; failure != nil {
		return failure
	}
	if err != nil {
		return err
	}
	b.report.duration("live after "+short(b.period)+" without API server", max(0, s.At.Sub(answered)), 5*time.Second)
	b.report.note("counted from its first answer on /readyz, %s after its start", short(answered.Sub(began)))
	if _, err := b.complete(t); err != nil {
		return fmt.Errorf("something was lost or doubled: %w", err)
	}
	return nil
}

// away watches a console that has lost its API server: the data must stay.
func (b *bench) away(ctx context.Context, t *terminal.Terminal) error {
	s, err := t.WaitFor("stale", limit, stale)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(b.settled.body, body(s)) {
		return fmt.Errorf("the rows changed when the API server went away; on the screen:\n%s", s)
	}
	if err := pause(ctx, b.period); err != nil {
		return err
	}
	if s = t.Screen(); !strings.HasPrefix(b.settled.body, body(s)) {
		return fmt.Errorf("the rows changed while the API server was away; on the screen:\n%s", s)
	}
	return nil
}

// readiness asks the API server whether it is ready.
type readiness struct {
	client *http.Client
	url    string
}

func (b *bench) readiness() (*readiness, error) {
	config, err := clientcmd.BuildConfigFromFlags("", b.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	config.Timeout = 2 * time.Second
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	return &readiness{client: client, url: config.Host + "/readyz"}, nil
}

// wait returns when the server first answered that it is ready.
func (r *readiness) wait(ctx context.Context) (time.Time, error) {
	for {
		if r.ok(ctx) {
			return time.Now(), nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return time.Time{}, err
		}
	}
}

func (r *readiness) ok(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := r.client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}
