package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// manifestOf is a function as its framework leaves it: its object, its workload, its Service and its account.
const manifestOf = `---
apiVersion: openfaas.com/v1
kind: Function
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  name: %[1]s
  image: registry.example.com/%[2]s/%[1]s:1.2.3
  handler: node index.js
  environment: {LOG_LEVEL: info, UPSTREAM: "http://gateway.openfaas.svc:8080"}
  secrets: [%[1]s-credentials]
  limits: {cpu: 200m, memory: 128Mi}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  namespace: %[2]s
  labels: {faas_function: %[1]s}
  ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: %[1]s, uid: 0038c832-4c4c-4842-8269-000000000000, controller: true}]
spec:
  replicas: 2
  selector: {matchLabels: {faas_function: %[1]s}}
  template:
    metadata: {labels: {faas_function: %[1]s}}
    spec:
      serviceAccountName: %[1]s
      containers:
        - name: %[1]s
          image: registry.example.com/%[2]s/%[1]s:1.2.3
          ports: [{name: http, containerPort: 8080}]
          env:
            - {name: fprocess, value: node index.js}
            - name: API_TOKEN
              valueFrom: {secretKeyRef: {name: %[1]s-credentials, key: token}}
          resources: {limits: {cpu: 200m, memory: 128Mi}, requests: {cpu: 20m, memory: 64Mi}}
          securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: %[2]s}
spec: {selector: {faas_function: %[1]s}, ports: [{name: http, port: 8080, targetPort: http}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: %[1]s, namespace: %[2]s}
automountServiceAccountToken: false
`

// measureScan judges manifests.
func measureScan(ctx context.Context, b *bench) error {
	folder := filepath.Join(b.home, "manifests")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("write manifests: %w", err)
	}
	var text strings.Builder
	for i := range b.functions {
		fmt.Fprintf(&text, manifestOf, fmt.Sprintf("fn-%05d", i), fmt.Sprintf("team-%03d", i%100))
		if i%100 == 99 || i == b.functions-1 {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.yaml", i)), []byte(text.String()), 0o600); err != nil {
				return fmt.Errorf("write manifests: %w", err)
			}
			text.Reset()
		}
	}
	var took []time.Duration
	peak := 0.0
	for range rounds {
		c := exec.CommandContext(ctx, b.fn9s, "scan", "-f", folder, "-o", "json", "--fail-on", "none")
		c.Env = environment(b.home)
		began := time.Now()
		if err := c.Run(); err != nil {
			return fmt.Errorf("fn9s scan: %w", err)
		}
		took = append(took, time.Since(began))
		if usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = max(peak, float64(usage.Maxrss)/1024)
		}
	}
	b.report.duration(fmt.Sprintf("scan of %d functions in manifests, median of 3", b.functions), percentile(took, 50), 3*time.Second)
	b.report.number("memory of that scan at its peak", "%.0f MiB", peak, 500)
	return nil
}
