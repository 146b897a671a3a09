package artifact

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

type kymaJSON struct {
	Spec struct {
		Image  string          `json:"runtimeImageOverride"`
		Source json.RawMessage `json:"source"` // text in older versions
	} `json:"spec"`
}

func kyma(d *declared, o *kymaJSON, _ *model.Header) {
	d.image("spec.runtimeImageOverride", o.Spec.Image, "runs on an image of its own instead of the platform's")
	d.built = o.Spec.Image == ""
	var s struct {
		Git *struct{ URL, Reference string } `json:"gitRepository"`
	}
	if json.Unmarshal(o.Spec.Source, &s) == nil && s.Git != nil {
		d.git("spec.source.gitRepository.url", s.Git.URL, "spec.source.gitRepository.reference", s.Git.Reference, "main")
	}
}

type kubelessJSON struct {
	Spec struct {
		Function   string          `json:"function"`
		Type       string          `json:"function-content-type"`
		Checksum   string          `json:"checksum"`
		Timeout    json.RawMessage `json:"timeout"`
		Deployment struct {
			Spec struct {
				Template struct {
					Spec struct {
						Containers []struct {
							Image string `json:"image"`
						} `json:"containers"`
					} `json:"spec"`
				} `json:"template"`
			} `json:"spec"`
		} `json:"deployment"`
	} `json:"spec"`
}

func kubeless(d *declared, o *kubelessJSON, _ *model.Header) {
	s := &o.Spec
	if strings.HasPrefix(s.Type, "url") {
		d.archive("spec.function", s.Function, s.Checksum, " at every start of a pod")
	}
	if c := s.Deployment.Spec.Template.Spec.Containers; len(c) > 0 {
		d.image("spec.deployment.spec.template.spec.containers[0].image", c[0].Image, "runs on an image of its own instead of the runtime's")
	}
	d.built = len(d.custom) == 0
	d.duration("spec.timeout", s.Timeout)
}

// duration reads seconds, or a duration as Go writes them.
func (d *declared) duration(path string, raw json.RawMessage) {
	text := strings.Trim(string(raw), `"`)
	if text == "" || text == "null" {
		return
	}
	t, err := time.ParseDuration(text)
	if err != nil {
		t, err = time.ParseDuration(text + "s")
	}
	if err == nil {
		d.limit(path, t)
	}
}

type fissionJSON struct {
	Spec struct {
		Environment    refJSON
		Package        struct{ PackageRef refJSON }
		InvokeStrategy struct {
			ExecutionStrategy struct{ ExecutorType string }
		}
		FunctionTimeout *int64
		PodSpec         *struct {
			Containers []struct{ Image string }
		}
	}
}

type refJSON struct{ Namespace, Name string }

func fission(d *declared, o *fissionJSON, h *model.Header) {
	s := &o.Spec
	if s.InvokeStrategy.ExecutionStrategy.ExecutorType == "container" {
		if p := s.PodSpec; p != nil && len(p.Containers) > 0 {
			d.image("spec.podspec.containers[0].image", p.Containers[0].Image, "runs in an image of its own, without an Environment")
		}
	} else {
		d.follow("Environment", s.Environment, h)
		d.follow("Package", s.Package.PackageRef, h)
	}
	if s.FunctionTimeout != nil {
		d.limit("spec.functionTimeout", time.Duration(min(*s.FunctionTimeout, 1<<30))*time.Second)
	}
}

func (d *declared) follow(kind string, r refJSON, h *model.Header) {
	if r.Name == "" {
		return
	}
	if r.Namespace == "" {
		r.Namespace = h.Namespace
	}
	d.next = append(d.next, model.Ref{Group: h.Group, Kind: kind, Namespace: r.Namespace, Name: r.Name})
}

type environmentJSON struct {
	Spec struct {
		Runtime, Builder struct{ Image string }
	}
}

func environment(d *declared, o *environmentJSON, _ *model.Header) {
	for _, of := range []struct{ path, image string }{
		{"spec.runtime.image", o.Spec.Runtime.Image}, {"spec.builder.image", o.Spec.Builder.Image},
	} {
		i, err := Parse(of.image)
		if of.image == "" || err == nil && i.From([]string{"docker.io/fission", "ghcr.io/fission"}) {
			continue
		}
		d.image(of.path, of.image, "the Environment's image is not one of Fission's own")
	}
}

type archiveJSON struct {
	Type, URL string
	Checksum  struct{ Sum string }
	OCI       *struct{ Image, Digest string }
}

type packageJSON struct {
	Spec struct{ Source, Deployment archiveJSON }
}

func code(d *declared, o *packageJSON, _ *model.Header) {
	for _, of := range []struct {
		path string
		*archiveJSON
	}{{"spec.source", &o.Spec.Source}, {"spec.deployment", &o.Spec.Deployment}} {
		// Fission's own storage is addressed by the content's identity.
		if !strings.Contains(of.URL, "storagesvc") {
			d.archive(of.path+".url", of.URL, of.Checksum.Sum, "")
		}
		if of.OCI == nil || of.OCI.Image == "" || of.OCI.Digest != "" {
			continue
		}
		if i, err := Parse(of.OCI.Image); err == nil && i.Digest == "" {
			d.source(of.path+".oci.image", of.OCI.Image, "the package is an image without digest: whoever may push the tag changes the function")
		}
	}
}

type nuclioJSON struct {
	Spec struct {
		Timeout json.RawMessage `json:"eventTimeout"`
		Build   struct {
			Type    string `json:"codeEntryType"`
			Path    string `json:"path"`
			Base    string `json:"baseImage"`
			OnBuild string `json:"onbuildImage"`
			Attrs   struct {
				Branch    string `json:"branch"`
				Tag       string `json:"tag"`
				Reference string `json:"reference"`
				Bucket    string `json:"s3Bucket"`
				Item      string `json:"s3ItemKey"`
			} `json:"codeEntryAttributes"`
		} `json:"build"`
	} `json:"spec"`
}

func nuclio(d *declared, o *nuclioJSON, _ *model.Header) {
	b := &o.Spec.Build
	const attributes = "spec.build.codeEntryAttributes"
	switch b.Type {
	case "git", "github":
		ref := b.Attrs.Reference
		for _, other := range []string{b.Attrs.Tag, b.Attrs.Branch} {
			if ref == "" {
				ref = other
			}
		}
		d.git("spec.build.path", b.Path, attributes, ref, "the default branch")
	case "archive":
		d.archive("spec.build.path", b.Path, "", "")
	case "s3":
		d.source(attributes, b.Attrs.Bucket+"/"+b.Attrs.Item, "the source is an object in a bucket without a checksum: whoever may write it changes the function")
	case "":
		if strings.Contains(b.Path, "://") {
			d.archive("spec.build.path", b.Path, "", "")
		}
	}
	d.image("spec.build.baseImage", b.Base, "built on an image of its own instead of the platform's")
	d.image("spec.build.onbuildImage", b.OnBuild, "built on an image of its own instead of the platform's")
	d.duration("spec.eventTimeout", o.Spec.Timeout)
}

type knativeJSON struct {
	Spec struct {
		Timeout  *int64 `json:"timeoutSeconds"`
		Template struct {
			Spec struct {
				Timeout *int64 `json:"timeoutSeconds"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

func knative(d *declared, o *knativeJSON, h *model.Header) {
	path, seconds := "spec.template.spec.timeoutSeconds", o.Spec.Template.Spec.Timeout
	if h.Kind == revisionKind.Kind {
		path, seconds = "spec.timeoutSeconds", o.Spec.Timeout
	}
	if seconds != nil {
		d.limit(path, time.Duration(min(*seconds, 1<<30))*time.Second)
	}
}

type knativeSourceJSON struct {
	Spec struct {
		Source   struct{ RepositoryURL, Reference string }
		Revision string
	}
	Status struct{ Name string }
}

func knativeSource(d *declared, o *knativeSourceJSON, h *model.Header) {
	s := &o.Spec.Source
	d.deploys = strings.Clone(cmp.Or(o.Status.Name, h.Name))
	d.git("spec.source.repositoryUrl", s.RepositoryURL, "spec.source.reference", s.Reference, "main")
}

type openFunctionJSON struct {
	Spec struct {
		Build *struct {
			Builder string
			SrcRepo struct{ URL, Revision string }
		}
	}
}

func openFunction(d *declared, o *openFunctionJSON, _ *model.Header) {
	if b := o.Spec.Build; b != nil {
		d.image("spec.build.builder", b.Builder, "built by a builder image of its own choice")
		d.git("spec.build.srcRepo.url", b.SrcRepo.URL, "spec.build.srcRepo.revision", b.SrcRepo.Revision, "the default branch")
	}
}
