package framework

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// installer is the container that installs packages when a function of Kubeless starts.
type installer struct {
	at         check.At
	image      string
	credential bool // its environment holds one
}

// installers lists them. Judging literals takes time: it is done once.
var installers = snapshot.NewQuery("containers that install packages", func(r *snapshot.Reader, key model.FunctionKey) []installer {
	f := r.Function(key)
	if f == nil {
		return nil
	}
	var all []installer
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Role != model.Run || t.Spec == nil {
			continue
		}
		w := part{Ref: t.Origin.Ref, PodTemplate: t.PodTemplate, path: "spec.template.spec"}
		for j := range t.Spec.InitContainers {
			if c := &t.Spec.InitContainers[j]; c.Name == "install" || c.Name == "compile" {
				all = append(all, installer{w.at(c, ""), c.Image, holdsCredential(c)})
			}
		}
	}
	return all
}, nil).Passing()

func holdsCredential(c *corev1.Container) bool {
	for i := range c.Env {
		e := &c.Env[i]
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil || e.Value != "" && detect.Literal(e.Name, e.Value, nil) != "" {
			return true
		}
	}
	for i := range c.EnvFrom {
		if c.EnvFrom[i].SecretRef != nil {
			return true
		}
	}
	return false
}

// checkKubelessInstall is FW-KL-04.
func checkKubelessInstall(e *check.Eval) {
	f, ok := kubelessFacts(e)
	if !ok {
		return
	}
	if f.own {
		e.NA("it runs an image of its own, which holds its packages")
		return
	}
	found := installers.Get(e.Reader, e.F.Key)
	if len(found) == 0 {
		if f.installs && len(e.F.Templates) == 0 {
			e.Failf(check.At{Object: e.F.Object, Path: "spec.deps"}, "packages will be installed from the internet at every start%s", f.floating())
		}
		return
	}
	for i := range found {
		c := &found[i]
		at := c.at
		at.Path, at.Fixed, at.Value = at.Path+".image", at.Fixed+".image", c.image
		with := ""
		if c.credential {
			with = ", with the credentials of the function in the environment"
		}
		finding := e.Failf(at, "packages are installed from the internet at every start, by image %s%s%s", c.image, with, f.floating())
		if c.credential && len(f.loose) > 0 {
			finding.As(check.High)
		}
	}
}

func (f *kubelessFunction) floating() string {
	if len(f.loose) == 0 {
		return ""
	}
	return "; without an exact version: " + strings.Join(f.loose, ", ")
}
