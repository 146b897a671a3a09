package framework

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
)

const fnServerImage = "fnproject/fnserver"

// fnNode is a container of a server of Fn, and what it does: api, lb, pure-runner, or everything.
type fnNode struct {
	*part
	*corev1.Container
	role string
}

const fullNode = "full"

// fnNodes lists the containers of the judged server.
func fnNodes(e *check.Eval) (p Platform, nodes []fnNode, ok bool) {
	p, ok = planeOf(e, fnProject, noFn)
	if !ok {
		return p, nil, false
	}
	all := parts(e.Reader, &p)
	for i := range all {
		for j := range all[i].Spec.Containers {
			c := &all[i].Spec.Containers[j]
			kind := env(c, "FN_NODE_TYPE")
			if !kind.Set && !isFnServer(c.Image) {
				continue
			}
			role := fullNode
			if kind.Is("api", "lb", "pure-runner") {
				role = kind.Value
			}
			nodes = append(nodes, fnNode{&all[i], c, role})
		}
	}
	if len(nodes) == 0 {
		e.Need(deploymentKind, p.Namespace)
	}
	return p, nodes, true
}

// isFnServer compares whole segments of the image's path: mirrors put their own before it.
func isFnServer(image string) bool {
	i := strings.LastIndex(image, fnServerImage)
	if i < 0 || i > 0 && image[i-1] != '/' {
		return false
	}
	rest := image[i+len(fnServerImage):]
	return rest == "" || rest[0] == ':' || rest[0] == '@'
}

// runs reports whether functions run inside the container.
func (n *fnNode) runs() bool { return n.role == "pure-runner" || n.role == fullNode }

// apiPort is where the container answers its API.
func (n *fnNode) apiPort() int32 {
	if s := env(n.Container, "FN_PORT"); s.Set && !s.Hidden {
		if port, ok := portOf(s.Value); ok {
			return port
		}
	}
	for _, port := range n.Ports {
		if port.Name == "api" || n.role == "api" && len(n.Ports) == 1 {
			return port.ContainerPort
		}
	}
	if n.role == "api" {
		return 80
	}
	return 8080
}

func portOf(text string) (int32, bool) {
	n := int32(0)
	for _, r := range text {
		if r < '0' || r > '9' || n > 6553 {
			return 0, false
		}
		n = n*10 + (r - '0')
	}
	return n, n > 0
}

// checkFnLogin is FW-FN-01.
func checkFnLogin(e *check.Eval) {
	p, nodes, ok := fnNodes(e)
	if !ok {
		return
	}
	for i := range nodes {
		n := &nodes[i]
		if n.role != "api" && n.role != fullNode {
			continue
		}
		way, open := leadsTo(e, &p, n.part, itoa(int(n.apiPort())))
		if !open {
			c := into(e, n.part, n.apiPort())
			if c.undecided(e, n.part); !c.open() {
				continue
			}
			way = "; " + c.who + " reaches it"
		}
		f := e.Failf(n.at(n.Container, ""), "the API asks for no login: whoever reaches port %d creates and replaces functions and reads all configuration, and nothing records it%s", n.apiPort(), way)
		if !open {
			f.As(check.High)
		}
	}
}

// checkFnDocker is FW-FN-02.
func checkFnDocker(e *check.Eval) {
	_, nodes, ok := fnNodes(e)
	if !ok {
		return
	}
	for i := range nodes {
		n := &nodes[i]
		if !n.runs() || !privileged(n.Container) || len(n.Command) > 0 {
			continue
		}
		c := anybodyInto(e, n.part, 2375)
		if c.undecided(e, n.part); c.open() {
			e.Failf(n.at(n.Container, "command"), "the image starts a Docker daemon that listens on port 2375 without a login, in a privileged container: %s gets root on the node through it", c.who)
			continue
		}
		c = anybodyInto(e, n.part, 9191)
		if c.undecided(e, n.part); c.open() {
			e.Failf(n.at(n.Container, ""), "%s reaches the runner's port 9191, which asks for no login: it runs any image in a privileged container", c.who).As(check.High)
		}
	}
}

// checkFnSandbox is FW-FN-03.
func checkFnSandbox(e *check.Eval) {
	_, nodes, ok := fnNodes(e)
	if !ok {
		return
	}
	for i := range nodes {
		n := &nodes[i]
		if !n.runs() {
			continue
		}
		for _, s := range []struct {
			name, words string
			severity    check.Severity
		}{
			{"FN_DISABLE_UNPRIVILEGED_CONTAINERS", "functions run as the user that their image names, with all capabilities, inside a privileged pod", check.High},
			{"FN_DISABLE_READONLY_ROOTFS", "functions may write to their root file system", check.Medium},
		} {
			switch v := env(n.Container, s.name); {
			case v.Set && v.Hidden:
				e.Undecided(n.envAt(n.Container, s.name), "whether the sandbox of functions is lowered is set by another object ("+s.name+")")
			case v.Set && isOn(v.Value):
				e.Fail(n.envAt(n.Container, s.name), s.words).As(s.severity)
			}
		}
	}
}

// isOn reads a switch as Fn does: strconv.ParseBool.
func isOn(v string) bool {
	switch v {
	case "1", "t", "T", "true", "TRUE", "True":
		return true
	}
	return false
}

// checkFnStores is FW-FN-06.
func checkFnStores(e *check.Eval) {
	p, nodes, ok := fnNodes(e)
	if !ok {
		return
	}
	published := func(w *part, c caller) {
		for i := range w.Spec.Containers {
			for _, v := range w.Spec.Containers[i].Env {
				if from := v.ValueFrom; from != nil && from.SecretKeyRef != nil {
					checkPublished(e, w.Namespace, from.SecretKeyRef.Name, func(f *check.Finding) {
						if !c.open() {
							f.As(check.Medium)
						}
					})
					return
				}
			}
		}
	}
	for _, w := range storesIn(e, &p, "redis") {
		if asksPassword(&w) {
			continue
		}
		c := runnersInto(e, nodes, &w, 6379)
		if c.undecided(e, &w); c.open() {
			e.Failf(check.At{Object: w.Ref, Path: w.path}, "%s asks for no password, and every function reaches it through its runner", w.Name)
		} else {
			e.Failf(check.At{Object: w.Ref, Path: w.path}, "%s asks for no password", w.Name).As(check.Medium)
		}
	}
	for _, w := range storesIn(e, &p, "mysql") {
		c := runnersInto(e, nodes, &w, 3306)
		c.undecided(e, &w)
		published(&w, c)
	}
}

// storesIn lists the workloads beside the server that are a store: by the end of their name, or of the label app.
func storesIn(e *check.Eval, p *Platform, suffix string) []part {
	var found []part
	for _, kind := range workloadKinds[:2] {
		for _, o := range e.List(kind, p.Namespace) {
			t, ok := templateOf(o)
			h := o.Head()
			if ok && (strings.HasSuffix(h.Name, "-"+suffix) || h.Name == suffix || strings.HasSuffix(t.Labels.Get("app"), suffix)) {
				found = append(found, part{Ref: h.Ref, PodTemplate: t, path: "spec.template.spec"})
			}
		}
	}
	return found
}

// runnersInto answers whether a container in which functions run reaches a port.
func runnersInto(e *check.Eval, nodes []fnNode, w *part, port int32) caller {
	worst := caller{}
	for i := range nodes {
		if !nodes[i].runs() {
			continue
		}
		c := flow(e, nodes[i].part, w, port)
		if c.heavier(worst) {
			worst = c
		}
	}
	return worst
}

// asksPassword reports whether a Redis is told a password, by argument, environment or a file.
func asksPassword(w *part) bool {
	for i := range w.Spec.Containers {
		c := &w.Spec.Containers[i]
		line := strings.Join(c.Command, " ") + " " + strings.Join(c.Args, " ")
		if strings.Contains(line, "requirepass") || strings.Contains(line, ".conf") {
			return true
		}
		for j := range c.Env {
			name := strings.ToUpper(c.Env[j].Name)
			if strings.HasPrefix(name, "REDIS_") && strings.Contains(name, "PASSWORD") && !strings.HasPrefix(name, "REDIS_ALLOW") && name != "ALLOW_EMPTY_PASSWORD" {
				return true
			}
		}
	}
	return false
}
