package offline_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security"
)

// writeFunctions writes manifests of n functions, about four objects each, in files of a hundred.
func writeFunctions(t testing.TB, n int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	var b bytes.Buffer
	for i := range n {
		name, ns := fmt.Sprintf("fn-%05d", i), fmt.Sprintf("team-%03d", i%100)
		fmt.Fprintf(&b, function, name, ns, i)
		if i%100 == 99 || i == n-1 {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".yaml"), b.Bytes(), 0o600))
			b.Reset()
		}
	}
	return folder
}

const function = `---
apiVersion: openfaas.com/v1
kind: Function
metadata:
  name: %[1]s
  namespace: %[2]s
  labels:
    app.kubernetes.io/name: %[1]s
    app.kubernetes.io/part-of: shop
spec:
  name: %[1]s
  image: registry.example.com/%[2]s/%[1]s:1.%[3]d
  handler: node index.js
  environment:
    write_debug: "false"
    LOG_LEVEL: info
    UPSTREAM: http://gateway.openfaas.svc:8080
  secrets:
    - %[1]s-credentials
  limits:
    cpu: 200m
    memory: 128Mi
  requests:
    cpu: 20m
    memory: 64Mi
  annotations:
    com.openfaas.health.http.path: /healthz
  readOnlyRootFilesystem: true
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  namespace: %[2]s
  labels:
    faas_function: %[1]s
    app.kubernetes.io/name: %[1]s
  annotations:
    deployment.kubernetes.io/revision: "3"
    prometheus.io.scrape: "false"
  ownerReferences:
    - apiVersion: openfaas.com/v1
      kind: Function
      name: %[1]s
      uid: 0038c832-4c4c-4842-8269-%012[3]d
      controller: true
      blockOwnerDeletion: true
spec:
  replicas: 2
  revisionHistoryLimit: 10
  progressDeadlineSeconds: 600
  selector:
    matchLabels:
      faas_function: %[1]s
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%%
      maxUnavailable: 0
  template:
    metadata:
      labels:
        faas_function: %[1]s
        app.kubernetes.io/name: %[1]s
        uid: "%[3]d"
      annotations:
        prometheus.io.scrape: "false"
    spec:
      serviceAccountName: %[1]s
      automountServiceAccountToken: true
      terminationGracePeriodSeconds: 30
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext:
        fsGroup: 1000
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: %[1]s
          image: registry.example.com/%[2]s/%[1]s:1.%[3]d
          imagePullPolicy: Always
          command: ["node", "index.js"]
          args: ["--port", "8080", "--name", %[1]s]
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
          env:
            - name: fprocess
              value: node index.js
            - name: write_debug
              value: "false"
            - name: LOG_LEVEL
              value: info
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  apiVersion: v1
                  fieldPath: metadata.name
            - name: API_TOKEN
              valueFrom:
                secretKeyRef:
                  name: %[1]s-credentials
                  key: token
            - name: UPSTREAM
              value: http://gateway.openfaas.svc:8080/function/%[1]s
          resources:
            limits:
              cpu: 200m
              memory: 128Mi
            requests:
              cpu: 20m
              memory: 64Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
              scheme: HTTP
            initialDelaySeconds: 2
            timeoutSeconds: 1
            periodSeconds: 10
            successThreshold: 1
            failureThreshold: 3
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8080
              scheme: HTTP
            initialDelaySeconds: 2
            timeoutSeconds: 1
            periodSeconds: 10
            successThreshold: 1
            failureThreshold: 3
          securityContext:
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities:
              drop:
                - ALL
          terminationMessagePath: /dev/termination-log
          terminationMessagePolicy: File
          volumeMounts:
            - name: temp
              mountPath: /tmp
            - name: credentials
              mountPath: /var/openfaas/secrets
              readOnly: true
      volumes:
        - name: temp
          emptyDir: {}
        - name: credentials
          projected:
            sources:
              - secret:
                  name: %[1]s-credentials
---
apiVersion: v1
kind: Service
metadata:
  name: %[1]s
  namespace: %[2]s
  labels:
    app.kubernetes.io/name: %[1]s
spec:
  type: ClusterIP
  selector:
    faas_function: %[1]s
  ports:
    - name: http
      port: 8080
      targetPort: http
      protocol: TCP
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: %[1]s
  namespace: %[2]s
automountServiceAccountToken: false
`

// BenchmarkLoad reads and builds ten thousand functions: what `fn9s scan -f` does before it judges.
func BenchmarkLoad(b *testing.B) {
	folder := writeFunctions(b, 10_000)
	runtime.GC()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // forget the peak so far, where the system can
	b.ReportAllocs()
	var read, build time.Duration
	for b.Loop() {
		start := time.Now()
		docs, problems := manifest.Paths([]string{folder}, nil)
		require.Empty(b, problems)
		read += time.Since(start)
		start = time.Now()
		w, problems := offline.Load(all.BuiltIn(), security.Kinds(), docs)
		require.Empty(b, problems)
		build += time.Since(start)
		require.Len(b, w.Functions(""), 10_000)
		runtime.KeepAlive(w)
	}
	b.ReportMetric(read.Seconds()/float64(b.N), "s-read/op")
	b.ReportMetric(build.Seconds()/float64(b.N), "s-build/op")
	b.ReportMetric(processor(b).Seconds()/float64(b.N), "s-cpu/op")
	b.ReportMetric(peak(b), "peak-MiB")
}

// processor is the time that the process had on processors, its preparation included: on a busy machine the clock tells
// little.
func processor(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that the process ever held, where the system tells.
func peak(tb testing.TB) float64 {
	tb.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}
