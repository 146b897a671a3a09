package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	deployed  = 200
	tightened = 500
	workplace = "figures" // a namespace of the changes' own
)

// measureChanges measures how long many functions take to be deployed, and to be tightened, in one plan each.
func measureChanges(ctx context.Context, b *bench) error {
	if err := b.workplace(ctx); err != nil {
		return err
	}
	defer b.leave()
	stack := filepath.Join(b.home, "stack.yml")
	if err := os.WriteFile(stack, []byte(stackOf(deployed)), 0o600); err != nil {
		return fmt.Errorf("write the functions to deploy: %w", err)
	}
	took, err := b.change(ctx, deployed, "deploy", "-f", stack)
	if err != nil {
		return err
	}
	b.report.duration(fmt.Sprintf("%d functions deployed from one stack.yml", deployed), took, 30*time.Second)
	if err := b.apply(ctx, looseFunctions(tightened)); err != nil {
		return err
	}
	if took, err = b.change(ctx, tightened, "tighten", "--filter", "framework=plain"); err != nil {
		return err
	}
	b.report.duration(fmt.Sprintf("%d functions tightened in one plan", tightened), took, 60*time.Second)
	return nil
}

// stackOf is what faas-cli deploys functions from.
func stackOf(n int) string {
	var s strings.Builder
	s.WriteString("version: 1.0\nprovider: {name: openfaas, gateway: http://127.0.0.1:8080}\nfunctions:\n")
	for i := range n {
		fmt.Fprintf(&s, "  figure-%03d: {image: registry.example.com/figures/f%03d:1.0, environment: {LEVEL: info}}\n", i, i)
	}
	return s.String()
}

// looseFunctions are functions that nothing closes in. None of them runs.
func looseFunctions(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, `apiVersion: apps/v1
kind: Deployment
metadata: {name: loose-%03[1]d, namespace: %[2]s, labels: {fn9s.io/function: "true"}}
spec: {replicas: 0, selector: {matchLabels: {app: loose-%03[1]d}}, template: {metadata: {labels: {app: loose-%03[1]d}},
  spec: {containers: [{name: f, image: "registry.example.com/figures/loose:1.0"}]}}}
---
`, i, workplace)
	}
	return s.String()
}

// change carries a change of at least n objects out, and returns how long the command took.
func (b *bench) change(ctx context.Context, n int, args ...string) (time.Duration, error) {
	args = append(args, "-n", workplace, "--kubeconfig", b.kubeconfig, "--yes", "--wait=false", "-o", "json")
	c := exec.CommandContext(ctx, b.fn9s, args...)
	c.Env = append(os.Environ(), "HOME="+b.home, "XDG_CONFIG_HOME="+b.home, "XDG_STATE_HOME="+b.home)
	var stderr strings.Builder
	c.Stderr = &stderr
	began := time.Now()
	out, err := c.Output()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("fn9s %s: %w: %s", args[0], err, first(stderr.String()))
	}
	var result struct {
		Outcome string
		Steps   []struct{ Outcome string }
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return 0, fmt.Errorf("fn9s %s: %w", args[0], err)
	}
	if result.Outcome != "applied" || len(result.Steps) < n {
		return 0, fmt.Errorf("fn9s %s: %q after %d steps, of at least %d", args[0], result.Outcome, len(result.Steps), n)
	}
	b.report.note("fn9s %s: %d objects", args[0], len(result.Steps))
	return took, nil
}

// first is the beginning of what a command complained of.
func first(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

func (b *bench) workplace(ctx context.Context) error {
	return b.apply(ctx, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+workplace+"}\n")
}

func (b *bench) apply(ctx context.Context, objects string) error {
	c := exec.CommandContext(ctx, b.kubectl, "--kubeconfig", b.kubeconfig, "create", "-f", "-")
	c.Stdin = strings.NewReader(objects)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl create: %w: %s", err, first(string(out)))
	}
	return nil
}

// leave takes the namespace away. The measurement may have been interrupted: it goes all the same.
func (b *bench) leave() {
	c := exec.Command(b.kubectl, "--kubeconfig", b.kubeconfig, "delete", "namespace", workplace, "--wait=false")
	if out, err := c.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "figures: kubectl delete namespace %s: %v: %s\n", workplace, err, out)
	}
}
