package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/fn9s/fn9s/cmd/relay"
	"github.com/fn9s/fn9s/cmd/terminal"
)

// scene is one picture: who looks at what, and which keys lead there.
type scene struct {
	name       string
	cols, rows int
	as         string // operator; empty: admin
	args       []string
	env        []string
	light      bool
	png        bool
	cut        bool // the connection is cut when the list is complete
	steps      []step
}

// step is keys, text or both, and what the screen then shows.
type step struct {
	key  string
	text string
	see  []string
}

func (c *scene) operator() string {
	if c.as == "" {
		return "admin"
	}
	return c.as
}

var (
	filtered = []step{{key: "/", text: "framework!=plain state=failed"}, {key: "enter", see: []string{"filter: framework!=plain state=failed"}}}
	opened   = []step{{key: "/", text: "fraud-score"}, {key: "enter", see: []string{"filter: fraud-score"}}, {key: "enter", see: []string{"Declared by", "Triggers"}}}
)

// about looks at one function, by the key of a screen.
func about(name, key string, see ...string) []step {
	return []step{{key: "/", text: name}, {key: "enter", see: []string{"filter: " + name}}, {key: key, see: see}}
}

func command(line string, see ...string) []step {
	return []step{{key: ":", text: line}, {key: "enter", see: see}}
}

var scenes = []scene{
	{name: "functions-80x24", cols: 80, rows: 24},
	{name: "functions-120x40", cols: 120, rows: 40, png: true},
	{name: "functions-200x50", cols: 200, rows: 50},
	{name: "functions-light", cols: 120, rows: 40, light: true},
	{name: "functions-wide", cols: 200, rows: 50, steps: []step{{key: "w", see: []string{"REASON"}}}},
	{name: "functions-filtered", cols: 120, rows: 40, steps: filtered},
	{name: "functions-faults", cols: 120, rows: 40, steps: []step{{key: "z", see: []string{"only faults"}}}},
	{name: "functions-mono", cols: 120, rows: 40, args: []string{"--theme", "mono"}},
	{name: "functions-nocolor", cols: 120, rows: 40, env: []string{"NO_COLOR=1"}},
	{name: "function", cols: 120, rows: 40, png: true, steps: opened},
	{name: "describe", cols: 120, rows: 40, steps: append(opened[:len(opened):len(opened)], step{key: "d", see: []string{"▸ describe", "Kind:"}})},
	{name: "yaml", cols: 120, rows: 40, steps: append(opened[:len(opened):len(opened)], step{key: "y", see: []string{"▸ YAML", "kind: Service"}})},
	{name: "namespace-picker", cols: 120, rows: 40, steps: []step{{key: "n", see: []string{"type to narrow down"}}}},
	{name: "namespaces", cols: 120, rows: 40, steps: command("ns", "namespaces(", "FUNCTIONS")},
	{name: "contexts", cols: 120, rows: 40, steps: command("ctx", "contexts(", "SERVER")},
	{name: "help", cols: 120, rows: 40, steps: []step{{key: "?", see: []string{"▸ help", "half a page down"}}}},
	{name: "command", cols: 120, rows: 40, steps: []step{{key: ":", text: "fn pay", see: []string{":fn pay"}}}},
	{name: "two-namespaces", cols: 120, rows: 40, as: "two-namespaces", png: true,
		steps: []step{{see: []string{"charge-card", "apply-coupon", "denied: other namespaces"}}}},
	{name: "posture-80x24", cols: 80, rows: 24, steps: about("watermark", "S", "posture watermark", "Control plane")},
	{name: "posture", cols: 120, rows: 40, png: true, steps: about("watermark", "S", "posture watermark", "What lifts")},
	{name: "posture-200x50", cols: 200, rows: 50, steps: about("watermark", "S", "posture watermark", "What lifts")},
	{name: "posture-unknown", cols: 120, rows: 40, as: "two-namespaces", steps: about("charge-card", "S", "posture charge-card", "not judged")},
	{name: "evidence", cols: 120, rows: 40, steps: append(command("findings control=SEC-01 function=export-prices", "1 control"),
		step{key: "enter", see: []string{"WHAT WAS FOUND"}}, step{key: "enter", see: []string{"Why it matters"}})},
	{name: "findings", cols: 120, rows: 40, png: true, steps: command("findings", "WHAT IT SAYS")},
	{name: "findings-functions", cols: 120, rows: 40, steps: append(command("findings severity>=high", "WHAT IT SAYS"), step{key: "t", see: []string{"GRADE"}})},
	{name: "blast", cols: 120, rows: 40, png: true, steps: about("watermark", "b", "How far it goes", "What is inside")},
	{name: "access", cols: 120, rows: 40, steps: about("watermark", "a", "Who may", "run commands in it")},
	{name: "network", cols: 160, rows: 44, png: true, steps: about("charge-card", "v", "From where it can be called", "Who may talk to its pods")},
	{name: "secrets", cols: 160, rows: 40, steps: command("secrets", "READERS")},
	{name: "policies", cols: 160, rows: 40, steps: command("policies", "MISSES", "default-deny")},
	{name: "platforms", cols: 170, rows: 24, steps: command("platforms", "WORST FINDING")},
	{name: "stale", cols: 120, rows: 40, cut: true, steps: []step{{see: []string{"▲ stale", "ctrl-r retries"}}}},
	{name: "errors", cols: 120, rows: 40, cut: true, steps: []step{{see: []string{"▲ stale"}}, {key: "!", see: []string{"▸ errors(", "connection refused"}}}},
}

// play presses the keys of a scene, each when the one before has shown its effect.
func (c *scene) play(t *terminal.Terminal) (*terminal.Screen, error) {
	screen := t.Screen()
	for _, s := range c.steps {
		if s.key != "" {
			if err := t.Send(s.key); err != nil {
				return nil, err
			}
		}
		see := s.see
		if s.text != "" {
			prompt := func(now *terminal.Screen) bool { return strings.HasPrefix(now.Line(now.Rows-1), s.key) }
			if _, err := t.WaitFor("prompt", patience, prompt); err != nil {
				return nil, err
			}
			if err := t.Type(s.text); err != nil {
				return nil, err
			}
			see = append(see[:len(see):len(see)], s.key+s.text)
		}
		var err error
		if screen, err = t.WaitText(patience, see...); err != nil {
			return nil, err
		}
	}
	return screen, nil
}

// through starts a relay to the cluster's API server.
func (s *studio) through(ctx context.Context) (*relay.Relay, error) {
	var info struct {
		Server string `json:"server"`
	}
	data, err := os.ReadFile(filepath.Join(s.cluster, "cluster.json"))
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
