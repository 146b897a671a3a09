package framework

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// funcKind is what the operator of Knative's func builds functions from.
var funcKind = schema.GroupKind{Group: "functions.dev", Kind: "Function"}

// funcFacts are kept of a Function whose registry is trusted blindly: the name of what it deploys, and the registry.
type funcFacts struct{ name, registry string }

func decodeFunc(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Registry struct {
				Path     string
				Insecure bool
			}
		}
		Status struct{ Name string }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	if !o.Spec.Registry.Insecure {
		return nil, nil
	}
	return &funcFacts{name: short(orElse(o.Status.Name, raw.Header.Name)), registry: short(o.Spec.Registry.Path)}, nil
}

// trusting lists the Functions of a namespace whose registry is trusted blindly, by what they deploy.
var trusting = snapshot.NewQuery("func functions without a check of the registry", func(r *snapshot.Reader, namespace string) map[string]model.Ref {
	all := map[string]model.Ref{}
	for _, o := range r.List(funcKind, namespace) {
		if f, ok := snapshot.FactsOf[*funcFacts](o, reader); ok {
			all[f.name] = o.Head().Ref
		}
	}
	return all
}, nil)

// insecure returns the flags that switch checks of certificates off.
func insecure(flags []string) []string {
	var found []string
	for _, f := range flags[:min(len(flags), 256)] {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if (strings.HasPrefix(name, "insecure") || strings.HasPrefix(name, "skip-tls-verify")) && value != "false" && len(found) < 16 {
			found = append(found, short(f))
		}
	}
	return found
}

// outside reports whether the registry of an image is reached through a foreign network.
func outside(image string) bool {
	host, _, found := strings.Cut(image, "/")
	if !found || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return image != "" // a name without registry is one of Docker Hub
	}
	host, _, _ = strings.Cut(host, ":")
	if a, err := netip.ParseAddr(host); err == nil {
		return !a.IsPrivate() && !a.IsLoopback()
	}
	return host != "localhost" && !inCluster(host)
}

// destinationOf returns where a build pushes to, empty when its arguments do not say so.
func destinationOf(args []string) string {
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, "--destination="); ok {
			return value
		}
		if a == "--destination" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// checkTransport is FW-GE-11 of a function.
func checkTransport(e *check.Eval) {
	for i := range e.F.Templates {
		t := &e.F.Templates[i]
		if t.Role != model.Build || t.Spec == nil {
			continue
		}
		p := part{Ref: t.Origin.Ref, PodTemplate: t.PodTemplate, path: "spec.template.spec"}
		reportBuild(e, &p)
	}
	switch e.F.Key.Framework {
	case nuclio:
		f, ok := snapshot.FactsOf[*nuclioFunction](e.Get(e.F.Object), reader)
		if ok && len(f.insecureFlags) > 0 {
			reportTransport(e, check.At{Object: e.F.Object, Path: "spec.build.flags", Value: strings.Join(f.insecureFlags, " ")}, f.registry)
		}
	case knative:
		e.Need(funcKind, e.F.Key.Namespace)
		ref := trusting.Get(e.Reader, e.F.Key.Namespace)[e.F.Key.Name]
		if f, ok := snapshot.FactsOf[*funcFacts](e.Get(ref), reader); ok {
			reportTransport(e, check.At{Object: ref, Path: "spec.registry.insecure", Value: "true"}, f.registry)
		}
	}
}

func reportTransport(e *check.Eval, at check.At, registry string) {
	f := e.Fail(at, "images are pushed or pulled without a check of the registry's certificate")
	if registry != "" && outside(registry+"/") {
		f.As(check.High)
	}
}

// reportBuild fails for the containers of a build that check no certificate.
func reportBuild(e *check.Eval, p *part) {
	for _, list := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for i := range list {
			c := &list[i]
			line := slices.Concat(c.Command, c.Args)
			if flags := insecure(line); len(flags) > 0 {
				at := p.at(c, lineOf(c))
				at.Value = strings.Join(flags, " ")
				reportTransport(e, at, destinationOf(line))
			}
			if c.Name == "fetch-bundle" && slices.ContainsFunc(line, func(a string) bool { return strings.Contains(a, "http://") }) {
				e.Fail(p.at(c, lineOf(c)), "the build fetches its input over plain HTTP")
			}
		}
	}
}

// lineOf names the field that holds what the container runs.
func lineOf(c *corev1.Container) string {
	if len(c.Args) == 0 {
		return "command"
	}
	return "args"
}

// checkPlatformTransport is FW-GE-11 of a control plane.
func checkPlatformTransport(e *check.Eval) {
	p := PlatformOf.Get(e.Reader, e.Subject)
	switch p.Framework {
	case kubeless:
		ref := model.Ref{Kind: configMapKind.Kind, Namespace: p.Namespace, Name: "kubeless-config"}
		if f, ok := snapshot.FactsOf[*configFacts](e.Get(ref), reader); ok && f.noRegistryTLS {
			reportTransport(e, check.At{Object: ref, Path: "data[function-registry-tls-verify]", Value: "false"}, "")
		}
	case nuclio:
		for _, w := range partsWith(e.Reader, &p, "nuclio.io/app", "dashboard") {
			transportSetting(e, &w, "NUCLIO_KANIKO_INSECURE_PUSH_REGISTRY", func(v string) bool { return v == "true" })
		}
		for _, o := range e.List(jobKind, p.Namespace) {
			if t, ok := templateOf(o); ok && strings.HasPrefix(o.Head().Name, "nuclio-kanikojob") {
				reportBuild(e, &part{Ref: o.Head().Ref, PodTemplate: t, path: "spec.template.spec"})
			}
		}
	case fission:
		for _, w := range partsWith(e.Reader, &p, "svc", "executor") {
			transportSetting(e, &w, "FETCHER_ALLOW_INSECURE_REGISTRIES", func(v string) bool { return v != "" })
		}
	default:
		e.NA("it builds no images, or each function says how")
	}
}

func transportSetting(e *check.Eval, w *part, name string, on func(string) bool) {
	for i := range w.Spec.Containers {
		c := &w.Spec.Containers[i]
		s := env(c, name)
		switch {
		case s.Set && s.Hidden:
			e.Undecided(w.envAt(c, name), "whether registries are trusted without a check is set by another object ("+name+")")
		case s.Set && on(s.Value):
			reportTransport(e, w.envAt(c, name), "")
		}
	}
}
