package cluster

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// part is one process of the cluster: how it is started, and how one sees that it works.
type part struct {
	name    string
	program string
	args    []string
	env     []string
	salt    string // content of files that the part reads once: a change restarts it
	own     bool   // this program itself, wherever it lies
	probe   func(ctx context.Context) error
}

func (p part) config() string {
	program := p.program
	if p.own {
		program = ownVersion // every build of this program lies elsewhere or differs; that alone is no reason to restart
	}
	sum := sha256.New()
	fmt.Fprintln(sum, program, p.args, p.env, p.salt)
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// ownVersion is raised when the stand-ins or the log writer change what they do, so that running ones are replaced.
const ownVersion = "devcluster 2"

// Names of the parts, in the order in which they start.
const (
	partEtcd              = "etcd"
	partAPIServer         = "kube-apiserver"
	partControllerManager = "kube-controller-manager"
	partScheduler         = "kube-scheduler"
	partKwok              = "kwok"
	partMetricsServer     = "metrics-server"
	partStandIns          = "stand-ins"
	partLogs              = "log-writer"
	partPrometheus        = "prometheus"
)

var partOrder = []string{partEtcd, partAPIServer, partControllerManager, partScheduler, partKwok, partMetricsServer, partStandIns, partLogs, partPrometheus}

func (c *Cluster) parts(s *State, salts map[string]string) map[string]part {
	parts := map[string]part{
		partEtcd:              c.etcd(s),
		partAPIServer:         c.apiServer(s),
		partControllerManager: c.controllerManager(s),
		partScheduler:         c.scheduler(s),
		partKwok:              c.kwok(s),
		partMetricsServer:     c.metricsServer(s),
		partStandIns:          c.ownPart(partStandIns, s, "serve-stand-ins"),
		partLogs:              c.ownPart(partLogs, s, "write-logs"),
		partPrometheus:        c.prometheus(s),
	}
	for name, salt := range salts {
		p := parts[name]
		p.salt = salt
		parts[name] = p
	}
	return parts
}

func (c *Cluster) etcd(s *State) part {
	client, peer := "https://"+address(s.Ports.Etcd), "http://"+address(s.Ports.EtcdPeer)
	return part{name: partEtcd, program: s.Binaries.ControlPlane, args: []string{
		"etcd", "--name=devcluster", "--data-dir=" + c.Path("etcd"),
		"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=devcluster=" + peer,
		"--cert-file=" + c.certPath("etcd"), "--key-file=" + c.keyPath("etcd"),
		"--client-cert-auth", "--trusted-ca-file=" + c.certPath("ca"), // other users of this machine reach loopback too
		"--unsafe-no-fsync", "--quota-backend-bytes=8589934592", "--log-level=warn",
		"--auto-compaction-mode=periodic", "--auto-compaction-retention=10m",
	}, probe: c.httpProbe("https://"+address(s.Ports.Etcd)+"/health", "apiserver-etcd")}
}

func (c *Cluster) apiServer(s *State) part {
	return part{name: partAPIServer, program: s.Binaries.ControlPlane, args: []string{
		"kube-apiserver", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", s.Ports.APIServer),
		"--endpoint-reconciler-type=none", // an endpoint on loopback is refused; nothing runs inside that could use it
		"--etcd-servers=https://" + address(s.Ports.Etcd), "--etcd-cafile=" + c.certPath("ca"),
		"--etcd-certfile=" + c.certPath("apiserver-etcd"), "--etcd-keyfile=" + c.keyPath("apiserver-etcd"),
		"--tls-cert-file=" + c.certPath("apiserver"), "--tls-private-key-file=" + c.keyPath("apiserver"),
		"--client-ca-file=" + c.certPath("ca"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + c.keyPath("service-accounts"), "--service-account-signing-key-file=" + c.keyPath("service-accounts"),
		"--requestheader-client-ca-file=" + c.certPath("front-proxy-ca"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.certPath("front-proxy"), "--proxy-client-key-file=" + c.keyPath("front-proxy"),
		"--kubelet-client-certificate=" + c.certPath("apiserver-kubelet"), "--kubelet-client-key=" + c.keyPath("apiserver-kubelet"),
		"--kubelet-certificate-authority=" + c.certPath("ca"),
		"--kubelet-preferred-address-types=InternalDNS,InternalIP", // nodes have believable addresses; InternalDNS is where KWOK listens
		"--service-cluster-ip-range=10.96.0.0/14", "--authorization-mode=RBAC", "--allow-privileged=true",
		"--enable-priority-and-fairness=false", "--max-requests-inflight=0", "--max-mutating-requests-inflight=0",
		"--profiling=false", "--shutdown-delay-duration=0s", "--v=1",
	}, probe: c.httpProbe(s.Server+"/readyz", "devcluster")}
}

func (c *Cluster) controllerManager(s *State) part {
	args := []string{
		"kube-controller-manager", "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", s.Ports.ControllerManager),
		"--kubeconfig=" + c.Path("pki", "controller-manager.kubeconfig"),
		"--authentication-kubeconfig=" + c.Path("pki", "controller-manager.kubeconfig"),
		"--authorization-kubeconfig=" + c.Path("pki", "controller-manager.kubeconfig"),
		"--tls-cert-file=" + c.certPath("apiserver"), "--tls-private-key-file=" + c.keyPath("apiserver"),
		"--root-ca-file=" + c.certPath("ca"), "--service-account-private-key-file=" + c.keyPath("service-accounts"),
		"--use-service-account-credentials=true", "--leader-elect=false", "--profiling=false",
		"--controllers=*,-nodeipam,-cloud-node-lifecycle,-service-lb-controller",
		"--node-monitor-grace-period=24h", // a busy machine must not evict the pods of nodes that cannot fail
		"--horizontal-pod-autoscaler-sync-period=30s", "--kube-api-qps=2000", "--kube-api-burst=3000", "--v=1",
	}
	for _, kind := range []string{"deployment", "replicaset", "service-endpoint", "statefulset", "gc", "namespace", "serviceaccount-token"} {
		args = append(args, "--concurrent-"+kind+"-syncs=20")
	}
	return part{name: partControllerManager, program: s.Binaries.ControlPlane, args: args,
		probe: c.httpProbe("https://"+address(s.Ports.ControllerManager)+"/healthz", "devcluster")}
}

func (c *Cluster) scheduler(s *State) part {
	return part{name: partScheduler, program: s.Binaries.ControlPlane, args: []string{
		"kube-scheduler", "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", s.Ports.Scheduler),
		"--config=" + c.Path("scheduler.yaml"),
		"--authentication-kubeconfig=" + c.Path("pki", "scheduler.kubeconfig"), "--authorization-kubeconfig=" + c.Path("pki", "scheduler.kubeconfig"),
		"--tls-cert-file=" + c.certPath("apiserver"), "--tls-private-key-file=" + c.keyPath("apiserver"), "--v=1",
	}, probe: c.httpProbe("https://"+address(s.Ports.Scheduler)+"/healthz", "devcluster")}
}

func (c *Cluster) kwok(s *State) part {
	return part{name: partKwok, program: s.Binaries.Kwok, args: []string{
		"--config=" + c.Path("kwok.yaml"), "--kubeconfig=" + c.Path("pki", "kwok-client.kubeconfig"), "--manage-all-nodes=true",
		"--server-address=" + address(s.Ports.Kwok), "--node-ip=127.0.0.1", fmt.Sprintf("--node-port=%d", s.Ports.Kwok), "--cidr=10.244.0.0/14",
		"--tls-cert-file=" + c.certPath("kubelet"), "--tls-private-key-file=" + c.keyPath("kubelet"), "--node-lease-duration-seconds=0", "--v=ERROR", // a lease would keep a restarted KWOK from its nodes until it ends
	}, env: []string{"KWOK_WORKDIR=" + c.Path("kwok")}, probe: c.httpProbe("https://"+address(s.Ports.Kwok)+"/healthz", "devcluster")}
}

func (c *Cluster) metricsServer(s *State) part {
	kubeconfig := c.Path("pki", "metrics-server.kubeconfig")
	return part{name: partMetricsServer, program: s.Binaries.ControlPlane, args: []string{
		"metrics-server", "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", s.Ports.MetricsServer),
		"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--tls-cert-file=" + c.certPath("metrics-server"), "--tls-private-key-file=" + c.keyPath("metrics-server"),
		"--kubelet-preferred-address-types=InternalDNS", "--kubelet-use-node-status-port", "--kubelet-certificate-authority=" + c.certPath("ca"),
		"--metric-resolution=15s",
	}, probe: c.httpProbe("https://"+address(s.Ports.MetricsServer)+"/livez", "devcluster")}
}

// prometheus scrapes what counts the calls of functions.
func (c *Cluster) prometheus(s *State) part {
	listen := address(s.Ports.Prometheus)
	return part{name: partPrometheus, program: s.Binaries.Prometheus, args: []string{
		"--config.file=" + c.Path("prometheus.yaml"), "--storage.tsdb.path=" + c.Path("prometheus"), "--storage.tsdb.retention.time=1d",
		"--web.listen-address=" + listen, "--log.level=warn",
	}, probe: c.httpProbe("http://"+listen+"/-/ready", "")}
}

// ownPart is a background process that this program itself is.
func (c *Cluster) ownPart(name string, s *State, command string) part {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	p := part{name: name, own: true, program: program, args: []string{command, "--name=" + c.Name, "--folder=" + c.Dir + "/"}}
	if name == partStandIns {
		p.probe = c.httpProbe("http://"+address(s.Ports.Fn)+"/", "")
		return p
	}
	p.probe = func(context.Context) error {
		_, err := os.Stat(c.Path("applogs", "ready"))
		return err
	}
	return p
}

// httpProbe asks a health endpoint with one of the cluster's client certificates.
func (c *Cluster) httpProbe(url, user string) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		transport := &http.Transport{DisableKeepAlives: true}
		if user != "" {
			pair, err := tls.LoadX509KeyPair(c.certPath(user), c.keyPath(user))
			if err != nil {
				return fmt.Errorf("read the certificate of %s: %w", user, err)
			}
			// Only the health of a port that this cluster owns is asked; what comes back is not used.
			transport.TLSClientConfig = &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true}
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := (&http.Client{Transport: transport}).Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", strings.TrimPrefix(url, "https://"), response.Status)
		}
		return nil
	}
}
