package artifact

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func itoa(n int) string { return strconv.Itoa(n) }

var (
	podKind  = schema.GroupKind{Kind: "Pod"}
	nodeKind = schema.GroupKind{Kind: "Node"}
)

// platform is what decides which manifest of an image a node reports: its architecture and its container runtime.
type platform string

func keepNode(n *corev1.Node) any {
	i := &n.Status.NodeInfo
	runtime, _, _ := strings.Cut(i.ContainerRuntimeVersion, ":")
	return platform(i.OperatingSystem + "/" + i.Architecture + " " + runtime)
}

// ran is one image as pods report it.
type ran struct {
	image, platform string
	digests         []string
	pods            []model.Ref // the first one of each digest
}

// ranBy collects what the pods of a function run.
var ranBy = snapshot.NewQuery("running images of a function", func(r *snapshot.Reader, key model.FunctionKey) []ran {
	f := r.Function(key)
	if f == nil {
		return nil
	}
	var all []ran
	for _, ref := range f.Pods {
		p, ok := r.Get(ref).(*model.Pod)
		if !ok {
			continue
		}
		on, _ := snapshot.FactsOf[platform](nodeOf(r, p), reader)
		for i := range p.Containers {
			c := &p.Containers[i]
			// Side-loaded images report the digest of their configuration, which compares with nothing.
			_, digest, ok := strings.Cut(c.ImageID, "@")
			if !ok {
				continue
			}
			n := slices.IndexFunc(all, func(x ran) bool { return x.image == c.Image && x.platform == string(on) })
			if n < 0 {
				n, all = len(all), append(all, ran{image: c.Image, platform: string(on)})
			}
			if !slices.Contains(all[n].digests, digest) {
				all[n].digests, all[n].pods = append(all[n].digests, digest), append(all[n].pods, ref)
			}
		}
	}
	return all
}, nil).Passing()

// strayed is a container that runs another digest than the one that its pod names.
type strayed struct {
	pod                     model.Ref
	container, pinned, runs string
	platform                string
}

// strayedOf compares the digests that pods name with those that they run. Images of another repository say nothing: one
// image may have several names on a node.
var strayedOf = snapshot.NewQuery("digests besides the pinned ones", func(r *snapshot.Reader, key model.FunctionKey) []strayed {
	f := r.Function(key)
	if f == nil {
		return nil
	}
	var all []strayed
	for _, ref := range f.Pods {
		p, ok := r.Get(ref).(*model.Pod)
		if !ok || p.Spec == nil {
			continue
		}
		for i := range p.Containers {
			c := &p.Containers[i]
			_, digest, ok := strings.Cut(c.ImageID, "@")
			named := imageIn(p.Spec, c.Name)
			if !ok || c.State != "running" || !strings.Contains(named, "@") || strings.HasSuffix(named, "@"+digest) {
				continue
			}
			want, have := images.Get(r, named), images.Get(r, strings.TrimPrefix(c.ImageID, "docker-pullable://"))
			if want.Digest == "" || want.Name != have.Name || want.Digest == have.Digest {
				continue
			}
			on, _ := snapshot.FactsOf[platform](nodeOf(r, p), reader)
			all = append(all, strayed{ref, c.Name, want.Digest, have.Digest, string(on)})
		}
	}
	return all
}, slices.Equal).Passing()

func imageIn(s *corev1.PodSpec, container string) string {
	for _, all := range [][]corev1.Container{s.Containers, s.InitContainers} {
		for i := range all {
			if all[i].Name == container {
				return all[i].Image
			}
		}
	}
	return ""
}

// pinnedDigests reports containers that run another digest than the pinned one. containerd reports the digest that was
// pulled; another runtime may report the one of a single architecture.
func pinnedDigests(e *check.Eval) {
	for _, s := range strayedOf.Get(e.Reader, e.F.Key) {
		at := check.At{Object: s.pod, Path: "status.containerStatuses[" + s.container + "].imageID", Value: s.runs}
		if strings.HasSuffix(s.platform, " containerd") {
			e.Failf(at, "container %s of pod %s runs %s, and its specification pins %s", s.container, s.pod.Name, short(s.runs), short(s.pinned))
			continue
		}
		if s.platform == "" && !e.Need(nodeKind, "") {
			continue
		}
		e.Undecided(at, "container "+s.container+" of pod "+s.pod.Name+" reports another digest than the pinned one: its container runtime may name the image of one architecture")
	}
}

func nodeOf(r *snapshot.Reader, p *model.Pod) model.Object {
	if p.Node == "" {
		return nil
	}
	return r.Get(model.Ref{Kind: nodeKind.Kind, Name: p.Node})
}

// sameDigests compares what the pods of a function run under one name of an image.
func sameDigests(e *check.Eval) {
	if len(e.F.Pods) == 0 {
		e.NA("no pod of it runs")
		return
	}
	pinnedDigests(e)
	for _, x := range ranBy.Get(e.Reader, e.F.Key) {
		if len(x.digests) < 2 {
			continue
		}
		if x.platform == "" && !e.Need(nodeKind, "") {
			continue
		}
		e.Failf(check.At{Object: x.pods[1], Path: "status.containerStatuses", Value: x.digests[1]},
			"pods run %d different images under the name %s: %s in %s, %s in %s", len(x.digests), x.image,
			short(x.digests[0]), x.pods[0].Name, short(x.digests[1]), x.pods[1].Name)
	}
}

func short(digest string) string {
	const shown = len("sha256:") + 12
	if len(digest) > shown {
		return digest[:shown]
	}
	return digest
}
