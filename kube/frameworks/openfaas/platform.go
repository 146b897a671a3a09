package openfaas

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// The shapes of an installation.
const (
	shapeCE       = "ce"
	shapeOperator = "operator"
	shapePro      = "pro"
)

// gateway is one installation of OpenFaaS, as its Deployment tells.
type gateway struct {
	ref       model.Ref
	release   string
	version   string
	shape     string
	operator  bool   // reads Function resources
	functions string // namespace of functions
	anywhere  bool   // serves other namespaces too
	async     bool
	running   bool
	nonRoot   bool // gives containers a user of their own
	probes    bool // by HTTP
}

// gateways lists the installations that can be seen.
func gateways(x frameworks.Index) []gateway {
	var all []gateway
	for _, w := range frameworks.Typed[*model.Workload](x.Labelled(frameworks.Deployment, "", componentLabel, "gateway")) {
		if g, ok := readGateway(w); ok {
			all = append(all, g)
		}
	}
	return all
}

func readGateway(w *model.Workload) (gateway, bool) {
	g := gateway{ref: w.Ref, release: w.Labels.Get("release"), running: w.Ready > 0}
	if w.Template.Spec == nil {
		return g, false
	}
	isGateway := false
	for i := range w.Template.Spec.Containers {
		c := &w.Template.Spec.Containers[i]
		switch c.Name {
		case "gateway":
			isGateway = true
			g.functions, _ = frameworks.EnvValue(c, "function_namespace")
			_, g.async = frameworks.EnvValue(c, "faas_nats_address")
		case "faas-netes", "operator":
			g.operator = c.Name == "operator"
			g.version = frameworks.Text(frameworks.ImageTag(c.Image))
			wide, _ := frameworks.EnvValue(c, "cluster_role")
			g.anywhere = wide == "true"
			user, _ := frameworks.EnvValue(c, "set_nonroot_user")
			probes, _ := frameworks.EnvValue(c, "http_probe")
			g.nonRoot, g.probes = user == "true", probes != "false"
			switch {
			case strings.Contains(c.Image, "openfaasltd/"):
				g.shape = shapePro
			case g.operator:
				g.shape = shapeOperator
			default:
				g.shape = shapeCE
			}
		}
	}
	return g, isGateway && g.shape != ""
}

// serving returns the installation that acts on functions of the namespace; declared says whether they are
// Function resources. Nil when none is seen that does.
func serving(all []gateway, namespace string, declared bool) *gateway {
	var wide *gateway
	for i := range all {
		g := &all[i]
		switch {
		case g.operator != declared:
		case g.functions == namespace:
			return g
		case g.anywhere && g.shape != shapeCE && wide == nil:
			wide = g
		}
	}
	return wide
}

func (g *gateway) platform() model.Platform {
	if g == nil {
		return model.Platform{}
	}
	return model.Platform{Namespace: g.ref.Namespace, Release: g.release, Version: g.version, Shape: g.shape}
}

// path is that of a function behind the gateway.
func (g *gateway) path(name, namespace string) string {
	if namespace == g.functions {
		return "/function/" + name
	}
	return "/function/" + name + "." + namespace
}
