package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/cmd/relay"
	"github.com/fn9s/fn9s/cmd/terminal"
)

// seeded is a devcluster with its sample functions.
type seeded struct{ dir string }

// args open the console on it, as an operator. Scenes that name no namespace show all of them.
func (c *seeded) args(operator string, more []string) []string {
	args := []string{"--kubeconfig", filepath.Join(c.dir, cmp.Or(operator, "admin")+".kubeconfig"), "--config", filepath.Join(c.dir, "connectors.yaml")}
	if !slices.Contains(more, "-n") {
		args = append(args, "-A")
	}
	return args
}

// listed reports whether the console has read and judged all that there is.
func listed(s *terminal.Screen) bool {
	head := s.Line(0)
	return strings.Contains(head, "● live") && !strings.Contains(head, "listing") && !strings.Contains(head, "to judge") && s.Contains("▌")
}

// take plays a scene on the cluster and draws what is on the screen at its end: what runs there does not stand still.
func (s *studio) take(ctx context.Context, c *seeded, p *picture) ([]byte, error) {
	args := c.args(p.as, p.args)
	var through *relay.Relay
	if p.cut {
		var err error
		if through, err = c.through(ctx); err != nil {
			return nil, err
		}
		defer through.Close()
		args = append(args, "--server", "https://"+through.Address)
	}
	term, leave, err := s.open(p, args, nil)
	if err != nil {
		return nil, err
	}
	defer leave()
	if _, err := term.WaitFor("live console", patience, listed); err != nil {
		return nil, err
	}
	if p.cut {
		through.Close()
	}
	if err := p.play(term); err != nil {
		return nil, err
	}
	return p.draw(term.Screen()), nil
}

// through starts a relay to the cluster's API server.
func (c *seeded) through(ctx context.Context) (*relay.Relay, error) {
	var info struct {
		Server string `json:"server"`
	}
	data, err := os.ReadFile(filepath.Join(c.dir, "cluster.json"))
	if err != nil {
		return nil, fmt.Errorf("read the cluster's description: %w", err)
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return nil, fmt.Errorf("read the cluster's description: %w", err)
	}
	server, err := url.Parse(info.Server)
	if err != nil {
		return nil, fmt.Errorf("server %q: %w", info.Server, err)
	}
	return relay.New(ctx, server.Host)
}
