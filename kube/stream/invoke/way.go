package invoke

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/stream/instance"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

// way is one way that leads to a door.
type way struct {
	way    Way
	client *http.Client
	base   *url.URL // the door
	root   *url.URL // where the paths of its server begin
	shown  string   // the door in words, without what is between
	secret model.Ref
	key    string
	close  func()
}

// ways lists the ways to a door, the one to try first first.
func (c *call) ways(d *plan.Door) []Way {
	_, _, inside := frameworks.ServiceOf(d.URL)
	all := []Way{Proxy, Forward}
	switch {
	case d.Connector || !inside:
		all = []Way{URL}
	case d.NoProxy != "" || d.Host != "" || !c.request.Auth.IsZero() || c.named("Authorization") || c.named("Host"):
		all = []Way{Forward} // the API server's proxy names the pod as the host, and takes credentials away
	}
	if c.request.Via != Any {
		all = slices.DeleteFunc(all, func(w Way) bool { return w != c.request.Via })
		if inside && c.request.Via == Proxy && d.NoProxy == "" && len(all) == 0 {
			all = []Way{Proxy}
		}
	}
	return all
}

func (c *call) named(header string) bool {
	return slices.ContainsFunc(c.request.Headers, func(h Header) bool { return strings.EqualFold(h.Name, header) })
}

// take makes a way ready. The error says why it leads nowhere.
func (c *call) take(ctx context.Context, w Way, d *plan.Door, m *message) (taken *way, err error) {
	switch w {
	case Proxy:
		taken, err = c.byProxy(ctx, d, m)
	case Forward:
		taken, err = c.byForward(ctx, d)
	default:
		return c.byURL(d)
	}
	if err != nil {
		return nil, err
	}
	service, _, _ := frameworks.ServiceOf(d.URL)
	if k, ok := c.caller.connector(c.id); ok && service.Namespace == k.Namespace {
		taken.secret, taken.key = k.Secret, k.Key
	}
	return taken, nil
}

// verbs are those that the API server asks for, by method.
var verbs = map[string]string{http.MethodGet: "get", http.MethodHead: "get", http.MethodOptions: "get", http.MethodPost: "create",
	http.MethodPut: "update", http.MethodPatch: "patch", http.MethodDelete: "delete"}

func (c *call) byProxy(ctx context.Context, d *plan.Door, m *message) (*way, error) {
	service, port, _ := frameworks.ServiceOf(d.URL)
	door, err := url.Parse(d.URL)
	if err != nil {
		return nil, err
	}
	ref := service
	ref.Name += ":" + port
	if err := tunnel.May(ctx, c.client, ref, "proxy", cmp.Or(verbs[m.method], "create")); err != nil {
		return nil, err
	}
	if door.Scheme == "https" {
		ref.Name = "https:" + ref.Name
	}
	root := tunnel.Address(c.client, ref, "proxy")
	base := join(root, door.EscapedPath())
	if door.Path == "" || door.Path == "/" {
		base = join(root, "/") // without it a request with a body is redirected
	}
	base.RawQuery = door.RawQuery
	return &way{way: Proxy, client: plainClient(c.client.HTTP().Transport), base: base, root: root, close: func() {},
		shown: "Service " + service.Namespace + "/" + service.Name + ":" + port + door.EscapedPath()}, nil
}

func plainClient(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (c *call) byForward(ctx context.Context, d *plan.Door) (*way, error) {
	pod, port, err := c.behind(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := tunnel.May(ctx, c.client, pod, "portforward", "create"); err != nil {
		return nil, err
	}
	t, err := tunnel.Open(ctx, c.client, pod)
	if err != nil {
		return nil, err
	}
	door, err := url.Parse(d.URL)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 256 << 10,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return t.Dial(port) }}
	root := &url.URL{Scheme: door.Scheme, Host: door.Host, Path: "/"}
	return &way{way: Forward, client: plainClient(transport), base: door, root: root, close: t.Close,
		shown: fmt.Sprintf("pod %s/%s:%d%s", pod.Namespace, pod.Name, port, door.EscapedPath())}, nil
}

// byURL goes to an address outside, or to that of a connector. The connector's credentials go to its own server and to
// Services of its framework's namespace, and nowhere else: an address that an object names could lead anywhere.
func (c *call) byURL(d *plan.Door) (*way, error) {
	address, w := d.URL, &way{way: URL, close: func() {}}
	k, ok := c.caller.connector(c.id)
	if d.Connector {
		if !ok {
			return nil, fmt.Errorf("no connector of %s is configured for %s", c.id.Framework, c.id.Context)
		}
		address = strings.TrimSuffix(k.URL, "/") + d.URL
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return nil, errors.New("its address cannot be read")
	}
	transport := c.caller.o.Transport
	if ok && k.serves(base) {
		w.secret, w.key = k.Secret, k.Key
		transport = cmp.Or(k.Transport, transport)
	}
	base.User = nil
	w.base, w.root, w.client = base, &url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/"}, plainClient(transport)
	w.shown = base.Scheme + "://" + base.Host + base.EscapedPath()
	return w, nil
}

var (
	serviceAPI = client.API{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "services"}, Kind: "Service"}
	podAPI     = client.API{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "pods"}, Kind: "Pod"}
)

// behind finds a pod behind a door that is ready, and its port.
func (c *call) behind(ctx context.Context, d *plan.Door) (model.Ref, int, error) {
	if d.PodPort != 0 {
		p, err := instance.Best(c.cluster, c.function)
		if err != nil {
			return model.Ref{}, 0, err
		}
		return p.Ref, d.PodPort, nil
	}
	at, port, _ := frameworks.ServiceOf(d.URL)
	raw, err := c.client.Get(ctx, client.Query{API: serviceAPI, Namespace: at.Namespace}, at.Name)
	if err != nil {
		return model.Ref{}, 0, err
	}
	var s corev1.Service
	if err := json.Unmarshal(raw, &s); err != nil {
		return model.Ref{}, 0, fmt.Errorf("read Service %s/%s: %w", at.Namespace, at.Name, err)
	}
	if len(s.Spec.Selector) == 0 {
		return model.Ref{}, 0, fmt.Errorf("read the pods of Service %s/%s: it selects none", at.Namespace, at.Name)
	}
	raw, err = c.client.ListRaw(ctx, client.Query{API: podAPI, Namespace: at.Namespace, Labels: labels.Set(s.Spec.Selector).String()}, 100, "")
	if err != nil {
		return model.Ref{}, 0, err
	}
	var pods corev1.PodList
	if err := json.Unmarshal(raw, &pods); err != nil {
		return model.Ref{}, 0, fmt.Errorf("read the pods of Service %s/%s: %w", at.Namespace, at.Name, err)
	}
	for i := range pods.Items {
		p := &pods.Items[i]
		if n := portOf(&s, p, port); n > 0 && ready(p) {
			return model.Ref{Kind: "Pod", Namespace: p.Namespace, Name: p.Name}, n, nil
		}
	}
	return model.Ref{}, 0, fmt.Errorf("no pod behind Service %s/%s port %s is ready", at.Namespace, at.Name, port)
}

func ready(p *corev1.Pod) bool {
	return p.DeletionTimestamp == nil && p.Status.Phase == corev1.PodRunning &&
		slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
}

// portOf is the port of a pod behind one of a Service.
func portOf(s *corev1.Service, p *corev1.Pod, port string) int {
	for i := range s.Spec.Ports {
		sp := &s.Spec.Ports[i]
		if port != sp.Name && port != strconv.Itoa(int(sp.Port)) {
			continue
		}
		if n := sp.TargetPort.IntValue(); n > 0 {
			return n
		}
		for j := range p.Spec.Containers {
			for _, cp := range p.Spec.Containers[j].Ports {
				if cp.Name == sp.TargetPort.StrVal && cp.Name != "" {
					return int(cp.ContainerPort)
				}
			}
		}
		return int(sp.Port)
	}
	return 0
}

// Outside returns a transport for addresses outside of a cluster.
func Outside() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 256 << 10, DisableKeepAlives: true, ForceAttemptHTTP2: true,
	}
}
