package tighten

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/artifact"
	"github.com/fn9s/fn9s/security/model"
)

// What containers get that ask for nothing.
var (
	defaultMemory  = resource.MustParse("256Mi")
	defaultCPU     = resource.MustParse("500m")
	defaultAsked   = resource.MustParse("50m")
	defaultStorage = resource.MustParse("1Gi")
)

// platform are containers that meshes and platforms add: what they use is not the function's to say.
var platform = []string{"queue-proxy", "fetcher", "istio-proxy", "linkerd-proxy", "daprd", "vault-agent"}

func limits(e *podEdit) {
	for _, b := range e.boxes() {
		if b.list != "containers" || b.Name != e.main && slices.Contains(platform, b.Name) {
			continue
		}
		var given []string
		limit := func(name corev1.ResourceName, standard resource.Quantity) {
			if has(b.Resources.Limits, name) {
				return
			}
			if asked, ok := b.Resources.Requests[name]; ok && asked.Sign() > 0 {
				asked.Add(asked)
				if asked.Cmp(standard) > 0 {
					standard = asked
				}
			}
			e.set(b.at("resources.limits")+"."+string(name), standard.String())
			given = append(given, string(name)+" "+standard.String())
		}
		limit(corev1.ResourceMemory, defaultMemory)
		limit(corev1.ResourceCPU, defaultCPU)
		limit(corev1.ResourceEphemeralStorage, defaultStorage)
		if !has(b.Resources.Requests, corev1.ResourceCPU) && !has(b.Resources.Limits, corev1.ResourceCPU) {
			e.set(b.at("resources.requests.cpu"), defaultAsked.String())
		}
		if len(given) > 0 {
			e.ask(b.Name + " is limited to " + strings.Join(given, ", ") + ": nothing tells what it uses")
		}
	}
	e.volumes()
}

// volumes bounds the folders on the node's disk.
func (e *podEdit) volumes() {
	for i := range e.spec.Volumes {
		v := &e.spec.Volumes[i]
		if v.EmptyDir != nil && v.EmptyDir.SizeLimit == nil && v.EmptyDir.Medium != corev1.StorageMediumMemory {
			e.set(plan.Named("spec.volumes", v.Name)+".emptyDir.sizeLimit", defaultStorage.String())
		}
	}
}

func has(list corev1.ResourceList, name corev1.ResourceName) bool {
	q, ok := list[name]
	return ok && q.Sign() > 0
}

func pullPolicy(e *podEdit) {
	for _, b := range e.boxes() {
		image, err := artifact.Parse(b.Image)
		if err == nil && image.Mutable() && b.ImagePullPolicy != "" && b.ImagePullPolicy != corev1.PullAlways {
			e.set(b.at("imagePullPolicy"), string(corev1.PullAlways))
		}
	}
}

func pinImage(e *podEdit) {
	for _, b := range e.boxes() {
		image, err := artifact.Parse(b.Image)
		if err != nil || image.Digest != "" || b.Name != e.main && slices.Contains(platform, b.Name) {
			continue
		}
		digest, why := e.q.running(&b)
		if digest == "" {
			e.none = why
			continue
		}
		name := b.Image
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			name = name[:i]
		}
		e.set(b.at("image"), name+"@"+digest)
	}
}

// running returns the digest that all pods of the function run in a container, or why there is none.
func (q *asked) running(b *box) (digest, why string) {
	for _, ref := range q.f.Pods {
		p, ok := q.r.Get(ref).(*model.Pod)
		if !ok {
			continue
		}
		for i := range p.Containers {
			c := &p.Containers[i]
			if c.Name != b.Name || c.ImageID == "" || c.Image != b.Image && !strings.HasSuffix(c.Image, "/"+b.Image) {
				continue
			}
			of, d, ok := strings.Cut(strings.TrimPrefix(c.ImageID, "docker-pullable://"), "@")
			switch {
			case !ok || !sameRepository(of, b.Image):
				return "", "the node tells no digest of " + b.Image + " in its repository"
			case digest != "" && digest != d:
				return "", "its pods run different images under the name " + b.Image
			}
			digest = d
		}
	}
	if digest == "" {
		digest = q.given.Digests[b.Image]
	}
	if digest == "" {
		return "", "no pod runs " + b.Image + ": which digest the name stands for is not known"
	}
	return digest, ""
}

func sameRepository(a, b string) bool {
	x, err := artifact.Parse(a)
	y, other := artifact.Parse(b)
	return err == nil && other == nil && x.Name == y.Name
}
